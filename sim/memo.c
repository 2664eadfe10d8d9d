/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/memo.h"

#include <stdlib.h>
#include <string.h>

#include "sim/mix.h"

#define BUCKETS   4096
#define INPUT_MAX 8192

enum question { DERIVE, IMPORT, SIGN, VERIFY, PARSE, HMAC };

/* A question that was asked, and what OpenSSL said. */
struct answer {
	struct answer *next;
	enum rotor_status status;
	size_t len; /* of the input */
	union {
		struct rotor_soft_key key;
		uint8_t sig[ROTOR_SIGNATURE_MAX];
		uint8_t mac[ROTOR_HASH_MAX];
		struct rotor_cert cert; /* views into `input` */
	} out;
	uint8_t input[];
};

static struct answer *buckets[BUCKETS];
static struct rotor_crypto memo;

/* ---- looking up ---- */

/* An input in one piece; what does not fit is not remembered. */
struct input {
	size_t len;
	bool fits;
	uint8_t bytes[INPUT_MAX];
};

static void add(struct input *in, const void *bytes, size_t len)
{
	in->fits = in->fits && len <= sizeof(in->bytes) - in->len;
	if (in->fits && len > 0) {
		memcpy(in->bytes + in->len, bytes, len);
		in->len += len;
	}
}

static void begin(struct input *in, enum question question, unsigned alg)
{
	const uint8_t head[2] = {(uint8_t)question, (uint8_t)alg};
	in->len = 0;
	in->fits = true;
	add(in, head, sizeof(head));
}

/* The answer to an input; *known says whether it has been given, else it is to be filled in. NULL: not to be remembered. */
static struct answer *look_up(const struct input *in, bool *known)
{
	*known = false;
	if (!in->fits) {
		return NULL;
	}
	struct answer **bucket = &buckets[sim_mix_bytes(in->len, in->bytes, in->len) % BUCKETS];
	for (struct answer *a = *bucket; a != NULL; a = a->next) {
		if (a->len == in->len && memcmp(a->input, in->bytes, in->len) == 0) {
			*known = true;
			return a;
		}
	}
	struct answer *a = calloc(1, sizeof(*a) + in->len);
	if (a != NULL) {
		a->len = in->len;
		memcpy(a->input, in->bytes, in->len);
		a->next = *bucket;
		*bucket = a;
	}
	return a;
}

/* ---- questions ---- */

static enum rotor_status key_answer(struct answer *a, struct rotor_soft_key *key)
{
	*key = a->out.key;
	key->crypto = &memo;
	return a->status;
}

static enum rotor_status memo_derive(struct rotor_soft_key *key, enum rotor_sig_alg alg,
				     const uint8_t *seed, size_t seed_len)
{
	struct input in;
	bool known;
	begin(&in, DERIVE, alg);
	add(&in, seed, seed_len);
	struct answer *a = look_up(&in, &known);
	if (a == NULL) {
		return ROTOR_ERR_SPACE;
	}
	if (!known) {
		a->status = rotor_crypto_openssl.key_derive(&a->out.key, alg, seed, seed_len);
	}
	return key_answer(a, key);
}

static enum rotor_status memo_import(struct rotor_soft_key *key, enum rotor_sig_alg alg,
				     const uint8_t *secret)
{
	struct input in;
	bool known;
	begin(&in, IMPORT, alg);
	add(&in, secret, rotor_sig_private_size(alg));
	struct answer *a = look_up(&in, &known);
	if (a == NULL) {
		return ROTOR_ERR_SPACE;
	}
	if (!known) {
		a->status = rotor_crypto_openssl.key_import(&a->out.key, alg, secret);
	}
	return key_answer(a, key);
}

