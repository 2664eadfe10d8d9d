/* SPDX-License-Identifier: Apache-2.0 */
/* What a job does, in which order: lists of steps, and what each step is. */
#include <string.h>

#include "agent/parts.h"

/* Silence during an update after which the agent asks whether the session still lives. */
#define SILENCE_MS 3000
/* How often a session that was lost in the middle of an update is made anew. */
#define DETOURS_MAX 3

/* ---- the lists ---- */

#define ATTEST                                                                                     \
	ROTOR_AGENT_STEP_CONNECT, ROTOR_AGENT_STEP_DIGESTS, ROTOR_AGENT_STEP_CERTIFICATE,          \
	    ROTOR_AGENT_STEP_CHALLENGE, ROTOR_AGENT_STEP_MEASURE

static const uint8_t discover_steps[] = {ROTOR_AGENT_STEP_SCAN};
static const uint8_t inventory_steps[] = {
    ROTOR_AGENT_STEP_SCAN,      ROTOR_AGENT_STEP_TARGET,     ROTOR_AGENT_STEP_PLDM_DISCOVER,
    ROTOR_AGENT_STEP_INVENTORY, ROTOR_AGENT_STEP_DOWNSTREAM, ROTOR_AGENT_STEP_STATUS};
static const uint8_t attest_steps[] = {ROTOR_AGENT_STEP_SCAN, ROTOR_AGENT_STEP_TARGET, ATTEST,
				       ROTOR_AGENT_STEP_JUDGE};
static const uint8_t update_steps[] = {
    ROTOR_AGENT_STEP_PACKAGE,
    ROTOR_AGENT_STEP_SCAN,
    ROTOR_AGENT_STEP_TARGET,
    ATTEST,
    ROTOR_AGENT_STEP_JUDGE,
    ROTOR_AGENT_STEP_SESSION,
    ROTOR_AGENT_STEP_PLDM_DISCOVER,
    ROTOR_AGENT_STEP_INVENTORY,
    ROTOR_AGENT_STEP_DOWNSTREAM,
    ROTOR_AGENT_STEP_STATUS,
    ROTOR_AGENT_STEP_MATCH,
    ROTOR_AGENT_STEP_PRESENT,
    ROTOR_AGENT_STEP_ROUND,
    ROTOR_AGENT_STEP_MAP,
    ROTOR_AGENT_STEP_UPDATE,
    ROTOR_AGENT_STEP_RESTART,
    ATTEST,
    ROTOR_AGENT_STEP_JUDGE_NEW,
    /* A device may be waiting for this before it keeps the new firmware (ROTOR_BOOT_POLICY_CONFIRM_BY_SESSION). */
    ROTOR_AGENT_STEP_SESSION,
    ROTOR_AGENT_STEP_INVENTORY,
    ROTOR_AGENT_STEP_DOWNSTREAM,
    ROTOR_AGENT_STEP_ARRIVED,
};

static const uint8_t security_revision_steps[] = {
    ROTOR_AGENT_STEP_SCAN,
    ROTOR_AGENT_STEP_TARGET,
    ATTEST,
    ROTOR_AGENT_STEP_JUDGE,
    ROTOR_AGENT_STEP_SESSION,
    ROTOR_AGENT_STEP_PLDM_DISCOVER,
    ROTOR_AGENT_STEP_INVENTORY,
    ROTOR_AGENT_STEP_SECURITY_REVISION,
    ROTOR_AGENT_STEP_MEASURE_AGAIN,
    ROTOR_AGENT_STEP_FLOOR,
};

static const uint8_t cancel_steps[] = {
    ROTOR_AGENT_STEP_SCAN,    ROTOR_AGENT_STEP_TARGET,      ROTOR_AGENT_STEP_CONNECT,
    ROTOR_AGENT_STEP_DIGESTS, ROTOR_AGENT_STEP_CERTIFICATE, ROTOR_AGENT_STEP_SESSION,
    ROTOR_AGENT_STEP_STATUS,  ROTOR_AGENT_STEP_CANCEL,
};

/* After a session was lost in the middle of an update: the device keeps the update for the same agent. */
static const uint8_t reconnect_steps[] = {
    ROTOR_AGENT_STEP_RECONNECT,   ROTOR_AGENT_STEP_CONNECT, ROTOR_AGENT_STEP_DIGESTS,
    ROTOR_AGENT_STEP_CERTIFICATE, ROTOR_AGENT_STEP_SESSION, ROTOR_AGENT_STEP_RESUME,
};

