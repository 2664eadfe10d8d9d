/* SPDX-License-Identifier: Apache-2.0 */
/* Certificate chains as SPDM carries them: length, reserved, digest of the root, certificates. */
#include <string.h>

#include "spdm/transcript.h"

size_t rotor_spdm_chain_header(const struct rotor_crypto *crypto, enum rotor_hash_alg alg,
			       struct rotor_bytes certs,
			       uint8_t header[ROTOR_SPDM_CHAIN_HEADER_MAX])
{
	struct rotor_bytes list[ROTOR_CERT_CHAIN_DEPTH_MAX];
	size_t count;
	size_t size = 4 + rotor_hash_size(alg);
	if (rotor_cert_split(certs, list, ROTOR_COUNT_OF(list), &count) != ROTOR_OK || !count ||
	    certs.len + size > UINT16_MAX ||
	    rotor_hash_parts(crypto, alg, list, 1, header + 4) != ROTOR_OK)
		return 0;
	header[0] = (uint8_t)(size + certs.len);
	header[1] = (uint8_t)((size + certs.len) >> 8);
	header[2] = 0;
	header[3] = 0;
	return size;
}

enum rotor_status rotor_spdm_chain_digest(const struct rotor_crypto *crypto,
					  enum rotor_hash_alg alg, struct rotor_bytes certs,
					  uint8_t *digest)
{
	uint8_t header[ROTOR_SPDM_CHAIN_HEADER_MAX];
	size_t size = rotor_spdm_chain_header(crypto, alg, certs, header);
	if (!size)
		return ROTOR_ERR_FORMAT;
	const struct rotor_bytes parts[] = {{header, size}, certs};
	return rotor_hash_parts(crypto, alg, parts, 2, digest);
}

void rotor_spdm_chain_portion(const uint8_t *header, size_t header_len, struct rotor_bytes certs,
			      size_t offset, uint8_t *to, size_t len)
{
	if (offset < header_len) {
		size_t n = header_len - offset < len ? header_len - offset : len;
		memcpy(to, header + offset, n);
		to += n;
		len -= n;
		offset += n;
	}
	if (len)
		memcpy(to, certs.data + (offset - header_len), len);
}

/* Whether a certificate names itself as its issuer; if so its digest must be @p root. */
static enum rotor_status check_root(const struct rotor_crypto *crypto, enum rotor_hash_alg alg,
				    const struct rotor_bytes *cert, struct rotor_bytes root)
{
	struct rotor_cert first;
	uint8_t digest[ROTOR_HASH_MAX];
	enum rotor_status st = crypto->cert_parse(cert->data, cert->len, &first);
	if (st != ROTOR_OK || first.issuer.len != first.subject.len ||
	    memcmp(first.issuer.data, first.subject.data, first.issuer.len) != 0)
		return st;
	st = rotor_hash_parts(crypto, alg, cert, 1, digest);
	if (st == ROTOR_OK && memcmp(digest, root.data, root.len) != 0)
		st = ROTOR_ERR_VERIFY;
	return st;
}

enum rotor_status rotor_spdm_chain_parse(const struct rotor_crypto *crypto, enum rotor_hash_alg alg,
					 struct rotor_bytes chain, struct rotor_bytes *certs,
					 size_t *count, struct rotor_cert *leaf)
{
	struct rotor_spdm_cert_chain parts;
	*count = 0;
	enum rotor_status st = rotor_spdm_decode_cert_chain(chain, rotor_hash_size(alg), &parts);
	if (st == ROTOR_OK)
		st = rotor_cert_split(parts.certs, certs, ROTOR_CERT_CHAIN_DEPTH_MAX, count);
	if (st == ROTOR_OK && !*count)
		st = ROTOR_ERR_FORMAT;
	if (st == ROTOR_OK)
		st = check_root(crypto, alg, certs, parts.root_hash);
	if (st == ROTOR_OK)
		st = crypto->cert_parse(certs[*count - 1].data, certs[*count - 1].len, leaf);
	return st;
}
