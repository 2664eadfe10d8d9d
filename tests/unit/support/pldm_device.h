/* SPDX-License-Identifier: Apache-2.0 */
/* A firmware device whose flash is an array and which fails or dawdles as a test wishes. */
#ifndef SUPPORT_PLDM_DEVICE_H
#define SUPPORT_PLDM_DEVICE_H

#include "rotor/pldm_fd.h"

#define PLDM_DEVICE_FLASH 80000
#define PLDM_DEVICE_BUFFER                                                                         \
	1024 /* one transfer; there are as many as config.buffer_count says, 1 unless a test wishes more */

struct pldm_device {
	uint64_t broken; /* components that a cancelled update leaves without function */
	struct rotor_pldm_fd fd;
	struct rotor_pldm_fd_config config;
	struct rotor_pldm_fd_ops ops;
	uint8_t buffer[PLDM_DEVICE_BUFFER * ROTOR_PLDM_FD_OUTSTANDING_MAX];

	/* what the test wishes */
	unsigned pend;          /* how often each slow operation says that it is pending */
	bool refuse;            /* authorise() says no */
	uint8_t refuse_request; /* completion code of RequestUpdate */
	uint8_t check_table, check_update; /* component codes */
	enum rotor_status fail_begin, fail_write, fail_end, fail_verify, fail_apply, fail_activate,
	    fail_revision;
	uint32_t options; /* UpdateOptionFlags that it honours beside force */
	uint8_t code;     /* result code given with a failure */
	uint16_t other_activation;
	uint8_t progress;
	enum rotor_status fail_package, fail_meta, fail_opaque;
	uint16_t downstream; /* devices behind it: device n has index 16 + n */
	uint16_t generation; /* of their list */
	uint8_t refuse_downstream;
	enum rotor_status fail_pending;
	uint16_t meta_size; /* of the data that it gives the agent to keep */
	uint32_t
	    has_every; /* of each two runs of so many bytes the second is there already; 0: nothing is */

	/* what happened */
	unsigned pending; /* left, of the operation under way */
	bool in_op;
	uint8_t flash[2][PLDM_DEVICE_FLASH];
	uint8_t written
	    [PLDM_DEVICE_FLASH]; /* of the component under way: how often each byte was given */
	unsigned at;             /* the component under way: 0 or 1 */
	uint32_t size;
	bool out_of_bounds;
	uint8_t package[256];
	uint32_t package_len, parts, taken;
	bool package_ended;
	uint32_t meta_back, opaque_len; /* bytes that have come */
	bool meta_ended, opaque_ended, wrong_bytes;
	unsigned authorised, requests, checks, begins, ends, verifies, applies, activations,
	    activated, revisions, cancels, cancels_whole, downstream_requests, sets, images;
	bool self_contained;
	bool pending_version;
};

/* Two components: class 10 id 0x0101 index 0, class 13 id 0x0202 index 1, as in the recorded conversations. */
void pldm_device_init(struct pldm_device *d);
/* It is one with so many transfer buffers (0 is 1). */
void pldm_device_buffers(struct pldm_device *d, uint8_t count);
/* It is one that wants package data. */
void pldm_device_wants_package(struct pldm_device *d);
/* It is one that has data for the agent to keep: byte i of them is 3i. */
void pldm_device_has_meta_data(struct pldm_device *d, uint16_t size);
/* It is one that wants opaque data, to which d->options has to say so, too: byte i of them is 5i. */
void pldm_device_wants_opaque_data(struct pldm_device *d);

#endif
