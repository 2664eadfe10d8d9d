/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * The messages by which certificates and keys are provisioned, and a device tells more of itself (DSP0274): CSR,
 * SET_CERTIFICATE and key pairs, measurement extension log, endpoint information, events. The rules for codecs stand in
 * rotor/spdm_messages.h.
 */
#ifndef ROTOR_SPDM_MESSAGES_MANAGE_H
#define ROTOR_SPDM_MESSAGES_MANAGE_H

#include "rotor/spdm_messages.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Certificate models (DIGESTS' CertificateInfo, CERTIFICATE, GET_CSR, SET_CERTIFICATE), from 1.3. */
enum rotor_spdm_cert_model {
	ROTOR_SPDM_CERT_MODEL_NONE = 0, /**< the slot has a key, or nothing, but no certificate */
	ROTOR_SPDM_CERT_MODEL_DEVICE = 1,
	ROTOR_SPDM_CERT_MODEL_ALIAS = 2,
	ROTOR_SPDM_CERT_MODEL_GENERIC = 3,
};
#define ROTOR_SPDM_CERT_MODEL_MASK 0x07

/** KeyUsageMask of DIGESTS and of key pairs. */
#define ROTOR_SPDM_KEY_USE_KEY_EX    0x0001
#define ROTOR_SPDM_KEY_USE_CHALLENGE 0x0002
#define ROTOR_SPDM_KEY_USE_MEAS      0x0004
#define ROTOR_SPDM_KEY_USE_EP_INFO   0x0008
#define ROTOR_SPDM_KEY_USE_STANDARDS 0x4000
#define ROTOR_SPDM_KEY_USE_VENDOR    0x8000

/* ---- GET_CSR and CSR (1.2) ---- */

struct rotor_spdm_get_csr {
	uint8_t version;
	uint8_t key_pair; /**< param1, from 1.3: KeyPairID; 0 before */
	uint8_t
	    attributes; /**< param2, from 1.3: model (2:0), tracking tag (5:3), ROTOR_SPDM_CSR_OVERWRITE */
	struct rotor_bytes requester_info; /**< a CertificationRequestInfo, DER; may be empty */
	struct rotor_bytes opaque;
};
#define ROTOR_SPDM_CSR_TAG_SHIFT 3
#define ROTOR_SPDM_CSR_TAG_MASK  0x07
#define ROTOR_SPDM_CSR_OVERWRITE 0x80
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_decode_get_csr(const uint8_t *msg, size_t len,
							     struct rotor_spdm_get_csr *out);
void rotor_spdm_encode_get_csr(struct rotor_writer *w, const struct rotor_spdm_get_csr *m);

struct rotor_spdm_csr {
	uint8_t version;
	struct rotor_bytes csr; /**< PKCS #10, DER */
};
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_decode_csr(const uint8_t *msg, size_t len,
							 struct rotor_spdm_csr *out);
void rotor_spdm_encode_csr(struct rotor_writer *w, const struct rotor_spdm_csr *m);

/* ---- SET_CERTIFICATE (1.2); its response is a header, param1 the slot ---- */

struct rotor_spdm_set_certificate {
	uint8_t version;
	uint8_t slot;             /**< param1, 3:0 */
	uint8_t model;            /**< param1, 6:4, from 1.3: enum rotor_spdm_cert_model */
	bool erase;               /**< param1, 7, from 1.3 */
	uint8_t key_pair;         /**< param2, from 1.3: KeyPairID; 0 before */
	struct rotor_bytes chain; /**< as a slot has it, with its header; empty with @c erase */
};
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_decode_set_certificate(const uint8_t *msg, size_t len,
				  struct rotor_spdm_set_certificate *out);
void rotor_spdm_encode_set_certificate(struct rotor_writer *w,
				       const struct rotor_spdm_set_certificate *m);

/* ---- key pairs (1.3); SET_KEY_PAIR_INFO_ACK is a header ---- */

