/* SPDX-License-Identifier: Apache-2.0 */
/* The update slot as the runtime uses it: bytes in, verified, activated, confirmed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support/boot_device.h"
#include "support/pending_crypto.h"

static struct boot_device d;
static struct boot_image old_image, new_image;

/* A device that runs the old image from slot A. */
static void set_up(const struct rotor_crypto *crypto, uint32_t sector, uint32_t unit)
{
	boot_device_init(&d, crypto, sector, unit);
	boot_make_image(&d, &(struct image_wish){.seed = 1}, &old_image);
	boot_make_image(&d, &(struct image_wish){.seed = 2, .minor = 1, .security_version = 2},
			&new_image);
	boot_put_image(&d, ROTOR_BOOT_SLOT_A, &old_image);
	const struct rotor_boot_record record = boot_confirmed_record(ROTOR_BOOT_SLOT_A);
	boot_put_record(&d, &record);
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
}

static enum rotor_boot_state state_of(enum rotor_boot_slot_id slot)
{
	struct rotor_boot_record record;
	boot_get_record(&d, &record);
	return record.slot[slot].state;
}

static void an_image_goes_to_the_other_slot_and_runs_after_the_reboot(void **state)
{
	(void)state;
	static const uint32_t geometries[][2] = {
	    {256, 4}, {4096, 256}, {128, 16}, {512, 1}, {384, 8}};
	for (size_t g = 0; g < ROTOR_COUNT_OF(geometries); g++) {
		set_up(boot_quick_crypto(), geometries[g][0], geometries[g][1]);
		assert_int_equal(rotor_boot_update_target(&d.update), ROTOR_BOOT_SLOT_B);
		assert_int_equal(rotor_boot_update_capacity(&d.update, ROTOR_IMAGE_FIRMWARE),
				 d.layout.region[ROTOR_REGION_SLOT_B].size);
		assert_int_equal(boot_device_update(&d, &new_image), ROTOR_OK);
		assert_int_equal(d.update.verifier.info.security_counter, 2);
		assert_int_equal(state_of(ROTOR_BOOT_SLOT_A), ROTOR_BOOT_CONFIRMED);
		assert_int_equal(state_of(ROTOR_BOOT_SLOT_B), ROTOR_BOOT_PENDING);
		assert_memory_equal(d.flash.bytes + d.layout.region[ROTOR_REGION_SLOT_B].offset,
				    new_image.bytes, new_image.len);
		assert_int_equal(boot_device_boot(&d), ROTOR_OK);
		assert_int_equal(d.handoff.slot, ROTOR_BOOT_SLOT_B);
		assert_true(d.handoff.trial);
		assert_int_equal(boot_device_confirm(&d), ROTOR_OK);
		assert_int_equal(state_of(ROTOR_BOOT_SLOT_B), ROTOR_BOOT_CONFIRMED);
		assert_int_equal(rotor_boot_update_target(&d.update), ROTOR_BOOT_SLOT_A);
		/* and back again */
		assert_int_equal(boot_device_update(&d, &new_image), ROTOR_OK);
		assert_int_equal(boot_device_boot(&d), ROTOR_OK);
		assert_int_equal(d.handoff.slot, ROTOR_BOOT_SLOT_A);
		boot_device_free(&d);
	}
}

static void pieces_of_any_size_make_the_same_slot(void **state)
{
	(void)state;
	static const uint32_t sizes[] = {1, 3, 4, 255, 256, 257, 1000, 4096};
	for (size_t s = 0; s < ROTOR_COUNT_OF(sizes); s++) {
		enum rotor_status status;
		set_up(boot_quick_crypto(), 256, 4);
		d.flash.pending = 1;
		SETTLE(status, rotor_boot_update_begin(&d.update, ROTOR_IMAGE_FIRMWARE,
						       (uint32_t)new_image.len));
		assert_int_equal(status, ROTOR_OK);
		for (uint32_t at = 0; at < new_image.len; at += sizes[s]) {
			uint32_t left = (uint32_t)new_image.len - at;
			SETTLE(status, rotor_boot_update_write(&d.update, at, new_image.bytes + at,
							       left < sizes[s] ? left : sizes[s]));
			assert_int_equal(status, ROTOR_OK);
		}
		SETTLE(status, rotor_boot_update_finish(&d.update));
		assert_int_equal(status, ROTOR_OK);
		assert_int_equal(d.update.flushed, new_image.len);
		assert_memory_equal(d.flash.bytes + d.layout.region[ROTOR_REGION_SLOT_B].offset,
				    new_image.bytes, new_image.len);
		boot_device_free(&d);
	}
}

