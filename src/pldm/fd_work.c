/* SPDX-License-Identifier: Apache-2.0 */
/* The firmware device's work: fetching the image, verifying and applying it, and telling the agent. */
#include "pldm/fd_internal.h"

#include <string.h>

static bool is_op(uint8_t work)
{
	return work != ROTOR_PLDM_FD_NONE && work != ROTOR_PLDM_FD_FETCH &&
	       work != ROTOR_PLDM_FD_REPORT;
}

static rotor_ms t2(const struct rotor_pldm_fd *fd)
{
	return fd->config->t2 != 0 ? fd->config->t2 : ROTOR_PLDM_FD_T2_DEFAULT;
}

/* ---- requests to the agent ---- */

/* A new request, with a new instance ID, to be sent at @p due. */
static void ask(struct rotor_pldm_fd *fd, uint8_t command, rotor_ms due)
{
	fd->exchange.command = command;
	fd->exchange.instance = fd->instance;
	fd->exchange.tries = 0;
	fd->exchange.due = due;
	fd->instance = (uint8_t)((fd->instance + 1) % ROTOR_PLDM_INSTANCES);
}

static void fetch(struct rotor_pldm_fd *fd, rotor_ms now)
{
	uint32_t length = fd->component.size - fd->received;

	/* Never less than the baseline: an agent pads what is past the image's end. */
	if (length < ROTOR_PLDM_BASELINE_TRANSFER)
		length = ROTOR_PLDM_BASELINE_TRANSFER;
	if (length > fd->transfer_size)
		length = fd->transfer_size;
	fd->work = ROTOR_PLDM_FD_FETCH;
	fd->exchange.offset = fd->received;
	fd->exchange.length = length;
	ask(fd, ROTOR_PLDM_REQUEST_FIRMWARE_DATA, now);
}

/* AuxStateStatus has no word for most results. */
static uint8_t aux_status_of(uint8_t code)
{
	if (code == ROTOR_PLDM_RESULT_TIMEOUT || (code >= 0x70 && code <= 0xef))
		return code;
	return ROTOR_PLDM_AUX_STATUS_GENERIC_ERROR;
}

static void set_failed(struct rotor_pldm_fd *fd, uint8_t code)
{
	fd->aux_state = ROTOR_PLDM_AUX_FAILED;
	fd->aux_status = aux_status_of(code);
}

/* Tells the agent how the state's work ended. */
static void report(struct rotor_pldm_fd *fd, bool success, rotor_ms now)
{
	static const uint8_t commands[ROTOR_PLDM_STATES] = {
	    [ROTOR_PLDM_DOWNLOAD] = ROTOR_PLDM_TRANSFER_COMPLETE,
	    [ROTOR_PLDM_VERIFY] = ROTOR_PLDM_VERIFY_COMPLETE,
	    [ROTOR_PLDM_APPLY] = ROTOR_PLDM_APPLY_COMPLETE,
	};

	if (success) {
		fd->result.code = ROTOR_PLDM_RESULT_SUCCESS;
		fd->aux_state = ROTOR_PLDM_AUX_SUCCESSFUL;
		if (fd->result.progress <= 100)
			fd->result.progress = 100;
	} else {
		if (fd->result.code == 0)
			fd->result.code = fd->state == ROTOR_PLDM_DOWNLOAD
					      ? ROTOR_PLDM_TRANSFER_ABORTED
					      : ROTOR_PLDM_RESULT_GENERIC_ERROR;
		set_failed(fd, fd->result.code);
	}
	fd->work = ROTOR_PLDM_FD_REPORT;
	ask(fd, commands[fd->state], now);
}

static void fail_transfer(struct rotor_pldm_fd *fd, uint8_t code, rotor_ms now)
{
	fd->result.code = code;
	report(fd, false, now);
}

/* All retries of the request that is out were in vain. */
static void give_up(struct rotor_pldm_fd *fd, rotor_ms now)
{
	fd->counters.gave_up++;
	if (fd->exchange.command == ROTOR_PLDM_REQUEST_FIRMWARE_DATA) {
		fail_transfer(fd, ROTOR_PLDM_RESULT_TIMEOUT, now);
		return;
	}
	/* The agent may still ask for the status, or cancel; else FD_T1 ends it. */
	fd->exchange.command = 0;
	fd->work = ROTOR_PLDM_FD_NONE;
	set_failed(fd, ROTOR_PLDM_RESULT_TIMEOUT);
}

