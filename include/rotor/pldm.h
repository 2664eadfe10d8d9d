/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * PLDM: the message header, completion codes, and type 0, messaging control and
 * discovery (DSP0240 1.2.0). Firmware update is in rotor/pldm_fwup.h, transfers in
 * parts in rotor/pldm_multipart.h, instance IDs of requesters in rotor/pldm_instances.h.
 *
 * A PLDM message here begins with the PLDM header: the MCTP message-type byte
 * (01) before it belongs to the transport.
 *
 * Messages are made and read in two steps. The header, with a response's
 * completion code, is handled here for all; the payload has an encode and a
 * decode for each message:
 * @code
 * struct rotor_writer w = rotor_writer(buf, sizeof(buf));
 * rotor_pldm_request_begin(&w, instance, ROTOR_PLDM_TYPE_BASE, ROTOR_PLDM_GET_VERSION);
 * rotor_pldm_get_version_req_encode(&w, &req);
 * status = rotor_writer_end(&w, &len);
 * ...
 * status = rotor_pldm_open(bytes, n, &msg);
 * if (status == ROTOR_OK && !msg.header.request && msg.completion == ROTOR_PLDM_SUCCESS)
 *         status = rotor_pldm_get_version_resp_decode(msg.payload, &resp);
 * @endcode
 * Encoders append to a writer, whose sticky error says at the end whether all fitted. Decoders return ROTOR_OK,
 * ROTOR_ERR_LENGTH (bytes missing or left over: ERROR_INVALID_LENGTH to the peer) or ROTOR_ERR_FORMAT (a value that is
 * not allowed: ERROR_INVALID_DATA). Views point into what was decoded.
 */
#ifndef ROTOR_PLDM_H
#define ROTOR_PLDM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rotor/status.h"
#include "rotor/wire.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Bytes of the header of every message. */
#define ROTOR_PLDM_HEADER_SIZE 3
/** Instance IDs are 0 to this minus one. */
#define ROTOR_PLDM_INSTANCES 32

enum rotor_pldm_type {
	ROTOR_PLDM_TYPE_BASE = 0,
	ROTOR_PLDM_TYPE_SMBIOS = 1,
	ROTOR_PLDM_TYPE_PLATFORM = 2,
	ROTOR_PLDM_TYPE_BIOS = 3,
	ROTOR_PLDM_TYPE_FRU = 4,
	ROTOR_PLDM_TYPE_FWUP = 5,
	ROTOR_PLDM_TYPE_RDE = 6,
	ROTOR_PLDM_TYPE_FILE = 7,
	ROTOR_PLDM_TYPE_OEM = 63,
};

enum rotor_pldm_base_command {
	ROTOR_PLDM_SET_TID = 0x01,
	ROTOR_PLDM_GET_TID = 0x02,
	ROTOR_PLDM_GET_VERSION = 0x03,
	ROTOR_PLDM_GET_TYPES = 0x04,
	ROTOR_PLDM_GET_COMMANDS = 0x05,
	ROTOR_PLDM_SELECT_VERSION = 0x06,
	ROTOR_PLDM_NEGOTIATE_TRANSFER = 0x07,
	ROTOR_PLDM_MULTIPART_SEND = 0x08,
	ROTOR_PLDM_MULTIPART_RECEIVE = 0x09,
	ROTOR_PLDM_GET_MULTIPART_SUPPORT = 0x0a,
};

/** Completion codes of every command; 0x80 to 0xff belong to the command. */
enum rotor_pldm_completion {
	ROTOR_PLDM_SUCCESS = 0x00,
	ROTOR_PLDM_ERROR = 0x01,
	ROTOR_PLDM_ERROR_INVALID_DATA = 0x02,
	ROTOR_PLDM_ERROR_INVALID_LENGTH = 0x03,
	ROTOR_PLDM_ERROR_NOT_READY = 0x04,
	ROTOR_PLDM_ERROR_UNSUPPORTED_PLDM_CMD = 0x05,
	ROTOR_PLDM_ERROR_INVALID_PLDM_TYPE = 0x20,
	/* of transfers in parts */
	ROTOR_PLDM_ERROR_INVALID_TRANSFER_CONTEXT = 0x21,
	ROTOR_PLDM_ERROR_INVALID_DATA_TRANSFER_HANDLE = 0x22,
	ROTOR_PLDM_ERROR_UNEXPECTED_TRANSFER_FLAG_OPERATION = 0x23,
	ROTOR_PLDM_ERROR_INVALID_REQUESTED_SECTION_OFFSET = 0x24,
	/* of GetPLDMVersion, GetPLDMCommands and SelectPLDMVersion */
	ROTOR_PLDM_INVALID_DATA_TRANSFER_HANDLE = 0x80,
	ROTOR_PLDM_INVALID_TRANSFER_OPERATION_FLAG = 0x81,
	ROTOR_PLDM_INVALID_TYPE_IN_REQUEST_DATA = 0x83,
	ROTOR_PLDM_INVALID_VERSION_IN_REQUEST_DATA = 0x84,
};

/* ---- header ---- */

