/* SPDX-License-Identifier: Apache-2.0 */
/* PLDM firmware update messages for people. */
#include "rotor/pldm_fwup.h"
#include "trace/protocols.h"

static void put_string(struct out *o, const struct rotor_pldm_string *s)
{
	out_foreign(o, s->text);
}

static void field_string(struct out *o, const char *name, const struct rotor_pldm_string *s)
{
	out_field(o, name);
	put_string(o, s);
}

static enum rotor_status show_nothing(struct out *o, uint8_t command, struct rotor_bytes payload)
{
	(void)o;
	(void)command;
	return payload.len ? ROTOR_ERR_LENGTH : ROTOR_OK;
}

/* ---- inventory ---- */

static enum rotor_status show_identifiers(struct out *o, uint8_t command,
					  struct rotor_bytes payload)
{
	struct rotor_pldm_identifiers m;
	struct rotor_pldm_descriptor d;
	enum rotor_status status = rotor_pldm_identifiers_decode(payload, &m);
	(void)command;
	if (status != ROTOR_OK) {
		return status;
	}
	out_summary(o);
	out_dec(o, m.count);
	out_str(o, m.count == 1 ? " descriptor" : " descriptors");
	struct rotor_reader r = rotor_reader(m.area.data, m.area.len);
	for (uint8_t i = 0; i < m.count && rotor_pldm_descriptor_read(&r, &d) == ROTOR_OK; i++) {
		struct rotor_pldm_vendor_descriptor v;
		if (rotor_pldm_vendor_descriptor_read(&d, &v) == ROTOR_OK) {
			out_field(o, "vendor-defined");
			put_string(o, &v.title);
			out_str(o, " ");
			out_bytes(o, v.data);
		} else {
			out_field_bytes(o, rotor_pldm_descriptor_name(d.type), d.data);
		}
	}
	return status;
}

static void field_component(struct out *o, const struct rotor_pldm_component_parameters *c)
{
	out_field(o, "component");
	out_hex(o, c->identifier, 4);
	out_str(o, ", classification ");
	out_hex(o, c->classification, 4);
	out_str(o, ", index ");
	out_dec(o, c->index);
	out_str(o, ", active ");
	put_string(o, &c->active.text);
	out_str(o, " stamp ");
	out_hex(o, c->active.stamp, 8);
	if (c->pending.text.text.len) {
		out_str(o, ", pending ");
		put_string(o, &c->pending.text);
		out_str(o, " stamp ");
		out_hex(o, c->pending.stamp, 8);
	}
	if (c->capabilities & ROTOR_PLDM_COMPONENT_SECURITY_REVISION_NOT_LATEST) {
		out_str(o, ", its security revision is not in force");
	}
}

static enum rotor_status show_parameters(struct out *o, uint8_t command, struct rotor_bytes payload)
{
	struct rotor_pldm_parameters m;
	struct rotor_pldm_component_parameters c;
	struct rotor_reader table;
	enum rotor_status status = rotor_pldm_parameters_decode(payload, &m, &table);
	(void)command;
	if (status != ROTOR_OK) {
		return status;
	}
	out_summary(o);
	out_str(o, "active ");
	put_string(o, &m.active);
	if (m.pending.text.len) {
		out_str(o, ", pending ");
		put_string(o, &m.pending);
	}
	out_field_hex(o, "capabilities", m.capabilities, 8);
	field_string(o, "active version", &m.active);
	field_string(o, "pending version", &m.pending);
	for (uint16_t i = 0; i < m.component_count && status == ROTOR_OK; i++) {
		status = rotor_pldm_component_parameters_read(&table, &c);
		if (status == ROTOR_OK) {
			field_component(o, &c);
		}
	}
	return status == ROTOR_OK ? rotor_reader_end(&table) : status;
}

/* ---- agent to device ---- */

