/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Power that fails while the boot stage installs settings, revokes a key or replaces the recovery image: at every operation,
 * torn in every way that the simulator knows where an operation or a unit of it ends. The next boot completes it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/memo.h"
#include "sim/tears.h"
#include "support/boot_device.h"

/* Boots after a cut: weak bits read otherwise from read to read, and must not matter any more. */
#define BOOTS 4

static struct boot_device d;
static struct boot_image recovery[2], settings[2];
static const char *const anchor_text[] = {"the anchor in force", "the anchor that replaces it"};

/* ---- what was before ---- */

static void make_settings(unsigned n, const uint8_t *revoked)
{
	uint8_t body[512];
	size_t len;
	const struct rotor_boot_settings wanted = {
	    .anchor = {{(const uint8_t *)anchor_text[n], strlen(anchor_text[n])}},
	    .anchor_count = 1,
	    .revoked = {{revoked, ROTOR_BOOT_DIGEST_SIZE}},
	    .revoked_count = revoked ? 1 : 0,
	};
	assert_int_equal(rotor_boot_settings_encode(&wanted, body, sizeof(body), &len), ROTOR_OK);
	const struct image_wish wish = {.kind = ROTOR_IMAGE_SETTINGS,
					.minor = (uint8_t)n,
					.next_key = true,
					.body = body,
					.size = (uint32_t)len};
	boot_make_image(&d, &wish, &settings[n]);
}

/* Firmware, recovery image and settings in force are signed by the second key; slot B holds what is to come. */
static void set_up(enum rotor_image_kind kind)
{
	struct boot_image firmware;
	struct rotor_boot_record record = boot_confirmed_record(ROTOR_BOOT_SLOT_A);
	boot_device_init(&d, sim_memo_crypto(), 256, 16);
	boot_device_second_key(&d);
	boot_make_image(&d, &(struct image_wish){.next_key = true}, &firmware);
	boot_put_image(&d, ROTOR_BOOT_SLOT_A, &firmware);
	for (uint8_t n = 0; n < 2; n++) {
		const struct image_wish wish = {.kind = ROTOR_IMAGE_RECOVERY,
						.next_key = true,
						.minor = n,
						.seed = (uint8_t)(n + 5)};
		boot_make_image(&d, &wish, &recovery[n]);
		make_settings(n, n == 0 ? NULL : d.fuses.key_hash[0]);
	}
	boot_put_image(&d, ROTOR_BOOT_SLOT_RECOVERY, &recovery[0]);
	sim_flash_put(&d.flash, &d.layout.region[ROTOR_REGION_SETTINGS], settings[0].bytes,
		      settings[0].len);
	record.slot[ROTOR_BOOT_SLOT_B].state = ROTOR_BOOT_PENDING;
	record.slot[ROTOR_BOOT_SLOT_B].kind = kind;
	boot_put_image(&d, ROTOR_BOOT_SLOT_B,
		       kind == ROTOR_IMAGE_SETTINGS ? &settings[1] : &recovery[1]);
	boot_put_record(&d, &record);
}

/* ---- cuts ---- */

/* The operation that is cut is asked for its tears when it comes, and the next of them is done. */
static struct {
	struct sim_tears tears;
	struct sim_tear chosen;
	unsigned long at;
	size_t next;
	bool met;
} cut;

static void before_op(void *ctx, const struct sim_op *op)
{
	(void)ctx;
	if (d.power.operations + 1 != cut.at) {
		return;
	}
	sim_tears_of(&cut.tears, op, d.layout.geometry.unit, d.fuses.floor, SIM_COARSE);
	cut.chosen = cut.tears.tear[cut.next];
	d.power.cut_at = cut.at;
	d.power.exact = &cut.chosen;
	cut.met = true;
}

static enum rotor_status power_on_and_boot(void)
{
	sim_power_on(&d.power);
	sim_flash_reset(&d.flash);
	return boot_device_boot(&d);
}

