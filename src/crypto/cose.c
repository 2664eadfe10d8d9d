/* SPDX-License-Identifier: Apache-2.0 */
/* COSE_Sign1 with ES384. */
#include "rotor/cose.h"

#include <string.h>

#include "rotor/cbor.h"

#define COSE_SIGN1_TAG  18
#define COSE_HEADER_ALG 1
#define COSE_HEADER_KID 4
#define COSE_ALG_ES384  (-35)

#define KID_SIZE       8
#define SIGNATURE_SIZE 96
#define PROTECTED_MAX  32
/* of what stands before the payload in what is signed, external_aad included */
#define HEAD_MAX 128

/* The parts of a message that matter here. */
struct envelope {
	struct rotor_bytes protected_header;
	struct rotor_bytes payload;
	struct rotor_bytes signature;
	struct rotor_bytes kid;
};

/* A key's name: the first bytes of the digest of its SubjectPublicKeyInfo. */
static enum rotor_status key_id(const struct rotor_crypto *crypto,
				const struct rotor_public_key *key, uint8_t kid[KID_SIZE])
{
	uint8_t spki[ROTOR_SPKI_MAX];
	uint8_t digest[ROTOR_HASH_MAX];
	size_t len = 0;
	enum rotor_status status = rotor_spki_write(key, spki, sizeof(spki), &len);

	if (status == ROTOR_OK) {
		struct rotor_bytes part = {spki, len};

		status = rotor_hash_parts(crypto, ROTOR_HASH_SHA384, &part, 1, digest);
	}
	if (status == ROTOR_OK)
		memcpy(kid, digest, KID_SIZE);
	return status;
}

/* Digest of the Sig_structure of RFC 9052, 4.4. */
static enum rotor_status signed_digest(const struct rotor_crypto *crypto,
				       struct rotor_bytes protected_header, struct rotor_bytes aad,
				       struct rotor_bytes payload, uint8_t *digest)
{
	uint8_t head[HEAD_MAX];
	size_t len = 0;
	struct rotor_writer w = rotor_writer(head, sizeof(head));

	rotor_cbor_write_head(&w, ROTOR_CBOR_ARRAY, 4);
	rotor_cbor_write_text(&w, "Signature1");
	rotor_cbor_write_bytes(&w, protected_header);
	rotor_cbor_write_bytes(&w, aad);
	rotor_cbor_write_head(&w, ROTOR_CBOR_BYTES, payload.len);
	enum rotor_status status = rotor_writer_end(&w, &len);
	if (status != ROTOR_OK)
		return status;
	struct rotor_bytes parts[] = {{head, len}, payload};
	return rotor_hash_parts(crypto, ROTOR_HASH_SHA384, parts, ROTOR_COUNT_OF(parts), digest);
}

static enum rotor_status read_envelope(struct rotor_bytes message, struct envelope *e)
{
	struct rotor_reader r = rotor_reader(message.data, message.len);
	uint8_t tag = rotor_read_u8(&r);
	size_t items = rotor_cbor_read_head(&r, ROTOR_CBOR_ARRAY);
	e->protected_header = rotor_cbor_read_bytes(&r);
	size_t unprotected = rotor_cbor_read_head(&r, ROTOR_CBOR_MAP);
	e->payload = rotor_cbor_read_bytes(&r);
	e->signature = rotor_cbor_read_bytes(&r);
	if (rotor_reader_end(&r) != ROTOR_OK || tag != (ROTOR_CBOR_TAG << 5 | COSE_SIGN1_TAG) ||
	    items != 4 || unprotected != 0 || e->protected_header.len > PROTECTED_MAX)
		return ROTOR_ERR_FORMAT;
	r = rotor_reader(e->protected_header.data, e->protected_header.len);
	size_t pairs = rotor_cbor_read_head(&r, ROTOR_CBOR_MAP);
	uint64_t alg_key = rotor_cbor_read_uint(&r);
	int64_t alg = rotor_cbor_read_int(&r);
	uint64_t kid_key = rotor_cbor_read_uint(&r);
	e->kid = rotor_cbor_read_bytes(&r);
	if (rotor_reader_end(&r) != ROTOR_OK || pairs != 2 || alg_key != COSE_HEADER_ALG ||
	    kid_key != COSE_HEADER_KID || e->kid.len != KID_SIZE)
		return ROTOR_ERR_FORMAT;
	if (alg != COSE_ALG_ES384)
		return ROTOR_ERR_UNSUPPORTED;
	return e->signature.len == SIGNATURE_SIZE ? ROTOR_OK : ROTOR_ERR_FORMAT;
}

