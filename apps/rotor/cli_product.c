/* SPDX-License-Identifier: Apache-2.0 */
/* The options that describe a product. */
#include <string.h>

#include "rotor/boot_store.h"
#include "rotor_cli.h"

enum {
	OPTION_VENDOR_NAME = 0x700,
	OPTION_MODEL_NAME,
	OPTION_POLICY,
	OPTION_CONFIRM_SECONDS,
};

static const struct argp_option options[] = {
    {NULL, 0, NULL, 0, "The product, part of what every device measures:", 10},
    {"vendor-name", OPTION_VENDOR_NAME, "TEXT", 0, "vendor (default \"rotor\")", 10},
    {"model-name", OPTION_MODEL_NAME, "TEXT", 0, "model (default \"emulated PRoT\")", 10},
    {"policy", OPTION_POLICY, "LIST", 0,
     "what devices relax or ask for: any-product, clear-update, one-sided-update, "
     "confirm-by-session; several with commas (default: none, the strictest)",
     10},
    {"confirm-seconds", OPTION_CONFIRM_SECONDS, "N", 0,
     "time in which an agent must open a session with new firmware, under confirm-by-session "
     "(default 120)",
     10},
    {0}};

static bool parse_policy(const char *text, uint32_t *policy)
{
	static const struct {
		const char *name;
		uint32_t bit;
	} names[] = {
	    {"any-product", ROTOR_BOOT_POLICY_ANY_PRODUCT},
	    {"clear-update", ROTOR_BOOT_POLICY_CLEAR_UPDATE},
	    {"one-sided-update", ROTOR_BOOT_POLICY_ONE_SIDED_UPDATE},
	    {"confirm-by-session", ROTOR_BOOT_POLICY_CONFIRM_BY_SESSION},
	};
	*policy = 0;
	for (;;) {
		size_t len = strcspn(text, ",");
		size_t i = 0;
		while (i < ROTOR_COUNT_OF(names) &&
		       (strlen(names[i].name) != len || strncmp(names[i].name, text, len) != 0)) {
			i++;
		}
		if (i == ROTOR_COUNT_OF(names)) {
			return false;
		}
		*policy |= names[i].bit;
		if (text[len] == 0) {
			return true;
		}
		text += len + 1;
	}
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct cli_product *p = state->input;
	uint64_t number = 0;
	switch (key) {
	case OPTION_VENDOR_NAME:
		p->vendor_name = arg;
		return 0;
	case OPTION_MODEL_NAME:
		p->model_name = arg;
		return 0;
	case OPTION_POLICY:
		if (!parse_policy(arg, &p->policy)) {
			argp_error(state, "--policy: '%s' names a policy that there is not", arg);
		}
		return 0;
	case OPTION_CONFIRM_SECONDS:
		if (!cli_number(arg, UINT16_MAX, &number) || number == 0) {
			argp_error(state, "--confirm-seconds takes 1 to %d", UINT16_MAX);
		}
		p->confirm_seconds = (uint16_t)number;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp product_argp = {.options = options, .parser = parse};

const struct argp_child cli_product_children[] = {
    {&cli_common_argp, 0, NULL, 0}, {&product_argp, 0, NULL, 0}, {0}};

struct cli_product cli_product_default(void)
{
	return (struct cli_product){.vendor_name = "rotor", .model_name = "emulated PRoT"};
}

void cli_init_product(struct argp_state *state, struct cli_product *product)
{
	cli_init_children(state);
	state->child_inputs[1] = product;
}
