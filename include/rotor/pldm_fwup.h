/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * PLDM for firmware update, type 5: the messages of DSP0267, both directions.
 *
 * The layouts are those that all revisions from 1.0 to 1.3 share. What 1.2 and 1.3 add to a message is there only if it
 * was asked for (component opaque data, package data in parts of a size that the device chose); the delayed update of the security revision (1.3) changes no layout. So rotor's device reports
 * versions 1.1.0 and 1.3.0 and treats both alike, whichever was selected, but for UpdateSecurityRevision, which 1.1.0 does
 * not have.
 *
 * How messages are made and read is said in rotor/pldm.h. "req" payloads follow the header, "resp" payloads follow the
 * completion code SUCCESS; with any other code there is no payload.
 */
#ifndef ROTOR_PLDM_FWUP_H
#define ROTOR_PLDM_FWUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rotor/pldm.h"
#include "rotor/pldm_descriptor.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The versions that rotor's device reports for type 5, in this order: agents that read one only read the first. */
#define ROTOR_PLDM_FWUP_VERSION_1_1 ROTOR_PLDM_VERSION(1, 1, 0)
#define ROTOR_PLDM_FWUP_VERSION_1_3 ROTOR_PLDM_VERSION(1, 3, 0)
/** Every agent can send this many bytes in one answer, and no device asks for less, but perhaps at an image's end. */
#define ROTOR_PLDM_BASELINE_TRANSFER 32
/** ProgressPercent of a device that does not tell. */
#define ROTOR_PLDM_PROGRESS_UNKNOWN 101
/** Largest RequestUpdate, PassComponentTable or UpdateComponent message: fixed fields and a string of 255 bytes. */
#define ROTOR_PLDM_FWUP_REQUEST_MAX 280

enum rotor_pldm_fwup_command {
	ROTOR_PLDM_QUERY_DEVICE_IDENTIFIERS = 0x01,
	ROTOR_PLDM_GET_FIRMWARE_PARAMETERS = 0x02,
	ROTOR_PLDM_QUERY_DOWNSTREAM_DEVICES = 0x03,
	ROTOR_PLDM_QUERY_DOWNSTREAM_IDENTIFIERS = 0x04,
	ROTOR_PLDM_GET_DOWNSTREAM_FIRMWARE_PARAMETERS = 0x05,
	ROTOR_PLDM_REQUEST_UPDATE = 0x10,
	ROTOR_PLDM_GET_PACKAGE_DATA = 0x11,
	ROTOR_PLDM_GET_DEVICE_META_DATA = 0x12,
	ROTOR_PLDM_PASS_COMPONENT_TABLE = 0x13,
	ROTOR_PLDM_UPDATE_COMPONENT = 0x14,
	ROTOR_PLDM_REQUEST_FIRMWARE_DATA = 0x15,
	ROTOR_PLDM_TRANSFER_COMPLETE = 0x16,
	ROTOR_PLDM_VERIFY_COMPLETE = 0x17,
	ROTOR_PLDM_APPLY_COMPLETE = 0x18,
	ROTOR_PLDM_GET_META_DATA = 0x19,
	ROTOR_PLDM_ACTIVATE_FIRMWARE = 0x1a,
	ROTOR_PLDM_GET_STATUS = 0x1b,
	ROTOR_PLDM_CANCEL_UPDATE_COMPONENT = 0x1c,
	ROTOR_PLDM_CANCEL_UPDATE = 0x1d,
	ROTOR_PLDM_ACTIVATE_PENDING_IMAGE_SET = 0x1e,
	ROTOR_PLDM_ACTIVATE_PENDING_IMAGE = 0x1f,
	ROTOR_PLDM_REQUEST_DOWNSTREAM_UPDATE = 0x20,
	ROTOR_PLDM_GET_COMPONENT_OPAQUE_DATA = 0x21,
	ROTOR_PLDM_UPDATE_SECURITY_REVISION = 0x22,
};

