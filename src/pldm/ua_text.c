/* SPDX-License-Identifier: Apache-2.0 */
/* The update agent's steps and failures in words. */
#include "rotor/pldm_ua.h"

const char *rotor_pldm_ua_step_name(enum rotor_pldm_ua_step step)
{
	static const char *const names[] = {
	    [ROTOR_PLDM_UA_NONE] = "nothing to do",
	    [ROTOR_PLDM_UA_GET_TID] = "asking for the terminus ID",
	    [ROTOR_PLDM_UA_GET_TYPES] = "asking for the PLDM types",
	    [ROTOR_PLDM_UA_GET_VERSION] = "asking for PLDM versions",
	    [ROTOR_PLDM_UA_GET_COMMANDS] = "asking for PLDM commands",
	    [ROTOR_PLDM_UA_IDENTIFIERS] = "reading device identifiers",
	    [ROTOR_PLDM_UA_PARAMETERS] = "reading firmware parameters",
	    [ROTOR_PLDM_UA_TAKE_OVER] = "cancelling an earlier update",
	    [ROTOR_PLDM_UA_REQUEST_UPDATE] = "requesting the update",
	    [ROTOR_PLDM_UA_DOWNSTREAM] = "asking for downstream devices",
	    [ROTOR_PLDM_UA_DOWNSTREAM_IDENTIFIERS] = "asking for downstream devices",
	    [ROTOR_PLDM_UA_DOWNSTREAM_PARAMETERS] = "asking for downstream devices",
	    [ROTOR_PLDM_UA_PACKAGE_DATA] = "giving package data",
	    [ROTOR_PLDM_UA_META_DATA] = "keeping the device's data",
	    [ROTOR_PLDM_UA_PASS_TABLE] = "passing the component table",
	    [ROTOR_PLDM_UA_UPDATE_COMPONENT] = "offering a component",
	    [ROTOR_PLDM_UA_DOWNLOAD] = "transferring",
	    [ROTOR_PLDM_UA_VERIFY] = "verifying",
	    [ROTOR_PLDM_UA_APPLY] = "applying",
	    [ROTOR_PLDM_UA_ACTIVATE] = "activating",
	    [ROTOR_PLDM_UA_CANCEL] = "cancelling",
	    [ROTOR_PLDM_UA_STATUS] = "asking for the status",
	    [ROTOR_PLDM_UA_SECURITY_REVISION] = "updating the security revision",
	    [ROTOR_PLDM_UA_ACTIVATE_PENDING] = "activating pending images",
	};

	return (unsigned)step < ROTOR_COUNT_OF(names) ? names[step] : "unknown step";
}

/* A text that grows to its capacity and no further. */
struct text {
	char *at;
	size_t left; /* with room for the terminating zero */
};

static void put(struct text *t, const char *s)
{
	while (*s != '\0' && t->left > 1) {
		*t->at++ = *s++;
		t->left--;
	}
	*t->at = '\0';
}

static void put_hex(struct text *t, uint8_t value)
{
	static const char digits[] = "0123456789abcdef";
	char hex[5] = {'0', 'x', digits[value >> 4], digits[value & 0xf], '\0'};

	put(t, hex);
}

static void put_number(struct text *t, uint16_t value)
{
	char digits[6];
	size_t at = sizeof(digits) - 1;

	digits[at] = '\0';
	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value != 0);
	put(t, &digits[at]);
}

/* "words NAME (0xNN)" */
static void put_coded(struct text *t, const char *words, const char *name, uint8_t code)
{
	put(t, words);
	put(t, name);
	put(t, " (");
	put_hex(t, code);
	put(t, ")");
}

/* What an answer means that its name alone does not tell; NULL for the others. */
static const char *meaning_of(const struct rotor_pldm_ua_failure *failure)
{
	static const struct {
		uint8_t command, code;
		const char *text;
	} meanings[] = {
	    {ROTOR_PLDM_UPDATE_SECURITY_REVISION, ROTOR_PLDM_UPDATE_SECURITY_REVISION_NOT_PERMITTED,
	     "none waits, or the firmware has not confirmed itself"},
	    {ROTOR_PLDM_UPDATE_SECURITY_REVISION, ROTOR_PLDM_INVALID_STATE_FOR_COMMAND,
	     "an update is under way"},
	    {ROTOR_PLDM_UPDATE_SECURITY_REVISION, ROTOR_PLDM_ERROR_INVALID_DATA,
	     "the device has no such component"},
	};

	for (size_t i = 0; i < ROTOR_COUNT_OF(meanings); i++) {
		if (failure->type == ROTOR_PLDM_TYPE_FWUP &&
		    meanings[i].command == failure->command && meanings[i].code == failure->code)
			return meanings[i].text;
	}
	return NULL;
}