/* Receives the new image in pieces of 100 bytes, with so many calls to erase ahead between them. @return erases that it took */
static unsigned receive_with(unsigned calls, unsigned pending)
{
	enum rotor_status status;
	set_up(boot_quick_crypto(), 256, 16);
	const uint32_t size = (uint32_t)new_image.len;
	d.flash.pending = pending;
	SETTLE(status, rotor_boot_update_begin(&d.update, ROTOR_IMAGE_FIRMWARE, size));
	assert_int_equal(status, ROTOR_OK);
	const unsigned before = d.flash.erases;
	for (uint32_t at = 0; at < size; at += 100) {
		for (unsigned n = 0; n < calls; n++) {
			status = rotor_boot_update_erase_ahead(&d.update);
			assert_true(status == ROTOR_OK || status == ROTOR_PENDING);
		}
		SETTLE(status, rotor_boot_update_write(&d.update, at, new_image.bytes + at,
						       size - at < 100 ? size - at : 100));
		assert_int_equal(status, ROTOR_OK);
		assert_true(d.update.erased < d.update.flushed + 2 * 256);
	}
	SETTLE(status, rotor_boot_update_finish(&d.update));
	assert_int_equal(status, ROTOR_OK);
	assert_memory_equal(d.flash.bytes + d.layout.region[ROTOR_REGION_SLOT_B].offset,
			    new_image.bytes, size);
	assert_int_equal(rotor_boot_update_erase_ahead(&d.update), ROTOR_OK);
	const unsigned erases = d.flash.erases - before;
	SETTLE(status, rotor_boot_update_verify(&d.update));
	assert_int_equal(status, ROTOR_OK);
	boot_device_free(&d);
	return erases;
}

static void erasing_ahead_changes_when_and_not_what(void **state)
{
	(void)state;
	const unsigned erases = receive_with(0, 0);
	assert_true(erases > 4);
	for (unsigned calls = 1; calls < 6; calls++) {
		for (unsigned pending = 0; pending < 4; pending++) {
			assert_int_equal(receive_with(calls, pending), erases);
		}
	}
}

static void an_erase_ahead_that_is_pending_is_waited_for(void **state)
{
	(void)state;
	enum rotor_status status;
	for (int abort = 0; abort < 2; abort++) {
		set_up(boot_quick_crypto(), 256, 16);
		/* nothing to erase for */
		assert_int_equal(rotor_boot_update_erase_ahead(&d.update), ROTOR_OK);
		SETTLE(status, rotor_boot_update_begin(&d.update, ROTOR_IMAGE_FIRMWARE,
						       (uint32_t)new_image.len));
		assert_int_equal(status, ROTOR_OK);
		d.flash.pending = 2;
		assert_int_equal(rotor_boot_update_erase_ahead(&d.update), ROTOR_PENDING);
		assert_int_equal(d.update.erased, 0);
		if (abort) {
			SETTLE(status, rotor_boot_update_abort(&d.update));
			assert_int_equal(status, ROTOR_OK);
			assert_int_equal(state_of(ROTOR_BOOT_SLOT_B), ROTOR_BOOT_EMPTY);
		}
		/* whatever comes next finds the flash free */
		assert_int_equal(boot_device_update(&d, &new_image), ROTOR_OK);
		assert_int_equal(boot_device_boot(&d), ROTOR_OK);
		assert_int_equal(d.handoff.slot, ROTOR_BOOT_SLOT_B);
		boot_device_free(&d);
	}
}

