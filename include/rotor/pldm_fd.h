/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * PLDM firmware device: the device's half of a firmware update (DSP0267 1.1.0, clause 7 and its state figure; of 1.3.0
 * the delayed update of the security revision), with the responder of type 0 in it.
 *
 * Bytes and the time in, bytes out; what is done with the firmware is asked of an ops table, whose slow functions may
 * answer ROTOR_PENDING. How it is driven:
 *  - a PLDM request came: rotor_pldm_fd_request(), send what it answers;
 *  - a PLDM response came: rotor_pldm_fd_response();
 *  - after each of these, and when rotor_pldm_fd_deadline() is reached: rotor_pldm_fd_poll(), then
 *    rotor_pldm_fd_answer() and rotor_pldm_fd_next_request() until both have nothing.
 *
 * Who may do what: the update belongs to the peer whose RequestUpdate was accepted, until it ends. A peer is a number that
 * the caller makes of the EID and the authenticated identity; it must be the same after a new session of the same identity.
 * Before any command that changes an update ops.authorise() is asked.
 * | command from a peer that may not | answer |
 * | --- | --- |
 * | RequestUpdate, refused by authorise() | UNABLE_TO_INITIATE_UPDATE |
 * | any other, refused by authorise() | ERROR |
 * | RequestUpdate, another peer's update is under way | ALREADY_IN_UPDATE_MODE |
 * | any other, another peer's update is under way | ERROR_NOT_READY |
 * Inventory and GetStatus are answered to everybody.
 *
 * A request that repeats the last one of its peer bit by bit (a retry: same instance ID) gets the same answer again and
 * nothing is done twice. This is kept for the peer that owns the update, or that updated the security revision last.
 */
#ifndef ROTOR_PLDM_FD_H
#define ROTOR_PLDM_FD_H

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

/** Times of DSP0267, table "Timing specification", and defaults used for fields left 0 in the configuration. */
#define ROTOR_PLDM_FD_T1_DEFAULT      120000 /**< FD_T1, update mode idle timeout: 60 to 120 s */
#define ROTOR_PLDM_FD_T2_DEFAULT      2000   /**< FD_T2, retry of a request: 1 to 5 s */
#define ROTOR_PLDM_FD_RETRIES_DEFAULT 10

/** What the ops say of an operation's end beside its status. Zeroed before the first call. */
struct rotor_pldm_fd_result {
	/**
	 * The result code for the agent if the operation failed (TransferResult, VerifyResult, ApplyResult): 0 means
	 * GENERIC_ERROR (ABORTED for a transfer). Ignored on success.
	 */
	uint8_t code;
	/** Percent done while pending, for GetStatus. Set to ROTOR_PLDM_PROGRESS_UNKNOWN before the first call. */
	uint8_t progress;
	/** apply: activation methods if they differ from the inventory's; 0 otherwise. */
	uint16_t activation_methods;
};

/**
 * What the device does. Any function of a status may answer ROTOR_PENDING and is then called again, with the same arguments,
 * from rotor_pldm_fd_poll(); any status but ROTOR_OK and ROTOR_PENDING is failure. All are required but those that say so.
 */
/**
 * Takes data that come in parts, in order, every byte once. May be pending.
 * @param len at most the buffer's size
 * @param end there is no more behind it
 */
typedef enum rotor_status rotor_pldm_fd_take(void *ctx, uint32_t offset, const uint8_t *data,
					     size_t len, bool end);

/** What a device says of one that is behind it. The descriptors must live until the request was answered. */
struct rotor_pldm_fd_downstream {
	const struct rotor_pldm_descriptor *descriptors; /**< the first is the initial one */
	uint8_t descriptor_count;
	struct rotor_pldm_downstream_parameters parameters;
};

struct rotor_pldm_fd_ops {
	/** Trust: whether @p peer may give @p command (enum rotor_pldm_fwup_command) now. */
	bool (*authorise)(void *ctx, uint8_t command, uint32_t peer);

	/** Inventory: fixed part of the firmware parameters. Views must live until the request was answered. */
	void (*parameters)(void *ctx, struct rotor_pldm_parameters *out);
	/** Inventory: component @p n of component_count. */
	void (*component)(void *ctx, uint16_t n, struct rotor_pldm_component_parameters *out);

