/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of `rotor provision` share: the command line, what is gathered from files, the chip, its flash. */
#ifndef ROTOR_CLI_PROVISION_H
#define ROTOR_CLI_PROVISION_H

#include "rotor/boot_image.h"
#include "rotor/boot_store.h"
#include "rotor/host_pki.h"
#include "rotor_cli.h"

struct provision_arguments {
	struct rotor_cli *cli;
	struct cli_product product;
	const char *flash, *fuses, *image, *recovery, *pki, *prot, *slot_size;
	const char *sector_size, *program_unit;      /* NULL: rotor-prot's own; it judges them */
	const char *image_keys[ROTOR_BOOT_KEYS_MAX]; /* besides the PKI's */
	size_t image_key_count;
	uint64_t slot_bytes;
	uint8_t uuid[16];
	bool has_uuid;
};

/* Everything that is gathered before the flash is written. */
struct factory {
	struct rotor_cli *cli;
	const struct provision_arguments *a;
	uint8_t *image, *recovery;
	size_t image_len, recovery_len;
	struct rotor_image_info info;
	struct rotor_image_key_hash key_hash[ROTOR_BOOT_KEYS_MAX];
	size_t key_count;
	uint8_t chain[2 * ROTOR_PKI_CHAIN_MAX];
	struct rotor_bytes certs[4];
	size_t cert_count;
	uint8_t anchor[ROTOR_PKI_CHAIN_MAX];
	size_t anchor_len;
};

/* Has the chip made by rotor-prot; its certificate request is in the file `csr`. On failure says so, and answers false. */
bool provision_chip(struct factory *f, const char *csr);
/* Fills the flash of a chip that was just made: images, stores, boot record. */
enum rotor_status provision_flash(const struct factory *f, struct rotor_boot_config *config);

#endif