struct list {
	const uint8_t *steps;
	size_t count;
};

static const struct list reconnect = {reconnect_steps, sizeof(reconnect_steps)};
static const struct list lists[] = {
    [ROTOR_AGENT_DISCOVER] = {discover_steps, sizeof(discover_steps)},
    [ROTOR_AGENT_INVENTORY] = {inventory_steps, sizeof(inventory_steps)},
    [ROTOR_AGENT_ATTEST] = {attest_steps, sizeof(attest_steps)},
    [ROTOR_AGENT_UPDATE] = {update_steps, sizeof(update_steps)},
    [ROTOR_AGENT_SECURITY_REVISION] = {security_revision_steps, sizeof(security_revision_steps)},
    [ROTOR_AGENT_CANCEL] = {cancel_steps, sizeof(cancel_steps)},
};

/* ---- SPDM steps ---- */

static enum rotor_status spdm_poll(struct rotor_agent_job *job)
{
	enum rotor_status status = rotor_spdm_requester_status(&job->spdm);
	if (status != ROTOR_OK && status != ROTOR_PENDING) {
		job->failure.fault = ROTOR_AGENT_FAULT_SPDM;
		job->failure.spdm = job->spdm.result;
	}
	return status;
}

static enum rotor_status connect_begin(struct rotor_agent_job *job)
{
	return rotor_spdm_requester_connect(&job->spdm);
}

static enum rotor_status digests_begin(struct rotor_agent_job *job)
{
	return rotor_spdm_requester_get_digests(&job->spdm);
}

/* The chain of slot 0 as it is known from before; 0 if it is not, or if what is known is not that chain. */
static size_t known_chain(struct rotor_agent_job *job, struct rotor_bytes digest)
{
	const struct rotor_agent_chains *chains = job->config.chains;
	uint8_t is[ROTOR_HASH_MAX];
	size_t len = 0;
	if (chains && job->spdm.digests.slots & 1) {
		len = chains->find(chains->ctx, digest, job->chain, sizeof(job->chain));
	}
	const struct rotor_bytes chain = {job->chain, len};
	if (!len || len > sizeof(job->chain) ||
	    rotor_hash_parts(job->config.crypto, job->spdm.peer.suite.hash, &chain, 1, is) !=
		ROTOR_OK ||
	    memcmp(is, digest.data, digest.len) != 0) {
		return 0;
	}
	return len;
}

static struct rotor_bytes digest_of_chain(const struct rotor_agent_job *job)
{
	return (struct rotor_bytes){job->spdm.digests.digest[0],
				    rotor_hash_size(job->spdm.peer.suite.hash)};
}

static enum rotor_status certificate_begin(struct rotor_agent_job *job)
{
	size_t len = known_chain(job, digest_of_chain(job));
	job->chain_known = len != 0;
	if (len) {
		return rotor_spdm_requester_use_certificate(&job->spdm, 0,
							    (struct rotor_bytes){job->chain, len});
	}
	return rotor_spdm_requester_get_certificate(&job->spdm, 0, job->chain, sizeof(job->chain));
}

static enum rotor_status certificate_poll(struct rotor_agent_job *job)
{
	const struct rotor_agent_chains *chains = job->config.chains;
	enum rotor_status status = spdm_poll(job);
	if (status == ROTOR_OK && chains && !job->chain_known && (job->spdm.digests.slots & 1)) {
		chains->keep(chains->ctx, digest_of_chain(job), job->spdm.chain.spdm);
	}
	return status;
}

bool agent_is_brief(const struct rotor_agent_job *job)
{
	return job->config.brief && job->config.kind == ROTOR_AGENT_ATTEST && job->chain_known &&
	       job->spdm.peer.version >= ROTOR_SPDM_V12;
}

static enum rotor_status challenge_begin(struct rotor_agent_job *job)
{
	if (agent_is_brief(job)) {
		return ROTOR_OK; /* the requester has nothing to do, and that is done */
	}
	return rotor_spdm_requester_challenge(&job->spdm, ROTOR_SPDM_SUMMARY_TCB);
}

