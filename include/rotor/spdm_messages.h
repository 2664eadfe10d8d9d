/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * The messages of SPDM 1.0 to 1.4 (DSP0274): each one a plain struct with a
 * decode and an encode, the bit values of its algorithms, and the names of all
 * of them. No state, no policy: what is legal when is the roles' business.
 *
 * Here are the messages of every connection and of sessions. Those that not every
 * device has stand in rotor/spdm_messages_psk.h, rotor/spdm_messages_chunk.h and
 * rotor/spdm_messages_manage.h; rotor/spdm_messages_any.h has them all by code.
 *
 * Rules for all codecs:
 *  - A message's own version byte decides its layout. Versions outside 1.0 to
 *    1.4 give ROTOR_ERR_UNSUPPORTED; that it is the *negotiated* version the
 *    caller checks (rotor_spdm_peek), since the answer differs by role.
 *  - decode(msg, len, …) takes exactly one message. Bytes after its end are
 *    refused (DSP0275 carries SPDM without padding): ROTOR_ERR_LENGTH, as for
 *    a message that ends early. Another code gives ROTOR_ERR_ARGUMENT, a field
 *    whose value cannot be read further (a count that contradicts a length)
 *    ROTOR_ERR_FORMAT. Reserved fields are ignored.
 *  - Variable fields are views into the message, which must outlive the struct.
 *    A fixed-size field that is absent is NULL.
 *  - encode(w, m) appends to a writer; reserved fields are zero. Views are
 *    written as they are, so a message is built up to its signature by leaving
 *    @c signature (and @c verify_data) empty, and completed by writing those
 *    bytes behind it once they are known. A struct that contradicts itself
 *    fails the writer.
 */
#ifndef ROTOR_SPDM_MESSAGES_H
#define ROTOR_SPDM_MESSAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rotor/config.h"
#include "rotor/crypto.h"
#include "rotor/status.h"
#include "rotor/wire.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- constants of the protocol ---- */

/** SPDM versions as the first byte of a message has them (major in the high nibble). */
#define ROTOR_SPDM_V10 0x10
#define ROTOR_SPDM_V11 0x11
#define ROTOR_SPDM_V12 0x12
#define ROTOR_SPDM_V13 0x13
#define ROTOR_SPDM_V14 0x14

#define ROTOR_SPDM_HEADER_SIZE  4
#define ROTOR_SPDM_NONCE_SIZE   32 /**< nonces and random data */
#define ROTOR_SPDM_CONTEXT_SIZE 8  /**< RequesterContext, from 1.3 */
#define ROTOR_SPDM_SLOT_COUNT   8
/** A slot number that means "the public key that was provisioned", where a slot is 8 bits. */
#define ROTOR_SPDM_SLOT_PROVISIONED 0xFF
/** The same where a slot is a nibble. */
#define ROTOR_SPDM_SLOT_PROVISIONED_NIBBLE 0x0F
/** Smallest DataTransferSize (1.2, table 11). */
#define ROTOR_SPDM_DATA_TRANSFER_MIN 42
/** Longest NEGOTIATE_ALGORITHMS (1.1 and later; 64 in 1.0). */
#define ROTOR_SPDM_NEGOTIATE_MAX 128

/** Request and response codes (DSP0274, tables 4 and 5). */
enum rotor_spdm_code {
	ROTOR_SPDM_DIGESTS = 0x01,
	ROTOR_SPDM_CERTIFICATE = 0x02,
	ROTOR_SPDM_CHALLENGE_AUTH = 0x03,
	ROTOR_SPDM_VERSION = 0x04,
	ROTOR_SPDM_CHUNK_SEND_ACK = 0x05,
	ROTOR_SPDM_CHUNK_RESPONSE = 0x06,
	ROTOR_SPDM_ENDPOINT_INFO = 0x07,
	ROTOR_SPDM_MEASUREMENTS = 0x60,
	ROTOR_SPDM_CAPABILITIES = 0x61,
	ROTOR_SPDM_SUPPORTED_EVENT_TYPES = 0x62,
	ROTOR_SPDM_ALGORITHMS = 0x63,
	ROTOR_SPDM_KEY_EXCHANGE_RSP = 0x64,
	ROTOR_SPDM_FINISH_RSP = 0x65,
	ROTOR_SPDM_PSK_EXCHANGE_RSP = 0x66,
	ROTOR_SPDM_PSK_FINISH_RSP = 0x67,
	ROTOR_SPDM_HEARTBEAT_ACK = 0x68,
	ROTOR_SPDM_KEY_UPDATE_ACK = 0x69,
	ROTOR_SPDM_ENCAPSULATED_REQUEST = 0x6A,
	ROTOR_SPDM_ENCAPSULATED_RESPONSE_ACK = 0x6B,
	ROTOR_SPDM_END_SESSION_ACK = 0x6C,
	ROTOR_SPDM_CSR = 0x6D,
	ROTOR_SPDM_SET_CERTIFICATE_RSP = 0x6E,
	ROTOR_SPDM_MEASUREMENT_EXTENSION_LOG = 0x6F,
	ROTOR_SPDM_SUBSCRIBE_EVENT_TYPES_ACK = 0x70,
	ROTOR_SPDM_EVENT_ACK = 0x71,
	ROTOR_SPDM_KEY_PAIR_INFO = 0x7C,
	ROTOR_SPDM_SET_KEY_PAIR_INFO_ACK = 0x7D,
	ROTOR_SPDM_VENDOR_DEFINED_RESPONSE = 0x7E,
	ROTOR_SPDM_ERROR = 0x7F,

