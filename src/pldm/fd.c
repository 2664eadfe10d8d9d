/* SPDX-License-Identifier: Apache-2.0 */
/* The firmware device's answers: which command is legal when, from whom, and what it does. */
#include "pldm/fd_internal.h"

#include <string.h>

/* No response is shorter: header and completion code, and what a small answer needs. */
#define RESPONSE_MIN 16
/* Where a message's header has the command. */
#define COMMAND_AT 2

static const struct rotor_pldm_support supports[] = {
    {ROTOR_PLDM_TYPE_BASE, ROTOR_PLDM_VERSION(1, 1, 0), {{[0] = 0x3e}}},
    {ROTOR_PLDM_TYPE_FWUP, ROTOR_PLDM_FWUP_VERSION_1_1, {{[0] = 0x06, [2] = 0x19, [3] = 0x3c}}},
    {ROTOR_PLDM_TYPE_FWUP,
     ROTOR_PLDM_FWUP_VERSION_1_3,
     {{[0] = 0x06, [2] = 0x19, [3] = 0x3c, [4] = 0x04}}},
};

typedef uint8_t handler(struct rotor_pldm_fd *fd, struct rotor_bytes payload,
			struct rotor_writer *w);

static handler query_identifiers, get_parameters, request_update, pass_component, update_component,
    activate, get_status, cancel_component, cancel_update, update_security_revision;

#define OKAY ROTOR_PLDM_SUCCESS
#define NONE ROTOR_PLDM_NOT_IN_UPDATE_MODE
#define BUSY ROTOR_PLDM_ALREADY_IN_UPDATE_MODE
#define WRNG ROTOR_PLDM_INVALID_STATE_FOR_COMMAND

/*
 * DSP0267's state figure as a table: what each command is answered in each state. OKAY means that it is carried out.
 * A command that is neither here nor among the extra ones is not supported.
 */
static const struct rotor_pldm_fd_command rows[] = {
    /* clang-format off */
	/*                                           IDLE  LEARN READY DOWNL VERIF APPLY ACTIV */
	{ROTOR_PLDM_QUERY_DEVICE_IDENTIFIERS, false, {OKAY, OKAY, OKAY, OKAY, OKAY, OKAY, OKAY}, query_identifiers},
	{ROTOR_PLDM_GET_FIRMWARE_PARAMETERS,  false, {OKAY, OKAY, OKAY, OKAY, OKAY, OKAY, OKAY}, get_parameters},
	{ROTOR_PLDM_REQUEST_UPDATE,           true,  {OKAY, BUSY, BUSY, BUSY, BUSY, BUSY, BUSY}, request_update},
	{ROTOR_PLDM_PASS_COMPONENT_TABLE,     true,  {NONE, OKAY, WRNG, WRNG, WRNG, WRNG, WRNG}, pass_component},
	{ROTOR_PLDM_UPDATE_COMPONENT,         true,  {NONE, WRNG, OKAY, WRNG, WRNG, WRNG, WRNG}, update_component},
	{ROTOR_PLDM_ACTIVATE_FIRMWARE,        true,  {NONE, WRNG, OKAY, WRNG, WRNG, WRNG, WRNG}, activate},
	{ROTOR_PLDM_GET_STATUS,               false, {OKAY, OKAY, OKAY, OKAY, OKAY, OKAY, OKAY}, get_status},
	{ROTOR_PLDM_CANCEL_UPDATE_COMPONENT,  true,  {NONE, WRNG, WRNG, OKAY, OKAY, OKAY, WRNG}, cancel_component},
	{ROTOR_PLDM_CANCEL_UPDATE,            true,  {NONE, OKAY, OKAY, OKAY, OKAY, OKAY, WRNG}, cancel_update},
	{ROTOR_PLDM_UPDATE_SECURITY_REVISION, true,  {OKAY, WRNG, WRNG, WRNG, WRNG, WRNG, WRNG}, update_security_revision},
    /* clang-format on */
};

