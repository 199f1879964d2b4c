/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* core_test.c - errors, arenas, ids, hashes, UTF-8. */
#include "check.h"
#include "failing_allocator.h"

#include "core/arena.h"
#include "core/hash.h"
#include "core/id.h"
#include "core/lineage.h"
#include "core/text.h"

#include <cqrs/environment.h>

#include <sys/wait.h>
#include <unistd.h>

static void error_message_is_cut_at_a_whole_character(void **state)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	char text[400];

	(void)state;
	memset(text, 'x', sizeof(text));
	memcpy(text + 254, "\xc3\xa9", 3); /* its two bytes straddle the end of the message */
	CHECK_STATUS(cqrs_error_set(&err, CQRS_ERR_INVALID, "%s", text), CQRS_ERR_INVALID);
	CHECK_UINT(strlen(err.message), 254);
}

static void error_may_be_null(void **state)
{
	(void)state;
	CHECK_STATUS(cqrs_error_set(NULL, CQRS_ERR_LIMIT, "x"), CQRS_ERR_LIMIT);
	cqrs_error_set_path(NULL, "x");
}

static void error_prefix_goes_in_front(void **state)
{
	struct cqrs_error err = CQRS_ERROR_INIT;

	(void)state;
	cqrs_error_set(&err, CQRS_ERR_UNAVAILABLE, "disk is full");
	CHECK_STATUS(cqrs_error_prefix(&err, "append to '%s'", "a"), CQRS_ERR_UNAVAILABLE);
	CHECK_TEXT(err.message, "append to 'a': disk is full");
}

static void error_json_shows_a_rejection(void **state)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	char json[CQRS_ERROR_JSON_SIZE];
	size_t len;

	(void)state;
	cqrs_error_set(&err, CQRS_ERR_REJECTED, "say \"no\"");
	strcpy(err.code, "refused");
	strcpy(err.params, "{\"limit\":\"200\"}");
	len = cqrs_error_json(&err, json, sizeof(json));
	CHECK_UINT(len, strlen(json));
	CHECK_TEXT(json,
	           "{\"status\":\"rejected\",\"code\":\"refused\",\"message\":\"say \\\"no\\\"\","
	           "\"params\":{\"limit\":\"200\"}}");
}

static void error_json_hides_what_a_client_must_not_see(void **state)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	char json[CQRS_ERROR_JSON_SIZE];

	(void)state;
	cqrs_error_set(&err, CQRS_ERR_FAILED, "password is hunter2");
	cqrs_error_json(&err, json, sizeof(json));
	CHECK_TEXT(json,
	           "{\"status\":\"failed\",\"message\":\"the request could not be processed\"}");
}

static void error_json_says_when_there_is_no_room(void **state)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	char json[20] = "x";

	(void)state;
	cqrs_error_set(&err, CQRS_ERR_INVALID, "a message that is longer");
	CHECK_UINT(cqrs_error_json(&err, json, sizeof(json)), 0);
	CHECK_TEXT(json, "");
}

static void error_json_fits_its_promised_size_at_worst(void **state)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	char json[CQRS_ERROR_JSON_SIZE];
	size_t len;

	(void)state;
	err.status = CQRS_ERR_INVALID;
	memset(err.message, 1, sizeof(err.message) - 1); /* each byte becomes \u0001 */
	memset(err.code, 1, sizeof(err.code) - 1);
	memset(err.path, 1, sizeof(err.path) - 1);
	memset(err.params, ' ', sizeof(err.params) - 1);
	memcpy(err.params, "{\"\x7f\":\"", 6);
	memset(err.params + 6, '/', sizeof(err.params) - 9);
	memcpy(err.params + sizeof(err.params) - 3, "\"}", 3);
	len = cqrs_error_json(&err, json, sizeof(json));
	CHECK_TRUE(len > 0);
	CHECK_UINT(len, strlen(json));
}

static void arena_memory_is_aligned_and_separate(void **state)
{
	struct cqrs_arena *arena = NULL;

	(void)state;
	CHECK_STATUS(cqrs_arena_new(NULL, &arena, NULL), CQRS_OK);
	for (size_t size = 0; size < 3000; size += 7) {
		unsigned char *memory = cqrs_arena_allocate(arena, size);

		CHECK_TRUE(memory != NULL);
		CHECK_UINT((uintptr_t)memory % 16, 0);
		memset(memory, 0xaa, size);
	}
	cqrs_arena_free(arena);
}

