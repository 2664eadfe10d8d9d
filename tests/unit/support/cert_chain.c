/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "rotor/host_pki.h"
#include "support/cert_chain.h"
#include "support/to_end.h"

const char *const chain_names[CHAIN_DEPTH] = {"root", "intermediate", "device identity", "alias"};

struct rotor_soft_key chain_key(const struct rotor_crypto *crypto, enum rotor_sig_alg alg,
				uint8_t fill)
{
	struct rotor_soft_key key;
	uint8_t seed[80];
	memset(seed, fill, sizeof(seed));
	if (rotor_ecdsa_size(alg)) {
		size_t len = alg == ROTOR_SIG_ECDSA_P521 ? sizeof(seed) : 64;
		assert_int_equal(crypto->key_derive(&key, alg, seed, len), ROTOR_OK);
	} else if (rotor_sig_is_eddsa(alg)) {
		assert_int_equal(crypto->key_import(&key, alg, seed), ROTOR_OK);
	} else {
		char path[256];
		snprintf(path, sizeof(path), "%s/keys/rsa%zu.key.pem", ROTOR_VECTORS,
			 8 * rotor_sig_size(alg));
		assert_int_equal(rotor_pki_read_private(path, crypto, &key), ROTOR_OK);
		assert_int_equal(key.alg, rotor_sig_key(alg));
		key.alg = alg;
		key.public_key.alg = alg;
	}
	return key;
}

static void write_cert(const struct rotor_crypto *crypto, struct chain *c, size_t i,
		       enum rotor_sig_alg alg, const struct chain_change *change)
{
	static const uint8_t tcb_info[] = {0x30, 0x03, 0x80, 0x01, 'x'};
	struct rotor_crypto_job job = {0};
	size_t parent = i ? i - 1 : 0;
	size_t len;
	c->keys[i] = chain_key(crypto, alg, (uint8_t)(i + 1));
	struct rotor_signer signer = rotor_soft_signer(&c->keys[parent]);
	struct rotor_cert_template t = {
	    .subject_cn = chain_names[i],
	    .not_before = "20240101000000Z",
	    .not_after = i == CHAIN_DEPTH - 1 ? "99991231235959Z" : "20491231235959Z",
	    .key = &c->keys[i].public_key,
	    .issuer_key = &c->keys[parent].public_key,
	    .is_ca = i < CHAIN_DEPTH - 1,
	    .path_len = (uint8_t)(CHAIN_DEPTH - 2 - i),
	    .spdm_responder = i == CHAIN_DEPTH - 1,
	};
	if (i) {
		t.issuer = c->parsed[parent].subject;
	}
	if (i == CHAIN_DEPTH - 1) {
		t.tcb_info.data = tcb_info;
		t.tcb_info.len = sizeof(tcb_info);
	}
	if (change && change->at == i) {
		t.not_before = change->not_before ? change->not_before : t.not_before;
		t.not_after = change->not_after ? change->not_after : t.not_after;
		t.is_ca = t.is_ca && !change->not_ca;
		t.path_len = change->path_len ? (uint8_t)(change->path_len - 1) : t.path_len;
	}
	enum rotor_status status;
	SETTLE(status,
	       rotor_cert_write(crypto, &t, &signer, &job, c->der[i], CHAIN_CERT_CAP, &len));
	assert_int_equal(status, ROTOR_OK);
	c->certs[i].data = c->der[i];
	c->certs[i].len = len;
	assert_int_equal(crypto->cert_parse(c->der[i], len, &c->parsed[i]), ROTOR_OK);
}

void chain_make(const struct rotor_crypto *crypto, struct chain *c, enum rotor_sig_alg alg,
		const struct chain_change *change)
{
	memset(c, 0, sizeof(*c));
	for (size_t i = 0; i < CHAIN_DEPTH; i++) {
		write_cert(crypto, c, i, alg, change);
	}
}
