/* SPDX-License-Identifier: Apache-2.0 */
/* What people call the values of SPDM. Nothing a device answers with needs these. */
#include "rotor/spdm_messages.h"

struct name {
	uint8_t value;
	const char *name;
};

static const char *find(const struct name *names, size_t count, uint8_t value)
{
	for (size_t i = 0; i < count; i++) {
		if (names[i].value == value) {
			return names[i].name;
		}
	}
	return NULL;
}

const char *rotor_spdm_error_name(uint8_t error)
{
	static const struct name names[] = {
	    {ROTOR_SPDM_ERROR_INVALID_REQUEST, "InvalidRequest"},
	    {ROTOR_SPDM_ERROR_BUSY, "Busy"},
	    {ROTOR_SPDM_ERROR_UNEXPECTED_REQUEST, "UnexpectedRequest"},
	    {ROTOR_SPDM_ERROR_UNSPECIFIED, "Unspecified"},
	    {ROTOR_SPDM_ERROR_DECRYPT_ERROR, "DecryptError"},
	    {ROTOR_SPDM_ERROR_UNSUPPORTED_REQUEST, "UnsupportedRequest"},
	    {ROTOR_SPDM_ERROR_REQUEST_IN_FLIGHT, "RequestInFlight"},
	    {ROTOR_SPDM_ERROR_INVALID_RESPONSE_CODE, "InvalidResponseCode"},
	    {ROTOR_SPDM_ERROR_SESSION_LIMIT_EXCEEDED, "SessionLimitExceeded"},
	    {ROTOR_SPDM_ERROR_SESSION_REQUIRED, "SessionRequired"},
	    {ROTOR_SPDM_ERROR_RESET_REQUIRED, "ResetRequired"},
	    {ROTOR_SPDM_ERROR_RESPONSE_TOO_LARGE, "ResponseTooLarge"},
	    {ROTOR_SPDM_ERROR_REQUEST_TOO_LARGE, "RequestTooLarge"},
	    {ROTOR_SPDM_ERROR_LARGE_RESPONSE, "LargeResponse"},
	    {ROTOR_SPDM_ERROR_MESSAGE_LOST, "MessageLost"},
	    {ROTOR_SPDM_ERROR_INVALID_POLICY, "InvalidPolicy"},
	    {ROTOR_SPDM_ERROR_DATA_TOO_LARGE, "DataTooLarge"},
	    {ROTOR_SPDM_ERROR_VERSION_MISMATCH, "VersionMismatch"},
	    {ROTOR_SPDM_ERROR_RESPONSE_NOT_READY, "ResponseNotReady"},
	    {ROTOR_SPDM_ERROR_REQUEST_RESYNCH, "RequestResynch"},
	    {ROTOR_SPDM_ERROR_OPERATION_FAILED, "OperationFailed"},
	    {ROTOR_SPDM_ERROR_NO_PENDING_REQUESTS, "NoPendingRequests"},
	    {ROTOR_SPDM_ERROR_REQUEST_SESSION_TERMINATED, "RequestSessionTerminated"},
	    {ROTOR_SPDM_ERROR_INVALID_STATE, "InvalidState"},
	    {ROTOR_SPDM_ERROR_VENDOR_DEFINED, "VendorDefinedError"},
	};
	const char *name = find(names, ROTOR_COUNT_OF(names), error);
	return name ? name : "reserved";
}

const char *rotor_spdm_measurement_type_name(uint8_t type)
{
	static const struct name names[] = {
	    {ROTOR_SPDM_MEAS_ROM, "immutable ROM"},
	    {ROTOR_SPDM_MEAS_FIRMWARE, "mutable firmware"},
	    {ROTOR_SPDM_MEAS_HW_CONFIG, "hardware configuration"},
	    {ROTOR_SPDM_MEAS_FW_CONFIG, "firmware configuration"},
	    {ROTOR_SPDM_MEAS_MANIFEST, "freeform manifest"},
	    {ROTOR_SPDM_MEAS_DEVICE_MODE, "device mode"},
	    {ROTOR_SPDM_MEAS_VERSION, "firmware version"},
	    {ROTOR_SPDM_MEAS_SVN, "security version number"},
	    {ROTOR_SPDM_MEAS_HASH_EXTEND, "hash-extended measurement"},
	    {ROTOR_SPDM_MEAS_INFORMATIONAL, "informational"},
	    {ROTOR_SPDM_MEAS_STRUCTURED_MANIFEST, "structured manifest"},
	};
	const char *name = find(names, ROTOR_COUNT_OF(names), type);
	return name ? name : "reserved";
}

/* The number of the one bit that is set, or -1. */
static int bit_number(uint32_t bit)
{
	for (int i = 0; i < 32; i++) {
		if (bit == UINT32_C(1) << i) {
			return i;
		}
	}
	return -1;
}