/** Completion codes of type 5. */
enum rotor_pldm_fwup_completion {
	ROTOR_PLDM_NOT_IN_UPDATE_MODE = 0x80,
	ROTOR_PLDM_ALREADY_IN_UPDATE_MODE = 0x81,
	ROTOR_PLDM_DATA_OUT_OF_RANGE = 0x82,
	ROTOR_PLDM_INVALID_TRANSFER_LENGTH = 0x83,
	ROTOR_PLDM_INVALID_STATE_FOR_COMMAND = 0x84,
	ROTOR_PLDM_INCOMPLETE_UPDATE = 0x85,
	ROTOR_PLDM_BUSY_IN_BACKGROUND = 0x86,
	ROTOR_PLDM_CANCEL_PENDING = 0x87,
	ROTOR_PLDM_COMMAND_NOT_EXPECTED = 0x88,
	ROTOR_PLDM_RETRY_REQUEST_FW_DATA = 0x89,
	ROTOR_PLDM_UNABLE_TO_INITIATE_UPDATE = 0x8a,
	ROTOR_PLDM_ACTIVATION_NOT_REQUIRED = 0x8b,
	ROTOR_PLDM_SELF_CONTAINED_ACTIVATION_NOT_PERMITTED = 0x8c,
	ROTOR_PLDM_NO_DEVICE_METADATA = 0x8d,
	ROTOR_PLDM_RETRY_REQUEST_UPDATE = 0x8e,
	ROTOR_PLDM_NO_PACKAGE_DATA = 0x8f,
	ROTOR_PLDM_INVALID_TRANSFER_HANDLE = 0x90,
	ROTOR_PLDM_INVALID_TRANSFER_OPERATION = 0x91,
	ROTOR_PLDM_ACTIVATE_PENDING_IMAGE_NOT_PERMITTED = 0x92,
	ROTOR_PLDM_PACKAGE_DATA_ERROR = 0x93,
	ROTOR_PLDM_NO_OPAQUE_DATA = 0x94,
	ROTOR_PLDM_UPDATE_SECURITY_REVISION_NOT_PERMITTED = 0x95,
	ROTOR_PLDM_DOWNSTREAM_DEVICE_LIST_CHANGED = 0x96,
};

/** States of a firmware device (GetStatus). */
enum rotor_pldm_state {
	ROTOR_PLDM_IDLE = 0,
	ROTOR_PLDM_LEARN_COMPONENTS = 1,
	ROTOR_PLDM_READY_XFER = 2,
	ROTOR_PLDM_DOWNLOAD = 3,
	ROTOR_PLDM_VERIFY = 4,
	ROTOR_PLDM_APPLY = 5,
	ROTOR_PLDM_ACTIVATE = 6,
};
#define ROTOR_PLDM_STATES 7

enum rotor_pldm_aux_state {
	ROTOR_PLDM_AUX_IN_PROGRESS = 0,
	ROTOR_PLDM_AUX_SUCCESSFUL = 1,
	ROTOR_PLDM_AUX_FAILED = 2,
	ROTOR_PLDM_AUX_NOT_APPLICABLE = 3, /**< in IDLE, LEARN COMPONENTS and READY XFER */
	ROTOR_PLDM_AUX_ACTIVATION_FAILED = 4,
};

/** AuxStateStatus; 0x70 to 0xef are the vendor's. */
enum rotor_pldm_aux_status {
	ROTOR_PLDM_AUX_STATUS_NONE = 0x00,
	ROTOR_PLDM_AUX_STATUS_TIMEOUT = 0x09,
	ROTOR_PLDM_AUX_STATUS_GENERIC_ERROR = 0x0a,
	ROTOR_PLDM_AUX_STATUS_ACTIVATION_FAILED = 0x0b,
};

