/* SPDX-License-Identifier: Apache-2.0 */
#include "support/pldm_device.h"

#include <string.h>

static const uint8_t iana[4] = {0x47, 0x16, 0x00, 0x00};
static const uint8_t uuid[16] = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
				 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};
static const uint8_t board[14] = {0x01, 0x08, 'B', 'o',  'a',  'r',  'd',
				  'R',  'e',  'v', 0x0a, 0x0b, 0x0c, 0x0d};
static const struct rotor_pldm_descriptor descriptors[] = {
    {ROTOR_PLDM_DESCRIPTOR_IANA, {iana, sizeof(iana)}},
    {ROTOR_PLDM_DESCRIPTOR_UUID, {uuid, sizeof(uuid)}},
    {ROTOR_PLDM_DESCRIPTOR_VENDOR, {board, sizeof(board)}},
};

#define ASCII(s)                                                                                   \
	{                                                                                          \
		ROTOR_PLDM_STRING_ASCII,                                                           \
		{                                                                                  \
			(const uint8_t *)(s), sizeof(s) - 1                                        \
		}                                                                                  \
	}

/* Pending as often as wished, then done. */
static bool dawdles(struct pldm_device *d)
{
	if (!d->in_op) {
		d->in_op = true;
		d->pending = d->pend;
	}
	if (d->pending > 0) {
		d->pending--;
		return true;
	}
	d->in_op = false;
	return false;
}

static bool authorise(void *ctx, uint8_t command, uint32_t peer)
{
	struct pldm_device *d = ctx;

	(void)command;
	(void)peer;
	d->authorised++;
	return !d->refuse;
}

static void parameters(void *ctx, struct rotor_pldm_parameters *out)
{
	static const struct rotor_pldm_string active = ASCII("set-1.0"), pending = ASCII("set-2.0");
	const struct pldm_device *d = ctx;

	out->component_count = 2;
	out->active = active;
	if (d->pending_version)
		out->pending = pending;
}

static void component(void *ctx, uint16_t n, struct rotor_pldm_component_parameters *out)
{
	static const struct rotor_pldm_component_parameters components[] = {
	    {10, 0x0101, 0, {0x00010000, ASCII("1.0.0"), "20240115"}, {0}, 4, 0},
	    {13, 0x0202, 1, {7, ASCII("A-7"), "20231231"}, {0}, 2, 0},
	};
	static const struct rotor_pldm_version pending[] = {
	    {0x00010100, ASCII("1.1.0"), "20250630"},
	    {8, ASCII("B-8"), "20250630"},
	};
	const struct pldm_device *d = ctx;

	*out = components[n];
	if (d->pending_version)
		out->pending = pending[n];
}

static uint8_t request_update(void *ctx, const struct rotor_pldm_request_update *req)
{
	struct pldm_device *d = ctx;

	(void)req;
	d->requests++;
	return d->refuse_request;
}

static uint8_t check(void *ctx, const struct rotor_pldm_component *c, uint32_t *options_enabled)
{
	struct pldm_device *d = ctx;

	d->checks++;
	if (c->classification == ROTOR_PLDM_CLASS_DOWNSTREAM
		? c->identifier < 16 || c->identifier >= 16 + d->downstream
		: c->identifier != 0x0101 && c->identifier != 0x0202)
		return ROTOR_PLDM_COMPONENT_NOT_SUPPORTED;
	*options_enabled = c->options & (ROTOR_PLDM_OPTION_FORCE | d->options);
	return c->size == 0 ? d->check_table : d->check_update;
}

static enum rotor_status begin(void *ctx, const struct rotor_pldm_component *c)
{
	struct pldm_device *d = ctx;

	if (dawdles(d))
		return ROTOR_PENDING;
	d->begins++;
	d->at = c->identifier == 0x0202;
	d->size = c->size;
	memset(d->flash[d->at], 0xff, sizeof(d->flash[d->at]));
	memset(d->written, 0, sizeof(d->written));
	return d->fail_begin;
}

static enum rotor_status write_flash(void *ctx, uint32_t offset, const uint8_t *data, size_t len)
{
	struct pldm_device *d = ctx;

