/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "scenarios.h"
#include "toy_crypto.h"

static bool started;
/* What is on offer in a scenario, where what was taken is compared with it. */
static const struct image *offered;
/* What must not be left in memory, besides the device secret. */
static struct rotor_soft_key identity;

/* ---- an image in slot A that must not be started; there is nothing else to start ---- */

static void install(struct device *d, const struct image_wish *wish, struct image *image)
{
	device_make_image(d, wish, image);
	device_put_image(d, ROTOR_BOOT_SLOT_A, image);
	device_slots(d, ROTOR_BOOT_CONFIRMED, false, ROTOR_IMAGE_FIRMWARE);
}

static void good(struct device *d, struct image *image)
{
	install(d, &(struct image_wish){0}, image);
}

static void wrong_signature(struct device *d, struct image *image)
{
	good(d, image);
	image->bytes[image->signature_at + 20] ^= 1;
	device_put_image(d, ROTOR_BOOT_SLOT_A, image);
}

static void damaged(struct device *d, struct image *image)
{
	good(d, image);
	image->bytes[100] ^= 1;
	device_put_image(d, ROTOR_BOOT_SLOT_A, image);
}

/* The trusted key and a true signature, but of another body. */
static void forged(struct device *d, struct image *image)
{
	damaged(d, image);
	device_fix_hash(image);
	device_put_image(d, ROTOR_BOOT_SLOT_A, image);
}

static void stranger(struct device *d, struct image *image)
{
	install(d, &(struct image_wish){.signer = STRANGER}, image);
}

/* The key that signed comes first, and a trusted one's hash after it. */
static void two_keys(struct device *d, struct image *image)
{
	install(d, &(struct image_wish){.signer = STRANGER, .second_key = true}, image);
}

static void revoked(struct device *d, struct image *image)
{
	install(d, &(struct image_wish){.signer = 1}, image);
	d->revoked[1] = true;
}

static void below_floor(struct device *d, struct image *image)
{
	install(d, &(struct image_wish){.security_version = 1}, image);
}

static void other_vendor(struct device *d, struct image *image)
{
	install(d, &(struct image_wish){.other_vendor = true}, image);
}

static void other_class(struct device *d, struct image *image)
{
	install(d, &(struct image_wish){.other_class = true}, image);
}

static void no_ids(struct device *d, struct image *image)
{
	install(d, &(struct image_wish){.no_ids = true}, image);
}

/* The floor does not hold for a recovery image in its own place. */
static void other_kind(struct device *d, struct image *image)
{
	install(d, &(struct image_wish){.kind = ROTOR_IMAGE_RECOVERY}, image);
}

/* The device takes images without identifiers, but not with those of another. */
static void optional_vendor(struct device *d, struct image *image)
{
	device_policy(d, ROTOR_BOOT_POLICY_ANY_PRODUCT);
	other_vendor(d, image);
}

static void flipped_copy(struct device *d, struct image *image)
{
	good(d, image);
	d->flip_copy = true;
}

/* The copy is a genuine image, but not the one that was verified in flash. */
static void other_copy(struct device *d, struct image *image)
{
	static struct image other;
	good(d, image);
	device_make_image(d, &(struct image_wish){.seed = 9}, &other);
	d->other_copy = &other;
}

static void boot(struct device *d)
{
	device_prepare_boot(d);
	started = rotor_boot_stage_run(&d->stage, &d->handoff) == ROTOR_OK &&
		  rotor_boot_stage_accepted(&d->stage) == ROTOR_PROVEN;
}

static enum outcome must_not_start(struct device *d)
{
	(void)d;
	return started ? OUTCOME_ACCEPTED : OUTCOME_REFUSED;
}

/* ---- a good image, that must not be started so ---- */

static enum outcome may_start(struct device *d)
{
	(void)d;
	return started ? OUTCOME_PROPER : OUTCOME_REFUSED;
}

static enum outcome must_be_locked(struct device *d)
{
	if (!started) {
		return OUTCOME_REFUSED;
	}
	return d->locked ? OUTCOME_PROPER : OUTCOME_ACCEPTED;
}

static void good_with_known_key(struct device *d, struct image *image)
{
	good(d, image);
	must(rotor_dice_identity_key(&toy_crypto, d->secret, &identity) == ROTOR_OK, "no key");
}

