/* SPDX-License-Identifier: Apache-2.0 */
/* What the readers of stores share. */
#ifndef BOOT_STORE_H
#define BOOT_STORE_H

#include "rotor/boot_store.h"

/* All items of one type, as views. @return ROTOR_OK (with none too), ROTOR_ERR_SPACE (more than @p cap) */
enum rotor_status store_take(struct rotor_bytes items, enum rotor_store_item item,
			     struct rotor_bytes *out, size_t cap, size_t *count);

#endif
