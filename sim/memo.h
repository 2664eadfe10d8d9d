/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A crypto backend that remembers. A campaign boots the same few images some
 * hundred thousand times: what is slow and always gives the same (signing,
 * verifying, keys, certificates, MACs) is computed by OpenSSL once and then
 * looked up by its whole input. Hashes are computed each time. What is signed
 * is signed by Mbed TLS, whose signatures are deterministic (RFC 6979).
 */
#ifndef ROTOR_SIM_MEMO_H
#define ROTOR_SIM_MEMO_H

#include "rotor/crypto.h"

/* The backend. There is one in a process, and it is not for several threads. */
const struct rotor_crypto *sim_memo_crypto(void);
/* Forgets everything and frees it. */
void sim_memo_forget(void);

#endif
