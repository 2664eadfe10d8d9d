/* SPDX-License-Identifier: Apache-2.0 */
/* A whole agent, a whole device, and a chip behind it that the device updates. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support/whole.h"

static const struct image_wish chip_wish = {
    .kind = ROTOR_IMAGE_DOWNSTREAM, .minor = 1, .seed = 3, .size = 2000, .security_version = 2};
static const struct image_wish own_wish = {.minor = 2, .seed = 9, .size = 2500};
static struct whole *w;
static struct whole_agent *bmc;
static struct boot_image for_chip, own;

static void begin_with(const struct whole_wish *wish)
{
	if (w) {
		whole_delete(w);
	}
	w = whole_new(wish);
	bmc = &w->agent[WHOLE_BMC];
	boot_make_image(&w->chip, &chip_wish, &for_chip);
	boot_make_image(&w->chip, &own_wish, &own);
	whole_pack(w, &for_chip, &chip_wish, &(struct whole_package_wish){.no_manifest = true});
}

static void begin(void)
{
	begin_with(&(struct whole_wish){.quick = true, .behind = true});
}

static int end(void **state)
{
	(void)state;
	if (w) {
		whole_delete(w);
	}
	w = NULL;
	return 0;
}

static void must(enum rotor_status status)
{
	if (status != ROTOR_OK) {
		fail_msg("%s", whole_why(bmc));
	}
}

static void refused(const char *why)
{
	assert_int_not_equal(whole_do(bmc, ROTOR_AGENT_UPDATE), ROTOR_OK);
	assert_string_equal(whole_why(bmc), why);
	assert_int_equal(w->device.fd.state, ROTOR_PLDM_IDLE);
	assert_int_equal(w->behind_power.operations, 0);
	assert_int_equal(w->boots, 1);
}

/* What the device tells of the chip. */
static void assert_chip(const char *version)
{
	struct rotor_pldm_downstream_parameters p;
	struct rotor_pldm_downstream_identifiers ids;
	struct rotor_reader r;
	must(whole_do(bmc, ROTOR_AGENT_INVENTORY));
	const struct rotor_pldm_ua *ua = &bmc->job.ua;
	assert_true(ua->downstream.supported);
	assert_int_equal(ua->downstream_identifiers.count, 1);
	r = rotor_reader(ua->downstream_identifiers.area.data, ua->downstream_identifiers.area.len);
	assert_int_equal(rotor_pldm_downstream_identifiers_read(&r, &ids), ROTOR_OK);
	assert_int_equal(ids.index, 0);
	assert_int_equal(ids.count, 2);
	r = rotor_reader(ua->downstream_parameters.area.data, ua->downstream_parameters.area.len);
	assert_int_equal(rotor_pldm_downstream_parameters_read(&r, &p), ROTOR_OK);
	assert_int_equal(p.active.text.text.len, strlen(version));
	if (version[0]) {
		assert_memory_equal(p.active.text.text.data, version, strlen(version));
	}
}

static void the_inventory_has_the_chip(void **state)
{
	(void)state;
	begin();
	whole_run_for(w, 2000);
	assert_chip("1.0.0");
	/* a chip without firmware is there, and runs nothing */
	memset(w->behind.bytes, 0xff, w->behind.port.geometry.size);
	whole_boot(w);
	whole_run_for(w, 2000);
	assert_chip("");
	assert_true(whole_said(w, "the chip behind this device has no valid firmware"));
	/* a device without one says that it has none */
	begin_with(&(struct whole_wish){.quick = true});
	must(whole_do(bmc, ROTOR_AGENT_INVENTORY));
	assert_false(bmc->job.ua.downstream.supported);
	assert_int_equal(bmc->job.ua.downstream_identifiers.count, 0);
}