static void the_slot_is_marked_before_its_first_byte_is_erased(void **state)
{
	(void)state;
	enum rotor_status status;
	set_up(boot_quick_crypto(), 256, 4);
	boot_put_image(&d, ROTOR_BOOT_SLOT_B, &new_image);
	SETTLE(status,
	       rotor_boot_update_begin(&d.update, ROTOR_IMAGE_FIRMWARE, (uint32_t)old_image.len));
	assert_int_equal(status, ROTOR_OK);
	assert_memory_equal(d.flash.bytes + d.layout.region[ROTOR_REGION_SLOT_B].offset,
			    new_image.bytes, new_image.len);
	assert_int_equal(state_of(ROTOR_BOOT_SLOT_B), ROTOR_BOOT_RECEIVING);
	/* such a slot is never started, however good it looks */
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	assert_int_equal(d.handoff.slot, ROTOR_BOOT_SLOT_A);
	boot_device_free(&d);
}

static void what_must_not_run_is_refused_before_it_is_activated(void **state)
{
	(void)state;
	static const struct {
		struct image_wish wish;
		bool flip, longer;
		enum rotor_status status;
		enum rotor_image_refusal refusal;
	} cases[] = {
	    {{.seed = 9}, true, false, ROTOR_ERR_VERIFY, ROTOR_IMAGE_HASH_MISMATCH},
	    {{.stranger = true}, false, false, ROTOR_ERR_UNTRUSTED, ROTOR_IMAGE_KEY_UNKNOWN},
	    {{.other_vendor = true}, false, false, ROTOR_ERR_DENIED, ROTOR_IMAGE_VENDOR_MISMATCH},
	    {{.other_class = true}, false, false, ROTOR_ERR_DENIED, ROTOR_IMAGE_CLASS_MISMATCH},
	    {{.security_version = 4},
	     false,
	     false,
	     ROTOR_ERR_DENIED,
	     ROTOR_IMAGE_SECURITY_VERSION_LOW},
	    {{.security_version = ROTOR_BOOT_FLOOR_MAX + 1},
	     false,
	     false,
	     ROTOR_ERR_DENIED,
	     ROTOR_IMAGE_SECURITY_VERSION_HIGH},
	    {{.seed = 9}, false, true, ROTOR_ERR_LENGTH, ROTOR_IMAGE_ACCEPTED},
	};
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		struct boot_image image;
		struct rotor_boot_update *u = &d.update;
		set_up(boot_quick_crypto(), 256, 4);
		d.handoff.security_floor = 5;
		struct image_wish wish = cases[i].wish;
		wish.security_version = wish.security_version == 0 ? 5 : wish.security_version;
		boot_make_image(&d, &wish, &image);
		image.bytes[100] ^= cases[i].flip ? 0x80 : 0;
		image.len += cases[i].longer ? 1 : 0;
		assert_int_equal(boot_device_update(&d, &image), cases[i].status);
		assert_int_equal(u->refusal, cases[i].refusal);
		assert_int_equal(u->state, ROTOR_BOOT_UPDATE_REFUSED);
		assert_int_equal(rotor_boot_update_activate(u), ROTOR_ERR_STATE);
		assert_int_equal(rotor_boot_update_verify(u), ROTOR_ERR_STATE);
		assert_int_equal(state_of(ROTOR_BOOT_SLOT_B), ROTOR_BOOT_RECEIVING);
		assert_int_equal(rotor_boot_update_abort(u), ROTOR_OK);
		assert_int_equal(state_of(ROTOR_BOOT_SLOT_B), ROTOR_BOOT_EMPTY);
		boot_device_free(&d);
	}
}