/** Why a device went to IDLE; 200 to 255 are the vendor's. */
enum rotor_pldm_reason {
	ROTOR_PLDM_REASON_INITIALIZATION = 0,
	ROTOR_PLDM_REASON_ACTIVATE_FIRMWARE = 1,
	ROTOR_PLDM_REASON_CANCEL_UPDATE = 2,
	ROTOR_PLDM_REASON_TIMEOUT_LEARN_COMPONENTS = 3,
	ROTOR_PLDM_REASON_TIMEOUT_READY_XFER = 4,
	ROTOR_PLDM_REASON_TIMEOUT_DOWNLOAD = 5,
	ROTOR_PLDM_REASON_TIMEOUT_VERIFY = 6,
	ROTOR_PLDM_REASON_TIMEOUT_APPLY = 7,
};

/**
 * ComponentResponseCode (PassComponentTable) and ComponentCompatibilityResponseCode (UpdateComponent); 0xd0 to 0xef are
 * the vendor's. They differ in 0x09: as table answer "active image not updateable subsequently".
 */
enum rotor_pldm_component_code {
	ROTOR_PLDM_COMPONENT_OK = 0x00,
	ROTOR_PLDM_COMPONENT_STAMP_IDENTICAL = 0x01,
	ROTOR_PLDM_COMPONENT_STAMP_LOWER = 0x02,
	ROTOR_PLDM_COMPONENT_STAMP_INVALID = 0x03,
	ROTOR_PLDM_COMPONENT_CONFLICT = 0x04,
	ROTOR_PLDM_COMPONENT_PREREQUISITES = 0x05,
	ROTOR_PLDM_COMPONENT_NOT_SUPPORTED = 0x06,
	ROTOR_PLDM_COMPONENT_SECURITY = 0x07,
	ROTOR_PLDM_COMPONENT_SET_INCOMPLETE = 0x08,
	ROTOR_PLDM_COMPONENT_NOT_IN_TABLE = 0x09,
	ROTOR_PLDM_COMPONENT_VERSION_IDENTICAL = 0x0a,
	ROTOR_PLDM_COMPONENT_VERSION_LOWER = 0x0b,
	ROTOR_PLDM_COMPONENT_VENDOR_FIRST = 0xd0,
	ROTOR_PLDM_COMPONENT_VENDOR_LAST = 0xef,
};

/** Results that TransferComplete, VerifyComplete and ApplyComplete have in common. */
enum rotor_pldm_result {
	ROTOR_PLDM_RESULT_SUCCESS = 0x00,
	ROTOR_PLDM_RESULT_TIMEOUT = 0x09,
	ROTOR_PLDM_RESULT_GENERIC_ERROR = 0x0a,
	ROTOR_PLDM_RESULT_SECURITY_REVISION = 0x10,
};
/** TransferResult; 0x70 to 0x8f are the vendor's. */
enum rotor_pldm_transfer_result {
	ROTOR_PLDM_TRANSFER_IMAGE_CORRUPT = 0x01,
	ROTOR_PLDM_TRANSFER_VERSION_MISMATCH = 0x02,
	ROTOR_PLDM_TRANSFER_ABORTED = 0x03,
	ROTOR_PLDM_TRANSFER_ABORTED_LOW_POWER = 0x0b,
	ROTOR_PLDM_TRANSFER_ABORTED_RESET_NEEDED = 0x0c,
	ROTOR_PLDM_TRANSFER_ABORTED_STORAGE = 0x0d,
	ROTOR_PLDM_TRANSFER_ABORTED_OPAQUE_DATA = 0x0e,
	ROTOR_PLDM_TRANSFER_VENDOR_FIRST = 0x70,
	ROTOR_PLDM_TRANSFER_VENDOR_LAST = 0x8f,
};
/** VerifyResult; 0x90 to 0xaf are the vendor's. */
enum rotor_pldm_verify_result {
	ROTOR_PLDM_VERIFY_FAILED = 0x01,
	ROTOR_PLDM_VERIFY_VERSION_MISMATCH = 0x02,
	ROTOR_PLDM_VERIFY_SECURITY_CHECKS_FAILED = 0x03,
	ROTOR_PLDM_VERIFY_IMAGE_INCOMPLETE = 0x04,
	ROTOR_PLDM_VERIFY_VENDOR_FIRST = 0x90,
	ROTOR_PLDM_VERIFY_VENDOR_LAST = 0xaf,
};
/** ApplyResult; 0xb0 to 0xcf are the vendor's. */
enum rotor_pldm_apply_result {
	ROTOR_PLDM_APPLY_SUCCESS_OTHER_ACTIVATION = 0x01, /**< success, activation method changed */
	ROTOR_PLDM_APPLY_MEMORY_ISSUE = 0x02,
	ROTOR_PLDM_APPLY_VENDOR_FIRST = 0xb0,
	ROTOR_PLDM_APPLY_VENDOR_LAST = 0xcf,
};