	/**
	 * An update is asked for. @return ROTOR_PLDM_SUCCESS or a completion code of RequestUpdate
	 * (ROTOR_PLDM_UNABLE_TO_INITIATE_UPDATE, ROTOR_PLDM_RETRY_REQUEST_UPDATE, …)
	 */
	uint8_t (*request_update)(void *ctx, const struct rotor_pldm_request_update *req);
	/**
	 * Judges a component of the table (size 0) or of UpdateComponent.
	 * @param options_enabled 0; set the UpdateOptionFlags that the device honours (of those in @p component)
	 * @return enum rotor_pldm_component_code: COMPONENT_OK, or why not
	 */
	uint8_t (*check)(void *ctx, const struct rotor_pldm_component *component,
			 uint32_t *options_enabled);

	/**
	 * Makes ready to receive an image (erase …). Asked after UpdateComponent was answered; the first
	 * RequestFirmwareData waits for it. May be pending.
	 * @param component as check() saw it last, but without its version text (take that in check())
	 */
	enum rotor_status (*begin)(void *ctx, const struct rotor_pldm_component *component);
	/**
	 * Stores @p len bytes of the image at @p offset. Every byte is given once, padding never. May be pending: then the same
	 * bytes are given again, but not at the same address, as they may come straight from the agent's message at first.
	 */
	enum rotor_status (*write)(void *ctx, uint32_t offset, const uint8_t *data, size_t len);
	/** All bytes have been written: flush. May be pending. */
	enum rotor_status (*transfer_end)(void *ctx, struct rotor_pldm_fd_result *result);
	/** Verifies what is in flash. May be pending. */
	enum rotor_status (*verify)(void *ctx, struct rotor_pldm_fd_result *result);
	/** Applies it. May be pending. */
	enum rotor_status (*apply)(void *ctx, struct rotor_pldm_fd_result *result);
	/**
	 * Marks the new image to be started, durably, before ActivateFirmware is answered. May be pending: the answer
	 * then comes from rotor_pldm_fd_answer().
	 * @param seconds 0; set to the estimated time for a self-contained activation
	 * @return ROTOR_OK; ROTOR_ERR_DENIED (SELF_CONTAINED_ACTIVATION_NOT_PERMITTED); others: ERROR. After failure the
	 *         device is in READY XFER again.
	 */
	enum rotor_status (*activate)(void *ctx, bool self_contained, uint16_t *seconds);
	/** ActivateFirmware has been answered: restart when that answer has left the bus. */
	void (*activated)(void *ctx, bool self_contained);
	/**
	 * UpdateSecurityRevision: the security revision of the active image of @p component comes into force, durably,
	 * before the command is answered. Asked in IDLE only. May be pending: the answer then comes from
	 * rotor_pldm_fd_answer(), and no update begins before it (RETRY_REQUEST_UPDATE).
	 * @return ROTOR_OK; ROTOR_ERR_NOT_FOUND: no such component (ERROR_INVALID_DATA); ROTOR_ERR_DENIED: not now, or none
	 *         waits (UPDATE_SECURITY_REVISION_NOT_PERMITTED); others: ERROR
	 */
	enum rotor_status (*update_security_revision)(
	    void *ctx, const struct rotor_pldm_component_name *component);
	/**
	 * Package data (GetPackageData); NULL: none is wanted. It is fetched after RequestUpdate, while the agent goes on only
	 * when it has given all. May be pending also beyond the table of components: then begin waits for it. Any other failure:
	 * the rest is not fetched, and the update goes on without. There is no more after the end, or when the update ends; an
	 * agent that does not wait may leave it at any part.
	 */
	rotor_pldm_fd_take *package_data;
	/**
	 * Data of the device that the agent is to keep for it, as a new image will overwrite them; NULL: there are none. Needs
	 * rotor_pldm_fd_get_meta_data among the extra commands. @return their size, not to change in this update; 0: none
	 */
	uint16_t (*meta_data_size)(void *ctx);
	/** Gives @p len bytes of them at @p offset (GetDeviceMetaData). */
	void (*meta_data)(void *ctx, uint32_t offset, uint8_t *data, size_t len);
	/** They come back (GetMetaData), before the last component of the update is applied; if they do not, it is not. */
	rotor_pldm_fd_take *meta_data_back;
	/**
	 * Opaque data of the component that check() saw (GetComponentOpaqueData), before begin; NULL: none is wanted. check()
	 * says that they are, by enabling ROTOR_PLDM_OPTION_OPAQUE_DATA. Failure ends the transfer.
	 */
	rotor_pldm_fd_take *opaque_data;
	/**
	 * Whether the device has the bytes of the image at @p offset itself, so that it need not ask for them; NULL: it has
	 * none. Answers the same from begin to the end of the transfer.
	 * @param len set to how many from there on have this answer, not 0; may go beyond the image
	 */
	bool (*has)(void *ctx, uint32_t offset, uint32_t *len);
	/** Takes what has() said, in order with what is written; needed with it. May be pending. */
	enum rotor_status (*take)(void *ctx, uint32_t offset, uint32_t len);
	/**
	 * ActivatePendingComponentImage(Set): images that wait for their activation, all or that of @p component, are marked
	 * to be started, durably, before the command is answered; NULL: needed with rotor_pldm_fd_activate_pending_set or
	 * …_image. Asked in IDLE only. May be pending, as update_security_revision. activated() follows.
	 * @param component NULL: the set
	 * @param seconds 0; set to the estimated time for the activation
	 * @return ROTOR_OK; ROTOR_ERR_STATE: nothing waits (ACTIVATION_NOT_REQUIRED); ROTOR_ERR_DENIED: not now or not so
	 *         (ACTIVATE_PENDING_IMAGE_NOT_PERMITTED); ROTOR_ERR_NOT_FOUND: no such component (ERROR_INVALID_DATA); others: ERROR
	 */
	enum rotor_status (*activate_pending)(void *ctx,
					      const struct rotor_pldm_component_name *component,
					      uint16_t *seconds);
	/**
	 * Downstream devices: what there is. NULL: none; needed with any of the commands rotor_pldm_fd_…downstream….
	 * @return a number that is another one whenever another list would be told
	 */
	uint16_t (*downstream_list)(void *ctx, struct rotor_pldm_downstream *out);
	/** Downstream device @p n of the list's count. Needed with it. */
	void (*downstream_device)(void *ctx, uint16_t n, struct rotor_pldm_fd_downstream *out);
	/**
	 * An update of downstream devices is asked for (RequestDownstreamDeviceUpdate); check() then sees components of
	 * classification ROTOR_PLDM_CLASS_DOWNSTREAM. @return as request_update
	 */
	uint8_t (*request_downstream)(void *ctx, const struct rotor_pldm_request_downstream *req);
	/**
	 * The component under way (@p whole false) or the whole update ends without activation: by CancelUpdate…, FD_T1 or a new
	 * start. A pending operation will not be called again.
	 */
	void (*cancel)(void *ctx, bool whole);
	/**
	 * Components that do not work any more now that an update was cancelled, for CancelUpdate's answer: bit n is the nth of the
	 * firmware parameters. NULL: all do, as those of a device that writes nowhere but to what does not run.
	 */
	uint64_t (*not_functioning)(void *ctx);
};