static enum rotor_status show_request_update(struct out *o, uint8_t command,
					     struct rotor_bytes payload)
{
	struct rotor_pldm_request_update m;
	enum rotor_status status = rotor_pldm_request_update_decode(payload, &m);
	(void)command;
	if (status != ROTOR_OK) {
		return status;
	}
	out_summary(o);
	out_str(o, "to ");
	put_string(o, &m.version);
	out_str(o, ", transfers of ");
	out_dec(o, m.max_transfer);
	out_str(o, " bytes");
	out_field_dec(o, "largest transfer", m.max_transfer);
	out_field_dec(o, "components", m.component_count);
	out_field_dec(o, "outstanding requests", m.max_outstanding);
	out_field_dec(o, "package data", m.package_data_size);
	field_string(o, "version", &m.version);
	return status;
}

static enum rotor_status show_request_update_resp(struct out *o, uint8_t command,
						  struct rotor_bytes payload)
{
	struct rotor_pldm_request_update_resp m;
	enum rotor_status status = rotor_pldm_request_update_resp_decode(payload, &m);
	(void)command;
	if (status == ROTOR_OK) {
		out_summary(o);
		out_str(o, "update mode entered");
		out_field_dec(o, "meta data", m.meta_data_size);
		out_field_dec(o, "asks for package data", m.get_package_data);
	}
	return status;
}

static void show_component(struct out *o, const struct rotor_pldm_component *c)
{
	out_field_hex(o, "component", c->identifier, 4);
	out_field_hex(o, "classification", c->classification, 4);
	out_field_dec(o, "index", c->index);
	out_field_hex(o, "comparison stamp", c->stamp, 8);
	field_string(o, "version", &c->version);
}

static enum rotor_status show_pass_component(struct out *o, uint8_t command,
					     struct rotor_bytes payload)
{
	struct rotor_pldm_component m;
	uint8_t flag;
	enum rotor_status status = rotor_pldm_pass_component_decode(payload, &flag, &m);
	(void)command;
	if (status == ROTOR_OK) {
		out_summary(o);
		out_str(o, "component ");
		out_hex(o, m.identifier, 4);
		out_str(o, " ");
		put_string(o, &m.version);
		out_field_hex(o, "transfer flag", flag, 2);
		show_component(o, &m);
	}
	return status;
}

static enum rotor_status show_pass_component_resp(struct out *o, uint8_t command,
						  struct rotor_bytes payload)
{
	struct rotor_pldm_pass_component_resp m;
	enum rotor_status status = rotor_pldm_pass_component_resp_decode(payload, &m);
	if (status == ROTOR_OK) {
		out_summary(o);
		out_str(o, m.response ? "not as it is: " : "can be updated");
		out_str(o, m.response ? rotor_pldm_component_code_name(command, m.code) : "");
		out_field_dec(o, "response", m.response);
		out_field_hex(o, "code", m.code, 2);
	}
	return status;
}

static enum rotor_status show_update_component(struct out *o, uint8_t command,
					       struct rotor_bytes payload)
{
	struct rotor_pldm_component m;
	enum rotor_status status = rotor_pldm_update_component_decode(payload, &m);
	(void)command;
	if (status == ROTOR_OK) {
		out_summary(o);
		out_str(o, "component ");
		out_hex(o, m.identifier, 4);
		out_str(o, " to ");
		put_string(o, &m.version);
		out_str(o, ", ");
		out_dec(o, m.size);
		out_str(o, " bytes");
		out_str(o, m.options & ROTOR_PLDM_OPTION_DELAY_SECURITY_REVISION
			       ? ", security revision delayed"
			       : "");
		show_component(o, &m);
		out_field_dec(o, "size", m.size);
		out_field_hex(o, "options", m.options, 8);
	}
	return status;
}

