/* SPDX-License-Identifier: Apache-2.0 */
/* Reading one X.509 certificate (RFC 5280). */
#include <limits.h>
#include <string.h>

#include "crypto/x509.h"
#include "rotor/der.h"

#define OID(text)                                                                                  \
	{                                                                                          \
		(const uint8_t *)(text), sizeof(text) - 1                                          \
	}

/* ---- time ---- */

#if ROTOR_CERT_TIMES
static unsigned two_digits(struct rotor_reader *r)
{
	unsigned high = rotor_read_u8(r) - '0';
	unsigned low = rotor_read_u8(r) - '0';
	if (high > 9 || low > 9) {
		rotor_reader_fail(r);
		return 0;
	}
	return high * 10 + low;
}

/* Days from 1970-01-01 to a day of the proleptic Gregorian calendar. */
static int64_t days_from_epoch(unsigned year, unsigned month, unsigned day)
{
	/* Counted in years that begin in March, so that the leap day is a year's last. */
	unsigned y = month <= 2 ? year - 1 : year;
	unsigned m = month <= 2 ? month + 9 : month - 3;
	int64_t days = (int64_t)y * 365 + y / 4 - y / 100 + y / 400;
	return days + (153 * m + 2) / 5 + day - 1 - 719468;
}

static rotor_time read_time(struct rotor_reader *validity)
{
	static const uint8_t month_days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool utc = rotor_der_next_is(validity, ROTOR_DER_UTC_TIME);
	struct rotor_reader r =
	    rotor_der_enter(validity, utc ? ROTOR_DER_UTC_TIME : ROTOR_DER_GENERALIZED_TIME);
	unsigned year = utc ? 0 : two_digits(&r) * 100;
	year += two_digits(&r);
	if (utc) {
		year += year < 50 ? 2000 : 1900;
	}
	unsigned month = two_digits(&r);
	unsigned day = two_digits(&r);
	unsigned hour = two_digits(&r);
	unsigned minute = two_digits(&r);
	unsigned second = two_digits(&r);
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	bool ok = rotor_read_u8(&r) == 'Z' && rotor_reader_end(&r) == ROTOR_OK && year > 0 &&
		  month >= 1 && month <= 12 && day >= 1 && day <= month_days[month - 1] &&
		  (leap || month != 2 || day < 29) && hour < 24 && minute < 60 && second < 60;
	if (!ok) {
		rotor_reader_fail(validity);
		return 0;
	}
	return ((days_from_epoch(year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
}
#else
static rotor_time read_time(struct rotor_reader *validity)
{
	bool utc = rotor_der_next_is(validity, ROTOR_DER_UTC_TIME);
	(void)rotor_der_read(validity, utc ? ROTOR_DER_UTC_TIME : ROTOR_DER_GENERALIZED_TIME);
	return 0;
}
#endif

/* ---- extensions ---- */

/* Each reads an extension's value, and fails the reader if it is not what it should be. */
typedef void extension_reader(struct rotor_reader *value, struct rotor_x509 *out);

static void read_basic_constraints(struct rotor_reader *value, struct rotor_x509 *out)
{
	struct rotor_reader seq = rotor_der_enter(value, ROTOR_DER_SEQUENCE);
	if (rotor_der_next_is(&seq, ROTOR_DER_BOOLEAN)) {
		out->cert.is_ca = rotor_der_read_bool(&seq, ROTOR_DER_BOOLEAN);
	}
	if (rotor_der_next_is(&seq, ROTOR_DER_INTEGER)) {
		uint64_t path_len = rotor_der_read_uint(&seq, ROTOR_DER_INTEGER);
		/* Meaningless unless cA is set (RFC 5280, 4.2.1.9). */
		if (path_len > UINT16_MAX || !out->cert.is_ca) {
			rotor_reader_fail(value);
		}
		out->path_len = (int)(path_len & UINT16_MAX);
	}
	if (rotor_reader_end(&seq)) {
		rotor_reader_fail(value);
	}
}

static void read_key_usage(struct rotor_reader *value, struct rotor_x509 *out)
{
	uint8_t unused;
	struct rotor_bytes bits = rotor_der_read_bits(value, ROTOR_DER_BIT_STRING, &unused);
	uint8_t first = bits.len ? bits.data[0] : 0;
	out->cert.has_key_usage = true;
	out->cert.may_sign = first & 0x80;
	out->cert.may_certify = first & 0x04;
}

static void read_ext_key_usage(struct rotor_reader *value, struct rotor_x509 *out)
{
	static const struct rotor_bytes responder = OID("\x2b\x06\x01\x04\x01\x83\x1c\x82\x12\x03");
	static const struct rotor_bytes requester = OID("\x2b\x06\x01\x04\x01\x83\x1c\x82\x12\x04");
	struct rotor_reader seq = rotor_der_enter(value, ROTOR_DER_SEQUENCE);
	do {
		struct rotor_bytes oid = rotor_der_read(&seq, ROTOR_DER_OID);
		out->cert.spdm_responder |= rotor_bytes_equal(oid, responder);
		out->cert.spdm_requester |= rotor_bytes_equal(oid, requester);
	} while (seq.left);
	if (rotor_reader_end(&seq)) {
		rotor_reader_fail(value);
	}
}

static void read_tcb_info(struct rotor_reader *value, struct rotor_x509 *out)
{
	out->cert.tcb_info = rotor_read_rest(value);
}

/* Names that only a path check with name rules would look at; rotor's identities are keys. */
static void accept_any(struct rotor_reader *value, struct rotor_x509 *out)
{
	(void)out;
	(void)rotor_read_rest(value);
}

static const struct {
	struct rotor_bytes oid;
	extension_reader *read;
} extensions[] = {
    {OID("\x55\x1d\x13"), read_basic_constraints},
    {OID("\x55\x1d\x0f"), read_key_usage},
    {OID("\x55\x1d\x25"), read_ext_key_usage},
    {OID("\x67\x81\x05\x05\x04\x01"), read_tcb_info},
    {OID("\x55\x1d\x11"), accept_any}, /* subjectAltName */
};

/* Reads one Extension; seen has a bit for each known one met so far. */
static enum rotor_status read_extension(struct rotor_reader *list, uint32_t *seen,
					struct rotor_x509 *out)
{
	struct rotor_reader ext = rotor_der_enter(list, ROTOR_DER_SEQUENCE);
	struct rotor_bytes oid = rotor_der_read(&ext, ROTOR_DER_OID);
	bool critical = rotor_der_next_is(&ext, ROTOR_DER_BOOLEAN) &&
			rotor_der_read_bool(&ext, ROTOR_DER_BOOLEAN);
	struct rotor_reader value = rotor_der_enter(&ext, ROTOR_DER_OCTET_STRING);
	if (rotor_reader_end(&ext)) {
		return ROTOR_ERR_FORMAT;
	}
	for (size_t i = 0; i < ROTOR_COUNT_OF(extensions); i++) {
		if (!rotor_bytes_equal(oid, extensions[i].oid)) {
			continue;
		}
		if (*seen & UINT32_C(1) << i) {
			return ROTOR_ERR_FORMAT;
		}
		*seen |= UINT32_C(1) << i;
		extensions[i].read(&value, out);
		return rotor_reader_end(&value) ? ROTOR_ERR_FORMAT : ROTOR_OK;
	}
	return critical ? ROTOR_ERR_UNSUPPORTED : ROTOR_OK;
}

static enum rotor_status read_extensions(struct rotor_reader *tbs, struct rotor_x509 *out)
{
	struct rotor_reader outer = rotor_der_enter(tbs, ROTOR_DER_CONTEXT_CONSTRUCTED(3));
	struct rotor_reader list = rotor_der_enter(&outer, ROTOR_DER_SEQUENCE);
	uint32_t seen = 0;
	enum rotor_status status = ROTOR_OK;
	do {
		status = read_extension(&list, &seen, out);
	} while (status == ROTOR_OK && list.left);
	if (status == ROTOR_OK && (rotor_reader_end(&list) || rotor_reader_end(&outer))) {
		status = ROTOR_ERR_FORMAT;
	}
	return status;
}

struct rotor_bytes rotor_name_common_name(struct rotor_bytes name)
{
	static const struct rotor_bytes common_name = OID("\x55\x04\x03");
	struct rotor_reader r = rotor_reader(name.data, name.len);
	struct rotor_reader rdns = rotor_der_enter(&r, ROTOR_DER_SEQUENCE);
	struct rotor_bytes found = {0};
	while (rdns.left) {
		struct rotor_reader set = rotor_der_enter(&rdns, ROTOR_DER_SET);
		while (set.left) {
			struct rotor_reader pair = rotor_der_enter(&set, ROTOR_DER_SEQUENCE);
			struct rotor_bytes oid = rotor_der_read(&pair, ROTOR_DER_OID);
			uint8_t tag;
			struct rotor_bytes value = rotor_der_read_any(&pair, &tag);
			if (rotor_bytes_equal(oid, common_name) &&
			    (tag == ROTOR_DER_UTF8_STRING || tag == ROTOR_DER_PRINTABLE_STRING)) {
				found = value;
			}
		}
	}
	return found;
}

/* ---- the certificate ---- */

void rotor_x509_drop_key(struct rotor_cert *cert, uint32_t sigs)
{
	if (!(sigs & ROTOR_BIT(cert->key.alg))) {
		memset(&cert->key, 0, sizeof(cert->key));
	}
}

/* version [0] EXPLICIT DEFAULT v1: 1, 2 or 3. */
static unsigned read_version(struct rotor_reader *tbs)
{
	if (!rotor_der_next_is(tbs, ROTOR_DER_CONTEXT_CONSTRUCTED(0))) {
		return 1;
	}
	struct rotor_reader explicit = rotor_der_enter(tbs, ROTOR_DER_CONTEXT_CONSTRUCTED(0));
	uint64_t version = rotor_der_read_uint(&explicit, ROTOR_DER_INTEGER);
	if (rotor_reader_end(&explicit) || version > 2) {
		rotor_reader_fail(tbs);
	}
	return (unsigned)version + 1;
}

static enum rotor_status read_tbs(struct rotor_reader *tbs, struct rotor_bytes sig_alg,
				  struct rotor_x509 *out)
{
	struct rotor_cert *cert = &out->cert;
	unsigned version = read_version(tbs);
	(void)rotor_der_read(tbs, ROTOR_DER_INTEGER); /* serial number: any, some are negative */
	bool same_alg = rotor_bytes_equal(rotor_der_read_element(tbs, ROTOR_DER_SEQUENCE), sig_alg);
	cert->issuer = rotor_der_read_element(tbs, ROTOR_DER_SEQUENCE);
	struct rotor_reader validity = rotor_der_enter(tbs, ROTOR_DER_SEQUENCE);
	cert->not_before = read_time(&validity);
	cert->not_after = read_time(&validity);
	cert->subject = rotor_der_read_element(tbs, ROTOR_DER_SEQUENCE);
	struct rotor_bytes spki = rotor_der_read_element(tbs, ROTOR_DER_SEQUENCE);
	if (rotor_reader_end(&validity) || rotor_reader_status(tbs) || !same_alg) {
		return ROTOR_ERR_FORMAT;
	}
	enum rotor_status status = rotor_spki_read(spki.data, spki.len, &cert->key);
	if (status != ROTOR_OK && status != ROTOR_ERR_UNSUPPORTED) {
		return status;
	}
	for (uint8_t id = 1; id <= 2; id++) { /* issuerUniqueID, subjectUniqueID */
		if (version >= 2 && rotor_der_next_is(tbs, ROTOR_DER_CONTEXT(id))) {
			(void)rotor_der_read(tbs, ROTOR_DER_CONTEXT(id));
		}
	}
	status = ROTOR_OK;
	if (version == 3 && rotor_der_next_is(tbs, ROTOR_DER_CONTEXT_CONSTRUCTED(3))) {
		status = read_extensions(tbs, out);
	}
	if (status == ROTOR_OK && rotor_reader_end(tbs)) {
		status = ROTOR_ERR_FORMAT;
	}
	return status;
}

enum rotor_status rotor_x509_read(const uint8_t *der, size_t len, struct rotor_x509 *out)
{
	memset(out, 0, sizeof(*out));
	out->path_len = X509_NO_PATH_LEN;
	out->cert.der.data = der;
	out->cert.der.len = len;
	struct rotor_reader r = rotor_reader(der, len);
	struct rotor_reader cert = rotor_der_enter(&r, ROTOR_DER_SEQUENCE);
	out->tbs = rotor_der_read_element(&cert, ROTOR_DER_SEQUENCE);
	struct rotor_bytes sig_alg = rotor_der_read_element(&cert, ROTOR_DER_SEQUENCE);
	out->signature = rotor_der_read_bits(&cert, ROTOR_DER_BIT_STRING, NULL);
	if (rotor_reader_end(&cert) || rotor_reader_end(&r)) {
		return ROTOR_ERR_FORMAT;
	}
	out->algorithm = rotor_x509_algorithm_read(sig_alg);
	struct rotor_reader whole = rotor_reader(out->tbs.data, out->tbs.len);
	struct rotor_reader tbs = rotor_der_enter(&whole, ROTOR_DER_SEQUENCE);
	return read_tbs(&tbs, sig_alg, out);
}