/** Bits of ComponentActivationMethods. */
enum rotor_pldm_activation {
	ROTOR_PLDM_ACTIVATION_AUTOMATIC = 0x01,
	ROTOR_PLDM_ACTIVATION_SELF_CONTAINED = 0x02,
	ROTOR_PLDM_ACTIVATION_MEDIUM_RESET = 0x04,
	ROTOR_PLDM_ACTIVATION_SYSTEM_REBOOT = 0x08,
	ROTOR_PLDM_ACTIVATION_DC_CYCLE = 0x10,
	ROTOR_PLDM_ACTIVATION_AC_CYCLE = 0x20,
};

/** UpdateOptionFlags, bit 0: update although the device sees no need. */
#define ROTOR_PLDM_OPTION_FORCE UINT32_C(0x1)
/** Bit 1 (1.2): the agent has opaque data of the component, which the device fetches (GetComponentOpaqueData). */
#define ROTOR_PLDM_OPTION_OPAQUE_DATA UINT32_C(0x2)
/** Bit 2 (1.3): Security Revision Number Delayed Update: the device's floor waits for UpdateSecurityRevision. */
#define ROTOR_PLDM_OPTION_DELAY_SECURITY_REVISION UINT32_C(0x4)

/** CapabilitiesDuringUpdate of the device, bit 9 (1.3): its components may have security revision numbers. */
#define ROTOR_PLDM_CAPABILITY_SECURITY_REVISION UINT32_C(0x200)
/** CapabilitiesDuringUpdate of a component, bit 3 (1.3): UpdateSecurityRevision is understood for it. */
#define ROTOR_PLDM_COMPONENT_SECURITY_REVISION UINT32_C(0x8)
/** Bit 4 (1.3): the security revision in force is older than that of the active image. */
#define ROTOR_PLDM_COMPONENT_SECURITY_REVISION_NOT_LATEST UINT32_C(0x10)

/** ComponentClassification of firmware; others are in DSP0267. */
#define ROTOR_PLDM_CLASS_FIRMWARE 0x000a
/** ComponentClassification "configuration software". */
#define ROTOR_PLDM_CLASS_CONFIGURATION 0x0003
/** A comparison stamp that says nothing. */
#define ROTOR_PLDM_STAMP_NONE UINT32_C(0xffffffff)

/* ---- inventory ---- */

/** QueryDeviceIdentifiers' response. */
struct rotor_pldm_identifiers {
	uint8_t count;           /**< descriptors in @c area */
	struct rotor_bytes area; /**< read with rotor_pldm_descriptors_read() */
};
void rotor_pldm_identifiers_encode(struct rotor_writer *w,
				   const struct rotor_pldm_descriptor *descriptors, uint8_t count);
/** Checks that the area holds exactly its descriptors. */
ROTOR_MUST_CHECK enum rotor_status
rotor_pldm_identifiers_decode(struct rotor_bytes payload, struct rotor_pldm_identifiers *out);

