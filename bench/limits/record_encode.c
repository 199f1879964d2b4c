/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* record_encode.c - the limit of encoding: yyjson by hand, in memory that is used again. */
#include "events.h"

#include <yyjson.h>

static char memory[4096];

/* A document that is being built. */
struct writer {
	yyjson_alc alc;
	yyjson_mut_doc *doc;
	yyjson_mut_val *root;
};

static void begin(struct writer *writer)
{
	yyjson_alc_pool_init(&writer->alc, memory, sizeof(memory));
	writer->doc = yyjson_mut_doc_new(&writer->alc);
	writer->root = yyjson_mut_obj(writer->doc);
	yyjson_mut_doc_set_root(writer->doc, writer->root);
}

static double end(struct writer *writer)
{
	size_t len = 0;

	if (!yyjson_mut_write_opts(writer->doc, 0, &writer->alc, &len, NULL))
		bench_fail("an event cannot be encoded");
	return (double)len;
}

static double opened(uint64_t n)
{
	struct writer writer;

	(void)n;
	begin(&writer);
	yyjson_mut_obj_add_str(writer.doc, writer.root, "account_id", BENCH_ACCOUNT_ID);
	return end(&writer);
}

static double moved(uint64_t n)
{
	struct writer writer;

	begin(&writer);
	yyjson_mut_obj_add_real(writer.doc, writer.root, "amount", bench_event_amount(n));
	yyjson_mut_obj_add_real(writer.doc, writer.root, "balance", bench_event_balance(n));
	return end(&writer);
}

static double wrote_check(uint64_t n)
{
	struct writer writer;

	begin(&writer);
	yyjson_mut_obj_add_str(writer.doc, writer.root, "check_number", BENCH_CHECK_NUMBER);
	yyjson_mut_obj_add_real(writer.doc, writer.root, "amount", bench_event_amount(n));
	yyjson_mut_obj_add_real(writer.doc, writer.root, "balance", bench_event_balance(n));
	return end(&writer);
}

int main(int argc, char **argv)
{
	return bench_events_main(argc, argv,
	                         &(struct bench_events){ { opened, moved, moved, wrote_check },
	                                                 bench_encoded,
	                                                 NULL });
}
