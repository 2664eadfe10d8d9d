/* SPDX-License-Identifier: Apache-2.0 */
/* rotor-sim: cuts the power of simulated devices and says whether all that must hold held. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/campaign.h"
#include "sim/memo.h"

#define JOBS_MAX     64
#define FAILURES_MAX 5

struct options {
	const char *geometry, *story; /* NULL: all */
	const char *replay;
	enum sim_detail single, first, second;
	bool pairs;
	unsigned cut_lives;
	unsigned jobs;
	unsigned random; /* pairs of cuts for each story */
	uint64_t seed;
	bool json, list, stop;
};

/* What a process that runs one campaign sends back. */
struct result {
	unsigned job;
	struct sim_counts counts;
	unsigned ids;
	char id[FAILURES_MAX][SIM_ID_TEXT];
	char why[FAILURES_MAX][256];
};

struct job {
	const struct sim_geometry *geometry;
	const struct sim_story *story;
	unsigned random;
};

/* ---- one campaign ---- */

static void on_failure(void *ctx, const char *id, const char *invariant, const char *why)
{
	struct result *result = ctx;
	if (result->ids < FAILURES_MAX) {
		snprintf(result->id[result->ids], SIM_ID_TEXT, "%s", id);
		snprintf(result->why[result->ids], sizeof(result->why[0]), "%s: %s", invariant,
			 why);
		result->ids++;
	}
}

static bool run_job(const struct options *o, const struct job *job, struct result *result)
{
	static struct sim_campaign c;
	if (!sim_campaign_init(&c, job->geometry, job->story)) {
		return false;
	}
	c.single = o->single;
	c.pairs = o->pairs;
	c.first = o->first;
	c.second = o->second;
	c.cut_lives = o->cut_lives;
	c.stop = o->stop;
	c.failure = on_failure;
	c.ctx = result;
	if (job->random > 0) {
		sim_campaign_random(&c, o->seed, job->random);
	} else {
		sim_campaign_run(&c);
	}
	result->counts = c.counts;
	sim_campaign_free(&c);
	sim_memo_forget();
	return true;
}

/* ---- all of them, some at a time ---- */

static pid_t start_job(const struct options *o, const struct job *job, unsigned number, int to)
{
	fflush(stdout);
	pid_t pid = fork();
	if (pid == 0) {
		static struct result result;
		result.job = number;
		bool good = run_job(o, job, &result) &&
			    write(to, &result, sizeof(result)) == (ssize_t)sizeof(result);
		_exit(good ? 0 : 1);
	}
	return pid;
}

static bool read_result(int from, struct result *result)
{
	size_t got = 0;
	while (got < sizeof(*result)) {
		ssize_t n = read(from, (char *)result + got, sizeof(*result) - got);
		if (n <= 0 && !(n < 0 && errno == EINTR)) {
			return false;
		}
		got += n > 0 ? (size_t)n : 0;
	}
	return true;
}

/* Runs all jobs, each in a process of its own. @return whether each sent its result */
static bool run_jobs(const struct options *o, const struct job *jobs, unsigned count,
		     void (*done)(const struct job *job, const struct result *result, void *ctx),
		     void *ctx)
{
	struct running {
		pid_t pid;
		int from;
	} running[JOBS_MAX] = {{0, 0}};
	static struct result result;
	unsigned started = 0, ended = 0;
	while (ended < count) {
		while (started < count && started - ended < o->jobs) {
			struct running *next = &running[started % JOBS_MAX];
			int ends[2];
			if (pipe(ends) != 0) {
				return false;
			}
			next->pid = start_job(o, &jobs[started], started, ends[1]);
			next->from = ends[0];
			close(ends[1]);
			if (next->pid < 0) {
				return false;
			}
			started++;
		}
		struct running *first = &running[ended % JOBS_MAX];
		bool good = read_result(first->from, &result);
		close(first->from);
		(void)waitpid(first->pid, NULL, 0);
		if (!good) {
			fprintf(stderr, "rotor-sim: %s:%s ended without a result\n",
				jobs[ended].geometry->name, jobs[ended].story->name);
			return false;
		}
		done(&jobs[ended], &result, ctx);
		ended++;
		if (o->stop && result.counts.broken) {
			count = started;
		}
	}
	return true;
}

/* ---- what is said ---- */

struct report {
	const struct options *o;
	struct sim_counts sum;
	unsigned campaigns;
};

static void add(struct sim_counts *sum, const struct sim_counts *counts)
{
	sum->operations += counts->operations;
	sum->single += counts->single;
	sum->twice += counts->twice;
	sum->states += counts->states;
	sum->duds += counts->duds;
	sum->lives += counts->lives;
	sum->broken += counts->broken;
	for (unsigned i = 0; i < SIM_INVARIANTS; i++) {
		sum->checks[i] += counts->checks[i];
	}
}

