/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * PLDM update agent: drives one firmware device through discovery (DSP0240), inventory and a whole update (DSP0267).
 *
 * One operation runs at a time; ua.status is ROTOR_PENDING while it does and says afterwards how it ended, with
 * ua.failure for the reason. How it is driven:
 *  - start an operation: rotor_pldm_ua_discover(), _inventory(), _update(), _get_status(), _cancel(),
 *    _downstream() or _update_security_revision();
 *  - the device's response came: rotor_pldm_ua_response();
 *  - the device's request came: rotor_pldm_ua_request(), send what it answers;
 *  - after each, and when rotor_pldm_ua_deadline() is reached: rotor_pldm_ua_next_request() until it has nothing.
 * An update ends when ActivateFirmware was answered: what follows (the restart, attesting the new firmware) is the caller's.
 */
#ifndef ROTOR_PLDM_UA_H
#define ROTOR_PLDM_UA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rotor/config.h"
#include "rotor/pldm_downstream.h"
#include "rotor/pldm_fwup.h"
#include "rotor/time.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Times; defaults used for fields left 0 in the configuration. */
#define ROTOR_PLDM_UA_TIMEOUT_DEFAULT 4000 /**< request to response (DSP0240 PT2: 300 to 4800 ms) */
#define ROTOR_PLDM_UA_RETRIES_DEFAULT 3    /**< retries of a request (DSP0240 PN1: at least 2) */
#define ROTOR_PLDM_UA_BUSY_DEFAULT    1000 /**< wait after ERROR_NOT_READY, RETRY_REQUEST_UPDATE */
#define ROTOR_PLDM_UA_BUSY_LIMIT      30   /**< such waits before giving up */
#define ROTOR_PLDM_UA_T2_DEFAULT      90000 /**< UA_T2, RequestFirmwareData idle timeout: 60 to 90 s */
#define ROTOR_PLDM_UA_T3_DEFAULT      180000 /**< UA_T3, state change timeout: 180 s */
#define ROTOR_PLDM_UA_STATUS_DEFAULT  5000   /**< GetStatus while waiting for verify and apply */

/** What an operation is about to do or has seen, for narration and progress. */
enum rotor_pldm_ua_event_kind {
	ROTOR_PLDM_UA_EVENT_SENT,     /**< a request of the agent; @c message */
	ROTOR_PLDM_UA_EVENT_RETRY,    /**< the same again */
	ROTOR_PLDM_UA_EVENT_ANSWERED, /**< the device's response; @c message */
	ROTOR_PLDM_UA_EVENT_ASKED,    /**< the device's request; @c message */
	ROTOR_PLDM_UA_EVENT_REPLIED,  /**< the agent's response to it; @c message */
	ROTOR_PLDM_UA_EVENT_STEP,     /**< ua.step has changed */
	ROTOR_PLDM_UA_EVENT_PROGRESS, /**< done of total bytes of a component: how far it has asked, then all */
	ROTOR_PLDM_UA_EVENT_STATUS, /**< GetStatus was answered: ua.device */
	ROTOR_PLDM_UA_EVENT_ENDED,  /**< the operation has ended: ua.status, ua.failure */
};
struct rotor_pldm_ua_event {
	enum rotor_pldm_ua_event_kind kind;
	uint8_t type, command, completion; /**< of @c message; completion of responses */
	struct rotor_bytes message;        /**< whole PLDM message, valid during the call */
	uint16_t component;                /**< index in the plan */
	uint32_t done, total;              /**< EVENT_PROGRESS */
};

