/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of `rotor image` share. */
#ifndef IMAGE_CLI_H
#define IMAGE_CLI_H

#include "rotor/boot_image.h"
#include "rotor_cli.h"

#define IMAGE_KEYS_MAX  8
#define IMAGE_WORK_SIZE 65536

struct image_arguments {
	struct rotor_cli *cli;
	const char *files[2];
	size_t file_count, files_wanted;
	const char *keys[IMAGE_KEYS_MAX];
	size_t key_count;
	const char *vendor, *class;
	bool has_version;
	struct rotor_image_spec spec;
	uint32_t floor;
	/* signing */
	const char *boot_record; /* its sw_type, or NULL */
	const char *signer, *public_key;
	uint32_t signer_seconds; /* 0: as long as is usual */
};

/* Says all that is known of an image. source is where it was read from. */
void image_report(struct rotor_cli *cli, const char *file, const struct rotor_image_info *info,
		  const struct rotor_image_source *source, const char *heading, const char *event);
/* Says why an image is refused. Returns CLI_FAILED. */
int image_refuse(struct rotor_cli *cli, const char *file, const struct rotor_image_verifier *v);

/* rotor image sign, once its arguments are parsed. Returns an exit code. */
int image_sign(struct image_arguments *a);

#endif
