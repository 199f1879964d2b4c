/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * store_mixed.c - a commit with parts of every kind, and a text of all that a store holds
 * of them, so that a test can say "nothing of it is there" or "all of it is".
 */
#include "store_suite.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct cqrs_stream a_stream = { "account", "a" };
static const struct cqrs_stream b_stream = { "account", "b" };
static const struct cqrs_stream c_stream = { "account", "c" };
static const struct cqrs_stream gone = { "account", "gone" };
static const struct cqrs_stream none = { "account", "none" };
static const struct cqrs_stream order = { "order", "a" };
static const char *const view_ids[] = { "bury", "erase", "new", "update" };

void cqrs__suite_given_mixed(struct actor *a)
{
	struct draft *draft = cqrs__draft_new(a);
	struct cqrs_error err = CQRS_ERROR_INIT;

	cqrs__draft_append(a, draft, a_stream, 0, 2);
	cqrs__draft_append(a, draft, c_stream, 0, 1);
	cqrs__draft_append(a, draft, order, 0, 1);
	cqrs__draft_append(a, draft, gone, 0, 1);
	cqrs__draft_snapshot(draft, a_stream, 2, "{\"n\":2}");
	cqrs__draft_view(draft, "v", "update", 0, 3, "{\"v\":3}");
	cqrs__draft_entry(draft, 1, 0, "{\"e\":10}");
	cqrs__draft_entry(draft, 2, 0, "{\"e\":20}");
	cqrs__draft_view(draft, "v", "bury", 0, 2, "{\"v\":2}");
	cqrs__draft_entry(draft, 2, 0, "{\"e\":20}");
	cqrs__draft_view(draft, "v", "erase", 0, 5, "{\"v\":5}");
	cqrs__draft_entry(draft, 5, 0, "{\"e\":50}");
	cqrs__draft_checkpoint(draft, "p", 0, 0, 10);
	cqrs__draft_key(draft, a_stream, "used");
	CHECK_STORED(a, cqrs__draft_commit(a, draft));
	CHECK_STATUS_ERR(a, cqrs_store_delete_stream(a->store, &gone, 1, &err), CQRS_OK, &err);
}

struct draft *cqrs__draft_mixed(struct actor *a)
{
	struct draft *draft = cqrs__draft_new(a);

	cqrs__draft_append(a, draft, a_stream, 2, 2);
	cqrs__draft_append(a, draft, b_stream, CQRS_EXPECT_NONE, 1);
	cqrs__draft_append(a, draft, order, CQRS_EXPECT_EXISTS, 3);
	cqrs__draft_expect(draft, c_stream, 1);
	cqrs__draft_expect(draft, none, CQRS_EXPECT_NONE);
	cqrs__draft_snapshot(draft, a_stream, 4, "{\"n\":4}");
	cqrs__draft_snapshot(draft, order, 4, "{\"n\":4}");
	cqrs__draft_view(draft, "v", "new", 0, 1, "{\"v\":1}");
	cqrs__draft_entry(draft, 1, 0, "{\"e\":10}");
	cqrs__draft_entry(draft, 1, 1, "{\"e\":11}");
	cqrs__draft_view(draft, "v", "update", 3, 4, "{\"v\":4}");
	cqrs__draft_entry(draft, 4, 0, "{\"e\":40}");
	cqrs__draft_view(draft, "v", "bury", 2, 3, NULL);
	cqrs__draft_view(draft, "v", "erase", 5, 0, NULL);
	cqrs__draft_checkpoint(draft, "p", 0, 10, 12);
	cqrs__draft_checkpoint(draft, "q", 0, 0, 1);
	cqrs__draft_key(draft, a_stream, "new");
	cqrs__draft_key(draft, c_stream, "new");
	return draft;
}

struct dump {
	struct actor *actor;
	char *text;
	size_t len;
	size_t capacity;
};

static CQRS_PRINTF(2, 3) void dump_line(struct dump *dump, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(dump->text + dump->len, dump->capacity - dump->len, fmt, args);
	va_end(args);
	CHECK_TRUE(dump->actor, len >= 0 && (size_t)len < dump->capacity - dump->len);
	dump->len += (size_t)len;
}

