/* SPDX-License-Identifier: Apache-2.0 */
#include "support/image_maker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rotor/host_pki.h"
#include "support/vectors.h"

const struct rotor_crypto *const image_backends[2] = {&rotor_crypto_openssl, &rotor_crypto_mbedtls};

static const struct {
	enum rotor_sig_alg alg;
	const char *name;
} kinds[MAKER_KEYS] = {
    {ROTOR_SIG_ECDSA_P256, "p256"},
    {ROTOR_SIG_ECDSA_P384, "p384"},
    {ROTOR_SIG_RSA3072_PSS, "rsa3072"},
    {ROTOR_SIG_ED25519, "ed25519"},
};

struct rotor_public_key image_keys[MAKER_KEYS];
struct rotor_image_key_hash image_key_hashes[MAKER_KEYS];

int image_load_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < MAKER_KEYS; i++) {
		char path[200];
		snprintf(path, sizeof(path), "%s/images/keys/%s.pub.pem", ROTOR_VECTORS,
			 kinds[i].name);
		assert_int_equal(rotor_pki_read_public(path, &image_keys[i]), ROTOR_OK);
		assert_int_equal(image_keys[i].alg, kinds[i].alg);
		assert_int_equal(
		    rotor_image_key_hash(image_backends[0], &image_keys[i], &image_key_hashes[i]),
		    ROTOR_OK);
	}
	return 0;
}

struct rotor_image_policy image_lenient_policy(void)
{
	struct rotor_image_policy policy = {.keys = image_keys,
					    .key_count = MAKER_KEYS,
					    .key_hashes = image_key_hashes,
					    .key_hash_count = MAKER_KEYS,
					    .flags = ROTOR_IMAGE_IDS_IGNORED};
	return policy;
}

enum rotor_status image_judge(struct rotor_image_verifier *v, const struct rotor_crypto *crypto,
			      const struct rotor_image_policy *policy, const uint8_t *data,
			      size_t len)
{
	static uint8_t work[1024];
	struct rotor_image_memory memory;
	struct rotor_image_source source = rotor_image_memory(&memory, data, (uint32_t)len);
	if (policy)
		assert_int_equal(
		    rotor_image_verifier_init(v, crypto, &source, policy, work, sizeof(work)), 0);
	else
		assert_int_equal(rotor_image_inspector_init(v, crypto, &source, work, sizeof(work)),
				 0);
	enum rotor_status status = rotor_image_verifier_run(v);
	assert_int_equal(status, rotor_image_refusal_status(v->refusal));
	return status;
}

uint8_t *image_vector(const char *name, size_t *len)
{
	char path[160];
	snprintf(path, sizeof(path), "images/%s", name);
	return vector_file(path, len);
}

bool image_backend_has(size_t backend, enum rotor_sig_alg alg)
{
	return image_backends[backend]->sigs & ROTOR_BIT(alg);
}

void maker_make(struct image_maker *m)
{
	uint8_t body[MAKER_BODY_SIZE];
	for (size_t i = 0; i < sizeof(body); i++)
		body[i] = (uint8_t)(i * 7 + (i >> 8));
	assert_int_equal(rotor_image_write(&m->spec, m->crypto, body, sizeof(body), &m->signer,
					   &m->key.public_key, m->image, sizeof(m->image), &m->len),
			 ROTOR_OK);
}

/* Keys of curves are derived, the others are imgtool's. */
static void make_key(struct image_maker *m, enum rotor_sig_alg alg)
{
	uint8_t seed[80];
	memset(seed, 0x5a, sizeof(seed));
	if (rotor_ecdsa_size(alg)) {
		assert_int_equal(
		    m->crypto->key_derive(&m->key, alg, seed, rotor_sig_private_size(alg) + 8),
		    ROTOR_OK);
		return;
	}
	for (size_t i = 0; i < MAKER_KEYS; i++) {
		char path[200];
		snprintf(path, sizeof(path), "%s/images/keys/%s.priv.pem", ROTOR_VECTORS,
			 kinds[i].name);
		if (kinds[i].alg == alg)
			assert_int_equal(rotor_pki_read_private(path, m->crypto, &m->key),
					 ROTOR_OK);
	}
}

void maker_begin(struct image_maker *m, const struct rotor_crypto *crypto, enum rotor_sig_alg alg)
{
	memset(m, 0, sizeof(*m));
	m->crypto = crypto;
	make_key(m, alg);
	m->signer = rotor_soft_signer(&m->key);
	assert_int_equal(rotor_image_key_hash(crypto, &m->key.public_key, &m->hash), ROTOR_OK);
	m->spec = (struct rotor_image_spec){.version = {1, 2, 3, 4},
					    .header_size = 64,
					    .has_security_counter = true,
					    .security_counter = 5,
					    .has_vendor_id = true,
					    .has_class_id = true,
					    .vendor_id = {1, 2, 3},
					    .class_id = {4, 5, 6}};
	m->policy = (struct rotor_image_policy){.key_hashes = &m->hash,
						.key_hash_count = 1,
						.security_floor = 5,
						.vendor_id = {1, 2, 3},
						.class_id = {4, 5, 6}};
	maker_make(m);
}

enum rotor_image_refusal maker_refusal(const struct image_maker *m)
{
	struct rotor_image_verifier v;
	(void)image_judge(&v, m->crypto, &m->policy, m->image, m->len);
	return v.refusal;
}
