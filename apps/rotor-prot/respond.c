/* SPDX-License-Identifier: Apache-2.0 */
#include "respond.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "respond_features.h"
#include "rotor/host_file.h"
#include "rotor/host_pcap.h"
#include "rotor/host_pki.h"
#include "rotor/host_spdm_socket.h"
#include "rotor/pldm.h"
#include "rotor/spdm_messages_manage.h"
#include "rotor/spdm_responder.h"
#include "rotor/trace.h"

/* One tool at a time, whoever it is. */
#define PEER        0
#define SESSIONS    4
#define BUFFER_SIZE 32768
#define CHAIN_MAX   ROTOR_PKI_CHAIN_MAX
#define SESSIONS    4

struct respond {
	const struct respond_options *options;
	struct rotor_events *events;
	struct rotor_spdm_server server;
	struct rotor_spdm_responder responder;
	struct rotor_crypto crypto; /* what of the backend was chosen */
	struct rotor_spdm_responder_config config;
	struct rotor_spdm_connection connection;
	struct rotor_spdm_session sessions[SESSIONS];
	struct respond_device device;
	uint8_t anchor_der[RESPOND_ANCHORS_MAX][CHAIN_MAX];
	struct rotor_bytes anchors[RESPOND_ANCHORS_MAX];
	struct rotor_spdm_slot provisioned;
	struct rotor_soft_key provisioned_key;
	struct rotor_signer provisioned_signer;
	struct rotor_spdm_peer_key peer_key;
	uint8_t forms[2][1024]; /* of the two public keys */
	struct rotor_pldm_base pldm;
	uint8_t measured[ROTOR_HASH_MAX];
	uint8_t buffer[BUFFER_SIZE], peer_chain[CHAIN_MAX], app[BUFFER_SIZE];
	struct rotor_pcap_writer pcap;
	FILE *keylog;
	int signals;
};

static rotor_ms now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (rotor_ms)t.tv_sec * 1000 + (rotor_ms)t.tv_nsec / 1000000;
}

/* ---- what the responder asks of its device ---- */

static const struct block {
	uint8_t index, type;
	bool tcb;
	const char *text; /* a raw value; or what is hashed */
} blocks[] = {
    {1, ROTOR_SPDM_MEAS_ROM, true, "rotor-prot respond: immutable code"},
    {2, ROTOR_SPDM_MEAS_FIRMWARE, true, "rotor-prot respond: mutable firmware"},
    {3, ROTOR_SPDM_MEAS_FW_CONFIG, false, "rotor-prot respond: configuration"},
    {4, ROTOR_SPDM_MEAS_SVN | ROTOR_SPDM_MEAS_RAW_BIT, true, "\1\0\0\0\0\0\0"},
};

static enum rotor_status measurement(void *ctx, unsigned position, enum rotor_hash_alg hash,
				     struct rotor_spdm_own_measurement *out)
{
	struct respond *me = ctx;
	if (position >= ROTOR_COUNT_OF(blocks)) {
		return ROTOR_ERR_NOT_FOUND;
	}
	const struct block *b = &blocks[position];
	struct rotor_bytes text = {(const uint8_t *)b->text, strlen(b->text)};
	enum rotor_status status = ROTOR_OK;
	*out = (struct rotor_spdm_own_measurement){
	    .index = b->index, .type = b->type, .tcb = b->tcb, .summary = true};
	if (b->type & ROTOR_SPDM_MEAS_RAW_BIT) {
		out->value = (struct rotor_bytes){text.data, 8};
	} else {
		status = rotor_hash_parts(me->config.crypto, hash, &text, 1, me->measured);
		out->value = (struct rotor_bytes){me->measured, rotor_hash_size(hash)};
	}
	return status;
}

static void established(void *ctx, const struct rotor_spdm_session_info *info)
{
	struct respond *me = ctx;
	rotor_event(me->events, ROTOR_INFO, "session.established",
		    info->mutual ? ROTOR_SAY("session {session}: both sides are authenticated")
				 : ROTOR_SAY("session {session}: the requester has not "
					     "authenticated itself"),
		    ROTOR_HEX("session", info->session_id), ROTOR_BOOL("mutual", info->mutual));
}