static void report_job(const struct job *job, const struct result *result, void *ctx)
{
	struct report *report = ctx;
	const struct sim_counts *n = &result->counts;
	add(&report->sum, n);
	report->campaigns++;
	if (report->o->json) {
		printf("{\"event\":\"campaign\",\"geometry\":\"%s\",\"story\":\"%s\",\"random\":%s,"
		       "\"operations\":%lu,\"single\":%lu,\"states\":%lu,\"double\":%lu,"
		       "\"duds\":%lu,\"lives\":%lu,\"broken\":%lu}\n",
		       job->geometry->name, job->story->name, job->random ? "true" : "false",
		       n->operations, n->single, n->states, n->twice, n->duds, n->lives, n->broken);
	} else {
		printf("  %-11s %-8s %3lu operations %8lu cuts %8lu states %10lu second cuts "
		       "%9lu lives%s\n",
		       job->geometry->name, job->story->name, n->operations, n->single, n->states,
		       n->twice, n->lives, n->broken ? "  BROKEN" : "");
	}
	for (unsigned i = 0; i < result->ids; i++) {
		if (report->o->json) {
			printf("{\"event\":\"failure\",\"id\":\"%s\",\"why\":\"%s\"}\n",
			       result->id[i], result->why[i]);
		} else {
			printf("  FAILED %s\n         %s\n", result->id[i], result->why[i]);
		}
	}
	fflush(stdout);
}

static void report_end(const struct report *report)
{
	const struct sim_counts *n = &report->sum;
	unsigned long checks = 0;
	for (unsigned i = 0; i < SIM_INVARIANTS; i++) {
		checks += n->checks[i];
		if (!report->o->json) {
			printf("  %-44s %10lu times\n", sim_invariant_name((enum sim_invariant)i),
			       n->checks[i]);
		}
	}
	if (report->o->json) {
		printf("{\"event\":\"summary\",\"campaigns\":%u,\"operations\":%lu,\"single\":%lu,"
		       "\"states\":%lu,\"double\":%lu,\"duds\":%lu,\"lives\":%lu,\"checks\":%lu,"
		       "\"broken\":%lu}\n",
		       report->campaigns, n->operations, n->single, n->states, n->twice, n->duds,
		       n->lives, checks, n->broken);
		return;
	}
	printf("%u campaigns: %lu cuts, %lu states, %lu second cuts, %lu writes that failed; "
	       "%lu lives, %lu checks, %lu broken\n",
	       report->campaigns, n->single, n->states, n->twice, n->duds, n->lives, checks,
	       n->broken);
}

static int run_all(const struct options *o)
{
	struct job jobs[256];
	unsigned count = 0;
	struct report report = {.o = o};
	for (const struct sim_geometry *g = o->random ? &sim_large_geometry : sim_geometries;
	     g->name != NULL; g++) {
		for (const struct sim_story *s = sim_stories; s->name != NULL; s++) {
			if ((o->geometry == NULL || strcmp(o->geometry, g->name) == 0) &&
			    (o->story == NULL || strcmp(o->story, s->name) == 0)) {
				jobs[count++] = (struct job){g, s, o->random};
			}
		}
		if (o->random) {
			break;
		}
	}
	if (count == 0) {
		fprintf(stderr, "rotor-sim: no such geometry or story; see --list\n");
		return 2;
	}
	if (o->random && !o->json) {
		printf("seed %llu\n", (unsigned long long)o->seed);
	}
	bool complete = run_jobs(o, jobs, count, report_job, &report);
	report_end(&report);
	return complete && report.sum.broken == 0 ? 0 : 1;
}

/* ---- replay ---- */

struct narrator {
	struct sim_campaign *c;
	bool dark; /* the power has gone in this life */
};

static void narrate(void *ctx, unsigned long op, const char *text)
{
	struct narrator *n = ctx;
	if (strcmp(text, "power on") == 0) {
		n->dark = false;
		printf("\n");
	}
	if (!n->dark) {
		printf("%5lu  %s\n", op, text);
	}
	if (!n->dark && n->c->next_cut != 0 && op == n->c->next_cut) {
		n->dark = true;
		printf("       the power goes in it\n");
	}
}

static int replay(const char *id)
{
	static struct sim_campaign c;
	const struct sim_geometry *geometry;
	const struct sim_story *story;
	struct sim_cut path[SIM_CUTS_MAX];
	unsigned len;
	if (!sim_campaign_parse(id, &geometry, &story, path, &len)) {
		fprintf(stderr, "rotor-sim: '%s' is no identifier; see --list\n", id);
		return 2;
	}
	if (!sim_campaign_init(&c, geometry, story)) {
		fprintf(stderr, "rotor-sim: cannot make the chip\n");
		return 1;
	}
	struct narrator narrator = {.c = &c};
	memcpy(c.path, path, sizeof(path));
	c.path_len = len;
	c.run.say = narrate;
	c.run.ctx = &narrator;
	printf("%s: %s\n", story->name, story->what);
	bool good = sim_campaign_replay(&c);
	printf("\n%s\n", good           ? "everything held"
			 : c.run.failed ? "NOT everything held"
					: "the story has no such operation");
	sim_campaign_free(&c);
	sim_memo_forget();
	return good ? 0 : 1;
}

/* ---- the command line ---- */

