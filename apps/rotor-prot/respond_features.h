/* SPDX-License-Identifier: Apache-2.0 */
/* What a plain responder can do beyond attestation and sessions, with a device behind it that is made up. */
#ifndef ROTOR_PROT_RESPOND_FEATURES_H
#define ROTOR_PROT_RESPOND_FEATURES_H

#include "respond_options.h"
#include "rotor/spdm_features.h"

#define RESPOND_CHAIN_MAX 16384
#define RESPOND_LARGE_MAX 32768
/* What every key may do. */
#define RESPOND_KEY_USES                                                                           \
	(ROTOR_SPDM_KEY_USE_KEY_EX | ROTOR_SPDM_KEY_USE_CHALLENGE | ROTOR_SPDM_KEY_USE_MEAS |      \
	 ROTOR_SPDM_KEY_USE_EP_INFO)

/* What the features change and tell of: the responder's slots, in memory of their own. */
struct respond_device {
	const struct rotor_crypto *crypto;
	struct rotor_spdm_slot slots[ROTOR_SPDM_SLOT_COUNT];
	uint8_t chains[ROTOR_SPDM_SLOT_COUNT][RESPOND_CHAIN_MAX];
	struct rotor_soft_key keys[ROTOR_SPDM_SLOT_COUNT];
	struct rotor_signer signers[ROTOR_SPDM_SLOT_COUNT];
	/* Key pair n is slot n's, from 1; what is changed of them is only told, the slots stay as they are. */
	bool pair_erased[ROTOR_SPDM_SLOT_COUNT], pair_parted[ROTOR_SPDM_SLOT_COUNT];
	/* the features' */
	/* One more: keys are updated by both sides. */
	struct rotor_spdm_feature_use uses[RESPOND_FEATURE_COUNT + 1];
	uint8_t use_count;
	struct rotor_spdm_chunks chunks;
	struct rotor_spdm_ready ready;
	struct rotor_spdm_psk psk;
	struct rotor_spdm_psk_config psk_config;
	struct rotor_spdm_basic_mutual basic;
	struct rotor_spdm_csr_config csr;
	struct rotor_spdm_set_cert_config set_cert;
	struct rotor_spdm_key_pairs pairs;
	struct rotor_spdm_mel_config mel;
	struct rotor_spdm_endpoint_config endpoint;
	struct rotor_spdm_events events;
	struct rotor_spdm_vendor_config vendor;
	uint8_t large[RESPOND_LARGE_MAX], set_chain[RESPOND_CHAIN_MAX], log[256];
};

/* Fills in the features that the options name. */
void respond_features(struct respond_device *d, const struct respond_options *options);

#endif
