/* SPDX-License-Identifier: Apache-2.0 */
#include "evidence.h"

#include <stdlib.h>
#include <string.h>

#include "rotor/host_pki.h"
#include "rotor_cli.h"

/* ---- writing ---- */

static json_t *hex(const uint8_t *bytes, size_t len)
{
	char *text = malloc(2 * len + 1);
	json_t *value = NULL;
	if (text) {
		cli_hex(bytes, len, text);
		value = json_string(text);
	}
	free(text);
	return value;
}

static json_t *hex_list(const struct rotor_bytes *views, size_t count)
{
	json_t *list = json_array();
	for (size_t i = 0; i < count; i++) {
		if (json_array_append_new(list, hex(views[i].data, views[i].len)) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static json_t *name_of(enum rotor_spdm_family family, unsigned alg)
{
	const char *name = rotor_spdm_algorithm_name(family, rotor_spdm_algorithm_bit(family, alg));
	return json_string(name ? name : "none");
}

static json_t *write_algorithms(const struct rotor_spdm_suite *s)
{
	return json_pack("{so so so}", "hash", name_of(ROTOR_SPDM_FAMILY_HASH, s->hash),
			 "signature", name_of(ROTOR_SPDM_FAMILY_ASYM, s->sig), "measurement_hash",
			 name_of(ROTOR_SPDM_FAMILY_MEAS_HASH, s->measurement_hash));
}

static json_t *write_blocks(struct rotor_bytes record)
{
	json_t *list = json_array();
	struct rotor_spdm_block b;
	while (list && rotor_spdm_next_block(&record, &b) == ROTOR_OK) {
		json_t *block = json_pack("{si ss* sb so}", "index", b.index, "type",
					  b.dmtf ? rotor_spdm_measurement_type_name(b.type) : NULL,
					  "raw", b.raw ? 1 : 0, "value",
					  hex(b.dmtf ? b.value.data : b.measurement.data,
					      b.dmtf ? b.value.len : b.measurement.len));
		if (json_array_append_new(list, block) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static const char *summary_name(uint8_t type)
{
	return type == ROTOR_SPDM_SUMMARY_ALL   ? "all"
	       : type == ROTOR_SPDM_SUMMARY_TCB ? "tcb"
						: "none";
}

json_t *evidence_write(const struct rotor_spdm_evidence *e, const struct rotor_spdm_proof *p)
{
	size_t digest = rotor_hash_size(p->peer.suite.hash);
	const struct rotor_spdm_measured *m = &p->measurements;
	char *pem = NULL;
	if (e->chain.len < 4 + digest ||
	    rotor_pki_certs_to_pem(p->chain.certs, p->chain.cert_count, &pem) != ROTOR_OK) {
		return NULL;
	}
	json_t *object = json_pack(
	    "{si ss so si ss so so s{so so ss so} s{so so so so so}}", "format", EVIDENCE_FORMAT,
	    "spdm", rotor_spdm_version_name(p->peer.version), "algorithms",
	    write_algorithms(&p->peer.suite), "slot", p->chain.slot, "chain", pem, "root_digest",
	    hex(e->chain.data + 4, digest), "vca", hex_list(e->vca, ROTOR_SPDM_EVIDENCE_VCA),
	    "challenge", "transcript", hex_list(e->challenge.at, e->challenge.count), "signature",
	    hex(e->challenge_signature.data, e->challenge_signature.len), "summary_type",
	    summary_name(p->challenge.summary_type), "summary",
	    hex(p->challenge.summary,
		p->challenge.summary_type == ROTOR_SPDM_SUMMARY_NONE ? 0 : digest),
	    "measurement", "transcript", hex_list(e->measurement.at, e->measurement.count),
	    "signature", hex(e->measurement_signature.data, e->measurement_signature.len),
	    "requester_nonce", hex(m->requester_nonce, sizeof(m->requester_nonce)),
	    "responder_nonce", hex(m->responder_nonce, sizeof(m->responder_nonce)), "blocks",
	    write_blocks(m->record));
	free(pem);
	return object;
}

/* ---- reading ---- */

static int digit(char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Takes bytes out of a string of digits, and shows where they are. */
static bool read_hex(const json_t *value, struct evidence_file *f, struct rotor_bytes *out)
{
	const char *text = json_string_value(value);
	size_t len = json_string_length(value);
	if (!text || len % 2 || len / 2 > sizeof(f->bytes) - f->used) {
		return false;
	}
	*out = (struct rotor_bytes){f->bytes + f->used, len / 2};
	for (size_t i = 0; i < len; i += 2) {
		int high = digit(text[i]);
		int low = digit(text[i + 1]);
		if (high < 0 || low < 0) {
			return false;
		}
		f->bytes[f->used++] = (uint8_t)(high << 4 | low);
	}
	return true;
}

static bool read_list(const json_t *list, struct evidence_file *f, struct rotor_bytes *out,
		      size_t most, size_t *count)
{
	*count = json_array_size(list);
	if (*count == 0 || *count > most) {
		return false;
	}
	for (size_t i = 0; i < *count; i++) {
		if (!read_hex(json_array_get(list, i), f, &out[i])) {
			return false;
		}
	}
	return true;
}

/* The chain as SPDM carries it, put together from its root's digest and its certificates. */
static const char *read_chain(const json_t *object, struct evidence_file *f)
{
	const char *pem = json_string_value(json_object_get(object, "chain"));
	struct rotor_bytes root;
	uint8_t *start = f->bytes + f->used;
	size_t len = 0;
	if (sizeof(f->bytes) - f->used < 4) {
		return "root_digest";
	}
	f->used += 4;
	if (!read_hex(json_object_get(object, "root_digest"), f, &root)) {
		return "root_digest";
	}
	if (!pem || rotor_pki_certs_from_pem(pem, f->bytes + f->used, sizeof(f->bytes) - f->used,
					     &len) != ROTOR_OK) {
		return "chain";
	}
	f->used += len;
	size_t size = 4 + root.len + len;
	if (size > UINT16_MAX) {
		return "chain";
	}
	start[0] = (uint8_t)size;
	start[1] = (uint8_t)(size >> 8);
	start[2] = start[3] = 0;
	f->evidence.chain = (struct rotor_bytes){start, size};
	return NULL;
}

const char *evidence_read(const json_t *object, struct evidence_file *f)
{
	struct rotor_spdm_evidence *e = &f->evidence;
	const json_t *challenge = json_object_get(object, "challenge");
	const json_t *measurement = json_object_get(object, "measurement");
	size_t count = 0;
	memset(f, 0, sizeof(*f));
	if (json_integer_value(json_object_get(object, "format")) != EVIDENCE_FORMAT) {
		return "format";
	}
	if (!read_list(json_object_get(object, "vca"), f, e->vca, ROTOR_SPDM_EVIDENCE_VCA,
		       &count) ||
	    count != ROTOR_SPDM_EVIDENCE_VCA) {
		return "vca";
	}
	if (!read_list(json_object_get(challenge, "transcript"), f, e->challenge.at,
		       ROTOR_SPDM_EVIDENCE_MESSAGES, &e->challenge.count) ||
	    !read_hex(json_object_get(challenge, "signature"), f, &e->challenge_signature)) {
		return "challenge";
	}
	if (!read_list(json_object_get(measurement, "transcript"), f, e->measurement.at,
		       ROTOR_SPDM_EVIDENCE_MESSAGES, &e->measurement.count) ||
	    !read_hex(json_object_get(measurement, "signature"), f, &e->measurement_signature)) {
		return "measurement";
	}
	return read_chain(object, f);
}

const char *evidence_compare(json_t *object, json_t *proven)
{
	const char *key;
	json_t *value;
	json_object_foreach(proven, key, value)
	{
		json_t *given = json_object_get(object, key);
		const char *inside = NULL;
		if (json_is_object(value)) {
			inside = json_is_object(given) ? evidence_compare(given, value) : key;
		} else if (!json_equal(given, value)) {
			inside = key;
		}
		if (inside) {
			return inside;
		}
	}
	json_object_foreach(object, key, value)
	{
		if (!json_object_get(proven, key)) {
			return key;
		}
	}
	return NULL;
}
