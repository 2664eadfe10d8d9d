/* SPDX-License-Identifier: Apache-2.0 */
/* What a runtime that has been taken over can do to the next start, and what it cannot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rotor/boot_store.h"
#include "support/boot_device.h"

static struct boot_device d;
static struct boot_image running, newer;

static void set_up(void)
{
	const struct rotor_boot_record record = boot_confirmed_record(ROTOR_BOOT_SLOT_A);
	boot_device_init(&d, boot_quick_crypto(), 512, 16);
	boot_make_image(&d, &(struct image_wish){.minor = 1, .security_version = 2}, &running);
	boot_make_image(&d, &(struct image_wish){.minor = 2, .security_version = 3, .seed = 9},
			&newer);
	boot_put_image(&d, ROTOR_BOOT_SLOT_A, &running);
	boot_put_record(&d, &record);
}

static void it_may_write_slots_and_records_and_nothing_else(void **state)
{
	(void)state;
	set_up();
	const struct rotor_flash_layout *layout = &d.layout;
	for (size_t i = 0; i < ROTOR_REGION_COUNT; i++) {
		const struct rotor_flash_region *r = &layout->region[i];
		bool open = i == ROTOR_REGION_RECORD_A || i == ROTOR_REGION_RECORD_B ||
			    i == ROTOR_REGION_SLOT_A || i == ROTOR_REGION_SLOT_B;
		assert_int_equal(rotor_flash_runtime_may_write(layout, r->offset, r->size), open);
		assert_int_equal(rotor_flash_runtime_may_write(layout, r->offset + r->size - 1, 1),
				 open);
		/* A region's neighbour is another region, or nothing. */
		assert_false(rotor_flash_runtime_may_write(layout, r->offset, r->size + 1));
		assert_false(rotor_flash_runtime_may_write(layout, r->offset + 1, UINT32_MAX));
	}
	assert_false(rotor_flash_runtime_may_write(layout, layout->geometry.size, 1));
	assert_false(rotor_flash_runtime_may_write(layout, UINT32_MAX, UINT32_MAX));
	boot_device_free(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(it_may_write_slots_and_records_and_nothing_else),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
