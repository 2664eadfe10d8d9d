/* SPDX-License-Identifier: Apache-2.0 */
/* Whole files: read with a limit, replaced in one step. */
#include "rotor/host_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static enum rotor_status status_of_errno(void)
{
	switch (errno) {
	case ENOENT:
	case ENOTDIR:
		return ROTOR_ERR_NOT_FOUND;
	case EEXIST:
		return ROTOR_ERR_BUSY;
	case EACCES:
	case EPERM:
	case EROFS:
		return ROTOR_ERR_DENIED;
	default:
		return ROTOR_ERR_IO;
	}
}

/* Opens a regular file and tells its size. O_NONBLOCK: a FIFO must not hold us up. */
static enum rotor_status open_regular(const char *path, size_t max, int *fd, size_t *size)
{
	struct stat st;
	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (*fd < 0)
		return status_of_errno();
	enum rotor_status status = ROTOR_OK;
	if (fstat(*fd, &st) != 0 || !S_ISREG(st.st_mode))
		status = ROTOR_ERR_IO;
	else if ((uintmax_t)st.st_size > max)
		status = ROTOR_ERR_SPACE;
	if (status != ROTOR_OK) {
		close(*fd);
		return status;
	}
	*size = (size_t)st.st_size;
	return ROTOR_OK;
}

/* Reads until the end, which may be elsewhere than fstat said. */
static enum rotor_status read_up_to(int fd, uint8_t *to, size_t size, size_t *len)
{
	*len = 0;
	while (*len < size) {
		ssize_t n = read(fd, to + *len, size - *len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ROTOR_ERR_IO;
		if (n == 0)
			break;
		*len += (size_t)n;
	}
	return ROTOR_OK;
}

enum rotor_status rotor_file_read(const char *path, size_t max, uint8_t **data, size_t *len)
{
	int fd;
	size_t size;
	*data = NULL;
	*len = 0;
	enum rotor_status status = open_regular(path, max, &fd, &size);
	if (status != ROTOR_OK)
		return status;
	uint8_t *buf = malloc(size + 1);
	status = buf ? read_up_to(fd, buf, size, len) : ROTOR_ERR_SPACE;
	close(fd);
	if (status != ROTOR_OK) {
		free(buf);
		*len = 0;
		return status;
	}
	buf[*len] = 0;
	*data = buf;
	return ROTOR_OK;
}

enum rotor_status rotor_file_read_into(const char *path, void *buf, size_t size, size_t *len)
{
	int fd;
	size_t file_size;
	*len = 0;
	enum rotor_status status = open_regular(path, size, &fd, &file_size);
	if (status != ROTOR_OK)
		return status;
	status = read_up_to(fd, buf, file_size, len);
	close(fd);
	return status;
}

/* The rename itself is durable only when the directory is. */
static void sync_directory(const char *path)
{
	char dir[PATH_MAX];
	snprintf(dir, sizeof(dir), "%s", path);
	char *slash = strrchr(dir, '/');
	if (!slash)
		strcpy(dir, ".");
	else
		slash[slash == dir] = '\0';
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	/* Some file systems cannot sync a directory; the content is durable all the same. */
	(void)fsync(fd);
	close(fd);
}

enum rotor_status rotor_file_writer_open(struct rotor_file_writer *w, const char *path)
{
	int n = snprintf(w->temporary, sizeof(w->temporary), "%s.XXXXXX", path);
	w->fd = -1;
	w->path = path;
	if (n < 0 || (size_t)n >= sizeof(w->temporary))
		return ROTOR_ERR_ARGUMENT;
	w->fd = mkostemp(w->temporary, O_CLOEXEC); /* mode 0600 until the content is there */
	return w->fd < 0 ? status_of_errno() : ROTOR_OK;
}

enum rotor_status rotor_file_writer_put(const struct rotor_file_writer *w, uint64_t offset,
					const void *data, size_t len)
{
	const uint8_t *from = data;
	while (len > 0) {
		ssize_t n = pwrite(w->fd, from, len, (off_t)offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return ROTOR_ERR_IO;
		from += n;
		offset += (uint64_t)n;
		len -= (size_t)n;
	}
	return ROTOR_OK;
}

enum rotor_status rotor_file_writer_get(const struct rotor_file_writer *w, uint64_t offset,
					void *buf, size_t len)
{
	uint8_t *to = buf;
	while (len > 0) {
		ssize_t n = pread(w->fd, to, len, (off_t)offset);
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

static enum rotor_status finish(struct rotor_file_writer *w, unsigned mode, bool only_new)
{
	enum rotor_status status = ROTOR_OK;
	if (fchmod(w->fd, (mode_t)mode) != 0 || fsync(w->fd) != 0)
		status = status_of_errno();
	if (close(w->fd) != 0 && status == ROTOR_OK)
		status = ROTOR_ERR_IO;
	w->fd = -1;
	/* link() unlike rename() refuses to replace. */
	if (status == ROTOR_OK &&
	    (only_new ? link(w->temporary, w->path) : rename(w->temporary, w->path)) != 0)
		status = status_of_errno();
	if (status != ROTOR_OK || only_new)
		unlink(w->temporary);
	if (status == ROTOR_OK)
		sync_directory(w->path);
	return status;
}

enum rotor_status rotor_file_writer_finish(struct rotor_file_writer *w, unsigned mode)
{
	return finish(w, mode, false);
}

void rotor_file_writer_abandon(struct rotor_file_writer *w)
{
	if (w->fd < 0)
		return;
	close(w->fd);
	unlink(w->temporary);
	w->fd = -1;
}

static enum rotor_status write_whole(const char *path, const void *data, size_t len, unsigned mode,
				     bool only_new)
{
	struct rotor_file_writer w;
	enum rotor_status status = rotor_file_writer_open(&w, path);
	if (status == ROTOR_OK)
		status = rotor_file_writer_put(&w, 0, data, len);
	if (status == ROTOR_OK)
		return finish(&w, mode, only_new);
	rotor_file_writer_abandon(&w);
	return status;
}

enum rotor_status rotor_file_write(const char *path, const void *data, size_t len, unsigned mode)
{
	return write_whole(path, data, len, mode, false);
}

enum rotor_status rotor_file_write_new(const char *path, const void *data, size_t len,
				       unsigned mode)
{
	return write_whole(path, data, len, mode, true);
}

enum rotor_status rotor_file_mkdir(const char *path, unsigned mode)
{
	struct stat st;
	if (mkdir(path, (mode_t)mode) == 0)
		return ROTOR_OK;
	if (errno == EEXIST && stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return ROTOR_OK;
	return status_of_errno();
}
