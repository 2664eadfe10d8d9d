/* SPDX-License-Identifier: Apache-2.0 */
/* Classic pcap, as the files of draft-ietf-opsawg-pcap are laid out. */
#include "rotor/host_pcap.h"

#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "rotor/wire.h"

static const uint32_t magic_us = 0xa1b2c3d4;
static const uint32_t magic_ns = 0xa1b23c4d;
static const uint32_t magic_ng = 0x0a0d0d0a; /* pcapng's section header block */

enum { FILE_HEADER = 24, RECORD_HEADER = 16 };

/* ---- writing ---- */

static void put(struct rotor_pcap_writer *w, const void *data, size_t len)
{
	if (len > 0 && fwrite(data, 1, len, w->file) != len)
		w->failed = true;
}

enum rotor_status rotor_pcap_create_file(struct rotor_pcap_writer *w, FILE *file)
{
	uint8_t header[FILE_HEADER];
	size_t len = 0;
	*w = (struct rotor_pcap_writer){.file = file};
	struct rotor_writer out = rotor_writer(header, sizeof(header));
	rotor_write_u32le(&out, magic_us);
	rotor_write_u16le(&out, 2); /* version 2.4 */
	rotor_write_u16le(&out, 4);
	rotor_write_u32le(&out, 0);
	rotor_write_u32le(&out, 0);
	rotor_write_u32le(&out, ROTOR_PCAP_PACKET_MAX);
	rotor_write_u32le(&out, ROTOR_PCAP_LINKTYPE_MCTP);
	enum rotor_status status = rotor_writer_end(&out, &len);
	if (status != ROTOR_OK)
		return status;
	put(w, header, len);
	if (fflush(file) != 0)
		w->failed = true;
	return w->failed ? ROTOR_ERR_IO : ROTOR_OK;
}

enum rotor_status rotor_pcap_create(struct rotor_pcap_writer *w, const char *path)
{
	*w = (struct rotor_pcap_writer){.file = NULL};
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return ROTOR_ERR_IO;
	FILE *file = fdopen(fd, "wb");
	if (!file) {
		close(fd);
		return ROTOR_ERR_IO;
	}
	enum rotor_status status = rotor_pcap_create_file(w, file);
	if (status != ROTOR_OK)
		(void)rotor_pcap_close(w);
	return status;
}

enum rotor_status rotor_pcap_write(struct rotor_pcap_writer *w, uint64_t time_us,
				   const void *packet, size_t len)
{
	uint8_t header[RECORD_HEADER];
	size_t header_len = 0;
	if (!w->file)
		return ROTOR_ERR_STATE;
	if (len > ROTOR_PCAP_PACKET_MAX)
		return ROTOR_ERR_LENGTH;
	struct rotor_writer out = rotor_writer(header, sizeof(header));
	rotor_write_u32le(&out, (uint32_t)(time_us / 1000000));
	rotor_write_u32le(&out, (uint32_t)(time_us % 1000000));
	rotor_write_u32le(&out, (uint32_t)len);
	rotor_write_u32le(&out, (uint32_t)len);
	if (rotor_writer_end(&out, &header_len) != ROTOR_OK)
		return ROTOR_ERR_LENGTH;
	put(w, header, header_len);
	put(w, packet, len);
	if (fflush(w->file) != 0)
		w->failed = true;
	w->packets += !w->failed;
	return w->failed ? ROTOR_ERR_IO : ROTOR_OK;
}

enum rotor_status rotor_pcap_close(struct rotor_pcap_writer *w)
{
	if (w->file && fclose(w->file) != 0)
		w->failed = true;
	w->file = NULL;
	return w->failed ? ROTOR_ERR_IO : ROTOR_OK;
}

uint64_t rotor_pcap_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

/* ---- reading ---- */

static enum rotor_status stop(struct rotor_pcap_reader *r, enum rotor_status status)
{
	r->status = status;
	return status;
}

