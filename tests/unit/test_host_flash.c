/* SPDX-License-Identifier: Apache-2.0 */
/* Flash and fuses in files obey their physics: bits go the one way, units are kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/stat.h>
#include <unistd.h>

#include "rotor/host_flash.h"

enum { SIZE = 4 * ROTOR_FLASH_SECTOR };

static char dir[32];
static char path[64];

static int make_dir(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/rotor-flash-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/file", dir);
	return 0;
}

static int remove_dir(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(dir);
}

static void open_flash(struct rotor_flash_file *f)
{
	assert_int_equal(rotor_flash_file_create(path, SIZE), ROTOR_OK);
	assert_int_equal(rotor_flash_file_open(f, path, false), ROTOR_OK);
}

static void a_new_chip_is_erased(void **state)
{
	struct rotor_flash_file f;
	struct stat st;
	uint8_t bytes[SIZE];
	(void)state;
	open_flash(&f);
	assert_int_equal(f.size, SIZE);
	assert_int_equal(f.sector, ROTOR_FLASH_SECTOR);
	assert_int_equal(f.page, ROTOR_FLASH_PAGE);
	assert_int_equal(rotor_flash_file_read(&f, 0, bytes, SIZE), ROTOR_OK);
	for (size_t i = 0; i < SIZE; i++)
		assert_int_equal(bytes[i], 0xff);
	rotor_flash_file_close(&f);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(rotor_flash_file_create(path, SIZE), ROTOR_ERR_BUSY);
}

static void programming_clears_bits_and_erasing_sets_them(void **state)
{
	static const uint8_t first[] = {0xf0, 0x0f, 0xaa}, second[] = {0x70, 0x0f, 0x00};
	static const uint8_t third[] = {0x70, 0x1f, 0x00};
	struct rotor_flash_file f;
	uint8_t now[3];
	(void)state;
	open_flash(&f);
	f.durable = true;
	assert_int_equal(rotor_flash_file_program(&f, 100, first, 3), ROTOR_OK);
	assert_int_equal(rotor_flash_file_program(&f, 100, second, 3), ROTOR_OK);
	assert_int_equal(rotor_flash_file_program(&f, 100, third, 3), ROTOR_ERR_STATE);
	assert_int_equal(rotor_flash_file_read(&f, 100, now, 3), ROTOR_OK);
	assert_memory_equal(now, second, 3);
	assert_int_equal(rotor_flash_file_erase(&f, 0, ROTOR_FLASH_SECTOR), ROTOR_OK);
	assert_int_equal(rotor_flash_file_read(&f, 100, now, 3), ROTOR_OK);
	assert_memory_equal(now, "\xff\xff\xff", 3);
	assert_int_equal(f.erases, 1);
	rotor_flash_file_close(&f);
}

static void a_long_write_is_split_at_pages_and_stops_at_the_first_fault(void **state)
{
	struct rotor_flash_file f;
	uint8_t data[3 * ROTOR_FLASH_PAGE], now[3 * ROTOR_FLASH_PAGE];
	static const uint8_t zero;
	(void)state;
	open_flash(&f);
	memset(data, 0x5a, sizeof(data));
	/* begins in the middle of a page: four pieces */
	assert_int_equal(rotor_flash_file_program(&f, 128, data, sizeof(data)), ROTOR_OK);
	assert_int_equal(f.programs, 4);
	assert_int_equal(rotor_flash_file_read(&f, 128, now, sizeof(now)), ROTOR_OK);
	assert_memory_equal(now, data, sizeof(data));
	/* one byte of the second page is used: the first page is written, no other */
	assert_int_equal(
	    rotor_flash_file_program(&f, ROTOR_FLASH_SECTOR + ROTOR_FLASH_PAGE + 7, &zero, 1),
	    ROTOR_OK);
	assert_int_equal(rotor_flash_file_program(&f, ROTOR_FLASH_SECTOR, data, sizeof(data)),
			 ROTOR_ERR_STATE);
	assert_int_equal(rotor_flash_file_read(&f, ROTOR_FLASH_SECTOR, now, sizeof(now)), ROTOR_OK);
	assert_memory_equal(now, data, ROTOR_FLASH_PAGE);
	for (size_t i = ROTOR_FLASH_PAGE; i < sizeof(now); i++)
		assert_int_equal(now[i], i == ROTOR_FLASH_PAGE + 7 ? 0 : 0xff);
	rotor_flash_file_close(&f);
}

