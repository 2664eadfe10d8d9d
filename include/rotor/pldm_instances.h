/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Instance IDs of a PLDM requester towards one terminus (DSP0240, "Instance ID"): a request and its retries have one, which
 * is not given to another request before it was answered or has expired. An answer to a forgotten request can so never
 * be taken for one to a new request.
 */
#ifndef ROTOR_PLDM_INSTANCES_H
#define ROTOR_PLDM_INSTANCES_H

#include "rotor/pldm.h"
#include "rotor/time.h"

#ifdef __cplusplus
extern "C" {
#endif

/** MT4, instance ID expiration: 5 to 6 s. Used for expiry 0. */
#define ROTOR_PLDM_INSTANCE_EXPIRY_DEFAULT 6000

/** Fields but the first two are private; zero all before first use. */
struct rotor_pldm_instances {
	uint8_t quota;   /**< most IDs in use at once; 0: all 32 */
	rotor_ms expiry; /**< from the last transmission; 0: default */
	uint8_t next;
	uint8_t used;
	uint32_t taken; /**< bit n: ID n is in use */
	rotor_ms free_at[ROTOR_PLDM_INSTANCES];
};

/**
 * Takes an ID that is not in use, the one free longest first.
 * @return ROTOR_OK; ROTOR_ERR_BUSY: none is free within the quota, see rotor_pldm_instances_deadline()
 */
ROTOR_MUST_CHECK enum rotor_status rotor_pldm_instance_take(struct rotor_pldm_instances *i,
							    rotor_ms now, uint8_t *instance);
/** A retry with @p instance is sent: it expires later. */
void rotor_pldm_instance_renew(struct rotor_pldm_instances *i, uint8_t instance, rotor_ms now);
/** @p instance was answered: free at once. */
void rotor_pldm_instance_release(struct rotor_pldm_instances *i, uint8_t instance);
/** Whether an answer with @p instance may still be waited for. */
bool rotor_pldm_instance_taken(const struct rotor_pldm_instances *i, uint8_t instance,
			       rotor_ms now);
/** When the next ID expires; ROTOR_NEVER if none is in use. */
rotor_ms rotor_pldm_instances_deadline(const struct rotor_pldm_instances *i);

#ifdef __cplusplus
}
#endif

#endif
