/* SPDX-License-Identifier: Apache-2.0 */
/* The update slot as the runtime uses it: which slot, its bytes, abort. */
#include <string.h>

#include "boot/update.h"

enum rotor_status rotor_boot_update_init(struct rotor_boot_update *u,
					 const struct rotor_boot_update_config *config)
{
	memset(u, 0, sizeof(*u));
	u->target = ROTOR_BOOT_SLOT_NONE;
	if (config->crypto == NULL || config->flash == NULL || config->handoff == NULL ||
	    config->tries == 0 || config->work == NULL || config->work_len < ROTOR_IMAGE_WORK_MIN ||
	    rotor_flash_layout_check(&config->handoff->layout) != ROTOR_OK ||
	    config->handoff->layout.geometry.size > config->flash->geometry.size ||
	    config->handoff->key_hash_count > ROTOR_BOOT_KEYS_MAX) {
		return ROTOR_ERR_ARGUMENT;
	}
	u->config = *config;
	u->on_trial = config->handoff->trial;
	rotor_boot_recorder_init(&u->recorder, config->flash, &config->handoff->layout);
	return ROTOR_OK;
}

/* What the recovery image says of itself, until a scrub has looked at the whole of it. */
static void note_recovery(struct rotor_boot_update *u)
{
	struct rotor_reader r = rotor_reader(u->config.work, ROTOR_IMAGE_HEADER_SIZE);
	bool image = rotor_read_u32le(&r) == ROTOR_IMAGE_MAGIC;
	rotor_read_skip(&r, 16); /* to ih_ver */
	u->recovery_version.major = rotor_read_u8(&r);
	u->recovery_version.minor = rotor_read_u8(&r);
	u->recovery_version.revision = rotor_read_u16le(&r);
	u->recovery_version.build = rotor_read_u32le(&r);
	u->recovery_stated = image;
}

enum rotor_status rotor_boot_update_load(struct rotor_boot_update *u)
{
	const struct rotor_flash_region *recovery =
	    &u->config.handoff->layout.region[ROTOR_REGION_RECOVERY];
	enum rotor_status status;
	if (!u->record_read) {
		status = rotor_boot_recorder_load(&u->recorder);
		/* A lost record is no obstacle: the next change writes one. */
		if (status != ROTOR_OK && status != ROTOR_ERR_NOT_FOUND) {
			return status;
		}
		u->record_read = true;
	}
	status = rotor_boot_flash_read(u->config.flash, recovery->offset, u->config.work,
				       ROTOR_IMAGE_HEADER_SIZE);
	if (status == ROTOR_OK) {
		note_recovery(u);
	}
	u->record_read = status == ROTOR_PENDING;
	/* Nor is a recovery image that cannot be read an obstacle. */
	return status == ROTOR_PENDING ? status : ROTOR_OK;
}

/* ---- which slot ---- */

/* What is lost with a slot in each state: the least is given up first. */
static unsigned worth(const struct rotor_boot_slot *slot)
{
	static const unsigned of[ROTOR_BOOT_STATE_COUNT] = {
	    [ROTOR_BOOT_EMPTY] = 0,   [ROTOR_BOOT_RECEIVING] = 1, [ROTOR_BOOT_BAD] = 2,
	    [ROTOR_BOOT_PENDING] = 3, [ROTOR_BOOT_TRIAL] = 4,     [ROTOR_BOOT_CONFIRMED] = 5,
	};
	return (unsigned)slot->state < ROTOR_BOOT_STATE_COUNT ? of[slot->state] : 0;
}

enum rotor_boot_slot_id rotor_boot_update_target(const struct rotor_boot_update *u)
{
	const struct rotor_boot_slot *slot = u->recorder.record.slot;
	switch (u->config.handoff->slot) {
	case ROTOR_BOOT_SLOT_A:
		return ROTOR_BOOT_SLOT_B;
	case ROTOR_BOOT_SLOT_B:
		return ROTOR_BOOT_SLOT_A;
	default:
		return worth(&slot[ROTOR_BOOT_SLOT_B]) < worth(&slot[ROTOR_BOOT_SLOT_A])
			   ? ROTOR_BOOT_SLOT_B
			   : ROTOR_BOOT_SLOT_A;
	}
}

const struct rotor_flash_region *update_region(const struct rotor_boot_update *u)
{
	return rotor_flash_slot_region(&u->config.handoff->layout, u->target);
}

/* What is for another place must fit there too. */
uint32_t rotor_boot_update_capacity(const struct rotor_boot_update *u, enum rotor_image_kind kind)
{
	const struct rotor_flash_layout *layout = &u->config.handoff->layout;
	uint32_t slot = rotor_flash_slot_region(layout, rotor_boot_update_target(u))->size;
	uint32_t place = slot;
	if (kind == ROTOR_IMAGE_RECOVERY) {
		place = layout->region[ROTOR_REGION_RECOVERY].size;
	} else if (kind == ROTOR_IMAGE_SETTINGS) {
		place = layout->region[ROTOR_REGION_SETTINGS].size;
		place = place < ROTOR_BOOT_STORE_MAX ? place : ROTOR_BOOT_STORE_MAX;
	}
	return place < slot ? place : slot;
}

