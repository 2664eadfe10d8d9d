/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * A whole platform root of trust: MCTP endpoint, SPDM responder, PLDM firmware
 * device and the update side of the boot module, joined, with one policy
 * (src/device/policy.c) that says what is accepted from whom.
 *
 * It does no I/O, and does not know what its endpoint is joined to. Whoever runs
 * it (a process, a superloop) owns the binding, here SMBus (rotor/mctp_smbus.h),
 * serves it, and calls poll when a deadline has come:
 * @code
 * rotor_device_init(&d, &config, now);
 * rotor_smbus_init(&bus, rotor_device_endpoint(&d), &bus_config);
 * for (;;) {
 *         if (a frame came)  ack = rotor_smbus_receive(&bus, frame, len, now) == ROTOR_OK;
 *         if (a transfer ended)  rotor_smbus_transfer_done(&bus, acked, now);
 *         rotor_device_poll(&d, now);
 *         if (rotor_smbus_next_transfer(&bus, &transfer, now))  start it;
 *         wait until something happens, rotor_device_deadline(&d) or rotor_smbus_deadline(&bus);
 * }
 * @endcode
 */
#ifndef ROTOR_DEVICE_H
#define ROTOR_DEVICE_H

#include "rotor/boot_chip.h"
#include "rotor/boot_dice.h"
#include "rotor/boot_handoff.h"
#include "rotor/boot_store.h"
#include "rotor/boot_update.h"
#include "rotor/config.h"
#include "rotor/mctp.h"
#include "rotor/mctp_control.h"
#include "rotor/pldm_block_map.h"
#include "rotor/pldm_fd.h"
#include "rotor/spdm_responder.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Bytes around a firmware transfer in a message: record, PLDM header and completion code. */
#define ROTOR_DEVICE_MESSAGE_MAX (ROTOR_DEVICE_TRANSFER_MAX + 64)
/** Identifiers of the components that the device offers. Of one update it takes one of them. */
#define ROTOR_DEVICE_COMPONENT_FIRMWARE 0x0001
/** Signed settings (ROTOR_IMAGE_SETTINGS), installed by the boot stage at the restart. */
#define ROTOR_DEVICE_COMPONENT_SETTINGS 0x0002
/** A recovery image (ROTOR_IMAGE_RECOVERY), likewise. */
#define ROTOR_DEVICE_COMPONENT_RECOVERY 0x0003

/** Room for a PLDM answer: the inventory is the largest. */
#define ROTOR_DEVICE_ANSWER_MAX 448
/** Room for one of the device's own PLDM requests, its record around it. */
#define ROTOR_DEVICE_REQUEST_MAX 64
/** The device's own PLDM requests that may be on their way: one a transfer buffer, and one for a retry. */
#define ROTOR_DEVICE_REQUESTS (ROTOR_DEVICE_TRANSFERS + 1)

/** Bytes of the descriptor with a vendor's identifier. */
#define ROTOR_DEVICE_VENDOR_DESCRIPTOR (2 + 6 + ROTOR_BOOT_UUID_SIZE)

/** A chip behind the device, which the device updates for it (rotor/boot_chip.h): PLDM's downstream device 0. */
struct rotor_device_downstream {
	const struct rotor_flash *flash; /**< the chip's */
	uint8_t vendor_id[ROTOR_BOOT_UUID_SIZE];
	uint8_t class_id[ROTOR_BOOT_UUID_SIZE];
	/** It has new firmware: start it anew. May be NULL. */
	void (*reset)(void *ctx);
	void *ctx;
};

/** What the device needs of its surroundings. @c handoff and what the pointers show must outlive the device. */
struct rotor_device_config {
	const struct rotor_crypto *crypto;
	const struct rotor_flash *flash;
	/** What the boot stage gave. The device takes the key over and erases it here. */
	struct rotor_boot_handoff *handoff;
	/** Root certificates that an update agent's chain must lead to. */
	const struct rotor_bytes *anchors;
	size_t anchor_count;
	/** The chip behind the device, or NULL: there is none. Must outlive the device. Needs ROTOR_DOWNSTREAM. */
	const struct rotor_device_downstream *downstream;
	/**
	 * What runs has passed its self-test and is confirmed in the boot record, or a floor that was held there is
	 * released: the boot stage may raise the floor (rotor_boot_stage_confirmed()).
	 */
	void (*confirmed)(void *ctx);
	/** Reset now: the answer to ActivateFirmware has left the bus. */
	void (*reset)(void *ctx);
	/**
	 * Told what happens, for a console; the string lives for ever, @p detail may be NULL. May be NULL. Never called
	 * with ROTOR_DEVICE_TEXTS 0.
	 */
	void (*log)(void *ctx, const char *what, const char *detail);
	void *ctx;
};

