/* SPDX-License-Identifier: Apache-2.0 */
/* The client's side of docs/bus.md on a connected socket: send, receive, answer. Opens nothing. */
#include "rotor/host_bus.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/types.h>

#include "rotor/wire.h"

static enum rotor_status status_of_errno(int error)
{
	switch (error) {
	case EAGAIN:
#if EWOULDBLOCK != EAGAIN
	case EWOULDBLOCK:
#endif
	case ENOBUFS:
		return ROTOR_PENDING;
	default:
		return ROTOR_ERR_IO;
	}
}

static enum rotor_status send_packet(int fd, enum rotor_bus_type type, uint16_t sequence,
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
	enum rotor_status status = rotor_writer_end(&w, &size);
	if (status != ROTOR_OK)
		return status;
	ssize_t sent;
	do {
		sent = send(fd, packet, size, MSG_DONTWAIT | MSG_NOSIGNAL);
	} while (sent < 0 && errno == EINTR);
	return sent == (ssize_t)size ? ROTOR_OK : status_of_errno(errno);
}

enum rotor_status rotor_bus_send(int fd, uint16_t sequence, const void *transfer, size_t len)
{
	if (len < 2 || len > ROTOR_BUS_TRANSFER_MAX)
		return ROTOR_ERR_LENGTH;
	if (((const uint8_t *)transfer)[0] & 1)
		return ROTOR_ERR_ARGUMENT;
	return send_packet(fd, ROTOR_BUS_TYPE_WRITE, sequence, ROTOR_BUS_ACK, transfer, len);
}

enum rotor_status rotor_bus_answer(int fd, uint16_t sequence, bool ack)
{
	return send_packet(fd, ROTOR_BUS_TYPE_ANSWER, sequence,
			   ack ? ROTOR_BUS_ACK : ROTOR_BUS_NACK_REFUSED, NULL, 0);
}

static enum rotor_status decode(uint8_t *packet, size_t len, struct rotor_bus_event *event)
{
	struct rotor_reader in = rotor_reader(packet, len);
	struct rotor_reader *r = &in;
	uint8_t version = rotor_read_u8(r);
	uint8_t type = rotor_read_u8(r);
	event->sequence = rotor_read_u16le(r);
	event->code = (enum rotor_bus_code)rotor_read_u8(r);
	if (rotor_reader_status(r) != ROTOR_OK)
		return ROTOR_ERR_LENGTH;
	if (version != ROTOR_BUS_VERSION)
		return ROTOR_ERR_FORMAT;
	switch (type) {
	case ROTOR_BUS_TYPE_RESULT:
		event->type = ROTOR_BUS_RESULT;
		return rotor_reader_end(r);
	case ROTOR_BUS_TYPE_ERROR:
		event->type = ROTOR_BUS_ERROR;
		return rotor_reader_end(r);
	case ROTOR_BUS_TYPE_DELIVERY:
		event->type = ROTOR_BUS_DELIVERY;
		break;
	case ROTOR_BUS_TYPE_SEEN:
		event->type = ROTOR_BUS_SEEN;
		event->bit_times = rotor_read_u64le(r);
		break;
	default:
		return ROTOR_ERR_FORMAT;
	}
	struct rotor_bytes transfer = rotor_read_rest(r);
	if (transfer.len < 2 || transfer.len > ROTOR_BUS_TRANSFER_MAX)
		return ROTOR_ERR_LENGTH;
	event->transfer = packet + len - transfer.len;
	event->len = transfer.len;
	return ROTOR_OK;
}

enum rotor_status rotor_bus_receive(int fd, void *buf, size_t size, struct rotor_bus_event *event)
{
	*event = (struct rotor_bus_event){.type = ROTOR_BUS_ERROR};
	if (size < ROTOR_BUS_PACKET_MAX)
		return ROTOR_ERR_ARGUMENT;
	ssize_t got;
	do {
		got = recv(fd, buf, size, MSG_DONTWAIT | MSG_TRUNC);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return errno == ECONNRESET ? ROTOR_ERR_NOT_FOUND : status_of_errno(errno);
	if (got == 0)
		return ROTOR_ERR_NOT_FOUND;
	if ((size_t)got > size)
		return ROTOR_ERR_LENGTH;
	return decode(buf, (size_t)got, event);
}

bool rotor_bus_address_reserved(uint8_t address)
{
	return address <= 0x08 || address == 0x0c || address == 0x61 || address >= 0x78;
}

const char *rotor_bus_code_string(enum rotor_bus_code code)
{
	switch (code) {
	case ROTOR_BUS_ACK:
		return "acknowledged";
	case ROTOR_BUS_NACK_ABSENT:
		return "not acknowledged: nobody at that address";
	case ROTOR_BUS_NACK_REFUSED:
		return "not acknowledged: refused by the target";
	case ROTOR_BUS_NACK_TIMEOUT:
		return "not acknowledged: no answer from the target";
	case ROTOR_BUS_NACK_LOST:
		return "not acknowledged: lost on the way";
	case ROTOR_BUS_BUSY:
		return "too many transfers waiting";
	case ROTOR_BUS_TAKEN:
		return "address is taken by another client";
	case ROTOR_BUS_RESERVED:
		return "address is reserved";
	case ROTOR_BUS_LIMIT:
		return "limit reached";
	case ROTOR_BUS_UNSUPPORTED:
		return "unsupported";
	case ROTOR_BUS_MALFORMED:
		return "malformed packet";
	case ROTOR_BUS_VERSION_MISMATCH:
		return "protocol version mismatch";
	}
	return "unknown code";
}