static void nothing_outside_the_chip_or_its_units(void **state)
{
	struct rotor_flash_file f;
	uint8_t byte = 0;
	(void)state;
	open_flash(&f);
	assert_int_equal(rotor_flash_file_read(&f, SIZE - 1, &byte, 1), ROTOR_OK);
	assert_int_equal(rotor_flash_file_read(&f, SIZE, &byte, 0), ROTOR_OK);
	assert_int_equal(rotor_flash_file_read(&f, SIZE, &byte, 1), ROTOR_ERR_ARGUMENT);
	assert_int_equal(rotor_flash_file_read(&f, UINT32_MAX, &byte, 2), ROTOR_ERR_ARGUMENT);
	assert_int_equal(rotor_flash_file_read(&f, 1, &byte, SIZE_MAX), ROTOR_ERR_ARGUMENT);
	assert_int_equal(rotor_flash_file_program(&f, SIZE, &byte, 1), ROTOR_ERR_ARGUMENT);
	assert_int_equal(rotor_flash_file_erase(&f, 1, ROTOR_FLASH_SECTOR), ROTOR_ERR_ARGUMENT);
	assert_int_equal(rotor_flash_file_erase(&f, 0, 1), ROTOR_ERR_ARGUMENT);
	assert_int_equal(rotor_flash_file_erase(&f, SIZE, ROTOR_FLASH_SECTOR), ROTOR_ERR_ARGUMENT);
	assert_int_equal(rotor_flash_file_erase(&f, 0, SIZE), ROTOR_OK);
	assert_int_equal(f.erases, 4);
	rotor_flash_file_close(&f);
	rotor_flash_file_close(&f); /* harmless */
}

static void the_boot_modules_port_reaches_the_file(void **state)
{
	struct rotor_flash_file f;
	struct rotor_flash port;
	uint8_t page[ROTOR_FLASH_PAGE], now[ROTOR_FLASH_PAGE];
	(void)state;
	open_flash(&f);
	rotor_flash_file_port(&f, &port);
	assert_int_equal(port.geometry.size, SIZE);
	assert_int_equal(port.geometry.sector, ROTOR_FLASH_SECTOR);
	assert_int_equal(port.geometry.unit, ROTOR_FLASH_PAGE);
	memset(page, 0x11, sizeof(page));
	uint32_t at = ROTOR_FLASH_SECTOR + ROTOR_FLASH_PAGE;
	assert_int_equal(port.ops->program(port.ctx, at, page, sizeof(page)), ROTOR_OK);
	assert_int_equal(port.ops->read(port.ctx, at, now, sizeof(now)), ROTOR_OK);
	assert_memory_equal(now, page, sizeof(page));
	assert_int_equal(port.ops->erase(port.ctx, ROTOR_FLASH_SECTOR), ROTOR_OK);
	assert_int_equal(port.ops->read(port.ctx, at, now, sizeof(now)), ROTOR_OK);
	assert_int_equal(now[0], 0xff);
	assert_int_equal(f.erases, 1);
	rotor_flash_file_close(&f);
}

static void a_chip_may_have_larger_sectors_and_smaller_pages(void **state)
{
	static const uint32_t wrong[][2] = {
	    {0, ROTOR_FLASH_PAGE},                      /* no sector */
	    {2048, ROTOR_FLASH_PAGE},                   /* smaller than a sector can be */
	    {3 * ROTOR_FLASH_SECTOR, ROTOR_FLASH_PAGE}, /* the chip is no multiple of it */
	    {2 * SIZE, ROTOR_FLASH_PAGE},               /* larger than the chip */
	    {ROTOR_FLASH_SECTOR, 0},
	    {ROTOR_FLASH_SECTOR, 24},
	    {ROTOR_FLASH_SECTOR, 2 * ROTOR_FLASH_PAGE}};
	const uint32_t sector = 2 * ROTOR_FLASH_SECTOR;
	struct rotor_flash_file f;
	struct rotor_flash port;
	uint8_t data[32], now[32];
	(void)state;
	open_flash(&f);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(rotor_flash_file_geometry(&f, wrong[i][0], wrong[i][1]),
				 ROTOR_ERR_ARGUMENT);
	rotor_flash_file_port(&f, &port);
	assert_int_equal(port.geometry.sector, ROTOR_FLASH_SECTOR);
	assert_int_equal(port.geometry.unit, ROTOR_FLASH_PAGE);
	assert_int_equal(rotor_flash_file_geometry(&f, sector, 16), ROTOR_OK);
	rotor_flash_file_port(&f, &port);
	assert_int_equal(port.geometry.sector, sector);
	assert_int_equal(port.geometry.unit, 16);
	/* programmed in pages of 16, erased all at once */
	memset(data, 0x5a, sizeof(data));
	assert_int_equal(port.ops->program(&f, 2 * sector - sizeof(data), data, sizeof(data)),
			 ROTOR_OK);
	assert_int_equal(f.programs, 2);
	assert_int_equal(rotor_flash_file_erase(&f, ROTOR_FLASH_SECTOR, sector),
			 ROTOR_ERR_ARGUMENT);
	assert_int_equal(port.ops->erase(&f, sector), ROTOR_OK);
	assert_int_equal(f.erases, 1);
	assert_int_equal(rotor_flash_file_read(&f, 2 * sector - sizeof(data), now, sizeof(now)),
			 ROTOR_OK);
	for (size_t i = 0; i < sizeof(now); i++)
		assert_int_equal(now[i], 0xff);
	rotor_flash_file_close(&f);
}

