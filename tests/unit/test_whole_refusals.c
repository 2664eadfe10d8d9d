/* SPDX-License-Identifier: Apache-2.0 */
/* Agents and a device that was really booted, over one bus: what is to be refused, by whom, and in which words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support/whole.h"

static const struct image_wish second_version = {.minor = 1, .seed = 9, .size = 3000};
static struct whole *w;
static struct whole_agent *bmc, *second;

static void begin(const struct whole_wish *wish)
{
	if (w) {
		whole_delete(w);
	}
	w = whole_new(wish);
	bmc = &w->agent[WHOLE_BMC];
	second = &w->agent[WHOLE_SECOND];
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

/* Whatever was refused: what ran still runs, and a good update is still taken. */
static void assert_untouched(void)
{
	struct boot_image image;
	assert_int_equal(w->device.fd.state, ROTOR_PLDM_IDLE);
	assert_int_equal(w->boots, 1);
	whole_boot(w);
	assert_int_equal(w->chip.handoff.slot, ROTOR_BOOT_SLOT_A);
	boot_make_image(&w->chip, &second_version, &image);
	whole_pack(w, &image, &second_version, NULL);
	if (whole_do(bmc, ROTOR_AGENT_UPDATE) != ROTOR_OK) {
		fail_msg("%s", whole_why(bmc));
	}
	assert_int_equal(w->chip.handoff.slot, ROTOR_BOOT_SLOT_B);
}

static void assert_refused(enum rotor_status status, const char *why)
{
	assert_int_not_equal(status, ROTOR_OK);
	assert_string_equal(whole_why(bmc), why);
}

/* ---- images ---- */

/* Where the unprotected TLVs of an image begin. */
static size_t tlvs_of(const struct boot_image *image)
{
	struct rotor_reader r = rotor_reader(image->bytes + 8, 8);
	size_t header = rotor_read_u16le(&r);
	size_t protected_size = rotor_read_u16le(&r);
	size_t body = rotor_read_u32le(&r);
	return header + body + protected_size;
}

/* Takes all TLVs of `type` out of the trailer. */
static void drop_tlv(struct boot_image *image, uint16_t type)
{
	size_t start = tlvs_of(image);
	size_t to = start + 4;
	for (size_t at = start + 4; at < image->len;) {
		size_t len = 4u + image->bytes[at + 2] + ((size_t)image->bytes[at + 3] << 8);
		if ((image->bytes[at] | image->bytes[at + 1] << 8) != type) {
			memmove(image->bytes + to, image->bytes + at, len);
			to += len;
		}
		at += len;
	}
	assert_true(to < image->len);
	image->len = to;
	image->bytes[start + 2] = (uint8_t)(to - start);
	image->bytes[start + 3] = (uint8_t)((to - start) >> 8);
}

static void unsign(struct boot_image *image)
{
	drop_tlv(image, 0x22);
}

static void damage(struct boot_image *image)
{
	image->bytes[1000] ^= 4;
}

static void damage_signature(struct boot_image *image)
{
	image->bytes[image->len - 20] ^= 4;
}

static void truncate(struct boot_image *image)
{
	image->len -= 40;
}

static void lengthen(struct boot_image *image)
{
	memset(image->bytes + image->len, 0, 40);
	image->len += 40;
}

static void erase(struct boot_image *image)
{
	memset(image->bytes, 0xff, image->len);
}

#define VERIFY_SAYS "updating: VerifyComplete of component 0: vendor's result"

