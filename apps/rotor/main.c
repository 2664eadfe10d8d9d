/* SPDX-License-Identifier: Apache-2.0 */
/* rotor: firmware update and attestation of a platform root of trust, from the command line. */
#include <stdio.h>
#include <string.h>

#include "rotor_cli.h"

static const struct cli_command commands[] = {
    {"keys", "make a development PKI", cmd_keys},
    {"image", "sign, show and verify firmware images", cmd_image},
    {"manifest", "sign and check reference values", cmd_manifest},
    {"settings", "write the settings of devices: agents' anchors, revoked keys", cmd_settings},
    {"package", "create, show and verify firmware update packages", cmd_package},
    {"provision", "make a new emulated device", cmd_provision},
    {"discover", "find the MCTP endpoints on a bus", cmd_discover},
    {"inventory", "read a device's identity and firmware", cmd_inventory},
    {"attest", "have a device prove what it runs", cmd_attest},
    {"update", "update a device's firmware", cmd_update},
    {"cancel", "cancel an update that was left behind", cmd_cancel},
    {"security-revision", "end a delayed update of the security revision", cmd_security_revision},
    {"endpoint", "be an MCTP endpoint that a bus owner finds", cmd_endpoint},
    {"spdm", "talk SPDM to a responder behind TCP, step by step", cmd_spdm},
    {"trace", "make captures readable", cmd_trace},
};

static const char doc[] =
    "Carries firmware updates into platform roots of trust and proves what they run.";

int main(int argc, char **argv)
{
	static char name[] = "rotor";
	struct rotor_cli cli = {.crypto = &rotor_crypto_openssl};

	if (argc > 0)
		argv[0] = name;
	argp_err_exit_status = CLI_USAGE;
	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		puts("rotor " ROTOR_VERSION);
		return CLI_DONE;
	}
	rotor_events_init(&cli.events, ROTOR_EVENTS_TEXT, stdout);
	return cli_dispatch(&cli, commands, sizeof(commands) / sizeof(commands[0]), doc, argc,
			    argv);
}
