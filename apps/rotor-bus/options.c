/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of rotor-bus. */
#include "bus.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] = "usage: rotor-bus --socket PATH [options]\n";

static const char help[] =
    "\n"
    "One virtual SMBus segment on a Unix socket; docs/bus.md describes its protocol.\n"
    "\n"
    "  --socket PATH      where to listen; only the socket's owner may connect\n"
    "  --rate RATE        100k, 400k or 1M: take the time that the bits would take\n"
    "  --drop P           lose a transfer with probability P (0 to 1)\n"
    "  --corrupt P        flip one bit of a transfer with probability P (0 to 1)\n"
    "  --seed N           start of the faults' random numbers (default 1)\n"
    "  --ready-fd N       also write a byte to descriptor N when listening\n"
    "  --verbose          print the counters at the end\n"
    "  --help             print this\n"
    "  --version          print the version\n"
    "\n"
    "Prints \"ready\" when listening. SIGUSR1 prints the counters, SIGTERM and SIGINT end it.\n"
    "Exit codes: 0 done, 1 failed (the reason is on standard error), 2 usage.\n";

static bool parse_rate(const char *text, uint32_t *rate)
{
	static const struct {
		const char *text;
		uint32_t rate;
	} rates[] = {{"100k", 100000}, {"400k", 400000}, {"1M", 1000000}};
	for (size_t i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		if (strcmp(text, rates[i].text) == 0) {
			*rate = rates[i].rate;
			return true;
		}
	}
	return false;
}

static bool parse_probability(const char *text, double *value)
{
	char *end;
	errno = 0;
	*value = strtod(text, &end);
	return errno == 0 && end != text && *end == '\0' && *value >= 0 && *value <= 1;
}

static bool parse_number(const char *text, uint64_t max, uint64_t *value)
{
	char *end;
	errno = 0;
	if (*text < '0' || *text > '9')
		return false;
	*value = strtoull(text, &end, 0);
	return errno == 0 && *end == '\0' && *value <= max;
}

static bool take(int option, const char *value, struct options *o)
{
	uint64_t number = 0;
	switch (option) {
	case 's':
		o->socket = value;
		return true;
	case 'r':
		return parse_rate(value, &o->rate);
	case 'd':
		return parse_probability(value, &o->drop);
	case 'c':
		return parse_probability(value, &o->corrupt);
	case 'n':
		return parse_number(value, UINT64_MAX, &o->seed);
	case 'f':
		if (!parse_number(value, INT_MAX, &number))
			return false;
		o->ready_fd = (int)number;
		return true;
	default:
		o->verbose = true;
		return true;
	}
}

enum options_result options_parse(int argc, char **argv, struct options *options)
{
	static const struct option names[] = {
	    {"socket", required_argument, NULL, 's'}, {"rate", required_argument, NULL, 'r'},
	    {"drop", required_argument, NULL, 'd'},   {"corrupt", required_argument, NULL, 'c'},
	    {"seed", required_argument, NULL, 'n'},   {"ready-fd", required_argument, NULL, 'f'},
	    {"verbose", no_argument, NULL, 'v'},      {"help", no_argument, NULL, 'h'},
	    {"version", no_argument, NULL, 'V'},      {NULL, 0, NULL, 0},
	};
	*options = (struct options){.seed = 1, .ready_fd = -1};
	int option, index = 0;
	while ((option = getopt_long(argc, argv, "", names, &index)) != -1) {
		if (option == 'h') {
			printf("%s%s", usage, help);
			return OPTIONS_DONE;
		}
		if (option == 'V') {
			puts("rotor-bus " ROTOR_VERSION);
			return OPTIONS_DONE;
		}
		if (option == '?') {
			fputs(usage, stderr);
			return OPTIONS_WRONG;
		}
		if (!take(option, optarg, options)) {
			fprintf(stderr, "rotor-bus: --%s: \"%s\" is not a value for it\n%s",
				names[index].name, optarg, usage);
			return OPTIONS_WRONG;
		}
	}
	if (optind != argc || !options->socket) {
		fprintf(stderr, "rotor-bus: %s\n%s",
			options->socket ? "too many arguments" : "--socket is needed", usage);
		return OPTIONS_WRONG;
	}
	return OPTIONS_RUN;
}