/** Key pair capabilities. */
#define ROTOR_SPDM_KEY_PAIR_GENERATE   0x0001
#define ROTOR_SPDM_KEY_PAIR_ERASABLE   0x0002
#define ROTOR_SPDM_KEY_PAIR_CERT_ASSOC 0x0004
#define ROTOR_SPDM_KEY_PAIR_KEY_USAGE  0x0008
#define ROTOR_SPDM_KEY_PAIR_ASYM_ALGO  0x0010
#define ROTOR_SPDM_KEY_PAIR_SHAREABLE  0x0020
/** Asymmetric algorithms of key pairs: not BaseAsymAlgo's bits, since a key does not say how it signs. */
#define ROTOR_SPDM_KEY_PAIR_RSA2048 UINT32_C(0x0001)
#define ROTOR_SPDM_KEY_PAIR_RSA3072 UINT32_C(0x0002)
#define ROTOR_SPDM_KEY_PAIR_RSA4096 UINT32_C(0x0004)
#define ROTOR_SPDM_KEY_PAIR_P256    UINT32_C(0x0008)
#define ROTOR_SPDM_KEY_PAIR_P384    UINT32_C(0x0010)
#define ROTOR_SPDM_KEY_PAIR_P521    UINT32_C(0x0020)
#define ROTOR_SPDM_KEY_PAIR_SM2     UINT32_C(0x0040)
#define ROTOR_SPDM_KEY_PAIR_ED25519 UINT32_C(0x0080)
#define ROTOR_SPDM_KEY_PAIR_ED448   UINT32_C(0x0100)

struct rotor_spdm_get_key_pair_info {
	uint8_t version;
	uint8_t key_pair; /**< KeyPairID, from 1 */
};
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_decode_get_key_pair_info(const uint8_t *msg, size_t len,
				    struct rotor_spdm_get_key_pair_info *out);
void rotor_spdm_encode_get_key_pair_info(struct rotor_writer *w,
					 const struct rotor_spdm_get_key_pair_info *m);

struct rotor_spdm_key_pair_info {
	uint8_t version;
	uint8_t total; /**< number of key pairs: their IDs are 1 to this */
	uint8_t key_pair;
	uint16_t capabilities;              /**< ROTOR_SPDM_KEY_PAIR_GENERATE … */
	uint16_t usage_capabilities, usage; /**< ROTOR_SPDM_KEY_USE_… */
	uint32_t asym_capabilities,
	    asym;      /**< ROTOR_SPDM_KEY_PAIR_RSA2048 …; asym: one bit or none */
	uint8_t slots; /**< slots whose certificates are for this key */
	struct rotor_bytes public_key_info;       /**< AlgorithmIdentifier, DER */
	struct rotor_bytes pqc_capabilities, pqc; /**< from 1.4 */
};
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_decode_key_pair_info(const uint8_t *msg, size_t len,
				struct rotor_spdm_key_pair_info *out);
void rotor_spdm_encode_key_pair_info(struct rotor_writer *w,
				     const struct rotor_spdm_key_pair_info *m);

/** SET_KEY_PAIR_INFO operations (param1). */
#define ROTOR_SPDM_KEY_PAIR_OP_CHANGE   0
#define ROTOR_SPDM_KEY_PAIR_OP_ERASE    1
#define ROTOR_SPDM_KEY_PAIR_OP_GENERATE 2
struct rotor_spdm_set_key_pair_info {
	uint8_t version;
	uint8_t operation; /**< param1 */
	uint8_t key_pair;
	/* The rest is 0 for ERASE, which does not carry it. 0 asks for no change, but for slots. */
	uint16_t usage;
	uint32_t asym;
	uint8_t slots;
	struct rotor_bytes pqc; /**< from 1.4 */
};
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_decode_set_key_pair_info(const uint8_t *msg, size_t len,
				    struct rotor_spdm_set_key_pair_info *out);
