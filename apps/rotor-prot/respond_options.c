/* SPDX-License-Identifier: Apache-2.0 */
#include "respond_options.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>

enum {
	OPTION_EMU = 0x300,
	OPTION_CHAIN,
	OPTION_KEY,
	OPTION_ANCHOR,
	OPTION_SPDM,
	OPTION_ALGORITHMS,
	OPTION_CRYPTO,
	OPTION_HEARTBEAT,
	OPTION_TRANSFER,
	OPTION_MUTUAL,
	OPTION_NEED_MUTUAL,
	OPTION_ALIAS_CERTS,
	OPTION_CLEAR,
	OPTION_MAC_ONLY,
	OPTION_KEYS,
	OPTION_RSASSA,
	OPTION_FEATURES,
	OPTION_PROVISIONED,
	OPTION_FORM,
	OPTION_PEER_KEY,
	OPTION_PSK,
	OPTION_PSK_HINT,
	OPTION_PSK_NO_CONTEXT,
	OPTION_TRACE,
	OPTION_KEYLOG,
	OPTION_JSON,
};

static const struct argp_option table[] = {
    {"spdm-emu", OPTION_EMU, "HOST:PORT", 0,
     "where to listen for SPDM over TCP as DMTF's emulators speak it; unprotected: use a loopback "
     "address; needed",
     0},
    {"chain", OPTION_CHAIN, "[SLOT:]FILE", 0,
     "certificate chain of a slot (default 0), root first, PEM or DER; slot 0 is needed", 0},
    {"key", OPTION_KEY, "[SLOT:]FILE", 0, "the private key of that chain's leaf, PEM or DER", 0},
    {"provisioned-key", OPTION_PROVISIONED, "FILE", 0,
     "instead of chains, a private key whose public half requesters know (slot 0xFF)", 0},
    {"provisioned-form", OPTION_FORM, "FILE", 0,
     "that public half as they have it (SubjectPublicKeyInfo, DER)", 0},
    {"peer-key", OPTION_PEER_KEY, "FILE", 0,
     "the public key of requesters (SubjectPublicKeyInfo, DER), for --mutual-auth=key", 0},
    {"rsassa", OPTION_RSASSA, NULL, 0,
     "RSA keys sign with the padding of PKCS #1 v1.5, not with PSS", 0},
    {"anchor", OPTION_ANCHOR, "FILE", 0,
     "root certificate of requesters that authenticate themselves, PEM or DER; up to four", 0},
    {"spdm", OPTION_SPDM, "VERSION,...", 0,
     "versions to offer, of 1.0 to 1.4 (default: 1.0 to 1.3)", 0},
    {"algorithms", OPTION_ALGORITHMS, "NAME,...", 0,
     "hashes, signatures of requesters, key exchanges, ciphers to agree to, as 'rotor attest' "
     "names "
     "them: SHA-384, ECDSA_P384, secp384r1, AES-256-GCM, ... (default: all that the backend has)",
     0},
    {"crypto", OPTION_CRYPTO, "openssl|mbedtls", 0, "backend (default openssl)", 0},
    {"heartbeat", OPTION_HEARTBEAT, "SECONDS", 0, "heartbeat period of sessions (default: none)",
     0},
    {"data-transfer-size", OPTION_TRANSFER, "BYTES", 0,
     "largest message to say in CAPABILITIES (default: what the buffer allows)", 0},
    {"mutual-auth", OPTION_MUTUAL, "encap|digests|key", OPTION_ARG_OPTIONAL,
     "ask requesters that can to authenticate themselves when a session is made: by encapsulated "
     "requests (the default), with an implied GET_DIGESTS, or with the key --peer-key",
     0},
    {"need-mutual-auth", OPTION_NEED_MUTUAL, NULL, 0, "refuse sessions with those that cannot", 0},
    {"alias-certificates", OPTION_ALIAS_CERTS, NULL, 0, "the slots carry alias certificates", 0},
    {"handshake-in-the-clear", OPTION_CLEAR, NULL, 0,
     "do not encrypt handshakes, if the requester agrees", 0},
    {"mac-only", OPTION_MAC_ONLY, NULL, 0, "sessions hide nothing, and only authenticate", 0},
    {"multi-key", OPTION_KEYS, NULL, 0, "offer that each slot has a key of its own (1.3)", 0},
    {"features", OPTION_FEATURES, "NAME,...|all", 0,
     "what to be able to do besides: key-update, chunks, ready, basic-mutual, csr, "
     "set-certificate, key-pairs, mel, endpoint-info, events, vendor (default: none; all: all but "
     "ready and basic-mutual)",
     0},
    {"psk", OPTION_PSK, "HEX", 0, "a pre-shared key, and sessions with it", 0},
    {"psk-hint", OPTION_PSK_HINT, "HEX", 0, "what requesters call that key (default: nothing)", 0},
    {"psk-no-context", OPTION_PSK_NO_CONTEXT, NULL, 0,
     "such sessions have no context of the responder, and no PSK_FINISH", 0},
    {"trace", OPTION_TRACE, "FILE", 0, "record every message (pcap, link type 291)", 0},
    {"keylog", OPTION_KEYLOG, "FILE", 0,
     "write the SESSION SECRETS to a file, for 'rotor trace show'", 0},
    {"json", OPTION_JSON, NULL, 0, "events as JSON, one object a line", 0},
    {0}};