static void put_completion(struct text *t, const struct rotor_pldm_ua_failure *failure)
{
	const char *meaning = meaning_of(failure);

	put(t, "the device answered ");
	put(t, rotor_pldm_command_name(failure->type, failure->command));
	put_coded(t, " with ",
		  rotor_pldm_completion_name(failure->type, failure->command, failure->code),
		  failure->code);
	if (meaning != NULL) {
		put(t, ": ");
		put(t, meaning);
	}
}

char *rotor_pldm_ua_failure_text(const struct rotor_pldm_ua_failure *failure, char *text,
				 size_t cap)
{
	struct text t = {text, cap};
	const char *command = rotor_pldm_command_name(failure->type, failure->command);

	if (cap == 0)
		return text;
	*text = '\0';
	switch (failure->kind) {
	case ROTOR_PLDM_UA_FAILED_NOT:
		put(&t, "no failure");
		break;
	case ROTOR_PLDM_UA_FAILED_TIMEOUT:
		put(&t, "the device did not answer ");
		put(&t, command);
		break;
	case ROTOR_PLDM_UA_FAILED_COMPLETION:
		put_completion(&t, failure);
		break;
	case ROTOR_PLDM_UA_FAILED_RESPONSE:
		put(&t, "the device's answer to ");
		put(&t, command);
		put(&t, " cannot be used: ");
		put(&t, rotor_status_string(failure->status));
		break;
	case ROTOR_PLDM_UA_FAILED_COMPONENT:
		put(&t, "the device refused component ");
		put_number(&t, failure->component);
		put(&t, " in ");
		put(&t, command);
		put_coded(&t, ": ", rotor_pldm_component_code_name(failure->command, failure->code),
			  failure->code);
		break;
	case ROTOR_PLDM_UA_FAILED_RESULT:
		put(&t, command);
		put(&t, " of component ");
		put_number(&t, failure->component);
		put_coded(&t, ": ", rotor_pldm_result_name(failure->command, failure->code),
			  failure->code);
		break;
	case ROTOR_PLDM_UA_FAILED_NO_DATA:
		put(&t, "the device stopped asking for firmware data (UA_T2)");
		break;
	case ROTOR_PLDM_UA_FAILED_NO_CHANGE:
		put(&t, "the device did not finish ");
		put(&t, rotor_pldm_ua_step_name(failure->step));
		put(&t, " (UA_T3)");
		break;
	case ROTOR_PLDM_UA_FAILED_READ:
		put(&t, "the image of component ");
		put_number(&t, failure->component);
		put(&t, " could not be read: ");
		put(&t, rotor_status_string(failure->status));
		break;
	case ROTOR_PLDM_UA_FAILED_LOST:
		put_coded(&t,
			  "the device left update mode: ", rotor_pldm_reason_name(failure->code),
			  failure->code);
		break;
	case ROTOR_PLDM_UA_FAILED_STATE:
		put(&t, "the device gave up, or left the update's path, in state ");
		put(&t, rotor_pldm_state_name(failure->code));
		break;
	case ROTOR_PLDM_UA_FAILED_UNSUPPORTED:
		put(&t, "the device has no ");
		put(&t, failure->command != ROTOR_PLDM_REQUEST_UPDATE ? command
								      : "PLDM firmware update");
		break;
	case ROTOR_PLDM_UA_FAILED_CANCELLED:
		put(&t, "cancelled");
		break;
	case ROTOR_PLDM_UA_FAILED_OPTION:
		put(&t, "the device does not delay the update of the security revision");
		break;
	case ROTOR_PLDM_UA_FAILED_META_DATA:
		put(&t, "the device has more data to be kept for it than there is room");
		break;
	}
	return text;
}
