/* SPDX-License-Identifier: Apache-2.0 */
/* The firmware device's work: fetching the image, verifying and applying it, and telling the agent. */
#include "pldm/fd_internal.h"

#include <string.h>

static bool is_op(uint8_t work)
{
	return work >= ROTOR_PLDM_FD_BEGIN;
}

/* Whether the device is looking at data that came in parts. */
static bool giving(const struct rotor_pldm_fd *fd)
{
	return ROTOR_PLDM_FD_LESS && fd->parts == ROTOR_PLDM_FD_PARTS_GIVE;
}

/* ---- requests to the agent ---- */

void rotor_pldm_fd_forget(struct rotor_pldm_fd *fd)
{
	fd->exchange[0].command = 0;
	fd->first = 0;
	fd->blocks = 0;
	fd->out = 0;
}

void rotor_pldm_fd_ask(struct rotor_pldm_fd *fd, struct rotor_pldm_fd_exchange *x, uint8_t command,
		       rotor_ms due)
{
	x->command = command;
	x->instance = fd->instance;
	x->tries = 0;
	x->due = due;
	fd->instance = (uint8_t)((fd->instance + 1) % ROTOR_PLDM_INSTANCES);
}

static unsigned buffers(const struct rotor_pldm_fd *fd)
{
	/* A build for one block at a time is not to carry the arithmetic. */
	return ROTOR_PLDM_FD_OUTSTANDING_MAX > 1 ? fd->buffers : 1;
}

/* Where the nth block in use is, or the next one is to be. */
static unsigned place(const struct rotor_pldm_fd *fd, unsigned n)
{
	const unsigned at = fd->first + n;

	if (ROTOR_PLDM_FD_OUTSTANDING_MAX == 1)
		return 0;
	return at < buffers(fd) ? at : at - buffers(fd);
}

static struct rotor_pldm_fd_exchange *block(struct rotor_pldm_fd *fd, unsigned n)
{
	return &fd->exchange[place(fd, n)];
}

static uint8_t *buffer_of(const struct rotor_pldm_fd *fd, const struct rotor_pldm_fd_exchange *x)
{
	if (ROTOR_PLDM_FD_OUTSTANDING_MAX == 1)
		return fd->config->buffer;
	return fd->config->buffer + (size_t)(x - fd->exchange) * fd->config->buffer_size;
}

/* Passes over what the device has itself. @return bytes from there on that it has not, or 0 at the end of the image */
static uint32_t pass_over(struct rotor_pldm_fd *fd)
{
	const uint32_t size = fd->component.size;

	while (fd->asked < size) {
		const uint32_t left = size - fd->asked;
		uint32_t run = left;
		const bool has = fd->ops->has(fd->ctx, fd->asked, &run);

		if (run > left)
			run = left;
		if (!has)
			return run;
		fd->asked += run;
	}
	return 0;
}

/* Bytes that are to be asked for next, up to the end of the image or to what the device has itself. */
static uint32_t missing(struct rotor_pldm_fd *fd)
{
	return ROTOR_PLDM_FD_LESS && fd->ops->has != NULL ? pass_over(fd)
							  : fd->component.size - fd->asked;
}

/* Asks for as many blocks as the agent allows and buffers are free. */
static void fetch(struct rotor_pldm_fd *fd, rotor_ms now)
{
	uint32_t left;

	while (fd->out < fd->window && fd->blocks < buffers(fd) && (left = missing(fd)) != 0) {
		struct rotor_pldm_fd_exchange *x = block(fd, fd->blocks);
		uint32_t length = left;

		/* Never less than the baseline: an agent pads what is past the image's end. */
		if (length < ROTOR_PLDM_BASELINE_TRANSFER)
			length = ROTOR_PLDM_BASELINE_TRANSFER;
		if (length > fd->transfer_size)
			length = fd->transfer_size;
		x->offset = fd->asked;
		x->length = length;
		rotor_pldm_fd_ask(fd, x, ROTOR_PLDM_REQUEST_FIRMWARE_DATA, now);
		x->wanted = length < left ? length : left;
		fd->asked += x->wanted;
		fd->blocks++;
		fd->out++;
	}
}

