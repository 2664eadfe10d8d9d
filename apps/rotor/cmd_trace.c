/* SPDX-License-Identifier: Apache-2.0 */
/* rotor trace: captures made readable. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rotor/host_file.h"
#include "rotor/host_pcap.h"
#include "rotor/trace.h"
#include "rotor_cli.h"

#define KEYLOG_MAX (1u << 20)

struct arguments {
	struct rotor_cli *cli;
	const char *file;
	const char *keylog;
	bool details;
};

static const struct argp_option options[] = {
    {"keylog", 'k', "FILE", 0, "Open the secured records with the secrets of a key log", 0},
    {"details", 'd', NULL, 0, "Show the fields of every message, each on a line", 0},
    {0},
};

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct arguments *a = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		cli_init_children(state);
		return 0;
	case 'k':
		a->keylog = value;
		return 0;
	case 'd':
		a->details = true;
		return 0;
	case ARGP_KEY_ARG:
		if (a->file)
			argp_usage(state);
		a->file = value;
		return 0;
	case ARGP_KEY_END:
		if (!a->file)
			argp_error(state, "FILE is missing");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp show_argp = {options,
				      parse,
				      "FILE",
				      "Shows a capture of MCTP packets (pcap, link type 291) as a "
				      "ladder of messages: MCTP control, PLDM, SPDM and, if a "
				      "key log opens them, what was said inside secured sessions.\v"
				      "Each line: seconds since the first packet, from and to "
				      "which EID, protocol, message, what matters in it.",
				      cli_children,
				      NULL,
				      NULL};

struct ladder {
	const struct arguments *arguments;
	uint64_t start_us;
};

static void show_line(void *ctx, const struct rotor_trace_line *line)
{
	static char text[ROTOR_TRACE_LINE_MAX];
	const struct ladder *ladder = ctx;
	const struct rotor_events *events = &ladder->arguments->cli->events;

	if (events->mode == ROTOR_EVENTS_QUIET)
		return;
	if (events->mode == ROTOR_EVENTS_JSON) {
		if (rotor_trace_line_json(line, text, sizeof(text)) == 0)
			return;
	} else {
		rotor_trace_line_text(line, ladder->start_us, ladder->arguments->details, text,
				      sizeof(text));
	}
	fprintf(events->out, "%s\n", text);
}

/* Hands the lines of a key log to the trace. */
static int read_keylog(const struct arguments *a, struct rotor_trace *trace)
{
	enum rotor_status status;
	unsigned number = 1;
	uint8_t *data;
	char *line;
	size_t len;

	status = rotor_file_read(a->keylog, KEYLOG_MAX, &data, &len);
	if (status)
		return cli_fail_file(a->cli, a->keylog, status);
	for (line = (char *)data; line && !status; number++) {
		char *end = memchr(line, '\n', len - (size_t)(line - (char *)data));
		size_t line_len = end ? (size_t)(end - line) : len - (size_t)(line - (char *)data);

		status = rotor_trace_keylog_line(trace, line, line_len);
		line = end ? end + 1 : NULL;
	}
	rotor_wipe(data, len);
	free(data);
	if (!status)
		return CLI_DONE;
	rotor_fail_with(&a->cli->events, "{file}: line {line} is no line of a key log: {reason}",
			NULL, ROTOR_STRING("file", a->keylog), ROTOR_UINT("line", number - 1),
			ROTOR_STRING("reason", rotor_status_string(status)));
	return CLI_FAILED;
}

static void summarise(struct rotor_cli *cli, const struct rotor_trace_counters *c)
{
	rotor_event(&cli->events, ROTOR_INFO, "trace.summary",
		    ROTOR_SAY("{packets} packets, {messages} messages, {opened} secured records "
			      "opened, {closed} not; {malformed} messages malformed, "
			      "{incomplete} incomplete"),
		    ROTOR_UINT("packets", c->packets), ROTOR_UINT("messages", c->messages),
		    ROTOR_UINT("opened", c->opened), ROTOR_UINT("closed", c->closed),
		    ROTOR_UINT("malformed", c->malformed), ROTOR_UINT("incomplete", c->incomplete));
}

/* Feeds the packets of a capture to the trace. */
static enum rotor_status replay(FILE *file, struct rotor_trace *trace, struct ladder *ladder)
{
	static uint8_t buf[ROTOR_PCAP_PACKET_MAX];
	struct rotor_pcap_reader reader;
	struct rotor_pcap_packet packet;
	enum rotor_status status;

	status = rotor_pcap_read_file(&reader, file, buf, sizeof(buf));
	while (!status) {
		status = rotor_pcap_next(&reader, &packet);
		if (status)
			break;
		if (reader.packets == 1)
			ladder->start_us = packet.time_us;
		rotor_trace_packet(trace, packet.time_us, packet.data, packet.len);
	}
	return status == ROTOR_ERR_NOT_FOUND ? ROTOR_OK : status;
}

static int trace_show(struct rotor_cli *cli, int argc, char **argv)
{
	static struct rotor_trace trace;
	struct arguments a = {.cli = cli};
	struct ladder ladder = {.arguments = &a};
	enum rotor_status status;
	FILE *file;

	cli_parse(&show_argp, argc, argv, &a);
	rotor_trace_init(&trace, cli->crypto, show_line, &ladder);
	if (a.keylog && read_keylog(&a, &trace) != CLI_DONE)
		return CLI_FAILED;
	file = fopen(a.file, "rb");
	if (!file)
		return cli_fail_file(cli, a.file,
				     errno == ENOENT ? ROTOR_ERR_NOT_FOUND : ROTOR_ERR_IO);
	status = replay(file, &trace, &ladder);
	fclose(file);
	rotor_trace_finish(&trace);
	if (!status || trace.counters.packets)
		summarise(cli, &trace.counters);
	if (!status)
		return CLI_DONE;
	rotor_fail_with(&cli->events, "{file}: {reason} after {packets} packets",
			"a capture is a pcap file of MCTP packets, link type 291",
			ROTOR_STRING("file", a.file),
			ROTOR_STRING("reason", rotor_status_string(status)),
			ROTOR_UINT("packets", trace.counters.packets));
	return CLI_FAILED;
}

static const struct cli_command commands[] = {
    {"show", "show a capture as a ladder of messages", trace_show},
};

int cmd_trace(struct rotor_cli *cli, int argc, char **argv)
{
	return cli_dispatch(cli, commands, sizeof(commands) / sizeof(commands[0]), NULL, argc,
			    argv);
}
