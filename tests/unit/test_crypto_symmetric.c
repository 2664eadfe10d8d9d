/* SPDX-License-Identifier: Apache-2.0 */
/* Hashes, HMAC, HKDF and AES-GCM of both backends against published vectors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rotor/crypto.h"
#include "support/vectors.h"

static const struct rotor_crypto *const backends[] = {&rotor_crypto_openssl, &rotor_crypto_mbedtls};

#define BYTES_MAX 256

/* ---- hashes: the examples of FIPS 180, and the empty message ---- */

static const struct {
	enum rotor_hash_alg alg;
	const char *text;
	unsigned repeat;
	const char *digest;
} hash_cases[] = {
    {ROTOR_HASH_SHA256, "", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {ROTOR_HASH_SHA384, "", 1,
     "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b"
     "95b"},
    {ROTOR_HASH_SHA512, "", 1,
     "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877ee"
     "c2f63b931bd47417a81a538327af927da3e"},
    {ROTOR_HASH_SHA256, "abc", 1,
     "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {ROTOR_HASH_SHA384, "abc", 1,
     "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c82"
     "5a7"},
    {ROTOR_HASH_SHA512, "abc", 1,
     "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3fee"
     "bbd454d4423643ce80e2a9ac94fa54ca49f"},
    {ROTOR_HASH_SHA256, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    {ROTOR_HASH_SHA384, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
     "3391fdddfc8dc7393707a65b1b4709397cf8b1d162af05abfe8f450de5f36bc6b0455a8520bc4e6f5fe95b1fe3c84"
     "52b"},
    {ROTOR_HASH_SHA512, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
     "204a8fc6dda82f0a0ced7beb8e08a41657c16ef468b228a8279be331a703c33596fd15c13b1b07f9aa1d3bea57789"
     "ca031ad85c7a71dd70354ec631238ca3445"},
    {ROTOR_HASH_SHA256,
     "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnop"
     "qrsmnopqrstnopqrstu",
     1, "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
    {ROTOR_HASH_SHA384,
     "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnop"
     "qrsmnopqrstnopqrstu",
     1,
     "09330c33f71147e83d192fc782cd1b4753111b173b3b05d22fa08086e3b0f712fcc7c71a557e2db966c3e9fa91746"
     "039"},
    {ROTOR_HASH_SHA512,
     "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnop"
     "qrsmnopqrstnopqrstu",
     1,
     "8e959b75dae313da8cf4f72814fc143f8f7779c6eb9f7fa17299aeadb6889018501d289e4900f7e4331b99dec4b54"
     "33ac7d329eeb6dd26545e96e55b874be909"},
    {ROTOR_HASH_SHA256, "a", 1000000,
     "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
    {ROTOR_HASH_SHA384, "a", 1000000,
     "9d0e1809716474cb086e834e310a4a1ced149e9c00f248527972cec5704c2a5b07b8b3dc38ecc4ebae97ddd87f3d8"
     "985"},
    {ROTOR_HASH_SHA512, "a", 1000000,
     "e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973ebde0ff244877ea60a4cb0432ce577c"
     "31beb009c5c2c49aa2e4eadb217ad8cc09b"},
};

static void hashes_match_the_examples_of_fips_180(void **state)
{
	(void)state;
	for (size_t b = 0; b < ROTOR_COUNT_OF(backends); b++) {
		for (size_t i = 0; i < ROTOR_COUNT_OF(hash_cases); i++) {
			uint8_t want[ROTOR_HASH_MAX];
			uint8_t got[ROTOR_HASH_MAX];
			struct rotor_hash h = {0};
			size_t size = vector_hex(hash_cases[i].digest, want, sizeof(want));
			assert_int_equal(size, rotor_hash_size(hash_cases[i].alg));
			assert_int_equal(backends[b]->hash_start(&h, hash_cases[i].alg), ROTOR_OK);
			for (unsigned n = 0; n < hash_cases[i].repeat; n++) {
				assert_int_equal(
				    backends[b]->hash_update(&h, hash_cases[i].text,
							     strlen(hash_cases[i].text)),
				    ROTOR_OK);
			}
			assert_int_equal(backends[b]->hash_finish(&h, got), ROTOR_OK);
			assert_memory_equal(got, want, size);
		}
	}
}

static void a_cloned_hash_goes_its_own_way(void **state)
{
	(void)state;
	for (size_t b = 0; b < ROTOR_COUNT_OF(backends); b++) {
		for (int alg = ROTOR_HASH_SHA256; alg <= ROTOR_HASH_SHA512; alg++) {
			struct rotor_hash one = {0};
			struct rotor_hash two = {0};
			struct rotor_hash dropped = {0};
			uint8_t got[ROTOR_HASH_MAX];
			uint8_t want[ROTOR_HASH_MAX];
			const struct rotor_bytes abc = {(const uint8_t *)"abc", 3};
			const struct rotor_bytes parts[] = {
			    {(const uint8_t *)"a", 1}, {NULL, 0}, {(const uint8_t *)"bc", 2}};
			assert_int_equal(backends[b]->hash_start(&one, alg), ROTOR_OK);
			assert_int_equal(backends[b]->hash_update(&one, "a", 1), ROTOR_OK);
			assert_int_equal(backends[b]->hash_clone(&two, &one), ROTOR_OK);
			assert_int_equal(backends[b]->hash_clone(&dropped, &one), ROTOR_OK);
			backends[b]->hash_release(&dropped);
			backends[b]->hash_release(&dropped);
			assert_int_equal(backends[b]->hash_update(&one, "x", 1), ROTOR_OK);
			assert_int_equal(backends[b]->hash_finish(&one, got), ROTOR_OK);
			assert_int_equal(backends[b]->hash_update(&two, "bc", 2), ROTOR_OK);
			assert_int_equal(backends[b]->hash_finish(&two, got), ROTOR_OK);
			assert_int_equal(rotor_hash_parts(backends[b], alg, &abc, 1, want),
					 ROTOR_OK);
			assert_memory_equal(got, want, rotor_hash_size(alg));
			assert_int_equal(rotor_hash_parts(backends[b], alg, parts, 3, want),
					 ROTOR_OK);
			assert_memory_equal(got, want, rotor_hash_size(alg));
		}
	}
}

static void a_hash_that_does_not_run_says_so(void **state)
{
	(void)state;
	for (size_t b = 0; b < ROTOR_COUNT_OF(backends); b++) {
		struct rotor_hash h = {0};
		struct rotor_hash to = {0};
		uint8_t digest[ROTOR_HASH_MAX];
		assert_int_equal(backends[b]->hash_start(&h, ROTOR_HASH_NONE),
				 ROTOR_ERR_UNSUPPORTED);
		assert_int_equal(backends[b]->hash_start(&h, (enum rotor_hash_alg)99),
				 ROTOR_ERR_UNSUPPORTED);
		assert_int_equal(backends[b]->hash_update(&h, "x", 1), ROTOR_ERR_STATE);
		assert_int_equal(backends[b]->hash_finish(&h, digest), ROTOR_ERR_STATE);
		assert_int_equal(backends[b]->hash_clone(&to, &h), ROTOR_ERR_STATE);
		backends[b]->hash_release(&h);
		assert_int_equal(backends[b]->hash_start(&h, ROTOR_HASH_SHA384), ROTOR_OK);
		assert_int_equal(backends[b]->hash_finish(&h, digest), ROTOR_OK);
		assert_int_equal(backends[b]->hash_update(&h, "x", 1), ROTOR_ERR_STATE);
		assert_int_equal(rotor_hash_parts(backends[b], ROTOR_HASH_NONE, NULL, 0, digest),
				 ROTOR_ERR_UNSUPPORTED);
	}
}

/* ---- HMAC: RFC 4231, cases 1 to 4, 6 and 7 ---- */

static const struct {
	const char *key, *data, *mac[3];
} hmac_cases[] = {
    {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
     "4869205468657265",
     {"b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
      "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa"
      "9cb6",
      "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3"
      "f4e4be9d914eeb61f1702e696c203a126854"}},
    {"4a656665",
     "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
     {"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
      "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab2"
      "1649",
      "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0"
      "e6fdcaeab1a34d4a6b4b636e070a38bce737"}},
    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
     "ddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
     "ddddddd",
     {"773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
      "88062608d3e6ad8a0aa2ace014c8a86f0aa635d947ac9febe83ef4e55966144b2a5ab39dc13814b94e3ab6e101a3"
      "4f27",
      "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39bf3e848279a722c806b485a47e67"
      "c807b946a337bee8942674278859e13292fb"}},
    {"0102030405060708090a0b0c0d0e0f10111213141516171819",
     "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdc"
     "dcdcdcd",
     {"82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
      "3e8a69b7783c25851933ab6290af6ca77a9981480850009cc5577c6e1f573b4e6801dd23c4a7d679ccf8a386c674"
      "cffb",
      "b0ba465637458c6990e5a8c5f61d4af7e576d97ff94b872de76f8050361ee3dba91ca5c11aa25eb4d679275cc578"
      "8063a5f19741120c4f2de2adebeb10a298dd"}},
    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
     "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d2048617368204b6"
     "579204669727374",
     {"60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
      "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe8296248df163f4"
      "4952",
      "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a"
      "1e5295e64f73f63f0aec8b915a985d786598"}},
    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
     "5468697320697320612074657374207573696e672061206c6172676572207468616e20626c6f636b2d73697a65206"
     "b657920616e642061206c6172676572207468616e20626c6f636b2d73697a6520646174612e20546865206b657920"
     "6e6565647320746f20626520686173686564206265666f7265206265696e6720757365642062792074686520484d4"
     "14320616c676f726974686d2e",
     {"9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
      "6617178e941f020d351e2f254e8fd32c602420feb0b8fb9adccebb82461e99c5a678cc31e799176d3860e6110c46"
      "523e",
      "e37b6a775dc87dbaa4dfa9f96e5e3ffddebd71f8867289865df5a32d20cdc944b6022cac3c4982b10d5eeb55c3e4"
      "de15134676fb6de0446065c97440fa8c6a58"}},
};

static void macs_match_rfc_4231(void **state)
{
	(void)state;
	for (size_t b = 0; b < ROTOR_COUNT_OF(backends); b++) {
		for (size_t i = 0; i < ROTOR_COUNT_OF(hmac_cases); i++) {
			uint8_t key[BYTES_MAX];
			uint8_t data[BYTES_MAX];
			size_t key_len = vector_hex(hmac_cases[i].key, key, sizeof(key));
			size_t len = vector_hex(hmac_cases[i].data, data, sizeof(data));
			const struct rotor_bytes parts[] = {{data, 3}, {data + 3, len - 3}};
			for (int alg = ROTOR_HASH_SHA256; alg <= ROTOR_HASH_SHA512; alg++) {
				uint8_t want[ROTOR_HASH_MAX];
				uint8_t got[ROTOR_HASH_MAX];
				size_t size =
				    vector_hex(hmac_cases[i].mac[alg - 1], want, sizeof(want));
				assert_int_equal(
				    backends[b]->hmac(alg, key, key_len, parts, 2, got), ROTOR_OK);
				assert_memory_equal(got, want, size);
			}
		}
		uint8_t mac[2][ROTOR_HASH_MAX];
		static const uint8_t zero[48];
		/* An empty key is a key of zeros. */
		assert_int_equal(backends[b]->hmac(ROTOR_HASH_SHA384, NULL, 0, NULL, 0, mac[0]),
				 ROTOR_OK);
		assert_int_equal(backends[b]->hmac(ROTOR_HASH_SHA384, zero, 48, NULL, 0, mac[1]),
				 ROTOR_OK);
		assert_memory_equal(mac[0], mac[1], 48);
		assert_int_equal(backends[b]->hmac(ROTOR_HASH_NONE, zero, 48, NULL, 0, mac[1]),
				 ROTOR_ERR_UNSUPPORTED);
	}
}

/* ---- HKDF: RFC 5869, cases 1 to 3 ---- */

static const struct {
	const char *ikm, *salt, *info, *prk, *okm;
} hkdf_cases[] = {
    {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "000102030405060708090a0b0c",
     "f0f1f2f3f4f5f6f7f8f9", "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
     "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"},
    {"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2"
     "e2f303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f",
     "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182838485868788898a8b8c8d8"
     "e8f909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
     "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcddd"
     "edfe0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
     "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244",
     "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590"
     "e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87"},
    {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "", "",
     "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
     "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"},
};

static void derived_keys_match_rfc_5869(void **state)
{
	(void)state;
	for (size_t b = 0; b < ROTOR_COUNT_OF(backends); b++) {
		for (size_t i = 0; i < ROTOR_COUNT_OF(hkdf_cases); i++) {
			uint8_t ikm[BYTES_MAX], salt[BYTES_MAX], info[BYTES_MAX], okm[BYTES_MAX];
			uint8_t want_prk[BYTES_MAX], prk[ROTOR_HASH_MAX], got[BYTES_MAX];
			const struct rotor_bytes ikm_view = {
			    ikm, vector_hex(hkdf_cases[i].ikm, ikm, sizeof(ikm))};
			const struct rotor_bytes salt_view = {
			    salt, vector_hex(hkdf_cases[i].salt, salt, sizeof(salt))};
			const struct rotor_bytes info_view = {
			    info, vector_hex(hkdf_cases[i].info, info, sizeof(info))};
			size_t len = vector_hex(hkdf_cases[i].okm, okm, sizeof(okm));
			vector_hex(hkdf_cases[i].prk, want_prk, sizeof(want_prk));
			assert_int_equal(rotor_hkdf_extract(backends[b], ROTOR_HASH_SHA256,
							    salt_view, ikm_view, prk),
					 ROTOR_OK);
			assert_memory_equal(prk, want_prk, 32);
			assert_int_equal(rotor_hkdf_expand(backends[b], ROTOR_HASH_SHA256, prk, 32,
							   info_view, got, len),
					 ROTOR_OK);
			assert_memory_equal(got, okm, len);
		}
	}
}

static void hkdf_knows_its_limits(void **state)
{
	(void)state;
	static uint8_t out[255 * 48 + 1];
	const struct rotor_bytes none = {NULL, 0};
	uint8_t prk[48] = {1};
	for (size_t b = 0; b < ROTOR_COUNT_OF(backends); b++) {
		const struct rotor_crypto *crypto = backends[b];
		assert_int_equal(rotor_hkdf_expand(crypto, ROTOR_HASH_SHA384, prk, 48, none, out,
						   sizeof(out) - 1),
				 ROTOR_OK);
		assert_int_equal(
		    rotor_hkdf_expand(crypto, ROTOR_HASH_SHA384, prk, 48, none, out, sizeof(out)),
		    ROTOR_ERR_ARGUMENT);
		assert_int_equal(rotor_hkdf_expand(crypto, ROTOR_HASH_NONE, prk, 48, none, out, 1),
				 ROTOR_ERR_UNSUPPORTED);
		assert_int_equal(rotor_hkdf_extract(crypto, ROTOR_HASH_NONE, none, none, out),
				 ROTOR_ERR_UNSUPPORTED);
	}
}

/* ---- AES-GCM: "The Galois/Counter Mode of Operation", cases 1, 2, 4, 13, 14, 16 ---- */

#define GCM_KEY "feffe9928665731c6d6a8f9467308308"
#define GCM_IV  "cafebabefacedbaddecaf888"
#define GCM_PLAIN                                                                                  \
	"d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e24" \
	"49a6b525b16aedf5aa0de657ba637b39"
#define GCM_AAD "feedfacedeadbeeffeedfacedeadbeefabaddad2"
#define ZERO_16 "00000000000000000000000000000000"
#define ZERO_12 "000000000000000000000000"

static const struct {
	enum rotor_aead_alg alg;
	const char *key, *iv, *aad, *plain, *cipher, *tag;
} gcm_cases[] = {
    {ROTOR_AEAD_AES128_GCM, ZERO_16, ZERO_12, "", "", "", "58e2fccefa7e3061367f1d57a4e7455a"},
    {ROTOR_AEAD_AES128_GCM, ZERO_16, ZERO_12, "", ZERO_16, "0388dace60b6a392f328c2b971b2fe78",
     "ab6e47d42cec13bdf53a67b21257bddf"},
    {ROTOR_AEAD_AES128_GCM, GCM_KEY, GCM_IV, GCM_AAD, GCM_PLAIN,
     "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
     "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091",
     "5bc94fbc3221a5db94fae95ae7121a47"},
    {ROTOR_AEAD_AES256_GCM, ZERO_16 ZERO_16, ZERO_12, "", "", "",
     "530f8afbc74536b9a963b4f1c4cb738b"},
    {ROTOR_AEAD_AES256_GCM, ZERO_16 ZERO_16, ZERO_12, "", ZERO_16,
     "cea7403d4d606b6e074ec5d3baf39d18", "d0d1c8a799996bf0265b98b5d48ab919"},
    {ROTOR_AEAD_AES256_GCM, GCM_KEY GCM_KEY, GCM_IV, GCM_AAD, GCM_PLAIN,
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
     "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
     "76fc6ece0f4e1768cddf8853bb2d551b"},
};

struct gcm_case {
	enum rotor_aead_alg alg;
	uint8_t key[32], iv[12], aad[64], plain[64], cipher[64], tag[16];
	size_t aad_len, len;
};

static struct gcm_case gcm_case(size_t i)
{
	struct gcm_case c = {.alg = gcm_cases[i].alg};
	vector_hex(gcm_cases[i].key, c.key, sizeof(c.key));
	vector_hex(gcm_cases[i].iv, c.iv, sizeof(c.iv));
	c.aad_len = vector_hex(gcm_cases[i].aad, c.aad, sizeof(c.aad));
	c.len = vector_hex(gcm_cases[i].plain, c.plain, sizeof(c.plain));
	assert_int_equal(vector_hex(gcm_cases[i].cipher, c.cipher, sizeof(c.cipher)), c.len);
	vector_hex(gcm_cases[i].tag, c.tag, sizeof(c.tag));
	return c;
}

static void sealing_matches_the_gcm_specification(void **state)
{
	(void)state;
	for (size_t b = 0; b < ROTOR_COUNT_OF(backends); b++) {
		for (size_t i = 0; i < ROTOR_COUNT_OF(gcm_cases); i++) {
			const struct gcm_case c = gcm_case(i);
			uint8_t buf[64];
			uint8_t tag[16];
			memcpy(buf, c.plain, c.len);
			/* in place */
			assert_int_equal(backends[b]->aead_seal(c.alg, c.key, c.iv, c.aad,
								c.aad_len, buf, c.len, buf, tag),
					 ROTOR_OK);
			assert_memory_equal(buf, c.cipher, c.len);
			assert_memory_equal(tag, c.tag, sizeof(tag));
			assert_int_equal(backends[b]->aead_open(c.alg, c.key, c.iv, c.aad,
								c.aad_len, buf, c.len, tag, buf),
					 ROTOR_OK);
			assert_memory_equal(buf, c.plain, c.len);
			/* from one buffer to another */
			assert_int_equal(backends[b]->aead_open(c.alg, c.key, c.iv, c.aad,
								c.aad_len, c.cipher, c.len, c.tag,
								buf),
					 ROTOR_OK);
			assert_memory_equal(buf, c.plain, c.len);
		}
	}
}

static void a_flipped_bit_anywhere_does_not_open(void **state)
{
	(void)state;
	static const uint8_t erased[64];
	for (size_t b = 0; b < ROTOR_COUNT_OF(backends); b++) {
		for (size_t i = 0; i < ROTOR_COUNT_OF(gcm_cases); i++) {
			const struct gcm_case good = gcm_case(i);
			struct gcm_case c;
			struct {
				uint8_t *at;
				size_t len;
			} fields[] = {
			    {c.key, rotor_aead_key_size(good.alg)},
			    {c.iv, sizeof(c.iv)},
			    {c.aad, good.aad_len},
			    {c.cipher, good.len},
			    {c.tag, sizeof(c.tag)},
			};
			for (size_t f = 0; f < ROTOR_COUNT_OF(fields); f++) {
				for (size_t bit = 0; bit < 8 * fields[f].len; bit += 5) {
					c = good;
					fields[f].at[bit / 8] ^= (uint8_t)(1U << bit % 8);
					uint8_t out[64];
					memset(out, 0xa5, sizeof(out));
					assert_int_equal(backends[b]->aead_open(
							     c.alg, c.key, c.iv, c.aad, c.aad_len,
							     c.cipher, c.len, c.tag, out),
							 ROTOR_ERR_VERIFY);
					assert_memory_equal(out, erased, c.len);
				}
			}
			assert_int_equal(backends[b]->aead_open(good.alg, good.key, good.iv,
								good.aad, good.aad_len, good.cipher,
								good.len, good.tag, c.plain),
					 ROTOR_OK);
		}
		uint8_t none[16] = {0};
		assert_int_equal(backends[b]->aead_seal(ROTOR_AEAD_NONE, none, none, NULL, 0, none,
							1, none, none),
				 ROTOR_ERR_UNSUPPORTED);
		assert_int_equal(backends[b]->aead_open(ROTOR_AEAD_NONE, none, none, NULL, 0, none,
							1, none, none),
				 ROTOR_ERR_UNSUPPORTED);
	}
}

/* ---- the rest ---- */

static void random_bytes_differ(void **state)
{
	(void)state;
	for (size_t b = 0; b < ROTOR_COUNT_OF(backends); b++) {
		uint8_t one[64] = {0};
		uint8_t two[64] = {0};
		assert_int_equal(backends[b]->random(one, sizeof(one)), ROTOR_OK);
		assert_int_equal(backends[b]->random(two, sizeof(two)), ROTOR_OK);
		assert_memory_not_equal(one, two, sizeof(one));
		assert_int_equal(backends[b]->random(one, 0), ROTOR_OK);
	}
}

static void secrets_are_compared_and_erased(void **state)
{
	(void)state;
	uint8_t a[33];
	uint8_t b[33];
	memset(a, 7, sizeof(a));
	memset(b, 7, sizeof(b));
	assert_true(rotor_secret_equal(a, b, sizeof(a)));
	assert_true(rotor_secret_equal(NULL, NULL, 0));
	for (size_t i = 0; i < 8 * sizeof(a); i++) {
		b[i / 8] ^= (uint8_t)(1U << i % 8);
		assert_false(rotor_secret_equal(a, b, sizeof(a)));
		b[i / 8] ^= (uint8_t)(1U << i % 8);
	}
	rotor_wipe(a, 32);
	memset(b, 0, sizeof(b));
	assert_memory_equal(a, b, 32);
	assert_int_equal(a[32], 7);
}

static void sizes_are_those_of_the_algorithms(void **state)
{
	(void)state;
	assert_int_equal(rotor_hash_size(ROTOR_HASH_SHA384), 48);
	assert_int_equal(rotor_hash_size((enum rotor_hash_alg)77), 0);
	assert_int_equal(rotor_sig_size(ROTOR_SIG_ECDSA_P384), 96);
	assert_int_equal(rotor_sig_public_size(ROTOR_SIG_ECDSA_P256), 64);
	assert_int_equal(rotor_sig_private_size(ROTOR_SIG_ECDSA_P384), 48);
	assert_int_equal(rotor_sig_size(ROTOR_SIG_NONE), 0);
	assert_int_equal(rotor_sig_size((enum rotor_sig_alg) - 1), 0);
	assert_int_equal(rotor_kex_public_size(ROTOR_KEX_SECP384R1), 96);
	assert_int_equal(rotor_kex_secret_size(ROTOR_KEX_SECP256R1), 32);
	assert_int_equal(rotor_kex_secret_size(ROTOR_KEX_NONE), 0);
	assert_int_equal(rotor_aead_key_size(ROTOR_AEAD_AES256_GCM), 32);
	assert_int_equal(rotor_aead_key_size((enum rotor_aead_alg)50), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(hashes_match_the_examples_of_fips_180),
	    cmocka_unit_test(a_cloned_hash_goes_its_own_way),
	    cmocka_unit_test(a_hash_that_does_not_run_says_so),
	    cmocka_unit_test(macs_match_rfc_4231),
	    cmocka_unit_test(derived_keys_match_rfc_5869),
	    cmocka_unit_test(hkdf_knows_its_limits),
	    cmocka_unit_test(sealing_matches_the_gcm_specification),
	    cmocka_unit_test(a_flipped_bit_anywhere_does_not_open),
	    cmocka_unit_test(random_bytes_differ),
	    cmocka_unit_test(secrets_are_compared_and_erased),
	    cmocka_unit_test(sizes_are_those_of_the_algorithms),
	};
	return cmocka_run_group_tests_name("crypto_symmetric", tests, NULL, NULL);
}
