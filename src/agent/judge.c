/* SPDX-License-Identifier: Apache-2.0 */
/* The steps that judge: what runs before an update, and what runs after it. */
#include <string.h>

#include "agent/parts.h"

enum rotor_status agent_judge_against(struct rotor_agent_job *job,
				      const struct rotor_bytes *expected)
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

/* What a package promises under a release key's signature is known to be good as well: its update may have been done already. */
static enum rotor_status judge_by_package(struct rotor_agent_job *job)
{
	for (; job->judged_by < job->config.package->device_count; job->judged_by++) {
		struct rotor_package_record record;
		enum rotor_status status =
		    rotor_package_device(job->config.package, job->judged_by, &record);
		if (status == ROTOR_OK && record.manifest.len) {
			status = agent_judge_against(job, &record.manifest);
			if (status != ROTOR_ERR_UNTRUSTED) {
				return status;
			}
		}
	}
	job->judgement = (struct rotor_agent_judgement){.verdict = ROTOR_AGENT_UNKNOWN};
	job->failure.verdict = ROTOR_AGENT_UNKNOWN;
	return ROTOR_ERR_UNTRUSTED;
}

/* Of an update: what runs before it, or what runs that an earlier one has brought. */
static enum rotor_status judge_known(struct rotor_agent_job *job)
{
	enum rotor_status status =
	    job->judging ? ROTOR_ERR_UNTRUSTED : agent_judge_against(job, NULL);
	if (status == ROTOR_ERR_UNTRUSTED &&
	    (job->judging || job->judgement.verdict == ROTOR_AGENT_UNKNOWN)) {
		if (!job->judging) {
			job->judged_by = 0;
		}
		status = judge_by_package(job);
		job->judging = status == ROTOR_PENDING;
	}
	bool go_on = job->config.accept_unknown && job->judgement.verdict == ROTOR_AGENT_UNKNOWN;
	if (status == ROTOR_OK || (status == ROTOR_ERR_UNTRUSTED && go_on)) {
		job->failure.fault = ROTOR_AGENT_FAULT_NONE;
		return ROTOR_OK;
	}
	return status;
}

enum rotor_status agent_judge_poll(struct rotor_agent_job *job)
{
	enum rotor_status status = identity_of(job, job->identity);
	if (status == ROTOR_OK) {
		status = job->config.kind == ROTOR_AGENT_UPDATE ? judge_known(job)
								: agent_judge_against(job, NULL);
	}
	return status;
}

/* The evidence is judged anew, and the floor in it must be the security version of what runs. */
enum rotor_status agent_floor_poll(struct rotor_agent_job *job)
{
	struct rotor_agent_security security;
	enum rotor_status status = agent_judge_against(job, NULL);
	if (status != ROTOR_OK) {
		return status;
	}
	if (!rotor_agent_security_read(job->spdm.measurements.record, &security) || security.held) {
		job->failure.fault = ROTOR_AGENT_FAULT_FLOOR;
		return ROTOR_ERR_PEER;
	}
	return ROTOR_OK;
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
	if (!job->matched) {
		return judge_known(job); /* it is not this job that has brought it */
	}
	/* Without the package's word any known-good firmware fits: what arrived, the inventory has to say. */
	return agent_judge_against(job, job->record.manifest.len ? &job->record.manifest : NULL);
}
