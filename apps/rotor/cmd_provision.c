/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rotor provision: the factory. The device makes its secret and asks for a certificate; this command certifies it and
 * writes what every device of the product gets: first image, identifiers, trust anchors.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "provision.h"
#include "rotor/host_file.h"
#include "rotor/host_flash.h"

#define IMAGE_MAX (64u << 20)
/* What rotor-prot takes; slots are whole sectors. */
#define SLOT_MIN     4096u
#define SLOT_MAX     (64u << 20)
#define SLOT_DEFAULT "4194304"
#define SECTOR_MAX   (1u << 20)

enum {
	OPTION_FLASH = 0x500,
	OPTION_FUSES,
	OPTION_IMAGE,
	OPTION_RECOVERY,
	OPTION_PKI,
	OPTION_PROT,
	OPTION_SLOT_SIZE,
	OPTION_SECTOR_SIZE,
	OPTION_PROGRAM_UNIT,
	OPTION_IMAGE_KEY,
	OPTION_UUID,
	OPTION_DOWNSTREAM,
	OPTION_DOWNSTREAM_IMAGE,
};

static const struct argp_option options[] = {
    {"flash", OPTION_FLASH, "FILE", 0, "flash file to make", 0},
    {"fuses", OPTION_FUSES, "FILE", 0, "fuse file to make", 0},
    {"image", OPTION_IMAGE, "FILE", 0, "signed firmware image for slot A; names the product", 0},
    {"recovery", OPTION_RECOVERY, "FILE", 0,
     "image of kind recovery, for when both slots are bad (default: none)", 0},
    {"pki", OPTION_PKI, "DIR", 0, "development PKI made by 'rotor keys new'", 0},
    {"prot", OPTION_PROT, "PATH", 0, "the program rotor-prot (default: beside this program)", 0},
    {"slot-size", OPTION_SLOT_SIZE, "BYTES", 0,
     "size of each firmware slot and of the recovery region (default " SLOT_DEFAULT ")", 0},
    {"sector-size", OPTION_SECTOR_SIZE, "BYTES", 0,
     "what the flash erases at once: a power of two, 4096 (default) to 1048576", 0},
    {"program-unit", OPTION_PROGRAM_UNIT, "BYTES", 0,
     "what the flash programs at once: a power of two, 1 to 256 (default)", 0},
    {"image-key", OPTION_IMAGE_KEY, "FILE", 0,
     "another image key (PEM) to trust, besides the PKI's; up to three", 0},
    {"uuid", OPTION_UUID, "UUID", 0, "the device's UUID (default: random)", 0},
    {"downstream", OPTION_DOWNSTREAM, "FILE", 0,
     "flash file to make of the chip behind the device; needs --downstream-image", 0},
    {"downstream-image", OPTION_DOWNSTREAM_IMAGE, "FILE", 0,
     "image of kind downstream, that the chip behind runs; needs --downstream", 0},
    {0}};

