/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * A flash chip kept in a file, and fuses kept in a file: what the emulated
 * device's chip holds. Flash obeys the physics of NOR flash: erasing sets a
 * sector's bytes to 0xFF, programming can only clear bits. Fuses go one way,
 * from 0 to 1.
 *
 * No allocation; on a descriptor that another process opened these functions
 * need only lseek, pread, pwrite and fdatasync.
 */
#ifndef ROTOR_HOST_FLASH_H
#define ROTOR_HOST_FLASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rotor/boot.h"
#include "rotor/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Geometry of an emulated chip unless it is told another: unit of erasing, and the largest unit of programming. */
#define ROTOR_FLASH_SECTOR 4096u
#define ROTOR_FLASH_PAGE   256u

struct rotor_flash_file {
	int fd;
	uint32_t size;   /**< bytes, a whole number of sectors */
	uint32_t sector; /**< bytes erased at once */
	uint32_t
	    page; /**< programming never crosses a multiple of this in one piece; longer writes are split */
	bool
	    durable; /**< make every erase and program durable before returning (survives the machine, not only the process) */
	uint64_t erases, programs; /**< sectors erased, pages programmed, since opened */
};

/** Creates a file of @p size erased bytes, owner's alone. ROTOR_ERR_BUSY if it exists already. */
enum rotor_status rotor_flash_file_create(const char *path, uint32_t size);
/** Opens a flash file; its size is the chip's. ROTOR_ERR_LENGTH if that is not a whole number of sectors. */
enum rotor_status rotor_flash_file_open(struct rotor_flash_file *f, const char *path, bool durable);
/** The same on a descriptor handed over by another process; not owned, but closed by rotor_flash_file_close(). */
enum rotor_status rotor_flash_file_attach(struct rotor_flash_file *f, int fd, bool durable);
/**
 * Makes it a chip of another geometry.
 * @param sector a multiple of ROTOR_FLASH_SECTOR, of which the chip's size is a multiple
 * @param page   divides ROTOR_FLASH_PAGE
 * @return ROTOR_OK; ROTOR_ERR_ARGUMENT: not those, and nothing is changed
 */
enum rotor_status rotor_flash_file_geometry(struct rotor_flash_file *f, uint32_t sector,
					    uint32_t page);
/** Closes the descriptor. */
void rotor_flash_file_close(struct rotor_flash_file *f);

/** Reads @p len bytes at @p offset. ROTOR_ERR_ARGUMENT outside the chip, ROTOR_ERR_IO. */
enum rotor_status rotor_flash_file_read(const struct rotor_flash_file *f, uint32_t offset,
					void *buf, size_t len);
/** Erases whole sectors: @p offset and @p len must be multiples of the sector size, else ROTOR_ERR_ARGUMENT. */
enum rotor_status rotor_flash_file_erase(struct rotor_flash_file *f, uint32_t offset, size_t len);
/**
 * Programs @p len bytes, page by page in ascending order.
 * A bit that would have to go from 0 to 1 is ROTOR_ERR_STATE, and that page and those after it are left unchanged:
 * the caller forgot to erase.
 */
enum rotor_status rotor_flash_file_program(struct rotor_flash_file *f, uint32_t offset,
					   const void *data, size_t len);

/** The flash port of the boot module on @p f, which must outlive it. Program unit: one page. */
void rotor_flash_file_port(struct rotor_flash_file *f, struct rotor_flash *port);

/* ---- fuses ---- */

struct rotor_fuse_file {
	int fd;
	uint32_t size;
};

/** Creates a file of @p size unblown (zero) fuse bytes, owner's alone. ROTOR_ERR_BUSY if it exists already. */
enum rotor_status rotor_fuses_create(const char *path, uint32_t size);
/** Opens it, close-on-exec, and locks it: ROTOR_ERR_BUSY if another process has it open. */
enum rotor_status rotor_fuses_open(struct rotor_fuse_file *f, const char *path);
/** Closes it and lets the lock go. */
void rotor_fuses_close(struct rotor_fuse_file *f);
/** Reads @p len bytes of fuses. @return ROTOR_OK, ROTOR_ERR_ARGUMENT (outside), ROTOR_ERR_IO */
enum rotor_status rotor_fuses_read(const struct rotor_fuse_file *f, uint32_t offset, void *buf,
				   size_t len);
/**
 * Blows fuses: every bit set in @p data is set for ever; durable when it returns.
 * A bit that is clear in @p data but already blown is ROTOR_ERR_STATE, and nothing changes.
 */
enum rotor_status rotor_fuses_blow(struct rotor_fuse_file *f, uint32_t offset, const void *data,
				   size_t len);

#ifdef __cplusplus
}
#endif

#endif