struct rotor_pldm_header {
	bool request;     /**< Rq */
	bool datagram;    /**< D: a request that wants no answer; never with a response */
	uint8_t instance; /**< instance ID, 0 to 31 */
	uint8_t type;     /**< PLDM type, 0 to 63 */
	uint8_t command;
};

/** One message, header taken off. */
struct rotor_pldm_message {
	struct rotor_pldm_header header;
	uint8_t completion;         /**< of a response; 0 in a request */
	struct rotor_bytes payload; /**< what follows the header and the completion code */
};

/**
 * Takes a message's header (and a response's completion code) off.
 * @return ROTOR_OK; ROTOR_ERR_LENGTH (no whole header, or a response without completion code); ROTOR_ERR_FORMAT (header
 *         version not 0, reserved bit set, D with a response): no answer is due, as the header cannot be trusted
 */
ROTOR_MUST_CHECK enum rotor_status rotor_pldm_open(const void *msg, size_t len,
						   struct rotor_pldm_message *out);
/** Puts a request's header at @p at, where ROTOR_PLDM_HEADER_SIZE bytes are reserved. */
static inline void rotor_pldm_request_header(uint8_t *at, uint8_t instance, uint8_t type,
					     uint8_t command)
{
	at[0] = 0x80 | (instance & 0x1f); /* Rq */
	at[1] = type & 0x3f;
	at[2] = command;
}
/** Begins a request. */
void rotor_pldm_request_begin(struct rotor_writer *w, uint8_t instance, uint8_t type,
			      uint8_t command);
/** Begins the response to @p request: its header with Rq cleared, and the completion code. */
void rotor_pldm_response_begin(struct rotor_writer *w, const struct rotor_pldm_header *request,
			       uint8_t completion);
/** Whether @p response answers @p request: same instance, type and command, Rq cleared. */
bool rotor_pldm_answers(const struct rotor_pldm_header *response,
			const struct rotor_pldm_header *request);
/** The completion code for a decoder's status: SUCCESS, ERROR_INVALID_LENGTH, ERROR_INVALID_DATA or ERROR. */
uint8_t rotor_pldm_completion_of(enum rotor_status status);

/* ---- versions (ver32, DSP0240 "ver32 encoding") ---- */

/** The version major.minor.update as its 32-bit number (each 0 to 9), e.g. 1.1.0 is 0xf1f1f000. */
#define ROTOR_PLDM_VERSION(major, minor, update)                                                   \
	(UINT32_C(0xf0f0f000) | (uint32_t)(major) << 24 | (uint32_t)(minor) << 16 |                \
	 (uint32_t)(update) << 8)
/** Longest text of a version, with its terminating zero. */
#define ROTOR_PLDM_VERSION_TEXT 12
/** Writes @p version as "1.1.0" or "1.0.5a". @param text ROTOR_PLDM_VERSION_TEXT bytes @return @p text */
char *rotor_pldm_version_text(uint32_t version, char *text);

/* ---- messages of type 0 ---- */

/** Terminus ID. 0 means none assigned, 0xff is reserved. */
void rotor_pldm_tid_encode(struct rotor_writer *w, uint8_t tid);
/** Payload of SetTID's request or GetTID's response. */
ROTOR_MUST_CHECK enum rotor_status rotor_pldm_tid_decode(struct rotor_bytes payload, uint8_t *tid);

/** GetPLDMTypes: bit n of byte n/8 is type n. */
struct rotor_pldm_types {
	uint8_t bits[8];
};
/** Payload of its response. */
void rotor_pldm_types_encode(struct rotor_writer *w, const struct rotor_pldm_types *types);
ROTOR_MUST_CHECK enum rotor_status rotor_pldm_types_decode(struct rotor_bytes payload,
							   struct rotor_pldm_types *types);

enum rotor_pldm_transfer_operation {
	ROTOR_PLDM_GET_NEXT_PART = 0,
	ROTOR_PLDM_GET_FIRST_PART = 1,
};

/** TransferFlag, here and in PassComponentTable. */
enum rotor_pldm_transfer_flag {
	ROTOR_PLDM_START = 0x01,
	ROTOR_PLDM_MIDDLE = 0x02,
	ROTOR_PLDM_END = 0x04,
	ROTOR_PLDM_START_AND_END = 0x05,
};
/** Whether @p flag is one of the four. */
bool rotor_pldm_transfer_flag_valid(uint8_t flag);

/** GetPLDMVersion. */
struct rotor_pldm_get_version_req {
	uint32_t handle;
	uint8_t operation; /**< enum rotor_pldm_transfer_operation; any value is decoded */
	uint8_t type;
};
/** Its response. */
struct rotor_pldm_get_version_resp {
	uint32_t next_handle;
	uint8_t flag;            /**< enum rotor_pldm_transfer_flag */
	struct rotor_bytes part; /**< with START_AND_END: all versions and their CRC-32 */
};
void rotor_pldm_get_version_req_encode(struct rotor_writer *w,
				       const struct rotor_pldm_get_version_req *req);
ROTOR_MUST_CHECK enum rotor_status
rotor_pldm_get_version_req_decode(struct rotor_bytes payload,
				  struct rotor_pldm_get_version_req *req);
