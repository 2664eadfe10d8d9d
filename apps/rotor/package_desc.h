/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON description from which a package is made; docs/package.md says what stands in it. */
#ifndef PACKAGE_DESC_H
#define PACKAGE_DESC_H

#include "package_assemble.h"
#include "rotor/pldm_package.h"

struct package_block;

struct package_desc {
	struct rotor_package_spec spec;
	/* one per component of the spec */
	struct package_input *images;
	size_t described; /* components without a signature to be made */
	struct rotor_cli *cli;
	/* what went wrong, for people */
	char error[512];
	const char *path;
	/* everything that was allocated */
	struct package_block *blocks;
};

/*
 * Reads the description and the files that it names; images are only looked at, if a block map is asked for read. With sign
 * there is a last component that is a signature. False: desc->error says why. Free it in any case.
 */
bool package_desc_load(struct package_desc *desc, struct rotor_cli *cli, const char *path,
		       bool sign);
void package_desc_free(struct package_desc *desc);

#endif
