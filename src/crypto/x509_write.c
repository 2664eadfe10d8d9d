/* SPDX-License-Identifier: Apache-2.0 */
/* Writing and signing certificates (RFC 5280) and certificate requests (RFC 2986). */
#include <string.h>

#include "crypto/x509.h"
#include "rotor/der.h"

/* Size of a serial number and of a key identifier. */
#define ID_SIZE 20
#define CN_MAX  64

#define OID_BASIC_CONSTRAINTS "\x55\x1d\x13"
#define OID_KEY_USAGE         "\x55\x1d\x0f"
#define OID_EXT_KEY_USAGE     "\x55\x1d\x25"
#define OID_SUBJECT_KEY_ID    "\x55\x1d\x0e"
#define OID_AUTHORITY_KEY_ID  "\x55\x1d\x23"
#define OID_TCB_INFO          "\x67\x81\x05\x05\x04\x01"
#define OID_SPDM_RESPONDER    "\x2b\x06\x01\x04\x01\x83\x1c\x82\x12\x03"
#define OID_COMMON_NAME       "\x55\x04\x03"

#define KEY_USAGE_DIGITAL_SIGNATURE 0x80 /* bit 0, 7 bits unused */
#define KEY_USAGE_KEY_CERT_SIGN     0x04 /* bit 5, 2 bits unused */

#define WRITE_OID(w, oid) rotor_der_write((w), ROTOR_DER_OID, (oid), sizeof(oid) - 1)

static void write_name(struct rotor_writer *w, const char *cn)
{
	size_t name = rotor_der_begin(w, ROTOR_DER_SEQUENCE);
	size_t rdn = rotor_der_begin(w, ROTOR_DER_SET);
	size_t pair = rotor_der_begin(w, ROTOR_DER_SEQUENCE);
	WRITE_OID(w, OID_COMMON_NAME);
	rotor_der_write(w, ROTOR_DER_UTF8_STRING, cn, strlen(cn));
	rotor_der_end(w, pair);
	rotor_der_end(w, rdn);
	rotor_der_end(w, name);
}

/* "YYYYMMDDhhmmssZ": years to 2049 as UTCTime, later ones as GeneralizedTime (RFC 5280, 4.1.2.5). */
static void write_time(struct rotor_writer *w, const char *time)
{
	if (memcmp(time, "1950", 4) >= 0 && memcmp(time, "2050", 4) < 0) {
		rotor_der_write(w, ROTOR_DER_UTC_TIME, time + 2, 13);
	} else {
		rotor_der_write(w, ROTOR_DER_GENERALIZED_TIME, time, 15);
	}
}

static void write_spki(struct rotor_writer *w, const struct rotor_public_key *key)
{
	size_t len;
	if (w->failed || rotor_spki_write(key, w->base + w->len, w->cap - w->len, &len)) {
		w->failed = true;
		return;
	}
	(void)rotor_write_reserve(w, len);
}

/* The leftmost 160 bits of SHA-384 of the key's BIT STRING value (RFC 7093, method 2): a hash that every device has. */
static enum rotor_status key_id(const struct rotor_crypto *crypto,
				const struct rotor_public_key *key, uint8_t id[ID_SIZE])
{
	static const uint8_t uncompressed = 0x04;
	struct rotor_bytes parts[] = {{&uncompressed, rotor_ecdsa_size(key->alg) ? 1 : 0},
				      {key->bytes, key->len}};
	uint8_t digest[ROTOR_HASH_MAX];
#if ROTOR_RSA_BITS_MAX
	uint8_t der[ROTOR_SPKI_MAX];
	if (!parts[0].len && !rotor_sig_is_eddsa(key->alg)) {
		parts[1].data = der;
		enum rotor_status written =
		    rotor_rsa_public_write(key, der, sizeof(der), &parts[1].len);
		if (written != ROTOR_OK) {
			return written;
		}
	}
#endif
	enum rotor_status status =
	    rotor_hash_parts(crypto, ROTOR_HASH_SHA384, parts, ROTOR_COUNT_OF(parts), digest);
	memcpy(id, digest, ID_SIZE);
	return status;
}

/* ---- extensions ---- */

struct extension_marks {
	size_t extension, value;
};

static struct extension_marks begin_extension(struct rotor_writer *w, const char *oid,
					      size_t oid_len, bool critical)
{
	struct extension_marks marks;
	marks.extension = rotor_der_begin(w, ROTOR_DER_SEQUENCE);
	rotor_der_write(w, ROTOR_DER_OID, oid, oid_len);
	if (critical) {
		rotor_der_write_bool(w, ROTOR_DER_BOOLEAN, true);
	}
	marks.value = rotor_der_begin(w, ROTOR_DER_OCTET_STRING);
	return marks;
}

#define BEGIN_EXTENSION(w, oid, critical) begin_extension((w), (oid), sizeof(oid) - 1, (critical))

static void end_extension(struct rotor_writer *w, struct extension_marks marks)
{
	rotor_der_end(w, marks.value);
	rotor_der_end(w, marks.extension);
}

