/* SPDX-License-Identifier: Apache-2.0 */
/* Names as DSP0240 and DSP0267 write them; a device that does not call these does not carry them. */
#include "rotor/pldm_fwup.h"

struct name {
	uint8_t value;
	const char *text;
};

#define FIND(names, value, otherwise) find(names, ROTOR_COUNT_OF(names), value, otherwise)

static const char *find(const struct name *names, size_t count, uint8_t value,
			const char *otherwise)
{
	for (size_t i = 0; i < count; i++) {
		if (names[i].value == value)
			return names[i].text;
	}
	return otherwise;
}

const char *rotor_pldm_type_name(uint8_t type)
{
	static const struct name names[] = {
	    {ROTOR_PLDM_TYPE_BASE, "base"},         {ROTOR_PLDM_TYPE_SMBIOS, "SMBIOS"},
	    {ROTOR_PLDM_TYPE_PLATFORM, "platform"}, {ROTOR_PLDM_TYPE_BIOS, "BIOS"},
	    {ROTOR_PLDM_TYPE_FRU, "FRU"},           {ROTOR_PLDM_TYPE_FWUP, "firmware update"},
	    {ROTOR_PLDM_TYPE_RDE, "RDE"},           {ROTOR_PLDM_TYPE_FILE, "file"},
	    {ROTOR_PLDM_TYPE_OEM, "OEM"},
	};

	return FIND(names, type, "unknown type");
}

static const struct name base_commands[] = {
    {ROTOR_PLDM_SET_TID, "SetTID"},
    {ROTOR_PLDM_GET_TID, "GetTID"},
    {ROTOR_PLDM_GET_VERSION, "GetPLDMVersion"},
    {ROTOR_PLDM_GET_TYPES, "GetPLDMTypes"},
    {ROTOR_PLDM_GET_COMMANDS, "GetPLDMCommands"},
    {ROTOR_PLDM_SELECT_VERSION, "SelectPLDMVersion"},
    {ROTOR_PLDM_NEGOTIATE_TRANSFER, "NegotiateTransferParameters"},
    {ROTOR_PLDM_MULTIPART_SEND, "MultipartSend"},
    {ROTOR_PLDM_MULTIPART_RECEIVE, "MultipartReceive"},
    {ROTOR_PLDM_GET_MULTIPART_SUPPORT, "GetMultipartTransferSupport"},
};

static const struct name fwup_commands[] = {
    {ROTOR_PLDM_QUERY_DEVICE_IDENTIFIERS, "QueryDeviceIdentifiers"},
    {ROTOR_PLDM_GET_FIRMWARE_PARAMETERS, "GetFirmwareParameters"},
    {ROTOR_PLDM_QUERY_DOWNSTREAM_DEVICES, "QueryDownstreamDevices"},
    {ROTOR_PLDM_QUERY_DOWNSTREAM_IDENTIFIERS, "QueryDownstreamIdentifiers"},
    {ROTOR_PLDM_GET_DOWNSTREAM_FIRMWARE_PARAMETERS, "GetDownstreamFirmwareParameters"},
    {ROTOR_PLDM_REQUEST_UPDATE, "RequestUpdate"},
    {ROTOR_PLDM_GET_PACKAGE_DATA, "GetPackageData"},
    {ROTOR_PLDM_GET_DEVICE_META_DATA, "GetDeviceMetaData"},
    {ROTOR_PLDM_PASS_COMPONENT_TABLE, "PassComponentTable"},
    {ROTOR_PLDM_UPDATE_COMPONENT, "UpdateComponent"},
    {ROTOR_PLDM_REQUEST_FIRMWARE_DATA, "RequestFirmwareData"},
    {ROTOR_PLDM_TRANSFER_COMPLETE, "TransferComplete"},
    {ROTOR_PLDM_VERIFY_COMPLETE, "VerifyComplete"},
    {ROTOR_PLDM_APPLY_COMPLETE, "ApplyComplete"},
    {ROTOR_PLDM_GET_META_DATA, "GetMetaData"},
    {ROTOR_PLDM_ACTIVATE_FIRMWARE, "ActivateFirmware"},
    {ROTOR_PLDM_GET_STATUS, "GetStatus"},
    {ROTOR_PLDM_CANCEL_UPDATE_COMPONENT, "CancelUpdateComponent"},
    {ROTOR_PLDM_CANCEL_UPDATE, "CancelUpdate"},
    {ROTOR_PLDM_ACTIVATE_PENDING_IMAGE_SET, "ActivatePendingComponentImageSet"},
    {ROTOR_PLDM_ACTIVATE_PENDING_IMAGE, "ActivatePendingComponentImage"},
    {ROTOR_PLDM_REQUEST_DOWNSTREAM_UPDATE, "RequestDownstreamDeviceUpdate"},
    {ROTOR_PLDM_GET_COMPONENT_OPAQUE_DATA, "GetComponentOpaqueData"},
    {ROTOR_PLDM_UPDATE_SECURITY_REVISION, "UpdateSecurityRevision"},
};

