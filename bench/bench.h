/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ROTOR_BENCH_H
#define ROTOR_BENCH_H

#include <stdbool.h>
#include <stdint.h>

/* One firmware transfer, from the first RequestFirmwareData to TransferComplete, in virtual time. */
struct bench_transfer {
	/* asked */
	uint32_t hz;
	bool session;
	uint8_t unit; /* bytes of a packet's payload; in a session 64 */
	uint32_t size;
	bool
	    patch; /* the device runs the same but for 2 % of its blocks of 4 KiB, and the package has a block map; in a session */
	bool
	    interrupted; /* the device loses power half-way, and the update begins anew; the package has a block map; in a session */
	/* measured */
	uint32_t image; /* bytes of it */
	uint64_t us;
	uint64_t bus_bits, bus_bytes;
	uint64_t requests, retries;
	uint32_t again; /* if interrupted: bytes that were asked for twice */
	bool good;      /* the update went through */
};

/* Runs one; everything in it is deterministic. */
void bench_transfer(struct bench_transfer *t);

/* A firmware device takes so many chunks of 1 KiB from a trivial agent, to be counted from outside. @return whether all went well */
bool bench_chunks(uint32_t count);

/*
 * A requester asks a responder all that an attestation takes, VERSION to CHALLENGE_AUTH and signed MEASUREMENTS, and then, if
 * @p session, makes a session. @return whether all went well
 */
bool bench_spdm(bool session);

/*
 * One MCTP endpoint sends another so many messages of @p size bytes (2 to 4096, the type byte among them) in packets of
 * @p unit bytes, to be counted from outside. @return whether all arrived whole
 */
bool bench_mctp(uint32_t size, uint8_t unit, uint32_t count);

#endif