static void ended(void *ctx, const struct rotor_spdm_session_info *info,
		  enum rotor_spdm_session_end reason)
{
	struct respond *me = ctx;
	rotor_event(me->events, ROTOR_INFO, "session.ended",
		    ROTOR_SAY("session {session} has ended: {reason}"),
		    ROTOR_HEX("session", info->session_id),
		    ROTOR_STRING("reason", rotor_spdm_session_end_string(reason)));
}

static void log_secrets(void *ctx, const struct rotor_spdm_secrets *secrets)
{
	struct respond *me = ctx;
	char text[ROTOR_TRACE_KEYLOG_TEXT_MAX];
	size_t len = 0;
	if (rotor_trace_keylog_write(secrets, text, sizeof(text), &len) == ROTOR_OK) {
		(void)fwrite(text, 1, len, me->keylog);
		(void)fflush(me->keylog);
	}
	rotor_wipe(text, sizeof(text));
}

/* ---- making it ---- */

static bool fail_file(struct respond *me, const char *path, enum rotor_status status)
{
	rotor_fail_with(me->events, "{file}: {reason}", NULL, ROTOR_STRING("file", path),
			ROTOR_STRING("reason", rotor_status_string(status)));
	return false;
}

static bool load_slots(struct respond *me)
{
	const struct respond_options *o = me->options;
	for (size_t i = 0; i < ROTOR_SPDM_SLOT_COUNT; i++) {
		size_t len = 0;
		if (!o->chain[i]) {
			continue;
		}
		enum rotor_status status = rotor_pki_read_certs(o->chain[i], me->device.chains[i],
								RESPOND_CHAIN_MAX, &len);
		if (status != ROTOR_OK) {
			return fail_file(me, o->chain[i], status);
		}
		status = rotor_pki_read_private(o->key[i], o->crypto, &me->device.keys[i]);
		if (status != ROTOR_OK) {
			return fail_file(me, o->key[i], status);
		}
		if (o->rsassa) {
			me->device.keys[i].alg = rotor_sig_pkcs1(me->device.keys[i].alg);
		}
		me->device.signers[i] = rotor_soft_signer(&me->device.keys[i]);
		me->device.slots[i] =
		    (struct rotor_spdm_slot){.chain = {me->device.chains[i], len},
					     .signer = &me->device.signers[i],
					     .key_pair = (uint8_t)(i + 1),
					     .model = ROTOR_SPDM_CERT_MODEL_DEVICE,
					     .key_usage = RESPOND_KEY_USES};
	}
	for (size_t i = 0; i < o->anchor_count; i++) {
		size_t len = 0;
		enum rotor_status status =
		    rotor_pki_read_certs(o->anchors[i], me->anchor_der[i], CHAIN_MAX, &len);
		if (status != ROTOR_OK) {
			return fail_file(me, o->anchors[i], status);
		}
		me->anchors[i] = (struct rotor_bytes){me->anchor_der[i], len};
	}
	return true;
}

/* Keys without certificates: the own one, and that of requesters. */
static bool load_provisioned(struct respond *me)
{
	const struct respond_options *o = me->options;
	size_t len = 0;
	enum rotor_status status;
	if (o->provisioned_key) {
		status =
		    rotor_pki_read_private(o->provisioned_key, o->crypto, &me->provisioned_key);
		if (status != ROTOR_OK) {
			return fail_file(me, o->provisioned_key, status);
		}
		status = rotor_file_read_into(o->provisioned_form, me->forms[0],
					      sizeof(me->forms[0]), &len);
		if (status != ROTOR_OK) {
			return fail_file(me, o->provisioned_form, status);
		}
		me->provisioned_signer = rotor_soft_signer(&me->provisioned_key);
		me->provisioned = (struct rotor_spdm_slot){.chain = {me->forms[0], len},
							   .signer = &me->provisioned_signer};
		me->config.provisioned = &me->provisioned;
	}
	if (o->peer_key) {
		status =
		    rotor_file_read_into(o->peer_key, me->forms[1], sizeof(me->forms[1]), &len);
		if (status == ROTOR_OK) {
			status = rotor_spki_read(me->forms[1], len, &me->peer_key.key);
		}
		if (status != ROTOR_OK) {
			return fail_file(me, o->peer_key, status);
		}
		me->peer_key.form = (struct rotor_bytes){me->forms[1], len};
		me->config.peer_key = &me->peer_key;
	}
	return true;
}

