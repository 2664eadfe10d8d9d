/* SPDX-License-Identifier: Apache-2.0 */
/* The transport header of a packet (DSP0236 1.3.1, 8.1). */
#include "mctp/core.h"

enum rotor_status rotor_mctp_header_decode(const uint8_t *packet, size_t len,
					   struct rotor_mctp_header *out)
{
	struct rotor_reader r = rotor_reader(packet, len);
	uint8_t version = rotor_read_u8(&r);
	uint8_t flags;

	out->destination = rotor_read_u8(&r);
	out->source = rotor_read_u8(&r);
	flags = rotor_read_u8(&r);
	out->som = (flags & FLAG_SOM) != 0;
	out->eom = (flags & FLAG_EOM) != 0;
	out->sequence = flags >> SEQUENCE_SHIFT & SEQUENCE_MASK;
	out->tag_owner = (flags & FLAG_TO) != 0;
	out->tag = flags & TAG_MASK;
	if (rotor_reader_status(&r) != ROTOR_OK)
		return ROTOR_ERR_LENGTH;
	return (version & HEADER_VERSION_MASK) == HEADER_VERSION ? ROTOR_OK : ROTOR_ERR_UNSUPPORTED;
}

void rotor_mctp_header_encode(const struct rotor_mctp_header *header,
			      uint8_t out[ROTOR_MCTP_HEADER_SIZE])
{
	out[0] = HEADER_VERSION;
	out[1] = header->destination;
	out[2] = header->source;
	out[3] = (uint8_t)((header->som ? FLAG_SOM : 0) | (header->eom ? FLAG_EOM : 0) |
			   (header->sequence & SEQUENCE_MASK) << SEQUENCE_SHIFT |
			   (header->tag_owner ? FLAG_TO : 0) | (header->tag & TAG_MASK));
}
