/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a package. The first byte says whether the header checksum is repaired, to get past it. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rotor/pldm_package_signature.h"

struct file {
	const uint8_t *data;
	size_t len;
};

static enum rotor_status file_read(void *ctx, uint64_t offset, void *buf, size_t len)
{
	const struct file *f = ctx;

	if (offset > f->len || len > f->len - offset)
		abort();
	memcpy(buf, f->data + offset, len);
	return ROTOR_OK;
}

/* Puts the right checksum where the header size says that it is. */
static void seal(uint8_t *data, size_t len)
{
	size_t size, covered;
	uint32_t crc;

	if (len < 19)
		return;
	size = data[17] | (size_t)data[18] << 8;
	if (size > len || size < 19 + 8)
		return;
	covered = size - (data[16] == 4 ? 8 : 4);
	crc = rotor_crc32(0, data, covered);
	data[covered] = (uint8_t)crc;
	data[covered + 1] = (uint8_t)(crc >> 8);
	data[covered + 2] = (uint8_t)(crc >> 16);
	data[covered + 3] = (uint8_t)(crc >> 24);
}

static void walk(const struct rotor_package *package)
{
	static const uint8_t iana[] = {0x47, 0x16, 0, 0};
	const struct rotor_pldm_descriptor device = {ROTOR_PLDM_DESCRIPTOR_IANA,
						     {iana, sizeof(iana)}};
	struct rotor_package_payload_check check;
	struct rotor_package_component component;
	struct rotor_package_record record;
	uint8_t piece[64];
	uint16_t i;

	for (i = 0; i < package->device_count; i++)
		if (rotor_package_device(package, i, &record) != ROTOR_OK)
			abort();
	for (i = 0; i < package->downstream_count; i++)
		if (rotor_package_downstream(package, i, &record) != ROTOR_OK)
			abort();
	for (i = 0; i < package->component_count && i < 64; i++) {
		if (rotor_package_component(package, i, &component) != ROTOR_OK ||
		    rotor_package_read(package, &component, component.size - 1, piece, 1) !=
			ROTOR_OK)
			abort();
		(void)rotor_package_applies(&record, i);
	}
	if (rotor_package_signature_find(package, &component) == ROTOR_OK &&
	    component.size != ROTOR_PACKAGE_SIGNATURE_SIZE)
		abort();
	(void)rotor_package_find(package, &device, 1, &i, &record);
	rotor_package_payload_check_init(&check, package);
	while (rotor_package_payload_check_step(&check, piece, sizeof(piece)) == ROTOR_PENDING)
		;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t header[ROTOR_PACKAGE_HEADER_MAX];
	struct rotor_package_fault fault;
	struct rotor_package_source source = {file_read, NULL, 0};
	struct rotor_package package;
	struct file file;
	uint8_t *copy;

	if (size == 0)
		return 0;
	copy = malloc(size);
	if (!copy)
		return 0;
	memcpy(copy, data + 1, size - 1);
	if (data[0] & 1)
		seal(copy, size - 1);
	file.data = copy;
	file.len = size - 1;
	source.ctx = &file;
	source.size = file.len;
	if (rotor_package_open(&package, &source, header, sizeof(header), &fault) == ROTOR_OK)
		walk(&package);
	else if (fault.refusal == ROTOR_PACKAGE_ACCEPTED || fault.offset > file.len)
		abort();
	free(copy);
	return 0;
}