static void arena_that_is_reset_allocates_no_more(void **state)
{
	struct failing_allocator memory;
	struct cqrs_arena *arena = NULL;
	unsigned long before = 0;

	(void)state;
	failing_allocator_init(&memory);
	CHECK_STATUS(cqrs_arena_new(&memory.allocator, &arena, NULL), CQRS_OK);
	for (int round = 0; round < 100; round++) {
		for (int i = 0; i < 100; i++)
			CHECK_TRUE(cqrs_arena_allocate(arena, 700) != NULL);
		cqrs_arena_reset(arena);
		if (round == 2)
			before = memory.allocations;
	}
	CHECK_UINT(memory.allocations, before);
	CHECK_UINT(cqrs_arena_used(arena), 0);
	cqrs_arena_free(arena);
	CHECK_UINT(memory.live, 0);
}

static void arena_gives_back_what_a_large_round_took(void **state)
{
	struct failing_allocator memory;
	struct cqrs_arena *arena = NULL;

	(void)state;
	failing_allocator_init(&memory);
	CHECK_STATUS(cqrs_arena_new(&memory.allocator, &arena, NULL), CQRS_OK);
	CHECK_TRUE(cqrs_arena_allocate(arena, 10 << 20) != NULL);
	CHECK_UINT(memory.live, 2);
	cqrs_arena_reset(arena);
	CHECK_UINT(memory.live, 1);
	cqrs_arena_free(arena);
}

static void arena_survives_a_failed_allocation(void **state)
{
	struct failing_allocator memory;
	struct cqrs_arena *arena = NULL;

	(void)state;
	failing_allocator_init(&memory);
	fail_allocation(&memory, 1);
	CHECK_STATUS(cqrs_arena_new(&memory.allocator, &arena, NULL), CQRS_ERR_NOMEM);
	CHECK_STATUS(cqrs_arena_new(&memory.allocator, &arena, NULL), CQRS_OK);
	fail_allocation(&memory, 1);
	CHECK_TRUE(cqrs_arena_text(arena, "abc", 3) == NULL);
	CHECK_TRUE(cqrs__arena_failed(arena));
	CHECK_TEXT(cqrs_arena_text(arena, "abc", 3), "abc");
	CHECK_TRUE(cqrs_arena_allocate(arena, SIZE_MAX) == NULL);
	CHECK_TRUE(cqrs__arena_zeroed(arena, SIZE_MAX / 2, 4) == NULL);
	cqrs_arena_free(arena);
	CHECK_UINT(memory.live, 0);
}

static void arena_resizes_the_last_allocation_in_place(void **state)
{
	struct cqrs_arena *arena = NULL;
	char *first;
	char *grown;
	char *moved;

	(void)state;
	CHECK_STATUS(cqrs_arena_new(NULL, &arena, NULL), CQRS_OK);
	first = cqrs_arena_text(arena, "hello", 5);
	grown = cqrs__arena_resize(arena, first, 6, 600);
	CHECK_TRUE(grown == first);
	CHECK_UINT(cqrs_arena_used(arena), 608);
	CHECK_TRUE(cqrs_arena_allocate(arena, 1) != NULL);
	moved = cqrs__arena_resize(arena, grown, 600, 700);
	CHECK_TRUE(moved != grown);
	CHECK_TEXT(moved, "hello");
	cqrs_arena_free(arena);
}

