/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* domain_kit_failure_test.c - what the kit for domains says when a check fails, word for word. */
#include "domain_kit.h"

#include "wallet.h"

struct failed {
	struct cqrs_test *t;
	unsigned count;
	char file[256];
	unsigned line;
	char message[2048];
};

static void keep_failure(void *self, const char *file, unsigned line, const char *message)
{
	struct failed *failed = self;

	failed->count++;
	failed->line = line;
	snprintf(failed->file, sizeof(failed->file), "%s", file);
	snprintf(failed->message, sizeof(failed->message), "%s", message);
}

static int set_up(void **state)
{
	struct failed *failed = calloc(1, sizeof(*failed));

	failed->t = cqrs_test_begin(CQRS_TEST_OPTIONS(.aggregate = &wallet_aggregate,
	                                              CQRS_VIEWS(&wallet_view),
	                                              .fail = keep_failure, .self = failed));
	*state = failed;
	return 0;
}

static int tear_down(void **state)
{
	struct failed *failed = *state;

	CHECK_INT(cqrs_test_end(failed->t), failed->count > 0);
	free(failed);
	return 0;
}

static void then_failed(const struct failed *failed, const char *expected)
{
	char place[300];

	CHECK_UINT(failed->count, 1);
	CHECK_TEXT(failed->message, expected);
	CHECK_CONTAINS(cqrs_test_failure(failed->t), expected);
	snprintf(place, sizeof(place), "%s:%u: ", failed->file, failed->line);
	CHECK_CONTAINS(cqrs_test_failure(failed->t), place);
}

/* ---- events ---- */

static void another_member_is_marked(void **state)
{
	struct failed *failed = *state;

	cqrs_when(failed->t, put_coins, .coins = 2, .note = "two");
	cqrs_then(failed->t, coins_put, .coins = 3, .note = "two");
	then_failed(failed, "the outcome is not these events\n"
	                    "  expected            | actual\n"
	                    "  [                   | [\n"
	                    "    {                 |   {\n"
	                    "      \"CoinsPut\": {   |     \"CoinsPut\": {\n"
	                    "!       \"coins\": 3,   |       \"coins\": 2,\n"
	                    "        \"note\": \"two\" |       \"note\": \"two\"\n"
	                    "      }               |     }\n"
	                    "    }                 |   }\n"
	                    "  ]                   | ]");
}

static void a_missing_event_stands_alone(void **state)
{
	struct failed *failed = *state;

	cqrs_when(failed->t, take_coins, .coins = 0);
	cqrs_then_events(failed->t, cqrs_event(coins_taken), cqrs_event(wallet_closed));
	then_failed(failed, "the outcome is not these events\n"
	                    "  expected              | actual\n"
	                    "  [                     | [\n"
	                    "    {                   |   {\n"
	                    "      \"CoinsTaken\": {   |     \"CoinsTaken\": {\n"
	                    "        \"coins\": 0      |       \"coins\": 0\n"
	                    "      }                 |     }\n"
	                    "    },                  |   }\n"
	                    "!   {                   |\n"
	                    "!     \"WalletClosed\": { |\n"
	                    "!     }                 |\n"
	                    "!   }                   |\n"
	                    "  ]                     | ]");
}

static void a_rejection_stands_beside_the_events(void **state)
{
	struct failed *failed = *state;

	cqrs_when(failed->t, take_coins, .coins = 1);
	cqrs_then(failed->t, wallet_closed);
	then_failed(failed,
	            "the outcome is not these events\n"
	            "  expected              | actual\n"
	            "! [                     |\n"
	            "!   {                   |\n"
	            "!     \"WalletClosed\": { |\n"
	            "!     }                 |\n"
	            "!   }                   |\n"
	            "! ]                     |\n"
	            "!                       | {\n"
	            "!                       |   \"rejected\": {\n"
	            "!                       |     \"code\": \"too_few\",\n"
	            "!                       |     \"message\": \"there are only 0 coins\",\n"
	            "!                       |     \"params\": {\n"
	            "!                       |       \"limit\": \"coins\"\n"
	            "!                       |     }\n"
	            "!                       |   }\n"
	            "!                       | }");
}