/* A wrong one ends the program: rotor-prot would only say so later. */
static void take_power_of_two(const struct argp_state *state, const char *option, const char *text,
			      uint64_t min, uint64_t max)
{
	uint64_t value = 0;
	if (!cli_number(text, max, &value) || value < min || (value & (value - 1)) != 0) {
		argp_error(state, "%s takes a power of two, %llu to %llu", option,
			   (unsigned long long)min, (unsigned long long)max);
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct provision_arguments *a = state->input;
	switch (key) {
	case ARGP_KEY_INIT:
		cli_init_product(state, &a->product);
		return 0;
	case OPTION_FLASH:
		a->flash = arg;
		return 0;
	case OPTION_FUSES:
		a->fuses = arg;
		return 0;
	case OPTION_IMAGE:
		a->image = arg;
		return 0;
	case OPTION_RECOVERY:
		a->recovery = arg;
		return 0;
	case OPTION_PKI:
		a->pki = arg;
		return 0;
	case OPTION_PROT:
		a->prot = arg;
		return 0;
	case OPTION_SLOT_SIZE:
		if (!cli_number(arg, SLOT_MAX, &a->slot_bytes) || a->slot_bytes < SLOT_MIN) {
			argp_error(state, "--slot-size takes %u to %u", SLOT_MIN, SLOT_MAX);
		}
		a->slot_size = arg;
		return 0;
	case OPTION_SECTOR_SIZE:
		take_power_of_two(state, "--sector-size", arg, ROTOR_FLASH_SECTOR, SECTOR_MAX);
		a->sector_size = arg;
		return 0;
	case OPTION_PROGRAM_UNIT:
		take_power_of_two(state, "--program-unit", arg, 1, ROTOR_FLASH_PAGE);
		a->program_unit = arg;
		return 0;
	case OPTION_IMAGE_KEY:
		if (a->image_key_count == ROTOR_BOOT_KEYS_MAX - 1) {
			argp_error(state, "more than %d image keys", ROTOR_BOOT_KEYS_MAX);
		}
		a->image_keys[a->image_key_count++] = arg;
		return 0;
	case OPTION_UUID:
		if (!cli_uuid(arg, NULL, a->uuid)) {
			argp_error(state, "'%s' is not a UUID", arg);
		}
		a->has_uuid = true;
		return 0;
	case OPTION_DOWNSTREAM:
		a->downstream = arg;
		return 0;
	case OPTION_DOWNSTREAM_IMAGE:
		a->downstream_image = arg;
		return 0;
	case ARGP_KEY_END:
		if (!a->flash || !a->fuses || !a->image || !a->pki) {
			argp_error(state, "--flash, --fuses, --image and --pki are needed");
		}
		if (!a->downstream != !a->downstream_image) {
			argp_error(state, "--downstream and --downstream-image go together");
		}
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .doc = "Make a new emulated device: the device draws its secret and asks for a certificate, "
	   "which the PKI's device CA "
	   "gives; then first image, identifiers and trust anchors are written. --flash, --fuses, "
	   "--image and "
	   "--pki are needed.\v"
	   "Exit codes: 0 done, 1 refused or failed, 2 usage.",
    .children = cli_product_children,
};

static bool pki_path(const struct factory *f, const char *name, char *path, size_t cap)
{
	return (size_t)snprintf(path, cap, "%s/%s", f->a->pki, name) < cap;
}

/* Reads an image and has it judged as the device will: a device that cannot start is not made. */
static bool read_image(struct factory *f, const char *path, enum rotor_image_kind kind,
		       uint8_t **data, size_t *len, struct rotor_image_info *info)
{
	static const char *const hints[] = {
	    [ROTOR_IMAGE_FIRMWARE] = "sign it with an image key of the device, and with vendor and "
				     "class identifiers",
	    [ROTOR_IMAGE_RECOVERY] = "sign it with an image key of the device, vendor and class "
				     "identifiers, and --kind recovery",
	    [ROTOR_IMAGE_DOWNSTREAM] = "sign it with an image key of the device, the chip's vendor "
				       "and class identifiers, and --kind downstream",
	};
	static uint8_t work[65536];
	struct rotor_image_verifier verifier;
	struct rotor_image_memory memory;
	struct rotor_image_policy policy = {
	    .key_hashes = f->key_hash,
	    .key_hash_count = f->key_count,
	    .kind = kind,
	    .security_ceiling = ROTOR_BOOT_FLOOR_MAX,
	    .flags = ROTOR_IMAGE_IDS_IGNORED,
	};
	enum rotor_status status = rotor_file_read(path, IMAGE_MAX, data, len);
	if (status != ROTOR_OK) {
		cli_fail_file(f->cli, path, status);
		return false;
	}
	struct rotor_image_source source = rotor_image_memory(&memory, *data, (uint32_t)*len);
	status = rotor_image_verifier_init(&verifier, f->cli->crypto, &source, &policy, work,
					   sizeof(work));
	if (status == ROTOR_OK) {
		status = rotor_image_verifier_run(&verifier);
	}
	*info = verifier.info;
	if (status == ROTOR_OK && info->has_vendor_id && info->has_class_id) {
		return true;
	}
	rotor_fail_with(&f->cli->events, "{image}: a device would refuse this image: {reason}",
			hints[kind], ROTOR_STRING("image", path),
			ROTOR_STRING("reason", status == ROTOR_OK
						   ? "it has no vendor and class identifiers"
						   : rotor_image_refusal_string(verifier.refusal)));
	return false;
}

static enum rotor_status add_key(struct factory *f, const char *path)
{
	struct rotor_public_key key;
	enum rotor_status status = rotor_pki_read_public(path, &key);
	if (status == ROTOR_OK) {
		status = rotor_image_key_hash(f->cli->crypto, &key, &f->key_hash[f->key_count++]);
	}
	return status;
}

static bool gather_keys(struct factory *f)
{
	char path[4096];
	const char *at = path;
	if (!pki_path(f, ROTOR_PKI_IMAGE_PUBLIC, path, sizeof(path))) {
		return false;
	}
	enum rotor_status status = add_key(f, path);
	for (size_t i = 0; status == ROTOR_OK && i < f->a->image_key_count; i++) {
		at = f->a->image_keys[i];
		status = add_key(f, at);
	}
	if (status != ROTOR_OK) {
		cli_fail_file(f->cli, at, status);
	}
	return status == ROTOR_OK;
}

/* The device takes its identifiers from the firmware, and holds the recovery image to them. */
static bool same_product(const struct factory *f, const struct rotor_image_info *recovery)
{
	if (memcmp(recovery->vendor_id, f->info.vendor_id, sizeof(recovery->vendor_id)) == 0 &&
	    memcmp(recovery->class_id, f->info.class_id, sizeof(recovery->class_id)) == 0) {
		return true;
	}
	rotor_fail_with(&f->cli->events, "{image}: the recovery image is for another product",
			"sign it with the firmware's vendor and class identifiers",
			ROTOR_STRING("image", f->a->recovery));
	return false;
}

static bool gather(struct factory *f)
{
	char path[4096];
	struct rotor_image_info recovery, behind;
	if (!gather_keys(f) || !pki_path(f, ROTOR_PKI_AGENT_ROOT_CERT, path, sizeof(path))) {
		return false;
	}
	enum rotor_status status =
	    rotor_pki_read_certs(path, f->anchor, sizeof(f->anchor), &f->anchor_len);
	if (status != ROTOR_OK) {
		cli_fail_file(f->cli, path, status);
		return false;
	}
	return read_image(f, f->a->image, ROTOR_IMAGE_FIRMWARE, &f->image, &f->image_len,
			  &f->info) &&
	       (!f->a->recovery || (read_image(f, f->a->recovery, ROTOR_IMAGE_RECOVERY,
					       &f->recovery, &f->recovery_len, &recovery) &&
				    same_product(f, &recovery))) &&
	       (!f->a->downstream || read_image(f, f->a->downstream_image, ROTOR_IMAGE_DOWNSTREAM,
						&f->downstream, &f->downstream_len, &behind));
}

static bool fits_bank(const struct factory *f)
{
	if (f->downstream_len <= PROVISION_DOWNSTREAM_BANK) {
		return true;
	}
	rotor_fail_with(&f->cli->events, "{image}: {size} bytes do not fit into a bank of {bank}",
			NULL, ROTOR_STRING("image", f->a->downstream_image),
			ROTOR_UINT("size", f->downstream_len),
			ROTOR_UINT("bank", PROVISION_DOWNSTREAM_BANK));
	return false;
}

static bool fits_slot(const struct factory *f, const char *path, size_t len)
{
	if (len <= f->a->slot_bytes) {
		return true;
	}
	rotor_fail_with(&f->cli->events, "{image}: {size} bytes do not fit into a slot of {slot}",
			"give a larger --slot-size", ROTOR_STRING("image", path),
			ROTOR_UINT("size", len), ROTOR_UINT("slot", f->a->slot_bytes));
	return false;
}

/* A device is made once: what is there is not overwritten. */
static bool is_new(const struct factory *f, const char *path)
{
	if (access(path, F_OK) != 0) {
		return true;
	}
	rotor_fail_with(&f->cli->events, "{file} exists already",
			"a device is made once: name another file, or remove the device's two",
			ROTOR_STRING("file", path));
	return false;
}

static bool certify(struct factory *f, const char *csr_path)
{
	char root_path[4096];
	char ca_path[4096];
	char key_path[4096];
	uint8_t csr[2048];
	size_t csr_len = 0;
	size_t len[3] = {0};
	uint8_t *at = f->chain;
	if (!pki_path(f, ROTOR_PKI_DEVICE_ROOT_CERT, root_path, sizeof(root_path)) ||
	    !pki_path(f, ROTOR_PKI_DEVICE_CA_CERT, ca_path, sizeof(ca_path)) ||
	    !pki_path(f, ROTOR_PKI_DEVICE_CA_KEY, key_path, sizeof(key_path))) {
		return false;
	}
	const char *path = csr_path;
	enum rotor_status status = rotor_file_read_into(csr_path, csr, sizeof(csr), &csr_len);
	if (status == ROTOR_OK) {
		path = root_path;
		status = rotor_pki_read_certs(root_path, at, sizeof(f->chain), &len[0]);
		at += len[0];
	}
	if (status == ROTOR_OK) {
		path = ca_path;
		status = rotor_pki_read_certs(ca_path, at, sizeof(f->chain) - len[0], &len[1]);
		at += len[1];
	}
	if (status == ROTOR_OK) {
		path = key_path;
		status = rotor_pki_certify_device(csr, csr_len, key_path, ca_path, at,
						  sizeof(f->chain) - len[0] - len[1], &len[2]);
	}
	if (status != ROTOR_OK) {
		cli_fail_file(f->cli, path, status);
		return false;
	}
	struct rotor_bytes chain = {f->chain, len[0] + len[1] + len[2]};
	return rotor_cert_split(chain, f->certs, ROTOR_COUNT_OF(f->certs), &f->cert_count) ==
	       ROTOR_OK;
}

/* RFC 9562, version 4. */
static enum rotor_status draw_uuid(const struct rotor_crypto *crypto, uint8_t uuid[16])
{
	enum rotor_status status = crypto->random(uuid, 16);
	uuid[6] = (uint8_t)((uuid[6] & 0x0f) | 0x40);
	uuid[8] = (uint8_t)((uuid[8] & 0x3f) | 0x80);
	return status;
}

static int provision(struct factory *f)
{
	struct rotor_boot_config config = {0};
	char csr[4096];
	char uuid[37];
	char version[ROTOR_IMAGE_VERSION_STRING_SIZE];
	if ((size_t)snprintf(csr, sizeof(csr), "%s.csr", f->a->flash) >= sizeof(csr)) {
		return cli_fail(f->cli, "the path of the flash file is too long", NULL);
	}
	memcpy(config.device_uuid, f->a->uuid, sizeof(config.device_uuid));
	if (!f->a->has_uuid && draw_uuid(f->cli->crypto, config.device_uuid) != ROTOR_OK) {
		return cli_fail(f->cli, "cannot draw a UUID", NULL);
	}
	if (!is_new(f, f->a->flash) || !is_new(f, f->a->fuses) ||
	    (f->a->downstream && !is_new(f, f->a->downstream)) || !gather(f) ||
	    !fits_slot(f, f->a->image, f->image_len) ||
	    !fits_slot(f, f->a->recovery, f->recovery_len) || !fits_bank(f) ||
	    !provision_chip(f, csr)) {
		return CLI_FAILED;
	}
	bool certified = certify(f, csr);
	(void)unlink(csr);
	const char *made = f->a->flash;
	enum rotor_status status = certified ? provision_flash(f, &config) : ROTOR_OK;
	if (certified && status == ROTOR_OK && f->downstream) {
		made = f->a->downstream;
		status = provision_downstream(f);
	}
	if (status != ROTOR_OK) {
		cli_fail_file(f->cli, made, status);
	}
	if (!certified || status != ROTOR_OK) {
		/* A chip without identity is no device, and would be in the way of the next try. */
		(void)unlink(f->a->flash);
		(void)unlink(f->a->fuses);
		return CLI_FAILED;
	}
	cli_uuid_text(config.device_uuid, uuid);
	(void)rotor_image_version_string(&f->info.version, version);
	rotor_event(&f->cli->events, ROTOR_INFO, "provisioned",
		    ROTOR_SAY("device {uuid} made: firmware {version}, security version "
			      "{security_version}, a chain of {certificates} certificates"),
		    ROTOR_STRING("uuid", uuid), ROTOR_STRING("version", version),
		    ROTOR_UINT("security_version", f->info.security_counter),
		    ROTOR_UINT("certificates", f->cert_count), ROTOR_STRING("flash", f->a->flash),
		    ROTOR_STRING("fuses", f->a->fuses));
	return CLI_DONE;
}

int cmd_provision(struct rotor_cli *cli, int argc, char **argv)
{
	static struct factory f;
	struct provision_arguments a = {.cli = cli,
					.slot_size = SLOT_DEFAULT,
					.slot_bytes = 4194304,
					.product = cli_product_default()};
	cli_parse(&argp, argc, argv, &a);
	f = (struct factory){.cli = cli, .a = &a};
	int code = provision(&f);
	free(f.image);
	free(f.recovery);
	free(f.downstream);
	return code;
}