static enum rotor_status measure_begin(struct rotor_agent_job *job)
{
	return rotor_spdm_requester_get_measurements(&job->spdm, false, ROTOR_SPDM_MEAS_OP_ALL,
						     true, false, job->measurements,
						     sizeof(job->measurements));
}

/* Through the session: what answers is what the session was opened with. */
static enum rotor_status measure_again_begin(struct rotor_agent_job *job)
{
	return rotor_spdm_requester_get_measurements(&job->spdm, true, ROTOR_SPDM_MEAS_OP_ALL, true,
						     false, job->measurements,
						     sizeof(job->measurements));
}

static enum rotor_status session_begin(struct rotor_agent_job *job)
{
	return rotor_spdm_requester_start_session(&job->spdm, ROTOR_SPDM_SUMMARY_TCB);
}

/* ---- PLDM steps ---- */

/* Whether the device refused because it listens to another agent. */
static bool is_held(const struct rotor_pldm_ua_failure *f)
{
	const bool begins = f->command == ROTOR_PLDM_REQUEST_UPDATE ||
			    f->command == ROTOR_PLDM_REQUEST_DOWNSTREAM_UPDATE;
	return f->kind == ROTOR_PLDM_UA_FAILED_COMPLETION && f->type == ROTOR_PLDM_TYPE_FWUP &&
	       ((begins && f->code == ROTOR_PLDM_ALREADY_IN_UPDATE_MODE) ||
		(f->command == ROTOR_PLDM_CANCEL_UPDATE && f->code == ROTOR_PLDM_ERROR_NOT_READY));
}

static enum rotor_status pldm_poll(struct rotor_agent_job *job)
{
	if (job->ua.status != ROTOR_OK && job->ua.status != ROTOR_PENDING) {
		job->failure.fault = job->cancelled              ? ROTOR_AGENT_FAULT_CANCELLED
				     : is_held(&job->ua.failure) ? ROTOR_AGENT_FAULT_HELD
								 : ROTOR_AGENT_FAULT_PLDM;
		job->failure.pldm = job->ua.failure;
	}
	return job->ua.status;
}

static enum rotor_status pldm_discover_begin(struct rotor_agent_job *job)
{
	return rotor_pldm_ua_discover(&job->ua, agent_now(job));
}

static enum rotor_status inventory_begin(struct rotor_agent_job *job)
{
	return rotor_pldm_ua_inventory(&job->ua, job->inventory, sizeof(job->inventory),
				       agent_now(job));
}

static enum rotor_status inventory_poll(struct rotor_agent_job *job)
{
	struct rotor_pldm_identifiers ids;
	enum rotor_status status = pldm_poll(job);
	if (status != ROTOR_OK) {
		return status;
	}
	status = rotor_pldm_identifiers_decode(job->ua.identifiers, &ids);
	if (status == ROTOR_OK) {
		status = rotor_pldm_descriptors_read(ids.area, ids.count, job->descriptors,
						     ROTOR_COUNT_OF(job->descriptors));
		job->descriptor_count = status == ROTOR_OK ? ids.count : 0;
	}
	return status;
}

static enum rotor_status downstream_begin(struct rotor_agent_job *job)
{
	return rotor_pldm_ua_downstream(&job->ua, job->downstream, sizeof(job->downstream),
					agent_now(job));
}

static enum rotor_status status_begin(struct rotor_agent_job *job)
{
	return rotor_pldm_ua_get_status(&job->ua, agent_now(job));
}

/*
 * An agent that died may have left anything behind. Of an update that is under way nothing is known but that it is there:
 * RequestUpdate takes it over, or finds that it is another agent's. One that is being activated runs next, and is judged first.
 */
static enum rotor_status status_poll(struct rotor_agent_job *job)
{
	enum rotor_status status = pldm_poll(job);
	if (status == ROTOR_OK && job->config.kind == ROTOR_AGENT_UPDATE &&
	    job->ua.device.state == ROTOR_PLDM_ACTIVATE) {
		job->in_doubt = true;
		job->activated = true;
		agent_go_to(job, ROTOR_AGENT_STEP_RESTART);
	}
	return status;
}

static enum rotor_status cancel_begin(struct rotor_agent_job *job)
{
	return job->ua.device.state == ROTOR_PLDM_IDLE
		   ? ROTOR_OK
		   : rotor_pldm_ua_cancel(&job->ua, agent_now(job));
}

