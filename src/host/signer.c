/* SPDX-License-Identifier: Apache-2.0 */
/* A signer that is a command. */
#include "rotor/host_signer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Room for any signature, and for one byte that shows that there was too much. */
#define OUTPUT_MAX 1024
#define TICK_MS    5

static const char *const algorithms[] = {
    [ROTOR_SIG_ECDSA_P256] = "ecdsa-p256",
    [ROTOR_SIG_ECDSA_P384] = "ecdsa-p384",
    [ROTOR_SIG_RSA3072_PSS] = "rsa3072-pss",
    [ROTOR_SIG_ED25519] = "ed25519",
};

static const char *const hashes[] = {
    [ROTOR_HASH_SHA256] = "sha256",
    [ROTOR_HASH_SHA384] = "sha384",
    [ROTOR_HASH_SHA512] = "sha512",
};

/* A command that is running. */
struct run {
	pid_t pid;
	int out; /* its standard output, not blocking */
	uint64_t deadline;
};

static enum rotor_status fail(struct rotor_command_signer *s, enum rotor_status status,
			      const char *what, const char *detail)
{
	snprintf(s->failure, sizeof(s->failure), "the signer %s%s", what, detail);
	return status;
}

static enum rotor_status fail_number(struct rotor_command_signer *s, enum rotor_status status,
				     const char *before, unsigned long number, const char *after)
{
	char detail[80];

	snprintf(detail, sizeof(detail), "%lu%s", number, after);
	return fail(s, status, before, detail);
}

static uint64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* ---- starting ---- */

/* The environment with what the contract adds; freed as one block, but for the strings of this process. */
struct environment {
	char algorithm[64], hash[64], digest[32 + 2 * ROTOR_HASH_MAX];
	char **list;
};

static bool ours(const char *variable)
{
	return strncmp(variable, "ROTOR_SIGN_", strlen("ROTOR_SIGN_")) == 0;
}

static bool make_environment(struct environment *e, enum rotor_sig_alg alg,
			     enum rotor_hash_alg hash, const uint8_t *digest)
{
	size_t count = 0, n = 0, at;

	at = (size_t)snprintf(e->digest, sizeof(e->digest), "ROTOR_SIGN_DIGEST=");
	for (size_t i = 0; i < rotor_hash_size(hash); i++)
		at += (size_t)snprintf(e->digest + at, sizeof(e->digest) - at, "%02x", digest[i]);
	snprintf(e->algorithm, sizeof(e->algorithm), "ROTOR_SIGN_ALGORITHM=%s", algorithms[alg]);
	snprintf(e->hash, sizeof(e->hash), "ROTOR_SIGN_HASH=%s", hashes[hash]);
	while (environ[count])
		count++;
	e->list = calloc(count + 4, sizeof(*e->list));
	if (!e->list)
		return false;
	for (size_t i = 0; i < count; i++)
		if (!ours(environ[i]))
			e->list[n++] = environ[i];
	e->list[n++] = e->algorithm;
	e->list[n++] = e->hash;
	e->list[n] = e->digest;
	return true;
}

static int spawn(const char *command, int in, int out, char **environment, pid_t *pid)
{
	char shell[] = "sh", option[] = "-c";
	char *text = strdup(command);
	char *argv[] = {shell, option, text, NULL};
	posix_spawn_file_actions_t actions;
	int error = text ? posix_spawn_file_actions_init(&actions) : ENOMEM;

	if (error) {
		free(text);
		return error;
	}
	error = posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
	if (!error)
		error = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	if (!error)
		error = posix_spawn(pid, "/bin/sh", &actions, NULL, argv, environment);
	posix_spawn_file_actions_destroy(&actions);
	free(text);
	return error;
}

/* A digest fits a pipe, so it is written before there is a reader, and nobody can make that fail. */
static bool make_pipes(const uint8_t *digest, size_t len, int in[2], int out[2])
{
	if (pipe2(in, O_CLOEXEC))
		return false;
	if (write(in[1], digest, len) == (ssize_t)len && pipe2(out, O_CLOEXEC) == 0) {
		close(in[1]);
		return true;
	}
	close(in[0]);
	close(in[1]);
	return false;
}

static enum rotor_status start(struct rotor_command_signer *s, enum rotor_hash_alg hash,
			       const uint8_t *digest, struct run *run)
{
	struct environment environment;
	int in[2], out[2], error;

	if (!make_environment(&environment, s->key.alg, hash, digest))
		return fail(s, ROTOR_ERR_IO, "could not be run: ", "no memory");
	if (!make_pipes(digest, rotor_hash_size(hash), in, out)) {
		free(environment.list);
		return fail(s, ROTOR_ERR_IO, "could not be run: ", strerror(errno));
	}
	error = spawn(s->command, in[0], out[1], environment.list, &run->pid);
	free(environment.list);
	close(in[0]);
	close(out[1]);
	run->out = out[0];
	run->deadline = now_ms() + s->timeout_ms;
	if (error) {
		close(out[0]);
		return fail(s, ROTOR_ERR_IO, "could not be run: ", strerror(error));
	}
	return ROTOR_OK;
}

