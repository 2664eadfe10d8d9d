/* SPDX-License-Identifier: Apache-2.0 */
/* A campaign's beginning and end, its geometries, and the identifiers of its cuts. */
#include "sim/campaign.h"

#include <stdlib.h>
#include <string.h>

#include "sim/memo.h"

const struct sim_geometry sim_geometries[] = {
    {"256x16", 256, 16, 1536, 300},
    {"512x8", 512, 8, 1536, 300},
    {"1024x256", 1024, 256, 2048, 300},
    {"4096x256", 4096, 256, 4096, 300},
    {.name = NULL},
};

const struct sim_geometry sim_large_geometry = {"4096x256L", 4096, 256, 256 * 1024, 200 * 1000};

/* ---- beginning and end ---- */

bool sim_campaign_init(struct sim_campaign *c, const struct sim_geometry *geometry,
		       const struct sim_story *story)
{
	memset(c, 0, sizeof(*c));
	c->geometry = geometry;
	c->story = story;
	if (!sim_world_init(&c->world, geometry, story->security_version)) {
		return false;
	}
	c->world.image[SIM_NEW].hangs = story->new_hangs;
	sim_known_init(&c->known);
	sim_known_init(&c->whole);
	for (unsigned i = 0; story->lives[i].goal != SIM_GOAL_NONE; i++) {
		c->life[c->recovery++] = story->lives[i];
	}
	for (unsigned i = 0; sim_recovery[i].goal != SIM_GOAL_NONE; i++) {
		c->life[c->recovery + i] = sim_recovery[i];
	}
	if (!story->before(&c->world) || !sim_state_init(&c->start, &c->world)) {
		sim_campaign_free(c);
		return false;
	}
	sim_state_take(&c->start, &c->world);
	c->run.world = &c->world;
	c->run.belief = (struct sim_belief){
	    .stage = SIM_SETTLED, .current = SIM_OLD, .candidate = SIM_NO_IMAGE};
	return true;
}

void sim_campaign_free(struct sim_campaign *c)
{
	for (unsigned i = 0; i < c->pool_made; i++) {
		sim_state_free(&c->pool[i]);
	}
	for (unsigned i = 0; i < SIM_CUTS_MAX; i++) {
		sim_tears_free(&c->tears[i]);
	}
	sim_trace_free(&c->run.trace);
	sim_state_free(&c->start);
	sim_known_free(&c->known);
	sim_known_free(&c->whole);
	sim_world_free(&c->world);
}

void sim_campaign_failed(struct sim_campaign *c)
{
	char id[SIM_ID_TEXT];
	c->counts.broken++;
	if (c->failure != NULL) {
		c->failure(c->ctx, sim_campaign_id(c, id), sim_invariant_name(c->run.broken),
			   c->run.why);
	}
}

/* ---- identifiers ---- */

char *sim_campaign_id(const struct sim_campaign *c, char text[SIM_ID_TEXT])
{
	int n = snprintf(text, SIM_ID_TEXT, "%s:%s", c->geometry->name, c->story->name);
	for (unsigned i = 0; i < c->path_len; i++) {
		char tear[SIM_TEAR_TEXT];
		n += snprintf(text + n, SIM_ID_TEXT - (size_t)n, ":%u.%s", c->path[i].op,
			      sim_tear_text(&c->path[i].tear, tear));
	}
	return text;
}

/* The length of @p name if @p id begins with it and a colon, else 0. */
static size_t begins(const char *id, const char *name)
{
	size_t len = strlen(name);
	return strncmp(id, name, len) == 0 && (id[len] == ':' || id[len] == 0) ? len : 0;
}

static const struct sim_geometry *parse_geometry(const char **id)
{
	const struct sim_geometry *g = sim_geometries;
	while (g->name != NULL && !begins(*id, g->name)) {
		g++;
	}
	if (g->name == NULL) {
		g = &sim_large_geometry;
	}
	size_t len = begins(*id, g->name);
	*id += len;
	return len ? g : NULL;
}

static const struct sim_story *parse_story(const char **id)
{
	const struct sim_story *s = sim_stories;
	while (s->name != NULL && !begins(*id, s->name)) {
		s++;
	}
	*id += s->name ? strlen(s->name) : 0;
	return s->name ? s : NULL;
}

bool sim_campaign_parse(const char *id, const struct sim_geometry **geometry,
			const struct sim_story **story, struct sim_cut path[SIM_CUTS_MAX],
			unsigned *path_len)
{
	*path_len = 0;
	*geometry = parse_geometry(&id);
	if (*geometry == NULL || *id++ != ':') {
		return false;
	}
	*story = parse_story(&id);
	while (*story != NULL && *id == ':' && *path_len < SIM_CUTS_MAX) {
		struct sim_cut *cut = &path[(*path_len)++];
		char *dot;
		cut->op = (unsigned)strtoul(id + 1, &dot, 10);
		id = *dot == '.' && cut->op > 0 ? sim_tear_parse(dot + 1, &cut->tear) : NULL;
		if (id == NULL) {
			return false;
		}
	}
	return *story != NULL && *id == 0;
}