static void an_image_that_is_not_right_is_refused_and_the_agent_says_why(void **state)
{
	static const struct {
		struct image_wish wish;
		void (*spoil)(struct boot_image *image);
		const char *why;
	} cases[] = {
	    {{.minor = 1}, unsign, VERIFY_SAYS " (0x93): the image is not signed"},
	    {{.minor = 1, .stranger = true},
	     NULL,
	     VERIFY_SAYS " (0x95): the image is signed by a key that the device does not trust"},
	    {{.minor = 1, .size = 2000},
	     damage,
	     VERIFY_SAYS " (0x92): the image is damaged: its hash does not match"},
	    {{.minor = 1},
	     damage_signature,
	     VERIFY_SAYS " (0x94): the image's signature does not verify"},
	    {{.minor = 1}, truncate, VERIFY_SAYS " (0x90): not a well-formed firmware image"},
	    {{.minor = 1},
	     lengthen,
	     VERIFY_SAYS " (0x91): the image is not as long as was announced"},
	    {{.minor = 1}, erase, VERIFY_SAYS " (0x90): not a well-formed firmware image"},
	    {{.minor = 1, .other_vendor = true},
	     NULL,
	     VERIFY_SAYS " (0x97): the image is for another product"},
	    {{.minor = 1, .other_class = true},
	     NULL,
	     VERIFY_SAYS " (0x97): the image is for another product"},
	};
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		struct boot_image image;
		begin(&(struct whole_wish){.quick = true});
		boot_make_image(&w->chip, &cases[i].wish, &image);
		if (cases[i].spoil) {
			cases[i].spoil(&image);
		}
		whole_pack(w, &image, &cases[i].wish, NULL);
		assert_refused(whole_do(bmc, ROTOR_AGENT_UPDATE), cases[i].why);
		char said[200] = "refused the new image: ";
		strcat(said, strstr(cases[i].why, "): ") + 3);
		assert_true(whole_said(w, said));
		assert_untouched();
	}
}

static void an_older_security_version_is_refused_as_soon_as_the_newer_one_is_confirmed(void **state)
{
	struct image_wish wish = {.minor = 1, .security_version = 5};
	struct boot_image image;
	(void)state;
	begin(NULL);
	boot_make_image(&w->chip, &wish, &image);
	whole_pack(w, &image, &wish, NULL);
	assert_int_equal(whole_do(bmc, ROTOR_AGENT_UPDATE), ROTOR_OK);
	whole_know(w, &image, &wish);
	assert_int_equal(w->chip.fuses.floor, 5);
	/* No boot in between. */
	assert_int_equal(w->boots, 2);
	wish = (struct image_wish){.minor = 2, .security_version = 4};
	whole_make_package(w, &wish, NULL);
	assert_refused(whole_do(bmc, ROTOR_AGENT_UPDATE),
		       "updating: VerifyComplete of component 0: security revision error (0x10): "
		       "the image's security version is below the device's security floor");
	assert_int_equal(w->boots, 2);
	wish.security_version = 5;
	whole_make_package(w, &wish, NULL);
	assert_int_equal(whole_do(bmc, ROTOR_AGENT_UPDATE), ROTOR_OK);
	assert_int_equal(w->chip.handoff.version.minor, 2);
}

/* ---- packages ---- */

static void a_package_that_is_not_right_is_refused_by_agent_or_device(void **state)
{
	static const struct {
		struct whole_package_wish wish;
		uint8_t minor;
		const char *why;
		bool silent; /* nothing at all was sent */
	} cases[] = {
	    {{.other_device = true},
	     1,
	     "matching package and device: the package is for other devices: none of its records "
	     "matches this one",
	     false},
	    {{.other_component = true},
	     1,
	     "matching package and device: the package and the device have no component in common "
	     "that applies",
	     false},
	    {{.manifest_stranger = true},
	     1,
	     "checking the package: the package's reference values are not to be believed: not "
	     "trusted",
	     true},
	    {{.stamp = true, .no_manifest = true},
	     0,
	     "updating: the device refused component 0 in PassComponentTable: comparison stamp is "
	     "identical (0x01)",
	     false},
	    {{.longer = true},
	     1,
	     "updating: the device refused component 0 in UpdateComponent: component conflict "
	     "(0x04)",
	     false},
	};
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		const struct image_wish wish = {.minor = cases[i].minor};
		begin(&(struct whole_wish){.quick = true});
		whole_make_package(w, &wish, &cases[i].wish);
		assert_refused(whole_do(bmc, ROTOR_AGENT_UPDATE), cases[i].why);
		if (cases[i].silent) {
			assert_int_equal(w->transfers, 0);
		}
		assert_int_equal(bmc->requests_for_data, 0);
		assert_untouched();
	}
}

