/* SPDX-License-Identifier: Apache-2.0 */
/* The device put together: its parts made ready, the loop's entry points. */
#include "rotor/device.h"

#include <string.h>

#include "device/components.h"
#include "device/downstream.h"
#include "device/messages.h"
#include "device/policy.h"
#include "device/start.h"
#include "device/updater.h"

static const uint32_t pldm_versions[] = {ROTOR_MCTP_VERSION(1, 0, 0)};
static const uint32_t spdm_versions[] = {ROTOR_MCTP_VERSION(1, 0, 0)};
static const uint32_t secured_versions[] = {ROTOR_MCTP_VERSION(1, 0, 0)};

/* The versions are those of the MCTP bindings (DSP0241, DSP0275, DSP0276), not of what they carry. */
static const struct rotor_mctp_type_support types[] = {
    {ROTOR_MCTP_TYPE_PLDM, pldm_versions, ROTOR_COUNT_OF(pldm_versions)},
    {ROTOR_MCTP_TYPE_SPDM, spdm_versions, ROTOR_COUNT_OF(spdm_versions)},
    {ROTOR_MCTP_TYPE_SECURED, secured_versions, ROTOR_COUNT_OF(secured_versions)},
};

#if ROTOR_DEVICE_TEXTS
void device_say(const struct rotor_device *d, const char *what, const char *detail)
{
	if (d->config.log) {
		d->config.log(d->config.ctx, what, detail);
	}
}
#endif

static void on_message(void *ctx, const struct rotor_mctp_message_info *info, uint8_t *body,
		       size_t len)
{
	struct rotor_device *d = ctx;
	switch (info->type) {
	case ROTOR_MCTP_TYPE_CONTROL:
		rotor_mctp_control_message(&d->control, info, body, len);
		break;
	case ROTOR_MCTP_TYPE_SPDM:
	case ROTOR_MCTP_TYPE_SECURED:
		device_spdm_message(d, info, body, len);
		break;
	case ROTOR_MCTP_TYPE_PLDM:
		device_pldm_message(d, info, NULL, (struct rotor_bytes){body, len});
		break;
	default:
		d->counters.unknown_type++;
		break;
	}
}

static enum rotor_status init_mctp(struct rotor_device *d, rotor_ms now)
{
	struct rotor_mctp_config mctp = {
	    .slots = d->mctp_slots,
	    .slot_count = ROTOR_DEVICE_MESSAGES,
	    .buffers = d->mctp_buffers,
	    .buffer_size = ROTOR_DEVICE_MESSAGE_MAX,
	    .reassembly_ms = ROTOR_DEVICE_REASSEMBLY_MS,
	    .pending = d->mctp_pending,
	    .pending_count = ROTOR_COUNT_OF(d->mctp_pending),
	    .on_message = on_message,
	    .ctx = d,
	};
	struct rotor_mctp_control_config control = {
	    .uuid = d->config.handoff->device_uuid,
	    .types = types,
	    .type_count = ROTOR_COUNT_OF(types),
	};
	enum rotor_status status = rotor_mctp_init(&d->mctp, &mctp);
	if (status == ROTOR_OK) {
		rotor_mctp_poll(&d->mctp, now);
		status = rotor_mctp_control_init(&d->control, &d->mctp, &control);
	}
	return status;
}

static enum rotor_status init_spdm(struct rotor_device *d)
{
	struct rotor_boot_handoff *h = d->config.handoff;
	enum rotor_status status = ROTOR_ERR_FORMAT;
	if (h->key_len == rotor_sig_private_size(ROTOR_DICE_SIG_ALG)) {
		status = d->config.crypto->key_import(&d->key, ROTOR_DICE_SIG_ALG, h->key);
	}
	rotor_wipe(h->key, sizeof(h->key));
	if (status != ROTOR_OK) {
		return status;
	}
	d->signer = rotor_soft_signer(&d->key);
	d->slot = (struct rotor_spdm_slot){.chain = {h->chain, h->chain_len}, .signer = &d->signer};
	d->spdm_config = (struct rotor_spdm_responder_config){
	    .crypto = d->config.crypto,
	    .ct_exponent = 20, /* a second: P-384 in software on a small controller */
	    .alias_certificates = true,
	    .measurement_hash = ROTOR_HASH_SHA384, /* the boot stage knows no other */
	    .slots = &d->slot,
	    .slot_count = 1,
	    .connections = d->spdm_connections,
	    .connection_count = ROTOR_SPDM_CONNECTIONS,
	    .anchors = d->config.anchors,
	    .anchor_count = d->config.anchor_count,
	    .ops = &device_spdm_ops,
	    .ctx = d,
	};
#if ROTOR_SPDM_SESSIONS > 0
	d->spdm_config.sessions = d->spdm_sessions;
	d->spdm_config.session_count = ROTOR_SPDM_SESSIONS;
#endif
	device_policy_spdm(&d->spdm_config);
	return rotor_spdm_responder_init(&d->spdm, &d->spdm_config, d->spdm_buffer,
					 sizeof(d->spdm_buffer), d->spdm_chain,
					 sizeof(d->spdm_chain));
}