/* The first component whose security revision waits; there is one command for each, and rotor's devices have one. */
static enum rotor_status security_revision_begin(struct rotor_agent_job *job)
{
	struct rotor_pldm_parameters parameters;
	struct rotor_pldm_component_parameters c;
	struct rotor_reader table;
	if (rotor_pldm_parameters_decode(job->ua.parameters, &parameters, &table) != ROTOR_OK) {
		return ROTOR_ERR_FORMAT;
	}
	for (uint16_t i = 0; i < parameters.component_count; i++) {
		if (rotor_pldm_component_parameters_read(&table, &c) != ROTOR_OK) {
			return ROTOR_ERR_FORMAT;
		}
		if (c.capabilities & ROTOR_PLDM_COMPONENT_SECURITY_REVISION_NOT_LATEST) {
			const struct rotor_pldm_component_name name = {c.classification,
								       c.identifier, c.index};
			return rotor_pldm_ua_update_security_revision(&job->ua, &name,
								      agent_now(job));
		}
	}
	job->failure.fault = ROTOR_AGENT_FAULT_NOTHING_WAITS;
	return ROTOR_ERR_NOT_FOUND;
}

static enum rotor_status update_begin(struct rotor_agent_job *job)
{
	job->last_heard = agent_now(job);
	job->in_doubt = false;
	return rotor_pldm_ua_update(&job->ua, &job->plan, agent_now(job));
}

/* A device restarts when its answer to ActivateFirmware has left, whether or not it arrives. */
static bool is_activating(const struct rotor_pldm_ua *ua)
{
	return ua->step == ROTOR_PLDM_UA_ACTIVATE ||
	       (ua->failure.kind == ROTOR_PLDM_UA_FAILED_TIMEOUT &&
		ua->failure.step == ROTOR_PLDM_UA_ACTIVATE);
}

/* The update has failed, unless the device may have been activated: then the firmware that it runs decides. */
static enum rotor_status update_failed(struct rotor_agent_job *job, enum rotor_status status)
{
	if (!is_activating(&job->ua)) {
		return status;
	}
	rotor_pldm_ua_abort(&job->ua);
	job->failure.fault = ROTOR_AGENT_FAULT_NONE;
	job->in_doubt = true;
	job->activated = true;
	return ROTOR_OK;
}

/* Takes the way round, if it was not taken too often. */
static enum rotor_status lose_link(struct rotor_agent_job *job)
{
	if (job->detours == DETOURS_MAX) {
		return ROTOR_ERR_TIMEOUT;
	}
	job->failure.fault = ROTOR_AGENT_FAULT_NONE;
	rotor_pldm_ua_link(&job->ua, false, agent_now(job));
	job->detours++;
	job->detour = true;
	job->back_to = job->at;
	job->at = 0;
	job->begun = job->told = false;
	return ROTOR_PENDING;
}

/* The device that was judged goes on with the update; any other one has no business in it. */
static enum rotor_status resume_poll(struct rotor_agent_job *job)
{
	const struct rotor_public_key *now = &job->spdm.chain.leaf.key;
	if (now->alg != job->attested.alg || now->len != job->attested.len ||
	    memcmp(now->bytes, job->attested.bytes, now->len) != 0) {
		job->failure.fault = ROTOR_AGENT_FAULT_CHANGED;
		return ROTOR_ERR_UNTRUSTED;
	}
	job->last_heard = agent_now(job);
	rotor_pldm_ua_link(&job->ua, true, agent_now(job));
	return ROTOR_OK;
}

/*
 * A device that restarts in the middle of an update is found again, is the same and runs the same firmware (or the way round
 * would not have ended here), and knows of no update: it gets it once more. What it has in flash it need not ask for again.
 */
static bool begins_anew(struct rotor_agent_job *job)
{
	if (job->ua.failure.kind != ROTOR_PLDM_UA_FAILED_LOST ||
	    job->detours == job->detours_seen) {
		return false;
	}
	job->detours_seen = job->detours;
	return true;
}

