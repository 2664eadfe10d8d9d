/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures of packages: good ones of either kind are believed, and nothing that differs in a byte is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rotor/cose.h"
#include "rotor/pldm_package_signature.h"

static const struct rotor_crypto *const backends[] = {&rotor_crypto_openssl, &rotor_crypto_mbedtls};

#define IMAGE_SIZE 100

static struct rotor_soft_key release, stranger;

/* A package in memory, made by make(). */
struct file {
	uint8_t data[1024];
	size_t len, header_len;
	uint64_t fail_from; /* reads past this offset fail; 0: none do */
};

static enum rotor_status file_read(void *ctx, uint64_t offset, void *buf, size_t len)
{
	const struct file *f = ctx;

	assert_true(offset <= f->len && len <= f->len - offset);
	if (f->fail_from && offset + len > f->fail_from)
		return ROTOR_ERR_IO;
	memcpy(buf, f->data + offset, len);
	return ROTOR_OK;
}

static uint8_t header[ROTOR_PACKAGE_HEADER_MAX];

static enum rotor_status open_package(struct rotor_package *package, struct file *f)
{
	struct rotor_package_source source = {file_read, f, f->len};

	return rotor_package_open(package, &source, header, sizeof(header), NULL);
}

enum make {
	PLAIN = 0,
	CARRIED = 1,
	LISTED = 2,     /* a device record lists the signature */
	NOT_LAST = 4,   /* an image stands behind it */
	OTHER_SIZE = 8, /* it is a byte too long */
	DOWNSTREAM = 16,
};

/* Header and images: one of IMAGE_SIZE bytes, and room for a signature if there is to be one. */
static void make(struct file *f, uint8_t revision, unsigned how, uint32_t payload_checksum)
{
	static const uint8_t bits[2][1] = {{1}, {3}};
	static const uint8_t descriptor[] = {1, 0, 4, 0, 1, 2, 3, 4};
	struct rotor_package_component components[3] = {
	    {.classification = 10, .identifier = 1, .size = IMAGE_SIZE}};
	struct rotor_package_record record = {
	    .descriptor_count = 1,
	    .applicable = {bits[how & LISTED && !(how & DOWNSTREAM)], 1},
	    .descriptors = {descriptor, sizeof(descriptor)},
	};
	struct rotor_package_record below = record;
	struct rotor_package_spec spec = {
	    .revision = revision,
	    .bitmap_bits = 8,
	    .devices = &record,
	    .device_count = 1,
	    .downstreams = &below,
	    .downstream_count = how & DOWNSTREAM ? 1 : 0,
	    .components = components,
	    .component_count = how & CARRIED ? 2 : 1,
	    .payload_checksum = payload_checksum,
	};

	below.applicable.data = bits[!!(how & LISTED)];
	components[1] = rotor_package_signature_component();
	if (how & OTHER_SIZE)
		components[1].size++;
	if (how & NOT_LAST) {
		components[2] = components[0];
		components[2].identifier = 2;
		spec.component_count = 3;
	}
	memset(f, 0, sizeof(*f));
	assert_int_equal(
	    rotor_package_write_header(&spec, f->data, sizeof(f->data), &f->header_len), ROTOR_OK);
	f->len = f->header_len;
	for (size_t i = 0; i < spec.component_count; i++) {
		memset(f->data + f->len, 0x30 + (int)i, components[i].size);
		f->len += components[i].size;
	}
}

static enum rotor_status digest_of(const struct rotor_package *package,
				   enum rotor_package_signature_kind kind, size_t piece,
				   uint8_t *digest)
{
	struct rotor_package_digest d;
	enum rotor_status status;
	uint8_t buf[512];

	status = rotor_package_digest_init(&d, &rotor_crypto_openssl, package, kind);
	if (status)
		return status;
	do
		status = rotor_package_digest_step(&d, buf, piece, digest);
	while (status == ROTOR_PENDING);
	return status;
}

