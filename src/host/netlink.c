/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of route netlink about MCTP, in memory. They are in the machine's byte order. */
#include <errno.h>
#include <limits.h>
#include <linux/if.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/mctp.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "rotor/host_netlink.h"
#include "rotor/mctp.h"

#ifndef AF_MCTP
#define AF_MCTP 45
#endif
#ifndef ARPHRD_MCTP
#define ARPHRD_MCTP 290
#endif

/* ---- out ---- */

/* What each request is. */
static const struct ask {
	uint16_t type, flags;
} asks[ROTOR_NETLINK_ASK_COUNT] = {
    [ROTOR_NETLINK_LINKS] = {RTM_GETLINK, NLM_F_DUMP},
    [ROTOR_NETLINK_ADDRESSES] = {RTM_GETADDR, NLM_F_DUMP},
    [ROTOR_NETLINK_ROUTES] = {RTM_GETROUTE, NLM_F_DUMP},
    [ROTOR_NETLINK_NEIGHBOURS] = {RTM_GETNEIGH, NLM_F_DUMP},
    [ROTOR_NETLINK_LINK_UP] = {RTM_NEWLINK, NLM_F_ACK},
    [ROTOR_NETLINK_ADDRESS_ADD] = {RTM_NEWADDR, NLM_F_ACK},
    [ROTOR_NETLINK_ADDRESS_REMOVE] = {RTM_DELADDR, NLM_F_ACK},
    [ROTOR_NETLINK_ROUTE_ADD] = {RTM_NEWROUTE, NLM_F_ACK},
    [ROTOR_NETLINK_ROUTE_REMOVE] = {RTM_DELROUTE, NLM_F_ACK},
    [ROTOR_NETLINK_NEIGHBOUR_ADD] = {RTM_NEWNEIGH, NLM_F_ACK | NLM_F_CREATE},
    [ROTOR_NETLINK_NEIGHBOUR_REMOVE] = {RTM_DELNEIGH, NLM_F_ACK},
};

static void pad(struct rotor_writer *w)
{
	rotor_write_zeros(w, NLMSG_ALIGN(w->len) - w->len);
}

static void attribute(struct rotor_writer *w, uint16_t type, const void *value, size_t len)
{
	struct rtattr head = {.rta_len = (uint16_t)RTA_LENGTH(len), .rta_type = type};

	rotor_write_bytes(w, &head, sizeof(head));
	rotor_write_bytes(w, value, len);
	pad(w);
}

static void write_link(struct rotor_writer *w, const struct rotor_netlink_request *q)
{
	struct ifinfomsg info = {.ifi_family = AF_UNSPEC, .ifi_index = (int)q->link};

	if (q->ask == ROTOR_NETLINK_LINK_UP)
		info.ifi_flags = info.ifi_change = IFF_UP;
	rotor_write_bytes(w, &info, sizeof(info));
}

static void write_address(struct rotor_writer *w, const struct rotor_netlink_request *q)
{
	struct ifaddrmsg info = {.ifa_family = AF_MCTP, .ifa_index = q->link};

	rotor_write_bytes(w, &info, sizeof(info));
	if (q->ask != ROTOR_NETLINK_ADDRESSES)
		attribute(w, IFA_LOCAL, &q->first, 1);
}

static void write_route(struct rotor_writer *w, const struct rotor_netlink_request *q)
{
	struct rtmsg info = {.rtm_family = AF_MCTP};
	uint32_t link = q->link;

	if (q->ask != ROTOR_NETLINK_ROUTES) {
		info.rtm_type = RTN_UNICAST;
		info.rtm_dst_len =
		    (uint8_t)(q->last - q->first); /* how many EIDs follow the first */
	}
	rotor_write_bytes(w, &info, sizeof(info));
	if (q->ask != ROTOR_NETLINK_ROUTES) {
		attribute(w, RTA_DST, &q->first, 1);
		attribute(w, RTA_OIF, &link, sizeof(link));
	}
}

