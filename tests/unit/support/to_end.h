/* SPDX-License-Identifier: Apache-2.0 */
/* Slow operations of a crypto backend, each until it is no longer pending. */
#ifndef ROTOR_TEST_TO_END_H
#define ROTOR_TEST_TO_END_H

#include "rotor/crypto.h"

/* Calls an expression until it is not pending. */
#define SETTLE(status, call)                                                                       \
	do {                                                                                       \
		(status) = (call);                                                                 \
	} while ((status) == ROTOR_PENDING)

enum rotor_status verify_to_end(const struct rotor_crypto *crypto,
				const struct rotor_public_key *key, enum rotor_hash_alg hash,
				const uint8_t *digest, const uint8_t *sig, size_t sig_len);
enum rotor_status sign_to_end(const struct rotor_signer *signer, enum rotor_hash_alg hash,
			      const uint8_t *digest, uint8_t *sig);
enum rotor_status kex_generate_to_end(const struct rotor_crypto *crypto, struct rotor_kex *k,
				      enum rotor_kex_alg alg, uint8_t *public_out);
enum rotor_status kex_agree_to_end(const struct rotor_crypto *crypto, struct rotor_kex *k,
				   const uint8_t *peer, uint8_t *secret);
enum rotor_status chain_verify_to_end(const struct rotor_crypto *crypto,
				      const struct rotor_bytes *certs, size_t cert_count,
				      const struct rotor_bytes *anchors, size_t anchor_count,
				      rotor_time now);

#endif