static bool open_records(struct respond *me)
{
	const struct respond_options *o = me->options;
	if (o->trace) {
		enum rotor_status status = rotor_pcap_create(&me->pcap, o->trace);
		if (status != ROTOR_OK) {
			return fail_file(me, o->trace, status);
		}
	}
	if (o->keylog) {
		mode_t old = umask(077);
		me->keylog = fopen(o->keylog, "a");
		umask(old);
		if (!me->keylog) {
			return fail_file(me, o->keylog, ROTOR_ERR_IO);
		}
		rotor_event(me->events, ROTOR_WARNING, "keylog",
			    ROTOR_SAY("THE SECRETS OF ALL SESSIONS ARE BEING WRITTEN TO {file}"),
			    ROTOR_STRING("file", o->keylog));
	}
	return true;
}

static bool make_responder(struct respond *me)
{
	static const struct rotor_spdm_responder_ops ops = {
	    .measurement = measurement,
	    .session_established = established,
	    .session_ended = ended,
	};
	static struct rotor_spdm_responder_ops logging;
	static const struct rotor_pldm_support supports[] = {
	    {.type = ROTOR_PLDM_TYPE_BASE, .version = 0xf1f1f000}};
	const struct respond_options *o = me->options;
	me->pldm = (struct rotor_pldm_base){.supports = supports,
					    .support_count = ROTOR_COUNT_OF(supports)};
	logging = ops;
	logging.secrets = log_secrets;
	me->crypto = rotor_spdm_choose_from(o->crypto, &o->algorithms);
	me->config.crypto = &me->crypto;
	me->config.connections = &me->connection;
	me->config.connection_count = 1;
	me->config.sessions = me->sessions;
	me->config.session_count = SESSIONS;
	me->config.version_count = o->version_count;
	me->config.connections = &me->connection;
	me->config.connection_count = 1;
	me->config.sessions = me->sessions;
	me->config.session_count = SESSIONS;
	me->config.ct_exponent = 20;
	me->config.heartbeat_s = o->heartbeat_s;
	me->config.ask_mutual_auth = o->mutual_auth;
	me->config.need_mutual_auth = o->need_mutual_auth;
	me->config.mutual = o->mutual;
	me->config.clear_handshake = o->clear_handshake;
	me->config.mac_only = o->mac_only;
	me->config.keys = o->several_keys ? ROTOR_SPDM_KEYS_IF_ASKED : ROTOR_SPDM_ONE_KEY;
	me->config.alias_certificates = o->alias_certificates;
	me->config.data_transfer_size = o->data_transfer_size;
	me->config.slots = me->device.slots;
	me->config.slot_count = o->chain[0] ? ROTOR_SPDM_SLOT_COUNT : 0;
	me->device.crypto = o->crypto;
	respond_features(&me->device, o);
	me->config.features = me->device.uses;
	me->config.feature_count = me->device.use_count;
	me->config.anchors = me->anchors;
	me->config.anchor_count = o->anchor_count;
	me->config.ops = me->keylog ? &logging : &ops;
	me->config.ctx = me;
	memcpy(me->config.versions, o->versions, sizeof(o->versions));
	enum rotor_status status = rotor_spdm_responder_init(
	    &me->responder, &me->config, me->buffer, sizeof(me->buffer),
	    o->mutual_auth ? me->peer_chain : NULL, o->mutual_auth ? sizeof(me->peer_chain) : 0);
	if (status != ROTOR_OK) {
		rotor_fail_with(me->events,
				"a responder cannot be made of these files and options: {reason}",
				"another backend may have the key's algorithm (--crypto)",
				ROTOR_STRING("reason", rotor_status_string(status)));
	}
	return status == ROTOR_OK;
}

