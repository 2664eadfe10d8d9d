/* SPDX-License-Identifier: Apache-2.0 */
/* PLDM messages to bytes and back, against recorded conversations and by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/pldm_recode.h"
#include "support/vectors.h"

#define MESSAGE_MAX 2048

/* Decodes and encodes again; then does so with every truncation, and with a byte too many. */
static void check_message(const uint8_t *msg, size_t len)
{
	uint8_t out[MESSAGE_MAX + 1], longer[MESSAGE_MAX + 1];
	struct rotor_writer w = rotor_writer(out, sizeof(out));
	static const uint8_t in_parts[] = {
	    ROTOR_PLDM_GET_PACKAGE_DATA, ROTOR_PLDM_GET_DEVICE_META_DATA, ROTOR_PLDM_GET_META_DATA,
	    ROTOR_PLDM_GET_COMPONENT_OPAQUE_DATA};
	struct rotor_pldm_message opened;
	enum rotor_status status;
	size_t n;
	bool any_length, part = false;

	assert_int_equal(pldm_recode(msg, len, &w), ROTOR_OK);
	assert_int_equal(rotor_writer_end(&w, &n), ROTOR_OK);
	assert_int_equal(n, len);
	assert_memory_equal(out, msg, len);

	assert_int_equal(rotor_pldm_open(msg, len, &opened), ROTOR_OK);
	/* firmware data is whatever was asked for */
	any_length =
	    !opened.header.request && opened.header.command == ROTOR_PLDM_REQUEST_FIRMWARE_DATA;
	/* and a part is as long as its sender likes, but for its head and one byte */
	for (size_t i = 0; i < sizeof(in_parts); i++)
		part =
		    part || (!opened.header.request && opened.header.type == ROTOR_PLDM_TYPE_FWUP &&
			     opened.header.command == in_parts[i]);
	any_length = any_length || part;
	for (size_t cut = 0;
	     cut < len && (!any_length || (part && cut < 4 + ROTOR_PLDM_PART_HEAD + 1)); cut++) {
		/* a copy of its own, so that a sanitizer sees the end */
		uint8_t *copy = malloc(cut + 1);

		memcpy(copy, msg, cut);
		w = rotor_writer(out, sizeof(out));
		status = pldm_recode(copy, cut, &w);
		free(copy);
		/* versions cut between two numbers have the wrong checksum instead */
		if (status != ROTOR_ERR_VERIFY || opened.header.command != ROTOR_PLDM_GET_VERSION)
			assert_int_equal(status, ROTOR_ERR_LENGTH);
	}
	memcpy(longer, msg, len);
	longer[len] = 0;
	w = rotor_writer(out, sizeof(out));
	if (!any_length)
		assert_int_equal(pldm_recode(longer, len + 1, &w), ROTOR_ERR_LENGTH);
	/* and a writer that is too small never overflows */
	for (size_t cap = 0; cap < len; cap++) {
		w = rotor_writer(out, cap);
		assert_int_equal(pldm_recode(msg, len, &w), ROTOR_OK);
		assert_int_equal(rotor_writer_end(&w, &n), ROTOR_ERR_SPACE);
	}
}

/* Every message of a recorded conversation but those named in @p skip. @return how many */
static unsigned check_transcript(const char *name, const char *const *skip)
{
	size_t len;
	uint8_t *file = vector_file(name, &len);
	char *text = malloc(len + 1);
	unsigned count = 0;

	memcpy(text, file, len);
	text[len] = '\0';
	for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
		uint8_t msg[MESSAGE_MAX];
		bool skipped = false;

		if (strncmp(line, "UA>FD ", 6) != 0 && strncmp(line, "FD>UA ", 6) != 0)
			continue;
		for (size_t i = 0; skip != NULL && skip[i] != NULL; i++)
			skipped = skipped || strcmp(line + 6, skip[i]) == 0;
		if (skipped)
			continue;
		check_message(msg, vector_hex(line + 6, msg, sizeof(msg)));
		count++;
	}
	free(text);
	free(file);
	return count;
}

static void recorded_messages_come_out_as_they_went_in(void **state)
{
	/* sent on purpose wrong, or commands that rotor does not have */
	static const char *const odd[] = {
	    "8c00030000000001", "93000200", "94000400", "150002", NULL,
	};

	(void)state;
	assert_int_equal(check_transcript("pldm/transcripts/01-full-update.txt", NULL), 60);
	assert_int_equal(check_transcript("pldm/transcripts/02-cancel.txt", NULL), 66);
	assert_int_equal(check_transcript("pldm/transcripts/06-base.txt", odd), 41);
}

