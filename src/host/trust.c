/* SPDX-License-Identifier: Apache-2.0 */
#include "rotor/host_trust.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rotor/host_file.h"
#include "rotor/host_pki.h"

static char current[4096];

static void add_bytes(struct rotor_bytes *place, const void *data, size_t len)
{
	uint8_t *copy = malloc(len ? len : 1);
	if (copy) {
		memcpy(copy, data, len);
	}
	*place = (struct rotor_bytes){copy, copy ? len : 0};
}

/* The number of hexadecimal digits that a text begins with, if white space or its end comes behind them; else 0. */
static size_t leading_hex(const char *text)
{
	size_t n = strspn(text, "0123456789abcdefABCDEF");
	return text[n] == '\0' || isspace((unsigned char)text[n]) ? n : 0;
}

/* A file that begins with a digest in hexadecimal digits. @return ROTOR_ERR_NOT_FOUND if this is none */
static enum rotor_status read_root_digest(struct rotor_trust_store *s)
{
	char text[2 * ROTOR_HASH_MAX + 2] = "";
	uint8_t digest[ROTOR_HASH_MAX];
	FILE *file = fopen(current, "rb");
	if (!file) {
		return ROTOR_ERR_IO;
	}
	size_t got = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	size_t len = got ? leading_hex(text) / 2 : 0;
	if (len != 32 && len != 48 && len != 64) {
		return ROTOR_ERR_NOT_FOUND;
	}
	if (s->trust.root_digest_count == ROTOR_TRUST_STORE_MAX) {
		return ROTOR_ERR_SPACE;
	}
	for (size_t i = 0; i < len; i++) {
		const char pair[] = {text[2 * i], text[2 * i + 1], '\0'};
		digest[i] = (uint8_t)strtoul(pair, NULL, 16);
	}
	add_bytes(&s->root_digests[s->trust.root_digest_count++], digest, len);
	return ROTOR_OK;
}

static enum rotor_status read_root(struct rotor_trust_store *s, const char *name)
{
	enum rotor_status digest = read_root_digest(s);
	if (digest != ROTOR_ERR_NOT_FOUND) {
		return digest;
	}
	uint8_t der[ROTOR_PKI_CHAIN_MAX];
	struct rotor_bytes certs[ROTOR_CERT_CHAIN_DEPTH_MAX];
	size_t len = 0;
	size_t count = 0;
	(void)name;
	enum rotor_status status = rotor_pki_read_certs(current, der, sizeof(der), &len);
	if (status == ROTOR_OK) {
		status = rotor_cert_split((struct rotor_bytes){der, len}, certs,
					  ROTOR_COUNT_OF(certs), &count);
	}
	for (size_t i = 0; status == ROTOR_OK && i < count; i++) {
		if (s->trust.root_count == ROTOR_TRUST_STORE_MAX) {
			return ROTOR_ERR_SPACE;
		}
		add_bytes(&s->roots[s->trust.root_count++], certs[i].data, certs[i].len);
	}
	return status;
}

static enum rotor_status read_signer(struct rotor_trust_store *s, const char *name)
{
	(void)name;
	if (s->trust.signer_count == ROTOR_TRUST_STORE_MAX) {
		return ROTOR_ERR_SPACE;
	}
	enum rotor_status status =
	    rotor_pki_read_public(current, &s->signers[s->trust.signer_count]);
	s->trust.signer_count += status == ROTOR_OK;
	return status;
}

static enum rotor_status read_known_good(struct rotor_trust_store *s, const char *name)
{
	uint8_t *data = NULL;
	size_t len = 0;
	size_t n = s->trust.known_good_count;
	if (n == ROTOR_TRUST_STORE_MAX) {
		return ROTOR_ERR_SPACE;
	}
	enum rotor_status status = rotor_file_read(current, ROTOR_REFERENCE_MAX, &data, &len);
	if (status == ROTOR_OK) {
		s->known_good[n] = (struct rotor_bytes){data, len};
		snprintf(s->names[n], sizeof(s->names[n]), "%s", name);
		s->trust.known_good_count++;
	}
	return status;
}

/* Calls `take` for each file of dir/sub, in the order of their names. */
static enum rotor_status read_each(struct rotor_trust_store *s, const char *dir, const char *sub,
				   enum rotor_status (*take)(struct rotor_trust_store *,
							     const char *))
{
	struct dirent **entries = NULL;
	enum rotor_status status = ROTOR_OK;
	snprintf(current, sizeof(current), "%s/%s", dir, sub);
	int count = scandir(current, &entries, NULL, alphasort);
	if (count < 0) {
		return errno == ENOENT ? ROTOR_OK : ROTOR_ERR_IO;
	}
	for (int i = 0; i < count; i++) {
		const char *name = entries[i]->d_name;
		if (status == ROTOR_OK && name[0] != '.') {
			snprintf(current, sizeof(current), "%s/%s/%s", dir, sub, name);
			status = take(s, name);
		}
		free(entries[i]);
	}
	free(entries);
	return status;
}

enum rotor_status rotor_trust_store_read(struct rotor_trust_store *store, const char *dir,
					 rotor_time now, const char **path)
{
	memset(store, 0, sizeof(*store));
	store->trust.roots = store->roots;
	store->trust.root_digests = store->root_digests;
	store->trust.signers = store->signers;
	store->trust.known_good = store->known_good;
	store->trust.now = now;
	*path = current;
	snprintf(current, sizeof(current), "%s", dir);
	DIR *there = opendir(dir);
	if (!there) {
		return errno == ENOENT ? ROTOR_ERR_NOT_FOUND : ROTOR_ERR_IO;
	}
	closedir(there);
	enum rotor_status status = read_each(store, dir, "roots", read_root);
	if (status == ROTOR_OK) {
		status = read_each(store, dir, "signers", read_signer);
	}
	if (status == ROTOR_OK) {
		status = read_each(store, dir, "known-good", read_known_good);
	}
	if (status == ROTOR_OK) {
		snprintf(current, sizeof(current), "%s/require-package-signature", dir);
		/* what cannot be asked for is not taken for absent */
		store->require_package_signature = access(current, F_OK) == 0 || errno != ENOENT;
	}
	return status;
}

void rotor_trust_store_free(struct rotor_trust_store *store)
{
	for (size_t i = 0; i < store->trust.root_count; i++) {
		free((void *)(uintptr_t)store->roots[i].data);
	}
	for (size_t i = 0; i < store->trust.root_digest_count; i++) {
		free((void *)(uintptr_t)store->root_digests[i].data);
	}
	for (size_t i = 0; i < store->trust.known_good_count; i++) {
		free((void *)(uintptr_t)store->known_good[i].data);
	}
	memset(store, 0, sizeof(*store));
}
