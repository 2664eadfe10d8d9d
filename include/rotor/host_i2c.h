/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * An MCTP endpoint on an I2C adapter of this machine without the kernel's MCTP:
 * block writes go out through /dev/i2c-N, and what others write to the own
 * address is read from a slave message queue.
 *
 * The queue (slave-mqueue, a file in sysfs from which one read takes one message,
 * address byte first) is a driver that kernels of BMC vendors carry; Linux itself
 * has none like it. Where there is mctp-i2c, use that: rotor/host_af_mctp.h.
 * A transfer blocks for as long as the adapter takes. A multiplexer's channels are
 * adapters of their own, which the kernel switches to; who answers must find the
 * channel as it was, so no other channel of a multiplexer may be used at a time.
 * @code
 * rotor_i2c_open(&i2c, "/dev/i2c-2", NULL, 0x10, endpoint);
 * for (;;) {
 *         if (rotor_i2c_serve(&i2c, now) != ROTOR_OK)  the queue is gone
 *         poll whoever has the endpoint
 *         rotor_i2c_send(&i2c, now);
 *         poll(i2c.queue, rotor_i2c_events(&i2c)) until rotor_i2c_deadline(&i2c) or that of the endpoint's owner
 * }
 * @endcode
 */
#ifndef ROTOR_HOST_I2C_H
#define ROTOR_HOST_I2C_H

#include "rotor/mctp_smbus.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What went wrong with transfers, by what the adapter said. */
struct rotor_i2c_counters {
	uint32_t nacked;    /**< nobody acknowledged */
	uint32_t lost;      /**< arbitration lost to another master */
	uint32_t timed_out; /**< the bus was stuck, or a slave held the clock */
	uint32_t failed;    /**< anything else */
	uint32_t not_ours;  /**< in the queue, but not a message to the own address */
};

/** Fields are private but those commented. */
struct rotor_i2c {
	int queue;                          /**< to poll */
	struct rotor_i2c_counters counters; /**< besides those of the binding */
	struct rotor_smbus smbus;
	/** Shown every MCTP packet that comes in whole or has been delivered; NULL: nobody looks. */
	void (*seen)(void *ctx, const uint8_t *packet, size_t len);
	void *ctx;
	int adapter;
	uint8_t address;
	bool polled_as_sysfs;
	bool more; /* there may be more in the queue */
	/* Writes bytes to an address, the address byte not among them. 0, or an errno. */
	int (*write)(int adapter, uint8_t address, const uint8_t *bytes, size_t len);
};

/**
 * Opens adapter and queue, and joins an endpoint, already initialised.
 * @param adapter path of the adapter's device file.
 * @param queue path of the queue; NULL: where the driver puts that of the address on this adapter
 *        (/sys/bus/i2c/devices/N-10AA/slave-mqueue, after "slave-mqueue 0x10AA" was written to the adapter's new_device).
 * @param address own 7-bit address.
 * @return ROTOR_OK; ROTOR_ERR_NOT_FOUND: there is no such adapter; ROTOR_ERR_UNSUPPORTED: it has no such queue;
 *         ROTOR_ERR_DENIED, ROTOR_ERR_IO; ROTOR_ERR_ARGUMENT: as rotor_smbus_init(), or no queue follows from that path
 */
ROTOR_MUST_CHECK enum rotor_status rotor_i2c_open(struct rotor_i2c *i, const char *adapter,
						  const char *queue, uint8_t address,
						  struct rotor_mctp *endpoint);
/** The same on open descriptors, which it owns from then on, also after an error. */
ROTOR_MUST_CHECK enum rotor_status rotor_i2c_join(struct rotor_i2c *i, int adapter, int queue,
						  uint8_t address, struct rotor_mctp *endpoint);
void rotor_i2c_close(struct rotor_i2c *i);
/** Takes what has come, some of it at a time. @return ROTOR_OK; ROTOR_ERR_IO: the queue cannot be read any more */
enum rotor_status rotor_i2c_serve(struct rotor_i2c *i, rotor_ms now);
/** Makes the transfers that are due. */
void rotor_i2c_send(struct rotor_i2c *i, rotor_ms now);
/** What to poll the queue for. */
short rotor_i2c_events(const struct rotor_i2c *i);
/** When rotor_i2c_serve() and rotor_i2c_send() are next needed, as far as time decides, or ROTOR_NEVER. */
rotor_ms rotor_i2c_deadline(const struct rotor_i2c *i);

#ifdef __cplusplus
}
#endif

#endif
