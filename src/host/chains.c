/* SPDX-License-Identifier: Apache-2.0 */
#include "rotor/host_chains.h"

#include <stdio.h>
#include <string.h>

#include "rotor/host_file.h"

#define PATH_MAX_HERE 4096

/* The file of a chain: its digest in hexadecimal. */
static bool name_of(const struct rotor_chain_folder *f, struct rotor_bytes digest,
		    char path[PATH_MAX_HERE])
{
	int at = snprintf(path, PATH_MAX_HERE, "%s/", f->path);
	if (at < 0 || (size_t)at + 2 * digest.len + sizeof(".chain") > PATH_MAX_HERE) {
		return false;
	}
	for (size_t i = 0; i < digest.len; i++) {
		at += snprintf(path + at, 3, "%02x", digest.data[i]);
	}
	memcpy(path + at, ".chain", sizeof(".chain"));
	return true;
}

static size_t find(void *ctx, struct rotor_bytes digest, uint8_t *to, size_t cap)
{
	struct rotor_chain_folder *f = ctx;
	char path[PATH_MAX_HERE];
	size_t len = 0;
	if (!name_of(f, digest, path) || rotor_file_read_into(path, to, cap, &len) != ROTOR_OK) {
		return 0;
	}
	return len;
}

static void keep(void *ctx, struct rotor_bytes digest, struct rotor_bytes chain)
{
	struct rotor_chain_folder *f = ctx;
	char path[PATH_MAX_HERE];
	f->status = name_of(f, digest, path)
			? rotor_file_write(path, chain.data, chain.len, ROTOR_FILE_PUBLIC)
			: ROTOR_ERR_SPACE;
}

enum rotor_status rotor_chain_folder_open(struct rotor_chain_folder *f, const char *path)
{
	*f = (struct rotor_chain_folder){.chains = {.find = find, .keep = keep, .ctx = f},
					 .path = path};
	return rotor_file_mkdir(path, 0755);
}