static bool request_due(struct rotor_pldm_fd *fd, rotor_ms now)
{
	const uint8_t retries =
	    fd->config->retries != 0 ? fd->config->retries : ROTOR_PLDM_FD_RETRIES_DEFAULT;

	if (!fd->link_up || fd->exchange.command == 0 || now < fd->exchange.due)
		return false;
	if (fd->exchange.tries > retries)
		give_up(fd, now);
	return fd->exchange.command != 0;
}

enum rotor_status rotor_pldm_fd_next_request(struct rotor_pldm_fd *fd, rotor_ms now, uint8_t *out,
					     size_t cap, size_t *len, uint32_t *peer)
{
	struct rotor_writer w = rotor_writer(out, cap);
	struct rotor_pldm_fd_exchange *x = &fd->exchange;
	enum rotor_status status;

	*len = 0;
	if (!request_due(fd, now))
		return ROTOR_ERR_NOT_FOUND;
	rotor_pldm_request_begin(&w, x->instance, ROTOR_PLDM_TYPE_FWUP, x->command);
	if (x->command == ROTOR_PLDM_REQUEST_FIRMWARE_DATA) {
		const struct rotor_pldm_data_request req = {x->offset, x->length};

		rotor_pldm_data_request_encode(&w, &req);
	} else if (x->command == ROTOR_PLDM_APPLY_COMPLETE) {
		struct rotor_pldm_apply_complete req = {fd->result.code, 0};

		if (req.result == ROTOR_PLDM_RESULT_SUCCESS && fd->result.activation_methods != 0) {
			req.result = ROTOR_PLDM_APPLY_SUCCESS_OTHER_ACTIVATION;
			req.activation_methods = fd->result.activation_methods;
		}
		rotor_pldm_apply_complete_encode(&w, &req);
	} else {
		rotor_pldm_result_encode(&w, fd->result.code);
	}
	status = rotor_writer_end(&w, len);
	if (status != ROTOR_OK)
		return status;
	*peer = fd->peer;
	fd->counters.sent++;
	if (x->tries != 0)
		fd->counters.retries++;
	x->tries++;
	x->due = now + t2(fd);
	return ROTOR_OK;
}

void rotor_pldm_fd_sent(struct rotor_pldm_fd *fd, rotor_ms now, rotor_ms allowance)
{
	if (fd->exchange.command != 0 && fd->exchange.tries != 0)
		fd->exchange.due = now + t2(fd) + allowance;
}

/* ---- work ---- */

/* The work of the moment has ended well. */
static void advance(struct rotor_pldm_fd *fd, rotor_ms now)
{
	switch (fd->work) {
	case ROTOR_PLDM_FD_WRITE:
		fd->received += fd->exchange.length;
		if (fd->received == fd->component.size) {
			fd->work = ROTOR_PLDM_FD_FLUSH;
			break;
		}
		fetch(fd, now);
		break;
	case ROTOR_PLDM_FD_BEGIN:
		fetch(fd, now);
		break;
	default:
		report(fd, true, now);
		break;
	}
}

static enum rotor_status call(struct rotor_pldm_fd *fd)
{
	switch (fd->work) {
	case ROTOR_PLDM_FD_BEGIN:
		return fd->ops->begin(fd->ctx, &fd->component);
	case ROTOR_PLDM_FD_WRITE:
		return fd->ops->write(fd->ctx, fd->exchange.offset, fd->config->buffer,
				      fd->exchange.length);
	case ROTOR_PLDM_FD_FLUSH:
		return fd->ops->transfer_end(fd->ctx, &fd->result);
	case ROTOR_PLDM_FD_VERIFY:
		return fd->ops->verify(fd->ctx, &fd->result);
	default:
		return fd->ops->apply(fd->ctx, &fd->result);
	}
}

enum rotor_status rotor_pldm_fd_activate(struct rotor_pldm_fd *fd, uint8_t *completion)
{
	const enum rotor_status status =
	    fd->ops->activate(fd->ctx, fd->self_contained, &fd->seconds);