	if (dawdles(d))
		return ROTOR_PENDING;
	if (len == 0 || offset > d->size || len > d->size - offset || d->size > PLDM_DEVICE_FLASH) {
		d->out_of_bounds = true;
		return ROTOR_ERR_ARGUMENT;
	}
	memcpy(&d->flash[d->at][offset], data, len);
	for (size_t i = 0; i < len; i++)
		d->written[offset + i]++;
	return d->fail_write;
}

static enum rotor_status package_data(void *ctx, uint32_t offset, const uint8_t *data, size_t len,
				      bool end)
{
	struct pldm_device *d = ctx;

	if (dawdles(d))
		return ROTOR_PENDING;
	if (offset == 0) {
		/* Of this update. */
		d->package_len = 0;
		d->package_ended = false;
	}
	if (len == 0 || offset != d->package_len || d->package_ended)
		d->out_of_bounds = true;
	for (size_t i = 0; i < len; i++, d->package_len++) {
		if (d->package_len < sizeof(d->package))
			d->package[d->package_len] = data[i];
	}
	d->parts++;
	d->package_ended = end;
	return d->fail_package;
}

static uint16_t meta_data_size(void *ctx)
{
	const struct pldm_device *d = ctx;

	return d->meta_size;
}

static void meta_data(void *ctx, uint32_t offset, uint8_t *data, size_t len)
{
	struct pldm_device *d = ctx;

	if (offset + len > d->meta_size)
		d->out_of_bounds = true;
	for (size_t i = 0; i < len; i++)
		data[i] = (uint8_t)(3 * (offset + i));
}

/* Parts in order, each byte of them what it has to be. */
static void take_part(struct pldm_device *d, uint32_t *at, bool *ended, unsigned factor,
		      uint32_t offset, struct rotor_bytes part, bool end)
{
	if (offset == 0) {
		*at = 0;
		*ended = false;
	}
	if (part.len == 0 || offset != *at || *ended)
		d->out_of_bounds = true;
	for (size_t i = 0; i < part.len; i++, (*at)++) {
		if (part.data[i] != (uint8_t)(factor * *at))
			d->wrong_bytes = true;
	}
	*ended = end;
}

static enum rotor_status meta_data_back(void *ctx, uint32_t offset, const uint8_t *data, size_t len,
					bool end)
{
	struct pldm_device *d = ctx;

	if (dawdles(d))
		return ROTOR_PENDING;
	take_part(d, &d->meta_back, &d->meta_ended, 3, offset, (struct rotor_bytes){data, len},
		  end);
	return d->fail_meta;
}

static enum rotor_status opaque_data(void *ctx, uint32_t offset, const uint8_t *data, size_t len,
				     bool end)
{
	struct pldm_device *d = ctx;

	if (dawdles(d))
		return ROTOR_PENDING;
	take_part(d, &d->opaque_len, &d->opaque_ended, 5, offset, (struct rotor_bytes){data, len},
		  end);
	return d->fail_opaque;
}

static enum rotor_status activate_pending(void *ctx, const struct rotor_pldm_component_name *c,
					  uint16_t *seconds)
{
	struct pldm_device *d = ctx;

	if (dawdles(d))
		return ROTOR_PENDING;
	*seconds = 7;
	if (c != NULL && (c->classification != 10 || c->identifier != 0x0101 || c->index != 0))
		return ROTOR_ERR_NOT_FOUND;
	if (c != NULL)
		d->images++;
	else
		d->sets++;
	return d->fail_pending;
}

static uint16_t downstream_list(void *ctx, struct rotor_pldm_downstream *out)
{
	const struct pldm_device *d = ctx;

	out->supported = d->downstream != 0;
	out->count = d->downstream;
	out->max = 200;
	out->capabilities = ROTOR_PLDM_DOWNSTREAM_ATTACH;
	out->during_update = 0x200;
	return d->generation;
}