static void messages_that_were_not_recorded_do_too(void **state)
{
	static const char *const messages[] = {
	    "80051e",                     /* ActivatePendingComponentImageSet */
	    "00051e000700",               /* ActivatePendingComponentImageSet */
	    "80051f0a00010100",           /* ActivatePendingComponentImage */
	    "00051f000700",               /* ActivatePendingComponentImage */
	    "800503",                     /* QueryDownstreamDevices */
	    "00050300010200080003000000", /* QueryDownstreamDevices */
	    "8005040000000001",           /* QueryDownstreamIdentifiers */
	    "000504000200fe0101120000000200100001ff7f02000707110001ff7f020008"
	    "08",               /* QueryDownstreamIdentifiers */
	    "8005050200fe0100", /* GetDownstreamFirmwareParameters */
	    "0005050000000000050002000001001000070000000103323032363031303108"
	    "00000001043230323630323032010004000000312e30312e3161", /* GetDownstreamFirmwareParameters */
	    "8005110000000001",                                     /* GetPackageData */
	    "000511002000000001aabbcc",                             /* GetPackageData */
	    "8005122000000000",                                     /* GetDeviceMetaData */
	    "000512000000000004aa",                                 /* GetDeviceMetaData */
	    "8005190000000001",                                     /* GetMetaData */
	    "000519000000000005aabb",                               /* GetMetaData */
	    "80052000040000020a00",                       /* RequestDownstreamDeviceUpdate */
	    "00052000000001",                             /* RequestDownstreamDeviceUpdate */
	    "8005210000000001",                           /* GetComponentOpaqueData */
	    "00052100000000000501",                       /* GetComponentOpaqueData */
	    "0005100064000200010000",                     /* RequestUpdate (1.2) */
	    "00051400000002000000010000040000",           /* UpdateComponent (1.2) */
	    "81000115",                                   /* SetTID */
	    "01000100",                                   /* … */
	    "00000215",                                   /* GetTID */
	    "00000300000000000500f0f1f100f0f2f1a6e2b0a4", /* two versions; CRC below */
	    "81000605"
	    "00f0f1f1", /* SelectPLDMVersion */
	    "01000600",
	    "820007000281000000000000"
	    "00", /* NegotiateTransferParameters, 512 bytes */
	    "02000700000181000000000000"
	    "00", /* its response, 256 bytes */
	    "8300090700010000000200000000040000"
	    "00080000",                               /* MultipartReceive, first part */
	    "03000900010300000004000000aabbccdd",     /* first part of several */
	    "03000900050000000002000000aabb01020304", /* all, with a checksum */
	    "03000900080000000000000000",             /* completion acknowledged */
	    "84000807010100000002000000030000000000000008000000"
	    "02000000aabb", /* MultipartSend */
	    "840008070401000000020000000000000000000000"
	    "08000000"
	    "02000000aabb01020304",
	    "040008000103000000",
	    "00051d000105000000000000ff", /* CancelUpdate with components that do not work */
	    "8805180100ff",               /* ApplyComplete, other activation */
	    "00051a0000ff",               /* ActivateFirmware's estimate */
	    "00051b000605040b64ff01000000",
	    "00051300010b", /* a component refused */
	    "00051400010b010000003c00",
	    "8005100004000002000100000000", /* RequestUpdate without a version */
	    "0005020000000000000000000000", /* no components */
	    "8105220a00010100",             /* UpdateSecurityRevision */
	    "00052200",                     /* … */
	    "00052295",
	    "00051089",
	    "00050103",
	};

	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(messages); i++) {
		uint8_t msg[MESSAGE_MAX];
		size_t len = vector_hex(messages[i], msg, sizeof(msg));

		if (msg[0] == 0 && msg[1] == 0 && msg[2] == ROTOR_PLDM_GET_VERSION) {
			const uint32_t crc = rotor_crc32(0, msg + 9, 8);

			for (unsigned n = 0; n < 4; n++)
				msg[17 + n] = (uint8_t)(crc >> 8 * n);
		}
		check_message(msg, len);
	}
}

