/* SPDX-License-Identifier: Apache-2.0 */
/* A bridge: the table of who is where, and the packets that go from one port to another (DSP0236 1.3.1, clause 9). */
#include <string.h>

#include "mctp/core.h"

/* ---- the table ---- */

static bool covers(const struct rotor_mctp_bridge_route *route, uint8_t eid)
{
	return route->first != 0 && route->first <= eid && eid <= route->last;
}

struct rotor_mctp_bridge_route *rotor_mctp_bridge_route_find(const struct rotor_mctp_bridge *b,
							     uint8_t eid)
{
	struct rotor_mctp_bridge_route *best = NULL;

	for (unsigned i = 0; i < b->config.route_count; i++) {
		struct rotor_mctp_bridge_route *route = &b->config.routes[i];

		if (covers(route, eid) &&
		    (best == NULL || route->last - route->first < best->last - best->first))
			best = route;
	}
	return best;
}

/* The entry of exactly these EIDs; 0 and 0: a free one. */
static struct rotor_mctp_bridge_route *entry(const struct rotor_mctp_bridge *b, uint8_t first,
					     uint8_t last)
{
	for (unsigned i = 0; i < b->config.route_count; i++) {
		struct rotor_mctp_bridge_route *route = &b->config.routes[i];

		if (route->first == first && (first == 0 || route->last == last))
			return route;
	}
	return NULL;
}

enum rotor_status rotor_mctp_bridge_route_set(struct rotor_mctp_bridge *b,
					      const struct rotor_mctp_bridge_route *route)
{
	struct rotor_mctp_bridge_route *at = entry(b, route->first, route->last);

	if (route->first < ROTOR_MCTP_EID_FIRST || route->last > ROTOR_MCTP_EID_LAST ||
	    route->first > route->last || route->port >= b->config.port_count)
		return ROTOR_ERR_ARGUMENT;
	if (at == NULL)
		at = entry(b, 0, 0);
	if (at == NULL)
		return ROTOR_ERR_SPACE;
	*at = *route;
	at->silent = false;
	return ROTOR_OK;
}

void rotor_mctp_bridge_route_remove(struct rotor_mctp_bridge *b, uint8_t first, uint8_t last)
{
	struct rotor_mctp_bridge_route *route = first != 0 ? entry(b, first, last) : NULL;

	if (route != NULL)
		memset(route, 0, sizeof(*route));
}

enum rotor_status rotor_mctp_bridge_port_route(struct rotor_mctp_bridge_port *port, uint8_t eid,
					       rotor_mctp_phys phys)
{
	const struct rotor_mctp_bridge_route route = {
	    .first = eid, .last = eid, .port = bridge_port_number(port), .phys = phys};

	return rotor_mctp_bridge_route_set(port->bridge, &route);
}

void rotor_mctp_bridge_port_forget(struct rotor_mctp_bridge_port *port, uint8_t eid)
{
	const struct rotor_mctp_bridge_route *route =
	    eid != 0 ? entry(port->bridge, eid, eid) : NULL;

	if (route != NULL && route->port == bridge_port_number(port) && !route->fixed)
		rotor_mctp_bridge_route_remove(port->bridge, eid, eid);
}

enum rotor_status rotor_mctp_bridge_port_find(const struct rotor_mctp_bridge_port *port,
					      uint8_t eid, rotor_mctp_phys *phys)
{
	const struct rotor_mctp_bridge_route *route =
	    rotor_mctp_bridge_route_find(port->bridge, eid);

	if (route == NULL || route->port != bridge_port_number(port))
		return ROTOR_ERR_NOT_FOUND;
	*phys = route->phys;
	return ROTOR_OK;
}

/* ---- packets ---- */

static uint32_t header_of(const struct rotor_mctp_bridge_packet *packet)
{
	return header_load(packet->bytes);
}

/* A free place for a packet of this source, or why there is none. */
static struct rotor_mctp_bridge_packet *place(const struct rotor_mctp_bridge *b, uint8_t source,
					      enum rotor_mctp_bridge_drop *reason)
{
	struct rotor_mctp_bridge_packet *found = NULL;
	unsigned used = 0;

	for (unsigned i = 0; i < b->config.packet_count; i++) {
		struct rotor_mctp_bridge_packet *packet = &b->config.packets[i];

		if (packet->len == 0)
			found = packet;
		else if (HEADER_SOURCE(header_of(packet)) == source)
			used++;
	}
	if (used >= b->config.packets_per_source) {
		*reason = ROTOR_MCTP_BRIDGE_DROP_QUOTA;
		return NULL;
	}
	*reason = ROTOR_MCTP_BRIDGE_DROP_FULL;
	return found;
}

