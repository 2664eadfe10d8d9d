/* SPDX-License-Identifier: Apache-2.0 */
/* An endpoint's messages over MCTP sockets: addresses and tags of one side in terms of the other. */
#include "rotor/host_af_mctp.h"

#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

/* Between two tries to hand over a message that the kernel has no room or tag for. */
#define AGAIN_MS 5
/* Tags that there are (DSP0236 1.3.1, 8.1). */
#define TAGS 8

/* ---- opening ---- */

static enum rotor_status open_type(struct rotor_af_mctp *a, size_t i)
{
	const struct rotor_af_mctp_config *c = &a->config;
	struct epoll_event event = {.events = EPOLLIN};
	enum rotor_status status =
	    c->os->open(c->os_ctx, c->network, c->types[i], true, &a->sockets[i]);

	if (status == ROTOR_ERR_BUSY) {
		a->shared[i] = true;
		status = c->os->open(c->os_ctx, c->network, c->types[i], false, &a->sockets[i]);
	}
	if (status != ROTOR_OK)
		return status;
	a->types[i] = c->types[i];
	event.data.fd = a->sockets[i];
	return epoll_ctl(a->fd, EPOLL_CTL_ADD, a->sockets[i], &event) == 0 ? ROTOR_OK
									   : ROTOR_ERR_IO;
}

enum rotor_status rotor_af_mctp_open(struct rotor_af_mctp *a,
				     const struct rotor_af_mctp_config *config,
				     struct rotor_mctp *endpoint)
{
	enum rotor_status status = ROTOR_OK;

	memset(a, 0, sizeof(*a));
	a->fd = -1;
	for (size_t i = 0; i < ROTOR_AF_MCTP_TYPES_MAX; i++)
		a->sockets[i] = -1;
	a->mctp = endpoint;
	a->config = *config;
	if (!a->config.os)
		a->config.os = &rotor_af_mctp_linux;
	if (config->type_count == 0 || config->type_count > ROTOR_AF_MCTP_TYPES_MAX)
		return ROTOR_ERR_ARGUMENT;
	if (config->link && config->hardware_len > 1)
		return ROTOR_ERR_UNSUPPORTED;
	a->fd = epoll_create1(EPOLL_CLOEXEC);
	if (a->fd < 0)
		return ROTOR_ERR_IO;
	for (size_t i = 0; i < config->type_count && status == ROTOR_OK; i++)
		status = open_type(a, i);
	if (status != ROTOR_OK)
		rotor_af_mctp_close(a);
	return status;
}

static void forget(struct rotor_af_mctp *a, struct rotor_af_mctp_request *request)
{
	a->config.os->drop_tag(a->config.os_ctx, request->fd, request->to, request->kernel_tag);
	request->used = false;
}

void rotor_af_mctp_close(struct rotor_af_mctp *a)
{
	if (!a->mctp)
		return;
	for (size_t i = 0; i < ROTOR_AF_MCTP_REQUESTS_MAX; i++) {
		if (a->requests[i].used)
			forget(a, &a->requests[i]);
	}
	for (size_t i = 0; i < ROTOR_AF_MCTP_TYPES_MAX; i++) {
		if (a->sockets[i] >= 0)
			a->config.os->close(a->config.os_ctx, a->sockets[i]);
	}
	if (a->fd >= 0)
		close(a->fd);
	a->fd = -1;
	a->mctp = NULL;
}

/* ---- what passes, as a packet ---- */

/* A message whose body is in its place in a->packet already. */
static void show(struct rotor_af_mctp *a, const struct rotor_mctp_header *header, uint8_t type,
		 size_t len)
{
	rotor_mctp_header_encode(header, a->packet);
	a->packet[ROTOR_MCTP_HEADER_SIZE] = type;
	a->seen(a->ctx, a->packet, ROTOR_MCTP_HEADER_SIZE + 1 + len);
}

static void show_out(struct rotor_af_mctp *a, const struct rotor_mctp_message_out *out,
		     uint8_t destination)
{
	struct rotor_mctp_header header = {.destination = destination,
					   .source = rotor_mctp_eid(a->mctp),
					   .som = true,
					   .eom = true,
					   .tag_owner = out->tag_owner,
					   .tag = out->tag};
	struct rotor_writer w = rotor_writer(a->packet + ROTOR_MCTP_HEADER_SIZE + 1,
					     sizeof(a->packet) - ROTOR_MCTP_HEADER_SIZE - 1);
	size_t len = 0;

	if (!a->seen)
		return;
	rotor_write_bytes(&w, out->body.data, out->body.len);
	if (rotor_writer_end(&w, &len) == ROTOR_OK)
		show(a, &header, out->type, len);
}

