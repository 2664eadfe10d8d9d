/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of route netlink: whatever comes, what is read of it is in bounds and sound. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rotor/host_netlink.h"

static void require(bool truth)
{
	if (!truth)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rotor_reader r = rotor_reader(data, size);
	struct rotor_netlink_message m;
	enum rotor_status status;
	size_t left = size;

	while ((status = rotor_netlink_read(&r, &m)) == ROTOR_OK) {
		require(r.left < left);
		left = r.left;
		require(m.kind <= ROTOR_NETLINK_NEIGHBOUR);
		require(memchr(m.name, 0, sizeof(m.name)) != NULL);
		require(m.address_len <= sizeof(m.address));
		require(m.first <= m.last || m.kind != ROTOR_NETLINK_ROUTE);
		require(m.error >= 0 && m.error < 4096);
		require(m.kind == ROTOR_NETLINK_LINK || (!m.mctp && !m.up && m.name[0] == 0));
	}
	require(status == ROTOR_ERR_NOT_FOUND || status == ROTOR_ERR_LENGTH ||
		status == ROTOR_ERR_FORMAT);
	require((status == ROTOR_ERR_NOT_FOUND) == (r.left == 0 && !r.failed));
	return 0;
}