	ROTOR_SPDM_GET_DIGESTS = 0x81,
	ROTOR_SPDM_GET_CERTIFICATE = 0x82,
	ROTOR_SPDM_CHALLENGE = 0x83,
	ROTOR_SPDM_GET_VERSION = 0x84,
	ROTOR_SPDM_CHUNK_SEND = 0x85,
	ROTOR_SPDM_CHUNK_GET = 0x86,
	ROTOR_SPDM_GET_ENDPOINT_INFO = 0x87,
	ROTOR_SPDM_GET_MEASUREMENTS = 0xE0,
	ROTOR_SPDM_GET_CAPABILITIES = 0xE1,
	ROTOR_SPDM_GET_SUPPORTED_EVENT_TYPES = 0xE2,
	ROTOR_SPDM_NEGOTIATE_ALGORITHMS = 0xE3,
	ROTOR_SPDM_KEY_EXCHANGE = 0xE4,
	ROTOR_SPDM_FINISH = 0xE5,
	ROTOR_SPDM_PSK_EXCHANGE = 0xE6,
	ROTOR_SPDM_PSK_FINISH = 0xE7,
	ROTOR_SPDM_HEARTBEAT = 0xE8,
	ROTOR_SPDM_KEY_UPDATE = 0xE9,
	ROTOR_SPDM_GET_ENCAPSULATED_REQUEST = 0xEA,
	ROTOR_SPDM_DELIVER_ENCAPSULATED_RESPONSE = 0xEB,
	ROTOR_SPDM_END_SESSION = 0xEC,
	ROTOR_SPDM_GET_CSR = 0xED,
	ROTOR_SPDM_SET_CERTIFICATE = 0xEE,
	ROTOR_SPDM_GET_MEASUREMENT_EXTENSION_LOG = 0xEF,
	ROTOR_SPDM_SUBSCRIBE_EVENT_TYPES = 0xF0,
	ROTOR_SPDM_SEND_EVENT = 0xF1,
	ROTOR_SPDM_GET_KEY_PAIR_INFO = 0xFC,
	ROTOR_SPDM_SET_KEY_PAIR_INFO = 0xFD,
	ROTOR_SPDM_VENDOR_DEFINED_REQUEST = 0xFE,
	ROTOR_SPDM_RESPOND_IF_READY = 0xFF,
};

/** Whether @p code is a request's: its top bit says so. */
#define ROTOR_SPDM_IS_REQUEST(code) (((code)&0x80) != 0)

/** Error codes (DSP0274, ERROR). */
enum rotor_spdm_error {
	ROTOR_SPDM_ERROR_INVALID_REQUEST = 0x01,
	ROTOR_SPDM_ERROR_BUSY = 0x03,
	ROTOR_SPDM_ERROR_UNEXPECTED_REQUEST = 0x04,
	ROTOR_SPDM_ERROR_UNSPECIFIED = 0x05,
	ROTOR_SPDM_ERROR_DECRYPT_ERROR = 0x06,
	ROTOR_SPDM_ERROR_UNSUPPORTED_REQUEST = 0x07,
	ROTOR_SPDM_ERROR_REQUEST_IN_FLIGHT = 0x08,
	ROTOR_SPDM_ERROR_INVALID_RESPONSE_CODE = 0x09,
	ROTOR_SPDM_ERROR_SESSION_LIMIT_EXCEEDED = 0x0A,
	ROTOR_SPDM_ERROR_SESSION_REQUIRED = 0x0B,
	ROTOR_SPDM_ERROR_RESET_REQUIRED = 0x0C,
	ROTOR_SPDM_ERROR_RESPONSE_TOO_LARGE = 0x0D,
	ROTOR_SPDM_ERROR_REQUEST_TOO_LARGE = 0x0E,
	ROTOR_SPDM_ERROR_LARGE_RESPONSE = 0x0F,
	ROTOR_SPDM_ERROR_MESSAGE_LOST = 0x10,
	ROTOR_SPDM_ERROR_INVALID_POLICY = 0x11,
	ROTOR_SPDM_ERROR_DATA_TOO_LARGE = 0x12, /**< from 1.4 */
	ROTOR_SPDM_ERROR_VERSION_MISMATCH = 0x41,
	ROTOR_SPDM_ERROR_RESPONSE_NOT_READY = 0x42,
	ROTOR_SPDM_ERROR_REQUEST_RESYNCH = 0x43,
	ROTOR_SPDM_ERROR_OPERATION_FAILED = 0x44,
	ROTOR_SPDM_ERROR_NO_PENDING_REQUESTS = 0x45,
	ROTOR_SPDM_ERROR_REQUEST_SESSION_TERMINATED = 0x46, /**< from 1.4 */
	ROTOR_SPDM_ERROR_INVALID_STATE = 0x47,              /**< from 1.4 */
	ROTOR_SPDM_ERROR_VENDOR_DEFINED = 0xFF,
};

/** Capability flags; REQ, RSP or both may set them (DSP0274, tables "Flag fields definitions"). */
#define ROTOR_SPDM_CAP_CACHE                  UINT32_C(0x00000001) /**< responder */
#define ROTOR_SPDM_CAP_CERT                   UINT32_C(0x00000002)
#define ROTOR_SPDM_CAP_CHAL                   UINT32_C(0x00000004)
#define ROTOR_SPDM_CAP_MEAS                   UINT32_C(0x00000018) /**< responder; mask of the two below */
#define ROTOR_SPDM_CAP_MEAS_NO_SIG            UINT32_C(0x00000008)
#define ROTOR_SPDM_CAP_MEAS_SIG               UINT32_C(0x00000010)
#define ROTOR_SPDM_CAP_MEAS_FRESH             UINT32_C(0x00000020) /**< responder */
#define ROTOR_SPDM_CAP_ENCRYPT                UINT32_C(0x00000040)
#define ROTOR_SPDM_CAP_MAC                    UINT32_C(0x00000080)
#define ROTOR_SPDM_CAP_MUT_AUTH               UINT32_C(0x00000100)
#define ROTOR_SPDM_CAP_KEY_EX                 UINT32_C(0x00000200)
#define ROTOR_SPDM_CAP_PSK                    UINT32_C(0x00000C00) /**< mask */
#define ROTOR_SPDM_CAP_PSK_NO_CONTEXT         UINT32_C(0x00000400)
#define ROTOR_SPDM_CAP_PSK_WITH_CONTEXT       UINT32_C(0x00000800) /**< responder */
#define ROTOR_SPDM_CAP_ENCAP                  UINT32_C(0x00001000)
#define ROTOR_SPDM_CAP_HBEAT                  UINT32_C(0x00002000)
#define ROTOR_SPDM_CAP_KEY_UPD                UINT32_C(0x00004000)
#define ROTOR_SPDM_CAP_HANDSHAKE_IN_THE_CLEAR UINT32_C(0x00008000)
#define ROTOR_SPDM_CAP_PUB_KEY_ID             UINT32_C(0x00010000)
#define ROTOR_SPDM_CAP_CHUNK                  UINT32_C(0x00020000) /**< from 1.2 */
#define ROTOR_SPDM_CAP_ALIAS_CERT             UINT32_C(0x00040000) /**< responder, from 1.2 */
#define ROTOR_SPDM_CAP_SET_CERT               UINT32_C(0x00080000) /**< responder, from 1.2 */
#define ROTOR_SPDM_CAP_CSR                    UINT32_C(0x00100000) /**< responder, from 1.2 */
#define ROTOR_SPDM_CAP_CERT_INSTALL_RESET     UINT32_C(0x00200000) /**< responder, from 1.2 */
#define ROTOR_SPDM_CAP_EP_INFO                UINT32_C(0x00C00000) /**< mask; from 1.3 */
#define ROTOR_SPDM_CAP_EP_INFO_NO_SIG         UINT32_C(0x00400000)
#define ROTOR_SPDM_CAP_EP_INFO_SIG            UINT32_C(0x00800000)
#define ROTOR_SPDM_CAP_MEL                    UINT32_C(0x01000000) /**< responder, from 1.3 */
#define ROTOR_SPDM_CAP_EVENT                  UINT32_C(0x02000000) /**< from 1.3 */
#define ROTOR_SPDM_CAP_MULTI_KEY              UINT32_C(0x0C000000) /**< mask; from 1.3 */
#define ROTOR_SPDM_CAP_MULTI_KEY_ONLY         UINT32_C(0x04000000)
#define ROTOR_SPDM_CAP_MULTI_KEY_NEG          UINT32_C(0x08000000)
#define ROTOR_SPDM_CAP_GET_KEY_PAIR_INFO      UINT32_C(0x10000000) /**< responder, from 1.3 */
#define ROTOR_SPDM_CAP_SET_KEY_PAIR_INFO      UINT32_C(0x20000000) /**< responder, from 1.3 */
#define ROTOR_SPDM_CAP_SET_KEY_PAIR_RESET     UINT32_C(0x40000000) /**< responder, from 1.4 */
#define ROTOR_SPDM_CAP_LARGE_RESP             UINT32_C(0x80000000) /**< from 1.4 */

