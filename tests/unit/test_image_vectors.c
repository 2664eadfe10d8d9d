/* SPDX-License-Identifier: Apache-2.0 */
/* Images made by imgtool, and what can go wrong with them: each is judged as its table says, with every backend. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "support/image_maker.h"
#include "support/vectors.h"

struct verdict {
	const char *name;
	enum rotor_image_refusal refusal;
	/* of a backend that has its algorithm; any other says that it has not */
	enum rotor_sig_alg alg;
};

/* The first ones are those whose fields are compared with imgtool's. */
#define DUMPED 21
static const struct verdict verdicts[] = {
    {"p256-min.bin", ROTOR_IMAGE_ACCEPTED, ROTOR_SIG_ECDSA_P256},
    {"p256-v1234.bin", ROTOR_IMAGE_ACCEPTED, ROTOR_SIG_ECDSA_P256},
    {"p256-seccnt7.bin", ROTOR_IMAGE_ACCEPTED, ROTOR_SIG_ECDSA_P256},
    {"p256-bootrec.bin", ROTOR_IMAGE_ACCEPTED, ROTOR_SIG_ECDSA_P256},
    {"p256-full.bin", ROTOR_IMAGE_ACCEPTED, ROTOR_SIG_ECDSA_P256},
    {"p256-nopadhdr.bin", ROTOR_IMAGE_ACCEPTED, ROTOR_SIG_ECDSA_P256},
    {"p256-pubkeyfull.bin", ROTOR_IMAGE_ACCEPTED, ROTOR_SIG_ECDSA_P256},
    {"p256-vidcid.bin", ROTOR_IMAGE_ACCEPTED, ROTOR_SIG_ECDSA_P256},
    {"p256-padded-confirmed.bin", ROTOR_IMAGE_ACCEPTED, ROTOR_SIG_ECDSA_P256},
    {"p256-deps.bin", ROTOR_IMAGE_DEPENDENCY, ROTOR_SIG_ECDSA_P256},
    {"p384-min.bin", ROTOR_IMAGE_ACCEPTED, ROTOR_SIG_ECDSA_P384},
    {"p384-v1234.bin", ROTOR_IMAGE_ACCEPTED, ROTOR_SIG_ECDSA_P384},
    {"p384-seccnt7.bin", ROTOR_IMAGE_ACCEPTED, ROTOR_SIG_ECDSA_P384},
    {"p384-bootrec.bin", ROTOR_IMAGE_ACCEPTED, ROTOR_SIG_ECDSA_P384},
    {"p384-full.bin", ROTOR_IMAGE_ACCEPTED, ROTOR_SIG_ECDSA_P384},
    {"p384-nopadhdr.bin", ROTOR_IMAGE_ACCEPTED, ROTOR_SIG_ECDSA_P384},
    {"rsa3072-v1234.bin", ROTOR_IMAGE_ACCEPTED, ROTOR_SIG_RSA3072_PSS},
    {"rsa3072-full.bin", ROTOR_IMAGE_ACCEPTED, ROTOR_SIG_RSA3072_PSS},
    {"ed25519-v1234.bin", ROTOR_IMAGE_ACCEPTED, ROTOR_SIG_ED25519},
    {"ed25519-full.bin", ROTOR_IMAGE_ACCEPTED, ROTOR_SIG_ED25519},
    {"ed25519-sha512.bin", ROTOR_IMAGE_ACCEPTED, ROTOR_SIG_ED25519},
    {"p384-pubkeyfull-recovery.bin", ROTOR_IMAGE_KIND_MISMATCH, ROTOR_SIG_ECDSA_P384},
    {"rsa3072-pubkeyfull.bin", ROTOR_IMAGE_ACCEPTED, ROTOR_SIG_RSA3072_PSS},
    {"ed25519-pubkeyfull.bin", ROTOR_IMAGE_ACCEPTED, ROTOR_SIG_ED25519},
    {"ed25519-pubkeyfull-settings.bin", ROTOR_IMAGE_KIND_MISMATCH, ROTOR_SIG_ED25519},
    {"ed25519-pure.bin", ROTOR_IMAGE_SIGNATURE_PURE, ROTOR_SIG_ECDSA_P256},
    {"unsigned-sha256.bin", ROTOR_IMAGE_SIGNATURE_MISSING, ROTOR_SIG_ECDSA_P256},
    {"broken/kind-zero-signed.bin", ROTOR_IMAGE_TLV_BAD_VALUE, ROTOR_SIG_ECDSA_P384},
    {"broken/kind-long-signed.bin", ROTOR_IMAGE_TLV_BAD_LENGTH, ROTOR_SIG_ECDSA_P384},
    {"broken/rsa2048-signed.bin", ROTOR_IMAGE_SIGNATURE_UNSUPPORTED, ROTOR_SIG_ECDSA_P256},
    {"broken/body-bit-flipped.bin", ROTOR_IMAGE_HASH_MISMATCH, ROTOR_SIG_ECDSA_P256},
    {"broken/signature-bit-flipped.bin", ROTOR_IMAGE_SIGNATURE_WRONG, ROTOR_SIG_ECDSA_P256},
    {"broken/wrong-magic.bin", ROTOR_IMAGE_BAD_MAGIC, ROTOR_SIG_ECDSA_P256},
    {"broken/img-size-too-large.bin", ROTOR_IMAGE_BODY_OVERRUN, ROTOR_SIG_ECDSA_P256},
    {"broken/img-size-wraps.bin", ROTOR_IMAGE_BODY_OVERRUN, ROTOR_SIG_ECDSA_P256},
    {"broken/tlv-total-overrun.bin", ROTOR_IMAGE_TLV_OVERRUN, ROTOR_SIG_ECDSA_P256},
    {"broken/tlv-entry-overrun.bin", ROTOR_IMAGE_TLV_OVERRUN, ROTOR_SIG_ECDSA_P256},
    {"broken/unknown-protected-tlv-signed.bin", ROTOR_IMAGE_TLV_UNKNOWN, ROTOR_SIG_ECDSA_P256},
    {"broken/unknown-protected-tlv-edited.bin", ROTOR_IMAGE_TLV_UNKNOWN, ROTOR_SIG_ECDSA_P256},
    {"broken/security-counter-edited.bin", ROTOR_IMAGE_HASH_MISMATCH, ROTOR_SIG_ECDSA_P256},
    {"broken/protect-tlv-size-mismatch.bin", ROTOR_IMAGE_PROTECTED_MISMATCH, ROTOR_SIG_ECDSA_P256},
    {"broken/protect-tlv-size-zero.bin", ROTOR_IMAGE_PROTECTED_MISMATCH, ROTOR_SIG_ECDSA_P256},
    {"broken/truncated-by-one.bin", ROTOR_IMAGE_TLV_OVERRUN, ROTOR_SIG_ECDSA_P256},
    {"broken/truncated-no-tlvs.bin", ROTOR_IMAGE_BODY_OVERRUN, ROTOR_SIG_ECDSA_P256},
    {"broken/signature-tlv-missing.bin", ROTOR_IMAGE_SIGNATURE_MISSING, ROTOR_SIG_ECDSA_P256},
    {"broken/security-counter-unprotected.bin", ROTOR_IMAGE_TLV_UNPROTECTED, ROTOR_SIG_ECDSA_P256},
    {"broken/untrusted-key.bin", ROTOR_IMAGE_KEY_UNKNOWN, ROTOR_SIG_ECDSA_P256},
    {"broken/hdr-size-too-small.bin", ROTOR_IMAGE_BAD_HEADER_SIZE, ROTOR_SIG_ECDSA_P256},
};

