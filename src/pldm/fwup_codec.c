/* SPDX-License-Identifier: Apache-2.0 */
/* The update messages of PLDM type 5 (DSP0267): fields in the order of the specification's tables. */
#include "pldm/fwup_string.h"

#include "rotor/config.h"

static struct rotor_reader reader(struct rotor_bytes payload)
{
	return rotor_reader(payload.data, payload.len);
}

/* The end of a request that closes with one string. */
static enum rotor_status end_with_string(struct rotor_reader *r, struct rotor_pldm_string *s)
{
	rotor_pldm_string_text_read(r, s);
	if (rotor_reader_end(r) != ROTOR_OK)
		return ROTOR_ERR_LENGTH;
	return rotor_pldm_string_valid(s->type, s->text.len) ? ROTOR_OK : ROTOR_ERR_FORMAT;
}

void rotor_pldm_request_update_encode(struct rotor_writer *w,
				      const struct rotor_pldm_request_update *req)
{
	rotor_write_u32le(w, req->max_transfer);
	rotor_write_u16le(w, req->component_count);
	rotor_write_u8(w, req->max_outstanding);
	rotor_write_u16le(w, req->package_data_size);
	rotor_pldm_string_head_write(w, &req->version);
	rotor_pldm_string_text_write(w, &req->version);
}

enum rotor_status rotor_pldm_request_update_decode(struct rotor_bytes payload,
						   struct rotor_pldm_request_update *req)
{
	struct rotor_reader r = reader(payload);
	enum rotor_status status;

	req->max_transfer = rotor_read_u32le(&r);
	req->component_count = rotor_read_u16le(&r);
	req->max_outstanding = rotor_read_u8(&r);
	req->package_data_size = rotor_read_u16le(&r);
	rotor_pldm_string_head_read(&r, &req->version);
	status = end_with_string(&r, &req->version);
	if (status != ROTOR_OK)
		return status;
	if (req->max_transfer < ROTOR_PLDM_BASELINE_TRANSFER || req->component_count == 0 ||
	    req->max_outstanding == 0)
		return ROTOR_ERR_FORMAT;
	return ROTOR_OK;
}

void rotor_pldm_request_update_resp_encode(struct rotor_writer *w,
					   const struct rotor_pldm_request_update_resp *resp)
{
	rotor_write_u16le(w, resp->meta_data_size);
	rotor_write_u8(w, resp->get_package_data);
	if (ROTOR_PLDM_FD_LESS && resp->get_package_data == ROTOR_PLDM_PACKAGE_DATA_LIMITED)
		rotor_write_u32le(w, resp->package_data_max);
}

enum rotor_status rotor_pldm_request_update_resp_decode(struct rotor_bytes payload,
							struct rotor_pldm_request_update_resp *resp)
{
	struct rotor_reader r = reader(payload);

	resp->meta_data_size = rotor_read_u16le(&r);
	resp->get_package_data = rotor_read_u8(&r);
	resp->package_data_max =
	    resp->get_package_data == ROTOR_PLDM_PACKAGE_DATA_LIMITED ? rotor_read_u32le(&r) : 0;
	return rotor_reader_end(&r);
}

static void component_begin_write(struct rotor_writer *w, const struct rotor_pldm_component *c)
{
	rotor_write_u16le(w, c->classification);
	rotor_write_u16le(w, c->identifier);
	rotor_write_u8(w, c->index);
	rotor_write_u32le(w, c->stamp);
}

static void component_begin_read(struct rotor_reader *r, struct rotor_pldm_component *c)
{
	c->classification = rotor_read_u16le(r);
	c->identifier = rotor_read_u16le(r);
	c->index = rotor_read_u8(r);
	c->stamp = rotor_read_u32le(r);
}

void rotor_pldm_pass_component_encode(struct rotor_writer *w, uint8_t flag,
				      const struct rotor_pldm_component *component)
{
	rotor_write_u8(w, flag);
	component_begin_write(w, component);
	rotor_pldm_string_head_write(w, &component->version);
	rotor_pldm_string_text_write(w, &component->version);
}

enum rotor_status rotor_pldm_pass_component_decode(struct rotor_bytes payload, uint8_t *flag,
						   struct rotor_pldm_component *component)
{
	struct rotor_reader r = reader(payload);
	enum rotor_status status;

	*flag = rotor_read_u8(&r);
	component_begin_read(&r, component);
	component->size = 0;
	component->options = 0;
	rotor_pldm_string_head_read(&r, &component->version);
	status = end_with_string(&r, &component->version);
	if (status == ROTOR_OK && !rotor_pldm_transfer_flag_valid(*flag))
		return ROTOR_ERR_FORMAT;
	return status;
}

