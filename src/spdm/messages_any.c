/* SPDX-License-Identifier: Apache-2.0 */
/* Every message by its code. */
#include "rotor/spdm_messages_any.h"
#include "spdm/messages_internal.h"

/* The uniform face of each codec. PLAIN ones need no sizes. */
#define PLAIN(name)                                                                                \
	static enum rotor_status decode_##name(const struct rotor_spdm_sizes *sizes,               \
					       const uint8_t *msg, size_t len,                     \
					       struct rotor_spdm_any *out)                         \
	{                                                                                          \
		(void)sizes;                                                                       \
		return rotor_spdm_decode_##name(msg, len, &out->u.name);                           \
	}                                                                                          \
	ENCODE(name)
#define SIZED(name)                                                                                \
	static enum rotor_status decode_##name(const struct rotor_spdm_sizes *sizes,               \
					       const uint8_t *msg, size_t len,                     \
					       struct rotor_spdm_any *out)                         \
	{                                                                                          \
		return rotor_spdm_decode_##name(sizes, msg, len, &out->u.name);                    \
	}                                                                                          \
	ENCODE(name)
#define ENCODE(name)                                                                               \
	static void encode_##name(struct rotor_writer *w, const struct rotor_spdm_any *m)          \
	{                                                                                          \
		rotor_spdm_encode_##name(w, &m->u.name);                                           \
	}

PLAIN(version)
PLAIN(capabilities)
PLAIN(negotiation)
SIZED(digests)
PLAIN(get_certificate)
PLAIN(certificate)
PLAIN(challenge)
SIZED(challenge_auth)
PLAIN(get_measurements)
SIZED(measurements)
SIZED(key_exchange)
SIZED(key_exchange_rsp)
SIZED(finish)
SIZED(finish_rsp)
PLAIN(encapsulated)
PLAIN(encapsulated_ack)
PLAIN(vendor_defined)
PLAIN(error)
PLAIN(psk_exchange)
SIZED(psk_exchange_rsp)
SIZED(psk_finish)
PLAIN(psk_finish_rsp)
PLAIN(chunk)
PLAIN(chunk_send_ack)
PLAIN(chunk_get)
PLAIN(get_csr)
PLAIN(csr)
PLAIN(set_certificate)
PLAIN(get_key_pair_info)
PLAIN(key_pair_info)
PLAIN(set_key_pair_info)
PLAIN(get_mel)
PLAIN(mel)
PLAIN(get_endpoint_info)
SIZED(endpoint_info)
PLAIN(event_types)
PLAIN(send_event)

static enum rotor_status decode_header(const struct rotor_spdm_sizes *sizes, const uint8_t *msg,
				       size_t len, struct rotor_spdm_any *out)
{
	(void)sizes;
	return rotor_spdm_decode_header_only(msg, len, &out->header);
}

static void encode_header(struct rotor_writer *w, const struct rotor_spdm_any *m)
{
	rotor_spdm_encode_header(w, &m->header);
}

#define V10 ROTOR_SPDM_V10
#define V11 ROTOR_SPDM_V11
#define V12 ROTOR_SPDM_V12
#define V13 ROTOR_SPDM_V13
#define WITH(code, since, codec)                                                                   \
	{                                                                                          \
		ROTOR_SPDM_##code, since, #code, decode_##codec, encode_##codec                    \
	}

