/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/ram.h"

#include <stdlib.h>
#include <string.h>

static bool waits(struct sim_ram *ram)
{
	if (ram->pending_left > 0) {
		ram->pending_left--;
		return true;
	}
	ram->pending_left = ram->pending;
	return false;
}

static enum rotor_status fault(struct sim_ram *ram, const char *what)
{
	if (ram->faults++ == 0) {
		ram->fault = what;
	}
	return ROTOR_ERR_IO;
}

static enum rotor_status ram_begin(void *ctx, const struct rotor_ram_image *image)
{
	struct sim_ram *ram = ctx;
	if (waits(ram)) {
		return ROTOR_PENDING;
	}
	free(ram->bytes);
	ram->bytes = calloc(1, image->size);
	if (ram->bytes == NULL) {
		return ROTOR_ERR_SPACE;
	}
	ram->image = *image;
	ram->written = 0;
	ram->sealed = false;
	return ROTOR_OK;
}

/* A piece lies in the header, in the body or in the TLVs, not in two of them. */
static bool keeps_borders(const struct sim_ram *ram, uint32_t offset, size_t len)
{
	uint32_t body = ram->image.body_offset, tlvs = body + ram->image.body_size;
	return ram->bytes != NULL && len > 0 && offset + len <= ram->image.size &&
	       !(offset < body && offset + len > body) && !(offset < tlvs && offset + len > tlvs);
}

static enum rotor_status ram_write(void *ctx, uint32_t offset, const void *data, size_t len)
{
	struct sim_ram *ram = ctx;
	if (waits(ram)) {
		return ROTOR_PENDING;
	}
	if (ram->sealed || offset != ram->written || !keeps_borders(ram, offset, len)) {
		return fault(ram,
			     "a write to execution memory is out of order or crosses a border");
	}
	memcpy(ram->bytes + offset, data, len);
	ram->written += (uint32_t)len;
	return ROTOR_OK;
}

static enum rotor_status ram_seal(void *ctx)
{
	struct sim_ram *ram = ctx;
	if (waits(ram)) {
		return ROTOR_PENDING;
	}
	if (ram->bytes == NULL || ram->written != ram->image.size) {
		return fault(ram, "execution memory is sealed before it is full");
	}
	if (ram->flip) {
		ram->bytes[ram->image.body_offset + ram->image.body_size / 2] ^= 0x10;
	}
	ram->sealed = true;
	return ROTOR_OK;
}

static enum rotor_status ram_read(void *ctx, uint32_t offset, void *buf, size_t len)
{
	struct sim_ram *ram = ctx;
	if (waits(ram)) {
		return ROTOR_PENDING;
	}
	if (!ram->sealed || !keeps_borders(ram, offset, len)) {
		return fault(ram,
			     "execution memory is read before it is sealed, or across a border");
	}
	memcpy(buf, ram->bytes + offset, len);
	return ROTOR_OK;
}

static const struct rotor_ram_ops ram_ops = {
    .begin = ram_begin, .write = ram_write, .seal = ram_seal, .read = ram_read};

void sim_ram_init(struct sim_ram *ram)
{
	*ram = (struct sim_ram){.port = {.ops = &ram_ops, .ctx = ram}};
}

void sim_ram_free(struct sim_ram *ram)
{
	free(ram->bytes);
	ram->bytes = NULL;
}
