/* SPDX-License-Identifier: Apache-2.0 */
/* Events: which there are, who wants them, and telling of them. */
#include <string.h>

#include "spdm/responder.h"

#if ROTOR_SPDM_SESSIONS > 0

static bool same(struct rotor_bytes a, struct rotor_bytes b)
{
	return a.len == b.len && (!a.len || memcmp(a.data, b.data, a.len) == 0);
}

static enum rotor_status on_supported(struct rotor_spdm_responder *r,
				      const struct rotor_spdm_request *q)
{
	const struct rotor_spdm_events *config = q->config;
	struct rotor_spdm_header h;
	if (rotor_spdm_decode_header_only(q->msg, q->len, &h) != ROTOR_OK)
		return rotor_spdm_responder_error(r, ROTOR_SPDM_ERROR_INVALID_REQUEST);
	const struct rotor_spdm_event_types out = {.version = q->c->version,
						   .code = ROTOR_SPDM_SUPPORTED_EVENT_TYPES,
						   .group_count = config->group_count};
	struct rotor_writer w = rotor_spdm_responder_writer(r);
	rotor_spdm_encode_event_types(&w, &out);
	/* The groups go behind an empty list, whose length is put right. */
	size_t at = w.len;
	for (uint8_t i = 0; i < config->group_count; i++)
		rotor_spdm_encode_event_group(&w, &config->groups[i]);
	if (!w.failed)
		rotor_write_patch_u32le(&w, at - 4, (uint32_t)(w.len - at));
	return rotor_spdm_responder_built(r, &w);
}

/* Whether every type of a group that is asked for is one that there is. */
static bool offered(const struct rotor_spdm_events *config, const struct rotor_spdm_event_group *g)
{
	const struct rotor_spdm_event_group *own = NULL;
	for (uint8_t i = 0; i < config->group_count && !own; i++) {
		if (config->groups[i].registry == g->registry &&
		    same(config->groups[i].vendor, g->vendor) &&
		    config->groups[i].group_version == g->group_version)
			own = &config->groups[i];
	}
	if (!own)
		return false;
	if (g->attributes & ROTOR_SPDM_EVENT_GROUP_ALL)
		return g->type_count == 0;
	for (unsigned i = 0; i < g->type_count; i++) {
		unsigned k = 0;
		while (k < own->type_count &&
		       rotor_spdm_event_group_type(own, k) != rotor_spdm_event_group_type(g, i))
			k++;
		if (k == own->type_count)
			return false;
	}
	return g->type_count > 0;
}

static enum rotor_status on_subscribe(struct rotor_spdm_responder *r,
				      const struct rotor_spdm_request *q)
{
	const struct rotor_spdm_events *config = q->config;
	struct rotor_spdm_event_types m;
	struct rotor_spdm_event_group g;
	enum rotor_status st = rotor_spdm_decode_event_types(q->msg, q->len, &m);
	struct rotor_bytes groups = st == ROTOR_OK ? m.groups : (struct rotor_bytes){NULL, 0};
	uint8_t count = 0;
	while (st == ROTOR_OK) {
		st = rotor_spdm_event_group_next(&groups, &g);
		if (st == ROTOR_OK && (++count > m.group_count || !offered(config, &g)))
			st = ROTOR_ERR_FORMAT;
	}
	if (st == ROTOR_ERR_NOT_FOUND)
		st = count == m.group_count ? config->subscribe(config->ctx, &q->session->info, &m)
					    : ROTOR_ERR_FORMAT;
	if (st != ROTOR_OK)
		return rotor_spdm_responder_refuse(r, st);
	return rotor_spdm_responder_header(r, q, ROTOR_SPDM_SUBSCRIBE_EVENT_TYPES_ACK, 0, 0);
}

static bool ask(struct rotor_spdm_responder *r, struct rotor_spdm_connection *c,
		struct rotor_spdm_session *s, void *config, struct rotor_writer *w)
{
	const struct rotor_spdm_events *events = config;
	struct rotor_spdm_event_item item = {0};
	if (!s || s->state != ROTOR_SPDM_SESSION_ESTABLISHED ||
	    !(rotor_spdm_responder_capabilities(r, c->version) & ROTOR_SPDM_CAP_EVENT) ||
	    events->next(events->ctx, &s->info, s->policy & ROTOR_SPDM_POLICY_EVENT_ALL, &item) !=
		ROTOR_OK)
		return false;
	const struct rotor_spdm_send_event m = {.version = c->version, .count = 1};
	rotor_spdm_encode_send_event(w, &m);
	rotor_spdm_encode_event(w, &item);
	return true;
}

static enum rotor_status take(struct rotor_spdm_responder *r, struct rotor_spdm_connection *c,
			      struct rotor_spdm_session *s, void *config, struct rotor_bytes inner)
{
	const struct rotor_spdm_events *events = config;
	struct rotor_spdm_header h;
	(void)r;
	if (rotor_spdm_decode_header_only(inner.data, inner.len, &h) != ROTOR_OK ||
	    h.version != c->version || h.code != ROTOR_SPDM_EVENT_ACK)
		return ROTOR_ERR_FORMAT;
	if (events->acknowledged)
		events->acknowledged(events->ctx, &s->info);
	return ROTOR_OK;
}

static uint32_t capabilities(const struct rotor_spdm_responder *r, const void *config)
{
	(void)r;
	(void)config;
	/* Events are told of by encapsulated requests. */
	return ROTOR_SPDM_CAP_EVENT | ROTOR_SPDM_CAP_ENCAP;
}

static enum rotor_status init(struct rotor_spdm_responder *r, void *config)
{
	const struct rotor_spdm_events *events = config;
	(void)r;
	return events->group_count && events->subscribe && events->next ? ROTOR_OK
									: ROTOR_ERR_ARGUMENT;
}

static const struct rotor_spdm_rule rules[] = {
    {ROTOR_SPDM_GET_SUPPORTED_EVENT_TYPES, IN_NEGOTIATED, AT_ESTABLISHED, 0, ROTOR_SPDM_CAP_EVENT,
     on_supported},
    {ROTOR_SPDM_SUBSCRIBE_EVENT_TYPES, IN_NEGOTIATED, AT_ESTABLISHED, 0, ROTOR_SPDM_CAP_EVENT,
     on_subscribe},
};
const struct rotor_spdm_feature rotor_spdm_events_feature = {
    .rules = rules,
    .rule_count = ROTOR_COUNT_OF(rules),
    .init = init,
    .capabilities = capabilities,
    .encap_request = ask,
    .encap_response = take,
};

#endif
