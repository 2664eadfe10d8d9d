/* SPDX-License-Identifier: Apache-2.0 */
/* Identity by DICE: the same image has the same key and certificate; anything else has others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "support/boot_device.h"

static const struct rotor_crypto *const backends[] = {&rotor_crypto_openssl, &rotor_crypto_mbedtls};

static void the_same_image_has_the_same_key_and_certificate_in_either_slot(void **state)
{
	(void)state;
	static struct boot_device d;
	static struct rotor_boot_handoff first;
	struct boot_image image;
	boot_device_init(&d, &rotor_crypto_mbedtls, 256, 4);
	boot_make_image(&d, &(struct image_wish){.seed = 1, .security_version = 4}, &image);
	for (unsigned boot = 0; boot < 4; boot++) {
		/* slot, trial state and floor differ from boot to boot */
		enum rotor_boot_slot_id slot = (enum rotor_boot_slot_id)(boot % 2);
		struct rotor_boot_record record = {.active = ROTOR_BOOT_SLOT_NONE};
		record.slot[slot].state = boot < 2 ? ROTOR_BOOT_CONFIRMED : ROTOR_BOOT_PENDING;
		record.slot[slot].tries_left = boot < 2 ? 0 : 3;
		boot_put_record(&d, &record);
		boot_put_image(&d, slot, &image);
		d.fuses.floor = boot == 1 ? 4 : 0;
		assert_int_equal(boot_device_boot(&d), ROTOR_OK);
		assert_int_equal(d.handoff.slot, slot);
		if (boot == 0) {
			first = d.handoff;
		}
		assert_int_equal(d.handoff.key_len, first.key_len);
		assert_memory_equal(d.handoff.key, first.key, first.key_len);
		assert_int_equal(d.handoff.chain_len, first.chain_len);
		assert_memory_equal(d.handoff.chain, first.chain, first.chain_len);
		/* the measurements of the trusted computing base too */
		for (size_t i = 0; i < 5; i++) {
			assert_memory_equal(&d.handoff.measurements.entry[i],
					    &first.measurements.entry[i],
					    sizeof(first.measurements.entry[i]));
		}
	}
	boot_device_free(&d);
}

static void another_image_or_security_version_has_another_key(void **state)
{
	(void)state;
	static struct boot_device d;
	static const struct image_wish wishes[] = {
	    {.seed = 1}, {.seed = 2}, {.seed = 1, .security_version = 2}, {.seed = 1, .minor = 1}};
	uint8_t key[ROTOR_COUNT_OF(wishes)][48];
	boot_device_init(&d, &rotor_crypto_mbedtls, 256, 4);
	for (size_t i = 0; i < ROTOR_COUNT_OF(wishes); i++) {
		struct boot_image image;
		boot_make_image(&d, &wishes[i], &image);
		boot_put_image(&d, ROTOR_BOOT_SLOT_A, &image);
		const struct rotor_boot_record record = boot_confirmed_record(ROTOR_BOOT_SLOT_A);
		boot_put_record(&d, &record);
		d.fuses.floor = 1;
		assert_int_equal(boot_device_boot(&d), ROTOR_OK);
		memcpy(key[i], d.handoff.key, sizeof(key[i]));
		for (size_t j = 0; j < i; j++) {
			assert_memory_not_equal(key[i], key[j], sizeof(key[i]));
		}
	}
	boot_device_free(&d);
}