/* What a test wants the responder to ask for. It has no endpoint information to ask for, so then it asks for nothing. */
static bool on_command(void *ctx, uint32_t command, struct rotor_bytes payload)
{
	struct respond *me = ctx;
	struct rotor_reader r = rotor_reader(payload.data, payload.len);
	uint32_t session;
	switch (command) {
	case ROTOR_SPDM_SOCKET_UPDATE_KEY:
		session = rotor_read_u32le(&r);
		return (me->options->features & 1u << RESPOND_KEY_UPDATE) &&
		       rotor_reader_end(&r) == ROTOR_OK &&
		       rotor_spdm_responder_update_key(&me->responder, session) == ROTOR_OK;
	case ROTOR_SPDM_SOCKET_ENDPOINT_INFO:
		return true;
	default:
		return false;
	}
}

static bool open_server(struct respond *me)
{
	uint16_t port = 0;
	int listener = -1;
	enum rotor_status status =
	    rotor_spdm_socket_listen(me->options->spdm_emu, &listener, &port);
	if (status != ROTOR_OK) {
		rotor_fail_with(me->events, "cannot listen at {where}: {reason}", NULL,
				ROTOR_STRING("where", me->options->spdm_emu),
				ROTOR_STRING("reason", rotor_status_string(status)));
		return false;
	}
	rotor_spdm_server_init(&me->server, listener);
	me->server.command = on_command;
	me->server.ctx = me;
	rotor_event(me->events, ROTOR_INFO, "prot.spdm",
		    ROTOR_SAY("SPDM over TCP at {where}, port {port}"),
		    ROTOR_STRING("where", me->options->spdm_emu), ROTOR_UINT("port", port));
	return true;
}

/* ---- running it ---- */

/* Records a message as one packet, with a header as DMTF's captures have it. */
static void record(struct respond *me, uint8_t type, const uint8_t *body, size_t len)
{
	static uint8_t packet[5 + ROTOR_SPDM_SOCKET_MAX];
	struct rotor_writer w = rotor_writer(packet, sizeof(packet));
	size_t size;
	if (!me->options->trace) {
		return;
	}
	rotor_write_bytes(&w, "\0\0\0\300", 4);
	rotor_write_u8(&w, type);
	rotor_write_bytes(&w, body, len);
	if (rotor_writer_end(&w, &size) == ROTOR_OK) {
		(void)rotor_pcap_write(&me->pcap, rotor_pcap_now(), packet, size);
	}
}

static void answer(struct respond *me, bool secured, struct rotor_bytes bytes)
{
	uint8_t type = secured ? ROTOR_SPDM_MCTP_TYPE_SECURED : ROTOR_SPDM_MCTP_TYPE;
	record(me, type, bytes.data, bytes.len);
	rotor_spdm_server_answer(&me->server, type, bytes);
}

/* PLDM discovery, in the session that it came through. */
static void on_app(struct respond *me, const struct rotor_spdm_out *out)
{
	struct rotor_pldm_message msg;
	struct rotor_writer w =
	    rotor_writer(me->app + ROTOR_SPDM_RECORD_HEADROOM,
			 sizeof(me->app) - ROTOR_SPDM_RECORD_HEADROOM - ROTOR_SPDM_RECORD_TAILROOM);
	struct rotor_bytes sealed;
	size_t len;
	if (out->app_type != 1 ||
	    rotor_pldm_open(out->bytes.data, out->bytes.len, &msg) != ROTOR_OK ||
	    !msg.header.request) {
		return;
	}
	rotor_pldm_base_request(&me->pldm, &msg, &w);
	if (rotor_writer_end(&w, &len) == ROTOR_OK &&
	    rotor_spdm_responder_seal(&me->responder, out->session.session_id, out->app_type,
				      me->app, sizeof(me->app), len, &sealed) == ROTOR_OK) {
		answer(me, true, sealed);
	}
}