static void write_basic_constraints(struct rotor_writer *w, const struct rotor_cert_template *t)
{
	struct extension_marks marks = BEGIN_EXTENSION(w, OID_BASIC_CONSTRAINTS, true);
	size_t seq = rotor_der_begin(w, ROTOR_DER_SEQUENCE);
	if (t->is_ca) {
		rotor_der_write_bool(w, ROTOR_DER_BOOLEAN, true);
		rotor_der_write_uint(w, ROTOR_DER_INTEGER, t->path_len);
	}
	rotor_der_end(w, seq);
	end_extension(w, marks);
}

static void write_key_usage(struct rotor_writer *w, const struct rotor_cert_template *t)
{
	struct extension_marks marks = BEGIN_EXTENSION(w, OID_KEY_USAGE, true);
	uint8_t usage = t->is_ca ? KEY_USAGE_KEY_CERT_SIGN : KEY_USAGE_DIGITAL_SIGNATURE;
	rotor_der_write_bits(w, ROTOR_DER_BIT_STRING, &usage, 1, t->is_ca ? 2 : 7);
	end_extension(w, marks);
}

static void write_key_ids(struct rotor_writer *w, const uint8_t *subject, const uint8_t *issuer)
{
	struct extension_marks marks = BEGIN_EXTENSION(w, OID_SUBJECT_KEY_ID, false);
	rotor_der_write(w, ROTOR_DER_OCTET_STRING, subject, ID_SIZE);
	end_extension(w, marks);
	marks = BEGIN_EXTENSION(w, OID_AUTHORITY_KEY_ID, false);
	size_t seq = rotor_der_begin(w, ROTOR_DER_SEQUENCE);
	rotor_der_write(w, ROTOR_DER_CONTEXT(0), issuer, ID_SIZE);
	rotor_der_end(w, seq);
	end_extension(w, marks);
}

static void write_extensions(struct rotor_writer *w, const struct rotor_cert_template *t,
			     const uint8_t *subject_id, const uint8_t *issuer_id)
{
	size_t outer = rotor_der_begin(w, ROTOR_DER_CONTEXT_CONSTRUCTED(3));
	size_t list = rotor_der_begin(w, ROTOR_DER_SEQUENCE);
	write_basic_constraints(w, t);
	write_key_usage(w, t);
	write_key_ids(w, subject_id, issuer_id);
	if (t->spdm_responder) {
		struct extension_marks marks = BEGIN_EXTENSION(w, OID_EXT_KEY_USAGE, false);
		size_t seq = rotor_der_begin(w, ROTOR_DER_SEQUENCE);
		WRITE_OID(w, OID_SPDM_RESPONDER);
		rotor_der_end(w, seq);
		end_extension(w, marks);
	}
	if (t->tcb_info.len) {
		/* Not critical, against TCG's advice: the common libraries refuse what they do not know. */
		struct extension_marks marks = BEGIN_EXTENSION(w, OID_TCB_INFO, false);
		rotor_write_bytes(w, t->tcb_info.data, t->tcb_info.len);
		end_extension(w, marks);
	}
	rotor_der_end(w, list);
	rotor_der_end(w, outer);
}

/* ---- signing ---- */

/* The signature over a part, raw. */
static enum rotor_status sign_part(const struct rotor_crypto *crypto, struct rotor_bytes part,
				   const struct rotor_signer *signer, struct rotor_crypto_job *job,
				   enum rotor_hash_alg hash, uint8_t *sig)
{
	uint8_t digest[ROTOR_HASH_MAX];
#if ROTOR_CRYPTO_EDDSA
	if (rotor_sig_is_eddsa(signer->alg)) {
		return signer->sign_message ? signer->sign_message(signer, job, part, sig)
					    : ROTOR_ERR_UNSUPPORTED;
	}
#endif
	enum rotor_status status = rotor_hash_parts(crypto, hash, &part, 1, digest);
	return status == ROTOR_OK ? signer->sign(signer, job, hash, digest, sig) : status;
}

/* Adds a raw signature in the form that certificates have. */
static enum rotor_status append_signature(struct rotor_writer *w, enum rotor_sig_alg alg,
					  const uint8_t *sig)
{
	size_t len;
	if (!rotor_ecdsa_size(alg)) {
		rotor_write_bytes(w, sig, rotor_sig_size(alg));
		return w->failed ? ROTOR_ERR_SPACE : ROTOR_OK;
	}
	enum rotor_status status =
	    rotor_ecdsa_to_der(alg, sig, w->base + w->len, w->cap - w->len, &len);
	if (status == ROTOR_OK) {
		(void)rotor_write_reserve(w, len);
	}
	return status;
}

