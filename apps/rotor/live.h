/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the commands that speak to a device share: who rotor is on the bus, what
 * it trusts, the loop that runs a job, its narration, its capture.
 *
 *	struct arguments { struct rotor_cli *cli; struct live_options live; ... };
 *	static const struct argp argp = {..., .children = live_children};
 *	case ARGP_KEY_INIT: cli_init_children(state); state->child_inputs[1] = &a->live; ...
 *
 *	struct live *live = live_open(cli, &a.live, LIVE_TRUST | LIVE_IDENTITY);
 *	int code = live ? live_run(live, &job_config) : CLI_FAILED;
 *	... look at live->job ...
 *	live_close(live);
 */
#ifndef ROTOR_APPS_LIVE_H
#define ROTOR_APPS_LIVE_H

#include <signal.h>

#include "joint.h"
#include "rotor/agent.h"
#include "rotor/host_chains.h"
#include "rotor/host_pcap.h"
#include "rotor/host_pki.h"
#include "rotor/host_trust.h"
#include "rotor/spdm_evidence.h"
#include "rotor/trace.h"
#include "rotor_cli.h"

#define LIVE_ADDRESSES_MAX 112
#define LIVE_KNOWN_MAX     16

/* The common options; set defaults with live_defaults(). */
struct live_options {
	struct joint_options joint; /* where the device is */
	bool address_given;         /* an address makes sense on a bus only */
	bool bus_owner;
	rotor_mctp_phys targets[LIVE_ADDRESSES_MAX];
	size_t target_count; /* 0: scan */
	struct rotor_mctp_uuid_eid known[LIVE_KNOWN_MAX];
	size_t known_count;
	uint8_t pool_first, pool_last;
	const char *trust;       /* trust store directory */
	const char *agent_chain; /* PEM file */
	const char *agent_key;   /* PEM file */
	const char *spdm;        /* highest version */
	const char *chains;      /* folder where certificate chains are kept; or NULL */
	const char *trace, *keylog;
	bool offline; /* set by a command that needs no device: nothing of the above is demanded */
};

/* .children of a command: the common options (input 0), the bus and trust options (input 1: struct live_options). */
extern const struct argp_child live_children[];
void live_defaults(struct live_options *o);
/* An EID argument: 8 to 254. */
bool live_eid(const char *text, uint8_t *eid);
/* Whether it is said where the device is. */
bool live_somewhere(const struct live_options *o);
/* Whether a trust store is named; says so if not. */
bool live_trusts(struct rotor_cli *cli, const struct live_options *o);

/* What was proved, without the verdict: live, or read from evidence. */
void report_proof(struct rotor_cli *cli, const struct rotor_spdm_chain *chain,
		  const struct rotor_spdm_measured *measured);
/* What was measured of the security version and floor; false if nothing. */
bool report_security(struct rotor_cli *cli, struct rotor_bytes record,
		     struct rotor_agent_security *out);

/* The arguments of a command that takes one device's EID, and their parser. */
struct live_arguments {
	struct rotor_cli *cli;
	struct live_options live;
	uint8_t eid;
};
error_t live_parse_device(int key, char *arg, struct argp_state *state);

/* What a command needs besides the bus. */
enum {
	LIVE_TRUST = 1,    /* the trust store; live_trusts() has been asked */
	LIVE_IDENTITY = 2, /* --agent-chain and --agent-key are used if given */
};

struct live {
	struct rotor_cli *cli;
	const struct live_options *options;
	struct rotor_agent_bus bus;
	struct rotor_agent_job job;
	struct rotor_trust_store store;
	struct rotor_chain_folder chains;
	struct joint joint;
	struct rotor_pcap_writer pcap;
	FILE *keylog;
	bool narrate; /* show every message */
	bool quiet;   /* say nothing of steps and of who is found */
	struct rotor_trace trace;
	uint32_t data_requests;            /* shown so far */
	struct rotor_spdm_witness witness; /* keeps what is signed, for evidence */
	uint8_t witness_challenge[ROTOR_AGENT_CHAIN_MAX + 4096];
	uint8_t witness_measurement[ROTOR_AGENT_MEASUREMENTS_MAX + 2048];
	struct rotor_agent_security attested; /* as the last attestation said */
	struct rotor_agent_security now;      /* as was measured after UpdateSecurityRevision */
	uint8_t chain[ROTOR_PKI_CHAIN_MAX];
	struct rotor_soft_key key;
	struct rotor_signer signer;
};

/* Opens everything; says why not and returns NULL otherwise. */
struct live *live_open(struct rotor_cli *cli, const struct live_options *o, int needs);
/* Runs one job to its end. Returns CLI_DONE, or CLI_FAILED after saying why. */
int live_run(struct live *live, struct rotor_agent_job_config *config);
/* Answers whoever asks, until that time or until *ended. Returns CLI_DONE, or CLI_FAILED after saying why. */
int live_wait(struct live *live, rotor_ms until, const volatile sig_atomic_t *ended);
void live_close(struct live *live);

/* Says what discovery found. */
void live_report_found(struct live *live);
/* Says what the device told of its identity and firmware. */
void live_report_inventory(struct live *live);
/* Says what the device proved of itself. */
void live_report_evidence(struct live *live);
/* In JSON: the evidence itself, so that others can check it again; nothing if none is whole. */
void live_report_signed(struct live *live);
/* Says what it measured last of its security version and floor, and keeps it in *out. */
void live_report_security(struct live *live, struct rotor_agent_security *out);

#endif