void rotor_pldm_get_version_resp_encode(struct rotor_writer *w,
					const struct rotor_pldm_get_version_resp *resp);
ROTOR_MUST_CHECK enum rotor_status
rotor_pldm_get_version_resp_decode(struct rotor_bytes payload,
				   struct rotor_pldm_get_version_resp *resp);
/** Writes version numbers and the CRC-32 over them: the data that GetPLDMVersion transfers. */
void rotor_pldm_versions_encode(struct rotor_writer *w, const uint32_t *versions, size_t count);
/**
 * Reads that data.
 * @return ROTOR_OK, ROTOR_ERR_LENGTH, ROTOR_ERR_VERIFY (checksum), ROTOR_ERR_SPACE (more than @p cap)
 */
ROTOR_MUST_CHECK enum rotor_status
rotor_pldm_versions_decode(struct rotor_bytes data, uint32_t *versions, size_t cap, size_t *count);

/** GetPLDMCommands; SelectPLDMVersion has the same request, and a response without payload. */
struct rotor_pldm_get_commands_req {
	uint8_t type;
	uint32_t version;
};
/** Its response: bit n of byte n/8 is command n. */
struct rotor_pldm_commands {
	uint8_t bits[32];
};
void rotor_pldm_get_commands_req_encode(struct rotor_writer *w,
					const struct rotor_pldm_get_commands_req *req);
ROTOR_MUST_CHECK enum rotor_status
rotor_pldm_get_commands_req_decode(struct rotor_bytes payload,
				   struct rotor_pldm_get_commands_req *req);
void rotor_pldm_commands_encode(struct rotor_writer *w, const struct rotor_pldm_commands *commands);
ROTOR_MUST_CHECK enum rotor_status rotor_pldm_commands_decode(struct rotor_bytes payload,
							      struct rotor_pldm_commands *commands);

/** Whether bit @p n is set in a bit field of GetPLDMTypes or GetPLDMCommands. */
bool rotor_pldm_bit(const uint8_t *bits, unsigned n);

/* ---- device side of type 0 ---- */

/** Most versions of one type that a device may report. */
#define ROTOR_PLDM_SUPPORT_VERSIONS_MAX 4

/** One version of one PLDM type that a device has. */
struct rotor_pldm_support {
	uint8_t type;
	uint32_t version; /**< ROTOR_PLDM_VERSION(…) */
	struct rotor_pldm_commands commands;
};

struct rotor_pldm_base;
/** A command of type 0. Appends the response's payload to @p w. @return the completion code; with any but SUCCESS @p w is reset */
typedef uint8_t rotor_pldm_base_handler(struct rotor_pldm_base *base, struct rotor_bytes payload,
					struct rotor_writer *w);
/**
 * A command that is there, and is linked, only if it is named: rotor_pldm_base_select_version(), those of
 * rotor/pldm_multipart.h, and of type 5 those of rotor/pldm_fd.h. GetPLDMCommands lists it by itself.
 */
struct rotor_pldm_base_extra {
	uint8_t type;
	uint8_t command;
	rotor_pldm_base_handler *handle;          /**< of type 0; NULL otherwise */
	const struct rotor_pldm_fd_command *fwup; /**< of type 5; NULL otherwise */
};

/** The responder of type 0. Zero all but the first two before first use. */
struct rotor_pldm_base {
	/** The caller's, constant; type 0 included. Versions of a type are reported in the order in which they stand here. */
	const struct rotor_pldm_support *supports;
	size_t support_count;
	uint8_t tid; /**< 0 until SetTID */
	/** Bit n: SelectPLDMVersion chose supports[n]. Only the first 32 can be chosen. */
	uint32_t selected;
	const struct rotor_pldm_base_extra *extras; /**< NULL: none */
	uint8_t extra_count;
	void *extra_ctx;
};

/** SelectPLDMVersion (ROTOR_PLDM_SELECT_VERSION), for extras. */
rotor_pldm_base_handler rotor_pldm_base_select_version;
/** The version of a type that SelectPLDMVersion chose; 0: none yet, and all that are reported are spoken. */
uint32_t rotor_pldm_base_selected(const struct rotor_pldm_base *base, uint8_t type);

/**
 * Answers a request of type 0; a request of any other type is answered ERROR_INVALID_PLDM_TYPE.
 * The response is appended to @p w.
 */
void rotor_pldm_base_request(struct rotor_pldm_base *base, const struct rotor_pldm_message *msg,
			     struct rotor_writer *w);

/* ---- names, as the specifications write them; never NULL ---- */

/** "base", "firmware update", …; "unknown type" for others. */
const char *rotor_pldm_type_name(uint8_t type);
/** "GetPLDMVersion", "RequestFirmwareData", …; "unknown command". */
const char *rotor_pldm_command_name(uint8_t type, uint8_t command);
/** "SUCCESS", "ERROR_INVALID_DATA", …; codes from 0x80 up depend on type and command. "unknown code". */
const char *rotor_pldm_completion_name(uint8_t type, uint8_t command, uint8_t completion);

#ifdef __cplusplus
}
#endif

#endif
