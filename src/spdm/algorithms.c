/* SPDX-License-Identifier: Apache-2.0 */
/* What each algorithm bit of SPDM means: its size, and what it is in rotor. */
#include "rotor/spdm_messages.h"

/*
 * Indexed by the number of the bit, so that the bit itself needs no room. The rank is rotor's own preference: the suite of all its
 * devices first, then the stronger and faster.
 */
struct entry {
	uint16_t size;
	uint8_t alg;
	uint8_t rank;
};

/* What is not built in has a size, but is nothing in rotor. */
#define IF(group, alg) ((group) ? (alg) : 0)
#define RSA(bits, padding, rank)                                                                   \
	{                                                                                          \
		(bits) / 8, IF(ROTOR_RSA_BITS_MAX >= (bits), ROTOR_SIG_RSA##bits##_##padding),     \
		    rank                                                                           \
	}

static const struct entry asym[] = {
    RSA(2048, PKCS1, 1),
    RSA(2048, PSS, 4),
    RSA(3072, PKCS1, 2),
    RSA(3072, PSS, 5),
    {64, ROTOR_SIG_ECDSA_P256, 8},
    RSA(4096, PKCS1, 3),
    RSA(4096, PSS, 6),
    {96, ROTOR_SIG_ECDSA_P384, 11},
    {132, IF(ROTOR_CRYPTO_P521, ROTOR_SIG_ECDSA_P521), 10},
    {64, 0, 0}, /* SM2 */
    {64, IF(ROTOR_CRYPTO_EDDSA, ROTOR_SIG_ED25519), 7},
    {114, IF(ROTOR_CRYPTO_EDDSA, ROTOR_SIG_ED448), 9},
};

static const struct entry hash[] = {
    {32, ROTOR_HASH_SHA256, 2},
    {48, ROTOR_HASH_SHA384, 6},
    {64, ROTOR_HASH_SHA512, 5},
    {32, IF(ROTOR_CRYPTO_SHA3, ROTOR_HASH_SHA3_256), 1},
    {48, IF(ROTOR_CRYPTO_SHA3, ROTOR_HASH_SHA3_384), 4},
    {64, IF(ROTOR_CRYPTO_SHA3, ROTOR_HASH_SHA3_512), 3},
    {32, 0, 0}, /* SM3 */
};

static const struct entry measurement_hash[] = {
    {0, 0, 0}, /* raw bit stream only */
    {32, ROTOR_HASH_SHA256, 2},
    {48, ROTOR_HASH_SHA384, 6},
    {64, ROTOR_HASH_SHA512, 5},
    {32, IF(ROTOR_CRYPTO_SHA3, ROTOR_HASH_SHA3_256), 1},
    {48, IF(ROTOR_CRYPTO_SHA3, ROTOR_HASH_SHA3_384), 4},
    {64, IF(ROTOR_CRYPTO_SHA3, ROTOR_HASH_SHA3_512), 3},
    {32, 0, 0}, /* SM3 */
};

static const struct entry dhe[] = {
    {256, IF(ROTOR_CRYPTO_FFDHE, ROTOR_KEX_FFDHE2048), 1},
    {384, IF(ROTOR_CRYPTO_FFDHE, ROTOR_KEX_FFDHE3072), 2},
    {512, IF(ROTOR_CRYPTO_FFDHE, ROTOR_KEX_FFDHE4096), 3},
    {64, ROTOR_KEX_SECP256R1, 4},
    {96, ROTOR_KEX_SECP384R1, 6},
    {132, IF(ROTOR_CRYPTO_P521, ROTOR_KEX_SECP521R1), 5},
    {64, 0, 0}, /* SM2 */
};

static const struct entry aead[] = {
    {16, ROTOR_AEAD_AES128_GCM, 1},
    {32, ROTOR_AEAD_AES256_GCM, 3},
    {32, IF(ROTOR_CRYPTO_CHACHA, ROTOR_AEAD_CHACHA20_POLY1305), 2},
    {16, 0, 0}, /* SM4-GCM */
};

struct family {
	const struct entry *entries;
	uint8_t count;
	uint8_t preferred; /* number of the bit with the highest rank */
};

/* The families behind these (key schedule, measurement specification, other parameters) have neither sizes nor enums. */
static const struct family families[] = {
    [ROTOR_SPDM_FAMILY_ASYM] = {asym, ROTOR_COUNT_OF(asym), 7},
    [ROTOR_SPDM_FAMILY_HASH] = {hash, ROTOR_COUNT_OF(hash), 1},
    [ROTOR_SPDM_FAMILY_MEAS_HASH] = {measurement_hash, ROTOR_COUNT_OF(measurement_hash), 2},
    [ROTOR_SPDM_FAMILY_DHE] = {dhe, ROTOR_COUNT_OF(dhe), 4},
    [ROTOR_SPDM_FAMILY_AEAD] = {aead, ROTOR_COUNT_OF(aead), 1},
};

static const struct family *family_of(enum rotor_spdm_family family)
{
	return (size_t)family < ROTOR_COUNT_OF(families) ? &families[family] : NULL;
}

static bool single_bit(uint32_t bits)
{
	return bits && !(bits & (bits - 1));
}

static const struct entry *entry_of(enum rotor_spdm_family family, uint32_t bit)
{
	const struct family *f = family_of(family);
	for (uint8_t i = 0; f && i < f->count; i++) {
		if (bit == UINT32_C(1) << i) {
			return &f->entries[i];
		}
	}
	return NULL;
}

size_t rotor_spdm_algorithm_size(enum rotor_spdm_family family, uint32_t bit)
{
	const struct entry *e = entry_of(family, bit);
	return e ? e->size : 0;
}

unsigned rotor_spdm_algorithm_alg(enum rotor_spdm_family family, uint32_t bit)
{
	const struct entry *e = entry_of(family, bit);
	return e ? e->alg : 0;
}

uint32_t rotor_spdm_algorithm_bits(enum rotor_spdm_family family, uint32_t backend_mask)
{
	const struct family *f = family_of(family);
	uint32_t bits = 0;
	for (uint8_t i = 0; f && i < f->count; i++) {
		if (f->entries[i].alg && backend_mask & ROTOR_BIT(f->entries[i].alg)) {
			bits |= UINT32_C(1) << i;
		}
	}
	return bits;
}

uint32_t rotor_spdm_algorithm_bit(enum rotor_spdm_family family, unsigned alg)
{
	return alg < 32 ? rotor_spdm_algorithm_bits(family, ROTOR_BIT(alg)) : 0;
}

#if ROTOR_SPDM_PREFERENCES
/* The number from the end of what an order names, and 0 for what it does not. */
static unsigned rank_in(const uint8_t *order, uint8_t alg)
{
	unsigned rank = 0;
	for (; *order; order++) {
		if (rank || *order == alg)
			rank++;
	}
	return rank;
}

uint32_t rotor_spdm_algorithm_choose(enum rotor_spdm_family family, uint32_t offered,
				     uint32_t backend_mask, const uint8_t *order)
{
	const struct family *f = family_of(family);
	uint32_t common = offered & rotor_spdm_algorithm_bits(family, backend_mask);
	uint32_t chosen = 0;
	unsigned best = 0;
	for (unsigned i = 0; common >> i; i++) {
		const struct entry *e = &f->entries[i];
		unsigned rank = order ? rank_in(order, e->alg) : e->rank;
		if ((common >> i & 1) && rank > best) {
			best = rank;
			chosen = UINT32_C(1) << i;
		}
	}
	return chosen;
}
#else
/* Of the few that such a build has, the higher bits are the stronger, but for the one that is preferred. */
uint32_t rotor_spdm_algorithm_choose(enum rotor_spdm_family family, uint32_t offered,
				     uint32_t backend_mask, const uint8_t *order)
{
	uint32_t common = offered & rotor_spdm_algorithm_bits(family, backend_mask);
	(void)order;
	while (common & (common - 1)) {
		uint32_t first = UINT32_C(1) << families[family].preferred;
		if (common & first)
			return first;
		common &= common - 1; /* drops the lowest */
	}
	return common;
}
#endif

static bool at_most_one(uint32_t bits)
{
	return !bits || single_bit(bits);
}

enum rotor_status rotor_spdm_algorithms_from(const struct rotor_spdm_negotiation *m,
					     struct rotor_spdm_algorithms *out)
{
	struct rotor_spdm_algorithms a = {
	    .base_asym = m->base_asym,
	    .base_hash = m->base_hash,
	    .measurement_hash = m->measurement_hash,
	    .dhe = rotor_spdm_table_bits(m, ROTOR_SPDM_ALG_DHE),
	    .aead = rotor_spdm_table_bits(m, ROTOR_SPDM_ALG_AEAD),
	    .req_asym = rotor_spdm_table_bits(m, ROTOR_SPDM_ALG_REQ_ASYM),
	    .key_schedule = rotor_spdm_table_bits(m, ROTOR_SPDM_ALG_KEY_SCHEDULE),
	    .measurement_spec = m->measurement_spec,
	    .other_params = m->other_params,
	    .mel_spec = m->mel_spec,
	};
	bool single = at_most_one(a.base_asym) && at_most_one(a.base_hash) &&
		      at_most_one(a.measurement_hash) && at_most_one(a.dhe) &&
		      at_most_one(a.aead) && at_most_one(a.req_asym) &&
		      at_most_one(a.key_schedule) && at_most_one(a.measurement_spec) &&
		      at_most_one(a.other_params & ROTOR_SPDM_OPAQUE_MASK) &&
		      at_most_one(a.mel_spec) && !m->ext_asym.len && !m->ext_hash.len;
	for (uint8_t i = 0; i < m->table_count; i++) {
		single = single && !m->tables[i].ext.len;
	}
	*out = a;
	return single ? ROTOR_OK : ROTOR_ERR_FORMAT;
}

void rotor_spdm_sizes_from(const struct rotor_spdm_algorithms *a, struct rotor_spdm_sizes *out)
{
	struct rotor_spdm_sizes s = {
	    .hash = (uint16_t)rotor_spdm_algorithm_size(ROTOR_SPDM_FAMILY_HASH, a->base_hash),
	    .sig = (uint16_t)rotor_spdm_algorithm_size(ROTOR_SPDM_FAMILY_ASYM, a->base_asym),
	    .req_sig = (uint16_t)rotor_spdm_algorithm_size(ROTOR_SPDM_FAMILY_ASYM, a->req_asym),
	    .exchange = (uint16_t)rotor_spdm_algorithm_size(ROTOR_SPDM_FAMILY_DHE, a->dhe),
	};
	*out = s;
}

struct rotor_spdm_sizes rotor_spdm_sizes_encapsulated(const struct rotor_spdm_sizes *s)
{
	struct rotor_spdm_sizes swapped = *s;
	swapped.sig = s->req_sig;
	swapped.req_sig = s->sig;
	return swapped;
}

enum rotor_hash_alg rotor_spdm_hash_alg(const struct rotor_spdm_algorithms *a)
{
	return (enum rotor_hash_alg)rotor_spdm_algorithm_alg(ROTOR_SPDM_FAMILY_HASH, a->base_hash);
}

enum rotor_hash_alg rotor_spdm_measurement_hash_alg(const struct rotor_spdm_algorithms *a)
{
	return (enum rotor_hash_alg)rotor_spdm_algorithm_alg(ROTOR_SPDM_FAMILY_MEAS_HASH,
							     a->measurement_hash);
}

enum rotor_sig_alg rotor_spdm_sig_alg(const struct rotor_spdm_algorithms *a)
{
	return (enum rotor_sig_alg)rotor_spdm_algorithm_alg(ROTOR_SPDM_FAMILY_ASYM, a->base_asym);
}

enum rotor_sig_alg rotor_spdm_req_sig_alg(const struct rotor_spdm_algorithms *a)
{
	return (enum rotor_sig_alg)rotor_spdm_algorithm_alg(ROTOR_SPDM_FAMILY_ASYM, a->req_asym);
}

enum rotor_kex_alg rotor_spdm_kex_alg(const struct rotor_spdm_algorithms *a)
{
	return (enum rotor_kex_alg)rotor_spdm_algorithm_alg(ROTOR_SPDM_FAMILY_DHE, a->dhe);
}

enum rotor_aead_alg rotor_spdm_aead_alg(const struct rotor_spdm_algorithms *a)
{
	return (enum rotor_aead_alg)rotor_spdm_algorithm_alg(ROTOR_SPDM_FAMILY_AEAD, a->aead);
}