struct rotor_pldm_fd_config {
	const struct rotor_pldm_descriptor *descriptors; /**< the first is the initial one */
	uint8_t descriptor_count;
	/**
	 * Transfer buffers, the caller's: buffer_count times buffer_size bytes, one after the other. A block is asked for as
	 * soon as a buffer is free and the agent allows one more request (MaximumOutstandingTransferRequests); blocks are
	 * asked for and written in order, so an agent that allows one has a strictly sequential device.
	 */
	uint8_t *buffer;
	size_t
	    buffer_size; /**< at least ROTOR_PLDM_BASELINE_TRANSFER; the largest transfer asked for */
	uint8_t buffer_count; /**< 0: 1; up to ROTOR_PLDM_FD_OUTSTANDING_MAX */
	/** Commands beside the usual ones, as SelectPLDMVersion; NULL: none. */
	const struct rotor_pldm_base_extra *base_extras;
	uint8_t base_extra_count;
	uint32_t t1; /**< FD_T1, milliseconds; 0: default */
	/**
	 * FD_T2: from when a request was sent (see rotor_pldm_fd_sent()), or one before it was answered, until it is sent
	 * again; 0: default
	 */
	uint32_t t2;
	/** Retries of a request before the device gives up on it; 0: default */
	uint8_t retries;
};