enum rotor_status rotor_pldm_fd_init(struct rotor_pldm_fd *fd,
				     const struct rotor_pldm_fd_config *config,
				     const struct rotor_pldm_fd_ops *ops, void *ctx)
{
	if (config->buffer == NULL || config->buffer_size < ROTOR_PLDM_BASELINE_TRANSFER ||
	    config->buffer_count > ROTOR_PLDM_FD_OUTSTANDING_MAX || config->descriptors == NULL ||
	    config->descriptor_count == 0)
		return ROTOR_ERR_ARGUMENT;
	memset(fd, 0, sizeof(*fd));
	fd->config = config;
	fd->ops = ops;
	fd->ctx = ctx;
	fd->t1 = config->t1 != 0 ? config->t1 : ROTOR_PLDM_FD_T1_DEFAULT;
	fd->t2 = config->t2 != 0 ? config->t2 : ROTOR_PLDM_FD_T2_DEFAULT;
	fd->retries = config->retries != 0 ? config->retries : ROTOR_PLDM_FD_RETRIES_DEFAULT;
	fd->buffers = config->buffer_count != 0 ? config->buffer_count : 1;
	fd->base.supports = supports;
	fd->base.support_count = ROTOR_COUNT_OF(supports);
	fd->base.extras = config->base_extras;
	fd->base.extra_count = config->base_extra_count;
	fd->aux_state = ROTOR_PLDM_AUX_NOT_APPLICABLE;
	fd->link_up = true;
	return ROTOR_OK;
}

void rotor_pldm_fd_enter(struct rotor_pldm_fd *fd, enum rotor_pldm_state state)
{
	fd->previous = fd->state;
	fd->state = (uint8_t)state;
	fd->work = ROTOR_PLDM_FD_NONE;
	rotor_pldm_fd_forget(fd);
	/* A part of package data that is being looked at is looked at to its end, unless the update has ended. */
	if (fd->parts == ROTOR_PLDM_FD_PARTS_ASK || state == ROTOR_PLDM_IDLE ||
	    fd->parts_command != ROTOR_PLDM_GET_PACKAGE_DATA)
		fd->parts = ROTOR_PLDM_FD_PARTS_NONE;
	if (ROTOR_PLDM_FD_LESS)
		fd->opaque_due = false;
	memset(&fd->result, 0, sizeof(fd->result));
	fd->result.progress = ROTOR_PLDM_PROGRESS_UNKNOWN;
	fd->aux_status = ROTOR_PLDM_AUX_STATUS_NONE;
	if (state >= ROTOR_PLDM_DOWNLOAD) {
		fd->aux_state = ROTOR_PLDM_AUX_IN_PROGRESS;
	} else {
		fd->aux_state = ROTOR_PLDM_AUX_NOT_APPLICABLE;
		fd->options_enabled = 0;
	}
}

static uint8_t percent(uint32_t done, uint32_t total)
{
	/* In 32 bits: a small device has no 64-bit division. */
	if (total > UINT32_MAX / 100)
		return (uint8_t)(done / (total / 100 + 1));
	return (uint8_t)(done * 100 / total);
}

void rotor_pldm_fd_status(const struct rotor_pldm_fd *fd, struct rotor_pldm_status *out)
{
	out->state = fd->state;
	out->previous = fd->previous;
	out->aux_state = fd->aux_state;
	out->aux_status = fd->aux_status;
	out->reason = fd->reason;
	out->options_enabled = fd->options_enabled;
	out->progress = ROTOR_PLDM_PROGRESS_UNKNOWN;
	if (fd->state == ROTOR_PLDM_DOWNLOAD)
		out->progress = percent(fd->received, fd->component.size);
	else if (fd->state == ROTOR_PLDM_VERIFY || fd->state == ROTOR_PLDM_APPLY)
		out->progress = fd->result.progress;
}

/* ---- the commands ---- */

static uint8_t query_identifiers(struct rotor_pldm_fd *fd, struct rotor_bytes payload,
				 struct rotor_writer *w)
{
	if (payload.len != 0)
		return ROTOR_PLDM_ERROR_INVALID_LENGTH;
	rotor_pldm_identifiers_encode(w, fd->config->descriptors, fd->config->descriptor_count);
	return ROTOR_PLDM_SUCCESS;
}

static uint8_t get_parameters(struct rotor_pldm_fd *fd, struct rotor_bytes payload,
			      struct rotor_writer *w)
{
	struct rotor_pldm_parameters parameters = {0};

	if (payload.len != 0)
		return ROTOR_PLDM_ERROR_INVALID_LENGTH;
	fd->ops->parameters(fd->ctx, &parameters);
	rotor_pldm_parameters_encode(w, &parameters);
	for (uint16_t n = 0; n < parameters.component_count; n++) {
		struct rotor_pldm_component_parameters component = {0};

		fd->ops->component(fd->ctx, n, &component);
		rotor_pldm_component_parameters_encode(w, &component);
	}
	return ROTOR_PLDM_SUCCESS;
}