void rotor_pldm_pass_component_resp_encode(struct rotor_writer *w,
					   const struct rotor_pldm_pass_component_resp *resp)
{
	rotor_write_u8(w, resp->response);
	rotor_write_u8(w, resp->code);
}

enum rotor_status rotor_pldm_pass_component_resp_decode(struct rotor_bytes payload,
							struct rotor_pldm_pass_component_resp *resp)
{
	struct rotor_reader r = reader(payload);

	resp->response = rotor_read_u8(&r);
	resp->code = rotor_read_u8(&r);
	if (rotor_reader_end(&r) != ROTOR_OK)
		return ROTOR_ERR_LENGTH;
	return resp->response <= 1 ? ROTOR_OK : ROTOR_ERR_FORMAT;
}

void rotor_pldm_update_component_encode(struct rotor_writer *w,
					const struct rotor_pldm_component *component)
{
	component_begin_write(w, component);
	rotor_write_u32le(w, component->size);
	rotor_write_u32le(w, component->options);
	rotor_pldm_string_head_write(w, &component->version);
	rotor_pldm_string_text_write(w, &component->version);
}

enum rotor_status rotor_pldm_update_component_decode(struct rotor_bytes payload,
						     struct rotor_pldm_component *component)
{
	struct rotor_reader r = reader(payload);
	enum rotor_status status;

	component_begin_read(&r, component);
	component->size = rotor_read_u32le(&r);
	component->options = rotor_read_u32le(&r);
	rotor_pldm_string_head_read(&r, &component->version);
	status = end_with_string(&r, &component->version);
	if (status == ROTOR_OK && component->size == 0)
		return ROTOR_ERR_FORMAT;
	return status;
}

void rotor_pldm_update_component_resp_encode(struct rotor_writer *w,
					     const struct rotor_pldm_update_component_resp *resp)
{
	rotor_write_u8(w, resp->response);
	rotor_write_u8(w, resp->code);
	rotor_write_u32le(w, resp->options_enabled);
	rotor_write_u16le(w, resp->delay);
	/* A device without the option is not to carry this. */
	if (ROTOR_PLDM_FD_LESS && (resp->options_enabled & ROTOR_PLDM_OPTION_OPAQUE_DATA) != 0)
		rotor_write_u32le(w, resp->opaque_max);
}

enum rotor_status
rotor_pldm_update_component_resp_decode(struct rotor_bytes payload,
					struct rotor_pldm_update_component_resp *resp)
{
	struct rotor_reader r = reader(payload);

	resp->response = rotor_read_u8(&r);
	resp->code = rotor_read_u8(&r);
	resp->options_enabled = rotor_read_u32le(&r);
	resp->delay = rotor_read_u16le(&r);
	resp->opaque_max =
	    (resp->options_enabled & ROTOR_PLDM_OPTION_OPAQUE_DATA) != 0 ? rotor_read_u32le(&r) : 0;
	if (rotor_reader_end(&r) != ROTOR_OK)
		return ROTOR_ERR_LENGTH;
	return resp->response <= 1 ? ROTOR_OK : ROTOR_ERR_FORMAT;
}

void rotor_pldm_activate_encode(struct rotor_writer *w, bool self_contained)
{
	rotor_write_u8(w, self_contained);
}

enum rotor_status rotor_pldm_activate_decode(struct rotor_bytes payload, bool *self_contained)
{
	struct rotor_reader r = reader(payload);
	const uint8_t value = rotor_read_u8(&r);

	*self_contained = value == 1;
	if (rotor_reader_end(&r) != ROTOR_OK)
		return ROTOR_ERR_LENGTH;
	return value <= 1 ? ROTOR_OK : ROTOR_ERR_FORMAT;
}

void rotor_pldm_activate_resp_encode(struct rotor_writer *w, uint16_t seconds)
{
	rotor_write_u16le(w, seconds);
}

enum rotor_status rotor_pldm_activate_resp_decode(struct rotor_bytes payload, uint16_t *seconds)
{
	struct rotor_reader r = reader(payload);

	*seconds = rotor_read_u16le(&r);
	return rotor_reader_end(&r);
}

void rotor_pldm_status_encode(struct rotor_writer *w, const struct rotor_pldm_status *status)
{
	rotor_write_u8(w, status->state);
	rotor_write_u8(w, status->previous);
	rotor_write_u8(w, status->aux_state);
	rotor_write_u8(w, status->aux_status);
	rotor_write_u8(w, status->progress);
	rotor_write_u8(w, status->reason);
	rotor_write_u32le(w, status->options_enabled);
}

enum rotor_status rotor_pldm_status_decode(struct rotor_bytes payload,
					   struct rotor_pldm_status *status)
{
	struct rotor_reader r = reader(payload);

