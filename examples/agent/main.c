/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The smallest agent: finds the device at the other end of a serial line, has it prove who it is and what it runs, and
 * prints what it measured. The line is a Unix socket here; a tty is read and written in the same way.
 */
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "rotor/agent.h"
#include "rotor/boot_measurement.h"
#include "rotor/host_loop.h"
#include "rotor/host_trust.h"
#include "rotor/mctp_serial.h"

/* Large, and the library allocates nothing: static. */
static struct rotor_trust_store store;
static struct rotor_agent_bus bus;
static struct rotor_agent_job job;
static struct rotor_serial line;

static int open_line(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	return fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 ? fd : -1;
}

/* Runs a job to its end. A daemon would do this for many buses in one loop: no call here blocks but poll(). */
static bool run(int fd, const struct rotor_agent_job_config *config)
{
	uint8_t bytes[256];
	size_t len;
	if (rotor_agent_job_start(&job, &bus, config) != ROTOR_OK) {
		return false;
	}
	for (;;) {
		rotor_agent_bus_poll(&bus, rotor_loop_now());
		while ((len = rotor_serial_send(&line, bytes, sizeof(bytes), rotor_loop_now())) >
		       0) {
			if (send(fd, bytes, len, MSG_NOSIGNAL) != (ssize_t)len) {
				return false;
			}
		}
		if (rotor_agent_job_status(&job) != ROTOR_PENDING) {
			break;
		}
		rotor_ms now = rotor_loop_now(), due = rotor_agent_bus_deadline(&bus);
		rotor_ms left = due > now ? due - now : 0;
		struct pollfd wait = {.fd = fd, .events = POLLIN};
		if (poll(&wait, 1, left > 1000 ? 1000 : (int)left) > 0) {
			ssize_t got = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
			if (got == 0) {
				return false; /* the other end has gone */
			}
			if (got > 0) {
				rotor_serial_receive(&line, bytes, (size_t)got, rotor_loop_now());
			}
		}
	}
	if (rotor_agent_job_status(&job) != ROTOR_OK) {
		char text[ROTOR_AGENT_FAILURE_TEXT];
		fprintf(stderr, "%s\n", rotor_agent_failure_text(&job.failure, text, sizeof(text)));
	}
	return rotor_agent_job_status(&job) == ROTOR_OK;
}

/* The evidence is in the job: the blocks are signed by the device's key, over a nonce of this run. */
static void print_measurements(void)
{
	struct rotor_bytes record = job.spdm.measurements.record;
	struct rotor_spdm_block block;
	while (rotor_spdm_next_block(&record, &block) == ROTOR_OK) {
		printf("measurement 0x%02x (%s): ", block.index,
		       rotor_measurement_name(block.index));
		for (size_t i = 0; i < block.value.len; i++) {
			printf("%02x", block.value.data[i]);
		}
		printf("\n");
	}
	printf("verdict: %s, firmware %.*s\n", rotor_agent_verdict_string(job.judgement.verdict),
	       (int)job.judgement.reference.version.len,
	       (const char *)job.judgement.reference.version.data);
}

int main(int argc, char **argv)
{
	/* A line has one other end, and no addresses: this stands for it. */
	static const rotor_mctp_phys other_end = ROTOR_SERIAL_PHYS;
	const char *bad = NULL;
	size_t count = 0;
	if (argc != 3) {
		fprintf(stderr, "usage: example-agent SOCKET TRUST-STORE\n");
		return 2;
	}
	/* Roots of devices, keys of releases, firmware that may run: without these, evidence proves nothing. */
	if (rotor_trust_store_read(&store, argv[2], (rotor_time)time(NULL), &bad) != ROTOR_OK) {
		fprintf(stderr, "cannot read the trust store: %s\n", bad);
		return 1;
	}
	int fd = open_line(argv[1]);
	struct rotor_agent_bus_config bus_config = {
	    .eid = 8,
	    .address = ROTOR_MCTP_PHYS_ROUTE, /* none of its own */
	    .owner = true,                    /* the device gets its EID from here */
	    .addresses = &other_end,
	    .address_count = 1,
	};
	if (fd < 0 || rotor_agent_bus_init(&bus, &bus_config, rotor_loop_now()) != ROTOR_OK ||
	    rotor_serial_init(&line, rotor_agent_bus_endpoint(&bus)) != ROTOR_OK) {
		fprintf(stderr, "cannot open %s\n", argv[1]);
		return 1;
	}
	struct rotor_agent_job_config config = {
	    .kind = ROTOR_AGENT_DISCOVER,
	    .crypto = &rotor_crypto_openssl,
	    .trust = &store.trust,
	    .versions = {ROTOR_SPDM_V12, ROTOR_SPDM_V13},
	    .version_count = 2,
	};
	if (!run(fd, &config)) {
		return 1;
	}
	const struct rotor_mctp_found *found = rotor_mctp_bus_owner_found(&bus.owner, &count);
	if (count == 0) {
		fprintf(stderr, "nobody answers\n");
		return 1;
	}
	printf("endpoint: EID %u\n", found[0].eid);

	rotor_agent_job_drop(&job);
	config.kind = ROTOR_AGENT_ATTEST;
	config.target = found[0].eid;
	if (!run(fd, &config)) {
		return 1;
	}
	print_measurements();
	return job.judgement.verdict == ROTOR_AGENT_TRUSTED ? 0 : 1;
}
