/* SPDX-License-Identifier: Apache-2.0 */
/* Which blocks of the image that comes the flash holds already, as a block map tells: these are not asked for. */
#ifndef ROTOR_DEVICE_KNOWN_BLOCKS_H
#define ROTOR_DEVICE_KNOWN_BLOCKS_H

#include "rotor/device.h"

#if ROTOR_PLDM_FD_LESS

/* The descriptor that says that maps are taken from any agent. */
void device_blocks_offer(struct rotor_device *d);
/* An update begins: nothing is known yet. */
void device_blocks_forget(struct rotor_device *d);
/* Package data, for struct rotor_pldm_fd_ops: compares each block of the map with the two slots. */
enum rotor_status device_blocks_map(void *ctx, uint32_t offset, const uint8_t *data, size_t len,
				    bool end);
/* The transfer of an image begins; whether the map is of it is decided here. */
void device_blocks_begin(struct rotor_device *d, enum rotor_image_kind kind, uint32_t size);
/* The ops has and take. */
bool device_blocks_has(void *ctx, uint32_t offset, uint32_t *len);
enum rotor_status device_blocks_take(void *ctx, uint32_t offset, uint32_t len);
/* Whether what stands at @p offset of the target slot is to stay: it is not erased. */
bool device_blocks_stay(const struct rotor_device *d, uint32_t offset);
/* Whether what was put together has verified. */
void device_blocks_verified(struct rotor_device *d, bool good);

#endif

#endif
