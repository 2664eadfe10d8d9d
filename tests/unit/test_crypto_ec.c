/* SPDX-License-Identifier: Apache-2.0 */
/* ECDSA, ECDH and key derivation of both backends: published vectors, wrong input, each against the other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rotor/crypto.h"
#include "support/pending_crypto.h"
#include "support/to_end.h"
#include "support/vectors.h"

static const struct rotor_crypto *const backends[] = {&rotor_crypto_openssl, &rotor_crypto_mbedtls};

static const enum rotor_sig_alg sig_algs[] = {ROTOR_SIG_ECDSA_P256, ROTOR_SIG_ECDSA_P384};
static const enum rotor_kex_alg kex_algs[] = {ROTOR_KEX_SECP256R1, ROTOR_KEX_SECP384R1};

/* The order n of each curve, and its field's prime p (SP 800-186). */
static const char *const orders[] = {
    [ROTOR_SIG_ECDSA_P256] = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
    [ROTOR_SIG_ECDSA_P384] = "ffffffffffffffffffffffffffffffffffffffffffffffff"
			     "c7634d81f4372ddf581a0db248b0a77aecec196accc52973",
};
static const char *const primes[] = {
    [ROTOR_SIG_ECDSA_P256] = "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
    [ROTOR_SIG_ECDSA_P384] = "ffffffffffffffffffffffffffffffffffffffffffffffff"
			     "fffffffffffffffeffffffff0000000000000000ffffffff",
};

/* ---- RFC 6979, A.2.5 and A.2.6 ---- */

static const struct {
	enum rotor_sig_alg alg;
	const char *secret, *public_key;
} rfc6979_keys[] = {
    {ROTOR_SIG_ECDSA_P256, "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721",
     "60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6"
     "7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299"},
    {ROTOR_SIG_ECDSA_P384,
     "6B9D3DAD2E1B8C1C05B19875B6659F4DE23C3B667BF297BA9AA47740787137D8"
     "96D5724E4C70A825F872C9EA60D2EDF5",
     "EC3A4E415B4E19A4568618029F427FA5DA9A8BC4AE92E02E06AAE5286B300C64"
     "DEF8F0EA9055866064A254515480BC13"
     "8015D9B72D7D57244EA8EF9AC0C621896708A59367F9DFB9F54CA84B3F1C9DB1"
     "288B231C3AE0D4FE7344FD2533264720"},
};

static const struct {
	size_t key;
	enum rotor_hash_alg hash;
	const char *message, *sig;
} rfc6979_sigs[] = {
    {0, ROTOR_HASH_SHA256, "sample",
     "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716"
     "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8"},
    {0, ROTOR_HASH_SHA256, "test",
     "F1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367"
     "019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083"},
    {1, ROTOR_HASH_SHA384, "sample",
     "94EDBB92A5ECB8AAD4736E56C691916B3F88140666CE9FA73D64C4EA95AD133C"
     "81A648152E44ACF96E36DD1E80FABE46"
     "99EF4AEB15F178CEA1FE40DB2603138F130E740A19624526203B6351D0A3A94F"
     "A329C145786E679E7B82C71A38628AC8"},
    {1, ROTOR_HASH_SHA384, "test",
     "8203B63D3C853E8D77227FB377BCF7B7B772E97892A80F36AB775D509D7A5FEB"
     "0542A7F0812998DA8F1DD3CA3CF023DB"
     "DDD0760448D42D8A43AF45AF836FCE4DE8BE06B485E9B61B827C2F13173923E0"
     "6A739F040649A667BF3B828246BAA5A5"},
    {1, ROTOR_HASH_SHA512, "sample",
     "ED0959D5880AB2D869AE7F6C2915C6D60F96507F9CB3E047C0046861DA4A799C"
     "FE30F35CC900056D7C99CD7882433709"
     "512C8CCEEE3890A84058CE1E22DBC2198F42323CE8ACA9135329F03C068E5112"
     "DC7CC3EF3446DEFCEB01A45C2667FDD5"},
};

/* One signature with all that it takes to verify it. */
struct signed_digest {
	struct rotor_public_key key;
	enum rotor_hash_alg hash;
	uint8_t digest[ROTOR_HASH_MAX];
	uint8_t sig[ROTOR_SIGNATURE_MAX];
	size_t sig_len;
};