/* ---- the page that is buffered ---- */

/* A page, or less where sectors are smaller or odd. */
size_t update_page_size(const struct rotor_boot_update *u)
{
	const struct rotor_flash_geometry *g = &u->config.flash->geometry;
	if (g->sector < sizeof(u->page)) {
		return g->sector;
	}
	return g->sector % sizeof(u->page) == 0 ? sizeof(u->page) : g->unit;
}

/* Erases the next sector, or goes on with that. */
static enum rotor_status erase_next(struct rotor_boot_update *u)
{
	enum rotor_status status =
	    rotor_boot_flash_erase(u->config.flash, update_region(u)->offset + u->erased);
	u->erasing = status == ROTOR_PENDING;
	if (status == ROTOR_OK) {
		u->erased += u->config.flash->geometry.sector;
	} else if (status != ROTOR_PENDING) {
		u->state = ROTOR_BOOT_UPDATE_REFUSED;
	}
	return status;
}

enum rotor_status update_flush(struct rotor_boot_update *u)
{
	const struct rotor_flash_geometry *g = &u->config.flash->geometry;
	uint32_t base = update_region(u)->offset;
	enum rotor_status status = ROTOR_OK;
	if (u->erasing || u->flushed == u->erased) {
		status = erase_next(u);
	}
	if (status == ROTOR_OK) {
		size_t len = (u->buffered + g->unit - 1) / g->unit * g->unit;
		memset(u->page + u->buffered, 0xff, len - u->buffered);
		status = rotor_boot_flash_program(u->config.flash, base + u->flushed, u->page, len);
	}
	u->flash_pending = status == ROTOR_PENDING;
	if (status == ROTOR_OK) {
		u->flushed += (uint32_t)u->buffered;
		u->buffered = 0;
	} else if (status != ROTOR_PENDING) {
		u->state = ROTOR_BOOT_UPDATE_REFUSED;
	}
	return status;
}

enum rotor_status update_settle(struct rotor_boot_update *u)
{
	bool verifying = u->state == ROTOR_BOOT_UPDATE_VERIFYING;
	if (update_settle_read(u) == ROTOR_PENDING) {
		return ROTOR_PENDING;
	}
	if (u->erasing) {
		if (erase_next(u) == ROTOR_PENDING) {
			return ROTOR_PENDING;
		}
		u->flash_pending = false;
	}
	if (u->flash_pending) {
		enum rotor_status status =
		    verifying ? rotor_image_verifier_poll(&u->verifier) : update_flush(u);
		if (status == ROTOR_PENDING && u->flash_pending) {
			return ROTOR_PENDING;
		}
	}
	if (verifying) {
		rotor_image_verifier_cancel(&u->verifier);
	}
	return ROTOR_OK;
}

/* ---- the record ---- */

struct rotor_boot_slot *update_change(struct rotor_boot_update *u, enum rotor_boot_state state)
{
	u->next = u->recorder.record;
	struct rotor_boot_slot *slot = &u->next.slot[u->target];
	*slot = (struct rotor_boot_slot){.state = state};
	return slot;
}

enum rotor_status update_store(struct rotor_boot_update *u, enum rotor_boot_update_state done)
{
	enum rotor_status status = rotor_boot_recorder_store(&u->recorder, &u->next);
	if (status == ROTOR_OK) {
		u->state = done;
	} else if (status != ROTOR_PENDING) {
		u->state = ROTOR_BOOT_UPDATE_IDLE;
	}
	return status;
}

bool update_in_step(const struct rotor_boot_update *u)
{
	return u->state == ROTOR_BOOT_UPDATE_BEGINNING || u->state == ROTOR_BOOT_UPDATE_VERIFYING ||
	       u->state == ROTOR_BOOT_UPDATE_ACTIVATING || u->state == ROTOR_BOOT_UPDATE_ABORTING ||
	       u->confirming;
}

