/* SPDX-License-Identifier: Apache-2.0 */
/* What of an image the flash holds already: compared, kept, or copied from what runs; and read, once it is verified. */
#include <string.h>

#include "boot/update.h"

static enum rotor_status read_page(struct rotor_boot_update *u, uint32_t at, size_t len)
{
	enum rotor_status status = rotor_boot_flash_read(u->config.flash, at, u->page, len);
	u->reading = status == ROTOR_PENDING;
	u->read_at = at;
	u->read_len = len;
	return status;
}

enum rotor_status update_settle_read(struct rotor_boot_update *u)
{
	if (u->reading && read_page(u, u->read_at, u->read_len) == ROTOR_PENDING) {
		return ROTOR_PENDING;
	}
	u->config.crypto->hash_release(&u->block);
	return ROTOR_OK;
}

/* The next piece of what is compared. */
static enum rotor_status compare_piece(struct rotor_boot_update *u, uint32_t at, uint32_t left)
{
	size_t n = left < sizeof(u->page) ? left : sizeof(u->page);
	enum rotor_status status = read_page(u, at, n);
	if (status == ROTOR_OK) {
		status = u->config.crypto->hash_update(&u->block, u->page, n);
	}
	if (status == ROTOR_OK) {
		u->compared += (uint32_t)n;
	}
	return status;
}

enum rotor_status rotor_boot_update_compare(struct rotor_boot_update *u, bool in_target,
					    uint32_t offset, uint32_t len, enum rotor_hash_alg hash,
					    const uint8_t *digest, size_t digest_len)
{
	const struct rotor_flash_region *region = rotor_flash_slot_region(
	    &u->config.handoff->layout,
	    in_target ? rotor_boot_update_target(u) : u->config.handoff->slot);
	uint8_t own[ROTOR_HASH_MAX];
	enum rotor_status status = ROTOR_OK;
	if (region == NULL || offset > region->size || len > region->size - offset || len == 0 ||
	    digest_len > rotor_hash_size(hash)) {
		return ROTOR_ERR_ARGUMENT;
	}
	if (update_in_step(u)) {
		return ROTOR_ERR_STATE;
	}
	if (u->block.alg == ROTOR_HASH_NONE) {
		if (update_stop_scrub(u) == ROTOR_PENDING || update_settle(u) == ROTOR_PENDING) {
			return ROTOR_PENDING;
		}
		u->compared = 0;
		status = u->config.crypto->hash_start(&u->block, hash);
	}
	while (status == ROTOR_OK && u->compared < len) {
		status = compare_piece(u, region->offset + offset + u->compared, len - u->compared);
	}
	if (status == ROTOR_PENDING) {
		return status;
	}
	if (status == ROTOR_OK) {
		status = u->config.crypto->hash_finish(&u->block, own);
	}
	u->config.crypto->hash_release(&u->block);
	if (status == ROTOR_OK && memcmp(own, digest, digest_len) != 0) {
		status = ROTOR_ERR_VERIFY;
	}
	return status;
}

/* Whether bytes may be taken now; writes a page that is full. */
static enum rotor_status ready(struct rotor_boot_update *u, uint32_t len)
{
	if (u->state != ROTOR_BOOT_UPDATE_RECEIVING || u->confirming) {
		return ROTOR_ERR_STATE;
	}
	if (len == 0 || len > u->size - u->received) {
		return ROTOR_ERR_ARGUMENT;
	}
	return !u->reading && u->buffered == update_page_size(u) ? update_flush(u) : ROTOR_OK;
}

enum rotor_status rotor_boot_update_copy(struct rotor_boot_update *u, uint32_t len)
{
	const struct rotor_flash_region *from =
	    rotor_flash_slot_region(&u->config.handoff->layout, u->config.handoff->slot);
	enum rotor_status status = ready(u, len);
	while (status == ROTOR_OK && u->taken < len) {
		uint32_t at = u->received + (uint32_t)u->taken;
		size_t page = update_page_size(u);
		size_t n = len - u->taken < page ? len - u->taken : page;
		/* Blocks begin with a page. */
		if (u->buffered != 0 || from == NULL || n > from->size || at > from->size - n) {
			return ROTOR_ERR_ARGUMENT;
		}
		status = read_page(u, from->offset + at, n);
		if (status == ROTOR_OK) {
			u->buffered = n;
			u->taken += n;
			status = ready(u, len);
		}
	}
	if (status == ROTOR_OK) {
		u->taken = 0;
		u->received += len;
	} else if (status != ROTOR_PENDING) {
		u->state = ROTOR_BOOT_UPDATE_REFUSED;
	}
	return status;
}

enum rotor_status rotor_boot_update_keep(struct rotor_boot_update *u, uint32_t len)
{
	uint32_t sector = u->config.flash->geometry.sector;
	enum rotor_status status = ready(u, len);
	if (status != ROTOR_OK) {
		return status;
	}
	if (u->buffered != 0 || u->flushed % sector != 0 || u->erasing || u->erased > u->flushed ||
	    (len % sector != 0 && len != u->size - u->received)) {
		return ROTOR_ERR_ARGUMENT;
	}
	u->received += len;
	u->flushed += len;
	u->erased = (u->flushed + sector - 1) / sector * sector;
	return ROTOR_OK;
}

enum rotor_status rotor_boot_update_read(struct rotor_boot_update *u, uint32_t offset, void *buf,
					 size_t len)
{
	if (u->state != ROTOR_BOOT_UPDATE_VERIFIED) {
		return ROTOR_ERR_STATE;
	}
	if (len > sizeof(u->page) || offset > u->size || len > u->size - offset) {
		return ROTOR_ERR_ARGUMENT;
	}
	enum rotor_status status = read_page(u, update_region(u)->offset + offset, len);
	if (status == ROTOR_OK) {
		memcpy(buf, u->page, len);
	}
	return status;
}
