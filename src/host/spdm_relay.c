/* SPDX-License-Identifier: Apache-2.0 */
/* An MCTP endpoint on a line that hands SPDM on to and from a TCP stream. */
#include "rotor/host_spdm_relay.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* EID of a relay to a device: any that may be assigned. */
#define RELAY_EID 8
/* How long a server may take to say good-bye. */
#define LEAVE_MS 500

static const uint32_t control_versions[] = {ROTOR_MCTP_VERSION(1, 0, 0)};

static const struct rotor_mctp_type_support types[] = {
    {ROTOR_MCTP_TYPE_SPDM, control_versions, ROTOR_COUNT_OF(control_versions)},
    {ROTOR_MCTP_TYPE_SECURED, control_versions, ROTOR_COUNT_OF(control_versions)},
};

static bool is_spdm(uint8_t type)
{
	return type == ROTOR_MCTP_TYPE_SPDM || type == ROTOR_MCTP_TYPE_SECURED;
}

/* Keeps a message while it travels along the line. */
static bool keep(struct rotor_spdm_relay *r, uint8_t type, const uint8_t *body, size_t len,
		 struct rotor_mctp_message *out)
{
	if (len > sizeof(r->message)) {
		r->too_long++;
		return false;
	}
	if (len)
		memcpy(r->message, body, len);
	*out = (struct rotor_mctp_message){.type = type, .body = {r->message, len}};
	return true;
}

/* ---- to a device ---- */

static void on_response(void *ctx, enum rotor_status status,
			const struct rotor_mctp_message_info *info, uint8_t *body, size_t len)
{
	struct rotor_spdm_relay *r = ctx;
	r->asked = false;
	if (status != ROTOR_OK)
		return;
	if (r->asker != r->server.peers) {
		r->unclaimed++;
		return;
	}
	rotor_spdm_server_answer(&r->server, info->type, (struct rotor_bytes){body, len});
}

static void ask_device(struct rotor_spdm_relay *r, uint8_t type, const uint8_t *body, size_t len)
{
	struct rotor_mctp_message message;
	if (!is_spdm(type) || r->wire < 0) {
		r->unclaimed++;
		return;
	}
	if (r->asked) {
		r->replaced++;
		rotor_mctp_cancel(&r->mctp, r);
		r->asked = false;
	}
	r->asker = r->server.peers;
	if (keep(r, type, body, len, &message))
		r->asked =
		    rotor_mctp_request(&r->mctp, 0, ROTOR_SERIAL_PHYS, &message,
				       ROTOR_SPDM_RELAY_ANSWER_MS, on_response, r) == ROTOR_OK;
}

static enum rotor_status serve_peers(struct rotor_spdm_relay *r)
{
	uint8_t type, *body;
	size_t len;
	for (;;) {
		switch (rotor_spdm_server_serve(&r->server, &type, &body, &len)) {
		case ROTOR_SPDM_SERVER_MESSAGE:
			ask_device(r, type, body, len);
			break;
		case ROTOR_SPDM_SERVER_NOTHING:
			return ROTOR_OK;
		default:
			return ROTOR_ERR_NOT_FOUND;
		}
	}
}

/* ---- to a server ---- */

static void on_message(void *ctx, const struct rotor_mctp_message_info *info, uint8_t *body,
		       size_t len)
{
	struct rotor_spdm_relay *r = ctx;
	if (info->type == ROTOR_MCTP_TYPE_CONTROL) {
		rotor_mctp_control_message(&r->control, info, body, len);
		return;
	}
	if (r->to_device || !is_spdm(info->type) || !info->tag_owner) {
		r->unclaimed++;
		return;
	}
	r->replaced += r->asked;
	r->from = *info;
	r->asked = rotor_spdm_socket_send(&r->client, ROTOR_SPDM_SOCKET_NORMAL, info->type,
					  (struct rotor_bytes){body, len}) == ROTOR_OK;
}

static void answer_agent(struct rotor_spdm_relay *r, const struct rotor_spdm_packet *packet)
{
	struct rotor_bytes payload = packet->payload;
	struct rotor_mctp_message message;
	if (packet->command != ROTOR_SPDM_SOCKET_NORMAL || !payload.len || !r->asked) {
		r->unclaimed++;
		return;
	}
	r->asked = false;
	rotor_mctp_cancel(&r->mctp, r); /* an answer that has not left is of no use any more */
	if (keep(r, payload.data[0], payload.data + 1, payload.len - 1, &message) &&
	    rotor_mctp_respond(&r->mctp, &r->from, &message, NULL, r) != ROTOR_OK)
		r->unclaimed++;
}