static void something_is_not_nothing(void **state)
{
	struct failed *failed = *state;

	cqrs_when(failed->t, close_wallet);
	cqrs_then_nothing(failed->t);
	then_failed(failed, "the outcome is not that nothing happens\n"
	                    "  expected | actual\n"
	                    "  [        | [\n"
	                    "!          |   {\n"
	                    "!          |     \"WalletClosed\": {\n"
	                    "!          |     }\n"
	                    "!          |   }\n"
	                    "  ]        | ]");
}

static void an_event_that_is_not_included_is_shown_beside_its_like(void **state)
{
	struct failed *failed = *state;

	cqrs_when(failed->t, put_twice, .coins = 4);
	cqrs_then_includes(failed->t, cqrs_event(coins_put, .coins = 4, .note = "second"));
	then_failed(failed, "this event is not among those that happened\n"
	                    "  expected             | actual\n"
	                    "  {                    | {\n"
	                    "    \"CoinsPut\": {      |   \"CoinsPut\": {\n"
	                    "      \"coins\": 4,      |     \"coins\": 4,\n"
	                    "!     \"note\": \"second\" |     \"note\": \"first\"\n"
	                    "    }                  |   }\n"
	                    "  }                    | }");
}

static void an_event_counts_once(void **state)
{
	struct failed *failed = *state;

	cqrs_when(failed->t, put_coins, .coins = 4, .note = "x");
	cqrs_then_includes(failed->t, cqrs_event(coins_put, .coins = 4, .note = "x"),
	                   cqrs_event(coins_put, .coins = 4, .note = "x"));
	CHECK_UINT(failed->count, 1);
	CHECK_CONTAINS(failed->message, "this event is not among those that happened\n");
}

/* ---- refusals ---- */

static void another_message_is_marked(void **state)
{
	struct failed *failed = *state;

	cqrs_when(failed->t, take_coins, .coins = 1);
	cqrs_then_rejected(failed->t, "there are only 2 coins");
	then_failed(failed, "the outcome is not this rejection\n"
	                    "  expected                                | actual\n"
	                    "  {                                       | {\n"
	                    "    \"rejected\": {                         |   \"rejected\": {\n"
	                    "!     \"message\": \"there are only 2 coins\" |     \"message\": "
	                    "\"there are only 0 coins\"\n"
	                    "    }                                     |   }\n"
	                    "  }                                       | }");
}

static void events_stand_beside_the_rejection(void **state)
{
	struct failed *failed = *state;

	cqrs_when(failed->t, close_wallet);
	cqrs_then_rejected(failed->t, "no");
	then_failed(failed, "the outcome is not this rejection\n"
	                    "  expected            | actual\n"
	                    "! {                   |\n"
	                    "!   \"rejected\": {     |\n"
	                    "!     \"message\": \"no\" |\n"
	                    "!   }                 |\n"
	                    "! }                   |\n"
	                    "!                     | [\n"
	                    "!                     |   {\n"
	                    "!                     |     \"WalletClosed\": {\n"
	                    "!                     |     }\n"
	                    "!                     |   }\n"
	                    "!                     | ]");
}

static void another_code_and_parameter_are_marked(void **state)
{
	struct failed *failed = *state;

	cqrs_when(failed->t, take_coins, .coins = 1);
	cqrs_then_rejected_code(failed->t, "too_many", CQRS_PARAMS({ "limit", "notes" }));
	then_failed(failed, "the outcome is not this rejection\n"
	                    "  expected                | actual\n"
	                    "  {                       | {\n"
	                    "    \"rejected\": {         |   \"rejected\": {\n"
	                    "!     \"code\": \"too_many\", |     \"code\": \"too_few\",\n"
	                    "      \"params\": {         |     \"params\": {\n"
	                    "!       \"limit\": \"notes\"  |       \"limit\": \"coins\"\n"
	                    "      }                   |     }\n"
	                    "    }                     |   }\n"
	                    "  }                       | }");
}

static void a_rejection_is_no_failure(void **state)
{
	struct failed *failed = *state;

	cqrs_when(failed->t, put_coins, .coins = 0, .note = "");
	cqrs_then_failed(failed->t, CQRS_ERR_FAILED, "broken");
	then_failed(
		failed,
		"the outcome is not this failure\n"
		"  expected                | actual\n"
		"  {                       | {\n"
		"!   \"failed\": {           |\n"
		"!     \"message\": \"broken\" |\n"
		"!   }                     |\n"
		"!                         |   \"rejected\": {\n"
		"!                         |     \"code\": \"not_positive\",\n"
		"!                         |     \"message\": \"coins have to be more than none\"\n"
		"!                         |   }\n"
		"  }                       | }");
}