/* Signs what was written from `from` on, and adds the signature's algorithm and value. */
static enum rotor_status sign_and_append(const struct rotor_crypto *crypto, struct rotor_writer *w,
					 size_t from, const struct rotor_signer *signer,
					 struct rotor_crypto_job *job)
{
	uint8_t sig[ROTOR_SIGNATURE_MAX];
	if (w->failed) {
		return ROTOR_ERR_SPACE;
	}
	const struct rotor_bytes part = {w->base + from, w->len - from};
	const struct rotor_x509_algorithm algorithm = rotor_x509_algorithm_for(signer->alg);
	enum rotor_status status = sign_part(crypto, part, signer, job, algorithm.hash, sig);
	if (status != ROTOR_OK) {
		return status;
	}
	rotor_x509_algorithm_write(w, algorithm);
	size_t bits = rotor_der_begin(w, ROTOR_DER_BIT_STRING);
	rotor_write_u8(w, 0);
	if (w->failed) {
		return ROTOR_ERR_SPACE;
	}
	status = append_signature(w, signer->alg, sig);
	if (status == ROTOR_OK) {
		rotor_der_end(w, bits);
	}
	return status;
}

static void write_tbs(struct rotor_writer *w, const struct rotor_cert_template *t,
		      enum rotor_sig_alg alg, const uint8_t *subject_id, const uint8_t *issuer_id)
{
	uint8_t serial[ID_SIZE];
	memcpy(serial, subject_id, ID_SIZE);
	serial[0] = (serial[0] & 0x7f) | 0x40; /* positive, never zero, always of this size */
	size_t tbs = rotor_der_begin(w, ROTOR_DER_SEQUENCE);
	size_t version = rotor_der_begin(w, ROTOR_DER_CONTEXT_CONSTRUCTED(0));
	rotor_der_write_uint(w, ROTOR_DER_INTEGER, 2);
	rotor_der_end(w, version);
	rotor_der_write_magnitude(w, ROTOR_DER_INTEGER, serial, ID_SIZE);
	rotor_x509_algorithm_write(w, rotor_x509_algorithm_for(alg));
	if (t->issuer.len) {
		rotor_write_bytes(w, t->issuer.data, t->issuer.len);
	} else {
		write_name(w, t->subject_cn);
	}
	size_t validity = rotor_der_begin(w, ROTOR_DER_SEQUENCE);
	write_time(w, t->not_before);
	write_time(w, t->not_after);
	rotor_der_end(w, validity);
	write_name(w, t->subject_cn);
	write_spki(w, t->key);
	write_extensions(w, t, subject_id, issuer_id);
	rotor_der_end(w, tbs);
}

static bool name_fits(const char *cn)
{
	return cn && cn[0] && strlen(cn) <= CN_MAX;
}

static bool time_fits(const char *time)
{
	return time && strlen(time) == 15 && time[14] == 'Z';
}

enum rotor_status rotor_cert_write(const struct rotor_crypto *crypto,
				   const struct rotor_cert_template *t,
				   const struct rotor_signer *issuer, struct rotor_crypto_job *job,
				   uint8_t *der, size_t cap, size_t *len)
{
	uint8_t subject_id[ID_SIZE];
	uint8_t issuer_id[ID_SIZE];
	*len = 0;
	if (!name_fits(t->subject_cn) || !time_fits(t->not_before) || !time_fits(t->not_after) ||
	    rotor_sig_size(issuer->alg) == 0 || rotor_sig_size(t->key->alg) == 0) {
		return ROTOR_ERR_ARGUMENT;
	}
	enum rotor_status status = key_id(crypto, t->key, subject_id);
	if (status == ROTOR_OK) {
		status = key_id(crypto, t->issuer_key, issuer_id);
	}
	if (status != ROTOR_OK) {
		return status;
	}
	struct rotor_writer w = rotor_writer(der, cap);
	size_t cert = rotor_der_begin(&w, ROTOR_DER_SEQUENCE);
	write_tbs(&w, t, issuer->alg, subject_id, issuer_id);
	status = sign_and_append(crypto, &w, cert, issuer, job);
	if (status != ROTOR_OK) {
		return status;
	}
	rotor_der_end(&w, cert);
	return rotor_writer_end(&w, len);
}

enum rotor_status rotor_csr_write(const struct rotor_crypto *crypto, const char *subject_cn,
				  const struct rotor_public_key *key,
				  const struct rotor_signer *signer, struct rotor_crypto_job *job,
				  uint8_t *der, size_t cap, size_t *len)
{
	*len = 0;
	if (!name_fits(subject_cn) || rotor_sig_size(signer->alg) == 0 ||
	    rotor_sig_size(key->alg) == 0) {
		return ROTOR_ERR_ARGUMENT;
	}
	struct rotor_writer w = rotor_writer(der, cap);
	size_t csr = rotor_der_begin(&w, ROTOR_DER_SEQUENCE);
	size_t info = rotor_der_begin(&w, ROTOR_DER_SEQUENCE);
	rotor_der_write_uint(&w, ROTOR_DER_INTEGER, 0);
	write_name(&w, subject_cn);
	write_spki(&w, key);
	size_t attributes = rotor_der_begin(&w, ROTOR_DER_CONTEXT_CONSTRUCTED(0));
	rotor_der_end(&w, attributes);
	rotor_der_end(&w, info);
	enum rotor_status status = sign_and_append(crypto, &w, csr, signer, job);
	if (status != ROTOR_OK) {
		return status;
	}
	rotor_der_end(&w, csr);
	return rotor_writer_end(&w, len);
}
