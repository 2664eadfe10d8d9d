/* SPDX-License-Identifier: Apache-2.0 */
/* Which ERROR says what a device's function has answered. */
#include "spdm/responder.h"

enum rotor_status rotor_spdm_responder_refuse(struct rotor_spdm_responder *r,
					      enum rotor_status status)
{
	static const uint8_t errors[] = {
	    [ROTOR_ERR_ARGUMENT] = ROTOR_SPDM_ERROR_INVALID_REQUEST,
	    [ROTOR_ERR_STATE] = ROTOR_SPDM_ERROR_RESET_REQUIRED,
	    [ROTOR_ERR_LENGTH] = ROTOR_SPDM_ERROR_INVALID_REQUEST,
	    [ROTOR_ERR_FORMAT] = ROTOR_SPDM_ERROR_INVALID_REQUEST,
	    [ROTOR_ERR_UNSUPPORTED] = ROTOR_SPDM_ERROR_UNSUPPORTED_REQUEST,
	    [ROTOR_ERR_SPACE] = ROTOR_SPDM_ERROR_RESPONSE_TOO_LARGE,
	    [ROTOR_ERR_BUSY] = ROTOR_SPDM_ERROR_BUSY,
	    [ROTOR_ERR_VERIFY] = ROTOR_SPDM_ERROR_INVALID_REQUEST,
	    [ROTOR_ERR_UNTRUSTED] = ROTOR_SPDM_ERROR_INVALID_REQUEST,
	    [ROTOR_ERR_DENIED] = ROTOR_SPDM_ERROR_UNEXPECTED_REQUEST,
	    [ROTOR_ERR_NOT_FOUND] = ROTOR_SPDM_ERROR_INVALID_REQUEST,
	};
	uint8_t error = (size_t)status < ROTOR_COUNT_OF(errors) ? errors[status] : 0;
	if (!error)
		error = ROTOR_SPDM_ERROR_OPERATION_FAILED;
	return rotor_spdm_responder_error_with(
	    r, error, error == ROTOR_SPDM_ERROR_UNSUPPORTED_REQUEST ? r->work.code : 0);
}
