/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of `rotor package` share. */
#ifndef PACKAGE_CLI_H
#define PACKAGE_CLI_H

#include "cli_signer.h"
#include "package_file.h"

#define PACKAGE_KEYS_MAX 8

struct package_arguments {
	struct rotor_cli *cli;
	const char *files[2];
	size_t file_count, files_wanted;
	const char *keys[PACKAGE_KEYS_MAX]; /* to verify with */
	size_t key_count;
	struct cli_signer_options signer;
	const char *signature;
	bool detached;
};

/* Signs an open package into files[1]. Returns an exit code. */
int package_sign(struct package_arguments *a, const struct cli_signer *signer,
		 struct package_file *in);
/* Writes all parts of an open package into the directory files[1]. Returns an exit code. */
int package_extract(struct package_arguments *a, struct package_file *in);

#endif