/* Whether the first bytes of a secret stand in memory. */
static bool holds(const void *memory, size_t len, const uint8_t *secret)
{
	const uint8_t *at = memory;
	for (size_t i = 0; i + 16 <= len; i++) {
		if (at[i] == secret[0] && memcmp(at + i, secret, 16) == 0) {
			return true;
		}
	}
	return false;
}

#define STACK_DEPTH 16384

/* The stack below this call, as far down as the boot stage has used it. */
__attribute__((noinline)) static bool on_stack(const uint8_t *secret)
{
	const uint8_t *here = __builtin_frame_address(0);
	return holds(here - STACK_DEPTH, STACK_DEPTH - 512, secret);
}

/* Of what the boot stage knew, only the runtime's own key may be left. */
static enum outcome must_be_wiped(struct device *d)
{
	if (!started) {
		return OUTCOME_REFUSED;
	}
	bool left = on_stack(d->secret) || on_stack(identity.secret) ||
		    holds(&d->stage, sizeof(d->stage), d->secret) ||
		    holds(&d->stage, sizeof(d->stage), identity.secret) ||
		    holds(&d->handoff, sizeof(d->handoff), d->secret) ||
		    holds(&d->handoff, sizeof(d->handoff), identity.secret);
	return left ? OUTCOME_ACCEPTED : OUTCOME_PROPER;
}

/* ---- the floor must not rise for an image that has not confirmed itself ---- */

static void on_trial(struct device *d, struct image *image)
{
	install(d, &(struct image_wish){.security_version = 3}, image);
	device_slots(d, ROTOR_BOOT_PENDING, false, ROTOR_IMAGE_FIRMWARE);
}

static void boot_and_claim(struct device *d)
{
	enum rotor_status status;
	boot(d);
	do {
		status = rotor_boot_stage_confirmed(&d->stage);
	} while (status == ROTOR_PENDING);
}

static enum outcome must_not_raise(struct device *d)
{
	return d->floor > 2 ? OUTCOME_ACCEPTED : may_start(d);
}

/* ---- settings of a stranger must neither be in force nor be installed ---- */

static void stranger_settings(struct device *d, struct image *image)
{
	good(d, image);
	device_make_image(d, &(struct image_wish){.kind = ROTOR_IMAGE_SETTINGS, .signer = STRANGER},
			  image);
	device_put_settings(d, image);
}

static enum outcome must_not_trust(struct device *d)
{
	bool trusts = d->handoff.anchors_source == ROTOR_BOOT_ANCHORS_SETTINGS;
	return started && trusts ? OUTCOME_ACCEPTED : may_start(d);
}

static void install_settings(struct device *d, struct image *image)
{
	good(d, image);
	device_make_image(d, &(struct image_wish){.kind = ROTOR_IMAGE_SETTINGS, .signer = STRANGER},
			  image);
	device_put_image(d, ROTOR_BOOT_SLOT_B, image);
	device_slots(d, ROTOR_BOOT_CONFIRMED, true, ROTOR_IMAGE_SETTINGS);
	offered = image;
}

static enum outcome must_not_install(struct device *d)
{
	const uint8_t *place = d->flash_bytes + d->layout.region[ROTOR_REGION_SETTINGS].offset;
	bool installed = memcmp(place, offered->bytes, ROTOR_IMAGE_HEADER_SIZE) == 0;
	return installed || d->revoked[0] || d->revoked[1] ? OUTCOME_ACCEPTED : may_start(d);
}

/* ---- an update that must be refused, and must not be activated though the agent asks for it ---- */

static void receive(struct device *d, const struct image_wish *wish, struct image *image)
{
	good(d, image);
	device_make_image(d, wish, image);
	device_receive(d, ROTOR_IMAGE_FIRMWARE, image);
}

static void update_good(struct device *d, struct image *image)
{
	receive(d, &(struct image_wish){.seed = 1}, image);
}

static void update_wrong_signature(struct device *d, struct image *image)
{
	good(d, image);
	image->bytes[image->signature_at + 20] ^= 1;
	device_receive(d, ROTOR_IMAGE_FIRMWARE, image);
}

static void update_forged(struct device *d, struct image *image)
{
	good(d, image);
	image->bytes[100] ^= 1;
	device_fix_hash(image);
	device_receive(d, ROTOR_IMAGE_FIRMWARE, image);
}

