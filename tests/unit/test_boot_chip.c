/* SPDX-License-Identifier: Apache-2.0 */
/* A chip behind the device: what it runs, how it is updated, and what a power cut leaves of that. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rotor/boot_chip.h"
#include "support/boot_device.h"

#define BANK 4096

static struct boot_device d;
static struct sim_flash chip_flash;
static struct sim_power chip_power;
static struct rotor_boot_chip chip;
static uint8_t work[ROTOR_BOOT_WORK_SIZE];
static struct boot_image first, second;

/* The chip as the device finds it after its start. */
static void look_at_flash(const struct rotor_flash *flash)
{
	const struct rotor_boot_chip_config config = {
	    .crypto = d.crypto,
	    .flash = flash,
	    .handoff = &d.handoff,
	    .update = &d.update,
	    .vendor_id = "maker-of-a-chip",
	    .class_id = "class-of-a-chip",
	    .work = work,
	    .work_len = sizeof(work),
	};
	enum rotor_status status;
	assert_int_equal(rotor_boot_chip_init(&chip, &config), ROTOR_OK);
	SETTLE(status, rotor_boot_chip_look(&chip));
	assert_int_equal(status, ROTOR_OK);
	assert_int_equal(chip.state, ROTOR_BOOT_CHIP_READY);
}

static void look(void)
{
	look_at_flash(&chip_flash.port);
}

static void make(struct boot_image *image, uint8_t minor, uint32_t security_version)
{
	boot_make_image(&d,
			&(struct image_wish){.kind = ROTOR_IMAGE_DOWNSTREAM,
					     .minor = minor,
					     .seed = minor,
					     .size = 1500,
					     .security_version = security_version},
			image);
}

static void put(uint8_t bank, const struct boot_image *image)
{
	const struct rotor_flash_region region = {bank * (uint32_t)BANK, BANK};
	sim_flash_put(&chip_flash, &region, image->bytes, image->len);
}

/* A device that runs from slot A, and a chip with 1.1.0 in bank 0. */
static void begin(uint32_t sector, uint32_t unit, unsigned pending)
{
	struct boot_image own;
	boot_device_init(&d, boot_quick_crypto(), 256, 4);
	boot_make_image(&d, &(struct image_wish){.seed = 1}, &own);
	boot_put_image(&d, ROTOR_BOOT_SLOT_A, &own);
	const struct rotor_boot_record record = boot_confirmed_record(ROTOR_BOOT_SLOT_A);
	boot_put_record(&d, &record);
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	memset(&chip_power, 0, sizeof(chip_power));
	const struct rotor_flash_geometry geometry = {2 * BANK, sector, unit};
	assert_true(sim_flash_init(&chip_flash, &chip_power, &geometry));
	chip_flash.pending = pending;
	make(&first, 1, 2);
	make(&second, 2, 2);
	put(0, &first);
	look();
}

static void end(void)
{
	if (chip_power.faults) {
		fail_msg("%s", chip_power.fault);
	}
	sim_flash_free(&chip_flash);
	boot_device_free(&d);
}

static void assert_runs(uint8_t bank, uint8_t minor)
{
	assert_int_equal(chip.active, bank);
	if (bank != ROTOR_BOOT_CHIP_NO_BANK) {
		assert_int_equal(chip.version.minor, minor);
	}
}

/* The image comes in and is verified, as the device would do it. */
static enum rotor_status receive(const struct boot_image *image)
{
	enum rotor_status status;
	SETTLE(status,
	       rotor_boot_update_begin(&d.update, ROTOR_IMAGE_DOWNSTREAM, (uint32_t)image->len));
	if (status == ROTOR_OK) {
		SETTLE(status, rotor_boot_update_write(&d.update, 0, image->bytes, image->len));
	}
	if (status == ROTOR_OK) {
		SETTLE(status, rotor_boot_update_finish(&d.update));
	}
	if (status == ROTOR_OK) {
		SETTLE(status, rotor_boot_update_verify(&d.update));
	}
	return status;
}