static void images_of_imgtool_get_the_verdict_of_a_correct_reader(void **state)
{
	const struct rotor_image_policy policy = image_lenient_policy();
	(void)state;
	for (size_t b = 0; b < ROTOR_COUNT_OF(image_backends); b++) {
		for (size_t i = 0; i < ROTOR_COUNT_OF(verdicts); i++) {
			struct rotor_image_verifier v;
			size_t len;
			uint8_t *data = image_vector(verdicts[i].name, &len);
			(void)image_judge(&v, image_backends[b], &policy, data, len);
			enum rotor_image_refusal expected = image_backend_has(b, verdicts[i].alg)
								? verdicts[i].refusal
								: ROTOR_IMAGE_SIGNATURE_UNSUPPORTED;
			if (v.refusal != expected)
				fail_msg("%s with %s: %s", verdicts[i].name,
					 image_backends[b]->name,
					 rotor_image_refusal_string(v.refusal));
			free(data);
		}
	}
}

static void every_image_of_imgtool_has_a_verdict_here(void **state)
{
	static const char *const folders[] = {"", "broken/"};
	size_t found = 0;
	(void)state;
	for (size_t f = 0; f < ROTOR_COUNT_OF(folders); f++) {
		char path[300];
		snprintf(path, sizeof(path), "%s/images/%s", ROTOR_VECTORS, folders[f]);
		DIR *dir = opendir(path);
		assert_non_null(dir);
		for (struct dirent *e = readdir(dir); e; e = readdir(dir)) {
			bool known = false;
			if (!strstr(e->d_name, ".bin"))
				continue;
			snprintf(path, sizeof(path), "%s%s", folders[f], e->d_name);
			for (size_t i = 0; i < ROTOR_COUNT_OF(verdicts); i++)
				known = known || strcmp(verdicts[i].name, path) == 0;
			if (!known)
				fail_msg("%s has no verdict", path);
			found++;
		}
		closedir(dir);
	}
	assert_int_equal(found, ROTOR_COUNT_OF(verdicts));
}

