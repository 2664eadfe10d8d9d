/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * An MCTP endpoint on Linux's MCTP sockets (mctp(7), Linux 5.18 and later): the
 * kernel fragments, reassembles and routes; whole messages pass here
 * (rotor/mctp_messages.h). It takes the place of a binding and is driven like one:
 * @code
 * rotor_af_mctp_open(&a, &config, endpoint);
 * for (;;) {
 *         if (rotor_af_mctp_serve(&a, now) != ROTOR_OK)  the sockets are of no use any more
 *         poll whoever has the endpoint
 *         rotor_af_mctp_send(&a, now);
 *         poll(a.fd, POLLIN) until rotor_af_mctp_deadline(&a) or that of the endpoint's owner
 * }
 * @endcode
 *
 * There are two ways to be on the kernel's buses:
 *
 * - **On a link** (config.link): messages are addressed to physical addresses of one
 *   network interface, so that endpoints without an EID can be found and given one. For
 *   bus owners, and for who answers one. Physical addresses are those of the medium (I2C: the
 *   7-bit address; serial: always 0).
 * - **Routed** (link 0): messages go where the kernel's routes lead, which another bus owner,
 *   mctpd say, keeps. The EID itself stands for the physical address.
 *
 * An endpoint without an EID (0) cannot answer anybody: the kernel sends from no address.
 * The kernel does not say to which of its EIDs a message came: it is handed on as one to the
 * endpoint's own.
 *
 * Tags are the kernel's; each request takes one for the time that its answer is awaited
 * (SIOCMCTPALLOCTAG). Sending takes CAP_NET_RAW, receiving requests CAP_NET_BIND_SERVICE.
 */
#ifndef ROTOR_HOST_AF_MCTP_H
#define ROTOR_HOST_AF_MCTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rotor/mctp_messages.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Message types that one endpoint may receive requests of. */
#define ROTOR_AF_MCTP_TYPES_MAX 6
/** Requests that may wait for their answers at a time. */
#define ROTOR_AF_MCTP_REQUESTS_MAX 64
/** Longest message, without its type byte: the kernel's own limit. */
#define ROTOR_AF_MCTP_MESSAGE_MAX 65535
/** Longest physical address. */
#define ROTOR_AF_MCTP_HARDWARE_MAX 32
/** A message that the kernel has no room or no tag for is given up after so many milliseconds. */
#define ROTOR_AF_MCTP_PATIENCE_MS 1000

/** Whom a message goes to or comes from, as the kernel says it. */
struct rotor_af_mctp_address {
	uint32_t network;
	uint8_t eid;
	uint8_t type;      /**< with 0x80 if the body ends in an integrity check */
	uint8_t tag;       /**< 0 to 7 */
	bool tag_owner;    /**< the sender chose the tag */
	bool reserved_tag; /**< out: the tag was reserved before */
	unsigned link;     /**< index of the interface; out: 0, as the kernel's routes say */
	uint8_t hardware_len;
	uint8_t hardware[ROTOR_AF_MCTP_HARDWARE_MAX];
};

/** The system calls, for tests to stand in for. @c ctx is config.os_ctx. */
struct rotor_af_mctp_os {
	/**
	 * A socket for messages of a type in a network. @param bound it receives requests. @return ROTOR_ERR_UNSUPPORTED: this
	 * kernel has no MCTP; ROTOR_ERR_BUSY: somebody else receives them; ROTOR_ERR_DENIED; ROTOR_ERR_IO
	 */
	enum rotor_status (*open)(void *ctx, uint32_t network, uint8_t type, bool bound, int *fd);
	void (*close)(void *ctx, int fd);
	/** @return ROTOR_PENDING: no room now; ROTOR_ERR_IO */
	enum rotor_status (*send)(void *ctx, int fd, const struct rotor_af_mctp_address *to,
				  struct rotor_bytes body);
	/** @return ROTOR_PENDING: nothing is there; ROTOR_ERR_SPACE: a message longer than @p cap, which is lost; ROTOR_ERR_IO */
	enum rotor_status (*receive)(void *ctx, int fd, struct rotor_af_mctp_address *from,
				     void *buf, size_t cap, size_t *len);
	/** Reserves a tag towards an EID (0: whoever it is). @return ROTOR_ERR_BUSY: all eight are taken; ROTOR_ERR_IO */
	enum rotor_status (*take_tag)(void *ctx, int fd, uint8_t eid, uint8_t *tag);
	void (*drop_tag)(void *ctx, int fd, uint8_t eid, uint8_t tag);
};
/** The system's. */
extern const struct rotor_af_mctp_os rotor_af_mctp_linux;

