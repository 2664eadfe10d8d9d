/* SPDX-License-Identifier: Apache-2.0 */
#include "chipwire.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

enum rotor_status chip_flash_request_decode(const uint8_t *packet, size_t len,
					    struct chip_flash_request *out)
{
	struct rotor_reader r = rotor_reader(packet, len);
	out->op = rotor_read_u8(&r);
	out->select = rotor_read_u8(&r);
	rotor_read_skip(&r, 2);
	out->offset = rotor_read_u32le(&r);
	out->len = rotor_read_u32le(&r);
	out->data = rotor_read_rest(&r);
	if (rotor_reader_end(&r) != ROTOR_OK) {
		return ROTOR_ERR_LENGTH;
	}
	switch (out->op) {
	case CHIP_FLASH_READ:
		return out->data.len == 0 && out->len <= CHIP_FLASH_DATA ? ROTOR_OK
									 : ROTOR_ERR_LENGTH;
	case CHIP_FLASH_ERASE:
		return out->data.len == 0 && out->len == 0 ? ROTOR_OK : ROTOR_ERR_LENGTH;
	case CHIP_FLASH_PROGRAM:
		return out->data.len == out->len && out->len <= CHIP_FLASH_DATA ? ROTOR_OK
										: ROTOR_ERR_LENGTH;
	default:
		return ROTOR_ERR_FORMAT;
	}
}

enum rotor_status chip_flash_request_encode(const struct chip_flash_request *request,
					    uint8_t *packet, size_t cap, size_t *len)
{
	struct rotor_writer w = rotor_writer(packet, cap);
	rotor_write_u8(&w, request->op);
	rotor_write_u8(&w, request->select);
	rotor_write_zeros(&w, 2);
	rotor_write_u32le(&w, request->offset);
	rotor_write_u32le(&w, request->len);
	rotor_write_bytes(&w, request->data.data, request->data.len);
	return rotor_writer_end(&w, len);
}

/* Sends a request, or looks for the answer to the one that was sent. */
static enum rotor_status exchange(const struct chip_flash *flash,
				  struct chip_flash_request *request, void *read_into)
{
	struct chip_flash_client *c = flash->client;
	request->select = (uint8_t)flash->select;
	bool waiting = c->op != 0;
	bool mine = c->op == request->op && c->select == request->select &&
		    c->offset == request->offset && c->len == request->len;
	if (waiting) {
		ssize_t got = recv(c->fd, c->packet, sizeof(c->packet), MSG_DONTWAIT);
		if (got < 0) {
			return errno == EAGAIN || errno == EINTR ? ROTOR_PENDING : ROTOR_ERR_IO;
		}
		c->op = 0;
		struct rotor_reader r = rotor_reader(c->packet, (size_t)got);
		enum rotor_status status = (enum rotor_status)rotor_read_u8(&r);
		rotor_read_skip(&r, 3);
		struct rotor_bytes data = rotor_read_rest(&r);
		if (rotor_reader_end(&r) != ROTOR_OK) {
			return ROTOR_ERR_IO;
		}
		if (mine) {
			if (status == ROTOR_OK && read_into) {
				if (data.len != request->len) {
					return ROTOR_ERR_IO;
				}
				memcpy(read_into, data.data, data.len);
			}
			return status;
		}
		/* The answer was for something that nobody waits for any more. */
	}
	size_t len = 0;
	enum rotor_status status =
	    chip_flash_request_encode(request, c->packet, sizeof(c->packet), &len);
	if (status != ROTOR_OK) {
		return ROTOR_ERR_ARGUMENT;
	}
	if (send(c->fd, c->packet, len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
		return errno == EAGAIN || errno == EINTR ? ROTOR_PENDING : ROTOR_ERR_IO;
	}
	c->op = request->op;
	c->select = request->select;
	c->offset = request->offset;
	c->len = request->len;
	return ROTOR_PENDING;
}

static enum rotor_status flash_read(void *ctx, uint32_t offset, void *buf, size_t len)
{
	struct chip_flash_request request = {
	    .op = CHIP_FLASH_READ, .offset = offset, .len = (uint32_t)len};
	return len > CHIP_FLASH_DATA ? ROTOR_ERR_ARGUMENT : exchange(ctx, &request, buf);
}

static enum rotor_status flash_erase(void *ctx, uint32_t offset)
{
	struct chip_flash_request request = {.op = CHIP_FLASH_ERASE, .offset = offset};
	return exchange(ctx, &request, NULL);
}

static enum rotor_status flash_program(void *ctx, uint32_t offset, const void *data, size_t len)
{
	struct chip_flash_request request = {
	    .op = CHIP_FLASH_PROGRAM, .offset = offset, .len = (uint32_t)len, .data = {data, len}};
	return len > CHIP_FLASH_DATA ? ROTOR_ERR_ARGUMENT : exchange(ctx, &request, NULL);
}

struct rotor_flash chip_flash_port(struct chip_flash *flash, struct chip_flash_client *client,
				   enum chip_flash_select select,
				   const struct rotor_flash_geometry *geometry)
{
	static const struct rotor_flash_ops ops = {
	    .read = flash_read, .erase = flash_erase, .program = flash_program};
	flash->client = client;
	flash->select = select;
	struct rotor_flash port = {.ops = &ops, .ctx = flash, .geometry = *geometry};
	return port;
}
