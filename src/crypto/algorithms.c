/* SPDX-License-Identifier: Apache-2.0 */
/* The sizes that each algorithm has. */
#include "rotor/crypto.h"

static const uint8_t hash_sizes[] = {
    [ROTOR_HASH_SHA256] = 32,
    [ROTOR_HASH_SHA384] = 48,
    [ROTOR_HASH_SHA512] = 64,
};

struct sig_sizes {
	uint16_t private_key, public_key, signature;
};

static const struct sig_sizes sig_sizes[] = {
    [ROTOR_SIG_ECDSA_P256] = {32, 64, 64},
    [ROTOR_SIG_ECDSA_P384] = {48, 96, 96},
#if ROTOR_RSA_BITS_MAX >= 3072
    [ROTOR_SIG_RSA3072_PSS] = {388, 388, 384},
#endif
    [ROTOR_SIG_ED25519] = {32, 32, 64},
};

static const uint8_t kex_scalar_sizes[] = {
    [ROTOR_KEX_SECP256R1] = 32,
    [ROTOR_KEX_SECP384R1] = 48,
};

static const uint8_t aead_key_sizes[] = {
    [ROTOR_AEAD_AES128_GCM] = 16,
    [ROTOR_AEAD_AES256_GCM] = 32,
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
	return alg == ROTOR_SIG_ECDSA_P256 || alg == ROTOR_SIG_ECDSA_P384
		   ? rotor_sig_private_size(alg)
		   : 0;
}

size_t rotor_kex_secret_size(enum rotor_kex_alg alg)
{
	return look_up(kex_scalar_sizes, ROTOR_COUNT_OF(kex_scalar_sizes), (unsigned)alg);
}

size_t rotor_kex_public_size(enum rotor_kex_alg alg)
{
	return 2 * rotor_kex_secret_size(alg);
}

size_t rotor_aead_key_size(enum rotor_aead_alg alg)
{
	return look_up(aead_key_sizes, ROTOR_COUNT_OF(aead_key_sizes), (unsigned)alg);
}