/* The value of TLV type in imgtool's dump, in hex; NULL if it is not there. */
static const char *dumped(json_t *root, const char *list, int type)
{
	json_t *item;
	size_t i;
	json_array_foreach(json_object_get(json_object_get(root, "tlv_area"), list), i,
			   item) if (json_integer_value(json_object_get(item, "type")) ==
				     type) return json_string_value(json_object_get(item, "data"));
	return NULL;
}

static void same_hex(const char *hex, const uint8_t *bytes, size_t len)
{
	uint8_t expected[128];
	assert_non_null(hex);
	assert_int_equal(vector_hex(hex, expected, sizeof(expected)), len);
	assert_memory_equal(bytes, expected, len);
}

static void same_as_dump(json_t *root, const struct rotor_image_info *info)
{
	json_t *header = json_object_get(root, "header");
	char version[ROTOR_IMAGE_VERSION_STRING_SIZE + 2];
	const char *hex;

	assert_int_equal(json_integer_value(json_object_get(header, "hdr_size")),
			 info->body_offset);
	assert_int_equal(json_integer_value(json_object_get(header, "img_size")), info->body_size);
	assert_int_equal(json_integer_value(json_object_get(header, "protected_tlv_size")),
			 info->protected_size);
	assert_int_equal(json_integer_value(json_object_get(header, "load_addr")),
			 info->load_address);
	snprintf(version, sizeof(version), "%u.%u.%u+%lu", info->version.major, info->version.minor,
		 info->version.revision, (unsigned long)info->version.build);
	assert_string_equal(json_string_value(json_object_get(header, "version")), version);
	same_hex(dumped(root, "tlvs",
			info->hash_alg == ROTOR_HASH_SHA256   ? ROTOR_IMAGE_TLV_SHA256
			: info->hash_alg == ROTOR_HASH_SHA384 ? ROTOR_IMAGE_TLV_SHA384
							      : ROTOR_IMAGE_TLV_SHA512),
		 info->hash, rotor_hash_size(info->hash_alg));
	hex = dumped(root, "tlvs", ROTOR_IMAGE_TLV_KEYHASH);
	assert_int_equal(!hex, info->has_public_key);
	if (hex)
		same_hex(hex, info->key_hash.hash, rotor_hash_size(info->key_hash.alg));
	hex = dumped(root, "tlvs_prot", ROTOR_IMAGE_TLV_SECURITY_COUNTER);
	assert_int_equal(!!hex, info->has_security_counter);
	if (hex)
		assert_int_equal(info->security_counter, 7);
	hex = dumped(root, "tlvs_prot", ROTOR_IMAGE_TLV_VENDOR_ID);
	assert_int_equal(!!hex, info->has_vendor_id);
	if (hex)
		same_hex(hex, info->vendor_id, ROTOR_IMAGE_ID_SIZE);
	hex = dumped(root, "tlvs_prot", ROTOR_IMAGE_TLV_CLASS_ID);
	assert_int_equal(!!hex, info->has_class_id);
	if (hex)
		same_hex(hex, info->class_id, ROTOR_IMAGE_ID_SIZE);
	assert_int_equal(!!dumped(root, "tlvs_prot", ROTOR_IMAGE_TLV_BOOT_RECORD),
			 info->has_boot_record);
	assert_int_equal(!!dumped(root, "tlvs_prot", ROTOR_IMAGE_TLV_DEPENDENCY),
			 info->has_dependency);
}