static void every_call_in_every_state_has_its_answer(void **state)
{
	(void)state;
	enum rotor_status status;
	struct rotor_boot_update *u = &d.update;
	struct rotor_boot_update fresh;
	set_up(boot_quick_crypto(), 256, 4);
	const uint8_t *bytes = new_image.bytes;
	uint32_t len = (uint32_t)new_image.len;

	assert_int_equal(rotor_boot_update_init(&fresh, &u->config), ROTOR_OK);
	assert_int_equal(rotor_boot_update_begin(&fresh, ROTOR_IMAGE_FIRMWARE, len),
			 ROTOR_ERR_STATE);

	/* idle */
	assert_int_equal(rotor_boot_update_write(u, 0, bytes, 1), ROTOR_ERR_STATE);
	assert_int_equal(rotor_boot_update_finish(u), ROTOR_ERR_STATE);
	assert_int_equal(rotor_boot_update_verify(u), ROTOR_ERR_STATE);
	assert_int_equal(rotor_boot_update_activate(u), ROTOR_ERR_STATE);
	assert_int_equal(rotor_boot_update_abort(u), ROTOR_OK);
	assert_int_equal(rotor_boot_update_confirm(u), ROTOR_OK);
	assert_int_equal(rotor_boot_update_begin(u, ROTOR_IMAGE_FIRMWARE, 0), ROTOR_ERR_ARGUMENT);
	assert_int_equal(
	    rotor_boot_update_begin(u, ROTOR_IMAGE_FIRMWARE,
				    rotor_boot_update_capacity(u, ROTOR_IMAGE_FIRMWARE) + 1),
	    ROTOR_ERR_SPACE);
	/* beginning */
	d.flash.pending = 1;
	assert_int_equal(rotor_boot_update_begin(u, ROTOR_IMAGE_FIRMWARE, len), ROTOR_PENDING);
	assert_int_equal(u->state, ROTOR_BOOT_UPDATE_BEGINNING);
	assert_int_equal(rotor_boot_update_write(u, 0, bytes, 1), ROTOR_ERR_STATE);
	assert_int_equal(rotor_boot_update_verify(u), ROTOR_ERR_STATE);
	assert_int_equal(rotor_boot_update_activate(u), ROTOR_ERR_STATE);
	SETTLE(status, rotor_boot_update_begin(u, ROTOR_IMAGE_FIRMWARE, len));
	assert_int_equal(status, ROTOR_OK);
	/* receiving */
	assert_int_equal(rotor_boot_update_write(u, 1, bytes, 1), ROTOR_ERR_ARGUMENT);
	assert_int_equal(rotor_boot_update_write(u, 0, bytes, len + 1), ROTOR_ERR_ARGUMENT);
	SETTLE(status, rotor_boot_update_write(u, 0, bytes, 500));
	assert_int_equal(status, ROTOR_OK);
	assert_int_equal(rotor_boot_update_finish(u), ROTOR_ERR_LENGTH);
	assert_int_equal(rotor_boot_update_verify(u), ROTOR_ERR_STATE);
	SETTLE(status, rotor_boot_update_write(u, 500, bytes + 500, len - 500));
	assert_int_equal(status, ROTOR_OK);
	SETTLE(status, rotor_boot_update_finish(u));
	assert_int_equal(status, ROTOR_OK);
	/* received */
	assert_int_equal(rotor_boot_update_finish(u), ROTOR_OK);
	assert_int_equal(rotor_boot_update_write(u, len, bytes, 0), ROTOR_ERR_STATE);
	assert_int_equal(rotor_boot_update_activate(u), ROTOR_ERR_STATE);
	assert_int_equal(rotor_boot_update_verify(u), ROTOR_PENDING);
	/* verifying */
	assert_int_equal(rotor_boot_update_begin(u, ROTOR_IMAGE_FIRMWARE, len), ROTOR_ERR_STATE);
	assert_int_equal(rotor_boot_update_activate(u), ROTOR_ERR_STATE);
	SETTLE(status, rotor_boot_update_verify(u));
	assert_int_equal(status, ROTOR_OK);
	/* verified */
	assert_int_equal(rotor_boot_update_verify(u), ROTOR_OK);
	assert_int_equal(rotor_boot_update_write(u, len, bytes, 0), ROTOR_ERR_STATE);
	assert_int_equal(rotor_boot_update_activate(u), ROTOR_PENDING);
	/* activating */
	assert_int_equal(rotor_boot_update_begin(u, ROTOR_IMAGE_FIRMWARE, len), ROTOR_ERR_STATE);
	SETTLE(status, rotor_boot_update_activate(u));
	assert_int_equal(status, ROTOR_OK);
	/* activated, and withdrawn by the next update */
	assert_int_equal(rotor_boot_update_activate(u), ROTOR_OK);
	assert_int_equal(rotor_boot_update_verify(u), ROTOR_ERR_STATE);
	d.flash.pending = 0;
	assert_int_equal(rotor_boot_update_begin(u, ROTOR_IMAGE_FIRMWARE, len), ROTOR_OK);
	assert_int_equal(state_of(ROTOR_BOOT_SLOT_B), ROTOR_BOOT_RECEIVING);
	boot_device_free(&d);
}

