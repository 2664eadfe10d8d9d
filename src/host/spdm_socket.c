/* SPDX-License-Identifier: Apache-2.0 */
/* Packets on a stream, as DMTF's emulators exchange them. */
#include "rotor/host_spdm_socket.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "rotor/host_line.h"

void rotor_spdm_socket_init(struct rotor_spdm_socket *s, int fd)
{
	s->fd = fd;
	s->in_len = s->in_used = 0;
	s->out_at = s->out_len = 0;
}

void rotor_spdm_socket_close(struct rotor_spdm_socket *s)
{
	if (s->fd >= 0)
		close(s->fd);
	rotor_spdm_socket_init(s, -1);
}

/* ---- in ---- */

struct head {
	uint32_t command, transport, length;
};

static struct head read_head(const uint8_t bytes[ROTOR_SPDM_SOCKET_HEAD])
{
	struct rotor_reader r = rotor_reader(bytes, ROTOR_SPDM_SOCKET_HEAD);
	struct head head;
	head.command = rotor_read_u32be(&r);
	head.transport = rotor_read_u32be(&r);
	head.length = rotor_read_u32be(&r);
	return head;
}

/* Moves bytes into the packet until it has @p want. @return whether it has */
static bool fill(struct rotor_spdm_socket *s, size_t want, const uint8_t *bytes, size_t len,
		 size_t *used)
{
	size_t n = want - s->in_len;
	n = n < len - *used ? n : len - *used;
	memcpy(s->in + s->in_len, bytes + *used, n);
	s->in_len += n;
	*used += n;
	return s->in_len == want;
}

enum rotor_status rotor_spdm_socket_take(struct rotor_spdm_socket *s, const uint8_t *bytes,
					 size_t len, size_t *used, struct rotor_spdm_packet *packet)
{
	*used = 0;
	if (s->in_len == s->in_used) /* the last packet has been given out */
		s->in_len = s->in_used = 0;
	if (s->in_len < ROTOR_SPDM_SOCKET_HEAD &&
	    !fill(s, ROTOR_SPDM_SOCKET_HEAD, bytes, len, used))
		return ROTOR_PENDING;
	struct head head = read_head(s->in);
	if (head.length > ROTOR_SPDM_SOCKET_MAX)
		return ROTOR_ERR_LENGTH;
	if (!fill(s, ROTOR_SPDM_SOCKET_HEAD + head.length, bytes, len, used))
		return ROTOR_PENDING;
	s->in_used = s->in_len;
	packet->command = head.command;
	packet->transport = head.transport;
	packet->payload = (struct rotor_bytes){s->in + ROTOR_SPDM_SOCKET_HEAD, head.length};
	return ROTOR_OK;
}

/* Bytes to read at once, so that no byte of the next packet is taken from the stream. */
static size_t missing(const struct rotor_spdm_socket *s)
{
	size_t have = s->in_len == s->in_used ? 0 : s->in_len;
	if (have < ROTOR_SPDM_SOCKET_HEAD)
		return ROTOR_SPDM_SOCKET_HEAD - have;
	return ROTOR_SPDM_SOCKET_HEAD + read_head(s->in).length - have;
}

enum rotor_status rotor_spdm_socket_receive(struct rotor_spdm_socket *s,
					    struct rotor_spdm_packet *packet)
{
	uint8_t bytes[4096];
	for (;;) {
		size_t want = missing(s), len = 0, used;
		want = want < sizeof(bytes) ? want : sizeof(bytes);
		enum rotor_status status = rotor_line_read(s->fd, bytes, want, &len);
		if (status == ROTOR_OK)
			status = rotor_spdm_socket_take(s, bytes, len, &used, packet);
		else
			return status;
		if (status != ROTOR_PENDING)
			return status;
	}
}

/* ---- out ---- */

enum rotor_status rotor_spdm_socket_flush(struct rotor_spdm_socket *s)
{
	while (s->out_at < s->out_len) {
		size_t sent = 0;
		enum rotor_status status =
		    rotor_line_write(s->fd, s->out + s->out_at, s->out_len - s->out_at, &sent);
		s->out_at += sent;
		if (status != ROTOR_OK)
			return status;
	}
	return ROTOR_OK;
}

enum rotor_status rotor_spdm_socket_send(struct rotor_spdm_socket *s, uint32_t command, int type,
					 struct rotor_bytes body)
{
	struct rotor_writer w = rotor_writer(s->out, sizeof(s->out));
	if (s->out_at < s->out_len)
		return ROTOR_ERR_BUSY;
	s->out_at = s->out_len = 0;
	rotor_write_u32be(&w, command);
	rotor_write_u32be(&w, ROTOR_SPDM_SOCKET_MCTP);
	rotor_write_u32be(&w, (uint32_t)(body.len + (type >= 0)));
	if (type >= 0)
		rotor_write_u8(&w, (uint8_t)type);
	rotor_write_bytes(&w, body.data, body.len);
	if (rotor_writer_end(&w, &s->out_len) != ROTOR_OK) {
		s->out_len = 0;
		return ROTOR_ERR_SPACE;
	}
	return rotor_spdm_socket_flush(s) == ROTOR_ERR_IO ? ROTOR_ERR_IO : ROTOR_OK;
}

short rotor_spdm_socket_events(const struct rotor_spdm_socket *s)
{
	return s->out_at < s->out_len ? POLLIN | POLLOUT : POLLIN;
}