/* ---- in ---- */

/* The request that an answer belongs to: the kernel knows it by peer and tag. */
static const struct rotor_af_mctp_request *request_of(const struct rotor_af_mctp *a, int fd,
						      const struct rotor_af_mctp_address *from)
{
	for (size_t i = 0; i < ROTOR_AF_MCTP_REQUESTS_MAX; i++) {
		const struct rotor_af_mctp_request *request = &a->requests[i];

		if (request->used && request->fd == fd && request->kernel_tag == from->tag &&
		    (request->to == from->eid || request->to == ROTOR_MCTP_EID_NULL))
			return request;
	}
	return NULL;
}

static void take(struct rotor_af_mctp *a, int fd, const struct rotor_af_mctp_address *from,
		 size_t len, rotor_ms now)
{
	struct rotor_mctp_message_info info = {
	    .peer = from->eid,
	    .own = rotor_mctp_eid(a->mctp),
	    .phys = from->eid,
	    .tag = from->tag,
	    .tag_owner = from->tag_owner,
	    .type = from->type & 0x7f,
	    .integrity = from->type & 0x80,
	};

	if (a->config.link && from->link != a->config.link) {
		a->counters.other_link++;
		return;
	}
	if (a->config.link)
		info.phys = a->config.hardware_len ? from->hardware[0] : 0;
	if (!from->tag_owner) {
		const struct rotor_af_mctp_request *request = request_of(a, fd, from);

		if (!request) {
			a->counters.unknown_tag++;
			return;
		}
		info.tag = request->own_tag;
	}
	if (a->seen) {
		struct rotor_mctp_header header = {.destination = info.own,
						   .source = info.peer,
						   .som = true,
						   .eom = true,
						   .tag_owner = info.tag_owner,
						   .tag = info.tag};

		show(a, &header, from->type, len);
	}
	rotor_mctp_receive_message(a->mctp, &info, a->packet + ROTOR_MCTP_HEADER_SIZE + 1, len,
				   now);
}

static enum rotor_status serve_socket(struct rotor_af_mctp *a, int fd, rotor_ms now)
{
	for (;;) {
		struct rotor_af_mctp_address from = {0};
		size_t len = 0;
		enum rotor_status status = a->config.os->receive(
		    a->config.os_ctx, fd, &from, a->packet + ROTOR_MCTP_HEADER_SIZE + 1,
		    ROTOR_AF_MCTP_MESSAGE_MAX, &len);

		if (status == ROTOR_PENDING)
			return ROTOR_OK;
		if (status == ROTOR_ERR_SPACE)
			a->counters.too_long++;
		else if (status != ROTOR_OK)
			return status;
		else
			take(a, fd, &from, len, now);
	}
}

enum rotor_status rotor_af_mctp_serve(struct rotor_af_mctp *a, rotor_ms now)
{
	enum rotor_status status = ROTOR_OK;

	for (size_t i = 0; i < a->config.type_count && status == ROTOR_OK; i++)
		status = serve_socket(a, a->sockets[i], now);
	return status;
}

/* ---- out ---- */

static int socket_of(const struct rotor_af_mctp *a, uint8_t type)
{
	for (size_t i = 0; i < a->config.type_count; i++) {
		if (a->types[i] == (type & 0x7f))
			return a->sockets[i];
	}
	return a->sockets[0];
}

static void forget_ended(struct rotor_af_mctp *a)
{
	for (size_t i = 0; i < ROTOR_AF_MCTP_REQUESTS_MAX; i++) {
		struct rotor_af_mctp_request *request = &a->requests[i];

		if (request->used &&
		    !rotor_mctp_awaits(a->mctp, request->eid, request->phys, request->own_tag))
			forget(a, request);
	}
}

/*
 * Reserves a tag. The kernel gives the lowest that is free, but one towards whoever is there only with regard to others of that kind: so
 * it may be the same as another program's towards one EID, and that program would get the answer, in the middle of one of
 * its own perhaps. Nobody needs many tags towards one EID: the upper ones are out of their way.
 */