static void an_unreadable_command_is_told_with_its_place(void **state)
{
	struct failed *failed = *state;

	cqrs_when_json(failed->t, "{\"PutCoins\":{\"coins\":\"many\",\"note\":\"\"}}");
	cqrs_then_nothing(failed->t);
	then_failed(failed, "the outcome is not that nothing happens\n"
	                    "  expected | actual\n"
	                    "! [        |\n"
	                    "! ]        |\n"
	                    "!          | {\n"
	                    "!          |   \"invalid\": {\n"
	                    "!          |     \"code\": \"unreadable_command\",\n"
	                    "!          |     \"message\": \"wrong type: an integer is expected, "
	                    "this is a text\",\n"
	                    "!          |     \"path\": \"PutCoins.coins\"\n"
	                    "!          |   }\n"
	                    "!          | }");
}

/* ---- metadata, states, views ---- */

static void other_metadata_is_marked(void **state)
{
	struct failed *failed = *state;

	cqrs_given_metadata(failed->t, "user", "ann");
	cqrs_when(failed->t, close_wallet);
	cqrs_then_metadata(failed->t, "user", "bob");
	then_failed(failed, "an event does not have this metadata\n"
	                    "  expected        | actual\n"
	                    "  {               | {\n"
	                    "!   \"user\": \"bob\" |   \"user\": \"ann\"\n"
	                    "  }               | }");
}

static void metadata_needs_an_event(void **state)
{
	struct failed *failed = *state;

	cqrs_given_metadata(failed->t, "user", "ann");
	cqrs_when(failed->t, look);
	cqrs_then_metadata(failed->t, "user", "ann");
	then_failed(failed, "an event does not have this metadata\n"
	                    "  expected        | actual\n"
	                    "! {               |\n"
	                    "!   \"user\": \"ann\" |\n"
	                    "! }               |\n"
	                    "!                 | [\n"
	                    "!                 | ]");
}

static void another_state_is_marked(void **state)
{
	struct failed *failed = *state;

	cqrs_given(failed->t, coins_put, .coins = 5, .note = "a");
	cqrs_given(failed->t, tag_added, .tag = "red");
	cqrs_then_state(failed->t, wallet, .coins = 5, .events = 2, .last_note = "b");
	then_failed(failed, "the state is another one\n"
	                    "  expected            | actual\n"
	                    "  {                   | {\n"
	                    "    \"coins\": 5,       |   \"coins\": 5,\n"
	                    "    \"events\": 2,      |   \"events\": 2,\n"
	                    "!   \"last_note\": \"b\", |   \"last_note\": \"a\",\n"
	                    "    \"tags\": [         |   \"tags\": [\n"
	                    "!                     |     \"red\"\n"
	                    "    ]                 |   ]\n"
	                    "  }                   | }");
}

static void another_view_is_marked(void **state)
{
	struct failed *failed = *state;

	cqrs_given(failed->t, coins_put, .coins = 5, .note = "a");
	cqrs_then_view(failed->t, &wallet_view, wallet_view, .coins = 6, .events = 1);
	then_failed(failed, "the view is another one\n"
	                    "  expected            | actual\n"
	                    "  {                   | {\n"
	                    "!   \"coins\": 6,       |   \"coins\": 5,\n"
	                    "    \"events\": 1,      |   \"events\": 1,\n"
	                    "!   \"last_note\": null |   \"last_note\": \"a\"\n"
	                    "  }                   | }");
}

static void a_missing_view_is_null(void **state)
{
	struct failed *failed = *state;

	cqrs_then_view(failed->t, &wallet_view, wallet_view);
	then_failed(failed, "the view is another one\n"
	                    "  expected            | actual\n"
	                    "! {                   |\n"
	                    "!   \"coins\": 0,       |\n"
	                    "!   \"events\": 0,      |\n"
	                    "!   \"last_note\": null |\n"
	                    "! }                   |\n"
	                    "!                     | null");
}

