/* SPDX-License-Identifier: Apache-2.0 */
/* A chip behind this device: what it runs, and how it gets something else to run. */
#include "rotor/boot_chip.h"

#include <string.h>

#include "rotor/boot_store.h"

/* Each step is one flash operation a call, so that a pending one is asked for again with the same arguments. */
enum step {
	STEP_NONE = 0,
	STEP_ERASE,
	STEP_FETCH,
	STEP_PROGRAM,
	STEP_FETCH_AGAIN,
	STEP_COMPARE,
	STEP_FETCH_FIRST, /* of the activation */
	STEP_COMMIT,
	STEP_RETIRE,
};

static uint32_t bank_size(const struct rotor_boot_chip *c)
{
	return c->config.flash->geometry.size / ROTOR_BOOT_CHIP_BANKS;
}

static uint32_t bank_offset(const struct rotor_boot_chip *c, uint8_t bank)
{
	return bank * bank_size(c);
}

/* What is programmed at a time: never across a sector's end. */
static uint32_t page_size(const struct rotor_boot_chip *c)
{
	const struct rotor_flash_geometry *g = &c->config.flash->geometry;
	if (g->sector < sizeof(c->page)) {
		return g->sector;
	}
	return g->sector % sizeof(c->page) == 0 ? sizeof(c->page) : g->unit;
}

enum rotor_status rotor_boot_chip_init(struct rotor_boot_chip *c,
				       const struct rotor_boot_chip_config *config)
{
	memset(c, 0, sizeof(*c));
	if (config->crypto == NULL || config->flash == NULL || config->handoff == NULL ||
	    config->update == NULL || config->work == NULL ||
	    config->work_len < ROTOR_IMAGE_WORK_MIN) {
		return ROTOR_ERR_ARGUMENT;
	}
	const struct rotor_flash_geometry *g = &config->flash->geometry;
	if (g->sector == 0 || g->unit == 0 || g->unit > sizeof(c->page) ||
	    g->sector % g->unit != 0 || g->size == 0 ||
	    g->size % (ROTOR_BOOT_CHIP_BANKS * g->sector) != 0) {
		return ROTOR_ERR_ARGUMENT;
	}
	c->config = *config;
	c->active = ROTOR_BOOT_CHIP_NO_BANK;
	memcpy(c->downstream.vendor_id, config->vendor_id, sizeof(c->downstream.vendor_id));
	memcpy(c->downstream.class_id, config->class_id, sizeof(c->downstream.class_id));
	config->update->downstream = &c->downstream;
	return ROTOR_OK;
}

uint32_t rotor_boot_chip_capacity(const struct rotor_boot_chip *c)
{
	const uint32_t slot = rotor_boot_update_capacity(c->config.update, ROTOR_IMAGE_DOWNSTREAM);
	return slot < bank_size(c) ? slot : bank_size(c);
}

/* ---- looking ---- */

static enum rotor_status read_bank(void *ctx, uint32_t offset, void *buf, size_t len)
{
	struct rotor_boot_chip *c = ctx;
	enum rotor_status status =
	    rotor_boot_flash_read(c->config.flash, bank_offset(c, c->bank) + offset, buf, len);
	c->waiting = status == ROTOR_PENDING;
	return status;
}

static void look_at(struct rotor_boot_chip *c, uint8_t bank)
{
	struct rotor_boot_downstream any = c->downstream;
	any.floor = 0; /* what is there is there */
	c->bank = bank;
	rotor_boot_downstream_policy(c->config.handoff, &any, c->key_hash, &c->policy);
	c->source = (struct rotor_image_source){.read = read_bank, .ctx = c, .size = bank_size(c)};
	c->good[bank] =
	    rotor_image_verifier_init(&c->verifier, c->config.crypto, &c->source, &c->policy,
				      c->config.work, c->config.work_len) == ROTOR_OK;
}

/* Whether what went wrong says nothing of the image: to take that for no image would let older firmware in, over this. */
static bool tells_nothing(enum rotor_image_refusal refusal)
{
	return refusal == ROTOR_IMAGE_READ_FAILED || refusal == ROTOR_IMAGE_CRYPTO_FAILED ||
	       refusal == ROTOR_IMAGE_FAULT;
}

/* Of two, which only a cut between the two steps of an activation leaves, the higher version. */
static uint8_t choose(const struct rotor_boot_chip *c)
{
	if (c->good[0] && c->good[1]) {
		return rotor_image_version_compare(&c->seen[1].version, &c->seen[0].version) > 0;
	}
	return c->good[0] ? 0 : c->good[1] ? 1 : ROTOR_BOOT_CHIP_NO_BANK;
}