struct rotor_af_mctp_config {
	uint32_t network;     /**< MCTP network; 0: the default one */
	unsigned link;        /**< index of the interface; 0: routed */
	uint8_t hardware_len; /**< with a link: bytes of a physical address, 0 or 1 */
	/** Message types to receive requests of. One that somebody else receives already (mctpd: control) is left to him. */
	const uint8_t *types;
	size_t type_count;
	const struct rotor_af_mctp_os *os; /**< NULL: the system's */
	void *os_ctx;
};

/** Messages that did not get through, by reason. */
struct rotor_af_mctp_counters {
	uint32_t other_link;  /**< received on another interface of the network */
	uint32_t too_long;    /**< received, longer than the buffer */
	uint32_t unknown_tag; /**< an answer with a tag that no request has */
	uint32_t not_sent;    /**< the kernel refused it, or had no room or tag for too long */
};

/** Fields are private but those commented. */
struct rotor_af_mctp {
	int fd; /**< to poll for POLLIN */
	/** Shown each message that comes or goes as one MCTP packet of any length; NULL: nobody looks. */
	void (*seen)(void *ctx, const uint8_t *packet, size_t len);
	void *ctx;
	struct rotor_af_mctp_counters counters; /**< */
	bool shared
	    [ROTOR_AF_MCTP_TYPES_MAX]; /**< that type of the configuration is received by somebody else */
	struct rotor_mctp *mctp;
	struct rotor_af_mctp_config config;
	int sockets[ROTOR_AF_MCTP_TYPES_MAX];
	uint8_t types[ROTOR_AF_MCTP_TYPES_MAX];
	struct rotor_af_mctp_request {
		bool used;
		int fd;
		uint8_t eid; /* as asked of the endpoint */
		uint8_t to;  /* as asked of the kernel */
		rotor_mctp_phys phys;
		uint8_t own_tag, kernel_tag;
	} requests[ROTOR_AF_MCTP_REQUESTS_MAX];
	bool blocked; /* the kernel has no room or tag, since: */
	rotor_ms blocked_at, again_at;
	uint8_t packet[ROTOR_MCTP_HEADER_SIZE + 1 + ROTOR_AF_MCTP_MESSAGE_MAX];
};

/**
 * Joins an endpoint, already initialised, to the kernel.
 * @return ROTOR_OK; ROTOR_ERR_UNSUPPORTED: no MCTP in this kernel, or physical addresses longer than a byte;
 *         ROTOR_ERR_DENIED, ROTOR_ERR_ARGUMENT, ROTOR_ERR_IO
 */
ROTOR_MUST_CHECK enum rotor_status rotor_af_mctp_open(struct rotor_af_mctp *a,
						      const struct rotor_af_mctp_config *config,
						      struct rotor_mctp *endpoint);
/** Gives sockets and tags back. Harmless on a closed one, and on a zeroed one. */
void rotor_af_mctp_close(struct rotor_af_mctp *a);
/** Takes all that has come. @return ROTOR_OK; ROTOR_ERR_IO: a socket does not work any more */
enum rotor_status rotor_af_mctp_serve(struct rotor_af_mctp *a, rotor_ms now);
/** Sends what the endpoint has to send, as far as the kernel takes it, and gives back tags of requests that have ended. */
void rotor_af_mctp_send(struct rotor_af_mctp *a, rotor_ms now);
/** When rotor_af_mctp_send() is next needed, as far as time decides, or ROTOR_NEVER. */
rotor_ms rotor_af_mctp_deadline(const struct rotor_af_mctp *a);

#ifdef __cplusplus
}
#endif

#endif
