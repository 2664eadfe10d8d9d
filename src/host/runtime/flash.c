/* SPDX-License-Identifier: Apache-2.0 */
/* NOR flash in a file, on a descriptor: erase sets bits, program clears them. Opens nothing. */
#include "rotor/host_flash.h"

#include <errno.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static enum rotor_status read_all(int fd, uint32_t offset, void *buf, size_t len)
{
	uint8_t *to = buf;
	while (len > 0) {
		ssize_t n = pread(fd, to, len, (off_t)offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return ROTOR_ERR_IO;
		to += n;
		offset += (uint32_t)n;
		len -= (size_t)n;
	}
	return ROTOR_OK;
}

static enum rotor_status write_all(int fd, uint32_t offset, const void *data, size_t len)
{
	const uint8_t *from = data;
	while (len > 0) {
		ssize_t n = pwrite(fd, from, len, (off_t)offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return ROTOR_ERR_IO;
		from += n;
		offset += (uint32_t)n;
		len -= (size_t)n;
	}
	return ROTOR_OK;
}

static bool inside(uint32_t size, uint32_t offset, size_t len)
{
	return offset <= size && len <= size - offset;
}

enum rotor_status rotor_flash_file_attach(struct rotor_flash_file *f, int fd, bool durable)
{
	*f = (struct rotor_flash_file){.fd = -1};
	/* Not fstat: the C library makes of it a call that a sandbox cannot tell from stat. */
	off_t size = lseek(fd, 0, SEEK_END);
	if (size < 0)
		return ROTOR_ERR_IO;
	if (size == 0 || size > UINT32_MAX || size % ROTOR_FLASH_SECTOR != 0)
		return ROTOR_ERR_LENGTH;
	f->fd = fd;
	f->size = (uint32_t)size;
	f->sector = ROTOR_FLASH_SECTOR;
	f->page = ROTOR_FLASH_PAGE;
	f->durable = durable;
	return ROTOR_OK;
}

enum rotor_status rotor_flash_file_geometry(struct rotor_flash_file *f, uint32_t sector,
					    uint32_t page)
{
	if (sector == 0 || sector % ROTOR_FLASH_SECTOR != 0 || f->size % sector != 0 || page == 0 ||
	    ROTOR_FLASH_PAGE % page != 0)
		return ROTOR_ERR_ARGUMENT;
	f->sector = sector;
	f->page = page;
	return ROTOR_OK;
}

void rotor_flash_file_close(struct rotor_flash_file *f)
{
	if (f->fd >= 0)
		close(f->fd);
	f->fd = -1;
}

enum rotor_status rotor_flash_file_read(const struct rotor_flash_file *f, uint32_t offset,
					void *buf, size_t len)
{
	if (!inside(f->size, offset, len))
		return ROTOR_ERR_ARGUMENT;
	return read_all(f->fd, offset, buf, len);
}

static enum rotor_status settle(const struct rotor_flash_file *f)
{
	return f->durable && fdatasync(f->fd) != 0 ? ROTOR_ERR_IO : ROTOR_OK;
}

enum rotor_status rotor_flash_file_erase(struct rotor_flash_file *f, uint32_t offset, size_t len)
{
	uint8_t blank[ROTOR_FLASH_SECTOR];
	if (!inside(f->size, offset, len) || offset % f->sector != 0 || len % f->sector != 0)
		return ROTOR_ERR_ARGUMENT;
	memset(blank, 0xff, sizeof(blank));
	for (size_t done = 0; done < len; done += sizeof(blank)) {
		enum rotor_status status =
		    write_all(f->fd, offset + (uint32_t)done, blank, sizeof(blank));
		if (status != ROTOR_OK)
			return status;
	}
	f->erases += len / f->sector;
	return settle(f);
}

static enum rotor_status program_page(struct rotor_flash_file *f, uint32_t offset,
				      const uint8_t *data, size_t len)
{
	uint8_t now[ROTOR_FLASH_PAGE];
	enum rotor_status status = read_all(f->fd, offset, now, len);
	if (status != ROTOR_OK)
		return status;
	for (size_t i = 0; i < len; i++) {
		if (data[i] & ~now[i])
			return ROTOR_ERR_STATE;
	}
	f->programs++;
	return write_all(f->fd, offset, data, len);
}

enum rotor_status rotor_flash_file_program(struct rotor_flash_file *f, uint32_t offset,
					   const void *data, size_t len)
{
	const uint8_t *from = data;
	if (!inside(f->size, offset, len))
		return ROTOR_ERR_ARGUMENT;
	while (len > 0) {
		size_t n = f->page - offset % f->page;
		if (n > len)
			n = len;
		enum rotor_status status = program_page(f, offset, from, n);
		if (status != ROTOR_OK)
			return status;
		offset += (uint32_t)n;
		from += n;
		len -= n;
	}
	return settle(f);
}

/* ---- as the boot module's port ---- */

static enum rotor_status port_read(void *ctx, uint32_t offset, void *buf, size_t len)
{
	return rotor_flash_file_read(ctx, offset, buf, len);
}

static enum rotor_status port_erase(void *ctx, uint32_t offset)
{
	struct rotor_flash_file *f = ctx;
	return rotor_flash_file_erase(f, offset, f->sector);
}

static enum rotor_status port_program(void *ctx, uint32_t offset, const void *data, size_t len)
{
	return rotor_flash_file_program(ctx, offset, data, len);
}

void rotor_flash_file_port(struct rotor_flash_file *f, struct rotor_flash *port)
{
	static const struct rotor_flash_ops ops = {
	    .read = port_read, .erase = port_erase, .program = port_program};
	port->ops = &ops;
	port->ctx = f;
	port->geometry =
	    (struct rotor_flash_geometry){.size = f->size, .sector = f->sector, .unit = f->page};
}