void rotor_spdm_encode_set_key_pair_info(struct rotor_writer *w,
					 const struct rotor_spdm_set_key_pair_info *m);

/* ---- GET_MEASUREMENT_EXTENSION_LOG (1.3) ---- */

struct rotor_spdm_get_mel {
	uint8_t version;
	uint32_t offset, length;
};
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_decode_get_mel(const uint8_t *msg, size_t len,
							     struct rotor_spdm_get_mel *out);
void rotor_spdm_encode_get_mel(struct rotor_writer *w, const struct rotor_spdm_get_mel *m);

/** MEASUREMENT_EXTENSION_LOG. */
struct rotor_spdm_mel {
	uint8_t version;
	uint32_t remainder_len;
	struct rotor_bytes portion;
};
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_decode_mel(const uint8_t *msg, size_t len,
							 struct rotor_spdm_mel *out);
void rotor_spdm_encode_mel(struct rotor_writer *w, const struct rotor_spdm_mel *m);

/** Bytes of a DMTF log before its entries: NumberOfEntries, MELEntriesLength, reserved. */
#define ROTOR_SPDM_MEL_HEADER_SIZE 16
/** Bytes of an entry before its value. */
#define ROTOR_SPDM_MEL_ENTRY_SIZE 11
struct rotor_spdm_mel_entry {
	uint32_t index;      /**< MELIndex, from 1 */
	uint8_t measurement; /**< index of the measurement block that it was extended into */
	uint8_t type;        /**< enum rotor_spdm_meas_type */
	bool raw;            /**< not a digest */
	struct rotor_bytes value;
};
/** Opens a whole log of DMTF's form: sets @p entries and @p count. @return ROTOR_OK, ROTOR_ERR_LENGTH, ROTOR_ERR_FORMAT */
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_mel_open(struct rotor_bytes log, struct rotor_bytes *entries, uint32_t *count);
/** The next entry; @p entries moves behind it. @return ROTOR_OK, ROTOR_ERR_NOT_FOUND (no more), ROTOR_ERR_LENGTH */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_mel_next(struct rotor_bytes *entries,
						       struct rotor_spdm_mel_entry *out);
void rotor_spdm_encode_mel_header(struct rotor_writer *w, uint32_t count, uint32_t entries_len);
void rotor_spdm_encode_mel_entry(struct rotor_writer *w, const struct rotor_spdm_mel_entry *m);

/* ---- GET_ENDPOINT_INFO (1.3) ---- */

#define ROTOR_SPDM_EP_INFO_DEVICE_CLASS 1    /**< subcode: DeviceClassIdentifier */
#define ROTOR_SPDM_EP_INFO_SIGNATURE    0x01 /**< request attributes */

struct rotor_spdm_get_endpoint_info {
	uint8_t version;
	uint8_t subcode; /**< param1 */
	uint8_t
	    slot; /**< param2, 3:0: whose key signs; ROTOR_SPDM_SLOT_PROVISIONED_NIBBLE possible */
	uint8_t attributes;
	const uint8_t *nonce; /**< if a signature is asked for */
};
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_decode_get_endpoint_info(const uint8_t *msg, size_t len,
				    struct rotor_spdm_get_endpoint_info *out);
void rotor_spdm_encode_get_endpoint_info(struct rotor_writer *w,
					 const struct rotor_spdm_get_endpoint_info *m);

struct rotor_spdm_endpoint_info {
	uint8_t version;
	uint8_t slot;         /**< param2, 3:0 */
	const uint8_t *nonce; /**< if a signature was asked for */
	struct rotor_bytes info;
	struct rotor_bytes signature; /**< empty if not asked for */
};
/** Uses sizes->sig, ->signature (whether one was asked for). */
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_decode_endpoint_info(const struct rotor_spdm_sizes *sizes, const uint8_t *msg,
				size_t len, struct rotor_spdm_endpoint_info *out);