/** Who speaks PLDM to the device: an EID and, in a session, an authenticated identity. */
struct rotor_device_peer {
	uint32_t token;      /**< the number that stands for it in the firmware device; 0: free */
	uint32_t session_id; /**< its session now; 0: none, or it speaks in the clear */
	uint8_t eid;
	bool secured;         /**< it speaks through sessions, and is never answered in the clear */
	uint8_t identity_len; /**< 0: not authenticated */
	uint8_t identity[ROTOR_HASH_MAX];
	rotor_mctp_phys phys;
};

/** What was discarded above the protocol modules, and why. They have counters of their own. */
struct rotor_device_counters {
	uint32_t unknown_type; /**< message types that the device does not have */
	uint32_t no_room;      /**< messages that came while all buffers were in use */
	uint32_t not_sent;     /**< answers that could not be queued or sealed */
};

/** A message that waits until the SPDM responder's last answer has left. */
struct rotor_device_held {
	struct rotor_mctp_message_info info;
	uint8_t *body;
	size_t len;
};

/** One of the device's own requests on its way. */
struct rotor_device_request {
	struct rotor_device *device;
	bool busy;
	uint8_t bytes[ROTOR_DEVICE_REQUEST_MAX];
};

enum rotor_device_start {
	ROTOR_DEVICE_LOADING,    /**< the boot record is being read */
	ROTOR_DEVICE_TESTING,    /**< self-test of the key */
	ROTOR_DEVICE_PROVING,    /**< on trial, and policy wants an agent's session first */
	ROTOR_DEVICE_CONFIRMING, /**< the boot record is being written */
	ROTOR_DEVICE_RUNNING,
	ROTOR_DEVICE_CRIPPLED, /**< the boot record cannot be read or written: it answers, but takes no update */
};

/** What a block map has told of the image that comes: which blocks of it are in flash already. */
struct rotor_device_map {
	struct rotor_block_map_reader reader;
	struct rotor_block_map map; /**< of the firmware; image_size 0: there is none */
	bool ours;                  /**< the reader is in that map */
	bool checking;              /**< the reader's hash is being compared */
	bool in_running;            /**< with what runs, not with what is in the target slot */
	bool
	    distrusted; /**< what was put together did not verify: next time everything is asked for */
	bool used;      /**< the transfer under way goes by it */
	size_t fed;     /**< bytes of the part at hand that are read */
	uint8_t
	    here[(ROTOR_DEVICE_MAP_BLOCKS + 7) / 8]; /**< a bit a block: it is in the target slot */
	uint8_t running[(ROTOR_DEVICE_MAP_BLOCKS + 7) / 8]; /**< a bit a block: what runs has it */
	uint32_t kept, copied; /**< bytes that were not asked for, of the last transfer */
};

/** The whole device. Fields are private but the modules' counters. */
struct rotor_device {
	struct rotor_device_config config;
	struct rotor_device_counters counters;
	enum rotor_device_start start;
	rotor_ms prove_by; /**< when firmware on trial has had its time */
	bool proved; /**< an agent has opened a session in which both sides are authenticated */
	bool scrubbing;
	enum rotor_boot_health other_before, recovery_before; /**< as the last look found them */
	rotor_ms scrub_at; /**< when what does not run is looked at next */

	struct rotor_mctp mctp;
	struct rotor_mctp_slot mctp_slots[ROTOR_DEVICE_MESSAGES];
	struct rotor_mctp_pending mctp_pending[4 + ROTOR_DEVICE_REQUESTS];
	uint8_t mctp_buffers[ROTOR_DEVICE_MESSAGES * ROTOR_DEVICE_MESSAGE_MAX];
	struct rotor_mctp_control control;

	struct rotor_soft_key key;
	struct rotor_signer signer;
	struct rotor_spdm_slot slot;
	struct rotor_spdm_responder_config spdm_config;
	struct rotor_spdm_responder spdm;
	struct rotor_spdm_connection spdm_connections[ROTOR_SPDM_CONNECTIONS];
#if ROTOR_SPDM_SESSIONS > 0
	struct rotor_spdm_session spdm_sessions[ROTOR_SPDM_SESSIONS];
#endif
	uint8_t spdm_buffer[ROTOR_DEVICE_SPDM_BUFFER];
	uint8_t spdm_chain[ROTOR_DEVICE_PEER_CHAIN_MAX];
	bool spdm_sending; /* its last answer has not left yet */
	struct rotor_device_held held[ROTOR_DEVICE_MESSAGES];
	uint8_t held_count;

