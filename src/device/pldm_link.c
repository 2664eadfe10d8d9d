/* SPDX-License-Identifier: Apache-2.0 */
/* The device's PLDM: requests to the firmware device, its answers and its own requests, through whatever carries them. */
#include <string.h>

#include "device/messages.h"
#include "device/policy.h"

/* An answer that has not come this long after it was asked for is not waited for any more. */
#define ANSWER_MS 10000
/* The firmware device's longest request. */
#define REQUEST_MAX 16

static bool same_identity(const struct rotor_device_peer *peer, uint8_t eid,
			  const struct rotor_spdm_session_info *session)
{
	uint8_t len = session && session->mutual ? session->identity_len : 0;
	return peer->token && peer->eid == eid && peer->secured == (session != NULL) &&
	       peer->identity_len == len &&
	       (!len || memcmp(peer->identity, session->identity, len) == 0);
}

/* The update's owner is bound to EID and identity, not to a session: a new session of the same one is the same peer. */
static struct rotor_device_peer *peer_of(struct rotor_device *d, uint8_t eid,
					 const struct rotor_spdm_session_info *session)
{
	struct rotor_device_peer *free_place = &d->peers[0];
	for (size_t i = 0; i < ROTOR_COUNT_OF(d->peers); i++) {
		struct rotor_device_peer *peer = &d->peers[i];
		if (same_identity(peer, eid, session)) {
			return peer;
		}
		if (d->fd.state == ROTOR_PLDM_IDLE || peer->token != d->fd.peer || !peer->token) {
			free_place = peer;
		}
	}
	/* With two places, one is free of an update's owner. */
	*free_place = (struct rotor_device_peer){
	    .token = ++d->next_token, .eid = eid, .secured = session != NULL};
	if (session && session->mutual) {
		free_place->identity_len = session->identity_len;
		memcpy(free_place->identity, session->identity, session->identity_len);
	}
	return free_place;
}

static struct rotor_device_peer *peer_by_token(struct rotor_device *d, uint32_t token)
{
	for (size_t i = 0; i < ROTOR_COUNT_OF(d->peers); i++) {
		if (d->peers[i].token == token && token) {
			return &d->peers[i];
		}
	}
	return NULL;
}

/* Tells the firmware device whether the update's owner can be reached: in the clear always, else while it has a session. */
static void follow_owner(struct rotor_device *d)
{
	const struct rotor_device_peer *owner = peer_by_token(d, d->fd.peer);
	bool up = owner && (owner->session_id || !owner->secured);
	rotor_pldm_fd_link(&d->fd, up, device_now(d));
}

static void answer_sent(void *ctx, enum rotor_status status)
{
	struct rotor_device *d = ctx;
	(void)status;
	d->answer_sending = false;
	/* Whether or not it arrived: the new firmware is marked, durably, and the agent will find it. */
	if (d->activated && !d->reset_asked) {
		d->reset_asked = true;
		d->config.reset(d->config.ctx);
	}
}

/* Queues the answer of `len` bytes that lies behind the headroom of d->answer. */
static enum rotor_status queue_answer(struct rotor_device *d, size_t len)
{
	struct rotor_mctp_message message = {
	    .type = ROTOR_MCTP_TYPE_PLDM,
	    .body = {d->answer + ROTOR_SPDM_RECORD_HEADROOM, len},
	};
	enum rotor_status status = ROTOR_OK;
	if (d->answer_session) {
		message.type = ROTOR_MCTP_TYPE_SECURED;
		status =
		    rotor_spdm_responder_seal(&d->spdm, d->answer_session, ROTOR_MCTP_TYPE_PLDM,
					      d->answer, sizeof(d->answer), len, &message.body);
	}
	if (status == ROTOR_OK) {
		status = rotor_mctp_respond(&d->mctp, &d->answer_to, &message, answer_sent, d);
	}
	return status;
}

static void send_answer(struct rotor_device *d, size_t len)
{
	enum rotor_status status = queue_answer(d, len);
	d->answer_sending = true;
	if (status != ROTOR_OK) {
		d->counters.not_sent++;
		answer_sent(d, status);
	}
}

