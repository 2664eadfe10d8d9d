/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The victim: prepares one scenario, then runs it with one fault after another, each in a fork of its own.
 *
 *   victim                  lists the scenarios
 *   victim SCENARIO MS      gives each run MS milliseconds of CPU time, and takes from standard input, one a line:
 *     t FROM TO                     which instructions run: answers "ADDRESS COUNT" lines and an empty line
 *     MODEL ADDRESS LENGTH HIT TARGET  a fault (inject.h): answers one letter:
 *       r refused, p done properly, A the forbidden thing happened, c crashed, h hung, n the fault did not happen
 *
 * Addresses are hexadecimal.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "inject.h"
#include "scenarios.h"

/* Exit codes far from what a run that has gone astray may end with by chance. */
#define EXIT_BASE        0xb0
#define EXIT_NOT_REACHED 0xbf

static struct device device;
static long watchdog_ms;
static struct image image;

static void run_fault(const struct scenario *s, const struct fault *fault)
{
	const struct itimerval watchdog = {.it_value.tv_usec = watchdog_ms * 1000};
	must(setitimer(ITIMER_PROF, &watchdog, NULL) == 0, "no watchdog");
	inject_arm(fault);
	s->run(&device);
	bool happened = inject_disarm();
	_exit(happened ? EXIT_BASE + (int)s->judge(&device) : EXIT_NOT_REACHED);
}

static char letter_of(int status)
{
	static const char letters[] = {
	    [OUTCOME_REFUSED] = 'r', [OUTCOME_PROPER] = 'p', [OUTCOME_ACCEPTED] = 'A'};
	if (WIFSIGNALED(status)) {
		return WTERMSIG(status) == SIGPROF ? 'h' : 'c';
	}
	int code = WEXITSTATUS(status);
	if (code == EXIT_NOT_REACHED) {
		return 'n';
	}
	return code >= EXIT_BASE && code <= EXIT_BASE + (int)OUTCOME_ACCEPTED
		   ? letters[code - EXIT_BASE]
		   : 'c';
}

static void trace(const struct scenario *s, uintptr_t from, uintptr_t to)
{
	uint32_t *counts = calloc(to - from, sizeof(*counts));
	must(counts != NULL, "no memory");
	inject_trace(from, to, counts);
	s->run(&device);
	inject_trace_end();
	for (uintptr_t i = 0; i < to - from; i++) {
		if (counts[i] != 0) {
			printf("%" PRIxPTR " %" PRIu32 "\n", from + i, counts[i]);
		}
	}
	printf("\n");
	fflush(stdout);
	_exit(0);
}

static int in_child(const struct scenario *s, const struct fault *fault, uintptr_t from,
		    uintptr_t to)
{
	int status = 0;
	pid_t child = fork();
	must(child >= 0, "cannot fork");
	if (child == 0 && fault != NULL) {
		run_fault(s, fault);
	} else if (child == 0) {
		trace(s, from, to);
	}
	must(waitpid(child, &status, 0) == child, "lost a child");
	return status;
}

static const struct scenario *find(const char *name)
{
	const struct scenario *s = scenarios;
	while (s->name != NULL && strcmp(s->name, name) != 0) {
		s++;
	}
	must(s->name != NULL, "no such scenario");
	return s;
}

/* Preparations have left secrets where the runs will have their stack. */
__attribute__((noinline)) static void wipe_stack(void)
{
	volatile uint8_t stack[32768];
	for (size_t i = 0; i < sizeof(stack); i++) {
		stack[i] = 0;
	}
}

int main(int argc, char **argv)
{
	char line[128];
	if (argc == 1) {
		for (const struct scenario *s = scenarios; s->name != NULL; s++) {
			printf("%s\n", s->name);
		}
		return 0;
	}
	must(argc == 3 && (watchdog_ms = atol(argv[2])) > 0 && watchdog_ms < 1000, "how long?");
	const struct scenario *s = find(argv[1]);
	device_init(&device);
	s->prepare(&device, &image);
	inject_init();
	wipe_stack();
	while (fgets(line, sizeof(line), stdin) != NULL) {
		struct fault fault = {.hit = 0};
		uintptr_t from, to;
		char model;
		if (sscanf(line, "t %" SCNxPTR " %" SCNxPTR, &from, &to) == 2) {
			must(in_child(s, NULL, from, to) == 0, "the trace ended badly");
			continue;
		}
		must(sscanf(line, "%c %" SCNxPTR " %u %u %" SCNxPTR, &model, &fault.at, &fault.len,
			    &fault.hit, &fault.target) == 5,
		     "what is asked?");
		fault.model = (enum fault_model)model;
		printf("%c", letter_of(in_child(s, &fault, 0, 0)));
		fflush(stdout);
	}
	return 0;
}
