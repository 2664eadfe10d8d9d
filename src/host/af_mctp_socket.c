/* SPDX-License-Identifier: Apache-2.0 */
/* MCTP sockets as Linux has them. */
#include <errno.h>
#include <linux/mctp.h>
#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rotor/host_af_mctp.h"

/* Older C libraries do not know these. */
#ifndef AF_MCTP
#define AF_MCTP 45
#endif
#define LEVEL_MCTP 285

static enum rotor_status status_of(int error)
{
	switch (error) {
	case EAFNOSUPPORT:
	case EINVAL:
		return ROTOR_ERR_UNSUPPORTED;
	case EADDRINUSE:
		return ROTOR_ERR_BUSY;
	case EACCES:
	case EPERM:
		return ROTOR_ERR_DENIED;
	default:
		return ROTOR_ERR_IO;
	}
}

static bool prepare(int fd, uint32_t network, uint8_t type, bool bound)
{
	int on = 1;
	struct sockaddr_mctp address = {
	    .smctp_family = AF_MCTP,
	    .smctp_network = network,
	    .smctp_addr.s_addr = MCTP_ADDR_ANY,
	    .smctp_type = type,
	};

	/* Physical addresses, too. */
	if (setsockopt(fd, LEVEL_MCTP, MCTP_OPT_ADDR_EXT, &on, sizeof(on)) != 0)
		return false;
	return !bound || bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0;
}

static enum rotor_status os_open(void *ctx, uint32_t network, uint8_t type, bool bound, int *fd)
{
	(void)ctx;
	*fd = socket(AF_MCTP, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (*fd < 0)
		return status_of(errno);
	if (!prepare(*fd, network, type, bound)) {
		int error = errno;

		close(*fd);
		*fd = -1;
		return status_of(error);
	}
	return ROTOR_OK;
}

static void os_close(void *ctx, int fd)
{
	(void)ctx;
	close(fd);
}

static enum rotor_status os_send(void *ctx, int fd, const struct rotor_af_mctp_address *to,
				 struct rotor_bytes body)
{
	struct sockaddr_mctp_ext address = {0};
	union {
		const void *in;
		void *out;
	} bytes = {body.data};
	struct iovec piece = {bytes.out, body.len};
	struct msghdr message = {
	    .msg_name = &address,
	    .msg_namelen = to->link ? sizeof(address) : sizeof(address.smctp_base),
	    .msg_iov = &piece,
	    .msg_iovlen = 1,
	};
	ssize_t put;

	(void)ctx;
	address.smctp_base.smctp_family = AF_MCTP;
	address.smctp_base.smctp_network = to->network;
	address.smctp_base.smctp_addr.s_addr = to->eid;
	address.smctp_base.smctp_type = to->type;
	address.smctp_base.smctp_tag = (uint8_t)(to->tag | (to->tag_owner ? MCTP_TAG_OWNER : 0) |
						 (to->reserved_tag ? MCTP_TAG_PREALLOC : 0));
	address.smctp_ifindex = (int)to->link;
	address.smctp_halen = to->hardware_len;
	memcpy(address.smctp_haddr, to->hardware, to->hardware_len);
	do {
		put = sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
	} while (put < 0 && errno == EINTR);
	if (put >= 0)
		return ROTOR_OK;
	/* ENOBUFS: the link's queue is full; EBUSY: no tag is free. */
	return errno == EAGAIN || errno == ENOBUFS || errno == EBUSY ? ROTOR_PENDING : ROTOR_ERR_IO;
}

static enum rotor_status os_receive(void *ctx, int fd, struct rotor_af_mctp_address *from,
				    void *buf, size_t cap, size_t *len)
{
	struct sockaddr_mctp_ext address = {0};
	struct iovec piece = {.iov_base = buf, .iov_len = cap};
	struct msghdr message = {.msg_name = &address,
				 .msg_namelen = sizeof(address),
				 .msg_iov = &piece,
				 .msg_iovlen = 1};
	ssize_t got;

	(void)ctx;
	do {
		got = recvmsg(fd, &message, MSG_DONTWAIT);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return errno == EAGAIN ? ROTOR_PENDING : ROTOR_ERR_IO;
	if (message.msg_flags & MSG_TRUNC)
		return ROTOR_ERR_SPACE;
	*len = (size_t)got;
	from->network = address.smctp_base.smctp_network;
	from->eid = address.smctp_base.smctp_addr.s_addr;
	from->type = address.smctp_base.smctp_type;
	from->tag = address.smctp_base.smctp_tag & MCTP_TAG_MASK;
	from->tag_owner = (address.smctp_base.smctp_tag & MCTP_TAG_OWNER) != 0;
	from->link = (unsigned)address.smctp_ifindex;
	from->hardware_len = address.smctp_halen;
	memcpy(from->hardware, address.smctp_haddr, sizeof(from->hardware));
	return ROTOR_OK;
}

static enum rotor_status os_take_tag(void *ctx, int fd, uint8_t eid, uint8_t *tag)
{
	struct mctp_ioc_tag_ctl control = {.peer_addr = eid};

	(void)ctx;
	if (ioctl(fd, SIOCMCTPALLOCTAG, &control) != 0)
		return errno == EBUSY ? ROTOR_ERR_BUSY : ROTOR_ERR_IO;
	*tag = control.tag & MCTP_TAG_MASK;
	return ROTOR_OK;
}

static void os_drop_tag(void *ctx, int fd, uint8_t eid, uint8_t tag)
{
	/* A tag towards nobody in particular is one towards all. */
	struct mctp_ioc_tag_ctl control = {
	    .peer_addr = eid != MCTP_ADDR_NULL ? eid : MCTP_ADDR_ANY,
	    .tag = (uint8_t)(tag | MCTP_TAG_OWNER | MCTP_TAG_PREALLOC),
	};

	(void)ctx;
	(void)ioctl(fd, SIOCMCTPDROPTAG, &control);
}

const struct rotor_af_mctp_os rotor_af_mctp_linux = {
    .open = os_open,
    .close = os_close,
    .send = os_send,
    .receive = os_receive,
    .take_tag = os_take_tag,
    .drop_tag = os_drop_tag,
};