static struct rotor_soft_key import_rfc6979(const struct rotor_crypto *crypto, size_t i)
{
	struct rotor_soft_key key;
	uint8_t secret[ROTOR_PRIVATE_KEY_MAX];
	vector_hex(rfc6979_keys[i].secret, secret, sizeof(secret));
	assert_int_equal(crypto->key_import(&key, rfc6979_keys[i].alg, secret), ROTOR_OK);
	return key;
}

static struct signed_digest rfc6979(size_t i)
{
	struct signed_digest s = {.hash = rfc6979_sigs[i].hash};
	const struct rotor_bytes message = {(const uint8_t *)rfc6979_sigs[i].message,
					    strlen(rfc6979_sigs[i].message)};
	size_t k = rfc6979_sigs[i].key;
	s.key.alg = rfc6979_keys[k].alg;
	s.key.len =
	    (uint16_t)vector_hex(rfc6979_keys[k].public_key, s.key.bytes, sizeof(s.key.bytes));
	s.sig_len = vector_hex(rfc6979_sigs[i].sig, s.sig, sizeof(s.sig));
	assert_int_equal(rotor_hash_parts(&rotor_crypto_openssl, s.hash, &message, 1, s.digest),
			 ROTOR_OK);
	return s;
}

static enum rotor_status check(const struct rotor_crypto *crypto, const struct signed_digest *s)
{
	return verify_to_end(crypto, &s->key, s->hash, s->digest, s->sig, s->sig_len);
}

static void signatures_match_rfc_6979(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(rfc6979_sigs); i++) {
		const struct signed_digest s = rfc6979(i);
		for (size_t b = 0; b < ROTOR_COUNT_OF(backends); b++) {
			struct rotor_soft_key key =
			    import_rfc6979(backends[b], rfc6979_sigs[i].key);
			struct rotor_signer signer = rotor_soft_signer(&key);
			struct signed_digest own = s;
			assert_int_equal(key.public_key.len, s.key.len);
			assert_memory_equal(key.public_key.bytes, s.key.bytes, s.key.len);
			assert_int_equal(check(backends[b], &s), ROTOR_OK);
			assert_int_equal(sign_to_end(&signer, s.hash, s.digest, own.sig), ROTOR_OK);
			if (backends[b]->key_sign_deterministic) {
				assert_memory_equal(own.sig, s.sig, s.sig_len);
			}
			for (size_t v = 0; v < ROTOR_COUNT_OF(backends); v++) {
				assert_int_equal(check(backends[v], &own), ROTOR_OK);
			}
		}
	}
	assert_true(rotor_crypto_mbedtls.key_sign_deterministic);
}

static void a_flipped_bit_anywhere_does_not_verify(void **state)
{
	(void)state;
	for (size_t b = 0; b < ROTOR_COUNT_OF(backends); b++) {
		for (size_t i = 0; i < ROTOR_COUNT_OF(rfc6979_sigs); i += 2) {
			const struct signed_digest good = rfc6979(i);
			struct signed_digest s;
			struct {
				uint8_t *at;
				size_t len;
			} fields[] = {
			    {s.key.bytes, good.key.len},
			    {s.digest, rotor_sig_private_size(good.key.alg)},
			    {s.sig, good.sig_len},
			};
			for (size_t f = 0; f < ROTOR_COUNT_OF(fields); f++) {
				for (size_t bit = 0; bit < 8 * fields[f].len; bit += 61) {
					s = good;
					fields[f].at[bit / 8] ^= (uint8_t)(1U << bit % 8);
					assert_int_equal(check(backends[b], &s), ROTOR_ERR_VERIFY);
				}
			}
		}
	}
}

/* Writes a big-endian number of the curve's size: 0, or a hex value plus a small addend. */
static void put_number(uint8_t *to, size_t size, const char *hex, int add)
{
	memset(to, 0, size);
	if (hex) {
		assert_int_equal(vector_hex(hex, to, size), size);
		to[size - 1] = (uint8_t)(to[size - 1] + add); /* no carry in what is used here */
	}
}