static enum rotor_status serve_server(struct rotor_spdm_relay *r)
{
	struct rotor_spdm_packet packet;
	for (;;) {
		if (rotor_spdm_socket_flush(&r->client) == ROTOR_ERR_IO)
			return ROTOR_ERR_NOT_FOUND;
		enum rotor_status status = rotor_spdm_socket_receive(&r->client, &packet);
		if (status == ROTOR_PENDING)
			return ROTOR_OK;
		if (status != ROTOR_OK)
			return ROTOR_ERR_NOT_FOUND;
		answer_agent(r, &packet);
	}
}

/* ---- both ---- */

static enum rotor_status init(struct rotor_spdm_relay *r, bool to_device, uint8_t eid)
{
	const struct rotor_mctp_control_config control = {.types = types,
							  .type_count = ROTOR_COUNT_OF(types)};
	memset(r, 0, sizeof(*r));
	r->to_device = to_device;
	r->wire = -1;
	rotor_spdm_server_init(&r->server, -1);
	rotor_spdm_socket_init(&r->client, -1);
	const struct rotor_mctp_config mctp = {
	    .eid = eid,
	    .slots = r->slots,
	    .slot_count = ROTOR_COUNT_OF(r->slots),
	    .buffers = r->buffers,
	    .buffer_size = ROTOR_SPDM_RELAY_MESSAGE_MAX,
	    .pending = r->pending,
	    .pending_count = ROTOR_COUNT_OF(r->pending),
	    .on_message = on_message,
	    .ctx = r,
	};
	enum rotor_status status = rotor_mctp_init(&r->mctp, &mctp);
	return status == ROTOR_OK ? rotor_mctp_control_init(&r->control, &r->mctp, &control)
				  : status;
}

enum rotor_status rotor_spdm_relay_to_device(struct rotor_spdm_relay *r, int listener)
{
	enum rotor_status status = init(r, true, RELAY_EID);
	r->server.listener = listener;
	return status;
}

enum rotor_status rotor_spdm_relay_to_server(struct rotor_spdm_relay *r, const char *where,
					     uint8_t eid, int timeout_ms)
{
	enum rotor_status status = init(r, false, eid);
	return status == ROTOR_OK ? rotor_spdm_client_open(&r->client, where, timeout_ms) : status;
}

void rotor_spdm_relay_unplug(struct rotor_spdm_relay *r)
{
	rotor_mctp_cancel(&r->mctp, r);
	r->asked = false;
	if (r->wire >= 0)
		close(r->wire);
	r->wire = -1;
}

enum rotor_status rotor_spdm_relay_plug(struct rotor_spdm_relay *r, int *other)
{
	int fds[2];
	rotor_spdm_relay_unplug(r);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) < 0)
		return ROTOR_ERR_IO;
	enum rotor_status status = rotor_link_serial(&r->link, fds[0], &r->mctp);
	if (status != ROTOR_OK) {
		close(fds[0]);
		close(fds[1]);
		return status;
	}
	r->wire = fds[0];
	*other = fds[1];
	return ROTOR_OK;
}

void rotor_spdm_relay_close(struct rotor_spdm_relay *r)
{
	rotor_spdm_relay_unplug(r);
	rotor_spdm_server_close(&r->server);
	rotor_spdm_client_close(&r->client, ROTOR_SPDM_CLIENT_CONTINUE, LEAVE_MS);
}

void rotor_spdm_relay_watch(const struct rotor_spdm_relay *r,
			    struct pollfd fds[ROTOR_SPDM_RELAY_FDS])
{
	fds[0] = (struct pollfd){.fd = r->wire, .events = rotor_link_events(&r->link)};
	if (r->to_device) {
		rotor_spdm_server_watch(&r->server, fds + 1);
		return;
	}
	fds[1] =
	    (struct pollfd){.fd = r->client.fd, .events = rotor_spdm_socket_events(&r->client)};
	fds[2] = (struct pollfd){.fd = -1};
}

enum rotor_status rotor_spdm_relay_serve(struct rotor_spdm_relay *r, rotor_ms now)
{
	rotor_mctp_poll(&r->mctp, now);
	/* That the other end of the line has closed is its owner's affair. */
	if (r->wire >= 0 && rotor_link_serve(&r->link, now) != ROTOR_OK)
		rotor_spdm_relay_unplug(r);
	enum rotor_status status = r->to_device ? serve_peers(r) : serve_server(r);
	if (r->wire >= 0)
		rotor_link_send(&r->link, now);
	return status;
}
