/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Block maps that the agent makes itself, where the package has no data for the device: so that any package's update goes on
 * where it was interrupted, and brings only what is new. Devices that take them say so (rotor/pldm_block_map.h); what
 * others make of package data is not known, and they are offered none.
 */
#include <string.h>

#include "agent/parts.h"

/* What is hashed in one call: the other jobs' turn comes between. */
#define PIECE  4096
#define PIECES 64
/* Hashes of this length, if there is room. */
#define HASH_SIZE 16
/* PackageDataLength has 16 bits. */
#define ROOM UINT16_MAX

/* Whether the device takes block maps from agents, and of which blocks at least. */
static bool device_takes_maps(const struct rotor_agent_job *job, uint8_t *shift)
{
	for (uint8_t i = 0; i < job->descriptor_count; i++) {
		if (rotor_block_map_offered(&job->descriptors[i], shift)) {
			return true;
		}
	}
	return false;
}

/* The next component of the plan; false if there is none, or no map of it. */
static bool begin_map(struct rotor_agent_job *job, uint8_t shift)
{
	struct rotor_agent_maps *m = &job->maps;
	const struct rotor_pldm_component *c = &job->components[m->component];
	m->map = (struct rotor_block_map){
	    .classification = c->classification,
	    .identifier = c->identifier,
	    .image_size = c->size,
	    .hash = ROTOR_HASH_SHA384,
	    .hash_size = HASH_SIZE,
	    .block_shift = shift,
	};
	m->block = m->at = 0;
	return rotor_block_map_fit(&m->map, ROOM / job->plan.count) == ROTOR_OK &&
	       rotor_block_map_write_begin(&m->writer, &m->map) == ROTOR_OK;
}

/* A piece of the block at hand; after the last one its hash. */
static enum rotor_status hash_piece(struct rotor_agent_job *job)
{
	struct rotor_agent_maps *m = &job->maps;
	const struct rotor_crypto *crypto = job->config.crypto;
	const uint32_t size = rotor_block_map_block_size(&m->map, m->block);
	const uint32_t left = size - m->at;
	const uint32_t len = left < PIECE ? left : PIECE;
	uint8_t piece[PIECE], digest[ROTOR_HASH_MAX];
	enum rotor_status status =
	    m->at == 0 ? crypto->hash_start(&m->hash, m->map.hash) : ROTOR_OK;
	if (status == ROTOR_OK) {
		status = agent_plan_read(job, m->component,
					 (m->block << m->map.block_shift) + m->at, piece, len);
	}
	if (status == ROTOR_OK) {
		status = crypto->hash_update(&m->hash, piece, len);
	}
	m->at += len;
	if (status == ROTOR_OK && m->at == size) {
		status = crypto->hash_finish(&m->hash, digest);
		rotor_block_map_write_hash(&m->writer, &m->map, digest);
		m->block++;
		m->at = 0;
	}
	if (status != ROTOR_OK) {
		crypto->hash_release(&m->hash);
	}
	return status;
}

enum rotor_status agent_map_begin(struct rotor_agent_job *job)
{
	struct rotor_agent_maps *m = &job->maps;
	uint8_t shift = 0;
	m->wanted = !job->config.sequential && !job->plan.downstream &&
		    job->plan.package_data.len == 0 && device_takes_maps(job, &shift);
	m->writer = rotor_writer(m->bytes, sizeof(m->bytes));
	m->shift = shift;
	m->component = 0;
	/* A map saves asking, and nothing more: what it cannot be made of is transferred as it is. */
	m->wanted = m->wanted && begin_map(job, shift);
	return ROTOR_OK;
}

enum rotor_status agent_map_poll(struct rotor_agent_job *job)
{
	struct rotor_agent_maps *m = &job->maps;
	for (unsigned i = 0; m->wanted && i < PIECES; i++) {
		if (m->block < rotor_block_map_count(&m->map)) {
			enum rotor_status status = hash_piece(job);
			if (status != ROTOR_OK) {
				return status;
			}
		} else if (++m->component == job->plan.count || !begin_map(job, m->shift)) {
			m->wanted = false;
			if (m->component == job->plan.count &&
			    rotor_writer_end(&m->writer, &job->plan.package_data.len) == ROTOR_OK) {
				job->plan.package_data.data = m->bytes;
			}
		}
	}
	return m->wanted ? ROTOR_PENDING : ROTOR_OK;
}

void agent_map_stop(struct rotor_agent_job *job)
{
	if (job->maps.wanted && job->maps.at != 0) {
		job->config.crypto->hash_release(&job->maps.hash);
	}
	job->maps.wanted = false;
}
