/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * PLDM type 0, transfers in parts (DSP0240 1.2.0, "PLDM multipart transfers"): NegotiateTransferParameters,
 * MultipartSend and MultipartReceive, and a responder of them for whatever PLDM type has data to give or to take.
 * Firmware update transfers its data with commands of its own; a firmware device needs none of this.
 *
 * Messages are made and read as rotor/pldm.h says.
 */
#ifndef ROTOR_PLDM_MULTIPART_H
#define ROTOR_PLDM_MULTIPART_H

#include "rotor/pldm.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The smallest part size that may be negotiated, in bytes; what holds until another was. */
#define ROTOR_PLDM_PART_MIN 256

enum rotor_pldm_part_operation {
	ROTOR_PLDM_XFER_FIRST_PART = 0,
	ROTOR_PLDM_XFER_NEXT_PART = 1,
	ROTOR_PLDM_XFER_ABORT = 2,
	ROTOR_PLDM_XFER_COMPLETE = 3,
	ROTOR_PLDM_XFER_CURRENT_PART = 4,
};
/** TransferFlag of MultipartReceive's response beside those of enum rotor_pldm_transfer_flag: the end is acknowledged. */
#define ROTOR_PLDM_ACKNOWLEDGE_COMPLETION 0x08

/** NegotiateTransferParameters' request, and its response: the same fields of the other side. */
struct rotor_pldm_transfer_parameters {
	uint16_t part_size;            /**< bytes of data in one part */
	struct rotor_pldm_types types; /**< with transfers in parts */
};
void rotor_pldm_transfer_parameters_encode(struct rotor_writer *w,
					   const struct rotor_pldm_transfer_parameters *parameters);
ROTOR_MUST_CHECK enum rotor_status
rotor_pldm_transfer_parameters_decode(struct rotor_bytes payload,
				      struct rotor_pldm_transfer_parameters *parameters);

/** MultipartReceive. */
struct rotor_pldm_multipart_receive_req {
	uint8_t type;
	uint8_t operation; /**< enum rotor_pldm_part_operation; any value is decoded */
	uint32_t context;
	uint32_t handle;
	uint32_t section_offset;
	uint32_t section_length; /**< 0: to the end */
};
void rotor_pldm_multipart_receive_req_encode(struct rotor_writer *w,
					     const struct rotor_pldm_multipart_receive_req *req);
ROTOR_MUST_CHECK enum rotor_status
rotor_pldm_multipart_receive_req_decode(struct rotor_bytes payload,
					struct rotor_pldm_multipart_receive_req *req);
/** Its response. */
struct rotor_pldm_multipart_receive_resp {
	uint8_t flag; /**< enum rotor_pldm_transfer_flag or ROTOR_PLDM_ACKNOWLEDGE_COMPLETION */
	uint32_t next_handle;
	struct rotor_bytes data;
	uint32_t
	    checksum; /**< CRC-32 over the whole section; with END and START_AND_END only, 0 else */
};
void rotor_pldm_multipart_receive_resp_encode(struct rotor_writer *w,
					      const struct rotor_pldm_multipart_receive_resp *resp);
ROTOR_MUST_CHECK enum rotor_status
rotor_pldm_multipart_receive_resp_decode(struct rotor_bytes payload,
					 struct rotor_pldm_multipart_receive_resp *resp);

/** MultipartSend. */
struct rotor_pldm_multipart_send_req {
	uint8_t type;
	uint8_t flag; /**< enum rotor_pldm_transfer_flag */
	uint32_t context;
	uint32_t handle;
	uint32_t next_handle;
	uint32_t section_offset;
	uint32_t section_length;
	struct rotor_bytes data;
	uint32_t checksum; /**< as in MultipartReceive's response */
};
void rotor_pldm_multipart_send_req_encode(struct rotor_writer *w,
					  const struct rotor_pldm_multipart_send_req *req);
ROTOR_MUST_CHECK enum rotor_status
rotor_pldm_multipart_send_req_decode(struct rotor_bytes payload,
				     struct rotor_pldm_multipart_send_req *req);
/** Its response. */
struct rotor_pldm_multipart_send_resp {
	uint8_t operation; /**< enum rotor_pldm_part_operation: what to send next */
	uint32_t next_handle;
};
void rotor_pldm_multipart_send_resp_encode(struct rotor_writer *w,
					   const struct rotor_pldm_multipart_send_resp *resp);
ROTOR_MUST_CHECK enum rotor_status
rotor_pldm_multipart_send_resp_decode(struct rotor_bytes payload,
				      struct rotor_pldm_multipart_send_resp *resp);

/* ---- responder ---- */

/** What a PLDM type has to give. */
struct rotor_pldm_multipart_ops {
	/**
	 * Looks the data up that @p context and @p handle name, as the type defines them.
	 * @param total its bytes
	 * @return SUCCESS, ROTOR_PLDM_ERROR_INVALID_TRANSFER_CONTEXT, ROTOR_PLDM_ERROR_INVALID_DATA_TRANSFER_HANDLE, …
	 */
	uint8_t (*find)(void *ctx, uint8_t type, uint32_t context, uint32_t handle,
			uint32_t *total);
	/** Reads @p len bytes of the data found last, never past its end. @return whether it could */
	bool (*read)(void *ctx, uint32_t offset, uint8_t *out, uint32_t len);
	/** The same as find for data that the type takes: @p total is set to the most bytes that it may have. NULL: it takes none. */
	uint8_t (*open)(void *ctx, uint8_t type, uint32_t context, uint32_t handle,
			uint32_t *total);
	/** Takes @p len bytes for @p offset of the data opened last, in order. @return whether it could */
	bool (*write)(void *ctx, uint32_t offset, const uint8_t *data, uint32_t len);
	/** The section opened last has come whole (@p whole), its checksum right, or will not come. */
	void (*close)(void *ctx, bool whole);
};

/**
 * Answers NegotiateTransferParameters, MultipartReceive and MultipartSend; one transfer at a time in each direction, a new
 * one ends that before.
 */
struct rotor_pldm_multipart {
	const struct rotor_pldm_multipart_ops *ops;
	void *ctx;
	struct rotor_pldm_types types; /**< that have data to give */
	uint16_t part_max;             /**< largest part, ROTOR_PLDM_PART_MIN or more */

	uint16_t
	    part; /**< agreed; 0: nothing yet, and ROTOR_PLDM_PART_MIN holds. The rest is private. */
	bool running;
	uint8_t type;
	uint32_t context, first, offset, end; /**< of the section */
	uint32_t at, crc_before, crc;         /**< the part given last begins at @c at */
	uint16_t len;
	struct {
		bool running;
		uint8_t type;
		uint32_t context, handle; /**< of the part that comes next */
		uint32_t at, end, crc;
	} in;
};

/**
 * The commands, for extras of a struct rotor_pldm_base whose extra_ctx is a struct rotor_pldm_multipart with ops, ctx, types
 * and part_max set, the rest zero: NegotiateTransferParameters, MultipartReceive and MultipartSend.
 */
rotor_pldm_base_handler rotor_pldm_multipart_negotiate, rotor_pldm_multipart_receive,
    rotor_pldm_multipart_send;

#ifdef __cplusplus
}
#endif

#endif