static void a_view_that_is_there_is_shown(void **state)
{
	struct failed *failed = *state;

	cqrs_given(failed->t, coins_put, .coins = 5, .note = "a");
	cqrs_then_no_view(failed->t, &wallet_view);
	then_failed(failed, "there is a view\n"
	                    "  expected | actual\n"
	                    "! null     |\n"
	                    "!          | {\n"
	                    "!          |   \"coins\": 5,\n"
	                    "!          |   \"events\": 1,\n"
	                    "!          |   \"last_note\": \"a\"\n"
	                    "!          | }");
}

static void other_entries_are_marked(void **state)
{
	struct failed *failed = *state;

	cqrs_given(failed->t, coins_put, .coins = 5, .note = "a");
	cqrs_then_entries(failed->t, &wallet_view,
	                  cqrs_entry(wallet_line, .coins = 5, .note = "b"));
	CHECK_UINT(failed->count, 1);
	CHECK_TEXT(failed->message, "the entries are others\n"
	                            "  expected        | actual\n"
	                            "  [               | [\n"
	                            "    {             |   {\n"
	                            "      \"coins\": 5, |     \"coins\": 5,\n"
	                            "!     \"note\": \"b\" |     \"note\": \"a\"\n"
	                            "    }             |   }\n"
	                            "  ]               | ]");
}

/* ---- what cannot be ---- */

static void what_is_asked_for_comes_after_a_command(void **state)
{
	struct failed *failed = *state;

	cqrs_then_nothing(failed->t);
	then_failed(failed, "nothing was asked since the past was given: cqrs_when() comes first");
}

static void an_event_that_cannot_be_stored_is_no_past(void **state)
{
	struct failed *failed = *state;

	cqrs_given(failed->t, coins_put, .note = "\xff");
	then_failed(
		failed,
		"this past cannot have been: event CoinsPut: not valid UTF-8 (invalid) at note");
}

static void an_event_of_no_aggregate_is_no_past(void **state)
{
	struct failed *failed = *state;

	cqrs_given(failed->t, never_listed);
	then_failed(failed, "this past cannot have been: event 'NeverListed' is not in the table "
	                    "of aggregate 'wallet' (invalid)");
}

static void a_command_given_has_to_succeed(void **state)
{
	struct failed *failed = *state;

	cqrs_given_command(failed->t, take_coins, .coins = 1);
	then_failed(failed, "this past cannot have been: there are only 0 coins (rejected)");
}

static void nothing_is_given_only_where_nothing_was(void **state)
{
	struct failed *failed = *state;

	cqrs_given(failed->t, wallet_closed);
	cqrs_given_nothing(failed->t);
	then_failed(failed, "there is a past already");
}

static void a_state_comes_before_all_events(void **state)
{
	struct failed *failed = *state;

	cqrs_given(failed->t, wallet_closed);
	cqrs_given_state(failed->t, wallet);
	then_failed(failed, "there is a past already");
}

static void a_state_is_of_the_aggregates_struct(void **state)
{
	struct failed *failed = *state;

	cqrs_given_state(failed->t, coins_put, .coins = 1);
	then_failed(failed, "a struct coins_put was given for a struct wallet");
}

static void an_expected_event_has_to_be_storable(void **state)
{
	struct failed *failed = *state;

	cqrs_when(failed->t, close_wallet);
	cqrs_then(failed->t, coins_put, .coins = 1);
	then_failed(failed, "what is expected cannot be stored: event CoinsPut: is NULL and not "
	                    "optional (invalid) at note");
}

static void a_view_is_one_of_the_tests(void **state)
{
	static const struct cqrs_view other = { .type = "other" };
	struct failed *failed = *state;

	cqrs_then_no_view(failed->t, &other);
	then_failed(failed, "the test was not given the view other");
}

static void an_entry_is_one_of_the_views(void **state)
{
	static const struct cqrs_record other_record = CQRS__EMPTY_RECORD(other);
	struct failed *failed = *state;

	cqrs_given_view(failed->t, &wallet_view, wallet_view);
	cqrs_given_entries(failed->t, &wallet_view, { &other_record, NULL });
	then_failed(failed, "these entries cannot have been: 'other' is not the entry of view "
	                    "wallet_view (invalid)");
}

