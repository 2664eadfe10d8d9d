/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rotor provision: the factory. The device makes its secret and asks for a certificate; this command certifies it and
 * writes what every device of the product gets: first image, identifiers, trust anchors.
 */
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "rotor/boot_image.h"
#include "rotor/boot_record.h"
#include "rotor/boot_store.h"
#include "rotor/host_file.h"
#include "rotor/host_flash.h"
#include "rotor/host_pki.h"
#include "rotor_cli.h"

#define IMAGE_MAX   (64u << 20)
#define FIRST_TRIES 1
/* What rotor-prot takes; slots are whole sectors. */
#define SLOT_MIN     4096u
#define SLOT_MAX     (64u << 20)
#define SLOT_DEFAULT "4194304"

extern char **environ;

enum {
	OPTION_FLASH = 0x500,
	OPTION_FUSES,
	OPTION_IMAGE,
	OPTION_RECOVERY,
	OPTION_PKI,
	OPTION_PROT,
	OPTION_SLOT_SIZE,
	OPTION_VENDOR_NAME,
	OPTION_MODEL_NAME,
	OPTION_UUID,
};

struct arguments {
	struct rotor_cli *cli;
	const char *flash, *fuses, *image, *recovery, *pki, *prot, *slot_size, *vendor_name,
	    *model_name;
	uint64_t slot_bytes;
	uint8_t uuid[16];
	bool has_uuid;
};