static void the_chip_is_updated_and_the_device_goes_on(void **state)
{
	struct rotor_boot_record record;
	(void)state;
	begin();
	must(whole_do(bmc, ROTOR_AGENT_UPDATE));
	assert_int_equal(bmc->job.item_count, 1);
	assert_true(bmc->job.items[0].downstream);
	assert_int_equal(bmc->job.items[0].state, ROTOR_AGENT_ITEM_ARRIVED);
	assert_int_equal(bmc->told[ROTOR_AGENT_STEP_RESTART], 0);
	assert_int_equal(w->boots, 1);
	assert_int_equal(w->behind_resets, 1);
	assert_memory_equal(w->behind.bytes + DEVICE_IMAGE_MAX, for_chip.bytes, for_chip.len);
	whole_run_for(w, 2000);
	boot_get_record(&w->chip, &record);
	assert_int_equal(record.slot[ROTOR_BOOT_SLOT_B].state, ROTOR_BOOT_EMPTY);
	assert_chip("1.1.0");
	whole_boot(w);
	assert_int_equal(w->chip.handoff.slot, ROTOR_BOOT_SLOT_A);
	whole_run_for(w, 2000);
	assert_chip("1.1.0");
	/* It is there. */
	must(whole_do(bmc, ROTOR_AGENT_UPDATE));
	assert_int_equal(bmc->job.items[0].state, ROTOR_AGENT_ITEM_PRESENT);
	assert_int_equal(w->behind_resets, 1);
}

/* A package for both: the device's own firmware, then, by that, the chip's. */
static void a_package_may_be_for_both(void **state)
{
	(void)state;
	begin();
	const struct whole_part parts[] = {{&own, &own_wish}, {&for_chip, &chip_wish}};
	whole_pack_parts(w, parts, ROTOR_COUNT_OF(parts), NULL);
	must(whole_do(bmc, ROTOR_AGENT_UPDATE));
	assert_int_equal(bmc->job.item_count, 2);
	assert_int_equal(bmc->job.items[0].state, ROTOR_AGENT_ITEM_ARRIVED);
	assert_int_equal(bmc->job.items[1].state, ROTOR_AGENT_ITEM_ARRIVED);
	assert_int_equal(w->boots, 2);
	assert_int_equal(w->chip.handoff.version.minor, 2);
	assert_int_equal(w->behind_resets, 1);
	whole_run_for(w, 2000);
	assert_chip("1.1.0");
}

static void what_is_not_for_the_chip_is_refused(void **state)
{
	static const struct {
		struct image_wish wish;
		const char *why;
	} cases[] = {
	    {{.kind = ROTOR_IMAGE_DOWNSTREAM, .minor = 1, .security_version = 2, .stranger = true},
	     "updating: VerifyComplete of component 0: vendor-defined result (0x96): it is signed "
	     "by "
	     "a key that the device does not trust"},
	    {{.kind = ROTOR_IMAGE_DOWNSTREAM,
	      .minor = 1,
	      .security_version = 2,
	      .other_class = true},
	     "updating: VerifyComplete of component 0: vendor-defined result (0x97): it is for "
	     "another product"},
	    {{.kind = ROTOR_IMAGE_DOWNSTREAM,
	      .minor = 1,
	      .security_version = 2,
	      .other_place = true},
	     "updating: VerifyComplete of component 0: vendor-defined result (0x97): it is for "
	     "another product"},
	};
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		begin();
		boot_make_image(&w->chip, &cases[i].wish, &for_chip);
		whole_pack(w, &for_chip, &cases[i].wish,
			   &(struct whole_package_wish){.no_manifest = true});
		assert_int_not_equal(whole_do(bmc, ROTOR_AGENT_UPDATE), ROTOR_OK);
		assert_int_equal(bmc->job.failure.pldm.command, ROTOR_PLDM_VERIFY_COMPLETE);
		assert_int_equal(w->behind_power.operations, 0);
		whole_run_for(w, 2000);
		assert_chip("1.0.0");
	}
}

static void older_firmware_of_the_chip_is_refused(void **state)
{
	const struct image_wish older = {
	    .kind = ROTOR_IMAGE_DOWNSTREAM, .minor = 3, .security_version = 1};
	(void)state;
	begin();
	must(whole_do(bmc, ROTOR_AGENT_UPDATE));
	boot_make_image(&w->chip, &older, &for_chip);
	whole_pack(w, &for_chip, &older, &(struct whole_package_wish){.no_manifest = true});
	struct rotor_agent_job_config config = whole_job(bmc, ROTOR_AGENT_UPDATE);
	config.force = true;
	whole_start_with(bmc, &config);
	assert_int_not_equal(whole_run(bmc), ROTOR_OK);
	assert_int_equal(bmc->job.failure.pldm.code, ROTOR_PLDM_RESULT_SECURITY_REVISION);
	/* of a lower version with a good security version, only who asks for it by force */
	const struct image_wish lower = {
	    .kind = ROTOR_IMAGE_DOWNSTREAM, .minor = 0, .security_version = 2};
	boot_make_image(&w->chip, &lower, &for_chip);
	whole_pack(w, &for_chip, &lower,
		   &(struct whole_package_wish){.no_manifest = true, .stamp = true});
	assert_int_not_equal(whole_do(bmc, ROTOR_AGENT_UPDATE), ROTOR_OK);
	assert_int_equal(bmc->job.failure.pldm.code, ROTOR_PLDM_COMPONENT_STAMP_LOWER);
	whole_start_with(bmc, &config);
	must(whole_run(bmc));
	assert_chip("1.0.0");
}