/* Algorithm bits that rotor names in code; all others are in the tables of rotor_spdm_algorithm(). */
#define ROTOR_SPDM_ASYM_ECDSA_P256 UINT32_C(0x00000010) /**< BaseAsymAlgo, ReqBaseAsymAlg */
#define ROTOR_SPDM_ASYM_ECDSA_P384 UINT32_C(0x00000080)
#define ROTOR_SPDM_HASH_SHA256     UINT32_C(0x00000001) /**< BaseHashAlgo */
#define ROTOR_SPDM_HASH_SHA384     UINT32_C(0x00000002)
#define ROTOR_SPDM_HASH_SHA512     UINT32_C(0x00000004)
#define ROTOR_SPDM_MEAS_HASH_RAW                                                                   \
	UINT32_C(0x00000001) /**< MeasurementHashAlgo: raw bit stream only */
#define ROTOR_SPDM_MEAS_HASH_SHA256  UINT32_C(0x00000002)
#define ROTOR_SPDM_MEAS_HASH_SHA384  UINT32_C(0x00000004)
#define ROTOR_SPDM_MEAS_HASH_SHA512  UINT32_C(0x00000008)
#define ROTOR_SPDM_DHE_SECP256R1     UINT32_C(0x0008)
#define ROTOR_SPDM_DHE_SECP384R1     UINT32_C(0x0010)
#define ROTOR_SPDM_AEAD_AES128_GCM   UINT32_C(0x0001)
#define ROTOR_SPDM_AEAD_AES256_GCM   UINT32_C(0x0002)
#define ROTOR_SPDM_KEY_SCHEDULE_SPDM UINT32_C(0x0001)
#define ROTOR_SPDM_MEAS_SPEC_DMTF    UINT32_C(0x01) /**< MeasurementSpecification, and in a block */
#define ROTOR_SPDM_MEL_SPEC_DMTF     UINT32_C(0x01)
/** OtherParamsSupport and OtherParamsSelection (1.2). */
#define ROTOR_SPDM_OPAQUE_FMT0 0x01
#define ROTOR_SPDM_OPAQUE_FMT1 0x02
#define ROTOR_SPDM_OPAQUE_MASK 0x0F
#define ROTOR_SPDM_MULTI_KEY_BIT                                                                   \
	0x10 /**< from 1.3: ResponderMultiKeyConn, RequesterMultiKeyConnSel */

/** Param1 of CHALLENGE's HashType, KEY_EXCHANGE's HashType: which measurement summary is asked for. */
#define ROTOR_SPDM_SUMMARY_NONE 0x00
#define ROTOR_SPDM_SUMMARY_TCB  0x01
#define ROTOR_SPDM_SUMMARY_ALL  0xFF

/* ---- what a layout depends on besides the message itself ---- */

/**
 * Sizes, in bytes, that negotiation fixed, and what the request asked for.
 * Everything zero is right for messages up to ALGORITHMS.
 */
struct rotor_spdm_sizes {
	uint16_t hash;     /**< BaseHashSel */
	uint16_t sig;      /**< signature of the responder (of the side that answers CHALLENGE) */
	uint16_t req_sig;  /**< signature of the requester, in FINISH */
	uint16_t exchange; /**< exchange data of KEY_EXCHANGE and its response */
	bool summary;      /**< the request asked for a measurement summary hash */
	bool signature;    /**< GET_MEASUREMENTS asked for a signature */
	bool
	    multi_key; /**< DIGESTS carries key pair IDs (1.3): the answering side's multi-key connection */
	bool
	    clear_handshake; /**< both sides have HANDSHAKE_IN_THE_CLEAR_CAP: moves verify data to FINISH_RSP */
};

/* ---- header ---- */

/** The first four bytes of every message; also the whole of a message that has no more. */
struct rotor_spdm_header {
	uint8_t version; /**< ROTOR_SPDM_V… */
	uint8_t code;    /**< enum rotor_spdm_code */
	uint8_t param1;
	uint8_t param2;
};

/** Reads a header without judging anything but the length. @return ROTOR_OK, ROTOR_ERR_LENGTH */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_peek(const uint8_t *msg, size_t len,
						   struct rotor_spdm_header *out);

/**
 * Messages that are only a header: GET_VERSION, GET_DIGESTS, HEARTBEAT, HEARTBEAT_ACK, KEY_UPDATE, KEY_UPDATE_ACK
 * (param1 operation, param2 tag), GET_ENCAPSULATED_REQUEST, END_SESSION (param1 attributes), END_SESSION_ACK,
 * RESPOND_IF_READY (param1 request code, param2 token), SET_CERTIFICATE_RSP (param1 slot), SET_KEY_PAIR_INFO_ACK,
 * GET_SUPPORTED_EVENT_TYPES, SUBSCRIBE_EVENT_TYPES_ACK, EVENT_ACK. Any code is taken; the length must be exact.
 */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_decode_header_only(const uint8_t *msg, size_t len,
								 struct rotor_spdm_header *out);