static const struct argp_option options[] = {
    {"flash", OPTION_FLASH, "FILE", 0, "flash file to make", 0},
    {"fuses", OPTION_FUSES, "FILE", 0, "fuse file to make", 0},
    {"image", OPTION_IMAGE, "FILE", 0, "signed firmware image for slot A; names the product", 0},
    {"recovery", OPTION_RECOVERY, "FILE", 0, "signed image for the recovery region (default: none)",
     0},
    {"pki", OPTION_PKI, "DIR", 0, "development PKI made by 'rotor keys new'", 0},
    {"prot", OPTION_PROT, "PATH", 0, "the program rotor-prot (default: beside this program)", 0},
    {"slot-size", OPTION_SLOT_SIZE, "BYTES", 0,
     "size of each firmware slot and of the recovery region (default " SLOT_DEFAULT ")", 0},
    {"vendor-name", OPTION_VENDOR_NAME, "TEXT", 0,
     "vendor, part of what is measured (default \"rotor\")", 0},
    {"model-name", OPTION_MODEL_NAME, "TEXT", 0,
     "model, part of what is measured (default \"emulated PRoT\")", 0},
    {"uuid", OPTION_UUID, "UUID", 0, "the device's UUID (default: random)", 0},
    {0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct arguments *a = state->input;
	switch (key) {
	case ARGP_KEY_INIT:
		cli_init_children(state);
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
	case OPTION_VENDOR_NAME:
		a->vendor_name = arg;
		return 0;
	case OPTION_MODEL_NAME:
		a->model_name = arg;
		return 0;
	case OPTION_UUID:
		if (!cli_uuid(arg, NULL, a->uuid)) {
			argp_error(state, "'%s' is not a UUID", arg);
		}
		a->has_uuid = true;
		return 0;
	case ARGP_KEY_END:
		if (!a->flash || !a->fuses || !a->image || !a->pki) {
			argp_error(state, "--flash, --fuses, --image and --pki are needed");
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
    .children = cli_children,
};

/* Everything that is gathered before the flash is written. */
struct factory {
	struct rotor_cli *cli;
	const struct arguments *a;
	uint8_t *image, *recovery;
	size_t image_len, recovery_len;
	struct rotor_image_info info;
	struct rotor_image_key_hash key_hash;
	uint8_t chain[2 * ROTOR_PKI_CHAIN_MAX];
	struct rotor_bytes certs[4];
	size_t cert_count;
	uint8_t anchor[ROTOR_PKI_CHAIN_MAX];
	size_t anchor_len;
};

static bool pki_path(const struct factory *f, const char *name, char *path, size_t cap)
{
	return (size_t)snprintf(path, cap, "%s/%s", f->a->pki, name) < cap;
}

/* Reads an image and has it judged as the device will: a device that cannot start is not made. */
static bool read_image(struct factory *f, const char *path, uint8_t **data, size_t *len,
		       struct rotor_image_info *info)
{
	static uint8_t work[65536];
	struct rotor_image_verifier verifier;
	struct rotor_image_memory memory;
	struct rotor_image_policy policy = {
	    .key_hashes = &f->key_hash,
	    .key_hash_count = 1,
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
			"sign it with the PKI's image key and with vendor and class identifiers",
			ROTOR_STRING("image", path),
			ROTOR_STRING("reason", status == ROTOR_OK
						   ? "it has no vendor and class identifiers"
						   : rotor_image_refusal_string(verifier.refusal)));
	return false;
}

static bool gather(struct factory *f)
{
	char path[4096];
	struct rotor_public_key key;
	struct rotor_image_info ignored;
	if (!pki_path(f, ROTOR_PKI_IMAGE_PUBLIC, path, sizeof(path))) {
		return false;
	}
	enum rotor_status status = rotor_pki_read_public(path, &key);
	if (status == ROTOR_OK) {
		status = rotor_image_key_hash(f->cli->crypto, &key, &f->key_hash);
	}
	if (status == ROTOR_OK && pki_path(f, ROTOR_PKI_AGENT_ROOT_CERT, path, sizeof(path))) {
		status = rotor_pki_read_certs(path, f->anchor, sizeof(f->anchor), &f->anchor_len);
	}
	if (status != ROTOR_OK) {
		cli_fail_file(f->cli, path, status);
		return false;
	}
	return read_image(f, f->a->image, &f->image, &f->image_len, &f->info) &&
	       (!f->a->recovery ||
		read_image(f, f->a->recovery, &f->recovery, &f->recovery_len, &ignored));
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

/* rotor-prot stands beside this program, or, in a build tree, in the folder beside this one's. */
static bool find_prot(char *path, size_t cap)
{
	static const char *const places[] = {"/rotor-prot", "/../rotor-prot/rotor-prot"};
	char self[2048];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (len < 0) {
		return false;
	}
	self[len] = 0;
	*strrchr(self, '/') = 0;
	for (size_t i = 0; i < ROTOR_COUNT_OF(places); i++) {
		if ((size_t)snprintf(path, cap, "%s%s", self, places[i]) < cap &&
		    access(path, X_OK) == 0 && !strstr(path, "rotor-prot/rotor-prot/rotor-prot")) {
			return true;
		}
	}
	return false;
}

/* Has the chip made; its certificate request is in the file `csr`. */
static bool manufacture(struct factory *f, const char *csr)
{
	char prot[4096];
	char hash[2 * ROTOR_HASH_MAX + 1];
	char name[160];
	int how = -1;
	pid_t pid;
	if (f->a->prot) {
		snprintf(prot, sizeof(prot), "%s", f->a->prot);
	} else if (!find_prot(prot, sizeof(prot))) {
		cli_fail(f->cli, "cannot find the program rotor-prot",
			 "say where with --prot PATH");
		return false;
	}
	cli_hex(f->key_hash.hash, rotor_hash_size(f->key_hash.alg), hash);
	snprintf(name, sizeof(name), "%.60s device", f->a->vendor_name);
	char *const argv[] = {prot,
			      (char *)(uintptr_t) "manufacture",
			      (char *)(uintptr_t) "--json",
			      (char *)(uintptr_t) "--flash",
			      (char *)(uintptr_t)f->a->flash,
			      (char *)(uintptr_t) "--fuses",
			      (char *)(uintptr_t)f->a->fuses,
			      (char *)(uintptr_t) "--slot-size",
			      (char *)(uintptr_t)f->a->slot_size,
			      (char *)(uintptr_t) "--image-key-hash",
			      hash,
			      (char *)(uintptr_t) "--csr",
			      (char *)(uintptr_t)csr,
			      (char *)(uintptr_t) "--name",
			      name,
			      NULL};
	posix_spawn_file_actions_t actions;
	posix_spawn_file_actions_init(&actions);
	/* What it says is its own; only its failure matters here, and that it says on standard error too. */
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", 1, 0);
	int error = posix_spawn(&pid, prot, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	while (error == 0 && waitpid(pid, &how, 0) < 0 && errno == EINTR) {
	}
	if (error != 0 || !WIFEXITED(how) || WEXITSTATUS(how) != 0) {
		rotor_fail_with(&f->cli->events, "the device could not be made by {prot}", NULL,
				ROTOR_STRING("prot", prot));
		return false;
	}
	return true;
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

/* ---- writing the flash ---- */

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
	config->vendor_name =
	    (struct rotor_bytes){(const uint8_t *)f->a->vendor_name, strlen(f->a->vendor_name)};
	config->model_name =
	    (struct rotor_bytes){(const uint8_t *)f->a->model_name, strlen(f->a->model_name)};
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

static enum rotor_status fill_flash(const struct factory *f, struct rotor_boot_config *config)
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
	if (!is_new(f, f->a->flash) || !is_new(f, f->a->fuses) || !gather(f) ||
	    !fits_slot(f, f->a->image, f->image_len) ||
	    !fits_slot(f, f->a->recovery, f->recovery_len) || !manufacture(f, csr)) {
		return CLI_FAILED;
	}
	bool certified = certify(f, csr);
	(void)unlink(csr);
	if (!certified) {
		return CLI_FAILED;
	}
	enum rotor_status status = fill_flash(f, &config);
	if (status != ROTOR_OK) {
		return cli_fail_file(f->cli, f->a->flash, status);
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
	struct arguments a = {.cli = cli,
			      .slot_size = SLOT_DEFAULT,
			      .slot_bytes = 4194304,
			      .vendor_name = "rotor",
			      .model_name = "emulated PRoT"};
	cli_parse(&argp, argc, argv, &a);
	f = (struct factory){.cli = cli, .a = &a};
	int code = provision(&f);
	free(f.image);
	free(f.recovery);
	return code;
}