static enum rotor_status copy(void)
{
	enum rotor_status status;
	uint8_t percent = 0, before = 0;
	do {
		status = rotor_boot_chip_copy(&chip, &percent);
		assert_true(percent >= before && percent <= 100);
		before = percent;
	} while (status == ROTOR_PENDING);
	return status;
}

static enum rotor_status activate(void)
{
	enum rotor_status status;
	SETTLE(status, rotor_boot_chip_activate(&chip));
	return status;
}

static enum rotor_status update(const struct boot_image *image)
{
	enum rotor_status status = receive(image);
	status = status == ROTOR_OK ? copy() : status;
	return status == ROTOR_OK ? activate() : status;
}

static void let_go(void)
{
	enum rotor_status status;
	SETTLE(status, rotor_boot_chip_abort(&chip));
	assert_int_equal(status, ROTOR_OK);
	SETTLE(status, rotor_boot_update_abort(&d.update));
	assert_int_equal(status, ROTOR_OK);
}

/* ---- what is to end well ---- */

static void a_chip_goes_from_bank_to_bank(void **state)
{
	static const uint32_t geometries[][2] = {{256, 4}, {4096, 256}, {128, 16}, {512, 1}};
	(void)state;
	for (size_t g = 0; g < ROTOR_COUNT_OF(geometries); g++) {
		for (unsigned pending = 0; pending < 3; pending++) {
			begin(geometries[g][0], geometries[g][1], pending);
			assert_runs(0, 1);
			assert_int_equal(chip.downstream.floor, 2);
			assert_int_equal(update(&second), ROTOR_OK);
			/* known at once; a look finds the same */
			assert_runs(1, 2);
			let_go();
			look();
			assert_runs(1, 2);
			assert_memory_equal(chip_flash.bytes + BANK, second.bytes, second.len);
			struct boot_image third;
			make(&third, 3, 3);
			assert_int_equal(update(&third), ROTOR_OK);
			let_go();
			look();
			assert_runs(0, 3);
			assert_int_equal(chip.downstream.floor, 3);
			end();
		}
	}
}

/* The boot stage has no business with such an image: it is never pending, and what came in is forgotten. */
static void the_device_itself_goes_on_as_it_was(void **state)
{
	struct rotor_boot_record record;
	(void)state;
	begin(256, 4, 0);
	assert_int_equal(receive(&second), ROTOR_OK);
	assert_int_equal(rotor_boot_update_activate(&d.update), ROTOR_ERR_STATE);
	assert_int_equal(copy(), ROTOR_OK);
	assert_int_equal(activate(), ROTOR_OK);
	boot_get_record(&d, &record);
	assert_int_equal(record.slot[ROTOR_BOOT_SLOT_B].state, ROTOR_BOOT_RECEIVING);
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	assert_int_equal(d.handoff.slot, ROTOR_BOOT_SLOT_A);
	look();
	let_go();
	boot_get_record(&d, &record);
	assert_int_equal(record.active, ROTOR_BOOT_SLOT_A);
	/* not even with the record lost, when it takes what it finds */
	const struct rotor_flash_region *records = &d.layout.region[ROTOR_REGION_RECORD_A];
	memset(d.flash.bytes + records[0].offset, 0xff, records[0].size);
	memset(d.flash.bytes + records[1].offset, 0xff, records[1].size);
	boot_put_image(&d, ROTOR_BOOT_SLOT_B, &second);
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);
	assert_int_equal(d.handoff.slot, ROTOR_BOOT_SLOT_A);
	end();
}

static void an_empty_chip_gets_its_first_image(void **state)
{
	(void)state;
	begin(256, 4, 1);
	memset(chip_flash.bytes, 0xff, 2 * BANK);
	look();
	assert_runs(ROTOR_BOOT_CHIP_NO_BANK, 0);
	assert_int_equal(chip.downstream.floor, 0);
	assert_int_equal(update(&second), ROTOR_OK);
	let_go();
	look();
	assert_runs(0, 2);
	end();
}

