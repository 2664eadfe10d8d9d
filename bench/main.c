/* SPDX-License-Identifier: Apache-2.0 */
/* rotor-bench: how fast firmware goes over a bus, in virtual time, beside what bus and flash allow. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench.h"

#define IMAGE (1024 * 1024)

/*
 * The limits: bytes per 1000 bit times with transfers of 4 KiB, one request each, in packets of that size; of the flash,
 * 45 ms for a sector of 4 KiB and 0.7 ms for each of its 16 pages.
 */
static double bus_limit(uint8_t unit, uint32_t hz)
{
	return (unit == 64 ? 96.4 : 106.0) * hz / 1000.0;
}

#define FLASH_LIMIT (4096 / (0.045 + 16 * 0.0007))

static const struct row {
	uint32_t hz;
	bool session;
	uint8_t unit;
	unsigned percent; /* that rotor must reach */
} rows[] = {
    {100000, false, 64, 98},  {400000, false, 64, 98},  {1000000, false, 64, 98},
    {100000, false, 240, 98}, {400000, false, 240, 98}, {1000000, false, 240, 98},
    {100000, true, 64, 96},   {400000, true, 64, 96},   {1000000, true, 64, 96},
};

/* The transfers that are shorter than the image, in a session at 100 kHz. @return whether the targets are reached */
static bool less_than_the_image(void)
{
	struct bench_transfer whole = {.hz = 100000, .session = true, .unit = 64, .size = IMAGE};
	struct bench_transfer patch = whole, interrupted = whole;
	patch.patch = true;
	interrupted.interrupted = true;
	bench_transfer(&whole);
	bench_transfer(&patch);
	bench_transfer(&interrupted);
	double percent = 100.0 * (double)patch.bus_bytes / (double)whole.bus_bytes;
	double bus = (double)patch.bus_bits / patch.hz, flash = patch.image / FLASH_LIMIT;
	double seconds = (double)patch.us / 1e6;
	bool few = patch.good && percent <= 5, quick = seconds <= bus + flash;
	printf("a patch of 2 %% of the blocks, map included: %" PRIu64
	       " bytes on the bus, %.1f%% of the whole (target 5%%)%s\n",
	       patch.bus_bytes, percent, few ? "" : "  FAILED");
	printf("  %.1f s, of which bus %.1f s; flash limit %.1f s (target: no more than their "
	       "sum)%s\n",
	       seconds, bus, flash, quick ? "" : "  FAILED");
	/* Two transfers of 2 KiB may be out. */
	bool kept = interrupted.good && interrupted.again <= 3 * 2048;
	printf("power lost half-way: %" PRIu32
	       " bytes asked for again (elsewhere: all; target: 3 transfers, 6144 bytes)%s\n",
	       interrupted.again, kept ? "" : "  FAILED");
	return few && quick && kept;
}

int main(int argc, char **argv)
{
	bool missed = false;
	if (argc == 3 && strcmp(argv[1], "--chunks") == 0) {
		return bench_chunks((uint32_t)strtoul(argv[2], NULL, 10)) ? 0 : 1;
	}
	if (argc == 3 && strcmp(argv[1], "--spdm") == 0) {
		return bench_spdm(strcmp(argv[2], "session") == 0) ? 0 : 1;
	}
	if (argc == 5 && strcmp(argv[1], "--mctp") == 0) {
		return bench_mctp((uint32_t)strtoul(argv[2], NULL, 10),
				  (uint8_t)strtoul(argv[3], NULL, 10),
				  (uint32_t)strtoul(argv[4], NULL, 10))
			   ? 0
			   : 1;
	}
	if (argc > 1) {
		fprintf(stderr, "usage: rotor-bench [--chunks COUNT | --mctp SIZE UNIT COUNT | "
				"--spdm attest|session]\n");
		return 2;
	}
	printf("1 MiB of firmware, first RequestFirmwareData to TransferComplete, virtual time; "
	       "flash: %.0f B/s\n",
	       FLASH_LIMIT);
	printf("%8s  %-8s %6s  %10s %9s %8s %7s %9s\n", "bus", "", "packet", "limit B/s", "B/s",
	       "percent", "target", "requests");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bench_transfer t = {.hz = rows[i].hz,
					   .session = rows[i].session,
					   .unit = rows[i].unit,
					   .size = IMAGE};
		double limit = bus_limit(rows[i].unit, rows[i].hz);
		bench_transfer(&t);
		limit = limit < FLASH_LIMIT ? limit : FLASH_LIMIT;
		double rate = t.us ? (double)t.image * 1e6 / (double)t.us : 0;
		double percent = 100 * rate / limit;
		bool good = t.good && percent >= rows[i].percent;
		missed = missed || !good;
		printf("%4" PRIu32 " kHz  %-8s %6u  %10.0f %9.0f %7.1f%% %6u%% %9" PRIu64 "%s\n",
		       t.hz / 1000, t.session ? "session" : "clear", t.unit, limit, rate, percent,
		       rows[i].percent, t.requests,
		       !t.good ? "  FAILED"
		       : good  ? ""
			       : "  below the target");
	}
	missed = !less_than_the_image() || missed;
	return missed ? 1 : 0;
}