static void list(void)
{
	printf("geometries (sector x unit, bytes):\n");
	for (const struct sim_geometry *g = sim_geometries; g->name != NULL; g++) {
		printf("  %-11s slots of %u bytes\n", g->name, (unsigned)g->slot);
	}
	printf("  %-11s slots of %u bytes, for --random\nstories:\n", sim_large_geometry.name,
	       (unsigned)sim_large_geometry.slot);
	for (const struct sim_story *s = sim_stories; s->name != NULL; s++) {
		printf("  %-11s %s\n", s->name, s->what);
	}
}

static void help(void)
{
	printf("usage: rotor-sim [options]\n\n"
	       "Plays firmware updates on simulated chips, cuts the power at every operation of "
	       "flash and fuses, in\n"
	       "every way, and again in what follows, and checks what must hold. sim/README.md "
	       "says how.\n\n"
	       "  --geometry NAME   only this one       --story NAME   only this one\n"
	       "  --quick           one cut, at fewer places of each operation\n"
	       "  --deep            every byte in every way, and second cuts at every byte of all "
	       "that follows\n"
	       "  --random N        N pairs of cuts for each story on a large flash, chosen by\n"
	       "  --seed NUMBER     this (1)\n"
	       "  --stop            stop at the first failure\n"
	       "  --jobs N          campaigns at a time (1)\n"
	       "  --replay ID       one case, told step by step\n"
	       "  --list            the geometries and stories\n"
	       "  --json            results as JSON, one object a line\n\n"
	       "Exit status: 0 all held, 1 something did not, 2 wrong usage.\n");
}

enum {
	OPT_GEOMETRY = 1,
	OPT_STORY,
	OPT_QUICK,
	OPT_DEEP,
	OPT_RANDOM,
	OPT_SEED,
	OPT_STOP,
	OPT_JOBS,
	OPT_REPLAY,
	OPT_LIST,
	OPT_JSON,
	OPT_HELP
};

static const struct option long_options[] = {
    {"geometry", required_argument, NULL, OPT_GEOMETRY},
    {"story", required_argument, NULL, OPT_STORY},
    {"quick", no_argument, NULL, OPT_QUICK},
    {"deep", no_argument, NULL, OPT_DEEP},
    {"random", required_argument, NULL, OPT_RANDOM},
    {"seed", required_argument, NULL, OPT_SEED},
    {"stop", no_argument, NULL, OPT_STOP},
    {"jobs", required_argument, NULL, OPT_JOBS},
    {"replay", required_argument, NULL, OPT_REPLAY},
    {"list", no_argument, NULL, OPT_LIST},
    {"json", no_argument, NULL, OPT_JSON},
    {"help", no_argument, NULL, OPT_HELP},
    {NULL, 0, NULL, 0},
};

static bool number(const char *text, unsigned long long limit, unsigned long long *out)
{
	char *end;
	errno = 0;
	*out = strtoull(text, &end, 10);
	return *text >= '0' && *text <= '9' && *end == 0 && errno == 0 && *out > 0 && *out <= limit;
}

/* @return 0, or 1 if help was given, or 2 */
static int parse(int argc, char **argv, struct options *o)
{
	unsigned long long value = 0;
	bool good = true;
	for (int opt; good && (opt = getopt_long(argc, argv, "", long_options, NULL)) != -1;) {
		switch (opt) {
		case OPT_GEOMETRY:
			o->geometry = optarg;
			break;
		case OPT_STORY:
			o->story = optarg;
			break;
		case OPT_QUICK:
			o->single = SIM_COARSE;
			o->pairs = false;
			break;
		case OPT_DEEP:
			o->single = SIM_ALL;
			o->first = o->second = SIM_FINE;
			o->cut_lives = SIM_LIVES_MAX;
			break;
		case OPT_RANDOM:
			good = number(optarg, 1000000, &value);
			o->random = (unsigned)value;
			break;
		case OPT_SEED:
			good = number(optarg, UINT64_MAX, &value);
			o->seed = value;
			break;
		case OPT_STOP:
			o->stop = true;
			break;
		case OPT_JOBS:
			good = number(optarg, JOBS_MAX, &value);
			o->jobs = (unsigned)value;
			break;
		case OPT_REPLAY:
			o->replay = optarg;
			break;
		case OPT_LIST:
			o->list = true;
			break;
		case OPT_JSON:
			o->json = true;
			break;
		case OPT_HELP:
			help();
			return 1;
		default:
			good = false;
			break;
		}
	}
	if (!good || optind != argc) {
		fprintf(stderr, "rotor-sim: wrong usage; see --help\n");
		return 2;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct options o = {.single = SIM_FINE,
			    .pairs = true,
			    .first = SIM_COARSE,
			    .second = SIM_COARSE,
			    .cut_lives = 2,
			    .jobs = 1,
			    .seed = 1};
	int status = parse(argc, argv, &o);
	if (status != 0) {
		return status == 1 ? 0 : status;
	}
	if (o.list) {
		list();
		return 0;
	}
	return o.replay ? replay(o.replay) : run_all(&o);
}
