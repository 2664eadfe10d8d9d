/* SPDX-License-Identifier: Apache-2.0 */
/* MCTP links of the kernel: found, made of terminals, set up, and left as they were. */
#include "rotor/host_mctp_setup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rotor/host_line.h"

#ifndef AF_MCTP
#define AF_MCTP 45
#endif
/* The line discipline of MCTP (linux/tty.h), which not every C library's headers know. */
#define LINE_DISCIPLINE_MCTP 28
/* Links that can be told apart, more than anybody has. */
#define LINKS_MAX 64

/* ---- what is there ---- */

struct links {
	struct rotor_netlink_message link[LINKS_MAX];
	size_t count;
};

static void keep_link(void *ctx, const struct rotor_netlink_message *link)
{
	struct links *links = ctx;

	if (link->mctp && links->count < LINKS_MAX)
		links->link[links->count++] = *link;
}

static enum rotor_status list_links(struct rotor_mctp_setup *s, struct links *links)
{
	links->count = 0;
	return rotor_netlink_list(&s->netlink, ROTOR_NETLINK_LINKS, keep_link, links);
}

static const struct rotor_netlink_message *by_name(const struct links *links, const char *name)
{
	for (size_t i = 0; i < links->count; i++) {
		if (strcmp(links->link[i].name, name) == 0)
			return &links->link[i];
	}
	return NULL;
}

static const struct rotor_netlink_message *by_index(const struct links *links, unsigned index)
{
	for (size_t i = 0; i < links->count; i++) {
		if (links->link[i].link == index)
			return &links->link[i];
	}
	return NULL;
}

/* ---- a whole network ---- */

struct survey {
	struct rotor_mctp_setup *s;
	const struct links *links;
	bool others[256];
};

static bool is_in_network(const struct survey *survey, unsigned link)
{
	const struct rotor_netlink_message *found = by_index(survey->links, link);

	return found && found->network == survey->s->network;
}

static void keep_own(void *ctx, const struct rotor_netlink_message *address)
{
	struct survey *survey = ctx;

	if (survey->s->eid == 0 && is_in_network(survey, address->link))
		survey->s->eid = address->first;
}

/* A route to many EIDs is one to a bridge: who is behind it, its bus owner knows. */
static void keep_other(void *ctx, const struct rotor_netlink_message *route)
{
	struct survey *survey = ctx;

	if (!route->local && is_in_network(survey, route->link)) {
		for (unsigned eid = route->first; eid <= route->last; eid++)
			survey->others[eid] = true;
	}
}

static enum rotor_status join(struct rotor_mctp_setup *s, uint32_t network)
{
	static _Thread_local struct links links;
	struct survey survey = {.s = s, .links = &links};
	bool there = false;

	s->network = network;
	enum rotor_status status = list_links(s, &links);
	for (size_t i = 0; i < links.count; i++)
		there = there || links.link[i].network == network;
	if (status == ROTOR_OK && !there)
		status = ROTOR_ERR_NOT_FOUND;
	if (status == ROTOR_OK)
		status =
		    rotor_netlink_list(&s->netlink, ROTOR_NETLINK_ADDRESSES, keep_own, &survey);
	if (status == ROTOR_OK)
		status = rotor_netlink_list(&s->netlink, ROTOR_NETLINK_ROUTES, keep_other, &survey);
	for (unsigned eid = 0; status == ROTOR_OK && eid < ROTOR_COUNT_OF(survey.others); eid++) {
		if (survey.others[eid])
			s->others[s->other_count++] = (rotor_mctp_phys)eid;
	}
	return status == ROTOR_OK && s->eid == 0 ? ROTOR_ERR_STATE : status;
}

/* ---- a link ---- */

static enum rotor_status change(struct rotor_mctp_setup *s, enum rotor_netlink_ask ask, uint8_t eid)
{
	const struct rotor_netlink_request request = {
	    .ask = ask, .link = s->link, .first = eid, .last = eid};

	return rotor_netlink_change(&s->netlink, &request);
}

static void keep_first(void *ctx, const struct rotor_netlink_message *address)
{
	struct rotor_mctp_setup *s = ctx;

	if (s->eid == 0 && address->link == s->link)
		s->eid = address->first;
}

static enum rotor_status use(struct rotor_mctp_setup *s, const struct rotor_netlink_message *link,
			     uint8_t eid)
{
	enum rotor_status status = ROTOR_OK;

	s->link = link->link;
	s->network = link->network;
	s->address_len = link->address_len;
	if (link->address_len)
		s->address = link->address[0];
	memcpy(s->name, link->name, sizeof(s->name));
	if (!link->up)
		status = change(s, ROTOR_NETLINK_LINK_UP, 0);
	if (status == ROTOR_OK)
		status = rotor_netlink_list(&s->netlink, ROTOR_NETLINK_ADDRESSES, keep_first, s);
	if (status == ROTOR_OK && s->eid == 0 && eid != 0)
		status = rotor_mctp_setup_set_eid(s, eid);
	return status;
}

/* The link that a terminal has become is the one that was not there before. */
static enum rotor_status attach(struct rotor_mctp_setup *s, const char *path, uint8_t eid)
{
	static _Thread_local struct links before, after;
	const struct rotor_netlink_message *made = NULL;
	int discipline = LINE_DISCIPLINE_MCTP;
	enum rotor_status status = list_links(s, &before);

