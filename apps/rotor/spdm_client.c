/* SPDX-License-Identifier: Apache-2.0 */
#include "spdm_client.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "rotor/host_file.h"
#include "rotor/host_loop.h"
#include "rotor/trace.h"

#define HELLO_MS      5000
#define ROUND_TRIP_MS 1000
#define EXCHANGE_MS   5000

/* ---- what the requester asks ---- */

static enum rotor_status verify_peer(void *ctx, struct rotor_crypto_job *job,
				     const struct rotor_bytes *certs, size_t cert_count,
				     const struct rotor_cert *leaf)
{
	struct spdm_client *c = ctx;
	(void)leaf;
	return c->config.crypto->chain_verify(job, certs, cert_count, c->roots,
					      c->options->root_count, (rotor_time)time(NULL));
}

static void on_event(void *ctx, const struct rotor_spdm_event *e)
{
	struct spdm_client *c = ctx;
	rotor_event(&c->cli->events, ROTOR_DETAIL, "message",
		    ROTOR_SAY("{direction} {name}, {size} bytes"),
		    ROTOR_STRING("direction", e->sent ? "->" : "<-"),
		    ROTOR_STRING("name", rotor_spdm_code_name(e->message.data[1])),
		    ROTOR_UINT("size", e->message.len), ROTOR_BOOL("sent", e->sent),
		    ROTOR_BOOL("retry", e->retry), ROTOR_BOOL("in_session", e->secured),
		    ROTOR_BOOL("encapsulated", e->encapsulated));
}

static void on_secrets(void *ctx, const struct rotor_spdm_secrets *secrets)
{
	struct spdm_client *c = ctx;
	char text[ROTOR_TRACE_KEYLOG_TEXT_MAX];
	size_t len = 0;
	if (rotor_trace_keylog_write(secrets, text, sizeof(text), &len) == ROTOR_OK) {
		(void)fwrite(text, 1, len, c->keylog);
		(void)fflush(c->keylog);
	}
	rotor_wipe(text, sizeof(text));
}

/* ---- opening ---- */

static bool read_files(struct spdm_client *c)
{
	const struct spdm_client_options *o = c->options;
	enum rotor_status status;
	size_t len = 0;
	for (size_t i = 0; i < o->root_count; i++) {
		status =
		    rotor_pki_read_certs(o->roots[i], c->root_der[i], sizeof(c->root_der[i]), &len);
		if (status != ROTOR_OK) {
			cli_fail_file(c->cli, o->roots[i], status);
			return false;
		}
		c->roots[i] = (struct rotor_bytes){c->root_der[i], len};
	}
	if (o->peer_key) {
		status = rotor_file_read_into(o->peer_key, c->peer_key_der, sizeof(c->peer_key_der),
					      &len);
		if (status == ROTOR_OK) {
			status = rotor_spki_read(c->peer_key_der, len, &c->peer_key.key);
		}
		if (status != ROTOR_OK) {
			cli_fail_file(c->cli, o->peer_key, status);
			return false;
		}
		c->peer_key.form = (struct rotor_bytes){c->peer_key_der, len};
	}
	if (!o->chain) {
		return true;
	}
	status = rotor_pki_read_certs(o->chain, c->chain, sizeof(c->chain), &len);
	if (status != ROTOR_OK) {
		cli_fail_file(c->cli, o->chain, status);
		return false;
	}
	status = rotor_pki_read_private(o->key, c->cli->crypto, &c->key);
	if (status != ROTOR_OK) {
		cli_fail_file(c->cli, o->key, status);
		return false;
	}
	if (o->rsassa) {
		c->key.alg = rotor_sig_pkcs1(c->key.alg);
	}
	c->signer = rotor_soft_signer(&c->key);
	c->config.own = (struct rotor_spdm_slot){.chain = {c->chain, len}, .signer = &c->signer};
	c->config.offer_mutual_auth = true;
	c->config.need_mutual_auth = o->need_mutual_auth;
	return true;
}

static bool open_records(struct spdm_client *c)
{
	const struct spdm_client_options *o = c->options;
	if (o->trace) {
		enum rotor_status status = rotor_pcap_create(&c->pcap, o->trace);
		if (status != ROTOR_OK) {
			cli_fail_file(c->cli, o->trace, status);
			return false;
		}
	}
	if (o->keylog) {
		mode_t old = umask(077);
		c->keylog = fopen(o->keylog, "a");
		umask(old);
		if (!c->keylog) {
			cli_fail_file(c->cli, o->keylog, ROTOR_ERR_IO);
			return false;
		}
		rotor_event(&c->cli->events, ROTOR_WARNING, "keylog",
			    ROTOR_SAY("THE SECRETS OF THIS SESSION ARE BEING WRITTEN TO {file}"),
			    ROTOR_STRING("file", o->keylog));
	}
	return true;
}

