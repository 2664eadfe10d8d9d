/* SPDX-License-Identifier: Apache-2.0 */
/* The package's word, and what of it an update brings at a time. */
#include "agent/parts.h"
#include "rotor/pldm_block_map.h"

static enum rotor_status fail(struct rotor_agent_job *job, enum rotor_agent_fault fault,
			      enum rotor_status status)
{
	job->failure.fault = fault;
	return status;
}

enum rotor_status agent_plan_check_package(struct rotor_agent_job *job)
{
	const struct rotor_package *package = job->config.package;
	const struct rotor_agent_trust *trust = job->config.trust;
	for (; job->manifest_at < package->device_count; job->manifest_at++) {
		struct rotor_package_record record;
		struct rotor_reference reference;
		enum rotor_status status = rotor_package_device(package, job->manifest_at, &record);
		if (status != ROTOR_OK) {
			return fail(job, ROTOR_AGENT_FAULT_COMPONENT, status);
		}
		if (!record.manifest.len) {
			continue;
		}
		status =
		    rotor_reference_open(job->config.crypto, &job->manifest_job, record.manifest,
					 trust->signers, trust->signer_count, &reference);
		if (status == ROTOR_PENDING) {
			return status;
		}
		if (status != ROTOR_OK) {
			return fail(job, ROTOR_AGENT_FAULT_REFERENCE, status);
		}
	}
	return ROTOR_OK;
}

/* ---- rounds ---- */

/* What the device's maker has put behind the block maps. */
static struct rotor_bytes without_maps(struct rotor_bytes data)
{
	for (;;) {
		struct rotor_block_map_reader reader;
		struct rotor_bytes input = data;
		enum rotor_block_map_event event = ROTOR_BLOCK_MAP_REST;
		rotor_block_map_reader_init(&reader);
		if (rotor_block_map_next(&reader, &input, &event) != ROTOR_OK ||
		    event != ROTOR_BLOCK_MAP_BEGIN) {
			return data;
		}
		const uint64_t size = rotor_block_map_size(&reader.map);
		const size_t len = size < data.len ? (size_t)size : data.len;
		data.data += len;
		data.len -= len;
	}
}

static void add(struct rotor_agent_job *job, uint8_t item_index,
		const struct rotor_package_component *image)
{
	struct rotor_agent_item *item = &job->items[item_index];
	uint16_t n = job->plan.count++;
	bool force = job->config.force || image->options & ROTOR_PACKAGE_COMPONENT_FORCE;
	bool delay = job->config.delay_security_revision && !item->downstream;
	const uint32_t delayed = ROTOR_PLDM_OPTION_DELAY_SECURITY_REVISION;
	bool has_stamp = image->options & ROTOR_PACKAGE_COMPONENT_STAMP;
	/* Before 1.2 nobody knows that option. */
	bool opaque =
	    image->opaque.len != 0 && job->ua.found.fwup_version >= ROTOR_PLDM_VERSION(1, 2, 0);
	item->state = ROTOR_AGENT_ITEM_UNDER_WAY;
	job->planned[n] = item_index;
	job->images[n] = *image;
	job->opaque_data[n] = opaque ? image->opaque : (struct rotor_bytes){0};
	job->components[n] = (struct rotor_pldm_component){
	    .classification = image->classification,
	    .identifier = image->identifier,
	    .index = (uint8_t)item->index,
	    .stamp = has_stamp ? image->comparison_stamp : ROTOR_PLDM_STAMP_NONE,
	    .version = image->version,
	    .size = image->size,
	    .options = (force ? ROTOR_PLDM_OPTION_FORCE : 0) | (delay ? delayed : 0) |
		       (opaque ? ROTOR_PLDM_OPTION_OPAQUE_DATA : 0),
	};
	if (item->downstream) {
		job->components[n].classification = ROTOR_PLDM_CLASS_DOWNSTREAM;
		job->components[n].identifier = item->index;
		job->components[n].index = 0;
	}
}

/* The record of the package that an item is of. */
static enum rotor_status record_of(const struct rotor_agent_job *job,
				   const struct rotor_agent_item *item,
				   struct rotor_package_record *out)
{
	return item->downstream ? rotor_package_downstream(job->config.package, item->record, out)
				: rotor_package_device(job->config.package, item->record, out);
}

enum rotor_status agent_round_poll(struct rotor_agent_job *job)
{
	uint8_t first = 0;
	while (first < job->item_count && job->items[first].state != ROTOR_AGENT_ITEM_WAITS) {
		first++;
	}
	if (first == job->item_count) {
		agent_go_to(job, ROTOR_AGENT_STEP_COUNT);
		return ROTOR_OK;
	}
	struct rotor_package_record record;
	enum rotor_status status = record_of(job, &job->items[first], &record);
	const bool downstream = job->items[first].downstream;
	job->plan = (struct rotor_pldm_ua_plan){
	    .components = job->components,
	    .version = record.version,
	    .package_data =
		job->config.sequential ? without_maps(record.package_data) : record.package_data,
	    .opaque_data = job->opaque_data,
	    .meta_data = job->meta_data,
	    .meta_data_cap = sizeof(job->meta_data),
	    .max_transfer = ROTOR_AGENT_TRANSFER_MAX,
	    .max_outstanding = job->config.sequential ? 1 : ROTOR_AGENT_OUTSTANDING,
	    .downstream = downstream,
	    .self_contained = true,
	    .activate = true,
	    .take_over = true,
	};
	for (uint8_t i = first; status == ROTOR_OK && i < job->item_count; i++) {
		struct rotor_package_component image;
		const struct rotor_agent_item *item = &job->items[i];
		if (item->state != ROTOR_AGENT_ITEM_WAITS || item->downstream != downstream) {
			continue;
		}
		/* Devices behind this one are updated one by one: not every device can have several at work. */
		if (job->plan.count == (downstream ? 1 : ROTOR_COUNT_OF(job->components))) {
			break;
		}
		status = rotor_package_component(job->config.package, item->component, &image);
		if (status == ROTOR_OK) {
			add(job, i, &image);
		}
	}
	return status;
}

bool agent_round_shorten(struct rotor_agent_job *job)
{
	const struct rotor_pldm_ua_failure *f = &job->ua.failure;
	if (f->kind != ROTOR_PLDM_UA_FAILED_COMPONENT ||
	    f->command != ROTOR_PLDM_PASS_COMPONENT_TABLE ||
	    f->code != ROTOR_PLDM_COMPONENT_CONFLICT || f->component == 0) {
		return false;
	}
	while (job->plan.count > f->component) {
		job->plan.count--;
		job->items[job->planned[job->plan.count]].state = ROTOR_AGENT_ITEM_WAITS;
	}
	return true;
}

enum rotor_status agent_plan_read(void *ctx, uint16_t component, uint32_t offset, uint8_t *buf,
				  size_t len)
{
	struct rotor_agent_job *job = ctx;
	if (component >= job->plan.count) {
		return ROTOR_ERR_ARGUMENT;
	}
	return rotor_package_read(job->config.package, &job->images[component], offset, buf, len);
}
