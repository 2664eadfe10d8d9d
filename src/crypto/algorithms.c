/* SPDX-License-Identifier: Apache-2.0 */
/* The sizes that each algorithm has. */
#include "rotor/crypto.h"

static const uint8_t hash_sizes[] = {
    [ROTOR_HASH_SHA256] = 32,   [ROTOR_HASH_SHA384] = 48,   [ROTOR_HASH_SHA512] = 64,
#if ROTOR_CRYPTO_SHA3
    [ROTOR_HASH_SHA3_256] = 32, [ROTOR_HASH_SHA3_384] = 48, [ROTOR_HASH_SHA3_512] = 64,
#endif
};

struct sig_sizes {
	uint16_t private_key, public_key, signature;
};

#define RSA_SIZES(bits)                                                                            \
	{                                                                                          \
		(bits) / 8 + 4, (bits) / 8 + 4, (bits) / 8                                         \
	}

static const struct sig_sizes sig_sizes[] = {
    [ROTOR_SIG_ECDSA_P256] = {32, 64, 64},     [ROTOR_SIG_ECDSA_P384] = {48, 96, 96},
#if ROTOR_CRYPTO_P521
    [ROTOR_SIG_ECDSA_P521] = {66, 132, 132},
#endif
#if ROTOR_RSA_BITS_MAX >= 2048
    [ROTOR_SIG_RSA2048_PSS] = RSA_SIZES(2048), [ROTOR_SIG_RSA2048_PKCS1] = RSA_SIZES(2048),
#endif
#if ROTOR_RSA_BITS_MAX >= 3072
    [ROTOR_SIG_RSA3072_PSS] = RSA_SIZES(3072), [ROTOR_SIG_RSA3072_PKCS1] = RSA_SIZES(3072),
#endif
#if ROTOR_RSA_BITS_MAX >= 4096
    [ROTOR_SIG_RSA4096_PSS] = RSA_SIZES(4096), [ROTOR_SIG_RSA4096_PKCS1] = RSA_SIZES(4096),
#endif
#if ROTOR_CRYPTO_EDDSA
    [ROTOR_SIG_ED25519] = {32, 32, 64},        [ROTOR_SIG_ED448] = {57, 57, 114},
#endif
};

static const uint8_t kex_scalar_sizes[] = {
    [ROTOR_KEX_SECP256R1] = 32,
    [ROTOR_KEX_SECP384R1] = 48,
#if ROTOR_CRYPTO_P521
    [ROTOR_KEX_SECP521R1] = 66,
#endif
};

static const uint8_t aead_key_sizes[] = {
    [ROTOR_AEAD_AES128_GCM] = 16,
    [ROTOR_AEAD_AES256_GCM] = 32,
#if ROTOR_CRYPTO_CHACHA
    [ROTOR_AEAD_CHACHA20_POLY1305] = 32,
#endif
};

static size_t look_up(const uint8_t *table, size_t count, unsigned index)
{
	return index < count ? table[index] : 0;
}

size_t rotor_hash_size(enum rotor_hash_alg alg)
{
	return look_up(hash_sizes, ROTOR_COUNT_OF(hash_sizes), (unsigned)alg);
}

static struct sig_sizes sizes_of(enum rotor_sig_alg alg)
{
	return sig_sizes[(unsigned)alg < ROTOR_COUNT_OF(sig_sizes) ? alg : ROTOR_SIG_NONE];
}

size_t rotor_sig_private_size(enum rotor_sig_alg alg)
{
	return sizes_of(alg).private_key;
}

size_t rotor_sig_public_size(enum rotor_sig_alg alg)
{
	return sizes_of(alg).public_key;
}

size_t rotor_sig_size(enum rotor_sig_alg alg)
{
	return sizes_of(alg).signature;
}

size_t rotor_ecdsa_size(enum rotor_sig_alg alg)
{
	return (unsigned)alg <= ROTOR_SIG_ECDSA_P521 ? rotor_sig_private_size(alg) : 0;
}

static bool is_finite_field(enum rotor_kex_alg alg)
{
	return ROTOR_CRYPTO_FFDHE && alg >= ROTOR_KEX_FFDHE2048 && alg <= ROTOR_KEX_FFDHE4096;
}

size_t rotor_kex_secret_size(enum rotor_kex_alg alg)
{
	if (is_finite_field(alg)) {
		return 256 + 128 * ((size_t)alg - ROTOR_KEX_FFDHE2048);
	}
	return look_up(kex_scalar_sizes, ROTOR_COUNT_OF(kex_scalar_sizes), (unsigned)alg);
}

size_t rotor_kex_public_size(enum rotor_kex_alg alg)
{
	size_t size = rotor_kex_secret_size(alg);
	return is_finite_field(alg) ? size : 2 * size;
}

size_t rotor_aead_key_size(enum rotor_aead_alg alg)
{
	return look_up(aead_key_sizes, ROTOR_COUNT_OF(aead_key_sizes), (unsigned)alg);
}