/** A component's version as firmware parameters tell it. */
struct rotor_pldm_version {
	uint32_t stamp;
	struct rotor_pldm_string text;
	uint8_t date[8]; /**< release date, ASCII YYYYMMDD, or zeros */
};

/** GetFirmwareParameters' response, fixed part; the table of components follows. */
struct rotor_pldm_parameters {
	uint32_t capabilities; /**< CapabilitiesDuringUpdate */
	uint16_t component_count;
	struct rotor_pldm_string active;  /**< version of the active image set */
	struct rotor_pldm_string pending; /**< type 0 and empty if nothing is pending */
};
/** One entry of that table. */
struct rotor_pldm_component_parameters {
	uint16_t classification;
	uint16_t identifier;
	uint8_t index; /**< ComponentClassificationIndex */
	struct rotor_pldm_version active;
	struct rotor_pldm_version pending; /**< string type 0 and empty if nothing is pending */
	uint16_t activation_methods;       /**< enum rotor_pldm_activation, any of */
	uint32_t capabilities;
};
void rotor_pldm_parameters_encode(struct rotor_writer *w, const struct rotor_pldm_parameters *p);
void rotor_pldm_component_parameters_encode(struct rotor_writer *w,
					    const struct rotor_pldm_component_parameters *c);
/**
 * Reads the fixed part. @param table a reader over the entries, for rotor_pldm_component_parameters_read(), which is to be
 * called component_count times and then ended with rotor_reader_end()
 */
ROTOR_MUST_CHECK enum rotor_status rotor_pldm_parameters_decode(struct rotor_bytes payload,
								struct rotor_pldm_parameters *out,
								struct rotor_reader *table);
/** Reads the next entry. */
ROTOR_MUST_CHECK enum rotor_status
rotor_pldm_component_parameters_read(struct rotor_reader *table,
				     struct rotor_pldm_component_parameters *out);

/* ---- update, agent to device ---- */

/** RequestUpdate. */
struct rotor_pldm_request_update {
	uint32_t
	    max_transfer; /**< MaximumTransferSize: most bytes in one answer with firmware data */
	uint16_t component_count;         /**< NumberOfComponents */
	uint8_t max_outstanding;          /**< MaximumOutstandingTransferRequests */
	uint16_t package_data_size;       /**< PackageDataLength */
	struct rotor_pldm_string version; /**< of the component image set */
};
/** FDWillSendGetPackageDataCommand (1.2): and it says how long the parts may be. */
#define ROTOR_PLDM_PACKAGE_DATA_LIMITED 2
/** Its response. */
struct rotor_pldm_request_update_resp {
	uint16_t meta_data_size; /**< FirmwareDeviceMetaDataLength */
	uint8_t
	    get_package_data; /**< FDWillSendGetPackageDataCommand: 0 no, 1 yes, 2 (1.2) in parts of at most */
	uint32_t package_data_max; /**< GetPackageDataMaximumTransferSize: there only with 2 */
};
void rotor_pldm_request_update_encode(struct rotor_writer *w,
				      const struct rotor_pldm_request_update *req);
ROTOR_MUST_CHECK enum rotor_status
rotor_pldm_request_update_decode(struct rotor_bytes payload, struct rotor_pldm_request_update *req);
void rotor_pldm_request_update_resp_encode(struct rotor_writer *w,
					   const struct rotor_pldm_request_update_resp *resp);
ROTOR_MUST_CHECK enum rotor_status
rotor_pldm_request_update_resp_decode(struct rotor_bytes payload,
				      struct rotor_pldm_request_update_resp *resp);

/** What an agent says of one component, in PassComponentTable and in UpdateComponent. */
struct rotor_pldm_component {
	uint16_t classification;
	uint16_t identifier;
	uint8_t index; /**< ComponentClassificationIndex */
	uint32_t stamp;
	struct rotor_pldm_string version;
	uint32_t size;    /**< ComponentImageSize; UpdateComponent only, 0 else */
	uint32_t options; /**< UpdateOptionFlags; UpdateComponent only, 0 else */
};
/** PassComponentTable: one component of the table. @param flag enum rotor_pldm_transfer_flag */
void rotor_pldm_pass_component_encode(struct rotor_writer *w, uint8_t flag,
				      const struct rotor_pldm_component *component);
