/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first process of the kernel that the tests boot. It runs what the console says, one line each:
 *
 *	run WORD ...      run a program; when it has ended: "exit N"
 *	start WORD ...    start one and go on: "started"
 *	stop              end it: "exit N"
 *	off               power off
 *
 * Programs write to the console. A line of its own begins with '#'.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define WORDS_MAX 64

static void say(const char *what, int number)
{
	printf("# %s %d\n", what, number);
	fflush(stdout);
}

static void mount_all(void)
{
	static const char *const where[][2] = {
	    {"proc", "/proc"}, {"sysfs", "/sys"}, {"devtmpfs", "/dev"}, {"tmpfs", "/tmp"}};
	for (size_t i = 0; i < sizeof(where) / sizeof(where[0]); i++) {
		mkdir(where[i][1], 0755);
		if (mount(where[i][0], where[i][1], where[i][0], 0, NULL) != 0)
			say(where[i][0], errno);
	}
}

/* The console as a plain stream of lines. */
static void open_console(void)
{
	struct termios t;
	int fd = open("/dev/ttyS0", O_RDWR | O_NOCTTY);
	if (fd < 0 || tcgetattr(fd, &t) != 0)
		return;
	t.c_lflag &= ~(tcflag_t)(ECHO | ICANON | ISIG);
	t.c_iflag &= ~(tcflag_t)(ICRNL | IXON);
	t.c_oflag &= ~(tcflag_t)OPOST;
	cfsetspeed(&t, B115200);
	tcsetattr(fd, TCSANOW, &t);
	for (int to = 0; to < 3; to++)
		dup2(fd, to);
	if (fd > 2)
		close(fd);
}

static pid_t start(char **words)
{
	pid_t child = fork();
	if (child == 0) {
		int nothing = open("/dev/null", O_RDONLY);
		dup2(nothing, 0);
		execv(words[0], words);
		perror(words[0]);
		_exit(127);
	}
	return child;
}

static int end_of(pid_t child)
{
	int status = 0;
	pid_t ended;
	do {
		ended = waitpid(child, &status, 0);
	} while (ended < 0 && errno == EINTR);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void obey(char *line)
{
	static pid_t running;
	char *words[WORDS_MAX + 1] = {NULL};
	char *rest = NULL;
	size_t count = 0;
	for (char *word = strtok_r(line, " \r\n", &rest); word && count < WORDS_MAX;
	     word = strtok_r(NULL, " \r\n", &rest))
		words[count++] = word;
	if (count > 1 && strcmp(words[0], "run") == 0) {
		say("exit", end_of(start(words + 1)));
	} else if (count > 1 && strcmp(words[0], "start") == 0) {
		running = start(words + 1);
		say("started", running);
	} else if (count == 1 && strcmp(words[0], "stop") == 0 && running > 0) {
		kill(running, SIGTERM);
		say("exit", end_of(running));
		running = 0;
	} else if (count == 1 && strcmp(words[0], "off") == 0) {
		reboot(RB_AUTOBOOT); /* the emulator ends instead */
	} else {
		say("not understood", (int)count);
	}
}

int main(void)
{
	char line[4096];
	mount_all();
	open_console();
	say("ready", 0);
	while (fgets(line, sizeof(line), stdin))
		obey(line);
	say("console", errno);
	reboot(RB_AUTOBOOT);
	return 1;
}