static void the_chain_verifies_in_both_backends_and_says_what_was_measured(void **state)
{
	(void)state;
	static struct boot_device d;
	struct boot_image image;
	boot_device_init(&d, &rotor_crypto_mbedtls, 256, 4);
	boot_make_image(&d, &(struct image_wish){.seed = 1, .minor = 7, .security_version = 256},
			&image);
	boot_put_image(&d, ROTOR_BOOT_SLOT_A, &image);
	const struct rotor_boot_record record = boot_confirmed_record(ROTOR_BOOT_SLOT_A);
	boot_put_record(&d, &record);
	assert_int_equal(boot_device_boot(&d), ROTOR_OK);

	struct rotor_bytes certs[ROTOR_CERT_CHAIN_DEPTH_MAX];
	const struct rotor_bytes root = {d.root, d.root_len};
	size_t count;
	assert_int_equal(
	    rotor_cert_split((struct rotor_bytes){d.handoff.chain, d.handoff.chain_len}, certs,
			     ROTOR_COUNT_OF(certs), &count),
	    ROTOR_OK);
	assert_int_equal(count, 3);
	for (size_t b = 0; b < ROTOR_COUNT_OF(backends); b++) {
		struct rotor_cert leaf;
		struct rotor_soft_key key;
		assert_int_equal(
		    chain_verify_to_end(backends[b], certs, count, &root, 1, ROTOR_TIME_UNKNOWN),
		    ROTOR_OK);
		assert_int_equal(backends[b]->cert_parse(certs[2].data, certs[2].len, &leaf),
				 ROTOR_OK);
		assert_false(leaf.is_ca);
		assert_true(leaf.may_sign);
		assert_true(leaf.spdm_responder);
		assert_int_equal(backends[b]->key_import(&key, ROTOR_DICE_SIG_ALG, d.handoff.key),
				 ROTOR_OK);
		assert_memory_equal(key.public_key.bytes, leaf.key.bytes, leaf.key.len);

		struct rotor_dice_tcb_info info;
		assert_int_equal(
		    rotor_dice_tcb_info_read(leaf.tcb_info.data, leaf.tcb_info.len, &info),
		    ROTOR_OK);
		assert_int_equal(info.vendor.len, 6);
		assert_memory_equal(info.vendor.data, "Vendor", 6);
		assert_memory_equal(info.model.data, "Model", 5);
		assert_int_equal(info.version.len, 5);
		assert_memory_equal(info.version.data, "1.7.0", 5);
		assert_true(info.has_svn);
		assert_int_equal(info.svn, 256);
		assert_int_equal(info.fwid_alg, ROTOR_HASH_SHA384);
		assert_memory_equal(info.fwid.data, image.digest, ROTOR_BOOT_DIGEST_SIZE);
	}
	boot_device_free(&d);
}

static void both_backends_derive_the_same_keys(void **state)
{
	(void)state;
	uint8_t secret[ROTOR_BOOT_SECRET_SIZE];
	struct rotor_dice_measurement m = {.security_version = 5};
	struct rotor_soft_key identity[2], runtime[2];
	memset(secret, 0xa5, sizeof(secret));
	memset(m.digest, 1, sizeof(m.digest));
	for (size_t b = 0; b < 2; b++) {
		assert_int_equal(rotor_dice_identity_key(backends[b], secret, &identity[b]),
				 ROTOR_OK);
		assert_int_equal(rotor_dice_runtime_key(backends[b], secret, &m, &runtime[b]),
				 ROTOR_OK);
	}
	assert_memory_equal(identity[0].secret, identity[1].secret, 48);
	assert_memory_equal(runtime[0].secret, runtime[1].secret, 48);
	assert_memory_equal(runtime[0].public_key.bytes, runtime[1].public_key.bytes, 96);
	assert_memory_not_equal(identity[0].secret, runtime[0].secret, 48);
	m.config_digest[47] ^= 1;
	assert_int_equal(rotor_dice_runtime_key(backends[1], secret, &m, &runtime[1]), ROTOR_OK);
	assert_memory_not_equal(runtime[0].secret, runtime[1].secret, 48);
}

