/* SPDX-License-Identifier: Apache-2.0 */
#include "rotor/host_claim.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define TRIES 10

static bool name_is_good(const char *name)
{
	static const char allowed[] =
	    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-";
	const size_t len = strlen(name);
	return len > 0 && len < sizeof(((struct rotor_claim *)NULL)->name) &&
	       strspn(name, allowed) == len;
}

/* Where all programs of this user look. */
static void folder_path(char *path, size_t cap)
{
	const char *said = getenv("ROTOR_RUNTIME_DIR");
	const char *run = getenv("XDG_RUNTIME_DIR");
	if (said && said[0]) {
		snprintf(path, cap, "%s", said);
	} else if (geteuid() == 0) {
		snprintf(path, cap, "/run/rotor");
	} else if (run && run[0] == '/') {
		snprintf(path, cap, "%s/rotor", run);
	} else {
		snprintf(path, cap, "/tmp/rotor-%u", (unsigned int)geteuid());
	}
}

/* The folder, if nobody else can put anything there. */
static enum rotor_status open_folder(int *fd)
{
	char path[512];
	struct stat is;
	folder_path(path, sizeof(path));
	if (mkdir(path, 0700) != 0 && errno != EEXIST) {
		return ROTOR_ERR_IO;
	}
	*fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (*fd < 0) {
		return ROTOR_ERR_IO;
	}
	if (fstat(*fd, &is) != 0 || is.st_uid != geteuid() || (is.st_mode & 022) != 0) {
		close(*fd);
		return ROTOR_ERR_DENIED;
	}
	return ROTOR_OK;
}

static void read_words(int fd, char words[ROTOR_CLAIM_TEXT])
{
	const ssize_t n = pread(fd, words, ROTOR_CLAIM_TEXT - 1, 0);
	words[n > 0 ? n : 0] = '\0';
}

/* Whether the name still stands for the file that is locked: its holder may have given it back meanwhile. */
static bool still_named(int folder, const char *name, int fd)
{
	struct stat is, named;
	return fstat(fd, &is) == 0 && fstatat(folder, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	       is.st_ino == named.st_ino && is.st_dev == named.st_dev;
}

/* One try. ROTOR_PENDING: another one is needed. */
static enum rotor_status take(int folder, const char *name, int *file, char words[ROTOR_CLAIM_TEXT])
{
	const int fd = openat(folder, name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0) {
		return ROTOR_ERR_IO;
	}
	const bool locked = flock(fd, LOCK_EX | LOCK_NB) == 0;
	const bool held = !locked && errno == EWOULDBLOCK;
	read_words(fd, words);
	if (locked && still_named(folder, name, fd)) {
		*file = fd;
		return ROTOR_OK;
	}
	close(fd);
	return locked ? ROTOR_PENDING : held ? ROTOR_ERR_BUSY : ROTOR_ERR_IO;
}

enum rotor_status rotor_claim_take(struct rotor_claim *claim, const char *name,
				   char words[ROTOR_CLAIM_TEXT])
{
	int folder, file = -1;
	words[0] = '\0';
	if (!name_is_good(name) || claim->file) {
		return ROTOR_ERR_ARGUMENT;
	}
	enum rotor_status status = open_folder(&folder);
	if (status != ROTOR_OK) {
		return status;
	}
	status = ROTOR_PENDING;
	for (unsigned i = 0; status == ROTOR_PENDING && i < TRIES; i++) {
		status = take(folder, name, &file, words);
	}
	if (status != ROTOR_OK) {
		close(folder);
		return status == ROTOR_PENDING ? ROTOR_ERR_BUSY : status;
	}
	claim->folder = folder + 1;
	claim->file = file + 1;
	snprintf(claim->name, sizeof(claim->name), "%s", name);
	return ROTOR_OK;
}

void rotor_claim_say(const struct rotor_claim *claim, const char *words)
{
	const size_t len = strnlen(words, ROTOR_CLAIM_TEXT - 1);
	/* Who reads meanwhile gets an end of what was there before, at worst. */
	if (claim->file && pwrite(claim->file - 1, words, len, 0) == (ssize_t)len) {
		(void)!ftruncate(claim->file - 1, (off_t)len);
	}
}

void rotor_claim_release(struct rotor_claim *claim)
{
	if (!claim->file) {
		return;
	}
	(void)unlinkat(claim->folder - 1, claim->name, 0);
	close(claim->file - 1);
	close(claim->folder - 1);
	claim->file = claim->folder = 0;
}