static void entries_are_those_of_a_view_that_is_there(void **state)
{
	struct failed *failed = *state;

	cqrs_given_command(failed->t, close_wallet);
	cqrs_given_entries(failed->t, &wallet_view, cqrs_entry(wallet_line, .note = ""));
	then_failed(failed, "these entries cannot have been: there is no such view (not found)");
}

static void a_time_is_in_rfc_3339(void **state)
{
	struct failed *failed = *state;

	cqrs_given_time(failed->t, "tomorrow");
	CHECK_UINT(failed->count, 1);
	CHECK_CONTAINS(failed->message, "this is no time: ");
}

static void time_does_not_go_back(void **state)
{
	struct failed *failed = *state;

	cqrs_given_later(failed->t, -1);
	then_failed(failed, "time cannot pass by so much");
}

static void a_time_is_not_before_what_has_happened(void **state)
{
	struct failed *failed = *state;

	cqrs_given(failed->t, wallet_closed);
	cqrs_given_time(failed->t, "2025-12-31T23:59:59Z");
	then_failed(failed, "something has happened later than that");
}

static void what_is_missing_is_told(void **state)
{
	struct failed *failed = *state;

	cqrs_given_metadata(failed->t, "user", NULL);
	then_failed(failed, "metadata is a name and a value");
}

static void text_that_is_not_utf_8_is_told(void **state)
{
	struct failed *failed = *state;

	cqrs_when(failed->t, take_coins, .coins = 1);
	cqrs_then_rejected(failed->t, "\xff");
	then_failed(failed,
	            "what is expected cannot be stored: a text is not valid UTF-8 (invalid)");
}

/* ---- outcomes that nobody expects ---- */

static void a_rejection_that_nobody_expects_fails(void **state)
{
	struct failed *failed = *state;
	unsigned line = __LINE__ + 2;

	cqrs_when(failed->t, take_coins, .coins = 1);
	cqrs_then_no_view(failed->t, &wallet_view);
	then_failed(failed, "this failed, and no sentence expected it: there are only 0 coins "
	                    "(rejected)");
	CHECK_UINT(failed->line, line);
}

static void a_rejection_at_the_end_fails(void **state)
{
	struct failed failed = { .count = 0 };

	(void)state;
	failed.t = cqrs_test_begin(CQRS_TEST_OPTIONS(.aggregate = &wallet_aggregate,
	                                             .fail = keep_failure, .self = &failed));
	cqrs_when(failed.t, take_coins, .coins = 1);
	CHECK_INT(cqrs_test_end(failed.t), 1);
	CHECK_UINT(failed.count, 1);
	CHECK_CONTAINS(failed.message, "no sentence expected it: there are only 0 coins");
}

static void a_rejection_that_was_looked_at_is_expected(void **state)
{
	struct failed *failed = *state;

	cqrs_when(failed->t, take_coins, .coins = 1);
	CHECK_STATUS(cqrs_test_get_outcome(failed->t)->status, CQRS_ERR_REJECTED);
	cqrs_then_no_view(failed->t, &wallet_view);
	CHECK_UINT(failed->count, 0);
}

static void events_that_cannot_happen_fail_at_once(void **state)
{
	struct failed *failed = *state;

	cqrs_when_events(failed->t, cqrs_event(coins_put, .coins = 1));
	then_failed(failed, "these events cannot happen: event CoinsPut: is NULL and not optional "
	                    "(invalid) at note");
}

static void success_is_no_failure(void **state)
{
	struct failed *failed = *state;

	cqrs_when(failed->t, close_wallet);
	cqrs_then_failed(failed->t, CQRS_OK, "");
	then_failed(failed, "CQRS_OK is no failure");
}

static enum cqrs_status ask_again(void *self, const char *aggregate_id,
                                  const struct cqrs_envelope *events, size_t count,
                                  struct cqrs_error *err)
{
	struct failed *failed = self;

	(void)aggregate_id, (void)events, (void)count, (void)err;
	cqrs_when(failed->t, close_wallet);
	return CQRS_OK;
}

static void a_sentence_within_a_sentence_fails(void **state)
{
	struct failed failed = { .count = 0 };
	const struct cqrs_query query = { "again", ask_again, &failed };

	(void)state;
	failed.t = cqrs_test_begin(CQRS_TEST_OPTIONS(.aggregate = &wallet_aggregate,
	                                             CQRS_QUERIES(&query), .fail = keep_failure,
	                                             .self = &failed));
	cqrs_when(failed.t, close_wallet);
	then_failed(&failed, "a sentence was used inside of this one");
	CHECK_INT(cqrs_test_end(failed.t), 1);
}

