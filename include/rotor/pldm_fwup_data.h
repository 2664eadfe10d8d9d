/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Data that goes in parts in a firmware update (DSP0267 1.3.0: GetPackageData, GetDeviceMetaData, GetMetaData,
 * GetComponentOpaqueData): all four have these layouts. Whoever wants the data asks for the first part, and then, with the
 * handle that came with a part, for the one behind it.
 */
#ifndef ROTOR_PLDM_FWUP_DATA_H
#define ROTOR_PLDM_FWUP_DATA_H

#include "rotor/pldm_fwup.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Bytes of such a response's payload before the part itself. */
#define ROTOR_PLDM_PART_HEAD 5

/** The request for a part. */
struct rotor_pldm_part_req {
	uint32_t
	    handle; /**< of the part, as given with the one before; meaningless for the first */
	uint8_t operation; /**< ROTOR_PLDM_GET_FIRST_PART or ROTOR_PLDM_GET_NEXT_PART */
};
void rotor_pldm_part_req_encode(struct rotor_writer *w, const struct rotor_pldm_part_req *req);
/** @return ROTOR_OK, ROTOR_ERR_LENGTH, ROTOR_ERR_FORMAT (neither of the two operations) */
ROTOR_MUST_CHECK enum rotor_status rotor_pldm_part_req_decode(struct rotor_bytes payload,
							      struct rotor_pldm_part_req *req);

/** A part. */
struct rotor_pldm_part {
	uint32_t next; /**< handle of the part behind it */
	uint8_t flag;  /**< ROTOR_PLDM_START, …_MIDDLE, …_END, …_START_AND_END */
	struct rotor_bytes data;
};
/** Writes the payload's head, behind which part->data.len bytes have to follow; the data are not written. */
void rotor_pldm_part_head_encode(struct rotor_writer *w, const struct rotor_pldm_part *part);
/** @return ROTOR_OK, ROTOR_ERR_LENGTH (no whole head, or no data), ROTOR_ERR_FORMAT (a flag that does not exist) */
ROTOR_MUST_CHECK enum rotor_status rotor_pldm_part_decode(struct rotor_bytes payload,
							  struct rotor_pldm_part *part);

/**
 * What to answer to @p req of data of @p size bytes, of which @p most fit in one answer: rotor's handles are offsets.
 * @param part next, flag and data.len are set; data.data is left NULL
 * @param offset where in the data the part begins
 * @return ROTOR_PLDM_SUCCESS, ROTOR_PLDM_INVALID_TRANSFER_HANDLE
 */
uint8_t rotor_pldm_part_choose(const struct rotor_pldm_part_req *req, uint32_t size, uint32_t most,
			       struct rotor_pldm_part *part, uint32_t *offset);

#ifdef __cplusplus
}
#endif

#endif
