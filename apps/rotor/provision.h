/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of `rotor provision` share: the command line, what is gathered from files, the chip, its flash. */
#ifndef ROTOR_CLI_PROVISION_H
#define ROTOR_CLI_PROVISION_H

#include "rotor/boot_chip.h"
#include "rotor/boot_image.h"
#include "rotor/boot_store.h"
#include "rotor/host_pki.h"
#include "rotor_cli.h"

struct provision_arguments {
	struct rotor_cli *cli;
	struct cli_product product;
	const char *flash, *fuses, *image, *recovery, *pki, *prot, *slot_size;
	const char *downstream, *downstream_image;   /* both or none */
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
	uint8_t *image, *recovery, *downstream;
	size_t image_len, recovery_len, downstream_len;
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

/* Flash of a chip behind the device: as large as rotor-prot makes one. */
#define PROVISION_DOWNSTREAM_SIZE (1u << 20)
#define PROVISION_DOWNSTREAM_BANK (PROVISION_DOWNSTREAM_SIZE / ROTOR_BOOT_CHIP_BANKS)
/* Makes that, with the chip's image in the first bank; what cannot be finished is removed. */
enum rotor_status provision_downstream(const struct factory *f);

#endif
