/* SPDX-License-Identifier: Apache-2.0 */
/* rotor attest: a device proves what it runs, or evidence of such a proof is checked again. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "evidence.h"
#include "live.h"
#include "rotor/host_file.h"

#define FILE_MAX (16u << 20)

enum { OPTION_VERIFY = 0x400, OPTION_NONCE, OPTION_BRIEF };

struct arguments {
	struct live_arguments live; /* first: live_parse_device() takes it */
	const char *verify;
	const char *nonce; /* hexadecimal */
	bool brief;
};

static const struct argp_option options[] = {
    {"brief", OPTION_BRIEF, NULL, 0,
     "if the device's certificate chain is known from before (--chains), ask for signed "
     "measurements alone; there is no evidence to give out then",
     0},
    {"verify", OPTION_VERIFY, "FILE", 0,
     "ask no device, but check the evidence in the output of 'rotor attest --json' again", 0},
    {"nonce", OPTION_NONCE, "HEX", 0,
     "with --verify: the requester's nonce that the evidence must have been made for", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	switch (key) {
	case OPTION_BRIEF:
		a->brief = true;
		return 0;
	case OPTION_VERIFY:
		a->verify = arg;
		a->live.live.offline = true;
		return 0;
	case OPTION_NONCE:
		a->nonce = arg;
		if (strlen(arg) != 2 * ROTOR_SPDM_NONCE_SIZE) {
			argp_error(state, "--nonce takes 64 hexadecimal digits");
		}
		return 0;
	case ARGP_KEY_SUCCESS:
		if (a->verify && (live_somewhere(&a->live.live) || state->arg_num)) {
			argp_error(state, "--verify asks no device");
		}
		if (a->brief && !a->live.live.chains) {
			argp_error(state, "--brief goes with --chains");
		}
		if (a->nonce && !a->verify) {
			argp_error(state, "--nonce goes with --verify");
		}
		return 0;
	default:
		return live_parse_device(key, arg, state);
	}
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "[EID]",
    .doc =
	"Have a device prove who it is and what it runs, and judge it by the trust store. "
	"--trust is needed, and a bus or line with the device's EID, --spdm-emu, or --verify.\v"
	"With --json the event 'evidence' has all that others need to check the proof again, with "
	"--verify and a "
	"trust store of their own.\n\n"
	"Exit codes: 0 the device is trusted; 1 it is not, or the attempt failed; 2 usage.",
    .children = live_children,
};

/* ---- evidence, again ---- */

struct verifying {
	struct rotor_cli *cli;
	const struct arguments *arguments;
	struct rotor_trust_store store;
	struct evidence_file file;
	struct rotor_spdm_proof proof;
	unsigned count, trusted;
};

static int refuse(struct verifying *v, const char *what, const char *detail)
{
	rotor_fail_with(&v->cli->events, "{file}: {what}{detail}", NULL,
			ROTOR_STRING("file", v->arguments->verify), ROTOR_STRING("what", what),
			ROTOR_STRING("detail", detail));
	return CLI_FAILED;
}

/* The signed bytes hold together, and all that stands beside them is what they say. */
static bool check_signed(struct verifying *v, json_t *object)
{
	struct rotor_spdm_evidence_check check = {0};
	enum rotor_spdm_flaw flaw;
	enum rotor_status status;
	const char *field = evidence_read(object, &v->file);
	if (field) {
		refuse(v, "the evidence is malformed: ", field);
		return false;
	}
	do {
		status = rotor_spdm_evidence_check(&check, v->cli->crypto, &v->file.evidence,
						   &v->proof, &flaw);
	} while (status == ROTOR_PENDING);
	if (status != ROTOR_OK) {
		refuse(v, rotor_spdm_flaw_string(flaw), "");
		return false;
	}
	json_t *proven = evidence_write(&v->file.evidence, &v->proof);
	field = proven ? evidence_compare(object, proven) : "chain";
	if (field) {
		refuse(v, "what stands beside the signed bytes is not what they say: ", field);
	}
	json_decref(proven);
	return !field;
}

static bool check_nonce(struct verifying *v)
{
	char text[2 * ROTOR_SPDM_NONCE_SIZE + 1];
	cli_hex(v->proof.measurements.requester_nonce, ROTOR_SPDM_NONCE_SIZE, text);
	if (v->arguments->nonce && strcmp(text, v->arguments->nonce) != 0) {
		refuse(v, "the evidence was made for another nonce: ", text);
		return false;
	}
	return true;
}

static bool check_root(struct verifying *v)
{
	struct rotor_crypto_job job = {0};
	enum rotor_status status;
	do {
		status = rotor_agent_check_chain(v->cli->crypto, &job, &v->store.trust,
						 v->proof.chain.certs, v->proof.chain.cert_count);
	} while (status == ROTOR_PENDING);
	if (status != ROTOR_OK) {
		refuse(v, "the device's certificate chain leads to no trusted root: ",
		       rotor_status_string(status));
	}
	return status == ROTOR_OK;
}

static enum rotor_status judge(struct verifying *v, struct rotor_agent_judgement *judgement)
{
	static struct rotor_agent_verifier verifier;
	const struct rotor_agent_evidence evidence = {
	    .chain = &v->proof.chain,
	    .challenge = &v->proof.challenge,
	    .measured = &v->proof.measurements,
	    .hash = v->proof.peer.suite.hash,
	};
	enum rotor_status status;
	memset(&verifier, 0, sizeof(verifier));
	do {
		status = rotor_agent_judge(&verifier, v->cli->crypto, &v->store.trust, &evidence,
					   NULL, judgement);
	} while (status == ROTOR_PENDING);
	return status;
}

/* The same judgement as after a conversation of one's own; only that it is not old, nobody says but the nonce. */
static int verify_one(struct verifying *v, json_t *object)
{
	struct rotor_agent_judgement judgement;
	struct rotor_agent_security security;
	if (!check_signed(v, object) || !check_nonce(v) || !check_root(v)) {
		return CLI_FAILED;
	}
	enum rotor_status status = judge(v, &judgement);
	if (status != ROTOR_OK) {
		return refuse(v, "it cannot be judged: ", rotor_status_string(status));
	}
	report_proof(v->cli, &v->proof.chain, &v->proof.measurements);
	(void)report_security(v->cli, v->proof.measurements.record, &security);
	if (judgement.verdict != ROTOR_AGENT_TRUSTED) {
		return refuse(v, rotor_agent_verdict_string(judgement.verdict), "");
	}
	char version[64];
	snprintf(version, sizeof(version), "%.*s", (int)judgement.reference.version.len,
		 (const char *)judgement.reference.version.data);
	rotor_event(
	    &v->cli->events, ROTOR_INFO, "evidence.verified",
	    ROTOR_SAY("the evidence holds: {verdict}, firmware {version}; it was made for "
		      "the nonce {nonce}"),
	    ROTOR_STRING("spdm", rotor_spdm_version_name(v->proof.peer.version)),
	    ROTOR_STRING("verdict", rotor_agent_verdict_string(judgement.verdict)),
	    ROTOR_STRING("version", version),
	    ROTOR_UINT("security_version", judgement.reference.security_version),
	    ROTOR_BYTES("nonce", v->proof.measurements.requester_nonce, ROTOR_SPDM_NONCE_SIZE));
	v->trusted++;
	return CLI_DONE;
}

/* Every event "evidence" among the lines; other events are passed over. */
static int verify_lines(struct verifying *v, char *text)
{
	char *rest = NULL;
	int code = CLI_DONE;
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		json_error_t error;
		json_t *event = json_loads(line, JSON_REJECT_DUPLICATES, &error);
		const char *name = json_string_value(json_object_get(event, "event"));
		if (!json_is_object(event)) {
			code = refuse(v, "a line is not a JSON object: ", error.text);
		} else if (name && strcmp(name, "evidence") == 0) {
			v->count++;
			if (verify_one(v, json_object_get(event, "evidence")) != CLI_DONE) {
				code = CLI_FAILED;
			}
		}
		json_decref(event);
	}
	if (!v->count && code == CLI_DONE) {
		code = refuse(v, "there is no evidence in it", "");
	}
	return code;
}