static void conclude(struct rotor_boot_chip *c)
{
	c->active = choose(c);
	c->state = ROTOR_BOOT_CHIP_READY;
	if (c->active == ROTOR_BOOT_CHIP_NO_BANK) {
		memset(&c->version, 0, sizeof(c->version));
		c->downstream.floor = 0;
	} else {
		c->version = c->seen[c->active].version;
		c->downstream.floor = c->seen[c->active].security_counter;
	}
}

enum rotor_status rotor_boot_chip_look(struct rotor_boot_chip *c)
{
	if (c->state != ROTOR_BOOT_CHIP_LOOKING) {
		c->state = ROTOR_BOOT_CHIP_LOOKING;
		c->looks = 0;
		look_at(c, 0);
		return ROTOR_PENDING;
	}
	if (c->good[c->bank]) {
		enum rotor_status status = rotor_image_verifier_poll(&c->verifier);
		if (status == ROTOR_PENDING) {
			return status;
		}
		c->good[c->bank] = status == ROTOR_OK &&
				   rotor_image_verifier_accepted(&c->verifier) == ROTOR_PROVEN;
		c->seen[c->bank] = c->verifier.info;
		if (tells_nothing(c->verifier.refusal) && ++c->looks < ROTOR_BOOT_CHIP_LOOKS) {
			look_at(c, c->bank);
			return ROTOR_PENDING;
		}
	}
	if (c->bank + 1 < ROTOR_BOOT_CHIP_BANKS) {
		c->looks = 0;
		look_at(c, c->bank + 1);
		return ROTOR_PENDING;
	}
	conclude(c);
	return ROTOR_OK;
}

/* ---- copying ---- */

/* A piece of the image from `at` on, in c->page. */
static enum rotor_status fetch(struct rotor_boot_chip *c, uint32_t at, uint32_t *len)
{
	const uint32_t left = c->size - at, page = page_size(c);
	*len = left < page ? left : page;
	return rotor_boot_update_read(c->config.update, at, c->page, *len);
}

static enum rotor_status erase(struct rotor_boot_chip *c, uint32_t offset)
{
	enum rotor_status status = rotor_boot_flash_erase(c->config.flash, offset);
	c->waiting = status == ROTOR_PENDING;
	return status;
}

/* Programs what was fetched, with erased bytes behind it up to a whole unit. */
static enum rotor_status program(struct rotor_boot_chip *c, uint32_t at)
{
	const uint32_t left = c->size - at, page = page_size(c);
	const uint32_t len = left < page ? left : page;
	const uint32_t unit = c->config.flash->geometry.unit;
	const uint32_t whole = (len + unit - 1) / unit * unit;
	memset(c->page + len, 0xff, whole - len);
	enum rotor_status status =
	    rotor_boot_flash_program(c->config.flash, bank_offset(c, c->bank) + at, c->page, whole);
	c->waiting = status == ROTOR_PENDING;
	return status;
}

/* The next page that is copied or compared; after the last one the step that follows. */
static void next_page(struct rotor_boot_chip *c, uint32_t len, enum step same, enum step then)
{
	c->at += len;
	c->step = same;
	if (c->at >= c->size) {
		c->at = page_size(c);
		c->step = then;
	}
}

static enum rotor_status copy_step(struct rotor_boot_chip *c)
{
	const uint32_t base = bank_offset(c, c->bank), page = page_size(c);
	enum rotor_status status = ROTOR_OK;
	uint32_t len = 0;
	switch (c->step) {
	case STEP_ERASE:
		status = erase(c, base + c->at);
		if (status == ROTOR_OK) {
			c->at += c->config.flash->geometry.sector;
			if (c->at >= c->size) {
				/* The first page comes with the activation. */
				c->at = page;
				c->step = c->size > page ? STEP_FETCH : STEP_NONE;
			}
		}
		break;
	case STEP_FETCH:
		status = fetch(c, c->at, &len);
		c->step = status == ROTOR_OK ? STEP_PROGRAM : c->step;
		break;
	case STEP_PROGRAM:
		status = program(c, c->at);
		if (status == ROTOR_OK) {
			next_page(c, page, STEP_FETCH, STEP_FETCH_AGAIN);
		}
		break;
	case STEP_FETCH_AGAIN:
		status = fetch(c, c->at, &len);
		c->step = status == ROTOR_OK ? STEP_COMPARE : c->step;
		break;
	default: /* STEP_COMPARE */
		len = c->size - c->at < page ? c->size - c->at : page;
		status = read_bank(c, c->at, c->other, len);
		if (status == ROTOR_OK) {
			status = memcmp(c->page, c->other, len) == 0 ? ROTOR_OK : ROTOR_ERR_IO;
			next_page(c, page, STEP_FETCH_AGAIN, STEP_NONE);
		}
		break;
	}
	return status;
}

static uint8_t percent_of(const struct rotor_boot_chip *c)
{
	const unsigned part = c->step == STEP_ERASE ? 0 : c->step <= STEP_PROGRAM ? 1 : 2;
	const uint64_t done = c->at < c->size ? c->at : c->size;
	return c->size ? (uint8_t)((part * 100 + done * 100 / c->size) / 3) : 0;
}

