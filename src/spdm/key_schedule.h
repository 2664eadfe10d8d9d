/* SPDX-License-Identifier: Apache-2.0 */
/* The key schedule of DSP0274, "Key schedule", over a struct rotor_spdm_session. */
#ifndef ROTOR_SPDM_KEY_SCHEDULE_H
#define ROTOR_SPDM_KEY_SCHEDULE_H

#include "rotor/spdm_session.h"

/** Called with the secrets of a phase; may be NULL. */
typedef void rotor_spdm_secrets_fn(void *ctx, const struct rotor_spdm_secrets *secrets);

/**
 * From the shared secret and TH1 to the handshake keys of both directions.
 * s->info.version and s->suite must be set. Sets s->secret, request_secret, response_secret, request and response.
 */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_handshake_keys(const struct rotor_crypto *crypto,
							     struct rotor_spdm_session *s,
							     const uint8_t *shared,
							     size_t shared_len, const uint8_t *th1,
							     rotor_spdm_secrets_fn *log, void *ctx);
/** The handshake secret of a pre-shared key (HMAC with DSP0274's salt). @param secret one digest */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_psk_extract(const struct rotor_crypto *crypto,
							  uint8_t version, enum rotor_hash_alg hash,
							  struct rotor_bytes psk, uint8_t *secret);
/** The same as rotor_spdm_handshake_keys from the handshake secret of a pre-shared key, which stands in s->secret. */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_psk_keys(const struct rotor_crypto *crypto,
						       struct rotor_spdm_session *s,
						       const uint8_t *th1,
						       rotor_spdm_secrets_fn *log, void *ctx);
/**
 * KEY_UPDATE of one direction: from its secret to the next one, which replaces it, and its keys.
 * @param secret s->request_secret or s->response_secret
 */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_update_key(const struct rotor_crypto *crypto,
							 const struct rotor_spdm_session *s,
							 uint8_t *secret,
							 struct rotor_spdm_record_keys *keys);
/** From the handshake secret and TH2 to the data keys of both directions; forgets the handshake's. */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_data_keys(const struct rotor_crypto *crypto,
							struct rotor_spdm_session *s,
							const uint8_t *th2,
							rotor_spdm_secrets_fn *log, void *ctx);
/** Verify data of KEY_EXCHANGE_RSP (secret of the response direction) or FINISH (request direction). */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_verify_data(const struct rotor_crypto *crypto,
							  const struct rotor_spdm_session *s,
							  const uint8_t *secret, const uint8_t *th,
							  uint8_t *mac);
/** Erases a session: all zeros afterwards. */
void rotor_spdm_session_erase(const struct rotor_crypto *crypto, struct rotor_spdm_session *s);

#endif
