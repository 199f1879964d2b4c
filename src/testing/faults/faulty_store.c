/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * faulty_store.c - decides which calls meet which faults, and lets them happen.
 *
 * A call's fate is one random number, mixed from the seed, what the call is, and how many
 * such calls there were; whether a fault happens is drawn from it for each kind apart, so
 * that changing one chance changes no other fault.
 */
#include <cqrs/faulty_store.h>

#include "testing/faults/relay.h"
#include "testing/random.h"

#include <stdatomic.h>
#include <string.h>
#include <time.h>

#define SHARED_COUNTS 1024 /* calls are counted by a hash of what they are */
#define DEFAULT_DELAY_US 1000
#define REORDER_STEPS 16 /* looks that a call takes for one that has passed it */

struct cqrs_faulty {
	struct cqrs__relay relay; /* the first: its functions get at the rest by it */
	struct cqrs_store *store;
	struct cqrs_fault_options options;
	struct cqrs_environment environment;
	atomic_bool dead;
	atomic_bool calm;
	atomic_uint_fast64_t begun; /* calls: each has a ticket, in the order they came */
	atomic_uint_fast64_t done;  /* the highest ticket of a call that is done */
	atomic_uint_fast64_t counts[SHARED_COUNTS];
	atomic_uint_fast64_t faults[CQRS_FAULTS];
};

/* ---- drawing ---- */

static void draw_fate(struct cqrs_faulty *faulty, struct cqrs__relay_call *call)
{
	const struct cqrs_stream named = { call->type, call->id };
	uint64_t what =
		cqrs__random_mix(cqrs_stream_hash(&named) ^
	                         cqrs__random_mix(((uint64_t)call->operation << 8) + call->feed));

	call->nth = 1 + atomic_fetch_add(&faulty->counts[what % SHARED_COUNTS], 1);
	call->fate =
		cqrs__random_mix(cqrs__random_mix(faulty->options.seed ^ what) + call->nth) | 1;
}

/* Draws of one call for different purposes know nothing of each other. */
enum purpose {
	/* below CQRS_FAULTS: whether the fault happens */
	WHEN_DELAYED = CQRS_FAULTS,
	HOW_LONG,
	WHEN_MEANWHILE,
	WHEN_DYING,
};

static uint64_t draw(const struct cqrs__relay_call *call, unsigned purpose, uint64_t below)
{
	return cqrs__random_mix(call->fate + UINT64_C(0x632be59bd9b4e019) * (purpose + 1)) % below;
}

static uint64_t chance_of(const struct cqrs_fault_options *options, enum cqrs_fault fault)
{
	switch (fault) {
	case CQRS_FAULT_ERROR_BEFORE:
		return options->errors_before;
	case CQRS_FAULT_ERROR_AFTER:
		return options->errors_after;
	case CQRS_FAULT_LOST_COMMIT:
		return options->lost_commits;
	case CQRS_FAULT_LOST_REPLY:
		return options->lost_replies;
	case CQRS_FAULT_DELAY:
		return options->delays;
	case CQRS_FAULT_REORDER:
		return options->reorders;
	case CQRS_FAULT_MEANWHILE:
		return options->meanwhiles;
	case CQRS_FAULT_DEATH:
		return options->deaths;
	}
	return 0;
}

static bool is_drawn(const struct cqrs_faulty *faulty, const struct cqrs__relay_call *call,
                     enum cqrs_fault fault)
{
	return draw(call, fault, 1000) < chance_of(&faulty->options, fault);
}

/* ---- faults ---- */

static const char *operation_name(enum cqrs__relay_operation operation)
{
	static const char *const names[CQRS__RELAY_OPERATIONS] = {
		[CQRS__RELAY_COMMIT] = "commit",
		[CQRS__RELAY_READ_STREAM] = "read_stream",
		[CQRS__RELAY_READ_HEAD] = "read_head",
		[CQRS__RELAY_LIST_STREAMS] = "list_streams",
		[CQRS__RELAY_READ_FEED] = "read_feed",
		[CQRS__RELAY_READ_FEED_HEAD] = "read_feed_head",
		[CQRS__RELAY_WAIT] = "wait",
		[CQRS__RELAY_DELETE_STREAM] = "delete_stream",
		[CQRS__RELAY_LOAD_SNAPSHOT] = "load_snapshot",
		[CQRS__RELAY_LOAD_VIEW] = "load_view",
		[CQRS__RELAY_LIST_VIEWS] = "list_views",
		[CQRS__RELAY_LIST_ENTRIES] = "list_entries",
		[CQRS__RELAY_LOAD_CHECKPOINT] = "load_checkpoint",
		[CQRS__RELAY_LOAD_KEY] = "load_key",
		[CQRS__RELAY_PURGE_KEYS] = "purge_keys",
	};

	return names[operation];
}

