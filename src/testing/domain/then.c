/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* then.c - what came of the command that was asked last. */
#include "comparison.h"

#include <string.h>

void cqrs__comparison_init(struct cqrs__comparison *comparison, struct cqrs_test *test)
{
	*comparison = (struct cqrs__comparison){ .test = test };
	cqrs__document_init(&comparison->document, test->passing);
}

void cqrs__comparison_judge(struct cqrs__comparison *comparison,
                            const struct cqrs_test_place *place, const char *what)
{
	struct cqrs_test *test = comparison->test;
	struct cqrs_error err = comparison->document.err;
	bool compared = comparison->expected && comparison->actual;
	const char *what_not = comparison->expected ? "what is there cannot be shown"
	                                            : "what is expected cannot be stored";
	const char *text = NULL;

	if (compared &&
	    !cqrs__compare(comparison->expected, comparison->actual, test->passing, &text))
		text = NULL;
	cqrs__document_deinit(&comparison->document);
	if (!compared)
		cqrs__test_fail_error(test, place, what_not, &err);
	else if (text)
		cqrs__test_fail(test, place, "%s\n%s", what, text);
}

/* Whether there is an outcome to be judged; the comparison is begun then. */
static bool begin(struct cqrs_test *test, const struct cqrs_test_place *place,
                  struct cqrs__comparison *comparison)
{
	if (test) /* whatever the outcome is, it is judged here */
		test->expected = true;
	if (!cqrs__test_goes_on(test, place))
		return false;
	if (!test->asked) {
		cqrs__test_fail(
			test, place,
			"nothing was asked since the past was given: cqrs_when() comes first");
		return false;
	}
	cqrs__comparison_init(comparison, test);
	return true;
}

/* ---- events ---- */

static yyjson_mut_val *event_list(struct cqrs__document *document,
                                  const struct cqrs_test_event *events, size_t count)
{
	yyjson_mut_val *list = cqrs__document_list(document);

	for (size_t i = 0; i < count; i++)
		list = cqrs__document_add(document, list,
		                          cqrs__document_event(document, &events[i]));
	return list;
}

void cqrs_test_then_events(struct cqrs_test *test, const struct cqrs_test_place *place,
                           const struct cqrs_test_event *events, size_t count)
{
	struct cqrs__comparison c;

	if (!begin(test, place, &c))
		return;
	c.expected = event_list(&c.document, events, count);
	c.actual = cqrs__document_outcome(&c.document, &test->outcome);
	cqrs__comparison_judge(&c, place,
	                       count ? "the outcome is not these events"
	                             : "the outcome is not that nothing happens");
}

static bool take_equal(yyjson_mut_val *list, yyjson_mut_val *wanted)
{
	yyjson_mut_arr_iter iter;
	yyjson_mut_val *item;

	yyjson_mut_arr_iter_init(list, &iter);
	while ((item = yyjson_mut_arr_iter_next(&iter)))
		if (yyjson_mut_equals(item, wanted)) {
			yyjson_mut_arr_iter_remove(&iter);
			return true;
		}
	return false;
}

/* An event of the same type, or all there are. */
static yyjson_mut_val *nearest(yyjson_mut_val *list, const char *type)
{
	yyjson_mut_arr_iter iter;
	yyjson_mut_val *item;

	yyjson_mut_arr_iter_init(list, &iter);
	while ((item = yyjson_mut_arr_iter_next(&iter)))
		if (yyjson_mut_obj_get(item, type))
			return item;
	return list;
}

void cqrs_test_then_includes(struct cqrs_test *test, const struct cqrs_test_place *place,
                             const struct cqrs_test_event *events, size_t count)
{
	struct cqrs__comparison c;
	yyjson_mut_val *expected;

	if (!begin(test, place, &c))
		return;
	expected = event_list(&c.document, events, count);
	c.actual = cqrs__document_outcome(&c.document, &test->outcome);
	if (expected && yyjson_mut_is_arr(c.actual)) {
		size_t i = 0;

		while (i < count && take_equal(c.actual, yyjson_mut_arr_get(expected, i)))
			i++;
		if (i == count) {
			cqrs__document_deinit(&c.document);
			return;
		}
		expected = yyjson_mut_arr_get(expected, i);
		c.actual = nearest(c.actual, events[i].type->name);
		if (yyjson_mut_is_arr(c.actual)) /* none is left that is like it: all there were */
			c.actual = cqrs__document_outcome(&c.document, &test->outcome);
	}
	c.expected = expected;
	cqrs__comparison_judge(&c, place, "this event is not among those that happened");
}

