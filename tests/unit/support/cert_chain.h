/* SPDX-License-Identifier: Apache-2.0 */
/* Chains of certificates for tests, made on the spot: always the same keys and names. */
#ifndef ROTOR_TEST_CERT_CHAIN_H
#define ROTOR_TEST_CERT_CHAIN_H

#include "rotor/crypto.h"

#define CHAIN_CERT_CAP 2048
#define CHAIN_DEPTH    4

/** A root, an intermediate and a device identity (all CAs) and an alias, an SPDM responder with a TcbInfo. */
struct chain {
	struct rotor_soft_key keys[CHAIN_DEPTH];
	uint8_t der[CHAIN_DEPTH][CHAIN_CERT_CAP];
	struct rotor_bytes certs[CHAIN_DEPTH];
	struct rotor_cert parsed[CHAIN_DEPTH];
};

/** 2026-01-01, within every certificate's validity unless a test changes it. */
#define CHAIN_NOW INT64_C(1767225600)

/** What one test changes in the certificate at one place of an otherwise right chain. */
struct chain_change {
	size_t at;
	const char *not_before, *not_after;
	bool not_ca;
	int path_len; /* 1 more than the limit; 0: as many as there are */
};

/** The common names. */
extern const char *const chain_names[CHAIN_DEPTH];

/** A key that depends on @p fill alone; of RSA there is one of each size. */
struct rotor_soft_key chain_key(const struct rotor_crypto *crypto, enum rotor_sig_alg alg,
				uint8_t fill);

/** Makes a chain with one @p change, or NULL for none; the test fails if it cannot be made. */
void chain_make(const struct rotor_crypto *crypto, struct chain *c, enum rotor_sig_alg alg,
		const struct chain_change *change);

#endif
