/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Conversations of another implementation, read from end to end (support/spdm_reading.h): every message decoded and
 * encoded again to the same bytes, every transcript rebuilt, every signature and MAC verified, every record opened.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "support/spdm_capture.h"
#include "support/spdm_reading.h"

#define FIELDS_OF "03-v12-p256-sha256-attest"

/* ---- what must come out ---- */

static const struct conversation {
	const char *name;
	bool beyond_mbedtls; /* it lacks an algorithm of this one; OpenSSL lacks none */
	struct reading_counts counts;
} conversations[] = {
    {"01-v10-p256-sha256-attest", false, {.messages = 22, .signatures = 2}},
    {"02-v11-p384-sha384-attest", false, {.messages = 22, .signatures = 2}},
    {"03-v12-p256-sha256-attest", false, {.messages = 22, .signatures = 2}},
    {"04-v12-p384-sha384-attest", false, {.messages = 22, .signatures = 2}},
    {"06-v12-rsassa2048-sha256-attest", false, {.messages = 22, .signatures = 2}},
    {"07-v12-rsassa3072-sha384-attest", false, {.messages = 22, .signatures = 2}},
    {"08-v12-rsapss2048-sha256-attest", false, {.messages = 22, .signatures = 2}},
    {"10-v12-ed25519-sha512-attest", true, {.messages = 22, .signatures = 2}},
    {"12-v12-p384-sha3_384-attest", true, {.messages = 22, .signatures = 2}},
    {"13-v13-p384-sha384-attest", false, {.messages = 22, .signatures = 2}},
    {"14-v14-p384-sha384-attest", false, {.messages = 22, .signatures = 2}},
    {"15-v12-p256-meas-raw-onebyone", false, {.messages = 544, .signatures = 9}},
    {"16-v12-p384-pubkeyid-slotFF",
     false,
     {.messages = 18, .signatures = 3, .records = 6, .hmacs = 2, .secrets = 7}},
    {"20-v13-p384-mel-epinfo-keypair", false, {.messages = 34, .inner = 2, .signatures = 4}},
    {"21-v13-p384-setkeypair", false, {.messages = 24}},
    {"22-v12-p384-csr-setcert-keyex",
     false,
     {.messages = 38, .signatures = 2, .requests = 2, .records = 8, .hmacs = 4, .secrets = 14}},
    {"23-v13-p384-csr-setcert-keyex-multikey",
     false,
     {.messages = 38, .signatures = 2, .requests = 2, .records = 8, .hmacs = 4, .secrets = 14}},
    {"30-v11-p384-keyex-secp384r1-aes256gcm",
     false,
     {.messages = 58, .signatures = 6, .records = 36, .hmacs = 4, .secrets = 14}},
    {"31-v12-p256-keyex-secp256r1-aes128gcm",
     false,
     {.messages = 58, .signatures = 6, .records = 36, .hmacs = 4, .secrets = 14}},
    {"32-v12-p384-keyex-secp384r1-aes256gcm",
     false,
     {.messages = 58, .signatures = 6, .records = 36, .hmacs = 4, .secrets = 14}},
    {"33-v12-p256-keyex-ffdhe2048-chacha20",
     false,
     {.messages = 58, .signatures = 6, .records = 36, .hmacs = 4, .secrets = 14}},
    {"34-v12-p384-keyex-hs-in-clear",
     false,
     {.messages = 42, .signatures = 6, .records = 12, .hmacs = 4, .secrets = 14}},
    {"36-v13-p384-keyex-secp384r1-aes256gcm",
     false,
     {.messages = 58, .signatures = 6, .records = 36, .hmacs = 4, .secrets = 14}},
    {"38-v11-psk-sha256-aes128gcm", false, {.messages = 18, .records = 12, .hmacs = 2}},
    {"39-v12-psk-sha384-aes256gcm", false, {.messages = 18, .records = 12, .hmacs = 2}},
    {"40-v12-psk-nocontext-chacha20", false, {.messages = 16, .records = 10, .hmacs = 1}},
    {"41-v12-p384-keyupdate-rsp-encap",
     false,
     {.messages = 58, .inner = 8, .signatures = 4, .records = 24, .hmacs = 4, .secrets = 14}},
    {"42-v12-p521-keyex-secp521r1-aes256gcm-sha512",
     false,
     {.messages = 42, .signatures = 6, .records = 16, .hmacs = 4, .secrets = 14}},
    {"50-v11-p384-basicmutauth", false, {.messages = 36, .inner = 6, .signatures = 3}},
    {"51-v12-p384-basicmutauth-req-rsapss3072",
     false,
     {.messages = 36, .inner = 6, .signatures = 3}},
    {"53-v12-p384-keyex-mutauth-w_encap",
     false,
     {.messages = 60, .inner = 8, .signatures = 7, .records = 28, .hmacs = 4, .secrets = 14}},
    {"54-v12-p384-keyex-mutauth-digests",
     false,
     {.messages = 54, .inner = 6, .signatures = 7, .records = 24, .hmacs = 4, .secrets = 14}},
    {"80-v12-p384-chunk-dts256-attest", false, {.messages = 74, .inner = 4, .signatures = 2}},
};

