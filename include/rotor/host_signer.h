/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * A signer that is a command: a vault's client, a smart card's tool, a script.
 * The private key never comes near rotor.
 *
 * The command is run by /bin/sh. It gets the digest, raw, on its standard
 * input, and in its environment
 *
 *  - ROTOR_SIGN_ALGORITHM: ecdsa-p256, ecdsa-p384, rsa3072-pss or ed25519;
 *  - ROTOR_SIGN_HASH: sha256, sha384 or sha512, the hash that made the digest;
 *  - ROTOR_SIGN_DIGEST: the digest again, as lower-case hex.
 *
 * It writes the signature, and nothing else, to its standard output and exits
 * with 0. ECDSA: DER, or r then s, each padded to the curve's size. RSA: PSS with
 * MGF1 of that hash and a salt as long as the digest, 384 bytes. Ed25519: 64
 * bytes, of the digest as the message. Standard error and the terminal are its
 * own: it may ask for a PIN.
 *
 * A command that lies gains nothing: what it gives is verified.
 */
#ifndef ROTOR_HOST_SIGNER_H
#define ROTOR_HOST_SIGNER_H

#include "rotor/crypto.h"

#ifdef __cplusplus
extern "C" {
#endif

/** How long a command may take, in ms, when nothing else is said. */
#define ROTOR_COMMAND_SIGNER_MS 120000u

/** The caller sets all but @c failure; strings are the caller's and must outlive it. */
struct rotor_command_signer {
	const struct rotor_crypto *crypto; /**< verifies what the command gives */
	struct rotor_public_key key;       /**< the public half of the key that it signs with */
	const char *command;
	unsigned timeout_ms;
	/** After a failure: what went wrong, a phrase for people that begins with "the signer". */
	char failure[160];
};

/**
 * A signer that runs the command, and waits for it. Its sign() returns ROTOR_OK, ROTOR_ERR_IO (could not be run, or ended with
 * another code than 0), ROTOR_ERR_TIMEOUT (and was killed), ROTOR_ERR_FORMAT (its output is no signature of the key's kind),
 * ROTOR_ERR_VERIFY (not a signature of that key over that digest), ROTOR_ERR_ARGUMENT.
 */
struct rotor_signer rotor_command_signer(struct rotor_command_signer *s);

#ifdef __cplusplus
}
#endif

#endif