/* Where a packet goes; NULL: nowhere, and why. */
static const struct rotor_mctp_bridge_route *way(const struct rotor_mctp_bridge_port *from,
						 const struct rotor_mctp_arrival *a,
						 enum rotor_mctp_bridge_drop *reason)
{
	const struct rotor_mctp_bridge *b = from->bridge;
	const struct rotor_mctp_bridge_route *source =
	    rotor_mctp_bridge_route_find(b, HEADER_SOURCE(a->header));
	const struct rotor_mctp_bridge_route *to =
	    rotor_mctp_bridge_route_find(b, HEADER_DESTINATION(a->header));

	if (source == NULL || source->port != bridge_port_number(from) || source->phys != a->phys ||
	    HEADER_SOURCE(a->header) == from->mctp->config.eid)
		*reason = ROTOR_MCTP_BRIDGE_DROP_FORGED;
	else if (to == NULL)
		*reason = ROTOR_MCTP_BRIDGE_DROP_NO_ROUTE;
	else if (to->port == source->port)
		*reason = ROTOR_MCTP_BRIDGE_DROP_SAME_BUS;
	else if (a->len > bridge_port_unit(&b->config.ports[to->port]))
		*reason = ROTOR_MCTP_BRIDGE_DROP_TOO_LONG;
	else
		return to;
	return NULL;
}

void rotor_mctp_bridge_forward(struct rotor_mctp_bridge_port *from,
			       const struct rotor_mctp_arrival *a)
{
	struct rotor_mctp_bridge *b = from->bridge;
	enum rotor_mctp_bridge_drop reason = ROTOR_MCTP_BRIDGE_DROP_COUNT;
	const struct rotor_mctp_bridge_route *to = way(from, a, &reason);
	struct rotor_mctp_bridge_packet *packet =
	    to != NULL ? place(b, HEADER_SOURCE(a->header), &reason) : NULL;

	if (packet == NULL) {
		b->counters.dropped[reason]++;
		return;
	}
	packet->len = (uint8_t)(ROTOR_MCTP_HEADER_SIZE + a->len);
	packet->port = to->port;
	packet->phys = to->phys;
	packet->order = b->next_order++;
	packet->due = from->mctp->now + b->config.keep_ms;
	memcpy(packet->bytes, a->payload - ROTOR_MCTP_HEADER_SIZE, packet->len);
}

/* The oldest packet for a port. */
static struct rotor_mctp_bridge_packet *oldest(const struct rotor_mctp_bridge_port *port)
{
	const struct rotor_mctp_bridge_config *config = &port->bridge->config;
	struct rotor_mctp_bridge_packet *best = NULL;

	for (unsigned i = 0; i < config->packet_count; i++) {
		struct rotor_mctp_bridge_packet *packet = &config->packets[i];

		if (packet->len != 0 && packet->port == bridge_port_number(port) &&
		    (best == NULL || best->order - packet->order < UINT32_MAX / 2))
			best = packet;
	}
	return best;
}

bool rotor_mctp_bridge_waiting(const struct rotor_mctp_bridge_port *port)
{
	return oldest(port) != NULL;
}

size_t rotor_mctp_bridge_next(struct rotor_mctp_bridge_port *port, uint8_t *buf, size_t cap,
			      struct rotor_mctp_packet_out *out)
{
	struct rotor_mctp_bridge_packet *packet = oldest(port);
	const struct rotor_mctp_bridge_route *route;

	if (packet == NULL || cap < packet->len || (port->forwarded && port->mctp->queued != 0)) {
		port->forwarded = false;
		return 0;
	}
	route = rotor_mctp_bridge_route_find(port->bridge, HEADER_DESTINATION(header_of(packet)));
	port->forwarded = true;
	port->flying = packet;
	port->mctp->in_flight = true;
	port->mctp->current = NULL;
	out->phys = packet->phys;
	out->probe = route != NULL && route->silent;
	memcpy(buf, packet->bytes, packet->len);
	return packet->len;
}

static void discard(struct rotor_mctp_bridge *b, struct rotor_mctp_bridge_packet *packet,
		    enum rotor_mctp_bridge_drop reason)
{
	packet->len = 0;
	b->counters.dropped[reason]++;
}

