/* SPDX-License-Identifier: Apache-2.0 */
#include "execution.h"

#include <string.h>

#include "board.h"
#include "memory.h"

/* Header and TLVs of an image: signatures, hashes, identifiers. */
#define EDGES_MAX 4096

#define CODE ((uint8_t *)MEMORY_CODE)

static struct {
	struct rotor_ram_image image;
	uint8_t edges[EDGES_MAX];
	bool open, sealed;
} state;

static uint32_t edges_of(const struct rotor_ram_image *image)
{
	return image->size - image->body_size;
}

static enum rotor_status begin(void *ctx, const struct rotor_ram_image *image)
{
	(void)ctx;
	if (image->body_offset > image->size ||
	    image->body_size > image->size - image->body_offset) {
		return ROTOR_ERR_ARGUMENT;
	}
	if (image->body_size > MEMORY_CODE_SIZE || edges_of(image) > sizeof(state.edges)) {
		return ROTOR_ERR_SPACE;
	}
	/* What could not be used after it had been sealed may be written over: it will be sealed and verified again. */
	board_protect(BOARD_PROTECT_LOADING);
	state.image = *image;
	state.open = true;
	state.sealed = false;
	/* Nothing of an earlier program remains behind a shorter one. */
	memset(CODE, 0, MEMORY_CODE_SIZE);
	return ROTOR_OK;
}

/* Where byte `offset` of the image stands, if `len` bytes from there stand together; NULL if not. */
static uint8_t *place(uint32_t offset, size_t len)
{
	const struct rotor_ram_image *image = &state.image;
	uint32_t body_end = image->body_offset + image->body_size;
	if (offset > image->size || len > image->size - offset) {
		return NULL;
	}
	if (offset >= image->body_offset && offset < body_end) {
		return len <= body_end - offset ? CODE + (offset - image->body_offset) : NULL;
	}
	if (offset < image->body_offset) {
		return len <= image->body_offset - offset ? state.edges + offset : NULL;
	}
	return state.edges + (offset - image->body_size);
}

static enum rotor_status write(void *ctx, uint32_t offset, const void *data, size_t len)
{
	(void)ctx;
	uint8_t *to = state.open && !state.sealed ? place(offset, len) : NULL;
	if (!to) {
		return ROTOR_ERR_ARGUMENT;
	}
	memcpy(to, data, len);
	return ROTOR_OK;
}

static enum rotor_status seal(void *ctx)
{
	(void)ctx;
	if (!state.open) {
		return ROTOR_ERR_STATE;
	}
	board_protect(BOARD_PROTECT_SEALED);
	state.sealed = true;
	return ROTOR_OK;
}

static enum rotor_status read(void *ctx, uint32_t offset, void *buf, size_t len)
{
	(void)ctx;
	const uint8_t *from = state.sealed ? place(offset, len) : NULL;
	if (!from) {
		return ROTOR_ERR_ARGUMENT;
	}
	memcpy(buf, from, len);
	return ROTOR_OK;
}

static const struct rotor_ram_ops ops = {
    .begin = begin, .write = write, .seal = seal, .read = read};

const struct rotor_ram execution_memory = {&ops, NULL};
