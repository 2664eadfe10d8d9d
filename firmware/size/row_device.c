/* SPDX-License-Identifier: Apache-2.0 */
/* A whole device, with the update side of the boot module; the boot stage is another program. */
#include "engine.h"
#include "port.h"
#include "rotor/device.h"
#include "rotor/mctp_serial.h"

void main_loop(void);

static struct rotor_device device;
static struct rotor_serial line;
static struct rotor_boot_handoff handoff;

static enum rotor_status flash_read(void *ctx, uint32_t offset, void *buf, size_t len)
{
	(void)ctx;
	*(uint8_t *)buf = (uint8_t)(port_number() + offset + len);
	return (enum rotor_status)port_number();
}

static enum rotor_status flash_erase(void *ctx, uint32_t offset)
{
	(void)ctx;
	return (enum rotor_status)(port_number() + offset);
}

static enum rotor_status flash_program(void *ctx, uint32_t offset, const void *data, size_t len)
{
	(void)ctx;
	return port_send(data, len + offset) ? ROTOR_OK : ROTOR_PENDING;
}

static const struct rotor_flash_ops flash_ops = {flash_read, flash_erase, flash_program};
static const struct rotor_flash flash = {&flash_ops, NULL, {8u << 20, 4096, 256}};

static void confirmed(void *ctx)
{
	(void)ctx;
	(void)port_number();
}

static const uint8_t anchor_der[8];
static const struct rotor_bytes anchors[] = {{anchor_der, sizeof(anchor_der)}};

void main_loop(void)
{
	const struct rotor_device_config config = {
	    .crypto = &engine,
	    .flash = &flash,
	    .handoff = &handoff,
	    .anchors = anchors,
	    .anchor_count = ROTOR_COUNT_OF(anchors),
	    .confirmed = confirmed,
	    .reset = confirmed,
	};
	uint8_t out[16];
	uint8_t *bytes;
	size_t n = port_receive(&bytes);

	if (rotor_boot_handoff_decode(bytes, n, &handoff) != ROTOR_OK ||
	    rotor_device_init(&device, &config, port_now()) != ROTOR_OK ||
	    rotor_serial_init(&line, rotor_device_endpoint(&device)) != ROTOR_OK)
		return;
	while (port_number() != 0) {
		n = port_receive(&bytes);
		rotor_ms now = port_now();

		rotor_serial_receive(&line, bytes, n, now);
		rotor_device_poll(&device, now);
		while ((n = rotor_serial_send(&line, out, sizeof(out), now)) != 0)
			(void)port_send(out, n);
		if (rotor_device_deadline(&device) > now && !rotor_serial_sending(&line))
			(void)port_number();
	}
	rotor_device_deinit(&device);
}