static void wrong_values_are_refused(void **state)
{
	static const struct {
		const char *hex;
		enum rotor_status status;
	} cases[] = {
	    {"00050300020200080003000000", ROTOR_ERR_FORMAT}, /* neither supported nor not */
	    {"00050300010900080003000000", ROTOR_ERR_FORMAT}, /* more than there may be */
	    {"8005040000000002", ROTOR_ERR_FORMAT},           /* operation */
	    {"000504000000000005090000000100001001ff7f02000707",
	     ROTOR_ERR_FORMAT},                                         /* an index out of range */
	    {"000504000000000005030000000100100000", ROTOR_ERR_FORMAT}, /* no descriptor */
	    {"0005050000000000050002000001000010070000000000323032363031303108000000000032303236303"
	     "23032010004000000",
	     ROTOR_ERR_FORMAT}, /* an index out of range */
	    {"0005050000000000050002000001001000070000000600323032363031303108000000000032303236303"
	     "23032010004000000",
	     ROTOR_ERR_FORMAT},                                     /* string type 6 */
	    {"8005201f000000020a00", ROTOR_ERR_FORMAT},             /* transfer size 31 */
	    {"80052020000000000a00", ROTOR_ERR_FORMAT},             /* none outstanding */
	    {"000511000000000003aa", ROTOR_ERR_FORMAT},             /* transfer flag 3 */
	    {"00051000640002", ROTOR_ERR_LENGTH},                   /* no size of the parts */
	    {"000514000000020000000100", ROTOR_ERR_LENGTH},         /* no size of the parts */
	    {"00051400000000000000010000040000", ROTOR_ERR_LENGTH}, /* a size that is not wanted */
	    {"000511000000000005", ROTOR_ERR_LENGTH},               /* no data */
	    {"0005040000000000050a0000000100100001ff7f02000707",
	     ROTOR_ERR_LENGTH}, /* one less than the length */
	    {"0005050000000000050002000002001000070000000000323032363031303108000000000032303236303"
	     "23032010004000000",
	     ROTOR_ERR_LENGTH},                                       /* one of two */
	    {"a00002", ROTOR_ERR_FORMAT},                             /* reserved bit */
	    {"804002", ROTOR_ERR_FORMAT},                             /* header version 1 */
	    {"40000200", ROTOR_ERR_FORMAT},                           /* D in a response */
	    {"04000300000000000600f0f1f1babe9d53", ROTOR_ERR_FORMAT}, /* transfer flag 6 */
	    {"04000300000000000500f0f1f1babe9d54", ROTOR_ERR_VERIFY}, /* checksum */
	    {"040003000000000005babe9d53", ROTOR_ERR_LENGTH},         /* checksum alone */
	    {"04000300000000000500f0f1f1babe9d", ROTOR_ERR_LENGTH},
	    {"82000700"
	     "ff000000000000000000",
	     ROTOR_ERR_LENGTH},
	    {"820007ff008100000000000000", ROTOR_ERR_FORMAT}, /* part size 255 */
	    {"0300090003000000000000000000000000", ROTOR_ERR_LENGTH},
	    {"03000900030000000000000000", ROTOR_ERR_FORMAT}, /* transfer flag 3 */
	    {"0300090001030000"
	     "00ffffffffaabbccdd",
	     ROTOR_ERR_LENGTH},                                   /* data past the end */
	    {"03000900050000000002000000aabb", ROTOR_ERR_LENGTH}, /* no checksum */
	    {"840008070001000000020000000300000000000000080000000"
	     "0000000",
	     ROTOR_ERR_FORMAT},
	    {"04000800050300"
	     "0000",
	     ROTOR_ERR_FORMAT},                                   /* operation 5 */
	    {"800510100000000200010000010131", ROTOR_ERR_FORMAT}, /* transfer size 16 */
	    {"800510000400000000010000010131", ROTOR_ERR_FORMAT}, /* no components */
	    {"800510000400000200000000010131", ROTOR_ERR_FORMAT}, /* none outstanding */
	    {"800510000400000200010000060131", ROTOR_ERR_FORMAT}, /* string type 6 */
	    {"800510000400000200010000000131", ROTOR_ERR_FORMAT}, /* unknown type, but text */
	    {"800513000a00010100000101000105312e312e30", ROTOR_ERR_FORMAT}, /* transfer flag 0 */
	    {"800513030a00010100000101000105312e312e30", ROTOR_ERR_FORMAT}, /* transfer flag 3 */
	    {"8805140a000101000001010000000000000000000105312e312e30",
	     ROTOR_ERR_FORMAT},                 /* size 0 */
	    {"000513000200", ROTOR_ERR_FORMAT}, /* response 2 */
	    {"000514000200000000000000", ROTOR_ERR_FORMAT},
	    {"80051a02", ROTOR_ERR_FORMAT},                     /* not a boolean */
	    {"00051b0007000300650000000000", ROTOR_ERR_FORMAT}, /* state 7 */
	    {"00051b0000070300650000000000", ROTOR_ERR_FORMAT}, /* previous state 7 */
	    {"00051d00020000000000000000", ROTOR_ERR_FORMAT},
	    {"000501000000000000", ROTOR_ERR_FORMAT},                 /* no descriptors */
	    {"0005010008000000020100040047160000", ROTOR_ERR_LENGTH}, /* two announced, one there */
	    {"000501000900000001010004004716000000", ROTOR_ERR_LENGTH}, /* a byte after the last */
	    {"0005010007000000010100030047160000", ROTOR_ERR_LENGTH},
	    {"00050100070000000101000300471600", ROTOR_ERR_LENGTH}, /* IANA of 3 bytes */
	    {"000501000600000001000102004716", ROTOR_ERR_FORMAT},   /* a device ID first */
	    {"00050100040000000102000000", ROTOR_ERR_LENGTH},       /* empty descriptor */
	};

	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		uint8_t msg[MESSAGE_MAX], out[MESSAGE_MAX];
		struct rotor_writer w = rotor_writer(out, sizeof(out));
		const size_t len = vector_hex(cases[i].hex, msg, sizeof(msg));

		if (pldm_recode(msg, len, &w) != cases[i].status)
			fail_msg("%s: %s", cases[i].hex,
				 rotor_status_string(pldm_recode(msg, len, &w)));
	}
}

