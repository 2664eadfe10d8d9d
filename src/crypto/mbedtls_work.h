/* SPDX-License-Identifier: Apache-2.0 */
/* What a pending job of the Mbed TLS backend holds: memory of the library's allocator, from the first call to the last. */
#ifndef ROTOR_CRYPTO_MBEDTLS_WORK_H
#define ROTOR_CRYPTO_MBEDTLS_WORK_H

#include "rotor/crypto.h"

enum work_kind {
	WORK_VERIFY = 1,
	WORK_SIGN,
	WORK_GENERATE,
	WORK_AGREE,
	WORK_KEY,
	WORK_CHAIN,
};

/* The first member of what a job holds. */
struct work {
	enum work_kind kind;
	size_t size;
	void (*forget)(struct work *self); /* frees what the rest of it holds */
};

/*
 * The work of a job: what it holds, or size bytes of zeros but for the head. NULL: no memory; or the job holds another kind
 * of work, which is dropped: its result must not be taken for this one's.
 */
struct work *rotor_mbedtls_work(struct rotor_crypto_job *job, enum work_kind kind, size_t size,
				void (*forget)(struct work *self));
/* Ends it, with or without a result: erased and freed. Does nothing where there is none. */
void rotor_mbedtls_work_end(struct rotor_crypto_job *job);

#endif
