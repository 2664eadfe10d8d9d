/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm/key_schedule.h"
#include "spdm/versions.h"

#include <string.h>

/* HKDF-Expand with BinConcat(length, version, label, context) as info. */
static enum rotor_status expand(const struct rotor_crypto *crypto, uint8_t version,
				enum rotor_hash_alg hash, const uint8_t *secret, const char *label,
				const uint8_t *context, uint8_t *out, size_t len)
{
	uint8_t info[2 + 8 + 16 + ROTOR_HASH_MAX];
	struct rotor_writer w = rotor_writer(info, sizeof(info));
	rotor_write_u16le(&w, (uint16_t)len);
	rotor_write_bytes(&w, "spdm1.", 6);
	rotor_write_u8(&w, (uint8_t)('0' + (version & 0x0f)));
	rotor_write_u8(&w, ' ');
	rotor_write_bytes(&w, label, strlen(label));
	if (context)
		rotor_write_bytes(&w, context, rotor_hash_size(hash));
	size_t n;
	enum rotor_status st = rotor_writer_end(&w, &n);
	if (st != ROTOR_OK)
		return st;
	return rotor_hkdf_expand(crypto, hash, secret, rotor_hash_size(hash),
				 (struct rotor_bytes){info, n}, out, len);
}

enum rotor_status rotor_spdm_record_keys_derive(const struct rotor_crypto *crypto, uint8_t version,
						enum rotor_hash_alg hash, enum rotor_aead_alg aead,
						const uint8_t *secret,
						struct rotor_spdm_record_keys *keys)
{
	rotor_wipe(keys, sizeof(*keys));
	enum rotor_status st = expand(crypto, version, hash, secret, "key", NULL, keys->key,
				      rotor_aead_key_size(aead));
	if (st == ROTOR_OK)
		st = expand(crypto, version, hash, secret, "iv", NULL, keys->iv, sizeof(keys->iv));
	return st;
}

enum rotor_status rotor_spdm_finished_key_derive(const struct rotor_crypto *crypto, uint8_t version,
						 enum rotor_hash_alg hash, const uint8_t *secret,
						 uint8_t *key)
{
	return expand(crypto, version, hash, secret, "finished", NULL, key, rotor_hash_size(hash));
}

/* Both directions' secrets and keys of one phase, from the phase's secret and transcript digest. */
static enum rotor_status phase(const struct rotor_crypto *crypto, struct rotor_spdm_session *s,
			       bool data, const uint8_t *th, rotor_spdm_secrets_fn *log, void *ctx)
{
	uint8_t version = s->info.version;
	enum rotor_hash_alg hash = s->suite.hash;
	size_t size = rotor_hash_size(hash);
	enum rotor_status st =
	    expand(crypto, version, hash, s->secret, data ? "req app data" : "req hs data", th,
		   s->request_secret, size);
	if (st == ROTOR_OK)
		st = expand(crypto, version, hash, s->secret, data ? "rsp app data" : "rsp hs data",
			    th, s->response_secret, size);
	if (st == ROTOR_OK)
		st = rotor_spdm_record_keys_derive(crypto, version, hash, s->suite.aead,
						   s->request_secret, &s->request);
	if (st == ROTOR_OK)
		st = rotor_spdm_record_keys_derive(crypto, version, hash, s->suite.aead,
						   s->response_secret, &s->response);
	s->request.mac_only = ROTOR_SPDM_PLAIN_RECORDS && s->suite.mac_only;
	s->response.mac_only = ROTOR_SPDM_PLAIN_RECORDS && s->suite.mac_only;
	if (st == ROTOR_OK && log) {
		const struct rotor_spdm_secrets secrets = {
		    .session_id = s->info.session_id,
		    .version = version,
		    .data = data,
		    .suite = s->suite,
		    .request = {s->request_secret, size},
		    .response = {s->response_secret, size},
		};
		log(ctx, &secrets);
	}
	return st;
}

