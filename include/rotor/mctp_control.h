/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * MCTP control protocol (DSP0236 1.3.1, clauses 11 and 12): the messages that
 * an endpoint must answer, as codecs and as a responder. Message bodies here
 * begin after the MCTP message-type byte.
 */
#ifndef ROTOR_MCTP_CONTROL_H
#define ROTOR_MCTP_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rotor/mctp.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- numbers (DSP0236 1.3.1, tables 12 and 13) ---- */

enum rotor_mctp_command {
	ROTOR_MCTP_SET_ENDPOINT_ID = 0x01,
	ROTOR_MCTP_GET_ENDPOINT_ID = 0x02,
	ROTOR_MCTP_GET_ENDPOINT_UUID = 0x03,
	ROTOR_MCTP_GET_VERSION_SUPPORT = 0x04,
	ROTOR_MCTP_GET_MESSAGE_TYPE_SUPPORT = 0x05,
	ROTOR_MCTP_GET_VENDOR_SUPPORT = 0x06,
	ROTOR_MCTP_RESOLVE_ENDPOINT_ID = 0x07,
	ROTOR_MCTP_ALLOCATE_ENDPOINT_IDS = 0x08,
	ROTOR_MCTP_ROUTING_INFORMATION_UPDATE = 0x09,
	ROTOR_MCTP_GET_ROUTING_TABLE_ENTRIES = 0x0a,
	ROTOR_MCTP_PREPARE_FOR_DISCOVERY = 0x0b,
	ROTOR_MCTP_ENDPOINT_DISCOVERY = 0x0c,
	ROTOR_MCTP_DISCOVERY_NOTIFY = 0x0d,
	ROTOR_MCTP_GET_NETWORK_ID = 0x0e,
	ROTOR_MCTP_QUERY_HOP = 0x0f,
	ROTOR_MCTP_RESOLVE_UUID = 0x10,
	ROTOR_MCTP_QUERY_RATE_LIMIT = 0x11,
	ROTOR_MCTP_REQUEST_TX_RATE_LIMIT = 0x12,
	ROTOR_MCTP_UPDATE_RATE_LIMIT = 0x13,
	ROTOR_MCTP_QUERY_SUPPORTED_INTERFACES = 0x14,
};

/** Name of a command as the specification writes it, "unknown command" for others. */
const char *rotor_mctp_command_string(uint8_t command);

enum rotor_mctp_completion {
	ROTOR_MCTP_SUCCESS = 0x00,
	ROTOR_MCTP_ERROR = 0x01,
	ROTOR_MCTP_ERROR_INVALID_DATA = 0x02,
	ROTOR_MCTP_ERROR_INVALID_LENGTH = 0x03,
	ROTOR_MCTP_ERROR_NOT_READY = 0x04,
	ROTOR_MCTP_ERROR_UNSUPPORTED_CMD = 0x05,
	/** Get MCTP Version Support: message type number not supported (12.6). */
	ROTOR_MCTP_ERROR_TYPE_NOT_SUPPORTED = 0x80,
};

/** Get MCTP Version Support: the version of the base specification. */
#define ROTOR_MCTP_VERSION_OF_BASE 0xff

/** Versions as Get MCTP Version Support gives them (DSP0236 1.3.1, table 18): major, minor, update, alpha. */
#define ROTOR_MCTP_VERSION(major, minor, update)                                                   \
	((UINT32_C(0xf0) | (major)) << 24 | (UINT32_C(0xf0) | (minor)) << 16 |                     \
	 (UINT32_C(0xf0) | (update)) << 8)
/** The same without an update number ("1.0"). */
#define ROTOR_MCTP_VERSION2(major, minor)                                                          \
	((UINT32_C(0xf0) | (major)) << 24 | (UINT32_C(0xf0) | (minor)) << 16 | UINT32_C(0xff) << 8)

/** Bytes of a UUID, most significant first (RFC 4122). */
#define ROTOR_MCTP_UUID_SIZE 16

/* ---- message codecs ---- */

/** Header of a control message (11.3); in an answer the completion code follows it. */
struct rotor_mctp_control_header {
	bool request;       /**< Rq */
	bool datagram;      /**< D: a request that wants no answer */
	uint8_t instance;   /**< 0 to 31 */
	uint8_t command;    /**< enum rotor_mctp_command */
	uint8_t completion; /**< of an answer; 0 in a request */
};

