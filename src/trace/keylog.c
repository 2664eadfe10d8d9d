/* SPDX-License-Identifier: Apache-2.0 */
/* The key log: docs/trace.md says what its lines look like. */
#include <string.h>

#include "trace/out.h"

static const char *const secret_names[2][2] = {
    {"handshake-request", "handshake-response"},
    {"data-request", "data-response"},
};

static const struct {
	const char *name;
	uint8_t version;
} versions[] = {{"1.1", ROTOR_SPDM_V11}, {"1.2", ROTOR_SPDM_V12}, {"1.3", ROTOR_SPDM_V13}};

/* ---- reading ---- */

/* A word of a line. */
struct word {
	const char *at;
	size_t len;
};

static bool is(struct word w, const char *s)
{
	return w.len == strlen(s) && memcmp(w.at, s, w.len) == 0;
}

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct word next_word(const char **at, const char *end)
{
	while (*at < end && blank(**at)) {
		(*at)++;
	}
	struct word w = {*at, 0};
	while (*at < end && !blank(**at)) {
		(*at)++;
		w.len++;
	}
	return w;
}

static int digit_of(char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	if (c >= 'a' && c <= 'f') {
		return c - 'a' + 10;
	}
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool read_hex(struct word w, uint8_t *out, size_t size)
{
	if (w.len != 2 * size) {
		return false;
	}
	for (size_t i = 0; i < size; i++) {
		int high = digit_of(w.at[2 * i]);
		int low = digit_of(w.at[2 * i + 1]);
		if (high < 0 || low < 0) {
			return false;
		}
		out[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

/* The rotor enum of an algorithm of that name; 0 if there is none. */
static unsigned alg_named(enum rotor_spdm_family family, struct word w)
{
	for (unsigned bit = 0; bit < 32; bit++) {
		if (is(w, rotor_spdm_algorithm_name(family, UINT32_C(1) << bit))) {
			return rotor_spdm_algorithm_alg(family, UINT32_C(1) << bit);
		}
	}
	return 0;
}

static enum rotor_status read_suite(struct rotor_trace *t, uint32_t id, const char *at,
				    const char *end)
{
	struct rotor_trace_session s = {.id = id};
	struct word version = next_word(&at, end);
	for (size_t i = 0; i < ROTOR_COUNT_OF(versions); i++) {
		if (is(version, versions[i].name)) {
			s.version = versions[i].version;
		}
	}
	s.hash = (enum rotor_hash_alg)alg_named(ROTOR_SPDM_FAMILY_HASH, next_word(&at, end));
	s.aead = (enum rotor_aead_alg)alg_named(ROTOR_SPDM_FAMILY_AEAD, next_word(&at, end));
	if (!s.version || !s.hash || !s.aead || next_word(&at, end).len) {
		return ROTOR_ERR_FORMAT;
	}
	if (t->session_count == ROTOR_TRACE_SESSIONS) {
		return ROTOR_ERR_SPACE;
	}
	t->sessions[t->session_count++] = s;
	return ROTOR_OK;
}

static enum rotor_status read_secret(struct rotor_trace *t, uint32_t id, struct word name,
				     const char *at, const char *end)
{
	struct rotor_trace_session *s = NULL;
	for (size_t i = t->session_count; i-- > 0 && !s;) {
		s = t->sessions[i].id == id ? &t->sessions[i] : NULL;
	}
	struct word value = next_word(&at, end);
	uint8_t secret[ROTOR_HASH_MAX];
	enum rotor_status status = ROTOR_ERR_FORMAT;
	for (int i = 0; s && i < 4; i++) {
		struct rotor_trace_keys *k = &s->keys[i / 2][i % 2];
		size_t size = rotor_hash_size(s->hash);
		if (is(name, secret_names[i / 2][i % 2]) && read_hex(value, secret, size) &&
		    !next_word(&at, end).len) {
			memcpy(k->secret, secret, size);
			k->known = true;
			status = ROTOR_OK;
		}
	}
	rotor_wipe(secret, sizeof(secret));
	return status;
}

enum rotor_status rotor_trace_keylog_line(struct rotor_trace *t, const char *line, size_t len)
{
	const char *at = line;
	const char *end = line + len;
	uint8_t bytes[4];
	struct word first = next_word(&at, end);
	if (!first.len || first.at[0] == '#') {
		return ROTOR_OK;
	}
	if (!is(first, "SPDM") || !read_hex(next_word(&at, end), bytes, sizeof(bytes))) {
		return ROTOR_ERR_FORMAT;
	}
	struct rotor_reader r = rotor_reader(bytes, sizeof(bytes));
	uint32_t id = rotor_read_u32be(&r);
	struct word name = next_word(&at, end);
	return is(name, "suite") ? read_suite(t, id, at, end) : read_secret(t, id, name, at, end);
}

/* ---- writing ---- */

static void put_start(struct text *x, uint32_t id, const char *name)
{
	trace_put(x, "SPDM ");
	trace_put_hex(x, id, 8);
	trace_put(x, " ");
	trace_put(x, name);
	trace_put(x, " ");
}

static void put_secret(struct text *x, const struct rotor_spdm_secrets *s, int side,
		       struct rotor_bytes secret)
{
	put_start(x, s->session_id, secret_names[s->data][side]);
	for (size_t i = 0; i < secret.len; i++) {
		trace_put_hex(x, secret.data[i], 2);
	}
	trace_put(x, "\n");
}

enum rotor_status rotor_trace_keylog_write(const struct rotor_spdm_secrets *secrets, char *text,
					   size_t cap, size_t *len)
{
	struct text x = trace_text(text, cap);
	size_t size = rotor_hash_size(secrets->suite.hash);
	uint32_t hash = rotor_spdm_algorithm_bit(ROTOR_SPDM_FAMILY_HASH, secrets->suite.hash);
	uint32_t aead = rotor_spdm_algorithm_bit(ROTOR_SPDM_FAMILY_AEAD, secrets->suite.aead);
	*len = 0;
	if (!hash || !aead || secrets->request.len != size || secrets->response.len != size) {
		return ROTOR_ERR_ARGUMENT;
	}
	if (!secrets->data) {
		put_start(&x, secrets->session_id, "suite");
		trace_put(&x, rotor_spdm_version_name(secrets->version));
		trace_put(&x, " ");
		trace_put(&x, rotor_spdm_algorithm_name(ROTOR_SPDM_FAMILY_HASH, hash));
		trace_put(&x, " ");
		trace_put(&x, rotor_spdm_algorithm_name(ROTOR_SPDM_FAMILY_AEAD, aead));
		trace_put(&x, "\n");
	}
	put_secret(&x, secrets, 0, secrets->request);
	put_secret(&x, secrets, 1, secrets->response);
	if (x.full) {
		rotor_wipe(text, cap);
		return ROTOR_ERR_SPACE;
	}
	*len = x.len;
	return ROTOR_OK;
}