_Static_assert(ROTOR_DEVICE_TRANSFER_MAX >= ROTOR_BOOT_WORK_SIZE,
	       "the transfer buffer is also what images are verified with");

static bool has_downstream(const struct rotor_device *d)
{
	return ROTOR_DOWNSTREAM && d->config.downstream;
}

static enum rotor_status init_update(struct rotor_device *d)
{
	static const struct rotor_pldm_base_extra extras[] = {
		{ROTOR_PLDM_TYPE_BASE, ROTOR_PLDM_SELECT_VERSION, rotor_pldm_base_select_version,
		 NULL},
#if ROTOR_DOWNSTREAM
		/* Of a device that has a chip behind it. */
		{ROTOR_PLDM_TYPE_FWUP, ROTOR_PLDM_QUERY_DOWNSTREAM_DEVICES, NULL,
		 &rotor_pldm_fd_query_downstream},
		{ROTOR_PLDM_TYPE_FWUP, ROTOR_PLDM_QUERY_DOWNSTREAM_IDENTIFIERS, NULL,
		 &rotor_pldm_fd_query_downstream_identifiers},
		{ROTOR_PLDM_TYPE_FWUP, ROTOR_PLDM_GET_DOWNSTREAM_FIRMWARE_PARAMETERS, NULL,
		 &rotor_pldm_fd_get_downstream_parameters},
		{ROTOR_PLDM_TYPE_FWUP, ROTOR_PLDM_REQUEST_DOWNSTREAM_UPDATE, NULL,
		 &rotor_pldm_fd_request_downstream_update},
#endif
	};
	device_components_describe(d);
	d->fd_config = (struct rotor_pldm_fd_config){
	    .descriptors = d->descriptors,
	    .descriptor_count = ROTOR_COUNT_OF(d->descriptors),
	    .buffer = d->transfer,
	    .buffer_size = ROTOR_DEVICE_TRANSFER_MAX,
	    .buffer_count = ROTOR_DEVICE_TRANSFERS,
	    .base_extras = extras,
	    .base_extra_count = has_downstream(d) ? ROTOR_COUNT_OF(extras) : 1,
	};
	enum rotor_status status =
	    rotor_pldm_fd_init(&d->fd, &d->fd_config, &device_updater_ops, d);
	const struct rotor_boot_update_config update = {
	    .crypto = d->config.crypto,
	    .flash = d->config.flash,
	    .handoff = d->config.handoff,
	    .tries = ROTOR_DEVICE_TRIES,
	    /* Nothing is verified while firmware data is waiting to be written. */
	    .work = d->transfer,
	    .work_len = ROTOR_BOOT_WORK_SIZE,
	};
	if (status == ROTOR_OK) {
		status = rotor_boot_update_init(&d->update, &update);
	}
#if ROTOR_DOWNSTREAM
	if (status == ROTOR_OK) {
		status = device_downstream_init(d);
	}
#endif
	return status;
}

enum rotor_status rotor_device_init(struct rotor_device *d,
				    const struct rotor_device_config *config, rotor_ms now)
{
	memset(d, 0, sizeof(*d));
	if (!config->crypto || !config->flash || !config->handoff || !config->reset ||
	    !config->confirmed) {
		return ROTOR_ERR_ARGUMENT;
	}
	d->config = *config;
	d->prove_by = now + (rotor_ms)config->handoff->confirm_seconds * 1000;
	enum rotor_status status = init_mctp(d, now);
	if (status == ROTOR_OK) {
		status = init_spdm(d);
	}
	if (status == ROTOR_OK) {
		status = init_update(d);
	}
	if (status != ROTOR_OK) {
		rotor_wipe(&d->key, sizeof(d->key));
	}
	return status;
}

void rotor_device_deinit(struct rotor_device *d)
{
	rotor_spdm_responder_deinit(&d->spdm);
	rotor_wipe(d, sizeof(*d));
}

struct rotor_mctp *rotor_device_endpoint(struct rotor_device *d)
{
	return &d->mctp;
}

void rotor_device_poll(struct rotor_device *d, rotor_ms now)
{
	rotor_mctp_poll(&d->mctp, now);
	device_start_poll(d);
	device_spdm_poll(d);
	device_pldm_poll(d);
	(void)device_updater_poll(d);
	device_updater_ahead(d);
}

rotor_ms rotor_device_deadline(const struct rotor_device *d)
{
	rotor_ms due[] = {
	    rotor_mctp_deadline(&d->mctp),
	    d->spdm_sending ? ROTOR_NEVER : rotor_spdm_responder_deadline(&d->spdm),
	    rotor_pldm_fd_deadline(&d->fd),
	    device_start_deadline(d),
	    d->aborting || d->erasing || (d->held_count && !d->spdm_sending) ? 0 : ROTOR_NEVER,
	};
	rotor_ms first = ROTOR_NEVER;
	for (size_t i = 0; i < ROTOR_COUNT_OF(due); i++) {
		first = due[i] < first ? due[i] : first;
	}
	return first;
}