/** Where a running operation is. */
enum rotor_pldm_ua_step {
	ROTOR_PLDM_UA_NONE = 0,
	ROTOR_PLDM_UA_GET_TID,
	ROTOR_PLDM_UA_GET_TYPES,
	ROTOR_PLDM_UA_GET_VERSION,  /**< of each type that the agent knows */
	ROTOR_PLDM_UA_GET_COMMANDS, /**< likewise */
	ROTOR_PLDM_UA_IDENTIFIERS,
	ROTOR_PLDM_UA_PARAMETERS,
	ROTOR_PLDM_UA_DOWNSTREAM,             /**< QueryDownstreamDevices */
	ROTOR_PLDM_UA_DOWNSTREAM_IDENTIFIERS, /**< likewise, part by part */
	ROTOR_PLDM_UA_DOWNSTREAM_PARAMETERS,  /**< likewise */
	ROTOR_PLDM_UA_TAKE_OVER,              /**< CancelUpdate of an update left behind */
	ROTOR_PLDM_UA_REQUEST_UPDATE,
	ROTOR_PLDM_UA_PACKAGE_DATA, /**< the device fetches the package's data for it */
	ROTOR_PLDM_UA_META_DATA,    /**< GetDeviceMetaData: the agent fetches what it is to keep */
	ROTOR_PLDM_UA_PASS_TABLE,
	ROTOR_PLDM_UA_UPDATE_COMPONENT,
	ROTOR_PLDM_UA_DOWNLOAD,
	ROTOR_PLDM_UA_VERIFY,
	ROTOR_PLDM_UA_APPLY,
	ROTOR_PLDM_UA_ACTIVATE,
	ROTOR_PLDM_UA_CANCEL,            /**< CancelUpdate, asked for or after a failure */
	ROTOR_PLDM_UA_STATUS,            /**< GetStatus, asked for */
	ROTOR_PLDM_UA_SECURITY_REVISION, /**< UpdateSecurityRevision, asked for */
	ROTOR_PLDM_UA_ACTIVATE_PENDING,  /**< ActivatePendingComponentImage(Set), asked for */
};
/** The step in words, e.g. "requesting update", "downloading". Never NULL. */
const char *rotor_pldm_ua_step_name(enum rotor_pldm_ua_step step);

/** Why an operation failed. */
enum rotor_pldm_ua_failure_kind {
	ROTOR_PLDM_UA_FAILED_NOT = 0,
	ROTOR_PLDM_UA_FAILED_TIMEOUT,    /**< no answer to @c command, retries included */
	ROTOR_PLDM_UA_FAILED_COMPLETION, /**< @c command was answered with completion code @c code */
	ROTOR_PLDM_UA_FAILED_RESPONSE, /**< the answer to @c command is malformed or says what cannot be */
	ROTOR_PLDM_UA_FAILED_COMPONENT, /**< the device refused @c component: component code @c code, in @c command */
	ROTOR_PLDM_UA_FAILED_RESULT, /**< TransferComplete, VerifyComplete or ApplyComplete with result @c code */
	ROTOR_PLDM_UA_FAILED_NO_DATA,   /**< the device stopped asking for data (UA_T2) */
	ROTOR_PLDM_UA_FAILED_NO_CHANGE, /**< the device did not leave its state (UA_T3) */
	ROTOR_PLDM_UA_FAILED_READ,      /**< the image could not be read: @c status */
	ROTOR_PLDM_UA_FAILED_LOST, /**< the device left update mode by itself: reason @c code (enum rotor_pldm_reason) */
	/** the device is in state @c code, to which the update did not bring it */
	ROTOR_PLDM_UA_FAILED_STATE,
	ROTOR_PLDM_UA_FAILED_UNSUPPORTED, /**< the device lacks firmware update or a command that is needed: @c command */
	ROTOR_PLDM_UA_FAILED_CANCELLED, /**< by the caller */
	/** The device would update @c component, but does not honour an option without which it must not: see the plan. */
	ROTOR_PLDM_UA_FAILED_OPTION,
	ROTOR_PLDM_UA_FAILED_META_DATA, /**< the device has more data to be kept than the plan has room for */
};
struct rotor_pldm_ua_failure {
	enum rotor_pldm_ua_failure_kind kind;
	enum rotor_pldm_ua_step step;
	uint8_t type, command, code;
	uint16_t component; /**< index in the plan */
	enum rotor_status status;
};
/** Bytes that hold the text of any failure. */
#define ROTOR_PLDM_UA_FAILURE_TEXT 192
/** Writes the reason as one English phrase, with the specification's names. @return @p text */
char *rotor_pldm_ua_failure_text(const struct rotor_pldm_ua_failure *failure, char *text,
				 size_t cap);

