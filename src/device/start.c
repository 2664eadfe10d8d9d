/* SPDX-License-Identifier: Apache-2.0 */
/* From power-on to running: self-test, proof, confirmation; and what is looked after while running. */
#include "device/start.h"

#include <string.h>

#include "device/downstream.h"
#include "device/messages.h"
#include "device/updater.h"

/* Whether this firmware can prove itself: its key and its certificate belong together. */
static enum rotor_status self_test(struct rotor_device *d)
{
	struct rotor_bytes certs[ROTOR_CERT_CHAIN_DEPTH_MAX];
	struct rotor_cert leaf;
	size_t count = 0;
	enum rotor_status status =
	    rotor_cert_split(d->slot.chain, certs, ROTOR_COUNT_OF(certs), &count);
	if (status != ROTOR_OK || count == 0) {
		return ROTOR_ERR_FORMAT;
	}
	status = d->config.crypto->cert_parse(certs[count - 1].data, certs[count - 1].len, &leaf);
	if (status != ROTOR_OK) {
		return status;
	}
	return leaf.key.alg == d->key.public_key.alg && leaf.key.len == d->key.public_key.len &&
		       memcmp(leaf.key.bytes, d->key.public_key.bytes, leaf.key.len) == 0
		   ? ROTOR_OK
		   : ROTOR_ERR_VERIFY;
}

/* A step that needs the flash: the next one if it is done, none any more if the flash fails. */
static void step_with_flash(struct rotor_device *d, enum rotor_status status,
			    enum rotor_device_start next)
{
	if (status == ROTOR_OK) {
		d->start = next;
	} else if (status != ROTOR_PENDING) {
		DEVICE_SAY(d, "the boot record cannot be used: no update is taken",
			   rotor_status_string(status));
		d->start = ROTOR_DEVICE_CRIPPLED;
	}
}

/* Policy may want to see that the new firmware can be reached before it is kept. */
static bool must_prove(const struct rotor_device *d)
{
	const struct rotor_boot_handoff *h = d->config.handoff;
	return h->trial && (h->policy & ROTOR_BOOT_POLICY_CONFIRM_BY_SESSION) != 0;
}

/* ---- what does not run ---- */

static bool may_scrub(const struct rotor_device *d)
{
	return d->fd.state == ROTOR_PLDM_IDLE && !d->aborting && !d->activated;
}

/* Says once what has become worse. */
static void report(const struct rotor_device *d)
{
	const struct rotor_boot_update *u = &d->update;
	if (u->other_health == ROTOR_BOOT_HEALTH_DAMAGED && u->other_health != d->other_before) {
		DEVICE_SAY(d, "the image in the other slot cannot be used",
			   rotor_boot_reason_name(u->recorder.record.slot[u->target].reason));
	}
	if (u->recovery_health == ROTOR_BOOT_HEALTH_DAMAGED &&
	    u->recovery_health != d->recovery_before) {
		DEVICE_SAY(d, "the recovery image cannot be used", NULL);
	}
}

static void scrub(struct rotor_device *d)
{
	if (!may_scrub(d) || (!d->scrubbing && device_now(d) < d->scrub_at)) {
		return;
	}
	if (!d->scrubbing) {
		d->other_before = d->update.other_health;
		d->recovery_before = d->update.recovery_health;
	}
	enum rotor_status status = rotor_boot_update_scrub(&d->update);
	d->scrubbing = status == ROTOR_PENDING;
	if (!d->scrubbing) {
		report(d);
		d->scrub_at = device_now(d) + ROTOR_DEVICE_SCRUB_MS;
	}
}

/* ---- one step ---- */

void device_start_poll(struct rotor_device *d)
{
	enum rotor_status status;
	switch (d->start) {
	case ROTOR_DEVICE_LOADING:
		step_with_flash(d, rotor_boot_update_load(&d->update), ROTOR_DEVICE_TESTING);
		break;
	case ROTOR_DEVICE_TESTING:
		status = self_test(d);
		if (status == ROTOR_OK) {
			d->start = must_prove(d) ? ROTOR_DEVICE_PROVING : ROTOR_DEVICE_CONFIRMING;
		} else {
			DEVICE_SAY(d, "self-test failed", rotor_status_string(status));
			d->start = ROTOR_DEVICE_CRIPPLED;
			/* On trial it is not confirmed: the boot stage goes back to what worked. */
			if (d->config.handoff->trial) {
				d->config.reset(d->config.ctx);
			}
		}
		break;
	case ROTOR_DEVICE_PROVING:
		if (d->proved) {
			d->start = ROTOR_DEVICE_CONFIRMING;
		} else if (device_now(d) >= d->prove_by) {
			DEVICE_SAY(
			    d, "no agent has opened a session in time: back to the old firmware",
			    NULL);
			d->start = ROTOR_DEVICE_CRIPPLED;
			d->config.reset(d->config.ctx);
		}
		break;
	case ROTOR_DEVICE_CONFIRMING:
		status = rotor_boot_update_confirm(&d->update);
		if (status == ROTOR_OK && d->config.handoff->trial) {
			device_raise_floor(d);
		}
		step_with_flash(d, status, ROTOR_DEVICE_RUNNING);
		break;
	case ROTOR_DEVICE_RUNNING:
		if (!device_downstream_poll(d)) {
			scrub(d);
		}
		break;
	case ROTOR_DEVICE_CRIPPLED:
		break;
	}
}

rotor_ms device_start_deadline(const struct rotor_device *d)
{
	switch (d->start) {
	case ROTOR_DEVICE_PROVING:
		return d->proved ? 0 : d->prove_by;
	case ROTOR_DEVICE_RUNNING:
		if (device_downstream_busy(d)) {
			return 0;
		}
		return !may_scrub(d) ? ROTOR_NEVER : d->scrubbing ? 0 : d->scrub_at;
	case ROTOR_DEVICE_CRIPPLED:
		return ROTOR_NEVER;
	default:
		return 0;
	}
}