/* ---- what is long ---- */

static void long_texts_are_shown_where_they_differ(void **state)
{
	struct failed *failed = *state;
	char one[601], other[601];

	memset(one, 'x', 600);
	memset(other, 'x', 600);
	one[600] = other[600] = '\0';
	other[400] = '!';
	cqrs_when(failed->t, put_coins, .coins = 1, .note = one);
	cqrs_then(failed->t, coins_put, .coins = 1, .note = other);
	CHECK_UINT(failed->count, 1);
	CHECK_CONTAINS(failed->message, "...xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx!xxxxx");
	CHECK_TRUE(strlen(failed->message) < 1000);
}

static void what_is_alike_for_long_is_left_out(void **state)
{
	struct failed *failed = *state;
	struct cqrs_test_event events[200];
	struct coins_put put = { 1, "" }, other = { 2, "" };

	for (size_t i = 0; i < 200; i++)
		events[i] = (struct cqrs_test_event){ &coins_put_event, &put };
	cqrs_test_when_events(failed->t, CQRS_TEST_HERE, events, 200);
	events[100].event = &other;
	cqrs_test_then_events(failed->t, CQRS_TEST_HERE, events, 200);
	CHECK_UINT(failed->count, 1);
	CHECK_CONTAINS(failed->message, "!       \"coins\": 2,");
	CHECK_CONTAINS(failed->message, "  ...");
	CHECK_TRUE(strlen(failed->message) < 1000);
}

/* ---- the failure itself ---- */

static void a_failure_knows_its_place(void **state)
{
	struct failed *failed = *state;
	unsigned line = __LINE__ + 2;

	cqrs_then_nothing(failed->t);
	CHECK_TEXT(failed->file, __FILE__);
	CHECK_UINT(failed->line, line);
}

static void the_first_failure_ends_the_test(void **state)
{
	struct failed *failed = *state;
	unsigned line;

	cqrs_then_nothing(failed->t);
	line = failed->line;
	cqrs_given(failed->t, never_listed);
	cqrs_when(failed->t, close_wallet);
	assert_null(cqrs_test_get_outcome(failed->t));
	cqrs_then(failed->t, coins_put, .coins = 1);
	cqrs_then_state(failed->t, wallet, .coins = 99);
	CHECK_UINT(failed->count, 1);
	CHECK_UINT(failed->line, line);
}

static void a_test_without_a_hook_tells_when_it_is_asked(void **state)
{
	struct cqrs_test *t = cqrs_test_begin(CQRS_TEST_OPTIONS(.aggregate = &wallet_aggregate));

	(void)state;
	assert_null(cqrs_test_failure(t));
	cqrs_then_nothing(t);
	CHECK_CONTAINS(cqrs_test_failure(t), "nothing was asked since");
	CHECK_INT(cqrs_test_end(t), 1);
}

static void a_struct_of_the_same_size_is_another_one(void **state)
{
	struct put_coins_view { /* as large as struct wallet_view */
		int64_t a, b;
		const char *c;
	};
	struct failed *failed = *state;

	CHECK_UINT(sizeof(struct put_coins_view), sizeof(struct wallet_view));
	cqrs_given(failed->t, coins_put, .coins = 1, .note = "");
	cqrs_then_view(failed->t, &wallet_view, put_coins_view, .a = 1);
	then_failed(failed, "a struct put_coins_view was given for a struct wallet_view");
}

static void a_command_is_one_of_the_aggregates(void **state)
{
	static const struct cqrs_command_type other_command = {
		.name = "Other",
		.record = CQRS__EMPTY_RECORD(other),
	};
	struct failed *failed = *state;

	cqrs_when(failed->t, other);
	then_failed(failed, "aggregate 'wallet' has no command 'Other'");
}

static void check_refusal(const struct cqrs_test_options *options, const char *why)
{
	struct failed failed = { .t = cqrs_test_begin(options) };

	CHECK_CONTAINS(cqrs_test_failure(failed.t), why);
	CHECK_INT(cqrs_test_end(failed.t), 1);
}