void rotor_pldm_fd_begin_update(struct rotor_pldm_fd *fd,
				const struct rotor_pldm_request_update *req, struct rotor_writer *w)
{
	struct rotor_pldm_request_update_resp resp = {0};

	fd->transfer_size = req->max_transfer;
	if (fd->transfer_size > fd->config->buffer_size)
		fd->transfer_size = (uint32_t)fd->config->buffer_size;
	fd->window = req->max_outstanding;
	fd->table_expected = req->component_count;
	fd->table_count = 0;
	fd->accepted = 0;
	fd->applied = 0;
	rotor_pldm_fd_enter(fd, ROTOR_PLDM_LEARN_COMPONENTS);
	if (ROTOR_PLDM_FD_LESS && fd->ops->meta_data_size != NULL)
		resp.meta_data_size = fd->meta_size = fd->ops->meta_data_size(fd->ctx);
	if (ROTOR_PLDM_FD_LESS && fd->ops->package_data != NULL && req->package_data_size != 0) {
		resp.get_package_data = 1;
		rotor_pldm_fd_fetch_parts(fd, ROTOR_PLDM_GET_PACKAGE_DATA, req->package_data_size,
					  0); /* at once */
	}
	rotor_pldm_request_update_resp_encode(w, &resp);
}

static uint8_t request_update(struct rotor_pldm_fd *fd, struct rotor_bytes payload,
			      struct rotor_writer *w)
{
	struct rotor_pldm_request_update req;
	const enum rotor_status status = rotor_pldm_request_update_decode(payload, &req);
	uint8_t completion;

	if (status != ROTOR_OK)
		return rotor_pldm_completion_of(status);
	if (req.component_count > ROTOR_PLDM_FD_COMPONENTS_MAX)
		return ROTOR_PLDM_UNABLE_TO_INITIATE_UPDATE;
	completion = fd->ops->request_update(fd->ctx, &req);
	if (completion != ROTOR_PLDM_SUCCESS)
		return completion;
	rotor_pldm_fd_begin_update(fd, &req, w);
	return ROTOR_PLDM_SUCCESS;
}

/* Bytes of classification, identifier, index and comparison stamp, which begin both ways to name a component. */
#define NAME_SIZE 9

/* One number for all that both commands say of a component: its name, and the version after @p skip bytes more. */
static uint32_t component_hash(struct rotor_bytes named, size_t skip)
{
	const uint32_t crc = rotor_crc32(0, named.data, NAME_SIZE);

	return rotor_crc32(crc, named.data + NAME_SIZE + skip, named.len - NAME_SIZE - skip);
}

static uint8_t pass_component(struct rotor_pldm_fd *fd, struct rotor_bytes payload,
			      struct rotor_writer *w)
{
	struct rotor_pldm_pass_component_resp resp;
	struct rotor_pldm_component component;
	uint8_t flag;
	bool end;
	uint32_t options = 0;
	const enum rotor_status status =
	    rotor_pldm_pass_component_decode(payload, &flag, &component);
	const uint16_t at = fd->table_count;

	if (status != ROTOR_OK)
		return rotor_pldm_completion_of(status);
	end = (flag & ROTOR_PLDM_END) != 0;
	/* The flags must count what RequestUpdate announced; if nothing was, they may count as far as there is room. */
	if (((flag & ROTOR_PLDM_START) != 0) != (at == 0))
		return ROTOR_PLDM_ERROR_INVALID_DATA;
	if (fd->table_expected == 0 ? !end && at + 1 == ROTOR_PLDM_FD_COMPONENTS_MAX
				    : end != (at + 1 == fd->table_expected))
		return ROTOR_PLDM_ERROR_INVALID_DATA;
	resp.code = fd->ops->check(fd->ctx, &component, &options);
	resp.response = resp.code != ROTOR_PLDM_COMPONENT_OK;
	payload.data++;
	payload.len--;
	fd->table_hash[at] = component_hash(payload, 0);
	if (resp.response == 0)
		fd->accepted |= UINT32_C(1) << at;
	fd->table_count++;
	if (end)
		rotor_pldm_fd_enter(fd, ROTOR_PLDM_READY_XFER);
	rotor_pldm_pass_component_resp_encode(w, &resp);
	return ROTOR_PLDM_SUCCESS;
}

