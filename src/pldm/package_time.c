/* SPDX-License-Identifier: Apache-2.0 */
/* PLDM timestamp104 (DSP0240): UTC offset, microsecond, second … year, resolutions. */
#include "rotor/pldm_package.h"

struct rotor_package_time rotor_package_time_read(struct rotor_reader *r)
{
	struct rotor_package_time t;

	t.utc_offset = (int16_t)rotor_read_u16le(r);
	t.microsecond = rotor_read_u24le(r);
	t.second = rotor_read_u8(r);
	t.minute = rotor_read_u8(r);
	t.hour = rotor_read_u8(r);
	t.day = rotor_read_u8(r);
	t.month = rotor_read_u8(r);
	t.year = rotor_read_u16le(r);
	t.resolution = rotor_read_u8(r);
	return t;
}

void rotor_package_time_write(struct rotor_writer *w, const struct rotor_package_time *t)
{
	rotor_write_u16le(w, (uint16_t)t->utc_offset);
	rotor_write_u24le(w, t->microsecond);
	rotor_write_u8(w, t->second);
	rotor_write_u8(w, t->minute);
	rotor_write_u8(w, t->hour);
	rotor_write_u8(w, t->day);
	rotor_write_u8(w, t->month);
	rotor_write_u16le(w, t->year);
	rotor_write_u8(w, t->resolution);
}