static void a_component_of_a_lower_version_is_refused(void **state)
{
	struct boot_image image;
	(void)state;
	begin(NULL);
	boot_make_image(&w->chip, &second_version, &image);
	whole_pack(w, &image, &second_version, NULL);
	whole_know(w, &image, &second_version);
	assert_int_equal(whole_do(bmc, ROTOR_AGENT_UPDATE), ROTOR_OK);
	const struct image_wish first = {.minor = 0};
	whole_make_package(w, &first, &(struct whole_package_wish){.stamp = true});
	assert_refused(whole_do(bmc, ROTOR_AGENT_UPDATE),
		       "updating: the device refused component 0 in PassComponentTable: comparison "
		       "stamp is lower (0x02)");
}

static void firmware_that_is_not_what_the_package_promised_is_found_out(void **state)
{
	(void)state;
	begin(NULL);
	whole_make_package(w, &second_version,
			   &(struct whole_package_wish){.manifest_wrong = true});
	assert_refused(whole_do(bmc, ROTOR_AGENT_UPDATE),
		       "judging the new firmware: the measurements are not those of the expected "
		       "firmware (measurement 0x02, mutable firmware)");
	begin(NULL);
	whole_make_package(w, &second_version, &(struct whole_package_wish){.no_manifest = true});
	assert_refused(whole_do(bmc, ROTOR_AGENT_UPDATE),
		       "judging the new firmware: no known-good firmware has these measurements");
}

/* ---- trust ---- */

static void a_device_whose_firmware_nobody_knows_is_not_updated(void **state)
{
	static const char why[] = "judging the firmware that runs: no known-good firmware has "
				  "these measurements";
	(void)state;
	begin(NULL);
	w->trust.known_good_count = 0;
	whole_make_package(w, &second_version, NULL);
	assert_refused(whole_do(bmc, ROTOR_AGENT_ATTEST), why);
	assert_refused(whole_do(bmc, ROTOR_AGENT_UPDATE), why);
	assert_int_equal(bmc->told[ROTOR_AGENT_STEP_SESSION], 0);
	w->trust.known_good_count = 1;
	assert_untouched();
}

static void a_device_of_another_maker_is_not_believed(void **state)
{
	(void)state;
	begin(NULL);
	w->roots[0] = w->anchors[0];
	static const char why[] = "reading the certificate chain: GET_CERTIFICATE: the certificate "
				  "chain is not trusted: not trusted";
	assert_refused(whole_do(bmc, ROTOR_AGENT_ATTEST), why);
	w->trust.root_count = 0;
	assert_refused(whole_do(bmc, ROTOR_AGENT_ATTEST), why);
}

static void an_agent_that_does_not_authenticate_itself_updates_nothing(void **state)
{
	(void)state;
	begin(&(struct whole_wish){.agent_has_no_identity = true});
	whole_make_package(w, &second_version, NULL);
	assert_refused(whole_do(bmc, ROTOR_AGENT_UPDATE),
		       "updating: the device answered RequestUpdate with "
		       "UNABLE_TO_INITIATE_UPDATE (0x8a)");
	assert_true(
	    whole_said(w, "refused an update command: the agent has not authenticated itself"));
	assert_int_equal(w->device.fd.counters.denied, 1);
	/* The clear-text policy is not this one. */
	begin(&(struct whole_wish){.agent_has_no_identity = true,
				   .policy = ROTOR_BOOT_POLICY_CLEAR_UPDATE});
	whole_make_package(w, &second_version, NULL);
	assert_refused(whole_do(bmc, ROTOR_AGENT_UPDATE),
		       "updating: the device answered RequestUpdate with "
		       "UNABLE_TO_INITIATE_UPDATE (0x8a)");
}

static void an_agent_whom_nobody_vouches_for_gets_no_session(void **state)
{
	static const uint32_t policies[] = {0, ROTOR_BOOT_POLICY_ONE_SIDED_UPDATE |
						   ROTOR_BOOT_POLICY_CLEAR_UPDATE};
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(policies); i++) {
		begin(&(struct whole_wish){.agent_is_stranger = true, .policy = policies[i]});
		whole_make_package(w, &second_version, NULL);
		assert_refused(whole_do(bmc, ROTOR_AGENT_UPDATE),
			       "opening a secure session: DELIVER_ENCAPSULATED_RESPONSE: the "
			       "responder refuses the certificate presented to it");
		assert_int_equal(w->device.fd.counters.requests, 0);
	}
}