static enum rotor_status update_poll(struct rotor_agent_job *job)
{
	enum rotor_status spdm = rotor_spdm_requester_status(&job->spdm);
	rotor_ms now = agent_now(job);
	if (job->ua.status == ROTOR_ERR_TIMEOUT && is_activating(&job->ua)) {
		return update_failed(job, ROTOR_ERR_TIMEOUT);
	}
	enum rotor_status status = pldm_poll(job);
	if (status != ROTOR_OK && status != ROTOR_PENDING && !job->cancelled &&
	    (agent_round_shorten(job) || begins_anew(job))) {
		job->failure.fault = ROTOR_AGENT_FAULT_NONE;
		return update_begin(job) == ROTOR_OK ? ROTOR_PENDING : ROTOR_ERR_STATE;
	}
	job->activated = status == ROTOR_OK;
	if (job->activated && job->plan.downstream) {
		/* The device itself goes on as it was. */
		agent_go_to(job, ROTOR_AGENT_STEP_INVENTORY);
	}
	if (status != ROTOR_PENDING || spdm == ROTOR_PENDING) {
		return status;
	}
	/* A heartbeat that was not answered: whoever sat there is gone, and the session with it. */
	if (spdm != ROTOR_OK || !rotor_spdm_requester_session(&job->spdm, NULL)) {
		job->failure.fault = ROTOR_AGENT_FAULT_LINK_LOST;
		return is_activating(&job->ua) ? update_failed(job, ROTOR_ERR_TIMEOUT)
					       : lose_link(job);
	}
	if ((now >= job->last_heard + SILENCE_MS ||
	     now >= rotor_spdm_requester_heartbeat_due(&job->spdm)) &&
	    rotor_spdm_requester_heartbeat(&job->spdm) == ROTOR_OK) {
		job->last_heard = now;
	}
	return ROTOR_PENDING;
}

/* ---- all steps ---- */

/* begin is called until it no longer answers ROTOR_PENDING; then poll, likewise. Either may be missing. */
static const struct {
	const char *name;
	enum rotor_status (*begin)(struct rotor_agent_job *job);
	enum rotor_status (*poll)(struct rotor_agent_job *job);
} steps[ROTOR_AGENT_STEP_COUNT] = {
    [ROTOR_AGENT_STEP_SCAN] = {"scanning the bus", agent_search_scan_begin, agent_search_scan_poll},
    [ROTOR_AGENT_STEP_TARGET] = {"looking for the device", NULL, agent_search_target_poll},
    [ROTOR_AGENT_STEP_PACKAGE] = {"checking the package", NULL, agent_plan_check_package},
    [ROTOR_AGENT_STEP_CONNECT] = {"connecting with SPDM", connect_begin, spdm_poll},
    [ROTOR_AGENT_STEP_DIGESTS] = {"reading certificate digests", digests_begin, spdm_poll},
    [ROTOR_AGENT_STEP_CERTIFICATE] = {"reading the certificate chain", certificate_begin,
				      certificate_poll},
    [ROTOR_AGENT_STEP_CHALLENGE] = {"challenging the device", challenge_begin, spdm_poll},
    [ROTOR_AGENT_STEP_MEASURE] = {"reading signed measurements", measure_begin, spdm_poll},
    [ROTOR_AGENT_STEP_JUDGE] = {"judging the firmware that runs", NULL, agent_judge_poll},
    [ROTOR_AGENT_STEP_SESSION] = {"opening a secure session", session_begin, spdm_poll},
    [ROTOR_AGENT_STEP_PLDM_DISCOVER] = {"asking for PLDM support", pldm_discover_begin, pldm_poll},
    [ROTOR_AGENT_STEP_INVENTORY] = {"reading the inventory", inventory_begin, inventory_poll},
    [ROTOR_AGENT_STEP_DOWNSTREAM] = {"asking for devices behind it", downstream_begin, pldm_poll},
    [ROTOR_AGENT_STEP_STATUS] = {"asking for the update status", status_begin, status_poll},
    [ROTOR_AGENT_STEP_MATCH] = {"matching package and device", NULL, agent_match_poll},
    [ROTOR_AGENT_STEP_PRESENT] = {"looking for what is there already", NULL, agent_present_poll},
    [ROTOR_AGENT_STEP_ROUND] = {"planning the update", NULL, agent_round_poll},
    [ROTOR_AGENT_STEP_MAP] = {"making block maps", agent_map_begin, agent_map_poll},
    [ROTOR_AGENT_STEP_UPDATE] = {"updating", update_begin, update_poll},
    [ROTOR_AGENT_STEP_RESTART] = {"waiting for the restart", agent_search_restart_begin,
				  agent_search_restart_poll},
    [ROTOR_AGENT_STEP_JUDGE_NEW] = {"judging the new firmware", NULL, agent_judge_new_poll},
    [ROTOR_AGENT_STEP_ARRIVED] = {"checking what has arrived", NULL, agent_arrived_poll},
    [ROTOR_AGENT_STEP_SECURITY_REVISION] = {"updating the security revision",
					    security_revision_begin, pldm_poll},
    [ROTOR_AGENT_STEP_MEASURE_AGAIN] = {"reading signed measurements again", measure_again_begin,
					spdm_poll},
    [ROTOR_AGENT_STEP_FLOOR] = {"checking the security floor", NULL, agent_floor_poll},
    [ROTOR_AGENT_STEP_CANCEL] = {"cancelling", cancel_begin, pldm_poll},
    [ROTOR_AGENT_STEP_RECONNECT] = {"looking for the device again", agent_search_restart_begin,
				    agent_search_reconnect_poll},
    [ROTOR_AGENT_STEP_RESUME] = {"resuming the update", NULL, resume_poll},
};