/* After any number of calls of an update with everything pending, abort ends it and another update succeeds. */
static void an_update_can_be_given_up_at_any_call(void **state)
{
	(void)state;
	const struct rotor_crypto *slow = pending_crypto(boot_quick_crypto(), 1);
	set_up(slow, 256, 16);
	struct rotor_boot_update *u = &d.update;
	boot_device_pending(&d, 1);
	bool whole = false;
	for (unsigned calls = 1; !whole; calls++) {
		uint32_t at = 0, len = (uint32_t)new_image.len;
		unsigned phase = 0;
		for (unsigned i = 0; i < calls && !whole; i++) {
			enum rotor_status status;
			uint32_t piece = len - at < 300 ? len - at : 300;
			switch (phase) {
			case 0:
				status = rotor_boot_update_begin(u, ROTOR_IMAGE_FIRMWARE, len);
				break;
			case 1:
				status =
				    rotor_boot_update_write(u, at, new_image.bytes + at, piece);
				at += status == ROTOR_OK ? piece : 0;
				break;
			case 2:
				status = rotor_boot_update_finish(u);
				break;
			case 3:
				status = rotor_boot_update_verify(u);
				break;
			default:
				status = rotor_boot_update_activate(u);
				whole = status == ROTOR_OK;
			}
			assert_true(status == ROTOR_OK || status == ROTOR_PENDING);
			phase += status == ROTOR_OK && (phase != 1 || at == len);
		}
		enum rotor_status status;
		SETTLE(status, rotor_boot_update_abort(u));
		assert_int_equal(status, ROTOR_OK);
		assert_int_equal(u->state, ROTOR_BOOT_UPDATE_IDLE);
		assert_int_equal(u->recorder.record.slot[1].state, ROTOR_BOOT_EMPTY);
	}
	assert_int_equal(boot_device_update(&d, &new_image), ROTOR_OK);
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	assert_int_equal(d.handoff.slot, ROTOR_BOOT_SLOT_B);
	boot_device_free(&d);
}

static void an_image_on_trial_keeps_its_way_back(void **state)
{
	(void)state;
	set_up(boot_quick_crypto(), 256, 4);
	assert_int_equal(boot_device_update(&d, &new_image), ROTOR_OK);
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	assert_int_equal(rotor_boot_update_begin(&d.update, ROTOR_IMAGE_FIRMWARE, 100),
			 ROTOR_ERR_DENIED);
	assert_int_equal(boot_device_confirm(&d), ROTOR_OK);
	assert_int_equal(rotor_boot_update_begin(&d.update, ROTOR_IMAGE_FIRMWARE, 100), ROTOR_OK);
	boot_device_free(&d);
}

static void the_floor_waits_where_the_agent_asked_for_it(void **state)
{
	(void)state;
	enum rotor_status status;
	set_up(boot_quick_crypto(), 256, 4);
	uint32_t before = d.fuses.floor;
	d.hold_floor = true;
	assert_int_equal(boot_device_update(&d, &new_image), ROTOR_OK);
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	/* on trial there is nothing to release */
	assert_int_equal(rotor_boot_update_release_floor(&d.update), ROTOR_ERR_STATE);
	assert_int_equal(boot_device_confirm(&d), ROTOR_OK);
	for (unsigned boots = 0; boots < 2; boots++) {
		assert_int_equal(boot_device_boot(&d), ROTOR_OK);
		assert_int_equal(d.handoff.slot, ROTOR_BOOT_SLOT_B);
		assert_false(d.handoff.trial);
		assert_true(rotor_boot_update_floor_held(&d.update));
		assert_int_equal(d.fuses.floor, before);
	}
	d.flash.pending = 2;
	assert_int_equal(rotor_boot_update_release_floor(&d.update), ROTOR_PENDING);
	assert_int_equal(rotor_boot_update_begin(&d.update, ROTOR_IMAGE_FIRMWARE, 100),
			 ROTOR_ERR_STATE);
	SETTLE(status, rotor_boot_update_release_floor(&d.update));
	assert_int_equal(status, ROTOR_OK);
	assert_int_equal(d.fuses.floor, before);
	SETTLE(status, rotor_boot_stage_confirmed(&d.stage));
	assert_int_equal(status, ROTOR_OK);
	assert_int_equal(d.fuses.floor, d.handoff.security_version);
	assert_true(d.fuses.floor > before);
	assert_int_equal(rotor_boot_update_release_floor(&d.update), ROTOR_OK);
	/* the next update is not held unless it asks again */
	d.flash.pending = 0;
	d.hold_floor = false;
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	assert_int_equal(rotor_boot_update_begin(&d.update, ROTOR_IMAGE_FIRMWARE, 100), ROTOR_OK);
	assert_false(d.update.hold_floor);
	boot_device_free(&d);
}

