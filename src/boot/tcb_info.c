/* SPDX-License-Identifier: Apache-2.0 */
/* TCG's DiceTcbInfo, read and written. All its fields have IMPLICIT context tags. */
#include <string.h>

#include "rotor/boot_dice.h"
#include "rotor/der.h"

#define TAG_VENDOR  ROTOR_DER_CONTEXT(0)
#define TAG_MODEL   ROTOR_DER_CONTEXT(1)
#define TAG_VERSION ROTOR_DER_CONTEXT(2)
#define TAG_SVN     ROTOR_DER_CONTEXT(3)
#define TAG_FWIDS   ROTOR_DER_CONTEXT_CONSTRUCTED(6)

/* Content of the OIDs 2.16.840.1.101.3.4.2.1 to 3. */
static const uint8_t sha256_oid[] = {0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01};
static const uint8_t sha384_oid[] = {0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02};
static const uint8_t sha512_oid[] = {0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03};

static const struct {
	enum rotor_hash_alg alg;
	struct rotor_bytes oid;
} hash_oids[] = {
    {ROTOR_HASH_SHA256, {sha256_oid, sizeof(sha256_oid)}},
    {ROTOR_HASH_SHA384, {sha384_oid, sizeof(sha384_oid)}},
    {ROTOR_HASH_SHA512, {sha512_oid, sizeof(sha512_oid)}},
};

static struct rotor_bytes oid_of(enum rotor_hash_alg alg)
{
	for (size_t i = 0; i < ROTOR_COUNT_OF(hash_oids); i++) {
		if (hash_oids[i].alg == alg) {
			return hash_oids[i].oid;
		}
	}
	return (struct rotor_bytes){NULL, 0};
}

static enum rotor_hash_alg alg_of(struct rotor_bytes oid)
{
	for (size_t i = 0; i < ROTOR_COUNT_OF(hash_oids); i++) {
		if (rotor_bytes_equal(hash_oids[i].oid, oid)) {
			return hash_oids[i].alg;
		}
	}
	return ROTOR_HASH_NONE;
}

/* ---- writing ---- */

static void write_text(struct rotor_writer *w, uint8_t tag, struct rotor_bytes text)
{
	if (text.len > 0) {
		rotor_der_write(w, tag, text.data, text.len);
	}
}

enum rotor_status rotor_dice_tcb_info_write(const struct rotor_dice_tcb_info *info, uint8_t *der,
					    size_t cap, size_t *len)
{
	struct rotor_bytes oid = oid_of(info->fwid_alg);
	if (info->fwid_alg != ROTOR_HASH_NONE &&
	    (oid.len == 0 || info->fwid.len != rotor_hash_size(info->fwid_alg))) {
		return ROTOR_ERR_ARGUMENT;
	}
	struct rotor_writer w = rotor_writer(der, cap);
	size_t whole = rotor_der_begin(&w, ROTOR_DER_SEQUENCE);
	write_text(&w, TAG_VENDOR, info->vendor);
	write_text(&w, TAG_MODEL, info->model);
	write_text(&w, TAG_VERSION, info->version);
	if (info->has_svn) {
		rotor_der_write_uint(&w, TAG_SVN, info->svn);
	}
	if (info->fwid_alg != ROTOR_HASH_NONE) {
		size_t list = rotor_der_begin(&w, TAG_FWIDS);
		size_t fwid = rotor_der_begin(&w, ROTOR_DER_SEQUENCE);
		rotor_der_write(&w, ROTOR_DER_OID, oid.data, oid.len);
		rotor_der_write(&w, ROTOR_DER_OCTET_STRING, info->fwid.data, info->fwid.len);
		rotor_der_end(&w, fwid);
		rotor_der_end(&w, list);
	}
	rotor_der_end(&w, whole);
	return rotor_writer_end(&w, len);
}

/* ---- reading ---- */

/* Takes the first FWID of a known kind; false if one is malformed. */
static bool read_fwids(struct rotor_bytes list, struct rotor_dice_tcb_info *out)
{
	struct rotor_reader r = rotor_reader(list.data, list.len);
	while (r.left > 0 && !r.failed) {
		struct rotor_reader fwid = rotor_der_enter(&r, ROTOR_DER_SEQUENCE);
		enum rotor_hash_alg alg = alg_of(rotor_der_read(&fwid, ROTOR_DER_OID));
		struct rotor_bytes digest = rotor_der_read(&fwid, ROTOR_DER_OCTET_STRING);
		if (rotor_reader_end(&fwid) != ROTOR_OK) {
			return false;
		}
		if (alg == ROTOR_HASH_NONE || out->fwid_alg != ROTOR_HASH_NONE) {
			continue;
		}
		if (digest.len != rotor_hash_size(alg)) {
			return false;
		}
		out->fwid_alg = alg;
		out->fwid = digest;
	}
	return rotor_reader_end(&r) == ROTOR_OK;
}

enum rotor_status rotor_dice_tcb_info_read(const uint8_t *der, size_t len,
					   struct rotor_dice_tcb_info *out)
{
	*out = (struct rotor_dice_tcb_info){0};
	struct rotor_reader r = rotor_reader(der, len);
	struct rotor_reader seq = rotor_der_enter(&r, ROTOR_DER_SEQUENCE);
	if (rotor_der_next_is(&seq, TAG_VENDOR)) {
		out->vendor = rotor_der_read(&seq, TAG_VENDOR);
	}
	if (rotor_der_next_is(&seq, TAG_MODEL)) {
		out->model = rotor_der_read(&seq, TAG_MODEL);
	}
	if (rotor_der_next_is(&seq, TAG_VERSION)) {
		out->version = rotor_der_read(&seq, TAG_VERSION);
	}
	if (rotor_der_next_is(&seq, TAG_SVN)) {
		out->has_svn = true;
		out->svn = rotor_der_read_uint(&seq, TAG_SVN);
	}
	/* The rest may be layer [4], index [5], fwids [6], flags [7] and later fields, in this order. */
	uint8_t last = 3;
	bool good = true;
	while (seq.left > 0 && !seq.failed) {
		uint8_t tag;
		struct rotor_bytes value = rotor_der_read_any(&seq, &tag);
		uint8_t number = tag & 0x1f;
		if ((tag & 0xc0) != 0x80 || number <= last) {
			good = false;
		} else if (tag == TAG_FWIDS) {
			good = good && value.len > 0 && read_fwids(value, out);
		}
		last = number;
	}
	if (!good || rotor_reader_end(&seq) != ROTOR_OK || rotor_reader_end(&r) != ROTOR_OK) {
		*out = (struct rotor_dice_tcb_info){0};
		return ROTOR_ERR_FORMAT;
	}
	return ROTOR_OK;
}
