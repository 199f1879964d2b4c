/*
 * main.c - a user's program: a counter on a store in a file. It proves that what is installed
 * compiles, links and runs.
 */
#include <cqrs/cqrs.h>
#include <cqrs/sqlite.h>

#include <stdio.h>

struct count {
	int by;
};
struct counted {
	int total;
};
CQRS_COMMAND(count, "Count", by);
CQRS_EVENT(counted, "Counted", "1.0", total);

struct counter {
	int total;
};

static enum cqrs_status handle_count(struct cqrs_context *ctx, const void *state,
                                     const void *command)
{
	const struct counter *counter = state;
	const struct count *count = command;

	if (count->by <= 0)
		return cqrs_reject(ctx, "not_positive", "this counter only counts up");
	return cqrs_emit(ctx, counted, .total = counter->total + count->by);
}

static void apply_counted(void *state, const void *event)
{
	struct counter *counter = state;
	const struct counted *counted = event;

	counter->total = counted->total;
}

static const struct cqrs_aggregate counter_aggregate = {
	.type = "counter",
	.state = CQRS_RECORD(counter, total),
	.commands = CQRS_COMMANDS({ &count_command, handle_count }),
	.events = CQRS_EVENTS({ &counted_event, apply_counted }),
};

int main(int argc, char **argv)
{
	struct cqrs_store *store = NULL;
	struct cqrs_framework *framework = NULL;
	struct cqrs_error err = CQRS_ERROR_INIT;
	int failed = 1;

	if (argc != 2)
		return 2;
	if (cqrs_store_open(argv[1], CQRS_BACKENDS(cqrs_sqlite()), &store, &err) != CQRS_OK)
		goto out;
	if (cqrs_framework_new(
		    CQRS_FRAMEWORK_OPTIONS(.store = store, CQRS_AGGREGATES(&counter_aggregate)),
		    &framework, &err) != CQRS_OK)
		goto out;
	if (cqrs_execute(framework, "C-1", &err, count, .by = 2) != CQRS_OK)
		goto out;
	failed = cqrs_execute(framework, "C-1", &err, count, .by = -1) != CQRS_ERR_REJECTED;
out:
	printf("%s\n", err.message);
	cqrs_framework_free(framework);
	cqrs_store_close(store);
	return failed;
}
