/* SPDX-License-Identifier: Apache-2.0 */
/* The firmware device with the least that an agent and a flash can be: what a chunk costs the processor. */
#include "bench/bench.h"

#include <string.h>

#include "rotor/pldm_fd.h"

#define CHUNK 1024
#define PEER  1

static bool authorise(void *ctx, uint8_t command, uint32_t peer)
{
	(void)ctx;
	(void)command;
	return peer == PEER;
}

static void parameters(void *ctx, struct rotor_pldm_parameters *out)
{
	(void)ctx;
	out->component_count = 0;
}

static void component(void *ctx, uint16_t n, struct rotor_pldm_component_parameters *out)
{
	(void)ctx;
	(void)n;
	(void)out;
}

static uint8_t request_update(void *ctx, const struct rotor_pldm_request_update *req)
{
	(void)ctx;
	(void)req;
	return ROTOR_PLDM_SUCCESS;
}

static uint8_t judge(void *ctx, const struct rotor_pldm_component *asked, uint32_t *options)
{
	(void)ctx;
	(void)asked;
	(void)options;
	return ROTOR_PLDM_COMPONENT_OK;
}

static enum rotor_status begin(void *ctx, const struct rotor_pldm_component *asked)
{
	(void)ctx;
	(void)asked;
	return ROTOR_OK;
}

static enum rotor_status write(void *ctx, uint32_t offset, const uint8_t *data, size_t len)
{
	uint32_t *sum = ctx;
	*sum += offset + data[0] + (uint32_t)len;
	return ROTOR_OK;
}

static enum rotor_status step(void *ctx, struct rotor_pldm_fd_result *result)
{
	(void)ctx;
	(void)result;
	return ROTOR_OK;
}

static enum rotor_status activate(void *ctx, bool self_contained, uint16_t *seconds)
{
	(void)ctx;
	(void)self_contained;
	*seconds = 0;
	return ROTOR_OK;
}

static void activated(void *ctx, bool self_contained)
{
	(void)ctx;
	(void)self_contained;
}

static enum rotor_status security_revision(void *ctx, const struct rotor_pldm_component_name *named)
{
	(void)ctx;
	(void)named;
	return ROTOR_ERR_DENIED;
}

static void cancel(void *ctx, bool whole)
{
	(void)ctx;
	(void)whole;
}

static const struct rotor_pldm_fd_ops ops = {
    .authorise = authorise,
    .parameters = parameters,
    .component = component,
    .request_update = request_update,
    .check = judge,
    .begin = begin,
    .write = write,
    .transfer_end = step,
    .verify = step,
    .apply = step,
    .activate = activate,
    .activated = activated,
    .update_security_revision = security_revision,
    .cancel = cancel,
};

static uint8_t buffers[2 * CHUNK];

/* Gives the device a request. @return whether it answered with success */
static bool tell(struct rotor_pldm_fd *fd, uint8_t command, const struct rotor_writer *payload)
{
	uint8_t msg[64], answer[64];
	struct rotor_writer w = rotor_writer(msg, sizeof(msg));
	size_t len = 0;
	rotor_pldm_request_begin(&w, command % 32, ROTOR_PLDM_TYPE_FWUP, command);
	rotor_write_bytes(&w, payload->base, payload->len);
	return rotor_pldm_fd_request(fd, PEER, msg, w.len, answer, sizeof(answer), &len, 1) ==
		   ROTOR_OK &&
	       len > 3 && answer[3] == ROTOR_PLDM_SUCCESS;
}

static bool start(struct rotor_pldm_fd *fd, uint32_t size)
{
	const struct rotor_pldm_request_update update = {
	    .max_transfer = CHUNK, .component_count = 1, .max_outstanding = 2};
	const struct rotor_pldm_component image = {.identifier = 1, .size = size};
	uint8_t bytes[48];
	struct rotor_writer w = rotor_writer(bytes, sizeof(bytes));
	rotor_pldm_request_update_encode(&w, &update);
	if (!tell(fd, ROTOR_PLDM_REQUEST_UPDATE, &w)) {
		return false;
	}
	w = rotor_writer(bytes, sizeof(bytes));
	rotor_pldm_pass_component_encode(&w, ROTOR_PLDM_START_AND_END, &image);
	if (!tell(fd, ROTOR_PLDM_PASS_COMPONENT_TABLE, &w)) {
		return false;
	}
	w = rotor_writer(bytes, sizeof(bytes));
	rotor_pldm_update_component_encode(&w, &image);
	return tell(fd, ROTOR_PLDM_UPDATE_COMPONENT, &w);
}

/* Answers what the device asks: the header with Rq cleared, a completion code, and data. */
static bool serve(struct rotor_pldm_fd *fd)
{
	static uint8_t answer[4 + CHUNK];
	uint8_t msg[16];
	size_t len = 0;
	uint32_t peer;
	rotor_pldm_fd_poll(fd, 1);
	if (rotor_pldm_fd_next_request(fd, 1, msg, sizeof(msg), &len, &peer) != ROTOR_OK) {
		return false;
	}
	answer[0] = msg[0] & 0x1f;
	answer[1] = msg[1];
	answer[2] = msg[2];
	len = msg[2] == ROTOR_PLDM_REQUEST_FIRMWARE_DATA ? 4 + (msg[7] | (size_t)msg[8] << 8) : 4;
	rotor_pldm_fd_response(fd, peer, answer, len, 1);
	return true;
}

bool bench_chunks(uint32_t count)
{
	static const uint8_t id[16] = {1};
	static const struct rotor_pldm_descriptor descriptor = {ROTOR_PLDM_DESCRIPTOR_UUID,
								{id, sizeof(id)}};
	static const struct rotor_pldm_fd_config config = {
	    .descriptors = &descriptor,
	    .descriptor_count = 1,
	    .buffer = buffers,
	    .buffer_size = CHUNK,
	    .buffer_count = 2,
	};
	struct rotor_pldm_fd fd;
	uint32_t sum = 0;
	if (rotor_pldm_fd_init(&fd, &config, &ops, &sum) != ROTOR_OK ||
	    !start(&fd, count * CHUNK)) {
		return false;
	}
	while (serve(&fd)) {
	}
	return fd.received == count * CHUNK && fd.state == ROTOR_PLDM_READY_XFER && fd.applied == 1;
}