static bool parse_mutual(struct respond_options *o, const char *text)
{
	static const char *const names[] = {
	    [ROTOR_SPDM_MUTUAL_ENCAP] = "encap",
	    [ROTOR_SPDM_MUTUAL_DIGESTS] = "digests",
	    [ROTOR_SPDM_MUTUAL_KEY] = "key",
	};
	for (size_t i = 0; i < ROTOR_COUNT_OF(names); i++) {
		if (strcmp(text, names[i]) == 0) {
			o->mutual = (enum rotor_spdm_mutual)i;
			return true;
		}
	}
	return false;
}

static const char *const feature_names[RESPOND_FEATURE_COUNT] = {
    [RESPOND_KEY_UPDATE] = "key-update",
    [RESPOND_CHUNKS] = "chunks",
    [RESPOND_READY] = "ready",
    [RESPOND_PSK] = "psk",
    [RESPOND_BASIC_MUTUAL] = "basic-mutual",
    [RESPOND_CSR] = "csr",
    [RESPOND_SET_CERTIFICATE] = "set-certificate",
    [RESPOND_KEY_PAIRS] = "key-pairs",
    [RESPOND_MEL] = "mel",
    [RESPOND_ENDPOINT_INFO] = "endpoint-info",
    [RESPOND_EVENTS] = "events",
    [RESPOND_VENDOR] = "vendor",
};

/* What "all" leaves out: these need something more, or make everything else slower. */
#define NOT_OF_ALL (1u << RESPOND_READY | 1u << RESPOND_BASIC_MUTUAL | 1u << RESPOND_PSK)

static bool parse_features(struct respond_options *o, const char *text)
{
	char copy[256];
	char *rest = NULL;
	size_t len = strlen(text);
	if (len >= sizeof(copy)) {
		return false;
	}
	memcpy(copy, text, len + 1);
	for (char *word = strtok_r(copy, ",", &rest); word; word = strtok_r(NULL, ",", &rest)) {
		unsigned i = 0;
		if (strcmp(word, "all") == 0) {
			o->features |= ((1u << RESPOND_FEATURE_COUNT) - 1) & ~NOT_OF_ALL;
			continue;
		}
		while (i < RESPOND_FEATURE_COUNT && strcmp(word, feature_names[i]) != 0) {
			i++;
		}
		if (i == RESPOND_FEATURE_COUNT || i == RESPOND_PSK) {
			return false;
		}
		o->features |= 1u << i;
	}
	return true;
}

/* [SLOT:]FILE */
static bool parse_slot(const char *text, const char *files[ROTOR_SPDM_SLOT_COUNT])
{
	size_t slot = 0;
	if (text[0] >= '0' && text[0] < '0' + ROTOR_SPDM_SLOT_COUNT && text[1] == ':') {
		slot = (size_t)(text[0] - '0');
		text += 2;
	}
	bool good = *text && !files[slot];
	files[slot] = text;
	return good;
}

static bool parse_number(const char *text, uint64_t max, uint64_t *out)
{
	char *end = NULL;
	unsigned long long value = strtoull(text, &end, 0);
	*out = value;
	return *text && !*end && *text != '-' && value <= max;
}