static enum rotor_status show_update_component_resp(struct out *o, uint8_t command,
						    struct rotor_bytes payload)
{
	struct rotor_pldm_update_component_resp m;
	enum rotor_status status = rotor_pldm_update_component_resp_decode(payload, &m);
	if (status == ROTOR_OK) {
		out_summary(o);
		out_str(o, m.response ? "will not be updated: " : "will be updated");
		out_str(o, m.response ? rotor_pldm_component_code_name(command, m.code) : "");
		out_field_dec(o, "response", m.response);
		out_field_hex(o, "code", m.code, 2);
		out_field_hex(o, "options enabled", m.options_enabled, 8);
		out_field_dec(o, "delay (s)", m.delay);
	}
	return status;
}

static enum rotor_status show_activate(struct out *o, uint8_t command, struct rotor_bytes payload)
{
	bool self_contained;
	enum rotor_status status = rotor_pldm_activate_decode(payload, &self_contained);
	(void)command;
	if (status == ROTOR_OK) {
		out_summary(o);
		out_str(o, self_contained ? "self-contained too" : "not self-contained");
		out_field_str(o, "self-contained", self_contained ? "yes" : "no");
	}
	return status;
}

static enum rotor_status show_activate_resp(struct out *o, uint8_t command,
					    struct rotor_bytes payload)
{
	uint16_t seconds;
	enum rotor_status status = rotor_pldm_activate_resp_decode(payload, &seconds);
	(void)command;
	if (status == ROTOR_OK) {
		out_summary(o);
		out_str(o, "within ");
		out_dec(o, seconds);
		out_str(o, " s");
		out_field_dec(o, "seconds", seconds);
	}
	return status;
}

static enum rotor_status show_status(struct out *o, uint8_t command, struct rotor_bytes payload)
{
	struct rotor_pldm_status m;
	enum rotor_status status = rotor_pldm_status_decode(payload, &m);
	(void)command;
	if (status != ROTOR_OK) {
		return status;
	}
	out_summary(o);
	out_str(o, rotor_pldm_state_name(m.state));
	out_str(o, ", ");
	out_str(o, rotor_pldm_aux_state_name(m.aux_state));
	if (m.progress < ROTOR_PLDM_PROGRESS_UNKNOWN) {
		out_str(o, ", ");
		out_dec(o, m.progress);
		out_str(o, " %");
	}
	out_field_str(o, "state", rotor_pldm_state_name(m.state));
	out_field_str(o, "previous state", rotor_pldm_state_name(m.previous));
	out_field_str(o, "auxiliary state", rotor_pldm_aux_state_name(m.aux_state));
	out_field_hex(o, "auxiliary status", m.aux_status, 2);
	out_field_dec(o, "progress", m.progress);
	out_field_str(o, "reason", rotor_pldm_reason_name(m.reason));
	out_field_hex(o, "options enabled", m.options_enabled, 8);
	return status;
}

static enum rotor_status show_cancel_resp(struct out *o, uint8_t command,
					  struct rotor_bytes payload)
{
	struct rotor_pldm_cancel_resp m;
	enum rotor_status status = rotor_pldm_cancel_resp_decode(payload, &m);
	(void)command;
	if (status == ROTOR_OK) {
		out_summary(o);
		out_str(o, m.not_functioning ? "cancelled, components do not work" : "cancelled");
		out_field_hex(o, "not functioning", m.not_functioning_bitmap, 16);
	}
	return status;
}

static enum rotor_status show_security_revision(struct out *o, uint8_t command,
						struct rotor_bytes payload)
{
	struct rotor_pldm_component_name m;
	enum rotor_status status = rotor_pldm_component_name_decode(payload, &m);
	(void)command;
	if (status == ROTOR_OK) {
		out_summary(o);
		out_str(o, "component ");
		out_hex(o, m.identifier, 4);
		out_field_hex(o, "component", m.identifier, 4);
		out_field_hex(o, "classification", m.classification, 4);
		out_field_dec(o, "index", m.index);
	}
	return status;
}

/* ---- device to agent ---- */

