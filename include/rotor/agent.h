/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * The BMC's side: a bus with an MCTP endpoint of its own, and jobs on it, each
 * of which takes one device through discovery, attestation, inventory, a whole
 * update or the end of one that was delayed. What evidence is good enough is rotor/agent_verifier.h's.
 *
 * Nothing here does I/O, or knows what the endpoint is joined to: the caller owns
 * the binding, here SMBus (rotor/mctp_smbus.h), serves it, and polls.
 * @code
 * rotor_agent_bus_init(&bus, &bus_config, now);
 * rotor_smbus_init(&smbus, rotor_agent_bus_endpoint(&bus), &smbus_config);
 * rotor_agent_job_start(&job, &bus, &job_config);
 * while (rotor_agent_job_status(&job) == ROTOR_PENDING) {
 *         if (a frame came)  ack = rotor_smbus_receive(&smbus, frame, len, now) == ROTOR_OK;
 *         if (a transfer ended)  rotor_smbus_transfer_done(&smbus, acked, now);
 *         rotor_agent_bus_poll(&bus, now);
 *         if (rotor_smbus_next_transfer(&smbus, &transfer, now))  start it;
 *         wait until something happens, rotor_agent_bus_deadline(&bus) or rotor_smbus_deadline(&smbus);
 * }
 * @endcode
 */
#ifndef ROTOR_AGENT_H
#define ROTOR_AGENT_H

#include "rotor/agent_verifier.h"
#include "rotor/config.h"
#include "rotor/mctp.h"
#include "rotor/mctp_bus_owner.h"
#include "rotor/mctp_control.h"
#include "rotor/pldm_block_map.h"
#include "rotor/pldm_package.h"
#include "rotor/pldm_ua.h"
#include "rotor/spdm_requester.h"

