/* SPDX-License-Identifier: Apache-2.0 */
/* What can be asked of a package that was opened. */
#include <string.h>

#include "pldm/package_parse.h"

static enum rotor_status nth_record(const struct rotor_package *package, struct rotor_bytes area,
				    bool downstream, uint16_t count, uint16_t index,
				    struct rotor_package_record *out)
{
	struct package_parse p = package_parse(package, area);
	uint16_t i;

	if (index >= count)
		return ROTOR_ERR_NOT_FOUND;
	for (i = 0; i <= index; i++)
		package_parse_record(&p, downstream, out);
	return package_parse_failed(&p) ? ROTOR_ERR_NOT_FOUND : ROTOR_OK;
}

enum rotor_status rotor_package_device(const struct rotor_package *package, uint16_t index,
				       struct rotor_package_record *out)
{
	return nth_record(package, package->devices, false, package->device_count, index, out);
}

enum rotor_status rotor_package_downstream(const struct rotor_package *package, uint16_t index,
					   struct rotor_package_record *out)
{
	return nth_record(package, package->downstreams, true, package->downstream_count, index,
			  out);
}

enum rotor_status rotor_package_component(const struct rotor_package *package, uint16_t index,
					  struct rotor_package_component *out)
{
	struct package_parse p = package_parse(package, package->components);
	uint16_t i;

	if (index >= package->component_count)
		return ROTOR_ERR_NOT_FOUND;
	for (i = 0; i <= index; i++)
		package_parse_component(&p, out);
	return package_parse_failed(&p) ? ROTOR_ERR_NOT_FOUND : ROTOR_OK;
}

bool rotor_package_applies(const struct rotor_package_record *record, uint16_t index)
{
	if (index / 8u >= record->applicable.len)
		return false;
	return record->applicable.data[index / 8u] >> (index % 8u) & 1;
}

bool rotor_package_record_matches(const struct rotor_package_record *record,
				  const struct rotor_pldm_descriptor *device, size_t device_count)
{
	struct rotor_reader r = rotor_reader(record->descriptors.data, record->descriptors.len);
	struct rotor_pldm_descriptor d;
	unsigned i;

	for (i = 0; i < record->descriptor_count; i++)
		if (rotor_pldm_descriptor_read(&r, &d) != ROTOR_OK ||
		    !rotor_pldm_descriptors_match(&d, 1, device, device_count))
			return false;
	return record->descriptor_count > 0;
}

static enum rotor_status find(const struct rotor_package *package, bool downstream,
			      const struct rotor_pldm_descriptor *device, size_t device_count,
			      uint16_t *index, struct rotor_package_record *out)
{
	struct package_parse p =
	    package_parse(package, downstream ? package->downstreams : package->devices);
	uint16_t count = downstream ? package->downstream_count : package->device_count;
	uint16_t i;

	for (i = 0; i < count; i++) {
		package_parse_record(&p, downstream, out);
		if (!package_parse_failed(&p) &&
		    rotor_package_record_matches(out, device, device_count)) {
			*index = i;
			return ROTOR_OK;
		}
	}
	return ROTOR_ERR_NOT_FOUND;
}

enum rotor_status rotor_package_find(const struct rotor_package *package,
				     const struct rotor_pldm_descriptor *device,
				     size_t device_count, uint16_t *index,
				     struct rotor_package_record *out)
{
	return find(package, false, device, device_count, index, out);
}

enum rotor_status rotor_package_find_downstream(const struct rotor_package *package,
						const struct rotor_pldm_descriptor *device,
						size_t device_count, uint16_t *index,
						struct rotor_package_record *out)
{
	return find(package, true, device, device_count, index, out);
}

enum rotor_status rotor_package_read(const struct rotor_package *package,
				     const struct rotor_package_component *component,
				     uint32_t offset, void *buf, size_t len)
{
	if (offset > component->size || len > component->size - offset)
		return ROTOR_ERR_ARGUMENT;
	if (len == 0)
		return ROTOR_OK;
	return package->source.read(package->source.ctx, (uint64_t)component->offset + offset, buf,
				    len);
}

void rotor_package_payload_check_init(struct rotor_package_payload_check *check,
				      const struct rotor_package *package)
{
	check->package = package;
	check->offset = package->header.len;
	check->crc = 0;
}

enum rotor_status rotor_package_payload_check_step(struct rotor_package_payload_check *check,
						   void *buf, size_t len)
{
	const struct rotor_package *package = check->package;
	uint64_t left = package->source.size - check->offset;

	if (package->revision < PACKAGE_HAS_MANIFEST)
		return ROTOR_OK;
	if (left == 0)
		return check->crc == package->payload_checksum ? ROTOR_OK : ROTOR_ERR_VERIFY;
	if (len == 0)
		return ROTOR_ERR_ARGUMENT;
	if (len > left)
		len = (size_t)left;
	if (package->source.read(package->source.ctx, check->offset, buf, len) != ROTOR_OK)
		return ROTOR_ERR_IO;
	check->crc = rotor_crc32(check->crc, buf, len);
	check->offset += len;
	return ROTOR_PENDING;
}
