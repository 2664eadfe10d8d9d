/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures of whole packages: found, made, verified. */
#include "rotor/pldm_package_signature.h"

#include <string.h>

#include "pldm/package_parse.h"
#include "rotor/cbor.h"
#include "rotor/cose.h"

#define DIGEST_SIZE    48
#define FORMAT_VERSION 1
/* {0: 1, 1: kind, 2: digest} */
#define STATEMENT_SIZE (1 + 2 + 2 + 1 + 2 + DIGEST_SIZE)

enum statement_key {
	KEY_FORMAT = 0,
	KEY_KIND,
	KEY_DIGEST,
	KEY_COUNT,
};

_Static_assert(STATEMENT_SIZE + ROTOR_COSE_SIGN1_OVERHEAD == ROTOR_PACKAGE_SIGNATURE_SIZE,
	       "a carried signature has its place before it is made");

static const uint8_t announcement[] = ROTOR_PACKAGE_SIGNATURE_VERSION;
static const uint8_t context[] = "rotor package";

static const struct rotor_bytes aad = {context, sizeof(context) - 1};

struct rotor_package_component rotor_package_signature_component(void)
{
	struct rotor_package_component c;

	memset(&c, 0, sizeof(c));
	c.classification = ROTOR_PACKAGE_SIGNATURE_CLASSIFICATION;
	c.identifier = ROTOR_PACKAGE_SIGNATURE_IDENTIFIER;
	c.comparison_stamp = UINT32_MAX;
	c.size = ROTOR_PACKAGE_SIGNATURE_SIZE;
	c.version.type = ROTOR_PLDM_STRING_ASCII;
	c.version.text.data = announcement;
	c.version.text.len = sizeof(announcement) - 1;
	return c;
}

static bool announces(const struct rotor_package_component *c)
{
	return c->classification == ROTOR_PACKAGE_SIGNATURE_CLASSIFICATION &&
	       c->identifier == ROTOR_PACKAGE_SIGNATURE_IDENTIFIER &&
	       c->version.type == ROTOR_PLDM_STRING_ASCII &&
	       c->version.text.len == sizeof(announcement) - 1 &&
	       memcmp(c->version.text.data, announcement, sizeof(announcement) - 1) == 0;
}

/* A signature is for agents: a device that got it as an image could not be told what it is. */
static bool listed(const struct rotor_package *package, uint16_t index)
{
	struct rotor_package_record record;
	uint16_t i;

	for (i = 0; i < package->device_count; i++)
		if (rotor_package_device(package, i, &record) != ROTOR_OK ||
		    rotor_package_applies(&record, index))
			return true;
	for (i = 0; i < package->downstream_count; i++)
		if (rotor_package_downstream(package, i, &record) != ROTOR_OK ||
		    rotor_package_applies(&record, index))
			return true;
	return false;
}

enum rotor_status rotor_package_signature_find(const struct rotor_package *package,
					       struct rotor_package_component *out)
{
	struct package_parse p = package_parse(package, package->components);
	uint16_t i;

	for (i = 0; i < package->component_count; i++) {
		package_parse_component(&p, out);
		if (package_parse_failed(&p) || !announces(out))
			continue;
		return out->size == ROTOR_PACKAGE_SIGNATURE_SIZE &&
			       (uint64_t)out->offset + out->size == package->source.size &&
			       !listed(package, i)
			   ? ROTOR_OK
			   : ROTOR_ERR_FORMAT;
	}
	return ROTOR_ERR_NOT_FOUND;
}

/* ---- what is covered ---- */

enum rotor_status rotor_package_digest_init(struct rotor_package_digest *d,
					    const struct rotor_crypto *crypto,
					    const struct rotor_package *package,
					    enum rotor_package_signature_kind kind)
{
	struct rotor_package_component signature;
	enum rotor_status status;

	memset(d, 0, sizeof(*d));
	d->crypto = crypto;
	d->package = package;
	d->end = package->source.size;
	d->skip_from = d->skip_to = d->end;
	if (kind == ROTOR_PACKAGE_SIGNATURE_CARRIED) {
		status = rotor_package_signature_find(package, &signature);
		if (status)
			return status;
		d->skip_from =
		    package->header.len - (package->revision >= PACKAGE_HAS_MANIFEST ? 8 : 4);
		d->skip_to = package->header.len;
		d->end = signature.offset;
	}
	return crypto->hash_start(&d->hash, ROTOR_HASH_SHA384);
}