	struct rotor_pldm_descriptor descriptors[2 + ROTOR_PLDM_FD_LESS];
#if ROTOR_PLDM_FD_LESS
	uint8_t map_descriptor[ROTOR_BLOCK_MAP_OFFER_SIZE];
#endif
	uint8_t vendor_descriptor[ROTOR_DEVICE_VENDOR_DESCRIPTOR];
	char version[ROTOR_IMAGE_VERSION_STRING_SIZE];
	char settings_version[ROTOR_IMAGE_VERSION_STRING_SIZE];
	char recovery_version[ROTOR_IMAGE_VERSION_STRING_SIZE];
	uint8_t slots_measured[ROTOR_BOOT_SLOTS_MEASURED];
	uint8_t floor_measured[8];
	uint16_t update_component; /**< identifier, of the update under way; 0: not said yet */
	struct rotor_pldm_fd_config fd_config;
	struct rotor_pldm_fd fd;
	uint8_t transfer[ROTOR_DEVICE_TRANSFERS * ROTOR_DEVICE_TRANSFER_MAX];
	struct rotor_device_peer peers[2];
	uint32_t next_token;
	uint8_t channel; /* of the PLDM request being handled: enum device_channel */
	uint8_t answer[ROTOR_SPDM_RECORD_HEADROOM + ROTOR_DEVICE_ANSWER_MAX +
		       ROTOR_SPDM_RECORD_TAILROOM];
	bool answer_sending;
	bool answer_due; /* the firmware device will give it later */
	struct rotor_mctp_message_info answer_to;
	uint32_t answer_session;
	struct rotor_device_request requests[ROTOR_DEVICE_REQUESTS];
	uint8_t request_next; /* the place that is given up if none is free */
	bool activated, reset_asked;

	struct rotor_boot_update update;
#if ROTOR_PLDM_FD_LESS
	struct rotor_device_map map;
#endif
	bool to_chip; /* the update is one of the chip behind the device */
#if ROTOR_DOWNSTREAM
	struct rotor_boot_chip chip;
	struct rotor_pldm_descriptor chip_descriptors[2];
	uint8_t chip_vendor[ROTOR_DEVICE_VENDOR_DESCRIPTOR];
	char chip_version[ROTOR_IMAGE_VERSION_STRING_SIZE];
#endif
	bool aborting;
	bool erasing; /* ahead of what is written */
	bool delay;   /* the agent of the update under way asked to delay the security revision */
};

/**
 * Starts the device: endpoint without EID, no session, update idle. The first polls load the boot record, test the key
 * and, if what runs is on trial, confirm it: at once, or, where policy asks for it (CONFIRM_BY_SESSION), when an agent has
 * opened a session in which both sides are authenticated; if none does in time, config.reset is called and the boot
 * stage goes back. If the flash fails in that, the device answers all but updates, and what is on trial stays so: the next
 * boot goes back.
 * While nothing else is to do, it looks whether the other slot and the recovery image are still good, and says so if not
 * (log, measurement ROTOR_MEASURE_SLOTS, inventory).
 * @return ROTOR_OK; ROTOR_ERR_ARGUMENT, ROTOR_ERR_FORMAT, ROTOR_ERR_SPACE, ROTOR_ERR_UNSUPPORTED from the module that
 *         could not start
 */
ROTOR_MUST_CHECK enum rotor_status
rotor_device_init(struct rotor_device *d, const struct rotor_device_config *config, rotor_ms now);
/** Erases all secrets. */
void rotor_device_deinit(struct rotor_device *d);

/** The device's MCTP endpoint, for the binding that is to carry its packets: to be joined after every rotor_device_init(). */
struct rotor_mctp *rotor_device_endpoint(struct rotor_device *d);
/** Goes on with everything that waits for time or for slow work. */
void rotor_device_poll(struct rotor_device *d, rotor_ms now);
/** When to poll next: 0 at once, or ROTOR_NEVER. The binding has a deadline of its own. */
rotor_ms rotor_device_deadline(const struct rotor_device *d);

#ifdef __cplusplus
}
#endif

#endif
