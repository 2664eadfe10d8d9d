/* SPDX-License-Identifier: Apache-2.0 */
/* The certificate half of the OpenSSL backend. Each function is the one of that name in struct rotor_crypto. */
#ifndef ROTOR_CRYPTO_OPENSSL_X509_H
#define ROTOR_CRYPTO_OPENSSL_X509_H

#include "crypto/x509.h"

enum rotor_status rotor_openssl_cert_parse(const uint8_t *der, size_t len, struct rotor_cert *out);
enum rotor_status rotor_openssl_chain_verify(struct rotor_crypto_job *job,
					     const struct rotor_bytes *certs, size_t cert_count,
					     const struct rotor_bytes *anchors, size_t anchor_count,
					     rotor_time now);

#endif
