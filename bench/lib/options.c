/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* options.c - a program's options, and how it ends when something is wrong. */
#include "bench.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void bench_fail(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

void *bench_allocate(size_t count, size_t size)
{
	void *memory = malloc(count * size + 1);

	if (!memory)
		bench_fail("no memory for %zu x %zu bytes", count, size);
	memset(memory, 0, count * size + 1);
	return memory;
}

static void usage(const char *program, const struct bench_option *options, size_t count)
{
	fprintf(stderr, "usage: %s", program);
	for (size_t i = 0; i < count; i++)
		fprintf(stderr, " [--%s %s]", options[i].name, options[i].number ? "N" : "TEXT");
	fputc('\n', stderr);
	exit(2);
}

static const struct bench_option *find(const char *argument, const struct bench_option *options,
                                       size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strncmp(argument, "--", 2) == 0 && strcmp(argument + 2, options[i].name) == 0)
			return &options[i];
	}
	return NULL;
}

void bench_options(int argc, char **argv, const struct bench_option *options, size_t count)
{
	for (int i = 1; i < argc; i += 2) {
		const struct bench_option *option = find(argv[i], options, count);
		char *end = NULL;

		if (!option || i + 1 == argc)
			usage(argv[0], options, count);
		if (option->text) {
			*option->text = argv[i + 1];
			continue;
		}
		*option->number = strtoull(argv[i + 1], &end, 10);
		if (end == argv[i + 1] || *end)
			usage(argv[0], options, count);
	}
}

char *bench_path(const char *dir, const char *name)
{
	size_t size;
	char *path;

	if (!dir)
		bench_fail("this needs --dir");
	size = strlen(dir) + strlen(name) + 2;
	path = bench_allocate(size, 1);
	snprintf(path, size, "%s/%s", dir, name);
	return path;
}