struct rotor_pldm_ua_ops {
	/**
	 * Reads @p len bytes at @p offset of plan component @p component: never past its size.
	 * @return ROTOR_OK; ROTOR_PENDING: the device is told to ask again (RETRY_REQUEST_FW_DATA); others fail the update
	 */
	enum rotor_status (*read)(void *ctx, uint16_t component, uint32_t offset, uint8_t *buf,
				  size_t len);
	/** Tells what happens; may be NULL. Must not call the agent. */
	void (*event)(void *ctx, const struct rotor_pldm_ua_event *event);
};

struct rotor_pldm_ua_config {
	rotor_ms timeout, busy, t2, t3, status_interval; /**< 0: defaults above */
	uint8_t retries;                                 /**< 0: default */
};

/**
 * What is to be updated, in this order. The caller's, to be kept until the update has ended. A component with
 * ROTOR_PLDM_OPTION_DELAY_SECURITY_REVISION is not transferred to a device that does not enable that option: its floor
 * would rise and never come down.
 */
struct rotor_pldm_ua_plan {
	const struct rotor_pldm_component *components; /**< with version text, size and options */
	uint16_t count;                                /**< 1 to ROTOR_PLDM_UA_COMPONENTS_MAX */
	struct rotor_pldm_string version;              /**< of the image set */
	/** What the package has for this device, which may fetch it (GetPackageData); at most 65,535 bytes, or none. */
	struct rotor_bytes package_data;
	/** Opaque data of each component, which the device may fetch (GetComponentOpaqueData); NULL: none. */
	const struct rotor_bytes *opaque_data;
	/**
	 * Where to keep the device's data during the update (GetDeviceMetaData, GetMetaData): 65,535 bytes serve any device. One
	 * that has more than fit is not updated.
	 */
	uint8_t *meta_data;
	size_t meta_data_cap;
	uint32_t
	    max_transfer; /**< largest answer with data, at least ROTOR_PLDM_BASELINE_TRANSFER */
	uint8_t max_outstanding; /**< 0 means 1 */
	/** Of devices behind this one (RequestDownstreamDeviceUpdate): the components are of ROTOR_PLDM_CLASS_DOWNSTREAM. */
	bool downstream;
	bool self_contained; /**< ask for self-contained activation */
	bool activate;       /**< false: end after the last component was applied */
	/** If the device is in update mode already, cancel that update (a predecessor's) and begin anew. */
	bool take_over;
};

/** Result of discovery. */
struct rotor_pldm_ua_device {
	uint8_t tid;
	struct rotor_pldm_types types;
	uint32_t base_version, fwup_version; /**< the highest; 0 if the type is not there */
	struct rotor_pldm_commands base_commands, fwup_commands;
};

struct rotor_pldm_ua_counters {
	uint32_t sent, retries, timeouts;
	uint32_t unexpected;   /**< responses nobody waits for */
	uint32_t malformed;    /**< messages that could not be read */
	uint32_t not_expected; /**< device's requests answered COMMAND_NOT_EXPECTED */
	uint32_t repeated;     /**< device's requests answered again */
};

/** The agent's half for one device. Fields are private but for those named below. */
struct rotor_pldm_ua {
	struct rotor_pldm_ua_config config;
	const struct rotor_pldm_ua_ops *ops;
	void *ctx;