static enum rotor_status over(struct rotor_package_digest *d, enum rotor_status status)
{
	d->crypto->hash_release(&d->hash);
	return status;
}

enum rotor_status rotor_package_digest_step(struct rotor_package_digest *d, void *buf, size_t len,
					    uint8_t *digest)
{
	const struct rotor_package_source *source = &d->package->source;
	enum rotor_status status;
	uint64_t until;

	if (d->offset == d->skip_from)
		d->offset = d->skip_to;
	if (d->offset >= d->end)
		return d->crypto->hash_finish(&d->hash, digest);
	until = d->offset < d->skip_from ? d->skip_from : d->end;
	if (len > until - d->offset)
		len = (size_t)(until - d->offset);
	if (source->read(source->ctx, d->offset, buf, len) != ROTOR_OK)
		return over(d, ROTOR_ERR_IO);
	status = d->crypto->hash_update(&d->hash, buf, len);
	if (status)
		return over(d, status);
	d->offset += len;
	return ROTOR_PENDING;
}

/* ---- the signature ---- */

enum rotor_status
rotor_package_signature_write(const struct rotor_crypto *crypto, struct rotor_crypto_job *job,
			      enum rotor_package_signature_kind kind, const uint8_t *digest,
			      const struct rotor_signer *signer,
			      const struct rotor_public_key *signer_key, uint8_t *out)
{
	uint8_t statement[STATEMENT_SIZE];
	struct rotor_writer w = rotor_writer(statement, sizeof(statement));
	struct rotor_bytes payload = {statement, 0}, value = {digest, DIGEST_SIZE};
	size_t len;

	rotor_cbor_write_head(&w, ROTOR_CBOR_MAP, KEY_COUNT);
	rotor_cbor_write_uint(&w, KEY_FORMAT);
	rotor_cbor_write_uint(&w, FORMAT_VERSION);
	rotor_cbor_write_uint(&w, KEY_KIND);
	rotor_cbor_write_uint(&w, (uint64_t)kind);
	rotor_cbor_write_uint(&w, KEY_DIGEST);
	rotor_cbor_write_bytes(&w, value);
	if (rotor_writer_end(&w, &payload.len) || payload.len != STATEMENT_SIZE)
		return ROTOR_ERR_ARGUMENT;
	return rotor_cose_sign1_write(crypto, job, payload, aad, signer, signer_key, out,
				      ROTOR_PACKAGE_SIGNATURE_SIZE, &len);
}

/* Called only with bytes that a trusted key has signed. */
static enum rotor_status compare(struct rotor_bytes statement,
				 enum rotor_package_signature_kind kind, const uint8_t *digest)
{
	struct rotor_reader r = rotor_reader(statement.data, statement.len);
	size_t pairs = rotor_cbor_read_head(&r, ROTOR_CBOR_MAP);
	uint64_t format_key = rotor_cbor_read_uint(&r), format = rotor_cbor_read_uint(&r);
	uint64_t kind_key = rotor_cbor_read_uint(&r), found = rotor_cbor_read_uint(&r);
	uint64_t digest_key = rotor_cbor_read_uint(&r);
	struct rotor_bytes value = rotor_cbor_read_bytes(&r);

	if (rotor_reader_end(&r) != ROTOR_OK || pairs != KEY_COUNT || format_key != KEY_FORMAT ||
	    kind_key != KEY_KIND || digest_key != KEY_DIGEST || value.len != DIGEST_SIZE)
		return ROTOR_ERR_FORMAT;
	if (format != FORMAT_VERSION)
		return ROTOR_ERR_UNSUPPORTED;
	return found == (uint64_t)kind && memcmp(value.data, digest, DIGEST_SIZE) == 0
		   ? ROTOR_OK
		   : ROTOR_ERR_VERIFY;
}

enum rotor_status
rotor_package_signature_verify(const struct rotor_crypto *crypto, struct rotor_crypto_job *job,
			       struct rotor_bytes signature, enum rotor_package_signature_kind kind,
			       const uint8_t *digest, const struct rotor_public_key *signers,
			       size_t signer_count)
{
	struct rotor_bytes statement;
	enum rotor_status status =
	    rotor_cose_sign1_open(crypto, job, signature, aad, signers, signer_count, &statement);

	return status ? status : compare(statement, kind, digest);
}