static void dump_feeds(struct dump *dump)
{
	struct actor *a = dump->actor;

	for (uint64_t feed = 0; feed < cqrs_store_feed_count(a->store); feed++) {
		struct cqrs_event_page page = cqrs__suite_read_whole_feed(a, feed, 0);

		dump_line(dump, "feed %" PRIu64 " head %" PRIu64 "\n", feed,
		          cqrs__suite_feed_head(a, feed));
		for (size_t i = 0; i < page.count; i++)
			dump_line(dump, "%" PRIu64 " %s %s %" PRIu64 " %.*s\n",
			          page.items[i].offset, page.items[i].stream.type,
			          page.items[i].stream.id, page.items[i].sequence,
			          (int)page.items[i].data.payload.len,
			          page.items[i].data.payload.len ? page.items[i].data.payload.data
			                                         : "");
	}
}

static void dump_streams(struct dump *dump, const char *type)
{
	struct cqrs_stream_page page = cqrs__suite_list_streams(dump->actor, type, NULL, 0);

	for (size_t i = 0; i < page.count; i++)
		dump_line(dump, "stream %s %s head %" PRIu64 " events %zu\n", type,
		          page.items[i].id, page.items[i].sequence,
		          cqrs__suite_read_whole_stream(dump->actor, STREAM(type, page.items[i].id),
		                                        0)
		                  .count);
}

static void dump_snapshot(struct dump *dump, struct cqrs_stream stream)
{
	struct cqrs_snapshot snapshot;

	if (cqrs__suite_load_snapshot(dump->actor, stream, &snapshot) == CQRS_OK)
		dump_line(dump, "snapshot %s %s %" PRIu64 " %.*s\n", stream.type, stream.id,
		          snapshot.sequence, (int)snapshot.state.len, snapshot.state.data);
}

static void dump_view(struct dump *dump, const char *id)
{
	struct cqrs_entry_page page = cqrs__suite_list_entries(dump->actor, "v", id, NULL, 0);
	struct cqrs_stored_view view;

	if (cqrs__suite_load_view(dump->actor, "v", id, &view) == CQRS_OK)
		dump_line(dump, "view %s %s %" PRIu64 " %.*s\n", view.id,
		          view.removed ? "removed" : "", view.version, (int)view.payload.len,
		          view.removed ? "" : view.payload.data);
	for (size_t i = 0; i < page.count; i++)
		dump_line(dump, "entry %s %" PRIu64 " %" PRIu64 " %.*s\n", id,
		          page.items[i].position.sequence, page.items[i].position.index,
		          (int)page.items[i].payload.len, page.items[i].payload.data);
}

static void dump_key(struct dump *dump, struct cqrs_stream stream, const char *key)
{
	struct cqrs_key_record record;

	if (cqrs__suite_load_key(dump->actor, stream, key, &record) == CQRS_OK)
		dump_line(dump, "key %s %s %s\n", stream.type, stream.id, key);
}

const char *cqrs__suite_dump(struct actor *a)
{
	struct dump dump = { .actor = a, .capacity = 16384 };

	dump.text = cqrs__suite_allocate(a, dump.capacity);
	dump_feeds(&dump);
	dump_streams(&dump, "account");
	dump_streams(&dump, "order");
	dump_snapshot(&dump, a_stream);
	dump_snapshot(&dump, order);
	for (size_t i = 0; i < sizeof(view_ids) / sizeof(*view_ids); i++)
		dump_view(&dump, view_ids[i]);
	dump_line(&dump, "listed views %zu\n", cqrs__suite_list_views(a, "v", NULL, 0).count);
	dump_line(&dump, "checkpoints p %" PRIu64 " q %" PRIu64 "\n",
	          cqrs__suite_checkpoint(a, "p", 0), cqrs__suite_checkpoint(a, "q", 0));
	dump_key(&dump, a_stream, "used");
	dump_key(&dump, a_stream, "new");
	dump_key(&dump, c_stream, "new");
	return dump.text;
}
