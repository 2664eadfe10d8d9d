/* SPDX-License-Identifier: Apache-2.0 */
/* What the factory writes into the flash of a new device. */
#include <string.h>
#include <unistd.h>

#include "provision.h"
#include "rotor/boot_record.h"
#include "rotor/host_flash.h"

#define FIRST_TRIES 1

static enum rotor_status write_region(struct rotor_flash_file *flash,
				      const struct rotor_flash_region *region, const void *data,
				      size_t len)
{
	if (len > region->size) {
		return ROTOR_ERR_SPACE;
	}
	return rotor_flash_file_program(flash, region->offset, data, len);
}

static enum rotor_status write_stores(const struct factory *f, struct rotor_flash_file *flash,
				      const struct rotor_flash_layout *layout,
				      struct rotor_boot_config *config)
{
	static uint8_t store[ROTOR_BOOT_STORE_MAX];
	size_t len = 0;
	const struct rotor_image_info *info = &f->info;
	memcpy(config->vendor_id, info->vendor_id, sizeof(config->vendor_id));
	memcpy(config->class_id, info->class_id, sizeof(config->class_id));
	const struct cli_product *product = &f->a->product;
	config->vendor_name = (struct rotor_bytes){(const uint8_t *)product->vendor_name,
						   strlen(product->vendor_name)};
	config->model_name =
	    (struct rotor_bytes){(const uint8_t *)product->model_name, strlen(product->model_name)};
	config->policy = product->policy;
	config->confirm_seconds = product->confirm_seconds;
	config->anchor[0] = (struct rotor_bytes){f->anchor, f->anchor_len};
	config->anchor_count = 1;
	enum rotor_status status = rotor_boot_config_encode(config, store, sizeof(store), &len);
	if (status == ROTOR_OK) {
		status = write_region(flash, &layout->region[ROTOR_REGION_CONFIG], store, len);
	}
	if (status == ROTOR_OK) {
		status = rotor_boot_certificates_encode(f->certs, f->cert_count, store,
							sizeof(store), &len);
	}
	if (status == ROTOR_OK) {
		status =
		    write_region(flash, &layout->region[ROTOR_REGION_CERTIFICATES], store, len);
	}
	return status;
}

static enum rotor_status write_record(struct rotor_flash_file *flash,
				      const struct rotor_flash_layout *layout)
{
	static struct rotor_boot_recorder recorder;
	struct rotor_boot_record first;
	struct rotor_flash port;
	rotor_flash_file_port(flash, &port);
	rotor_boot_recorder_init(&recorder, &port, layout);
	enum rotor_status status = rotor_boot_recorder_load(&recorder);
	if (status != ROTOR_ERR_NOT_FOUND) {
		return status == ROTOR_OK ? ROTOR_ERR_STATE : status;
	}
	rotor_boot_record_first(&first, FIRST_TRIES);
	do {
		status = rotor_boot_recorder_store(&recorder, &first);
	} while (status == ROTOR_PENDING);
	return status;
}

enum rotor_status provision_flash(const struct factory *f, struct rotor_boot_config *config)
{
	uint8_t descriptor[ROTOR_FLASH_LAYOUT_SIZE];
	struct rotor_flash_layout layout;
	struct rotor_flash_file flash;
	enum rotor_status status = rotor_flash_file_open(&flash, f->a->flash, true);
	if (status != ROTOR_OK) {
		return status;
	}
	status = rotor_flash_file_read(&flash, 0, descriptor, sizeof(descriptor));
	if (status == ROTOR_OK) {
		status = rotor_flash_layout_decode(descriptor, sizeof(descriptor), &layout);
	}
	if (status == ROTOR_OK) {
		status =
		    rotor_flash_file_geometry(&flash, layout.geometry.sector, layout.geometry.unit);
	}
	if (status == ROTOR_OK) {
		status = write_region(&flash, &layout.region[ROTOR_REGION_SLOT_A], f->image,
				      f->image_len);
	}
	if (status == ROTOR_OK && f->recovery) {
		status = write_region(&flash, &layout.region[ROTOR_REGION_RECOVERY], f->recovery,
				      f->recovery_len);
	}
	if (status == ROTOR_OK) {
		status = write_stores(f, &flash, &layout, config);
	}
	if (status == ROTOR_OK) {
		status = write_record(&flash, &layout);
	}
	rotor_flash_file_close(&flash);
	return status;
}

enum rotor_status provision_downstream(const struct factory *f)
{
	struct rotor_flash_file flash;
	enum rotor_status status =
	    rotor_flash_file_create(f->a->downstream, PROVISION_DOWNSTREAM_SIZE);
	if (status != ROTOR_OK) {
		return status;
	}
	status = rotor_flash_file_open(&flash, f->a->downstream, true);
	if (status == ROTOR_OK) {
		status = rotor_flash_file_program(&flash, 0, f->downstream, f->downstream_len);
		rotor_flash_file_close(&flash);
	}
	if (status != ROTOR_OK) {
		(void)unlink(f->a->downstream);
	}
	return status;
}
