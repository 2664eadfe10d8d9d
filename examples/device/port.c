/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The port of the example device: a board made of files and a socket. Flash and fuses are files in memory, as
 * `rotor provision` makes them; the line is a Unix socket, where a board has a UART.
 */
#include "port.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "rotor/crypto.h"

/* Where things stand in the fuses (apps/rotor-prot/chip.h): a real part has a map of its own. */
enum {
	SECRET = 0,
	FLOOR = 64,
	FLOOR_BYTES = 32,
	KEYS = 128,
	KEY_COUNT = 4,
	REVOKED = 320,
	FUSES = 512
};

static uint8_t *flash_bytes, *fuse_bytes;
static uint8_t ram_bytes[512 * 1024]; /* must hold the largest image */
static bool fuses_locked, ram_sealed;
static int listener = -1, line = -1;

/* ---- flash: NOR, so erasing sets bits and programming clears them ---- */

static enum rotor_status flash_read(void *ctx, uint32_t offset, void *buf, size_t len)
{
	(void)ctx; /* bounds are checked by the caller, rotor_boot_flash_read() */
	memcpy(buf, flash_bytes + offset, len);
	return ROTOR_OK;
}

static enum rotor_status flash_erase(void *ctx, uint32_t offset)
{
	const struct port *port = ctx;
	memset(flash_bytes + offset, 0xff, port->flash.geometry.sector);
	return ROTOR_OK; /* a chip takes long: answer ROTOR_PENDING until it is done */
}

static enum rotor_status flash_program(void *ctx, uint32_t offset, const void *data, size_t len)
{
	(void)ctx;
	for (size_t i = 0; i < len; i++) {
		flash_bytes[offset + i] &= ((const uint8_t *)data)[i];
	}
	return ROTOR_OK;
}

static const struct rotor_flash_ops flash_ops = {flash_read, flash_erase, flash_program};

/* ---- fuses: bits go from 0 to 1, once ---- */

static enum rotor_status read_secret(void *ctx, uint8_t secret[ROTOR_BOOT_SECRET_SIZE])
{
	(void)ctx;
	if (fuses_locked) {
		return ROTOR_ERR_DENIED; /* the firmware must never see it */
	}
	memcpy(secret, fuse_bytes + SECRET, ROTOR_BOOT_SECRET_SIZE);
	return ROTOR_OK;
}

static enum rotor_status read_floor(void *ctx, uint32_t *floor)
{
	(void)ctx;
	*floor =
	    0; /* the highest blown bit counts: a cut in the middle can only leave the floor too high */
	for (uint32_t bit = 0; bit < 8 * FLOOR_BYTES; bit++) {
		*floor = fuse_bytes[FLOOR + bit / 8] & 1u << bit % 8 ? bit + 1 : *floor;
	}
	return ROTOR_OK;
}

static enum rotor_status raise_floor(void *ctx, uint32_t floor)
{
	(void)ctx;
	if (floor > 8 * FLOOR_BYTES) {
		return ROTOR_ERR_SPACE;
	}
	for (uint32_t bit = 0; bit < floor; bit++) {
		fuse_bytes[FLOOR + bit / 8] |= (uint8_t)(1u << bit % 8);
	}
	return ROTOR_OK;
}

static enum rotor_status read_key_hash(void *ctx, size_t index,
				       uint8_t hash[ROTOR_BOOT_DIGEST_SIZE])
{
	static const uint8_t empty[ROTOR_BOOT_DIGEST_SIZE];
	(void)ctx;
	if (fuses_locked) {
		return ROTOR_ERR_DENIED;
	}
	if (index >= KEY_COUNT) {
		return ROTOR_ERR_NOT_FOUND;
	}
	memcpy(hash, fuse_bytes + KEYS + index * ROTOR_BOOT_DIGEST_SIZE, ROTOR_BOOT_DIGEST_SIZE);
	if (memcmp(hash, empty, sizeof(empty)) == 0) {
		return ROTOR_ERR_NOT_FOUND;
	}
	return fuse_bytes[REVOKED] & 1u << index ? ROTOR_ERR_DENIED : ROTOR_OK;
}

static enum rotor_status revoke_key(void *ctx, size_t index)
{
	(void)ctx;
	if (fuses_locked) {
		return ROTOR_ERR_DENIED;
	}
	if (index >= KEY_COUNT) {
		return ROTOR_ERR_NOT_FOUND;
	}
	fuse_bytes[REVOKED] |= (uint8_t)(1u << index);
	return ROTOR_OK;
}

static enum rotor_status lock(void *ctx)
{
	(void)ctx;
	fuses_locked = true;
	return ROTOR_OK;
}

static const struct rotor_fuse_ops fuse_ops = {
    .read_secret = read_secret,
    .read_floor = read_floor,
    .raise_floor = raise_floor,
    .read_key_hash = read_key_hash,
    .revoke_key = revoke_key,
    .lock = lock,
};

/* ---- execution memory ---- */

