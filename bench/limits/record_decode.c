/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * record_decode.c - the limit of decoding: yyjson by hand, in memory that is used again.
 * Members are found by an iterator, which needs one comparison for each where they stand in
 * the order in which they were written; types are checked.
 */
#include "events.h"

#include <string.h>
#include <yyjson.h>

static char memory[4096];

static void begin(enum bench_event event, uint64_t n, yyjson_obj_iter *out_iter)
{
	const char *text = bench_event_text(event, n);
	yyjson_doc *doc;
	yyjson_alc alc;

	yyjson_alc_pool_init(&alc, memory, sizeof(memory));
	/* yyjson wants a char *, and does not write to it without YYJSON_READ_INSITU. */
	doc = yyjson_read_opts((char *)(uintptr_t)text, strlen(text), 0, &alc, NULL);
	if (!doc || !yyjson_obj_iter_init(yyjson_doc_get_root(doc), out_iter))
		bench_fail("an event cannot be decoded");
}

static const char *get_text(yyjson_obj_iter *iter, const char *name)
{
	yyjson_val *value = yyjson_obj_iter_get(iter, name);

	if (!yyjson_is_str(value))
		bench_fail("%s is not a text", name);
	return yyjson_get_str(value);
}

static double get_real(yyjson_obj_iter *iter, const char *name)
{
	yyjson_val *value = yyjson_obj_iter_get(iter, name);

	if (!yyjson_is_num(value))
		bench_fail("%s is not a number", name);
	return yyjson_get_num(value);
}

static double opened(uint64_t n)
{
	yyjson_obj_iter iter;

	begin(BENCH_OPENED, n, &iter);
	return (double)strlen(get_text(&iter, "account_id"));
}

static double moved(uint64_t n)
{
	yyjson_obj_iter iter;
	double amount;

	begin(BENCH_DEPOSITED, n, &iter);
	amount = get_real(&iter, "amount");
	return amount + get_real(&iter, "balance");
}

static double wrote_check(uint64_t n)
{
	const char *check_number;
	yyjson_obj_iter iter;
	double amount;

	begin(BENCH_CHECK, n, &iter);
	check_number = get_text(&iter, "check_number");
	amount = get_real(&iter, "amount");
	return amount + get_real(&iter, "balance") + (double)strlen(check_number);
}

int main(int argc, char **argv)
{
	return bench_events_main(argc, argv,
	                         &(struct bench_events){ { opened, moved, moved, wrote_check },
	                                                 bench_decoded,
	                                                 NULL });
}