static void hash_agrees_with_the_published_vectors(void **state)
{
	/* From the reference implementation's vectors: key 00..0f, message 00..0e. */
	static const uint8_t wide_vector[16] = { 0x54, 0x93, 0xe9, 0x99, 0x33, 0xb0, 0xa8, 0x11,
		                                 0x7e, 0x08, 0xec, 0x0f, 0x97, 0xcf, 0xc3, 0xd9 };
	uint8_t key[16];
	uint8_t message[15];
	uint8_t out[16];
	struct cqrs__hash hash;

	(void)state;
	for (uint8_t i = 0; i < 16; i++)
		key[i] = i;
	for (uint8_t i = 0; i < 15; i++)
		message[i] = i;
	for (size_t cut = 0; cut <= 15; cut++) {
		cqrs__hash_begin(&hash, key);
		cqrs__hash_bytes(&hash, message, cut);
		cqrs__hash_bytes(&hash, message + cut, 15 - cut);
		CHECK_UINT(cqrs__hash_end(&hash), UINT64_C(0xa129ca6149be45e5));
	}
	cqrs__hash_begin_wide(&hash, key);
	cqrs__hash_bytes(&hash, message, 15);
	cqrs__hash_end_wide(&hash, out);
	assert_memory_equal(out, wide_vector, 16);
	/* SipHash-1-3's, of the same message. */
	CHECK_UINT(
		cqrs__hash_entry(key, UINT64_C(0x0706050403020100), "\x08\x09\x0a\x0b\x0c\x0d\x0e"),
		UINT64_C(0xd320d86d2a519956));
	CHECK_UINT(cqrs__hash_entry(key, 7, "ACCT-0000001"), UINT64_C(0x1fa5a20feb3cbf8f));
}

static void id_text_goes_both_ways(void **state)
{
	const char *text = "01890a5d-ac96-774b-bcce-b302099a8057";
	char out[CQRS_ID_TEXT_SIZE];
	struct cqrs_id id;
	struct cqrs_error err = CQRS_ERROR_INIT;

	(void)state;
	CHECK_OK(cqrs_id_parse(text, &id, &err), &err);
	cqrs_id_format(&id, out);
	CHECK_TEXT(out, text);
	CHECK_OK(cqrs_id_parse("01890A5D-AC96-774B-BCCE-B302099A8057", &id, &err), &err);
	cqrs_id_format(&id, out);
	CHECK_TEXT(out, text);
	CHECK_STATUS(cqrs_id_parse("", &id, &err), CQRS_ERR_INVALID);
	CHECK_STATUS(cqrs_id_parse("01890a5d-ac96-774b-bcce-b302099a805", &id, &err),
	             CQRS_ERR_INVALID);
	CHECK_STATUS(cqrs_id_parse("01890a5d-ac96-774b-bcce-b302099a80570", &id, &err),
	             CQRS_ERR_INVALID);
	CHECK_STATUS(cqrs_id_parse("01890a5dxac96-774b-bcce-b302099a8057", &id, &err),
	             CQRS_ERR_INVALID);
}

static void new_ids_differ_and_carry_their_time(void **state)
{
	struct cqrs_environment environment;
	struct cqrs__id_source source = { .generation = 0 };
	struct cqrs_id a;
	struct cqrs_id b;
	char text[CQRS_ID_TEXT_SIZE];

	(void)state;
	CHECK_STATUS(cqrs__environment_complete(NULL, &environment, NULL), CQRS_OK);
	cqrs__id_source_ready(&source, 1, &environment);
	a = cqrs__id_new(&source, INT64_C(1767225600000000)); /* 2026-01-01 */
	b = cqrs__id_new(&source, INT64_C(1767225600000000));
	assert_memory_not_equal(&a, &b, sizeof(a));
	CHECK_TRUE(memcmp(&b.bytes[8], &a.bytes[8], 8) != 0); /* one hash makes both */
	b = cqrs__id_new(&source, INT64_C(1767225600000001));
	CHECK_TRUE(memcmp(&b, &a, 8) > 0); /* in order, also within a millisecond */
	cqrs_id_format(&a, text);
	assert_memory_equal(text, "019b76da-a800-7", 15);
	CHECK_TRUE(strchr("89ab", text[19]) != NULL);
}

