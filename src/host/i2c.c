/* SPDX-License-Identifier: Apache-2.0 */
/* I2C adapters of Linux: block writes out of a device file, and in from a slave message queue. */
#include "rotor/host_i2c.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/i2c-dev.h>
#include <linux/i2c.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Messages that are taken before there is time for something else. */
#define AT_ONCE 16

#define ADAPTER_PREFIX "/dev/i2c-"

/* ---- opening ---- */

static int write_to_adapter(int adapter, uint8_t address, const uint8_t *bytes, size_t len)
{
	uint8_t copy[ROTOR_SMBUS_FRAME_MAX]; /* the driver may use its memory as it likes */
	struct i2c_msg message = {.addr = address, .len = (uint16_t)len, .buf = copy};
	struct i2c_rdwr_ioctl_data transfer = {.msgs = &message, .nmsgs = 1};

	memcpy(copy, bytes, len);
	return ioctl(adapter, I2C_RDWR, &transfer) == 1 ? 0 : errno;
}

enum rotor_status rotor_i2c_join(struct rotor_i2c *i, int adapter, int queue, uint8_t address,
				 struct rotor_mctp *endpoint)
{
	const struct rotor_smbus_config config = {.address = address};
	struct stat st;

	memset(i, 0, sizeof(*i));
	i->adapter = adapter;
	i->queue = queue;
	i->address = address;
	i->write = write_to_adapter;
	enum rotor_status status = rotor_smbus_init(&i->smbus, endpoint, &config);
	if (status == ROTOR_OK && fstat(queue, &st) != 0)
		status = ROTOR_ERR_IO;
	if (status != ROTOR_OK)
		rotor_i2c_close(i);
	else
		i->polled_as_sysfs = S_ISREG(st.st_mode);
	return status;
}

/* Where the driver puts the queue of an address. */
static bool queue_path(const char *adapter, uint8_t address, char *path, size_t cap)
{
	size_t prefix = strlen(ADAPTER_PREFIX);
	char *end = NULL;

	if (strncmp(adapter, ADAPTER_PREFIX, prefix) != 0 || adapter[prefix] < '0' ||
	    adapter[prefix] > '9')
		return false;
	unsigned long number = strtoul(adapter + prefix, &end, 10);
	int n =
	    snprintf(path, cap, "/sys/bus/i2c/devices/%lu-10%02x/slave-mqueue", number, address);
	return *end == 0 && n > 0 && (size_t)n < cap;
}

static enum rotor_status open_one(const char *path, int flags, enum rotor_status missing, int *fd)
{
	*fd = open(path, flags | O_NONBLOCK | O_CLOEXEC);
	if (*fd >= 0)
		return ROTOR_OK;
	return errno == ENOENT || errno == ENXIO || errno == ENODEV ? missing
	       : errno == EACCES || errno == EPERM                  ? ROTOR_ERR_DENIED
								    : ROTOR_ERR_IO;
}

enum rotor_status rotor_i2c_open(struct rotor_i2c *i, const char *adapter, const char *queue,
				 uint8_t address, struct rotor_mctp *endpoint)
{
	char path[96];
	int fds[2] = {-1, -1};

	*i = (struct rotor_i2c){.queue = -1, .adapter = -1};
	if (!queue && !queue_path(adapter, address, path, sizeof(path)))
		return ROTOR_ERR_ARGUMENT;
	enum rotor_status status = open_one(adapter, O_RDWR, ROTOR_ERR_NOT_FOUND, &fds[0]);
	if (status == ROTOR_OK)
		status = open_one(queue ? queue : path, O_RDONLY, ROTOR_ERR_UNSUPPORTED, &fds[1]);
	if (status == ROTOR_OK)
		return rotor_i2c_join(i, fds[0], fds[1], address, endpoint);
	if (fds[0] >= 0)
		close(fds[0]);
	return status;
}

void rotor_i2c_close(struct rotor_i2c *i)
{
	if (i->adapter >= 0)
		close(i->adapter);
	if (i->queue >= 0)
		close(i->queue);
	i->adapter = i->queue = -1;
}

/* ---- serving ---- */

static void show(const struct rotor_i2c *i, const uint8_t *frame, size_t len)
{
	if (i->seen && len > ROTOR_SMBUS_HEAD + ROTOR_SMBUS_TAIL)
		i->seen(i->ctx, frame + ROTOR_SMBUS_HEAD,
			len - ROTOR_SMBUS_HEAD - ROTOR_SMBUS_TAIL);
}

/* One message of the queue. Its file has a position, which a queue has no use for. */
static ssize_t next_message(const struct rotor_i2c *i, uint8_t *buf, size_t cap)
{
	ssize_t got;

	do {
		got = i->polled_as_sysfs ? pread(i->queue, buf, cap, 0) : read(i->queue, buf, cap);
	} while (got < 0 && errno == EINTR);
	return got;
}

static void take(struct rotor_i2c *i, uint8_t *frame, size_t len, rotor_ms now)
{
	struct rotor_smbus_decoded decoded;

	if (frame[0] != i->address << 1) {
		i->counters.not_ours++;
		return;
	}
	if (rotor_smbus_decode(frame, len, &decoded, NULL) == ROTOR_OK)
		show(i, frame, len);
	(void)rotor_smbus_receive(&i->smbus, frame, len, now);
}

enum rotor_status rotor_i2c_serve(struct rotor_i2c *i, rotor_ms now)
{
	uint8_t frame[ROTOR_SMBUS_FRAME_MAX + 1]; /* one more than can be good */

	i->more = false;
	for (unsigned n = 0; n < AT_ONCE; n++) {
		ssize_t got = next_message(i, frame, sizeof(frame));

		if (got < 0)
			return errno == EAGAIN ? ROTOR_OK : ROTOR_ERR_IO;
		if (got == 0)
			return i->polled_as_sysfs ? ROTOR_OK : ROTOR_ERR_IO;
		take(i, frame, (size_t)got, now);
	}
	i->more = true; /* a file of sysfs does not say so again */
	return ROTOR_OK;
}

static void count(struct rotor_i2c *i, int error)
{
	switch (error) {
	case 0:
		break;
	case ENXIO:
	case EREMOTEIO:
		i->counters.nacked++;
		break;
	case EAGAIN:
		i->counters.lost++;
		break;
	case ETIMEDOUT:
	case EBUSY:
		i->counters.timed_out++;
		break;
	default:
		i->counters.failed++;
		break;
	}
}

void rotor_i2c_send(struct rotor_i2c *i, rotor_ms now)
{
	struct rotor_smbus_transfer transfer;

	while (rotor_smbus_next_transfer(&i->smbus, &transfer, now)) {
		int error =
		    i->write(i->adapter, transfer.address, transfer.frame + 1, transfer.len - 1);

		count(i, error);
		if (error == 0)
			show(i, transfer.frame, transfer.len);
		rotor_smbus_transfer_done(&i->smbus, error == 0, now);
	}
}

short rotor_i2c_events(const struct rotor_i2c *i)
{
	return i->polled_as_sysfs ? POLLPRI : POLLIN;
}

rotor_ms rotor_i2c_deadline(const struct rotor_i2c *i)
{
	return i->more ? 0 : rotor_smbus_deadline(&i->smbus);
}