static uint8_t update_component(struct rotor_pldm_fd *fd, struct rotor_bytes payload,
				struct rotor_writer *w)
{
	struct rotor_pldm_update_component_resp resp = {.code = ROTOR_PLDM_COMPONENT_NOT_IN_TABLE};
	struct rotor_pldm_component component;
	const enum rotor_status status = rotor_pldm_update_component_decode(payload, &component);
	uint32_t hash;
	uint8_t at = 0;

	if (status != ROTOR_OK)
		return rotor_pldm_completion_of(status);
	hash = component_hash(payload, 2 * sizeof(uint32_t));
	while (at < fd->table_count && fd->table_hash[at] != hash)
		at++;
	if (at < fd->table_count)
		resp.code = fd->ops->check(fd->ctx, &component, &resp.options_enabled);
	if (resp.code == ROTOR_PLDM_COMPONENT_OK) {
		fd->component = component;
		memset(&fd->component.version, 0, sizeof(fd->component.version));
		fd->component_at = at;
		fd->applied &= ~(UINT32_C(1) << at);
		fd->accepted |= UINT32_C(1) << at;
		fd->received = 0;
		fd->asked = 0;
		rotor_pldm_fd_enter(fd, ROTOR_PLDM_DOWNLOAD);
		if (ROTOR_PLDM_FD_LESS)
			rotor_pldm_fd_want_opaque(fd, &resp);
		fd->options_enabled = resp.options_enabled;
		fd->work = ROTOR_PLDM_FD_BEGIN;
	} else {
		resp.response = 1;
		resp.options_enabled = 0;
	}
	rotor_pldm_update_component_resp_encode(w, &resp);
	return ROTOR_PLDM_SUCCESS;
}

static uint8_t activate(struct rotor_pldm_fd *fd, struct rotor_bytes payload,
			struct rotor_writer *w)
{
	const enum rotor_status status = rotor_pldm_activate_decode(payload, &fd->self_contained);
	uint8_t completion;

	if (status != ROTOR_OK)
		return rotor_pldm_completion_of(status);
	/* A set is activated whole: every component that the device accepted must have been applied. */
	if (fd->applied == 0 || (fd->accepted & ~fd->applied) != 0)
		return ROTOR_PLDM_INCOMPLETE_UPDATE;
	rotor_pldm_fd_enter(fd, ROTOR_PLDM_ACTIVATE);
	fd->work = ROTOR_PLDM_FD_ACTIVATE;
	fd->seconds = 0;
	if (rotor_pldm_fd_activate(fd, &completion) == ROTOR_PENDING)
		return ROTOR_PLDM_FD_LATER;
	if (completion == ROTOR_PLDM_SUCCESS)
		rotor_pldm_activate_resp_encode(w, fd->seconds);
	return completion;
}

static uint8_t get_status(struct rotor_pldm_fd *fd, struct rotor_bytes payload,
			  struct rotor_writer *w)
{
	struct rotor_pldm_status status;

	if (payload.len != 0)
		return ROTOR_PLDM_ERROR_INVALID_LENGTH;
	rotor_pldm_fd_status(fd, &status);
	rotor_pldm_status_encode(w, &status);
	return ROTOR_PLDM_SUCCESS;
}

static uint8_t cancel_component(struct rotor_pldm_fd *fd, struct rotor_bytes payload,
				struct rotor_writer *w)
{
	(void)w;
	if (payload.len != 0)
		return ROTOR_PLDM_ERROR_INVALID_LENGTH;
	rotor_pldm_fd_enter(fd, ROTOR_PLDM_READY_XFER);
	fd->ops->cancel(fd->ctx, false);
	return ROTOR_PLDM_SUCCESS;
}

static uint8_t cancel_update(struct rotor_pldm_fd *fd, struct rotor_bytes payload,
			     struct rotor_writer *w)
{
	struct rotor_pldm_cancel_resp resp = {0};

	if (payload.len != 0)
		return ROTOR_PLDM_ERROR_INVALID_LENGTH;
	rotor_pldm_fd_enter(fd, ROTOR_PLDM_IDLE);
	fd->reason = ROTOR_PLDM_REASON_CANCEL_UPDATE;
	fd->ops->cancel(fd->ctx, true);
	if (ROTOR_PLDM_FD_LESS && fd->ops->not_functioning != NULL)
		resp.not_functioning_bitmap = fd->ops->not_functioning(fd->ctx);
	resp.not_functioning = resp.not_functioning_bitmap != 0;
	rotor_pldm_cancel_resp_encode(w, &resp);
	return ROTOR_PLDM_SUCCESS;
}

