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
#include "rotor/host_spdm_socket.h"
#include "rotor/spdm_requester.h"
#include "rotor_cli.h"

#define SPDM_CLIENT_ROOTS_MAX 4

struct spdm_client_options {
	const char *where; /* HOST:PORT */
	const char *roots[SPDM_CLIENT_ROOTS_MAX];
	size_t root_count;
	const char *chain, *key; /* own; NULL: none */
	uint8_t versions[4];
	uint8_t version_count;
	uint32_t hashes, sigs, kexes, aeads; /* offered; 0: all */
	uint32_t data_transfer_size;
	bool need_mutual_auth;
	bool rsassa;   /* an own RSA key signs with PKCS #1 v1.5 padding */
	bool shutdown; /* ask the responder to end, after the last step */
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

#endif