static void a_string_too_long_for_its_length_byte_fails_the_writer(void **state)
{
	uint8_t text[256] = {0}, out[MESSAGE_MAX];
	struct rotor_pldm_request_update req = {.version = {1, {text, sizeof(text)}}};
	struct rotor_writer w = rotor_writer(out, sizeof(out));
	size_t len;

	(void)state;
	rotor_pldm_request_update_encode(&w, &req);
	assert_int_equal(rotor_writer_end(&w, &len), ROTOR_ERR_SPACE);
	req.version.text.len = 255;
	w = rotor_writer(out, sizeof(out));
	rotor_pldm_request_begin(&w, 0, 5, ROTOR_PLDM_REQUEST_UPDATE);
	rotor_pldm_request_update_encode(&w, &req);
	assert_int_equal(rotor_writer_end(&w, &len), ROTOR_OK);
	assert_true(len <= ROTOR_PLDM_FWUP_REQUEST_MAX);
}

static void versions_are_read_and_written(void **state)
{
	static const struct {
		uint32_t version;
		const char *text;
	} cases[] = {
	    {ROTOR_PLDM_VERSION(1, 1, 0), "1.1.0"},
	    {0xf1f0ff00, "1.0"},
	    {0xf3f7f100, "3.7.1"},
	    {0xf1f0ff61, "1.0a"},
	    {0x10f11000, "10.1.10"},
	};
	uint32_t versions[2] = {ROTOR_PLDM_VERSION(1, 0, 0), ROTOR_PLDM_VERSION(1, 1, 0)}, read[2];
	uint8_t out[16];
	struct rotor_writer w = rotor_writer(out, sizeof(out));
	size_t count, len;

	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		char text[ROTOR_PLDM_VERSION_TEXT];

		assert_string_equal(rotor_pldm_version_text(cases[i].version, text), cases[i].text);
	}
	assert_int_equal(ROTOR_PLDM_VERSION(1, 1, 0), 0xf1f1f000);
	rotor_pldm_versions_encode(&w, versions, 2);
	assert_int_equal(rotor_writer_end(&w, &len), ROTOR_OK);
	assert_int_equal(len, 12);
	assert_int_equal(
	    rotor_pldm_versions_decode((struct rotor_bytes){out, len}, read, 1, &count),
	    ROTOR_ERR_SPACE);
	assert_int_equal(
	    rotor_pldm_versions_decode((struct rotor_bytes){out, len}, read, 2, &count), ROTOR_OK);
	assert_int_equal(count, 2);
	assert_memory_equal(read, versions, sizeof(read));
}

