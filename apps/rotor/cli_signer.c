/* SPDX-License-Identifier: Apache-2.0 */
#include "cli_signer.h"

#include <string.h>

#include "rotor/host_pki.h"

bool cli_signer_given(const struct cli_signer_options *o)
{
	return o->key || o->command;
}

const char *cli_signer_wrong(const struct cli_signer_options *o, bool wanted)
{
	if (o->key && o->command)
		return "one --key or one --signer, not both";
	if (!o->command != !o->public_key)
		return "--signer and --public-key go together";
	return wanted && !cli_signer_given(o) ? "one --key or one --signer is needed" : NULL;
}

int cli_signer_open(struct rotor_cli *cli, const struct cli_signer_options *o, struct cli_signer *s)
{
	enum rotor_status status;

	memset(s, 0, sizeof(*s));
	if (o->command) {
		status = rotor_pki_read_public(o->public_key, &s->command.key);
		if (status)
			return cli_fail_file(cli, o->public_key, status);
		s->command.crypto = cli->crypto;
		s->command.command = o->command;
		s->command.timeout_ms = o->seconds ? o->seconds * 1000 : ROTOR_COMMAND_SIGNER_MS;
		s->signer = rotor_command_signer(&s->command);
		s->public_key = &s->command.key;
		return CLI_DONE;
	}
	status = rotor_pki_read_private(o->key, cli->crypto, &s->key);
	if (status)
		return cli_fail_file(cli, o->key, status);
	s->signer = rotor_soft_signer(&s->key);
	s->public_key = &s->key.public_key;
	return CLI_DONE;
}

void cli_signer_close(struct cli_signer *s)
{
	rotor_wipe(&s->key, sizeof(s->key));
}

int cli_signer_failed(struct rotor_cli *cli, const struct cli_signer *s, const char *path,
		      enum rotor_status status)
{
	return s->command.failure[0] ? cli_fail(cli, s->command.failure, NULL)
				     : cli_fail_file(cli, path, status);
}