const char *rotor_agent_step_name(enum rotor_agent_step step)
{
	return (unsigned int)step < ROTOR_AGENT_STEP_COUNT ? steps[step].name : "unknown step";
}

static const struct list *list_of(const struct rotor_agent_job *job)
{
	return job->detour ? &reconnect : &lists[job->config.kind];
}

static enum rotor_agent_step step_of(const struct rotor_agent_job *job)
{
	return (enum rotor_agent_step)list_of(job)->steps[job->at];
}

void agent_go_to(struct rotor_agent_job *job, enum rotor_agent_step step)
{
	job->next_step = (uint8_t)step + 1;
}

/* Where the list goes on after the step at hand. */
static size_t next_place(struct rotor_agent_job *job)
{
	const struct list *list = list_of(job);
	const uint8_t wanted = job->next_step;
	job->next_step = 0;
	if (wanted == 0) {
		return job->at + 1u;
	}
	for (size_t i = 1; i < list->count; i++) {
		size_t place = (job->at + i) % list->count;
		if (list->steps[place] + 1 == wanted) {
			return place;
		}
	}
	return list->count;
}

static void tell(struct rotor_agent_job *job, enum rotor_agent_event_kind kind)
{
	struct rotor_agent_event event = {.kind = kind, .step = step_of(job)};
	agent_tell(job, &event);
}

static void end(struct rotor_agent_job *job, enum rotor_status status)
{
	struct rotor_agent_job **link = &job->bus->jobs;
	while (*link && *link != job) {
		link = &(*link)->next;
	}
	if (*link) {
		*link = job->next;
	}
	if (job->bus->owner_job == job) {
		rotor_mctp_bus_owner_stop(&job->bus->owner);
		job->bus->owner_job = NULL;
	}
	agent_link_stop(job);
	agent_map_stop(job);
	job->status = status;
}

/* A session that still stands is closed before the job ends, so that the device need not wait. */
static void leave(struct rotor_agent_job *job, enum rotor_status status)
{
	job->failure.status = status;
	job->ending = job->failure.fault != ROTOR_AGENT_FAULT_LINK_LOST &&
		      rotor_spdm_requester_session(&job->spdm, NULL) &&
		      rotor_spdm_requester_end_session(&job->spdm) == ROTOR_OK;
	if (!job->ending) {
		end(job, status);
	}
}

static void fail(struct rotor_agent_job *job, enum rotor_status status)
{
	if (job->failure.fault == ROTOR_AGENT_FAULT_NONE) {
		job->failure.fault = ROTOR_AGENT_FAULT_STATUS;
	}
	job->failure.step = step_of(job);
	rotor_pldm_ua_abort(&job->ua);
	leave(job, status);
}

