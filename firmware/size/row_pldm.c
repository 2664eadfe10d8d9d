/* SPDX-License-Identifier: Apache-2.0 */
/* PLDM: the responder of type 0 and a firmware device, with operations that the device of somebody else would have. */
#include "port.h"
#include "rotor/pldm_fd.h"

void main_loop(void);

static struct rotor_pldm_fd fd;
static uint8_t transfer[ROTOR_DEVICE_TRANSFER_MAX];
static uint8_t answer[448];

static bool authorise(void *ctx, uint8_t command, uint32_t peer)
{
	(void)ctx;
	return port_number() == command + peer;
}

static void parameters(void *ctx, struct rotor_pldm_parameters *out)
{
	(void)ctx;
	out->component_count = 1;
}

static void component(void *ctx, uint16_t n, struct rotor_pldm_component_parameters *out)
{
	(void)ctx;
	out->identifier = n;
}

static uint8_t request_update(void *ctx, const struct rotor_pldm_request_update *req)
{
	(void)ctx;
	return (uint8_t)(port_number() + req->component_count);
}

static uint8_t check(void *ctx, const struct rotor_pldm_component *asked, uint32_t *options_enabled)
{
	(void)ctx;
	*options_enabled = asked->options;
	return (uint8_t)port_number();
}

static enum rotor_status begin(void *ctx, const struct rotor_pldm_component *asked)
{
	(void)ctx;
	return (enum rotor_status)(port_number() + asked->size);
}

static enum rotor_status write(void *ctx, uint32_t offset, const uint8_t *data, size_t len)
{
	(void)ctx;
	return port_send(data, len + offset) ? ROTOR_OK : ROTOR_PENDING;
}

static enum rotor_status step(void *ctx, struct rotor_pldm_fd_result *result)
{
	(void)ctx;
	result->code = (uint8_t)port_number();
	return (enum rotor_status)port_number();
}

static enum rotor_status activate(void *ctx, bool self_contained, uint16_t *seconds)
{
	(void)ctx;
	*seconds = self_contained;
	return (enum rotor_status)port_number();
}

static void activated(void *ctx, bool self_contained)
{
	(void)ctx;
	(void)port_send(NULL, self_contained);
}

static enum rotor_status security_revision(void *ctx, const struct rotor_pldm_component_name *named)
{
	(void)ctx;
	return (enum rotor_status)(port_number() + named->index);
}

static void cancel(void *ctx, bool whole)
{
	(void)ctx;
	(void)port_send(NULL, whole);
}

#if ROTOR_PLDM_FD_LESS
static enum rotor_status package_data(void *ctx, uint32_t offset, const uint8_t *data, size_t len,
				      bool end)
{
	(void)ctx;
	return port_send(data, len + offset + end) ? ROTOR_OK : ROTOR_PENDING;
}

static enum rotor_status meta_data_back(void *ctx, uint32_t offset, const uint8_t *data, size_t len,
					bool end)
{
	(void)ctx;
	return port_send(data, len - offset - end) ? ROTOR_OK : ROTOR_PENDING;
}

static enum rotor_status opaque_data(void *ctx, uint32_t offset, const uint8_t *data, size_t len,
				     bool end)
{
	(void)ctx;
	return port_send(data, len ^ offset ^ end) ? ROTOR_OK : ROTOR_PENDING;
}

static enum rotor_status activate_pending(void *ctx, const struct rotor_pldm_component_name *named,
					  uint16_t *seconds)
{
	(void)ctx;
	*seconds = (uint16_t)port_number();
	return (enum rotor_status)(port_number() + (named != NULL));
}

static uint16_t downstream_list(void *ctx, struct rotor_pldm_downstream *out)
{
	(void)ctx;
	out->count = (uint16_t)port_number();
	return (uint16_t)port_number();
}

static void downstream_device(void *ctx, uint16_t n, struct rotor_pldm_fd_downstream *out)
{
	(void)ctx;
	out->parameters.index = (uint16_t)(port_number() + n);
}