/** What was received and not acted upon, and other events worth counting. Never reset. */
struct rotor_pldm_fd_counters {
	uint32_t requests;   /**< answered */
	uint32_t bad_header; /**< dropped: too short, header version, reserved bit */
	uint32_t datagrams;  /**< dropped: D set */
	uint32_t
	    not_request; /**< dropped: a response given to rotor_pldm_fd_request() or the reverse */
	uint32_t busy;   /**< dropped: repeats the request whose answer is pending */
	uint32_t repeated;    /**< answered from memory */
	uint32_t denied;      /**< refused by authorise() */
	uint32_t foreign;     /**< refused: another peer's update */
	uint32_t wrong_state; /**< refused: not legal in this state */
	uint32_t sent;        /**< own requests, retries included */
	uint32_t retries;     /**< own requests sent again */
	uint32_t
	    unexpected_response; /**< dropped: nobody waits for it (late, wrong instance, wrong peer) */
	uint32_t bad_response;  /**< dropped: of the wrong length */
	uint32_t gave_up;       /**< own requests given up after all retries */
	uint32_t idle_timeouts; /**< FD_T1 ran out */
};

/** What the device is doing within a state. */
enum rotor_pldm_fd_work {
	ROTOR_PLDM_FD_NONE = 0, /**< waits for the agent */
	ROTOR_PLDM_FD_PARTS,    /**< data that begin or apply need */
	ROTOR_PLDM_FD_FETCH,    /**< RequestFirmwareData, to be sent or out */
	ROTOR_PLDM_FD_REPORT,   /**< …Complete, to be sent or out */
	/* from here on the device works itself */
	ROTOR_PLDM_FD_BEGIN,  /**< ops.begin */
	ROTOR_PLDM_FD_WRITE,  /**< ops.write */
	ROTOR_PLDM_FD_TAKE,   /**< ops.take */
	ROTOR_PLDM_FD_FLUSH,  /**< ops.transfer_end */
	ROTOR_PLDM_FD_VERIFY, /**< ops.verify */
	ROTOR_PLDM_FD_APPLY,  /**< ops.apply */
	/* and from here on for an answer that is due */
	ROTOR_PLDM_FD_ACTIVATE,          /**< ops.activate */
	ROTOR_PLDM_FD_SECURITY_REVISION, /**< ops.update_security_revision, in IDLE */
	ROTOR_PLDM_FD_ACTIVATE_PENDING,  /**< ops.activate_pending, likewise */
};

/** Where fetching data in parts is; of package data beside the work. */
enum rotor_pldm_fd_parts {
	ROTOR_PLDM_FD_PARTS_NONE = 0,
	ROTOR_PLDM_FD_PARTS_ASK,  /**< a request for a part, to be sent or out */
	ROTOR_PLDM_FD_PARTS_GIVE, /**< ops.package_data, ops.meta_data_back, ops.opaque_data */
};

/** One request of the device to the agent, and the block that answered it. */
struct rotor_pldm_fd_exchange {
	uint8_t command;         /**< 0: none is out */
	uint8_t instance;        /**< kept in retries */
	uint8_t tries;           /**< times sent */
	uint32_t offset, length; /**< of RequestFirmwareData */
	uint32_t wanted;         /**< of these: what is behind is padding, or there already */
	rotor_ms due;            /**< when it is to be sent (again) */
};

/** Most components of one update; the bits of a mask. */
#define ROTOR_PLDM_FD_COMPONENTS_LIMIT 32