static void check_complete(const struct respond_options *o, struct argp_state *state)
{
	if (!o->spdm_emu || (!o->chain[0] && !o->provisioned_key)) {
		argp_error(state, "--spdm-emu, --chain and --key are needed");
	}
	if (!o->provisioned_key != !o->provisioned_form) {
		argp_error(state, "--provisioned-key and --provisioned-form go together");
	}
	if (o->mutual == ROTOR_SPDM_MUTUAL_KEY && !o->peer_key) {
		argp_error(state, "--mutual-auth=key needs --peer-key");
	}
	if ((o->features & 1u << RESPOND_BASIC_MUTUAL) && !o->mutual_auth) {
		argp_error(state, "basic-mutual goes with --mutual-auth");
	}
	if ((o->psk_hint.len || o->psk_no_context) && !o->psk.len) {
		argp_error(state, "--psk is needed");
	}
	for (size_t i = 0; i < ROTOR_SPDM_SLOT_COUNT; i++) {
		if (!o->chain[i] != !o->key[i]) {
			argp_error(state, "slot %zu: a chain and a key go together", i);
		}
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct respond_options *o = state->input;
	uint64_t number = 0;
	bool good = true;
	switch (key) {
	case OPTION_EMU:
		o->spdm_emu = arg;
		break;
	case OPTION_CHAIN:
		good = parse_slot(arg, o->chain);
		break;
	case OPTION_KEY:
		good = parse_slot(arg, o->key);
		break;
	case OPTION_ANCHOR:
		good = o->anchor_count < RESPOND_ANCHORS_MAX;
		if (good) {
			o->anchors[o->anchor_count++] = arg;
		}
		break;
	case OPTION_SPDM:
		good = rotor_spdm_parse_versions(arg, o->versions, &o->version_count);
		break;
	case OPTION_ALGORITHMS:
		good = rotor_spdm_parse_algorithms(arg, &o->algorithms);
		break;
	case OPTION_CRYPTO:
		good = strcmp(arg, "openssl") == 0 || strcmp(arg, "mbedtls") == 0;
		o->crypto = arg[0] == 'm' ? &rotor_crypto_mbedtls : &rotor_crypto_openssl;
		break;
	case OPTION_HEARTBEAT:
		good = parse_number(arg, 255, &number);
		o->heartbeat_s = (uint8_t)number;
		break;
	case OPTION_TRANSFER:
		good = parse_number(arg, UINT32_MAX, &number);
		o->data_transfer_size = (uint32_t)number;
		break;
	case OPTION_MUTUAL:
		o->mutual_auth = true;
		good = parse_mutual(o, arg ? arg : "encap");
		break;
	case OPTION_NEED_MUTUAL:
		o->mutual_auth = o->need_mutual_auth = true;
		break;
	case OPTION_ALIAS_CERTS:
		o->alias_certificates = true;
		break;
	case OPTION_CLEAR:
		o->clear_handshake = true;
		break;
	case OPTION_MAC_ONLY:
		o->mac_only = true;
		break;
	case OPTION_FEATURES:
		good = parse_features(o, arg);
		break;
	case OPTION_PSK:
		good = rotor_spdm_parse_hex(arg, o->psk_bytes, sizeof(o->psk_bytes), &o->psk);
		o->features |= 1u << RESPOND_PSK;
		break;
	case OPTION_PSK_HINT:
		good = rotor_spdm_parse_hex(arg, o->psk_hint_bytes, sizeof(o->psk_hint_bytes),
					    &o->psk_hint);
		break;
	case OPTION_PSK_NO_CONTEXT:
		o->psk_no_context = true;
		break;
	case OPTION_PROVISIONED:
		o->provisioned_key = arg;
		break;
	case OPTION_FORM:
		o->provisioned_form = arg;
		break;
	case OPTION_PEER_KEY:
		o->peer_key = arg;
		break;
	case OPTION_RSASSA:
		o->rsassa = true;
		break;
	case OPTION_KEYS:
		o->several_keys = true;
		break;
	case OPTION_TRACE:
		o->trace = arg;
		break;
	case OPTION_KEYLOG:
		o->keylog = arg;
		break;
	case OPTION_JSON:
		o->json = true;
		break;
	case ARGP_KEY_SUCCESS:
		check_complete(o, state);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	if (!good) {
		argp_error(state, "'%s' is not a value for that option; see --help", arg);
	}
	return 0;
}

void respond_parse(struct respond_options *o, int argc, char **argv)
{
	static const struct argp parser = {
	    .options = table,
	    .parser = parse,
	    .doc = "A plain SPDM responder over TCP, made of certificate chains and keys in files: "
		   "for running other "
		   "implementations' tools against rotor.\v"
		   "It measures four blocks of fixed content, and answers PLDM discovery in "
		   "sessions.\n\n"
		   "Exit codes: 0 ended by a peer or a signal, 1 failed, 2 usage.",
	};
	memset(o, 0, sizeof(*o));
	o->crypto = &rotor_crypto_openssl;
	(void)rotor_spdm_parse_versions("1.0,1.1,1.2,1.3", o->versions, &o->version_count);
	argp_parse(&parser, argc, argv, 0, NULL, o);
}
