/* SPDX-License-Identifier: Apache-2.0 */
/* The sizes that each algorithm has. */
#include "rotor/crypto.h"

static const uint8_t hash_sizes[] = {
    [ROTOR_HASH_SHA256] = 32,
    [ROTOR_HASH_SHA384] = 48,
    [ROTOR_HASH_SHA512] = 64,
};

/* A curve's field and order both take this many bytes. */
static const uint8_t sig_scalar_sizes[] = {
    [ROTOR_SIG_ECDSA_P256] = 32,
    [ROTOR_SIG_ECDSA_P384] = 48,
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

size_t rotor_sig_private_size(enum rotor_sig_alg alg)
{
	return look_up(sig_scalar_sizes, ROTOR_COUNT_OF(sig_scalar_sizes), (unsigned)alg);
}

size_t rotor_sig_public_size(enum rotor_sig_alg alg)
{
	return 2 * rotor_sig_private_size(alg);
}

size_t rotor_sig_size(enum rotor_sig_alg alg)
{
	return 2 * rotor_sig_private_size(alg);
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