	switch (status) {
	case ROTOR_PENDING:
		return ROTOR_PENDING;
	case ROTOR_OK:
		*completion = ROTOR_PLDM_SUCCESS;
		rotor_pldm_fd_enter(fd, ROTOR_PLDM_IDLE);
		fd->reason = ROTOR_PLDM_REASON_ACTIVATE_FIRMWARE;
		break;
	case ROTOR_ERR_DENIED:
		*completion = ROTOR_PLDM_SELF_CONTAINED_ACTIVATION_NOT_PERMITTED;
		rotor_pldm_fd_enter(fd, ROTOR_PLDM_READY_XFER);
		break;
	default:
		*completion = ROTOR_PLDM_ERROR;
		rotor_pldm_fd_enter(fd, ROTOR_PLDM_READY_XFER);
		break;
	}
	return ROTOR_OK;
}

enum rotor_status rotor_pldm_fd_security_revision(struct rotor_pldm_fd *fd, uint8_t *completion)
{
	const enum rotor_status status = fd->ops->update_security_revision(fd->ctx, &fd->named);

	switch (status) {
	case ROTOR_PENDING:
		return ROTOR_PENDING;
	case ROTOR_OK:
		*completion = ROTOR_PLDM_SUCCESS;
		break;
	case ROTOR_ERR_DENIED:
		*completion = ROTOR_PLDM_UPDATE_SECURITY_REVISION_NOT_PERMITTED;
		break;
	case ROTOR_ERR_NOT_FOUND:
		*completion = ROTOR_PLDM_ERROR_INVALID_DATA;
		break;
	default:
		*completion = ROTOR_PLDM_ERROR;
		break;
	}
	fd->work = ROTOR_PLDM_FD_NONE;
	return ROTOR_OK;
}

/* Completes the answer to the command that is carried out, whose header is in memory. */
static void finish_answer(struct rotor_pldm_fd *fd)
{
	struct rotor_writer w = rotor_writer(fd->last, sizeof(fd->last));
	const bool activates = fd->work == ROTOR_PLDM_FD_ACTIVATE;
	uint8_t completion;

	if ((activates ? rotor_pldm_fd_activate(fd, &completion)
		       : rotor_pldm_fd_security_revision(fd, &completion)) == ROTOR_PENDING)
		return;
	w.len = ROTOR_PLDM_HEADER_SIZE;
	rotor_write_u8(&w, completion);
	if (activates && completion == ROTOR_PLDM_SUCCESS)
		rotor_pldm_activate_resp_encode(&w, fd->seconds);
	fd->last_len = (uint8_t)w.len;
	fd->answer_ready = true;
}

static void run(struct rotor_pldm_fd *fd, rotor_ms now)
{
	while (is_op(fd->work)) {
		enum rotor_status status;

		if (fd->work == ROTOR_PLDM_FD_ACTIVATE ||
		    fd->work == ROTOR_PLDM_FD_SECURITY_REVISION) {
			finish_answer(fd);
			return;
		}
		status = call(fd);
		if (status == ROTOR_PENDING)
			return;
		rotor_pldm_fd_touch(fd, now);
		if (status == ROTOR_OK)
			advance(fd, now);
		else
			report(fd, false, now);
	}
}

/* FD_T1: the agent is silent. While the device itself works, it is not the agent's turn. */
static bool idle_expired(const struct rotor_pldm_fd *fd, rotor_ms now)
{
	return fd->state != ROTOR_PLDM_IDLE && !is_op(fd->work) && now >= fd->idle_at;
}

void rotor_pldm_fd_poll(struct rotor_pldm_fd *fd, rotor_ms now)
{
	if (idle_expired(fd, now)) {
		/* The reasons for a timeout stand in the order of the states. */
		fd->reason = (uint8_t)(ROTOR_PLDM_REASON_TIMEOUT_LEARN_COMPONENTS + fd->state -
				       ROTOR_PLDM_LEARN_COMPONENTS);
		fd->counters.idle_timeouts++;
		fd->last_valid = false;
		rotor_pldm_fd_enter(fd, ROTOR_PLDM_IDLE);
		fd->ops->cancel(fd->ctx, true);
		return;
	}
	run(fd, now);
	(void)request_due(fd, now);
}

