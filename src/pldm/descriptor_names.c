/* SPDX-License-Identifier: Apache-2.0 */
/* Names of string and descriptor types; apart, so that a device need not carry them. */
#include "rotor/pldm_descriptor.h"

const char *rotor_pldm_string_type_name(uint8_t type)
{
	static const char *const names[] = {
	    "unknown", "ASCII", "UTF-8", "UTF-16", "UTF-16LE", "UTF-16BE",
	};

	return type < ROTOR_COUNT_OF(names) ? names[type] : "unknown";
}

const char *rotor_pldm_descriptor_name(uint16_t type)
{
	static const struct {
		uint16_t type;
		const char *name;
	} names[] = {
	    {ROTOR_PLDM_DESCRIPTOR_PCI_VENDOR, "PCI vendor ID"},
	    {ROTOR_PLDM_DESCRIPTOR_IANA, "IANA enterprise ID"},
	    {ROTOR_PLDM_DESCRIPTOR_UUID, "UUID"},
	    {ROTOR_PLDM_DESCRIPTOR_PNP_VENDOR, "PnP vendor ID"},
	    {ROTOR_PLDM_DESCRIPTOR_ACPI_VENDOR, "ACPI vendor ID"},
	    {ROTOR_PLDM_DESCRIPTOR_IEEE_COMPANY, "IEEE assigned company ID"},
	    {ROTOR_PLDM_DESCRIPTOR_SCSI_VENDOR, "SCSI vendor ID"},
	    {ROTOR_PLDM_DESCRIPTOR_PCI_DEVICE, "PCI device ID"},
	    {ROTOR_PLDM_DESCRIPTOR_PCI_SUBSYSTEM_VENDOR, "PCI subsystem vendor ID"},
	    {ROTOR_PLDM_DESCRIPTOR_PCI_SUBSYSTEM, "PCI subsystem ID"},
	    {ROTOR_PLDM_DESCRIPTOR_PCI_REVISION, "PCI revision ID"},
	    {ROTOR_PLDM_DESCRIPTOR_PNP_PRODUCT, "PnP product identifier"},
	    {ROTOR_PLDM_DESCRIPTOR_ACPI_PRODUCT, "ACPI product identifier"},
	    {ROTOR_PLDM_DESCRIPTOR_MODEL_LONG, "ASCII model number (long)"},
	    {ROTOR_PLDM_DESCRIPTOR_MODEL_SHORT, "ASCII model number (short)"},
	    {ROTOR_PLDM_DESCRIPTOR_SCSI_PRODUCT, "SCSI product ID"},
	    {ROTOR_PLDM_DESCRIPTOR_UBM_CONTROLLER, "UBM controller device code"},
	    {ROTOR_PLDM_DESCRIPTOR_EUI64, "IEEE EUI-64 ID"},
	    {ROTOR_PLDM_DESCRIPTOR_PCI_REVISION_RANGE, "PCI revision ID range"},
	    {ROTOR_PLDM_DESCRIPTOR_VENDOR, "vendor defined"},
	};

	for (size_t i = 0; i < ROTOR_COUNT_OF(names); i++) {
		if (names[i].type == type)
			return names[i].name;
	}
	return "unknown";
}
