/* SPDX-License-Identifier: Apache-2.0 */
/* Which components of a package are for a device and for those behind it, and which of them are in their places. */
#include <string.h>

#include "agent/parts.h"

static enum rotor_status fail(struct rotor_agent_job *job, enum rotor_agent_fault fault)
{
	job->failure.fault = fault;
	return ROTOR_ERR_NOT_FOUND;
}

/* A component of the device, as its inventory has it. */
static bool find_component(const struct rotor_agent_job *job,
			   const struct rotor_package_component *image,
			   struct rotor_pldm_component_parameters *out)
{
	struct rotor_pldm_parameters parameters;
	struct rotor_reader table;
	if (rotor_pldm_parameters_decode(job->ua.parameters, &parameters, &table) != ROTOR_OK) {
		return false;
	}
	for (uint16_t i = 0; i < parameters.component_count; i++) {
		if (rotor_pldm_component_parameters_read(&table, out) != ROTOR_OK) {
			return false;
		}
		if (out->classification == image->classification &&
		    out->identifier == image->identifier) {
			return true;
		}
	}
	return false;
}

/* What runs on a device behind this one. */
static bool find_downstream(const struct rotor_agent_job *job, uint16_t index,
			    struct rotor_pldm_downstream_parameters *out)
{
	const struct rotor_bytes area = job->ua.downstream_parameters.area;
	struct rotor_reader r = rotor_reader(area.data, area.len);
	for (uint16_t i = 0; i < job->ua.downstream_parameters.count; i++) {
		if (rotor_pldm_downstream_parameters_read(&r, out) != ROTOR_OK) {
			return false;
		}
		if (out->index == index) {
			return true;
		}
	}
	return false;
}

/* ---- the items ---- */

/* Components that a record of the package lists; a device behind this one has a single one. */
static enum rotor_status add(struct rotor_agent_job *job, const struct rotor_package_record *record,
			     const struct rotor_agent_item *like)
{
	const struct rotor_package *package = job->config.package;
	unsigned added = 0;
	for (uint16_t i = 0; i < package->component_count; i++) {
		struct rotor_package_component image;
		struct rotor_pldm_component_parameters found;
		struct rotor_agent_item item = *like;
		item.component = i;
		if (!rotor_package_applies(record, i)) {
			continue;
		}
		if (rotor_package_component(package, i, &image) != ROTOR_OK ||
		    job->item_count == ROTOR_COUNT_OF(job->items) ||
		    (item.downstream && added != 0) ||
		    (!item.downstream && !find_component(job, &image, &found))) {
			return fail(job, ROTOR_AGENT_FAULT_COMPONENT);
		}
		if (!item.downstream) {
			/* It is the device's own number, and not in the package. */
			item.index = found.index;
		}
		job->items[job->item_count++] = item;
		added++;
	}
	/* A package must have a record of a device even if all that it brings is for the one behind it. */
	return added || !like->downstream ? ROTOR_OK : fail(job, ROTOR_AGENT_FAULT_COMPONENT);
}

static enum rotor_status add_downstream(struct rotor_agent_job *job)
{
	const struct rotor_bytes area = job->ua.downstream_identifiers.area;
	struct rotor_reader r = rotor_reader(area.data, area.len);
	enum rotor_status status = ROTOR_OK;
	for (uint16_t i = 0; status == ROTOR_OK && i < job->ua.downstream_identifiers.count; i++) {
		struct rotor_pldm_downstream_identifiers device;
		struct rotor_pldm_descriptor descriptors[ROTOR_AGENT_DESCRIPTORS_MAX];
		struct rotor_package_record record;
		struct rotor_agent_item item = {.downstream = true};
		status = rotor_pldm_downstream_identifiers_read(&r, &device);
		if (status == ROTOR_OK) {
			status = rotor_pldm_descriptors_read(device.area, device.count, descriptors,
							     ROTOR_COUNT_OF(descriptors));
		}
		item.index = device.index;
		if (status == ROTOR_OK &&
		    rotor_package_find_downstream(job->config.package, descriptors, device.count,
						  &item.record, &record) == ROTOR_OK) {
			status = add(job, &record, &item);
		}
	}
	return status;
}

