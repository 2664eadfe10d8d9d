/* SPDX-License-Identifier: Apache-2.0 */
/* The update slot, shared by the files that implement it. */
#ifndef BOOT_UPDATE_H
#define BOOT_UPDATE_H

#include "rotor/boot_update.h"

/* The region of the target slot. */
const struct rotor_flash_region *update_region(const struct rotor_boot_update *u);
/* Makes u->next of the record, with a target slot that has nothing but a state; it is returned for more. */
struct rotor_boot_slot *update_change(struct rotor_boot_update *u, enum rotor_boot_state state);
/* Begins the verification of what stands in @p region, by the rules of the boot stage. @param size that may be read */
enum rotor_status update_begin_verification(struct rotor_boot_update *u,
					    const struct rotor_flash_region *region, uint32_t size,
					    enum rotor_image_kind kind, uint32_t floor);
/* Programs the page that is buffered, erasing its sector before if that has not been done. */
enum rotor_status update_flush(struct rotor_boot_update *u);
/* What one program operation takes. */
size_t update_page_size(const struct rotor_boot_update *u);
/* Lets a read that is given up finish. ROTOR_OK: there is none. */
enum rotor_status update_settle_read(struct rotor_boot_update *u);
/* Lets the flash finish what it does for an update that is given up. ROTOR_OK: it is idle. */
enum rotor_status update_settle(struct rotor_boot_update *u);
/* Whether a step is half-way, so that no other may begin. */
bool update_in_step(const struct rotor_boot_update *u);
/* Ends a scrub at any point. ROTOR_OK: there is none any more. @return ROTOR_OK, ROTOR_PENDING */
enum rotor_status update_stop_scrub(struct rotor_boot_update *u);
/* Writes u->next, which says something of what runs; u->confirming until that is done. */
enum rotor_status update_store_running(struct rotor_boot_update *u);
/* Writes u->next; the state becomes @p done, or IDLE if that failed. */
enum rotor_status update_store(struct rotor_boot_update *u, enum rotor_boot_update_state done);

#endif