static void a_file_of_another_size_is_no_chip(void **state)
{
	struct rotor_flash_file f;
	(void)state;
	assert_int_equal(rotor_flash_file_open(&f, path, false), ROTOR_ERR_NOT_FOUND);
	assert_int_equal(rotor_flash_file_create(path, 100), ROTOR_ERR_ARGUMENT);
	assert_int_equal(rotor_flash_file_create(path, 0), ROTOR_ERR_ARGUMENT);
	assert_int_equal(rotor_flash_file_create("/nonexistent/file", SIZE), ROTOR_ERR_NOT_FOUND);
	assert_int_equal(rotor_flash_file_create(path, SIZE), ROTOR_OK);
	assert_int_equal(truncate(path, SIZE - 1), 0);
	assert_int_equal(rotor_flash_file_open(&f, path, false), ROTOR_ERR_LENGTH);
	assert_int_equal(truncate(path, 0), 0);
	assert_int_equal(rotor_flash_file_open(&f, path, false), ROTOR_ERR_LENGTH);
	assert_int_equal(rotor_flash_file_attach(&f, -1, false), ROTOR_ERR_IO);
}

static void fuses_blow_once(void **state)
{
	static const uint8_t first[] = {0x01, 0x80}, more[] = {0x03, 0x80}, less[] = {0x07, 0x00};
	struct rotor_fuse_file f, again;
	struct stat st;
	uint8_t now[2];
	(void)state;
	assert_int_equal(rotor_fuses_create(path, 64), ROTOR_OK);
	assert_int_equal(rotor_fuses_create(path, 64), ROTOR_ERR_BUSY);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(rotor_fuses_open(&f, path), ROTOR_OK);
	assert_int_equal(f.size, 64);
	assert_int_equal(rotor_fuses_open(&again, path), ROTOR_ERR_BUSY);
	assert_int_equal(rotor_fuses_read(&f, 62, now, 2), ROTOR_OK);
	assert_memory_equal(now, "\0\0", 2);
	assert_int_equal(rotor_fuses_blow(&f, 62, first, 2), ROTOR_OK);
	assert_int_equal(rotor_fuses_blow(&f, 62, first, 2), ROTOR_OK);
	assert_int_equal(rotor_fuses_blow(&f, 62, more, 2), ROTOR_OK);
	assert_int_equal(rotor_fuses_blow(&f, 62, less, 2), ROTOR_ERR_STATE);
	assert_int_equal(rotor_fuses_read(&f, 62, now, 2), ROTOR_OK);
	assert_memory_equal(now, more, 2);
	assert_int_equal(rotor_fuses_read(&f, 63, now, 2), ROTOR_ERR_ARGUMENT);
	assert_int_equal(rotor_fuses_blow(&f, 63, more, 2), ROTOR_ERR_ARGUMENT);
	assert_int_equal(rotor_fuses_blow(&f, 65, more, 0), ROTOR_ERR_ARGUMENT);
	rotor_fuses_close(&f);
	rotor_fuses_close(&f); /* harmless */
	assert_int_equal(rotor_fuses_open(&again, path), ROTOR_OK);
	rotor_fuses_close(&again);
}

static void a_fuse_file_has_a_sensible_size(void **state)
{
	struct rotor_fuse_file f;
	(void)state;
	assert_int_equal(rotor_fuses_create(path, 0), ROTOR_ERR_ARGUMENT);
	assert_int_equal(rotor_fuses_create(path, 1 << 20), ROTOR_ERR_ARGUMENT);
	assert_int_equal(rotor_fuses_open(&f, path), ROTOR_ERR_NOT_FOUND);
	assert_int_equal(rotor_fuses_create(path, 16), ROTOR_OK);
	assert_int_equal(truncate(path, 1 << 20), 0);
	assert_int_equal(rotor_fuses_open(&f, path), ROTOR_ERR_LENGTH);
	assert_int_equal(rotor_fuses_open(&f, dir), ROTOR_ERR_IO);
}

#define IN_A_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, make_dir, remove_dir)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    IN_A_DIRECTORY(a_new_chip_is_erased),
	    IN_A_DIRECTORY(programming_clears_bits_and_erasing_sets_them),
	    IN_A_DIRECTORY(a_long_write_is_split_at_pages_and_stops_at_the_first_fault),
	    IN_A_DIRECTORY(nothing_outside_the_chip_or_its_units),
	    IN_A_DIRECTORY(the_boot_modules_port_reaches_the_file),
	    IN_A_DIRECTORY(a_chip_may_have_larger_sectors_and_smaller_pages),
	    IN_A_DIRECTORY(a_file_of_another_size_is_no_chip),
	    IN_A_DIRECTORY(fuses_blow_once),
	    IN_A_DIRECTORY(a_fuse_file_has_a_sensible_size),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