/** Reads a header, with the completion code if it is an answer; what is missing fails the reader. */
void rotor_mctp_control_header_read(struct rotor_reader *r, struct rotor_mctp_control_header *out);
/** Writes one, likewise. */
void rotor_mctp_control_header_write(struct rotor_writer *w,
				     const struct rotor_mctp_control_header *header);

/** Set Endpoint ID (12.3), operation. */
enum rotor_mctp_set_operation {
	ROTOR_MCTP_SET_EID = 0,
	ROTOR_MCTP_FORCE_EID = 1,
	ROTOR_MCTP_RESET_EID = 2,
	ROTOR_MCTP_SET_DISCOVERED = 3,
};

/** Its request. */
struct rotor_mctp_set_eid_request {
	uint8_t operation; /**< enum rotor_mctp_set_operation */
	uint8_t eid;
};

/** Its answer. */
struct rotor_mctp_set_eid_answer {
	bool rejected;      /**< EID assignment status */
	uint8_t allocation; /**< EID allocation status: 0 no pool wanted */
	uint8_t eid;        /**< EID setting now */
	uint8_t pool_size;
};

/** Get Endpoint ID (12.4). */
struct rotor_mctp_get_eid_answer {
	uint8_t eid;     /**< 0: none yet */
	bool bridge;     /**< endpoint type: bridge or bus owner */
	uint8_t id_type; /**< 0 dynamic, 1 static, 2 static and matches, 3 static and differs */
	uint8_t medium;  /**< medium-specific; SMBus: bit 0 fairness arbitration */
};

/** Get MCTP Version Support (12.6). */
struct rotor_mctp_versions_answer {
	uint8_t
	    count; /**< entries in the message; those beyond ROTOR_MCTP_FOUND_VERSIONS are not kept */
	uint32_t versions[ROTOR_MCTP_FOUND_VERSIONS];
};

/** Get Message Type Support (12.7). */
struct rotor_mctp_types_answer {
	uint8_t
	    count; /**< types in the message; those beyond ROTOR_MCTP_FOUND_TYPES are not kept */
	uint8_t types[ROTOR_MCTP_FOUND_TYPES];
};

/** Get Vendor Defined Message Support (12.8). */
struct rotor_mctp_vendor_answer {
	uint8_t next;       /**< next selector, 0xff: no more */
	uint8_t format;     /**< 0: PCI vendor ID (16 bits), 1: IANA enterprise number (32 bits) */
	uint32_t vendor;    /**< vendor ID */
	uint16_t numbering; /**< the vendor's own command set type or version */
};

/*
 * Bodies after the header (and completion code). A reader's errors are sticky
 * in the cursor; the _decode functions also demand that nothing is left.
 * Each returns ROTOR_OK or ROTOR_ERR_LENGTH / ROTOR_ERR_FORMAT.
 */
enum rotor_status rotor_mctp_set_eid_request_decode(struct rotor_reader *r,
						    struct rotor_mctp_set_eid_request *out);
void rotor_mctp_set_eid_request_write(struct rotor_writer *w,
				      const struct rotor_mctp_set_eid_request *in);
enum rotor_status rotor_mctp_set_eid_answer_decode(struct rotor_reader *r,
						   struct rotor_mctp_set_eid_answer *out);
void rotor_mctp_set_eid_answer_write(struct rotor_writer *w,
				     const struct rotor_mctp_set_eid_answer *in);
enum rotor_status rotor_mctp_get_eid_answer_decode(struct rotor_reader *r,
						   struct rotor_mctp_get_eid_answer *out);
void rotor_mctp_get_eid_answer_write(struct rotor_writer *w,
				     const struct rotor_mctp_get_eid_answer *in);
enum rotor_status rotor_mctp_uuid_answer_decode(struct rotor_reader *r,
						uint8_t uuid[ROTOR_MCTP_UUID_SIZE]);
enum rotor_status rotor_mctp_versions_answer_decode(struct rotor_reader *r,
						    struct rotor_mctp_versions_answer *out);
enum rotor_status rotor_mctp_types_answer_decode(struct rotor_reader *r,
						 struct rotor_mctp_types_answer *out);
enum rotor_status rotor_mctp_vendor_answer_decode(struct rotor_reader *r,
						  struct rotor_mctp_vendor_answer *out);
void rotor_mctp_vendor_answer_write(struct rotor_writer *w,
				    const struct rotor_mctp_vendor_answer *in);

