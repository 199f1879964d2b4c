/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* then_view.c - the aggregate's state and its views, as they are stored. */
#include "comparison.h"

#include <string.h>

/* ---- the state ---- */

static enum cqrs_status load_state(struct cqrs_test *test, const void **out_state,
                                   struct cqrs_error *err)
{
	struct cqrs_framework *framework = NULL;
	struct cqrs_loaded loaded = { .state = NULL };
	enum cqrs_status status = cqrs__test_framework(test, CQRS__TEST_VIEWS, &framework, err);

	if (status == CQRS_OK)
		status = cqrs_load(framework, &test->aggregate, test->aggregate_id, test->passing,
		                   &loaded, err);
	cqrs_framework_free(framework);
	*out_state = loaded.state;
	return status;
}

void cqrs_test_then_state(struct cqrs_test *test, const struct cqrs_test_place *place,
                          struct cqrs_test_value state)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	const struct cqrs_record *record;
	struct cqrs__comparison c;
	const void *expected;
	const void *loaded;

	if (!cqrs__test_goes_on(test, place))
		return;
	record = &test->aggregate.state;
	expected = cqrs__test_value(test, place, record, state);
	if (!expected)
		return;
	if (load_state(test, &loaded, &err) != CQRS_OK) {
		cqrs__test_fail_error(test, place, "the state cannot be loaded", &err);
		return;
	}
	cqrs__comparison_init(&c, test);
	c.expected = cqrs__document_record(&c.document, record, expected, CQRS_ALLOW_NULL_TEXT);
	c.actual = cqrs__document_record(&c.document, record, loaded, CQRS_ALLOW_NULL_TEXT);
	cqrs__comparison_judge(&c, place, "the state is another one");
}

/* ---- views ---- */

/* The stored row; data NULL where there is none. False, and the test has failed: no telling. */
static bool load_view(struct cqrs_test *test, const struct cqrs_test_place *place,
                      const struct cqrs_view *view, struct cqrs_text *out_json)
{
	struct cqrs_error err = CQRS_ERROR_INIT;
	struct cqrs_stored_view stored = { .removed = true };
	enum cqrs_status status = cqrs_store_load_view(test->store, view->type, test->aggregate_id,
	                                               test->passing, &stored, &err);

	if (status != CQRS_OK && status != CQRS_ERR_NOT_FOUND) {
		cqrs__test_fail_error(test, place, "the view cannot be loaded", &err);
		return false;
	}
	*out_json = stored.removed ? (struct cqrs_text){ NULL, 0 } : stored.payload;
	return true;
}

void cqrs_test_then_view(struct cqrs_test *test, const struct cqrs_test_place *place,
                         const struct cqrs_view *view, struct cqrs_test_value value)
{
	struct cqrs__comparison c;
	struct cqrs_text json;
	const void *expected;

	if (!cqrs__test_goes_on(test, place))
		return;
	view = cqrs__test_view(test, place, view);
	if (!view)
		return;
	expected = cqrs__test_value(test, place, &view->record, value);
	if (!expected || !load_view(test, place, view, &json))
		return;
	cqrs__comparison_init(&c, test);
	c.expected =
		cqrs__document_record(&c.document, &view->record, expected, CQRS_ALLOW_NULL_TEXT);
	c.actual = json.data ? cqrs__document_json(&c.document, json)
	                     : cqrs__document_text(&c.document, NULL);
	cqrs__comparison_judge(&c, place, "the view is another one");
}

void cqrs_test_then_no_view(struct cqrs_test *test, const struct cqrs_test_place *place,
                            const struct cqrs_view *view)
{
	struct cqrs__comparison c;
	struct cqrs_text json;

	if (!cqrs__test_goes_on(test, place))
		return;
	view = cqrs__test_view(test, place, view);
	if (!view || !load_view(test, place, view, &json) || !json.data)
		return;
	cqrs__comparison_init(&c, test);
	c.expected = cqrs__document_text(&c.document, NULL);
	c.actual = cqrs__document_json(&c.document, json);
	cqrs__comparison_judge(&c, place, "there is a view");
}

/* ---- entries ---- */

enum cqrs_status cqrs__test_encode_entry(struct cqrs_test *test, const struct cqrs_view *view,
                                         const struct cqrs_test_entry *entry,
                                         struct cqrs_text *out_json, struct cqrs_error *err)
{
	const void *value = entry->entry;

	if (entry->record != view->entry)
		return cqrs_error_set(err, CQRS_ERR_INVALID, "'%s' is not the entry of view %s",
		                      entry->record->name, view->type);
	if (!value) {
		void *zeroed = cqrs_arena_allocate(test->passing, entry->record->size);

		if (!zeroed)
			return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for an entry");
		cqrs_record_init(entry->record, test->passing, zeroed);
		value = zeroed;
	}
	return cqrs_record_encode(entry->record, value, 0, test->passing, out_json, err);
}

static yyjson_mut_val *expected_entries(struct cqrs__comparison *c, const struct cqrs_view *view,
                                        const struct cqrs_test_entry *entries, size_t count)
{
	yyjson_mut_val *list = cqrs__document_list(&c->document);

	for (size_t i = 0; i < count; i++) {
		struct cqrs_text json;

		if (cqrs__test_encode_entry(c->test, view, &entries[i], &json, &c->document.err) !=
		    CQRS_OK)
			return NULL;
		list = cqrs__document_add(&c->document, list,
		                          cqrs__document_json(&c->document, json));
	}
	return list;
}

/* All of them, by pages. */
static yyjson_mut_val *stored_entries(struct cqrs__comparison *c, const struct cqrs_view *view)
{
	yyjson_mut_val *list = cqrs__document_list(&c->document);
	struct cqrs_entry_position after = { 0, 0 };
	struct cqrs_entry_page page;

	do {
		if (cqrs_store_list_entries(c->test->store, view->type, c->test->aggregate_id,
		                            after.sequence ? &after : NULL, 0, c->test->passing,
		                            &page, &c->document.err) != CQRS_OK)
			return NULL;
		for (size_t i = 0; i < page.count; i++) {
			list = cqrs__document_add(
				&c->document, list,
				cqrs__document_json(&c->document, page.items[i].payload));
			after = page.items[i].position;
		}
	} while (page.count);
	return list;
}

void cqrs_test_then_entries(struct cqrs_test *test, const struct cqrs_test_place *place,
                            const struct cqrs_view *view, const struct cqrs_test_entry *entries,
                            size_t count)
{
	struct cqrs__comparison c;

	if (!cqrs__test_goes_on(test, place))
		return;
	view = cqrs__test_view(test, place, view);
	if (!view)
		return;
	cqrs__comparison_init(&c, test);
	c.expected = expected_entries(&c, view, entries, count);
	c.actual = stored_entries(&c, view);
	cqrs__comparison_judge(&c, place, "the entries are others");
}