/* What comes next of the download: a block is written, or waited for, or all have been. */
static void go_on(struct rotor_pldm_fd *fd, rotor_ms now)
{
	const struct rotor_pldm_fd_exchange *x;

	fetch(fd, now);
	x = block(fd, 0);
	if (ROTOR_PLDM_FD_LESS && fd->received < (fd->blocks != 0 ? x->offset : fd->asked))
		fd->work = ROTOR_PLDM_FD_TAKE;
	else if (fd->blocks == 0)
		fd->work = ROTOR_PLDM_FD_FLUSH;
	else
		fd->work = x->command == 0 ? ROTOR_PLDM_FD_WRITE : ROTOR_PLDM_FD_FETCH;
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
	rotor_pldm_fd_forget(fd);
	rotor_pldm_fd_ask(fd, &fd->exchange[0], commands[fd->state], now);
	fd->blocks = 1;
}

void rotor_pldm_fd_fail(struct rotor_pldm_fd *fd, uint8_t code, rotor_ms now)
{
	fd->result.code = code;
	report(fd, false, now);
}

/* All retries of a request were in vain. */
static void give_up(struct rotor_pldm_fd *fd, rotor_ms now)
{
	fd->counters.gave_up++;
	if (ROTOR_PLDM_FD_LESS && fd->parts == ROTOR_PLDM_FD_PARTS_ASK) {
		rotor_pldm_fd_end_parts(fd, false, now);
		return;
	}
	if (fd->work != ROTOR_PLDM_FD_REPORT) {
		rotor_pldm_fd_fail(fd, ROTOR_PLDM_RESULT_TIMEOUT, now);
		return;
	}
	/* The agent may still ask for the status, or cancel; else FD_T1 ends it. */
	rotor_pldm_fd_forget(fd);
	fd->work = ROTOR_PLDM_FD_NONE;
	set_failed(fd, ROTOR_PLDM_RESULT_TIMEOUT);
}

/* When a request is to be sent; again, if it is out. */
static rotor_ms due_of(const struct rotor_pldm_fd *fd, const struct rotor_pldm_fd_exchange *x)
{
	return x->tries != 0 && x->due < fd->quiet ? fd->quiet : x->due;
}

/* The request that is due, the oldest first; NULL: none is. */
static struct rotor_pldm_fd_exchange *request_due(struct rotor_pldm_fd *fd, rotor_ms now)
{
	if (!fd->link_up)
		return NULL;
	for (unsigned n = 0; n < fd->blocks; n++) {
		struct rotor_pldm_fd_exchange *x = block(fd, n);

		if (x->command == 0 || now < due_of(fd, x))
			continue;
		if (x->tries > fd->retries) {
			give_up(fd, now);
			x = fd->blocks != 0 ? &fd->exchange[0] : NULL;
		}
		return x;
	}
	return NULL;
}