/* An image no longer than its first page, and one that fills its bank. */
static void images_of_awkward_sizes_are_brought_whole(void **state)
{
	static const uint32_t sizes[] = {1, 1200, BANK - 420};
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(sizes); i++) {
		struct boot_image image;
		begin(4096, 256, 0);
		boot_make_image(&d,
				&(struct image_wish){.kind = ROTOR_IMAGE_DOWNSTREAM,
						     .minor = 7,
						     .size = sizes[i],
						     .security_version = 2},
				&image);
		assert_int_equal(update(&image), ROTOR_OK);
		look();
		assert_runs(1, 7);
		end();
	}
}

/* ---- what is refused ---- */

static void what_is_not_for_the_chip_is_refused(void **state)
{
	static const struct {
		struct image_wish wish;
		enum rotor_image_refusal refusal;
	} cases[] = {
	    {{.kind = ROTOR_IMAGE_FIRMWARE, .security_version = 2}, ROTOR_IMAGE_KIND_MISMATCH},
	    {{.kind = ROTOR_IMAGE_FIRMWARE, .security_version = 2, .other_place = true},
	     ROTOR_IMAGE_KIND_MISMATCH},
	    {{.kind = ROTOR_IMAGE_DOWNSTREAM, .security_version = 2, .other_place = true},
	     ROTOR_IMAGE_VENDOR_MISMATCH},
	    {{.kind = ROTOR_IMAGE_DOWNSTREAM, .security_version = 2, .other_vendor = true},
	     ROTOR_IMAGE_VENDOR_MISMATCH},
	    {{.kind = ROTOR_IMAGE_DOWNSTREAM, .security_version = 2, .other_class = true},
	     ROTOR_IMAGE_CLASS_MISMATCH},
	    {{.kind = ROTOR_IMAGE_DOWNSTREAM, .security_version = 2, .stranger = true},
	     ROTOR_IMAGE_KEY_UNKNOWN},
	    {{.kind = ROTOR_IMAGE_DOWNSTREAM, .security_version = 1},
	     ROTOR_IMAGE_SECURITY_VERSION_LOW},
	};
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		struct boot_image image;
		uint8_t percent = 0;
		begin(256, 4, 0);
		boot_make_image(&d, &cases[i].wish, &image);
		assert_int_not_equal(receive(&image), ROTOR_OK);
		assert_int_equal(d.update.refusal, cases[i].refusal);
		assert_int_equal(rotor_boot_chip_copy(&chip, &percent), ROTOR_ERR_VERIFY);
		assert_int_equal(activate(), ROTOR_ERR_STATE);
		assert_int_equal(chip_power.operations, 0);
		/* nor is it taken for firmware by the chip where it stands */
		put(1, &image);
		look();
		/* (a floor does not hold for what is there) */
		assert_runs(0, 1);
		end();
	}
}

/* In a product that runs anybody's firmware a chip still runs only its own. */
static void any_product_is_not_any_chip(void **state)
{
	struct boot_image image;
	(void)state;
	begin(256, 4, 0);
	d.handoff.policy |= ROTOR_BOOT_POLICY_ANY_PRODUCT;
	boot_make_image(&d,
			&(struct image_wish){.kind = ROTOR_IMAGE_DOWNSTREAM,
					     .security_version = 2,
					     .other_vendor = true},
			&image);
	assert_int_not_equal(receive(&image), ROTOR_OK);
	assert_int_equal(d.update.refusal, ROTOR_IMAGE_VENDOR_MISMATCH);
	assert_int_equal(receive(&second), ROTOR_OK);
	assert_true(rotor_boot_update_proven(&d.update));
	end();
}