static void note(struct cqrs_faulty *faulty, const struct cqrs__relay_call *call,
                 enum cqrs_fault fault)
{
	atomic_fetch_add(&faulty->faults[fault], 1);
	cqrs_log(&faulty->environment, CQRS_LOG_INFO,
	         "faulty store, seed %llu: %s in %s #%llu of %s '%.100s', feed %llu",
	         (unsigned long long)faulty->options.seed, cqrs_fault_name(fault),
	         operation_name(call->operation), (unsigned long long)call->nth, call->type,
	         call->id, (unsigned long long)call->feed);
}

/* Whether the inner store was called or may have been, and nobody is told what it said. */
static enum cqrs_status lose(const struct cqrs__relay_call *call, struct cqrs_error *err)
{
	bool writes = call->operation == CQRS__RELAY_COMMIT ||
	              call->operation == CQRS__RELAY_DELETE_STREAM ||
	              call->operation == CQRS__RELAY_PURGE_KEYS;

	return cqrs_error_set(err, writes ? CQRS_ERR_UNKNOWN : CQRS_ERR_UNAVAILABLE,
	                      "faulty store: there is no reply to %s",
	                      operation_name(call->operation));
}

static enum cqrs_status refuse(const struct cqrs__relay_call *call, struct cqrs_error *err)
{
	return cqrs_error_set(err, CQRS_ERR_UNAVAILABLE, "faulty store: %s does not get through",
	                      operation_name(call->operation));
}

static void delay(struct cqrs_faulty *faulty, const struct cqrs__relay_call *call)
{
	note(faulty, call, CQRS_FAULT_DELAY);
	faulty->environment.sleep_us(faulty->environment.self,
	                             1 + draw(call, HOW_LONG, faulty->options.max_delay_us));
}

static void let_pass(struct cqrs_faulty *faulty, const struct cqrs__relay_call *call)
{
	uint64_t step_us = faulty->options.max_delay_us / REORDER_STEPS;

	note(faulty, call, CQRS_FAULT_REORDER);
	for (unsigned i = 0; i < REORDER_STEPS && atomic_load(&faulty->done) < call->ticket; i++)
		faulty->environment.sleep_us(faulty->environment.self, step_us ? step_us : 1);
}

static void do_meanwhile(struct cqrs_faulty *faulty, const struct cqrs__relay_call *call)
{
	note(faulty, call, CQRS_FAULT_MEANWHILE);
	faulty->options.meanwhile(faulty->options.self);
}

static void die(struct cqrs_faulty *faulty, const struct cqrs__relay_call *call)
{
	if (atomic_exchange(&faulty->dead, true))
		return;
	note(faulty, call, CQRS_FAULT_DEATH);
	if (faulty->options.die)
		faulty->options.die(faulty->options.self);
}

/* ---- around a call ---- */

enum death { DEATH_BEFORE, DEATH_BEFORE_REPLY, DEATH_AFTER, DEATHS };

static bool dies(const struct cqrs_faulty *faulty, const struct cqrs__relay_call *call,
                 enum death death)
{
	return is_drawn(faulty, call, CQRS_FAULT_DEATH) && draw(call, WHEN_DYING, DEATHS) == death;
}

static bool is_delayed(const struct cqrs_faulty *faulty, const struct cqrs__relay_call *call,
                       bool before)
{
	return is_drawn(faulty, call, CQRS_FAULT_DELAY) &&
	       (draw(call, WHEN_DELAYED, 2) == 0) == before;
}

static bool has_meanwhile(const struct cqrs_faulty *faulty, const struct cqrs__relay_call *call,
                          bool before)
{
	return is_drawn(faulty, call, CQRS_FAULT_MEANWHILE) &&
	       (draw(call, WHEN_MEANWHILE, 2) == 0) == before;
}

static enum cqrs_status before_call(struct cqrs_faulty *faulty, const struct cqrs__relay_call *call,
                                    struct cqrs_error *err)
{
	if (is_delayed(faulty, call, true))
		delay(faulty, call);
	if (is_drawn(faulty, call, CQRS_FAULT_REORDER))
		let_pass(faulty, call);
	if (has_meanwhile(faulty, call, true))
		do_meanwhile(faulty, call);
	if (dies(faulty, call, DEATH_BEFORE))
		die(faulty, call);
	if (atomic_load(&faulty->dead))
		return lose(call, err);
	if (is_drawn(faulty, call, CQRS_FAULT_ERROR_BEFORE)) {
		note(faulty, call, CQRS_FAULT_ERROR_BEFORE);
		return refuse(call, err);
	}
	if (call->operation == CQRS__RELAY_COMMIT &&
	    is_drawn(faulty, call, CQRS_FAULT_LOST_COMMIT)) {
		note(faulty, call, CQRS_FAULT_LOST_COMMIT);
		return lose(call, err);
	}
	return CQRS_OK;
}