/** Writes the four bytes, which are the whole of such a message. */
void rotor_spdm_encode_header(struct rotor_writer *w, const struct rotor_spdm_header *m);

/** KEY_UPDATE operations (param1). */
#define ROTOR_SPDM_KEY_UPDATE_ONE    1
#define ROTOR_SPDM_KEY_UPDATE_ALL    2
#define ROTOR_SPDM_KEY_UPDATE_VERIFY 3
/** END_SESSION param1: forget the negotiated state. */
#define ROTOR_SPDM_END_SESSION_CLEAR_STATE 0x01

/* ---- VERSION (10.2) ---- */

/** A version number entry: major (15:12), minor (11:8), update (7:4), alpha (3:0). */
struct rotor_spdm_version {
	uint8_t version; /**< always 1.0 */
	uint8_t count;
	struct rotor_bytes entries; /**< count little-endian u16 */
};
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_decode_version(const uint8_t *msg, size_t len,
							     struct rotor_spdm_version *out);
void rotor_spdm_encode_version(struct rotor_writer *w, const struct rotor_spdm_version *m);
/** Entry @p i (below count) of a decoded message. */
uint16_t rotor_spdm_version_entry(const struct rotor_spdm_version *m, unsigned i);

/* ---- GET_CAPABILITIES and CAPABILITIES (10.3) ---- */

/** Both directions. Fields that the version does not have are 0. */
struct rotor_spdm_capabilities {
	uint8_t version;
	uint8_t code;   /**< ROTOR_SPDM_GET_CAPABILITIES or ROTOR_SPDM_CAPABILITIES */
	uint8_t param1; /**< from 1.3: bit 0 asks for / announces the supported algorithms block */
	uint8_t ct_exponent;         /**< CT = 2^this microseconds */
	uint16_t ext_flags;          /**< from 1.4 */
	uint32_t flags;              /**< ROTOR_SPDM_CAP_… */
	uint32_t data_transfer_size; /**< from 1.2 */
	uint32_t max_message_size;   /**< from 1.2 */
	struct rotor_bytes
	    algorithms; /**< from 1.3, response: the block; rotor_spdm_decode_algorithms_block() */
};
#define ROTOR_SPDM_CAP_PARAM1_ALGORITHMS 0x01
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_decode_capabilities(const uint8_t *msg, size_t len, struct rotor_spdm_capabilities *out);
void rotor_spdm_encode_capabilities(struct rotor_writer *w,
				    const struct rotor_spdm_capabilities *m);

/* ---- NEGOTIATE_ALGORITHMS and ALGORITHMS (10.4) ---- */

/** AlgType of an algorithm structure table. */
enum rotor_spdm_alg_type {
	ROTOR_SPDM_ALG_DHE = 2,
	ROTOR_SPDM_ALG_AEAD = 3,
	ROTOR_SPDM_ALG_REQ_ASYM = 4,
	ROTOR_SPDM_ALG_KEY_SCHEDULE = 5,
	ROTOR_SPDM_ALG_REQ_PQC_ASYM = 6, /**< from 1.4 */
	ROTOR_SPDM_ALG_KEM = 7,          /**< from 1.4 */
};

struct rotor_spdm_alg_table {
	uint8_t type;           /**< enum rotor_spdm_alg_type, or one not known here */
	uint16_t algorithms;    /**< bits */
	struct rotor_bytes ext; /**< extended algorithms, 4 bytes each */
};

/** Both directions: bits offered, or the single bits selected. */
struct rotor_spdm_negotiation {
	uint8_t version;
	uint8_t code; /**< ROTOR_SPDM_NEGOTIATE_ALGORITHMS or ROTOR_SPDM_ALGORITHMS */
	uint8_t measurement_spec;
	uint8_t other_params;      /**< from 1.2 */
	uint8_t mel_spec;          /**< from 1.3 */
	uint32_t measurement_hash; /**< ALGORITHMS only */
	uint32_t base_asym;
	uint32_t base_hash;
	uint32_t pqc_asym;                     /**< from 1.4 */
	struct rotor_bytes ext_asym, ext_hash; /**< extended algorithms, 4 bytes each */
	uint8_t table_count;                   /**< from 1.1 */
	struct rotor_spdm_alg_table tables[ROTOR_SPDM_ALG_TABLES_MAX];
};

/**
 * Refuses (ROTOR_ERR_FORMAT) tables that are not in ascending order of type or whose fixed part is not two bytes, a
 * Length field that is not the message's, and a request longer than ROTOR_SPDM_NEGOTIATE_MAX.
 */
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_decode_negotiation(const uint8_t *msg, size_t len, struct rotor_spdm_negotiation *out);
void rotor_spdm_encode_negotiation(struct rotor_writer *w, const struct rotor_spdm_negotiation *m);
/** The supported algorithms block of CAPABILITIES 1.3, as if it were a NEGOTIATE_ALGORITHMS of @p version. */
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_decode_algorithms_block(uint8_t version, struct rotor_bytes block,
				   struct rotor_spdm_negotiation *out);
void rotor_spdm_encode_algorithms_block(struct rotor_writer *w,
					const struct rotor_spdm_negotiation *m);
/** The bits of the table of @p type; 0 if there is none. */
uint16_t rotor_spdm_table_bits(const struct rotor_spdm_negotiation *m,
			       enum rotor_spdm_alg_type type);
/** Appends a table of @p type; tables must be added in ascending order. Does nothing if @p bits is 0. */
void rotor_spdm_table_add(struct rotor_spdm_negotiation *m, enum rotor_spdm_alg_type type,
			  uint16_t bits);

/* ---- algorithms: bits, names, sizes, and what they are in rotor ---- */