static enum rotor_status begin_copy(struct rotor_boot_chip *c)
{
	if (c->state != ROTOR_BOOT_CHIP_READY) {
		return ROTOR_ERR_STATE;
	}
	if (c->config.update->kind != ROTOR_IMAGE_DOWNSTREAM ||
	    !rotor_boot_update_proven(c->config.update)) {
		return ROTOR_ERR_VERIFY;
	}
	if (c->config.update->size > bank_size(c)) {
		return ROTOR_ERR_SPACE;
	}
	c->size = c->config.update->size;
	c->bank = c->active == 0 ? 1 : 0;
	c->at = 0;
	c->step = STEP_ERASE;
	return ROTOR_OK;
}

enum rotor_status rotor_boot_chip_copy(struct rotor_boot_chip *c, uint8_t *percent)
{
	enum rotor_status status = ROTOR_OK;
	if (c->state == ROTOR_BOOT_CHIP_COPIED && c->step == STEP_NONE) {
		return ROTOR_OK;
	}
	if (c->step == STEP_NONE) {
		status = begin_copy(c);
	}
	if (status == ROTOR_OK) {
		status = copy_step(c);
	}
	if (status == ROTOR_OK && c->step != STEP_NONE) {
		status = ROTOR_PENDING;
	}
	if (status == ROTOR_PENDING) {
		*percent = percent_of(c);
		return status;
	}
	c->step = STEP_NONE;
	if (status == ROTOR_OK) {
		c->state = ROTOR_BOOT_CHIP_COPIED;
	}
	return status;
}

/* ---- activating ---- */

/* From the first page on it is an image. What runs is now this, whatever becomes of the other bank. */
static void committed(struct rotor_boot_chip *c)
{
	const struct rotor_image_info *info = &c->config.update->verifier.info;
	c->step = c->active == ROTOR_BOOT_CHIP_NO_BANK ? STEP_NONE : STEP_RETIRE;
	c->version = info->version;
	c->downstream.floor = info->security_counter;
}

static enum rotor_status activate_step(struct rotor_boot_chip *c)
{
	enum rotor_status status;
	uint32_t len;
	switch (c->step) {
	case STEP_FETCH_FIRST:
		status = fetch(c, 0, &len);
		c->step = status == ROTOR_OK ? STEP_COMMIT : c->step;
		return status;
	case STEP_COMMIT:
		status = program(c, 0);
		if (status == ROTOR_OK) {
			committed(c);
		}
		return status;
	default: /* STEP_RETIRE */
		status = erase(c, bank_offset(c, c->active));
		c->step = status == ROTOR_OK ? STEP_NONE : c->step;
		return status;
	}
}

enum rotor_status rotor_boot_chip_activate(struct rotor_boot_chip *c)
{
	if (c->state != ROTOR_BOOT_CHIP_COPIED) {
		return ROTOR_ERR_STATE;
	}
	if (c->step == STEP_NONE) {
		if (!rotor_boot_update_proven(c->config.update) ||
		    c->config.update->size != c->size) {
			c->state = ROTOR_BOOT_CHIP_READY;
			return ROTOR_ERR_VERIFY;
		}
		c->step = STEP_FETCH_FIRST;
	}
	enum rotor_status status = activate_step(c);
	if (status == ROTOR_PENDING || (status == ROTOR_OK && c->step != STEP_NONE)) {
		return ROTOR_PENDING;
	}
	if (status == ROTOR_OK) {
		c->active = c->bank;
	}
	c->step = STEP_NONE;
	c->state = ROTOR_BOOT_CHIP_UNSEEN;
	return status;
}

enum rotor_status rotor_boot_chip_abort(struct rotor_boot_chip *c)
{
	enum rotor_status status = ROTOR_OK;
	if (c->state == ROTOR_BOOT_CHIP_LOOKING) {
		if (c->waiting && rotor_image_verifier_poll(&c->verifier) == ROTOR_PENDING &&
		    c->waiting) {
			return ROTOR_PENDING;
		}
		rotor_image_verifier_cancel(&c->verifier);
		c->state = ROTOR_BOOT_CHIP_UNSEEN;
	} else if (c->waiting) {
		status = c->state == ROTOR_BOOT_CHIP_COPIED ? activate_step(c) : copy_step(c);
		if (status == ROTOR_PENDING && c->waiting) {
			return ROTOR_PENDING;
		}
	}
	c->waiting = false;
	/* An activation that was begun may have been what it now runs. */
	if (c->state == ROTOR_BOOT_CHIP_COPIED) {
		c->state = c->step == STEP_NONE ? ROTOR_BOOT_CHIP_READY : ROTOR_BOOT_CHIP_UNSEEN;
	}
	c->step = STEP_NONE;
	return ROTOR_OK;
}
