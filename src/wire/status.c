/* SPDX-License-Identifier: Apache-2.0 */
#include "rotor/status.h"

#include <stddef.h>

const char *rotor_status_string(enum rotor_status status)
{
	static const char *const strings[] = {
	    [ROTOR_OK] = "done",
	    [ROTOR_PENDING] = "not done yet",
	    [ROTOR_ERR_ARGUMENT] = "invalid argument",
	    [ROTOR_ERR_STATE] = "not allowed in this state",
	    [ROTOR_ERR_LENGTH] = "wrong length",
	    [ROTOR_ERR_FORMAT] = "malformed",
	    [ROTOR_ERR_UNSUPPORTED] = "not supported",
	    [ROTOR_ERR_SPACE] = "no room",
	    [ROTOR_ERR_BUSY] = "busy",
	    [ROTOR_ERR_TIMEOUT] = "timed out",
	    [ROTOR_ERR_IO] = "input/output error",
	    [ROTOR_ERR_CRYPTO] = "cryptographic backend failed",
	    [ROTOR_ERR_VERIFY] = "verification failed",
	    [ROTOR_ERR_UNTRUSTED] = "not trusted",
	    [ROTOR_ERR_DENIED] = "denied by policy",
	    [ROTOR_ERR_PEER] = "refused by the peer",
	    [ROTOR_ERR_NOT_FOUND] = "not found",
	};
	size_t at = (size_t)status;
	if (at >= sizeof(strings) / sizeof(strings[0]) || !strings[at]) {
		return "unknown status";
	}
	return strings[at];
}