	if (status == ROTOR_OK)
		status = rotor_line_open(path, &s->tty);
	if (status != ROTOR_OK)
		return status == ROTOR_ERR_UNSUPPORTED ? ROTOR_ERR_FORMAT : status;
	if (ioctl(s->tty, TIOCSETD, &discipline) != 0)
		return errno == EPERM                       ? ROTOR_ERR_DENIED
		       : errno == EINVAL || errno == ENOTTY ? ROTOR_ERR_UNSUPPORTED
							    : ROTOR_ERR_IO;
	status = list_links(s, &after);
	for (size_t i = 0; i < after.count; i++) {
		if (by_index(&before, after.link[i].link))
			continue;
		if (made) /* somebody else has made one in the same moment: whose is which? */
			return ROTOR_ERR_BUSY;
		made = &after.link[i];
	}
	if (status == ROTOR_OK && !made)
		status = ROTOR_ERR_NOT_FOUND;
	return status == ROTOR_OK ? use(s, made, eid) : status;
}

static enum rotor_status find(struct rotor_mctp_setup *s, const char *name, uint8_t eid)
{
	static _Thread_local struct links links;
	enum rotor_status status = list_links(s, &links);
	const struct rotor_netlink_message *link = by_name(&links, name);

	if (status == ROTOR_OK && !link)
		status = ROTOR_ERR_NOT_FOUND;
	return status == ROTOR_OK ? use(s, link, eid) : status;
}

enum rotor_status rotor_mctp_setup_set_eid(struct rotor_mctp_setup *s, uint8_t eid)
{
	enum rotor_status status = ROTOR_OK;

	if (eid == s->eid)
		return ROTOR_OK;
	if (eid != 0)
		status = change(s, ROTOR_NETLINK_ADDRESS_ADD, eid);
	/* The first that a link has is the one that it sends from: the old one goes. */
	if (status == ROTOR_OK && s->eid != 0)
		status = change(s, ROTOR_NETLINK_ADDRESS_REMOVE, s->eid);
	if (status == ROTOR_OK) {
		s->eid = eid;
		s->brought_eid = eid != 0;
	}
	return status;
}

/* What has been added for an EID. */
enum { ADDED_ROUTE = 1, ADDED_NEIGHBOUR = 2 };

static void unreach(struct rotor_mctp_setup *s, uint8_t eid)
{
	if (s->routed[eid] & ADDED_NEIGHBOUR)
		(void)change(s, ROTOR_NETLINK_NEIGHBOUR_REMOVE, eid);
	if (s->routed[eid] & ADDED_ROUTE)
		(void)change(s, ROTOR_NETLINK_ROUTE_REMOVE, eid);
	s->routed[eid] = 0;
}

enum rotor_status rotor_mctp_setup_reach(struct rotor_mctp_setup *s, uint8_t eid,
					 rotor_mctp_phys phys)
{
	uint8_t address = (uint8_t)phys;
	struct rotor_netlink_request request = {.ask = ROTOR_NETLINK_NEIGHBOUR_ADD,
						.link = s->link,
						.first = eid,
						.address = {&address, s->address_len}};
	enum rotor_status status;

	if (s->link == 0 || s->address_len > sizeof(address))
		return ROTOR_ERR_ARGUMENT;
	/* Who is where it was keeps its route without a gap. */
	if ((s->routed[eid] & ADDED_ROUTE) && s->at[eid] == address)
		return ROTOR_OK;
	unreach(s, eid);
	s->at[eid] = address;
	if (s->address_len) {
		status = rotor_netlink_change(&s->netlink, &request);
		if (status != ROTOR_OK)
			return status;
		s->routed[eid] |= ADDED_NEIGHBOUR;
	}
	status = change(s, ROTOR_NETLINK_ROUTE_ADD, eid);
	if (status == ROTOR_OK)
		s->routed[eid] |= ADDED_ROUTE;
	return status;
}

/* ---- either ---- */

/* The number of a network; 0: it is none. */
static uint32_t network_of(const char *where)
{
	char *end = NULL;

	if (*where < '0' || *where > '9')
		return 0;
	errno = 0;
	unsigned long value = strtoul(where, &end, 10);
	return *end == 0 && errno == 0 && value <= UINT32_MAX ? (uint32_t)value : 0;
}

/* A kernel without MCTP would only say that there is no such link. */
static enum rotor_status check_kernel(void)
{
	int probe = socket(AF_MCTP, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (probe >= 0)
		close(probe);
	return probe >= 0 || errno != EAFNOSUPPORT ? ROTOR_OK : ROTOR_ERR_UNSUPPORTED;
}

enum rotor_status rotor_mctp_setup_open(struct rotor_mctp_setup *s, const char *where, uint8_t eid)
{
	size_t prefix = strlen(ROTOR_MCTP_SETUP_TTY);
	uint32_t network = network_of(where);

	memset(s, 0, sizeof(*s));
	s->tty = -1;
	enum rotor_status status = *where ? check_kernel() : ROTOR_ERR_ARGUMENT;
	if (status == ROTOR_OK)
		status = rotor_netlink_open(&s->netlink);
	if (status != ROTOR_OK) {
		memset(s, 0, sizeof(*s));
		return status;
	}
	s->open = true;
	if (strncmp(where, ROTOR_MCTP_SETUP_TTY, prefix) == 0)
		status = attach(s, where + prefix, eid);
	else if (network)
		status = join(s, network);
	else
		status = find(s, where, eid);
	if (status != ROTOR_OK)
		rotor_mctp_setup_close(s);
	return status;
}

void rotor_mctp_setup_close(struct rotor_mctp_setup *s)
{
	if (!s->open)
		return;
	if (s->link) {
		for (unsigned eid = 0; eid < ROTOR_COUNT_OF(s->routed); eid++)
			unreach(s, (uint8_t)eid);
		if (s->brought_eid)
			(void)change(s, ROTOR_NETLINK_ADDRESS_REMOVE, s->eid);
	}
	if (s->tty >= 0)
		close(s->tty); /* and with it the link */
	rotor_netlink_close(&s->netlink);
	memset(s, 0, sizeof(*s));
}