/* ---- waiting ---- */

/* The child ends now, and is reaped. */
static enum rotor_status stop(struct rotor_command_signer *s, const struct run *run)
{
	kill(run->pid, SIGKILL);
	while (waitpid(run->pid, NULL, 0) < 0 && errno == EINTR)
		;
	return fail_number(s, ROTOR_ERR_TIMEOUT, "did not end within ", s->timeout_ms, " ms");
}

/* All that the command writes, as far as there is room; false when its time is up. */
static bool read_output(const struct run *run, uint8_t *output, size_t *len)
{
	uint8_t spare[256];

	*len = 0;
	for (;;) {
		bool room = *len < OUTPUT_MAX;
		struct pollfd poll_out = {.fd = run->out, .events = POLLIN};
		uint64_t now = now_ms();
		ssize_t n;

		if (now >= run->deadline)
			return false;
		if (poll(&poll_out, 1, (int)(run->deadline - now)) <= 0)
			continue;
		n = read(run->out, room ? output + *len : spare,
			 room ? OUTPUT_MAX - *len : sizeof(spare));
		if (n > 0 && room)
			*len += (size_t)n;
		if (n == 0 || (n < 0 && errno != EINTR))
			return true;
	}
}

/* Its exit status; false when its time is up. */
static bool wait_exit(const struct run *run, int *status)
{
	const struct timespec tick = {0, TICK_MS * 1000000L};

	for (;;) {
		pid_t pid = waitpid(run->pid, status, WNOHANG);

		if (pid == run->pid)
			return true;
		if (now_ms() >= run->deadline)
			return false;
		nanosleep(&tick, NULL);
	}
}

static enum rotor_status finish(struct rotor_command_signer *s, struct run *run, uint8_t *output,
				size_t *len)
{
	bool in_time = read_output(run, output, len);
	int status = 0;

	close(run->out);
	if (!in_time || !wait_exit(run, &status))
		return stop(s, run);
	if (WIFSIGNALED(status))
		return fail_number(s, ROTOR_ERR_IO, "was ended by signal ",
				   (unsigned long)WTERMSIG(status), "");
	if (WEXITSTATUS(status) != 0)
		return fail_number(s, ROTOR_ERR_IO, "failed with exit code ",
				   (unsigned long)WEXITSTATUS(status), "");
	return ROTOR_OK;
}

/* ---- the signature ---- */

static enum rotor_status take_signature(struct rotor_command_signer *s, const uint8_t *output,
					size_t len, uint8_t *sig)
{
	size_t size = rotor_sig_size(s->key.alg);

	if (rotor_ecdsa_size(s->key.alg) &&
	    rotor_ecdsa_from_der(s->key.alg, output, len, sig) == ROTOR_OK)
		return ROTOR_OK;
	if (len == 0)
		return fail(s, ROTOR_ERR_FORMAT, "wrote no signature", "");
	if (len != size)
		return fail_number(s, ROTOR_ERR_FORMAT,
				   len == OUTPUT_MAX ? "wrote at least " : "wrote ", len,
				   " bytes, which are no signature of the key's algorithm");
	memcpy(sig, output, size);
	return ROTOR_OK;
}

static enum rotor_status sign(const struct rotor_signer *self, struct rotor_crypto_job *job,
			      enum rotor_hash_alg hash, const uint8_t *digest, uint8_t *sig)
{
	struct rotor_command_signer *s = self->ctx;
	struct rotor_crypto_job verification = {0};
	uint8_t output[OUTPUT_MAX];
	enum rotor_status status;
	struct run run = {.out = -1};
	size_t len = 0;

	(void)job;
	s->failure[0] = '\0';
	if ((unsigned)s->key.alg >= ROTOR_COUNT_OF(algorithms) || !algorithms[s->key.alg] ||
	    (unsigned)hash >= ROTOR_COUNT_OF(hashes) || !hashes[hash])
		return fail(s, ROTOR_ERR_ARGUMENT, "has no algorithm that is known", "");
	status = start(s, hash, digest, &run);
	if (!status)
		status = finish(s, &run, output, &len);
	if (!status)
		status = take_signature(s, output, len, sig);
	if (status)
		return status;
	do
		status = s->crypto->verify(&verification, &s->key, hash, digest, sig,
					   rotor_sig_size(s->key.alg));
	while (status == ROTOR_PENDING);
	if (status)
		return fail(s, status, "gave a signature that does not verify with the public key",
			    "");
	return ROTOR_OK;
}

struct rotor_signer rotor_command_signer(struct rotor_command_signer *s)
{
	struct rotor_signer signer = {.alg = s->key.alg, .sign = sign, .ctx = s};

	s->failure[0] = '\0';
	return signer;
}