enum rotor_spdm_family {
	ROTOR_SPDM_FAMILY_ASYM, /**< BaseAsymAlgo and ReqBaseAsymAlg: enum rotor_sig_alg; signature size */
	ROTOR_SPDM_FAMILY_HASH, /**< BaseHashAlgo: enum rotor_hash_alg; digest size */
	ROTOR_SPDM_FAMILY_MEAS_HASH, /**< MeasurementHashAlgo: enum rotor_hash_alg; digest size, 0 for raw */
	ROTOR_SPDM_FAMILY_DHE,          /**< DHE: enum rotor_kex_alg; exchange data size */
	ROTOR_SPDM_FAMILY_AEAD,         /**< AEAD: enum rotor_aead_alg; key size */
	ROTOR_SPDM_FAMILY_KEY_SCHEDULE, /**< KeySchedule */
	ROTOR_SPDM_FAMILY_MEAS_SPEC,    /**< MeasurementSpecification */
	ROTOR_SPDM_FAMILY_OTHER_PARAMS, /**< OtherParams */
	ROTOR_SPDM_FAMILY_COUNT,
};

/*
 * Of one algorithm, given as its bit (exactly one set): those not built in have a size and a name too, for decoding.
 */
/** What the family says a size is; 0 for a bit that is not defined. */
size_t rotor_spdm_algorithm_size(enum rotor_spdm_family family, uint32_t bit);
/** Its value in the rotor enum of the family; 0 (…_NONE) if it is not built in. */
unsigned rotor_spdm_algorithm_alg(enum rotor_spdm_family family, uint32_t bit);
/**
 * The bits of a family that a backend has, from its mask of ROTOR_BIT() (crypto->sigs for ASYM, ->hashes, ->kexes,
 * ->aeads). Not for the families without a rotor enum.
 */
uint32_t rotor_spdm_algorithm_bits(enum rotor_spdm_family family, uint32_t backend_mask);
/** The bit of a family for a rotor enum value; 0 if there is none. */
uint32_t rotor_spdm_algorithm_bit(enum rotor_spdm_family family, unsigned alg);
/**
 * The bit to select of those that a peer has offered; 0 if there is none in common. For the families with a rotor enum.
 * @param backend_mask of ROTOR_BIT(): what may be selected
 * @param order values of the rotor enum, best first, ended by 0; those that it does not name are not selected. NULL: rotor's
 *        own order, in which P-384, SHA-384, secp384r1 and AES-256-GCM come first, and which names all. Not looked at in a build
 *        without ROTOR_SPDM_PREFERENCES
 */
uint32_t rotor_spdm_algorithm_choose(enum rotor_spdm_family family, uint32_t offered,
				     uint32_t backend_mask, const uint8_t *order);

/** What a responder selects. */
struct rotor_spdm_preferences {
	/** For rotor_spdm_algorithm_choose(), by family; NULL for rotor's own. */
	const uint8_t *order[ROTOR_SPDM_FAMILY_AEAD + 1];
	/** All measurements are raw bit streams: no hash is selected for them, and ops.measurement is asked with none. */
	bool raw_measurements;
};

/** What a connection agreed on: single SPDM bits, 0 where nothing was selected. */
struct rotor_spdm_algorithms {
	uint32_t base_asym, base_hash, measurement_hash;
	uint16_t dhe, aead, req_asym, key_schedule;
	uint8_t measurement_spec, other_params, mel_spec;
};

/**
 * Takes the selection out of a decoded ALGORITHMS.
 * @return ROTOR_OK, ROTOR_ERR_FORMAT if a field has more than one bit set or an extended algorithm was selected. That
 *         each bit was offered, the caller checks.
 */
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_algorithms_from(const struct rotor_spdm_negotiation *m,
			   struct rotor_spdm_algorithms *out);
/** Sets hash, sig, req_sig and exchange from a selection, by table; the flags of @p out become false. */
void rotor_spdm_sizes_from(const struct rotor_spdm_algorithms *a, struct rotor_spdm_sizes *out);
/** Sizes for encapsulated messages, where requester and responder change roles: sig and req_sig are swapped. */
struct rotor_spdm_sizes rotor_spdm_sizes_encapsulated(const struct rotor_spdm_sizes *s);
/** What the selection is in rotor; …_NONE if nothing or something not built in was selected. */
enum rotor_hash_alg rotor_spdm_hash_alg(const struct rotor_spdm_algorithms *a);
enum rotor_hash_alg rotor_spdm_measurement_hash_alg(const struct rotor_spdm_algorithms *a);
enum rotor_sig_alg rotor_spdm_sig_alg(const struct rotor_spdm_algorithms *a);
enum rotor_sig_alg rotor_spdm_req_sig_alg(const struct rotor_spdm_algorithms *a);
enum rotor_kex_alg rotor_spdm_kex_alg(const struct rotor_spdm_algorithms *a);
enum rotor_aead_alg rotor_spdm_aead_alg(const struct rotor_spdm_algorithms *a);

/* ---- DIGESTS (10.6) ---- */

struct rotor_spdm_digests {
	uint8_t version;
	uint8_t supported_slots;   /**< param1, from 1.3; 0 before */
	uint8_t provisioned_slots; /**< param2: a digest for each bit set, lowest slot first */
	struct rotor_bytes digests;
	struct rotor_bytes key_pair_ids; /**< multi-key connections: u8 for each slot */
	struct rotor_bytes cert_infos;   /**< u8 for each slot */
	struct rotor_bytes key_usages;   /**< u16 little-endian for each slot */
};
/** Uses sizes->hash, sizes->multi_key. */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_decode_digests(const struct rotor_spdm_sizes *sizes,
							     const uint8_t *msg, size_t len,
							     struct rotor_spdm_digests *out);
void rotor_spdm_encode_digests(struct rotor_writer *w, const struct rotor_spdm_digests *m);
/** The digest of @p slot, or an empty view if the slot has none. */
struct rotor_bytes rotor_spdm_digest_of_slot(const struct rotor_spdm_digests *m, uint8_t slot);

/* ---- GET_CERTIFICATE and CERTIFICATE (10.7) ---- */

#define ROTOR_SPDM_CERT_ATTR_SIZE                                                                  \
	0x01 /**< GET_CERTIFICATE param2: only the slot's size is asked for */

struct rotor_spdm_get_certificate {
	uint8_t version;
	uint8_t slot;       /**< 0 to 7 (param1, bits 3:0) */
	uint8_t attributes; /**< param2, from 1.3: ROTOR_SPDM_CERT_ATTR_SIZE */
	bool large;         /**< from 1.4: offset and length have 32 bits (param1, bit 7) */
	uint32_t offset, length;
};
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_decode_get_certificate(const uint8_t *msg, size_t len,
				  struct rotor_spdm_get_certificate *out);
void rotor_spdm_encode_get_certificate(struct rotor_writer *w,
				       const struct rotor_spdm_get_certificate *m);