static void sign(const uint8_t *digest, enum rotor_package_signature_kind kind,
		 struct rotor_soft_key *key, uint8_t *out)
{
	struct rotor_signer signer = rotor_soft_signer(key);
	struct rotor_crypto_job job = {0};

	assert_int_equal(rotor_package_signature_write(key->crypto, &job, kind, digest, &signer,
						       &key->public_key, out),
			 ROTOR_OK);
}

static enum rotor_status verify(const struct rotor_package *package, const uint8_t *signature,
				size_t len, enum rotor_package_signature_kind kind)
{
	enum rotor_status status = ROTOR_OK;
	uint8_t digest[ROTOR_HASH_MAX];

	status = digest_of(package, kind, 64, digest);
	for (size_t i = 0; status == ROTOR_OK && i < ROTOR_COUNT_OF(backends); i++) {
		struct rotor_crypto_job job = {0};

		status = rotor_package_signature_verify(backends[i], &job,
							(struct rotor_bytes){signature, len}, kind,
							digest, &release.public_key, 1);
	}
	return status;
}

/* A package that carries its signature, whose payload checksum is right. */
static void make_signed(struct file *f, uint8_t revision, struct rotor_soft_key *key)
{
	struct rotor_package package;
	uint8_t digest[ROTOR_HASH_MAX], signature[ROTOR_PACKAGE_SIGNATURE_SIZE];

	make(f, revision, CARRIED, 0);
	assert_int_equal(open_package(&package, f), ROTOR_OK);
	assert_int_equal(digest_of(&package, ROTOR_PACKAGE_SIGNATURE_CARRIED, 512, digest),
			 ROTOR_OK);
	sign(digest, ROTOR_PACKAGE_SIGNATURE_CARRIED, key, signature);
	memcpy(f->data + f->len - sizeof(signature), signature, sizeof(signature));
	uint32_t crc = rotor_crc32(0, f->data + f->header_len, f->len - f->header_len);
	make(f, revision, CARRIED, crc);
	memcpy(f->data + f->len - sizeof(signature), signature, sizeof(signature));
}

static void carried_signatures_are_found_and_believed(void **state)
{
	(void)state;
	for (uint8_t revision = 1; revision <= ROTOR_PACKAGE_REVISION_MAX; revision++) {
		struct rotor_package_component c;
		struct rotor_package_payload_check check;
		struct rotor_package package;
		struct file f;
		uint8_t piece[512];
		enum rotor_status status;

		make_signed(&f, revision, &release);
		assert_int_equal(open_package(&package, &f), ROTOR_OK);
		assert_int_equal(package.unclaimed, 0);
		assert_int_equal(rotor_package_signature_find(&package, &c), ROTOR_OK);
		assert_int_equal(c.offset + c.size, f.len);
		assert_int_equal(
		    verify(&package, f.data + c.offset, c.size, ROTOR_PACKAGE_SIGNATURE_CARRIED),
		    ROTOR_OK);
		/* to every other reader it is a good package */
		rotor_package_payload_check_init(&check, &package);
		do
			status = rotor_package_payload_check_step(&check, piece, sizeof(piece));
		while (status == ROTOR_PENDING);
		assert_int_equal(status, ROTOR_OK);
	}
}

