/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An SPDM responder. Built twice: with ROTOR_SPDM_SESSIONS 0 it only attests, with 1 it makes a session, has the requester
 * authenticate itself, updates keys and takes and gives messages in pieces.
 */
#include "engine.h"
#include "port.h"
#include "rotor/spdm_features.h"

void main_loop(void);

#if ROTOR_SPDM_SESSIONS > 0
/* Room for a handshake's longest message, and for the requester's chain. */
#define BUFFER 1024
#define CHAIN  1536
static uint8_t peer_chain[CHAIN];
#else
#define BUFFER     ROTOR_SPDM_RESPONDER_BUFFER_MIN
#define CHAIN      0
#define peer_chain NULL
#endif

static struct rotor_spdm_responder responder;
static struct rotor_spdm_connection connections[ROTOR_SPDM_CONNECTIONS];
#if ROTOR_SPDM_SESSIONS > 0
static struct rotor_spdm_session sessions[ROTOR_SPDM_SESSIONS];
#endif
static uint8_t buffer[BUFFER];
static struct rotor_soft_key key;
static struct rotor_signer signer;
static struct rotor_spdm_slot slot;

static enum rotor_status measurement(void *ctx, unsigned position, enum rotor_hash_alg hash,
				     struct rotor_spdm_own_measurement *out)
{
	static const uint8_t digest[48] = {1};

	(void)ctx;
	(void)hash;
	out->index = (uint8_t)(position + 1);
	out->value = (struct rotor_bytes){digest, sizeof(digest)};
	return (enum rotor_status)port_number();
}

#if ROTOR_SPDM_SESSIONS > 0
static void established(void *ctx, const struct rotor_spdm_session_info *info)
{
	(void)ctx;
	(void)port_send(info->identity, info->identity_len);
}

static void ended(void *ctx, const struct rotor_spdm_session_info *info,
		  enum rotor_spdm_session_end reason)
{
	(void)ctx;
	(void)port_send(info->identity, reason);
}
#endif

static const struct rotor_spdm_responder_ops ops = {
    .measurement = measurement,
#if ROTOR_SPDM_SESSIONS > 0
    .session_established = established,
    .session_ended = ended,
#endif
};

#if ROTOR_SPDM_SESSIONS > 0
static uint8_t large[1024];
static struct rotor_spdm_chunks chunks = {.buffer = large, .size = sizeof(large)};
static const struct rotor_spdm_feature_use features[] = {{&rotor_spdm_key_update, NULL},
							 {&rotor_spdm_chunking, &chunks}};
#endif

static const uint8_t anchor_der[8];
static const struct rotor_bytes anchors[] = {{anchor_der, sizeof(anchor_der)}};
static const struct rotor_spdm_responder_config config = {
    .crypto = &engine,
    .versions = {ROTOR_SPDM_V12, ROTOR_SPDM_V13},
    .version_count = 2,
    .connections = connections,
    .connection_count = ROTOR_COUNT_OF(connections),
#if ROTOR_SPDM_SESSIONS > 0
    .sessions = sessions,
    .session_count = ROTOR_SPDM_SESSIONS,
#endif
    .ct_exponent = 20,
    .heartbeat_s = 30,
    .ask_mutual_auth = ROTOR_SPDM_SESSIONS > 0,
    .alias_certificates = true,
    .measurement_hash = ROTOR_HASH_SHA384,
    .slots = &slot,
    .slot_count = 1,
    .anchors = anchors,
    .anchor_count = 1,
    .ops = &ops,
#if ROTOR_SPDM_SESSIONS > 0
    .features = features,
    .feature_count = ROTOR_COUNT_OF(features),
#endif
};

/* An application message comes back as it came. */
static void serve(const struct rotor_spdm_out *out)
{
	if (out->kind == ROTOR_SPDM_OUT_RESPONSE)
		(void)port_send(out->bytes.data, out->bytes.len);
#if ROTOR_SPDM_SESSIONS > 0
	static uint8_t record[256 + ROTOR_SPDM_RECORD_HEADROOM + ROTOR_SPDM_RECORD_TAILROOM];
	struct rotor_bytes sealed;

	if (out->kind != ROTOR_SPDM_OUT_APP ||
	    !rotor_spdm_responder_session(&responder, out->session.session_id, NULL))
		return;
	if (rotor_spdm_responder_seal(&responder, out->session.session_id, out->app_type, record,
				      sizeof(record), out->bytes.len, &sealed) == ROTOR_OK)
		(void)port_send(sealed.data, sealed.len);
	else
		rotor_spdm_responder_end_session(&responder, out->session.session_id);
#endif
}

void main_loop(void)
{
	static const uint8_t secret[48] = {1};
	static const uint8_t certificates[4];
	struct rotor_spdm_out out;
	uint8_t *message;

	if (engine.key_import(&key, ROTOR_SIG_ECDSA_P384, secret) != ROTOR_OK)
		return;
	signer = rotor_soft_signer(&key);
	slot = (struct rotor_spdm_slot){.chain = {certificates, sizeof(certificates)},
					.signer = &signer};
	if (rotor_spdm_responder_init(&responder, &config, buffer, sizeof(buffer), peer_chain,
				      CHAIN) != ROTOR_OK)
		return;
	while (port_number() != 0) {
		size_t n = port_receive(&message);
		rotor_ms now = port_now();

		rotor_spdm_responder_receive(&responder, port_number(), port_number(),
					     port_number() != 0, message, n, now, &out);
		serve(&out);
		if (rotor_spdm_responder_deadline(&responder) <= now) {
			rotor_spdm_responder_poll(&responder, now, &out);
			serve(&out);
		}
	}
	rotor_spdm_responder_deinit(&responder);
}