static void write_neighbour(struct rotor_writer *w, const struct rotor_netlink_request *q)
{
	struct ndmsg info = {.ndm_family = AF_MCTP, .ndm_ifindex = (int)q->link};

	rotor_write_bytes(w, &info, sizeof(info));
	if (q->ask == ROTOR_NETLINK_NEIGHBOURS)
		return;
	attribute(w, NDA_DST, &q->first, 1);
	if (q->ask == ROTOR_NETLINK_NEIGHBOUR_ADD)
		attribute(w, NDA_LLADDR, q->address.data, q->address.len);
}

static bool assignable(uint8_t eid)
{
	return eid >= ROTOR_MCTP_EID_FIRST && eid <= ROTOR_MCTP_EID_LAST;
}

static bool is_sound(const struct rotor_netlink_request *q)
{
	if ((unsigned)q->ask >= ROTOR_NETLINK_ASK_COUNT || q->link > INT_MAX)
		return false;
	if (q->ask <= ROTOR_NETLINK_NEIGHBOURS)
		return true;
	if (q->link == 0)
		return false;
	if (q->ask == ROTOR_NETLINK_LINK_UP)
		return true;
	if ((q->ask == ROTOR_NETLINK_ROUTE_ADD || q->ask == ROTOR_NETLINK_ROUTE_REMOVE) &&
	    (!assignable(q->last) || q->last < q->first))
		return false;
	return assignable(q->first) && q->address.len <= ROTOR_NETLINK_ADDRESS_MAX;
}

enum rotor_status rotor_netlink_write(const struct rotor_netlink_request *request,
				      uint32_t sequence, void *buf, size_t cap, size_t *len)
{
	struct rotor_writer w = rotor_writer(buf, cap);
	struct nlmsghdr head = {.nlmsg_seq = sequence};
	enum rotor_status status;

	*len = 0;
	if (!is_sound(request))
		return ROTOR_ERR_ARGUMENT;
	head.nlmsg_type = asks[request->ask].type;
	head.nlmsg_flags = NLM_F_REQUEST | asks[request->ask].flags;
	rotor_write_bytes(&w, &head, sizeof(head));
	switch (request->ask) {
	case ROTOR_NETLINK_LINKS:
	case ROTOR_NETLINK_LINK_UP:
		write_link(&w, request);
		break;
	case ROTOR_NETLINK_ADDRESSES:
	case ROTOR_NETLINK_ADDRESS_ADD:
	case ROTOR_NETLINK_ADDRESS_REMOVE:
		write_address(&w, request);
		break;
	case ROTOR_NETLINK_ROUTES:
	case ROTOR_NETLINK_ROUTE_ADD:
	case ROTOR_NETLINK_ROUTE_REMOVE:
		write_route(&w, request);
		break;
	default:
		write_neighbour(&w, request);
		break;
	}
	pad(&w);
	status = rotor_writer_end(&w, len);
	if (status == ROTOR_OK) {
		head.nlmsg_len = (uint32_t)*len;
		memcpy(buf, &head, sizeof(head));
	}
	return status;
}

/* ---- in ---- */

/* The next attribute, whose padding is passed over; false: no more, or no attribute. */
static bool next_attribute(struct rotor_reader *r, uint16_t *type, struct rotor_bytes *value)
{
	struct rtattr head;
	size_t extra;

	if (r->left < sizeof(head))
		return false;
	rotor_read_copy(r, &head, sizeof(head));
	if (head.rta_len < sizeof(head)) {
		rotor_reader_fail(r);
		return false;
	}
	*type = head.rta_type & NLA_TYPE_MASK;
	*value = rotor_read_view(r, head.rta_len - sizeof(head));
	extra = RTA_ALIGN(head.rta_len) - head.rta_len;
	rotor_read_skip(r, extra < r->left ? extra : r->left);
	return !r->failed;
}