static void put(uint8_t *at, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

/* Whoever changes a package also repairs its checksums. */
static void any_changed_byte_is_found_in_a_carried_signature(void **state)
{
	(void)state;
	struct file good, f;
	unsigned reached = 0;

	make_signed(&good, 4, &release);
	for (size_t at = 0; at < good.len; at++) {
		size_t checksums = good.header_len - 8;
		struct rotor_package_component c;
		struct rotor_package package;

		if (at >= checksums && at < good.header_len)
			continue; /* repaired */
		f = good;
		f.data[at] ^= 1;
		put(f.data + checksums, rotor_crc32(0, f.data, checksums));
		put(f.data + checksums + 4,
		    rotor_crc32(0, f.data + f.header_len, f.len - f.header_len));
		if (open_package(&package, &f) != ROTOR_OK)
			continue;
		enum rotor_status found = rotor_package_signature_find(&package, &c);
		if (found != ROTOR_OK)
			continue; /* no longer announced: a package without a signature */
		reached++;
		assert_int_not_equal(
		    verify(&package, f.data + c.offset, c.size, ROTOR_PACKAGE_SIGNATURE_CARRIED),
		    ROTOR_OK);
	}
	/* all of image and signature, and most of the header */
	assert_true(reached > IMAGE_SIZE + ROTOR_PACKAGE_SIGNATURE_SIZE + 40);
}

static void a_wrong_announcement_is_not_passed_over(void **state)
{
	(void)state;
	static const struct {
		unsigned how;
		enum rotor_status status;
	} cases[] = {
	    {PLAIN, ROTOR_ERR_NOT_FOUND},
	    {CARRIED, ROTOR_OK},
	    {CARRIED | DOWNSTREAM, ROTOR_OK},
	    {CARRIED | LISTED, ROTOR_ERR_FORMAT},
	    {CARRIED | LISTED | DOWNSTREAM, ROTOR_ERR_FORMAT},
	    {CARRIED | NOT_LAST, ROTOR_ERR_FORMAT},
	    {CARRIED | OTHER_SIZE, ROTOR_ERR_FORMAT},
	};
	for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
		struct rotor_package_component c;
		struct rotor_package_digest d;
		struct rotor_package package;
		struct file f;

		make(&f, 2, cases[i].how, 0);
		assert_int_equal(open_package(&package, &f), ROTOR_OK);
		assert_int_equal(rotor_package_signature_find(&package, &c), cases[i].status);
		assert_int_equal(rotor_package_digest_init(&d, &rotor_crypto_openssl, &package,
							   ROTOR_PACKAGE_SIGNATURE_CARRIED),
				 cases[i].status);
		if (cases[i].status == ROTOR_OK)
			d.crypto->hash_release(&d.hash);
	}
	/* bytes behind it would not be covered */
	struct rotor_package_component c;
	struct rotor_package package;
	struct file f;

	make_signed(&f, 3, &release);
	f.len++;
	assert_int_equal(open_package(&package, &f), ROTOR_OK);
	assert_int_equal(rotor_package_signature_find(&package, &c), ROTOR_ERR_FORMAT);
}

static void a_detached_signature_covers_every_byte(void **state)
{
	(void)state;
	uint8_t signature[ROTOR_PACKAGE_SIGNATURE_SIZE], digest[ROTOR_HASH_MAX],
	    expected[ROTOR_HASH_MAX];
	struct rotor_package package;
	struct file f;

	make(&f, 4, PLAIN, 0);
	assert_int_equal(open_package(&package, &f), ROTOR_OK);
	struct rotor_bytes whole = {f.data, f.len};
	assert_int_equal(
	    rotor_hash_parts(&rotor_crypto_openssl, ROTOR_HASH_SHA384, &whole, 1, expected),
	    ROTOR_OK);
	for (size_t piece = 1; piece <= 512; piece += 7) {
		assert_int_equal(
		    digest_of(&package, ROTOR_PACKAGE_SIGNATURE_DETACHED, piece, digest), ROTOR_OK);
		assert_memory_equal(digest, expected, 48);
	}
	sign(digest, ROTOR_PACKAGE_SIGNATURE_DETACHED, &release, signature);
	for (size_t at = 0; at < f.len; at++) {
		f.data[at] ^= 0x20;
		assert_int_equal(verify(&package, signature, sizeof(signature),
					ROTOR_PACKAGE_SIGNATURE_DETACHED),
				 ROTOR_ERR_VERIFY);
		f.data[at] ^= 0x20;
	}
	assert_int_equal(
	    verify(&package, signature, sizeof(signature), ROTOR_PACKAGE_SIGNATURE_DETACHED),
	    ROTOR_OK);
	for (size_t len = 0; len < sizeof(signature); len++)
		assert_int_equal(verify(&package, signature, len, ROTOR_PACKAGE_SIGNATURE_DETACHED),
				 ROTOR_ERR_FORMAT);
	for (size_t at = 0; at < sizeof(signature); at++) {
		signature[at] ^= 1;
		assert_int_not_equal(verify(&package, signature, sizeof(signature),
					    ROTOR_PACKAGE_SIGNATURE_DETACHED),
				     ROTOR_OK);
		signature[at] ^= 1;
	}
}

