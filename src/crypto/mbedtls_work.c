/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/mbedtls_work.h"

#include <mbedtls/platform.h>

struct work *rotor_mbedtls_work(struct rotor_crypto_job *job, enum work_kind kind, size_t size,
				void (*forget)(struct work *self))
{
	struct work *work = job->state;
	if (work) {
		if (work->kind == kind) {
			return work;
		}
		rotor_mbedtls_work_end(job);
		return NULL;
	}
	work = mbedtls_calloc(1, size);
	if (work) {
		work->kind = kind;
		work->size = size;
		work->forget = forget;
		job->state = work;
	}
	return work;
}

void rotor_mbedtls_work_end(struct rotor_crypto_job *job)
{
	struct work *work = job->state;
	if (work) {
		work->forget(work);
		rotor_wipe(work, work->size);
		mbedtls_free(work);
		job->state = NULL;
	}
}