ROTOR_MUST_CHECK enum rotor_status
rotor_pldm_pass_component_decode(struct rotor_bytes payload, uint8_t *flag,
				 struct rotor_pldm_component *component);
/** Its response. */
struct rotor_pldm_pass_component_resp {
	uint8_t response; /**< 0 can be updated, 1 may be updateable or cannot: see the code */
	uint8_t code;     /**< enum rotor_pldm_component_code */
};
void rotor_pldm_pass_component_resp_encode(struct rotor_writer *w,
					   const struct rotor_pldm_pass_component_resp *resp);
ROTOR_MUST_CHECK enum rotor_status
rotor_pldm_pass_component_resp_decode(struct rotor_bytes payload,
				      struct rotor_pldm_pass_component_resp *resp);

/** UpdateComponent. */
void rotor_pldm_update_component_encode(struct rotor_writer *w,
					const struct rotor_pldm_component *component);
ROTOR_MUST_CHECK enum rotor_status
rotor_pldm_update_component_decode(struct rotor_bytes payload,
				   struct rotor_pldm_component *component);
/** Its response. */
struct rotor_pldm_update_component_resp {
	uint8_t response;         /**< 0 will be updated, 1 will not */
	uint8_t code;             /**< enum rotor_pldm_component_code; 0 if it will */
	uint32_t options_enabled; /**< UpdateOptionFlagsEnabled */
	uint16_t delay;           /**< seconds until the first RequestFirmwareData */
	uint32_t
	    opaque_max; /**< longest part of opaque data that it takes; there only if that is enabled */
};
void rotor_pldm_update_component_resp_encode(struct rotor_writer *w,
					     const struct rotor_pldm_update_component_resp *resp);
ROTOR_MUST_CHECK enum rotor_status
rotor_pldm_update_component_resp_decode(struct rotor_bytes payload,
					struct rotor_pldm_update_component_resp *resp);

/** ActivateFirmware: whether components that activate themselves shall do so now. Decoding refuses bytes other than 0, 1. */
void rotor_pldm_activate_encode(struct rotor_writer *w, bool self_contained);
ROTOR_MUST_CHECK enum rotor_status rotor_pldm_activate_decode(struct rotor_bytes payload,
							      bool *self_contained);
/** Its response: seconds that a self-contained activation is expected to take. */
void rotor_pldm_activate_resp_encode(struct rotor_writer *w, uint16_t seconds);
ROTOR_MUST_CHECK enum rotor_status rotor_pldm_activate_resp_decode(struct rotor_bytes payload,
								   uint16_t *seconds);

/** GetStatus' response. */
struct rotor_pldm_status {
	uint8_t state;            /**< enum rotor_pldm_state */
	uint8_t previous;         /**< enum rotor_pldm_state */
	uint8_t aux_state;        /**< enum rotor_pldm_aux_state */
	uint8_t aux_status;       /**< enum rotor_pldm_aux_status */
	uint8_t progress;         /**< percent, or ROTOR_PLDM_PROGRESS_UNKNOWN */
	uint8_t reason;           /**< enum rotor_pldm_reason */
	uint32_t options_enabled; /**< UpdateOptionFlagsEnabled */
};
void rotor_pldm_status_encode(struct rotor_writer *w, const struct rotor_pldm_status *status);
/** Refuses states that are not defined; takes any aux state and status, as devices differ there. */
ROTOR_MUST_CHECK enum rotor_status rotor_pldm_status_decode(struct rotor_bytes payload,
							    struct rotor_pldm_status *status);