/** The device's half. Fields are private but for those named below; zero needs no release. */
struct rotor_pldm_fd {
	const struct rotor_pldm_fd_config *config;
	const struct rotor_pldm_fd_ops *ops;
	void *ctx;

	struct rotor_pldm_base base;            /**< readable: tid */
	struct rotor_pldm_fd_counters counters; /**< readable */
	uint8_t state;                          /**< readable: enum rotor_pldm_state */
	uint8_t previous;                       /**< readable */
	uint8_t reason;                         /**< readable: enum rotor_pldm_reason */
	uint8_t work;                           /**< readable: enum rotor_pldm_fd_work */
	bool link_up;
	uint8_t instance; /**< next instance ID */

	uint32_t
	    peer; /**< readable: owner of the update; meaningful unless IDLE or just activated */
	uint32_t t1, t2;          /**< of the configuration, or the defaults */
	uint8_t retries, buffers; /**< likewise */
	rotor_ms idle_at;         /**< FD_T1 */
	uint32_t transfer_size;
	uint8_t parts;         /**< readable: enum rotor_pldm_fd_parts */
	uint8_t parts_command; /**< what is fetched: GetPackageData, … */
	bool parts_end;        /**< the part in the buffer is the last */
	uint32_t parts_at;     /**< of the data: where the part begins */
	uint32_t parts_handle, parts_left;
	size_t parts_len;        /**< of the part in the buffer */
	uint16_t meta_size;      /**< of the device's own data; 0: none */
	bool opaque_due;         /**< opaque data come before begin */
	uint16_t table_expected; /**< components of the table; 0: its end will say */
	uint16_t table_count;
	uint32_t table_hash[ROTOR_PLDM_FD_COMPONENTS_MAX];
	uint32_t accepted, applied; /**< masks over the table */

	struct rotor_pldm_component component; /**< under way; its version text is not kept */
	uint8_t component_at;
	uint32_t options_enabled;
	uint32_t received; /**< readable: bytes of the image stored so far */
	uint32_t asked;    /**< bytes asked for so far */
	/** A ring, a place a buffer: @c blocks of them from @c first on are in use, in the order of the image. */
	struct rotor_pldm_fd_exchange exchange[ROTOR_PLDM_FD_OUTSTANDING_MAX];
	uint8_t first, blocks;
	rotor_ms quiet; /**< no request that is out is sent again before */
	uint8_t out;    /**< of these, not answered yet */
	uint8_t window; /**< requests that may be out at once */
	struct rotor_pldm_fd_result result;
	uint8_t aux_state, aux_status;

	bool last_valid;   /**< the last request of the owner, for retries */
	bool answer_ready; /**< the pending answer can be fetched */
	bool self_contained;
	bool named_set;   /**< by ActivatePendingComponentImageSet: not one component, but all */
	uint16_t seconds; /**< of the activation under way */
	struct rotor_pldm_component_name named; /**< by UpdateSecurityRevision, ActivatePending… */
	uint8_t last_len;
	uint8_t last[16]; /**< its response */
	uint32_t last_peer, last_hash;
};

/** A command of type 5 that not all devices have. */
struct rotor_pldm_fd_command {
	uint8_t command;
	bool changes; /**< only for the update's owner, and only if authorise() says so */
	/** Completion code in each state; SUCCESS: it is carried out. */
	uint8_t in[ROTOR_PLDM_STATES];
	/** Appends the payload of the answer. @return completion code; with one but SUCCESS the payload does not matter */
	uint8_t (*handle)(struct rotor_pldm_fd *fd, struct rotor_bytes payload,
			  struct rotor_writer *w);
};
/** GetDeviceMetaData (ROTOR_PLDM_GET_DEVICE_META_DATA). */
extern const struct rotor_pldm_fd_command rotor_pldm_fd_get_meta_data;
/** ActivatePendingComponentImageSet, ActivatePendingComponentImage. */
extern const struct rotor_pldm_fd_command rotor_pldm_fd_activate_pending_set,
    rotor_pldm_fd_activate_pending_image;
