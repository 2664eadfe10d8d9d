/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every algorithm of every backend: published answers for those that not every device has, wrong input, and wherever two backends
 * have the same, each against the other. What a backend lacks it must say.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/cert_chain.h"
#include "support/to_end.h"
#include "support/vectors.h"

static const struct rotor_crypto *const backends[] = {&rotor_crypto_openssl, &rotor_crypto_mbedtls};

#define FOR_EACH_BACKEND(c)                                                                        \
	for (size_t c##_i = 0; c##_i < ROTOR_COUNT_OF(backends); c##_i++)                          \
		for (const struct rotor_crypto *c = backends[c##_i]; c; c = NULL)

static bool has(uint32_t mask, unsigned alg)
{
	return mask & ROTOR_BIT(alg);
}

/* ---- hashes: FIPS 202's examples, the empty message and a million times a; HMAC computed with Python's hmac ---- */

static const struct {
	enum rotor_hash_alg alg;
	const char *empty, *abc, *million, *hmac;
} sha3[] = {
    {ROTOR_HASH_SHA3_256, "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a",
     "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532",
     "5c8875ae474a3634ba4fd55ec85bffd661f32aca75c6d699d0cdcb6c115891c1",
     "8c6e0683409427f8931711b10ca92a506eb1fafa48fadd66d76126f47ac2c333"},
    {ROTOR_HASH_SHA3_384,
     "0c63a75b845e4f7d01107d852e4c2485c51a50aaaa94fc61995e71bbee983a2a"
     "c3713831264adb47fb6bd1e058d5f004",
     "ec01498288516fc926459f58e2c6ad8df9b473cb0fc08c2596da7cf0e49be4b2"
     "98d88cea927ac7f539f1edf228376d25",
     "eee9e24d78c1855337983451df97c8ad9eedf256c6334f8e948d252d5e0e7684"
     "7aa0774ddb90a842190d2c558b4b8340",
     "aa739ad9fcdf9be4a04f06680ade7a1bd1e01a0af64accb04366234cf9f6934a"
     "0f8589772f857681fcde8acc256091a2"},
    {ROTOR_HASH_SHA3_512,
     "a69f73cca23a9ac5c8b567dc185a756e97c982164fe25859e0d1dcc1475c80a6"
     "15b2123af1f5f94c11e3e9402c3ac558f500199d95b6d3e301758586281dcd26",
     "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e"
     "10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0",
     "3c3a876da14034ab60627c077bb98f7e120a2a5370212dffb3385a18d4f38859"
     "ed311d0a9d5141ce9cc5c66ee689b266a8aa18ace8282a0e0db596c90b0a7b87",
     "237a35049c40b3ef5ddd960b3dc893d8284953b9a4756611b1b61bffcf53edd9"
     "79f93547db714b06ef0a692062c609b70208ab8d4a280ceee40ed8100f293063"},
};

static void check_digest(const struct rotor_crypto *crypto, enum rotor_hash_alg alg,
			 const char *text, size_t times, const char *want)
{
	struct rotor_hash h = {0};
	uint8_t got[ROTOR_HASH_MAX], expected[ROTOR_HASH_MAX];
	assert_int_equal(vector_hex(want, expected, sizeof(expected)), rotor_hash_size(alg));
	assert_int_equal(crypto->hash_start(&h, alg), ROTOR_OK);
	for (size_t i = 0; i < times; i++) {
		assert_int_equal(crypto->hash_update(&h, text, strlen(text)), ROTOR_OK);
	}
	assert_int_equal(crypto->hash_finish(&h, got), ROTOR_OK);
	assert_memory_equal(got, expected, rotor_hash_size(alg));
}

static void sha3_matches_fips_202(void **state)
{
	(void)state;
	static const char thousand[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
				       "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
	static const char fox[] = "The quick brown fox jumps over the lazy dog";
	const struct rotor_bytes parts[] = {{(const uint8_t *)fox, 9},
					    {(const uint8_t *)fox + 9, sizeof(fox) - 10}};
	unsigned checked = 0;
	FOR_EACH_BACKEND(crypto)
	{
		for (size_t i = 0; i < ROTOR_COUNT_OF(sha3); i++) {
			struct rotor_hash h = {0};
			uint8_t mac[ROTOR_HASH_MAX], want[ROTOR_HASH_MAX];
			if (!has(crypto->hashes, sha3[i].alg)) {
				assert_int_equal(crypto->hash_start(&h, sha3[i].alg),
						 ROTOR_ERR_UNSUPPORTED);
				assert_int_equal(crypto->hmac(sha3[i].alg, (const uint8_t *)"key",
							      3, parts, 2, mac),
						 ROTOR_ERR_UNSUPPORTED);
				continue;
			}
			check_digest(crypto, sha3[i].alg, "", 1, sha3[i].empty);
			check_digest(crypto, sha3[i].alg, "abc", 1, sha3[i].abc);
			check_digest(crypto, sha3[i].alg, thousand, 10000, sha3[i].million);
			vector_hex(sha3[i].hmac, want, sizeof(want));
			assert_int_equal(
			    crypto->hmac(sha3[i].alg, (const uint8_t *)"key", 3, parts, 2, mac),
			    ROTOR_OK);
			assert_memory_equal(mac, want, rotor_hash_size(sha3[i].alg));
			checked++;
		}
	}
	assert_true(checked >= ROTOR_COUNT_OF(sha3));
}

static void backends_that_have_a_hash_agree_on_it(void **state)
{
	(void)state;
	uint8_t text[300];
	memset(text, 0x5a, sizeof(text));
	for (unsigned alg = 1; alg < 32; alg++) {
		uint8_t digest[2][ROTOR_HASH_MAX];
		uint32_t both = backends[0]->hashes & backends[1]->hashes;
		assert_true(!has(backends[0]->hashes | backends[1]->hashes, alg) ||
			    rotor_hash_size((enum rotor_hash_alg)alg));
		for (size_t len = 0; len <= sizeof(text) && has(both, alg); len += 37) {
			for (size_t b = 0; b < 2; b++) {
				const struct rotor_bytes part = {text, len};
				assert_int_equal(rotor_hash_parts(backends[b],
								  (enum rotor_hash_alg)alg, &part,
								  1, digest[b]),
						 ROTOR_OK);
			}
			assert_memory_equal(digest[0], digest[1],
					    rotor_hash_size((enum rotor_hash_alg)alg));
		}
	}
}

/* ---- ChaCha20-Poly1305: RFC 8439, 2.8.2 ---- */

static void chacha20_poly1305_matches_rfc_8439(void **state)
{
	(void)state;
	static const char text[] = "Ladies and Gentlemen of the class of '99: If I could offer you "
				   "only one tip for the future, sunscreen would be it.";
	uint8_t key[32], iv[12], aad[12], want[114], tag[16], out[114], got_tag[16];
	for (uint8_t i = 0; i < 32; i++) {
		key[i] = (uint8_t)(0x80 + i);
	}
	vector_hex("070000004041424344454647", iv, sizeof(iv));
	vector_hex("50515253c0c1c2c3c4c5c6c7", aad, sizeof(aad));
	vector_hex("1ae10b594f09e26a7e902ecbd0600691", tag, sizeof(tag));
	vector_hex("d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6"
		   "3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36"
		   "92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
		   "3ff4def08e4b7a9de576d26586cec64b6116",
		   want, sizeof(want));
	FOR_EACH_BACKEND(crypto)
	{
		const enum rotor_aead_alg alg = ROTOR_AEAD_CHACHA20_POLY1305;
		enum rotor_status status =
		    crypto->aead_seal(alg, key, iv, aad, sizeof(aad), (const uint8_t *)text,
				      sizeof(out), out, got_tag);
		if (!has(crypto->aeads, alg)) {
			assert_int_equal(status, ROTOR_ERR_UNSUPPORTED);
			continue;
		}
		assert_int_equal(status, ROTOR_OK);
		assert_memory_equal(out, want, sizeof(want));
		assert_memory_equal(got_tag, tag, sizeof(tag));
		assert_int_equal(crypto->aead_open(alg, key, iv, aad, sizeof(aad), out, sizeof(out),
						   got_tag, out),
				 ROTOR_OK);
		assert_memory_equal(out, text, sizeof(out));
	}
}

/* What one backend seals, the other opens; a bit flipped anywhere, and nothing is opened. */
static void exchange_sealed(const struct rotor_crypto *from, const struct rotor_crypto *to,
			    enum rotor_aead_alg alg, size_t len)
{
	static const uint8_t zeros[80];
	uint8_t key[32], iv[12], aad[7], text[80], sealed[80], tag[16], out[80];
	memset(key, 0x31, sizeof(key));
	memset(iv, 0x32, sizeof(iv));
	memset(aad, 0x33, sizeof(aad));
	memset(text, 0x34, sizeof(text));
	assert_int_equal(from->aead_seal(alg, key, iv, aad, sizeof(aad), text, len, sealed, tag),
			 ROTOR_OK);
	assert_int_equal(to->aead_open(alg, key, iv, aad, sizeof(aad), sealed, len, tag, out),
			 ROTOR_OK);
	assert_memory_equal(out, text, len);
	const struct {
		uint8_t *at;
		size_t len;
	} fields[] = {
	    {key, rotor_aead_key_size(alg)}, {iv, 12}, {aad, 7}, {sealed, len}, {tag, 16}};
	for (size_t f = 0; f < ROTOR_COUNT_OF(fields); f++) {
		for (size_t bit = 0; bit < 8 * fields[f].len; bit += 13) {
			fields[f].at[bit / 8] ^= (uint8_t)(1u << bit % 8);
			memset(out, 0xa5, sizeof(out));
			assert_int_equal(
			    to->aead_open(alg, key, iv, aad, sizeof(aad), sealed, len, tag, out),
			    ROTOR_ERR_VERIFY);
			assert_memory_equal(out, zeros, len);
			fields[f].at[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
	}
}

static void every_aead_is_opened_by_whoever_has_it(void **state)
{
	(void)state;
	unsigned exchanged = 0;
	for (unsigned alg = 1; alg < 32; alg++) {
		FOR_EACH_BACKEND(from)
		{
			FOR_EACH_BACKEND(to)
			{
				if (!has(from->aeads & to->aeads, alg)) {
					continue;
				}
				exchange_sealed(from, to, (enum rotor_aead_alg)alg, 80);
				exchange_sealed(from, to, (enum rotor_aead_alg)alg, 0);
				exchanged++;
			}
		}
	}
	assert_true(exchanged >= 8);
}

/* ---- signatures ---- */

#define HASH_COUNT 6

/* Whether a signature over a digest of that hash is usual; EdDSA takes any. */
static enum rotor_status check(const struct rotor_crypto *crypto,
			       const struct rotor_public_key *key, enum rotor_hash_alg hash,
			       const uint8_t *digest, const uint8_t *sig, size_t len)
{
	return verify_to_end(crypto, key, hash, digest, sig, len);
}

/* A good signature by one backend: what does another say to it, and to what is changed in it? */
static void judge(const struct rotor_crypto *crypto, const struct rotor_public_key *key,
		  enum rotor_hash_alg hash, const uint8_t *good_digest, const uint8_t *good)
{
	uint8_t sig[ROTOR_SIGNATURE_MAX], digest[ROTOR_HASH_MAX];
	size_t len = rotor_sig_size(key->alg);
	struct rotor_public_key other = *key;
	memcpy(sig, good, len);
	memcpy(digest, good_digest, rotor_hash_size(hash));
	assert_int_equal(check(crypto, key, hash, digest, sig, len), ROTOR_OK);
	for (size_t bit = 0; bit < 8 * len; bit += 8 * len / 3 - 1) {
		sig[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_int_equal(check(crypto, key, hash, digest, sig, len), ROTOR_ERR_VERIFY);
		sig[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	digest[0] ^= 1;
	assert_int_equal(check(crypto, key, hash, digest, sig, len), ROTOR_ERR_VERIFY);
	digest[0] ^= 1;
	other.bytes[7] ^= 1;
	assert_int_equal(check(crypto, &other, hash, digest, sig, len), ROTOR_ERR_VERIFY);
	assert_int_equal(check(crypto, key, hash, digest, sig, len - 1), ROTOR_ERR_VERIFY);
	assert_int_equal(check(crypto, key, hash, digest, sig, 0), ROTOR_ERR_VERIFY);
	other = *key;
	other.len--;
	assert_int_equal(check(crypto, &other, hash, digest, sig, len), ROTOR_ERR_VERIFY);
	assert_int_equal(check(crypto, key, ROTOR_HASH_NONE, digest, sig, len),
			 ROTOR_ERR_UNSUPPORTED);
	memset(sig, 0, len);
	assert_int_equal(check(crypto, key, hash, digest, sig, len), ROTOR_ERR_VERIFY);
	memset(sig, 0xff, len);
	assert_int_equal(check(crypto, key, hash, digest, sig, len), ROTOR_ERR_VERIFY);
}

/* RSA names the hash and the padding in a signature: another one is wrong, though size and key are the same. */
static void judge_claims(const struct rotor_crypto *crypto, const struct rotor_public_key *key,
			 enum rotor_hash_alg hash, const uint8_t *digest, const uint8_t *sig)
{
	struct rotor_public_key other = *key;
	size_t len = rotor_sig_size(key->alg);
	uint8_t padded[ROTOR_HASH_MAX] = {0};
	memcpy(padded, digest, rotor_hash_size(hash));
	assert_int_equal(check(crypto, key,
			       hash == ROTOR_HASH_SHA512 ? ROTOR_HASH_SHA384 : ROTOR_HASH_SHA512,
			       padded, sig, len),
			 ROTOR_ERR_VERIFY);
	other.alg =
	    rotor_sig_key(key->alg) == key->alg
		? (enum rotor_sig_alg)(key->alg + ROTOR_SIG_RSA2048_PKCS1 - ROTOR_SIG_RSA2048_PSS)
		: rotor_sig_key(key->alg);
	assert_int_equal(check(crypto, &other, hash, digest, sig, len), ROTOR_ERR_VERIFY);
}

static bool is_rsa(enum rotor_sig_alg alg)
{
	return alg >= ROTOR_SIG_RSA2048_PSS && alg <= ROTOR_SIG_RSA4096_PKCS1;
}

static void sign_and_judge(const struct rotor_crypto *crypto, enum rotor_sig_alg alg,
			   enum rotor_hash_alg hash)
{
	struct rotor_soft_key key = chain_key(crypto, alg, 9);
	const struct rotor_signer signer = rotor_soft_signer(&key);
	uint8_t digest[ROTOR_HASH_MAX], sig[ROTOR_SIGNATURE_MAX];
	memset(digest, 0x77, sizeof(digest));
	assert_int_equal(key.public_key.len, rotor_sig_public_size(alg));
	assert_int_equal(sign_to_end(&signer, hash, digest, sig), ROTOR_OK);
	FOR_EACH_BACKEND(judging)
	{
		if (!has(judging->sigs, alg)) {
			assert_int_equal(
			    check(judging, &key.public_key, hash, digest, sig, rotor_sig_size(alg)),
			    ROTOR_ERR_UNSUPPORTED);
		} else if (has(judging->hashes, hash)) {
			judge(judging, &key.public_key, hash, digest, sig);
			if (is_rsa(alg)) {
				judge_claims(judging, &key.public_key, hash, digest, sig);
			}
		}
	}
}

static void every_signature_is_good_for_whoever_has_it(void **state)
{
	(void)state;
	for (unsigned alg = 1; alg < 32; alg++) {
		unsigned signers = 0;
		FOR_EACH_BACKEND(crypto)
		{
			struct rotor_soft_key key;
			uint8_t secret[ROTOR_PRIVATE_KEY_MAX] = {1};
			if (!has(crypto->sigs, alg)) {
				assert_int_equal(
				    crypto->key_import(&key, (enum rotor_sig_alg)alg, secret),
				    ROTOR_ERR_UNSUPPORTED);
				continue;
			}
			signers++;
			for (unsigned hash = 1; hash <= HASH_COUNT; hash++) {
				if (has(crypto->hashes, hash)) {
					sign_and_judge(crypto, (enum rotor_sig_alg)alg,
						       (enum rotor_hash_alg)hash);
				}
			}
		}
		/* All that is named is somewhere. */
		assert_true(signers || !rotor_sig_size((enum rotor_sig_alg)alg));
	}
}

/* ---- P-521: RFC 6979, A.2.7 ---- */

static void p521_matches_rfc_6979(void **state)
{
	(void)state;
	static const struct {
		const char *message, *sig;
	} cases[] = {
	    {"sample", "00C328FAFCBD79DD77850370C46325D987CB525569FB63C5D3BC53950E6D4C5F174E25A1EE9"
		       "017B5D450606AD"
		       "D152B534931D7D4E8455CC91F9B15BF05EC36E377FA"
		       "00617CCE7CF5064806C467F678D3B4080D6F1CC50AF26CA209417308281B68AF282623EAA63"
		       "E5B5C0723D8B8C"
		       "37FF0777B1A20F8CCB1DCCC43997F1EE0E44DA4A67A"},
	    {"test", "013E99020ABF5CEE7525D16B69B229652AB6BDF2AFFCAEF38773B4B7D08725F10CDB93482FDCC"
		     "54EDCEE91ECA"
		     "4166B2A7C6265EF0CE2BD7051B7CEF945BABD47EE6D"
		     "01FBD0013C674AA79CB39849527916CE301C66EA7CE8B80682786AD60F98F7E78A19CA69EFF5C"
		     "57400E3B3A0A"
		     "D66CE0978214D13BAF4E9AC60752F7B155E2DE4DCE3"},
	};
	uint8_t secret[66], public_key[132];
	vector_hex(
	    "00FAD06DAA62BA3B25D2FB40133DA757205DE67F5BB0018FEE8C86E1B68C7E75CAA896EB32F1F47C7085"
	    "5836A6D16FCC1466F6D8FBEC67DB89EC0C08B0E996B83538",
	    secret, sizeof(secret));
	vector_hex(
	    "01894550D0785932E00EAA23B694F213F8C3121F86DC97A04E5A7167DB4E5BCD371123D46E45DB6B5D53"
	    "70A7F20FB633155D38FFA16D2BD761DCAC474B9A2F5023A4"
	    "00493101C962CD4D2FDDF782285E64584139C2F91B47F87FF82354D6630F746A28A0DB25741B5B34A828"
	    "008B22ACC23F924FAAFBD4D33F81EA66956DFEAA2BFDFCF5",
	    public_key, sizeof(public_key));
	FOR_EACH_BACKEND(crypto)
	{
		struct rotor_soft_key key;
		if (!has(crypto->sigs, ROTOR_SIG_ECDSA_P521)) {
			continue;
		}
		assert_int_equal(crypto->key_import(&key, ROTOR_SIG_ECDSA_P521, secret), ROTOR_OK);
		assert_memory_equal(key.public_key.bytes, public_key, sizeof(public_key));
		const struct rotor_signer signer = rotor_soft_signer(&key);
		for (size_t i = 0; i < ROTOR_COUNT_OF(cases); i++) {
			const struct rotor_bytes part = {(const uint8_t *)cases[i].message,
							 strlen(cases[i].message)};
			uint8_t digest[64], want[132], sig[132];
			assert_int_equal(vector_hex(cases[i].sig, want, sizeof(want)), 132);
			assert_int_equal(
			    rotor_hash_parts(crypto, ROTOR_HASH_SHA512, &part, 1, digest),
			    ROTOR_OK);
			assert_int_equal(sign_to_end(&signer, ROTOR_HASH_SHA512, digest, sig),
					 ROTOR_OK);
			if (crypto->key_sign_deterministic) {
				assert_memory_equal(sig, want, sizeof(want));
			}
			assert_int_equal(check(crypto, &key.public_key, ROTOR_HASH_SHA512, digest,
					       want, sizeof(want)),
					 ROTOR_OK);
		}
		memset(secret, 0xff, sizeof(secret)); /* not less than n */
		assert_int_equal(crypto->key_import(&key, ROTOR_SIG_ECDSA_P521, secret),
				 ROTOR_ERR_FORMAT);
		memset(secret, 0, sizeof(secret));
		assert_int_equal(crypto->key_import(&key, ROTOR_SIG_ECDSA_P521, secret),
				 ROTOR_ERR_FORMAT);
		vector_hex(
		    "00FAD06DAA62BA3B25D2FB40133DA757205DE67F5BB0018FEE8C86E1B68C7E75CAA896EB32F1"
		    "F47C70855836A6D16FCC1466F6D8FBEC67DB89EC0C08B0E996B83538",
		    secret, sizeof(secret));
	}
}

/* ---- EdDSA of messages: RFC 8032, 7.1 and 7.4 ---- */

#if ROTOR_CRYPTO_EDDSA
static const struct {
	enum rotor_sig_alg alg;
	const char *secret, *public_key, *message, *sig;
} rfc8032[] = {
    {ROTOR_SIG_ED25519, "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
     "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b"
     "46b"
     "d25bf5f0595bbe24655141438e7a100b"},
    {ROTOR_SIG_ED25519, "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
     "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc"
     "659"
     "4a7c15e9716ed28dc027beceea1ec40a"},
    {ROTOR_SIG_ED448,
     "6c82a562cb808d10d632be89c8513ebf6c929f34ddfa8c9f63c9960ef6e348a3528c8a3fcc2f044e39a3fc5b94492"
     "f8f"
     "032e7549a20098f95b",
     "5fd7449b59b461fd2ce787ec616ad46a1da1342485a70e1f8a0ea75d80e96778edf124769b46c7061bd6783df1e50"
     "f6c"
     "d1fa1abeafe8256180",
     "",
     "533a37f6bbe457251f023c0d88f976ae2dfb504a843e34d2074fd823d41a591f2b233f034f628281f2fd7a22ddd47"
     "d78"
     "28c59bd0a21bfd3980ff0d2028d4b18a9df63e006c5d1c2d345b925d8dc00b4104852db99ac5c7cdda8530a113a0f"
     "4db"
     "b61149f05a7363268c71d95808ff2e652600"},
    {ROTOR_SIG_ED448,
     "c4eab05d357007c632f3dbb48489924d552b08fe0c353a0d4a1f00acda2c463afbea67c5e8d2877c5e3bc397a6599"
     "49e"
     "f8021e954e0a12274e",
     "43ba28f430cdff456ae531545f7ecd0ac834a55d9358c0372bfa0c6c6798c0866aea01eb00742802b8438ea4cb821"
     "69c"
     "235160627b4c3a9480",
     "03",
     "26b8f91727bd62897af15e41eb43c377efb9c610d48f2335cb0bd0087810f4352541b143c4b981b7e18f62de8ccdf"
     "633"
     "fc1bf037ab7cd779805e0dbcc0aae1cbcee1afb2e027df36bc04dcecbf154336c19f0af7e0a6472905e799f1953d2"
     "a0f"
     "f3348ab21aa4adafd1d234441cf807c03a00"},
};

static enum rotor_status check_message(const struct rotor_crypto *crypto,
				       const struct rotor_public_key *key,
				       struct rotor_bytes message, const uint8_t *sig, size_t len)
{
	struct rotor_crypto_job job = {0};
	enum rotor_status status;
	SETTLE(status, crypto->verify_message(&job, key, message, sig, len));
	return status;
}

static void messages_are_signed_as_rfc_8032_says(void **state)
{
	(void)state;
	unsigned checked = 0;
	FOR_EACH_BACKEND(crypto)
	{
		for (size_t i = 0; i < ROTOR_COUNT_OF(rfc8032); i++) {
			const enum rotor_sig_alg alg = rfc8032[i].alg;
			uint8_t secret[57], want[114], sig[114], bytes[64] = {0};
			struct rotor_bytes message = {bytes, 0};
			struct rotor_crypto_job job = {0};
			struct rotor_soft_key key;
			if (!has(crypto->sigs, alg)) {
				assert_null(crypto->verify_message);
				assert_null(crypto->key_sign_message);
				continue;
			}
			vector_hex(rfc8032[i].secret, secret, sizeof(secret));
			message.len = vector_hex(rfc8032[i].message, bytes, sizeof(bytes));
			size_t len = vector_hex(rfc8032[i].sig, want, sizeof(want));
			assert_int_equal(len, rotor_sig_size(alg));
			assert_int_equal(crypto->key_import(&key, alg, secret), ROTOR_OK);
			vector_hex(rfc8032[i].public_key, sig, sizeof(sig));
			assert_memory_equal(key.public_key.bytes, sig, key.public_key.len);
			const struct rotor_signer signer = rotor_soft_signer(&key);
			assert_int_equal(signer.sign_message(&signer, &job, message, sig),
					 ROTOR_OK);
			assert_memory_equal(sig, want, len);
			assert_int_equal(check_message(crypto, &key.public_key, message, sig, len),
					 ROTOR_OK);
			for (size_t bit = 0; bit < 8 * len; bit += 23) {
				sig[bit / 8] ^= (uint8_t)(1u << bit % 8);
				assert_int_equal(
				    check_message(crypto, &key.public_key, message, sig, len),
				    ROTOR_ERR_VERIFY);
				sig[bit / 8] ^= (uint8_t)(1u << bit % 8);
			}
			message.len++;
			assert_int_equal(check_message(crypto, &key.public_key, message, sig, len),
					 ROTOR_ERR_VERIFY);
			message.len--;
			assert_int_equal(
			    check_message(crypto, &key.public_key, message, sig, len - 1),
			    ROTOR_ERR_VERIFY);
			key.public_key.alg = ROTOR_SIG_ECDSA_P256;
			assert_int_equal(check_message(crypto, &key.public_key, message, sig, len),
					 ROTOR_ERR_UNSUPPORTED);
			checked++;
		}
	}
	assert_true(checked >= ROTOR_COUNT_OF(rfc8032));
}

static void a_digest_is_signed_as_the_message_that_it_is(void **state)
{
	(void)state;
	const struct rotor_crypto *crypto = &rotor_crypto_openssl;
	for (unsigned alg = ROTOR_SIG_ED25519; alg <= ROTOR_SIG_ED448; alg++) {
		struct rotor_soft_key key = chain_key(crypto, (enum rotor_sig_alg)alg, 3);
		const struct rotor_signer signer = rotor_soft_signer(&key);
		uint8_t digest[48], sig[114];
		memset(digest, 0x42, sizeof(digest));
		assert_int_equal(sign_to_end(&signer, ROTOR_HASH_SHA384, digest, sig), ROTOR_OK);
		assert_int_equal(check_message(crypto, &key.public_key,
					       (struct rotor_bytes){digest, sizeof(digest)}, sig,
					       rotor_sig_size((enum rotor_sig_alg)alg)),
				 ROTOR_OK);
	}
	struct rotor_soft_key p384 = chain_key(crypto, ROTOR_SIG_ECDSA_P384, 3);
	assert_null(rotor_soft_signer(&p384).sign_message);
}
#endif

/* ---- key exchange ---- */

static void every_exchange_gives_both_sides_one_secret(void **state)
{
	(void)state;
	for (unsigned alg = 1; alg < 32; alg++) {
		unsigned pairs = 0;
		FOR_EACH_BACKEND(one)
		{
			FOR_EACH_BACKEND(two)
			{
				const struct rotor_crypto *who[2] = {one, two};
				struct rotor_kex k[2] = {{0}};
				uint8_t value[2][ROTOR_KEX_PUBLIC_MAX];
				uint8_t secret[2][ROTOR_KEX_SECRET_MAX];
				if (!has(one->kexes & two->kexes, alg)) {
					continue;
				}
				for (size_t i = 0; i < 2; i++) {
					assert_int_equal(
					    kex_generate_to_end(who[i], &k[i],
								(enum rotor_kex_alg)alg, value[i]),
					    ROTOR_OK);
				}
				for (size_t i = 0; i < 2; i++) {
					assert_int_equal(kex_agree_to_end(who[i], &k[i],
									  value[1 - i], secret[i]),
							 ROTOR_OK);
				}
				assert_memory_equal(secret[0], secret[1],
						    rotor_kex_secret_size((enum rotor_kex_alg)alg));
				assert_memory_not_equal(value[0], value[1], 64);
				pairs++;
			}
		}
		assert_true(pairs || !rotor_kex_secret_size((enum rotor_kex_alg)alg));
	}
}

static void an_exchange_that_a_backend_lacks_is_refused(void **state)
{
	(void)state;
	FOR_EACH_BACKEND(crypto)
	{
		for (unsigned alg = 0; alg < 40; alg++) {
			struct rotor_kex k = {0};
			uint8_t value[ROTOR_KEX_PUBLIC_MAX];
			if (alg < 32 && has(crypto->kexes, alg)) {
				continue;
			}
			assert_int_equal(
			    kex_generate_to_end(crypto, &k, (enum rotor_kex_alg)alg, value),
			    ROTOR_ERR_UNSUPPORTED);
			assert_int_equal(k.alg, ROTOR_KEX_NONE);
		}
	}
}

/*
 * RFC 7919 has no examples. These are digests (SHA-256) of what Python's pow() says: x is 32 bytes of 0x11; a peer's number is
 * 2 to the power of 32 bytes of 0x22. For the last, the peer's exponent is 31 bytes of 0x22 and then 16 bits: the secret
 * begins with a zero byte, which must not be left out.
 */
static const struct {
	enum rotor_kex_alg alg;
	const char *prime, *value, *secret;
	uint16_t low;
	const char *zero_first;
} ffdhe[] = {
    {ROTOR_KEX_FFDHE2048, "9cd3b7f336872f46c09428d1bbc19877a4d440512cda8d1c1cf0cd6e33698966",
     "a060aad43e2c80aca20ef436ef980b5d6260f7b718ea1198c35d9468aee5da89",
     "5a4b3ee2e31ff42c6cb608d5704f824ecf16e46605ccff5acd511373f59a3411", 8,
     "ab3ae11ee5d21c46b07f991f37e80c49f211833e072f39a4ae90a39f1e16324d"},
    {ROTOR_KEX_FFDHE3072, "0eaf67db3a839156d5013494a5318a772b5697d270d721f37f092efc69ea5a17",
     "11608bccc4284d914e00beb38dc11cf7ed41a494cd6d11f441c268f3029f1915",
     "ed60afb41aca3469a514398ae4743a77a32df534ca664507d68bec760ce85589", 703,
     "7b42d46aee8761111bd9714ed8cd2b82d8f083c25944aa484a1e4a441300b1cb"},
    {ROTOR_KEX_FFDHE4096, "4648414224ac881b3d0dc59b466f96d06a558278776807797ecf1f66ff397b3e",
     "d130aa889ffe2a09a45ecf06b3a52affa6150000950c621ce341810523d8a7cd",
     "74950c55ed1606dade1f9c7e7cae3270424f916989acb012519c2282e492d83a", 345,
     "dd530845b9aaaf2e89af3685c7e24da4424d8abd68a74e71bc1551d43df796fb"},
};

static void expect_digest(const uint8_t *data, size_t len, const char *want)
{
	const struct rotor_bytes part = {data, len};
	uint8_t digest[32], expected[32];
	vector_hex(want, expected, sizeof(expected));
	assert_int_equal(
	    rotor_hash_parts(&rotor_crypto_openssl, ROTOR_HASH_SHA256, &part, 1, digest), ROTOR_OK);
	assert_memory_equal(digest, expected, sizeof(expected));
}

/* Raises a number of the group to an exponent that stands at the end of a field of its size. */
static enum rotor_status power(const struct rotor_crypto *crypto, enum rotor_kex_alg alg,
			       const uint8_t *base, const uint8_t *exponent, size_t len,
			       uint8_t *out)
{
	struct rotor_kex k = {.alg = alg};
	memcpy(k.secret + rotor_kex_secret_size(alg) - len, exponent, len);
	return kex_agree_to_end(crypto, &k, base, out);
}

static void finite_fields_are_those_of_rfc_7919(void **state)
{
	(void)state;
	FOR_EACH_BACKEND(crypto)
	{
		for (size_t i = 0; i < ROTOR_COUNT_OF(ffdhe); i++) {
			const enum rotor_kex_alg alg = ffdhe[i].alg;
			size_t size = rotor_kex_public_size(alg);
			uint8_t two[512] = {0}, x[32], z[33], value[512], secret[512];
			if (!has(crypto->kexes, alg)) {
				continue;
			}
			two[size - 1] = 2;
			memset(x, 0x11, sizeof(x));
			memset(z, 0x22, sizeof(z));
			assert_int_equal(power(crypto, alg, two, z, 32, value), ROTOR_OK);
			expect_digest(value, size, ffdhe[i].value);
			assert_int_equal(power(crypto, alg, value, x, 32, secret), ROTOR_OK);
			expect_digest(secret, size, ffdhe[i].secret);

			z[31] = (uint8_t)(ffdhe[i].low >> 8);
			z[32] = (uint8_t)ffdhe[i].low;
			assert_int_equal(power(crypto, alg, two, z, 33, value), ROTOR_OK);
			assert_int_equal(power(crypto, alg, value, x, 32, secret), ROTOR_OK);
			assert_int_equal(secret[0], 0);
			expect_digest(secret, size, ffdhe[i].zero_first);
		}
	}
}

/* p of a group: one more than the largest number that is refused for being p - 1. */
static void prime_of(enum rotor_kex_alg alg, const char *digest, uint8_t *p)
{
	/* 2^(n) mod p with n the bits of the prime is 2^n - p, from which p follows. */
	size_t size = rotor_kex_public_size(alg);
	uint8_t two[512] = {0}, exponent[2] = {(uint8_t)(8 * size >> 8), (uint8_t)(8 * size)};
	two[size - 1] = 2;
	assert_int_equal(power(&rotor_crypto_openssl, alg, two, exponent, 2, p), ROTOR_OK);
	unsigned carry = 1; /* the negative: all bits inverted, and one more */
	for (size_t i = size; i-- > 0;) {
		carry += (uint8_t)~p[i];
		p[i] = (uint8_t)carry;
		carry >>= 8;
	}
	expect_digest(p, size, digest);
}

static void numbers_that_fix_the_secret_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROTOR_COUNT_OF(ffdhe); i++) {
		const enum rotor_kex_alg alg = ffdhe[i].alg;
		size_t size = rotor_kex_public_size(alg);
		uint8_t p[512], bad[512], secret[512], x[32];
		memset(x, 0x11, sizeof(x));
		prime_of(alg, ffdhe[i].prime, p);
		FOR_EACH_BACKEND(crypto)
		{
			if (!has(crypto->kexes, alg)) {
				continue;
			}
			for (int which = -2; which <= 3; which++) {
				memset(bad, 0, sizeof(bad));
				if (which <= 1 && which >= 0) {
					bad[size - 1] = (uint8_t)which; /* 0, 1 */
				} else if (which < 0) {
					memcpy(bad, p, size);
					bad[size - 1] =
					    (uint8_t)(p[size - 1] + which + 1); /* p - 1, p */
				} else {
					memset(bad, 0xff,
					       size); /* far above p, for 2; p + 2^8 … for 3 */
					if (which == 3) {
						memcpy(bad, p, size / 2);
					}
				}
				assert_int_equal(power(crypto, alg, bad, x, 32, secret),
						 ROTOR_ERR_FORMAT);
			}
		}
	}
	FOR_EACH_BACKEND(crypto)
	{
		struct rotor_kex none = {0};
		uint8_t value[512] = {2}, secret[512];
		assert_int_equal(kex_agree_to_end(crypto, &none, value, secret), ROTOR_ERR_STATE);
	}
}

/* NIST CAVS, "ECC CDH Primitive", P-521, first example. */
static void p521_exchange_matches_nist(void **state)
{
	(void)state;
	uint8_t peer[132], want[66], secret[66], bad[132];
	struct rotor_kex k = {.alg = ROTOR_KEX_SECP521R1};
	vector_hex(
	    "00685a48e86c79f0f0875f7bc18d25eb5fc8c0b07e5da4f4370f3a9490340854334b1e1b87fa395464c6"
	    "0626124a4e70d0f785601d37c09870ebf176666877a2046d"
	    "01ba52c56fc8776d9e8f5db4f0cc27636d0b741bbe05400697942e80b739884a83bde99e0f6716939e63"
	    "2bc8986fa18dccd443a348b6c3e522497955a4f3c302f676",
	    peer, sizeof(peer));
	vector_hex("005fc70477c3e63bc3954bd0df3ea0d1f41ee21746ed95fc5e1fdf90930d5e136672d72cc770742"
		   "d1711c3c3"
		   "a4c334a0ad9759436a4d3c5bf6e74b9578fac148c831",
		   want, sizeof(want));
	FOR_EACH_BACKEND(crypto)
	{
		if (!has(crypto->kexes, ROTOR_KEX_SECP521R1)) {
			continue;
		}
		vector_hex("017eecc07ab4b329068fba65e56a1f8890aa935e57134ae0ffcce802735151f4eac6564"
			   "f6ee9974c"
			   "5e6887a1fefee5743ae2241bfeb95d5ce31ddcb6f9edb4d6fc47",
			   k.secret, 66);
		assert_int_equal(kex_agree_to_end(crypto, &k, peer, secret), ROTOR_OK);
		assert_memory_equal(secret, want, sizeof(want));
		memcpy(bad, peer, sizeof(bad));
		bad[131] ^= 1;
		assert_int_equal(kex_agree_to_end(crypto, &k, bad, secret), ROTOR_ERR_FORMAT);
		memset(bad, 0, sizeof(bad));
		assert_int_equal(kex_agree_to_end(crypto, &k, bad, secret), ROTOR_ERR_FORMAT);
		memset(bad, 0xff, sizeof(bad));
		assert_int_equal(kex_agree_to_end(crypto, &k, bad, secret), ROTOR_ERR_FORMAT);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sha3_matches_fips_202),
		cmocka_unit_test(backends_that_have_a_hash_agree_on_it),
		cmocka_unit_test(chacha20_poly1305_matches_rfc_8439),
		cmocka_unit_test(every_aead_is_opened_by_whoever_has_it),
		cmocka_unit_test(every_signature_is_good_for_whoever_has_it),
		cmocka_unit_test(p521_matches_rfc_6979),
#if ROTOR_CRYPTO_EDDSA
		cmocka_unit_test(messages_are_signed_as_rfc_8032_says),
		cmocka_unit_test(a_digest_is_signed_as_the_message_that_it_is),
#endif
		cmocka_unit_test(every_exchange_gives_both_sides_one_secret),
		cmocka_unit_test(an_exchange_that_a_backend_lacks_is_refused),
		cmocka_unit_test(finite_fields_are_those_of_rfc_7919),
		cmocka_unit_test(numbers_that_fix_the_secret_are_refused),
		cmocka_unit_test(p521_exchange_matches_nist),
	};
	return cmocka_run_group_tests_name("crypto_algorithms", tests, NULL, NULL);
}