static void nobody_is_updated_who_is_not_there(void **state)
{
	(void)state;
	begin(NULL);
	struct rotor_agent_job_config config = whole_job(bmc, ROTOR_AGENT_ATTEST);
	config.target = 77;
	whole_start_with(bmc, &config);
	assert_refused(whole_run(bmc),
		       "looking for the device: no endpoint on the bus has this EID");
	config.target = 0;
	assert_int_equal(rotor_agent_job_start(&bmc->job, &bmc->bus, &config), ROTOR_ERR_ARGUMENT);
	config = whole_job(bmc, ROTOR_AGENT_UPDATE);
	config.package = NULL;
	assert_int_equal(rotor_agent_job_start(&bmc->job, &bmc->bus, &config), ROTOR_ERR_ARGUMENT);
}

/* ---- in the clear ---- */

static struct {
	unsigned answers;
	enum rotor_status status;
	uint8_t bytes[300];
	size_t len;
} clear;

static void on_answer(void *ctx, enum rotor_status status,
		      const struct rotor_mctp_message_info *info, uint8_t *body, size_t len)
{
	(void)ctx;
	(void)info;
	clear.answers++;
	clear.status = status;
	clear.len = len < sizeof(clear.bytes) ? len : sizeof(clear.bytes);
	memcpy(clear.bytes, body, clear.len);
}

/* Sends a PLDM firmware-update command outside any session. @return its completion code */
static uint8_t say_in_the_clear(uint8_t command, const void *payload, size_t len)
{
	static uint8_t bytes[128], instance;
	struct rotor_writer writer = rotor_writer(bytes, sizeof(bytes));
	instance = (uint8_t)((instance + 1) % 32);
	rotor_pldm_request_begin(&writer, instance, ROTOR_PLDM_TYPE_FWUP, command);
	rotor_write_bytes(&writer, payload, len);
	const struct rotor_mctp_message message = {.type = ROTOR_MCTP_TYPE_PLDM,
						   .body = {bytes, writer.len}};
	memset(&clear, 0, sizeof(clear));
	assert_int_equal(rotor_mctp_request(&bmc->bus.mctp, WHOLE_DEVICE_EID, 0x1d, &message, 1000,
					    on_answer, &clear),
			 ROTOR_OK);
	whole_run_for(w, 50);
	assert_int_equal(clear.answers, 1);
	assert_int_equal(clear.status, ROTOR_OK);
	assert_true(clear.len >= 4);
	return clear.bytes[3];
}

/* RequestUpdate, PassComponentTable and UpdateComponent of one component of 1000 bytes. */
static size_t request_update(uint8_t *out)
{
	struct rotor_writer writer = rotor_writer(out, 64);
	const struct rotor_pldm_request_update req = {
	    .max_transfer = 512,
	    .component_count = 1,
	    .max_outstanding = 1,
	    .version = {ROTOR_PLDM_STRING_ASCII, {(const uint8_t *)"1", 1}},
	};
	rotor_pldm_request_update_encode(&writer, &req);
	return writer.len;
}

static const struct rotor_pldm_component clear_component = {
    .classification = ROTOR_PLDM_CLASS_FIRMWARE,
    .identifier = 1,
    .stamp = ROTOR_PLDM_STAMP_NONE,
    .version = {ROTOR_PLDM_STRING_ASCII, {(const uint8_t *)"1", 1}},
    .size = 1000,
};

static void in_the_clear_a_device_tells_what_it_is_and_takes_no_update(void **state)
{
	uint8_t payload[64];
	size_t len = request_update(payload);
	(void)state;
	begin(NULL);
	assert_int_equal(whole_do(bmc, ROTOR_AGENT_DISCOVER), ROTOR_OK);
	assert_int_equal(say_in_the_clear(ROTOR_PLDM_QUERY_DEVICE_IDENTIFIERS, NULL, 0), 0);
	assert_int_equal(say_in_the_clear(ROTOR_PLDM_GET_FIRMWARE_PARAMETERS, NULL, 0), 0);
	assert_int_equal(say_in_the_clear(ROTOR_PLDM_GET_STATUS, NULL, 0), 0);
	assert_int_equal(say_in_the_clear(ROTOR_PLDM_REQUEST_UPDATE, payload, len),
			 ROTOR_PLDM_UNABLE_TO_INITIATE_UPDATE);
	static const uint8_t others[] = {
	    ROTOR_PLDM_PASS_COMPONENT_TABLE,    ROTOR_PLDM_UPDATE_COMPONENT,
	    ROTOR_PLDM_ACTIVATE_FIRMWARE,       ROTOR_PLDM_CANCEL_UPDATE,
	    ROTOR_PLDM_CANCEL_UPDATE_COMPONENT,
	};
	for (size_t i = 0; i < sizeof(others); i++) {
		assert_int_equal(say_in_the_clear(others[i], payload, len), ROTOR_PLDM_ERROR);
	}
	assert_true(whole_said(w, "refused an update command: it came outside a session"));
	assert_int_equal(w->device.fd.counters.denied, 6);
	assert_untouched();
}