static void only_a_certificate_of_this_device_that_may_certify_is_an_issuer(void **state)
{
	(void)state;
	static struct boot_device d;
	struct rotor_soft_key identity, runtime;
	struct rotor_dice_measurement m = {0};
	struct rotor_crypto_job job = {0};
	struct rotor_bytes items, cert;
	uint8_t store[4096], der[1024];
	size_t len;
	const uint8_t tcb_info[] = {0x30, 0x00};
	boot_device_init(&d, &rotor_crypto_mbedtls, 256, 4);
	assert_int_equal(rotor_dice_identity_key(d.crypto, d.fuses.secret, &identity), ROTOR_OK);
	assert_int_equal(rotor_dice_runtime_key(d.crypto, d.fuses.secret, &m, &runtime), ROTOR_OK);
	assert_int_equal(rotor_store_read(&d.flash.port,
					  &d.layout.region[ROTOR_REGION_CERTIFICATES],
					  ROTOR_STORE_CERTIFICATES, store, sizeof(store), &items),
			 ROTOR_OK);
	assert_int_equal(rotor_store_find(items, ROTOR_STORE_CERTIFICATE, 1, &cert), ROTOR_OK);
	const struct rotor_bytes info = {tcb_info, sizeof(tcb_info)};
	enum rotor_status status;
	SETTLE(status, rotor_dice_certify_runtime(d.crypto, &identity, cert, &runtime.public_key,
						  info, &job, der, sizeof(der), &len));
	assert_int_equal(status, ROTOR_OK);
	/* a leaf may not certify */
	const struct rotor_bytes leaf = {der, len};
	uint8_t der2[1024];
	assert_int_equal(rotor_dice_certify_runtime(d.crypto, &runtime, leaf, &runtime.public_key,
						    info, &job, der2, sizeof(der2), &len),
			 ROTOR_ERR_UNTRUSTED);
	/* the root's certificate is of another key */
	const struct rotor_bytes root = {d.root, d.root_len};
	assert_int_equal(rotor_dice_certify_runtime(d.crypto, &identity, root, &runtime.public_key,
						    info, &job, der2, sizeof(der2), &len),
			 ROTOR_ERR_UNTRUSTED);
	const struct rotor_bytes cut = {cert.data, cert.len - 1};
	assert_int_not_equal(rotor_dice_certify_runtime(d.crypto, &identity, cut,
							&runtime.public_key, info, &job, der2,
							sizeof(der2), &len),
			     ROTOR_OK);
	assert_int_equal(rotor_dice_certify_runtime(d.crypto, &identity, cert, &runtime.public_key,
						    info, &job, der2, 200, &len),
			 ROTOR_ERR_SPACE);
	boot_device_free(&d);
}

static void the_device_asks_for_its_certificate(void **state)
{
	(void)state;
	uint8_t secret[ROTOR_BOOT_SECRET_SIZE], der[2][1024];
	struct rotor_soft_key key;
	size_t len[2];
	memset(secret, 0x31, sizeof(secret));
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(rotor_dice_identity_request(&rotor_crypto_mbedtls, secret,
							     "rotor device", der[i], sizeof(der[i]),
							     &len[i]),
				 ROTOR_OK);
	}
	assert_int_equal(len[0], len[1]);
	assert_memory_equal(der[0], der[1], len[0]);
	assert_int_equal(rotor_dice_identity_key(&rotor_crypto_mbedtls, secret, &key), ROTOR_OK);
	bool found = false;
	for (size_t i = 0; i + 96 <= len[0]; i++) {
		found |= memcmp(der[0] + i, key.public_key.bytes, 96) == 0;
	}
	assert_true(found);
	assert_int_equal(rotor_dice_identity_request(&rotor_crypto_mbedtls, secret, "rotor device",
						     der[0], 100, &len[0]),
			 ROTOR_ERR_SPACE);
}

/* ---- TcbInfo ---- */

static const uint8_t tcb_bytes[] = {
    0x30, 0x51,                                                       /* SEQUENCE */
    0x80, 0x01, 'V',                                                  /* vendor */
    0x81, 0x02, 'M',  'o',                                            /* model */
    0x82, 0x03, '1',  '.',  '0',                                      /* version */
    0x83, 0x02, 0x00, 0x80,                                           /* svn 128 */
    0xa6, 0x3f, 0x30, 0x3d,                                           /* fwids, one FWID */
    0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x02, /* SHA-384 */
    0x04, 0x30, 7,    7,    7,    7,    7,    7,    7,    7,    7,    7, 7, 7, 7, 7, 7,
    7,    7,    7,    7,    7,    7,    7,    7,    7,    7,    7,    7, 7, 7, 7, 7, 7,
    7,    7,    7,    7,    7,    7,    7,    7,    7,    7,    7,    7, 7, 7, 7, 7,
};

