/* SPDX-License-Identifier: Apache-2.0 */
/* Whole files: limits are kept, secrets stay private, a reader never sees half a file. */
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

#include "rotor/host_file.h"

static char dir[32];
static char path[64];

static int make_dir(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/rotor-file-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/file", dir);
	return 0;
}

static int remove_dir(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(dir); /* fails if a temporary file was left */
}

static mode_t mode_of(const char *name)
{
	struct stat st;
	assert_int_equal(stat(name, &st), 0);
	return st.st_mode & 0777;
}

static void what_was_written_is_read(void **state)
{
	uint8_t *data;
	uint8_t small[4];
	size_t len;
	(void)state;
	assert_int_equal(rotor_file_write(path, "hello", 5, ROTOR_FILE_PUBLIC), ROTOR_OK);
	assert_int_equal(mode_of(path), 0644);
	assert_int_equal(rotor_file_read(path, 5, &data, &len), ROTOR_OK);
	assert_int_equal(len, 5);
	assert_string_equal((const char *)data, "hello");
	free(data);
	assert_int_equal(rotor_file_read(path, 4, &data, &len), ROTOR_ERR_SPACE);
	assert_null(data);
	assert_int_equal(rotor_file_read_into(path, small, sizeof(small), &len), ROTOR_ERR_SPACE);
	assert_int_equal(len, 0);
	/* replaced by a shorter one */
	assert_int_equal(rotor_file_write(path, "abc", 3, ROTOR_FILE_PUBLIC), ROTOR_OK);
	assert_int_equal(rotor_file_read_into(path, small, sizeof(small), &len), ROTOR_OK);
	assert_int_equal(len, 3);
	assert_memory_equal(small, "abc", 3);
	assert_int_equal(rotor_file_write(path, NULL, 0, ROTOR_FILE_PUBLIC), ROTOR_OK);
	assert_int_equal(rotor_file_read(path, 0, &data, &len), ROTOR_OK);
	assert_int_equal(len, 0);
	free(data);
}

static void a_secret_is_its_owners_alone(void **state)
{
	(void)state;
	mode_t old = umask(0);
	assert_int_equal(rotor_file_write(path, "open", 4, ROTOR_FILE_PUBLIC), ROTOR_OK);
	assert_int_equal(rotor_file_write(path, "key", 3, ROTOR_FILE_PRIVATE), ROTOR_OK);
	umask(old);
	assert_int_equal(mode_of(path), 0600);
}

static void a_new_file_replaces_none(void **state)
{
	uint8_t *data;
	size_t len;
	(void)state;
	assert_int_equal(rotor_file_write_new(path, "one", 3, ROTOR_FILE_PRIVATE), ROTOR_OK);
	assert_int_equal(mode_of(path), 0600);
	assert_int_equal(rotor_file_write_new(path, "two", 3, ROTOR_FILE_PRIVATE), ROTOR_ERR_BUSY);
	assert_int_equal(rotor_file_read(path, 10, &data, &len), ROTOR_OK);
	assert_string_equal((const char *)data, "one");
	free(data);
}

static void what_cannot_be_read_or_written_says_why(void **state)
{
	uint8_t *data;
	size_t len;
	char name[5000];
	(void)state;
	assert_int_equal(rotor_file_read(path, 10, &data, &len), ROTOR_ERR_NOT_FOUND);
	assert_int_equal(rotor_file_read(dir, 10, &data, &len), ROTOR_ERR_IO);
	assert_int_equal(rotor_file_read("/dev/zero", 10, &data, &len), ROTOR_ERR_IO);
	assert_int_equal(rotor_file_write("/nonexistent/x", "a", 1, 0644), ROTOR_ERR_NOT_FOUND);
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(rotor_file_write(name, "a", 1, 0644), ROTOR_ERR_ARGUMENT);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(rotor_file_read(path, 10, &data, &len), ROTOR_ERR_IO);
}

static void a_directory_may_be_there_already(void **state)
{
	char sub[80];
	(void)state;
	snprintf(sub, sizeof(sub), "%s/sub", dir);
	assert_int_equal(rotor_file_mkdir(sub, 0700), ROTOR_OK);
	assert_int_equal(mode_of(sub), 0700);
	assert_int_equal(rotor_file_mkdir(sub, 0700), ROTOR_OK);
	assert_int_equal(rmdir(sub), 0);
	assert_int_equal(rotor_file_write(path, "a", 1, 0644), ROTOR_OK);
	assert_int_equal(rotor_file_mkdir(path, 0700), ROTOR_ERR_BUSY);
	assert_int_equal(rotor_file_mkdir("/nonexistent/x", 0700), ROTOR_ERR_NOT_FOUND);
}

#define IN_A_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, make_dir, remove_dir)

static void a_file_written_in_pieces_is_there_only_when_it_is_whole(void **state)
{
	struct rotor_file_writer w;
	uint8_t *data, back[3];
	size_t len;
	(void)state;
	assert_int_equal(rotor_file_write(path, "old", 3, ROTOR_FILE_PUBLIC), ROTOR_OK);
	for (int again = 0; again < 2; again++) {
		assert_int_equal(rotor_file_writer_open(&w, path), ROTOR_OK);
		assert_int_equal(mode_of(w.temporary), 0600);
		assert_int_equal(rotor_file_writer_put(&w, 3, "def", 3), ROTOR_OK);
		assert_int_equal(rotor_file_writer_put(&w, 0, "abc", 3), ROTOR_OK);
		assert_int_equal(rotor_file_writer_get(&w, 2, back, 3), ROTOR_OK);
		assert_memory_equal(back, "cde", 3);
		assert_int_equal(rotor_file_writer_get(&w, 4, back, 3), ROTOR_ERR_IO);
		assert_int_equal(rotor_file_read(path, 10, &data, &len), ROTOR_OK);
		assert_string_equal((const char *)data, "old");
		free(data);
		if (again == 0) {
			rotor_file_writer_abandon(&w);
			assert_int_not_equal(access(w.temporary, F_OK), 0);
		}
	}
	assert_int_equal(rotor_file_writer_finish(&w, ROTOR_FILE_PUBLIC), ROTOR_OK);
	rotor_file_writer_abandon(&w);
	assert_int_equal(mode_of(path), 0644);
	assert_int_equal(rotor_file_read(path, 10, &data, &len), ROTOR_OK);
	assert_string_equal((const char *)data, "abcdef");
	free(data);
	assert_int_equal(rotor_file_writer_open(&w, "/no/such/folder/file"), ROTOR_ERR_NOT_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    IN_A_DIRECTORY(what_was_written_is_read),
	    IN_A_DIRECTORY(a_file_written_in_pieces_is_there_only_when_it_is_whole),
	    IN_A_DIRECTORY(a_secret_is_its_owners_alone),
	    IN_A_DIRECTORY(a_new_file_replaces_none),
	    IN_A_DIRECTORY(what_cannot_be_read_or_written_says_why),
	    IN_A_DIRECTORY(a_directory_may_be_there_already),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