void rotor_spdm_encode_endpoint_info(struct rotor_writer *w,
				     const struct rotor_spdm_endpoint_info *m);

/* ---- events (1.3); GET_SUPPORTED_EVENT_TYPES, SUBSCRIBE_EVENT_TYPES_ACK and EVENT_ACK are headers ---- */

/** SUPPORTED_EVENT_TYPES, SUBSCRIBE_EVENT_TYPES. */
struct rotor_spdm_event_types {
	uint8_t version;
	uint8_t code; /**< which of the two */
	uint8_t
	    group_count; /**< param1; 0 in SUBSCRIBE_EVENT_TYPES unsubscribes, and then nothing follows */
	struct rotor_bytes groups; /**< rotor_spdm_event_group_next() */
};
ROTOR_MUST_CHECK enum rotor_status
rotor_spdm_decode_event_types(const uint8_t *msg, size_t len, struct rotor_spdm_event_types *out);
void rotor_spdm_encode_event_types(struct rotor_writer *w, const struct rotor_spdm_event_types *m);

/** One group of event types. */
struct rotor_spdm_event_group {
	uint8_t registry; /**< enum rotor_spdm_registry: who numbers the types */
	struct rotor_bytes vendor;
	uint16_t type_count;
	uint16_t group_version;
	uint32_t attributes;      /**< SUBSCRIBE_EVENT_TYPES: ROTOR_SPDM_EVENT_GROUP_ALL */
	struct rotor_bytes types; /**< type_count times u16 type, u16 reserved, little-endian */
};
#define ROTOR_SPDM_EVENT_GROUP_ALL     UINT32_C(0x00000001)
#define ROTOR_SPDM_EVENT_GROUP_VERSION 1 /**< of DMTF's group */
/** The next group; @p groups moves behind it. @return ROTOR_OK, ROTOR_ERR_NOT_FOUND (no more), ROTOR_ERR_LENGTH */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_event_group_next(struct rotor_bytes *groups,
							       struct rotor_spdm_event_group *out);
void rotor_spdm_encode_event_group(struct rotor_writer *w, const struct rotor_spdm_event_group *m);
/** Type @p i (below type_count) of a group. */
uint16_t rotor_spdm_event_group_type(const struct rotor_spdm_event_group *m, unsigned i);

/** DMTF's event types. */
#define ROTOR_SPDM_EVENT_LOST                   1 /**< detail: 8 bytes, last acknowledged and last lost instance */
#define ROTOR_SPDM_EVENT_MEASUREMENT_CHANGED    2 /**< detail: 32 bytes, a bit for each index */
#define ROTOR_SPDM_EVENT_MEASUREMENT_PRE_UPDATE 3 /**< likewise */
#define ROTOR_SPDM_EVENT_CERTIFICATE_CHANGED    4 /**< detail: 1 byte, a bit for each slot */

struct rotor_spdm_send_event {
	uint8_t version;
	uint32_t count;
	struct rotor_bytes events; /**< rotor_spdm_event_next() */
};
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_decode_send_event(const uint8_t *msg, size_t len,
								struct rotor_spdm_send_event *out);
void rotor_spdm_encode_send_event(struct rotor_writer *w, const struct rotor_spdm_send_event *m);

struct rotor_spdm_event_item {
	uint32_t instance; /**< EventInstanceID: counts up by one within a session */
	uint8_t registry;
	struct rotor_bytes vendor;
	uint16_t type;
	struct rotor_bytes detail;
};
/** The next event; @p events moves behind it. @return ROTOR_OK, ROTOR_ERR_NOT_FOUND (no more), ROTOR_ERR_LENGTH */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_event_next(struct rotor_bytes *events,
							 struct rotor_spdm_event_item *out);
void rotor_spdm_encode_event(struct rotor_writer *w, const struct rotor_spdm_event_item *m);

#ifdef __cplusplus
}
#endif

#endif