static void tcb_info_has_the_bytes_that_tcg_wants(void **state)
{
	(void)state;
	uint8_t digest[48], der[128];
	size_t len;
	memset(digest, 7, sizeof(digest));
	const struct rotor_dice_tcb_info info = {
	    .vendor = {(const uint8_t *)"V", 1},
	    .model = {(const uint8_t *)"Mo", 2},
	    .version = {(const uint8_t *)"1.0", 3},
	    .has_svn = true,
	    .svn = 128,
	    .fwid_alg = ROTOR_HASH_SHA384,
	    .fwid = {digest, sizeof(digest)},
	};
	struct rotor_dice_tcb_info back;
	assert_int_equal(rotor_dice_tcb_info_write(&info, der, sizeof(der), &len), ROTOR_OK);
	assert_int_equal(len, sizeof(tcb_bytes));
	assert_memory_equal(der, tcb_bytes, len);
	assert_int_equal(rotor_dice_tcb_info_read(der, len, &back), ROTOR_OK);
	assert_int_equal(back.svn, 128);
	assert_int_equal(back.fwid_alg, ROTOR_HASH_SHA384);
	assert_memory_equal(back.fwid.data, digest, sizeof(digest));
	for (size_t cap = 0; cap < len; cap++) {
		size_t none;
		assert_int_equal(rotor_dice_tcb_info_write(&info, der, cap, &none),
				 ROTOR_ERR_SPACE);
	}
	struct rotor_dice_tcb_info wrong = info;
	wrong.fwid.len = 47;
	assert_int_equal(rotor_dice_tcb_info_write(&wrong, der, sizeof(der), &len),
			 ROTOR_ERR_ARGUMENT);
	const struct rotor_dice_tcb_info nothing = {0};
	assert_int_equal(rotor_dice_tcb_info_write(&nothing, der, sizeof(der), &len), ROTOR_OK);
	assert_int_equal(rotor_dice_tcb_info_read(der, len, &back), ROTOR_OK);
	assert_false(back.has_svn);
	assert_int_equal(back.fwid_alg, ROTOR_HASH_NONE);
}

static void a_damaged_tcb_info_is_refused(void **state)
{
	(void)state;
	struct rotor_dice_tcb_info out;
	uint8_t der[sizeof(tcb_bytes) + 1];
	for (size_t len = 0; len < sizeof(tcb_bytes); len++) {
		assert_int_equal(rotor_dice_tcb_info_read(tcb_bytes, len, &out), ROTOR_ERR_FORMAT);
	}
	memcpy(der, tcb_bytes, sizeof(tcb_bytes));
	der[sizeof(tcb_bytes)] = 0;
	assert_int_equal(rotor_dice_tcb_info_read(der, sizeof(der), &out), ROTOR_ERR_FORMAT);

	static const struct {
		uint8_t bytes[16];
		size_t len;
		enum rotor_status status;
	} cases[] = {
	    {{0x30, 0x06, 0x81, 0x01, 'M', 0x80, 0x01, 'V'}, 8, ROTOR_ERR_FORMAT}, /* order */
	    {{0x30, 0x06, 0x80, 0x01, 'M', 0x80, 0x01, 'V'}, 8, ROTOR_ERR_FORMAT}, /* twice */
	    {{0x30, 0x03, 0x83, 0x01, 0xff}, 5, ROTOR_ERR_FORMAT},                 /* negative */
	    {{0x30, 0x04, 0x83, 0x02, 0x00, 0x01}, 6, ROTOR_ERR_FORMAT},           /* not minimal */
	    {{0x30, 0x02, 0xa6, 0x00}, 4, ROTOR_ERR_FORMAT},                       /* no FWID */
	    {{0x30, 0x04, 0xa6, 0x02, 0x30, 0x00}, 6, ROTOR_ERR_FORMAT}, /* an empty one */
	    {{0x30, 0x03, 0x04, 0x01, 0x00}, 5, ROTOR_ERR_FORMAT},       /* universal tag */
	    /* layer 1, index 2, flags: not used, passed over */
	    {{0x30, 0x0a, 0x84, 0x01, 1, 0x85, 0x01, 2, 0x87, 0x02, 0x07, 0x80}, 12, ROTOR_OK},
	    /* a FWID of an algorithm that is not known */
	    {{0x30, 0x0a, 0xa6, 0x08, 0x30, 0x06, 0x06, 0x01, 0x2a, 0x04, 0x01, 9}, 12, ROTOR_OK},
	};
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		assert_int_equal(rotor_dice_tcb_info_read(cases[i].bytes, cases[i].len, &out),
				 cases[i].status);
		assert_int_equal(out.fwid_alg, ROTOR_HASH_NONE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_same_image_has_the_same_key_and_certificate_in_either_slot),
	    cmocka_unit_test(another_image_or_security_version_has_another_key),
	    cmocka_unit_test(the_chain_verifies_in_both_backends_and_says_what_was_measured),
	    cmocka_unit_test(both_backends_derive_the_same_keys),
	    cmocka_unit_test(only_a_certificate_of_this_device_that_may_certify_is_an_issuer),
	    cmocka_unit_test(the_device_asks_for_its_certificate),
	    cmocka_unit_test(tcb_info_has_the_bytes_that_tcg_wants),
	    cmocka_unit_test(a_damaged_tcb_info_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