static void on_device_event(void *ctx, uint32_t session_id,
			    const struct rotor_spdm_event_item *item)
{
	struct spdm_client *c = ctx;
	rotor_event(&c->cli->events, ROTOR_INFO, "spdm.event",
		    ROTOR_SAY("event {instance} of type {type}"), ROTOR_HEX("session", session_id),
		    ROTOR_UINT("instance", item->instance), ROTOR_UINT("type", item->type),
		    ROTOR_BYTES("detail", item->detail.data, item->detail.len));
}

/* What the options offer besides. */
static void offer(struct spdm_client *c)
{
	const struct spdm_client_options *o = c->options;
	const struct rotor_spdm_requester_use all[SPDM_FEATURE_COUNT] = {
	    [SPDM_FEATURE_KEY_UPDATE] = {&rotor_spdm_requester_key_update, NULL},
	    [SPDM_FEATURE_CHUNKS] = {&rotor_spdm_requester_chunk, &c->chunks},
	    [SPDM_FEATURE_EVENTS] = {&rotor_spdm_requester_event_piece, &c->took},
	    [SPDM_FEATURE_BASIC_MUTUAL] = {&rotor_spdm_requester_basic_mutual, &c->basic},
	};
	c->chunks = (struct rotor_spdm_requester_chunks){
	    .request = c->large_request,
	    .request_size = sizeof(c->large_request),
	    .response = c->large_response,
	    .response_size = sizeof(c->large_response),
	};
	c->took = (struct rotor_spdm_requester_events){.event = on_device_event, .ctx = c};
	c->psk = (struct rotor_spdm_psk){.hint = o->psk_hint, .key = o->psk};
	c->config.pieces = c->pieces;
	for (unsigned i = 0; i < SPDM_FEATURE_COUNT; i++) {
		if (o->features & 1u << i) {
			c->pieces[c->config.piece_count++] = all[i];
		}
	}
	if (o->psk.len) {
		c->pieces[c->config.piece_count++] =
		    (struct rotor_spdm_requester_use){&rotor_spdm_requester_psk, NULL};
	}
	c->config.clear_handshake = o->clear_handshake;
	c->config.multi_key = o->multi_key;
	c->config.privacy = o->mac_only ? ROTOR_SPDM_MAC_ONLY : ROTOR_SPDM_ENCRYPTED;
}

bool spdm_client_open(struct spdm_client *c, struct rotor_cli *cli,
		      const struct spdm_client_options *o)
{
	memset(c, 0, sizeof(*c));
	c->cli = cli;
	c->options = o;
	rotor_spdm_socket_init(&c->socket, -1);
	if (!read_files(c) || !open_records(c)) {
		return false;
	}
	c->config.crypto = cli->crypto;
	c->config.version_count = o->version_count;
	memcpy(c->config.versions, o->versions, sizeof(o->versions));
	c->config.hashes = o->algorithms.hashes;
	c->config.sigs = o->algorithms.sigs;
	c->config.kexes = o->algorithms.kexes;
	c->config.aeads = o->algorithms.aeads;
	c->config.ct_exponent = 20;
	c->config.data_transfer_size = o->data_transfer_size;
	c->config.round_trip_ms = ROUND_TRIP_MS;
	c->config.retries = 1;
	c->config.verify_peer = verify_peer;
	c->config.event = on_event;
	c->config.secrets = c->keylog ? on_secrets : NULL;
	c->config.ctx = c;
	offer(c);
	enum rotor_status status =
	    rotor_spdm_requester_init(&c->q, &c->config, c->buffer, sizeof(c->buffer));
	if (status != ROTOR_OK) {
		cli_fail(cli, "a requester cannot be made with these options",
			 rotor_status_string(status));
		return false;
	}
	status = rotor_spdm_client_open(&c->socket, o->where, HELLO_MS);
	if (status != ROTOR_OK) {
		char text[256];
		snprintf(text, sizeof(text), "cannot reach the responder at %s: %s", o->where,
			 rotor_status_string(status));
		cli_fail(cli, text, "does it listen there, and speak SPDM over TCP?");
		return false;
	}
	return true;
}

bool spdm_client_close(struct spdm_client *c)
{
	bool good = true;
	rotor_spdm_client_close(&c->socket,
				c->options->shutdown ? ROTOR_SPDM_CLIENT_SHUTDOWN
						     : ROTOR_SPDM_CLIENT_CONTINUE,
				HELLO_MS);
	if (c->config.crypto) {
		rotor_spdm_requester_deinit(&c->q);
	}
	if (rotor_pcap_close(&c->pcap) != ROTOR_OK) {
		cli_fail_file(c->cli, c->options->trace, ROTOR_ERR_IO);
		good = false;
	}
	if (c->keylog) {
		fclose(c->keylog);
	}
	rotor_wipe(c, sizeof(*c));
	return good;
}

/* ---- running ---- */