static uint8_t request_downstream(void *ctx, const struct rotor_pldm_request_downstream *req)
{
	(void)ctx;
	return (uint8_t)(port_number() + req->max_outstanding);
}

static uint16_t meta_data_size(void *ctx)
{
	(void)ctx;
	return (uint16_t)port_number();
}

static void meta_data(void *ctx, uint32_t offset, uint8_t *data, size_t len)
{
	(void)ctx;
	data[0] = (uint8_t)(port_number() + offset + len);
}

static bool has(void *ctx, uint32_t offset, uint32_t *len)
{
	(void)ctx;
	*len = port_number();
	return *len < offset;
}

static enum rotor_status take_over(void *ctx, uint32_t offset, uint32_t len)
{
	(void)ctx;
	return (enum rotor_status)(port_number() + offset + len);
}
#endif

static const struct rotor_pldm_fd_ops ops = {
    .authorise = authorise,
    .parameters = parameters,
    .component = component,
    .request_update = request_update,
    .check = check,
    .begin = begin,
    .write = write,
    .transfer_end = step,
    .verify = step,
    .apply = step,
    .activate = activate,
    .activated = activated,
    .update_security_revision = security_revision,
    .cancel = cancel,
#if ROTOR_PLDM_FD_LESS
    .package_data = package_data,
    .activate_pending = activate_pending,
    .downstream_list = downstream_list,
    .downstream_device = downstream_device,
    .request_downstream = request_downstream,
    .meta_data_size = meta_data_size,
    .meta_data = meta_data,
    .meta_data_back = meta_data_back,
    .opaque_data = opaque_data,
    .has = has,
    .take = take_over,
#endif
};

static const uint8_t class_id[16] = {1};
static const struct rotor_pldm_descriptor descriptors[] = {
    {ROTOR_PLDM_DESCRIPTOR_UUID, {class_id, sizeof(class_id)}},
};
#if ROTOR_PLDM_FD_LESS
static const struct rotor_pldm_base_extra extras[] = {
    {ROTOR_PLDM_TYPE_FWUP, ROTOR_PLDM_GET_DEVICE_META_DATA, NULL, &rotor_pldm_fd_get_meta_data},
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
#endif
static const struct rotor_pldm_fd_config config = {
#if ROTOR_PLDM_FD_LESS
    .base_extras = extras,
    .base_extra_count = ROTOR_COUNT_OF(extras),
#endif
    .descriptors = descriptors,
    .descriptor_count = ROTOR_COUNT_OF(descriptors),
    .buffer = transfer,
    .buffer_size = sizeof(transfer),
};

static void take(const uint8_t *message, size_t n, rotor_ms now)
{
	size_t len = 0;

	if (!rotor_pldm_is_request(message, n))
		rotor_pldm_fd_response(&fd, port_number(), message, n, now);
	else if (rotor_pldm_fd_request(&fd, port_number(), message, n, answer, sizeof(answer), &len,
				       now) == ROTOR_OK)
		(void)port_send(answer, len);
}

void main_loop(void)
{
	uint8_t *message;
	uint32_t peer;
	size_t len;

	if (rotor_pldm_fd_init(&fd, &config, &ops, NULL) != ROTOR_OK)
		return;
	for (;;) {
		size_t n = port_receive(&message);
		rotor_ms now = port_now();

		take(message, n, now);
		rotor_pldm_fd_link(&fd, port_number() != 0, now);
		if (rotor_pldm_fd_deadline(&fd) <= now)
			rotor_pldm_fd_poll(&fd, now);
		if (rotor_pldm_fd_answer(&fd, answer, sizeof(answer), &len, &peer) == ROTOR_OK)
			(void)port_send(answer, len);
		if (rotor_pldm_fd_next_request(&fd, now, answer, sizeof(answer), &len, &peer) ==
		    ROTOR_OK) {
			(void)port_send(answer, len);
			rotor_pldm_fd_sent(&fd, now, 0);
		}
	}
}