void agent_steps_poll(struct rotor_agent_job *job)
{
	while (job->status == ROTOR_PENDING && !job->ending) {
		enum rotor_agent_step step = step_of(job);
		enum rotor_status status = ROTOR_OK;
		if (!job->begun) {
			if (!job->told) {
				tell(job, ROTOR_AGENT_EVENT_STEP);
				job->told = true;
			}
			status = steps[step].begin ? steps[step].begin(job) : ROTOR_OK;
			job->begun = status == ROTOR_OK;
			agent_link_poll(job);
		}
		if (status == ROTOR_OK) {
			status = steps[step].poll(job);
		}
		if (status == ROTOR_PENDING) {
			return;
		}
		if (status != ROTOR_OK) {
			fail(job, status);
			break;
		}
		tell(job, ROTOR_AGENT_EVENT_STEP_DONE);
		job->told = job->begun = false;
		size_t next = next_place(job);
		if (next < list_of(job)->count) {
			job->at = (uint8_t)next;
		} else if (job->detour) {
			job->detour = false;
			job->at = job->back_to;
			job->told = job->begun = true;
		} else {
			leave(job, ROTOR_OK);
		}
	}
	if (job->ending && rotor_spdm_requester_status(&job->spdm) != ROTOR_PENDING) {
		end(job, job->failure.status);
	}
}

rotor_ms agent_steps_deadline(const struct rotor_agent_job *job)
{
	if (job->ending) {
		return ROTOR_NEVER;
	}
	switch (step_of(job)) {
	case ROTOR_AGENT_STEP_SCAN:
		/* Not before another job's search has ended. */
		return job->begun || job->bus->owner_job ? ROTOR_NEVER : 0;
	case ROTOR_AGENT_STEP_RESTART:
	case ROTOR_AGENT_STEP_RECONNECT:
		return job->bus->owner_job ? ROTOR_NEVER : job->retry_at;
	case ROTOR_AGENT_STEP_UPDATE:
		return rotor_spdm_requester_status(&job->spdm) == ROTOR_PENDING
			   ? ROTOR_NEVER
			   : job->last_heard + SILENCE_MS;
	case ROTOR_AGENT_STEP_PACKAGE:
	case ROTOR_AGENT_STEP_JUDGE:
	case ROTOR_AGENT_STEP_PRESENT:
	case ROTOR_AGENT_STEP_MAP:
	case ROTOR_AGENT_STEP_JUDGE_NEW:
	case ROTOR_AGENT_STEP_FLOOR:
		/* They wait for the backend alone, or for nothing. */
		return 0;
	default:
		/* Everything else is woken by messages and by the modules' own timers. */
		return job->begun ? ROTOR_NEVER : 0;
	}
}

enum rotor_status rotor_agent_job_start(struct rotor_agent_job *job, struct rotor_agent_bus *bus,
					const struct rotor_agent_job_config *config)
{
	bool update = config->kind == ROTOR_AGENT_UPDATE;
	if (!config->crypto || !config->trust || (update && !config->package) ||
	    (config->kind != ROTOR_AGENT_DISCOVER && !config->target)) {
		return ROTOR_ERR_ARGUMENT;
	}
	memset(job, 0, sizeof(*job));
	job->config = *config;
	job->bus = bus;
	job->scans = bus->scans;
	job->status = ROTOR_PENDING;
	enum rotor_status status = agent_link_init(job);
	if (status == ROTOR_OK) {
		job->next = bus->jobs;
		bus->jobs = job;
	}
	return status;
}

enum rotor_status rotor_agent_job_cancel(struct rotor_agent_job *job)
{
	if (job->status != ROTOR_PENDING || job->ending) {
		return ROTOR_ERR_STATE;
	}
	/* From ActivateFirmware on the device goes its way, and what comes of it is to be seen. */
	bool updates = job->config.kind == ROTOR_AGENT_UPDATE && job->ua.plan &&
		       job->ua.status == ROTOR_PENDING;
	if (is_activating(&job->ua) || job->activated) {
		return ROTOR_ERR_STATE;
	}
	if (updates && !job->detour) {
		/* If that is refused, the device is being told already, for another reason. */
		job->cancelled = rotor_pldm_ua_cancel(&job->ua, agent_now(job)) == ROTOR_OK;
		return ROTOR_OK;
	}
	job->failure.fault = ROTOR_AGENT_FAULT_CANCELLED;
	fail(job, ROTOR_ERR_DENIED);
	return ROTOR_OK;
}

enum rotor_status rotor_agent_job_status(const struct rotor_agent_job *job)
{
	return job->status;
}

void rotor_agent_job_drop(struct rotor_agent_job *job)
{
	if (!job->bus) {
		return;
	}
	end(job, job->status);
	job->config.crypto->job_cancel(&job->manifest_job);
	job->config.crypto->job_cancel(&job->verifier.job);
	rotor_spdm_requester_deinit(&job->spdm);
	job->bus = NULL;
}