static void downstream_device(void *ctx, uint16_t n, struct rotor_pldm_fd_downstream *out)
{
	static uint8_t id[16];
	static char text[8];
	static const struct rotor_pldm_descriptor behind[] = {
	    {ROTOR_PLDM_DESCRIPTOR_UUID, {id, sizeof(id)}},
	    {ROTOR_PLDM_DESCRIPTOR_VENDOR, {board, sizeof(board)}},
	};
	const struct pldm_device *d = ctx;

	memset(id, n, sizeof(id));
	memcpy(text, "chip ", 5);
	text[5] = (char)('a' + n % 26);
	out->descriptors = behind;
	out->descriptor_count = ROTOR_COUNT_OF(behind);
	out->parameters.index = (uint16_t)(16 + n);
	out->parameters.active.stamp = n;
	out->parameters.active.text.type = ROTOR_PLDM_STRING_ASCII;
	out->parameters.active.text.text = (struct rotor_bytes){(const uint8_t *)text, 6};
	out->parameters.activation_methods = ROTOR_PLDM_ACTIVATION_AUTOMATIC;
	if (d->pending_version) {
		out->parameters.pending = out->parameters.active;
		out->parameters.pending.stamp = n + 1u;
	}
}

static uint8_t request_downstream(void *ctx, const struct rotor_pldm_request_downstream *req)
{
	struct pldm_device *d = ctx;

	(void)req;
	d->downstream_requests++;
	return d->refuse_downstream;
}

static bool has(void *ctx, uint32_t offset, uint32_t *len)
{
	const struct pldm_device *d = ctx;

	*len = UINT32_MAX;
	if (d->has_every == 0)
		return false;
	*len = d->has_every - offset % d->has_every;
	return offset / d->has_every % 2 != 0;
}

static enum rotor_status take(void *ctx, uint32_t offset, uint32_t len)
{
	struct pldm_device *d = ctx;
	uint32_t run;

	if (dawdles(d))
		return ROTOR_PENDING;
	if (len == 0 || offset > d->size || len > d->size - offset || !has(d, offset, &run)) {
		d->out_of_bounds = true;
		return ROTOR_ERR_ARGUMENT;
	}
	for (uint32_t i = 0; i < len && d->size <= PLDM_DEVICE_FLASH; i++)
		d->written[offset + i]++;
	d->taken += len;
	return d->fail_write;
}

static enum rotor_status ended(struct pldm_device *d, unsigned *count, enum rotor_status status,
			       struct rotor_pldm_fd_result *result)
{
	if (dawdles(d)) {
		result->progress = d->progress;
		return ROTOR_PENDING;
	}
	(*count)++;
	if (status != ROTOR_OK)
		result->code = d->code;
	return status;
}

static enum rotor_status transfer_end(void *ctx, struct rotor_pldm_fd_result *result)
{
	struct pldm_device *d = ctx;

	return ended(d, &d->ends, d->fail_end, result);
}

static enum rotor_status verify(void *ctx, struct rotor_pldm_fd_result *result)
{
	struct pldm_device *d = ctx;

	return ended(d, &d->verifies, d->fail_verify, result);
}

static enum rotor_status apply(void *ctx, struct rotor_pldm_fd_result *result)
{
	struct pldm_device *d = ctx;

	result->activation_methods = d->other_activation;
	return ended(d, &d->applies, d->fail_apply, result);
}

static enum rotor_status activate(void *ctx, bool self_contained, uint16_t *seconds)
{
	struct pldm_device *d = ctx;

	if (dawdles(d))
		return ROTOR_PENDING;
	d->activations++;
	d->self_contained = self_contained;
	*seconds = 30;
	return d->fail_activate;
}

static void activated(void *ctx, bool self_contained)
{
	struct pldm_device *d = ctx;

	d->activated++;
	d->self_contained = self_contained;
}

static enum rotor_status update_security_revision(void *ctx,
						  const struct rotor_pldm_component_name *c)
{
	struct pldm_device *d = ctx;

	if (dawdles(d))
		return ROTOR_PENDING;
	if (c->classification != 10 || c->identifier != 0x0101 || c->index != 0)
		return ROTOR_ERR_NOT_FOUND;
	d->revisions++;
	return d->fail_revision;
}

static uint64_t not_functioning(void *ctx)
{
	const struct pldm_device *d = ctx;
	return d->broken;
}

