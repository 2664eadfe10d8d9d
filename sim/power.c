/* SPDX-License-Identifier: Apache-2.0 */
#include "sim/power.h"

#include "sim/mix.h"

void sim_power_on(struct sim_power *power)
{
	power->operations = 0;
	power->cut_at = 0;
	power->exact = 0;
	power->off = false;
}

void sim_power_fault(struct sim_power *power, const char *what)
{
	if (power->faults++ == 0) {
		power->fault = what;
	}
}

bool sim_power_spend(struct sim_power *power, const struct sim_op *op, struct sim_tear *tear)
{
	if (power->before != 0) {
		power->before(power->ctx, op);
	}
	if (++power->operations != power->cut_at) {
		return false;
	}
	if (power->exact != 0) {
		*tear = *power->exact;
	} else {
		uint32_t at = (uint32_t)((uint64_t)op->len * power->tear / SIM_TEAR_WHOLE);
		*tear = (struct sim_tear){.kind = SIM_TEAR_CLEAN, .at = at};
		if (power->tear == 0 || power->tear == SIM_TEAR_WHOLE) {
			tear->kind = power->tear == 0 ? SIM_TEAR_BEFORE : SIM_TEAR_DONE;
		}
	}
	power->off = tear->kind != SIM_TEAR_DUD;
	return true;
}

uint8_t sim_weak_value(uint8_t pattern, uint32_t read, uint32_t offset, uint8_t mask)
{
	if (pattern == SIM_WEAK_NOISE) {
		return (uint8_t)(mask & sim_mix((uint64_t)read << 32 | offset));
	}
	return pattern >> (read < 3 ? read : 3) & 1 ? mask : 0;
}
