/* SPDX-License-Identifier: Apache-2.0 */
/* What the two halves of the firmware device share: fd.c answers the agent, fd_work.c does the work and asks the agent. */
#ifndef PLDM_FD_INTERNAL_H
#define PLDM_FD_INTERNAL_H

#include "rotor/pldm_fd.h"
#include "rotor/pldm_fwup_data.h"

/* Enters a state: remembers the previous one, resets the aux state and drops the request that was out. */
void rotor_pldm_fd_enter(struct rotor_pldm_fd *fd, enum rotor_pldm_state state);
/* Drops all requests that are out, and blocks that have come. */
void rotor_pldm_fd_forget(struct rotor_pldm_fd *fd);
/* The owner gave a sign of life: FD_T1 starts anew. */
static inline void rotor_pldm_fd_touch(struct rotor_pldm_fd *fd, rotor_ms now)
{
	fd->idle_at = now + fd->t1;
}
/* An update begins: LEARN COMPONENTS, and the answer to the request. */
void rotor_pldm_fd_begin_update(struct rotor_pldm_fd *fd,
				const struct rotor_pldm_request_update *req,
				struct rotor_writer *w);
/* Data of so many bytes are to be fetched, by this command. */
void rotor_pldm_fd_fetch_parts(struct rotor_pldm_fd *fd, uint8_t command, uint32_t size,
			       rotor_ms now);
/* What the answer to UpdateComponent says of opaque data. */
void rotor_pldm_fd_want_opaque(struct rotor_pldm_fd *fd,
			       struct rotor_pldm_update_component_resp *resp);
/* There is no more to fetch: all has come, or the rest cannot be had. */
void rotor_pldm_fd_end_parts(struct rotor_pldm_fd *fd, bool whole, rotor_ms now);
/* A part came, or why not. */
void rotor_pldm_fd_take_part(struct rotor_pldm_fd *fd, const struct rotor_pldm_message *msg,
			     rotor_ms now);
/* Gives the part that came to the device. */
void rotor_pldm_fd_give_part(struct rotor_pldm_fd *fd, rotor_ms now);
/* A new request, with a new instance ID, to be sent at @p due. */
void rotor_pldm_fd_ask(struct rotor_pldm_fd *fd, struct rotor_pldm_fd_exchange *x, uint8_t command,
		       rotor_ms due);
/* A handler's "the answer comes later"; not a completion code of any command. */
#define ROTOR_PLDM_FD_LATER 0xff
/* Asks ops.activate_pending, as rotor_pldm_fd_security_revision. */
enum rotor_status rotor_pldm_fd_activate_pending(struct rotor_pldm_fd *fd, uint8_t *completion);
/* The state's work has failed: tells the agent this result. */
void rotor_pldm_fd_fail(struct rotor_pldm_fd *fd, uint8_t code, rotor_ms now);
/* Asks ops.activate; ROTOR_PENDING or the final completion code in *completion. Leaves ACTIVATE when it has ended. */
enum rotor_status rotor_pldm_fd_activate(struct rotor_pldm_fd *fd, uint8_t *completion);
/* The same for ops.update_security_revision; its work has ended then. */
enum rotor_status rotor_pldm_fd_security_revision(struct rotor_pldm_fd *fd, uint8_t *completion);

#endif