static void firmware_of_the_device_is_not_copied(void **state)
{
	struct boot_image own;
	enum rotor_status status;
	uint8_t percent = 0;
	(void)state;
	begin(256, 4, 0);
	boot_make_image(&d, &(struct image_wish){.minor = 1, .seed = 5}, &own);
	SETTLE(status, rotor_boot_update_begin(&d.update, ROTOR_IMAGE_FIRMWARE, (uint32_t)own.len));
	assert_int_equal(status, ROTOR_OK);
	SETTLE(status, rotor_boot_update_write(&d.update, 0, own.bytes, own.len));
	SETTLE(status, rotor_boot_update_finish(&d.update));
	SETTLE(status, rotor_boot_update_verify(&d.update));
	assert_int_equal(status, ROTOR_OK);
	assert_true(rotor_boot_update_proven(&d.update));
	assert_int_equal(rotor_boot_chip_copy(&chip, &percent), ROTOR_ERR_VERIFY);
	end();
}

static void each_step_has_its_time(void **state)
{
	struct rotor_boot_chip_config config;
	uint8_t percent = 0, byte;
	(void)state;
	begin(256, 4, 0);
	config = chip.config;
	assert_int_equal(rotor_boot_chip_activate(&chip), ROTOR_ERR_STATE);
	assert_int_equal(rotor_boot_update_read(&d.update, 0, &byte, 1), ROTOR_ERR_STATE);
	assert_int_equal(receive(&second), ROTOR_OK);
	assert_int_equal(rotor_boot_update_read(&d.update, (uint32_t)second.len, &byte, 1),
			 ROTOR_ERR_ARGUMENT);
	assert_int_equal(rotor_boot_update_read(&d.update, 1, &byte, 1), ROTOR_OK);
	assert_int_equal(byte, second.bytes[1]);
	/* a chip that has not been looked at is not written to */
	assert_int_equal(rotor_boot_chip_init(&chip, &config), ROTOR_OK);
	assert_int_equal(rotor_boot_chip_copy(&chip, &percent), ROTOR_ERR_STATE);
	look();
	assert_int_equal(copy(), ROTOR_OK);
	assert_int_equal(rotor_boot_chip_copy(&chip, &percent), ROTOR_OK);
	/* what was verified is gone when it is to be activated */
	let_go();
	assert_int_equal(activate(), ROTOR_ERR_STATE);
	assert_runs(0, 1);
	/* an image that fits the slot but no bank */
	config.flash = NULL;
	assert_int_equal(rotor_boot_chip_init(&chip, &config), ROTOR_ERR_ARGUMENT);
	end();
}

static void a_flash_of_another_shape_is_refused(void **state)
{
	static const struct rotor_flash_geometry shapes[] = {
	    {0, 256, 4},   {BANK, 0, 4},    {BANK, 256, 0},   {BANK + 256, 256, 4},
	    {256, 256, 4}, {BANK, 256, 48}, {BANK, 512, 512}, {3 * 256, 256, 4},
	};
	(void)state;
	begin(256, 4, 0);
	for (size_t i = 0; i < ROTOR_COUNT_OF(shapes); i++) {
		struct rotor_flash odd = chip_flash.port;
		struct rotor_boot_chip_config config = chip.config;
		struct rotor_boot_chip other;
		odd.geometry = shapes[i];
		config.flash = &odd;
		assert_int_equal(rotor_boot_chip_init(&other, &config), ROTOR_ERR_ARGUMENT);
	}
	end();
}

/* ---- what fails ---- */

static void a_flash_that_fails_leaves_the_old_firmware(void **state)
{
	(void)state;
	begin(256, 4, 0);
	chip_flash.fail_from = BANK + 1024;
	chip_flash.fail_to = 2 * BANK;
	assert_int_equal(receive(&second), ROTOR_OK);
	assert_int_equal(copy(), ROTOR_ERR_IO);
	assert_int_equal(activate(), ROTOR_ERR_STATE);
	let_go();
	look();
	assert_runs(0, 1);
	/* and one whose first page cannot be programmed */
	chip_flash.fail_from = BANK;
	chip_flash.fail_to = BANK + 4;
	assert_int_equal(receive(&second), ROTOR_OK);
	assert_int_equal(copy(), ROTOR_OK);
	assert_int_equal(activate(), ROTOR_ERR_IO);
	look();
	assert_runs(0, 1);
	chip_flash.fail_from = chip_flash.fail_to = 0;
	let_go();
	assert_int_equal(update(&second), ROTOR_OK);
	look();
	assert_runs(1, 2);
	end();
}

