/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * shapes.c - the stored shapes of a domain's types, compared with a file that is kept with
 * the code:
 *
 *	{ "commands": { "DepositMoney": { "shape": {...}, "example": {...} }, ... },
 *	  "events": { "CustomerDepositedMoney 1.0": { "shape": {...}, "example": {...} }, ... } }
 */
#include "comparison.h"
#include "shape.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- what comes back is what was stored ---- */

static struct cqrs_text write_value(struct cqrs__document *document, yyjson_mut_val *value)
{
	struct cqrs_text json = { NULL, 0 };
	size_t len;
	char *text = value ? yyjson_mut_val_write(value, YYJSON_WRITE_NOFLAG, &len) : NULL;

	if (text)
		json = (struct cqrs_text){ cqrs_arena_text(document->arena, text, len), len };
	free(text);
	return json;
}

/* An example, read and written once more; NULL where it does not come back. */
static yyjson_mut_val *round_trip(struct cqrs__document *document, const struct cqrs_record *record,
                                  yyjson_mut_val *example)
{
	struct cqrs_text json = write_value(document, example);
	void *value = cqrs_arena_allocate(document->arena, record->size);

	if (!json.data || !value)
		return NULL;
	if (cqrs_record_decode(record, json, 0, document->arena, value, &document->err) != CQRS_OK)
		return NULL;
	return cqrs__document_record(document, record, value, 0);
}

struct stored_type {
	const char *name; /* with the version of an event */
	const struct cqrs_record *record;
};

/* False, and the test has failed, where a value of the type does not come back as it was. */
static bool comes_back(struct cqrs_test *test, const struct cqrs_test_place *place,
                       const struct stored_type *type, bool full)
{
	struct cqrs__comparison c;
	char what[CQRS_MAX_TYPE_LEN + CQRS_MAX_VERSION_LEN + 64];

	cqrs__comparison_init(&c, test);
	c.expected = cqrs__example_of(&c.document, type->record, full);
	c.actual = round_trip(&c.document, type->record, c.expected);
	snprintf(what, sizeof(what), "%s does not come back as it was stored", type->name);
	cqrs__comparison_judge(&c, place, what);
	return !test->failure;
}

/* ---- all types of an aggregate ---- */

static const char *event_name(struct cqrs_test *test, const struct cqrs_event_type *type)
{
	size_t size = strlen(type->name) + strlen(type->version) + 2;
	char *name = cqrs_arena_allocate(test->passing, size);

	if (name)
		snprintf(name, size, "%s %s", type->name, type->version);
	return name;
}

/* The commands, then the events; NULL without memory. */
static struct stored_type *list_types(struct cqrs_test *test)
{
	const struct cqrs_aggregate *aggregate = test->options.aggregate;
	size_t count = aggregate->commands.count + aggregate->events.count;
	struct stored_type *types = cqrs_arena_allocate(test->passing, count * sizeof(*types));
	struct stored_type *next = types;

	for (size_t i = 0; types && i < aggregate->commands.count; i++) {
		const struct cqrs_command_type *type = aggregate->commands.items[i].type;

		*next++ = (struct stored_type){ type->name, &type->record };
	}
	for (size_t i = 0; types && i < aggregate->events.count; i++) {
		const struct cqrs_event_type *type = aggregate->events.items[i].type;

		*next++ = (struct stored_type){ event_name(test, type), &type->record };
		if (!next[-1].name)
			return NULL;
	}
	return types;
}

static yyjson_mut_val *describe_types(struct cqrs__document *document,
                                      const struct stored_type *types, size_t count)
{
	yyjson_mut_val *object = cqrs__document_object(document);

	for (size_t i = 0; i < count; i++) {
		const struct cqrs_record *record = types[i].record;
		yyjson_mut_val *type = cqrs__document_object(document);

		type = cqrs__document_put(document, type, "shape",
		                          cqrs__shape_of(document, record));
		type = cqrs__document_put(document, type, "example",
		                          cqrs__example_of(document, record, true));
		object = cqrs__document_put(document, object, types[i].name, type);
	}
	return object;
}

static yyjson_mut_val *describe_all(struct cqrs__document *document, const struct cqrs_test *test,
                                    const struct stored_type *types)
{
	const struct cqrs_aggregate *aggregate = test->options.aggregate;
	yyjson_mut_val *all = cqrs__document_object(document);

	all = cqrs__document_put(document, all, "commands",
	                         describe_types(document, types, aggregate->commands.count));
	return cqrs__document_put(document, all, "events",
	                          describe_types(document, types + aggregate->commands.count,
	                                         aggregate->events.count));
}

/* ---- the file ---- */

static enum cqrs_status no_file(struct cqrs_error *err, const char *what, const char *path)
{
	int code = errno;
	char reason[128] = "";

	strerror_r(code, reason, sizeof(reason));
	cqrs_error_set(err, CQRS_ERR_FAILED, "%s %s: %s", what, path, reason);
	err->native_code = code;
	return CQRS_ERR_FAILED;
}

