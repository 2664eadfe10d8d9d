/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * SPDM over TCP as DMTF's emulators and conformance tools speak it, so that they
 * and rotor can be run against each other. It is for trying things out: nothing
 * protects the stream itself.
 *
 * A packet is three big-endian words, command, transport and length, and a
 * payload of that length. Of the transports only MCTP is spoken: the payload of
 * a NORMAL packet is one MCTP message, its type byte (05 SPDM, 06 secured) in
 * front, without packet headers.
 *
 * - struct rotor_spdm_socket: one stream, packets in and out;
 * - struct rotor_spdm_server: listens, answers what is not SPDM, one peer at a time;
 * - struct rotor_spdm_client: connects and says hello.
 *
 * Nothing here blocks but rotor_spdm_client_open() and _close().
 */
#ifndef ROTOR_HOST_SPDM_SOCKET_H
#define ROTOR_HOST_SPDM_SOCKET_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rotor/status.h"
#include "rotor/wire.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Bytes in front of a payload. */
#define ROTOR_SPDM_SOCKET_HEAD 12
/** Longest payload that is taken or sent; a stream with a longer one is closed. */
#define ROTOR_SPDM_SOCKET_MAX 65536

enum rotor_spdm_socket_command {
	ROTOR_SPDM_SOCKET_NORMAL = 0x0001, /**< a message */
	/* Wishes of a test to a responder: known to a server only if its owner says so. Echoed, without the payload. */
	ROTOR_SPDM_SOCKET_UPDATE_KEY =
	    0x8001, /**< to update its key; the session's ID, little-endian */
	ROTOR_SPDM_SOCKET_ENDPOINT_INFO =
	    0x8002, /**< to ask for the requester's GET_ENDPOINT_INFO */
	/** The stream ends, the responder and its state stay. Empty, and echoed. */
	ROTOR_SPDM_SOCKET_CONTINUE = 0xfffd,
	ROTOR_SPDM_SOCKET_SHUTDOWN = 0xfffe, /**< the responder ends. Empty, and echoed. */
	ROTOR_SPDM_SOCKET_UNKNOWN = 0xffff,  /**< answer to a command that is not known */
	ROTOR_SPDM_SOCKET_TEST = 0xdead,     /**< a greeting, answered with another */
};

/** Payloads of TEST, asked and answered; the zero byte at the end is sent too. */
#define ROTOR_SPDM_SOCKET_HELLO_CLIENT "Client Hello!"
#define ROTOR_SPDM_SOCKET_HELLO_SERVER "Server Hello!"

enum rotor_spdm_socket_transport {
	ROTOR_SPDM_SOCKET_NONE = 0,
	ROTOR_SPDM_SOCKET_MCTP = 1,
	ROTOR_SPDM_SOCKET_PCI_DOE = 2,
	ROTOR_SPDM_SOCKET_TCP = 3,
};

/** One packet that came. */
struct rotor_spdm_packet {
	uint32_t command, transport;
	struct rotor_bytes payload; /**< within the socket, until the next call */
};

/* ---- one stream ---- */

/** Fields are private. */
struct rotor_spdm_socket {
	int fd; /**< a connected stream that does not block; -1: none */
	size_t in_len, in_used;
	size_t out_at, out_len;
	uint8_t in[ROTOR_SPDM_SOCKET_HEAD + ROTOR_SPDM_SOCKET_MAX];
	uint8_t out[ROTOR_SPDM_SOCKET_HEAD + ROTOR_SPDM_SOCKET_MAX];
};

/** Begins with a stream; @p fd becomes the socket's. */
void rotor_spdm_socket_init(struct rotor_spdm_socket *s, int fd);
/** Closes the stream, if there is one. */
void rotor_spdm_socket_close(struct rotor_spdm_socket *s);
/**
 * Takes bytes of the stream, as many as belong to one packet: the part of rotor_spdm_socket_receive() that reads nothing.
 * @param used how many were taken
 * @return ROTOR_OK: a packet is complete; ROTOR_PENDING: more bytes are needed; ROTOR_ERR_LENGTH: its payload is longer
 *         than ROTOR_SPDM_SOCKET_MAX, and the stream is of no more use
 */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_socket_take(struct rotor_spdm_socket *s,
							  const uint8_t *bytes, size_t len,
							  size_t *used,
							  struct rotor_spdm_packet *packet);
/**
 * The next packet.
 * @return ROTOR_OK; ROTOR_PENDING: not yet; ROTOR_ERR_NOT_FOUND: the other end has closed; ROTOR_ERR_LENGTH, ROTOR_ERR_IO
 */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_socket_receive(struct rotor_spdm_socket *s,
							     struct rotor_spdm_packet *packet);
/**
 * Queues a packet and sends what there is room for. The payload is @p type, if it is not negative, then @p body.
 * @return ROTOR_OK; ROTOR_ERR_BUSY: the last one has not left yet; ROTOR_ERR_SPACE: too long; ROTOR_ERR_IO
 */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_socket_send(struct rotor_spdm_socket *s,
							  uint32_t command, int type,
							  struct rotor_bytes body);