static enum rotor_status show_data_request(struct out *o, uint8_t command,
					   struct rotor_bytes payload)
{
	struct rotor_pldm_data_request m;
	enum rotor_status status = rotor_pldm_data_request_decode(payload, &m);
	(void)command;
	if (status == ROTOR_OK) {
		out_summary(o);
		out_dec(o, m.length);
		out_str(o, " bytes from ");
		out_dec(o, m.offset);
		out_field_dec(o, "offset", m.offset);
		out_field_dec(o, "length", m.length);
	}
	return status;
}

static enum rotor_status show_data(struct out *o, uint8_t command, struct rotor_bytes payload)
{
	(void)command;
	out_summary(o);
	out_dec(o, payload.len);
	out_str(o, " bytes");
	out_field_bytes(o, "data", payload);
	return ROTOR_OK;
}

static enum rotor_status show_result(struct out *o, uint8_t command, struct rotor_bytes payload)
{
	struct rotor_pldm_apply_complete m = {0};
	enum rotor_status status = command == ROTOR_PLDM_APPLY_COMPLETE
				       ? rotor_pldm_apply_complete_decode(payload, &m)
				       : rotor_pldm_result_decode(payload, &m.result);
	if (status == ROTOR_OK) {
		out_summary(o);
		out_str(o, rotor_pldm_result_name(command, m.result));
		out_field_hex(o, "result", m.result, 2);
		if (command == ROTOR_PLDM_APPLY_COMPLETE) {
			out_field_hex(o, "activation methods", m.activation_methods, 4);
		}
	}
	return status;
}

typedef enum rotor_status show(struct out *o, uint8_t command, struct rotor_bytes payload);

static const struct {
	uint8_t command;
	show *request, *response;
} shows[] = {
    {ROTOR_PLDM_QUERY_DEVICE_IDENTIFIERS, show_nothing, show_identifiers},
    {ROTOR_PLDM_GET_FIRMWARE_PARAMETERS, show_nothing, show_parameters},
    {ROTOR_PLDM_REQUEST_UPDATE, show_request_update, show_request_update_resp},
    {ROTOR_PLDM_PASS_COMPONENT_TABLE, show_pass_component, show_pass_component_resp},
    {ROTOR_PLDM_UPDATE_COMPONENT, show_update_component, show_update_component_resp},
    {ROTOR_PLDM_REQUEST_FIRMWARE_DATA, show_data_request, show_data},
    {ROTOR_PLDM_TRANSFER_COMPLETE, show_result, show_nothing},
    {ROTOR_PLDM_VERIFY_COMPLETE, show_result, show_nothing},
    {ROTOR_PLDM_APPLY_COMPLETE, show_result, show_nothing},
    {ROTOR_PLDM_ACTIVATE_FIRMWARE, show_activate, show_activate_resp},
    {ROTOR_PLDM_GET_STATUS, show_nothing, show_status},
    {ROTOR_PLDM_CANCEL_UPDATE_COMPONENT, show_nothing, show_nothing},
    {ROTOR_PLDM_CANCEL_UPDATE, show_nothing, show_cancel_resp},
    {ROTOR_PLDM_ACTIVATE_PENDING_IMAGE_SET, show_nothing, show_activate_resp},
    {ROTOR_PLDM_ACTIVATE_PENDING_IMAGE, show_security_revision, show_activate_resp},
    {ROTOR_PLDM_UPDATE_SECURITY_REVISION, show_security_revision, show_nothing},
};

enum rotor_status trace_fwup(struct out *o, const struct rotor_pldm_message *m)
{
	for (size_t i = 0; i < ROTOR_COUNT_OF(shows); i++) {
		if (shows[i].command == m->header.command) {
			show *f = m->header.request ? shows[i].request : shows[i].response;
			return f(o, m->header.command, m->payload);
		}
	}
	return trace_fwup_parts(o, m);
}
