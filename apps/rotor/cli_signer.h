/* SPDX-License-Identifier: Apache-2.0 */
/* Whoever signs: a key file, or a command that has the key elsewhere. */
#ifndef CLI_SIGNER_H
#define CLI_SIGNER_H

#include "rotor/host_signer.h"
#include "rotor_cli.h"

/* As the command line says it. */
struct cli_signer_options {
	const char *key;                  /* private key file, or NULL */
	const char *command, *public_key; /* in its place; both or neither */
	uint32_t seconds;                 /* for the command; 0: as long as is usual */
};

struct cli_signer {
	struct rotor_soft_key key;
	struct rotor_command_signer command;
	struct rotor_signer signer;
	const struct rotor_public_key *public_key;
};

/* What is wrong with the options, or NULL; wanted: there must be a signer. */
const char *cli_signer_wrong(const struct cli_signer_options *o, bool wanted);
/* Whether there is to be a signature. */
bool cli_signer_given(const struct cli_signer_options *o);
/* Opens it; on failure says so and returns CLI_FAILED. Close it in any case; s must stay where it is. */
int cli_signer_open(struct rotor_cli *cli, const struct cli_signer_options *o,
		    struct cli_signer *s);
void cli_signer_close(struct cli_signer *s);
/* Says why it has not signed. Returns CLI_FAILED. */
int cli_signer_failed(struct rotor_cli *cli, const struct cli_signer *s, const char *path,
		      enum rotor_status status);

#endif