static void say(const char *what, const struct reading_counts *c)
{
	print_message(
	    "%-46s %4u messages (%2u inside others), %2u signatures, %2u records, %u HMACs, "
	    "%2u secrets\n",
	    what, c->messages, c->inner, c->signatures, c->records, c->hmacs, c->secrets);
}

static void add(struct reading_counts *sum, const struct reading_counts *c)
{
	sum->messages += c->messages;
	sum->inner += c->inner;
	sum->signatures += c->signatures;
	sum->requests += c->requests;
	sum->records += c->records;
	sum->hmacs += c->hmacs;
	sum->secrets += c->secrets;
}

static bool is_whole(const struct reading_counts *all, const struct reading_counts *own)
{
	return own->signatures == all->signatures && own->records == all->records &&
	       own->hmacs == all->hmacs;
}

/* What a backend has not verified or opened, because it lacks an algorithm of that conversation. */
static void say_lacking(const char *backend, const struct reading_counts *all,
			const struct reading_counts *own)
{
	if (!is_whole(all, own))
		print_message(
		    "  %s lacks an algorithm: %u of %u signatures, %u of %u records, %u of "
		    "%u HMACs\n",
		    backend, own->signatures, all->signatures, own->records, all->records,
		    own->hmacs, all->hmacs);
}

static void every_conversation_is_read_to_its_end(void **state)
{
	(void)state;
	struct reading_counts sum = {0}, rotor[READING_BACKENDS] = {{0}};
	static const char *const backends[READING_BACKENDS] = {"OpenSSL", "Mbed TLS"};
	for (size_t i = 0; i < ROTOR_COUNT_OF(conversations); i++) {
		reading_run(conversations[i].name);
		say(now.name, &now.counts);
		add(&sum, &now.counts);
		for (size_t b = 0; b < READING_BACKENDS; b++) {
			say_lacking(backends[b], &now.counts, &now.rotor[b]);
			add(&rotor[b], &now.rotor[b]);
		}
		assert_memory_equal(&now.counts, &conversations[i].counts, sizeof(now.counts));
		assert_true(is_whole(&now.counts, &now.rotor[0]));
		assert_int_equal(is_whole(&now.counts, &now.rotor[1]),
				 !conversations[i].beyond_mbedtls);
	}
	say("all", &sum);
	for (size_t b = 0; b < READING_BACKENDS; b++)
		print_message("  %s: %u signatures, %u records, %u HMACs\n", backends[b],
			      rotor[b].signatures, rotor[b].records, rotor[b].hmacs);
}

