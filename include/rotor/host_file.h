/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Whole files: read with a limit, written so that a reader sees the old or the
 * new content and never half of it.
 */
#ifndef ROTOR_HOST_FILE_H
#define ROTOR_HOST_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "rotor/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Modes for rotor_file_write(). */
#define ROTOR_FILE_PUBLIC 0644
/** For keys and other secrets: its owner's alone, at no moment anybody else's. */
#define ROTOR_FILE_PRIVATE 0600

/**
 * Reads a whole regular file.
 * @param max its largest acceptable size; a larger one is ROTOR_ERR_SPACE.
 * @param[out] data allocated; the caller frees it with free(). One zero byte follows the content,
 *             not counted in @p len, so that text can be used as a string. NULL on error.
 * @return ROTOR_ERR_NOT_FOUND, ROTOR_ERR_DENIED (no permission), ROTOR_ERR_SPACE, ROTOR_ERR_IO.
 */
enum rotor_status rotor_file_read(const char *path, size_t max, uint8_t **data, size_t *len);
/** The same into the caller's buffer of @p size bytes (no zero byte added). */
enum rotor_status rotor_file_read_into(const char *path, void *buf, size_t size, size_t *len);
/**
 * Writes a whole file: a temporary file beside it, made durable, then renamed over it.
 * @param mode ROTOR_FILE_PUBLIC or ROTOR_FILE_PRIVATE, whatever the umask or an older file's mode.
 * @return ROTOR_ERR_NOT_FOUND if the directory does not exist, ROTOR_ERR_DENIED, ROTOR_ERR_IO.
 *         After an error the old file, if any, is unchanged.
 */
enum rotor_status rotor_file_write(const char *path, const void *data, size_t len, unsigned mode);
/** The same, but ROTOR_ERR_BUSY if @p path exists already (a key is never overwritten by mistake). */
enum rotor_status rotor_file_write_new(const char *path, const void *data, size_t len,
				       unsigned mode);
/** A file that is written piece by piece, and is there under its name only when it is whole. Private but for its size. */
struct rotor_file_writer {
	int fd; /**< of the temporary file, open for reading too */
	const char *path;
	char temporary[4096];
};
/** Begins. @param path must outlive the writer @return as rotor_file_write(); after an error there is nothing to end */
enum rotor_status rotor_file_writer_open(struct rotor_file_writer *w, const char *path);
/** Writes at @p offset. @return ROTOR_OK, ROTOR_ERR_IO */
enum rotor_status rotor_file_writer_put(const struct rotor_file_writer *w, uint64_t offset,
					const void *data, size_t len);
/** Reads again what was written; exactly @p len bytes. @return ROTOR_OK, ROTOR_ERR_IO */
enum rotor_status rotor_file_writer_get(const struct rotor_file_writer *w, uint64_t offset,
					void *buf, size_t len);
/** Ends: durable and under its name, as rotor_file_write() does it; after an error the old file, if any, is unchanged. */
enum rotor_status rotor_file_writer_finish(struct rotor_file_writer *w, unsigned mode);
/** Ends without a file. */
void rotor_file_writer_abandon(struct rotor_file_writer *w);

/** Creates a directory, owner's alone if @p mode is 0700; one that exists already is fine. */
enum rotor_status rotor_file_mkdir(const char *path, unsigned mode);

#ifdef __cplusplus
}
#endif

#endif
