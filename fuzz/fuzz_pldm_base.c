/* SPDX-License-Identifier: Apache-2.0 */
/* The responder of type 0 with all of its commands: the input is a list of requests, each a command, a length and its payload. */
#include <stdlib.h>
#include <string.h>

#include "rotor/pldm_fwup.h"
#include "rotor/pldm_multipart.h"

#define TOTAL 700

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool open_section;

static void require(bool condition)
{
	if (!condition) {
		abort();
	}
}

static uint8_t find(void *ctx, uint8_t type, uint32_t context, uint32_t handle, uint32_t *total)
{
	(void)ctx;
	require(type == 0);
	*total = handle % 2 ? TOTAL : 0;
	return context > 1 ? ROTOR_PLDM_ERROR_INVALID_TRANSFER_CONTEXT : ROTOR_PLDM_SUCCESS;
}

static bool read(void *ctx, uint32_t offset, uint8_t *out, uint32_t len)
{
	(void)ctx;
	require(len > 0 && offset < TOTAL && len <= TOTAL - offset);
	memset(out, (int)offset, len);
	return len != 77;
}

static uint8_t open(void *ctx, uint8_t type, uint32_t context, uint32_t handle, uint32_t *total)
{
	const uint8_t completion = find(ctx, type, context, handle, total);
	require(!open_section);
	open_section = completion == ROTOR_PLDM_SUCCESS;
	return completion;
}

static bool write(void *ctx, uint32_t offset, const uint8_t *bytes, uint32_t len)
{
	(void)ctx;
	require(open_section && len > 0 && offset < TOTAL && len <= TOTAL - offset);
	return bytes[0] != 0x77;
}

static void close(void *ctx, bool whole)
{
	(void)ctx;
	(void)whole;
	require(open_section);
	open_section = false;
}

static void request(struct rotor_pldm_base *base, uint8_t command, struct rotor_bytes payload)
{
	const struct rotor_pldm_message msg = {
	    .header = {.request = true, .instance = 1, .command = command}, .payload = payload};
	uint8_t out[1024];
	struct rotor_writer w = rotor_writer(out, sizeof(out));
	struct rotor_pldm_message answer;
	size_t len;

	rotor_pldm_base_request(base, &msg, &w);
	require(rotor_writer_end(&w, &len) == ROTOR_OK);
	require(rotor_pldm_open(out, len, &answer) == ROTOR_OK);
	require(rotor_pldm_answers(&answer.header, &msg.header));
	require(answer.completion == ROTOR_PLDM_SUCCESS || answer.payload.len == 0);
	if (command == ROTOR_PLDM_MULTIPART_RECEIVE && answer.completion == ROTOR_PLDM_SUCCESS) {
		struct rotor_pldm_multipart_receive_resp resp;
		require(rotor_pldm_multipart_receive_resp_decode(answer.payload, &resp) ==
			ROTOR_OK);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct rotor_pldm_support supports[] = {
	    {0, ROTOR_PLDM_VERSION(1, 1, 0), {{0x3e}}},
	    {5, ROTOR_PLDM_FWUP_VERSION_1_1, {{0x06}}},
	    {5, ROTOR_PLDM_FWUP_VERSION_1_3, {{0x06}}},
	};
	static const struct rotor_pldm_base_extra extras[] = {
	    {ROTOR_PLDM_TYPE_BASE, ROTOR_PLDM_SELECT_VERSION, rotor_pldm_base_select_version, NULL},
	    {ROTOR_PLDM_TYPE_BASE, ROTOR_PLDM_NEGOTIATE_TRANSFER, rotor_pldm_multipart_negotiate,
	     NULL},
	    {ROTOR_PLDM_TYPE_BASE, ROTOR_PLDM_MULTIPART_SEND, rotor_pldm_multipart_send, NULL},
	    {ROTOR_PLDM_TYPE_BASE, ROTOR_PLDM_MULTIPART_RECEIVE, rotor_pldm_multipart_receive,
	     NULL},
	};
	static const struct rotor_pldm_multipart_ops ops = {find, read, open, write, close};
	struct rotor_pldm_multipart parts = {.ops = &ops, .types = {{1}}, .part_max = 512};
	struct rotor_pldm_base base = {
	    .supports = supports,
	    .support_count = ROTOR_COUNT_OF(supports),
	    .extras = extras,
	    .extra_count = ROTOR_COUNT_OF(extras),
	    .extra_ctx = &parts,
	};
	struct rotor_reader r = rotor_reader(data, size);

	open_section = false;
	while (r.left != 0) {
		const uint8_t command = rotor_read_u8(&r);
		const uint16_t len = rotor_read_u16le(&r);

		request(&base, command, rotor_read_view(&r, len));
	}
	return 0;
}