/* Released, durably, and then the power goes before the fuses are blown: the next boot makes it good. */
static void a_released_floor_rises_at_the_next_boot_at_the_latest(void **state)
{
	(void)state;
	enum rotor_status status;
	set_up(boot_quick_crypto(), 256, 4);
	d.hold_floor = true;
	assert_int_equal(boot_device_update(&d, &new_image), ROTOR_OK);
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	assert_int_equal(boot_device_confirm(&d), ROTOR_OK);
	SETTLE(status, rotor_boot_update_release_floor(&d.update));
	assert_int_equal(status, ROTOR_OK);
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	assert_int_equal(d.fuses.floor, d.handoff.security_version);
	boot_device_free(&d);
}

/* One change of the record at a time, and no other work for the flash meanwhile, whatever is asked in between. */
static void a_floor_is_released_or_an_update_given_up_but_not_half_of_both(void **state)
{
	(void)state;
	enum { RECEIVED, ACTIVATED, STATES };
	for (unsigned when = 0; when < STATES; when++) {
		enum rotor_status status;
		struct rotor_boot_record record;
		set_up(boot_quick_crypto(), 256, 4);
		d.hold_floor = true;
		assert_int_equal(boot_device_update(&d, &new_image), ROTOR_OK);
		assert_int_equal(boot_device_boot(&d), ROTOR_OK);
		assert_int_equal(boot_device_confirm(&d), ROTOR_OK);
		assert_int_equal(boot_device_update(&d, &new_image), ROTOR_OK);
		if (when == RECEIVED) {
			d.update.state = ROTOR_BOOT_UPDATE_RECEIVED;
		}
		d.flash.pending = 2;
		assert_int_equal(rotor_boot_update_release_floor(&d.update), ROTOR_PENDING);
		if (when == RECEIVED) {
			assert_int_equal(rotor_boot_update_verify(&d.update), ROTOR_ERR_STATE);
		}
		SETTLE(status, rotor_boot_update_abort(&d.update));
		assert_int_equal(status, ROTOR_OK);
		SETTLE(status, rotor_boot_update_release_floor(&d.update));
		assert_int_equal(status, ROTOR_OK);
		assert_false(rotor_boot_update_floor_held(&d.update));
		boot_get_record(&d, &record);
		assert_int_equal(record.slot[0].state, ROTOR_BOOT_EMPTY);
		assert_int_equal(record.slot[1].state, ROTOR_BOOT_CONFIRMED);
		assert_false(record.slot[1].floor_held);
		boot_device_free(&d);
	}
}

/* A floor is not released in the middle of a verification, which reads the flash. */
static void a_floor_is_not_released_while_an_image_is_verified(void **state)
{
	(void)state;
	enum rotor_status status;
	set_up(boot_quick_crypto(), 256, 4);
	d.hold_floor = true;
	assert_int_equal(boot_device_update(&d, &new_image), ROTOR_OK);
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	assert_int_equal(boot_device_confirm(&d), ROTOR_OK);
	assert_int_equal(boot_device_update(&d, &new_image), ROTOR_OK);
	d.update.state = ROTOR_BOOT_UPDATE_RECEIVED;
	assert_int_equal(rotor_boot_update_verify(&d.update), ROTOR_PENDING);
	d.flash.pending = 2;
	assert_int_equal(rotor_boot_update_release_floor(&d.update), ROTOR_ERR_STATE);
	SETTLE(status, rotor_boot_update_verify(&d.update));
	assert_int_equal(status, ROTOR_OK);
	SETTLE(status, rotor_boot_update_release_floor(&d.update));
	assert_int_equal(status, ROTOR_OK);
	boot_device_free(&d);
}