const char *rotor_spdm_capability_name(uint32_t flag)
{
	static const char *const names[] = {
	    "CACHE_CAP",
	    "CERT_CAP",
	    "CHAL_CAP",
	    "MEAS_CAP_NO_SIG",
	    "MEAS_CAP_SIG",
	    "MEAS_FRESH_CAP",
	    "ENCRYPT_CAP",
	    "MAC_CAP",
	    "MUT_AUTH_CAP",
	    "KEY_EX_CAP",
	    "PSK_CAP",
	    "PSK_CAP_WITH_CONTEXT",
	    "ENCAP_CAP",
	    "HBEAT_CAP",
	    "KEY_UPD_CAP",
	    "HANDSHAKE_IN_THE_CLEAR_CAP",
	    "PUB_KEY_ID_CAP",
	    "CHUNK_CAP",
	    "ALIAS_CERT_CAP",
	    "SET_CERT_CAP",
	    "CSR_CAP",
	    "CERT_INSTALL_RESET_CAP",
	    "EP_INFO_CAP_NO_SIG",
	    "EP_INFO_CAP_SIG",
	    "MEL_CAP",
	    "EVENT_CAP",
	    "MULTI_KEY_CAP_ONLY",
	    "MULTI_KEY_CAP_NEG",
	    "GET_KEY_PAIR_INFO_CAP",
	    "SET_KEY_PAIR_INFO_CAP",
	    "SET_KEY_PAIR_RESET_CAP",
	    "LARGE_RESP_CAP",
	};
	int bit = bit_number(flag);
	return bit >= 0 && (size_t)bit < ROTOR_COUNT_OF(names) ? names[bit] : NULL;
}

static const char *const asym_names[] = {
    "RSASSA_2048", "RSAPSS_2048", "RSASSA_3072", "RSAPSS_3072", "ECDSA_P256", "RSASSA_4096",
    "RSAPSS_4096", "ECDSA_P384",  "ECDSA_P521",  "SM2_P256",    "Ed25519",    "Ed448",
};
static const char *const hash_names[] = {
    "SHA-256", "SHA-384", "SHA-512", "SHA3-256", "SHA3-384", "SHA3-512", "SM3-256",
};
static const char *const measurement_hash_names[] = {
    "raw bit stream", "SHA-256",  "SHA-384",  "SHA-512",
    "SHA3-256",       "SHA3-384", "SHA3-512", "SM3-256",
};
static const char *const dhe_names[] = {
    "ffdhe2048", "ffdhe3072", "ffdhe4096", "secp256r1", "secp384r1", "secp521r1", "SM2_P256",
};
static const char *const aead_names[] = {
    "AES-128-GCM",
    "AES-256-GCM",
    "ChaCha20-Poly1305",
    "SM4-GCM",
};
static const char *const key_schedule_names[] = {"SPDM key schedule"};
static const char *const meas_spec_names[] = {"DMTF"};
static const char *const other_params_names[] = {
    "OpaqueDataFmt0", "OpaqueDataFmt1", NULL, NULL, "MultiKeyConn",
};

const char *rotor_spdm_algorithm_name(enum rotor_spdm_family family, uint32_t bit)
{
#define NAMES(array)                                                                               \
	{                                                                                          \
		array, ROTOR_COUNT_OF(array)                                                       \
	}
	static const struct {
		const char *const *names;
		size_t count;
	} families[ROTOR_SPDM_FAMILY_COUNT] = {
	    [ROTOR_SPDM_FAMILY_ASYM] = NAMES(asym_names),
	    [ROTOR_SPDM_FAMILY_HASH] = NAMES(hash_names),
	    [ROTOR_SPDM_FAMILY_MEAS_HASH] = NAMES(measurement_hash_names),
	    [ROTOR_SPDM_FAMILY_DHE] = NAMES(dhe_names),
	    [ROTOR_SPDM_FAMILY_AEAD] = NAMES(aead_names),
	    [ROTOR_SPDM_FAMILY_KEY_SCHEDULE] = NAMES(key_schedule_names),
	    [ROTOR_SPDM_FAMILY_MEAS_SPEC] = NAMES(meas_spec_names),
	    [ROTOR_SPDM_FAMILY_OTHER_PARAMS] = NAMES(other_params_names),
	};
#undef NAMES
	int number = bit_number(bit);
	if ((size_t)family >= ROTOR_SPDM_FAMILY_COUNT || number < 0 ||
	    (size_t)number >= families[family].count || !families[family].names[number]) {
		return "unknown";
	}
	return families[family].names[number];
}

const char *rotor_spdm_version_name(uint8_t version)
{
	static const char *const names[] = {"1.0", "1.1", "1.2", "1.3", "1.4",
					    "1.5", "1.6", "1.7", "1.8", "1.9"};
	return version >> 4 == 1 && (version & 0x0Fu) < ROTOR_COUNT_OF(names)
		   ? names[version & 0x0F]
		   : "?";
}
