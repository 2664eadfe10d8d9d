/* SPDX-License-Identifier: Apache-2.0 */
/* Claims: held by one at a time, told to the next, not left to chance or to strangers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "rotor/host_claim.h"

#define NAME "00112233-4455-6677-8899-aabbccddeeff"

static char base[64], folder[80], words[ROTOR_CLAIM_TEXT];

static int set_up(void **state)
{
	(void)state;
	snprintf(base, sizeof(base), "/tmp/claim-test-XXXXXX");
	assert_non_null(mkdtemp(base));
	snprintf(folder, sizeof(folder), "%s/run", base);
	return setenv("ROTOR_RUNTIME_DIR", folder, 1);
}

static int tear_down(void **state)
{
	char command[128];
	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", base);
	return system(command);
}

static void one_holds_it_and_the_other_reads_who(void **state)
{
	struct rotor_claim first = {0}, second = {0};
	(void)state;
	assert_int_equal(rotor_claim_take(&first, NAME, words), ROTOR_OK);
	assert_string_equal(words, "");
	rotor_claim_say(&first, "a longer text of what is done");
	rotor_claim_say(&first, "process 17: updating");
	assert_int_equal(rotor_claim_take(&second, NAME, words), ROTOR_ERR_BUSY);
	assert_string_equal(words, "process 17: updating");
	assert_int_equal(rotor_claim_take(&first, NAME, words), ROTOR_ERR_ARGUMENT);
	/* another device is another matter */
	assert_int_equal(rotor_claim_take(&second, "another", words), ROTOR_OK);
	rotor_claim_release(&second);
	rotor_claim_release(&first);
	assert_int_equal(rotor_claim_take(&second, NAME, words), ROTOR_OK);
	assert_string_equal(words, "");
	rotor_claim_release(&second);
	rotor_claim_release(&second);
}

static void a_holder_that_dies_leaves_its_words(void **state)
{
	struct rotor_claim claim = {0};
	(void)state;
	const pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		if (rotor_claim_take(&claim, NAME, words) == ROTOR_OK)
			rotor_claim_say(&claim, "updating, 43 %");
		_exit(0);
	}
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(rotor_claim_take(&claim, NAME, words), ROTOR_OK);
	assert_string_equal(words, "updating, 43 %");
	rotor_claim_release(&claim);
}

static void words_are_cut_to_their_room(void **state)
{
	struct rotor_claim claim = {0}, other = {0};
	char much[2 * ROTOR_CLAIM_TEXT];
	(void)state;
	memset(much, 'x', sizeof(much));
	much[sizeof(much) - 1] = '\0';
	rotor_claim_say(&claim, much); /* of nothing there is nothing to say */
	assert_int_equal(rotor_claim_take(&claim, NAME, words), ROTOR_OK);
	rotor_claim_say(&claim, much);
	assert_int_equal(rotor_claim_take(&other, NAME, words), ROTOR_ERR_BUSY);
	assert_int_equal(strlen(words), ROTOR_CLAIM_TEXT - 1);
	rotor_claim_release(&claim);
}

static void names_that_lead_elsewhere_are_refused(void **state)
{
	static const char *const names[] = {"", ".", "..", "../x", "a/b", "a b", "a.b"};
	struct rotor_claim claim = {0};
	char long_name[80];
	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_int_equal(rotor_claim_take(&claim, names[i], words), ROTOR_ERR_ARGUMENT);
	memset(long_name, 'a', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	assert_int_equal(rotor_claim_take(&claim, long_name, words), ROTOR_ERR_ARGUMENT);
}

static void a_folder_that_others_can_write_to_is_not_used(void **state)
{
	struct rotor_claim claim = {0};
	char elsewhere[96];
	(void)state;
	assert_int_equal(mkdir(folder, 0700), 0);
	assert_int_equal(chmod(folder, 0777), 0);
	assert_int_equal(rotor_claim_take(&claim, NAME, words), ROTOR_ERR_DENIED);
	assert_int_equal(rmdir(folder), 0);
	/* nor one behind a link, nor a claim that is a link */
	snprintf(elsewhere, sizeof(elsewhere), "%s/elsewhere", base);
	assert_int_equal(mkdir(elsewhere, 0700), 0);
	assert_int_equal(symlink(elsewhere, folder), 0);
	assert_int_equal(rotor_claim_take(&claim, NAME, words), ROTOR_ERR_IO);
	assert_int_equal(unlink(folder), 0);
	assert_int_equal(mkdir(folder, 0700), 0);
	snprintf(elsewhere, sizeof(elsewhere), "%s/%s", folder, "link");
	assert_int_equal(symlink("/etc/passwd", elsewhere), 0);
	assert_int_equal(rotor_claim_take(&claim, "link", words), ROTOR_ERR_IO);
	assert_int_equal(rotor_claim_take(&claim, NAME, words), ROTOR_OK);
	rotor_claim_release(&claim);
	/* and where there can be none, that is said */
	setenv("ROTOR_RUNTIME_DIR", "/nowhere/at/all", 1);
	assert_int_equal(rotor_claim_take(&claim, NAME, words), ROTOR_ERR_IO);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(one_holds_it_and_the_other_reads_who),
	    TEST(a_holder_that_dies_leaves_its_words),
	    TEST(words_are_cut_to_their_room),
	    TEST(names_that_lead_elsewhere_are_refused),
	    TEST(a_folder_that_others_can_write_to_is_not_used),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
