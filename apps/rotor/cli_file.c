/* SPDX-License-Identifier: Apache-2.0 */
/* Files that are read in place. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rotor_cli.h"

static enum rotor_status status_of_errno(void)
{
	switch (errno) {
	case ENOENT:
	case ENOTDIR:
		return ROTOR_ERR_NOT_FOUND;
	case EACCES:
	case EPERM:
		return ROTOR_ERR_DENIED;
	default:
		return ROTOR_ERR_IO;
	}
}

bool cli_file_open(struct rotor_cli *cli, const char *path, struct cli_file *file)
{
	enum rotor_status status = ROTOR_ERR_IO;
	struct stat st;

	file->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (file->fd < 0) {
		status = status_of_errno();
	} else if (fstat(file->fd, &st) == 0 && S_ISREG(st.st_mode)) {
		file->size = (uint64_t)st.st_size;
		return true;
	}
	cli_file_close(file);
	cli_fail_file(cli, path, status);
	return false;
}

void cli_file_close(struct cli_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
}

enum rotor_status cli_file_read64(void *ctx, uint64_t offset, void *buf, size_t len)
{
	const struct cli_file *file = ctx;
	uint8_t *to = buf;

	while (len) {
		ssize_t n = pread(file->fd, to, len, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return ROTOR_ERR_IO;
		to += n;
		offset += (uint64_t)n;
		len -= (size_t)n;
	}
	return ROTOR_OK;
}

enum rotor_status cli_file_read32(void *ctx, uint32_t offset, void *buf, size_t len)
{
	return cli_file_read64(ctx, offset, buf, len);
}
