/* SPDX-License-Identifier: Apache-2.0 */
/* Clients: what they ask, what they are told, and how they come and go. */
#include "bus.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

#include "rotor/wire.h"

/* Packets taken from one client before the others have their turn. */
enum { PACKETS_A_TURN = 2 * ROTOR_BUS_QUEUE_MAX };

static void client_close(struct client *client)
{
	struct bus *bus = client->bus;
	/* Unread packets would make the kernel report a reset before our last words. */
	uint8_t unread[ROTOR_BUS_PACKET_MAX];
	for (int i = 0; i < 1024 && recv(client->source.fd, unread, sizeof(unread),
					 MSG_DONTWAIT | MSG_TRUNC) > 0;
	     i++)
		;
	rotor_loop_remove(&client->source);
	close(client->source.fd);
	for (unsigned i = 0; i < client->address_count; i++)
		bus->owner[client->addresses[i]] = NULL;
	for (struct client **at = &bus->clients; *at; at = &(*at)->next) {
		if (*at == client) {
			*at = client->next;
			break;
		}
	}
	bus->client_count--;
	bus->monitor_count -= client->monitor;
	segment_forget(bus, client);
	free(client);
}

bool client_send(struct client *client, enum rotor_bus_type type, uint16_t sequence,
		 enum rotor_bus_code code, const void *body, size_t len)
{
	uint8_t packet[ROTOR_BUS_PACKET_MAX];
	struct rotor_writer w = rotor_writer(packet, sizeof(packet));
	rotor_write_u8(&w, ROTOR_BUS_VERSION);
	rotor_write_u8(&w, (uint8_t)type);
	rotor_write_u16le(&w, sequence);
	rotor_write_u8(&w, (uint8_t)code);
	rotor_write_bytes(&w, body, len);
	size_t size = 0;
	if (client->doomed || rotor_writer_end(&w, &size) != ROTOR_OK)
		return false;
	return send(client->source.fd, packet, size, MSG_DONTWAIT | MSG_NOSIGNAL) == (ssize_t)size;
}

/* Its deadline comes in this turn of the loop, when no callback holds a pointer to it. */
static void doom(struct client *client)
{
	client->doomed = true;
	client->source.deadline = 0;
	rotor_loop_want(&client->source, 0);
}

void client_tell(struct client *client, enum rotor_bus_type type, uint16_t sequence,
		 enum rotor_bus_code code, const void *body, size_t len)
{
	if (client->doomed || client_send(client, type, sequence, code, body, len))
		return;
	client->bus->counters.clients_too_slow += errno == EAGAIN;
	doom(client);
}

static void refuse(struct client *client, uint16_t sequence, enum rotor_bus_code code)
{
	client->bus->counters.malformed++;
	client_send(client, ROTOR_BUS_TYPE_ERROR, sequence, code, NULL, 0);
	doom(client);
}

static enum rotor_bus_code claim(struct client *client, uint8_t address)
{
	struct bus *bus = client->bus;
	if (rotor_bus_address_reserved(address))
		return ROTOR_BUS_RESERVED;
	if (bus->owner[address] == client)
		return ROTOR_BUS_ACK;
	if (bus->owner[address])
		return ROTOR_BUS_TAKEN;
	if (client->address_count == ROTOR_BUS_CLAIMS_MAX)
		return ROTOR_BUS_LIMIT;
	client->addresses[client->address_count++] = address;
	bus->owner[address] = client;
	return ROTOR_BUS_ACK;
}

static enum rotor_bus_code monitor(struct client *client)
{
	if (client->monitor)
		return ROTOR_BUS_ACK;
	if (client->bus->monitor_count == MONITORS_MAX)
		return ROTOR_BUS_LIMIT;
	client->monitor = true;
	client->bus->monitor_count++;
	return ROTOR_BUS_ACK;
}

static void enqueue(struct client *client, uint16_t sequence, struct rotor_bytes bytes)
{
	if (client->count == ROTOR_BUS_QUEUE_MAX) {
		client->bus->counters.busy++;
		client_tell(client, ROTOR_BUS_TYPE_RESULT, sequence, ROTOR_BUS_BUSY, NULL, 0);
		return;
	}
	struct transfer *t = &client->queue[(client->head + client->count) % ROTOR_BUS_QUEUE_MAX];
	t->sequence = sequence;
	t->len = (uint16_t)bytes.len;
	memcpy(t->bytes, bytes.data, bytes.len);
	client->count++;
}