#ifdef __cplusplus
extern "C" {
#endif

struct rotor_agent_job;

/* ---- the bus ---- */

struct rotor_agent_bus_config {
	uint8_t eid; /**< own EID, 8 to 254 */
	/** Own physical address, where no device is looked for; ROTOR_MCTP_PHYS_ROUTE on a binding that has none (serial). */
	rotor_mctp_phys address;
	const uint8_t *uuid; /**< own UUID, 16 bytes; NULL: none */
	bool owner;          /**< assign EIDs; only one process on a bus may */
	/**
	 * Physical addresses where devices may be: on a serial line only 0. NULL: all that SMBus has, which writes to
	 * whatever sits there.
	 */
	const rotor_mctp_phys *addresses;
	size_t address_count;
	/** EIDs that known devices keep. */
	const struct rotor_mctp_uuid_eid *known;
	size_t known_count;
	uint8_t pool_first, pool_last; /**< EIDs to give to others */
};

/** An endpoint on one bus or line. Fields are private but the modules' counters. */
struct rotor_agent_bus {
	struct rotor_agent_bus_config config;
	struct rotor_mctp mctp;
	struct rotor_mctp_slot slots[ROTOR_AGENT_MESSAGES];
	struct rotor_mctp_pending pending[16];
	struct rotor_mctp_route routes[ROTOR_AGENT_DEVICES];
	uint8_t buffers[ROTOR_AGENT_MESSAGES * ROTOR_AGENT_MESSAGE_MAX];
	struct rotor_mctp_control control;
	struct rotor_mctp_bus_owner owner;
	struct rotor_mctp_found found[ROTOR_AGENT_DEVICES];
	struct rotor_agent_job *jobs;      /* all that run */
	struct rotor_agent_job *owner_job; /* whose search the bus owner is doing */
	uint32_t scans;                    /* ended so far */
	uint32_t unclaimed;                /**< messages that were for no job */
};

/** Prepares a bus. @return ROTOR_OK, ROTOR_ERR_ARGUMENT */
ROTOR_MUST_CHECK enum rotor_status rotor_agent_bus_init(struct rotor_agent_bus *bus,
							const struct rotor_agent_bus_config *config,
							rotor_ms now);
/** The bus's MCTP endpoint, for the binding that is to carry its packets. */
struct rotor_mctp *rotor_agent_bus_endpoint(struct rotor_agent_bus *bus);
/** Goes on with everything that waits for time or for slow work. */
void rotor_agent_bus_poll(struct rotor_agent_bus *bus, rotor_ms now);
/** When to poll next: 0 at once, or ROTOR_NEVER. The binding has a deadline of its own. */
rotor_ms rotor_agent_bus_deadline(const struct rotor_agent_bus *bus);

/* ---- jobs ---- */

enum rotor_agent_kind {
	ROTOR_AGENT_DISCOVER, /**< find endpoints, give them EIDs if this is the bus owner */
	/** discover; then PLDM discovery, inventory, of downstream devices too, and update status, in the clear */
	ROTOR_AGENT_INVENTORY,
	ROTOR_AGENT_ATTEST, /**< discover; then chain, CHALLENGE, signed measurements, verdict */
	ROTOR_AGENT_UPDATE, /**< attest; session; inventory; update; wait for the restart; attest the new firmware, session and inventory again */
	/** attest; session; inventory; UpdateSecurityRevision, so that the floor rises to what runs; measure again */
	ROTOR_AGENT_SECURITY_REVISION,
	ROTOR_AGENT_CANCEL, /**< discover; session; CancelUpdate of what an agent of this identity has left behind */
};

/** The steps that jobs are made of. */
enum rotor_agent_step {
	ROTOR_AGENT_STEP_SCAN,
	ROTOR_AGENT_STEP_TARGET,  /**< the device's EID among those found */
	ROTOR_AGENT_STEP_PACKAGE, /**< the package's reference values, before a device is touched */
	ROTOR_AGENT_STEP_CONNECT,
	ROTOR_AGENT_STEP_DIGESTS,
	ROTOR_AGENT_STEP_CERTIFICATE,
	ROTOR_AGENT_STEP_CHALLENGE,
	ROTOR_AGENT_STEP_MEASURE,
	ROTOR_AGENT_STEP_JUDGE, /**< against all known-good firmware */
	ROTOR_AGENT_STEP_SESSION,
	ROTOR_AGENT_STEP_PLDM_DISCOVER,
	ROTOR_AGENT_STEP_INVENTORY,
	ROTOR_AGENT_STEP_DOWNSTREAM, /**< the devices behind this one */
	ROTOR_AGENT_STEP_STATUS,  /**< what the device's update state machine is doing: GetStatus */
	ROTOR_AGENT_STEP_MATCH,   /**< the package's records for this device and those behind it */
	ROTOR_AGENT_STEP_PRESENT, /**< what of it is in its place already */
	ROTOR_AGENT_STEP_ROUND, /**< which components come next: not all devices take all of them in one update */
	ROTOR_AGENT_STEP_MAP, /**< block maps of them, if the device takes some and the package has none */
	ROTOR_AGENT_STEP_UPDATE,
	ROTOR_AGENT_STEP_RESTART,   /**< find the device again, by its UUID */
	ROTOR_AGENT_STEP_JUDGE_NEW, /**< against the reference values of the package */
	ROTOR_AGENT_STEP_ARRIVED, /**< what the package brought is in its place, says the new firmware in a session */
	/* a way round, taken when the session is lost in the middle of an update */
	ROTOR_AGENT_STEP_RECONNECT, /**< find the device again, where it was */
	ROTOR_AGENT_STEP_RESUME, /**< go on with the update, in a new session with the same device */
	/* of ROTOR_AGENT_SECURITY_REVISION */
	ROTOR_AGENT_STEP_SECURITY_REVISION, /**< UpdateSecurityRevision of the component whose floor waits */
	ROTOR_AGENT_STEP_MEASURE_AGAIN, /**< signed measurements, inside the session */
	ROTOR_AGENT_STEP_FLOOR,         /**< whether the floor is now what runs */
	/* of ROTOR_AGENT_CANCEL */
	ROTOR_AGENT_STEP_CANCEL, /**< CancelUpdate */
	ROTOR_AGENT_STEP_COUNT
};
/** The step in words ("scanning the bus"); never NULL. */
const char *rotor_agent_step_name(enum rotor_agent_step step);

/** Whose word a failure is. */
enum rotor_agent_fault {
	ROTOR_AGENT_FAULT_NONE = 0,
	ROTOR_AGENT_FAULT_STATUS,    /**< @c status */
	ROTOR_AGENT_FAULT_NO_TARGET, /**< no endpoint has the EID */
	ROTOR_AGENT_FAULT_NO_TYPE,   /**< the endpoint lacks SPDM or PLDM */
	ROTOR_AGENT_FAULT_SPDM,      /**< @c spdm */
	ROTOR_AGENT_FAULT_PLDM,      /**< @c pldm */
	ROTOR_AGENT_FAULT_VERDICT,   /**< @c verdict */
	ROTOR_AGENT_FAULT_REFERENCE, /**< the package's reference values are not to be believed: @c status */
	ROTOR_AGENT_FAULT_OTHER_DEVICE, /**< the package is for other devices */
	ROTOR_AGENT_FAULT_COMPONENT, /**< the device has no such component, or the package is inconsistent */
	ROTOR_AGENT_FAULT_LINK_LOST, /**< the device no longer answers in the session */
	ROTOR_AGENT_FAULT_CHANGED, /**< another device, or other firmware, answers in the middle of an update */
	ROTOR_AGENT_FAULT_NOT_BACK, /**< the device did not come back after its restart */
	ROTOR_AGENT_FAULT_OTHER_IDENTITY, /**< another device came back: it has another device certificate */
	ROTOR_AGENT_FAULT_NOTHING_WAITS, /**< no component of the device has a security revision that waits */
	ROTOR_AGENT_FAULT_FLOOR, /**< the device has updated its security revision, but does not measure that floor */
	ROTOR_AGENT_FAULT_HELD_HERE, /**< another job has the device: of this bus, or says config.claim */
	ROTOR_AGENT_FAULT_HELD, /**< the device is being updated by another agent: job.ua.device */
	ROTOR_AGENT_FAULT_CANCELLED, /**< by rotor_agent_job_cancel() */
};

struct rotor_agent_failure {
	enum rotor_agent_fault fault;
	enum rotor_agent_step step;
	enum rotor_status status;
	struct rotor_spdm_result spdm;
	struct rotor_pldm_ua_failure pldm;
	enum rotor_agent_verdict verdict;
	uint8_t differs; /**< measurement block, with ROTOR_AGENT_NOT_EXPECTED */
};
/** Bytes that hold the text of any failure. */
#define ROTOR_AGENT_FAILURE_TEXT 320
/** Writes the reason as one English phrase: who refused, and why. @return @p text */
char *rotor_agent_failure_text(const struct rotor_agent_failure *failure, char *text, size_t cap);

/** What a job tells. */
enum rotor_agent_event_kind {
	ROTOR_AGENT_EVENT_STEP,      /**< a step begins */
	ROTOR_AGENT_EVENT_STEP_DONE, /**< it has succeeded */
	ROTOR_AGENT_EVENT_OWNER,     /**< discovery: @c owner */
	ROTOR_AGENT_EVENT_SPDM,      /**< an SPDM message: @c spdm */
	ROTOR_AGENT_EVENT_PLDM,      /**< a PLDM message, or progress: @c pldm */
};
struct rotor_agent_event {
	enum rotor_agent_event_kind kind;
	enum rotor_agent_step step;
	const struct rotor_mctp_owner_event *owner;
	const struct rotor_spdm_event *spdm;
	const struct rotor_pldm_ua_event *pldm;
};

/**
 * Where a job keeps certificate chains, so that it need not ask a device for one that it has had. Such a place need not be
 * trusted: a chain is used only if it is the very one whose digest the device tells, and is judged each time.
 */
struct rotor_agent_chains {
	/**
	 * Looks for a chain.
	 * @param digest of the chain as SPDM carries it
	 * @param to room for it
	 * @return its length; 0: it is not known
	 */
	size_t (*find)(void *ctx, struct rotor_bytes digest, uint8_t *to, size_t cap);
	/** A chain that was asked for, and is trusted. */
	void (*keep)(void *ctx, struct rotor_bytes digest, struct rotor_bytes chain);
	void *ctx;
};

/** What a job is to do. The struct is copied; what its pointers show must outlive the job. */
struct rotor_agent_job_config {
	enum rotor_agent_kind kind;
	const struct rotor_crypto *crypto;
	const struct rotor_agent_trust *trust;
	uint8_t target; /**< EID; 0 with ROTOR_AGENT_DISCOVER */
	/** SPDM versions to accept, rising. */
	uint8_t versions[ROTOR_SPDM_VERSIONS_MAX];
	uint8_t version_count;
	/** Certificate chains that are known from before; may be NULL. */
	const struct rotor_agent_chains *chains;
	/**
	 * ATTEST: of a device whose chain is known from before, ask for signed measurements alone, without CHALLENGE. They are
	 * signed with the same key, over all of the negotiation (from SPDM 1.2 on; before, CHALLENGE is made) and a fresh nonce;
	 * what is missing is the summary of measurements, a second witness to the same.
	 */
	bool brief;
	/** Own chain and signer, for sessions. Without a signer a session is made in which only the device is authenticated. */
	struct rotor_spdm_slot own;
	/** UPDATE: go on although the firmware that runs now is not known to be good. */
	bool accept_unknown;
	/** UPDATE: tell the device to take a version that is not higher than its own, and what it has already. */
	bool force;
	/**
	 * UPDATE: have images asked for strictly in order, one request at a time: no block maps are handed out or made, so
	 * nothing of an image is skipped.
	 */
	bool sequential;
	/**
	 * UPDATE: have the device's security floor wait after the update, until a job ROTOR_AGENT_SECURITY_REVISION. A
	 * device that does not honour this is not updated.
	 */
	bool delay_security_revision;
	/** UPDATE: the package, opened. */
	const struct rotor_package *package;
	/**
	 * UPDATE, SECURITY_REVISION, CANCEL: asked once, when the device is found, whether this job may have it; may be NULL. Two
	 * jobs of one bus never have the same device; this is for those of other buses and programs.
	 */
	bool (*claim)(void *ctx, const struct rotor_mctp_found *device);
	/** Told what happens; may be NULL. */
	void (*event)(void *ctx, const struct rotor_agent_event *event);
	/** For a key log; NULL unless somebody asked for it loudly. */
	void (*secrets)(void *ctx, const struct rotor_spdm_secrets *secrets);
	void *ctx;
};

/** One of a job's PLDM messages on its way. */
struct rotor_agent_reply {
	bool sending;
	uint8_t bytes[ROTOR_SPDM_RECORD_HEADROOM + 4 + ROTOR_AGENT_TRANSFER_MAX +
		      ROTOR_SPDM_RECORD_TAILROOM];
};
struct rotor_agent_request {
	struct rotor_agent_job *job;
	bool busy;
	uint8_t bytes[ROTOR_SPDM_RECORD_HEADROOM + ROTOR_PLDM_FWUP_REQUEST_MAX +
		      ROTOR_SPDM_RECORD_TAILROOM];
};

/** What has become of a component of the package that is for this device, or for one behind it. */
enum rotor_agent_item_state {
	ROTOR_AGENT_ITEM_WAITS,
	ROTOR_AGENT_ITEM_UNDER_WAY, /**< it is in the plan of the update agent */
	ROTOR_AGENT_ITEM_ARRIVED,   /**< the device, attested, says that it has it */
	ROTOR_AGENT_ITEM_PRESENT,   /**< it has had it before */
};
struct rotor_agent_item {
	enum rotor_agent_item_state state;
	uint16_t component; /**< of the package */
	bool downstream;
	uint16_t index;  /**< ComponentClassificationIndex, or DownstreamDeviceIndex */
	uint16_t record; /**< of the package: a firmware device's, or a downstream device's */
};

/** Block maps of the round's images, made by the agent. */
struct rotor_agent_maps {
	bool wanted; /* there is one to be made */
	uint8_t shift;
	uint16_t component; /* of the plan */
	uint32_t block, at; /* of its image; bytes of that block that are hashed */
	struct rotor_block_map map;
	struct rotor_hash hash;
	struct rotor_writer writer;
	uint8_t bytes[UINT16_MAX];
};

/** A job's SPDM request on its way. */
struct rotor_agent_exchange {
	struct rotor_agent_job *job;
	bool busy;
};

/** A job: one device, one purpose. Fields are private but those commented. */
struct rotor_agent_job {
	struct rotor_agent_job_config config;
	struct rotor_agent_bus *bus;
	struct rotor_agent_job *next;
	enum rotor_status status; /* ROTOR_PENDING while it runs */
	struct rotor_agent_failure failure;
	uint8_t at;               /* index of the step in the list */
	bool detour;              /* the list is the way round after a lost session */
	uint8_t back_to;          /* where that leads back to, in the kind's list */
	uint8_t detours;          /* taken so far */
	uint8_t detours_seen;     /* of these, after which the update was begun anew */
	bool told, begun, ending; /* of that step; then of the job */
	uint8_t
	    next_step; /* enum rotor_agent_step + 1 that comes after this one; 0: the next in the list */
	uint32_t scans; /* of the bus, when the job began */
	bool cancelled; /* the device is being told so */
	bool activated; /* what the round brought runs next, and has yet to prove itself */
	bool in_doubt;  /* ActivateFirmware was sent; whether it was obeyed, evidence has to say */
	rotor_ms started, last_heard, retry_at;

	struct rotor_mctp_found device; /**< the target, once found */
	/* SPDM */
	struct rotor_spdm_requester_config spdm_config;
	struct rotor_spdm_requester
	    spdm; /**< readable: peer, digests, chain, challenge, measurements, session */
	uint8_t spdm_buffer[ROTOR_AGENT_SPDM_BUFFER];
	uint8_t chain[ROTOR_AGENT_CHAIN_MAX];
	bool chain_known; /**< the chain was not asked for, but known from before */
	uint8_t measurements[ROTOR_AGENT_MEASUREMENTS_MAX];
	struct rotor_agent_exchange exchange;
	struct rotor_agent_verifier verifier;
	struct rotor_public_key attested;       /* key of the device that was judged */
	struct rotor_agent_judgement judgement; /**< the last one */
	bool judging;                           /* against the package's reference values, */
	uint16_t judged_by;                     /* of this record */
	/** UPDATE: SHA-384 of the device's own certificate, which no firmware changes; from the first attestation. */
	uint8_t identity[48];
	/* PLDM */
	struct rotor_pldm_ua ua; /**< readable: found, identifiers, parameters, device */
	uint8_t inventory[1024];
	uint8_t
	    downstream[ROTOR_AGENT_DOWNSTREAM_MAX]; /* what the device says of those behind it */
	struct rotor_pldm_descriptor descriptors[ROTOR_AGENT_DESCRIPTORS_MAX];
	uint8_t descriptor_count; /**< of the device, once the inventory is known */
	struct rotor_agent_request requests[2];
	struct rotor_agent_reply replies[ROTOR_AGENT_OUTSTANDING];
	uint32_t
	    replies_dropped; /**< requests of the device that came while no answer before them had left */
	/* update */
	bool matched;                                         /* the items are known */
	struct rotor_agent_item items[ROTOR_AGENT_ITEMS_MAX]; /**< readable, once matched */
	uint8_t item_count;
	struct rotor_package_record
	    record; /**< the package's record for this device; all zeros if it is for devices behind it alone */
	struct rotor_crypto_job manifest_job;
	uint16_t manifest_at; /* record of the package whose reference values are being checked */
	struct rotor_pldm_ua_plan plan;                /* of the round */
	uint8_t planned[ROTOR_PLDM_UA_COMPONENTS_MAX]; /* its components' items */
	struct rotor_pldm_component components[ROTOR_PLDM_UA_COMPONENTS_MAX];
	struct rotor_package_component images[ROTOR_PLDM_UA_COMPONENTS_MAX];
	struct rotor_bytes opaque_data[ROTOR_PLDM_UA_COMPONENTS_MAX];
	uint8_t meta_data[ROTOR_AGENT_META_DATA_MAX]; /* the device's, to be given back */
	struct rotor_agent_maps maps;
};

/**
 * Starts a job. It is driven by its bus's poll.
 * @return ROTOR_OK; ROTOR_ERR_ARGUMENT: the configuration is incomplete
 */
ROTOR_MUST_CHECK enum rotor_status
rotor_agent_job_start(struct rotor_agent_job *job, struct rotor_agent_bus *bus,
		      const struct rotor_agent_job_config *config);
/**
 * Ends a job before its time. An update that the device has not yet been told to activate is cancelled there
 * (CancelUpdate) and its session is closed, so the job goes on for a moment; it ends with ROTOR_AGENT_FAULT_CANCELLED.
 * @return ROTOR_OK; ROTOR_ERR_STATE: it has ended, or is too far: what was activated is to be attested
 */
ROTOR_MUST_CHECK enum rotor_status rotor_agent_job_cancel(struct rotor_agent_job *job);
/** ROTOR_PENDING while it runs, then how it ended. */
enum rotor_status rotor_agent_job_status(const struct rotor_agent_job *job);
/** Takes a started job off its bus, at any time, and erases its secrets; a second time does nothing. The device is told nothing. */
void rotor_agent_job_drop(struct rotor_agent_job *job);

#ifdef __cplusplus
}
#endif

#endif