static bool settings_are_installed(void)
{
	uint8_t buf[ROTOR_BOOT_STORE_MAX];
	struct rotor_bytes anchors[ROTOR_BOOT_ANCHORS_MAX];
	size_t count;
	return rotor_boot_anchors_read(d.crypto, &d.flash.port, &d.handoff, buf, sizeof(buf),
				       anchors, &count) == ROTOR_OK &&
	       count == 1 && anchors[0].len == strlen(anchor_text[1]) &&
	       memcmp(anchors[0].data, anchor_text[1], anchors[0].len) == 0 && d.fuses.revoked[0] &&
	       !d.fuses.revoked[1] && !d.fuses.revoked_weak[1] && d.handoff.key_hash_count == 1;
}

static bool recovery_is_installed(void)
{
	uint8_t bytes[DEVICE_IMAGE_MAX];
	const struct rotor_flash_region *place = &d.layout.region[ROTOR_REGION_RECOVERY];
	return rotor_boot_flash_read(&d.flash.port, place->offset, bytes, recovery[1].len) ==
		   ROTOR_OK &&
	       memcmp(bytes, recovery[1].bytes, recovery[1].len) == 0 &&
	       d.handoff.key_hash_count == 2;
}

/* However often it boots: all is in its place, and the slot that brought it is free. */
static void assert_completed(bool (*is_installed)(void))
{
	char text[SIM_TEAR_TEXT];
	struct rotor_boot_record record;
	for (unsigned boots = 0; boots < BOOTS; boots++) {
		bool boots_well =
		    power_on_and_boot() == ROTOR_OK && d.handoff.slot == ROTOR_BOOT_SLOT_A;
		if (!boots_well || !is_installed()) {
			fail_msg("operation %lu cut %s: boot %u afterwards: %s", cut.at,
				 sim_tear_text(&cut.chosen, text), boots + 1,
				 boots_well ? "not installed" : "the firmware does not run");
		}
		boot_get_record(&d, &record);
		assert_int_equal(record.slot[ROTOR_BOOT_SLOT_B].state, ROTOR_BOOT_EMPTY);
	}
}

static void cut_everywhere(enum rotor_image_kind kind, bool (*is_installed)(void))
{
	struct sim_flash flash = {0};
	unsigned long cuts = 0;
	set_up(kind);
	const struct sim_fuses fuses = d.fuses;
	assert_true(sim_flash_init(&flash, &d.power, &d.layout.geometry));
	sim_flash_copy(&flash, &d.flash);
	cut.at = 1;
	cut.next = 0;
	for (;;) {
		sim_flash_copy(&d.flash, &flash);
		sim_fuses_copy(&d.fuses, &fuses);
		cut.met = false;
		d.power.before = before_op;
		enum rotor_status status = power_on_and_boot();
		d.power.before = NULL;
		if (!cut.met) {
			assert_int_equal(status, ROTOR_OK);
			break;
		}
		assert_completed(is_installed);
		cuts++;
		if (++cut.next == cut.tears.count) {
			cut.at++;
			cut.next = 0;
		}
	}
	print_message("%lu cuts of %lu operations\n", cuts, cut.at - 1);
	assert_true(cuts > 100);
	sim_flash_free(&flash);
	sim_tears_free(&cut.tears);
	boot_device_free(&d);
	sim_memo_forget();
}

static void settings_and_revocations_are_completed_after_a_cut_anywhere(void **state)
{
	(void)state;
	cut_everywhere(ROTOR_IMAGE_SETTINGS, settings_are_installed);
}

static void a_new_recovery_image_is_completed_after_a_cut_anywhere(void **state)
{
	(void)state;
	cut_everywhere(ROTOR_IMAGE_RECOVERY, recovery_is_installed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(settings_and_revocations_are_completed_after_a_cut_anywhere),
	    cmocka_unit_test(a_new_recovery_image_is_completed_after_a_cut_anywhere),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