static void the_fields_are_what_was_sent(void **state)
{
	(void)state;
	static struct capture c;
	struct rotor_spdm_any any;
	capture_load(&c, FIELDS_OF);
	memset(&now, 0, sizeof(now));
	now.name = FIELDS_OF;

	reading_decode(&now.sizes, c.messages[1].body, &any);
	assert_int_equal(any.u.version.count, 1);
	assert_int_equal(rotor_spdm_version_entry(&any.u.version, 0), 0x1200);

	reading_decode(&now.sizes, c.messages[3].body, &any);
	assert_int_equal(any.u.capabilities.ct_exponent, 0);
	assert_int_equal(any.u.capabilities.flags,
			 ROTOR_SPDM_CAP_CACHE | ROTOR_SPDM_CAP_CERT | ROTOR_SPDM_CAP_CHAL |
			     ROTOR_SPDM_CAP_MEAS_SIG | ROTOR_SPDM_CAP_MEAS_FRESH);
	assert_int_equal(any.u.capabilities.data_transfer_size, 0x1200);
	assert_int_equal(any.u.capabilities.max_message_size, 0x1200);

	reading_decode(&now.sizes, c.messages[4].body, &any);
	assert_int_equal(any.u.negotiation.measurement_spec, ROTOR_SPDM_MEAS_SPEC_DMTF);
	assert_int_equal(any.u.negotiation.other_params, ROTOR_SPDM_OPAQUE_FMT1);
	assert_int_equal(any.u.negotiation.base_asym, ROTOR_SPDM_ASYM_ECDSA_P256);
	assert_int_equal(any.u.negotiation.base_hash, ROTOR_SPDM_HASH_SHA256);
	assert_int_equal(any.u.negotiation.table_count, 4);

	reading_decode(&now.sizes, c.messages[5].body, &any);
	assert_int_equal(any.u.negotiation.measurement_hash, ROTOR_SPDM_MEAS_HASH_SHA256);
	assert_int_equal(rotor_spdm_algorithms_from(&any.u.negotiation, &now.algorithms), ROTOR_OK);
	rotor_spdm_sizes_from(&now.algorithms, &now.sizes);
	assert_int_equal(now.sizes.hash, 32);
	assert_int_equal(now.sizes.sig, 64);

	reading_decode(&now.sizes, c.messages[7].body, &any);
	assert_int_equal(any.u.digests.provisioned_slots, 0x03);
	assert_int_equal(any.u.digests.digests.len, 64);

	reading_decode(&now.sizes, c.messages[8].body, &any);
	assert_int_equal(any.u.get_certificate.slot, 0);
	assert_int_equal(any.u.get_certificate.offset, 0);
	assert_int_equal(any.u.get_certificate.length, 0x11f8);
	reading_decode(&now.sizes, c.messages[9].body, &any);
	assert_int_equal(any.u.certificate.portion.len, 0x5ae);
	assert_int_equal(any.u.certificate.remainder_len, 0);

	reading_decode(&now.sizes, c.messages[12].body, &any);
	assert_int_equal(any.u.challenge.slot, 0);
	assert_int_equal(any.u.challenge.summary, ROTOR_SPDM_SUMMARY_ALL);
	assert_null(any.u.challenge.context);
	now.sizes.summary = true;
	reading_decode(&now.sizes, c.messages[13].body, &any);
	assert_int_equal(any.u.challenge_auth.slot_mask, 0x03);
	assert_int_equal(any.u.challenge_auth.summary_hash.len, 32);
	assert_int_equal(any.u.challenge_auth.signature.len, 64);

	reading_decode(&now.sizes, c.messages[20].body, &any);
	assert_int_equal(any.u.get_measurements.attributes, ROTOR_SPDM_MEAS_ATTR_SIGNATURE);
	assert_int_equal(any.u.get_measurements.operation, ROTOR_SPDM_MEAS_OP_ALL);
	now.sizes.signature = true;
	reading_decode(&now.sizes, c.messages[21].body, &any);
	assert_int_equal(any.u.measurements.block_count, 8);
	struct rotor_spdm_block block;
	struct rotor_bytes record = any.u.measurements.record;
	assert_int_equal(rotor_spdm_next_block(&record, &block), ROTOR_OK);
	assert_int_equal(block.index, 1);
	assert_int_equal(block.type, ROTOR_SPDM_MEAS_ROM);
	assert_false(block.raw);
	assert_int_equal(block.value.len, 32);
	capture_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_fields_are_what_was_sent),
	    cmocka_unit_test(every_conversation_is_read_to_its_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
