/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Status values of the whole library.
 *
 * Errors are values: every function that can fail returns one of these. They
 * speak to the caller of the library; what a protocol says to its peer (an
 * SPDM ERROR code, a PLDM completion code) stays in that protocol's messages.
 */
#ifndef ROTOR_STATUS_H
#define ROTOR_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

enum rotor_status {
	/** Done. */
	ROTOR_OK = 0,
	/** Not done yet and nothing is wrong: call again with the same arguments. */
	ROTOR_PENDING,
	/** The caller broke the function's contract. */
	ROTOR_ERR_ARGUMENT,
	/** Legal in another state, not in this one. */
	ROTOR_ERR_STATE,
	/** The input ends before what it announces, or goes on after its end. */
	ROTOR_ERR_LENGTH,
	/** A field has a value that its specification does not allow. */
	ROTOR_ERR_FORMAT,
	/** Well-formed, but a version, algorithm or feature that is not built in or not agreed. */
	ROTOR_ERR_UNSUPPORTED,
	/** The caller's buffer or a fixed table is too small. */
	ROTOR_ERR_SPACE,
	/** The thing is in use, or a quota is exhausted; it may succeed later. */
	ROTOR_ERR_BUSY,
	/** No answer in the time the specification allows, retries included. */
	ROTOR_ERR_TIMEOUT,
	/** A read, write or transfer failed beneath the library. */
	ROTOR_ERR_IO,
	/** The crypto backend failed for a reason that is not the input's. */
	ROTOR_ERR_CRYPTO,
	/** A signature, MAC, digest or checksum does not match what it covers. */
	ROTOR_ERR_VERIFY,
	/** Genuine perhaps, but nothing trusted vouches for it. */
	ROTOR_ERR_UNTRUSTED,
	/** Policy forbids it. */
	ROTOR_ERR_DENIED,
	/** The peer answered with an error of its own protocol. */
	ROTOR_ERR_PEER,
	/** There is no such thing. */
	ROTOR_ERR_NOT_FOUND,
};

/**
 * A short lower-case English phrase for @p status, for logs and error messages.
 * @return a string that lives for ever; never NULL, also for unknown values.
 */
const char *rotor_status_string(enum rotor_status status);

#ifdef __cplusplus
}
#endif

#endif