static uint8_t update_security_revision(struct rotor_pldm_fd *fd, struct rotor_bytes payload,
					struct rotor_writer *w)
{
	const enum rotor_status status = rotor_pldm_component_name_decode(payload, &fd->named);
	uint8_t completion;

	(void)w;
	if (status != ROTOR_OK)
		return rotor_pldm_completion_of(status);
	fd->work = ROTOR_PLDM_FD_SECURITY_REVISION;
	return rotor_pldm_fd_security_revision(fd, &completion) == ROTOR_PENDING
		   ? ROTOR_PLDM_FD_LATER
		   : completion;
}

/* ---- a request's way ---- */

static const struct rotor_pldm_fd_command *row_of(const struct rotor_pldm_fd *fd, uint8_t command)
{
	for (size_t i = 0; i < ROTOR_COUNT_OF(rows); i++) {
		if (rows[i].command == command)
			return &rows[i];
	}
	for (size_t i = 0; ROTOR_PLDM_FD_LESS && i < fd->base.extra_count; i++) {
		const struct rotor_pldm_base_extra *extra = &fd->base.extras[i];

		if (extra->type == ROTOR_PLDM_TYPE_FWUP && extra->command == command)
			return extra->fwup;
	}
	return NULL;
}

static bool starts_update(const struct rotor_pldm_fd_command *row)
{
	return row->command == ROTOR_PLDM_REQUEST_UPDATE ||
	       row->command == ROTOR_PLDM_REQUEST_DOWNSTREAM_UPDATE;
}

/* Whether @p peer may give the command of @p row now; SUCCESS or what to answer. */
static uint8_t admit(struct rotor_pldm_fd *fd, const struct rotor_pldm_fd_command *row,
		     uint32_t peer)
{
	const bool starts = starts_update(row);

	if (row->changes) {
		if (!fd->ops->authorise(fd->ctx, row->command, peer)) {
			fd->counters.denied++;
			return starts ? ROTOR_PLDM_UNABLE_TO_INITIATE_UPDATE : ROTOR_PLDM_ERROR;
		}
		if (fd->state != ROTOR_PLDM_IDLE && peer != fd->peer) {
			fd->counters.foreign++;
			return starts ? ROTOR_PLDM_ALREADY_IN_UPDATE_MODE
				      : ROTOR_PLDM_ERROR_NOT_READY;
		}
	}
	if (row->in[fd->state] != OKAY) {
		fd->counters.wrong_state++;
		return row->in[fd->state];
	}
	/* The work of IDLE is not to be lost in an update that begins, nor an answer that is due in another. */
	if (row->changes && (fd->work >= ROTOR_PLDM_FD_SECURITY_REVISION || fd->answer_ready))
		return starts ? ROTOR_PLDM_RETRY_REQUEST_UPDATE : ROTOR_PLDM_ERROR_NOT_READY;
	return OKAY;
}

/* Whether the device restarts when it has answered a command with success. */
static bool activates(uint8_t command)
{
	return command == ROTOR_PLDM_ACTIVATE_FIRMWARE ||
	       (ROTOR_PLDM_FD_LESS && (command == ROTOR_PLDM_ACTIVATE_PENDING_IMAGE_SET ||
				       command == ROTOR_PLDM_ACTIVATE_PENDING_IMAGE));
}

/* Whether a command waits for its answer, which is being made where answers are remembered. */
static bool answer_due(const struct rotor_pldm_fd *fd)
{
	return (fd->work >= ROTOR_PLDM_FD_ACTIVATE && fd->last_valid) || fd->answer_ready;
}

/* Keeps the answer to a command of the owner, for its retry; of one that is due later, the header. */
static void remember(struct rotor_pldm_fd *fd, uint32_t peer, uint32_t hash, const uint8_t *answer,
		     size_t len)
{
	if (answer_due(fd))
		return;
	fd->last_valid = len <= sizeof(fd->last);
	if (!fd->last_valid)
		return;
	memcpy(fd->last, answer, len);
	fd->last_len = (uint8_t)len;
	fd->last_hash = hash;
	fd->last_peer = peer;
}

static enum rotor_status fwup_request(struct rotor_pldm_fd *fd, uint32_t peer,
				      const struct rotor_pldm_message *msg, uint32_t hash,
				      struct rotor_writer *w, rotor_ms now)
{
	const struct rotor_pldm_fd_command *row = row_of(fd, msg->header.command);
	uint8_t completion = ROTOR_PLDM_ERROR_UNSUPPORTED_PLDM_CMD;

