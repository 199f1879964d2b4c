/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * store_tools_test.c - the tools that backend.h gives to those who write a store: URLs,
 * hashes, expected sequences.
 */
#include "check.h"
#include "failing_allocator.h"
#include "store_fixture.h"

struct fixture {
	struct cqrs_arena *arena;
	struct cqrs_error err;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	CHECK_STATUS(cqrs_arena_new(NULL, &f->arena, NULL), CQRS_OK);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	cqrs_arena_free(f->arena);
	free(f);
	return 0;
}

static void a_url_is_taken_apart(void **state)
{
	struct fixture *f = *state;
	struct cqrs_url url;
	uint64_t number = 0;

	CHECK_OK(cqrs_url_parse("sqlite:a%3Fb%25.db?readers=4&synchronous=n%6Frmal&x=", f->arena,
	                        &url, &f->err),
	         &f->err);
	CHECK_TEXT(url.path, "a?b%.db");
	CHECK_UINT(url.option_count, 3);
	CHECK_TEXT(url.options[1].name, "synchronous");
	CHECK_TEXT(url.options[1].value, "normal");
	CHECK_TEXT(url.options[2].value, "");
	CHECK_OK(cqrs_url_number(&url.options[0], 4, 4, &number, &f->err), &f->err);
	CHECK_UINT(number, 4);
	CHECK_STATUS(cqrs_url_number(&url.options[0], 5, 9, &number, &f->err), CQRS_ERR_INVALID);
	CHECK_TEXT(f->err.message, "option 'readers' is not a number from 5 to 9");
	CHECK_STATUS(cqrs_url_number(&url.options[2], 0, 9, &number, &f->err), CQRS_ERR_INVALID);
	CHECK_OK(cqrs_url_parse("memory:", f->arena, &url, &f->err), &f->err);
	CHECK_TEXT(url.path, "");
	CHECK_UINT(url.option_count, 0);
}

static void numbers_of_a_url_are_exact(void **state)
{
	struct fixture *f = *state;
	struct cqrs_url_option option = { "n", "18446744073709551615" };
	static const char *const refused[] = {
		"18446744073709551616", "-1", "+1", " 1", "1 ", "0x1", "99999999999999999999999"
	};
	uint64_t number = 0;

	CHECK_OK(cqrs_url_number(&option, 0, UINT64_MAX, &number, &f->err), &f->err);
	CHECK_UINT(number, UINT64_MAX);
	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
		option.value = refused[i];
		CHECK_STATUS(cqrs_url_number(&option, 0, UINT64_MAX, &number, &f->err),
		             CQRS_ERR_INVALID);
	}
	CHECK_UINT(number, UINT64_MAX);
}

static void a_malformed_url_is_refused_without_quoting_it(void **state)
{
	struct fixture *f = *state;
	static const char *const urls[] = { "a:secret%",   "a:secret%2",   "a:secret%zz",
		                            "a:secret%00", "a:x?",         "a:x?secret",
		                            "a:x?=secret", "a:x?b=%4",     "a:x?b=1&b=secret",
		                            ":secret",     "a:x?b=1&&c=1", "secret" };
	struct cqrs_url url;

	for (size_t i = 0; i < sizeof(urls) / sizeof(*urls); i++) {
		CHECK_STATUS(cqrs_url_parse(urls[i], f->arena, &url, &f->err), CQRS_ERR_INVALID);
		CHECK_TRUE(strstr(f->err.message, "secret") == NULL);
	}
}

static void a_nul_in_a_url_is_refused_as_a_control_character(void **state)
{
	struct fixture *f = *state;
	static const char *const urls[] = { "a:%00", "a:b%00c", "a:x?b%00=1", "a:x?b=1%00" };
	struct cqrs_url url;

	for (size_t i = 0; i < sizeof(urls) / sizeof(*urls); i++) {
		CHECK_STATUS(cqrs_url_parse(urls[i], f->arena, &url, &f->err), CQRS_ERR_INVALID);
		CHECK_CONTAINS(f->err.message, "has a control character");
	}
}

static void parsing_a_url_survives_any_failed_allocation(void **state)
{
	(void)state;
	for (unsigned nth = 1, failed = 1; failed; nth++) {
		struct failing_allocator memory;
		struct cqrs_arena *arena = NULL;
		struct cqrs_url url;
		enum cqrs_status status;

		failing_allocator_init(&memory);
		CHECK_STATUS(cqrs_arena_new(&memory.allocator, &arena, NULL), CQRS_OK);
		CHECK_TRUE(cqrs_arena_allocate(arena, 4050) != NULL); /* little is left in it */
		fail_allocation(&memory, nth);
		status = cqrs_url_parse("memory:some-path?some=option&another=option", arena, &url,
		                        NULL);
		failed = stop_failing(&memory);
		CHECK_STATUS(status, failed ? CQRS_ERR_NOMEM : CQRS_OK);
		cqrs_arena_free(arena);
	}
}

/* These values are stored in databases: they never change. */
static void stored_hashes_stay_what_they_are(void **state)
{
	struct cqrs_hash hash = cqrs_hash_bytes("abc", 3);
	char text[33];

	(void)state;
	for (size_t i = 0; i < 16; i++)
		snprintf(text + 2 * i, 3, "%02x", hash.bytes[i]);
	CHECK_TEXT(text, "cd3b3a297a6b127ab5c7f867aa4de3fe");
	CHECK_UINT(cqrs_stream_hash(&STREAM("account", "ACCT-1")), UINT64_C(0xceac0a0e40464fc2));
	CHECK_UINT(cqrs_stream_feed(&STREAM("account", "ACCT-1"), 1), 0);
	CHECK_UINT(cqrs_stream_feed(&STREAM("account", "ACCT-1"), 64), 2);
}

static void streams_spread_over_feeds(void **state)
{
	unsigned counts[4] = { 0 };

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		char id[16];

		snprintf(id, sizeof(id), "id-%u", i);
		counts[cqrs_stream_feed(&STREAM("account", id), 4)]++;
	}
	for (unsigned i = 0; i < 4; i++)
		CHECK_TRUE(counts[i] > 200);
}

static void expected_sequences_match_as_documented(void **state)
{
	(void)state;
	CHECK_TRUE(cqrs_sequence_matches(0, 0));
	CHECK_TRUE(!cqrs_sequence_matches(0, 1));
	CHECK_TRUE(cqrs_sequence_matches(7, 7));
	CHECK_TRUE(!cqrs_sequence_matches(7, 8));
	CHECK_TRUE(cqrs_sequence_matches(CQRS_EXPECT_ANY, 0));
	CHECK_TRUE(cqrs_sequence_matches(CQRS_EXPECT_ANY, 9));
	CHECK_TRUE(!cqrs_sequence_matches(CQRS_EXPECT_EXISTS, 0));
	CHECK_TRUE(cqrs_sequence_matches(CQRS_EXPECT_EXISTS, 1));
}

#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(a_url_is_taken_apart),
		STORE_TEST(numbers_of_a_url_are_exact),
		STORE_TEST(a_malformed_url_is_refused_without_quoting_it),
		STORE_TEST(a_nul_in_a_url_is_refused_as_a_control_character),
		STORE_TEST(parsing_a_url_survives_any_failed_allocation),
		STORE_TEST(stored_hashes_stay_what_they_are),
		STORE_TEST(streams_spread_over_feeds),
		STORE_TEST(expected_sequences_match_as_documented),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
