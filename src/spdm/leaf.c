/* SPDX-License-Identifier: Apache-2.0 */
/* SPDM's rules for a leaf certificate, and words for reasons. */
#include "rotor/spdm.h"
#include "rotor/spdm_session.h"

enum rotor_spdm_leaf rotor_spdm_leaf_check(const struct rotor_cert *leaf, enum rotor_spdm_role role,
					   enum rotor_sig_alg alg)
{
	if (leaf->is_ca)
		return ROTOR_SPDM_LEAF_IS_CA;
	if (leaf->has_key_usage && !leaf->may_sign)
		return ROTOR_SPDM_LEAF_CANNOT_SIGN;
	bool ours = role == ROTOR_SPDM_RESPONDER ? leaf->spdm_responder : leaf->spdm_requester;
	if ((leaf->spdm_responder || leaf->spdm_requester) && !ours)
		return ROTOR_SPDM_LEAF_WRONG_ROLE;
	if (leaf->key.alg == ROTOR_SIG_NONE || rotor_sig_key(leaf->key.alg) != rotor_sig_key(alg))
		return ROTOR_SPDM_LEAF_WRONG_KEY;
	return ROTOR_SPDM_LEAF_GOOD;
}

const char *rotor_spdm_leaf_string(enum rotor_spdm_leaf reason)
{
	switch (reason) {
	case ROTOR_SPDM_LEAF_GOOD:
		return "good";
	case ROTOR_SPDM_LEAF_IS_CA:
		return "the leaf certificate is a certificate authority's";
	case ROTOR_SPDM_LEAF_CANNOT_SIGN:
		return "the leaf certificate's key usage has no digital signature";
	case ROTOR_SPDM_LEAF_WRONG_ROLE:
		return "the leaf certificate is for the other SPDM role";
	case ROTOR_SPDM_LEAF_WRONG_KEY:
		return "the leaf certificate's key is not of the agreed algorithm";
	}
	return "unknown";
}

const char *rotor_spdm_session_end_string(enum rotor_spdm_session_end reason)
{
	switch (reason) {
	case ROTOR_SPDM_END_REQUESTED:
		return "ended as asked";
	case ROTOR_SPDM_END_RESET:
		return "the peer began a new connection";
	case ROTOR_SPDM_END_HANDSHAKE_TIMEOUT:
		return "the handshake was not finished in time";
	case ROTOR_SPDM_END_IDLE:
		return "nothing came for twice the heartbeat period";
	case ROTOR_SPDM_END_HANDSHAKE_FAILED:
		return "the handshake failed";
	case ROTOR_SPDM_END_EXHAUSTED:
		return "the sequence numbers are used up";
	case ROTOR_SPDM_END_REPLACED:
		return "it gave way to a peer that authenticates itself";
	case ROTOR_SPDM_END_ERROR:
		return "the local side failed";
	}
	return "unknown";
}