static void descriptors_of_a_record_must_all_be_the_devices(void **state)
{
	static const uint8_t iana[] = {0x47, 0x16, 0, 0}, other[] = {0x48, 0x16, 0, 0};
	static const uint8_t uuid[16] = {1}, vendor[] = {1, 1, 'x', 9};
	static const struct rotor_pldm_descriptor device[] = {
	    {ROTOR_PLDM_DESCRIPTOR_IANA, {iana, 4}},
	    {ROTOR_PLDM_DESCRIPTOR_UUID, {uuid, 16}},
	    {ROTOR_PLDM_DESCRIPTOR_VENDOR, {vendor, 4}},
	};
	const struct rotor_pldm_descriptor foreign[] = {device[0],
							{ROTOR_PLDM_DESCRIPTOR_IANA, {other, 4}}};
	struct rotor_pldm_vendor_descriptor taken;
	struct rotor_pldm_descriptor bad = device[2];

	(void)state;
	assert_true(rotor_pldm_descriptors_match(device, 3, device, 3));
	assert_true(rotor_pldm_descriptors_match(&device[1], 1, device, 3));
	assert_false(rotor_pldm_descriptors_match(device, 3, device, 2));
	assert_false(rotor_pldm_descriptors_match(foreign, 2, device, 3));
	assert_false(rotor_pldm_descriptors_match(device, 0, device, 3));

	assert_int_equal(rotor_pldm_vendor_descriptor_read(&device[2], &taken), ROTOR_OK);
	assert_int_equal(taken.title.text.len, 1);
	assert_int_equal(taken.data.len, 1);
	assert_int_equal(taken.data.data[0], 9);
	assert_int_equal(rotor_pldm_vendor_descriptor_read(&device[0], &taken), ROTOR_ERR_FORMAT);
	bad.data.len = 2; /* the title runs past the end */
	assert_int_equal(rotor_pldm_descriptor_check(&bad), ROTOR_ERR_FORMAT);
	bad.type = 0x0123; /* not known: any length but none */
	assert_int_equal(rotor_pldm_descriptor_check(&bad), ROTOR_OK);
	bad.data.len = 0;
	assert_int_equal(rotor_pldm_descriptor_check(&bad), ROTOR_ERR_LENGTH);
}

static void every_number_has_a_name(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 256; i++) {
		const uint8_t n = (uint8_t)i;

		assert_non_null(rotor_pldm_type_name(n));
		for (unsigned command = 0; command < 256; command++) {
			assert_non_null(rotor_pldm_command_name(n, (uint8_t)command));
			assert_non_null(rotor_pldm_completion_name(0, (uint8_t)command, n));
			assert_non_null(rotor_pldm_completion_name(5, (uint8_t)command, n));
			assert_non_null(rotor_pldm_result_name((uint8_t)command, n));
			assert_non_null(rotor_pldm_component_code_name((uint8_t)command, n));
		}
		assert_non_null(rotor_pldm_state_name(n));
		assert_non_null(rotor_pldm_aux_state_name(n));
		assert_non_null(rotor_pldm_reason_name(n));
		assert_non_null(rotor_pldm_string_type_name(n));
		assert_non_null(rotor_pldm_descriptor_name((uint16_t)(n << 8)));
	}
	assert_string_equal(rotor_pldm_command_name(5, 0x15), "RequestFirmwareData");
	assert_string_equal(rotor_pldm_command_name(0, 0x05), "GetPLDMCommands");
	assert_string_equal(rotor_pldm_command_name(2, 0x05), "unknown command");
	assert_string_equal(rotor_pldm_completion_name(5, 0x10, 0x81), "ALREADY_IN_UPDATE_MODE");
	assert_string_equal(rotor_pldm_completion_name(0, 0x03, 0x81),
			    "INVALID_TRANSFER_OPERATION_FLAG");
	assert_string_equal(rotor_pldm_completion_name(0, 0x02, 0x81), "unknown code");
	assert_string_equal(rotor_pldm_result_name(0x17, 0x03),
			    "image failed the device's security checks");
	assert_string_equal(rotor_pldm_result_name(0x17, 0x95), "vendor's result");
	assert_string_equal(rotor_pldm_component_code_name(0x14, 0x02),
			    "comparison stamp is lower");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(recorded_messages_come_out_as_they_went_in),
	    cmocka_unit_test(messages_that_were_not_recorded_do_too),
	    cmocka_unit_test(wrong_values_are_refused),
	    cmocka_unit_test(a_string_too_long_for_its_length_byte_fails_the_writer),
	    cmocka_unit_test(versions_are_read_and_written),
	    cmocka_unit_test(descriptors_of_a_record_must_all_be_the_devices),
	    cmocka_unit_test(every_number_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
