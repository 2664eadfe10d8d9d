/* SPDX-License-Identifier: Apache-2.0 */
/* Packages in files: opened, checked, read by offset. */
#ifndef PACKAGE_FILE_H
#define PACKAGE_FILE_H

#include "rotor/pldm_package_signature.h"
#include "rotor_cli.h"

/* Bytes that are read and hashed at a time. */
#define PACKAGE_PIECE 65536

struct package_file {
	const char *path;
	struct cli_file file;
	struct rotor_package package;
	uint8_t header[ROTOR_PACKAGE_HEADER_MAX];
	uint8_t piece[PACKAGE_PIECE];
};

/* What is believed of a package's signature. */
struct package_trust {
	const struct rotor_public_key *keys;
	size_t key_count;
	const char *signature; /* file of a detached signature, or NULL */
	bool required;         /* a package that nobody of them has signed is refused */
};

/* Opens a package and checks its header; what is wrong is said. Close it in any case. Large: not for the stack. */
bool package_file_open(struct rotor_cli *cli, const char *path, struct package_file *f);
void package_file_close(struct package_file *f);
/* Sums the payload. Returns an exit code. */
int package_file_check(struct rotor_cli *cli, struct package_file *f);
/*
 * Verifies the signature that is given or carried; one that is there must be good, and without one it depends on
 * trust->required. Returns an exit code, and in *is_signed whether there was one.
 */
int package_file_trust(struct rotor_cli *cli, struct package_file *f,
		       const struct package_trust *trust, bool *is_signed);
/* Says that there was one. */
void package_signature_good(struct rotor_cli *cli, const char *path);
/* Digest of an open package for a signature of that kind. */
enum rotor_status package_file_digest(struct rotor_cli *cli, struct package_file *f,
				      enum rotor_package_signature_kind kind, uint8_t *digest);

#endif
