/* SPDX-License-Identifier: Apache-2.0 */
/* The control commands of a bridge (DSP0236 1.3.1, 12.9 to 12.12 and 12.17). */
#include "mctp/core.h"

#define KIND_MASK      0x0f /* Routing Information Update */
#define KIND_SHIFT     6    /* Get Routing Table Entries */
#define ENTRY_FIXED    0x20
#define ENTRY_PORT     0x1f
#define NO_MORE        0xff
#define OPERATION_MASK 0x03
/* Of an entry, before the physical address. */
#define ENTRY_HEAD 6
/* Of the answer, before the entries: header, completion code, next handle, count. */
#define ENTRIES_AT 5

enum allocate_operation {
	ALLOCATE = 0,
	FORCE_ALLOCATION = 1,
	GET_ALLOCATION = 2,
};

/* A command that has come in, and through which port. */
struct order {
	struct rotor_mctp_bridge_port *port;
	struct rotor_mctp_bridge *bridge;
	const struct rotor_mctp_message_info *info;
	struct rotor_reader *args;
	struct rotor_writer *out;
};

static bool from_upstream(const struct order *o)
{
	return bridge_port_number(o->port) == o->bridge->config.upstream;
}

/* ---- physical addresses in messages ---- */

static void write_address(struct rotor_writer *w, const struct rotor_mctp_bridge_port *port,
			  rotor_mctp_phys phys)
{
	/* DSP0237: an SMBus address is in the upper seven bits. Others are numbers of their size, most significant first. */
	if (port->binding == ROTOR_MCTP_BINDING_SMBUS)
		phys = (rotor_mctp_phys)(phys << 1);
	for (unsigned i = port->address_size; i-- != 0;)
		rotor_write_u8(w, (uint8_t)(phys >> 8 * i));
}

static rotor_mctp_phys read_address(struct rotor_reader *r,
				    const struct rotor_mctp_bridge_port *port)
{
	rotor_mctp_phys phys = 0;

	for (unsigned i = 0; i < port->address_size; i++)
		phys = (rotor_mctp_phys)(phys << 8 | rotor_read_u8(r));
	return port->binding == ROTOR_MCTP_BINDING_SMBUS ? phys >> 1 : phys;
}

/* ---- who is where ---- */

/* The EID of the bridge that is at a route's address; 0: the route's endpoints are there themselves. */
static uint8_t bridge_at(const struct rotor_mctp_bridge *b,
			 const struct rotor_mctp_bridge_route *route, uint8_t eid)
{
	if (route->kind == ROTOR_MCTP_ROUTE_BRIDGE_AND_ENDPOINTS)
		return eid == route->first ? 0 : route->first;
	if (route->kind != ROTOR_MCTP_ROUTE_ENDPOINTS)
		return 0;
	for (unsigned i = 0; i < b->config.route_count; i++) {
		const struct rotor_mctp_bridge_route *other = &b->config.routes[i];

		if (other->first != 0 && other->port == route->port && other->phys == route->phys &&
		    other->kind != ROTOR_MCTP_ROUTE_ENDPOINTS)
			return other->first;
	}
	return 0;
}

static enum rotor_mctp_completion resolve(struct order *o)
{
	const uint8_t target = rotor_read_u8(o->args);
	const uint8_t own = rotor_mctp_eid(o->port->mctp);
	const struct rotor_mctp_bridge_route *route =
	    rotor_mctp_bridge_route_find(o->bridge, target);
	uint8_t next;

	if (target == own || (route != NULL && route->port != bridge_port_number(o->port))) {
		/* It is reached through this bridge. */
		rotor_write_u8(o->out, own);
		write_address(o->out, o->port, o->port->own);
		return ROTOR_MCTP_SUCCESS;
	}
	if (route == NULL)
		return ROTOR_MCTP_ERROR_INVALID_DATA;
	next = bridge_at(o->bridge, route, target);
	rotor_write_u8(o->out, next != 0 ? next : target);
	write_address(o->out, o->port, route->phys);
	return ROTOR_MCTP_SUCCESS;
}

static enum rotor_mctp_completion query_hop(struct order *o)
{
	const uint8_t target = rotor_read_u8(o->args);
	const uint8_t type = rotor_read_u8(o->args);
	const struct rotor_mctp_bridge_port *to = o->port;
	uint8_t next = 0;

