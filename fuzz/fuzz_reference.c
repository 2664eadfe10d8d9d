/* SPDX-License-Identifier: Apache-2.0 */
/* Reference manifests behind a signature that is taken for good: what is read lies within what was given. */
#include <stdlib.h>
#include <string.h>

#include "fake_crypto.h"
#include "rotor/agent_reference.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must_lie_within(struct rotor_bytes view, const uint8_t *data, size_t size)
{
	if (view.data < data || view.len > size || view.data > data + size - view.len) {
		abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct rotor_public_key signer = {.alg = ROTOR_SIG_ECDSA_P384, .len = 96};
	struct rotor_crypto_job job = {0};
	struct rotor_reference ref;
	if (rotor_reference_open(&fake_crypto, &job, (struct rotor_bytes){data, size}, &signer, 1,
				 &ref) != ROTOR_OK) {
		return 0;
	}
	if (ref.value_count == 0 || ref.value_count > ROTOR_REFERENCE_VALUES_MAX ||
	    ref.vendor_id.len != 16 || ref.class_id.len != 16) {
		abort();
	}
	must_lie_within(ref.vendor_id, data, size);
	must_lie_within(ref.class_id, data, size);
	if (ref.version.len) {
		must_lie_within(ref.version, data, size);
	}
	for (size_t i = 0; i < ref.value_count; i++) {
		must_lie_within(ref.values[i].value, data, size);
		if (i && ref.values[i].index <= ref.values[i - 1].index) {
			abort();
		}
	}
	return 0;
}