enum rotor_status rotor_spdm_psk_extract(const struct rotor_crypto *crypto, uint8_t version,
					 enum rotor_hash_alg hash, struct rotor_bytes psk,
					 uint8_t *secret)
{
	/* The salt of a pre-shared key changed its value, so that its secrets are not those of an exchanged one. */
	uint8_t salt[ROTOR_HASH_MAX];
	memset(salt, rotor_spdm_since(version, ROTOR_SPDM_V13) ? 0xff : 0, sizeof(salt));
	return rotor_hkdf_extract(crypto, hash, (struct rotor_bytes){salt, rotor_hash_size(hash)},
				  psk, secret);
}

enum rotor_status rotor_spdm_psk_keys(const struct rotor_crypto *crypto,
				      struct rotor_spdm_session *s, const uint8_t *th1,
				      rotor_spdm_secrets_fn *log, void *ctx)
{
	return phase(crypto, s, false, th1, log, ctx);
}

enum rotor_status rotor_spdm_update_key(const struct rotor_crypto *crypto,
					const struct rotor_spdm_session *s, uint8_t *secret,
					struct rotor_spdm_record_keys *keys)
{
	uint8_t next[ROTOR_HASH_MAX];
	size_t size = rotor_hash_size(s->suite.hash);
	enum rotor_status st =
	    expand(crypto, s->info.version, s->suite.hash, secret, "traffic upd", NULL, next, size);
	if (st == ROTOR_OK)
		st = rotor_spdm_record_keys_derive(crypto, s->info.version, s->suite.hash,
						   s->suite.aead, next, keys);
	if (st == ROTOR_OK) {
		keys->mac_only = s->suite.mac_only;
		memcpy(secret, next, size);
	}
	rotor_wipe(next, sizeof(next));
	return st;
}

enum rotor_status rotor_spdm_handshake_keys(const struct rotor_crypto *crypto,
					    struct rotor_spdm_session *s, const uint8_t *shared,
					    size_t shared_len, const uint8_t *th1,
					    rotor_spdm_secrets_fn *log, void *ctx)
{
	enum rotor_status st =
	    rotor_hkdf_extract(crypto, s->suite.hash, (struct rotor_bytes){NULL, 0},
			       (struct rotor_bytes){shared, shared_len}, s->secret);
	if (st != ROTOR_OK)
		return st;
	return phase(crypto, s, false, th1, log, ctx);
}

enum rotor_status rotor_spdm_data_keys(const struct rotor_crypto *crypto,
				       struct rotor_spdm_session *s, const uint8_t *th2,
				       rotor_spdm_secrets_fn *log, void *ctx)
{
	uint8_t salt[ROTOR_HASH_MAX];
	static const uint8_t zeros[ROTOR_HASH_MAX];
	size_t size = rotor_hash_size(s->suite.hash);
	enum rotor_status st =
	    expand(crypto, s->info.version, s->suite.hash, s->secret, "derived", NULL, salt, size);
	if (st == ROTOR_OK)
		st = rotor_hkdf_extract(crypto, s->suite.hash, (struct rotor_bytes){salt, size},
					(struct rotor_bytes){zeros, size}, s->secret);
	if (st == ROTOR_OK)
		st = phase(crypto, s, true, th2, log, ctx);
	rotor_wipe(salt, sizeof(salt));
	/* Nothing more is derived from the master secret. */
	rotor_wipe(s->secret, sizeof(s->secret));
	return st;
}

enum rotor_status rotor_spdm_verify_data(const struct rotor_crypto *crypto,
					 const struct rotor_spdm_session *s, const uint8_t *secret,
					 const uint8_t *th, uint8_t *mac)
{
	uint8_t key[ROTOR_HASH_MAX];
	size_t size = rotor_hash_size(s->suite.hash);
	const struct rotor_bytes part = {th, size};
	enum rotor_status st =
	    rotor_spdm_finished_key_derive(crypto, s->info.version, s->suite.hash, secret, key);
	if (st == ROTOR_OK)
		st = crypto->hmac(s->suite.hash, key, size, &part, 1, mac);
	rotor_wipe(key, sizeof(key));
	return st;
}

void rotor_spdm_session_erase(const struct rotor_crypto *crypto, struct rotor_spdm_session *s)
{
	crypto->hash_release(&s->running.hash);
	rotor_wipe(s, sizeof(*s));
}