	rotor_pldm_response_begin(w, &msg->header, ROTOR_PLDM_SUCCESS);
	if (row != NULL) {
		completion = admit(fd, row, peer);
		if (completion == ROTOR_PLDM_SUCCESS)
			completion = row->handle(fd, msg->payload, w);
	}
	if (row != NULL && starts_update(row) && completion == ROTOR_PLDM_SUCCESS) {
		fd->peer = peer;
		rotor_pldm_fd_touch(fd, now);
	}
	if (completion == ROTOR_PLDM_FD_LATER) {
		fd->last_valid = false;
		remember(fd, peer, hash, w->base, ROTOR_PLDM_HEADER_SIZE);
		w->len = 0;
		return ROTOR_PENDING;
	}
	if (completion != ROTOR_PLDM_SUCCESS || w->failed) {
		*w = rotor_writer(w->base, w->cap);
		rotor_pldm_response_begin(w, &msg->header,
					  completion != ROTOR_PLDM_SUCCESS ? completion
									   : ROTOR_PLDM_ERROR);
	}
	/* Of others than the owner nothing is done but what is for IDLE. */
	if (row != NULL && row->changes && (peer == fd->peer || completion == ROTOR_PLDM_SUCCESS))
		remember(fd, peer, hash, w->base, w->len);
	if (row != NULL && activates(row->command) && completion == ROTOR_PLDM_SUCCESS)
		fd->ops->activated(fd->ctx, fd->self_contained);
	return ROTOR_OK;
}

enum rotor_status rotor_pldm_fd_request(struct rotor_pldm_fd *fd, uint32_t peer, const void *msg,
					size_t msg_len, uint8_t *out, size_t cap, size_t *len,
					rotor_ms now)
{
	struct rotor_writer w = rotor_writer(out, cap);
	struct rotor_pldm_message opened;
	uint32_t hash;

	*len = 0;
	if (cap < RESPONSE_MIN)
		return ROTOR_ERR_SPACE;
	if (rotor_pldm_open(msg, msg_len, &opened) != ROTOR_OK) {
		fd->counters.bad_header++;
		return ROTOR_OK;
	}
	if (!opened.header.request || opened.header.datagram) {
		if (opened.header.request)
			fd->counters.datagrams++;
		else
			fd->counters.not_request++;
		return ROTOR_OK;
	}
	if (fd->state != ROTOR_PLDM_IDLE && peer == fd->peer)
		rotor_pldm_fd_touch(fd, now);

	hash = rotor_crc32(0, msg, msg_len);
	if (fd->last_valid && peer == fd->last_peer) {
		if (hash == fd->last_hash) {
			if (answer_due(fd)) {
				fd->counters.busy++;
				return ROTOR_OK;
			}
			fd->counters.repeated++;
			rotor_write_bytes(&w, fd->last, fd->last_len);
			return rotor_writer_end(&w, len);
		}
		/* Another request: the last one is over. An answer that is due keeps its memory. */
		if (!answer_due(fd))
			fd->last_valid = false;
	}
	fd->counters.requests++;
	if (opened.header.type == ROTOR_PLDM_TYPE_FWUP) {
		if (fwup_request(fd, peer, &opened, hash, &w, now) == ROTOR_PENDING)
			return ROTOR_PENDING;
	} else {
		rotor_pldm_base_request(&fd->base, &opened, &w);
	}
	return rotor_writer_end(&w, len);
}

enum rotor_status rotor_pldm_fd_answer(struct rotor_pldm_fd *fd, uint8_t *out, size_t cap,
				       size_t *len, uint32_t *peer)
{
	struct rotor_writer w = rotor_writer(out, cap);
	enum rotor_status status;

	*len = 0;
	if (!fd->answer_ready)
		return ROTOR_ERR_NOT_FOUND;
	rotor_write_bytes(&w, fd->last, fd->last_len);
	status = rotor_writer_end(&w, len);
	if (status != ROTOR_OK)
		return status;
	fd->answer_ready = false;
	*peer = fd->last_peer;
	if (activates(fd->last[COMMAND_AT]) &&
	    fd->last[ROTOR_PLDM_HEADER_SIZE] == ROTOR_PLDM_SUCCESS)
		fd->ops->activated(fd->ctx, fd->self_contained);
	return ROTOR_OK;
}

bool rotor_pldm_is_request(const void *msg, size_t len)
{
	struct rotor_reader r = rotor_reader(msg, len);

	return (rotor_read_u8(&r) & 0x80) != 0;
}