static const struct rotor_spdm_message_info table[] = {
    WITH(GET_VERSION, V10, header),
    WITH(VERSION, V10, version),
    WITH(GET_CAPABILITIES, V10, capabilities),
    WITH(CAPABILITIES, V10, capabilities),
    WITH(NEGOTIATE_ALGORITHMS, V10, negotiation),
    WITH(ALGORITHMS, V10, negotiation),
    WITH(GET_DIGESTS, V10, header),
    WITH(DIGESTS, V10, digests),
    WITH(GET_CERTIFICATE, V10, get_certificate),
    WITH(CERTIFICATE, V10, certificate),
    WITH(CHALLENGE, V10, challenge),
    WITH(CHALLENGE_AUTH, V10, challenge_auth),
    WITH(GET_MEASUREMENTS, V10, get_measurements),
    WITH(MEASUREMENTS, V10, measurements),
    WITH(RESPOND_IF_READY, V10, header),
    WITH(VENDOR_DEFINED_REQUEST, V10, vendor_defined),
    WITH(VENDOR_DEFINED_RESPONSE, V10, vendor_defined),
    WITH(ERROR, V10, error),
    WITH(KEY_EXCHANGE, V11, key_exchange),
    WITH(KEY_EXCHANGE_RSP, V11, key_exchange_rsp),
    WITH(FINISH, V11, finish),
    WITH(FINISH_RSP, V11, finish_rsp),
    WITH(PSK_EXCHANGE, V11, psk_exchange),
    WITH(PSK_EXCHANGE_RSP, V11, psk_exchange_rsp),
    WITH(PSK_FINISH, V11, psk_finish),
    WITH(PSK_FINISH_RSP, V11, psk_finish_rsp),
    WITH(HEARTBEAT, V11, header),
    WITH(HEARTBEAT_ACK, V11, header),
    WITH(KEY_UPDATE, V11, header),
    WITH(KEY_UPDATE_ACK, V11, header),
    WITH(GET_ENCAPSULATED_REQUEST, V11, header),
    WITH(ENCAPSULATED_REQUEST, V11, encapsulated),
    WITH(DELIVER_ENCAPSULATED_RESPONSE, V11, encapsulated),
    WITH(ENCAPSULATED_RESPONSE_ACK, V11, encapsulated_ack),
    WITH(END_SESSION, V11, header),
    WITH(END_SESSION_ACK, V11, header),
    WITH(GET_CSR, V12, get_csr),
    WITH(CSR, V12, csr),
    WITH(SET_CERTIFICATE, V12, set_certificate),
    WITH(SET_CERTIFICATE_RSP, V12, header),
    WITH(CHUNK_SEND, V12, chunk),
    WITH(CHUNK_SEND_ACK, V12, chunk_send_ack),
    WITH(CHUNK_GET, V12, chunk_get),
    WITH(CHUNK_RESPONSE, V12, chunk),
    WITH(GET_ENDPOINT_INFO, V13, get_endpoint_info),
    WITH(ENDPOINT_INFO, V13, endpoint_info),
    WITH(GET_SUPPORTED_EVENT_TYPES, V13, header),
    WITH(SUPPORTED_EVENT_TYPES, V13, event_types),
    WITH(SUBSCRIBE_EVENT_TYPES, V13, event_types),
    WITH(SUBSCRIBE_EVENT_TYPES_ACK, V13, header),
    WITH(SEND_EVENT, V13, send_event),
    WITH(EVENT_ACK, V13, header),
    WITH(GET_MEASUREMENT_EXTENSION_LOG, V13, get_mel),
    WITH(MEASUREMENT_EXTENSION_LOG, V13, mel),
    WITH(GET_KEY_PAIR_INFO, V13, get_key_pair_info),
    WITH(KEY_PAIR_INFO, V13, key_pair_info),
    WITH(SET_KEY_PAIR_INFO, V13, set_key_pair_info),
    WITH(SET_KEY_PAIR_INFO_ACK, V13, header),
};

const struct rotor_spdm_message_info *rotor_spdm_message_info_at(size_t i)
{
	return i < ROTOR_COUNT_OF(table) ? &table[i] : NULL;
}

const struct rotor_spdm_message_info *rotor_spdm_message_info(uint8_t code)
{
	for (size_t i = 0; i < ROTOR_COUNT_OF(table); i++) {
		if (table[i].code == code) {
			return &table[i];
		}
	}
	return NULL;
}

const char *rotor_spdm_code_name(uint8_t code)
{
	const struct rotor_spdm_message_info *info = rotor_spdm_message_info(code);
	return info ? info->name : "unknown";
}

enum rotor_status rotor_spdm_decode_any(const struct rotor_spdm_sizes *sizes, const uint8_t *msg,
					size_t len, struct rotor_spdm_any *out)
{
	enum rotor_status status = rotor_spdm_peek(msg, len, &out->header);
	if (status != ROTOR_OK) {
		return status;
	}
	const struct rotor_spdm_message_info *info = rotor_spdm_message_info(out->header.code);
	if (!info || out->header.version < info->min_version) {
		return ROTOR_ERR_UNSUPPORTED;
	}
	return info->decode(sizes, msg, len, out);
}

enum rotor_status rotor_spdm_encode_any(struct rotor_writer *w, const struct rotor_spdm_any *m)
{
	const struct rotor_spdm_message_info *info = rotor_spdm_message_info(m->header.code);
	if (!info) {
		return ROTOR_ERR_UNSUPPORTED;
	}
	info->encode(w, m);
	return ROTOR_OK;
}