static void act(struct respond *me, const struct rotor_spdm_out *out)
{
	if (out->kind == ROTOR_SPDM_OUT_RESPONSE) {
		answer(me, out->secured, out->bytes);
	} else if (out->kind == ROTOR_SPDM_OUT_APP) {
		on_app(me, out);
	}
}

static void work(struct respond *me)
{
	while (rotor_spdm_responder_deadline(&me->responder) <= now_ms()) {
		struct rotor_spdm_out out = {0};
		rotor_spdm_responder_poll(&me->responder, now_ms(), &out);
		act(me, &out);
	}
}

static int sleep_for(const struct respond *me)
{
	rotor_ms due = rotor_spdm_responder_deadline(&me->responder);
	rotor_ms now = now_ms();
	rotor_ms left = due > now ? due - now : 0;
	return left > 60000 ? 60000 : (int)left;
}

static int serve(struct respond *me)
{
	for (;;) {
		struct pollfd wait[3] = {[2] = {.fd = me->signals, .events = POLLIN}};
		uint8_t type, *body;
		size_t len;
		rotor_spdm_server_watch(&me->server, wait);
		if (poll(wait, ROTOR_COUNT_OF(wait), sleep_for(me)) < 0 && errno != EINTR) {
			return 1;
		}
		if (wait[2].revents) {
			return 0;
		}
		enum rotor_spdm_server_event event;
		while ((event = rotor_spdm_server_serve(&me->server, &type, &body, &len)) ==
		       ROTOR_SPDM_SERVER_MESSAGE) {
			struct rotor_spdm_out out = {0};
			if (type != ROTOR_SPDM_MCTP_TYPE && type != ROTOR_SPDM_MCTP_TYPE_SECURED) {
				continue;
			}
			record(me, type, body, len);
			rotor_spdm_responder_receive(&me->responder, PEER, 0,
						     type == ROTOR_SPDM_MCTP_TYPE_SECURED, body,
						     len, now_ms(), &out);
			act(me, &out);
			work(me);
		}
		work(me);
		if (event != ROTOR_SPDM_SERVER_NOTHING) {
			return 0;
		}
	}
}

static void say_counters(struct respond *me)
{
	const struct rotor_spdm_responder_counters *c = &me->responder.counters;
	rotor_event(me->events, ROTOR_INFO, "prot.spdm.counters",
		    ROTOR_SAY("{requests} requests, {errors} answered with ERROR; records: "
			      "{malformed} malformed, {repeated} out of order, {forged} forged, "
			      "{unknown_session} of no session"),
		    ROTOR_UINT("requests", c->requests), ROTOR_UINT("errors", c->errors),
		    ROTOR_UINT("malformed", c->records.malformed),
		    ROTOR_UINT("repeated", c->records.repeated),
		    ROTOR_UINT("forged", c->records.forged),
		    ROTOR_UINT("unknown_session", c->unknown_session));
}

static bool catch_signals(struct respond *me)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	me->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return me->signals >= 0;
}

int respond_run(const struct respond_options *options, struct rotor_events *events)
{
	static struct respond me;
	int code = 1;
	memset(&me, 0, sizeof(me));
	me.options = options;
	me.events = events;
	rotor_spdm_server_init(&me.server, -1);
	if (catch_signals(&me) && load_slots(&me) && load_provisioned(&me) && open_records(&me) &&
	    make_responder(&me)) {
		code = open_server(&me) ? serve(&me) : 1;
		say_counters(&me);
		rotor_spdm_responder_deinit(&me.responder);
	}
	rotor_spdm_server_close(&me.server);
	if (rotor_pcap_close(&me.pcap) != ROTOR_OK) {
		fail_file(&me, options->trace, ROTOR_ERR_IO);
		code = 1;
	}
	if (me.keylog) {
		fclose(me.keylog);
	}
	rotor_wipe(&me, sizeof(me));
	return code;
}
