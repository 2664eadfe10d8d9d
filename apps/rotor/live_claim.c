/* SPDX-License-Identifier: Apache-2.0 */
/* Who on this machine has a device in hand: a claim in its UUID's name, with a word on how far the job is. */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "live.h"

static const char *const verbs[] = {
    [ROTOR_AGENT_UPDATE] = "updates it",
    [ROTOR_AGENT_SECURITY_REVISION] = "updates its security revision",
    [ROTOR_AGENT_CANCEL] = "cancels its update",
};

void live_claim_step(struct live_device *device, const char *step)
{
	char words[ROTOR_CLAIM_TEXT], since[32];
	struct tm t;
	const time_t now = time(NULL);
	if (!device->claim.file) {
		return;
	}
	gmtime_r(&now, &t);
	strftime(since, sizeof(since), "%Y-%m-%dT%H:%M:%SZ", &t);
	snprintf(words, sizeof(words), "process %ld %s: %s, since %s", (long)getpid(),
		 verbs[device->job.config.kind], step, since);
	rotor_claim_say(&device->claim, words);
}

bool live_claim(void *ctx, const struct rotor_mctp_found *found)
{
	struct live_device *device = ctx;
	struct rotor_events *e = &device->cli.events;
	char name[37], words[ROTOR_CLAIM_TEXT];
	if (!found->has_uuid) {
		return true; /* there is no name for it that others would know */
	}
	cli_uuid_text(found->uuid, name);
	enum rotor_status status = rotor_claim_take(&device->claim, name, words);
	if (status == ROTOR_ERR_BUSY) {
		rotor_event(e, ROTOR_WARNING, "claimed", ROTOR_SAY("{holder}"),
			    ROTOR_STRING("holder", words), ROTOR_STRING("uuid", name));
		return false;
	}
	if (status != ROTOR_OK) {
		/* The device itself listens to one agent at a time. */
		rotor_event(e, ROTOR_WARNING, "claim.impossible",
			    ROTOR_SAY("other programs cannot be told that the device is in use: "
				      "{reason}"),
			    ROTOR_STRING("reason", rotor_status_string(status)));
		return true;
	}
	if (words[0]) {
		rotor_event(e, ROTOR_WARNING, "claim.left",
			    ROTOR_SAY("a job before has ended without a word ({holder}): what "
				      "became of it, the device has to say"),
			    ROTOR_STRING("holder", words));
	}
	live_claim_step(device, "looking for the device");
	return true;
}