static void cancel(void *ctx, bool whole)
{
	struct pldm_device *d = ctx;

	d->in_op = false;
	if (whole)
		d->cancels_whole++;
	else
		d->cancels++;
}

void pldm_device_init(struct pldm_device *d)
{
	static const struct rotor_pldm_fd_ops all = {
	    .authorise = authorise,
	    .parameters = parameters,
	    .component = component,
	    .request_update = request_update,
	    .check = check,
	    .begin = begin,
	    .write = write_flash,
	    .transfer_end = transfer_end,
	    .verify = verify,
	    .apply = apply,
	    .activate = activate,
	    .activated = activated,
	    .update_security_revision = update_security_revision,
	    .cancel = cancel,
	    .not_functioning = not_functioning,
	    .has = has,
	    .take = take,
	    .activate_pending = activate_pending,
	    .downstream_list = downstream_list,
	    .downstream_device = downstream_device,
	    .request_downstream = request_downstream,
	};

	static const struct rotor_pldm_base_extra extras[] = {
	    {ROTOR_PLDM_TYPE_BASE, ROTOR_PLDM_SELECT_VERSION, rotor_pldm_base_select_version, NULL},
	    {ROTOR_PLDM_TYPE_FWUP, ROTOR_PLDM_GET_DEVICE_META_DATA, NULL,
	     &rotor_pldm_fd_get_meta_data},
	    {ROTOR_PLDM_TYPE_FWUP, ROTOR_PLDM_ACTIVATE_PENDING_IMAGE_SET, NULL,
	     &rotor_pldm_fd_activate_pending_set},
	    {ROTOR_PLDM_TYPE_FWUP, ROTOR_PLDM_ACTIVATE_PENDING_IMAGE, NULL,
	     &rotor_pldm_fd_activate_pending_image},
	    {ROTOR_PLDM_TYPE_FWUP, ROTOR_PLDM_QUERY_DOWNSTREAM_DEVICES, NULL,
	     &rotor_pldm_fd_query_downstream},
	    {ROTOR_PLDM_TYPE_FWUP, ROTOR_PLDM_QUERY_DOWNSTREAM_IDENTIFIERS, NULL,
	     &rotor_pldm_fd_query_downstream_identifiers},
	    {ROTOR_PLDM_TYPE_FWUP, ROTOR_PLDM_GET_DOWNSTREAM_FIRMWARE_PARAMETERS, NULL,
	     &rotor_pldm_fd_get_downstream_parameters},
	    {ROTOR_PLDM_TYPE_FWUP, ROTOR_PLDM_REQUEST_DOWNSTREAM_UPDATE, NULL,
	     &rotor_pldm_fd_request_downstream_update},
	};

	memset(d, 0, sizeof(*d));
	d->config.base_extras = extras;
	d->config.base_extra_count = ROTOR_COUNT_OF(extras);
	d->progress = ROTOR_PLDM_PROGRESS_UNKNOWN;
	d->config.descriptors = descriptors;
	d->config.descriptor_count = ROTOR_COUNT_OF(descriptors);
	d->config.buffer = d->buffer;
	d->config.buffer_size = PLDM_DEVICE_BUFFER;
	d->ops = all;
	if (rotor_pldm_fd_init(&d->fd, &d->config, &d->ops, d) != ROTOR_OK)
		memset(d, 0xee, sizeof(*d));
}

void pldm_device_buffers(struct pldm_device *d, uint8_t count)
{
	d->config.buffer_count = count;
	d->fd.buffers = count != 0 ? count : 1;
}

void pldm_device_wants_package(struct pldm_device *d)
{
	d->ops.package_data = package_data;
}

void pldm_device_has_meta_data(struct pldm_device *d, uint16_t size)
{
	d->ops.meta_data_size = meta_data_size;
	d->ops.meta_data = meta_data;
	d->ops.meta_data_back = meta_data_back;
	d->meta_size = size;
}

void pldm_device_wants_opaque_data(struct pldm_device *d)
{
	d->ops.opaque_data = opaque_data;
	d->options |= ROTOR_PLDM_OPTION_OPAQUE_DATA;
}