static enum rotor_status write_request(const struct rotor_pldm_fd *fd,
				       const struct rotor_pldm_fd_exchange *x, uint8_t *out,
				       size_t cap, size_t *len)
{
	struct rotor_writer w;

	if (x->command == ROTOR_PLDM_REQUEST_FIRMWARE_DATA) {
		const struct rotor_pldm_data_request req = {x->offset, x->length};

		return rotor_pldm_data_request_message(out, cap, x->instance, &req, len);
	}
	w = rotor_writer(out, cap);
	rotor_pldm_request_begin(&w, x->instance, ROTOR_PLDM_TYPE_FWUP, x->command);
	if (ROTOR_PLDM_FD_LESS && fd->parts == ROTOR_PLDM_FD_PARTS_ASK) {
		const bool first = fd->parts_at == 0;
		const struct rotor_pldm_part_req req = {first ? 0 : fd->parts_handle,
							first ? ROTOR_PLDM_GET_FIRST_PART
							      : ROTOR_PLDM_GET_NEXT_PART};

		rotor_pldm_part_req_encode(&w, &req);
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
	return rotor_writer_end(&w, len);
}

enum rotor_status rotor_pldm_fd_next_request(struct rotor_pldm_fd *fd, rotor_ms now, uint8_t *out,
					     size_t cap, size_t *len, uint32_t *peer)
{
	struct rotor_pldm_fd_exchange *x = request_due(fd, now);
	enum rotor_status status;

	*len = 0;
	if (x == NULL)
		return ROTOR_ERR_NOT_FOUND;
	status = write_request(fd, x, out, cap, len);
	if (status != ROTOR_OK)
		return status;
	*peer = fd->peer;
	fd->counters.sent++;
	if (x->tries++ != 0)
		fd->counters.retries++;
	x->due = now + fd->t2;
	return ROTOR_OK;
}

void rotor_pldm_fd_sent(struct rotor_pldm_fd *fd, rotor_ms now, rotor_ms allowance)
{
	fd->quiet = now + fd->t2 + allowance;
}

/* ---- work ---- */

/* Bytes that the device takes from what it has, up to the next block that it has asked for. */
static uint32_t taking(struct rotor_pldm_fd *fd)
{
	return (fd->blocks != 0 ? block(fd, 0)->offset : fd->asked) - fd->received;
}

/* The oldest block is in its place, and its buffer is free. */
static void written(struct rotor_pldm_fd *fd, uint32_t length, rotor_ms now)
{
	fd->received += length;
	fd->first = (uint8_t)place(fd, 1);
	fd->blocks--;
	go_on(fd, now);
}

/* The work of the moment has ended well. */
static void advance(struct rotor_pldm_fd *fd, rotor_ms now)
{
	switch (fd->work) {
	case ROTOR_PLDM_FD_WRITE:
		written(fd, block(fd, 0)->length, now);
		break;
	case ROTOR_PLDM_FD_TAKE:
		fd->received += taking(fd);
		go_on(fd, now);
		break;
	case ROTOR_PLDM_FD_BEGIN:
		go_on(fd, now);
		break;
	default:
		report(fd, true, now);
		break;
	}
}

/* The work of the moment has ended. */
static void ended(struct rotor_pldm_fd *fd, enum rotor_status status, rotor_ms now)
{
	rotor_pldm_fd_touch(fd, now);
	if (status == ROTOR_OK)
		advance(fd, now);
	else
		report(fd, false, now);
}

static enum rotor_status call(struct rotor_pldm_fd *fd)
{
	const struct rotor_pldm_fd_exchange *x = block(fd, 0);

	switch (fd->work) {
	case ROTOR_PLDM_FD_BEGIN:
		/* What the package data says is to be known first. */
		if (giving(fd))
			return ROTOR_PENDING;
		return fd->ops->begin(fd->ctx, &fd->component);
	case ROTOR_PLDM_FD_WRITE:
		return fd->ops->write(fd->ctx, x->offset, buffer_of(fd, x), x->length);
	case ROTOR_PLDM_FD_TAKE:
		return ROTOR_PLDM_FD_LESS ? fd->ops->take(fd->ctx, fd->received, taking(fd))
					  : ROTOR_ERR_STATE;
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

/* Goes on with the command that is carried out. @return ROTOR_PENDING, or ROTOR_OK with the completion code */
static enum rotor_status carry_on(struct rotor_pldm_fd *fd, uint8_t *completion)
{
	if (fd->work == ROTOR_PLDM_FD_ACTIVATE)
		return rotor_pldm_fd_activate(fd, completion);
	if (ROTOR_PLDM_FD_LESS && fd->work == ROTOR_PLDM_FD_ACTIVATE_PENDING)
		return rotor_pldm_fd_activate_pending(fd, completion);
	return rotor_pldm_fd_security_revision(fd, completion);
}

/* Completes the answer to that command, whose header is in memory. */
static void finish_answer(struct rotor_pldm_fd *fd)
{
	struct rotor_writer w = rotor_writer(fd->last, sizeof(fd->last));
	const bool estimates = fd->work != ROTOR_PLDM_FD_SECURITY_REVISION;
	uint8_t completion;

	if (carry_on(fd, &completion) == ROTOR_PENDING)
		return;
	w.len = ROTOR_PLDM_HEADER_SIZE;
	rotor_write_u8(&w, completion);
	if (estimates && completion == ROTOR_PLDM_SUCCESS)
		rotor_pldm_activate_resp_encode(&w, fd->seconds);
	fd->last_len = (uint8_t)w.len;
	fd->answer_ready = true;
}

static void run(struct rotor_pldm_fd *fd, rotor_ms now)
{
	if (giving(fd))
		rotor_pldm_fd_give_part(fd, now);
	if (ROTOR_PLDM_FD_LESS && fd->work == ROTOR_PLDM_FD_BEGIN && fd->opaque_due &&
	    !giving(fd)) {
		fd->opaque_due = false;
		fd->work = ROTOR_PLDM_FD_PARTS;
		rotor_pldm_fd_fetch_parts(fd, ROTOR_PLDM_GET_COMPONENT_OPAQUE_DATA, UINT32_MAX,
					  now);
	}
	while (is_op(fd->work)) {
		enum rotor_status status;

		if (fd->work >= ROTOR_PLDM_FD_ACTIVATE) {
			finish_answer(fd);
			return;
		}
		status = call(fd);
		if (status == ROTOR_PENDING)
			return;
		ended(fd, status, now);
	}
}

/* What there is to do now; mostly there is nothing but to wait for a block. */
static void work(struct rotor_pldm_fd *fd, rotor_ms now)
{
	if (fd->work != ROTOR_PLDM_FD_FETCH || giving(fd))
		run(fd, now);
}

/* FD_T1: the agent is silent. While the device itself works, it is not the agent's turn. */
static bool idle_expired(const struct rotor_pldm_fd *fd, rotor_ms now)
{
	return now >= fd->idle_at && fd->state != ROTOR_PLDM_IDLE && !is_op(fd->work) &&
	       !giving(fd);
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
	work(fd, now);
}

rotor_ms rotor_pldm_fd_deadline(const struct rotor_pldm_fd *fd)
{
	rotor_ms at = ROTOR_NEVER;

	if (fd->answer_ready || is_op(fd->work) || giving(fd))
		return 0;
	if (fd->state != ROTOR_PLDM_IDLE)
		at = fd->idle_at;
	for (unsigned n = 0; fd->link_up && n < fd->blocks; n++) {
		const struct rotor_pldm_fd_exchange *x = &fd->exchange[place(fd, n)];

		if (x->command != 0 && due_of(fd, x) < at)
			at = due_of(fd, x);
	}
	return at;
}

void rotor_pldm_fd_link(struct rotor_pldm_fd *fd, bool up, rotor_ms now)
{
	const bool back = up && !fd->link_up;

	fd->link_up = up;
	if (back)
		fd->quiet = now;
	for (unsigned n = 0; back && n < fd->blocks; n++) {
		struct rotor_pldm_fd_exchange *x = block(fd, n);

		if (x->command != 0 && x->tries != 0) {
			x->tries = 1;
			x->due = now;
		}
	}
}

/* ---- the agent's answers ---- */

static void take_data(struct rotor_pldm_fd *fd, struct rotor_pldm_fd_exchange *x,
		      const struct rotor_pldm_message *msg, rotor_ms now)
{
	const uint32_t length = x->wanted;
	enum rotor_status status;

	if (msg->completion == ROTOR_PLDM_RETRY_REQUEST_FW_DATA) {
		rotor_pldm_fd_ask(fd, x, x->command, now + fd->t2);
		return;
	}
	if (msg->completion != ROTOR_PLDM_SUCCESS) {
		rotor_pldm_fd_fail(fd, ROTOR_PLDM_TRANSFER_ABORTED, now);
		return;
	}
	if (msg->payload.len != x->length) {
		fd->counters.bad_response++;
		return;
	}
	x->length = length;
	x->command = 0;
	fd->out--;
	/* Answers come one after the other: the next one has had the line for itself from now on only. */
	fd->quiet = now + fd->t2;
	if (fd->work == ROTOR_PLDM_FD_FETCH && x == block(fd, 0)) {
		/* It is what the device waits for: nothing need be kept of it, unless it cannot be written at once. */
		fd->work = ROTOR_PLDM_FD_WRITE;
		status = fd->ops->write(fd->ctx, x->offset, msg->payload.data, length);
		if (status == ROTOR_OK) {
			written(fd, length, now);
			return;
		}
		if (status != ROTOR_PENDING) {
			report(fd, false, now);
			return;
		}
	}
	memcpy(buffer_of(fd, x), msg->payload.data, length);
	fetch(fd, now);
}

/* Whether the component under way is the only one of the update that has not been applied. */
static bool is_last(const struct rotor_pldm_fd *fd)
{
	return (fd->accepted & ~fd->applied) == UINT32_C(1) << fd->component_at;
}

static void take_acknowledgement(struct rotor_pldm_fd *fd, uint8_t completion, rotor_ms now)
{
	if (completion == ROTOR_PLDM_ERROR_NOT_READY) {
		rotor_pldm_fd_ask(fd, &fd->exchange[0], fd->exchange[0].command, now + fd->t2);
		return;
	}
	rotor_pldm_fd_forget(fd);
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
		if (ROTOR_PLDM_FD_LESS && fd->meta_size != 0 && is_last(fd)) {
			fd->work = ROTOR_PLDM_FD_PARTS;
			rotor_pldm_fd_fetch_parts(fd, ROTOR_PLDM_GET_META_DATA, fd->meta_size, now);
		}
	} else {
		fd->applied |= UINT32_C(1) << fd->component_at;
		rotor_pldm_fd_enter(fd, ROTOR_PLDM_READY_XFER);
	}
}

/* The request that a response answers; NULL: none that is out. */
static struct rotor_pldm_fd_exchange *answered(struct rotor_pldm_fd *fd,
					       const struct rotor_pldm_header *response)
{
	for (unsigned n = 0; n < fd->blocks; n++) {
		struct rotor_pldm_fd_exchange *x = block(fd, n);

		if (x->command != 0 && x->tries != 0 && x->command == response->command &&
		    x->instance == response->instance)
			return x;
	}
	return NULL;
}

void rotor_pldm_fd_response(struct rotor_pldm_fd *fd, uint32_t peer, const void *msg,
			    size_t msg_len, rotor_ms now)
{
	struct rotor_pldm_fd_exchange *x = NULL;
	struct rotor_pldm_message opened;

	if (rotor_pldm_open(msg, msg_len, &opened) != ROTOR_OK) {
		fd->counters.bad_header++;
		return;
	}
	if (opened.header.request) {
		fd->counters.not_request++;
		return;
	}
	if (peer == fd->peer && opened.header.type == ROTOR_PLDM_TYPE_FWUP)
		x = answered(fd, &opened.header);
	if (x == NULL) {
		fd->counters.unexpected_response++;
		return;
	}
	rotor_pldm_fd_touch(fd, now);
	if (x->command == ROTOR_PLDM_REQUEST_FIRMWARE_DATA) {
		take_data(fd, x, &opened, now);
	} else if (ROTOR_PLDM_FD_LESS && fd->parts == ROTOR_PLDM_FD_PARTS_ASK) {
		rotor_pldm_fd_take_part(fd, &opened, now);
	} else if (opened.payload.len != 0) {
		fd->counters.bad_response++;
		return;
	} else {
		take_acknowledgement(fd, opened.completion, now);
	}
	work(fd, now);
}
