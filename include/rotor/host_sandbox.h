/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Starting a device's runtime in a box: an executable in a sealed memory file,
 * run as a child that holds three descriptors and no other, can open nothing,
 * start nothing, and dies with its parent.
 *
 * Order of work for a boot stage: rotor_sealed_create() with the image read
 * from flash; rotor_sealed_map() and verify the sealed bytes, which nobody can
 * change any more, not even this process; rotor_sandbox_start() runs exactly those.
 */
#ifndef ROTOR_HOST_SANDBOX_H
#define ROTOR_HOST_SANDBOX_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "rotor/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Descriptors of the child; it has no 0, 1 and 2. */
#define ROTOR_SANDBOX_FLASH   3
#define ROTOR_SANDBOX_BUS     4
#define ROTOR_SANDBOX_MAILBOX 5

/* ---- sealed memory ---- */

/**
 * Makes a memory file of @p len bytes of @p data and seals it: nobody can write, grow or shrink it, or take a seal off.
 * @param[out] fd close-on-exec; the caller closes it. -1 on error.
 */
enum rotor_status rotor_sealed_create(const char *name, const void *data, size_t len, int *fd);
/** Maps a sealed file for reading; ROTOR_ERR_STATE if it does not bear all four seals. */
enum rotor_status rotor_sealed_map(int fd, const uint8_t **data, size_t *len);
/** Ends a mapping made by rotor_sealed_map(). */
void rotor_sealed_unmap(const uint8_t *data, size_t len);

/* ---- the child ---- */

struct rotor_sandbox {
	int image;        /**< sealed memory file with an ELF executable */
	int flash;        /**< becomes descriptor 3 */
	int bus;          /**< becomes descriptor 4 */
	int mailbox;      /**< becomes descriptor 5 */
	const char *name; /**< argv[0] of the child */
};

/**
 * Starts the child and returns when it runs the image (or has failed to).
 *
 * The child: descriptors 3, 4, 5 and no other; empty environment; no new privileges; killed when
 * the calling thread ends; no core dump; a system-call filter that allows what a
 * statically linked program needs to read, write, wait and end, refuses the rest with EPERM, and
 * kills it for tracing or reaching into other processes. In a build with sanitizers (ROTOR_SANITIZED), where the
 * image is dynamically linked, the filter also lets the loader and the sanitizer open files for reading, and the environment
 * holds the sanitizers' options.
 *
 * The four descriptors stay open in the caller.
 * @param[out] pid the child; the caller waits for it (waitpid) and may kill it (a power cut).
 * @return ROTOR_ERR_FORMAT if the kernel does not take the image for an executable,
 *         ROTOR_ERR_UNSUPPORTED if the kernel cannot filter system calls, ROTOR_ERR_IO otherwise.
 */
enum rotor_status rotor_sandbox_start(const struct rotor_sandbox *box, pid_t *pid);

#ifdef __cplusplus
}
#endif

#endif
