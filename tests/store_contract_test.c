/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * store_contract_test.c - the store contract and the store suite belong together: every
 * sentence is named by a test, every name is that of a sentence.
 */
#include "check.h"

#include <cqrs/store_testing.h>

enum { MAX_SENTENCES = 200, MAX_NUMBER_LEN = 8 };

struct sentences {
	char numbers[MAX_SENTENCES][MAX_NUMBER_LEN];
	size_t count;
};

static bool has(const struct sentences *sentences, const char *number)
{
	for (size_t i = 0; i < sentences->count; i++) {
		if (strcmp(sentences->numbers[i], number) == 0)
			return true;
	}
	return false;
}

static void add(struct sentences *sentences, const char *number)
{
	assert_true(sentences->count < MAX_SENTENCES);
	assert_true(strlen(number) < MAX_NUMBER_LEN);
	strcpy(sentences->numbers[sentences->count++], number);
}

/* A sentence begins a line with its number: "**1.1** ...". */
static void read_document(struct sentences *sentences)
{
	FILE *file = fopen(CQRS_STORE_CONTRACT, "r");
	char line[256];

	assert_non_null(file);
	while (fgets(line, sizeof(line), file)) {
		char number[MAX_NUMBER_LEN];

		if (sscanf(line, "**%7[0-9.]** ", number) != 1)
			continue;
		if (has(sentences, number))
			print_error("%s is there twice\n", number);
		assert_false(has(sentences, number));
		add(sentences, number);
	}
	fclose(file);
	assert_true(sentences->count > 50);
}

/* What the tests name: "1.1 1.2", each number once in the set. */
static void read_suite(struct sentences *sentences)
{
	for (size_t i = 0; i < cqrs_store_suite_count(); i++) {
		const char *text = cqrs_store_suite_sentences(i);
		char number[MAX_NUMBER_LEN];
		int used;

		assert_int_equal(sscanf(text, "%7s%n", number, &used), 1);
		for (; sscanf(text, "%7s%n", number, &used) == 1; text += used) {
			if (!has(sentences, number))
				add(sentences, number);
		}
	}
}

static void check_all_in(const struct sentences *these, const struct sentences *those,
                         const char *complaint)
{
	size_t missing = 0;

	for (size_t i = 0; i < these->count; i++) {
		if (has(those, these->numbers[i]))
			continue;
		print_error("%s %s\n", these->numbers[i], complaint);
		missing++;
	}
	assert_int_equal(missing, 0);
}

static void every_sentence_is_proved_by_a_test(void **state)
{
	struct sentences document = { .count = 0 };
	struct sentences suite = { .count = 0 };

	(void)state;
	read_document(&document);
	read_suite(&suite);
	check_all_in(&document, &suite, "is named by no test");
	check_all_in(&suite, &document, "is named by a test, and is no sentence");
}

static void no_two_tests_have_the_same_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < cqrs_store_suite_count(); i++) {
		for (size_t n = 0; n < i; n++)
			assert_string_not_equal(cqrs_store_suite_name(i), cqrs_store_suite_name(n));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_sentence_is_proved_by_a_test),
		cmocka_unit_test(no_two_tests_have_the_same_name),
	};

	return cmocka_run_group_tests_name("store contract", tests, NULL, NULL);
}