	if (target != rotor_mctp_eid(o->port->mctp)) {
		const struct rotor_mctp_bridge_route *route =
		    rotor_mctp_bridge_route_find(o->bridge, target);

		if (route == NULL)
			return ROTOR_MCTP_ERROR_INVALID_DATA;
		to = &o->bridge->config.ports[route->port];
		next = bridge_at(o->bridge, route, target);
	}
	rotor_write_u8(o->out, next);
	rotor_write_u8(o->out, type);
	rotor_write_u16le(o->out, bridge_port_unit(o->port));
	rotor_write_u16le(o->out, bridge_port_unit(to));
	return ROTOR_MCTP_SUCCESS;
}

/* ---- the pool ---- */

/* Takes the pool, and what follows from it. */
static void take_pool(struct order *o, uint8_t first, uint8_t count)
{
	struct rotor_mctp_bridge *b = o->bridge;

	b->pool.first = first;
	b->pool.count = count;
	if (b->config.on_pool != NULL)
		b->config.on_pool(b->config.ctx, first, count);
}

static enum rotor_mctp_completion allocate(struct order *o)
{
	const uint8_t operation = rotor_read_u8(o->args) & OPERATION_MASK;
	const uint8_t count = rotor_read_u8(o->args);
	const uint8_t first = rotor_read_u8(o->args);
	const uint8_t own = rotor_mctp_eid(o->port->mctp);
	struct rotor_mctp_pool *pool = &o->bridge->pool;
	bool rejected = false;

	if (operation > GET_ALLOCATION)
		return ROTOR_MCTP_ERROR_INVALID_DATA;
	if (operation != GET_ALLOCATION) {
		if (count == 0 || first < ROTOR_MCTP_EID_FIRST ||
		    first + count - 1 > ROTOR_MCTP_EID_LAST ||
		    (own >= first && own - first < count))
			return ROTOR_MCTP_ERROR_INVALID_DATA;
		/* One that is in use is changed by force only: the endpoints have their EIDs from it. */
		rejected = !from_upstream(o) || (operation == ALLOCATE && pool->count != 0 &&
						 (pool->first != first || pool->count != count));
		if (!rejected)
			take_pool(o, first, count);
	}
	rotor_write_u8(o->out, rejected);
	rotor_write_u8(o->out, pool->count);
	rotor_write_u8(o->out, pool->first);
	return ROTOR_MCTP_SUCCESS;
}

/* ---- the table ---- */

static bool overlaps(uint8_t first, uint8_t last, uint8_t other_first, uint8_t other_last)
{
	return first <= other_last && other_first <= last;
}

/* Whether an entry of the bus owner's may be: it says where EIDs of its own bus are, not of the buses of this bridge. */
static bool sound(const struct order *o, const struct rotor_mctp_bridge_route *route)
{
	const struct rotor_mctp_pool *pool = &o->bridge->pool;

	if (route->kind > ROTOR_MCTP_ROUTE_ENDPOINTS || route->first < ROTOR_MCTP_EID_FIRST ||
	    route->last > ROTOR_MCTP_EID_LAST || route->last < route->first)
		return false;
	return pool->count == 0 || !overlaps(route->first, route->last, pool->first,
					     (uint8_t)(pool->first + pool->count - 1));
}

/* Reads the next entry of an update. */
static void read_entry(struct order *o, struct rotor_mctp_bridge_route *route)
{
	uint8_t count;

	*route = (struct rotor_mctp_bridge_route){.port = bridge_port_number(o->port)};
	route->kind = rotor_read_u8(o->args) & KIND_MASK;
	count = rotor_read_u8(o->args);
	route->first = rotor_read_u8(o->args);
	/* An impossible range becomes one that ends before it begins. */
	route->last = count != 0 && route->first + count - 1 <= UINT8_MAX
			  ? (uint8_t)(route->first + count - 1)
			  : 0;
	route->phys = read_address(o->args, o->port);
}

/* All entries, or none. */
static enum rotor_mctp_completion update(struct order *o)
{
	const uint8_t count = rotor_read_u8(o->args), own = rotor_mctp_eid(o->port->mctp);
	struct rotor_mctp_bridge_route route;
	const struct rotor_reader entries = *o->args;

