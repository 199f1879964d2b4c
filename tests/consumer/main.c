/* main.c - a user's program: proves that what is installed compiles, links and runs. */
#include <cqrs/cqrs.h>

#include <stdio.h>

int main(int argc, char **argv)
{
	struct cqrs_arena *arena;
	struct cqrs_error err = CQRS_ERROR_INIT;

	if (argc != 2 || cqrs_arena_new(NULL, &arena, &err) != CQRS_OK)
		return 1;
	printf("%s: %s\n", argv[1], cqrs_status_name(CQRS_OK));
	cqrs_arena_free(arena);
	return 0;
}