enum rotor_status agent_match_poll(struct rotor_agent_job *job)
{
	struct rotor_agent_item item = {0};
	enum rotor_status status = ROTOR_OK;
	job->item_count = 0;
	const bool named =
	    rotor_package_find(job->config.package, job->descriptors, job->descriptor_count,
			       &item.record, &job->record) == ROTOR_OK;
	if (named) {
		status = add(job, &job->record, &item);
	} else {
		memset(&job->record, 0, sizeof(job->record));
	}
	if (status == ROTOR_OK) {
		status = add_downstream(job);
	}
	if (status == ROTOR_OK && job->item_count == 0) {
		status =
		    fail(job, named ? ROTOR_AGENT_FAULT_COMPONENT : ROTOR_AGENT_FAULT_OTHER_DEVICE);
	}
	job->matched = status == ROTOR_OK;
	return status;
}

/* ---- in place ---- */

static bool same_text(struct rotor_bytes a, struct rotor_bytes b)
{
	return a.len == b.len && a.len && memcmp(a.data, b.data, a.len) == 0;
}

/* Whether the device says that it has an item; @p measured is the version that its firmware was proved to have, or empty. */
static bool in_place(const struct rotor_agent_job *job, const struct rotor_agent_item *item,
		     struct rotor_bytes measured)
{
	struct rotor_package_component image;
	struct rotor_pldm_component_parameters component;
	struct rotor_pldm_downstream_parameters device;
	if (rotor_package_component(job->config.package, item->component, &image) != ROTOR_OK) {
		return false;
	}
	if (item->downstream) {
		return find_downstream(job, item->index, &device) &&
		       same_text(image.version.text, device.active.text.text);
	}
	return find_component(job, &image, &component) &&
	       (same_text(image.version.text, component.active.text.text) ||
		same_text(measured, component.active.text.text));
}

/* The version of which the package's reference values speak, once they were found to be what runs. */
static struct rotor_bytes measured_version(const struct rotor_agent_job *job)
{
	return job->record.manifest.len ? job->judgement.reference.version
					: (struct rotor_bytes){NULL, 0};
}

/*
 * Of its own firmware a version proves nothing, reference values do: without them it is left to the device what it makes
 * of a version that it has. Of the rest, the word of firmware that was judged good is all that there is.
 */
enum rotor_status agent_present_poll(struct rotor_agent_job *job)
{
	const struct rotor_agent_judgement judgement = job->judgement;
	bool proved = false;
	if (job->config.force) {
		return ROTOR_OK;
	}
	if (job->record.manifest.len) {
		enum rotor_status status = agent_judge_against(job, &job->record.manifest);
		if (status == ROTOR_PENDING) {
			return status;
		}
		proved = status == ROTOR_OK;
		if (!proved) {
			job->failure.fault = ROTOR_AGENT_FAULT_NONE;
			job->judgement = judgement;
		}
	}
	for (uint8_t i = 0; i < job->item_count; i++) {
		struct rotor_agent_item *item = &job->items[i];
		if ((item->downstream || proved) &&
		    in_place(job, item,
			     proved ? measured_version(job) : (struct rotor_bytes){NULL, 0})) {
			item->state = ROTOR_AGENT_ITEM_PRESENT;
		}
	}
	return ROTOR_OK;
}

static bool any_waits(const struct rotor_agent_job *job)
{
	for (uint8_t i = 0; i < job->item_count; i++) {
		if (job->items[i].state == ROTOR_AGENT_ITEM_WAITS) {
			return true;
		}
	}
	return false;
}

/*
 * Firmware that was judged good says, in a session, what of the package is in its place: without reference values in the
 * package, a device that went back to the old version is noticed here; and settings, a recovery image or a device behind
 * this one are never measured by what runs. A component whose version is the measured one is what the package's reference
 * values speak of.
 */
enum rotor_status agent_arrived_poll(struct rotor_agent_job *job)
{
	for (uint8_t i = 0; i < job->item_count; i++) {
		struct rotor_agent_item *item = &job->items[i];
		if (item->state != ROTOR_AGENT_ITEM_UNDER_WAY) {
			continue;
		}
		if (!in_place(job, item, measured_version(job))) {
			job->judgement.verdict = ROTOR_AGENT_OTHER_VERSION;
			job->failure.fault = ROTOR_AGENT_FAULT_VERDICT;
			job->failure.verdict = ROTOR_AGENT_OTHER_VERSION;
			return ROTOR_ERR_UNTRUSTED;
		}
		item->state = ROTOR_AGENT_ITEM_ARRIVED;
	}
	job->activated = false;
	if (!job->matched) {
		/* What has arrived is an update that was activated before this job began. */
		agent_go_to(job, ROTOR_AGENT_STEP_MATCH);
	} else if (any_waits(job)) {
		agent_go_to(job, ROTOR_AGENT_STEP_ROUND);
	}
	return ROTOR_OK;
}
