/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * A verifier's trust store: a directory with
 *  - roots/       certificates (PEM or DER) that a device's chain must lead to, or digests of such certificates in hexadecimal
 *                 digits, as sha256sum, sha384sum and sha512sum print them of DER,
 *  - signers/     public release keys (PEM) whose reference values are believed,
 *  - known-good/  reference manifests of firmware that may run.
 * Every regular file in them counts; names do not matter, and hidden files are passed over.
 */
#ifndef ROTOR_HOST_TRUST_H
#define ROTOR_HOST_TRUST_H

#include <stdbool.h>

#include "rotor/agent_verifier.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Most files in each of the three directories. */
#define ROTOR_TRUST_STORE_MAX 64

/** A trust store in memory. Zeroed is empty; trust is valid until rotor_trust_store_free(). */
struct rotor_trust_store {
	struct rotor_agent_trust trust;
	struct rotor_bytes roots[ROTOR_TRUST_STORE_MAX];
	struct rotor_bytes root_digests[ROTOR_TRUST_STORE_MAX];
	struct rotor_public_key signers[ROTOR_TRUST_STORE_MAX];
	struct rotor_bytes known_good[ROTOR_TRUST_STORE_MAX];
	char names[ROTOR_TRUST_STORE_MAX][64]; /**< file names of known_good, for people */
	/** There is a file require-package-signature: an unsigned package is refused. */
	bool require_package_signature;
};

/**
 * Reads the store at @p dir. A directory that is missing is empty; a file that cannot be read, or is not what its
 * directory says, is an error: a store that is half understood is not trusted. Manifests are only read here; whether
 * a trusted key signed them is seen when evidence is judged.
 * @param now for the validity of certificates
 * @param path set to the offending path (static memory) on error
 * @return ROTOR_OK, ROTOR_ERR_NOT_FOUND (no such directory), ROTOR_ERR_SPACE, ROTOR_ERR_FORMAT, ROTOR_ERR_IO
 */
ROTOR_MUST_CHECK enum rotor_status rotor_trust_store_read(struct rotor_trust_store *store,
							  const char *dir, rotor_time now,
							  const char **path);
/** Frees what a store holds. */
void rotor_trust_store_free(struct rotor_trust_store *store);

#ifdef __cplusplus
}
#endif

#endif