static void fields_are_those_that_imgtool_shows(void **state)
{
	struct rotor_image_policy policy = image_lenient_policy();
	(void)state;
	policy.flags |= ROTOR_IMAGE_DEPENDENCIES_IGNORED;
	for (size_t i = 0; i < DUMPED; i++) {
		struct rotor_image_verifier v;
		char name[80];
		size_t len;
		uint8_t *data = image_vector(verdicts[i].name, &len);
		assert_int_equal(
		    image_judge(&v, image_backends[image_backend_has(1, verdicts[i].alg) && i % 2],
				&policy, data, len),
		    ROTOR_OK);
		assert_int_equal(v.info.sig_alg, verdicts[i].alg);
		free(data);
		snprintf(name, sizeof(name), "%.*s.dumpinfo.json",
			 (int)strlen(verdicts[i].name) - 4, verdicts[i].name);
		data = image_vector(name, &len);
		json_t *root = json_loadb((char *)data, len, 0, NULL);
		assert_non_null(root);
		same_as_dump(root, &v.info);
		json_decref(root);
		free(data);
	}
}

static void an_inspector_shows_what_no_key_vouches_for(void **state)
{
	static const struct verdict cases[] = {
	    {"unsigned-sha256.bin", ROTOR_IMAGE_ACCEPTED, ROTOR_SIG_NONE},
	    {"ed25519-full.bin", ROTOR_IMAGE_ACCEPTED, ROTOR_SIG_NONE},
	    {"ed25519-sha512.bin", ROTOR_IMAGE_ACCEPTED, ROTOR_SIG_NONE},
	    {"ed25519-pure.bin", ROTOR_IMAGE_ACCEPTED, ROTOR_SIG_NONE},
	    {"rsa3072-full.bin", ROTOR_IMAGE_ACCEPTED, ROTOR_SIG_NONE},
	    {"p256-deps.bin", ROTOR_IMAGE_ACCEPTED, ROTOR_SIG_NONE},
	    {"broken/untrusted-key.bin", ROTOR_IMAGE_ACCEPTED, ROTOR_SIG_NONE},
	    {"broken/body-bit-flipped.bin", ROTOR_IMAGE_HASH_MISMATCH, ROTOR_SIG_NONE},
	    {"broken/tlv-entry-overrun.bin", ROTOR_IMAGE_TLV_OVERRUN, ROTOR_SIG_NONE},
	};
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		struct rotor_image_verifier v;
		size_t len;
		uint8_t *data = image_vector(cases[i].name, &len);
		(void)image_judge(&v, image_backends[0], NULL, data, len);
		assert_int_equal(v.refusal, cases[i].refusal);
		free(data);
	}
}

static void an_image_cut_at_any_byte_is_refused(void **state)
{
	const struct rotor_image_policy policy = image_lenient_policy();
	struct rotor_image_verifier v;
	size_t len;
	uint8_t *data = image_vector("p384-full.bin", &len);
	(void)state;
	for (size_t cut = 0; cut < len; cut++) {
		assert_int_not_equal(image_judge(&v, image_backends[0], &policy, data, cut),
				     ROTOR_OK);
		assert_true(v.refusal == (cut < ROTOR_IMAGE_HEADER_SIZE ? ROTOR_IMAGE_TOO_SHORT
					  : cut < 0x5200 + 141          ? ROTOR_IMAGE_BODY_OVERRUN
									: ROTOR_IMAGE_TLV_OVERRUN));
	}
	free(data);
}

static void any_changed_byte_is_refused(void **state)
{
	const struct rotor_image_policy policy = image_lenient_policy();
	struct rotor_image_verifier v;
	size_t len;
	uint8_t *data = image_vector("p256-vidcid.bin", &len);
	(void)state;
	/* header, then protected and other TLVs; of the body a sample */
	for (size_t at = 0; at < len; at += at >= 64 && at < 0x5100 ? 517 : 1) {
		data[at] ^= 0x04;
		assert_int_not_equal(image_judge(&v, image_backends[0], &policy, data, len),
				     ROTOR_OK);
		data[at] ^= 0x04;
	}
	assert_int_equal(image_judge(&v, image_backends[0], &policy, data, len), ROTOR_OK);
	free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(images_of_imgtool_get_the_verdict_of_a_correct_reader),
	    cmocka_unit_test(every_image_of_imgtool_has_a_verdict_here),
	    cmocka_unit_test(fields_are_those_that_imgtool_shows),
	    cmocka_unit_test(an_inspector_shows_what_no_key_vouches_for),
	    cmocka_unit_test(an_image_cut_at_any_byte_is_refused),
	    cmocka_unit_test(any_changed_byte_is_refused),
	};
	return cmocka_run_group_tests(tests, image_load_keys, NULL);
}
