/* SPDX-License-Identifier: Apache-2.0 */
#include "mailbox.h"

#include "memory.h"

struct mailbox {
	uint32_t len;
	uint8_t bytes[ROTOR_BOOT_HANDOFF_MAX];
};

_Static_assert(sizeof(struct mailbox) <= MEMORY_MAILBOX_SIZE, "the mailbox is too small");

#define MAILBOX ((struct mailbox *)MEMORY_MAILBOX)

enum rotor_status mailbox_put(const struct rotor_boot_handoff *handoff)
{
	size_t len = 0;
	enum rotor_status status =
	    rotor_boot_handoff_encode(handoff, MAILBOX->bytes, sizeof(MAILBOX->bytes), &len);
	MAILBOX->len = status == ROTOR_OK ? (uint32_t)len : 0;
	return status;
}

enum rotor_status mailbox_take(struct rotor_boot_handoff *handoff)
{
	enum rotor_status status = ROTOR_ERR_LENGTH;
	if (MAILBOX->len <= sizeof(MAILBOX->bytes)) {
		status = rotor_boot_handoff_decode(MAILBOX->bytes, MAILBOX->len, handoff);
	}
	rotor_wipe(MAILBOX, sizeof(*MAILBOX));
	return status;
}
