/* SPDX-License-Identifier: Apache-2.0 */
/* Making and opening flash files, and the fuse file: what only the chip's own process does. */
#include "rotor/host_flash.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "rotor/crypto.h"

/* Fuses are few: a row is handled in one buffer. */
enum { FUSES_MAX = 4096 };

static enum rotor_status status_of_errno(void)
{
	switch (errno) {
	case ENOENT:
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

static enum rotor_status create_filled(const char *path, uint8_t fill, uint32_t size)
{
	uint8_t block[4096];
	int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
	if (fd < 0)
		return status_of_errno();
	memset(block, fill, sizeof(block));
	bool good = true;
	for (uint32_t done = 0; done < size && good;) {
		size_t n = size - done < sizeof(block) ? size - done : sizeof(block);
		ssize_t written = write(fd, block, n);
		good = written > 0 || errno == EINTR;
		done += written > 0 ? (uint32_t)written : 0;
	}
	good = good && fsync(fd) == 0;
	if (close(fd) == 0 && good)
		return ROTOR_OK;
	unlink(path);
	return ROTOR_ERR_IO;
}

enum rotor_status rotor_flash_file_create(const char *path, uint32_t size)
{
	if (size == 0 || size % ROTOR_FLASH_SECTOR != 0)
		return ROTOR_ERR_ARGUMENT;
	return create_filled(path, 0xff, size);
}

enum rotor_status rotor_flash_file_open(struct rotor_flash_file *f, const char *path, bool durable)
{
	*f = (struct rotor_flash_file){.fd = -1};
	int fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return status_of_errno();
	enum rotor_status status = rotor_flash_file_attach(f, fd, durable);
	if (status != ROTOR_OK)
		close(fd);
	return status;
}

enum rotor_status rotor_fuses_create(const char *path, uint32_t size)
{
	if (size == 0 || size > FUSES_MAX)
		return ROTOR_ERR_ARGUMENT;
	return create_filled(path, 0, size);
}

enum rotor_status rotor_fuses_open(struct rotor_fuse_file *f, const char *path)
{
	struct stat st;
	enum rotor_status status = ROTOR_OK;
	*f = (struct rotor_fuse_file){.fd = -1};
	int fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return status_of_errno();
	if (fstat(fd, &st) != 0)
		status = ROTOR_ERR_IO;
	else if (!S_ISREG(st.st_mode) || st.st_size <= 0 || st.st_size > FUSES_MAX)
		status = ROTOR_ERR_LENGTH;
	else if (flock(fd, LOCK_EX | LOCK_NB) != 0)
		status = errno == EWOULDBLOCK ? ROTOR_ERR_BUSY : ROTOR_ERR_IO;
	if (status != ROTOR_OK) {
		close(fd);
		return status;
	}
	f->fd = fd;
	f->size = (uint32_t)st.st_size;
	return ROTOR_OK;
}

void rotor_fuses_close(struct rotor_fuse_file *f)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
}

enum rotor_status rotor_fuses_read(const struct rotor_fuse_file *f, uint32_t offset, void *buf,
				   size_t len)
{
	if (offset > f->size || len > f->size - offset)
		return ROTOR_ERR_ARGUMENT;
	return pread(f->fd, buf, len, (off_t)offset) == (ssize_t)len ? ROTOR_OK : ROTOR_ERR_IO;
}

enum rotor_status rotor_fuses_blow(struct rotor_fuse_file *f, uint32_t offset, const void *data,
				   size_t len)
{
	uint8_t row[FUSES_MAX];
	const uint8_t *wanted = data;
	enum rotor_status status = rotor_fuses_read(f, offset, row, len);
	for (size_t i = 0; status == ROTOR_OK && i < len; i++) {
		if (row[i] & ~wanted[i])
			status = ROTOR_ERR_STATE;
	}
	/* The old row held a part of what may be a secret. */
	rotor_wipe(row, sizeof(row));
	if (status != ROTOR_OK)
		return status;
	bool written = pwrite(f->fd, data, len, (off_t)offset) == (ssize_t)len;
	return written && fsync(f->fd) == 0 ? ROTOR_OK : ROTOR_ERR_IO;
}