/* One packet, header apart. False if its body is not what its type needs. */
static bool serve(struct client *client, uint8_t type, uint16_t sequence, uint8_t code,
		  struct rotor_bytes body)
{
	switch (type) {
	case ROTOR_BUS_TYPE_CLAIM:
		if (body.len != 1 || code != 0)
			return false;
		client_tell(client, ROTOR_BUS_TYPE_CLAIMED, sequence, claim(client, body.data[0]),
			    body.data, 1);
		return true;
	case ROTOR_BUS_TYPE_MONITOR:
		if (body.len != 0 || code != 0)
			return false;
		client_tell(client, ROTOR_BUS_TYPE_MONITORING, sequence, monitor(client), NULL, 0);
		return true;
	case ROTOR_BUS_TYPE_WRITE:
		if (body.len < 2 || body.len > ROTOR_BUS_TRANSFER_MAX || (body.data[0] & 1) ||
		    code != 0)
			return false;
		enqueue(client, sequence, body);
		return true;
	case ROTOR_BUS_TYPE_ANSWER:
		if (body.len != 0)
			return false;
		segment_answer(client->bus, client, sequence, code == ROTOR_BUS_ACK);
		return true;
	default:
		client->bus->counters.unsupported++;
		client_tell(client, ROTOR_BUS_TYPE_ERROR, sequence, ROTOR_BUS_UNSUPPORTED, NULL, 0);
		return true;
	}
}

static void take_packet(struct client *client, const uint8_t *packet, size_t len)
{
	struct rotor_reader r = rotor_reader(packet, len);
	uint8_t version = rotor_read_u8(&r);
	uint8_t type = rotor_read_u8(&r);
	uint16_t sequence = rotor_read_u16le(&r);
	uint8_t code = rotor_read_u8(&r);
	struct rotor_bytes body = rotor_read_rest(&r);
	if (rotor_reader_status(&r) != ROTOR_OK)
		refuse(client, 0, ROTOR_BUS_MALFORMED);
	else if (version != ROTOR_BUS_VERSION)
		refuse(client, sequence, ROTOR_BUS_VERSION_MISMATCH);
	else if (!serve(client, type, sequence, code, body))
		refuse(client, sequence, ROTOR_BUS_MALFORMED);
}

static void client_ready(struct rotor_source *source, unsigned happened)
{
	struct client *client = source->user;
	struct bus *bus = client->bus;
	uint8_t packet[ROTOR_BUS_PACKET_MAX + 1];
	(void)happened;
	for (int i = 0; i < PACKETS_A_TURN && !client->doomed; i++) {
		ssize_t len = recv(source->fd, packet, sizeof(packet), MSG_DONTWAIT | MSG_TRUNC);
		if (len < 0 && (errno == EAGAIN || errno == EINTR))
			break;
		if (len <= 0)
			doom(client);
		else if ((size_t)len > sizeof(packet))
			refuse(client, 0, ROTOR_BUS_MALFORMED);
		else
			take_packet(client, packet, (size_t)len);
	}
	segment_kick(bus);
}

static void client_due(struct rotor_source *source, rotor_ms now)
{
	struct client *client = source->user;
	struct bus *bus = client->bus;
	(void)now;
	client_close(client);
	segment_kick(bus);
}

void clients_accept(struct bus *bus, int fd)
{
	struct client *client = NULL;
	if (bus->client_count < CLIENTS_MAX)
		client = calloc(1, sizeof(*client));
	if (client) {
		client->bus = bus;
		client->source.fd = fd;
		client->source.deadline = ROTOR_NEVER;
		client->source.ready = client_ready;
		client->source.due = client_due;
		client->source.user = client;
	}
	if (!client || rotor_loop_add(&bus->loop, &client->source, ROTOR_LOOP_READ) != ROTOR_OK) {
		free(client);
		close(fd);
		bus->counters.clients_refused++;
		return;
	}
	struct client **at = &bus->clients;
	while (*at)
		at = &(*at)->next;
	*at = client;
	bus->client_count++;
	bus->counters.clients++;
}

void clients_free(struct bus *bus)
{
	struct client *next;
	for (struct client *client = bus->clients; client; client = next) {
		next = client->next;
		client_close(client);
	}
}
