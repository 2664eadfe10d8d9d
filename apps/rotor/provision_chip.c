/* SPDX-License-Identifier: Apache-2.0 */
/* Calls the program that is the chip, which makes its own secret. */
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "provision.h"

extern char **environ;

/* rotor-prot stands beside this program, or, in a build tree, in the folder beside this one's. */
static bool find_prot(char *path, size_t cap)
{
	static const char *const places[] = {"/rotor-prot", "/../rotor-prot/rotor-prot"};
	char self[2048];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (len < 0) {
		return false;
	}
	self[len] = 0;
	*strrchr(self, '/') = 0;
	for (size_t i = 0; i < ROTOR_COUNT_OF(places); i++) {
		if ((size_t)snprintf(path, cap, "%s%s", self, places[i]) < cap &&
		    access(path, X_OK) == 0 && !strstr(path, "rotor-prot/rotor-prot/rotor-prot")) {
			return true;
		}
	}
	return false;
}

bool provision_chip(struct factory *f, const char *csr)
{
	char prot[4096];
	char hash[ROTOR_BOOT_KEYS_MAX][2 * ROTOR_HASH_MAX + 1];
	char name[160];
	int how = -1;
	pid_t pid;
	if (f->a->prot) {
		snprintf(prot, sizeof(prot), "%s", f->a->prot);
	} else if (!find_prot(prot, sizeof(prot))) {
		cli_fail(f->cli, "cannot find the program rotor-prot",
			 "say where with --prot PATH");
		return false;
	}
	snprintf(name, sizeof(name), "%.60s device", f->a->product.vendor_name);
	const char *argv[32] = {
	    prot,      "manufacture", "--json",      "--flash",       f->a->flash,
	    "--fuses", f->a->fuses,   "--slot-size", f->a->slot_size, "--csr",
	    csr,       "--name",      name};
	size_t argc = 13;
	if (f->a->sector_size) {
		argv[argc++] = "--sector-size";
		argv[argc++] = f->a->sector_size;
	}
	if (f->a->program_unit) {
		argv[argc++] = "--program-unit";
		argv[argc++] = f->a->program_unit;
	}
	for (size_t i = 0; i < f->key_count; i++) {
		cli_hex(f->key_hash[i].hash, rotor_hash_size(f->key_hash[i].alg), hash[i]);
		argv[argc++] = "--image-key-hash";
		argv[argc++] = hash[i];
	}
	posix_spawn_file_actions_t actions;
	posix_spawn_file_actions_init(&actions);
	/* What it says is its own; only its failure matters here, and that it says on standard error too. */
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", 1, 0);
	int error =
	    posix_spawn(&pid, prot, &actions, NULL, (char *const *)(uintptr_t)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	while (error == 0 && waitpid(pid, &how, 0) < 0 && errno == EINTR) {
	}
	if (error != 0 || !WIFEXITED(how) || WEXITSTATUS(how) != 0) {
		rotor_fail_with(&f->cli->events, "the device could not be made by {prot}", NULL,
				ROTOR_STRING("prot", prot));
		return false;
	}
	return true;
}