static enum rotor_status take_tag(struct rotor_af_mctp *a, int fd, uint8_t eid, uint8_t *tag)
{
	const struct rotor_af_mctp_os *os = a->config.os;
	uint8_t low[TAGS];
	size_t low_count = 0;
	enum rotor_status status = os->take_tag(a->config.os_ctx, fd, eid, tag);

	while (status == ROTOR_OK && eid == ROTOR_MCTP_EID_NULL && *tag < TAGS / 2 &&
	       low_count < TAGS) {
		low[low_count++] = *tag;
		status = os->take_tag(a->config.os_ctx, fd, eid, tag);
	}
	if (status == ROTOR_ERR_BUSY && low_count != 0) {
		*tag = low[--low_count];
		status = ROTOR_OK;
	}
	while (low_count != 0)
		os->drop_tag(a->config.os_ctx, fd, eid, low[--low_count]);
	return status;
}

/* Takes a tag of the kernel for the request that is to go. */
static enum rotor_status reserve(struct rotor_af_mctp *a, int fd,
				 const struct rotor_mctp_message_out *out,
				 struct rotor_af_mctp_address *to,
				 struct rotor_af_mctp_request **request)
{
	enum rotor_status status = ROTOR_ERR_BUSY;

	*request = NULL;
	for (size_t i = 0; i < ROTOR_AF_MCTP_REQUESTS_MAX && !*request; i++) {
		if (!a->requests[i].used)
			*request = &a->requests[i];
	}
	if (*request)
		status = take_tag(a, fd, to->eid, &to->tag);
	if (status != ROTOR_OK) {
		*request = NULL;
		return status == ROTOR_ERR_BUSY ? ROTOR_PENDING : status;
	}
	to->reserved_tag = true;
	**request = (struct rotor_af_mctp_request){.used = true,
						   .fd = fd,
						   .eid = out->destination,
						   .to = to->eid,
						   .phys = out->phys,
						   .own_tag = out->tag,
						   .kernel_tag = to->tag};
	return ROTOR_OK;
}

static enum rotor_status send_one(struct rotor_af_mctp *a, const struct rotor_mctp_message_out *out)
{
	struct rotor_af_mctp_address to = {
	    .network = a->config.network,
	    .eid = out->destination,
	    .type = out->type,
	    .tag = out->tag_owner ? 0 : out->tag,
	    .tag_owner = out->tag_owner,
	    .link = a->config.link,
	};
	struct rotor_af_mctp_request *request = NULL;
	int fd = socket_of(a, out->type);
	enum rotor_status status = ROTOR_OK;

	if (a->config.link && a->config.hardware_len) {
		to.hardware_len = 1;
		to.hardware[0] = (uint8_t)out->phys;
	} else if (!a->config.link && to.eid == ROTOR_MCTP_EID_NULL) {
		to.eid = (uint8_t)out->phys;
	}
	if (out->request)
		status = reserve(a, fd, out, &to, &request);
	if (status == ROTOR_OK)
		status = a->config.os->send(a->config.os_ctx, fd, &to, out->body);
	if (status != ROTOR_OK && request)
		forget(a, request);
	if (status == ROTOR_OK)
		show_out(a, out, to.eid);
	return status;
}

/* What is given back to its queue may be tried again. */
static bool is_later(struct rotor_af_mctp *a, enum rotor_status status, rotor_ms now)
{
	if (status != ROTOR_PENDING) {
		a->blocked = false;
		return false;
	}
	if (!a->blocked)
		a->blocked_at = now;
	a->blocked = now < a->blocked_at + ROTOR_AF_MCTP_PATIENCE_MS;
	a->again_at = now + AGAIN_MS;
	return a->blocked;
}

void rotor_af_mctp_send(struct rotor_af_mctp *a, rotor_ms now)
{
	struct rotor_mctp_message_out out;

	forget_ended(a);
	if (a->blocked && now < a->again_at)
		return;
	while (rotor_mctp_next_message(a->mctp, &out)) {
		enum rotor_status status = send_one(a, &out);

		if (is_later(a, status, now)) {
			rotor_mctp_message_later(a->mctp);
			return;
		}
		if (status != ROTOR_OK)
			a->counters.not_sent++;
		rotor_mctp_message_done(a->mctp, status == ROTOR_OK, now);
	}
	a->blocked = false;
}

rotor_ms rotor_af_mctp_deadline(const struct rotor_af_mctp *a)
{
	return a->blocked ? a->again_at : ROTOR_NEVER;
}