const char *rotor_pldm_command_name(uint8_t type, uint8_t command)
{
	static const char unknown[] = "unknown command";

	if (type == ROTOR_PLDM_TYPE_BASE)
		return FIND(base_commands, command, unknown);
	if (type == ROTOR_PLDM_TYPE_FWUP)
		return FIND(fwup_commands, command, unknown);
	return unknown;
}

static const struct name completions[] = {
    {ROTOR_PLDM_SUCCESS, "SUCCESS"},
    {ROTOR_PLDM_ERROR, "ERROR"},
    {ROTOR_PLDM_ERROR_INVALID_DATA, "ERROR_INVALID_DATA"},
    {ROTOR_PLDM_ERROR_INVALID_LENGTH, "ERROR_INVALID_LENGTH"},
    {ROTOR_PLDM_ERROR_NOT_READY, "ERROR_NOT_READY"},
    {ROTOR_PLDM_ERROR_UNSUPPORTED_PLDM_CMD, "ERROR_UNSUPPORTED_PLDM_CMD"},
    {ROTOR_PLDM_ERROR_INVALID_PLDM_TYPE, "ERROR_INVALID_PLDM_TYPE"},
    {ROTOR_PLDM_ERROR_INVALID_TRANSFER_CONTEXT, "ERROR_INVALID_TRANSFER_CONTEXT"},
    {ROTOR_PLDM_ERROR_INVALID_DATA_TRANSFER_HANDLE, "ERROR_INVALID_DATA_TRANSFER_HANDLE"},
    {ROTOR_PLDM_ERROR_UNEXPECTED_TRANSFER_FLAG_OPERATION,
     "ERROR_UNEXPECTED_TRANSFER_FLAG_OPERATION"},
    {ROTOR_PLDM_ERROR_INVALID_REQUESTED_SECTION_OFFSET, "ERROR_INVALID_REQUESTED_SECTION_OFFSET"},
};

static const struct name base_completions[] = {
    {ROTOR_PLDM_INVALID_DATA_TRANSFER_HANDLE, "INVALID_DATA_TRANSFER_HANDLE"},
    {ROTOR_PLDM_INVALID_TRANSFER_OPERATION_FLAG, "INVALID_TRANSFER_OPERATION_FLAG"},
    {ROTOR_PLDM_INVALID_TYPE_IN_REQUEST_DATA, "INVALID_PLDM_TYPE_IN_REQUEST_DATA"},
    {ROTOR_PLDM_INVALID_VERSION_IN_REQUEST_DATA, "INVALID_PLDM_VERSION_IN_REQUEST_DATA"},
};

