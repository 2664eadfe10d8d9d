/* SPDX-License-Identifier: Apache-2.0 */
/* Fields and refusals of a package in words. */
#include "rotor/pldm_package.h"

static const char *const fields[ROTOR_PACKAGE_FIELD_COUNT] = {
    [ROTOR_PACKAGE_FIELD_NONE] = "package",
    [ROTOR_PACKAGE_FIELD_IDENTIFIER] = "PackageHeaderIdentifier",
    [ROTOR_PACKAGE_FIELD_REVISION] = "PackageHeaderFormatRevision",
    [ROTOR_PACKAGE_FIELD_HEADER_SIZE] = "PackageHeaderSize",
    [ROTOR_PACKAGE_FIELD_RELEASE_TIME] = "PackageReleaseDateTime",
    [ROTOR_PACKAGE_FIELD_BITMAP_LENGTH] = "ComponentBitmapBitLength",
    [ROTOR_PACKAGE_FIELD_VERSION] = "PackageVersionString",
    [ROTOR_PACKAGE_FIELD_DEVICE_COUNT] = "DeviceIDRecordCount",
    [ROTOR_PACKAGE_FIELD_DOWNSTREAM_COUNT] = "DownstreamDeviceIDRecordCount",
    [ROTOR_PACKAGE_FIELD_RECORD_LENGTH] = "RecordLength",
    [ROTOR_PACKAGE_FIELD_DESCRIPTOR_COUNT] = "DescriptorCount",
    [ROTOR_PACKAGE_FIELD_OPTION_FLAGS] = "UpdateOptionFlags",
    [ROTOR_PACKAGE_FIELD_SET_VERSION] = "ComponentImageSetVersionString",
    [ROTOR_PACKAGE_FIELD_APPLICABLE] = "ApplicableComponents",
    [ROTOR_PACKAGE_FIELD_MIN_STAMP] = "SelfContainedActivationMinVersionComparisonStamp",
    [ROTOR_PACKAGE_FIELD_DESCRIPTOR] = "RecordDescriptors",
    [ROTOR_PACKAGE_FIELD_PACKAGE_DATA] = "PackageData",
    [ROTOR_PACKAGE_FIELD_MANIFEST] = "ReferenceManifestData",
    [ROTOR_PACKAGE_FIELD_COMPONENT_COUNT] = "ComponentImageCount",
    [ROTOR_PACKAGE_FIELD_COMPONENT] = "ComponentImageInformation",
    [ROTOR_PACKAGE_FIELD_COMPONENT_OFFSET] = "ComponentLocationOffset",
    [ROTOR_PACKAGE_FIELD_COMPONENT_SIZE] = "ComponentSize",
    [ROTOR_PACKAGE_FIELD_COMPONENT_VERSION] = "ComponentVersionString",
    [ROTOR_PACKAGE_FIELD_OPAQUE] = "ComponentOpaqueData",
    [ROTOR_PACKAGE_FIELD_HEADER_CHECKSUM] = "PackageHeaderChecksum",
    [ROTOR_PACKAGE_FIELD_PAYLOAD_CHECKSUM] = "PLDMFWPackagePayloadChecksum",
    [ROTOR_PACKAGE_FIELD_PAYLOAD] = "package payload",
};

struct refusal_text {
	enum rotor_status status;
	const char *text;
};

static const struct refusal_text refusals[ROTOR_PACKAGE_REFUSAL_COUNT] = {
    [ROTOR_PACKAGE_ACCEPTED] = {ROTOR_OK, "accepted"},
    [ROTOR_PACKAGE_READ_FAILED] = {ROTOR_ERR_IO, "could not be read"},
    [ROTOR_PACKAGE_NO_ROOM] = {ROTOR_ERR_SPACE, "larger than this program has room for"},
    [ROTOR_PACKAGE_CUT_OFF] = {ROTOR_ERR_LENGTH, "past the end of the file: package cut off"},
    [ROTOR_PACKAGE_NOT_A_PACKAGE] = {ROTOR_ERR_FORMAT, "not a firmware update package"},
    [ROTOR_PACKAGE_UNKNOWN_VALUE] = {ROTOR_ERR_UNSUPPORTED,
				     "unknown, or not the one that the identifier stands for"},
    [ROTOR_PACKAGE_BAD_VALUE] = {ROTOR_ERR_FORMAT, "has a value that is not allowed"},
    [ROTOR_PACKAGE_OVERRUN] = {ROTOR_ERR_LENGTH, "runs past the end of what holds it"},
    [ROTOR_PACKAGE_LEFTOVER] = {ROTOR_ERR_LENGTH, "larger than its content"},
    [ROTOR_PACKAGE_CHECKSUM_WRONG] = {ROTOR_ERR_VERIFY, "does not match: package damaged"},
    [ROTOR_PACKAGE_IN_HEADER] = {ROTOR_ERR_FORMAT, "lies inside the package header"},
    [ROTOR_PACKAGE_OVERLAP] = {ROTOR_ERR_FORMAT, "lies inside another component image"},
    [ROTOR_PACKAGE_EMPTY] = {ROTOR_ERR_FORMAT, "zero, which is not allowed"},
    [ROTOR_PACKAGE_DUPLICATE] = {ROTOR_ERR_FORMAT, "the same as in an earlier record"},
};

const char *rotor_package_field_name(enum rotor_package_field field)
{
	return (unsigned)field < ROTOR_PACKAGE_FIELD_COUNT ? fields[field] : "unknown field";
}

const char *rotor_package_refusal_string(enum rotor_package_refusal refusal)
{
	return (unsigned)refusal < ROTOR_PACKAGE_REFUSAL_COUNT ? refusals[refusal].text
							       : "unknown refusal";
}

enum rotor_status rotor_package_refusal_status(enum rotor_package_refusal refusal)
{
	return (unsigned)refusal < ROTOR_PACKAGE_REFUSAL_COUNT ? refusals[refusal].status
							       : ROTOR_ERR_FORMAT;
}