struct rotor_spdm_certificate {
	uint8_t version;
	uint8_t slot;
	uint8_t attributes; /**< param2, from 1.3: certificate model */
	bool large;         /**< from 1.4: the lengths have 32 bits (param1, bit 7) */
	uint32_t
	    remainder_len; /**< bytes of the chain behind this portion; the slot's size if that was asked for */
	struct rotor_bytes portion;
};
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_decode_certificate(const uint8_t *msg, size_t len, struct rotor_spdm_certificate *out);
void rotor_spdm_encode_certificate(struct rotor_writer *w, const struct rotor_spdm_certificate *m);

/** A certificate chain as a slot has it: u16 length, u16 reserved, digest of the root, certificates (10.7.1). */
struct rotor_spdm_cert_chain {
	struct rotor_bytes root_hash;
	struct rotor_bytes certs; /**< DER, one after another; rotor_cert_split() */
};
/** @return ROTOR_OK, ROTOR_ERR_LENGTH (the length field is not @p chain's, or too small for its parts) */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_decode_cert_chain(struct rotor_bytes chain,
								size_t hash_size,
								struct rotor_spdm_cert_chain *out);
void rotor_spdm_encode_cert_chain(struct rotor_writer *w, const struct rotor_spdm_cert_chain *m);

/* ---- CHALLENGE and CHALLENGE_AUTH (10.8) ---- */

struct rotor_spdm_challenge {
	uint8_t version;
	uint8_t slot;           /**< param1; ROTOR_SPDM_SLOT_PROVISIONED possible */
	uint8_t summary;        /**< param2: ROTOR_SPDM_SUMMARY_… */
	const uint8_t *nonce;   /**< ROTOR_SPDM_NONCE_SIZE bytes */
	const uint8_t *context; /**< from 1.3, ROTOR_SPDM_CONTEXT_SIZE bytes; else NULL */
};
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_decode_challenge(const uint8_t *msg, size_t len,
							       struct rotor_spdm_challenge *out);
void rotor_spdm_encode_challenge(struct rotor_writer *w, const struct rotor_spdm_challenge *m);

struct rotor_spdm_challenge_auth {
	uint8_t version;
	uint8_t
	    attributes; /**< param1: slot (3:0; 0xF provisioned key), basic mutual authentication (7, before 1.2) */
	uint8_t slot_mask; /**< param2 */
	struct rotor_bytes cert_chain_hash;
	const uint8_t *nonce;
	struct rotor_bytes summary_hash; /**< empty if not asked for */
	struct rotor_bytes opaque;       /**< at most 1024 bytes */
	const uint8_t *context;          /**< from 1.3 */
	struct rotor_bytes signature;
};
/** Uses sizes->hash, ->sig, ->summary. */
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_decode_challenge_auth(const struct rotor_spdm_sizes *sizes, const uint8_t *msg,
				 size_t len, struct rotor_spdm_challenge_auth *out);
void rotor_spdm_encode_challenge_auth(struct rotor_writer *w,
				      const struct rotor_spdm_challenge_auth *m);

/* ---- GET_MEASUREMENTS and MEASUREMENTS (10.11) ---- */

#define ROTOR_SPDM_MEAS_ATTR_SIGNATURE 0x01 /**< GET_MEASUREMENTS param1 */
#define ROTOR_SPDM_MEAS_ATTR_RAW       0x02 /**< from 1.2 */
#define ROTOR_SPDM_MEAS_ATTR_NEW       0x04 /**< from 1.3 */
#define ROTOR_SPDM_MEAS_OP_COUNT       0x00 /**< GET_MEASUREMENTS param2: how many there are */
#define ROTOR_SPDM_MEAS_OP_ALL         0xFF

struct rotor_spdm_get_measurements {
	uint8_t version;
	uint8_t attributes;     /**< param1 */
	uint8_t operation;      /**< param2: ROTOR_SPDM_MEAS_OP_… or an index */
	const uint8_t *nonce;   /**< if a signature is asked for */
	uint8_t slot;           /**< from 1.1, if a signature is asked for (bits 3:0) */
	const uint8_t *context; /**< from 1.3 */
};
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_decode_get_measurements(const uint8_t *msg, size_t len,
				   struct rotor_spdm_get_measurements *out);
void rotor_spdm_encode_get_measurements(struct rotor_writer *w,
					const struct rotor_spdm_get_measurements *m);

struct rotor_spdm_measurements {
	uint8_t version;
	uint8_t total;     /**< param1: number of indices, if the operation asked for it */
	uint8_t slot_info; /**< param2: slot (3:0), from 1.2 content changed (5:4) */
	uint8_t block_count;
	struct rotor_bytes record; /**< blocks; rotor_spdm_next_block() */
	const uint8_t *nonce;
	struct rotor_bytes opaque;
	const uint8_t *context;       /**< from 1.3 */
	struct rotor_bytes signature; /**< empty if not asked for */
};
/** Uses sizes->sig, ->signature. Does not look into the record. */
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_decode_measurements(const struct rotor_spdm_sizes *sizes, const uint8_t *msg, size_t len,
			       struct rotor_spdm_measurements *out);
void rotor_spdm_encode_measurements(struct rotor_writer *w,
				    const struct rotor_spdm_measurements *m);

/** DMTFSpecMeasurementValueType, bits 6:0. */
enum rotor_spdm_meas_type {
	ROTOR_SPDM_MEAS_ROM = 0,
	ROTOR_SPDM_MEAS_FIRMWARE = 1,
	ROTOR_SPDM_MEAS_HW_CONFIG = 2,
	ROTOR_SPDM_MEAS_FW_CONFIG = 3,
	ROTOR_SPDM_MEAS_MANIFEST = 4,
	ROTOR_SPDM_MEAS_DEVICE_MODE = 5,
	ROTOR_SPDM_MEAS_VERSION = 6,
	ROTOR_SPDM_MEAS_SVN = 7,
	ROTOR_SPDM_MEAS_HASH_EXTEND = 8,
	ROTOR_SPDM_MEAS_INFORMATIONAL = 9,
	ROTOR_SPDM_MEAS_STRUCTURED_MANIFEST = 10,
};
#define ROTOR_SPDM_MEAS_RAW_BIT        0x80 /**< the value is a raw bit stream, not a digest */
#define ROTOR_SPDM_MEAS_INDEX_MANIFEST 0xFD
#define ROTOR_SPDM_MEAS_INDEX_MODE     0xFE