static bool u32_of(struct rotor_bytes value, uint32_t *out)
{
	if (value.len != sizeof(*out))
		return false;
	memcpy(out, value.data, sizeof(*out));
	return true;
}

/* Attributes of one kind of message, each into its field. What is too long or too short for it is not the kernel's. */
typedef bool take_attribute(struct rotor_netlink_message *m, uint16_t type,
			    struct rotor_bytes value);

static bool take_eid(struct rotor_netlink_message *m, struct rotor_bytes value)
{
	if (value.len != 1)
		return false;
	m->first = value.data[0];
	return true;
}

static bool take_hardware(struct rotor_netlink_message *m, struct rotor_bytes value)
{
	if (value.len > sizeof(m->address))
		return false;
	m->address_len = (uint8_t)value.len;
	if (value.len != 0)
		memcpy(m->address, value.data, value.len);
	return true;
}

/* IFLA_AF_SPEC has an attribute for each family, and that of MCTP one with the network. */
static bool take_families(struct rotor_netlink_message *m, struct rotor_bytes value)
{
	struct rotor_reader families = rotor_reader(value.data, value.len);
	struct rotor_bytes inner;
	uint16_t type;

	while (next_attribute(&families, &type, &inner)) {
		struct rotor_reader fields = rotor_reader(inner.data, inner.len);
		struct rotor_bytes field;

		if (type != AF_MCTP)
			continue;
		while (next_attribute(&fields, &type, &field)) {
			if (type == IFLA_MCTP_NET && !u32_of(field, &m->network))
				return false;
		}
		if (fields.failed)
			return false;
	}
	return !families.failed;
}

static bool take_link(struct rotor_netlink_message *m, uint16_t type, struct rotor_bytes value)
{
	switch (type) {
	case IFLA_IFNAME:
		if (value.len == 0 || value.len > sizeof(m->name) || value.data[value.len - 1] != 0)
			return false;
		memcpy(m->name, value.data, value.len);
		return true;
	case IFLA_MTU:
		return u32_of(value, &m->mtu);
	case IFLA_ADDRESS:
		return !m->mctp || take_hardware(m, value);
	case IFLA_AF_SPEC:
		return take_families(m, value);
	default:
		return true;
	}
}

static bool take_address(struct rotor_netlink_message *m, uint16_t type, struct rotor_bytes value)
{
	return type != IFA_LOCAL || take_eid(m, value);
}

static bool take_route(struct rotor_netlink_message *m, uint16_t type, struct rotor_bytes value)
{
	uint32_t link = 0;

	if (type == RTA_DST)
		return take_eid(m, value);
	if (type == RTA_OIF && !u32_of(value, &link))
		return false;
	if (type == RTA_OIF)
		m->link = link;
	return true;
}

static bool take_neighbour(struct rotor_netlink_message *m, uint16_t type, struct rotor_bytes value)
{
	if (type == NDA_DST)
		return take_eid(m, value);
	return type != NDA_LLADDR || take_hardware(m, value);
}

static enum rotor_status take_all(struct rotor_reader *r, struct rotor_netlink_message *m,
				  take_attribute *take)
{
	struct rotor_bytes value;
	uint16_t type;

	while (next_attribute(r, &type, &value)) {
		if (!take(m, type, value))
			return ROTOR_ERR_FORMAT;
	}
	return rotor_reader_status(r);
}

static enum rotor_status read_link(struct rotor_reader *r, struct rotor_netlink_message *m)
{
	struct ifinfomsg info;

	rotor_read_copy(r, &info, sizeof(info));
	m->kind = ROTOR_NETLINK_LINK;
	m->link = (unsigned)info.ifi_index;
	m->mctp = info.ifi_type == ARPHRD_MCTP;
	m->up = (info.ifi_flags & IFF_UP) != 0;
	return take_all(r, m, take_link);
}

