/* SPDX-License-Identifier: Apache-2.0 */
/* An SPDM requester and a responder that talk to each other in one process, and a line between them that can be cut. */
#ifndef ROTOR_TEST_SPDM_PAIR_H
#define ROTOR_TEST_SPDM_PAIR_H

#include "rotor/spdm_requester.h"
#include "rotor/spdm_responder.h"
#include "support/cert_chain.h"

#define PAIR_AGENT_EID   10
#define PAIR_MESSAGE_MAX 4200
#define PAIR_CHAIN_MAX   8192
#define PAIR_BLOCKS      4

struct spdm_pair;

/** Sees each message on its way and may change it; false drops it. */
typedef bool pair_line(struct spdm_pair *p, bool to_device, bool secured, uint8_t *msg, size_t len);

/** How a pair differs from the usual: SPDM 1.2 and 1.3, P-384, mutual authentication, OpenSSL asks Mbed TLS. */
struct pair_wish {
	uint8_t version;                   /* the only one that the requester offers; 0: both */
	uint8_t device_version;            /* the only one that the responder offers; 0: both */
	enum rotor_sig_alg sig;            /* of every key; suites follow; 0: P-384 */
	enum rotor_sig_alg req_sig;        /* of the requester's keys; 0: the same */
	const struct rotor_crypto *agent;  /* 0: OpenSSL */
	const struct rotor_crypto *device; /* 0: Mbed TLS */
	bool no_mutual;                    /* the requester does not offer it */
	bool need_mutual;                  /* the requester insists */
	bool device_never_asks;            /* the responder does not ask for it */
	bool device_needs_mutual;          /* the responder refuses a session without */
	bool stranger; /* the requester's chain ends in a root that the device does not know */
	bool agent_trusts_nobody;
	bool raw; /* the device has what its digests are of */
	uint8_t heartbeat_s;
	uint8_t sessions;                   /* that the device can have; 0: one */
	size_t device_buffer, agent_buffer; /* 0: 1300 */
	void (*tune)(
	    struct spdm_pair *p); /* changes the device's configuration before it is made */
};

struct spdm_pair {
	struct pair_wish wish;
	struct rotor_spdm_requester_config agent_config;
	struct rotor_spdm_responder_config device_config;
	struct rotor_spdm_requester q;
	struct rotor_spdm_responder r;
	struct rotor_spdm_connection connections[2];
	struct rotor_spdm_session sessions[3];
	uint8_t agent_buffer[PAIR_MESSAGE_MAX], device_buffer[PAIR_MESSAGE_MAX];
	uint8_t peer_chain[4096], chain_buffer[PAIR_CHAIN_MAX], record[4096];
	struct chain device_chain;
	struct rotor_soft_key agent_keys[2];
	uint8_t agent_der[2][CHAIN_CERT_CAP], agent_bytes[2 * CHAIN_CERT_CAP],
	    device_bytes[CHAIN_DEPTH * CHAIN_CERT_CAP];
	struct rotor_bytes anchor, agent_anchor; /* what the device trusts; what the agent trusts */
	struct rotor_signer agent_signer, device_signer;
	struct rotor_spdm_slot slot;
	struct rotor_spdm_responder_ops ops;
	uint8_t blocks[PAIR_BLOCKS][64];

	rotor_ms now;
	uint32_t peer;                /* who the requester is to the device */
	pair_line *line;              /* or NULL */
	unsigned to_device, to_agent; /* messages that went on the line */
	void *line_data;
	/* application messages that arrived */
	struct {
		unsigned count;
		uint8_t type;
		uint8_t bytes[256];
		size_t len;
		struct rotor_spdm_session_info session;
	} device_app, agent_app;
	/* what the device was told */
	unsigned established, ended;
	struct rotor_spdm_session_info info;
	enum rotor_spdm_session_end end_reason;
	unsigned events;
	/* secrets that both told, last ones of each phase */
	uint8_t secrets[2][2][2][ROTOR_HASH_MAX]; /* [device][data][response] */
	unsigned secret_count;
};

/** Makes keys, chains and both ends; the test fails if that is not possible. */
void pair_init(struct spdm_pair *p, const struct pair_wish *wish);
void pair_free(struct spdm_pair *p);
/** The same on the heap. */
struct spdm_pair *pair_new(const struct pair_wish *wish);
void pair_delete(struct spdm_pair *p);
/** Runs the operation under way to its end. @return its status */
enum rotor_status pair_run(struct spdm_pair *p);
/** Begins with @p begun (must be ROTOR_OK) and runs to the end. */
enum rotor_status pair_do(struct spdm_pair *p, enum rotor_status begun);
/** connect, get_digests, get_certificate; each must succeed. */
void pair_identify(struct spdm_pair *p);
/** pair_identify and a session; must succeed. */
void pair_session(struct spdm_pair *p);
/** Hands one message to the device as @p peer; its answer (or an empty one) goes to @p answer. @return its length */
size_t pair_ask(struct spdm_pair *p, uint32_t peer, bool secured, const void *msg, size_t len,
		uint8_t *answer, bool *answer_secured);
/** Sends an application message through the session; false if it was not taken. */
bool pair_app_to_device(struct spdm_pair *p, uint8_t type, const void *msg, size_t len);
bool pair_app_to_agent(struct spdm_pair *p, uint8_t type, const void *msg, size_t len);

#endif