/* ---- a flash that sometimes cannot be read ---- */

static unsigned failing_reads; /* so many of the first bank, then it can be read */

static enum rotor_status read_or_fail(void *ctx, uint32_t offset, void *buf, size_t len)
{
	if (offset < BANK && failing_reads > 0) {
		failing_reads--;
		return ROTOR_ERR_IO;
	}
	return chip_flash.port.ops->read(ctx, offset, buf, len);
}

static void look_with_failing_reads(unsigned times)
{
	static struct rotor_flash_ops ops;
	static struct rotor_flash failing;
	failing = chip_flash.port;
	ops = *chip_flash.port.ops;
	ops.read = read_or_fail;
	failing.ops = &ops;
	failing_reads = times;
	look_at_flash(&failing);
}

/* One reading that fails says nothing of a bank: else it would open the way to older firmware, and over the only one. */
static void a_bank_that_cannot_be_read_is_looked_at_again(void **state)
{
	struct boot_image old;
	(void)state;
	begin(256, 4, 0);
	for (unsigned times = 1; times < ROTOR_BOOT_CHIP_LOOKS; times++) {
		look_with_failing_reads(times);
		assert_runs(0, 1);
		assert_int_equal(chip.downstream.floor, 2);
		make(&old, 9, 1);
		assert_int_not_equal(receive(&old), ROTOR_OK);
		assert_int_equal(d.update.refusal, ROTOR_IMAGE_SECURITY_VERSION_LOW);
	}
	/* one that stays so can only be written anew */
	look_with_failing_reads(ROTOR_BOOT_CHIP_LOOKS);
	assert_runs(ROTOR_BOOT_CHIP_NO_BANK, 0);
	assert_int_equal(update(&second), ROTOR_OK);
	look();
	assert_runs(0, 2);
	end();
}

/* A page that was written otherwise than it reads is found before it counts. */
static void a_copy_is_compared(void **state)
{
	uint8_t percent = 0;
	bool damaged = false;
	enum rotor_status status;
	(void)state;
	begin(256, 4, 0);
	assert_int_equal(receive(&second), ROTOR_OK);
	do {
		status = rotor_boot_chip_copy(&chip, &percent);
		if (!damaged && percent > 70) {
			chip_flash.bytes[BANK + second.len - 1] ^= 1;
			damaged = true;
		}
	} while (status == ROTOR_PENDING);
	assert_true(damaged);
	assert_int_equal(status, ROTOR_ERR_IO);
	look();
	assert_runs(0, 1);
	end();
}

/* ---- power ---- */

/* Cut at each operation, torn and whole, and once more during the next update: there is always a whole image. */
static void a_power_cut_at_any_operation_leaves_the_old_or_the_new(void **state)
{
	bool uncut = false;
	unsigned olds = 0, news = 0;
	(void)state;
	for (unsigned cut = 1; !uncut; cut++) {
		for (unsigned tear = 0; tear <= SIM_TEAR_WHOLE; tear += SIM_TEAR_WHOLE / 4) {
			begin(512, 16, 0);
			sim_power_on(&chip_power);
			chip_power.cut_at = cut;
			chip_power.tear = tear;
			const enum rotor_status status = update(&second);
			uncut = status == ROTOR_OK;
			sim_power_on(&chip_power);
			sim_flash_reset(&chip_flash);
			assert_int_equal(boot_device_boot(&d), ROTOR_OK);
			look();
			assert_int_not_equal(chip.active, ROTOR_BOOT_CHIP_NO_BANK);
			olds += chip.version.minor == 1;
			news += chip.version.minor == 2;
			assert_true(!uncut || chip.version.minor == 2);
			/* from there the update is done, whatever was left */
			if (chip.version.minor == 1) {
				assert_int_equal(update(&second), ROTOR_OK);
				look();
				assert_runs(1, 2);
			}
			end();
		}
	}
	assert_true(olds > 10);
	assert_true(news > 1);
}

