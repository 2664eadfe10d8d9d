/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a certificate request (RFC 2986). */
#include "crypto/x509.h"
#include "rotor/der.h"

/* What the signed part of a request says. */
static enum rotor_status read_info(struct rotor_bytes der, struct rotor_public_key *key,
				   struct rotor_bytes *subject)
{
	struct rotor_reader whole = rotor_reader(der.data, der.len);
	struct rotor_reader info = rotor_der_enter(&whole, ROTOR_DER_SEQUENCE);
	uint64_t version = rotor_der_read_uint(&info, ROTOR_DER_INTEGER);
	*subject = rotor_der_read_element(&info, ROTOR_DER_SEQUENCE);
	struct rotor_bytes spki = rotor_der_read_element(&info, ROTOR_DER_SEQUENCE);
	(void)rotor_der_read(&info, ROTOR_DER_CONTEXT_CONSTRUCTED(0));
	if (rotor_reader_end(&info) || version != 0) {
		return ROTOR_ERR_FORMAT;
	}
	return rotor_spki_read(spki.data, spki.len, key);
}

enum rotor_status rotor_csr_read(const struct rotor_crypto *crypto, struct rotor_crypto_job *job,
				 const uint8_t *der, size_t len, struct rotor_public_key *key,
				 struct rotor_bytes *subject)
{
	struct rotor_reader r = rotor_reader(der, len);
	struct rotor_reader csr = rotor_der_enter(&r, ROTOR_DER_SEQUENCE);
	struct rotor_signed what = {.key = key};
	what.body = rotor_der_read_element(&csr, ROTOR_DER_SEQUENCE);
	what.algorithm =
	    rotor_x509_algorithm_read(rotor_der_read_element(&csr, ROTOR_DER_SEQUENCE));
	what.signature = rotor_der_read_bits(&csr, ROTOR_DER_BIT_STRING, NULL);
	if (rotor_reader_end(&csr) || rotor_reader_end(&r)) {
		return ROTOR_ERR_FORMAT;
	}
	enum rotor_status status = read_info(what.body, key, subject);
	if (status == ROTOR_OK) {
		status = rotor_x509_check_signature(crypto, job, &what);
	}
	return status;
}
