/* SPDX-License-Identifier: Apache-2.0 */
/* The measurement log and its encoding. */
#include <string.h>

#include "rotor/boot_measurement.h"

#define FIRST_OUTSIDE_TCB 0x10
#define FLAG_TCB          0x01

enum rotor_status rotor_measurement_add(struct rotor_measurement_log *log, uint8_t index,
					uint8_t type, const void *value, size_t len)
{
	uint8_t last = log->count == 0 ? 0 : log->entry[log->count - 1].index;
	if (index <= last || len > ROTOR_MEASUREMENT_VALUE_MAX) {
		return ROTOR_ERR_ARGUMENT;
	}
	if (log->count == ROTOR_MEASUREMENTS_MAX) {
		return ROTOR_ERR_SPACE;
	}
	struct rotor_measurement *m = &log->entry[log->count++];
	*m = (struct rotor_measurement){
	    .index = index, .type = type, .tcb = index < FIRST_OUTSIDE_TCB, .len = (uint8_t)len};
	memcpy(m->value, value, len);
	return ROTOR_OK;
}

const struct rotor_measurement *rotor_measurement_find(const struct rotor_measurement_log *log,
						       uint8_t index)
{
	for (size_t i = 0; i < log->count; i++) {
		if (log->entry[i].index == index) {
			return &log->entry[i];
		}
	}
	return NULL;
}

const char *rotor_measurement_name(uint8_t index)
{
	static const struct {
		uint8_t index;
		const char *name;
	} names[] = {
	    {ROTOR_MEASURE_BOOT_STAGE, "immutable code"},
	    {ROTOR_MEASURE_FIRMWARE, "mutable firmware"},
	    {ROTOR_MEASURE_SECURITY_VERSION, "security version"},
	    {ROTOR_MEASURE_VERSION, "version"},
	    {ROTOR_MEASURE_CONFIG, "configuration"},
	    {ROTOR_MEASURE_SLOT, "slot"},
	    {ROTOR_MEASURE_TRIAL, "trial state"},
	    {ROTOR_MEASURE_FLOOR, "security floor"},
	    {ROTOR_MEASURE_ANCHORS, "trust anchors"},
	    {ROTOR_MEASURE_SLOTS, "state of the slots"},
	};
	for (size_t i = 0; i < ROTOR_COUNT_OF(names); i++) {
		if (names[i].index == index) {
			return names[i].name;
		}
	}
	return "measurement";
}

void rotor_measurement_log_write(const struct rotor_measurement_log *log, struct rotor_writer *w)
{
	rotor_write_u8(w, log->count);
	for (size_t i = 0; i < log->count; i++) {
		const struct rotor_measurement *m = &log->entry[i];
		rotor_write_u8(w, m->index);
		rotor_write_u8(w, m->type);
		rotor_write_u8(w, m->tcb ? FLAG_TCB : 0);
		rotor_write_u8(w, m->len);
		rotor_write_bytes(w, m->value, m->len);
	}
}

enum rotor_status rotor_measurement_log_read(struct rotor_reader *r,
					     struct rotor_measurement_log *log)
{
	*log = (struct rotor_measurement_log){0};
	size_t count = rotor_read_u8(r);
	if (count > ROTOR_MEASUREMENTS_MAX) {
		return ROTOR_ERR_SPACE;
	}
	for (size_t i = 0; i < count; i++) {
		uint8_t index = rotor_read_u8(r);
		uint8_t type = rotor_read_u8(r);
		uint8_t flags = rotor_read_u8(r);
		struct rotor_bytes value = rotor_read_view(r, rotor_read_u8(r));
		if (r->failed) {
			return ROTOR_ERR_LENGTH;
		}
		bool tcb = index < FIRST_OUTSIDE_TCB;
		if (flags != (tcb ? FLAG_TCB : 0) ||
		    rotor_measurement_add(log, index, type, value.data, value.len) != ROTOR_OK) {
			return ROTOR_ERR_FORMAT;
		}
	}
	return rotor_reader_status(r);
}