/* A downgrade of the version, not of the security version: a cut between its two steps leaves the higher one. */
static void between_two_whole_images_the_version_decides(void **state)
{
	(void)state;
	begin(256, 4, 0);
	put(1, &second);
	look();
	assert_runs(1, 2);
	put(0, &second);
	put(1, &first);
	look();
	assert_runs(0, 2);
	put(1, &second);
	look();
	assert_runs(0, 2);
	end();
}

/* ---- given up ---- */

static void a_copy_may_be_given_up_at_any_step(void **state)
{
	bool whole = false;
	(void)state;
	for (unsigned steps = 0; !whole; steps += 3) {
		for (unsigned pending = 0; pending < 2; pending++) {
			enum rotor_status status = ROTOR_PENDING;
			uint8_t percent = 0;
			begin(256, 4, pending);
			assert_int_equal(receive(&second), ROTOR_OK);
			for (unsigned i = 0; i < steps && status == ROTOR_PENDING; i++) {
				status = rotor_boot_chip_copy(&chip, &percent);
			}
			whole = status == ROTOR_OK;
			let_go();
			assert_int_equal(chip.state, ROTOR_BOOT_CHIP_READY);
			assert_runs(0, 1);
			assert_int_equal(update(&second), ROTOR_OK);
			look();
			assert_runs(1, 2);
			end();
		}
	}
}

static void a_look_may_be_given_up_at_any_step(void **state)
{
	enum rotor_status status = ROTOR_PENDING;
	(void)state;
	for (unsigned steps = 1; status == ROTOR_PENDING; steps++) {
		enum rotor_status aborted;
		begin(256, 4, 2);
		const struct rotor_boot_chip_config config = chip.config;
		assert_int_equal(rotor_boot_chip_init(&chip, &config), ROTOR_OK);
		for (unsigned i = 0; i < steps && status == ROTOR_PENDING; i++) {
			status = rotor_boot_chip_look(&chip);
		}
		SETTLE(aborted, rotor_boot_chip_abort(&chip));
		assert_int_equal(aborted, ROTOR_OK);
		look();
		assert_runs(0, 1);
		end();
	}
	assert_int_equal(status, ROTOR_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_chip_goes_from_bank_to_bank),
	    cmocka_unit_test(the_device_itself_goes_on_as_it_was),
	    cmocka_unit_test(an_empty_chip_gets_its_first_image),
	    cmocka_unit_test(images_of_awkward_sizes_are_brought_whole),
	    cmocka_unit_test(what_is_not_for_the_chip_is_refused),
	    cmocka_unit_test(any_product_is_not_any_chip),
	    cmocka_unit_test(firmware_of_the_device_is_not_copied),
	    cmocka_unit_test(each_step_has_its_time),
	    cmocka_unit_test(a_flash_of_another_shape_is_refused),
	    cmocka_unit_test(a_flash_that_fails_leaves_the_old_firmware),
	    cmocka_unit_test(a_bank_that_cannot_be_read_is_looked_at_again),
	    cmocka_unit_test(a_copy_is_compared),
	    cmocka_unit_test(a_power_cut_at_any_operation_leaves_the_old_or_the_new),
	    cmocka_unit_test(between_two_whole_images_the_version_decides),
	    cmocka_unit_test(a_copy_may_be_given_up_at_any_step),
	    cmocka_unit_test(a_look_may_be_given_up_at_any_step),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