/* Records a message as one packet, with a header as DMTF's captures have it. */
static void record(struct spdm_client *c, uint8_t type, struct rotor_bytes body)
{
	static uint8_t packet[5 + ROTOR_SPDM_SOCKET_MAX];
	struct rotor_writer w = rotor_writer(packet, sizeof(packet));
	size_t size;
	if (!c->options->trace) {
		return;
	}
	rotor_write_bytes(&w, "\0\0\0\300", 4);
	rotor_write_u8(&w, type);
	rotor_write_bytes(&w, body.data, body.len);
	if (rotor_writer_end(&w, &size) == ROTOR_OK) {
		(void)rotor_pcap_write(&c->pcap, rotor_pcap_now(), packet, size);
	}
}

static void send(struct spdm_client *c, bool secured, struct rotor_bytes bytes)
{
	uint8_t type = secured ? ROTOR_SPDM_MCTP_TYPE_SECURED : ROTOR_SPDM_MCTP_TYPE;
	record(c, type, bytes);
	/* A message that cannot leave is lost, as on any bus. */
	c->lost = rotor_spdm_socket_send(&c->socket, ROTOR_SPDM_SOCKET_NORMAL, type, bytes) ==
		  ROTOR_ERR_IO;
}

static void take(struct spdm_client *c, const struct rotor_spdm_packet *packet)
{
	struct rotor_spdm_message app;
	if (packet->command != ROTOR_SPDM_SOCKET_NORMAL || packet->payload.len == 0) {
		return;
	}
	uint8_t type = packet->payload.data[0];
	struct rotor_bytes body = {packet->payload.data + 1, packet->payload.len - 1};
	record(c, type, body);
	if (type != ROTOR_SPDM_MCTP_TYPE && type != ROTOR_SPDM_MCTP_TYPE_SECURED) {
		return;
	}
	/* The payload stands in the socket's own buffer, where a record may be opened. */
	if (rotor_spdm_requester_receive(&c->q, type == ROTOR_SPDM_MCTP_TYPE_SECURED,
					 c->socket.in + ROTOR_SPDM_SOCKET_HEAD + 1, body.len,
					 rotor_loop_now(), &app) &&
	    app.bytes.len <= sizeof(c->app)) {
		memcpy(c->app, app.bytes.data, app.bytes.len);
		c->app_len = app.bytes.len;
	}
}

/* Sends, waits and takes, until @p due at most. */
static void turn(struct spdm_client *c, rotor_ms due)
{
	struct rotor_spdm_message out;
	struct rotor_spdm_packet packet;
	rotor_ms now = rotor_loop_now();
	if (rotor_spdm_requester_next(&c->q, now, &out)) {
		send(c, out.secured, out.bytes);
	}
	rotor_ms next = rotor_spdm_requester_deadline(&c->q);
	due = next < due ? next : due;
	rotor_ms left = due > now ? due - now : 0;
	struct pollfd wait = {.fd = c->socket.fd, .events = rotor_spdm_socket_events(&c->socket)};
	(void)poll(&wait, 1, left > 1000 ? 1000 : (int)left);
	enum rotor_status status = rotor_spdm_socket_flush(&c->socket);
	while (status != ROTOR_ERR_IO &&
	       (status = rotor_spdm_socket_receive(&c->socket, &packet)) == ROTOR_OK) {
		take(c, &packet);
	}
	c->lost = status != ROTOR_PENDING;
}

enum rotor_status spdm_client_finish(struct spdm_client *c)
{
	while (rotor_spdm_requester_status(&c->q) == ROTOR_PENDING) {
		turn(c, ROTOR_NEVER);
		if (c->lost) {
			return ROTOR_ERR_IO;
		}
	}
	return rotor_spdm_requester_status(&c->q);
}

enum rotor_status spdm_client_exchange(struct spdm_client *c, uint8_t type, const uint8_t *msg,
				       size_t len)
{
	uint8_t buffer[512];
	struct rotor_bytes sealed;
	rotor_ms end = rotor_loop_now() + EXCHANGE_MS;
	if (len > sizeof(buffer) - ROTOR_SPDM_RECORD_HEADROOM - ROTOR_SPDM_RECORD_TAILROOM) {
		return ROTOR_ERR_SPACE;
	}
	memcpy(buffer + ROTOR_SPDM_RECORD_HEADROOM, msg, len);
	enum rotor_status status =
	    rotor_spdm_requester_seal(&c->q, type, buffer, sizeof(buffer), len, &sealed);
	if (status != ROTOR_OK) {
		return status;
	}
	c->app_len = 0;
	send(c, true, sealed);
	while (!c->app_len) {
		if (rotor_loop_now() >= end) {
			return ROTOR_ERR_TIMEOUT;
		}
		turn(c, end);
		if (c->lost) {
			return ROTOR_ERR_IO;
		}
	}
	return ROTOR_OK;
}