	enum rotor_status status; /**< readable: ROTOR_PENDING while an operation runs */
	struct rotor_pldm_ua_failure failure; /**< readable after the end */
	enum rotor_pldm_ua_step step;         /**< readable */
	struct rotor_pldm_ua_device found;    /**< readable after discovery */
	struct rotor_bytes
	    identifiers; /**< readable after inventory: payload for rotor_pldm_identifiers_decode() */
	struct rotor_bytes parameters;           /**< likewise for rotor_pldm_parameters_decode() */
	struct rotor_pldm_downstream downstream; /**< readable after rotor_pldm_ua_downstream() */
	/** likewise: all parts together, for rotor_pldm_downstream_identifiers_read() and …_parameters_read() */
	struct rotor_pldm_downstream_part downstream_identifiers, downstream_parameters;
	struct rotor_pldm_status device; /**< readable: what GetStatus said last */
	/** readable after CancelUpdate, asked for or after a failure: components that do not work any more, bit n the nth of the parameters */
	uint64_t not_functioning;
	uint16_t
	    activation_time; /**< readable after the update: seconds, as the device estimates */
	struct rotor_pldm_ua_counters counters; /**< readable */

	const struct rotor_pldm_ua_plan *plan;
	struct rotor_pldm_component_name named; /**< by UpdateSecurityRevision, ActivatePending… */
	bool named_set;                         /**< by the latter: all that is pending */
	uint16_t component;                     /**< readable: the one under way */
	uint32_t done;     /**< readable: highest byte of it asked for so far */
	uint32_t accepted; /**< mask: the device takes it */
	uint16_t meta_size,
	    meta_len; /**< the device's data: all of them, and those that have come */
	uint32_t
	    part_handle; /**< of the part that is to be asked for; of the first there is none */
	bool part_next;  /**< it is not the first */
	uint8_t list_changes; /**< how often the list of downstream devices has changed meanwhile */
	bool package_due;     /**< the device is going to fetch package data */
	uint32_t package_max; /**< longest part that the device takes */
	uint32_t opaque_max;  /**< longest part that the device takes */
	uint8_t *store;       /**< inventory storage */
	size_t store_cap, store_len;

	bool link_up;
	bool waiting;      /**< a request is out or due */
	bool status_query; /**< it is GetStatus beside the step's own */
	bool failing;      /**< CancelUpdate is under way because of a failure */
	uint8_t instance;  /**< of the request out; the next one is one more */
	uint8_t command, command_type;
	uint8_t sub; /**< within a step: index of the type or the table entry */
	uint8_t tries, busy_count, failed_count;
	bool took_over;
	rotor_ms due; /**< when to send (again) */
	rotor_ms status_at, give_up_at;
	uint32_t served_hash; /**< last …Complete answered, for repeats */
	bool served_valid;
};

/** Makes an agent with nothing to do. @p ops must outlive it; @p config may be NULL for all defaults. */
void rotor_pldm_ua_init(struct rotor_pldm_ua *ua, const struct rotor_pldm_ua_config *config,
			const struct rotor_pldm_ua_ops *ops, void *ctx);

/*
 * Operations. Each returns ROTOR_OK if it has begun, ROTOR_ERR_BUSY while another runs, ROTOR_ERR_ARGUMENT.
 */

/** GetTID, GetPLDMTypes, and GetPLDMVersion and GetPLDMCommands of types 0 and 5: see ua.found. */
ROTOR_MUST_CHECK enum rotor_status rotor_pldm_ua_discover(struct rotor_pldm_ua *ua, rotor_ms now);
/** QueryDeviceIdentifiers and GetFirmwareParameters; both payloads are kept in @p store (1 KiB serves small devices). */
ROTOR_MUST_CHECK enum rotor_status rotor_pldm_ua_inventory(struct rotor_pldm_ua *ua, void *store,
							   size_t cap, rotor_ms now);
/**
 * QueryDownstreamDevices and, if there are any, QueryDownstreamIdentifiers and GetDownstreamFirmwareParameters: see
 * ua.downstream…; all of the lists is kept in @p store. A device that was discovered and does not have these commands is
 * not asked, and has no downstream devices.
 */