static const struct name fwup_completions[] = {
    {ROTOR_PLDM_NOT_IN_UPDATE_MODE, "NOT_IN_UPDATE_MODE"},
    {ROTOR_PLDM_ALREADY_IN_UPDATE_MODE, "ALREADY_IN_UPDATE_MODE"},
    {ROTOR_PLDM_DATA_OUT_OF_RANGE, "DATA_OUT_OF_RANGE"},
    {ROTOR_PLDM_INVALID_TRANSFER_LENGTH, "INVALID_TRANSFER_LENGTH"},
    {ROTOR_PLDM_INVALID_STATE_FOR_COMMAND, "INVALID_STATE_FOR_COMMAND"},
    {ROTOR_PLDM_INCOMPLETE_UPDATE, "INCOMPLETE_UPDATE"},
    {ROTOR_PLDM_BUSY_IN_BACKGROUND, "BUSY_IN_BACKGROUND"},
    {ROTOR_PLDM_CANCEL_PENDING, "CANCEL_PENDING"},
    {ROTOR_PLDM_COMMAND_NOT_EXPECTED, "COMMAND_NOT_EXPECTED"},
    {ROTOR_PLDM_RETRY_REQUEST_FW_DATA, "RETRY_REQUEST_FW_DATA"},
    {ROTOR_PLDM_UNABLE_TO_INITIATE_UPDATE, "UNABLE_TO_INITIATE_UPDATE"},
    {ROTOR_PLDM_ACTIVATION_NOT_REQUIRED, "ACTIVATION_NOT_REQUIRED"},
    {ROTOR_PLDM_SELF_CONTAINED_ACTIVATION_NOT_PERMITTED, "SELF_CONTAINED_ACTIVATION_NOT_PERMITTED"},
    {ROTOR_PLDM_NO_DEVICE_METADATA, "NO_DEVICE_METADATA"},
    {ROTOR_PLDM_RETRY_REQUEST_UPDATE, "RETRY_REQUEST_UPDATE"},
    {ROTOR_PLDM_NO_PACKAGE_DATA, "NO_PACKAGE_DATA"},
    {ROTOR_PLDM_INVALID_TRANSFER_HANDLE, "INVALID_TRANSFER_HANDLE"},
    {ROTOR_PLDM_INVALID_TRANSFER_OPERATION, "INVALID_TRANSFER_OPERATION_FLAG"},
    {ROTOR_PLDM_ACTIVATE_PENDING_IMAGE_NOT_PERMITTED, "ACTIVATE_PENDING_IMAGE_NOT_PERMITTED"},
    {ROTOR_PLDM_PACKAGE_DATA_ERROR, "PACKAGE_DATA_ERROR"},
    {ROTOR_PLDM_NO_OPAQUE_DATA, "NO_OPAQUE_DATA"},
    {ROTOR_PLDM_UPDATE_SECURITY_REVISION_NOT_PERMITTED, "UPDATE_SECURITY_REVISION_NOT_PERMITTED"},
    {ROTOR_PLDM_DOWNSTREAM_DEVICE_LIST_CHANGED, "DOWNSTREAM_DEVICE_LIST_CHANGED"},
};

const char *rotor_pldm_completion_name(uint8_t type, uint8_t command, uint8_t completion)
{
	static const char unknown[] = "unknown code";

	if (completion < 0x80)
		return FIND(completions, completion, unknown);
	if (type == ROTOR_PLDM_TYPE_FWUP)
		return FIND(fwup_completions, completion, unknown);
	if (type == ROTOR_PLDM_TYPE_BASE &&
	    (command == ROTOR_PLDM_GET_VERSION || command == ROTOR_PLDM_GET_COMMANDS ||
	     command == ROTOR_PLDM_SELECT_VERSION))
		return FIND(base_completions, completion, unknown);
	return unknown;
}

const char *rotor_pldm_state_name(uint8_t state)
{
	static const char *const names[ROTOR_PLDM_STATES] = {
	    "IDLE", "LEARN COMPONENTS", "READY XFER", "DOWNLOAD", "VERIFY", "APPLY", "ACTIVATE",
	};

	return state < ROTOR_PLDM_STATES ? names[state] : "unknown state";
}

const char *rotor_pldm_aux_state_name(uint8_t aux_state)
{
	static const char *const names[] = {
	    "in progress", "successful", "failed", "not applicable", "activation failed",
	};

	return aux_state < ROTOR_COUNT_OF(names) ? names[aux_state] : "unknown";
}

const char *rotor_pldm_reason_name(uint8_t reason)
{
	static const char *const names[] = {
	    "initialization",        "firmware was activated",
	    "update was cancelled",  "timeout in LEARN COMPONENTS",
	    "timeout in READY XFER", "timeout in DOWNLOAD",
	    "timeout in VERIFY",     "timeout in APPLY",
	};

	if (reason < ROTOR_COUNT_OF(names))
		return names[reason];
	return reason >= 200 ? "vendor's reason" : "unknown reason";
}

const char *rotor_pldm_component_code_name(uint8_t command, uint8_t code)
{
	static const struct name names[] = {
	    {ROTOR_PLDM_COMPONENT_OK, "can be updated"},
	    {ROTOR_PLDM_COMPONENT_STAMP_IDENTICAL, "comparison stamp is identical"},
	    {ROTOR_PLDM_COMPONENT_STAMP_LOWER, "comparison stamp is lower"},
	    {ROTOR_PLDM_COMPONENT_STAMP_INVALID, "comparison stamp or version is invalid"},
	    {ROTOR_PLDM_COMPONENT_CONFLICT, "component conflict"},
	    {ROTOR_PLDM_COMPONENT_PREREQUISITES, "prerequisites not met"},
	    {ROTOR_PLDM_COMPONENT_NOT_SUPPORTED, "component not supported"},
	    {ROTOR_PLDM_COMPONENT_SECURITY, "security restrictions"},
	    {ROTOR_PLDM_COMPONENT_SET_INCOMPLETE, "incomplete component image set"},
	    {ROTOR_PLDM_COMPONENT_VERSION_IDENTICAL, "version is identical"},
	    {ROTOR_PLDM_COMPONENT_VERSION_LOWER, "version is lower"},
	};

	if (code == ROTOR_PLDM_COMPONENT_NOT_IN_TABLE) {
		return command == ROTOR_PLDM_UPDATE_COMPONENT
			   ? "does not match the component table"
			   : "active image not updateable subsequently";
	}
	if (code >= ROTOR_PLDM_COMPONENT_VENDOR_FIRST && code <= ROTOR_PLDM_COMPONENT_VENDOR_LAST)
		return "vendor's reason";
	return FIND(names, code, "unknown reason");
}

