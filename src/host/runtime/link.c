/* SPDX-License-Identifier: Apache-2.0 */
/* An MCTP endpoint joined to the virtual bus or to a serial line, on a descriptor that is open already. */
#include "rotor/host_link.h"

#include <poll.h>
#include <string.h>

#include "rotor/host_line.h"

static void show(const struct rotor_link *link, const uint8_t *packet, size_t len)
{
	if (link->seen)
		link->seen(link->ctx, packet, len);
}

/* ---- the bus ---- */

static void show_frame(const struct rotor_link *link, const uint8_t *frame, size_t len)
{
	if (len > ROTOR_SMBUS_HEAD + ROTOR_SMBUS_TAIL)
		show(link, frame + ROTOR_SMBUS_HEAD, len - ROTOR_SMBUS_HEAD - ROTOR_SMBUS_TAIL);
}

enum rotor_status rotor_link_bus(struct rotor_link *link, int fd, struct rotor_mctp *endpoint,
				 uint8_t address)
{
	const struct rotor_smbus_config config = {.address = address};
	memset(link, 0, sizeof(*link));
	link->fd = fd;
	return rotor_smbus_init(&link->smbus, endpoint, &config);
}

/* Acknowledged before it is looked at, so that the bus goes on meanwhile. */
static bool delivery(struct rotor_link *link, const struct rotor_bus_event *event, rotor_ms now)
{
	struct rotor_smbus_decoded decoded;
	bool good = rotor_smbus_decode(event->transfer, event->len, &decoded, NULL) == ROTOR_OK;
	if (rotor_bus_answer(link->fd, event->sequence, good) == ROTOR_ERR_IO)
		return false;
	if (good)
		show_frame(link, event->transfer, event->len);
	(void)rotor_smbus_receive(&link->smbus, event->transfer, event->len, now);
	return true;
}

static void result(struct rotor_link *link, const struct rotor_bus_event *event, rotor_ms now)
{
	bool acked = event->type == ROTOR_BUS_RESULT && event->code == ROTOR_BUS_ACK;
	if (!link->in_flight || event->sequence != link->sequence)
		return;
	link->in_flight = false;
	if (acked)
		show_frame(link, link->smbus.frame, link->smbus.frame_len);
	rotor_smbus_transfer_done(&link->smbus, acked, now);
}

static enum rotor_status serve_bus(struct rotor_link *link, rotor_ms now)
{
	uint8_t packet[ROTOR_BUS_PACKET_MAX];
	struct rotor_bus_event event;
	for (;;) {
		enum rotor_status status =
		    rotor_bus_receive(link->fd, packet, sizeof(packet), &event);
		if (status == ROTOR_PENDING)
			return ROTOR_OK;
		if (status == ROTOR_ERR_LENGTH || status == ROTOR_ERR_FORMAT)
			continue;
		if (status != ROTOR_OK)
			return status;
		if (event.type != ROTOR_BUS_DELIVERY)
			result(link, &event, now);
		else if (!delivery(link, &event, now))
			return ROTOR_ERR_IO;
	}
}

static void send_bus(struct rotor_link *link, rotor_ms now)
{
	struct rotor_smbus_transfer transfer;
	if (link->in_flight || !rotor_smbus_next_transfer(&link->smbus, &transfer, now))
		return;
	link->sequence++;
	link->in_flight = true;
	if (rotor_bus_send(link->fd, link->sequence, transfer.frame, transfer.len) != ROTOR_OK) {
		link->in_flight = false;
		rotor_smbus_transfer_done(&link->smbus, false, now);
	}
}

/* ---- the line ---- */

enum rotor_status rotor_link_serial(struct rotor_link *link, int fd, struct rotor_mctp *endpoint)
{
	memset(link, 0, sizeof(*link));
	link->fd = fd;
	link->serial = true;
	enum rotor_status status = rotor_serial_init(&link->line, endpoint);
	if (status == ROTOR_OK)
		status = rotor_serial_init(&link->heard, NULL);
	return status == ROTOR_OK ? rotor_serial_init(&link->sent, NULL) : status;
}

/* Packets are shown before they are worked on: what answers them comes behind. */
static void overhear(const struct rotor_link *link, struct rotor_serial *ear, const uint8_t *bytes,
		     size_t len)
{
	struct rotor_bytes packet;
	for (size_t i = 0; link->seen && i < len; i++) {
		if (rotor_serial_listen(ear, bytes[i], &packet))
			show(link, packet.data, packet.len);
	}
}

static enum rotor_status serve_line(struct rotor_link *link, rotor_ms now)
{
	uint8_t bytes[1024];
	for (;;) {
		size_t len = 0;
		enum rotor_status status = rotor_line_read(link->fd, bytes, sizeof(bytes), &len);
		if (status != ROTOR_OK)
			return status == ROTOR_PENDING ? ROTOR_OK : status;
		overhear(link, &link->heard, bytes, len);
		rotor_serial_receive(&link->line, bytes, len, now);
	}
}

static void send_line(struct rotor_link *link, rotor_ms now)
{
	for (;;) {
		size_t sent = 0;
		if (link->out_at == link->out_len) {
			link->out_at = 0;
			link->out_len =
			    rotor_serial_send(&link->line, link->out, sizeof(link->out), now);
			overhear(link, &link->sent, link->out, link->out_len);
		}
		if (link->out_len == 0 ||
		    rotor_line_write(link->fd, link->out + link->out_at,
				     link->out_len - link->out_at, &sent) != ROTOR_OK)
			return;
		link->out_at += sent;
	}
}

/* ---- either ---- */

enum rotor_status rotor_link_serve(struct rotor_link *link, rotor_ms now)
{
	return link->serial ? serve_line(link, now) : serve_bus(link, now);
}

void rotor_link_send(struct rotor_link *link, rotor_ms now)
{
	if (link->serial)
		send_line(link, now);
	else
		send_bus(link, now);
}

bool rotor_link_draining(const struct rotor_link *link)
{
	return link->out_at != link->out_len;
}

short rotor_link_events(const struct rotor_link *link)
{
	return rotor_link_draining(link) ? POLLIN | POLLOUT : POLLIN;
}

rotor_ms rotor_link_deadline(const struct rotor_link *link)
{
	return link->serial ? ROTOR_NEVER : rotor_smbus_deadline(&link->smbus);
}
