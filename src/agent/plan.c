/* SPDX-License-Identifier: Apache-2.0 */
/* From a package and a device's inventory to what is to be updated. */
#include <string.h>

#include "agent/parts.h"

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

bool agent_plan_component(const struct rotor_agent_job *job, uint16_t classification,
			  uint16_t identifier, struct rotor_pldm_component_parameters *out)
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
		if (out->classification == classification && out->identifier == identifier) {
			return true;
		}
	}
	return false;
}

static void lay_out(struct rotor_agent_job *job, const struct rotor_package_component *image,
		    uint8_t index)
{
	uint16_t n = job->plan.count++;
	bool force = job->config.force || image->options & ROTOR_PACKAGE_COMPONENT_FORCE;
	bool delay = job->config.delay_security_revision;
	const uint32_t delayed = ROTOR_PLDM_OPTION_DELAY_SECURITY_REVISION;
	bool has_stamp = image->options & ROTOR_PACKAGE_COMPONENT_STAMP;
	/* Before 1.2 nobody knows that option. */
	bool opaque =
	    image->opaque.len != 0 && job->ua.found.fwup_version >= ROTOR_PLDM_VERSION(1, 2, 0);
	job->images[n] = *image;
	job->opaque_data[n] = opaque ? image->opaque : (struct rotor_bytes){0};
	job->components[n] = (struct rotor_pldm_component){
	    .classification = image->classification,
	    .identifier = image->identifier,
	    .index = index,
	    .stamp = has_stamp ? image->comparison_stamp : ROTOR_PLDM_STAMP_NONE,
	    .version = image->version,
	    .size = image->size,
	    .options = (force ? ROTOR_PLDM_OPTION_FORCE : 0) | (delay ? delayed : 0) |
		       (opaque ? ROTOR_PLDM_OPTION_OPAQUE_DATA : 0),
	};
}

enum rotor_status agent_plan_make(struct rotor_agent_job *job)
{
	const struct rotor_package *package = job->config.package;
	uint16_t record_index = 0;
	if (rotor_package_find(package, job->descriptors, job->descriptor_count, &record_index,
			       &job->record) != ROTOR_OK) {
		return fail(job, ROTOR_AGENT_FAULT_OTHER_DEVICE, ROTOR_ERR_NOT_FOUND);
	}
	job->plan = (struct rotor_pldm_ua_plan){
	    .components = job->components,
	    .version = job->record.version,
	    .package_data = job->record.package_data,
	    .opaque_data = job->opaque_data,
	    .meta_data = job->meta_data,
	    .meta_data_cap = sizeof(job->meta_data),
	    .max_transfer = ROTOR_AGENT_TRANSFER_MAX,
	    .max_outstanding = ROTOR_AGENT_OUTSTANDING,
	    .self_contained = true,
	    .activate = true,
	    .take_over = true,
	};
	for (uint16_t i = 0; i < package->component_count; i++) {
		struct rotor_package_component image;
		struct rotor_pldm_component_parameters found;
		if (!rotor_package_applies(&job->record, i)) {
			continue;
		}
		if (rotor_package_component(package, i, &image) != ROTOR_OK ||
		    job->plan.count == ROTOR_COUNT_OF(job->components) ||
		    !agent_plan_component(job, image.classification, image.identifier, &found)) {
			return fail(job, ROTOR_AGENT_FAULT_COMPONENT, ROTOR_ERR_NOT_FOUND);
		}
		/* ComponentClassificationIndex is the device's own number: it is not in the package. */
		lay_out(job, &image, found.index);
	}
	return job->plan.count ? ROTOR_OK
			       : fail(job, ROTOR_AGENT_FAULT_COMPONENT, ROTOR_ERR_NOT_FOUND);
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
