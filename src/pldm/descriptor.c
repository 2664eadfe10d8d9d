/* SPDX-License-Identifier: Apache-2.0 */
/* Version strings and device descriptors, for messages and package files alike. */
#include "rotor/pldm_descriptor.h"

#include <string.h>

struct descriptor_kind {
	uint16_t type;
	uint8_t length; /* 0: varies */
	bool initial;
};

/* DSP0267 1.3.0, descriptor identifier table */
static const struct descriptor_kind kinds[] = {
    {ROTOR_PLDM_DESCRIPTOR_PCI_VENDOR, 2, true},
    {ROTOR_PLDM_DESCRIPTOR_IANA, 4, true},
    {ROTOR_PLDM_DESCRIPTOR_UUID, 16, true},
    {ROTOR_PLDM_DESCRIPTOR_PNP_VENDOR, 3, true},
    {ROTOR_PLDM_DESCRIPTOR_ACPI_VENDOR, 4, true},
    {ROTOR_PLDM_DESCRIPTOR_IEEE_COMPANY, 3, true},
    {ROTOR_PLDM_DESCRIPTOR_SCSI_VENDOR, 8, true},
    {ROTOR_PLDM_DESCRIPTOR_PCI_DEVICE, 2, false},
    {ROTOR_PLDM_DESCRIPTOR_PCI_SUBSYSTEM_VENDOR, 2, false},
    {ROTOR_PLDM_DESCRIPTOR_PCI_SUBSYSTEM, 2, false},
    {ROTOR_PLDM_DESCRIPTOR_PCI_REVISION, 1, false},
    {ROTOR_PLDM_DESCRIPTOR_PNP_PRODUCT, 4, false},
    {ROTOR_PLDM_DESCRIPTOR_ACPI_PRODUCT, 4, false},
    {ROTOR_PLDM_DESCRIPTOR_MODEL_LONG, 40, false},
    {ROTOR_PLDM_DESCRIPTOR_MODEL_SHORT, 10, false},
    {ROTOR_PLDM_DESCRIPTOR_SCSI_PRODUCT, 16, false},
    {ROTOR_PLDM_DESCRIPTOR_UBM_CONTROLLER, 4, false},
    {ROTOR_PLDM_DESCRIPTOR_EUI64, 8, false},
    {ROTOR_PLDM_DESCRIPTOR_PCI_REVISION_RANGE, 2, false},
    {ROTOR_PLDM_DESCRIPTOR_VENDOR, 0, false},
};

static const struct descriptor_kind *kind_of(uint16_t type)
{
	for (size_t i = 0; i < ROTOR_COUNT_OF(kinds); i++) {
		if (kinds[i].type == type)
			return &kinds[i];
	}
	return NULL;
}

bool rotor_pldm_string_valid(uint8_t type, size_t len)
{
	if (type > ROTOR_PLDM_STRING_UTF16BE || len > UINT8_MAX)
		return false;
	return type != ROTOR_PLDM_STRING_UNKNOWN || len == 0;
}

size_t rotor_pldm_descriptor_length(uint16_t type)
{
	const struct descriptor_kind *kind = kind_of(type);

	return kind != NULL ? kind->length : 0;
}

bool rotor_pldm_descriptor_is_initial(uint16_t type)
{
	const struct descriptor_kind *kind = kind_of(type);

	return kind != NULL && kind->initial;
}

enum rotor_status rotor_pldm_descriptor_check(const struct rotor_pldm_descriptor *d)
{
	const size_t length = rotor_pldm_descriptor_length(d->type);
	struct rotor_pldm_vendor_descriptor vendor;

	if (d->data.len == 0 || d->data.len > UINT16_MAX)
		return ROTOR_ERR_LENGTH;
	if (length != 0 && d->data.len != length)
		return ROTOR_ERR_LENGTH;
	if (d->type == ROTOR_PLDM_DESCRIPTOR_VENDOR)
		return rotor_pldm_vendor_descriptor_read(d, &vendor);
	return ROTOR_OK;
}

enum rotor_status rotor_pldm_descriptor_read(struct rotor_reader *r,
					     struct rotor_pldm_descriptor *out)
{
	out->type = rotor_read_u16le(r);
	out->data = rotor_read_view(r, rotor_read_u16le(r));
	if (rotor_reader_status(r) != ROTOR_OK)
		return ROTOR_ERR_LENGTH;
	return rotor_pldm_descriptor_check(out);
}

void rotor_pldm_descriptor_write(struct rotor_writer *w, const struct rotor_pldm_descriptor *d)
{
	if (d->data.len > UINT16_MAX) {
		w->failed = true;
		return;
	}
	rotor_write_u16le(w, d->type);
	rotor_write_u16le(w, (uint16_t)d->data.len);
	rotor_write_bytes(w, d->data.data, d->data.len);
}

enum rotor_status rotor_pldm_vendor_descriptor_read(const struct rotor_pldm_descriptor *d,
						    struct rotor_pldm_vendor_descriptor *out)
{
	struct rotor_reader r = rotor_reader(d->data.data, d->data.len);

	if (d->type != ROTOR_PLDM_DESCRIPTOR_VENDOR)
		return ROTOR_ERR_FORMAT;
	out->title.type = rotor_read_u8(&r);
	out->title.text = rotor_read_view(&r, rotor_read_u8(&r));
	out->data = rotor_read_rest(&r);
	if (rotor_reader_end(&r) != ROTOR_OK)
		return ROTOR_ERR_FORMAT;
	if (!rotor_pldm_string_valid(out->title.type, out->title.text.len))
		return ROTOR_ERR_FORMAT;
	return ROTOR_OK;
}

enum rotor_status rotor_pldm_descriptors_read(struct rotor_bytes area, size_t count,
					      struct rotor_pldm_descriptor *out, size_t cap)
{
	struct rotor_reader r = rotor_reader(area.data, area.len);
	enum rotor_status status;

	if (count > cap)
		return ROTOR_ERR_SPACE;
	if (count == 0)
		return ROTOR_ERR_FORMAT;
	for (size_t i = 0; i < count; i++) {
		status = rotor_pldm_descriptor_read(&r, &out[i]);
		if (status != ROTOR_OK)
			return status;
	}
	if (!rotor_pldm_descriptor_is_initial(out[0].type))
		return ROTOR_ERR_FORMAT;
	return rotor_reader_end(&r);
}

static bool same(const struct rotor_pldm_descriptor *a, const struct rotor_pldm_descriptor *b)
{
	return a->type == b->type && a->data.len == b->data.len &&
	       memcmp(a->data.data, b->data.data, a->data.len) == 0;
}

bool rotor_pldm_descriptors_match(const struct rotor_pldm_descriptor *record, size_t record_count,
				  const struct rotor_pldm_descriptor *device, size_t device_count)
{
	for (size_t i = 0; i < record_count; i++) {
		size_t at = 0;

		while (at < device_count && !same(&record[i], &device[at]))
			at++;
		if (at == device_count)
			return false;
	}
	return record_count > 0;
}
