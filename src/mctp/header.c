/* SPDX-License-Identifier: Apache-2.0 */
/* The transport header of a packet, field by field (DSP0236 1.3.1, 8.1). */
#include "mctp/core.h"

enum rotor_status rotor_mctp_header_decode(const uint8_t *packet, size_t len,
					   struct rotor_mctp_header *out)
{
	struct rotor_reader r = rotor_reader(packet, len);
	uint32_t header = rotor_read_u32be(&r);

	out->destination = HEADER_DESTINATION(header);
	out->source = HEADER_SOURCE(header);
	out->som = (header & FLAG_SOM) != 0;
	out->eom = (header & FLAG_EOM) != 0;
	out->sequence = (uint8_t)((header & SEQUENCE_MASK) >> SEQUENCE_SHIFT);
	out->tag_owner = (header & FLAG_TO) != 0;
	out->tag = HEADER_TAG(header);
	if (rotor_reader_status(&r) != ROTOR_OK)
		return ROTOR_ERR_LENGTH;
	return (header & VERSION_MASK) == HEADER_VERSION ? ROTOR_OK : ROTOR_ERR_UNSUPPORTED;
}

void rotor_mctp_header_encode(const struct rotor_mctp_header *header,
			      uint8_t out[ROTOR_MCTP_HEADER_SIZE])
{
	uint32_t flags = (header->som ? FLAG_SOM : 0) | (header->eom ? FLAG_EOM : 0) |
			 ((uint32_t)header->sequence << SEQUENCE_SHIFT & SEQUENCE_MASK) |
			 (header->tag_owner ? FLAG_TO : 0) | (header->tag & TAG_MASK);

	header_store(out, HEADER_VERSION | (uint32_t)header->destination << DESTINATION_SHIFT |
			      (uint32_t)header->source << SOURCE_SHIFT | flags);
}
