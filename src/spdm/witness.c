/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps the messages of a conversation that its signatures are over. */
#include <string.h>

#include "rotor/spdm_evidence.h"
#include "spdm/transcript.h"

static void forget(struct rotor_spdm_kept *k)
{
	k->whole = k->lost = false;
	k->len = k->signature_len = k->count = 0;
}

static void keep(struct rotor_spdm_kept *k, const uint8_t *msg, size_t len)
{
	if (k->lost || k->count == ROTOR_SPDM_EVIDENCE_MESSAGES || len > k->size - k->len) {
		k->lost = true;
		return;
	}
	memcpy(k->bytes + k->len, msg, len);
	k->len += len;
	k->ends[k->count++] = k->len;
}

/* The last message ends in a signature, which is no part of the transcript. */
static void close(struct rotor_spdm_kept *k, size_t signature_len)
{
	k->whole = true;
	if (k->lost || !k->count || k->len < signature_len) {
		k->lost = true;
		return;
	}
	k->ends[k->count - 1] -= signature_len;
	k->signature_len = signature_len;
}

void rotor_spdm_witness_init(struct rotor_spdm_witness *w, uint8_t *challenge,
			     size_t challenge_size, uint8_t *measurement, size_t measurement_size)
{
	memset(w, 0, sizeof(*w));
	w->vca.bytes = w->vca_bytes;
	w->vca.size = sizeof(w->vca_bytes);
	w->challenge.bytes = challenge;
	w->challenge.size = challenge_size;
	w->measurement.bytes = measurement;
	w->measurement.size = measurement_size;
}

static void on_request(struct rotor_spdm_witness *w, const uint8_t *msg, size_t len)
{
	struct rotor_spdm_header h;
	bool good = rotor_spdm_peek(msg, len, &h) == ROTOR_OK;
	/* It asks for the answer to the request before. */
	if (good && h.code == ROTOR_SPDM_RESPOND_IF_READY)
		return;
	w->request_lost = !good || len > sizeof(w->request);
	if (w->request_lost)
		return;
	memcpy(w->request, msg, len);
	w->request_len = len;
	/* What makes a transcript void before its signature (DSP0274); one that is signed stays until the next begins. */
	if (!w->challenge.whole && h.code != ROTOR_SPDM_GET_DIGESTS &&
	    h.code != ROTOR_SPDM_GET_CERTIFICATE && h.code != ROTOR_SPDM_CHALLENGE)
		forget(&w->challenge);
	if (!w->measurement.whole && h.code != ROTOR_SPDM_GET_MEASUREMENTS)
		forget(&w->measurement);
}

/* A request and its answer. */
static void keep_pair(struct rotor_spdm_witness *w, struct rotor_spdm_kept *k, const uint8_t *msg,
		      size_t len)
{
	if (k->whole)
		forget(k);
	if (w->request_lost)
		k->lost = true;
	keep(k, w->request, w->request_len);
	keep(k, msg, len);
}

static void keep_vca(struct rotor_spdm_witness *w, const uint8_t *msg, size_t len)
{
	struct rotor_spdm_negotiation m;
	struct rotor_spdm_algorithms a;
	if (msg[1] == ROTOR_SPDM_VERSION) {
		forget(&w->vca);
		forget(&w->challenge);
		forget(&w->measurement);
		memset(&w->suite, 0, sizeof(w->suite));
	}
	keep_pair(w, &w->vca, msg, len);
	if (msg[1] == ROTOR_SPDM_ALGORITHMS &&
	    rotor_spdm_decode_negotiation(msg, len, &m) == ROTOR_OK &&
	    rotor_spdm_algorithms_from(&m, &a) == ROTOR_OK) {
		rotor_spdm_suite_from(&a, &w->suite);
		w->vca.whole = true;
	}
}

static void on_response(struct rotor_spdm_witness *w, const uint8_t *msg, size_t len)
{
	bool asked = false;
	if (len < ROTOR_SPDM_HEADER_SIZE)
		return;
	switch (msg[1]) {
	case ROTOR_SPDM_VERSION:
	case ROTOR_SPDM_CAPABILITIES:
	case ROTOR_SPDM_ALGORITHMS:
		keep_vca(w, msg, len);
		break;
	case ROTOR_SPDM_DIGESTS:
	case ROTOR_SPDM_CERTIFICATE:
		keep_pair(w, &w->challenge, msg, len);
		break;
	case ROTOR_SPDM_CHALLENGE_AUTH:
		keep_pair(w, &w->challenge, msg, len);
		close(&w->challenge, rotor_sig_size(w->suite.sig));
		break;
	case ROTOR_SPDM_MEASUREMENTS:
		asked = w->request_len > 2 && (w->request[2] & ROTOR_SPDM_MEAS_ATTR_SIGNATURE);
		keep_pair(w, &w->measurement, msg, len);
		if (asked)
			close(&w->measurement, rotor_sig_size(w->suite.sig));
		break;
	default:
		break;
	}
}

void rotor_spdm_witness_event(struct rotor_spdm_witness *w, const struct rotor_spdm_event *event)
{
	if (event->secured || event->encapsulated || event->retry)
		return;
	if (event->sent)
		on_request(w, event->message.data, event->message.len);
	else
		on_response(w, event->message.data, event->message.len);
}

/* ---- giving it out ---- */

static void show(const struct rotor_spdm_kept *k, struct rotor_bytes *out)
{
	size_t at = 0;
	for (size_t i = 0; i < k->count; i++) {
		out[i] = (struct rotor_bytes){k->bytes + at, k->ends[i] - at};
		at = k->ends[i];
	}
}

static struct rotor_bytes signature_of(const struct rotor_spdm_kept *k)
{
	return (struct rotor_bytes){k->bytes + k->len - k->signature_len, k->signature_len};
}

enum rotor_status rotor_spdm_witness_evidence(const struct rotor_spdm_witness *w,
					      struct rotor_bytes chain,
					      struct rotor_spdm_evidence *out)
{
	memset(out, 0, sizeof(*out));
	if (w->vca.lost || w->challenge.lost || w->measurement.lost)
		return ROTOR_ERR_SPACE;
	if (w->vca.count != ROTOR_SPDM_EVIDENCE_VCA || !w->challenge.whole || !w->measurement.whole)
		return ROTOR_ERR_STATE;
	show(&w->vca, out->vca);
	show(&w->challenge, out->challenge.at);
	out->challenge.count = w->challenge.count;
	out->challenge_signature = signature_of(&w->challenge);
	show(&w->measurement, out->measurement.at);
	out->measurement.count = w->measurement.count;
	out->measurement_signature = signature_of(&w->measurement);
	out->chain = chain;
	return ROTOR_OK;
}