	if (o->args->failed)
		return ROTOR_MCTP_ERROR_INVALID_LENGTH;
	if (!from_upstream(o))
		return ROTOR_MCTP_ERROR_INVALID_DATA;
	for (unsigned i = 0; i < count; i++) {
		read_entry(o, &route);
		if (o->args->failed)
			return ROTOR_MCTP_ERROR_INVALID_LENGTH;
		if (!sound(o, &route))
			return ROTOR_MCTP_ERROR_INVALID_DATA;
	}
	if (o->args->left != 0)
		return ROTOR_MCTP_ERROR_INVALID_LENGTH;
	*o->args = entries;
	for (unsigned i = 0; i < count; i++) {
		read_entry(o, &route);
		if (route.first == own && route.last == own)
			continue; /* a bus owner that tells all bridges the same */
		if (rotor_mctp_bridge_route_set(o->bridge, &route) != ROTOR_OK)
			return ROTOR_MCTP_ERROR;
	}
	return ROTOR_MCTP_SUCCESS;
}

/* The first entry in use from there on. */
static uint8_t used_from(const struct rotor_mctp_bridge *b, unsigned at)
{
	while (at < b->config.route_count && b->config.routes[at].first == 0)
		at++;
	return at < b->config.route_count ? (uint8_t)at : NO_MORE;
}

static void write_entry(struct rotor_writer *w, const struct rotor_mctp_bridge *b,
			const struct rotor_mctp_bridge_route *route)
{
	const struct rotor_mctp_bridge_port *port = &b->config.ports[route->port];

	rotor_write_u8(w, (uint8_t)(route->last - route->first + 1));
	rotor_write_u8(w, route->first);
	rotor_write_u8(w, (uint8_t)(route->kind << KIND_SHIFT | (route->fixed ? ENTRY_FIXED : 0) |
				    (route->port & ENTRY_PORT)));
	rotor_write_u8(w, port->binding);
	rotor_write_u8(w, port->medium);
	rotor_write_u8(w, port->address_size);
	write_address(w, port, route->phys);
}

/* As many entries as fit into the answer; handles are places in the table. */
static enum rotor_mctp_completion get_entries(struct order *o)
{
	const struct rotor_mctp_bridge *b = o->bridge;
	uint8_t bytes[ROTOR_MCTP_CONTROL_ANSWER_MAX - ENTRIES_AT];
	struct rotor_writer entries = rotor_writer(bytes, sizeof(bytes));
	uint8_t count = 0, at = used_from(b, rotor_read_u8(o->args));

	while (at != NO_MORE) {
		const struct rotor_mctp_bridge_route *route = &b->config.routes[at];

		if (entries.len + ENTRY_HEAD + b->config.ports[route->port].address_size >
		    sizeof(bytes))
			break;
		write_entry(&entries, b, route);
		count++;
		at = used_from(b, at + 1U);
	}
	rotor_write_u8(o->out, at);
	rotor_write_u8(o->out, count);
	rotor_write_bytes(o->out, bytes, entries.len);
	return ROTOR_MCTP_SUCCESS;
}

/* Any length of the request: its entries say. */
#define ANY_LENGTH 0xff

static const struct {
	uint8_t command;
	uint8_t args_len;
	enum rotor_mctp_completion (*answer)(struct order *o);
} commands[] = {
    {ROTOR_MCTP_RESOLVE_ENDPOINT_ID, 1, resolve},
    {ROTOR_MCTP_ALLOCATE_ENDPOINT_IDS, 3, allocate},
    {ROTOR_MCTP_ROUTING_INFORMATION_UPDATE, ANY_LENGTH, update},
    {ROTOR_MCTP_GET_ROUTING_TABLE_ENTRIES, 1, get_entries},
    {ROTOR_MCTP_QUERY_HOP, 2, query_hop},
};

enum rotor_mctp_completion rotor_mctp_bridge_command(void *ctx,
						     const struct rotor_mctp_message_info *info,
						     uint8_t command, struct rotor_reader *args,
						     struct rotor_writer *out)
{
	struct rotor_mctp_bridge_port *port = ctx;
	struct order o = {port, port->bridge, info, args, out};

	for (size_t i = 0; i < ROTOR_COUNT_OF(commands); i++) {
		if (commands[i].command != command)
			continue;
		if (commands[i].args_len != ANY_LENGTH && args->left != commands[i].args_len)
			return ROTOR_MCTP_ERROR_INVALID_LENGTH;
		return commands[i].answer(&o);
	}
	return ROTOR_MCTP_ERROR_UNSUPPORTED_CMD;
}
