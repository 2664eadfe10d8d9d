/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates and requests in both backends: what OpenSSL accepts, rotor's own reader reads the same. */
#include <stdlib.h>
#include <string.h>

#include "rotor/crypto.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
	if (!condition) {
		abort();
	}
}

static bool inside(struct rotor_bytes view, const uint8_t *data, size_t size)
{
	return view.len == 0 ||
	       (view.data >= data && view.len <= size && view.data + view.len <= data + size);
}

/* Keys are the same but where Mbed TLS lacks their kind. */
static bool same_key(const struct rotor_public_key *a, const struct rotor_public_key *b)
{
	if (!(rotor_crypto_mbedtls.sigs & ROTOR_BIT(a->alg))) {
		return b->alg == ROTOR_SIG_NONE;
	}
	return a->alg == b->alg && a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

static bool same(const struct rotor_cert *a, const struct rotor_cert *b)
{
	return same_key(&a->key, &b->key) && a->not_before == b->not_before &&
	       a->not_after == b->not_after && a->is_ca == b->is_ca && a->may_sign == b->may_sign &&
	       a->may_certify == b->may_certify && a->tcb_info.data == b->tcb_info.data;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rotor_cert by_openssl;
	struct rotor_cert by_mbedtls;
	struct rotor_crypto_job job = {0};
	enum rotor_status openssl = rotor_crypto_openssl.cert_parse(data, size, &by_openssl);
	enum rotor_status mbedtls = rotor_crypto_mbedtls.cert_parse(data, size, &by_mbedtls);
	/* OpenSSL looks into names and extensions that rotor passes over, so it may refuse more. */
	require(openssl == mbedtls || mbedtls == ROTOR_OK);
	if (openssl == ROTOR_OK) {
		require(same(&by_openssl, &by_mbedtls));
		require(inside(by_openssl.issuer, data, size) &&
			inside(by_openssl.subject, data, size) &&
			inside(by_openssl.tcb_info, data, size));
		/* As its own anchor it vouches for itself, and in nothing else's place. */
		const struct rotor_bytes cert = {data, size};
		require(rotor_crypto_mbedtls.chain_verify(&job, &cert, 1, &cert, 1,
							  ROTOR_TIME_UNKNOWN) == ROTOR_OK);
		require(rotor_crypto_mbedtls.chain_verify(
			    &job, &cert, 1, NULL, 0, ROTOR_TIME_UNKNOWN) == ROTOR_ERR_UNTRUSTED);
		const struct rotor_bytes twice[] = {cert, cert};
		enum rotor_status agree[2] = {
		    rotor_crypto_openssl.chain_verify(&job, twice, 2, &cert, 1, ROTOR_TIME_UNKNOWN),
		    rotor_crypto_mbedtls.chain_verify(&job, twice, 2, &cert, 1, ROTOR_TIME_UNKNOWN),
		};
		require(agree[0] != ROTOR_OK || agree[1] == ROTOR_OK ||
			agree[1] == ROTOR_ERR_UNSUPPORTED);
	}
	struct rotor_public_key key;
	struct rotor_bytes subject;
	if (rotor_csr_read(&rotor_crypto_mbedtls, &job, data, size, &key, &subject) == ROTOR_OK) {
		require(inside(subject, data, size));
		require(rotor_csr_read(&rotor_crypto_openssl, &job, data, size, &key, &subject) ==
			ROTOR_OK);
	}
	return 0;
}