static int verify(struct rotor_cli *cli, const struct arguments *a)
{
	uint8_t *text = NULL;
	size_t len = 0;
	const char *path = NULL;
	struct verifying *v = calloc(1, sizeof(*v));
	int code = CLI_FAILED;
	if (!v) {
		return cli_fail(cli, "out of memory", NULL);
	}
	v->cli = cli;
	v->arguments = a;
	enum rotor_status status =
	    rotor_trust_store_read(&v->store, a->live.live.trust, (rotor_time)time(NULL), &path);
	if (status != ROTOR_OK) {
		cli_fail_file(cli, path, status);
	} else if ((status = rotor_file_read(a->verify, FILE_MAX, &text, &len)) != ROTOR_OK) {
		cli_fail_file(cli, a->verify, status);
	} else if (strlen((char *)text) != len) {
		refuse(v, "it is not text", "");
	} else {
		code = verify_lines(v, (char *)text);
	}
	free(text);
	rotor_trust_store_free(&v->store);
	free(v);
	return code;
}

int cmd_attest(struct rotor_cli *cli, int argc, char **argv)
{
	struct arguments a = {.live = {.cli = cli}};
	struct rotor_agent_job_config config = {.kind = ROTOR_AGENT_ATTEST};
	live_defaults(&a.live.live);
	cli_parse(&argp, argc, argv, &a);
	if (!live_trusts(cli, &a.live.live)) {
		return CLI_USAGE;
	}
	if (a.verify) {
		return verify(cli, &a);
	}
	config.target = a.live.eid;
	config.brief = a.brief;
	struct live *live = live_open(cli, &a.live.live, LIVE_TRUST);
	int code = live ? live_run(live, &config) : CLI_FAILED;
	live_close(live);
	return code;
}
