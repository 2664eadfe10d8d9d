/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Between MCTP and SPDM over TCP (rotor/host_spdm_socket.h): an MCTP endpoint at
 * one end of a serial line, which hands on SPDM messages and secured records and
 * nothing else. So a device and an agent that know MCTP alone speak to tools
 * that know whole messages alone.
 *
 * - to a device: who connects to the server asks, the device at the line answers;
 * - to a server: the agent at the line asks, and finds at the other end an
 *   endpoint that answers control messages and has the server's SPDM.
 *
 * One request is under way at a time; a new one takes the place of one without
 * an answer.
 */
#ifndef ROTOR_HOST_SPDM_RELAY_H
#define ROTOR_HOST_SPDM_RELAY_H

#include "rotor/host_link.h"
#include "rotor/host_spdm_socket.h"
#include "rotor/mctp.h"
#include "rotor/mctp_control.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Longest message, without its type byte. */
#define ROTOR_SPDM_RELAY_MESSAGE_MAX 16384
/** How long a device may take for an answer, in ms, before its request is forgotten. */
#define ROTOR_SPDM_RELAY_ANSWER_MS 60000

/** Fields are private but @c server's counters, @c unclaimed, @c replaced and @c too_long. */
struct rotor_spdm_relay {
	bool to_device;
	int wire; /**< own end of the line; -1: none */
	struct rotor_mctp mctp;
	struct rotor_mctp_slot slots[2];
	struct rotor_mctp_pending pending[4];
	uint8_t buffers[2 * ROTOR_SPDM_RELAY_MESSAGE_MAX];
	struct rotor_mctp_control control;
	struct rotor_link link;
	struct rotor_spdm_server server;     /**< to a device */
	struct rotor_spdm_socket client;     /**< to a server */
	bool asked;                          /**< a request is under way */
	struct rotor_mctp_message_info from; /**< to a server: who asked */
	uint32_t asker;                      /**< to a device: number of the stream that asked */
	uint8_t message[ROTOR_SPDM_RELAY_MESSAGE_MAX]; /**< on its way along the line */
	uint32_t unclaimed; /**< answers that nobody waited for, and messages of other types */
	uint32_t replaced;  /**< requests given up for a new one */
	uint32_t too_long;  /**< messages that do not fit */
};

/** Prepares a relay to a device; @p listener becomes the relay's. @return ROTOR_OK, ROTOR_ERR_ARGUMENT */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_relay_to_device(struct rotor_spdm_relay *r,
							      int listener);
/**
 * Prepares a relay to a server and connects to it.
 * @param eid of the endpoint that the agent finds
 * @return ROTOR_OK; ROTOR_ERR_ARGUMENT; errors of rotor_spdm_client_open()
 */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_relay_to_server(struct rotor_spdm_relay *r,
							      const char *where, uint8_t eid,
							      int timeout_ms);
/**
 * Makes a line (a socket pair), ends the last one, and forgets what was under way on it.
 * @param[out] other the other end, close-on-exec and not blocking, the caller's
 * @return ROTOR_OK, ROTOR_ERR_IO
 */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_relay_plug(struct rotor_spdm_relay *r, int *other);
/** Ends the line; streams stay. */
void rotor_spdm_relay_unplug(struct rotor_spdm_relay *r);
/** Ends everything. A server is told to wait for the next client. */
void rotor_spdm_relay_close(struct rotor_spdm_relay *r);

/** Descriptors to poll. */
#define ROTOR_SPDM_RELAY_FDS 3
/** What to poll for; unused entries have the descriptor -1. */
void rotor_spdm_relay_watch(const struct rotor_spdm_relay *r,
			    struct pollfd fds[ROTOR_SPDM_RELAY_FDS]);
/**
 * Carries on what has come.
 * @return ROTOR_OK; ROTOR_ERR_NOT_FOUND: the server has closed, or a peer has asked the device to end
 */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_relay_serve(struct rotor_spdm_relay *r, rotor_ms now);

#ifdef __cplusplus
}
#endif

#endif
