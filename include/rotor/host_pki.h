/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * The development PKI: keys and certificates in files, for trying rotor out
 * and for its tests. Private keys stand unencrypted in PEM files (PKCS #8), so
 * nothing made here belongs into a product.
 *
 * The PKI is P-384 with SHA-384; keys that sign images may be of any kind. OpenSSL does the work.
 */
#ifndef ROTOR_HOST_PKI_H
#define ROTOR_HOST_PKI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rotor/crypto.h"
#include "rotor/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Files of a PKI directory. A .key.pem is a private key (mode 0600), a .pub.pem its public half, a .cert.pem a
 * certificate.
 */
/** Signs firmware images; its hash goes into the fuses. */
#define ROTOR_PKI_IMAGE_KEY    "image.key.pem"
#define ROTOR_PKI_IMAGE_PUBLIC "image.pub.pem"
/** Signs reference values. */
#define ROTOR_PKI_RELEASE_KEY    "release.key.pem"
#define ROTOR_PKI_RELEASE_PUBLIC "release.pub.pem"
/** Root of the devices' identities: what a verifier trusts. */
#define ROTOR_PKI_DEVICE_ROOT_KEY  "device-root.key.pem"
#define ROTOR_PKI_DEVICE_ROOT_CERT "device-root.cert.pem"
/** Certifies device identities when a device is provisioned. */
#define ROTOR_PKI_DEVICE_CA_KEY  "device-ca.key.pem"
#define ROTOR_PKI_DEVICE_CA_CERT "device-ca.cert.pem"
/** Root of the agents' identities: what a device trusts. */
#define ROTOR_PKI_AGENT_ROOT_KEY  "agent-root.key.pem"
#define ROTOR_PKI_AGENT_ROOT_CERT "agent-root.cert.pem"
/** An agent, certified as SPDM requester by the agent root. */
#define ROTOR_PKI_AGENT_KEY  "agent.key.pem"
#define ROTOR_PKI_AGENT_CERT "agent.cert.pem"
/** The agent's chain, root first, as SPDM sends it (two certificates in one PEM file). */
#define ROTOR_PKI_AGENT_CHAIN "agent.chain.pem"

/** Largest certificate or chain that is read from a file, in bytes of DER. */
#define ROTOR_PKI_CHAIN_MAX 8192

/**
 * Makes a whole PKI in @p dir, which is created if need be.
 * @param force overwrite files that are there
 * @param file set to the file (a static string) that could not be made, if one could not
 * @return ROTOR_OK, ROTOR_ERR_BUSY (a file exists; nothing was written), ROTOR_ERR_IO, ROTOR_ERR_DENIED, ROTOR_ERR_CRYPTO
 */
ROTOR_MUST_CHECK enum rotor_status rotor_pki_create(const char *dir, bool force, const char **file);

/**
 * Makes one key that signs images: @p key_path (mode 0600) and its public half @p public_path.
 * @param alg any kind that images are signed with
 * @param force overwrite files that are there
 * @return ROTOR_OK, ROTOR_ERR_BUSY (one exists; nothing was written), ROTOR_ERR_UNSUPPORTED, ROTOR_ERR_NOT_FOUND (the
 *         directory), ROTOR_ERR_DENIED, ROTOR_ERR_IO, ROTOR_ERR_CRYPTO
 */
ROTOR_MUST_CHECK enum rotor_status rotor_pki_create_image_key(const char *key_path,
							      const char *public_path,
							      enum rotor_sig_alg alg, bool force);

/**
 * Reads a private key (PEM or DER; PKCS #8, SEC 1 or PKCS #1, not encrypted) for use with @p crypto. Erase @p key after
 * use. An RSA key is one for RSASSA-PSS; @see rotor_sig_key
 * @return ROTOR_OK, ROTOR_ERR_NOT_FOUND, ROTOR_ERR_DENIED, ROTOR_ERR_IO, ROTOR_ERR_FORMAT (no such key),
 *         ROTOR_ERR_UNSUPPORTED (of a kind that @p crypto has not)
 */
ROTOR_MUST_CHECK enum rotor_status rotor_pki_read_private(const char *path,
							  const struct rotor_crypto *crypto,
							  struct rotor_soft_key *key);
/** Reads a public key from a PEM file with a public key, a certificate or a private key, or a public key in DER. @return as above */
ROTOR_MUST_CHECK enum rotor_status rotor_pki_read_public(const char *path,
							 struct rotor_public_key *key);
/**
 * Reads all certificates of a PEM file (or of a DER file in which they stand end to end) as concatenated DER, in the order of the file.
 * @return ROTOR_OK, ROTOR_ERR_SPACE, ROTOR_ERR_FORMAT (none there), ROTOR_ERR_NOT_FOUND, ROTOR_ERR_DENIED, ROTOR_ERR_IO
 */
ROTOR_MUST_CHECK enum rotor_status rotor_pki_read_certs(const char *path, uint8_t *der, size_t cap,
							size_t *len);

/**
 * Certificates as PEM text, in their order.
 * @param[out] text allocated, ended by a zero byte; the caller frees it with free(). NULL on error.
 * @return ROTOR_OK, ROTOR_ERR_FORMAT, ROTOR_ERR_CRYPTO
 */
ROTOR_MUST_CHECK enum rotor_status rotor_pki_certs_to_pem(const struct rotor_bytes *certs,
							  size_t count, char **text);
/** The other way round: all certificates of a PEM text, as concatenated DER. @return as rotor_pki_read_certs() */
ROTOR_MUST_CHECK enum rotor_status rotor_pki_certs_from_pem(const char *text, uint8_t *der,
							    size_t cap, size_t *len);

/**
 * Certifies a device identity: checks the request's own signature and makes a CA certificate (path length 0, so that
 * the device can certify what it runs) with the request's key and subject.
 * @param csr PKCS #10, DER
 * @param ca_key_path, ca_cert_path PEM files of the issuer
 * @param der the certificate
 * @return ROTOR_OK, ROTOR_ERR_FORMAT, ROTOR_ERR_VERIFY (the request is not signed by its key), ROTOR_ERR_UNSUPPORTED (not a
 *         P-384 key), ROTOR_ERR_SPACE, ROTOR_ERR_CRYPTO, or as the files are read
 */
ROTOR_MUST_CHECK enum rotor_status rotor_pki_certify_device(const uint8_t *csr, size_t csr_len,
							    const char *ca_key_path,
							    const char *ca_cert_path, uint8_t *der,
							    size_t cap, size_t *len);

#ifdef __cplusplus
}
#endif

#endif
