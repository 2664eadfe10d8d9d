/* SPDX-License-Identifier: Apache-2.0 */
/* The endpoint as a whole: its start, its EID, its routes, its time. */
#include <string.h>

#include "mctp/core.h"

static bool usable(const struct rotor_mctp_config *c)
{
	if (c->unit < ROTOR_MCTP_UNIT_BASELINE || c->unit > ROTOR_MCTP_UNIT_MAX)
		return false;
	if (c->slot_count != 0 && (c->slots == NULL || c->buffers == NULL || c->buffer_size == 0))
		return false;
	return c->pending != NULL && c->pending_count != 0 && c->on_message != NULL &&
	       (c->routes != NULL || c->route_count == 0);
}

enum rotor_status rotor_mctp_init(struct rotor_mctp *m, const struct rotor_mctp_config *config)
{
	struct rotor_mctp_config *c = &m->config;

	memset(m, 0, sizeof(*m));
	*c = *config;
	if (c->unit == 0)
		c->unit = ROTOR_MCTP_UNIT_BASELINE;
	if (c->reassembly_ms == 0)
		c->reassembly_ms = ROTOR_MCTP_REASSEMBLY_MS;
	if (c->slots_per_source == 0)
		c->slots_per_source = c->slot_count > 1 ? (uint8_t)(c->slot_count - 1) : 1;
	if (!usable(c))
		return ROTOR_ERR_ARGUMENT;
	for (unsigned i = 0; i < c->slot_count; i++) {
		memset(&c->slots[i], 0, sizeof(c->slots[i]));
		c->slots[i].key = KEY_NONE;
		c->slots[i].buffer = c->buffers + (size_t)i * c->buffer_size;
	}
	memset(c->pending, 0, c->pending_count * sizeof(c->pending[0]));
	if (c->route_count != 0)
		memset(c->routes, 0, c->route_count * sizeof(c->routes[0]));
	return rotor_mctp_set_eid(m, c->eid);
}

uint8_t rotor_mctp_eid(const struct rotor_mctp *m)
{
	return m->config.eid;
}

enum rotor_status rotor_mctp_set_eid(struct rotor_mctp *m, uint8_t eid)
{
	if (eid != ROTOR_MCTP_EID_NULL && (eid < ROTOR_MCTP_EID_FIRST || eid > ROTOR_MCTP_EID_LAST))
		return ROTOR_ERR_ARGUMENT;
	m->config.eid = eid;
	return ROTOR_OK;
}

/* The entry for an EID; EID 0 finds a free one. */
static struct rotor_mctp_route *route(const struct rotor_mctp *m, uint8_t eid)
{
	for (unsigned i = 0; i < m->config.route_count; i++) {
		if (m->config.routes[i].eid == eid)
			return &m->config.routes[i];
	}
	return NULL;
}

enum rotor_status rotor_mctp_route_set(struct rotor_mctp *m, uint8_t eid, rotor_mctp_phys phys)
{
	struct rotor_mctp_route *entry;

	if (eid == ROTOR_MCTP_EID_NULL || eid == ROTOR_MCTP_EID_BROADCAST)
		return ROTOR_ERR_ARGUMENT;
	if (ROTOR_MCTP_BRIDGE && m->bridge != NULL)
		return rotor_mctp_bridge_port_route(m->bridge, eid, phys);
	entry = route(m, eid);
	if (entry == NULL)
		entry = route(m, ROTOR_MCTP_EID_NULL);
	if (entry == NULL)
		return ROTOR_ERR_SPACE;
	entry->eid = eid;
	entry->phys = phys;
	return ROTOR_OK;
}

void rotor_mctp_route_remove(struct rotor_mctp *m, uint8_t eid)
{
	struct rotor_mctp_route *entry;

	if (ROTOR_MCTP_BRIDGE && m->bridge != NULL) {
		rotor_mctp_bridge_port_forget(m->bridge, eid);
		return;
	}
	entry = route(m, eid);
	if (entry != NULL)
		entry->eid = ROTOR_MCTP_EID_NULL;
}

enum rotor_status rotor_mctp_route_find(const struct rotor_mctp *m, uint8_t eid,
					rotor_mctp_phys *phys)
{
	const struct rotor_mctp_route *entry = NULL;

	if (ROTOR_MCTP_BRIDGE && m->bridge != NULL)
		return rotor_mctp_bridge_port_find(m->bridge, eid, phys);
	if (eid != ROTOR_MCTP_EID_NULL)
		entry = route(m, eid);
	if (entry == NULL)
		return ROTOR_ERR_NOT_FOUND;
	*phys = entry->phys;
	return ROTOR_OK;
}

void rotor_mctp_poll(struct rotor_mctp *m, rotor_ms now)
{
	m->now = now;
	rotor_mctp_expire_slots(m);
	rotor_mctp_expire_requests(m);
}

rotor_ms rotor_mctp_now(const struct rotor_mctp *m)
{
	return m->now;
}

rotor_ms rotor_mctp_deadline(const struct rotor_mctp *m)
{
	rotor_ms earliest = ROTOR_NEVER;

	for (unsigned i = 0; i < m->config.slot_count; i++) {
		const struct rotor_mctp_slot *slot = &m->config.slots[i];

		if (slot->state == SLOT_RECEIVING && slot->deadline < earliest)
			earliest = slot->deadline;
	}
	for (unsigned i = 0; i < m->config.pending_count; i++) {
		const struct rotor_mctp_pending *entry = &m->config.pending[i];

		if (entry->state == PENDING_AWAITING && entry->deadline < earliest)
			earliest = entry->deadline;
	}
	return earliest;
}