/* The next @len bytes, in @small or in place. NOT_FOUND: none is left. */
static enum rotor_status get(struct rotor_pcap_reader *r, uint8_t *small, size_t len,
			     const uint8_t **at)
{
	if (!r->file) {
		if (r->left < len)
			return r->left == 0 ? ROTOR_ERR_NOT_FOUND : ROTOR_ERR_LENGTH;
		*at = r->at;
		r->at += len;
		r->left -= len;
		return ROTOR_OK;
	}
	size_t n = fread(small, 1, len, r->file);
	*at = small;
	if (n == len)
		return ROTOR_OK;
	if (ferror(r->file))
		return ROTOR_ERR_IO;
	return n == 0 ? ROTOR_ERR_NOT_FOUND : ROTOR_ERR_LENGTH;
}

static uint32_t number(const struct rotor_pcap_reader *r, struct rotor_reader *in)
{
	return r->big_endian ? rotor_read_u32be(in) : rotor_read_u32le(in);
}

static bool is_magic(uint32_t magic)
{
	return magic == magic_us || magic == magic_ns;
}

static enum rotor_status read_header(struct rotor_pcap_reader *r)
{
	uint8_t small[FILE_HEADER];
	const uint8_t *at = NULL;
	enum rotor_status status = get(r, small, sizeof(small), &at);
	if (status != ROTOR_OK)
		return stop(r, status == ROTOR_ERR_NOT_FOUND ? ROTOR_ERR_LENGTH : status);
	struct rotor_reader in = rotor_reader(at, FILE_HEADER);
	struct rotor_reader again = in;
	uint32_t magic = rotor_read_u32le(&in);
	if (magic == magic_ng)
		return stop(r, ROTOR_ERR_UNSUPPORTED);
	if (!is_magic(magic)) {
		magic = rotor_read_u32be(&again);
		r->big_endian = true;
	}
	if (!is_magic(magic))
		return stop(r, ROTOR_ERR_FORMAT);
	r->nanoseconds = magic == magic_ns;
	uint32_t version = number(r, &in);
	uint32_t expected = r->big_endian ? 0x00020004 : 0x00040002;
	rotor_read_skip(&in, 8);        /* time zone and accuracy: always 0 */
	(void)number(r, &in);           /* snapshot length: each record is checked itself */
	uint32_t link = number(r, &in); /* upper bits tell of a frame check sequence: none here */
	if (version != expected || link != ROTOR_PCAP_LINKTYPE_MCTP)
		return stop(r, ROTOR_ERR_UNSUPPORTED);
	return stop(r, rotor_reader_end(&in));
}

enum rotor_status rotor_pcap_read_file(struct rotor_pcap_reader *r, FILE *file, void *buf,
				       size_t size)
{
	*r = (struct rotor_pcap_reader){.file = file, .buf = buf, .size = size};
	return read_header(r);
}

enum rotor_status rotor_pcap_read_memory(struct rotor_pcap_reader *r, const void *data, size_t len)
{
	*r = (struct rotor_pcap_reader){.at = data, .left = len};
	return read_header(r);
}

enum rotor_status rotor_pcap_next(struct rotor_pcap_reader *r, struct rotor_pcap_packet *packet)
{
	uint8_t small[RECORD_HEADER];
	const uint8_t *at = NULL;
	*packet = (struct rotor_pcap_packet){.data = NULL};
	if (r->status != ROTOR_OK)
		return r->status;
	enum rotor_status status = get(r, small, sizeof(small), &at);
	if (status != ROTOR_OK)
		return stop(r, status);
	struct rotor_reader in = rotor_reader(at, RECORD_HEADER);
	uint32_t seconds = number(r, &in);
	uint32_t fraction = number(r, &in);
	uint32_t captured = number(r, &in);
	uint32_t original = number(r, &in);
	if (fraction >= (r->nanoseconds ? 1000000000u : 1000000u) || captured != original ||
	    captured > ROTOR_PCAP_PACKET_MAX)
		return stop(r, ROTOR_ERR_FORMAT);
	if (r->file && captured > r->size)
		return stop(r, ROTOR_ERR_SPACE);
	if (captured > 0) {
		status = get(r, r->buf, captured, &at);
		if (status != ROTOR_OK)
			return stop(r, status == ROTOR_ERR_NOT_FOUND ? ROTOR_ERR_LENGTH : status);
	}
	packet->time_us =
	    (uint64_t)seconds * 1000000 + (r->nanoseconds ? fraction / 1000 : fraction);
	packet->data = captured > 0 ? at : NULL;
	packet->len = captured;
	r->packets++;
	return ROTOR_OK;
}