static void numbers_out_of_range_are_no_signature(void **state)
{
	(void)state;
	for (size_t b = 0; b < ROTOR_COUNT_OF(backends); b++) {
		for (size_t i = 0; i < ROTOR_COUNT_OF(rfc6979_sigs); i += 2) {
			const struct signed_digest good = rfc6979(i);
			size_t size = good.sig_len / 2;
			const char *n = orders[good.key.alg];
			for (size_t part = 0; part < 2; part++) {
				for (int add = -1; add <= 1; add++) {
					struct signed_digest s = good;
					put_number(s.sig + part * size, size, add < 0 ? NULL : n,
						   add);
					assert_int_equal(check(backends[b], &s), ROTOR_ERR_VERIFY);
				}
			}
			struct signed_digest s = good;
			memset(s.sig, 0, sizeof(s.sig));
			assert_int_equal(check(backends[b], &s), ROTOR_ERR_VERIFY);
			memset(s.sig, 0xff, sizeof(s.sig));
			assert_int_equal(check(backends[b], &s), ROTOR_ERR_VERIFY);
			s = good;
			s.sig_len--;
			assert_int_equal(check(backends[b], &s), ROTOR_ERR_VERIFY);
			s = good;
			s.key.len--;
			assert_int_equal(check(backends[b], &s), ROTOR_ERR_VERIFY);
			s = good;
			s.key.alg = ROTOR_SIG_NONE;
			assert_int_equal(check(backends[b], &s), ROTOR_ERR_UNSUPPORTED);
			s = good;
			s.hash = ROTOR_HASH_NONE;
			assert_int_equal(check(backends[b], &s), ROTOR_ERR_UNSUPPORTED);
		}
	}
}

/* ---- points ---- */

/* Makes bad public values of a good one. @return false after the last */
static bool spoil_point(unsigned which, enum rotor_sig_alg alg, uint8_t *point)
{
	size_t size = rotor_sig_private_size(alg);
	switch (which) {
	case 0: /* where an encoding of infinity would end up */
		memset(point, 0, 2 * size);
		return true;
	case 1: /* off the curve */
		point[2 * size - 1] ^= 1;
		return true;
	case 2: /* X and Y change places */
		for (size_t i = 0; i < size; i++) {
			uint8_t x = point[i];
			point[i] = point[size + i];
			point[size + i] = x;
		}
		return true;
	case 3: /* a coordinate that is not reduced */
		put_number(point, size, primes[alg], 0);
		return true;
	case 4:
		put_number(point + size, size, primes[alg], 0);
		return true;
	case 5:
		memset(point, 0xff, 2 * size);
		return true;
	default:
		return false;
	}
}

static void a_key_off_the_curve_verifies_nothing(void **state)
{
	(void)state;
	for (size_t b = 0; b < ROTOR_COUNT_OF(backends); b++) {
		for (size_t i = 0; i < ROTOR_COUNT_OF(rfc6979_sigs); i += 2) {
			struct signed_digest s = rfc6979(i);
			for (unsigned w = 0; spoil_point(w, s.key.alg, s.key.bytes); w++) {
				assert_int_equal(check(backends[b], &s), ROTOR_ERR_VERIFY);
				s = rfc6979(i);
			}
		}
	}
}

/* ---- ECDH: RFC 5903, 8.1 and 8.2 ---- */

static const struct {
	enum rotor_kex_alg alg;
	const char *i, *gi, *r, *gr, *shared;
} rfc5903[] = {
    {ROTOR_KEX_SECP256R1, "C88F01F510D9AC3F70A292DAA2316DE544E9AAB8AFE84049C62A9C57862D1433",
     "DAD0B65394221CF9B051E1FECA5787D098DFE637FC90B9EF945D0C3772581180"
     "5271A0461CDB8252D61F1C456FA3E59AB1F45B33ACCF5F58389E0577B8990BB3",
     "C6EF9C5D78AE012A011164ACB397CE2088685D8F06BF9BE0B283AB46476BEE53",
     "D12DFB5289C8D4F81208B70270398C342296970A0BCCB74C736FC7554494BF63"
     "56FBF3CA366CC23E8157854C13C58D6AAC23F046ADA30F8353E74F33039872AB",
     "D6840F6B42F6EDAFD13116E0E12565202FEF8E9ECE7DCE03812464D04B9442DE"},
    {ROTOR_KEX_SECP384R1,
     "099F3C7034D4A2C699884D73A375A67F7624EF7C6B3C0F160647B67414DCE655"
     "E35B538041E649EE3FAEF896783AB194",
     "667842D7D180AC2CDE6F74F37551F55755C7645C20EF73E31634FE72B4C55EE6"
     "DE3AC808ACB4BDB4C88732AEE95F41AA"
     "9482ED1FC0EEB9CAFC4984625CCFC23F65032149E0E144ADA024181535A0F38E"
     "EB9FCFF3C2C947DAE69B4C634573A81C",
     "41CB0779B4BDB85D47846725FBEC3C9430FAB46CC8DC5060855CC9BDA0AA2942"
     "E0308312916B8ED2960E4BD55A7448FC",
     "E558DBEF53EECDE3D3FCCFC1AEA08A89A987475D12FD950D83CFA41732BC509D"
     "0D1AC43A0336DEF96FDA41D0774A3571"
     "DCFBEC7AACF3196472169E838430367F66EEBE3C6E70C416DD5F0C68759DD1FF"
     "F83FA40142209DFF5EAAD96DB9E6386C",
     "11187331C279962D93D604243FD592CB9D0A926F422E47187521287E7156C5C4"
     "D603135569B9E9D09CF5D4A270F59746"},
};