static void a_package_without_anything_for_this_device_or_its_chip_is_refused(void **state)
{
	(void)state;
	begin_with(&(struct whole_wish){.quick = true}); /* no chip */
	assert_int_not_equal(whole_do(bmc, ROTOR_AGENT_UPDATE), ROTOR_OK);
	assert_string_equal(whole_why(bmc),
			    "matching package and device: the package and the device have no "
			    "component in common that applies");
	begin();
	whole_pack(w, &for_chip, &chip_wish,
		   &(struct whole_package_wish){.no_manifest = true, .longer = true});
	refused("updating: the device refused component 0 in UpdateComponent: component conflict "
		"(0x04)");
}

/* The recovery image brings firmware back, and nothing else. */
static void recovery_updates_no_chip(void **state)
{
	const struct image_wish recovery_wish = {
	    .kind = ROTOR_IMAGE_RECOVERY, .minor = 4, .seed = 7, .security_version = 1};
	struct boot_image recovery;
	(void)state;
	begin();
	boot_make_image(&w->chip, &recovery_wish, &recovery);
	const struct rotor_flash_region *place = &w->chip.layout.region[ROTOR_REGION_RECOVERY];
	sim_flash_put(&w->chip.flash, place, recovery.bytes, recovery.len);
	memset(w->chip.flash.bytes + w->chip.layout.region[ROTOR_REGION_SLOT_A].offset, 0, 64);
	whole_boot(w);
	assert_int_equal(w->chip.handoff.slot, ROTOR_BOOT_SLOT_RECOVERY);
	whole_know(w, &recovery, &recovery_wish);
	assert_int_not_equal(whole_do(bmc, ROTOR_AGENT_UPDATE), ROTOR_OK);
	assert_string_equal(whole_why(bmc), "updating: the device answered "
					    "RequestDownstreamDeviceUpdate with "
					    "UNABLE_TO_INITIATE_UPDATE (0x8a)");
}

/* Power of device and chip goes at any transfer: the chip has firmware always, and the next update completes. */
static void power_may_go_at_any_transfer(void **state)
{
	(void)state;
	begin();
	must(whole_do(bmc, ROTOR_AGENT_UPDATE));
	const unsigned all = w->transfers;
	for (unsigned cut = 1; cut <= all; cut += 11) {
		begin();
		w->cut_at = cut;
		const enum rotor_status status = whole_do(bmc, ROTOR_AGENT_UPDATE);
		whole_run_for(w, 3000);
		assert_int_not_equal(w->device.chip.active, ROTOR_BOOT_CHIP_NO_BANK);
		if (status != ROTOR_OK) {
			must(whole_do(bmc, ROTOR_AGENT_UPDATE));
		}
		whole_run_for(w, 3000);
		assert_chip("1.1.0");
	}
}

/* With a map, transfers that came before the cut are not asked for again. */
static void what_came_before_a_power_cut_is_kept(void **state)
{
	const struct image_wish two_transfers = {.kind = ROTOR_IMAGE_DOWNSTREAM,
						 .minor = 1,
						 .seed = 3,
						 .size = 3500,
						 .security_version = 2};
	const struct whole_package_wish with_map = {.no_manifest = true, .map = true};
	unsigned kept = 0;
	(void)state;
	begin();
	boot_make_image(&w->chip, &two_transfers, &for_chip);
	whole_pack(w, &for_chip, &two_transfers, &with_map);
	must(whole_do(bmc, ROTOR_AGENT_UPDATE));
	assert_true(bmc->bytes_asked >= for_chip.len); /* nothing of it was there */
	const unsigned all = w->transfers;
	for (unsigned cut = all / 2; cut <= all; cut += 2) {
		uint32_t asked = 0;
		begin();
		boot_make_image(&w->chip, &two_transfers, &for_chip);
		whole_pack(w, &for_chip, &two_transfers, &with_map);
		w->cut_at = cut;
		if (whole_do(bmc, ROTOR_AGENT_UPDATE) != ROTOR_OK) {
			asked = bmc->bytes_asked;
			whole_run_for(w, 3000);
			must(whole_do(bmc, ROTOR_AGENT_UPDATE));
		}
		asked += bmc->bytes_asked;
		assert_int_equal(w->boots, 2);
		kept += asked > for_chip.len && asked < 2 * for_chip.len;
		whole_run_for(w, 3000);
		assert_chip("1.1.0");
	}
	assert_true(kept > 6);
}

