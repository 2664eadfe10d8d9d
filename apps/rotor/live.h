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
#include "rotor/host_claim.h"
#include "rotor/host_pcap.h"
#include "rotor/host_pki.h"
#include "rotor/host_trust.h"
#include "rotor/spdm_evidence.h"
#include "rotor/trace.h"
#include "rotor_cli.h"

#define LIVE_ADDRESSES_MAX 112
#define LIVE_KNOWN_MAX     16
#define LIVE_BUSES_MAX     16
#define LIVE_DEVICES_MAX   64

/* The common options; set defaults with live_defaults(). */
struct live_options {
	struct joint_options joint; /* where the device is */
	bool several;               /* set by a command that takes further places: */
	struct joint_options more[LIVE_BUSES_MAX - 1];
	size_t more_count;
	bool address_given; /* an address makes sense on a bus only */
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
/* The nth place, from 0. */
const struct joint_options *live_place(const struct live_options *o, size_t n);
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

struct live;

/* One bus or line, and the endpoint on it. */
struct live_bus {
	struct live *live;
	const char *name; /* as the user has named it */
	struct rotor_agent_bus bus;
	struct joint joint;
	struct rotor_trace trace;
	uint32_t data_requests; /* shown so far */
	bool told;              /* who is there */
};

/* One device, the job that it is for, and what is kept of that for reports. */
struct live_device {
	struct live *live;
	struct live_bus *on;
	struct rotor_cli cli; /* its own stream, if there are several devices */
	char subject[96];
	struct rotor_agent_job job;
	struct rotor_claim claim;
	struct rotor_spdm_witness witness; /* keeps what is signed, for evidence */
	uint8_t witness_challenge[ROTOR_AGENT_CHAIN_MAX + 4096];
	uint8_t witness_measurement[ROTOR_AGENT_MEASUREMENTS_MAX + 2048];
	struct rotor_agent_security attested; /* as the last attestation said */
	struct rotor_agent_security now;      /* as was measured after UpdateSecurityRevision */
	uint8_t percent;                      /* of what the device is working at, as told last */
	int code;                             /* CLI_DONE or CLI_FAILED, once the job has ended */
	bool ended;
};

struct live {
	struct rotor_cli *cli;
	const struct live_options *options;
	struct live_bus *buses;
	size_t bus_count;
	struct live_device *devices; /* the first is there always */
	size_t device_count;
	struct rotor_trust_store store;
	struct rotor_chain_folder chains;
	struct rotor_pcap_writer pcap;
	FILE *keylog;
	bool narrate; /* show every message */
	bool quiet;   /* say nothing of steps and of who is found */
	uint8_t chain[ROTOR_PKI_CHAIN_MAX];
	struct rotor_soft_key key;
	struct rotor_signer signer;
	struct rotor_spdm_slot own; /* what is shown to devices */
};

/* Which device, on which bus. */
struct live_target {
	size_t bus; /* from 0 */
	uint8_t eid;
};

/* Opens everything; says why not and returns NULL otherwise. */
struct live *live_open(struct rotor_cli *cli, const struct live_options *o, int needs);
/* Runs one job to its end, on the first bus. Returns CLI_DONE, or CLI_FAILED after saying why. */
int live_run(struct live *live, struct rotor_agent_job_config *config);
/*
 * The same job for several devices at once, whose failures do not touch each other: live->devices is theirs from then on.
 * Returns CLI_DONE if all are.
 */
int live_run_all(struct live *live, const struct rotor_agent_job_config *config,
		 const struct live_target *targets, size_t count);
/* Answers whoever asks, until that time or until *ended. Returns CLI_DONE, or CLI_FAILED after saying why. */
int live_wait(struct live *live, rotor_ms until, const volatile sig_atomic_t *ended);
void live_close(struct live *live);

/* live.c: makes `count` devices of the first bus, instead of those that there were. Returns false without memory. */
bool live_devices(struct live *live, size_t count);

/* live_tell.c: narration, and what of it is kept. */

/* Each message as the trace reads it; the context is a struct live_bus. */
void live_trace_line(void *ctx, const struct rotor_trace_line *line);
/* Each packet, as it comes in or has been delivered; likewise. */
void live_packet(void *ctx, const uint8_t *packet, size_t len);
/* What a job tells, and its secrets; the context is a struct live_device. */
void live_event(void *ctx, const struct rotor_agent_event *event);
void live_secrets(void *ctx, const struct rotor_spdm_secrets *secrets);
/* Says why a job has failed. */
void live_failed(struct live_device *device);

/* live_claim.c: who on this machine has the device. */

/* The job's question whether it may have the device; the context is a struct live_device. */
bool live_claim(void *ctx, const struct rotor_mctp_found *found);
/* Writes down how far the job is. */
void live_claim_step(struct live_device *device, const char *step);

/* live_report.c */

/* Says what discovery found. */
void live_report_found(struct rotor_cli *cli, const struct live_bus *on);
/* Says what the device told of its identity and firmware, and of the devices behind it. */
void live_report_inventory(struct live_device *device);
/* Says what its update state machine is doing. */
void live_report_status(struct live_device *device);
/* Says what the device proved of itself. */
void live_report_evidence(struct live_device *device);
/* In JSON: the evidence itself, so that others can check it again; nothing if none is whole. */
void live_report_signed(struct live_device *device);
/* Says what it measured last of its security version and floor, and keeps it in *out. */
void live_report_security(struct live_device *device, struct rotor_agent_security *out);

#endif