static enum rotor_status ram_begin(void *ctx, const struct rotor_ram_image *image)
{
	(void)ctx;
	ram_sealed = false;
	return image->size <= sizeof(ram_bytes) ? ROTOR_OK : ROTOR_ERR_SPACE;
}

static enum rotor_status ram_write(void *ctx, uint32_t offset, const void *data, size_t len)
{
	(void)ctx;
	if (ram_sealed || offset > sizeof(ram_bytes) || len > sizeof(ram_bytes) - offset) {
		return ROTOR_ERR_ARGUMENT;
	}
	memcpy(ram_bytes + offset, data, len);
	return ROTOR_OK;
}

static enum rotor_status ram_seal(void *ctx)
{
	(void)ctx;
	ram_sealed =
	    true; /* a chip has its MPU make it read-only, so that what is verified next is what runs */
	return ROTOR_OK;
}

static enum rotor_status ram_read(void *ctx, uint32_t offset, void *buf, size_t len)
{
	(void)ctx;
	if (offset > sizeof(ram_bytes) || len > sizeof(ram_bytes) - offset) {
		return ROTOR_ERR_ARGUMENT;
	}
	memcpy(buf, ram_bytes + offset, len);
	return ROTOR_OK;
}

static const struct rotor_ram_ops ram_ops = {ram_begin, ram_write, ram_seal, ram_read};

/* ---- line, clock, console ---- */

rotor_ms port_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (rotor_ms)t.tv_sec * 1000 + (rotor_ms)t.tv_nsec / 1000000;
}

size_t port_read(uint8_t *bytes, size_t cap)
{
	if (line < 0) {
		line = accept(listener, NULL, NULL); /* one peer at a time, as on a wire */
	}
	ssize_t got = line < 0 ? 0 : recv(line, bytes, cap, MSG_DONTWAIT);
	if (line >= 0 && (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR))) {
		close(line); /* the peer has gone; the next one may come */
		line = -1;
	}
	return got > 0 ? (size_t)got : 0;
}

void port_write(const uint8_t *bytes, size_t len)
{
	while (len > 0 && line >= 0) {
		ssize_t sent = send(line, bytes, len, MSG_NOSIGNAL);
		if (sent < 0 && errno != EINTR) {
			return; /* nobody is there: as on a wire, the bytes are lost */
		}
		bytes += sent > 0 ? sent : 0;
		len -= sent > 0 ? (size_t)sent : 0;
	}
}

void port_sleep(rotor_ms deadline)
{
	struct pollfd wait = {.fd = line < 0 ? listener : line, .events = POLLIN};
	rotor_ms now = port_now();
	rotor_ms left = deadline > now ? deadline - now : 0;
	(void)poll(&wait, 1, left > 1000 ? 1000 : (int)left);
}

void port_log(const char *what, const char *detail)
{
	printf("device: %s%s%s\n", what, detail ? ": " : "", detail ? detail : "");
	fflush(stdout);
}

/* ---- power up ---- */

/* A file as memory that keeps what is written to it. */
static uint8_t *map(const char *path, size_t least)
{
	struct stat info;
	int fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &info) != 0 || (size_t)info.st_size < least) {
		return NULL;
	}
	void *at = mmap(NULL, (size_t)info.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	return at == MAP_FAILED ? NULL : at;
}

/* A chip's first code is in a mask ROM, which can read itself; here it is this program's file. */
static bool digest_of_self(uint8_t digest[ROTOR_BOOT_DIGEST_SIZE])
{
	const struct rotor_crypto *crypto = &rotor_crypto_mbedtls;
	struct rotor_hash hash = {0};
	uint8_t piece[4096];
	ssize_t got = -1;
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || crypto->hash_start(&hash, ROTOR_HASH_SHA384) != ROTOR_OK) {
		return false;
	}
	while ((got = read(fd, piece, sizeof(piece))) > 0 &&
	       crypto->hash_update(&hash, piece, (size_t)got) == ROTOR_OK) {
	}
	close(fd);
	return crypto->hash_finish(&hash, digest) == ROTOR_OK && got == 0;
}

bool port_open(struct port *port, const char *flash, const char *fuses, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	flash_bytes = map(flash, ROTOR_FLASH_LAYOUT_SIZE);
	fuse_bytes = map(fuses, FUSES);
	if (!flash_bytes || !fuse_bytes || !digest_of_self(port->stage_digest) ||
	    rotor_flash_layout_decode(flash_bytes, ROTOR_FLASH_LAYOUT_SIZE, &port->layout) !=
		ROTOR_OK) {
		port_log("no flash or no fuses", "make them with rotor provision");
		return false;
	}
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	(void)unlink(path);
	if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof(address)) != 0 ||
	    listen(listener, 1) != 0) {
		port_log("cannot listen", path);
		return false;
	}
	port->flash = (struct rotor_flash){&flash_ops, port, port->layout.geometry};
	port->fuses = (struct rotor_fuses){&fuse_ops, port};
	port->ram = (struct rotor_ram){&ram_ops, port};
	return true;
}

void port_reset(void)
{
	fuses_locked = false;
}
