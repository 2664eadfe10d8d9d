/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Certificate chains of devices in a folder, one file a chain, so that an agent need not ask for those that it has had
 * (rotor/agent.h, struct rotor_agent_chains). Anybody may write there: what is found is only ever used if it is what the
 * device announces. The oldest files may be deleted at any time.
 */
#ifndef ROTOR_HOST_CHAINS_H
#define ROTOR_HOST_CHAINS_H

#include "rotor/agent.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A folder of chains. The path must outlive it. */
struct rotor_chain_folder {
	struct rotor_agent_chains chains; /**< for the job */
	const char *path;
	enum rotor_status
	    status; /**< why the last chain could not be kept; ROTOR_OK if it could, or none was */
};

/**
 * Prepares a folder, which is made if it is not there.
 * @return ROTOR_OK, or what rotor_file_mkdir() says
 */
ROTOR_MUST_CHECK enum rotor_status rotor_chain_folder_open(struct rotor_chain_folder *f,
							   const char *path);

#ifdef __cplusplus
}
#endif

#endif