/** CancelUpdate's response. */
struct rotor_pldm_cancel_resp {
	bool not_functioning;            /**< some components do not work any more */
	uint64_t not_functioning_bitmap; /**< bit n: the nth component of the firmware parameters */
};
void rotor_pldm_cancel_resp_encode(struct rotor_writer *w,
				   const struct rotor_pldm_cancel_resp *resp);
ROTOR_MUST_CHECK enum rotor_status
rotor_pldm_cancel_resp_decode(struct rotor_bytes payload, struct rotor_pldm_cancel_resp *resp);

/**
 * What UpdateSecurityRevision (1.3) and ActivatePendingComponentImage name: a component of the device, as its inventory
 * does. The response of the one has no payload, that of the other is ActivateFirmware's.
 */
struct rotor_pldm_component_name {
	uint16_t classification;
	uint16_t identifier;
	uint8_t index; /**< ComponentClassificationIndex */
};
void rotor_pldm_component_name_encode(struct rotor_writer *w,
				      const struct rotor_pldm_component_name *name);
ROTOR_MUST_CHECK enum rotor_status
rotor_pldm_component_name_decode(struct rotor_bytes payload,
				 struct rotor_pldm_component_name *name);

/* ---- update, device to agent ---- */

/** RequestFirmwareData. Its response's payload is exactly @c length bytes of the image, zeros past its end. */
struct rotor_pldm_data_request {
	uint32_t offset;
	uint32_t length;
};
/** Of the whole message, header included. */
#define ROTOR_PLDM_DATA_REQUEST_SIZE 11
/**
 * Writes the whole message, header included, as one is made for every block of an image.
 * @param[out] len ROTOR_PLDM_DATA_REQUEST_SIZE
 * @return ROTOR_ERR_SPACE if @p cap is less
 */
ROTOR_MUST_CHECK enum rotor_status
rotor_pldm_data_request_message(uint8_t *out, size_t cap, uint8_t instance,
				const struct rotor_pldm_data_request *req, size_t *len);
ROTOR_MUST_CHECK enum rotor_status
rotor_pldm_data_request_decode(struct rotor_bytes payload, struct rotor_pldm_data_request *req);

/** TransferComplete and VerifyComplete: one byte of result. */
void rotor_pldm_result_encode(struct rotor_writer *w, uint8_t result);
ROTOR_MUST_CHECK enum rotor_status rotor_pldm_result_decode(struct rotor_bytes payload,
							    uint8_t *result);
/** ApplyComplete. */
struct rotor_pldm_apply_complete {
	uint8_t result; /**< enum rotor_pldm_result, rotor_pldm_apply_result */
	uint16_t
	    activation_methods; /**< ComponentActivationMethodsModification; 0 unless the result is 1 */
};
void rotor_pldm_apply_complete_encode(struct rotor_writer *w,
				      const struct rotor_pldm_apply_complete *req);
ROTOR_MUST_CHECK enum rotor_status
rotor_pldm_apply_complete_decode(struct rotor_bytes payload, struct rotor_pldm_apply_complete *req);

/* ---- names; never NULL ---- */

/** "IDLE", "LEARN COMPONENTS", … */
const char *rotor_pldm_state_name(uint8_t state);
/** A short phrase for AuxState. */
const char *rotor_pldm_aux_state_name(uint8_t aux_state);
/** A short phrase for ReasonCode: why the device is idle. */
const char *rotor_pldm_reason_name(uint8_t reason);
/** What a component code means, e.g. "comparison stamp is lower". @param command PASS_COMPONENT_TABLE or UPDATE_COMPONENT */
const char *rotor_pldm_component_code_name(uint8_t command, uint8_t code);
/** What a result means. @param command TRANSFER_COMPLETE, VERIFY_COMPLETE or APPLY_COMPLETE */
const char *rotor_pldm_result_name(uint8_t command, uint8_t result);

#ifdef __cplusplus
}
#endif

#endif