static enum cqrs_status after_call(struct cqrs_faulty *faulty, const struct cqrs__relay_call *call,
                                   enum cqrs_status status, struct cqrs_error *err)
{
	enum cqrs_fault loss = call->operation == CQRS__RELAY_COMMIT ? CQRS_FAULT_LOST_REPLY
	                                                             : CQRS_FAULT_ERROR_AFTER;

	if (dies(faulty, call, DEATH_BEFORE_REPLY))
		die(faulty, call);
	if (has_meanwhile(faulty, call, false))
		do_meanwhile(faulty, call);
	if (atomic_load(&faulty->dead))
		return lose(call, err);
	if (is_drawn(faulty, call, loss)) {
		note(faulty, call, loss);
		return lose(call, err);
	}
	if (is_delayed(faulty, call, false))
		delay(faulty, call);
	if (dies(faulty, call, DEATH_AFTER))
		die(faulty, call);
	return status;
}

static enum cqrs_status begin(struct cqrs__relay *relay, struct cqrs__relay_call *call,
                              struct cqrs_error *err)
{
	struct cqrs_faulty *faulty = (struct cqrs_faulty *)relay;

	if (atomic_load(&faulty->dead))
		return refuse(call, err);
	if (atomic_load(&faulty->calm))
		return CQRS_OK;
	call->ticket = 1 + atomic_fetch_add(&faulty->begun, 1);
	draw_fate(faulty, call);
	return before_call(faulty, call, err);
}

static void count_as_done(struct cqrs_faulty *faulty, uint64_t ticket)
{
	uint_fast64_t done = atomic_load(&faulty->done);

	while (done < ticket && !atomic_compare_exchange_weak(&faulty->done, &done, ticket))
		;
}

static enum cqrs_status end(struct cqrs__relay *relay, struct cqrs__relay_call *call,
                            enum cqrs_status status, struct cqrs_error *err)
{
	struct cqrs_faulty *faulty = (struct cqrs_faulty *)relay;

	if (call->passed_on && call->fate)
		status = after_call(faulty, call, status, err);
	else if (call->passed_on && atomic_load(&faulty->dead))
		status = lose(call, err);
	count_as_done(faulty, call->ticket);
	return status;
}

/* ---- opening and closing ---- */

static void sleep_for_real(void *self, uint64_t time_us)
{
	struct timespec time = { .tv_sec = (time_t)(time_us / 1000000),
		                 .tv_nsec = (long)(time_us % 1000000) * 1000 };

	(void)self;
	nanosleep(&time, NULL);
}

static enum cqrs_status read_options(const struct cqrs_fault_options *given,
                                     struct cqrs_fault_options *out, struct cqrs_error *err)
{
	*out = cqrs_fault_options_init();
	if (!given)
		return CQRS_OK;
	if (given->size < sizeof(given->size) || given->size > sizeof(*out))
		return cqrs_error_set(err, CQRS_ERR_INVALID,
		                      "options were not made by their macro");
	memcpy(out, given, given->size);
	out->size = sizeof(*out);
	for (unsigned fault = 0; fault < CQRS_FAULTS; fault++)
		if (chance_of(out, (enum cqrs_fault)fault) > 1000)
			return cqrs_error_set(err, CQRS_ERR_INVALID,
			                      "the chance of fault '%s' is above 1000",
			                      cqrs_fault_name((enum cqrs_fault)fault));
	if (!out->max_delay_us)
		out->max_delay_us = DEFAULT_DELAY_US;
	if (!out->meanwhile)
		out->meanwhiles = 0;
	return CQRS_OK;
}

static enum cqrs_status read_environment(const struct cqrs_environment *given,
                                         struct cqrs_environment *out, struct cqrs_error *err)
{
	*out = cqrs_environment_init();
	if (given && (given->size < sizeof(given->size) || given->size > sizeof(*out)))
		return cqrs_error_set(err, CQRS_ERR_INVALID,
		                      "the environment was not made by its macro");
	if (given)
		memcpy(out, given, given->size);
	out->size = sizeof(*out);
	if (!out->allocator)
		out->allocator = cqrs_allocator_default();
	return CQRS_OK;
}

