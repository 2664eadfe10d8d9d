/* SPDX-License-Identifier: Apache-2.0 */
/* The device's SPDM: what MCTP brings to the responder, and its answers back. */
#include "device/messages.h"
#include "device/policy.h"

#include <string.h>

#include "rotor/boot_measurement.h"

/*
 * Whom SPDM speaks with: EID and address, so that nobody ends another's connection and session by a GET_VERSION with
 * that one's EID. The EID is the low byte (device_pldm_session() relies on it).
 */
static uint32_t peer_of(const struct rotor_mctp_message_info *info)
{
	return (uint32_t)info->phys << 8 | info->peer;
}

/* What an answer needs to find its way, as the number that the responder hands back. */
static uint32_t token_of(const struct rotor_mctp_message_info *info)
{
	return (uint32_t)info->phys << 16 | (uint32_t)info->own << 8 | info->tag;
}

static struct rotor_mctp_message_info info_of(uint32_t peer, uint32_t token)
{
	struct rotor_mctp_message_info info = {
	    .peer = (uint8_t)peer,
	    .own = (uint8_t)(token >> 8),
	    .phys = (rotor_mctp_phys)(token >> 16),
	    .tag = (uint8_t)token & 7,
	    .tag_owner = true,
	};
	return info;
}

static void spdm_sent(void *ctx, enum rotor_status status)
{
	struct rotor_device *d = ctx;
	(void)status;
	d->spdm_sending = false;
}

static void serve(struct rotor_device *d, const struct rotor_spdm_out *out)
{
	struct rotor_mctp_message_info info = info_of(out->peer, out->token);
	if (out->kind == ROTOR_SPDM_OUT_RESPONSE) {
		struct rotor_mctp_message message = {
		    .type = out->secured ? ROTOR_MCTP_TYPE_SECURED : ROTOR_MCTP_TYPE_SPDM,
		    .body = out->bytes,
		};
		if (rotor_mctp_respond(&d->mctp, &info, &message, spdm_sent, d) == ROTOR_OK) {
			d->spdm_sending = true;
		} else {
			d->counters.not_sent++;
		}
	} else if (out->kind == ROTOR_SPDM_OUT_APP) {
		if (out->app_type == ROTOR_MCTP_TYPE_PLDM) {
			device_pldm_message(d, &info, &out->session, out->bytes);
		} else {
			d->counters.unknown_type++;
		}
	}
}

static void work_on(struct rotor_device *d, const struct rotor_mctp_message_info *info,
		    uint8_t *body, size_t len)
{
	struct rotor_spdm_out out = {0};
	rotor_spdm_responder_receive(&d->spdm, peer_of(info), token_of(info),
				     info->type == ROTOR_MCTP_TYPE_SECURED, body, len,
				     device_now(d), &out);
	serve(d, &out);
}

void device_spdm_message(struct rotor_device *d, const struct rotor_mctp_message_info *info,
			 uint8_t *body, size_t len)
{
	/* The last answer lies in the responder's buffer until it has left. */
	if (!d->spdm_sending && d->held_count == 0) {
		work_on(d, info, body, len);
		return;
	}
	uint8_t *held = d->held_count < ROTOR_DEVICE_MESSAGES
			    ? rotor_mctp_hold(&d->mctp, info, body, len)
			    : NULL;
	if (!held) {
		d->counters.no_room++;
		return;
	}
	d->held[d->held_count++] =
	    (struct rotor_device_held){.info = *info, .body = held, .len = len};
}

void device_spdm_poll(struct rotor_device *d)
{
	while (!d->spdm_sending && d->held_count > 0) {
		struct rotor_device_held first = d->held[0];
		d->held_count--;
		memmove(d->held, d->held + 1, d->held_count * sizeof(d->held[0]));
		work_on(d, &first.info, first.body, first.len);
		rotor_mctp_release(&d->mctp, first.body);
	}
	if (!d->spdm_sending && rotor_spdm_responder_deadline(&d->spdm) <= device_now(d)) {
		struct rotor_spdm_out out = {0};
		rotor_spdm_responder_poll(&d->spdm, device_now(d), &out);
		serve(d, &out);
	}
}

static enum rotor_status measurement(void *ctx, unsigned position, enum rotor_hash_alg hash,
				     struct rotor_spdm_own_measurement *out)
{
	struct rotor_device *d = ctx;
	const struct rotor_measurement_log *log = &d->config.handoff->measurements;
	if (position >= log->count) {
		return ROTOR_ERR_NOT_FOUND;
	}
	const struct rotor_measurement *m = &log->entry[position];
	/* The boot stage measures with SHA-384 and nothing else. */
	if (!(m->type & ROTOR_MEASURE_TYPE_RAW) && hash != ROTOR_HASH_SHA384) {
		return ROTOR_ERR_UNSUPPORTED;
	}
	struct rotor_bytes value = {m->value, m->len};
	if (m->index == ROTOR_MEASURE_SLOTS && d->update.recorder.loaded) {
		/* What the boot stage saw may have changed since. */
		rotor_boot_record_measure(&d->update.recorder.record, d->slots_measured);
		value = (struct rotor_bytes){d->slots_measured, sizeof(d->slots_measured)};
	} else if (m->index == ROTOR_MEASURE_FLOOR) {
		struct rotor_writer w = rotor_writer(d->floor_measured, sizeof(d->floor_measured));
		rotor_write_u64le(&w, d->config.handoff->security_floor);
		value = (struct rotor_bytes){d->floor_measured, sizeof(d->floor_measured)};
	}
	*out = (struct rotor_spdm_own_measurement){
	    .index = m->index,
	    .type = m->type,
	    .tcb = m->tcb,
	    .summary = m->tcb,
	    .value = value,
	};
	return ROTOR_OK;
}

static void session_established(void *ctx, const struct rotor_spdm_session_info *info)
{
	struct rotor_device *d = ctx;
	DEVICE_SAY(d, "session established",
		   info->mutual ? "both sides are authenticated"
				: "the agent has not authenticated itself");
	d->proved = d->proved || device_policy_proves(info);
	device_pldm_session(d, info, true);
}

static void session_ended(void *ctx, const struct rotor_spdm_session_info *info,
			  enum rotor_spdm_session_end reason)
{
	struct rotor_device *d = ctx;
	DEVICE_SAY(d, "session ended", rotor_spdm_session_end_string(reason));
	device_pldm_session(d, info, false);
}

const struct rotor_spdm_responder_ops device_spdm_ops = {
    .measurement = measurement,
    .session_established = session_established,
    .session_ended = session_ended,
};