static struct rotor_kex kex_with(enum rotor_kex_alg alg, const char *secret)
{
	struct rotor_kex k = {.alg = alg};
	vector_hex(secret, k.secret, sizeof(k.secret));
	return k;
}

static void agreed_secrets_match_rfc_5903(void **state)
{
	(void)state;
	for (size_t b = 0; b < ROTOR_COUNT_OF(backends); b++) {
		for (size_t v = 0; v < ROTOR_COUNT_OF(rfc5903); v++) {
			uint8_t peer[ROTOR_KEX_PUBLIC_MAX];
			uint8_t want[ROTOR_KEX_SECRET_MAX];
			uint8_t got[ROTOR_KEX_SECRET_MAX];
			size_t size = vector_hex(rfc5903[v].shared, want, sizeof(want));
			struct rotor_kex k = kex_with(rfc5903[v].alg, rfc5903[v].i);
			vector_hex(rfc5903[v].gr, peer, sizeof(peer));
			assert_int_equal(kex_agree_to_end(backends[b], &k, peer, got), ROTOR_OK);
			assert_memory_equal(got, want, size);
			k = kex_with(rfc5903[v].alg, rfc5903[v].r);
			vector_hex(rfc5903[v].gi, peer, sizeof(peer));
			assert_int_equal(kex_agree_to_end(backends[b], &k, peer, got), ROTOR_OK);
			assert_memory_equal(got, want, size);
		}
	}
}

static void each_backend_agrees_with_the_other(void **state)
{
	(void)state;
	for (size_t a = 0; a < ROTOR_COUNT_OF(kex_algs); a++) {
		for (size_t b = 0; b < ROTOR_COUNT_OF(backends); b++) {
			struct rotor_kex k[2] = {{0}};
			uint8_t public_value[2][ROTOR_KEX_PUBLIC_MAX];
			uint8_t secret[2][ROTOR_KEX_SECRET_MAX];
			const struct rotor_crypto *with[2] = {backends[0], backends[b]};
			for (size_t i = 0; i < 2; i++) {
				assert_int_equal(kex_generate_to_end(with[i], &k[i], kex_algs[a],
								     public_value[i]),
						 ROTOR_OK);
			}
			for (size_t i = 0; i < 2; i++) {
				assert_int_equal(kex_agree_to_end(with[i], &k[i],
								  public_value[1 - i], secret[i]),
						 ROTOR_OK);
			}
			assert_memory_equal(secret[0], secret[1],
					    rotor_kex_secret_size(kex_algs[a]));
			assert_memory_not_equal(public_value[0], public_value[1],
						rotor_kex_public_size(kex_algs[a]));
		}
	}
}

static void an_exchange_with_no_point_is_refused(void **state)
{
	(void)state;
	for (size_t b = 0; b < ROTOR_COUNT_OF(backends); b++) {
		for (size_t a = 0; a < ROTOR_COUNT_OF(kex_algs); a++) {
			uint8_t peer[ROTOR_KEX_PUBLIC_MAX];
			uint8_t secret[ROTOR_KEX_SECRET_MAX];
			struct rotor_kex k = kex_with(kex_algs[a], rfc5903[a].i);
			vector_hex(rfc5903[a].gr, peer, sizeof(peer));
			for (unsigned w = 0; spoil_point(w, sig_algs[a], peer); w++) {
				assert_int_equal(kex_agree_to_end(backends[b], &k, peer, secret),
						 ROTOR_ERR_FORMAT);
				vector_hex(rfc5903[a].gr, peer, sizeof(peer));
			}
			k.alg = ROTOR_KEX_NONE;
			assert_int_equal(kex_agree_to_end(backends[b], &k, peer, secret),
					 ROTOR_ERR_STATE);
			assert_int_equal(kex_generate_to_end(backends[b], &k, ROTOR_KEX_NONE, peer),
					 ROTOR_ERR_UNSUPPORTED);
		}
	}
}