	status->state = rotor_read_u8(&r);
	status->previous = rotor_read_u8(&r);
	status->aux_state = rotor_read_u8(&r);
	status->aux_status = rotor_read_u8(&r);
	status->progress = rotor_read_u8(&r);
	status->reason = rotor_read_u8(&r);
	status->options_enabled = rotor_read_u32le(&r);
	if (rotor_reader_end(&r) != ROTOR_OK)
		return ROTOR_ERR_LENGTH;
	if (status->state >= ROTOR_PLDM_STATES || status->previous >= ROTOR_PLDM_STATES)
		return ROTOR_ERR_FORMAT;
	return ROTOR_OK;
}

void rotor_pldm_cancel_resp_encode(struct rotor_writer *w,
				   const struct rotor_pldm_cancel_resp *resp)
{
	rotor_write_u8(w, resp->not_functioning);
	rotor_write_u64le(w, resp->not_functioning_bitmap);
}

enum rotor_status rotor_pldm_cancel_resp_decode(struct rotor_bytes payload,
						struct rotor_pldm_cancel_resp *resp)
{
	struct rotor_reader r = reader(payload);
	const uint8_t flag = rotor_read_u8(&r);

	resp->not_functioning = flag == 1;
	resp->not_functioning_bitmap = rotor_read_u64le(&r);
	if (rotor_reader_end(&r) != ROTOR_OK)
		return ROTOR_ERR_LENGTH;
	return flag <= 1 ? ROTOR_OK : ROTOR_ERR_FORMAT;
}

void rotor_pldm_component_name_encode(struct rotor_writer *w,
				      const struct rotor_pldm_component_name *name)
{
	rotor_write_u16le(w, name->classification);
	rotor_write_u16le(w, name->identifier);
	rotor_write_u8(w, name->index);
}

enum rotor_status rotor_pldm_component_name_decode(struct rotor_bytes payload,
						   struct rotor_pldm_component_name *name)
{
	struct rotor_reader r = reader(payload);

	name->classification = rotor_read_u16le(&r);
	name->identifier = rotor_read_u16le(&r);
	name->index = rotor_read_u8(&r);
	return rotor_reader_end(&r);
}

enum rotor_status rotor_pldm_data_request_message(uint8_t *out, size_t cap, uint8_t instance,
						  const struct rotor_pldm_data_request *req,
						  size_t *len)
{
	/* Without a cursor, and of locals, so that compilers make two stores of the numbers. */
	const uint32_t offset = req->offset, length = req->length;

	if (cap < ROTOR_PLDM_DATA_REQUEST_SIZE)
		return ROTOR_ERR_SPACE;
	rotor_pldm_request_header(out, instance, ROTOR_PLDM_TYPE_FWUP,
				  ROTOR_PLDM_REQUEST_FIRMWARE_DATA);
	out[3] = (uint8_t)offset;
	out[4] = (uint8_t)(offset >> 8);
	out[5] = (uint8_t)(offset >> 16);
	out[6] = (uint8_t)(offset >> 24);
	out[7] = (uint8_t)length;
	out[8] = (uint8_t)(length >> 8);
	out[9] = (uint8_t)(length >> 16);
	out[10] = (uint8_t)(length >> 24);
	*len = ROTOR_PLDM_DATA_REQUEST_SIZE;
	return ROTOR_OK;
}

enum rotor_status rotor_pldm_data_request_decode(struct rotor_bytes payload,
						 struct rotor_pldm_data_request *req)
{
	struct rotor_reader r = reader(payload);

	req->offset = rotor_read_u32le(&r);
	req->length = rotor_read_u32le(&r);
	return rotor_reader_end(&r);
}

void rotor_pldm_result_encode(struct rotor_writer *w, uint8_t result)
{
	rotor_write_u8(w, result);
}

enum rotor_status rotor_pldm_result_decode(struct rotor_bytes payload, uint8_t *result)
{
	struct rotor_reader r = reader(payload);

	*result = rotor_read_u8(&r);
	return rotor_reader_end(&r);
}

void rotor_pldm_apply_complete_encode(struct rotor_writer *w,
				      const struct rotor_pldm_apply_complete *req)
{
	rotor_write_u8(w, req->result);
	rotor_write_u16le(w, req->activation_methods);
}

enum rotor_status rotor_pldm_apply_complete_decode(struct rotor_bytes payload,
						   struct rotor_pldm_apply_complete *req)
{
	struct rotor_reader r = reader(payload);

	req->result = rotor_read_u8(&r);
	req->activation_methods = rotor_read_u16le(&r);
	return rotor_reader_end(&r);
}
