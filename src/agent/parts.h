/* SPDX-License-Identifier: Apache-2.0 */
/* The agent's parts to each other. */
#ifndef ROTOR_AGENT_PARTS_H
#define ROTOR_AGENT_PARTS_H

#include "rotor/agent.h"

/* The time. */
static inline rotor_ms agent_now(const struct rotor_agent_job *job)
{
	return rotor_mctp_now(&job->bus->mctp);
}

/* Whether a kind of job may change the device: in a session or not at all, and no two at once. */
static inline bool agent_changes_device(enum rotor_agent_kind kind)
{
	return kind == ROTOR_AGENT_UPDATE || kind == ROTOR_AGENT_SECURITY_REVISION ||
	       kind == ROTOR_AGENT_CANCEL;
}

/* link.c: a job's SPDM and PLDM messages over the bus's endpoint. */

/* Prepares requester and update agent. */
/* Whether this attestation goes without CHALLENGE. */
bool agent_is_brief(const struct rotor_agent_job *job);
enum rotor_status agent_link_init(struct rotor_agent_job *job);
/* A message of the device that is no answer to a request of ours. */
void agent_link_message(struct rotor_agent_job *job, const struct rotor_mctp_message_info *info,
			uint8_t *body, size_t len);
/* Sends what requester and update agent have to send, runs their timers. */
void agent_link_poll(struct rotor_agent_job *job);
/* When agent_link_poll() is next needed. */
rotor_ms agent_link_deadline(const struct rotor_agent_job *job);
/* Forgets all messages under way. */
void agent_link_stop(struct rotor_agent_job *job);

/* steps.c: what a job does, in which order. */

/* Goes on with the step under way and to the next ones. */
void agent_steps_poll(struct rotor_agent_job *job);
/* When a step waits for time by itself. */
rotor_ms agent_steps_deadline(const struct rotor_agent_job *job);
/* From the end of a step: the one that comes next instead of the list's, further on or else before; STEP_COUNT: none. */
void agent_go_to(struct rotor_agent_job *job, enum rotor_agent_step step);

/* search.c: where the job's device is. Each is the beginning or the end of a step: ROTOR_PENDING to be called again. */

/* All endpoints of the bus. */
enum rotor_status agent_search_scan_begin(struct rotor_agent_job *job);
enum rotor_status agent_search_scan_poll(struct rotor_agent_job *job);
/* The target among those found: sets job->device, or the failure's fault. */
enum rotor_status agent_search_target_poll(struct rotor_agent_job *job);
/* Lets session and messages go, for a device that is to be found again. */
enum rotor_status agent_search_restart_begin(struct rotor_agent_job *job);
/* The device by its UUID, once it has restarted. */
enum rotor_status agent_search_restart_poll(struct rotor_agent_job *job);
/* The device by its UUID, where it was. */
enum rotor_status agent_search_reconnect_poll(struct rotor_agent_job *job);

/* judge.c: the ends of the steps that judge evidence. They set the failure's fault. */

/* What was proved last, against one reference manifest. */
enum rotor_status agent_judge_against(struct rotor_agent_job *job,
				      const struct rotor_bytes *manifest);
/* What runs, against all known-good firmware. */
enum rotor_status agent_judge_poll(struct rotor_agent_job *job);
/* What runs after an update, against the package's reference values; and it is the same device. */
enum rotor_status agent_judge_new_poll(struct rotor_agent_job *job);
/* What runs, once more, and the floor has risen to it. */
enum rotor_status agent_floor_poll(struct rotor_agent_job *job);

/* match.c: the ends of the steps that compare package and inventory. They set the failure's fault. */

/* Makes the job's items. */
enum rotor_status agent_match_poll(struct rotor_agent_job *job);
/* Those that need not be brought. */
enum rotor_status agent_present_poll(struct rotor_agent_job *job);
/* What the round brought is in its place. Another round follows if something waits. */
enum rotor_status agent_arrived_poll(struct rotor_agent_job *job);

/* plan.c: what an update brings. */

/* The package's reference values are signed by a release key. */
enum rotor_status agent_plan_check_package(struct rotor_agent_job *job);
/* Plans the next round: as many of the waiting items as go together. The job is done if none waits. */
enum rotor_status agent_round_poll(struct rotor_agent_job *job);
/* After a failure: whether the device would take the first of the components, but not all; the others then wait. */
bool agent_round_shorten(struct rotor_agent_job *job);
/* Reads a piece of an image of the plan: the update agent's op. */
enum rotor_status agent_plan_read(void *ctx, uint16_t component, uint32_t offset, uint8_t *buf,
				  size_t len);

/* map.c: block maps that the agent makes, for the round's plan. */
enum rotor_status agent_map_begin(struct rotor_agent_job *job);
enum rotor_status agent_map_poll(struct rotor_agent_job *job);
/* Lets go what is half made. */
void agent_map_stop(struct rotor_agent_job *job);

/* Tells the job's listener. */
void agent_tell(const struct rotor_agent_job *job, const struct rotor_agent_event *event);

#endif