/** One measurement block (10.11.1). */
struct rotor_spdm_block {
	uint8_t index;                  /**< 1 to 0xFE */
	uint8_t spec;                   /**< MeasurementSpecification, one bit */
	struct rotor_bytes measurement; /**< the whole, in the form of @c spec */
	bool dmtf;                      /**< spec is DMTF's: the next three are valid */
	uint8_t type;                   /**< enum rotor_spdm_meas_type */
	bool raw;                       /**< not a digest */
	struct rotor_bytes value;
};
/**
 * Reads the next block of a record and moves @p record behind it.
 * @return ROTOR_OK; ROTOR_ERR_NOT_FOUND at the end; ROTOR_ERR_LENGTH or ROTOR_ERR_FORMAT (index 0 or 0xFF, a DMTF value
 *         size that is not what the block has left)
 */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_next_block(struct rotor_bytes *record,
							 struct rotor_spdm_block *out);
/** Whether a record consists of exactly block_count well-formed blocks with ascending indices. */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_check_record(struct rotor_bytes record,
							   uint8_t block_count);
/** Writes a block of DMTF form: index, type, raw and value count. */
void rotor_spdm_encode_block(struct rotor_writer *w, const struct rotor_spdm_block *m);

/* ---- KEY_EXCHANGE (10.16) ---- */

struct rotor_spdm_key_exchange {
	uint8_t version;
	uint8_t summary;     /**< param1: ROTOR_SPDM_SUMMARY_… */
	uint8_t slot;        /**< param2; ROTOR_SPDM_SLOT_PROVISIONED possible */
	uint16_t session_id; /**< ReqSessionID: low half of the session ID */
	uint8_t policy;      /**< from 1.2 */
	const uint8_t *random;
	struct rotor_bytes exchange;
	struct rotor_bytes opaque;
};
#define ROTOR_SPDM_POLICY_END_ON_UPDATE                                                            \
	0x01 /**< session policy: a runtime firmware update ends the session */
#define ROTOR_SPDM_POLICY_EVENT_ALL 0x02
/** Uses sizes->exchange. */
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_decode_key_exchange(const struct rotor_spdm_sizes *sizes, const uint8_t *msg, size_t len,
			       struct rotor_spdm_key_exchange *out);
void rotor_spdm_encode_key_exchange(struct rotor_writer *w,
				    const struct rotor_spdm_key_exchange *m);

struct rotor_spdm_key_exchange_rsp {
	uint8_t version;
	uint8_t heartbeat_period; /**< param1, seconds; 0 none */
	uint16_t session_id;      /**< RspSessionID: high half of the session ID */
	uint8_t mut_auth;         /**< ROTOR_SPDM_MUT_AUTH_…; 0 none */
	uint8_t req_slot;         /**< bits 3:0 */
	const uint8_t *random;
	struct rotor_bytes exchange;
	struct rotor_bytes summary_hash; /**< empty if not asked for */
	struct rotor_bytes opaque;
	struct rotor_bytes signature;
	struct rotor_bytes verify_data; /**< empty if the handshake is in the clear */
};
#define ROTOR_SPDM_MUT_AUTH_PLAIN   0x01 /**< without encapsulated flow */
#define ROTOR_SPDM_MUT_AUTH_ENCAP   0x02 /**< by encapsulated requests */
#define ROTOR_SPDM_MUT_AUTH_DIGESTS 0x04 /**< with an implicit GET_DIGESTS */
/** Uses sizes->exchange, ->hash, ->sig, ->summary, ->clear_handshake. */
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_decode_key_exchange_rsp(const struct rotor_spdm_sizes *sizes, const uint8_t *msg,
				   size_t len, struct rotor_spdm_key_exchange_rsp *out);
void rotor_spdm_encode_key_exchange_rsp(struct rotor_writer *w,
					const struct rotor_spdm_key_exchange_rsp *m);

/* ---- FINISH (10.17) ---- */

struct rotor_spdm_finish {
	uint8_t version;
	bool has_signature;        /**< param1 bit 0 */
	uint8_t req_slot;          /**< param2; meaningful with a signature */
	struct rotor_bytes opaque; /**< from 1.4 */
	struct rotor_bytes signature;
	struct rotor_bytes verify_data;
};
/** Uses sizes->req_sig, ->hash. */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_decode_finish(const struct rotor_spdm_sizes *sizes,
							    const uint8_t *msg, size_t len,
							    struct rotor_spdm_finish *out);
void rotor_spdm_encode_finish(struct rotor_writer *w, const struct rotor_spdm_finish *m);

struct rotor_spdm_finish_rsp {
	uint8_t version;
	struct rotor_bytes opaque;      /**< from 1.4 */
	struct rotor_bytes verify_data; /**< only if the handshake is in the clear */
};
/** Uses sizes->hash, ->clear_handshake. */
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_decode_finish_rsp(const struct rotor_spdm_sizes *sizes, const uint8_t *msg, size_t len,
			     struct rotor_spdm_finish_rsp *out);
void rotor_spdm_encode_finish_rsp(struct rotor_writer *w, const struct rotor_spdm_finish_rsp *m);

/* ---- encapsulated messages (10.22 to 10.24) ---- */

/** ENCAPSULATED_REQUEST, DELIVER_ENCAPSULATED_RESPONSE. */
struct rotor_spdm_encapsulated {
	uint8_t version;
	uint8_t code;             /**< which of the two */
	uint8_t request_id;       /**< param1 */
	struct rotor_bytes inner; /**< a whole SPDM message */
};
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_decode_encapsulated(const uint8_t *msg, size_t len, struct rotor_spdm_encapsulated *out);
void rotor_spdm_encode_encapsulated(struct rotor_writer *w,
				    const struct rotor_spdm_encapsulated *m);

/** ENCAPSULATED_RESPONSE_ACK. */
struct rotor_spdm_encapsulated_ack {
	uint8_t version;
	uint8_t request_id;     /**< param1: of the request that follows, if any */
	uint8_t payload_type;   /**< param2: ROTOR_SPDM_ENCAP_… */
	uint8_t ack_request_id; /**< from 1.2 */
	struct rotor_bytes
	    inner; /**< by payload type: empty, a whole request, one byte of slot number */
};
#define ROTOR_SPDM_ENCAP_ABSENT   0 /**< the flow is over */
#define ROTOR_SPDM_ENCAP_PRESENT  1 /**< another request follows */
#define ROTOR_SPDM_ENCAP_REQ_SLOT 2 /**< the flow is over; use this slot in FINISH */
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_decode_encapsulated_ack(const uint8_t *msg, size_t len,
				   struct rotor_spdm_encapsulated_ack *out);
