/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plain SPDM requester on a TCP stream, driven step by step: what `rotor spdm` does. There is no MCTP, no job and no
 * judgement; roots decide which chain is believed.
 */
#ifndef ROTOR_APPS_SPDM_CLIENT_H
#define ROTOR_APPS_SPDM_CLIENT_H

#include <stdio.h>

#include "rotor/host_pcap.h"
#include "rotor/host_pki.h"
#include "rotor/host_spdm_choices.h"
#include "rotor/host_spdm_socket.h"
#include "rotor/spdm_requester_more.h"
#include "rotor_cli.h"

#define SPDM_CLIENT_ROOTS_MAX 4

/* What to offer: bits of spdm_client_options.features. */
enum spdm_feature {
	SPDM_FEATURE_KEY_UPDATE,
	SPDM_FEATURE_CHUNKS,
	SPDM_FEATURE_EVENTS,
	SPDM_FEATURE_BASIC_MUTUAL,
	SPDM_FEATURE_COUNT
};

struct spdm_client_options {
	const char *where; /* HOST:PORT */
	const char *roots[SPDM_CLIENT_ROOTS_MAX];
	size_t root_count;
	const char *chain, *key; /* own; NULL: none */
	uint8_t versions[ROTOR_SPDM_VERSIONS_MAX];
	uint8_t version_count;
	struct rotor_spdm_choice algorithms; /* offered */
	uint32_t data_transfer_size;
	bool need_mutual_auth;
	bool rsassa;   /* an own RSA key signs with PKCS #1 v1.5 padding */
	bool shutdown; /* ask the responder to end, after the last step */
	uint32_t features;
	bool clear_handshake, multi_key, mac_only;
	struct rotor_bytes psk, psk_hint;
	uint8_t psk_bytes[64], psk_hint_bytes[64];
	const char *peer_key; /* SubjectPublicKeyInfo, DER */
	const char *trace, *keylog;
};

struct spdm_client {
	struct rotor_cli *cli;
	const struct spdm_client_options *options;
	struct rotor_spdm_socket socket;
	struct rotor_spdm_requester_config config;
	struct rotor_spdm_requester q;
	struct rotor_spdm_slot own;
	struct rotor_soft_key key;
	struct rotor_signer signer;
	uint8_t chain[ROTOR_PKI_CHAIN_MAX];
	uint8_t root_der[SPDM_CLIENT_ROOTS_MAX][ROTOR_PKI_CHAIN_MAX];
	struct rotor_bytes roots[SPDM_CLIENT_ROOTS_MAX];
	uint8_t buffer[16384], peer_chain[16384], blocks[8192];
	/* the pieces that the options name */
	struct rotor_spdm_requester_use pieces[SPDM_FEATURE_COUNT + 1];
	struct rotor_spdm_requester_chunks chunks;
	struct rotor_spdm_requester_events took;
	struct rotor_spdm_requester_basic basic;
	struct rotor_spdm_psk psk;
	struct rotor_spdm_peer_key peer_key;
	uint8_t peer_key_der[1024], large_request[32768], large_response[32768];
	/* what a step asks with, until it has ended, and what it is answered */
	union {
		struct rotor_spdm_get_csr csr;
		struct rotor_spdm_set_certificate set_certificate;
		struct rotor_spdm_vendor_defined vendor;
	} asked;
	struct rotor_spdm_key_pair_info key_pair;
	uint8_t app[512]; /* an application message of ours, then the answer to it */
	size_t app_len;   /* of the answer; 0: not yet */
	struct rotor_pcap_writer pcap;
	FILE *keylog;
	bool lost; /* the stream is gone */
};

/* Opens files and stream; says why not. */
bool spdm_client_open(struct spdm_client *c, struct rotor_cli *cli,
		      const struct spdm_client_options *options);
/* Takes leave and closes. @return false: the capture is not whole, which has been said */
bool spdm_client_close(struct spdm_client *c);
/* Drives the operation that was begun to its end. @return its status */
enum rotor_status spdm_client_finish(struct spdm_client *c);
/* Sends an application message in the session and waits for one that comes back: then c->app, c->app_len. */
enum rotor_status spdm_client_exchange(struct spdm_client *c, uint8_t type, const uint8_t *msg,
				       size_t len);

/* A step by its name. */
struct spdm_step {
	const char *name;
	/* @return ROTOR_OK: begun, or, of a step that is whole, done; ROTOR_ERR_ARGUMENT: no such argument */
	enum rotor_status (*begin)(struct spdm_client *c, const char *argument);
	void (*report)(struct spdm_client *c); /* or NULL */
	bool whole;                            /* begin does all */
};
/* The step of "NAME" or "NAME=ARGUMENT", or NULL. */
const struct spdm_step *spdm_step_of(const char *text, const char **argument);

#endif