static void only_the_right_key_and_the_right_kind_are_believed(void **state)
{
	(void)state;
	uint8_t signature[ROTOR_PACKAGE_SIGNATURE_SIZE], digest[ROTOR_HASH_MAX], out[256];
	struct rotor_signer signer = rotor_soft_signer(&release);
	struct rotor_crypto_job job = {0};
	struct rotor_package package;
	struct file f;
	size_t len;

	make(&f, 4, CARRIED, 0);
	assert_int_equal(open_package(&package, &f), ROTOR_OK);
	assert_int_equal(digest_of(&package, ROTOR_PACKAGE_SIGNATURE_DETACHED, 64, digest),
			 ROTOR_OK);
	sign(digest, ROTOR_PACKAGE_SIGNATURE_DETACHED, &stranger, signature);
	assert_int_equal(
	    verify(&package, signature, sizeof(signature), ROTOR_PACKAGE_SIGNATURE_DETACHED),
	    ROTOR_ERR_UNTRUSTED);
	/* of the right digest, but said to be of the other kind */
	sign(digest, ROTOR_PACKAGE_SIGNATURE_CARRIED, &release, signature);
	assert_int_equal(
	    verify(&package, signature, sizeof(signature), ROTOR_PACKAGE_SIGNATURE_DETACHED),
	    ROTOR_ERR_VERIFY);
	/* what the same key has signed as something else, with the same content, is no signature of a package */
	sign(digest, ROTOR_PACKAGE_SIGNATURE_DETACHED, &release, signature);
	struct rotor_bytes statement = {signature + 20, 56};
	assert_int_equal(signature[19], 56); /* the statement's length stands before it */
	assert_int_equal(rotor_cose_sign1_write(&rotor_crypto_openssl, &job, statement,
						(struct rotor_bytes){NULL, 0}, &signer,
						&release.public_key, out, sizeof(out), &len),
			 ROTOR_OK);
	assert_int_equal(len, sizeof(signature));
	assert_int_equal(verify(&package, out, len, ROTOR_PACKAGE_SIGNATURE_DETACHED),
			 ROTOR_ERR_VERIFY);
}

static void a_failing_source_is_told(void **state)
{
	(void)state;
	struct rotor_package package;
	uint8_t digest[ROTOR_HASH_MAX];
	struct file f;

	make(&f, 4, CARRIED, 0);
	assert_int_equal(open_package(&package, &f), ROTOR_OK);
	for (f.fail_from = 1; f.fail_from < f.len; f.fail_from += 10)
		assert_int_equal(digest_of(&package, ROTOR_PACKAGE_SIGNATURE_DETACHED, 64, digest),
				 ROTOR_ERR_IO);
}

static int make_keys(void **state)
{
	uint8_t seed[64];

	(void)state;
	memset(seed, 1, sizeof(seed));
	if (rotor_crypto_openssl.key_derive(&release, ROTOR_SIG_ECDSA_P384, seed, sizeof(seed)))
		return -1;
	memset(seed, 2, sizeof(seed));
	return rotor_crypto_openssl.key_derive(&stranger, ROTOR_SIG_ECDSA_P384, seed, sizeof(seed))
		   ? -1
		   : 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(carried_signatures_are_found_and_believed),
	    cmocka_unit_test(any_changed_byte_is_found_in_a_carried_signature),
	    cmocka_unit_test(a_wrong_announcement_is_not_passed_over),
	    cmocka_unit_test(a_detached_signature_covers_every_byte),
	    cmocka_unit_test(only_the_right_key_and_the_right_kind_are_believed),
	    cmocka_unit_test(a_failing_source_is_told),
	};
	return cmocka_run_group_tests(tests, make_keys, NULL);
}