/* ---- responder of an endpoint ---- */

/** A message type that the endpoint offers, with its versions (ROTOR_MCTP_VERSION). */
struct rotor_mctp_type_support {
	uint8_t type; /**< not control, which is always offered */
	const uint32_t *versions;
	uint8_t version_count;
};

/** A vendor-defined message set that the endpoint offers. */
struct rotor_mctp_vendor_support {
	uint8_t format;     /**< 0: PCI vendor ID, 1: IANA enterprise number */
	uint32_t vendor;    /**< vendor ID */
	uint16_t numbering; /**< command set type or version */
};

/** EIDs that a bridge gives to the endpoints of the buses that it owns. */
struct rotor_mctp_pool {
	uint8_t wanted; /**< how many it would have */
	uint8_t first;  /**< of those that it was given */
	uint8_t count;  /**< of them; 0: none yet */
};

/**
 * Answers a command that rotor_mctp_control does not know.
 * @param args the request's body behind the header, all of it to be read
 * @param out for what follows the completion code; does not count with another one than success
 * @return the completion code, ROTOR_MCTP_ERROR_UNSUPPORTED_CMD for what is not known here either
 */
typedef enum rotor_mctp_completion
rotor_mctp_control_more(void *ctx, const struct rotor_mctp_message_info *info, uint8_t command,
			struct rotor_reader *args, struct rotor_writer *out);

/** All pointers are kept; what they point to must outlive the responder. */
struct rotor_mctp_control_config {
	/** UUID (ROTOR_MCTP_UUID_SIZE bytes); NULL: the command is not supported. */
	const uint8_t *uuid;
	const struct rotor_mctp_type_support *types;
	uint8_t type_count;
	const struct rotor_mctp_vendor_support *vendors;
	uint8_t vendor_count;
	/** Static EID to which a reset returns; 0: none, and reset is refused as invalid data. */
	uint8_t static_eid;
	/** The medium-specific byte of Get Endpoint ID. */
	uint8_t medium;
	/** The bus uses the discovered flag (PCIe does, SMBus does not: then setting it is invalid data). */
	bool has_discovered;
	/** Policy: may @p info's sender give this endpoint the EID @p eid? NULL: anybody may. */
	bool (*accept_eid)(void *ctx, const struct rotor_mctp_message_info *info, bool force,
			   uint8_t eid);
	/** Told after the own EID was set (0: reset to none); may be NULL. */
	void (*on_eid)(void *ctx, uint8_t eid);
	void *ctx;
	/** Of a bridge (ROTOR_MCTP_BRIDGE): what Set Endpoint ID says of its pool. NULL: no bridge and no bus owner. */
	const struct rotor_mctp_pool *pool;
	/** Its commands, rotor_mctp_bridge_command(); may be NULL. */
	rotor_mctp_control_more *more;
	void *more_ctx;
};

struct rotor_mctp_control_counters {
	uint32_t answered; /**< requests answered, with success or an error */
	uint32_t refused;  /**< of them, with a completion code other than success */
	uint32_t
	    not_ours; /**< discarded: answers, datagrams, broadcasts that name no us, integrity-checked */
	uint32_t too_short; /**< discarded: no whole header */
	uint32_t busy; /**< discarded: earlier answers have not left yet (the peer tries again) */
};

struct rotor_mctp_control {
	struct rotor_mctp *mctp;
	struct rotor_mctp_control_config config;
	struct rotor_mctp_control_counters counters;
	bool discovered;
	struct rotor_mctp_control_reply {
		bool busy;
		uint8_t bytes[ROTOR_MCTP_CONTROL_ANSWER_MAX];
	} replies[ROTOR_MCTP_CONTROL_ANSWERS];
};

/** Starts a responder for the endpoint @p m. @return ROTOR_OK or ROTOR_ERR_ARGUMENT. */
enum rotor_status rotor_mctp_control_init(struct rotor_mctp_control *c, struct rotor_mctp *m,
					  const struct rotor_mctp_control_config *config);

/**
 * Takes a control message that the endpoint handed out (type
 * ROTOR_MCTP_TYPE_CONTROL) and queues its answer. Every command is idempotent:
 * a repeated request is answered again, in the same way.
 */
void rotor_mctp_control_message(struct rotor_mctp_control *c,
				const struct rotor_mctp_message_info *info, const uint8_t *body,
				size_t len);

#ifdef __cplusplus
}
#endif

#endif
