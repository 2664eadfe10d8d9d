/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A requester that does all it can, and any answers. The first byte of the input says what it offers (bit 0: SPDM 1.2
 * only, 1: no mutual authentication), then come pieces of: a control byte (bit 0 a record, 1 time
 * passes), a length (2, little-endian), that many bytes.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "fake_crypto.h"
#include "rotor/spdm_requester.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void need(bool condition)
{
	if (!condition)
		abort();
}

static enum rotor_status verify_peer(void *ctx, struct rotor_crypto_job *job,
				     const struct rotor_bytes *certs, size_t count,
				     const struct rotor_cert *leaf)
{
	(void)ctx;
	(void)leaf;
	return fake_chain_verify(job, certs, count, NULL, 0, 0);
}

static void event(void *ctx, const struct rotor_spdm_event *e)
{
	(void)ctx;
	need(e->message.len >= 4);
}

static const struct rotor_spdm_requester_config usual = {
    .crypto = &fake_crypto,
    .versions = {ROTOR_SPDM_V12, ROTOR_SPDM_V13},
    .version_count = 2,
    .retries = 1,
    .offer_mutual_auth = true,
    .own = {.chain = {fake_chain, sizeof(fake_chain)}, .signer = &fake_signer},
    .verify_peer = verify_peer,
    .event = event,
};

static enum rotor_status begin(struct rotor_spdm_requester *q, unsigned operation, uint8_t *chain,
			       size_t chain_size, uint8_t *record, size_t record_size)
{
	switch (operation) {
	case 0:
		return rotor_spdm_requester_connect(q);
	case 1:
		return rotor_spdm_requester_get_digests(q);
	case 2:
		return rotor_spdm_requester_get_certificate(q, 0, chain, chain_size);
	case 3:
		return rotor_spdm_requester_challenge(q, ROTOR_SPDM_SUMMARY_ALL);
	case 4:
		return rotor_spdm_requester_get_measurements(q, false, ROTOR_SPDM_MEAS_OP_ALL, true,
							     false, record, record_size);
	case 5:
		return rotor_spdm_requester_start_session(q, ROTOR_SPDM_SUMMARY_TCB);
	case 6:
		return rotor_spdm_requester_get_measurements(q, true, 1, false, true, record,
							     record_size);
	case 7:
		return rotor_spdm_requester_heartbeat(q);
	default:
		return rotor_spdm_requester_end_session(q);
	}
}

/* Runs the operation under way as far as the input goes. */
static void run(struct rotor_spdm_requester *q, struct rotor_reader *in, rotor_ms *now)
{
	struct rotor_spdm_message m;
	for (unsigned turn = 0; turn < 1000; turn++) {
		rotor_spdm_requester_next(q, *now, &m);
		if (rotor_spdm_requester_status(q) != ROTOR_PENDING)
			return;
		if (rotor_spdm_requester_deadline(q) <= *now)
			continue;
		if (!in->left) {
			*now = rotor_spdm_requester_deadline(q);
			continue;
		}
		uint8_t control = rotor_read_u8(in);
		size_t n = rotor_read_u16le(in);
		if (n > in->left)
			n = in->left;
		uint8_t *msg = malloc(n ? n : 1);
		need(msg != NULL);
		rotor_read_copy(in, msg, n);
		*now += control & 2 ? 1000 : 1;
		rotor_spdm_requester_receive(q, control & 1, msg, n, *now, &m);
		free(msg);
	}
	rotor_spdm_requester_cancel(q);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct rotor_spdm_requester q;
	uint8_t buffer[1200], chain[512], record[512];
	struct rotor_reader in = rotor_reader(data, len);
	rotor_ms now = 0;
	uint8_t wish = rotor_read_u8(&in);
	struct rotor_spdm_requester_config config = usual;
	config.version_count = wish & 1 ? 1 : 2;
	config.offer_mutual_auth = !(wish & 2);
	need(rotor_spdm_requester_init(&q, &config, buffer, sizeof(buffer)) == ROTOR_OK);
	for (unsigned operation = 0; operation < 9; operation++) {
		if (begin(&q, operation, chain, sizeof(chain), record, sizeof(record)) != ROTOR_OK)
			continue;
		run(&q, &in, &now);
		need(rotor_spdm_requester_status(&q) != ROTOR_PENDING);
		need((q.result.status == ROTOR_OK) == (q.result.fail == ROTOR_SPDM_FAIL_NONE));
		need(q.session.state == ROTOR_SPDM_SESSION_NONE ||
		     q.session.state == ROTOR_SPDM_SESSION_ESTABLISHED);
	}
	rotor_spdm_requester_deinit(&q);
	return 0;
}
