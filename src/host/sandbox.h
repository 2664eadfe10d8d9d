/* SPDX-License-Identifier: Apache-2.0 */
/* The system-call filter of a sandboxed child. */
#ifndef ROTOR_HOST_SANDBOX_PRIVATE_H
#define ROTOR_HOST_SANDBOX_PRIVATE_H

/**
 * Installs the filter in the calling process, for ever; no new privileges from here on, too.
 * @param image the descriptor that execveat may start, and nothing else.
 * @return 0, or an errno value.
 */
int sandbox_filter(int image);

#endif
