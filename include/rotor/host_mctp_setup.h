/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * MCTP in the kernel made ready for a process: which link or network it is on,
 * and, where it has a link for itself, the link up, its own EID, routes and
 * neighbours. What it has set up it takes back at the end.
 * Takes CAP_NET_ADMIN where something is to be changed.
 */
#ifndef ROTOR_HOST_MCTP_SETUP_H
#define ROTOR_HOST_MCTP_SETUP_H

#include "rotor/host_netlink.h"
#include "rotor/mctp.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Before the path of a terminal: the kernel's serial line discipline is put on it, which makes a link of it. */
#define ROTOR_MCTP_SETUP_TTY "tty:"
/** EIDs of others that are kept of a network. */
#define ROTOR_MCTP_SETUP_EIDS 256

/** Fields are to be read only. */
struct rotor_mctp_setup {
	uint32_t network;
	unsigned
	    link; /**< index of the interface; 0: a whole network, where the kernel's routes lead */
	char name[ROTOR_NETLINK_NAME_MAX]; /**< of the link */
	uint8_t address_len;               /**< bytes of a physical address on the link */
	uint8_t address; /**< its own physical address, if it has one of one byte */
	uint8_t eid;     /**< what the kernel sends from; 0: nothing yet */
	/** Of a whole network: EIDs that the kernel has routes to, rising. */
	rotor_mctp_phys others[ROTOR_MCTP_SETUP_EIDS];
	size_t other_count;

	bool open;
	struct rotor_netlink netlink;
	int tty;             /* -1: none */
	bool brought_eid;    /* `eid` is to be removed at the end */
	uint8_t routed[256]; /* what each EID has got from here */
	uint8_t at[256];     /* and the physical address that it had then */
};

/**
 * Makes ready.
 * @param where the number of a network, the name of a network interface, or "tty:PATH".
 * @param eid of a link that has no EID yet: the one that it gets. Where the kernel has one already, that remains.
 * @return ROTOR_OK; ROTOR_ERR_UNSUPPORTED: this kernel has no MCTP, or not this line discipline; ROTOR_ERR_NOT_FOUND: no such
 *         link or terminal, or no link is in the network; ROTOR_ERR_STATE: the network has no EID to send from;
 *         ROTOR_ERR_DENIED; ROTOR_ERR_BUSY: somebody has the terminal; ROTOR_ERR_FORMAT: it is no terminal; ROTOR_ERR_ARGUMENT; ROTOR_ERR_IO
 */
enum rotor_status rotor_mctp_setup_open(struct rotor_mctp_setup *s, const char *where, uint8_t eid);
/** Takes back what was set up. Harmless on a closed or zeroed one. */
void rotor_mctp_setup_close(struct rotor_mctp_setup *s);
/** On a link: has another EID of its own from now on (a bus owner has assigned it). Errors of rotor_netlink_change(). */
enum rotor_status rotor_mctp_setup_set_eid(struct rotor_mctp_setup *s, uint8_t eid);
/**
 * On a link: lets every program of the machine reach an endpoint by its EID. Errors of rotor_netlink_change().
 * @param phys physical address; means nothing on a link without such.
 */
enum rotor_status rotor_mctp_setup_reach(struct rotor_mctp_setup *s, uint8_t eid,
					 rotor_mctp_phys phys);

#ifdef __cplusplus
}
#endif

#endif