/* ---- private keys ---- */

static void scalars_out_of_range_are_no_key(void **state)
{
	(void)state;
	static const uint8_t cleared[sizeof(struct rotor_soft_key)];
	for (size_t b = 0; b < ROTOR_COUNT_OF(backends); b++) {
		for (size_t a = 0; a < ROTOR_COUNT_OF(sig_algs); a++) {
			struct rotor_soft_key key;
			uint8_t secret[ROTOR_PRIVATE_KEY_MAX];
			size_t size = rotor_sig_private_size(sig_algs[a]);
			for (int add = 0; add <= 1; add++) {
				put_number(secret, size, orders[sig_algs[a]], add);
				assert_int_equal(backends[b]->key_import(&key, sig_algs[a], secret),
						 ROTOR_ERR_FORMAT);
				assert_memory_equal(&key, cleared, sizeof(key));
			}
			put_number(secret, size, NULL, 0);
			assert_int_equal(backends[b]->key_import(&key, sig_algs[a], secret),
					 ROTOR_ERR_FORMAT);
			secret[size - 1] = 1;
			assert_int_equal(backends[b]->key_import(&key, sig_algs[a], secret),
					 ROTOR_OK);
			put_number(secret, size, orders[sig_algs[a]], -1);
			assert_int_equal(backends[b]->key_import(&key, sig_algs[a], secret),
					 ROTOR_OK);
			assert_int_equal(backends[b]->key_import(&key, ROTOR_SIG_NONE, secret),
					 ROTOR_ERR_UNSUPPORTED);
		}
	}
}

static void the_same_seed_gives_the_same_key_everywhere(void **state)
{
	(void)state;
	for (size_t a = 0; a < ROTOR_COUNT_OF(sig_algs); a++) {
		size_t size = rotor_sig_private_size(sig_algs[a]);
		struct rotor_soft_key keys[2];
		uint8_t seed[96];
		for (unsigned fill = 0; fill < 256; fill += 51) {
			memset(seed, (int)fill, sizeof(seed));
			for (size_t len = size + 8; len <= sizeof(seed); len += 13) {
				for (size_t b = 0; b < 2; b++) {
					assert_int_equal(backends[b]->key_derive(
							     &keys[b], sig_algs[a], seed, len),
							 ROTOR_OK);
				}
				assert_memory_equal(keys[0].secret, keys[1].secret, size);
				assert_memory_equal(keys[0].public_key.bytes,
						    keys[1].public_key.bytes, 2 * size);
			}
		}
		for (size_t b = 0; b < 2; b++) {
			/* A seed of n - 2 gives n - 1; n - 1 gives 1. */
			uint8_t want[ROTOR_PRIVATE_KEY_MAX];
			memset(seed, 0, sizeof(seed));
			put_number(seed + 8, size, orders[sig_algs[a]], -2);
			put_number(want, size, orders[sig_algs[a]], -1);
			assert_int_equal(
			    backends[b]->key_derive(&keys[b], sig_algs[a], seed, size + 8),
			    ROTOR_OK);
			assert_memory_equal(keys[b].secret, want, size);
			put_number(seed + 8, size, orders[sig_algs[a]], -1);
			put_number(want, size, NULL, 0);
			want[size - 1] = 1;
			assert_int_equal(
			    backends[b]->key_derive(&keys[b], sig_algs[a], seed, size + 8),
			    ROTOR_OK);
			assert_memory_equal(keys[b].secret, want, size);
			assert_int_equal(
			    backends[b]->key_derive(&keys[b], sig_algs[a], seed, size + 7),
			    ROTOR_ERR_ARGUMENT);
		}
	}
}

/* ---- DER ---- */

