/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of `rotor-prot respond`. */
#ifndef ROTOR_PROT_RESPOND_OPTIONS_H
#define ROTOR_PROT_RESPOND_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rotor/crypto.h"
#include "rotor/host_spdm_choices.h"
#include "rotor/spdm_responder.h"

#define RESPOND_ANCHORS_MAX 4

/* Features: bits of respond_options.features. */
enum respond_feature {
	RESPOND_KEY_UPDATE,
	RESPOND_CHUNKS,
	RESPOND_READY,
	RESPOND_PSK,
	RESPOND_BASIC_MUTUAL,
	RESPOND_CSR,
	RESPOND_SET_CERTIFICATE,
	RESPOND_KEY_PAIRS,
	RESPOND_MEL,
	RESPOND_ENDPOINT_INFO,
	RESPOND_EVENTS,
	RESPOND_VENDOR,
	RESPOND_FEATURE_COUNT
};

/* What is asked for; files are not opened yet. */
struct respond_options {
	const char *spdm_emu; /* HOST:PORT */
	const char *chain[ROTOR_SPDM_SLOT_COUNT];
	const char *key[ROTOR_SPDM_SLOT_COUNT];
	const char *provisioned_key, *provisioned_form; /* slot 0xFF */
	const char *peer_key; /* of requesters, SubjectPublicKeyInfo, DER */
	const char *anchors[RESPOND_ANCHORS_MAX];
	size_t anchor_count;
	uint8_t versions[ROTOR_SPDM_VERSIONS_MAX];
	uint8_t version_count;
	const struct rotor_crypto *crypto;
	struct rotor_spdm_choice algorithms;
	uint8_t heartbeat_s;
	uint32_t data_transfer_size;
	bool mutual_auth, need_mutual_auth, alias_certificates;
	enum rotor_spdm_mutual mutual;
	bool clear_handshake, mac_only, several_keys;
	bool rsassa; /* RSA keys sign with PKCS #1 v1.5 padding */
	uint32_t features;
	struct rotor_bytes psk, psk_hint;
	bool psk_no_context;
	uint8_t psk_bytes[64], psk_hint_bytes[64];
	const char *trace, *keylog;
	bool json;
};

/* Parses; exits with 2 on wrong usage, with 0 after --help. */
void respond_parse(struct respond_options *o, int argc, char **argv);

#endif