enum rotor_status rotor_cose_sign1_open(const struct rotor_crypto *crypto,
					struct rotor_crypto_job *job, struct rotor_bytes message,
					struct rotor_bytes aad,
					const struct rotor_public_key *signers, size_t signer_count,
					struct rotor_bytes *payload)
{
	struct envelope e;
	uint8_t digest[ROTOR_HASH_MAX];
	enum rotor_status status = read_envelope(message, &e);

	if (status == ROTOR_OK)
		status = signed_digest(crypto, e.protected_header, aad, e.payload, digest);
	if (status != ROTOR_OK)
		return status;
	for (size_t i = 0; i < signer_count; i++) {
		uint8_t kid[KID_SIZE];

		if (signers[i].alg != ROTOR_SIG_ECDSA_P384 ||
		    key_id(crypto, &signers[i], kid) != ROTOR_OK ||
		    memcmp(kid, e.kid.data, KID_SIZE) != 0)
			continue;
		status = crypto->verify(job, &signers[i], ROTOR_HASH_SHA384, digest,
					e.signature.data, e.signature.len);
		if (status == ROTOR_OK)
			*payload = e.payload;
		return status;
	}
	return ROTOR_ERR_UNTRUSTED;
}

/* The protected header: the algorithm and the signer's name. */
static enum rotor_status write_protected(const struct rotor_crypto *crypto,
					 const struct rotor_public_key *signer_key, uint8_t *out,
					 size_t cap, size_t *len)
{
	uint8_t kid[KID_SIZE];
	enum rotor_status status = key_id(crypto, signer_key, kid);

	if (status != ROTOR_OK)
		return status;
	struct rotor_writer w = rotor_writer(out, cap);
	rotor_cbor_write_head(&w, ROTOR_CBOR_MAP, 2);
	rotor_cbor_write_uint(&w, COSE_HEADER_ALG);
	rotor_cbor_write_int(&w, COSE_ALG_ES384);
	rotor_cbor_write_uint(&w, COSE_HEADER_KID);
	rotor_cbor_write_bytes(&w, (struct rotor_bytes){kid, KID_SIZE});
	return rotor_writer_end(&w, len);
}

enum rotor_status rotor_cose_sign1_write(const struct rotor_crypto *crypto,
					 struct rotor_crypto_job *job, struct rotor_bytes payload,
					 struct rotor_bytes aad, const struct rotor_signer *signer,
					 const struct rotor_public_key *signer_key, uint8_t *out,
					 size_t cap, size_t *len)
{
	uint8_t protected_header[PROTECTED_MAX];
	uint8_t digest[ROTOR_HASH_MAX];
	uint8_t signature[ROTOR_SIGNATURE_MAX];
	struct rotor_bytes header = {protected_header, 0};

	*len = 0;
	if (signer->alg != ROTOR_SIG_ECDSA_P384)
		return ROTOR_ERR_ARGUMENT;
	enum rotor_status status = write_protected(crypto, signer_key, protected_header,
						   sizeof(protected_header), &header.len);
	if (status == ROTOR_OK)
		status = signed_digest(crypto, header, aad, payload, digest);
	if (status == ROTOR_OK)
		status = signer->sign(signer, job, ROTOR_HASH_SHA384, digest, signature);
	if (status != ROTOR_OK)
		return status;
	struct rotor_writer w = rotor_writer(out, cap);
	rotor_cbor_write_head(&w, ROTOR_CBOR_TAG, COSE_SIGN1_TAG);
	rotor_cbor_write_head(&w, ROTOR_CBOR_ARRAY, 4);
	rotor_cbor_write_bytes(&w, header);
	rotor_cbor_write_head(&w, ROTOR_CBOR_MAP, 0);
	rotor_cbor_write_bytes(&w, payload);
	rotor_cbor_write_bytes(&w, (struct rotor_bytes){signature, SIGNATURE_SIZE});
	return rotor_writer_end(&w, len);
}