/** QueryDownstreamDevices, QueryDownstreamIdentifiers, GetDownstreamFirmwareParameters, RequestDownstreamDeviceUpdate. */
extern const struct rotor_pldm_fd_command rotor_pldm_fd_query_downstream,
    rotor_pldm_fd_query_downstream_identifiers, rotor_pldm_fd_get_downstream_parameters,
    rotor_pldm_fd_request_downstream_update;

/**
 * Starts a device in IDLE, reason INITIALIZATION, link up. @p config, @p ops and what they point to must outlive @p fd.
 * @return ROTOR_OK, ROTOR_ERR_ARGUMENT (no or too small a buffer, too many of them, no descriptors)
 */
ROTOR_MUST_CHECK enum rotor_status rotor_pldm_fd_init(struct rotor_pldm_fd *fd,
						      const struct rotor_pldm_fd_config *config,
						      const struct rotor_pldm_fd_ops *ops,
						      void *ctx);

/**
 * Handles a request of any PLDM type (0 and 5 are served, others answered ERROR_INVALID_PLDM_TYPE).
 * @param cap at least ROTOR_PLDM_FWUP_REQUEST_MAX; inventory that does not fit is answered ERROR
 * @param len 0 if there is nothing to answer (counted why)
 * @return ROTOR_OK; ROTOR_PENDING: the answer, to this request, will come from rotor_pldm_fd_answer();
 *         ROTOR_ERR_SPACE (@p cap is too small for any answer)
 */
ROTOR_MUST_CHECK enum rotor_status rotor_pldm_fd_request(struct rotor_pldm_fd *fd, uint32_t peer,
							 const void *msg, size_t msg_len,
							 uint8_t *out, size_t cap, size_t *len,
							 rotor_ms now);
/**
 * The answer that rotor_pldm_fd_request() left pending, once.
 * @return ROTOR_OK, ROTOR_ERR_NOT_FOUND (none is ready), ROTOR_ERR_SPACE
 */
ROTOR_MUST_CHECK enum rotor_status rotor_pldm_fd_answer(struct rotor_pldm_fd *fd, uint8_t *out,
							size_t cap, size_t *len, uint32_t *peer);

/**
 * The next request of the device that is due, a first one or a retry: to be sent to @p peer. The retry timer starts.
 * @return ROTOR_OK, ROTOR_ERR_NOT_FOUND (nothing is due), ROTOR_ERR_SPACE (16 bytes are enough)
 */
ROTOR_MUST_CHECK enum rotor_status rotor_pldm_fd_next_request(struct rotor_pldm_fd *fd,
							      rotor_ms now, uint8_t *out,
							      size_t cap, size_t *len,
							      uint32_t *peer);
/**
 * Optional: the request given last has really left (it may have waited behind others). The retry timers of all that are
 * out start anew, with @p allowance milliseconds on top for what is queued before the answers.
 */
void rotor_pldm_fd_sent(struct rotor_pldm_fd *fd, rotor_ms now, rotor_ms allowance);

/** Handles a response to one of the device's requests. What nobody waits for is counted and dropped. */
void rotor_pldm_fd_response(struct rotor_pldm_fd *fd, uint32_t peer, const void *msg,
			    size_t msg_len, rotor_ms now);

/** Does pending work and runs timers. */
void rotor_pldm_fd_poll(struct rotor_pldm_fd *fd, rotor_ms now);
/** When to call rotor_pldm_fd_poll() or rotor_pldm_fd_next_request() next: 0 means at once (work is pending). */
rotor_ms rotor_pldm_fd_deadline(const struct rotor_pldm_fd *fd);

/**
 * Tells whether there is a way (a session) to the update's owner. Without one the device sends nothing and stays in update
 * mode until FD_T1; when it comes back, an unanswered request is sent again at once, with its instance ID.
 */
void rotor_pldm_fd_link(struct rotor_pldm_fd *fd, bool up, rotor_ms now);

/** Fills in what GetStatus would answer now. */
void rotor_pldm_fd_status(const struct rotor_pldm_fd *fd, struct rotor_pldm_status *out);

/** Whether a PLDM message is a request (Rq set); false for an empty one. For dispatching what was received. */
bool rotor_pldm_is_request(const void *msg, size_t len);

#ifdef __cplusplus
}
#endif

#endif
