/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * start.c - from the start of a program to its end: runs it N times, one after the other.
 * Once before, untimed, so that its files are there and in memory.
 */
#include "bench.h"

#include <spawn.h>
#include <string.h>
#include <sys/wait.h>

extern char **environ;

static void run(const char *program, const char *argument)
{
	char *const words[] = { (char *)(uintptr_t)program, (char *)(uintptr_t)argument, NULL };
	int status = 0;
	pid_t pid;

	if (posix_spawn(&pid, program, NULL, NULL, words, environ) != 0)
		bench_fail("%s does not start", program);
	if (waitpid(pid, &status, 0) != pid || status != 0)
		bench_fail("%s failed", program);
}

int main(int argc, char **argv)
{
	const char *program = NULL;
	const char *argument = NULL;
	uint64_t ops = 200;
	struct bench_latencies latencies;
	uint64_t began_ns;

	BENCH_OPTIONS(argc, argv, { "ops", &ops, NULL }, { "program", NULL, &program },
	              { "argument", NULL, &argument });
	if (!program)
		bench_fail("this needs --program");
	bench_latencies_init(&latencies, ops, 1);
	run(program, argument);
	began_ns = bench_now_ns();
	for (uint64_t i = 0; i < ops; i++) {
		bench_begin(&latencies);
		run(program, argument);
		bench_end(&latencies);
	}
	bench_print(&(struct bench_result){ ops, (double)(bench_now_ns() - began_ns) / 1e9,
	                                    &latencies, BENCH_NOT_COUNTED });
	bench_latencies_deinit(&latencies);
	return 0;
}