static void wrong_options_are_told_by_the_first_sentence(void **state)
{
	const struct cqrs_test_options none = { 0 };
	struct failed failed = { .t = NULL };

	(void)state;
	check_refusal(&none, "not made by their macro");
	check_refusal(CQRS_TEST_OPTIONS(.aggregate = &wallet_aggregate, CQRS_VIEWS(NULL)),
	              "a view is NULL");
	check_refusal(CQRS_TEST_OPTIONS(.aggregate_id = "a"), "have no aggregate");
	check_refusal(CQRS_TEST_OPTIONS(.aggregate = &wallet_aggregate, .view_count = 3),
	              "a count but no list");
	check_refusal(CQRS_TEST_OPTIONS(.aggregate = &wallet_aggregate, .aggregate_id = ""),
	              "aggregate_id is not 1 to 255 bytes of UTF-8");
	failed.t =
		cqrs_test_begin(CQRS_TEST_OPTIONS(.aggregate = &wallet_aggregate, CQRS_VIEWS(NULL),
	                                          .fail = keep_failure, .self = &failed));
	CHECK_UINT(failed.count, 0);
	cqrs_when(failed.t, close_wallet);
	cqrs_then_nothing(failed.t);
	CHECK_UINT(failed.count, 1);
	CHECK_TEXT(failed.message, "there can be no test: a view is NULL (invalid)");
	CHECK_INT(cqrs_test_end(failed.t), 1);
}

static void no_test_is_one_that_has_failed(void **state)
{
	(void)state;
	cqrs_given(NULL, wallet_closed);
	cqrs_when(NULL, close_wallet);
	cqrs_then_nothing(NULL);
	CHECK_TEXT(cqrs_test_failure(NULL), "no memory for a test");
	CHECK_INT(cqrs_test_end(NULL), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(another_member_is_marked),
		TEST(a_missing_event_stands_alone),
		TEST(a_rejection_stands_beside_the_events),
		TEST(something_is_not_nothing),
		TEST(an_event_that_is_not_included_is_shown_beside_its_like),
		TEST(an_event_counts_once),
		TEST(another_message_is_marked),
		TEST(events_stand_beside_the_rejection),
		TEST(another_code_and_parameter_are_marked),
		TEST(a_rejection_is_no_failure),
		TEST(an_unreadable_command_is_told_with_its_place),
		TEST(other_metadata_is_marked),
		TEST(metadata_needs_an_event),
		TEST(another_state_is_marked),
		TEST(another_view_is_marked),
		TEST(a_missing_view_is_null),
		TEST(a_view_that_is_there_is_shown),
		TEST(other_entries_are_marked),
		TEST(what_is_asked_for_comes_after_a_command),
		TEST(an_event_that_cannot_be_stored_is_no_past),
		TEST(an_event_of_no_aggregate_is_no_past),
		TEST(a_command_given_has_to_succeed),
		TEST(nothing_is_given_only_where_nothing_was),
		TEST(a_state_comes_before_all_events),
		TEST(a_state_is_of_the_aggregates_struct),
		TEST(an_expected_event_has_to_be_storable),
		TEST(a_view_is_one_of_the_tests),
		TEST(an_entry_is_one_of_the_views),
		TEST(entries_are_those_of_a_view_that_is_there),
		TEST(a_time_is_in_rfc_3339),
		TEST(time_does_not_go_back),
		TEST(a_time_is_not_before_what_has_happened),
		TEST(what_is_missing_is_told),
		TEST(text_that_is_not_utf_8_is_told),
		TEST(a_rejection_that_nobody_expects_fails),
		TEST(a_rejection_at_the_end_fails),
		TEST(a_rejection_that_was_looked_at_is_expected),
		TEST(events_that_cannot_happen_fail_at_once),
		TEST(success_is_no_failure),
		TEST(a_sentence_within_a_sentence_fails),
		TEST(long_texts_are_shown_where_they_differ),
		TEST(what_is_alike_for_long_is_left_out),
		TEST(a_failure_knows_its_place),
		TEST(the_first_failure_ends_the_test),
		TEST(a_test_without_a_hook_tells_when_it_is_asked),
		TEST(a_struct_of_the_same_size_is_another_one),
		TEST(a_command_is_one_of_the_aggregates),
		TEST(wrong_options_are_told_by_the_first_sentence),
		TEST(no_test_is_one_that_has_failed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