enum rotor_status rotor_boot_update_begin(struct rotor_boot_update *u, enum rotor_image_kind kind,
					  uint32_t size)
{
	if (!u->recorder.loaded || (u->state != ROTOR_BOOT_UPDATE_BEGINNING && update_in_step(u))) {
		return ROTOR_ERR_STATE;
	}
	if (u->state == ROTOR_BOOT_UPDATE_BEGINNING) {
		return update_store(u, ROTOR_BOOT_UPDATE_RECEIVING);
	}
	bool recovering = u->config.handoff->slot == ROTOR_BOOT_SLOT_RECOVERY;
	if (kind == ROTOR_IMAGE_DOWNSTREAM && (!ROTOR_DOWNSTREAM || u->downstream == NULL)) {
		return ROTOR_ERR_ARGUMENT;
	}
	if (u->on_trial || (recovering && kind != ROTOR_IMAGE_FIRMWARE)) {
		return ROTOR_ERR_DENIED;
	}
	if (size == 0) {
		return ROTOR_ERR_ARGUMENT;
	}
	if (size > rotor_boot_update_capacity(u, kind)) {
		return ROTOR_ERR_SPACE;
	}
	if (update_stop_scrub(u) == ROTOR_PENDING || update_settle(u) == ROTOR_PENDING) {
		return ROTOR_PENDING;
	}
	u->target = rotor_boot_update_target(u);
	u->refusal = ROTOR_IMAGE_ACCEPTED;
	memset(&u->verifier.info, 0, sizeof(u->verifier.info));
	memset(&u->proof, 0, sizeof(u->proof));
	u->kind = kind;
	u->size = size;
	u->hold_floor = false;
	u->received = u->flushed = u->erased = 0;
	u->taken = u->buffered = 0;
	/* What is for elsewhere never leaves that state: the record need not know what it was to be. */
	update_change(u, ROTOR_BOOT_RECEIVING)->kind =
	    ROTOR_DOWNSTREAM && kind == ROTOR_IMAGE_DOWNSTREAM ? ROTOR_IMAGE_FIRMWARE : kind;
	u->state = ROTOR_BOOT_UPDATE_BEGINNING;
	return update_store(u, ROTOR_BOOT_UPDATE_RECEIVING);
}

enum rotor_status rotor_boot_update_abort(struct rotor_boot_update *u)
{
	if (update_stop_scrub(u) == ROTOR_PENDING) {
		return ROTOR_PENDING;
	}
	if (u->state == ROTOR_BOOT_UPDATE_IDLE) {
		return ROTOR_OK;
	}
	if (u->state != ROTOR_BOOT_UPDATE_ABORTING) {
		if (update_settle(u) == ROTOR_PENDING ||
		    (u->confirming && update_store_running(u) == ROTOR_PENDING)) {
			return ROTOR_PENDING;
		}
		/* A change of the record that is under way must be finished before another. */
		if (u->state == ROTOR_BOOT_UPDATE_BEGINNING ||
		    u->state == ROTOR_BOOT_UPDATE_ACTIVATING) {
			enum rotor_status status =
			    rotor_boot_recorder_store(&u->recorder, &u->next);
			if (status == ROTOR_PENDING) {
				return status;
			}
		}
		(void)update_change(u, ROTOR_BOOT_EMPTY);
		u->state = ROTOR_BOOT_UPDATE_ABORTING;
	}
	return update_store(u, ROTOR_BOOT_UPDATE_IDLE);
}

/* ---- bytes ---- */

enum rotor_status rotor_boot_update_write(struct rotor_boot_update *u, uint32_t offset,
					  const void *data, size_t len)
{
	if (u->state != ROTOR_BOOT_UPDATE_RECEIVING || u->confirming) {
		return ROTOR_ERR_STATE;
	}
	if (offset != u->received || len > u->size - u->received) {
		return ROTOR_ERR_ARGUMENT;
	}
	size_t page = update_page_size(u);
	for (;;) {
		if (u->buffered == page) {
			enum rotor_status status = update_flush(u);
			if (status != ROTOR_OK) {
				return status;
			}
		}
		if (u->taken == len) {
			break;
		}
		size_t room = page - u->buffered;
		size_t n = len - u->taken < room ? len - u->taken : room;
		memcpy(u->page + u->buffered, (const uint8_t *)data + u->taken, n);
		u->buffered += n;
		u->taken += n;
	}
	u->taken = 0;
	u->received += (uint32_t)len;
	return ROTOR_OK;
}

enum rotor_status rotor_boot_update_erase_ahead(struct rotor_boot_update *u)
{
	if (u->state != ROTOR_BOOT_UPDATE_RECEIVING || u->confirming || u->taken != 0) {
		return ROTOR_OK;
	}
	bool enough =
	    u->erased >= u->size || u->erased - u->flushed >= u->config.flash->geometry.sector;
	return enough && !u->erasing ? ROTOR_OK : erase_next(u);
}

enum rotor_status rotor_boot_update_finish(struct rotor_boot_update *u)
{
	if (u->state == ROTOR_BOOT_UPDATE_RECEIVED) {
		return ROTOR_OK;
	}
	if (u->state != ROTOR_BOOT_UPDATE_RECEIVING || u->taken != 0 || u->confirming) {
		return ROTOR_ERR_STATE;
	}
	if (u->received != u->size) {
		return ROTOR_ERR_LENGTH;
	}
	if (u->buffered > 0) {
		enum rotor_status status = update_flush(u);
		if (status != ROTOR_OK) {
			return status;
		}
	}
	u->state = ROTOR_BOOT_UPDATE_RECEIVED;
	return ROTOR_OK;
}