/* OpenSSL signs with random nonces: each process would have other images, and an identifier another meaning. */
static enum rotor_status memo_sign(struct rotor_crypto_job *job, const struct rotor_soft_key *key,
				   enum rotor_hash_alg hash, const uint8_t *digest, uint8_t *sig)
{
	struct input in;
	bool known;
	begin(&in, SIGN, hash);
	add(&in, key->secret, rotor_sig_private_size(key->alg));
	add(&in, digest, rotor_hash_size(hash));
	struct answer *a = look_up(&in, &known);
	if (a == NULL) {
		return ROTOR_ERR_SPACE;
	}
	if (!known) {
		do {
			a->status =
			    rotor_crypto_mbedtls.key_sign(job, key, hash, digest, a->out.sig);
		} while (a->status == ROTOR_PENDING);
	}
	memcpy(sig, a->out.sig, rotor_sig_size(key->alg));
	return a->status;
}

static enum rotor_status memo_verify(struct rotor_crypto_job *job,
				     const struct rotor_public_key *key, enum rotor_hash_alg hash,
				     const uint8_t *digest, const uint8_t *sig, size_t sig_len)
{
	struct input in;
	bool known;
	begin(&in, VERIFY, hash);
	in.bytes[in.len++] = (uint8_t)key->alg;
	add(&in, key->bytes, key->len);
	add(&in, digest, rotor_hash_size(hash));
	add(&in, sig, sig_len);
	struct answer *a = look_up(&in, &known);
	if (a == NULL) {
		return rotor_crypto_openssl.verify(job, key, hash, digest, sig, sig_len);
	}
	if (!known) {
		do {
			a->status =
			    rotor_crypto_openssl.verify(job, key, hash, digest, sig, sig_len);
		} while (a->status == ROTOR_PENDING);
	}
	return a->status;
}

/* A view into the certificate that was parsed, as one into @p der. */
static void rebase(struct rotor_bytes *view, const uint8_t *from, const uint8_t *to)
{
	if (view->data != NULL) {
		view->data = to + (view->data - from);
	}
}

static enum rotor_status memo_parse(const uint8_t *der, size_t len, struct rotor_cert *out)
{
	struct input in;
	bool known;
	begin(&in, PARSE, 0);
	size_t head = in.len;
	add(&in, der, len);
	struct answer *a = look_up(&in, &known);
	if (a == NULL) {
		return rotor_crypto_openssl.cert_parse(der, len, out);
	}
	if (!known) {
		a->status = rotor_crypto_openssl.cert_parse(a->input + head, len, &a->out.cert);
	}
	*out = a->out.cert;
	rebase(&out->der, a->input + head, der);
	rebase(&out->issuer, a->input + head, der);
	rebase(&out->subject, a->input + head, der);
	rebase(&out->tcb_info, a->input + head, der);
	return a->status;
}

static enum rotor_status memo_hmac(enum rotor_hash_alg alg, const uint8_t *key, size_t key_len,
				   const struct rotor_bytes *parts, size_t part_count, uint8_t *mac)
{
	struct input in;
	bool known;
	begin(&in, HMAC, alg);
	add(&in, &key_len, sizeof(key_len));
	add(&in, key, key_len);
	for (size_t i = 0; i < part_count; i++) {
		add(&in, parts[i].data, parts[i].len);
	}
	struct answer *a = look_up(&in, &known);
	if (a == NULL) {
		return rotor_crypto_openssl.hmac(alg, key, key_len, parts, part_count, mac);
	}
	if (!known) {
		a->status =
		    rotor_crypto_openssl.hmac(alg, key, key_len, parts, part_count, a->out.mac);
	}
	memcpy(mac, a->out.mac, rotor_hash_size(alg));
	return a->status;
}

const struct rotor_crypto *sim_memo_crypto(void)
{
	memo = rotor_crypto_openssl;
	memo.hmac = memo_hmac;
	memo.key_derive = memo_derive;
	memo.key_import = memo_import;
	memo.key_sign = memo_sign;
	memo.key_sign_deterministic = true;
	memo.verify = memo_verify;
	memo.cert_parse = memo_parse;
	return &memo;
}

void sim_memo_forget(void)
{
	for (size_t i = 0; i < BUCKETS; i++) {
		while (buckets[i] != NULL) {
			struct answer *a = buckets[i];
			buckets[i] = a->next;
			free(a);
		}
	}
}
