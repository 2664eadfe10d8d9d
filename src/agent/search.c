/* SPDX-License-Identifier: Apache-2.0 */
/* The search for a job's device: on the bus, after its restart, and after its session was lost. */
#include "agent/parts.h"

/* How long a device may take to come back after its restart, on top of what it estimates itself. */
#define RESTART_MS 30000
/* Between two looks for it. */
#define RESTART_LOOK_MS 200
/* What a device that has not said how long it needs may take until it has gone away for its restart. */
#define RESTART_GUESS_MS 5000
/* How long a device that went silent in the middle of an update is looked for. */
#define RECONNECT_MS 5000

enum rotor_status agent_search_scan_begin(struct rotor_agent_job *job)
{
	struct rotor_agent_bus *bus = job->bus;
	if (bus->scans != job->scans) {
		return ROTOR_OK; /* another job's search, since this one began, found all that there is */
	}
	if (bus->owner_job && bus->owner_job != job) {
		return ROTOR_PENDING; /* one search at a time on a bus */
	}
	bus->owner_job = job;
	rotor_mctp_bus_owner_scan(&bus->owner, agent_now(job));
	return ROTOR_OK;
}

enum rotor_status agent_search_scan_poll(struct rotor_agent_job *job)
{
	struct rotor_agent_bus *bus = job->bus;
	if (bus->owner_job != job) {
		return ROTOR_OK;
	}
	enum rotor_status status = rotor_mctp_bus_owner_status(&bus->owner);
	if (status != ROTOR_PENDING) {
		bus->owner_job = NULL;
		bus->scans++;
	}
	return status;
}

/* Whether no other job has the device in hand. */
static bool claim(const struct rotor_agent_job *job, const struct rotor_mctp_found *found)
{
	for (const struct rotor_agent_job *other = job->bus->jobs; other; other = other->next) {
		if (other != job && agent_changes_device(other->config.kind) &&
		    other->device.phys == found->phys && other->device.eid) {
			return false;
		}
	}
	return !job->config.claim || job->config.claim(job->config.ctx, found);
}

enum rotor_status agent_search_target_poll(struct rotor_agent_job *job)
{
	const struct rotor_mctp_found *found =
	    rotor_mctp_bus_owner_by_eid(&job->bus->owner, job->config.target);
	if (!found || found->status != ROTOR_OK) {
		job->failure.fault = ROTOR_AGENT_FAULT_NO_TARGET;
		return ROTOR_ERR_NOT_FOUND;
	}
	bool spdm = rotor_mctp_found_supports(found, ROTOR_MCTP_TYPE_SPDM);
	bool pldm = rotor_mctp_found_supports(found, ROTOR_MCTP_TYPE_PLDM);
	if ((job->config.kind != ROTOR_AGENT_INVENTORY && !spdm) ||
	    (job->config.kind != ROTOR_AGENT_ATTEST && !pldm)) {
		job->failure.fault = ROTOR_AGENT_FAULT_NO_TYPE;
		return ROTOR_ERR_UNSUPPORTED;
	}
	if (agent_changes_device(job->config.kind) && !claim(job, found)) {
		job->failure.fault = ROTOR_AGENT_FAULT_HELD_HERE;
		return ROTOR_ERR_BUSY;
	}
	job->device = *found;
	return ROTOR_OK;
}

enum rotor_status agent_search_restart_begin(struct rotor_agent_job *job)
{
	agent_link_stop(job);
	rotor_spdm_requester_drop_session(&job->spdm);
	job->started = agent_now(job);
	job->retry_at = agent_now(job) + RESTART_LOOK_MS;
	return ROTOR_OK;
}

/* A device that has restarted has lost the EID that it was given; until it has, it is still the old one. */
static bool is_back(const struct rotor_agent_job *job, const struct rotor_mctp_found *found)
{
	rotor_ms estimate =
	    job->in_doubt ? RESTART_GUESS_MS : (rotor_ms)job->ua.activation_time * 1000;
	return found && found->status == ROTOR_OK && found->eid &&
	       (found->endpoint.eid == 0 || agent_now(job) >= job->started + estimate);
}

/* One look for the device after another, until `found_it` takes what was found or the time is over. */
static enum rotor_status
look_for(struct rotor_agent_job *job, rotor_ms limit, enum rotor_agent_fault fault,
	 bool (*found_it)(const struct rotor_agent_job *job, const struct rotor_mctp_found *found))
{
	struct rotor_agent_bus *bus = job->bus;
	if (bus->owner_job == job) {
		if (rotor_mctp_bus_owner_status(&bus->owner) == ROTOR_PENDING) {
			return ROTOR_PENDING;
		}
		const struct rotor_mctp_found *found =
		    rotor_mctp_bus_owner_status(&bus->owner) == ROTOR_OK
			? rotor_mctp_bus_owner_by_uuid(&bus->owner, job->device.uuid)
			: NULL;
		bus->owner_job = NULL;
		if (found_it(job, found)) {
			job->device = *found;
			return ROTOR_OK;
		}
		job->retry_at = agent_now(job) + RESTART_LOOK_MS;
	}
	if (agent_now(job) >= limit) {
		job->failure.fault = fault;
		return ROTOR_ERR_TIMEOUT;
	}
	if (agent_now(job) >= job->retry_at && !bus->owner_job) {
		bus->owner_job = job;
		rotor_mctp_bus_owner_find(&bus->owner, job->device.uuid, job->device.phys,
					  agent_now(job));
	}
	return ROTOR_PENDING;
}

enum rotor_status agent_search_restart_poll(struct rotor_agent_job *job)
{
	rotor_ms limit = job->started + RESTART_MS + (rotor_ms)job->ua.activation_time * 1000;
	return look_for(job, limit, ROTOR_AGENT_FAULT_NOT_BACK, is_back);
}

static bool is_there(const struct rotor_agent_job *job, const struct rotor_mctp_found *found)
{
	(void)job;
	return found && found->status == ROTOR_OK && found->eid;
}

enum rotor_status agent_search_reconnect_poll(struct rotor_agent_job *job)
{
	return look_for(job, job->started + RECONNECT_MS, ROTOR_AGENT_FAULT_LINK_LOST, is_there);
}
