/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The power fails while the boot stage installs settings or a recovery image, in every operation of flash and fuses and in
 * several ways, weak bits among them. Every boot that follows starts the firmware; the installation ends, and stays; and
 * whom the settings put out of trust never comes back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/boot_device.h"

#define OPS_MAX 128

static struct boot_device d;
static struct sim_flash flash_before;
static struct sim_fuses fuses_before;

/* What one installation does, uncut. */
static struct {
	enum sim_op_kind kind;
	uint32_t len, last; /* of a program: its last byte that is not 0xff */
} ops[OPS_MAX];
static size_t op_count;

static void note_op(void *ctx, const struct sim_op *op)
{
	(void)ctx;
	assert_true(op_count < OPS_MAX);
	ops[op_count].kind = op->kind;
	ops[op_count].len = op->len;
	ops[op_count].last = 0;
	for (uint32_t i = 0; op->kind == SIM_OP_PROGRAM && i < op->len; i++) {
		if (op->data[i] != 0xff) {
			ops[op_count].last = i;
		}
	}
	op_count++;
}

static void make_settings(uint8_t minor, bool revoke, struct boot_image *out)
{
	uint8_t body[512];
	size_t len;
	uint8_t anchor[40];
	memset(anchor, minor, sizeof(anchor));
	struct rotor_boot_settings settings = {.anchor = {{anchor, sizeof(anchor)}},
					       .anchor_count = 1};
	if (revoke) {
		settings.revoked[settings.revoked_count++] =
		    (struct rotor_bytes){d.fuses.key_hash[0], ROTOR_BOOT_DIGEST_SIZE};
	}
	assert_int_equal(rotor_boot_settings_encode(&settings, body, sizeof(body), &len), ROTOR_OK);
	boot_make_image(&d,
			&(struct image_wish){.minor = minor,
					     .next_key = true,
					     .kind = ROTOR_IMAGE_SETTINGS,
					     .body = body,
					     .size = (uint32_t)len},
			out);
}

/* A device whose settings are of version 1.1, with @p kind pending in slot B. What it remembers is kept. */
static void set_up(enum rotor_image_kind kind)
{
	struct boot_image firmware, settings, next;
	boot_device_init(&d, boot_quick_crypto(), 256, 16);
	boot_device_second_key(&d);
	boot_make_image(&d, &(struct image_wish){.seed = 1, .next_key = true}, &firmware);
	struct rotor_boot_record record = boot_confirmed_record(ROTOR_BOOT_SLOT_A);
	boot_put_image(&d, ROTOR_BOOT_SLOT_A, &firmware);
	boot_put_record(&d, &record);
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	make_settings(1, false, &settings);
	assert_int_equal(boot_device_update_kind(&d, ROTOR_IMAGE_SETTINGS, &settings), ROTOR_OK);
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	if (kind == ROTOR_IMAGE_SETTINGS) {
		make_settings(2, true, &next);
	} else {
		boot_make_image(
		    &d, &(struct image_wish){.kind = kind, .seed = 3, .minor = 2, .next_key = true},
		    &next);
	}
	assert_int_equal(boot_device_update_kind(&d, kind, &next), ROTOR_OK);
	assert_true(sim_flash_init(&flash_before, &d.power, &d.layout.geometry));
	sim_flash_copy(&flash_before, &d.flash);
	sim_fuses_init(&fuses_before, &d.power);
	sim_fuses_copy(&fuses_before, &d.fuses);
}

static enum rotor_status power_up(void)
{
	sim_power_on(&d.power);
	sim_flash_reset(&d.flash);
	return boot_device_boot(&d);
}

static void assert_installed(enum rotor_image_kind kind)
{
	struct rotor_boot_record record;
	boot_get_record(&d, &record);
	assert_int_equal(record.slot[1].state, ROTOR_BOOT_EMPTY);
	if (kind == ROTOR_IMAGE_SETTINGS) {
		assert_int_equal(d.handoff.settings_version.minor, 2);
		assert_true(d.fuses.revoked[0]);
		assert_false(d.fuses.revoked[1] || d.fuses.revoked_weak[1]);
		return;
	}
	enum rotor_status status;
	SETTLE(status, rotor_boot_update_scrub(&d.update));
	assert_int_equal(status, ROTOR_OK);
	assert_int_equal(d.update.recovery_health, ROTOR_BOOT_HEALTH_SOUND);
	assert_int_equal(d.update.recovery_version.minor, 2);
}

/* One cut, and three boots. */
static void cut(enum rotor_image_kind kind, unsigned long at, const struct sim_tear *tear)
{
	sim_flash_copy(&d.flash, &flash_before);
	sim_fuses_copy(&d.fuses, &fuses_before);
	sim_power_on(&d.power);
	sim_flash_reset(&d.flash);
	d.power.cut_at = at;
	d.power.exact = tear;
	(void)boot_device_boot(&d);
	assert_true(d.power.off);
	for (unsigned boots = 0; boots < 3; boots++) {
		assert_int_equal(power_up(), ROTOR_OK);
		assert_int_equal(d.handoff.slot, ROTOR_BOOT_SLOT_A);
		assert_false(d.handoff.trial);
		assert_int_equal(d.handoff.anchors_source, ROTOR_BOOT_ANCHORS_SETTINGS);
		assert_installed(kind);
	}
}

static void cut_in(enum rotor_image_kind kind, unsigned long at)
{
	static const uint8_t patterns[] = {0x01, 0x07, 0x08};
	const uint32_t places[] = {ops[at - 1].len / 2, ops[at - 1].last};
	for (size_t p = 0; p < ROTOR_COUNT_OF(places); p++) {
		static const enum sim_tear_kind kinds[] = {SIM_TEAR_CLEAN, SIM_TEAR_DONE};
		struct sim_tear tear = {.at = places[p]};
		for (size_t k = 0; k < ROTOR_COUNT_OF(kinds); k++) {
			tear.kind = kinds[k];
			cut(kind, at, &tear);
		}
		tear.kind = SIM_TEAR_WEAK;
		for (size_t k = 0; k < ROTOR_COUNT_OF(patterns); k++) {
			tear.pattern = patterns[k];
			cut(kind, at, &tear);
		}
	}
}

static void cut_everywhere(enum rotor_image_kind kind)
{
	set_up(kind);
	op_count = 0;
	sim_power_on(&d.power);
	d.power.before = note_op;
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	d.power.before = NULL;
	assert_installed(kind);
	assert_true(op_count > 10);
	for (unsigned long at = 1; at <= op_count; at++) {
		cut_in(kind, at);
	}
	sim_flash_free(&flash_before);
	boot_device_free(&d);
}

static void a_cut_while_settings_are_installed_loses_neither_them_nor_the_revocation(void **state)
{
	(void)state;
	cut_everywhere(ROTOR_IMAGE_SETTINGS);
}

static void a_cut_while_a_recovery_image_is_installed_does_not_lose_it(void **state)
{
	(void)state;
	cut_everywhere(ROTOR_IMAGE_RECOVERY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		a_cut_while_settings_are_installed_loses_neither_them_nor_the_revocation),
	    cmocka_unit_test(a_cut_while_a_recovery_image_is_installed_does_not_lose_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