static const struct name transfer_results[] = {
    {ROTOR_PLDM_TRANSFER_IMAGE_CORRUPT, "transferred image is corrupt"},
    {ROTOR_PLDM_TRANSFER_VERSION_MISMATCH, "version does not match the image"},
    {ROTOR_PLDM_TRANSFER_ABORTED, "device aborted the transfer"},
    {ROTOR_PLDM_TRANSFER_ABORTED_LOW_POWER, "transfer aborted: low power state"},
    {ROTOR_PLDM_TRANSFER_ABORTED_RESET_NEEDED, "transfer aborted: reset needed"},
    {ROTOR_PLDM_TRANSFER_ABORTED_STORAGE, "transfer aborted: storage issue"},
    {0x0e, "transfer aborted: invalid component opaque data"},
    {0x0f, "transfer aborted: downstream device failure"},
};

static const struct name verify_results[] = {
    {ROTOR_PLDM_VERIFY_FAILED, "verification failed"},
    {ROTOR_PLDM_VERIFY_VERSION_MISMATCH, "version does not match the image"},
    {ROTOR_PLDM_VERIFY_SECURITY_CHECKS_FAILED, "image failed the device's security checks"},
    {ROTOR_PLDM_VERIFY_IMAGE_INCOMPLETE, "image is incomplete"},
};

static const struct name apply_results[] = {
    {ROTOR_PLDM_APPLY_SUCCESS_OTHER_ACTIVATION, "success, activation method changed"},
    {ROTOR_PLDM_APPLY_MEMORY_ISSUE, "apply failed: memory write issue"},
};

const char *rotor_pldm_result_name(uint8_t command, uint8_t result)
{
	static const char unknown[] = "unknown result", vendor[] = "vendor's result";

	switch (result) {
	case ROTOR_PLDM_RESULT_SUCCESS:
		return "success";
	case ROTOR_PLDM_RESULT_TIMEOUT:
		return "timeout";
	case ROTOR_PLDM_RESULT_GENERIC_ERROR:
		return "generic error";
	case ROTOR_PLDM_RESULT_SECURITY_REVISION:
		return "security revision error";
	default:
		break;
	}
	switch (command) {
	case ROTOR_PLDM_TRANSFER_COMPLETE:
		if (result >= ROTOR_PLDM_TRANSFER_VENDOR_FIRST &&
		    result <= ROTOR_PLDM_TRANSFER_VENDOR_LAST)
			return vendor;
		return FIND(transfer_results, result, unknown);
	case ROTOR_PLDM_VERIFY_COMPLETE:
		if (result >= ROTOR_PLDM_VERIFY_VENDOR_FIRST &&
		    result <= ROTOR_PLDM_VERIFY_VENDOR_LAST)
			return vendor;
		return FIND(verify_results, result, unknown);
	case ROTOR_PLDM_APPLY_COMPLETE:
		if (result >= ROTOR_PLDM_APPLY_VENDOR_FIRST &&
		    result <= ROTOR_PLDM_APPLY_VENDOR_LAST)
			return vendor;
		return FIND(apply_results, result, unknown);
	default:
		return unknown;
	}
}

/* One byte of a version: 0xff is absent, 0xfN one digit, else two (BCD). */
static char *put_version_byte(char *at, uint8_t value)
{
	if ((value >> 4) != 0xf)
		*at++ = (char)('0' + (value >> 4) % 10);
	*at++ = (char)('0' + (value & 0xf) % 10);
	return at;
}

char *rotor_pldm_version_text(uint32_t version, char *text)
{
	char *at = put_version_byte(text, (uint8_t)(version >> 24));
	const uint8_t update = (uint8_t)(version >> 8), alpha = (uint8_t)version;

	*at++ = '.';
	at = put_version_byte(at, (uint8_t)(version >> 16));
	if (update != 0xff) {
		*at++ = '.';
		at = put_version_byte(at, update);
	}
	if (alpha >= 'A' && alpha <= 'z')
		*at++ = (char)alpha;
	*at = '\0';
	return text;
}
