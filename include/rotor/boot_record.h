/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * The boot record: what each slot holds and which one is to run. It is kept
 * twice, each copy in a region of its own, with a sequence number and a check
 * value. A change is written over the older copy only, so that a torn write
 * leaves the newer one, which still says what was true before.
 *
 * The boot stage writes it before the runtime starts, the runtime afterwards;
 * never both. docs/boot.md has the state diagram.
 */
#ifndef ROTOR_BOOT_RECORD_H
#define ROTOR_BOOT_RECORD_H

#include "rotor/boot_image.h"
#include "rotor/boot.h"

#ifdef __cplusplus
extern "C" {
#endif

enum rotor_boot_state {
	ROTOR_BOOT_EMPTY = 0,     /**< nothing of use */
	ROTOR_BOOT_RECEIVING = 1, /**< an update is being written, or stopped half-way */
	ROTOR_BOOT_PENDING = 2,   /**< verified and activated: to be tried at the next boot */
	ROTOR_BOOT_TRIAL = 3,     /**< was started, has not confirmed itself */
	ROTOR_BOOT_CONFIRMED = 4, /**< has proved itself */
	ROTOR_BOOT_BAD = 5,       /**< must not be started; @c reason says why */
	ROTOR_BOOT_STATE_COUNT
};

/** Why a slot is bad. */
enum rotor_boot_reason {
	ROTOR_BOOT_REASON_NONE = 0,
	ROTOR_BOOT_REASON_FORMAT,        /**< not an image, or one of a kind not built in */
	ROTOR_BOOT_REASON_DIGEST,        /**< hash or signature does not match */
	ROTOR_BOOT_REASON_UNTRUSTED,     /**< signed by a key that the fuses do not name */
	ROTOR_BOOT_REASON_PRODUCT,       /**< vendor or class identifier of another product */
	ROTOR_BOOT_REASON_FLOOR,         /**< security version below the floor */
	ROTOR_BOOT_REASON_NOT_CONFIRMED, /**< ran out of tries without confirming itself */
	ROTOR_BOOT_REASON_OLD_SETTINGS,  /**< settings not newer than those in force */
	ROTOR_BOOT_REASON_KEY_IN_USE, /**< settings that would revoke a key which what runs is signed with */
	ROTOR_BOOT_REASON_COUNT
};

/** Short lower-case names, for logs; never NULL. */
const char *rotor_boot_state_name(enum rotor_boot_state state);
/** The same of a reason. */
const char *rotor_boot_reason_name(enum rotor_boot_reason reason);

/** What the record says of a refused image; NONE: not the image's fault, as far as one can know. */
enum rotor_boot_reason rotor_boot_reason_of(enum rotor_image_refusal refusal);

struct rotor_boot_slot {
	enum rotor_boot_state state;
	enum rotor_boot_reason reason; /**< if BAD */
	/** What it holds, or is to hold. What is not firmware is installed elsewhere by the boot stage, then EMPTY. */
	enum rotor_image_kind kind;
	uint8_t tries_left; /**< if PENDING or TRIAL: starts that remain */
	/** If PENDING, TRIAL or CONFIRMED: the security floor waits for UpdateSecurityRevision (DSP0267 1.3). */
	bool floor_held;
	uint32_t
	    image_size; /**< bytes; 0 if not known. This and the next three are for reporting only */
	uint32_t security_version;
	uint8_t digest[ROTOR_BOOT_DIGEST_SIZE]; /**< image hash, zeros if not known */
	char version[ROTOR_BOOT_VERSION_SIZE];  /**< NUL-terminated, empty if not known */
};

struct rotor_boot_record {
	uint32_t sequence; /**< 1 and up, then 1 again; the later valid copy is the truth */
	enum rotor_boot_slot_id
	    active; /**< slot of the last confirmation; NONE if there was none */
	struct rotor_boot_slot slot[ROTOR_BOOT_SLOTS];
};

/** Size of an encoded record, before padding to the program unit. */
#define ROTOR_BOOT_RECORD_SIZE                                                                     \
	(16 + ROTOR_BOOT_SLOTS * (12 + ROTOR_BOOT_DIGEST_SIZE + ROTOR_BOOT_VERSION_SIZE) + 4)

/** Writes ROTOR_BOOT_RECORD_SIZE bytes. @return ROTOR_OK, ROTOR_ERR_SPACE, ROTOR_ERR_ARGUMENT */
ROTOR_MUST_CHECK enum rotor_status rotor_boot_record_encode(const struct rotor_boot_record *record,
							    uint8_t *buf, size_t cap, size_t *len);
/**
 * Reads and checks one copy; bytes after it are not looked at.
 * @return ROTOR_OK, ROTOR_ERR_LENGTH, ROTOR_ERR_FORMAT, ROTOR_ERR_UNSUPPORTED (version), ROTOR_ERR_VERIFY (check value)
 */
ROTOR_MUST_CHECK enum rotor_status rotor_boot_record_decode(const uint8_t *buf, size_t len,
							    struct rotor_boot_record *out);

/** Size of what ROTOR_MEASURE_SLOTS reports. */
#define ROTOR_BOOT_SLOTS_MEASURED (2 * ROTOR_BOOT_SLOTS)
/** What ROTOR_MEASURE_SLOTS reports of a record: state and reason of each slot. */
void rotor_boot_record_measure(const struct rotor_boot_record *record,
			       uint8_t out[ROTOR_BOOT_SLOTS_MEASURED]);

/** A record for a new device: slot A pending with @p tries starts, slot B empty, sequence 0 (not written yet). */
void rotor_boot_record_first(struct rotor_boot_record *record, uint8_t tries);

/* ---- the record in flash ---- */

/**
 * A seal: so many bytes of zeros, in program units of its own. The first is written when the record before it reads back,
 * and makes the copy valid; the second when the first reads back. Power that fails in the writing of a seal leaves bits that
 * may read now as written and now not. A first seal in doubt shows in that the second is blank; a second one in doubt does
 * no harm, since the first is good.
 */
#define ROTOR_BOOT_SEAL_SIZE 16

/** Bytes that a copy takes in a flash with program units of @p unit bytes: record and two seals, each in whole units. */
uint32_t rotor_boot_record_room(uint32_t unit);

/** Keeps the record of one flash. Initialise with rotor_boot_recorder_init; fields are private but @c record. */
struct rotor_boot_recorder {
	const struct rotor_flash *flash;
	const struct rotor_flash_layout *layout;
	struct rotor_boot_record record; /**< what flash says, once loaded */
	bool loaded;
	uint8_t newest; /**< which copy @c record came from: 0 or 1 */
	uint8_t valid;  /**< bit 0, 1: copies that are whole and sealed */
	uint8_t
	    firm; /**< bit 0, 1: of them, those sealed for the second time too, or at least begun to be */
	uint8_t unread; /**< bit 0, 1: copies whose record or first seal could not be read */
	bool agreed;    /**< both copies are firm and say the same */
	bool same;      /**< while storing: what flash says already, in one copy */
	uint8_t step;   /**< of the operation under way */
	struct rotor_boot_record
	    other; /**< copy B while loading; what is to become the record while storing */
	uint8_t image[(ROTOR_BOOT_RECORD_SIZE + ROTOR_BOOT_PAGE_MAX - 1) / ROTOR_BOOT_PAGE_MAX *
		      ROTOR_BOOT_PAGE_MAX];
	uint8_t check[ROTOR_BOOT_RECORD_SIZE];
	uint32_t at;
};

/** Prepares; reads nothing. @p flash and @p layout must outlive @p r. */
void rotor_boot_recorder_init(struct rotor_boot_recorder *r, const struct rotor_flash *flash,
			      const struct rotor_flash_layout *layout);
/**
 * Reads both copies and takes the one that is the truth: the newer of two that were written to the end, else the one
 * that was. A copy that cannot be read is not valid, and is the next to be written.
 * @return ROTOR_OK; ROTOR_PENDING (call again); ROTOR_ERR_NOT_FOUND (no valid copy: @c record is then all zeros with
 *         active NONE, and may be stored over); ROTOR_ERR_IO (neither copy can be read)
 */
ROTOR_MUST_CHECK enum rotor_status rotor_boot_recorder_load(struct rotor_boot_recorder *r);
/**
 * Makes @p next the record, with a new sequence number: erases and writes the other copy, reads it back and seals it. When this
 * answers ROTOR_OK the change is durable; if power fails before, the record is the old or the new one, never a mixture.
 * Does nothing (ROTOR_OK) if both copies say what @p next says already; one is not enough, since its last write may have
 * been cut and may read otherwise at the next boot.
 * @param next the same content in every call until the answer is not ROTOR_PENDING
 * @return ROTOR_OK, ROTOR_PENDING, ROTOR_ERR_STATE (not loaded), ROTOR_ERR_IO (also if it does not read back)
 */
ROTOR_MUST_CHECK enum rotor_status rotor_boot_recorder_store(struct rotor_boot_recorder *r,
							     const struct rotor_boot_record *next);

#ifdef __cplusplus
}
#endif

#endif