static enum rotor_status read_address(struct rotor_reader *r, struct rotor_netlink_message *m)
{
	struct ifaddrmsg info;
	enum rotor_status status;

	rotor_read_copy(r, &info, sizeof(info));
	if (info.ifa_family != AF_MCTP)
		return rotor_reader_status(r);
	m->kind = ROTOR_NETLINK_ADDRESS;
	m->link = info.ifa_index;
	status = take_all(r, m, take_address);
	m->last = m->first;
	return status;
}

static enum rotor_status read_route(struct rotor_reader *r, struct rotor_netlink_message *m)
{
	struct rtmsg info;
	enum rotor_status status;

	rotor_read_copy(r, &info, sizeof(info));
	if (info.rtm_family != AF_MCTP)
		return rotor_reader_status(r);
	m->kind = ROTOR_NETLINK_ROUTE;
	m->local = info.rtm_type == RTN_LOCAL;
	status = take_all(r, m, take_route);
	if (status == ROTOR_OK && info.rtm_dst_len > UINT8_MAX - m->first)
		return ROTOR_ERR_FORMAT;
	m->last = (uint8_t)(m->first + info.rtm_dst_len);
	return status;
}

static enum rotor_status read_neighbour(struct rotor_reader *r, struct rotor_netlink_message *m)
{
	struct ndmsg info;
	enum rotor_status status;

	rotor_read_copy(r, &info, sizeof(info));
	if (info.ndm_family != AF_MCTP)
		return rotor_reader_status(r);
	m->kind = ROTOR_NETLINK_NEIGHBOUR;
	m->link = (unsigned)info.ndm_ifindex;
	status = take_all(r, m, take_neighbour);
	m->last = m->first;
	return status;
}

static enum rotor_status read_error(struct rotor_reader *r, struct rotor_netlink_message *m)
{
	int32_t error;

	rotor_read_copy(r, &error, sizeof(error));
	m->kind = ROTOR_NETLINK_ERROR;
	if (error > 0 || error < -4095)
		return ROTOR_ERR_FORMAT;
	m->error = -error;
	return rotor_reader_status(r);
}

static enum rotor_status read_body(struct rotor_reader *body, uint16_t type,
				   struct rotor_netlink_message *m)
{
	switch (type) {
	case NLMSG_DONE:
		m->kind = ROTOR_NETLINK_DONE;
		return ROTOR_OK;
	case NLMSG_ERROR:
		return read_error(body, m);
	case RTM_NEWLINK:
		return read_link(body, m);
	case RTM_NEWADDR:
		return read_address(body, m);
	case RTM_NEWROUTE:
		return read_route(body, m);
	case RTM_NEWNEIGH:
		return read_neighbour(body, m);
	default:
		return ROTOR_OK;
	}
}

enum rotor_status rotor_netlink_read(struct rotor_reader *r, struct rotor_netlink_message *message)
{
	struct nlmsghdr head;
	struct rotor_reader body;
	size_t extra;

	memset(message, 0, sizeof(*message));
	if (r->left == 0 && !r->failed)
		return ROTOR_ERR_NOT_FOUND;
	rotor_read_copy(r, &head, sizeof(head));
	if (r->failed || head.nlmsg_len < sizeof(head)) {
		rotor_reader_fail(r);
		return ROTOR_ERR_LENGTH;
	}
	message->sequence = head.nlmsg_seq;
	body = rotor_read_sub(r, head.nlmsg_len - sizeof(head));
	extra = NLMSG_ALIGN(head.nlmsg_len) - head.nlmsg_len;
	rotor_read_skip(r, extra < r->left ? extra : r->left);
	if (r->failed)
		return ROTOR_ERR_LENGTH;
	enum rotor_status status = read_body(&body, head.nlmsg_type, message);
	if (status != ROTOR_OK)
		rotor_reader_fail(r);
	return status;
}