static void update_stranger(struct device *d, struct image *image)
{
	receive(d, &(struct image_wish){.signer = STRANGER}, image);
}

static void update_two_keys(struct device *d, struct image *image)
{
	receive(d, &(struct image_wish){.signer = STRANGER, .second_key = true}, image);
}

static void update_below_floor(struct device *d, struct image *image)
{
	receive(d, &(struct image_wish){.security_version = 1}, image);
}

static void update_other_vendor(struct device *d, struct image *image)
{
	receive(d, &(struct image_wish){.other_vendor = true}, image);
}

static void update_other_class(struct device *d, struct image *image)
{
	receive(d, &(struct image_wish){.other_class = true}, image);
}

static void update_no_ids(struct device *d, struct image *image)
{
	receive(d, &(struct image_wish){.no_ids = true}, image);
}

static void update_other_kind(struct device *d, struct image *image)
{
	receive(d, &(struct image_wish){.kind = ROTOR_IMAGE_RECOVERY}, image);
}

static void update_optional_vendor(struct device *d, struct image *image)
{
	device_policy(d, ROTOR_BOOT_POLICY_ANY_PRODUCT);
	update_other_vendor(d, image);
}

static void verify_and_activate(struct device *d)
{
	enum rotor_status status;
	do {
		status = rotor_boot_update_verify(&d->update);
	} while (status == ROTOR_PENDING);
	do {
		status = rotor_boot_update_activate(&d->update);
	} while (status == ROTOR_PENDING);
}

/* The record in flash decides what the next boot tries; what activate answers does not. */
static bool is_activated(struct device *d)
{
	struct rotor_boot_record record;
	device_record(d, &record);
	return record.slot[ROTOR_BOOT_SLOT_B].state == ROTOR_BOOT_PENDING;
}

static enum outcome must_not_activate(struct device *d)
{
	return is_activated(d) ? OUTCOME_ACCEPTED : OUTCOME_REFUSED;
}

static enum outcome may_activate(struct device *d)
{
	return is_activated(d) ? OUTCOME_PROPER : OUTCOME_REFUSED;
}

const struct scenario scenarios[] = {
    /* controls: which faults only deny service */
    {"good", good, boot, may_start},
    {"update-good", update_good, verify_and_activate, may_activate},

    {"wrong-signature", wrong_signature, boot, must_not_start},
    {"damaged", damaged, boot, must_not_start},
    {"forged", forged, boot, must_not_start},
    {"stranger", stranger, boot, must_not_start},
    {"two-keys", two_keys, boot, must_not_start},
    {"revoked", revoked, boot, must_not_start},
    {"below-floor", below_floor, boot, must_not_start},
    {"other-vendor", other_vendor, boot, must_not_start},
    {"other-class", other_class, boot, must_not_start},
    {"no-ids", no_ids, boot, must_not_start},
    {"other-kind", other_kind, boot, must_not_start},
    {"optional-vendor", optional_vendor, boot, must_not_start},
    {"flipped-copy", flipped_copy, boot, must_not_start},
    {"other-copy", other_copy, boot, must_not_start},

    {"unlocked", good, boot, must_be_locked},
    {"early-floor", on_trial, boot_and_claim, must_not_raise},
    {"unwiped", good_with_known_key, boot, must_be_wiped},

    {"stranger-settings", stranger_settings, boot, must_not_trust},
    {"install-settings", install_settings, boot, must_not_install},

    {"update-wrong-signature", update_wrong_signature, verify_and_activate, must_not_activate},
    {"update-forged", update_forged, verify_and_activate, must_not_activate},
    {"update-stranger", update_stranger, verify_and_activate, must_not_activate},
    {"update-two-keys", update_two_keys, verify_and_activate, must_not_activate},
    {"update-below-floor", update_below_floor, verify_and_activate, must_not_activate},
    {"update-other-vendor", update_other_vendor, verify_and_activate, must_not_activate},
    {"update-other-class", update_other_class, verify_and_activate, must_not_activate},
    {"update-no-ids", update_no_ids, verify_and_activate, must_not_activate},
    {"update-other-kind", update_other_kind, verify_and_activate, must_not_activate},
    {"update-optional-vendor", update_optional_vendor, verify_and_activate, must_not_activate},
    {0},
};