/* Nobody has to be unable to guess it. */
static uint64_t draw_seed(const struct cqrs_environment *environment, const void *somewhere)
{
	struct timespec now = { 0, 0 };
	uint64_t seed = 0;

	if (environment->random) {
		environment->random(environment->self, &seed, sizeof(seed));
	} else {
		clock_gettime(CLOCK_REALTIME, &now);
		seed = cqrs__random_mix(cqrs__random_mix((uint64_t)now.tv_sec) +
		                        (uint64_t)now.tv_nsec) ^
		       (uint64_t)(uintptr_t)somewhere;
	}
	seed >>= 32; /* short enough to be typed again */
	return seed ? seed : 1;
}

static void release(struct cqrs__relay *relay)
{
	struct cqrs_faulty *faulty = (struct cqrs_faulty *)relay;
	const struct cqrs_allocator *allocator = faulty->environment.allocator;

	allocator->release(allocator->self, faulty);
}

static void init(struct cqrs_faulty *faulty, struct cqrs_store *inner,
                 const struct cqrs_fault_options *options,
                 const struct cqrs_environment *environment)
{
	faulty->relay = (struct cqrs__relay){
		.inner = inner, .begin = begin, .end = end, .close = release
	};
	faulty->store = NULL;
	faulty->options = *options;
	faulty->options.environment = NULL; /* the copy counts */
	faulty->environment = *environment;
	if (!faulty->options.seed)
		faulty->options.seed = draw_seed(environment, faulty);
	atomic_init(&faulty->dead, false);
	atomic_init(&faulty->calm, false);
	atomic_init(&faulty->begun, 0);
	atomic_init(&faulty->done, 0);
	for (size_t i = 0; i < SHARED_COUNTS; i++)
		atomic_init(&faulty->counts[i], 0);
	for (size_t i = 0; i < CQRS_FAULTS; i++)
		atomic_init(&faulty->faults[i], 0);
}

enum cqrs_status cqrs_faulty_open(struct cqrs_store *inner,
                                  const struct cqrs_fault_options *options,
                                  struct cqrs_faulty **out_faulty, struct cqrs_error *err)
{
	struct cqrs_fault_options read;
	struct cqrs_environment environment;
	struct cqrs_faulty *faulty;
	enum cqrs_status status;

	if (!inner || !out_faulty)
		return cqrs_error_set(err, CQRS_ERR_INVALID, "%s is NULL",
		                      inner ? "out_faulty" : "inner");
	status = read_options(options, &read, err);
	if (status == CQRS_OK)
		status = read_environment(read.environment, &environment, err);
	if (status != CQRS_OK)
		return status;
	faulty = environment.allocator->allocate(environment.allocator->self, sizeof(*faulty));
	if (!faulty)
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for a faulty store");
	init(faulty, inner, &read, &environment);
	status = cqrs__relay_open(&faulty->relay, NULL, &environment, &faulty->store, err);
	if (status != CQRS_OK) {
		release(&faulty->relay);
		return status;
	}
	if (!faulty->environment.sleep_us)
		faulty->environment.sleep_us = sleep_for_real;
	*out_faulty = faulty;
	return CQRS_OK;
}

struct cqrs_store *cqrs_faulty_store(struct cqrs_faulty *faulty)
{
	return faulty->store;
}

void cqrs_faulty_close(struct cqrs_faulty *faulty)
{
	if (faulty)
		cqrs_store_close(faulty->store);
}

uint64_t cqrs_faulty_seed(const struct cqrs_faulty *faulty)
{
	return faulty->options.seed;
}

bool cqrs_faulty_is_dead(const struct cqrs_faulty *faulty)
{
	return atomic_load(&faulty->dead);
}

void cqrs_faulty_set_calm(struct cqrs_faulty *faulty, bool calm)
{
	atomic_store(&faulty->calm, calm);
}

uint64_t cqrs_faulty_count(const struct cqrs_faulty *faulty, enum cqrs_fault fault)
{
	return (unsigned)fault < CQRS_FAULTS ? atomic_load(&faulty->faults[fault]) : 0;
}

const char *cqrs_fault_name(enum cqrs_fault fault)
{
	switch (fault) {
	case CQRS_FAULT_ERROR_BEFORE:
		return "error before";
	case CQRS_FAULT_ERROR_AFTER:
		return "error after";
	case CQRS_FAULT_LOST_COMMIT:
		return "lost commit";
	case CQRS_FAULT_LOST_REPLY:
		return "lost reply";
	case CQRS_FAULT_DELAY:
		return "delay";
	case CQRS_FAULT_REORDER:
		return "reorder";
	case CQRS_FAULT_MEANWHILE:
		return "meanwhile";
	case CQRS_FAULT_DEATH:
		return "death";
	}
	return "unknown fault";
}
