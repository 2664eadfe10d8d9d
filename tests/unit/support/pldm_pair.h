/* SPDX-License-Identifier: Apache-2.0 */
/* An update agent and a firmware device with a wire between them that loses what a test wishes; time is a number. */
#ifndef SUPPORT_PLDM_PAIR_H
#define SUPPORT_PLDM_PAIR_H

#include "rotor/pldm_ua.h"
#include "support/pldm_device.h"

#define PLDM_PAIR_PEER 0x0a01

struct pldm_pair {
	struct pldm_device device;
	struct rotor_pldm_ua ua;
	struct rotor_pldm_component components[2];
	struct rotor_pldm_ua_plan plan;
	rotor_ms now;

	unsigned carried;    /* messages put on the wire so far */
	unsigned lose_at;    /* this one is lost (counted from 1; 0: none) */
	unsigned lose_every; /* and every nth (0: none) */
	bool cut;            /* all are lost */
	unsigned lost;
	unsigned read_pending; /* so often the image cannot be read yet */
	enum rotor_status fail_read;
	unsigned events[16]; /* by kind */
	bool bad_event;
	bool late_answer; /* an answer came through rotor_pldm_fd_answer() */
	/* Called with each message; may be NULL. */
	void (*watch)(struct pldm_pair *p, bool to_device, const uint8_t *msg, size_t len);
	void *watcher;
	uint8_t store[1024];
};

/* The image of a component: byte i of component 0 is (7i+3)^(i>>8), of component 1 0xa5^i. */
uint8_t pldm_image_byte(unsigned component, uint32_t i);
/* Two components of the sizes given (the second may be 0: one component). */
void pldm_pair_init(struct pldm_pair *p, uint32_t size0, uint32_t size1);
/* One round: everything that is due is carried, or time goes on to the next deadline. False if nothing is left to do. */
bool pldm_pair_step(struct pldm_pair *p);
/* Until the agent's operation has ended or @p limit_ms of time have passed. */
enum rotor_status pldm_pair_run(struct pldm_pair *p, rotor_ms limit_ms);
/* Whether the device's flash holds the plan's images, each byte written once. */
bool pldm_pair_flash_right(const struct pldm_pair *p, unsigned component);

#endif
