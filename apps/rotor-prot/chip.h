/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The emulated chip's hardware: flash and fuses kept in files, execution memory
 * kept in a sealed memory file. What stands here is what a board's drivers would be.
 *
 * The fuse file, all bits zero until blown:
 *   0    device secret, 48 bytes
 *   64   security floor, unary: as many bits as the floor says, 256 at the most
 *   128  hashes of the image keys, 4 of 48 bytes each; all zeros is an empty place
 *   320  revoked: bit n of the byte revokes key n
 */
#ifndef ROTOR_PROT_CHIP_H
#define ROTOR_PROT_CHIP_H

#include <stdbool.h>
#include <stdint.h>

#include "rotor/boot.h"
#include "rotor/boot_image.h"
#include "rotor/host_flash.h"

/* Of the flash of a chip behind it that is made new. */
#define CHIP_BEHIND_SIZE (1u << 20)

#define CHIP_FUSE_SIZE      512
#define CHIP_FUSE_SECRET    0
#define CHIP_FUSE_FLOOR     64
#define CHIP_FUSE_FLOOR_MAX 256
#define CHIP_FUSE_KEYS      128
#define CHIP_FUSE_KEY_COUNT 4
#define CHIP_FUSE_REVOKED   320

_Static_assert(CHIP_FUSE_FLOOR_MAX >= ROTOR_BOOT_FLOOR_MAX, "every accepted floor can be blown");

/* Execution memory: the body of the image in a memory file that can be run, the rest beside it. */
struct chip_ram {
	struct rotor_ram_image image;
	uint8_t *copy;       /* the whole image while it is written; freed by seal */
	uint8_t *edges;      /* header and TLVs, as sealed */
	int executable;      /* sealed memory file with the body, or -1 */
	const uint8_t *body; /* the sealed file, mapped for reading */
	size_t body_len;
};

struct chip {
	struct rotor_flash_file flash_file;
	struct rotor_fuse_file fuse_file;
	bool fuses_locked; /* until the next reset */
	struct chip_ram ram_state;

	/* The chip behind it, which the runtime alone has to do with. */
	struct rotor_flash_file behind_file;
	struct rotor_flash behind;
	bool has_behind;

	struct rotor_flash_layout layout;
	/* the ports that the boot stage is given */
	struct rotor_flash flash;
	struct rotor_fuses fuses;
	struct rotor_ram ram;
};

/* Opens both files and reads the layout descriptor. @return why not, in `what` for people */
enum rotor_status chip_open(struct chip *chip, const char *flash_path, const char *fuse_path,
			    const char **what);
/* Puts a chip behind it, whose flash is in that file; made, erased, if there is none. @return why not, in `what` */
enum rotor_status chip_put_behind(struct chip *chip, const char *path, const char **what);
/* Gives everything back. */
void chip_close(struct chip *chip);
/* A reset: fuses can be read again, execution memory is empty. */
void chip_reset(struct chip *chip);

/*
 * A chip that has never been used, at the factory: makes the two files (which must not exist), draws the device secret,
 * and blows the hashes of the image keys.
 */
enum rotor_status chip_manufacture(const char *flash_path, const char *fuse_path,
				   const struct rotor_flash_layout *layout,
				   const struct rotor_crypto *crypto,
				   const struct rotor_image_key_hash *keys, size_t key_count,
				   const char **what);

#endif
