/* SPDX-License-Identifier: Apache-2.0 */
/* rotor spdm: an SPDM conversation, step by step, with a responder behind TCP. */
#include <stdlib.h>
#include <string.h>

#include "spdm_client.h"

#define STEPS_MAX 64

struct arguments {
	struct rotor_cli *cli;
	struct spdm_client_options o;
	const char *steps[STEPS_MAX];
	size_t step_count;
};

/* ---- the command line ---- */

enum {
	OPTION_EMU = 0x300,
	OPTION_ROOT,
	OPTION_CHAIN,
	OPTION_KEY,
	OPTION_NEED_MUTUAL,
	OPTION_RSASSA,
	OPTION_SPDM,
	OPTION_ALGORITHMS,
	OPTION_TRANSFER,
	OPTION_SHUTDOWN,
	OPTION_TRACE,
	OPTION_KEYLOG,
	OPTION_FEATURES,
	OPTION_PSK,
	OPTION_PSK_HINT,
	OPTION_PEER_KEY,
	OPTION_CLEAR,
	OPTION_MULTI_KEY,
	OPTION_MAC_ONLY,
};

static const struct argp_option options[] = {
    {"spdm-emu", OPTION_EMU, "HOST:PORT", 0, "where the responder listens; needed", 0},
    {"root", OPTION_ROOT, "FILE", 0,
     "certificate that responders' chains may lead to, PEM or DER; up to four", 0},
    {"chain", OPTION_CHAIN, "FILE", 0, "own certificate chain, root first, PEM or DER", 0},
    {"key", OPTION_KEY, "FILE", 0, "own private key", 0},
    {"rsassa", OPTION_RSASSA, NULL, 0,
     "an own RSA key signs with the padding of PKCS #1 v1.5, not with PSS", 0},
    {"need-mutual-auth", OPTION_NEED_MUTUAL, NULL, 0,
     "fail if the responder does not ask for the own chain", 0},
    {"algorithms", OPTION_ALGORITHMS, "NAME,...", 0,
     "hashes, signatures, key exchanges, ciphers to offer: SHA-384, ECDSA_P384, secp384r1, "
     "AES-256-GCM, ... (default: all that the backend has)",
     0},
    {"spdm", OPTION_SPDM, "VERSION,...", 0,
     "versions to accept, of 1.0 to 1.4 (default: 1.0 to 1.3)", 0},
    {"data-transfer-size", OPTION_TRANSFER, "BYTES", 0,
     "largest message to say in GET_CAPABILITIES (default: what the buffer allows)", 0},
    {"features", OPTION_FEATURES, "NAME,...|all", 0,
     "what to offer besides: key-update, chunks, events, basic-mutual (default: none; all: the "
     "first three)",
     0},
    {"psk", OPTION_PSK, "HEX", 0, "a pre-shared key for psk-session", 0},
    {"psk-hint", OPTION_PSK_HINT, "HEX", 0, "what the responder calls that key", 0},
    {"peer-key", OPTION_PEER_KEY, "FILE", 0,
     "the responder's public key, known beforehand (SubjectPublicKeyInfo, DER), for the step key",
     0},
    {"handshake-in-the-clear", OPTION_CLEAR, NULL, 0,
     "do not encrypt handshakes, if the responder agrees", 0},
    {"multi-key", OPTION_MULTI_KEY, NULL, 0, "ask for a key of its own for each slot (1.3)", 0},
    {"mac-only", OPTION_MAC_ONLY, NULL, 0, "sessions hide nothing, and only authenticate", 0},
    {"shutdown", OPTION_SHUTDOWN, NULL, 0, "ask the responder to end after the last step", 0},
    {"trace", OPTION_TRACE, "FILE", 0, "record every message (pcap, link type 291)", 0},
    {"keylog", OPTION_KEYLOG, "FILE", 0,
     "write the SESSION SECRETS to a file, for 'rotor trace show'", 0},
    {0}};