void rotor_spdm_encode_encapsulated_ack(struct rotor_writer *w,
					const struct rotor_spdm_encapsulated_ack *m);

/* ---- VENDOR_DEFINED_REQUEST and _RESPONSE (10.13) ---- */

/** Registries: who names the vendor in VENDOR_DEFINED, opaque data, events and endpoint information. */
enum rotor_spdm_registry {
	ROTOR_SPDM_REGISTRY_DMTF = 0,
	ROTOR_SPDM_REGISTRY_TCG = 1,
	ROTOR_SPDM_REGISTRY_USB = 2,
	ROTOR_SPDM_REGISTRY_PCISIG = 3,
	ROTOR_SPDM_REGISTRY_IANA = 4,
	ROTOR_SPDM_REGISTRY_HDBASET = 5,
	ROTOR_SPDM_REGISTRY_MIPI = 6,
	ROTOR_SPDM_REGISTRY_CXL = 7,
	ROTOR_SPDM_REGISTRY_JEDEC = 8,
	ROTOR_SPDM_REGISTRY_VESA = 9,
	ROTOR_SPDM_REGISTRY_IANA_CBOR = 10,
	ROTOR_SPDM_REGISTRY_DMTF_DSP = 11,
};

struct rotor_spdm_vendor_defined {
	uint8_t version;
	uint8_t code;         /**< which of the two */
	bool large;           /**< from 1.4: the payload's length has 32 bits (param1, bit 7) */
	uint16_t standard_id; /**< enum rotor_spdm_registry */
	struct rotor_bytes vendor_id;
	struct rotor_bytes payload;
};
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_decode_vendor_defined(const uint8_t *msg, size_t len,
				 struct rotor_spdm_vendor_defined *out);
void rotor_spdm_encode_vendor_defined(struct rotor_writer *w,
				      const struct rotor_spdm_vendor_defined *m);

/* ---- ERROR (10.12) ---- */

struct rotor_spdm_error_message {
	uint8_t version;
	uint8_t error;               /**< param1: enum rotor_spdm_error */
	uint8_t data;                /**< param2 */
	struct rotor_bytes extended; /**< ExtendedErrorData */
	/** RESPONSE_NOT_READY's data, decoded and encoded instead of @c extended: */
	uint8_t rd_exponent;  /**< ready in 2^this microseconds */
	uint8_t request_code; /**< of the request that is not ready */
	uint8_t token;        /**< for RESPOND_IF_READY */
	uint8_t rdtm;         /**< RDTM: lost after RDT times 2^this */
	/** LARGE_RESPONSE's data, likewise: */
	uint8_t handle;
};
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_decode_error(const uint8_t *msg, size_t len,
							   struct rotor_spdm_error_message *out);
void rotor_spdm_encode_error(struct rotor_writer *w, const struct rotor_spdm_error_message *m);

/* ---- opaque data ---- */

/**
 * One element of opaque data: DSP0274 1.2 and later "OpaqueDataFmt1", or DSP0277's table before, which differ only in
 * the header before the elements. Elements are padded to four bytes.
 */
struct rotor_spdm_opaque_element {
	uint8_t id; /**< registry; 0 DMTF */
	struct rotor_bytes vendor;
	struct rotor_bytes data;
};
struct rotor_spdm_opaque {
	struct rotor_reader r;
	uint8_t left; /**< elements still to come */
};
/** Opens opaque data of a message of SPDM @p version. Empty data has no elements. @return ROTOR_OK, ROTOR_ERR_LENGTH, ROTOR_ERR_FORMAT */
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_opaque_open(struct rotor_spdm_opaque *it, uint8_t version, struct rotor_bytes opaque);
/** The next element. @return ROTOR_OK, ROTOR_ERR_NOT_FOUND (no more, and the data ends there), ROTOR_ERR_LENGTH */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_opaque_next(struct rotor_spdm_opaque *it,
							  struct rotor_spdm_opaque_element *out);

/** Writes the header before @p count elements, and one element with its padding. */
void rotor_spdm_encode_opaque_header(struct rotor_writer *w, uint8_t version, uint8_t count);
void rotor_spdm_encode_opaque_element(struct rotor_writer *w,
				      const struct rotor_spdm_opaque_element *e);

/**
 * Secured-message versions (DSP0277) in KEY_EXCHANGE's opaque data: entries as in VERSION (0x1200 is 1.2).
 * @param count in: room in @p list; out: versions found (those past the room are dropped)
 * @return ROTOR_OK, ROTOR_ERR_NOT_FOUND (no such element), ROTOR_ERR_LENGTH, ROTOR_ERR_FORMAT
 */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_decode_secured_versions(uint8_t version,
								      struct rotor_bytes opaque,
								      uint16_t *list,
								      size_t *count);
/** Writes opaque data with that one element. */
void rotor_spdm_encode_secured_versions(struct rotor_writer *w, uint8_t version,
					const uint16_t *list, size_t count);
/** The version selected, in KEY_EXCHANGE_RSP's opaque data. Results as above. */
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_decode_secured_selected(uint8_t version, struct rotor_bytes opaque, uint16_t *selected);
void rotor_spdm_encode_secured_selected(struct rotor_writer *w, uint8_t version, uint16_t selected);

/* ---- names: static strings, never NULL ---- */

/** "GET_VERSION"; "unknown" for a code that is not known here. */
const char *rotor_spdm_code_name(uint8_t code);
/** "InvalidRequest"; "reserved" for a code that is not defined. */
const char *rotor_spdm_error_name(uint8_t error);
/** "CERT_CAP" for a capability flag with a single bit, or NULL. Two-bit fields have a name for each bit. */
const char *rotor_spdm_capability_name(uint32_t flag);
/** "mutable firmware"; "reserved" for a type that is not defined. */
const char *rotor_spdm_measurement_type_name(uint8_t type);
/** "ECDSA_P384" for an algorithm's bit; "unknown" for one that is not defined. */
const char *rotor_spdm_algorithm_name(enum rotor_spdm_family family, uint32_t bit);
/** "1.2" for 0x12; "?" for a version outside 1.0 to 1.9. */
const char *rotor_spdm_version_name(uint8_t version);

#ifdef __cplusplus
}
#endif

#endif
