/* SPDX-License-Identifier: Apache-2.0 */
/* A crypto backend whose slow operations answer ROTOR_PENDING some times before they do their work. */
#ifndef ROTOR_TEST_PENDING_CRYPTO_H
#define ROTOR_TEST_PENDING_CRYPTO_H

#include "rotor/crypto.h"

/**
 * A backend on top of @p base: verify, kex_generate, kex_agree, chain_verify and key_sign answer ROTOR_PENDING @p times
 * times, then do their work. Soft keys that are imported or derived through it sign through it. The test fails if a call
 * is repeated with other arguments, or if a job is used for two things at once. A job left pending holds memory that
 * job_cancel frees: the address sanitizer tells of those forgotten.
 * There is one such backend in a process: a second call changes the first one's answer.
 */
const struct rotor_crypto *pending_crypto(const struct rotor_crypto *base, unsigned times);

#endif