void device_pldm_message(struct rotor_device *d, const struct rotor_mctp_message_info *info,
			 const struct rotor_spdm_session_info *session, struct rotor_bytes message)
{
	struct rotor_device_peer *peer = peer_of(d, info->peer, session);
	peer->phys = info->phys;
	peer->session_id = session ? session->session_id : 0;
	if (!rotor_pldm_is_request(message.data, message.len)) {
		rotor_pldm_fd_response(&d->fd, peer->token, message.data, message.len,
				       device_now(d));
		return;
	}
	if (d->answer_sending || d->answer_due) {
		d->counters.no_room++;
		return;
	}
	size_t len = 0;
	d->channel = (uint8_t)device_policy_channel(session);
	d->answer_to = *info;
	d->answer_session = peer->session_id;
	enum rotor_status status = rotor_pldm_fd_request(
	    &d->fd, peer->token, message.data, message.len, d->answer + ROTOR_SPDM_RECORD_HEADROOM,
	    ROTOR_DEVICE_ANSWER_MAX, &len, device_now(d));
	follow_owner(d);
	if (status == ROTOR_PENDING) {
		d->answer_due = true;
	} else if (status == ROTOR_OK && len) {
		send_answer(d, len);
	}
}

/* What answers one of the device's own requests comes as a record, or in the clear. */
static void request_answered(void *ctx, enum rotor_status status,
			     const struct rotor_mctp_message_info *info, uint8_t *body, size_t len)
{
	struct rotor_device_request *request = ctx;
	struct rotor_device *d = request->device;
	request->busy = false;
	if (status != ROTOR_OK) {
		return; /* the firmware device's own timer decides */
	}
	if (info->type == ROTOR_MCTP_TYPE_SECURED) {
		device_spdm_message(d, info, body, len);
	} else {
		device_pldm_message(d, info, NULL, (struct rotor_bytes){body, len});
	}
}

/* A place for one more request; a retry may need the one of the try before last. */
static struct rotor_device_request *request_place(struct rotor_device *d)
{
	for (size_t i = 0; i < ROTOR_COUNT_OF(d->requests); i++) {
		if (!d->requests[i].busy) {
			return &d->requests[i];
		}
	}
	struct rotor_device_request *given_up = &d->requests[d->request_next];
	d->request_next = (uint8_t)((d->request_next + 1) % ROTOR_COUNT_OF(d->requests));
	rotor_mctp_cancel(&d->mctp, given_up);
	given_up->busy = false;
	return given_up;
}

/* Sends one request of the firmware device; false if it has none. */
static bool send_request(struct rotor_device *d)
{
	uint8_t request[REQUEST_MAX];
	size_t len = 0;
	uint32_t token = 0;
	if (rotor_pldm_fd_next_request(&d->fd, device_now(d), request, sizeof(request), &len,
				       &token) != ROTOR_OK) {
		return false;
	}
	const struct rotor_device_peer *peer = peer_by_token(d, token);
	if (!peer) {
		d->counters.not_sent++;
		return true;
	}
	struct rotor_device_request *place = request_place(d);
	uint8_t *bytes = place->bytes + ROTOR_SPDM_RECORD_HEADROOM;
	memcpy(bytes, request, len);
	struct rotor_mctp_message message = {.type = ROTOR_MCTP_TYPE_PLDM, .body = {bytes, len}};
	enum rotor_status status = ROTOR_OK;
	if (peer->secured) {
		message.type = ROTOR_MCTP_TYPE_SECURED;
		status = rotor_spdm_responder_seal(&d->spdm, peer->session_id, ROTOR_MCTP_TYPE_PLDM,
						   place->bytes, sizeof(place->bytes), len,
						   &message.body);
	}
	if (status == ROTOR_OK) {
		place->device = d;
		status = rotor_mctp_request(&d->mctp, peer->eid, peer->phys, &message, ANSWER_MS,
					    request_answered, place);
		place->busy = status == ROTOR_OK;
	}
	if (status != ROTOR_OK) {
		d->counters.not_sent++;
	}
	return true;
}

void device_pldm_poll(struct rotor_device *d)
{
	if (rotor_pldm_fd_deadline(&d->fd) <= device_now(d)) {
		rotor_pldm_fd_poll(&d->fd, device_now(d));
		while (send_request(d)) {
		}
	}
	if (d->answer_due && !d->answer_sending) {
		size_t len = 0;
		uint32_t token = 0;
		if (rotor_pldm_fd_answer(&d->fd, d->answer + ROTOR_SPDM_RECORD_HEADROOM,
					 ROTOR_DEVICE_ANSWER_MAX, &len, &token) == ROTOR_OK) {
			d->answer_due = false;
			send_answer(d, len);
		}
	}
}

void device_pldm_session(struct rotor_device *d, const struct rotor_spdm_session_info *session,
			 bool up)
{
	for (size_t i = 0; i < ROTOR_COUNT_OF(d->peers); i++) {
		struct rotor_device_peer *peer = &d->peers[i];
		bool this_one = up ? same_identity(peer, (uint8_t)session->peer, session)
				   : peer->token && peer->session_id == session->session_id;
		if (this_one) {
			peer->session_id = up ? session->session_id : 0;
		}
	}
	/* An answer that is due is fetched all the same: the restart after an activation hangs on it. */
	follow_owner(d);
}