static void signatures_go_to_der_and_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(rfc6979_sigs); i++) {
		const struct signed_digest s = rfc6979(i);
		uint8_t der[128];
		uint8_t raw[ROTOR_SIGNATURE_MAX];
		size_t len;
		assert_int_equal(rotor_ecdsa_to_der(s.key.alg, s.sig, der, sizeof(der), &len),
				 ROTOR_OK);
		assert_int_equal(rotor_ecdsa_from_der(s.key.alg, der, len, raw), ROTOR_OK);
		assert_memory_equal(raw, s.sig, s.sig_len);
		for (size_t cap = 0; cap < len; cap++) {
			size_t none = 1;
			assert_int_equal(rotor_ecdsa_to_der(s.key.alg, s.sig, der, cap, &none),
					 ROTOR_ERR_SPACE);
			assert_int_equal(none, 0);
		}
		assert_int_equal(rotor_ecdsa_to_der(ROTOR_SIG_NONE, s.sig, der, sizeof(der), &len),
				 ROTOR_ERR_ARGUMENT);
	}
}

static void malformed_signatures_are_refused(void **state)
{
	(void)state;
	static const struct {
		const char *hex;
		enum rotor_status status;
	} cases[] = {
	    {"3006020101020102", ROTOR_OK},
	    {"3006020100020100", ROTOR_OK}, /* well-formed: no verification takes it */
	    {"300702020080020102", ROTOR_OK},
	    {"", ROTOR_ERR_FORMAT},
	    {"30", ROTOR_ERR_FORMAT},
	    {"3000", ROTOR_ERR_FORMAT},
	    {"3003020101", ROTOR_ERR_FORMAT},             /* s missing */
	    {"300602010102010200", ROTOR_ERR_FORMAT},     /* a byte after the end */
	    {"3007020101020102aa", ROTOR_ERR_FORMAT},     /* a byte after s */
	    {"3009020101020102020103", ROTOR_ERR_FORMAT}, /* a third integer */
	    {"3006020181020102", ROTOR_ERR_FORMAT},       /* negative r */
	    {"30060201010201ff", ROTOR_ERR_FORMAT},       /* negative s */
	    {"300702020001020102", ROTOR_ERR_FORMAT},     /* r not minimal */
	    {"300702020000020102", ROTOR_ERR_FORMAT},
	    {"30050200020102", ROTOR_ERR_FORMAT},     /* r empty */
	    {"3006020101020202", ROTOR_ERR_FORMAT},   /* s runs past the end */
	    {"3007020101020102", ROTOR_ERR_FORMAT},   /* so does the sequence */
	    {"3005020101020102", ROTOR_ERR_FORMAT},   /* it ends too early */
	    {"3106020101020102", ROTOR_ERR_FORMAT},   /* a set */
	    {"3006030101020102", ROTOR_ERR_FORMAT},   /* r a bit string */
	    {"308106020101020102", ROTOR_ERR_FORMAT}, /* length not minimal */
	    {"30820006020101020102", ROTOR_ERR_FORMAT},
	    {"30800201010201020000", ROTOR_ERR_FORMAT}, /* indefinite */
	    {"3085000000000602010102010200", ROTOR_ERR_FORMAT},
	    {"30ff020101020102", ROTOR_ERR_FORMAT},
	    /* r of 33 bytes, too large for P-256 */
	    {"3026022101000000000000000000000000000000000000000000000000000000"
	     "0000000000020102",
	     ROTOR_ERR_FORMAT},
	};
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		uint8_t der[64];
		uint8_t raw[ROTOR_SIGNATURE_MAX];
		size_t len = vector_hex(cases[i].hex, der, sizeof(der));
		if (rotor_ecdsa_from_der(ROTOR_SIG_ECDSA_P256, der, len, raw) != cases[i].status) {
			fail_msg("case %zu: %s", i, cases[i].hex);
		}
		assert_int_equal(rotor_ecdsa_from_der(ROTOR_SIG_NONE, der, len, raw),
				 ROTOR_ERR_FORMAT);
	}
}