rotor_ms rotor_pldm_fd_deadline(const struct rotor_pldm_fd *fd)
{
	rotor_ms at = ROTOR_NEVER;

	if (fd->answer_ready || is_op(fd->work))
		return 0;
	if (fd->state != ROTOR_PLDM_IDLE)
		at = fd->idle_at;
	if (fd->link_up && fd->exchange.command != 0 && fd->exchange.due < at)
		at = fd->exchange.due;
	return at;
}

void rotor_pldm_fd_link(struct rotor_pldm_fd *fd, bool up, rotor_ms now)
{
	const bool back = up && !fd->link_up;

	fd->link_up = up;
	if (back && fd->exchange.command != 0 && fd->exchange.tries != 0) {
		fd->exchange.tries = 1;
		fd->exchange.due = now;
	}
}

/* ---- the agent's answers ---- */

static void take_data(struct rotor_pldm_fd *fd, const struct rotor_pldm_message *msg, rotor_ms now)
{
	struct rotor_pldm_fd_exchange *x = &fd->exchange;
	const uint32_t left = fd->component.size - fd->received;

	if (msg->completion == ROTOR_PLDM_RETRY_REQUEST_FW_DATA) {
		ask(fd, x->command, now + t2(fd));
		return;
	}
	if (msg->completion != ROTOR_PLDM_SUCCESS) {
		fail_transfer(fd, ROTOR_PLDM_TRANSFER_ABORTED, now);
		return;
	}
	if (msg->payload.len != x->length) {
		fd->counters.bad_response++;
		return;
	}
	if (x->length > left)
		x->length = left;
	memcpy(fd->config->buffer, msg->payload.data, x->length);
	x->command = 0;
	fd->work = ROTOR_PLDM_FD_WRITE;
}

static void take_acknowledgement(struct rotor_pldm_fd *fd, uint8_t completion, rotor_ms now)
{
	if (completion == ROTOR_PLDM_ERROR_NOT_READY) {
		ask(fd, fd->exchange.command, now + t2(fd));
		return;
	}
	fd->exchange.command = 0;
	fd->work = ROTOR_PLDM_FD_NONE;
	if (completion != ROTOR_PLDM_SUCCESS) {
		set_failed(fd, ROTOR_PLDM_RESULT_GENERIC_ERROR);
		return;
	}
	if (fd->result.code != ROTOR_PLDM_RESULT_SUCCESS)
		return; /* the agent knows and will cancel */
	if (fd->state == ROTOR_PLDM_DOWNLOAD) {
		rotor_pldm_fd_enter(fd, ROTOR_PLDM_VERIFY);
		fd->work = ROTOR_PLDM_FD_VERIFY;
	} else if (fd->state == ROTOR_PLDM_VERIFY) {
		rotor_pldm_fd_enter(fd, ROTOR_PLDM_APPLY);
		fd->work = ROTOR_PLDM_FD_APPLY;
	} else {
		fd->applied |= UINT32_C(1) << fd->component_at;
		rotor_pldm_fd_enter(fd, ROTOR_PLDM_READY_XFER);
	}
}

void rotor_pldm_fd_response(struct rotor_pldm_fd *fd, uint32_t peer, const void *msg,
			    size_t msg_len, rotor_ms now)
{
	const struct rotor_pldm_header expected = {
	    .instance = fd->exchange.instance,
	    .type = ROTOR_PLDM_TYPE_FWUP,
	    .command = fd->exchange.command,
	};
	struct rotor_pldm_message opened;

	if (rotor_pldm_open(msg, msg_len, &opened) != ROTOR_OK) {
		fd->counters.bad_header++;
		return;
	}
	if (opened.header.request) {
		fd->counters.not_request++;
		return;
	}
	if (fd->exchange.command == 0 || fd->exchange.tries == 0 || peer != fd->peer ||
	    !rotor_pldm_answers(&opened.header, &expected)) {
		fd->counters.unexpected_response++;
		return;
	}
	rotor_pldm_fd_touch(fd, now);
	if (expected.command == ROTOR_PLDM_REQUEST_FIRMWARE_DATA) {
		take_data(fd, &opened, now);
	} else if (opened.payload.len != 0) {
		fd->counters.bad_response++;
		return;
	} else {
		take_acknowledgement(fd, opened.completion, now);
	}
	run(fd, now);
}
