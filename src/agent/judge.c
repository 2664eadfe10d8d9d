/* SPDX-License-Identifier: Apache-2.0 */
/* The steps that judge: what runs before an update, what runs after it, and what has arrived. */
#include <string.h>

#include "agent/parts.h"

static enum rotor_status judge(struct rotor_agent_job *job, const struct rotor_bytes *expected)
{
	struct rotor_agent_evidence evidence = {
	    .chain = &job->spdm.chain,
	    .challenge = agent_is_brief(job) ? NULL : &job->spdm.challenge,
	    .measured = &job->spdm.measurements,
	    .hash = job->spdm.peer.suite.hash,
	};
	enum rotor_status status =
	    rotor_agent_judge(&job->verifier, job->config.crypto, job->config.trust, &evidence,
			      expected, &job->judgement);
	if (status == ROTOR_OK) {
		job->attested = job->spdm.chain.leaf.key;
	}
	if (status != ROTOR_OK || job->judgement.verdict == ROTOR_AGENT_TRUSTED) {
		return status;
	}
	job->failure.fault = ROTOR_AGENT_FAULT_VERDICT;
	job->failure.verdict = job->judgement.verdict;
	job->failure.differs = job->judgement.differs;
	return ROTOR_ERR_UNTRUSTED;
}

/*
 * Digest of the certificate that stands for the device whatever it runs: with alias certificates the one that issued
 * the leaf, else the leaf.
 */
static enum rotor_status identity_of(const struct rotor_agent_job *job, uint8_t digest[48])
{
	const struct rotor_spdm_chain *chain = &job->spdm.chain;
	bool alias = job->spdm.peer.capabilities & ROTOR_SPDM_CAP_ALIAS_CERT;
	size_t from_leaf = alias && chain->cert_count > 1 ? 2 : 1;
	if (chain->cert_count < from_leaf) {
		return ROTOR_ERR_STATE;
	}
	return rotor_hash_parts(job->config.crypto, ROTOR_HASH_SHA384,
				&chain->certs[chain->cert_count - from_leaf], 1, digest);
}

enum rotor_status agent_judge_poll(struct rotor_agent_job *job)
{
	enum rotor_status status = identity_of(job, job->identity);
	if (status == ROTOR_OK) {
		status = judge(job, NULL);
	}
	bool go_on = job->config.kind == ROTOR_AGENT_UPDATE && job->config.accept_unknown &&
		     job->judgement.verdict == ROTOR_AGENT_UNKNOWN;
	if (status == ROTOR_ERR_UNTRUSTED && go_on) {
		job->failure.fault = ROTOR_AGENT_FAULT_NONE;
		return ROTOR_OK;
	}
	return status;
}

/* The evidence is judged anew, and the floor in it must be the security version of what runs. */
enum rotor_status agent_floor_poll(struct rotor_agent_job *job)
{
	struct rotor_agent_security security;
	enum rotor_status status = judge(job, NULL);
	if (status != ROTOR_OK) {
		return status;
	}
	if (!rotor_agent_security_read(job->spdm.measurements.record, &security) || security.held) {
		job->failure.fault = ROTOR_AGENT_FAULT_FLOOR;
		return ROTOR_ERR_PEER;
	}
	return ROTOR_OK;
}

static bool same_text(struct rotor_bytes a, struct rotor_bytes b)
{
	return a.len == b.len && a.len && memcmp(a.data, b.data, a.len) == 0;
}

enum rotor_status agent_judge_new_poll(struct rotor_agent_job *job)
{
	uint8_t identity[sizeof(job->identity)];
	enum rotor_status status = identity_of(job, identity);
	if (status == ROTOR_OK && memcmp(identity, job->identity, sizeof(identity)) != 0) {
		job->failure.fault = ROTOR_AGENT_FAULT_OTHER_IDENTITY;
		status = ROTOR_ERR_UNTRUSTED;
	}
	if (status != ROTOR_OK) {
		return status;
	}
	/* Without the package's word any known-good firmware fits: what arrived, the inventory has to say. */
	return judge(job, job->record.manifest.len ? &job->record.manifest : NULL);
}

/*
 * Firmware that was judged good says, in a session, what of the package is in its place: without reference values in the
 * package, a device that went back to the old version is noticed here; and settings or a recovery image are never
 * measured by what runs. A component whose version is the measured one is what the package's reference values speak of.
 */
enum rotor_status agent_arrived_poll(struct rotor_agent_job *job)
{
	struct rotor_bytes measured = {NULL, 0};
	if (job->record.manifest.len) {
		measured = job->judgement.reference.version;
	}
	for (uint16_t i = 0; i < job->plan.count; i++) {
		const struct rotor_pldm_component *wanted = &job->components[i];
		struct rotor_pldm_component_parameters now;
		if (!agent_plan_component(job, wanted->classification, wanted->identifier, &now) ||
		    (!same_text(job->images[i].version.text, now.active.text.text) &&
		     !same_text(measured, now.active.text.text))) {
			job->judgement.verdict = ROTOR_AGENT_OTHER_VERSION;
			job->failure.fault = ROTOR_AGENT_FAULT_VERDICT;
			job->failure.verdict = ROTOR_AGENT_OTHER_VERSION;
			return ROTOR_ERR_UNTRUSTED;
		}
	}
	return ROTOR_OK;
}