/* ---- refusals ---- */

static yyjson_mut_val *refusal(struct cqrs__document *document, enum cqrs_status status,
                               yyjson_mut_val *object)
{
	return cqrs__document_put(document, cqrs__document_object(document),
	                          cqrs_status_name(status), object);
}

static yyjson_mut_val *message_value(struct cqrs__document *document, const char *message)
{
	return cqrs__document_put(document, cqrs__document_object(document), "message",
	                          cqrs__document_text(document, message));
}

static void then_message(struct cqrs_test *test, const struct cqrs_test_place *place,
                         enum cqrs_status status, const char *message, const char *what)
{
	struct cqrs__comparison c;

	if (!begin(test, place, &c))
		return;
	if (status == CQRS_OK) {
		cqrs__document_deinit(&c.document);
		cqrs__test_fail(test, place, "CQRS_OK is no failure");
		return;
	}
	if (!message)
		message = test->outcome.err.message;
	c.expected = refusal(&c.document, status, message_value(&c.document, message));
	if (test->outcome.status == status)
		c.actual = refusal(&c.document, status,
		                   message_value(&c.document, test->outcome.err.message));
	else
		c.actual = cqrs__document_outcome(&c.document, &test->outcome);
	cqrs__comparison_judge(&c, place, what);
}

void cqrs_test_then_rejected(struct cqrs_test *test, const struct cqrs_test_place *place,
                             const char *message)
{
	then_message(test, place, CQRS_ERR_REJECTED, message, "the outcome is not this rejection");
}

void cqrs_test_then_failed(struct cqrs_test *test, const struct cqrs_test_place *place,
                           enum cqrs_status status, const char *message)
{
	then_message(test, place, status, message, "the outcome is not this failure");
}

static yyjson_mut_val *code_value(struct cqrs__document *document, const char *code,
                                  yyjson_mut_val *params)
{
	yyjson_mut_val *object = cqrs__document_put(document, cqrs__document_object(document),
	                                            "code", cqrs__document_text(document, code));

	return cqrs__document_put(document, object, "params", params);
}

void cqrs_test_then_rejected_code(struct cqrs_test *test, const struct cqrs_test_place *place,
                                  const char *code, const struct cqrs_metadata *params)
{
	static const struct cqrs_metadata none = { NULL, 0 };
	struct cqrs__comparison c;
	const char *found;

	if (!begin(test, place, &c))
		return;
	c.expected =
		refusal(&c.document, CQRS_ERR_REJECTED,
	                code_value(&c.document, code ? code : "",
	                           cqrs__document_metadata(&c.document, params ? params : &none)));
	found = test->outcome.err.params[0] ? test->outcome.err.params : "{}";
	if (test->outcome.status == CQRS_ERR_REJECTED)
		c.actual = refusal(&c.document, CQRS_ERR_REJECTED,
		                   code_value(&c.document, test->outcome.err.code,
		                              cqrs__document_json(
						      &c.document,
						      (struct cqrs_text){ found, strlen(found) })));
	else
		c.actual = cqrs__document_outcome(&c.document, &test->outcome);
	cqrs__comparison_judge(&c, place, "the outcome is not this rejection");
}

/* ---- metadata ---- */

static yyjson_mut_val *entry_value(struct cqrs__document *document, const char *name,
                                   const char *value)
{
	return cqrs__document_put(document, cqrs__document_object(document), name,
	                          cqrs__document_text(document, value));
}

/* The first event's value that is another one; the last event's where there is no such. */
static const char *find_value(const struct cqrs_result *result, const char *name, const char *value)
{
	const char *found = NULL;

	for (size_t i = 0; i < result->event_count; i++) {
		found = cqrs_metadata_get(&result->events[i].metadata, name);
		if (found && value ? strcmp(found, value) != 0 : found != value)
			break;
	}
	return found;
}

void cqrs_test_then_metadata(struct cqrs_test *test, const struct cqrs_test_place *place,
                             const char *name, const char *value)
{
	const struct cqrs_result *result;
	struct cqrs__comparison c;

	if (!begin(test, place, &c))
		return;
	if (!name) {
		cqrs__document_deinit(&c.document);
		cqrs__test_fail(test, place, "metadata has a name");
		return;
	}
	result = &test->outcome.result;
	c.expected = entry_value(&c.document, name, value);
	if (result->event_count)
		c.actual = entry_value(&c.document, name, find_value(result, name, value));
	else
		c.actual = cqrs__document_outcome(&c.document, &test->outcome);
	cqrs__comparison_judge(&c, place, "an event does not have this metadata");
}
