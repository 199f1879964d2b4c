/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * relay.h - a backend around a store: every call is passed on to the inner store through the
 * public interface, between two functions of whoever uses the relay, which may refuse it,
 * change its outcome, or do something meanwhile.
 *
 * The faulty store and the hooks of the framework's tests are made of it.
 */
#ifndef CQRS_SRC_TESTING_FAULTS_RELAY_H
#define CQRS_SRC_TESTING_FAULTS_RELAY_H

#include <cqrs/backend.h>

enum cqrs__relay_operation {
	CQRS__RELAY_COMMIT,
	CQRS__RELAY_READ_STREAM,
	CQRS__RELAY_READ_HEAD,
	CQRS__RELAY_LIST_STREAMS,
	CQRS__RELAY_READ_FEED,
	CQRS__RELAY_READ_FEED_HEAD,
	CQRS__RELAY_WAIT,
	CQRS__RELAY_DELETE_STREAM,
	CQRS__RELAY_LOAD_SNAPSHOT,
	CQRS__RELAY_LOAD_VIEW,
	CQRS__RELAY_LIST_VIEWS,
	CQRS__RELAY_LIST_ENTRIES,
	CQRS__RELAY_LOAD_CHECKPOINT,
	CQRS__RELAY_LOAD_KEY,
	CQRS__RELAY_PURGE_KEYS,
	CQRS__RELAY_OPERATIONS,
};

/* One call on its way. */
struct cqrs__relay_call {
	enum cqrs__relay_operation operation;
	/* What it names: a stream, view or projection ("" what there is not), and a feed. A
	 * commit names the first thing that it writes. */
	const char *type;
	const char *id;
	uint64_t feed;
	size_t commit_count; /* of a commit: how many are in the call */
	size_t event_count;  /* of a read of a stream: how many it gave; for end() */
	bool passed_on;      /* the inner store was called; for end() */
	/* Nothing to the relay: what begin() wants end() to know. */
	uint64_t fate;
	uint64_t nth;
	uint64_t ticket;
};

struct cqrs__relay {
	struct cqrs_store *inner;
	/* Other than CQRS_OK: the inner store is not called. err is never NULL. */
	enum cqrs_status (*begin)(struct cqrs__relay *relay, struct cqrs__relay_call *call,
	                          struct cqrs_error *err);
	/*
	 * The call's outcome, from that of begin() or, where passed_on, of the inner store (for a
	 * commit CQRS_OK then: each has its own). Another status than the given one comes with
	 * err: it is the call's, each commit's too, and no caller sees what the inner store
	 * answered.
	 */
	enum cqrs_status (*end)(struct cqrs__relay *relay, struct cqrs__relay_call *call,
	                        enum cqrs_status status, struct cqrs_error *err);
	void (*close)(struct cqrs__relay *relay);
};

/*
 * Make the store around relay->inner, which stays the caller's. A limit that is 0 is the
 * inner store's.
 */
enum cqrs_status cqrs__relay_open(struct cqrs__relay *relay, const struct cqrs_store_limits *limits,
                                  const struct cqrs_environment *environment,
                                  struct cqrs_store **out_store, struct cqrs_error *err);

/* Its functions, for a table that has others in place of some; self is the relay. */
extern const struct cqrs_store_ops cqrs__relay_ops;

#endif