static void ids_differ_after_a_fork(void **state)
{
	struct cqrs_environment environment;
	struct cqrs__id_source source = { .generation = 0 };
	struct cqrs__lineage lineage;
	struct cqrs_id ours;
	struct cqrs_id theirs;
	int ends[2];
	pid_t child;

	(void)state;
	CHECK_STATUS(cqrs__environment_complete(NULL, &environment, NULL), CQRS_OK);
	cqrs__lineage_init(&lineage);
	cqrs__id_source_ready(&source, cqrs__lineage_generation(&lineage), &environment);
	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (child == 0) {
		cqrs__id_source_ready(&source, cqrs__lineage_generation(&lineage), &environment);
		ours = cqrs__id_new(&source, 0);
		_exit(write(ends[1], &ours, sizeof(ours)) != sizeof(ours));
	}
	cqrs__id_source_ready(&source, cqrs__lineage_generation(&lineage), &environment);
	ours = cqrs__id_new(&source, 0);
	CHECK_INT(read(ends[0], &theirs, sizeof(theirs)), sizeof(theirs));
	assert_memory_not_equal(&ours, &theirs, sizeof(ours));
	close(ends[0]);
	close(ends[1]);
	waitpid(child, NULL, 0);
	cqrs__lineage_deinit(&lineage);
}

static void generation_is_the_same_until_a_fork_and_never_an_ancestors(void **state)
{
	struct cqrs__lineage lineage;
	uint64_t ours;
	int result = 0;
	pid_t child;

	(void)state;
	cqrs__lineage_init(&lineage);
	ours = cqrs__lineage_generation(&lineage);
	CHECK_TRUE(ours != 0);
	CHECK_UINT(cqrs__lineage_generation(&lineage), ours);
	child = fork();
	if (child == 0) {
		uint64_t theirs = cqrs__lineage_generation(&lineage);

		child = fork();
		if (child == 0) {
			uint64_t last = cqrs__lineage_generation(&lineage);

			_exit(last == theirs || last == ours);
		}
		_exit(waitpid(child, &result, 0) != child || result != 0 || theirs == ours ||
		      cqrs__lineage_generation(&lineage) != theirs);
	}
	CHECK_INT(waitpid(child, &result, 0), child);
	CHECK_INT(result, 0);
	CHECK_UINT(cqrs__lineage_generation(&lineage), ours);
	cqrs__lineage_deinit(&lineage);
}

static void utf8_is_told_from_what_is_not(void **state)
{
	static const struct {
		const char *text;
		bool valid;
	} cases[] = {
		{ "", true },
		{ "plain", true },
		{ "\xc3\xa9", true },
		{ "\xe2\x82\xac", true },
		{ "\xf0\x9f\x92\xb0", true },
		{ "\xf4\x8f\xbf\xbf", true },
		{ "\x80", false },
		{ "\xc3", false },
		{ "\xc0\xaf", false },
		{ "\xe0\x80\xaf", false },
		{ "\xed\xa0\x80", false },
		{ "\xf0\x80\x80\xaf", false },
		{ "\xf4\x90\x80\x80", false },
		{ "\xff", false },
		{ "a\xe2\x82", false },
	};

	char text[32];

	(void)state;
	/* Behind and before so much else, since eight bytes of ASCII are passed over at once. */
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		for (int before = 0; before <= 17; before++) {
			snprintf(text, sizeof(text), "%.*s%s", before, "abcdefghijklmnopq",
			         cases[i].text);
			CHECK_UINT(cqrs__utf8_valid(text, strlen(text)), cases[i].valid);
			strcat(text, "23456789");
			CHECK_UINT(cqrs__utf8_valid(text, strlen(text)), cases[i].valid);
		}
	}
}

/* In memory that ends with the text, wherever it begins in a word. */
static void every_byte_of_a_text_counts(void **state)
{
	(void)state;
	for (size_t len = 0; len <= 33; len++) {
		for (size_t begin = 0; begin < 8; begin++) {
			char *memory = malloc(begin + len + 1);
			char *text = memory + begin + 1;

			assert_non_null(memory);
			memset(memory, 'a', begin + len + 1);
			CHECK_TRUE(cqrs__utf8_valid(text, len));
			for (size_t i = 0; i < len; i++) {
				text[i] = (char)0xff;
				CHECK_TRUE(!cqrs__utf8_valid(text, len));
				CHECK_TRUE(cqrs__utf8_valid(text, i));
				text[i] = (char)0x80;
				CHECK_TRUE(!cqrs__utf8_valid(text, len));
				text[i] = 'a';
			}
			free(memory);
		}
	}
}