ROTOR_MUST_CHECK enum rotor_status rotor_pldm_ua_downstream(struct rotor_pldm_ua *ua, void *store,
							    size_t cap, rotor_ms now);
/** RequestUpdate … ActivateFirmware. After a failure the device is told CancelUpdate before the operation ends. */
ROTOR_MUST_CHECK enum rotor_status
rotor_pldm_ua_update(struct rotor_pldm_ua *ua, const struct rotor_pldm_ua_plan *plan, rotor_ms now);
/** GetStatus: see ua.device. */
ROTOR_MUST_CHECK enum rotor_status rotor_pldm_ua_get_status(struct rotor_pldm_ua *ua, rotor_ms now);
/** CancelUpdate; may also be called while an update runs, which then ends with FAILED_CANCELLED. */
ROTOR_MUST_CHECK enum rotor_status rotor_pldm_ua_cancel(struct rotor_pldm_ua *ua, rotor_ms now);
/**
 * UpdateSecurityRevision (DSP0267 1.3): the security revision of @p component's active image comes into force. To be sent
 * in IDLE. A device that was discovered and does not have the command is not asked (FAILED_UNSUPPORTED).
 */
ROTOR_MUST_CHECK enum rotor_status rotor_pldm_ua_update_security_revision(
    struct rotor_pldm_ua *ua, const struct rotor_pldm_component_name *component, rotor_ms now);
/**
 * ActivatePendingComponentImage, or …Set if @p component is NULL: images that an update has left pending are activated; see
 * ua.activation_time. A device that has nothing to activate ends it well (ACTIVATION_NOT_REQUIRED); one that was discovered
 * and does not have the command is not asked (FAILED_UNSUPPORTED).
 */
ROTOR_MUST_CHECK enum rotor_status
rotor_pldm_ua_activate_pending(struct rotor_pldm_ua *ua,
			       const struct rotor_pldm_component_name *component, rotor_ms now);
/** Ends a running operation at once, without a word to the device. */
void rotor_pldm_ua_abort(struct rotor_pldm_ua *ua);

/**
 * The agent's request that is due, a first one or a retry; also runs the timers.
 * @param cap at least ROTOR_PLDM_FWUP_REQUEST_MAX
 * @return ROTOR_OK, ROTOR_ERR_NOT_FOUND (nothing is due), ROTOR_ERR_SPACE
 */
ROTOR_MUST_CHECK enum rotor_status rotor_pldm_ua_next_request(struct rotor_pldm_ua *ua,
							      rotor_ms now, uint8_t *out,
							      size_t cap, size_t *len);
/** Optional: the request given last has really left. Its timeout starts anew. */
void rotor_pldm_ua_sent(struct rotor_pldm_ua *ua, rotor_ms now);
/** Handles a response of the device. What nobody waits for is counted and dropped. */
void rotor_pldm_ua_response(struct rotor_pldm_ua *ua, const void *msg, size_t msg_len,
			    rotor_ms now);
/**
 * Answers a request of the device.
 * @param cap at least 4 + plan.max_transfer (and 16)
 * @param len 0 if there is nothing to answer (counted why)
 * @return ROTOR_OK, ROTOR_ERR_SPACE (not even an error code fits)
 */
ROTOR_MUST_CHECK enum rotor_status rotor_pldm_ua_request(struct rotor_pldm_ua *ua, const void *msg,
							 size_t msg_len, uint8_t *out, size_t cap,
							 size_t *len, rotor_ms now);
/** When to call rotor_pldm_ua_next_request() next. */
rotor_ms rotor_pldm_ua_deadline(const struct rotor_pldm_ua *ua);

/**
 * Tells whether there is a way (a session) to the device. Without one nothing is sent and no timer runs; when it comes back,
 * the request that was out is sent again with its instance ID, or, if the agent was waiting for the device, GetStatus
 * decides whether the update goes on.
 */
void rotor_pldm_ua_link(struct rotor_pldm_ua *ua, bool up, rotor_ms now);

#ifdef __cplusplus
}
#endif

#endif
