/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What joins rotor's endpoint to others, whichever of its options said where they are: the virtual bus, a serial line, the
 * MCTP of this machine's kernel, an I2C adapter without that, or a relay to somebody who speaks SPDM alone.
 */
#ifndef ROTOR_APPS_JOINT_H
#define ROTOR_APPS_JOINT_H

#include <poll.h>

/* EID of a responder behind spdm_emu. */
#define JOINT_EMU_EID 9

#include "rotor/host_af_mctp.h"
#include "rotor/host_i2c.h"
#include "rotor/host_link.h"
#include "rotor/host_mctp_setup.h"
#include "rotor/host_spdm_relay.h"
#include "rotor_cli.h"

/* Which it is; one of the five is given. */
struct joint_options {
	const char *bus;      /* path of the bus's socket */
	const char *serial;   /* a serial line, as rotor_line_open() takes it */
	const char *af_mctp;  /* as rotor_mctp_setup_open() takes it */
	const char *spdm_emu; /* HOST:PORT of a responder that speaks SPDM over TCP */
	const char *i2c;      /* an adapter's device file; its queue may follow behind a comma */
	uint8_t address;      /* own address on the bus, or the adapter */
	uint8_t eid;          /* own EID, where nobody else says it */
	bool control_only; /* of the kernel's MCTP, leave all types but control to other programs */
};

struct joint {
	struct rotor_cli *cli;
	const struct joint_options *options;
	int fd;
	struct rotor_link link;
	struct rotor_i2c i2c;
	struct rotor_spdm_relay *relay; /* at the other end of the line, with spdm_emu */
	struct rotor_mctp_setup setup;
	struct rotor_af_mctp *kernel; /* NULL: not joined, or not by the kernel */
};

/* Shown every packet; with the kernel's MCTP, every message. */
typedef void joint_seen(void *ctx, const uint8_t *packet, size_t len);

/* Opens what is to be joined; says why not and returns false otherwise. */
bool joint_open(struct joint *j, struct rotor_cli *cli, const struct joint_options *options);
/* The EID that the endpoint has to have. */
uint8_t joint_eid(const struct joint *j);
/*
 * Where others may be, if it is not for the user to say: *addresses and *count; the own physical address, or
 * ROTOR_MCTP_PHYS_ROUTE. NULL: the user's addresses, or all.
 */
rotor_mctp_phys joint_addresses(const struct joint *j, const rotor_mctp_phys **addresses,
				size_t *count);
/* Joins the endpoint; says why not and returns false otherwise. */
bool joint_join(struct joint *j, struct rotor_mctp *endpoint, joint_seen *seen, void *ctx);
/* Harmless on one that is all zeros, or closed. */
void joint_close(struct joint *j);

/* As rotor_link_serve() and its sisters. */
enum rotor_status joint_serve(struct joint *j, rotor_ms now);
void joint_send(struct joint *j, rotor_ms now);
#define JOINT_FDS (1 + ROTOR_SPDM_RELAY_FDS)
/* What to poll for. */
void joint_watch(const struct joint *j, struct pollfd fds[JOINT_FDS]);
rotor_ms joint_deadline(const struct joint *j);
/* Says that the other side is gone. Returns CLI_FAILED. */
int joint_lost(const struct joint *j);
/* Who has this EID can be reached by every program of this machine from now on, if the kernel has the link. */
void joint_reach(struct joint *j, uint8_t eid, rotor_mctp_phys phys);

#endif