static void options_not_made_by_their_macro_are_refused(void **state)
{
	struct cqrs_environment given = { .size = 4 };
	struct cqrs_environment out;
	struct cqrs_error err = CQRS_ERROR_INIT;

	(void)state;
	CHECK_STATUS(cqrs__environment_complete(&given, &out, &err), CQRS_ERR_INVALID);
	given.size = sizeof(given) + 8;
	CHECK_STATUS(cqrs__environment_complete(&given, &out, &err), CQRS_ERR_INVALID);
	CHECK_CONTAINS(err.message, "macro");
	CHECK_STATUS(cqrs__environment_complete(CQRS_ENVIRONMENT(.log_level = 2), &out, &err),
	             CQRS_OK);
	CHECK_UINT(out.log_level, 2);
	CHECK_TRUE(out.now_us != NULL);
}

static void text_is_tamed_to_one_line_of_utf8(void **state)
{
	static const struct {
		const char *text;
		const char *tamed;
	} cases[] = {
		{ "", "" },
		{ "plain", "plain" },
		{ "caf\xc3\xa9 \xe2\x82\xac", "caf\xc3\xa9 \xe2\x82\xac" },
		{ "a\nb\x1b[31m\x7f", "a?b?[31m?" },
		{ "\xc2\x9b[31m", "??[31m" },
		{ "\xff\xc3", "??" },
		{ "x\xe2\x82", "x??" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char text[32];

		strcpy(text, cases[i].text);
		cqrs__text_tame(text);
		CHECK_TEXT(text, cases[i].tamed);
	}
}

static void error_is_one_line_whatever_goes_into_it(void **state)
{
	struct cqrs_error err = CQRS_ERROR_INIT;

	(void)state;
	cqrs_error_set(&err, CQRS_ERR_INVALID, "id '%s'", "a\nFAKE \x1b[31m");
	cqrs_error_set_path(&err, "%s", "b\rc");
	cqrs_error_prefix(&err, "x%s", "\n");
	CHECK_TEXT(err.message, "x?: id 'a?FAKE ?[31m'");
	CHECK_TEXT(err.path, "b?c");
}

static void keep_line(void *self, enum cqrs_log_level level, const char *message)
{
	(void)level;
	snprintf(self, 600, "%s", message);
}

static void log_line_is_one_line(void **state)
{
	char line[600] = "";
	struct cqrs_environment environment;

	(void)state;
	CHECK_STATUS(cqrs__environment_complete(CQRS_ENVIRONMENT(.log = keep_line, .self = line),
	                                        &environment, NULL),
	             CQRS_OK);
	cqrs_log(&environment, CQRS_LOG_INFO, "not wanted");
	CHECK_TEXT(line, "");
	cqrs_log(&environment, CQRS_LOG_ERROR, "first%ssecond", "\n");
	CHECK_TEXT(line, "first?second");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(error_message_is_cut_at_a_whole_character),
		cmocka_unit_test(error_may_be_null),
		cmocka_unit_test(error_prefix_goes_in_front),
		cmocka_unit_test(error_json_shows_a_rejection),
		cmocka_unit_test(error_json_hides_what_a_client_must_not_see),
		cmocka_unit_test(error_json_says_when_there_is_no_room),
		cmocka_unit_test(error_json_fits_its_promised_size_at_worst),
		cmocka_unit_test(arena_memory_is_aligned_and_separate),
		cmocka_unit_test(arena_that_is_reset_allocates_no_more),
		cmocka_unit_test(arena_gives_back_what_a_large_round_took),
		cmocka_unit_test(arena_survives_a_failed_allocation),
		cmocka_unit_test(arena_resizes_the_last_allocation_in_place),
		cmocka_unit_test(hash_agrees_with_the_published_vectors),
		cmocka_unit_test(id_text_goes_both_ways),
		cmocka_unit_test(new_ids_differ_and_carry_their_time),
		cmocka_unit_test(ids_differ_after_a_fork),
		cmocka_unit_test(generation_is_the_same_until_a_fork_and_never_an_ancestors),
		cmocka_unit_test(utf8_is_told_from_what_is_not),
		cmocka_unit_test(every_byte_of_a_text_counts),
		cmocka_unit_test(text_is_tamed_to_one_line_of_utf8),
		cmocka_unit_test(error_is_one_line_whatever_goes_into_it),
		cmocka_unit_test(log_line_is_one_line),
		cmocka_unit_test(options_not_made_by_their_macro_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
