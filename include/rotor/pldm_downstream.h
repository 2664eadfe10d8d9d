/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Downstream devices (DSP0267 1.1 and later, clauses on the firmware device proxy): devices behind a firmware device, which
 * it names and updates for the agent. Each has a DownstreamDeviceIndex, descriptors and a version of its own; in an update
 * it is a component of classification ROTOR_PLDM_CLASS_DOWNSTREAM whose identifier is that index.
 *
 * A device has this by naming the four commands among its extra ones (rotor/pldm_fd.h); the agent's side is in
 * rotor/pldm_ua.h. The lists come in parts, each of whole devices, asked for as rotor/pldm_fwup_data.h says.
 */
#ifndef ROTOR_PLDM_DOWNSTREAM_H
#define ROTOR_PLDM_DOWNSTREAM_H

#include "rotor/pldm_fwup.h"

#ifdef __cplusplus
extern "C" {
#endif

/** ComponentClassification of a downstream device in PassComponentTable and UpdateComponent. */
#define ROTOR_PLDM_CLASS_DOWNSTREAM 0xffff
/** Highest DownstreamDeviceIndex. */
#define ROTOR_PLDM_DOWNSTREAM_INDEX_MAX 0x0fff

/** Bits of the capabilities in QueryDownstreamDevices' response. */
#define ROTOR_PLDM_DOWNSTREAM_ATTACH       UINT32_C(0x1) /**< devices may come while it runs */
#define ROTOR_PLDM_DOWNSTREAM_REMOVE       UINT32_C(0x2) /**< and go */
#define ROTOR_PLDM_DOWNSTREAM_SIMULTANEOUS UINT32_C(0x4) /**< several are updated at once */

/** QueryDownstreamDevices' response. */
struct rotor_pldm_downstream {
	bool supported;        /**< the device updates downstream devices */
	uint16_t count;        /**< NumberOfDownstreamDevices, now */
	uint16_t max;          /**< MaxNumberOfDownstreamDevices */
	uint32_t capabilities; /**< ROTOR_PLDM_DOWNSTREAM_…, any of */
	/** FDPCapabilitiesDuringUpdate: not in this message, but in GetDownstreamFirmwareParameters'; not encoded, not decoded. */
	uint32_t during_update;
};
void rotor_pldm_downstream_encode(struct rotor_writer *w, const struct rotor_pldm_downstream *d);
/** @return ROTOR_OK, ROTOR_ERR_LENGTH, ROTOR_ERR_FORMAT (more devices than there may be, a flag that is neither 0 nor 1) */
ROTOR_MUST_CHECK enum rotor_status rotor_pldm_downstream_decode(struct rotor_bytes payload,
								struct rotor_pldm_downstream *out);

/** A part of QueryDownstreamIdentifiers' list, behind its head: how many devices, and their descriptors. */
struct rotor_pldm_downstream_part {
	uint16_t count;
	uint32_t capabilities;   /**< of the list of parameters only: FDPCapabilitiesDuringUpdate */
	struct rotor_bytes area; /**< count devices, read with the functions below */
};
/** @return ROTOR_OK, ROTOR_ERR_LENGTH, or as rotor_pldm_downstream_identifiers_read() for any of the devices */
ROTOR_MUST_CHECK enum rotor_status
rotor_pldm_downstream_identifiers_decode(struct rotor_bytes part,
					 struct rotor_pldm_downstream_part *out);
/** The same for GetDownstreamFirmwareParameters. */
ROTOR_MUST_CHECK enum rotor_status
rotor_pldm_downstream_parameters_decode(struct rotor_bytes part,
					struct rotor_pldm_downstream_part *out);

/** One device of the list of identifiers. */
struct rotor_pldm_downstream_identifiers {
	uint16_t index;          /**< DownstreamDeviceIndex */
	uint8_t count;           /**< descriptors in @c area */
	struct rotor_bytes area; /**< read with rotor_pldm_descriptors_read() */
};
/** Reads the next device. @return ROTOR_OK, ROTOR_ERR_LENGTH, ROTOR_ERR_FORMAT (index out of range, no descriptors, a bad one) */
ROTOR_MUST_CHECK enum rotor_status
rotor_pldm_downstream_identifiers_read(struct rotor_reader *area,
				       struct rotor_pldm_downstream_identifiers *out);

/** One device of the list of parameters, which says what a component's entry does, with an index for its names. */
struct rotor_pldm_downstream_parameters {
	uint16_t index;
	struct rotor_pldm_version active;
	struct rotor_pldm_version pending; /**< string type 0 and empty if nothing is pending */
	uint16_t activation_methods;       /**< enum rotor_pldm_activation, any of */
	uint32_t capabilities;             /**< CapabilitiesDuringUpdate */
};
void rotor_pldm_downstream_parameters_encode(struct rotor_writer *w,
					     const struct rotor_pldm_downstream_parameters *p);
/** Reads the next device. @return ROTOR_OK, ROTOR_ERR_LENGTH, ROTOR_ERR_FORMAT (index out of range, a bad version) */
ROTOR_MUST_CHECK enum rotor_status
rotor_pldm_downstream_parameters_read(struct rotor_reader *area,
				      struct rotor_pldm_downstream_parameters *out);

/** RequestDownstreamDeviceUpdate; its response is that of RequestUpdate. */
struct rotor_pldm_request_downstream {
	uint32_t max_transfer;      /**< MaximumDownstreamDeviceTransferSize */
	uint8_t max_outstanding;    /**< MaximumOutstandingTransferRequests */
	uint16_t package_data_size; /**< DownstreamDevicePackageDataLength */
};
void rotor_pldm_request_downstream_encode(struct rotor_writer *w,
					  const struct rotor_pldm_request_downstream *req);
/** @return ROTOR_OK, ROTOR_ERR_LENGTH, ROTOR_ERR_FORMAT (a transfer size below the baseline, no request outstanding) */
ROTOR_MUST_CHECK enum rotor_status
rotor_pldm_request_downstream_decode(struct rotor_bytes payload,
				     struct rotor_pldm_request_downstream *req);

#ifdef __cplusplus
}
#endif

#endif