/** Sends what is left of the last packet. @return ROTOR_OK (all has left), ROTOR_PENDING, ROTOR_ERR_IO */
enum rotor_status rotor_spdm_socket_flush(struct rotor_spdm_socket *s);
/** What to poll the stream for: POLLIN, perhaps POLLOUT. */
short rotor_spdm_socket_events(const struct rotor_spdm_socket *s);

/* ---- the side that answers ---- */

enum rotor_spdm_server_event {
	ROTOR_SPDM_SERVER_NOTHING,  /**< nothing more to do now */
	ROTOR_SPDM_SERVER_MESSAGE,  /**< a message came */
	ROTOR_SPDM_SERVER_SHUTDOWN, /**< a peer has ended the service, and has been told so */
	ROTOR_SPDM_SERVER_BROKEN,   /**< the listener is gone */
};

/** Fields are private but those commented. */
struct rotor_spdm_server {
	int listener;
	struct rotor_spdm_socket peer; /**< whoever is connected */
	bool ends, shuts;              /* after what is on its way out */
	/** Takes other commands; may be set after rotor_spdm_server_init(). @return whether it is known */
	bool (*command)(void *ctx, uint32_t command, struct rotor_bytes payload);
	void *ctx;            /**< given to it */
	uint32_t peers;       /**< streams accepted */
	uint32_t turned_away; /**< streams closed because there was a peer already */
	uint32_t unknown;     /**< commands answered UNKNOWN */
	uint32_t
	    other_transport; /**< messages of a transport that is not spoken: the stream was closed */
	uint32_t too_long;   /**< packets too long: the stream was closed */
	uint32_t dropped;    /**< answers for a peer that had gone, or did not take them */
};

/** @param listener of rotor_spdm_socket_listen(); becomes the server's */
void rotor_spdm_server_init(struct rotor_spdm_server *s, int listener);
/** Closes everything. */
void rotor_spdm_server_close(struct rotor_spdm_server *s);
/**
 * Takes what has come. Call until it has nothing.
 * @param type set to the MCTP message type
 * @param body set to the message without it: within the server, until the next call, and may be changed in place
 */
enum rotor_spdm_server_event rotor_spdm_server_serve(struct rotor_spdm_server *s, uint8_t *type,
						     uint8_t **body, size_t *len);
/** Answers a message. What cannot be sent is counted as dropped. */
void rotor_spdm_server_answer(struct rotor_spdm_server *s, uint8_t type, struct rotor_bytes body);
/** Descriptors to poll: @p fds[0] the listener, @p fds[1] the peer. */
void rotor_spdm_server_watch(const struct rotor_spdm_server *s, struct pollfd fds[2]);

/* ---- the side that asks ---- */

/** What the other end is to do when the client goes. */
enum rotor_spdm_client_end {
	ROTOR_SPDM_CLIENT_CONTINUE, /**< wait for another client */
	ROTOR_SPDM_CLIENT_SHUTDOWN, /**< end */
};

/**
 * Connects and exchanges greetings.
 * @param where HOST:PORT
 * @return ROTOR_OK; ROTOR_ERR_ARGUMENT: not HOST:PORT; ROTOR_ERR_NOT_FOUND: no such host, or nobody listens there;
 *         ROTOR_ERR_TIMEOUT, ROTOR_ERR_FORMAT: it does not answer the greeting as it should; ROTOR_ERR_IO
 */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_client_open(struct rotor_spdm_socket *s,
							  const char *where, int timeout_ms);
/** Takes leave, waits for the echo, closes. */
void rotor_spdm_client_close(struct rotor_spdm_socket *s, enum rotor_spdm_client_end end,
			     int timeout_ms);

/* ---- TCP ---- */

/**
 * Listens at HOST:PORT. Nothing protects the stream: use a loopback address.
 * @param where HOST:PORT or [IPV6]:PORT; port 0: any that is free
 * @param[out] fd does not block, close-on-exec; -1 on error
 * @param[out] port the one that is listened at; may be NULL
 * @return ROTOR_ERR_ARGUMENT: not HOST:PORT; ROTOR_ERR_NOT_FOUND: no such host; ROTOR_ERR_BUSY: the port is taken;
 *         ROTOR_ERR_DENIED, ROTOR_ERR_IO
 */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_socket_listen(const char *where, int *fd,
							    uint16_t *port);
/**
 * Connects to HOST:PORT.
 * @param[out] fd does not block, close-on-exec, TCP_NODELAY; -1 on error
 * @return as above
 */
ROTOR_MUST_CHECK enum rotor_status rotor_spdm_socket_connect(const char *where, int *fd);
/** Accepts one peer: does not block, close-on-exec, TCP_NODELAY. @return -1: there is none */
int rotor_spdm_socket_accept(int listener);

#ifdef __cplusplus
}
#endif

#endif
