/* SPDX-License-Identifier: Apache-2.0 */
/* A failure in words: who refused, and why. */
#include <string.h>

#include "rotor/agent.h"
#include "rotor/boot_measurement.h"
#include "rotor/boot_verdict.h"
#include "rotor/spdm_messages.h"

static void put(struct rotor_writer *w, const char *text)
{
	rotor_write_bytes(w, text, strlen(text));
}

static void put_hex(struct rotor_writer *w, uint8_t value)
{
	static const char digits[] = "0123456789abcdef";
	char text[] = {'0', 'x', digits[value >> 4], digits[value & 15], 0};
	put(w, text);
}

static void put_spdm(struct rotor_writer *w, const struct rotor_spdm_result *r)
{
	put(w, rotor_spdm_code_name(r->request));
	put(w, ": ");
	put(w, rotor_spdm_fail_string(r->fail));
	if (r->fail == ROTOR_SPDM_FAIL_PEER_ERROR) {
		put(w, " ");
		put(w, rotor_spdm_error_name(r->peer_error));
		put(w, " (");
		put_hex(w, r->peer_error);
		put(w, ")");
	} else if (r->fail == ROTOR_SPDM_FAIL_LEAF) {
		put(w, ": ");
		put(w, rotor_spdm_leaf_string(r->leaf));
	} else if (r->fail == ROTOR_SPDM_FAIL_UNTRUSTED) {
		put(w, ": ");
		put(w, rotor_status_string(r->cause));
	}
}

static void put_pldm(struct rotor_writer *w, const struct rotor_pldm_ua_failure *f)
{
	char text[ROTOR_PLDM_UA_FAILURE_TEXT];
	put(w, rotor_pldm_ua_failure_text(f, text, sizeof(text)));
	/* Codes of the vendor's range mean what rotor's devices mean by them; one verdict has a code of its own. */
	unsigned int code = f->code == ROTOR_PLDM_RESULT_SECURITY_REVISION
				? (unsigned int)ROTOR_VERDICT_SECURITY_VERSION
				: f->code - (unsigned int)ROTOR_PLDM_VERIFY_VENDOR_FIRST;
	if (f->kind == ROTOR_PLDM_UA_FAILED_RESULT && f->command == ROTOR_PLDM_VERIFY_COMPLETE &&
	    code < ROTOR_VERDICT_COUNT) {
		put(w, ": ");
		put(w, rotor_boot_verdict_string((enum rotor_boot_verdict)code));
	}
}

static void put_verdict(struct rotor_writer *w, const struct rotor_agent_failure *f)
{
	put(w, rotor_agent_verdict_string(f->verdict));
	if (f->verdict == ROTOR_AGENT_NOT_EXPECTED) {
		put(w, " (measurement ");
		put_hex(w, f->differs);
		put(w, ", ");
		put(w, rotor_measurement_name(f->differs));
		put(w, ")");
	}
}

char *rotor_agent_failure_text(const struct rotor_agent_failure *f, char *text, size_t cap)
{
	struct rotor_writer w = rotor_writer(text, cap ? cap - 1 : 0);
	put(&w, rotor_agent_step_name(f->step));
	put(&w, ": ");
	switch (f->fault) {
	case ROTOR_AGENT_FAULT_SPDM:
		put_spdm(&w, &f->spdm);
		break;
	case ROTOR_AGENT_FAULT_PLDM:
		put_pldm(&w, &f->pldm);
		break;
	case ROTOR_AGENT_FAULT_VERDICT:
		put_verdict(&w, f);
		break;
	case ROTOR_AGENT_FAULT_NO_TARGET:
		put(&w, "no endpoint on the bus has this EID");
		break;
	case ROTOR_AGENT_FAULT_NO_TYPE:
		put(&w, "the endpoint does not support the message types that are needed");
		break;
	case ROTOR_AGENT_FAULT_REFERENCE:
		put(&w, "the package's reference values are not to be believed: ");
		put(&w, rotor_status_string(f->status));
		break;
	case ROTOR_AGENT_FAULT_OTHER_DEVICE:
		put(&w, "the package is for other devices: none of its records matches this one");
		break;
	case ROTOR_AGENT_FAULT_COMPONENT:
		put(&w, "the package and the device have no component in common that applies");
		break;
	case ROTOR_AGENT_FAULT_LINK_LOST:
		put(&w, "the device no longer answers in the session");
		break;
	case ROTOR_AGENT_FAULT_CHANGED:
		put(&w, "another device, or other firmware, answers now: it is told nothing more");
		break;
	case ROTOR_AGENT_FAULT_NOT_BACK:
		put(&w, "the device did not come back");
		break;
	case ROTOR_AGENT_FAULT_OTHER_IDENTITY:
		put(&w, "another device came back: its device certificate is not that of the "
			"device that was updated");
		break;
	case ROTOR_AGENT_FAULT_NOTHING_WAITS:
		put(&w, "no security revision waits to be updated");
		break;
	case ROTOR_AGENT_FAULT_FLOOR:
		put(&w, "the device says that it has done so, but its security floor is still "
			"below what it runs");
		break;
	case ROTOR_AGENT_FAULT_HELD_HERE:
		put(&w, "another job on this machine has the device in hand");
		break;
	case ROTOR_AGENT_FAULT_HELD:
		put(&w, "another agent is updating the device: ");
		put_pldm(&w, &f->pldm);
		break;
	case ROTOR_AGENT_FAULT_CANCELLED:
		put(&w, "cancelled: the device keeps the firmware that it had");
		break;
	default:
		put(&w, rotor_status_string(f->status));
		break;
	}
	if (cap) {
		text[w.len] = 0;
	}
	return text;
}