static void public_keys_go_to_spki_and_back(void **state)
{
	(void)state;
	static const char *const heads[] = {
	    "3059301306072a8648ce3d020106082a8648ce3d03010703420004",
	    "3076301006072a8648ce3d020106052b8104002203620004",
	};
	for (size_t i = 0; i < ROTOR_COUNT_OF(rfc6979_keys); i++) {
		struct rotor_soft_key key = import_rfc6979(&rotor_crypto_mbedtls, i);
		struct rotor_public_key back;
		uint8_t head[32];
		uint8_t der[160];
		size_t len;
		size_t head_len = vector_hex(heads[i], head, sizeof(head));
		assert_int_equal(rotor_spki_write(&key.public_key, der, sizeof(der), &len),
				 ROTOR_OK);
		assert_int_equal(len, head_len + key.public_key.len);
		assert_memory_equal(der, head, head_len);
		assert_memory_equal(der + head_len, key.public_key.bytes, key.public_key.len);
		assert_int_equal(rotor_spki_read(der, len, &back), ROTOR_OK);
		assert_memory_equal(&back, &key.public_key, sizeof(back));

		for (size_t n = 0; n < len; n++) {
			size_t none;
			assert_int_equal(rotor_spki_read(der, n, &back), ROTOR_ERR_FORMAT);
			assert_int_equal(rotor_spki_write(&key.public_key, der, n, &none),
					 ROTOR_ERR_SPACE);
		}
		assert_int_equal(rotor_spki_write(&key.public_key, der, sizeof(der), &len),
				 ROTOR_OK);
		der[len] = 0;
		assert_int_equal(rotor_spki_read(der, len + 1, &back), ROTOR_ERR_FORMAT);
		der[head_len - 1] = 2; /* compressed */
		assert_int_equal(rotor_spki_read(der, len, &back), ROTOR_ERR_FORMAT);
		der[head_len - 1] = 4;
		der[head_len - 5] ^= 1; /* an unknown curve, or a bit string that is longer */
		assert_int_not_equal(rotor_spki_read(der, len, &back), ROTOR_OK);
		assert_int_equal(back.alg, ROTOR_SIG_NONE);
		key.public_key.len--;
		assert_int_equal(rotor_spki_write(&key.public_key, der, sizeof(der), &len),
				 ROTOR_ERR_ARGUMENT);
	}
}

/* ---- the support for pending operations that other tests use ---- */

static void pending_operations_end_after_so_many_calls(void **state)
{
	(void)state;
	const struct rotor_crypto *crypto = pending_crypto(&rotor_crypto_mbedtls, 3);
	const struct signed_digest s = rfc6979(2);
	struct rotor_crypto_job job = {0};
	struct rotor_soft_key key = import_rfc6979(crypto, 1);
	struct rotor_signer signer = rotor_soft_signer(&key);
	uint8_t sig[ROTOR_SIGNATURE_MAX];
	enum rotor_status status;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(crypto->verify(&job, &s.key, s.hash, s.digest, s.sig, s.sig_len),
				 ROTOR_PENDING);
	}
	SETTLE(status, crypto->verify(&job, &s.key, s.hash, s.digest, s.sig, s.sig_len));
	assert_int_equal(status, ROTOR_OK);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(signer.sign(&signer, &job, s.hash, s.digest, sig), ROTOR_PENDING);
	}
	SETTLE(status, signer.sign(&signer, &job, s.hash, s.digest, sig));
	assert_int_equal(status, ROTOR_OK);
	assert_memory_equal(sig, s.sig, s.sig_len);
	assert_int_equal(crypto->verify(&job, &s.key, s.hash, s.digest, s.sig, s.sig_len),
			 ROTOR_PENDING);
	crypto->job_cancel(&job);
	assert_null(job.state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(signatures_match_rfc_6979),
	    cmocka_unit_test(a_flipped_bit_anywhere_does_not_verify),
	    cmocka_unit_test(numbers_out_of_range_are_no_signature),
	    cmocka_unit_test(a_key_off_the_curve_verifies_nothing),
	    cmocka_unit_test(agreed_secrets_match_rfc_5903),
	    cmocka_unit_test(each_backend_agrees_with_the_other),
	    cmocka_unit_test(an_exchange_with_no_point_is_refused),
	    cmocka_unit_test(scalars_out_of_range_are_no_key),
	    cmocka_unit_test(the_same_seed_gives_the_same_key_everywhere),
	    cmocka_unit_test(signatures_go_to_der_and_back),
	    cmocka_unit_test(malformed_signatures_are_refused),
	    cmocka_unit_test(public_keys_go_to_spki_and_back),
	    cmocka_unit_test(pending_operations_end_after_so_many_calls),
	};
	return cmocka_run_group_tests_name("crypto_ec", tests, NULL, NULL);
}