/* "directory/type.json"; a '/' in the type does not lead elsewhere. */
static char *make_path(struct cqrs_test *test, const char *directory, const char *ending)
{
	const char *type = test->aggregate.type;
	size_t size = strlen(directory) + 3 * strlen(type) + strlen(ending) + 2;
	char *path = cqrs_arena_allocate(test->passing, size);
	char *end = path;

	if (!path)
		return NULL;
	end += snprintf(path, size, "%s/", directory);
	for (; *type; type++) {
		if (*type != '/')
			*end++ = *type;
		else
			end += snprintf(end, 4, "%%2F");
	}
	strcpy(end, ending);
	return path;
}

/* Whole or not at all: written beside its place, then moved there. */
static enum cqrs_status write_file(struct cqrs_test *test, const char *directory, const char *path,
                                   yyjson_mut_val *value, struct cqrs_error *err)
{
	const char *beside = make_path(test, directory, ".json.new");
	size_t len;
	char *text = yyjson_mut_val_write(value, YYJSON_WRITE_PRETTY_TWO_SPACES, &len);
	FILE *file = NULL;
	bool written;

	if (!text || !beside) {
		free(text);
		return cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for a file");
	}
	if (mkdir(directory, 0777) == 0 || errno == EEXIST)
		file = fopen(beside, "w");
	written = file && fwrite(text, 1, len, file) == len && fputc('\n', file) != EOF;
	if (file && fclose(file) != 0)
		written = false;
	free(text);
	if (!written || rename(beside, path) != 0)
		return no_file(err, "cannot write", path);
	return CQRS_OK;
}

#define MOST_FILE_SIZE ((size_t)16 << 20)

/* The file's contents; data NULL where there is no such file. */
static enum cqrs_status read_file(struct cqrs_test *test, const char *path,
                                  struct cqrs_text *out_text, struct cqrs_error *err)
{
	FILE *file = fopen(path, "r");
	enum cqrs_status status = CQRS_OK;
	struct stat info;
	char *text;

	*out_text = (struct cqrs_text){ NULL, 0 };
	if (!file)
		return errno == ENOENT ? CQRS_OK : no_file(err, "cannot read", path);
	if (fstat(fileno(file), &info) != 0 || (size_t)info.st_size > MOST_FILE_SIZE) {
		fclose(file);
		return cqrs_error_set(err, CQRS_ERR_FAILED, "%s is no file of shapes", path);
	}
	text = cqrs_arena_allocate(test->passing, (size_t)info.st_size);
	if (!text)
		status = cqrs_error_set(err, CQRS_ERR_NOMEM, "no memory for a file");
	else if (fread(text, 1, (size_t)info.st_size, file) != (size_t)info.st_size)
		status = no_file(err, "cannot read", path);
	else
		*out_text = (struct cqrs_text){ text, (size_t)info.st_size };
	fclose(file);
	return status;
}

/* The file's value, or, where there is no file, the present one, which is written. */
static yyjson_mut_val *kept_shapes(struct cqrs__comparison *c, const char *directory,
                                   const char *path)
{
	struct cqrs_error *err = &c->document.err;
	yyjson_mut_val *value;
	struct cqrs_text kept;

	if (read_file(c->test, path, &kept, err) != CQRS_OK)
		return NULL;
	if (!kept.data)
		return write_file(c->test, directory, path, c->actual, err) == CQRS_OK ? c->actual
		                                                                       : NULL;
	value = cqrs__document_json(&c->document, kept);
	if (!value)
		cqrs_error_set(err, CQRS_ERR_INVALID, "%s is no JSON", path);
	return value;
}

static void compare_with_file(struct cqrs_test *test, const struct cqrs_test_place *place,
                              const struct stored_type *types, const char *directory,
                              const char *path)
{
	struct cqrs__comparison c;
	struct cqrs_error err;
	char what[512];

	cqrs__comparison_init(&c, test);
	c.actual = describe_all(&c.document, test, types);
	c.expected = c.actual ? kept_shapes(&c, directory, path) : NULL;
	if (!c.expected) {
		err = c.document.err;
		cqrs__document_deinit(&c.document);
		cqrs__test_fail_error(test, place, "the stored shapes cannot be compared", &err);
		return;
	}
	snprintf(what, sizeof(what),
	         "the stored shapes have changed; if they were meant to, remove %s and run the "
	         "test again",
	         path);
	cqrs__comparison_judge(&c, place, what);
}

void cqrs_test_then_shapes_are_kept(struct cqrs_test *test, const struct cqrs_test_place *place,
                                    const char *directory)
{
	struct stored_type *types;
	const char *path;
	size_t count;

	if (!cqrs__test_goes_on(test, place))
		return;
	if (!directory || !*directory) {
		cqrs__test_fail(test, place, "no directory is given");
		return;
	}
	types = list_types(test);
	path = make_path(test, directory, ".json");
	if (!types || !path) {
		cqrs__test_fail(test, place, "no memory for the shapes");
		return;
	}
	count = test->options.aggregate->commands.count + test->options.aggregate->events.count;
	for (size_t i = 0; i < 2 * count; i++)
		if (!comes_back(test, place, &types[i / 2], i % 2 == 0))
			return;
	compare_with_file(test, place, types, directory, path);
}