static bool parse_features(struct spdm_client_options *o, const char *text)
{
	static const char *const names[SPDM_FEATURE_COUNT] = {
	    [SPDM_FEATURE_KEY_UPDATE] = "key-update",
	    [SPDM_FEATURE_CHUNKS] = "chunks",
	    [SPDM_FEATURE_EVENTS] = "events",
	    [SPDM_FEATURE_BASIC_MUTUAL] = "basic-mutual",
	};
	char copy[128];
	char *rest = NULL;
	if (strlen(text) >= sizeof(copy)) {
		return false;
	}
	memcpy(copy, text, strlen(text) + 1);
	for (char *word = strtok_r(copy, ",", &rest); word; word = strtok_r(NULL, ",", &rest)) {
		unsigned i = 0;
		if (strcmp(word, "all") == 0) {
			o->features |= 1u << SPDM_FEATURE_KEY_UPDATE | 1u << SPDM_FEATURE_CHUNKS |
				       1u << SPDM_FEATURE_EVENTS;
			continue;
		}
		while (i < SPDM_FEATURE_COUNT && strcmp(word, names[i]) != 0) {
			i++;
		}
		if (i == SPDM_FEATURE_COUNT) {
			return false;
		}
		o->features |= 1u << i;
	}
	return true;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	struct spdm_client_options *o = &a->o;
	uint64_t number = 0;
	const char *ignored;
	bool good = true;
	switch (key) {
	case ARGP_KEY_INIT:
		cli_init_children(state);
		break;
	case OPTION_EMU:
		o->where = arg;
		break;
	case OPTION_ROOT:
		good = o->root_count < SPDM_CLIENT_ROOTS_MAX;
		if (good) {
			o->roots[o->root_count++] = arg;
		}
		break;
	case OPTION_CHAIN:
		o->chain = arg;
		break;
	case OPTION_KEY:
		o->key = arg;
		break;
	case OPTION_NEED_MUTUAL:
		o->need_mutual_auth = true;
		break;
	case OPTION_FEATURES:
		good = parse_features(o, arg);
		break;
	case OPTION_PSK:
		good = rotor_spdm_parse_hex(arg, o->psk_bytes, sizeof(o->psk_bytes), &o->psk);
		break;
	case OPTION_PSK_HINT:
		good = rotor_spdm_parse_hex(arg, o->psk_hint_bytes, sizeof(o->psk_hint_bytes),
					    &o->psk_hint);
		break;
	case OPTION_PEER_KEY:
		o->peer_key = arg;
		break;
	case OPTION_CLEAR:
		o->clear_handshake = true;
		break;
	case OPTION_MULTI_KEY:
		o->multi_key = true;
		break;
	case OPTION_MAC_ONLY:
		o->mac_only = true;
		break;
	case OPTION_RSASSA:
		o->rsassa = true;
		break;
	case OPTION_ALGORITHMS:
		good = rotor_spdm_parse_algorithms(arg, &o->algorithms);
		break;
	case OPTION_SPDM:
		good = rotor_spdm_parse_versions(arg, o->versions, &o->version_count);
		break;
	case OPTION_TRANSFER:
		good = cli_number(arg, UINT32_MAX, &number);
		o->data_transfer_size = (uint32_t)number;
		break;
	case OPTION_SHUTDOWN:
		o->shutdown = true;
		break;
	case OPTION_TRACE:
		o->trace = arg;
		break;
	case OPTION_KEYLOG:
		o->keylog = arg;
		break;
	case ARGP_KEY_ARG:
		good = a->step_count < STEPS_MAX && spdm_step_of(arg, &ignored);
		if (good) {
			a->steps[a->step_count++] = arg;
		}
		break;
	case ARGP_KEY_SUCCESS:
		if (!o->where || !a->step_count) {
			argp_error(state, "--spdm-emu and at least one step are needed");
		}
		if (!o->chain != !o->key) {
			argp_error(state, "--chain and --key go together");
		}
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	if (!good) {
		argp_error(state, "'%s' is not a step, or not a value for that option; see --help",
			   arg);
	}
	return 0;
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "STEP...",
    .doc = "Has an SPDM conversation, step by step, with a responder that speaks SPDM over TCP as "
	   "DMTF's emulators "
	   "do: for running rotor against other implementations. Nothing is judged but chains and "
	   "signatures.\v"
	   "Steps:\n"
	   "connect                 GET_VERSION to ALGORITHMS\n"
	   "digests                 GET_DIGESTS\n"
	   "certificate[=SLOT]      GET_CERTIFICATE, and the checks\n"
	   "key                     believe --peer-key instead\n"
	   "challenge[=none|tcb|all]\n"
	   "measure[=WORD,...]      all (default), count or an index; raw, signed, session\n"
	   "session[=none|tcb|all]  KEY_EXCHANGE to FINISH\n"
	   "psk-session[=...]       PSK_EXCHANGE, PSK_FINISH\n"
	   "heartbeat, end          HEARTBEAT, END_SESSION\n"
	   "key-update[=own|all]    KEY_UPDATE, and that it holds\n"
	   "serve[=session]         answer what the responder wants to ask\n"
	   "pldm                    PLDM GetTID in the session\n"
	   "csr[=session]           GET_CSR\n"
	   "set-certificate=SLOT[,session]  SET_CERTIFICATE, of the chain that is believed\n"
	   "key-pair[=ID], mel[=session], endpoint-info[=signed], event-types\n"
	   "vendor=TEXT             VENDOR_DEFINED_REQUEST\n\n"
	   "Exit codes: 0 every step was good; 1 one was not, or failed; 2 usage.",
    .children = cli_children,
};

/* ---- running ---- */

static int fail_step(struct spdm_client *c, const char *step, enum rotor_status status)
{
	const struct rotor_spdm_result *r = &c->q.result;
	char text[256];
	if (r->status == ROTOR_OK || r->status == ROTOR_PENDING || c->lost) {
		snprintf(text, sizeof(text), "%s: %s", step,
			 c->lost ? "the responder has closed the connection"
				 : rotor_status_string(status));
	} else if (r->fail == ROTOR_SPDM_FAIL_PEER_ERROR) {
		snprintf(text, sizeof(text), "%s: %s answered ERROR %s", step,
			 rotor_spdm_code_name(r->request), rotor_spdm_error_name(r->peer_error));
	} else {
		int n = snprintf(text, sizeof(text), "%s: %s: %s", step,
				 rotor_spdm_code_name(r->request), rotor_spdm_fail_string(r->fail));
		if (r->cause != ROTOR_OK && n > 0 && (size_t)n < sizeof(text)) {
			snprintf(text + n, sizeof(text) - (size_t)n, " (%s)",
				 rotor_status_string(r->cause));
		}
	}
	return cli_fail(c->cli, text, NULL);
}

static int run_step(struct spdm_client *c, const char *text)
{
	const char *argument;
	const struct spdm_step *step = spdm_step_of(text, &argument);
	rotor_event(&c->cli->events, ROTOR_INFO, "step", ROTOR_SAY("{step} ..."),
		    ROTOR_STRING("step", text));
	enum rotor_status status = step->begin(c, argument);
	if (status == ROTOR_OK && !step->whole) {
		status = spdm_client_finish(c);
	}
	if (status != ROTOR_OK) {
		return fail_step(c, text, status);
	}
	if (step->report) {
		step->report(c);
	}
	return CLI_DONE;
}

int cmd_spdm(struct rotor_cli *cli, int argc, char **argv)
{
	struct arguments a = {.cli = cli};
	(void)rotor_spdm_parse_versions("1.0,1.1,1.2,1.3", a.o.versions, &a.o.version_count);
	cli_parse(&argp, argc, argv, &a);
	struct spdm_client *c = calloc(1, sizeof(*c));
	if (!c) {
		return cli_fail(cli, "out of memory", NULL);
	}
	int code = spdm_client_open(c, cli, &a.o) ? CLI_DONE : CLI_FAILED;
	for (size_t i = 0; code == CLI_DONE && i < a.step_count; i++) {
		code = run_step(c, a.steps[i]);
	}
	if (!spdm_client_close(c)) {
		code = CLI_FAILED;
	}
	free(c);
	return code;
}
