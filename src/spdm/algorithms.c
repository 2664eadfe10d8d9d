/* SPDX-License-Identifier: Apache-2.0 */
/* What each algorithm bit of SPDM means: its size, and what it is in rotor. */
#include "rotor/spdm_messages.h"

/* Indexed by the number of the bit, so that the bit itself needs no room. */
struct entry {
	uint16_t size;
	uint8_t alg;
};

static const struct entry asym[] = {
    {256, 0}, /* RSASSA_2048 */
    {256, 0}, /* RSAPSS_2048 */
    {384, 0}, /* RSASSA_3072 */
    {384, 0}, /* RSAPSS_3072 */
    {64, ROTOR_SIG_ECDSA_P256},
    {512, 0}, /* RSASSA_4096 */
    {512, 0}, /* RSAPSS_4096 */
    {96, ROTOR_SIG_ECDSA_P384},
    {132, 0}, /* ECDSA_P521 */
    {64, 0},  /* SM2 */
    {64, 0},  /* Ed25519 */
    {114, 0}, /* Ed448 */
};

static const struct entry hash[] = {
    {32, ROTOR_HASH_SHA256},
    {48, ROTOR_HASH_SHA384},
    {64, ROTOR_HASH_SHA512},
    {32, 0}, /* SHA3-256 */
    {48, 0}, /* SHA3-384 */
    {64, 0}, /* SHA3-512 */
    {32, 0}, /* SM3 */
};

static const struct entry measurement_hash[] = {
    {0, 0}, /* raw bit stream only */
    {32, ROTOR_HASH_SHA256},
    {48, ROTOR_HASH_SHA384},
    {64, ROTOR_HASH_SHA512},
    {32, 0}, /* SHA3-256 */
    {48, 0}, /* SHA3-384 */
    {64, 0}, /* SHA3-512 */
    {32, 0}, /* SM3 */
};

static const struct entry dhe[] = {
    {256, 0}, /* ffdhe2048 */
    {384, 0}, /* ffdhe3072 */
    {512, 0}, /* ffdhe4096 */
    {64, ROTOR_KEX_SECP256R1},
    {96, ROTOR_KEX_SECP384R1},
    {132, 0}, /* secp521r1 */
    {64, 0},  /* SM2 */
};

static const struct entry aead[] = {
    {16, ROTOR_AEAD_AES128_GCM},
    {32, ROTOR_AEAD_AES256_GCM},
    {32, 0}, /* ChaCha20-Poly1305 */
    {16, 0}, /* SM4-GCM */
};

struct family {
	const struct entry *entries;
	uint8_t count;
	uint8_t preferred; /* number of the bit to take first */
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

uint32_t rotor_spdm_algorithm_choose(enum rotor_spdm_family family, uint32_t offered,
				     uint32_t supported)
{
	const struct family *f = family_of(family);
	uint32_t common = offered & supported;
	uint32_t first = f ? UINT32_C(1) << f->preferred : 0;
	if (common & first) {
		return first;
	}
	while (common && !single_bit(common)) {
		common &=
		    common -
		    1; /* drops the lowest bit: higher ones are stronger where rotor has a choice */
	}
	return common;
}

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
