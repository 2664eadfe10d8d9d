/* SPDX-License-Identifier: Apache-2.0 */
/* A package written from its parts, none of which is held in memory. */
#ifndef PACKAGE_ASSEMBLE_H
#define PACKAGE_ASSEMBLE_H

#include "cli_signer.h"
#include "rotor/pldm_package_signature.h"

/* Where an image comes from: a part of a file. path NULL: the signature, which is made. */
struct package_input {
	const char *path;
	uint64_t offset;
	uint32_t size;
};

/*
 * Writes the package of a spec, whose images (one input a component) are of the sizes that it says. The payload checksum is set.
 * signer is needed if there is a signature to be made. What went wrong is said. Returns an exit code.
 */
int package_assemble(struct rotor_cli *cli, struct rotor_package_spec *spec,
		     const struct package_input *inputs, const struct cli_signer *signer,
		     const char *out);

#endif