static void confirming_twice_is_no_harm_and_a_strange_record_no_confirmation(void **state)
{
	(void)state;
	enum rotor_status status;
	set_up(boot_quick_crypto(), 256, 4);
	assert_int_equal(boot_device_update(&d, &new_image), ROTOR_OK);
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	d.flash.pending = 2;
	assert_int_equal(rotor_boot_update_confirm(&d.update), ROTOR_PENDING);
	assert_int_equal(rotor_boot_update_begin(&d.update, ROTOR_IMAGE_FIRMWARE, 100),
			 ROTOR_ERR_STATE);
	SETTLE(status, rotor_boot_update_confirm(&d.update));
	assert_int_equal(status, ROTOR_OK);
	assert_int_equal(rotor_boot_update_confirm(&d.update), ROTOR_OK);
	d.update.on_trial = true;
	assert_int_equal(rotor_boot_update_confirm(&d.update), ROTOR_ERR_STATE);
	boot_device_free(&d);
}

static void a_flash_that_fails_ends_the_update_and_not_the_device(void **state)
{
	(void)state;
	set_up(boot_quick_crypto(), 256, 4);
	const struct rotor_flash_region *slot = &d.layout.region[ROTOR_REGION_SLOT_B];
	d.flash.fail_from = slot->offset + 512;
	d.flash.fail_to = slot->offset + 768;
	assert_int_equal(boot_device_update(&d, &new_image), ROTOR_ERR_IO);
	assert_int_equal(d.update.state, ROTOR_BOOT_UPDATE_REFUSED);
	d.flash.fail_to = 0;
	assert_int_equal(boot_device_update(&d, &new_image), ROTOR_OK);
	d.flash.fail_from = 256;
	d.flash.fail_to = 768;
	assert_int_equal(rotor_boot_update_abort(&d.update), ROTOR_ERR_IO);
	assert_int_equal(state_of(ROTOR_BOOT_SLOT_B), ROTOR_BOOT_PENDING);
	boot_device_free(&d);
}

static void what_cannot_work_is_refused_at_the_start(void **state)
{
	(void)state;
	struct rotor_boot_update u;
	set_up(boot_quick_crypto(), 256, 4);
	struct rotor_boot_update_config config = d.update.config;
	config.tries = 0;
	assert_int_equal(rotor_boot_update_init(&u, &config), ROTOR_ERR_ARGUMENT);
	config.tries = 1;
	config.flash = NULL;
	assert_int_equal(rotor_boot_update_init(&u, &config), ROTOR_ERR_ARGUMENT);
	config.flash = &d.flash.port;
	config.work_len = ROTOR_IMAGE_WORK_MIN - 1;
	assert_int_equal(rotor_boot_update_init(&u, &config), ROTOR_ERR_ARGUMENT);
	config.work_len = ROTOR_IMAGE_WORK_MIN;
	d.handoff.layout.region[ROTOR_REGION_SLOT_B].size = 0;
	assert_int_equal(rotor_boot_update_init(&u, &config), ROTOR_ERR_ARGUMENT);
	boot_device_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_image_goes_to_the_other_slot_and_runs_after_the_reboot),
	    cmocka_unit_test(pieces_of_any_size_make_the_same_slot),
	    cmocka_unit_test(erasing_ahead_changes_when_and_not_what),
	    cmocka_unit_test(an_erase_ahead_that_is_pending_is_waited_for),
	    cmocka_unit_test(the_slot_is_marked_before_its_first_byte_is_erased),
	    cmocka_unit_test(what_must_not_run_is_refused_before_it_is_activated),
	    cmocka_unit_test(every_call_in_every_state_has_its_answer),
	    cmocka_unit_test(an_update_can_be_given_up_at_any_call),
	    cmocka_unit_test(an_image_on_trial_keeps_its_way_back),
	    cmocka_unit_test(the_floor_waits_where_the_agent_asked_for_it),
	    cmocka_unit_test(a_released_floor_rises_at_the_next_boot_at_the_latest),
	    cmocka_unit_test(a_floor_is_released_or_an_update_given_up_but_not_half_of_both),
	    cmocka_unit_test(a_floor_is_not_released_while_an_image_is_verified),
	    cmocka_unit_test(confirming_twice_is_no_harm_and_a_strange_record_no_confirmation),
	    cmocka_unit_test(a_flash_that_fails_ends_the_update_and_not_the_device),
	    cmocka_unit_test(what_cannot_work_is_refused_at_the_start),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
