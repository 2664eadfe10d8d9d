/* SPDX-License-Identifier: Apache-2.0 */
#include "device/known_blocks.h"

#if ROTOR_PLDM_FD_LESS

#include <string.h>

#include "device/messages.h"

static bool bit(const uint8_t *bits, uint32_t n)
{
	return n < ROTOR_DEVICE_MAP_BLOCKS && (bits[n / 8] & 1u << n % 8) != 0;
}

void device_blocks_forget(struct rotor_device *d)
{
	struct rotor_device_map *m = &d->map;
	bool distrusted = m->distrusted;
	memset(m, 0, sizeof(*m));
	m->distrusted = distrusted;
	rotor_block_map_reader_init(&m->reader);
}

void device_blocks_offer(struct rotor_device *d)
{
	const uint32_t sector = d->config.flash->geometry.sector;
	uint8_t shift = ROTOR_BLOCK_MAP_SHIFT_MIN;
	/* Blocks are made of sectors: where those are no power of two, none that a map can have will do. */
	while (shift < ROTOR_BLOCK_MAP_SHIFT_MAX && (1u << shift) % sector != 0) {
		shift++;
	}
	rotor_block_map_offer(d->map_descriptor, shift);
	d->descriptors[2] = (struct rotor_pldm_descriptor){
	    ROTOR_PLDM_DESCRIPTOR_VENDOR, {d->map_descriptor, sizeof(d->map_descriptor)}};
}

/* ---- the map, as it comes ---- */

static bool to_chip(const struct rotor_device *d)
{
	return ROTOR_DOWNSTREAM && d->to_chip;
}

/* The chip behind has one component, which a package may call as it likes. */
static bool is_of_update(const struct rotor_device *d, const struct rotor_block_map *map)
{
	return to_chip(d) || (map->classification == ROTOR_PLDM_CLASS_FIRMWARE &&
			      map->identifier == ROTOR_DEVICE_COMPONENT_FIRMWARE);
}

/* A map begins: is it of the firmware, and are its blocks made of sectors? */
static void begin_map(struct rotor_device *d)
{
	struct rotor_device_map *m = &d->map;
	const struct rotor_block_map *map = &m->reader.map;
	m->ours = m->map.image_size == 0 && is_of_update(d, map) &&
		  (1u << map->block_shift) % d->config.flash->geometry.sector == 0;
	if (m->ours) {
		m->map = *map;
	}
}

/*
 * Looks for the block of the reader's hash: in the target slot, where it may have come from before, then in what runs; which
 * is of no use to the chip behind.
 */
static enum rotor_status look(struct rotor_device *d)
{
	struct rotor_device_map *m = &d->map;
	uint32_t n = m->reader.index;
	while (m->checking) {
		enum rotor_status status =
		    rotor_boot_update_compare(&d->update, !m->in_running, n << m->map.block_shift,
					      rotor_block_map_block_size(&m->map, n), m->map.hash,
					      m->reader.digest, m->map.hash_size);
		if (status == ROTOR_PENDING) {
			return status;
		}
		if (status == ROTOR_OK) {
			(m->in_running ? m->running : m->here)[n / 8] |= (uint8_t)(1u << n % 8);
		}
		m->checking = status != ROTOR_OK && !m->in_running && !to_chip(d);
		m->in_running = m->checking;
	}
	return ROTOR_OK;
}

enum rotor_status device_blocks_map(void *ctx, uint32_t offset, const uint8_t *data, size_t len,
				    bool end)
{
	struct rotor_device *d = ctx;
	struct rotor_device_map *m = &d->map;
	enum rotor_block_map_event event = ROTOR_BLOCK_MAP_HASH;
	(void)offset;
	(void)end;
	if (m->distrusted) {
		return ROTOR_ERR_DENIED;
	}
	for (;;) {
		if (look(d) == ROTOR_PENDING) {
			return ROTOR_PENDING;
		}
		struct rotor_bytes input = {data + m->fed, len - m->fed};
		enum rotor_status status = rotor_block_map_next(&m->reader, &input, &event);
		m->fed = len - input.len;
		if (status == ROTOR_OK && event == ROTOR_BLOCK_MAP_BEGIN) {
			begin_map(d);
		} else if (status == ROTOR_OK && event == ROTOR_BLOCK_MAP_HASH) {
			m->checking = m->ours && m->reader.index < ROTOR_DEVICE_MAP_BLOCKS;
		} else {
			/* The part is read, or there is nothing more in it for this device. */
			m->fed = 0;
			return event == ROTOR_BLOCK_MAP_MORE ? status : ROTOR_ERR_NOT_FOUND;
		}
	}
}

/* ---- what is not asked for ---- */

void device_blocks_begin(struct rotor_device *d, enum rotor_image_kind kind, uint32_t size)
{
	d->map.used = (kind == ROTOR_IMAGE_FIRMWARE || to_chip(d)) && d->map.map.image_size == size;
	d->map.kept = d->map.copied = 0;
}

static bool known(const struct rotor_device_map *m, uint32_t n)
{
	return bit(m->here, n) || bit(m->running, n);
}

bool device_blocks_has(void *ctx, uint32_t offset, uint32_t *len)
{
	const struct rotor_device *d = ctx;
	const struct rotor_device_map *m = &d->map;
	if (!m->used) {
		*len = UINT32_MAX;
		return false;
	}
	uint32_t n = offset >> m->map.block_shift;
	uint32_t count = rotor_block_map_count(&m->map);
	bool has = known(m, n);
	do {
		n++;
	} while (n < count && known(m, n) == has);
	*len = n < count ? (n << m->map.block_shift) - offset : m->map.image_size - offset;
	return has;
}

enum rotor_status device_blocks_take(void *ctx, uint32_t offset, uint32_t len)
{
	struct rotor_device *d = ctx;
	struct rotor_device_map *m = &d->map;
	enum rotor_status status = ROTOR_OK;
	while (status == ROTOR_OK && d->update.received < offset + len) {
		uint32_t n = d->update.received >> m->map.block_shift;
		uint32_t size = rotor_block_map_block_size(&m->map, n);
		bool here = bit(m->here, n);
		status = here ? rotor_boot_update_keep(&d->update, size)
			      : rotor_boot_update_copy(&d->update, size);
		if (status == ROTOR_OK) {
			*(here ? &m->kept : &m->copied) += size;
		}
	}
	return status;
}

bool device_blocks_stay(const struct rotor_device *d, uint32_t offset)
{
	return d->map.used && bit(d->map.here, offset >> d->map.map.block_shift);
}

void device_blocks_verified(struct rotor_device *d, bool good)
{
	struct rotor_device_map *m = &d->map;
	m->distrusted = !good && m->kept + m->copied != 0;
	if (m->distrusted) {
		DEVICE_SAY(d, "does not trust block maps any more", "the image does not verify");
	} else if (m->kept + m->copied != 0) {
		DEVICE_SAY(d, "did not ask for what it has", "blocks of the image were in flash");
	}
}

#endif
