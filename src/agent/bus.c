/* SPDX-License-Identifier: Apache-2.0 */
/* The agent's end of one bus, and the jobs that share it. */
#include <string.h>

#include "agent/parts.h"

/* Whoever has the EID but sits elsewhere is not the device. */
static struct rotor_agent_job *job_of(const struct rotor_agent_bus *bus,
				      const struct rotor_mctp_message_info *info)
{
	for (struct rotor_agent_job *job = bus->jobs; job; job = job->next) {
		if (info->peer && job->device.eid == info->peer && job->device.phys == info->phys) {
			return job;
		}
	}
	return NULL;
}

static void on_message(void *ctx, const struct rotor_mctp_message_info *info, uint8_t *body,
		       size_t len)
{
	struct rotor_agent_bus *bus = ctx;
	if (info->type == ROTOR_MCTP_TYPE_CONTROL) {
		rotor_mctp_control_message(&bus->control, info, body, len);
		return;
	}
	struct rotor_agent_job *job = job_of(bus, info);
	if (job) {
		agent_link_message(job, info, body, len);
	} else {
		bus->unclaimed++;
	}
}

/* An agent has the EID that it was told to have; nobody on the bus changes that. */
static bool accept_eid(void *ctx, const struct rotor_mctp_message_info *info, bool force,
		       uint8_t eid)
{
	(void)ctx;
	(void)info;
	(void)force;
	(void)eid;
	return false;
}

static void on_owner_event(void *ctx, const struct rotor_mctp_owner_event *owner)
{
	struct rotor_agent_bus *bus = ctx;
	if (bus->owner_job) {
		struct rotor_agent_event event = {.kind = ROTOR_AGENT_EVENT_OWNER, .owner = owner};
		agent_tell(bus->owner_job, &event);
	}
}

enum rotor_status rotor_agent_bus_init(struct rotor_agent_bus *bus,
				       const struct rotor_agent_bus_config *config, rotor_ms now)
{
	memset(bus, 0, sizeof(*bus));
	bus->config = *config;
	struct rotor_mctp_config mctp = {
	    .eid = config->eid,
	    .slots = bus->slots,
	    .slot_count = ROTOR_AGENT_MESSAGES,
	    .buffers = bus->buffers,
	    .buffer_size = ROTOR_AGENT_MESSAGE_MAX,
	    .pending = bus->pending,
	    .pending_count = ROTOR_COUNT_OF(bus->pending),
	    .routes = bus->routes,
	    .route_count = ROTOR_COUNT_OF(bus->routes),
	    .on_message = on_message,
	    .ctx = bus,
	};
	struct rotor_mctp_control_config control = {
	    .uuid = config->uuid, .accept_eid = accept_eid, .ctx = bus};
	struct rotor_mctp_bus_owner_config owner = {
	    .owner = config->owner,
	    .addresses = config->addresses,
	    .address_count = config->address_count,
	    .own_address = config->address,
	    .known = config->known,
	    .known_count = config->known_count,
	    .pool_first = config->pool_first,
	    .pool_last = config->pool_last,
	    .found = bus->found,
	    .found_max = ROTOR_COUNT_OF(bus->found),
	    .on_event = on_owner_event,
	    .ctx = bus,
	};
	enum rotor_status status = rotor_mctp_init(&bus->mctp, &mctp);
	if (status == ROTOR_OK) {
		rotor_mctp_poll(&bus->mctp, now);
		status = rotor_mctp_control_init(&bus->control, &bus->mctp, &control);
	}
	if (status == ROTOR_OK) {
		status = rotor_mctp_bus_owner_init(&bus->owner, &bus->mctp, &owner);
	}
	return status;
}

struct rotor_mctp *rotor_agent_bus_endpoint(struct rotor_agent_bus *bus)
{
	return &bus->mctp;
}

void rotor_agent_bus_poll(struct rotor_agent_bus *bus, rotor_ms now)
{
	rotor_mctp_poll(&bus->mctp, now);
	rotor_mctp_bus_owner_poll(&bus->owner, now);
	struct rotor_agent_job *next;
	for (struct rotor_agent_job *job = bus->jobs; job; job = next) {
		next = job->next;
		agent_link_poll(job);
		agent_steps_poll(job);
	}
}

rotor_ms rotor_agent_bus_deadline(const struct rotor_agent_bus *bus)
{
	rotor_ms due[] = {
	    rotor_mctp_deadline(&bus->mctp),
	    rotor_mctp_bus_owner_deadline(&bus->owner),
	};
	rotor_ms first = ROTOR_NEVER;
	for (size_t i = 0; i < ROTOR_COUNT_OF(due); i++) {
		first = due[i] < first ? due[i] : first;
	}
	for (const struct rotor_agent_job *job = bus->jobs; job; job = job->next) {
		rotor_ms link = agent_link_deadline(job);
		rotor_ms steps = agent_steps_deadline(job);
		first = link < first ? link : first;
		first = steps < first ? steps : first;
	}
	return first;
}

void agent_tell(const struct rotor_agent_job *job, const struct rotor_agent_event *event)
{
	if (job->config.event) {
		job->config.event(job->config.ctx, event);
	}
}