static void in_the_clear_an_update_is_taken_where_that_is_provisioned(void **state)
{
	uint8_t payload[64];
	(void)state;
	begin(&(struct whole_wish){.policy = ROTOR_BOOT_POLICY_CLEAR_UPDATE});
	assert_int_equal(whole_do(bmc, ROTOR_AGENT_DISCOVER), ROTOR_OK);
	size_t len = request_update(payload);
	assert_int_equal(say_in_the_clear(ROTOR_PLDM_REQUEST_UPDATE, payload, len), 0);
	struct rotor_writer writer = rotor_writer(payload, sizeof(payload));
	rotor_pldm_pass_component_encode(&writer, ROTOR_PLDM_START_AND_END, &clear_component);
	assert_int_equal(say_in_the_clear(ROTOR_PLDM_PASS_COMPONENT_TABLE, payload, writer.len), 0);
	writer = rotor_writer(payload, sizeof(payload));
	rotor_pldm_update_component_encode(&writer, &clear_component);
	assert_int_equal(say_in_the_clear(ROTOR_PLDM_UPDATE_COMPONENT, payload, writer.len), 0);
	whole_run_for(w, 1000);
	/* It asks for data, in the clear as it was asked; no job is there to take it. */
	assert_int_equal(w->device.fd.state, ROTOR_PLDM_DOWNLOAD);
	assert_true(bmc->bus.unclaimed > 0);
}

static void an_update_in_a_session_takes_no_orders_from_outside(void **state)
{
	uint8_t payload[64];
	size_t len = request_update(payload);
	(void)state;
	begin(&(struct whole_wish){.policy = ROTOR_BOOT_POLICY_CLEAR_UPDATE});
	whole_make_package(w, &second_version, NULL);
	bmc->stop_at_data = 1;
	whole_start(bmc, ROTOR_AGENT_UPDATE);
	assert_int_equal(whole_run(bmc), ROTOR_PENDING);
	/* Same bus, same EID, but not the session: somebody else, though in the clear anybody may update. */
	assert_int_equal(say_in_the_clear(ROTOR_PLDM_CANCEL_UPDATE, NULL, 0),
			 ROTOR_PLDM_ERROR_NOT_READY);
	assert_int_equal(say_in_the_clear(ROTOR_PLDM_REQUEST_UPDATE, payload, len),
			 ROTOR_PLDM_ALREADY_IN_UPDATE_MODE);
	assert_int_equal(whole_run(bmc), ROTOR_OK);
	assert_int_equal(w->chip.handoff.slot, ROTOR_BOOT_SLOT_B);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_teardown(f, end)
	const struct CMUnitTest tests[] = {
	    TEST(an_image_that_is_not_right_is_refused_and_the_agent_says_why),
	    TEST(an_older_security_version_is_refused_as_soon_as_the_newer_one_is_confirmed),
	    TEST(a_package_that_is_not_right_is_refused_by_agent_or_device),
	    TEST(a_component_of_a_lower_version_is_refused),
	    TEST(firmware_that_is_not_what_the_package_promised_is_found_out),
	    TEST(a_device_whose_firmware_nobody_knows_is_not_updated),
	    TEST(a_device_of_another_maker_is_not_believed),
	    TEST(an_agent_that_does_not_authenticate_itself_updates_nothing),
	    TEST(an_agent_whom_nobody_vouches_for_gets_no_session),
	    TEST(nobody_is_updated_who_is_not_there),
	    TEST(in_the_clear_a_device_tells_what_it_is_and_takes_no_update),
	    TEST(in_the_clear_an_update_is_taken_where_that_is_provisioned),
	    TEST(an_update_in_a_session_takes_no_orders_from_outside),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