/* The slot that images of the chip come through still has the last one: the next is asked for only where it differs. */
static void a_map_saves_what_the_chip_got_before(void **state)
{
	static uint8_t body[2000];
	const struct image_wish next = {.kind = ROTOR_IMAGE_DOWNSTREAM,
					.minor = 2,
					.body = body,
					.size = sizeof(body),
					.security_version = 2};
	const struct whole_package_wish with_map = {.no_manifest = true, .map = true};
	(void)state;
	begin();
	must(whole_do(bmc, ROTOR_AGENT_UPDATE));
	assert_true(bmc->bytes_asked >= for_chip.len);
	memcpy(body, for_chip.bytes + 64, sizeof(body));
	body[600] ^= 1;
	boot_make_image(&w->chip, &next, &for_chip);
	whole_pack(w, &for_chip, &next, &with_map);
	must(whole_do(bmc, ROTOR_AGENT_UPDATE));
	/* the header's block, the one that was changed, and those of the signature */
	assert_true(bmc->bytes_asked > 0 && bmc->bytes_asked < for_chip.len / 2);
	assert_true(
	    whole_said(w, "did not ask for what it has: blocks of the image were in flash"));
	assert_chip("1.2.0");
	assert_memory_equal(w->behind.bytes, for_chip.bytes, for_chip.len);
	/* a map that lies costs a transfer, and no more */
	const struct image_wish last = {.kind = ROTOR_IMAGE_DOWNSTREAM,
					.minor = 3,
					.seed = 8,
					.size = 2000,
					.security_version = 2};
	boot_make_image(&w->chip, &last, &for_chip);
	whole_pack(w, &for_chip, &last,
		   &(struct whole_package_wish){
		       .no_manifest = true, .map = true, .map_wish = WHOLE_MAP_OTHER_SIZE});
	must(whole_do(bmc, ROTOR_AGENT_UPDATE));
	assert_true(bmc->bytes_asked >= for_chip.len);
	assert_chip("1.3.0");
}

/* The device answers while it copies, and says how far it is; cancelled then, the chip keeps what it has. */
static void a_copy_can_be_watched_and_cancelled(void **state)
{
	unsigned cancelled = 0;
	(void)state;
	for (unsigned pending = 0; pending < 40; pending += 3) {
		begin();
		w->behind.pending = pending; /* it takes its time */
		whole_start(bmc, ROTOR_AGENT_UPDATE);
		while (w->device.fd.state != ROTOR_PLDM_APPLY &&
		       rotor_agent_job_status(&bmc->job) == ROTOR_PENDING) {
			whole_run_for(w, 1);
		}
		if (w->device.fd.state != ROTOR_PLDM_APPLY) {
			continue;
		}
		whole_run_for(w, pending);
		if (rotor_agent_job_cancel(&bmc->job) != ROTOR_OK) {
			continue;
		}
		cancelled++;
		assert_int_not_equal(whole_run(bmc), ROTOR_OK);
		assert_int_equal(bmc->job.failure.fault, ROTOR_AGENT_FAULT_CANCELLED);
		whole_run_for(w, 3000);
		assert_chip("1.0.0");
		must(whole_do(bmc, ROTOR_AGENT_UPDATE));
		assert_chip("1.1.0");
	}
	assert_true(cancelled > 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_teardown(f, end)
	const struct CMUnitTest tests[] = {
	    TEST(the_inventory_has_the_chip),
	    TEST(the_chip_is_updated_and_the_device_goes_on),
	    TEST(a_package_may_be_for_both),
	    TEST(what_is_not_for_the_chip_is_refused),
	    TEST(older_firmware_of_the_chip_is_refused),
	    TEST(a_package_without_anything_for_this_device_or_its_chip_is_refused),
	    TEST(recovery_updates_no_chip),
	    TEST(power_may_go_at_any_transfer),
	    TEST(what_came_before_a_power_cut_is_kept),
	    TEST(a_map_saves_what_the_chip_got_before),
	    TEST(a_copy_can_be_watched_and_cancelled),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