void rotor_mctp_bridge_done(struct rotor_mctp_bridge_port *port, bool delivered)
{
	struct rotor_mctp_bridge *b = port->bridge;
	struct rotor_mctp_bridge_packet *gone = port->flying;
	const uint32_t message = header_of(gone) & MESSAGE_MASK;
	struct rotor_mctp_bridge_route *route =
	    rotor_mctp_bridge_route_find(b, HEADER_DESTINATION(message));

	port->flying = NULL;
	if (route != NULL && route->port == gone->port && route->phys == gone->phys)
		route->silent = !delivered;
	if (delivered) {
		gone->len = 0;
		b->counters.forwarded++;
		return;
	}
	/* Nobody can put the message together any more. */
	for (unsigned i = 0; i < b->config.packet_count; i++) {
		struct rotor_mctp_bridge_packet *packet = &b->config.packets[i];

		if (packet->len != 0 && (header_of(packet) & MESSAGE_MASK) == message)
			discard(b, packet, ROTOR_MCTP_BRIDGE_DROP_LOST);
	}
}

/* A packet's end of time; ROTOR_NEVER: there is none, or the binding has it. */
static rotor_ms end_of(const struct rotor_mctp_bridge *b,
		       const struct rotor_mctp_bridge_packet *packet)
{
	return packet->len != 0 && packet != b->config.ports[packet->port].flying ? packet->due
										  : ROTOR_NEVER;
}

void rotor_mctp_bridge_poll(struct rotor_mctp_bridge *b, rotor_ms now)
{
	for (unsigned i = 0; i < b->config.packet_count; i++) {
		struct rotor_mctp_bridge_packet *packet = &b->config.packets[i];

		if (now >= end_of(b, packet))
			discard(b, packet, ROTOR_MCTP_BRIDGE_DROP_LATE);
	}
}

rotor_ms rotor_mctp_bridge_deadline(const struct rotor_mctp_bridge *b)
{
	rotor_ms earliest = ROTOR_NEVER;

	for (unsigned i = 0; i < b->config.packet_count; i++) {
		const rotor_ms end = end_of(b, &b->config.packets[i]);

		if (end < earliest)
			earliest = end;
	}
	return earliest;
}

/* ---- the whole ---- */

static bool usable(const struct rotor_mctp_bridge_config *c)
{
	if (c->ports == NULL || c->port_count < 2 || c->upstream > c->port_count ||
	    c->routes == NULL || c->route_count == 0 || c->packets == NULL || c->packet_count == 0)
		return false;
	for (unsigned i = 0; i < c->port_count; i++) {
		if (c->ports[i].mctp == NULL || c->ports[i].address_size > sizeof(rotor_mctp_phys))
			return false;
	}
	return true;
}

enum rotor_status rotor_mctp_bridge_init(struct rotor_mctp_bridge *b,
					 const struct rotor_mctp_bridge_config *config)
{
	struct rotor_mctp_bridge_config *c = &b->config;

	memset(b, 0, sizeof(*b));
	*c = *config;
	if (!ROTOR_MCTP_BRIDGE)
		return ROTOR_ERR_UNSUPPORTED;
	if (!usable(c))
		return ROTOR_ERR_ARGUMENT;
	if (c->packets_per_source == 0)
		c->packets_per_source = (uint8_t)((c->packet_count + 1) / 2);
	if (c->keep_ms == 0)
		c->keep_ms = ROTOR_MCTP_BRIDGE_KEEP_MS;
	b->pool.wanted = c->pool_wanted;
	memset(c->routes, 0, c->route_count * sizeof(c->routes[0]));
	for (unsigned i = 0; i < c->packet_count; i++)
		c->packets[i].len = 0;
	for (unsigned i = 0; i < c->port_count; i++) {
		c->ports[i].bridge = b;
		c->ports[i].flying = NULL;
		c->ports[i].forwarded = false;
		c->ports[i].mctp->bridge = &c->ports[i];
	}
	return ROTOR_OK;
}

enum rotor_status rotor_mctp_bridge_set_eid(struct rotor_mctp_bridge *b, uint8_t eid)
{
	enum rotor_status status = ROTOR_OK;

	for (unsigned i = 0; i < b->config.port_count && status == ROTOR_OK; i++)
		status = rotor_mctp_set_eid(b->config.ports[i].mctp, eid);
	return status;
}
