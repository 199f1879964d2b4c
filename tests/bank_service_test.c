/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * bank_service_test.c - the parts of the bank's service that need no connection: what an
 * error is answered, which hosts are served, what text is fit to be kept.
 */
#include "check.h"

#include "service/listener.h"
#include "service/problem.h"
#include "service/text.h"

static const struct {
	enum cqrs_status status;
	unsigned http_status;
	const char *code;
	bool shows_message;
} answers[] = {
	{ CQRS_ERR_NOMEM, 503, "unavailable", false },
	{ CQRS_ERR_INVALID, 400, "invalid_command", true },
	{ CQRS_ERR_CONFLICT, 409, "conflict", true },
	{ CQRS_ERR_REJECTED, 400, "rejected", true },
	{ CQRS_ERR_UNAVAILABLE, 503, "unavailable", false },
	{ CQRS_ERR_CORRUPT, 500, "internal_error", false },
	{ CQRS_ERR_UNSUPPORTED, 500, "internal_error", false },
	{ CQRS_ERR_UNKNOWN, 503, "unknown_outcome", false },
	{ CQRS_ERR_NOT_FOUND, 404, "not_found", false },
	{ CQRS_ERR_LIMIT, 413, "too_large", true },
	{ CQRS_ERR_TIMEOUT, 503, "unavailable", false },
	{ CQRS_ERR_FAILED, 500, "internal_error", false },
};

static void check_json(const struct problem *problem, const char *part, bool is_there)
{
	size_t len;
	char *json = problem_json(problem, &len);

	CHECK_TRUE(json != NULL);
	CHECK_UINT(strlen(json), len);
	if (is_there)
		CHECK_CONTAINS(json, part);
	else
		CHECK_TRUE(strstr(json, part) == NULL);
	free(json);
}

static void every_error_has_an_answer(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(*answers); i++) {
		struct cqrs_error err = CQRS_ERROR_INIT;
		struct problem problem;

		cqrs_error_set(&err, answers[i].status, "the words of the library");
		problem = problem_from_error(&err);
		CHECK_UINT(problem.status, answers[i].http_status);
		CHECK_TEXT(problem.code, answers[i].code);
		CHECK_UINT(problem_is_temporary(&problem), answers[i].http_status == 503);
		check_json(&problem, "the words of the library", answers[i].shows_message);
	}
}

static void an_unknown_outcome_asks_for_the_same_key(void **state)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct problem problem;

	(void)state;
	cqrs_error_set(&err, CQRS_ERR_UNKNOWN, "lost");
	problem = problem_from_error(&err);
	check_json(&problem, "retry with the same Idempotency-Key", true);
}

static void a_key_used_for_another_command_is_422(void **state)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct problem problem;

	(void)state;
	cqrs_error_set(&err, CQRS_ERR_INVALID, "the key was used");
	strcpy(err.code, "idempotency_key_reused");
	problem = problem_from_error(&err);
	CHECK_UINT(problem.status, 422);
	check_json(&problem, "\"code\":\"idempotency_key_reused\"", true);
}

static void a_rejection_shows_its_code_message_and_params(void **state)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct problem problem;

	(void)state;
	cqrs_error_set(&err, CQRS_ERR_REJECTED, "over the limit");
	strcpy(err.code, "limit");
	strcpy(err.params, "{\"limit\":\"200\"}");
	problem = problem_from_error(&err);
	check_json(&problem, "\"code\":\"limit\"", true);
	check_json(&problem, "\"message\":\"over the limit\"", true);
	check_json(&problem, "\"params\":{\"limit\":\"200\"}", true);
	check_json(&problem, "\"path\"", false);
}

static void an_unreadable_command_shows_its_path_and_reason(void **state)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct problem problem;

	(void)state;
	cqrs_error_set(&err, CQRS_ERR_INVALID, "is missing");
	cqrs_error_set_path(&err, "DepositMoney.amount");
	problem = problem_from_error(&err);
	check_json(&problem, "\"path\":\"DepositMoney.amount\"", true);
	check_json(&problem, "\"reason\":\"is missing\"", true);
}

static void beyond_loopback_every_host_is_served(void **state)
{
	struct listener listener = { .host = "0.0.0.0", .port = 3030 };

	(void)state;
	CHECK_TRUE(listener_serves(&listener, "bank.example", strlen("bank.example")));
	CHECK_TRUE(listener_serves(&listener, NULL, 0));
	listener.is_loopback = true;
	CHECK_TRUE(!listener_serves(&listener, "bank.example", strlen("bank.example")));
	CHECK_TRUE(!listener_serves(&listener, NULL, 0));
}

static void on_port_80_a_host_needs_no_port(void **state)
{
	struct listener listener = { .host = "127.0.0.1", .port = 80, .is_loopback = true };

	(void)state;
	CHECK_TRUE(listener_serves(&listener, "localhost", strlen("localhost")));
	CHECK_TRUE(listener_serves(&listener, "localhost:80", strlen("localhost:80")));
	CHECK_TRUE(!listener_serves(&listener, "localhost:", strlen("localhost:")));
	CHECK_TRUE(!listener_serves(&listener, "localhost:8", strlen("localhost:8")));
}

static void only_valid_text_without_control_characters_is_clean(void **state)
{
	static const struct {
		const char *text;
		bool is_clean;
	} texts[] = {
		{ "", true },
		{ "plain ~", true },
		{ "\xC2\xA0", true },
		{ "\xDF\xBF", true },
		{ "\xE0\xA0\x80", true },
		{ "\xED\x9F\xBF", true },
		{ "\xEF\xBF\xBF", true },
		{ "\xF0\x90\x80\x80", true },
		{ "\xF4\x8F\xBF\xBF", true },
		{ "\x1F", false },
		{ "\x7F", false },
		{ "\xC2\x80", false },
		{ "\xC2\x9F", false },
		{ "\x80", false },
		{ "\xC1\xBF", false },
		{ "\xC3", false },
		{ "\xC3(", false },
		{ "\xE0\x9F\xBF", false },
		{ "\xE1\x80", false },
		{ "\xE1\x80(", false },
		{ "\xED\xA0\x80", false },
		{ "\xF0\x8F\xBF\xBF", false },
		{ "\xF0\x90\x80", false },
		{ "\xF4\x90\x80\x80", false },
		{ "\xF5\x80\x80\x80", false },
		{ "\xFF", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		CHECK_UINT(text_is_clean(texts[i].text, strlen(texts[i].text)), texts[i].is_clean);
	CHECK_TRUE(!text_is_clean("a\0b", 3));
}

static void text_is_cut_between_characters(void **state)
{
	char out[6];

	(void)state;
	text_copy_clean(out, sizeof(out), "abcd\xC3\xA9");
	CHECK_TEXT(out, "abcd");
	text_copy_clean(out, sizeof(out), "abc\xC3\xA9");
	CHECK_TEXT(out, "abc\xC3\xA9");
	text_copy_clean(out, sizeof(out), "\n\xFF\xC2\x80z\x7F!");
	CHECK_TEXT(out, "???z?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_error_has_an_answer),
		cmocka_unit_test(an_unknown_outcome_asks_for_the_same_key),
		cmocka_unit_test(a_key_used_for_another_command_is_422),
		cmocka_unit_test(a_rejection_shows_its_code_message_and_params),
		cmocka_unit_test(an_unreadable_command_shows_its_path_and_reason),
		cmocka_unit_test(beyond_loopback_every_host_is_served),
		cmocka_unit_test(on_port_80_a_host_needs_no_port),
		cmocka_unit_test(only_valid_text_without_control_characters_is_clean),
		cmocka_unit_test(text_is_cut_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
