/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates: what is written is read alike by both backends; chains hold or are refused alike. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/x509.h>

#include "rotor/crypto.h"
#include "support/pending_crypto.h"

static const struct rotor_crypto *const backends[] = {&rotor_crypto_openssl, &rotor_crypto_mbedtls};

#define CERT_CAP 1024
#define DEPTH    4

/* A chain of certificates: [0] is the root. */
struct chain {
	struct rotor_soft_key keys[DEPTH];
	uint8_t der[DEPTH][CERT_CAP];
	struct rotor_bytes certs[DEPTH];
	struct rotor_cert parsed[DEPTH];
};

static const char *const names[DEPTH] = {"root", "intermediate", "device identity", "alias"};

static struct rotor_soft_key key_from(const struct rotor_crypto *crypto, enum rotor_sig_alg alg,
				      uint8_t fill)
{
	struct rotor_soft_key key;
	uint8_t seed[64];
	memset(seed, fill, sizeof(seed));
	assert_int_equal(crypto->key_derive(&key, alg, seed, sizeof(seed)), ROTOR_OK);
	return key;
}

/* What one test changes in the certificate at one place of an otherwise right chain. */
struct change {
	size_t at;
	const char *not_before, *not_after;
	bool not_ca;
	int path_len; /* 0: enough */
};

static void write_cert(const struct rotor_crypto *crypto, struct chain *c, size_t i,
		       enum rotor_sig_alg alg, const struct change *change)
{
	static const uint8_t tcb_info[] = {0x30, 0x03, 0x80, 0x01, 'x'};
	struct rotor_crypto_job job = {0};
	size_t parent = i ? i - 1 : 0;
	size_t len;
	c->keys[i] = key_from(crypto, alg, (uint8_t)(i + 1));
	struct rotor_signer signer = rotor_soft_signer(&c->keys[parent]);
	struct rotor_cert_template t = {
	    .subject_cn = names[i],
	    .not_before = "20240101000000Z",
	    .not_after = i == DEPTH - 1 ? "99991231235959Z" : "20491231235959Z",
	    .key = &c->keys[i].public_key,
	    .issuer_key = &c->keys[parent].public_key,
	    .is_ca = i < DEPTH - 1,
	    .path_len = (uint8_t)(DEPTH - 2 - i),
	    .spdm_responder = i == DEPTH - 1,
	};
	if (i) {
		t.issuer = c->parsed[parent].subject;
	}
	if (i == DEPTH - 1) {
		t.tcb_info.data = tcb_info;
		t.tcb_info.len = sizeof(tcb_info);
	}
	if (change && change->at == i) {
		t.not_before = change->not_before ? change->not_before : t.not_before;
		t.not_after = change->not_after ? change->not_after : t.not_after;
		t.is_ca = t.is_ca && !change->not_ca;
		t.path_len = change->path_len ? (uint8_t)(change->path_len - 1) : t.path_len;
	}
	assert_int_equal(rotor_cert_write(crypto, &t, &signer, &job, c->der[i], CERT_CAP, &len),
			 ROTOR_OK);
	c->certs[i].data = c->der[i];
	c->certs[i].len = len;
	assert_int_equal(crypto->cert_parse(c->der[i], len, &c->parsed[i]), ROTOR_OK);
}

static void make_chain(const struct rotor_crypto *crypto, struct chain *c, enum rotor_sig_alg alg,
		       const struct change *change)
{
	memset(c, 0, sizeof(*c));
	for (size_t i = 0; i < DEPTH; i++) {
		write_cert(crypto, c, i, alg, change);
	}
}

static enum rotor_status verify(const struct rotor_crypto *crypto, const struct rotor_bytes *certs,
				size_t count, const struct rotor_bytes *anchors, size_t anchors_n,
				rotor_time now)
{
	struct rotor_crypto_job job = {0};
	return crypto->chain_verify(&job, certs, count, anchors, anchors_n, now);
}

static void a_chain_written_by_either_holds_in_both(void **state)
{
	(void)state;
	static const enum rotor_sig_alg algs[] = {ROTOR_SIG_ECDSA_P256, ROTOR_SIG_ECDSA_P384};
	for (size_t w = 0; w < ROTOR_COUNT_OF(backends); w++) {
		for (size_t a = 0; a < ROTOR_COUNT_OF(algs); a++) {
			struct chain c;
			make_chain(backends[w], &c, algs[a], NULL);
			for (size_t r = 0; r < ROTOR_COUNT_OF(backends); r++) {
				assert_int_equal(verify(backends[r], c.certs, DEPTH, c.certs, 1,
							ROTOR_TIME_UNKNOWN),
						 ROTOR_OK);
				assert_int_equal(verify(backends[r], c.certs + 1, DEPTH - 1,
							c.certs, 1, 1800000000),
						 ROTOR_OK);
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_chain_written_by_either_holds_in_both),
	};
	return cmocka_run_group_tests_name("crypto_cert", tests, NULL, NULL);
}
