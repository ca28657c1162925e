// SPDX-License-Identifier: GPL-2.0
/*
 * nth - run a command one of whose allocations in the kernel fails
 *
 * Usage: nth FILE CALL[:TIME] N COMMAND [ARGUMENT]...
 *
 * Of those that the command's first thread makes in the kernel once it has begun the system
 * call CALL for the first time, or that TIME, the Nth fails: see the kernel's
 * Documentation/fault-injection/. What comes before, the program's own start above all, goes
 * well.
 *
 * FILE exists afterwards if the command got as far as to that allocation, and does not if it
 * made less of them. Exit status: the command's own, 128 and the signal that ended it, or
 * 125 if it was not run so; then FILE says nothing.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOT_RUN	125

static const struct {
	const char *name;
	long number;
} calls[] = {
	{ "add_key", SYS_add_key },
	{ "delete_module", SYS_delete_module },
	{ "openat", SYS_openat },
	{ "sendto", SYS_sendto },
	{ "socket", SYS_socket },
};

static pid_t child;

static void __attribute__((noreturn)) give_up(const char *what)
{
	fprintf(stderr, "nth: %s: %s\n", what, strerror(errno));
	if (child > 0)
		kill(child, SIGKILL);
	exit(NOT_RUN);
}

static long number_of(const char *name)
{
	const size_t len = strcspn(name, ":");
	size_t i;

	for (i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		if (strlen(calls[i].name) == len && !memcmp(calls[i].name, name, len))
			return calls[i].number;
	fprintf(stderr, "nth: %s: no call to begin at\n", name);
	exit(NOT_RUN);
}

/* Stops when the command's program is there, and not yet run. */
static void start(char **command)
{
	child = fork();
	if (child < 0)
		give_up("fork");
	if (child)
		return;
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
		give_up("ptrace");
	execvp(command[0], command);
	give_up(command[0]);
}

/* The signal that the command is to have, which was stopped; 0 if that was for our sake. */
static int stopped(void)
{
	int status;

	if (waitpid(child, &status, 0) < 0)
		give_up("wait");
	if (!WIFSTOPPED(status)) {
		fprintf(stderr, "nth: the command ended before the call\n");
		exit(NOT_RUN);
	}
	return (WSTOPSIG(status) & ~0x80) == SIGTRAP ? 0 : WSTOPSIG(status);
}

static int time_of(const char *name)
{
	const char *colon = strchr(name, ':');

	return colon ? atoi(colon + 1) : 1;
}

/* A call stops the command when it begins, and when it ends. */
static void run_to(long number, int time)
{
	const size_t at = offsetof(struct user_regs_struct, orig_rax);
	int sig = stopped(), stops = 2 * time - 1;

	if (ptrace(PTRACE_SETOPTIONS, child, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL))
		give_up("ptrace");
	while (stops) {
		if (ptrace(PTRACE_SYSCALL, child, NULL, sig))
			give_up("ptrace");
		sig = stopped();
		if (!sig && ptrace(PTRACE_PEEKUSER, child, at, NULL) == number)
			stops--;
	}
}

static int open_nth(int flags)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/fail-nth", child);
	fd = open(path, flags);
	if (fd < 0)
		give_up(path);
	return fd;
}

static void set_nth(const char *n)
{
	int fd = open_nth(O_WRONLY);

	if (write(fd, n, strlen(n)) < 0)
		give_up(n);
	close(fd);
}

/* What is left to be counted down is there until the command is waited for. */
static int was_reached(void)
{
	char left[16] = "";
	siginfo_t info;
	int fd;

	if (waitid(P_PID, child, &info, WEXITED | WNOWAIT))
		give_up("wait");
	fd = open_nth(O_RDONLY);
	if (read(fd, left, sizeof(left) - 1) <= 0)
		give_up("read");
	close(fd);
	return !atoi(left);
}

static void tell(const char *path, int reached)
{
	int fd;

	if (!reached) {
		if (unlink(path) && errno != ENOENT)
			give_up(path);
		return;
	}
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	if (fd < 0)
		give_up(path);
	close(fd);
}

int main(int argc, char **argv)
{
	int status;

	if (argc < 5) {
		fprintf(stderr, "usage: nth FILE CALL[:TIME] N COMMAND [ARGUMENT]...\n");
		return NOT_RUN;
	}
	start(argv + 4);
	run_to(number_of(argv[2]), time_of(argv[2]));
	set_nth(argv[3]);
	if (ptrace(PTRACE_DETACH, child, NULL, NULL))
		give_up("ptrace");
	tell(argv[1], was_reached());
	if (waitpid(child, &status, 0) < 0)
		give_up("wait");
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
