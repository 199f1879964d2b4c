/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * compare.c - walks two JSON values together and notes a row for each line of either; what
 * is only on one side leaves the other half of its row empty.
 */
#include "compare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_WIDTH 60  /* of the left half; a longer line pushes its right half aside */
#define MOST_TEXT 120  /* bytes of a value; of longer ones a part is shown */
#define WHOLE_ROWS 60u /* as many are shown as they are */
#define CONTEXT 3      /* rows that are alike, shown around those that differ */
#define MOST_ROWS 300u /* shown in all */

struct row {
	const char *left;
	const char *right;
	bool differs;
};

struct sheet {
	struct cqrs_arena *arena;
	struct row *rows;
	size_t count;
	size_t capacity;
	bool differs;
	bool failed; /* no memory */
};

/* One side of a line: a member or item, or neither. */
struct side {
	yyjson_mut_val *value; /* NULL: it has none */
	bool comma;            /* another one follows */
};

static void add_row(struct sheet *sheet, struct row row)
{
	if (sheet->count == sheet->capacity) {
		size_t capacity = sheet->capacity ? 2 * sheet->capacity : 32;
		struct row *rows = cqrs_arena_allocate(sheet->arena, capacity * sizeof(*rows));

		if (!rows) {
			sheet->failed = true;
			return;
		}
		if (sheet->count)
			memcpy(rows, sheet->rows, sheet->count * sizeof(*rows));
		sheet->rows = rows;
		sheet->capacity = capacity;
	}
	sheet->rows[sheet->count++] = row;
	sheet->differs |= row.differs;
}

/*
 * Of two long texts the part where they first differ, of one alone its beginning; "..." stands
 * for what is left out.
 */
static const char *cut_text(struct sheet *sheet, const char *text, const char *other)
{
	size_t len = text ? strlen(text) : 0;
	size_t from = 0;
	size_t to;
	char *cut;

	if (len <= MOST_TEXT)
		return text;
	while (other && text[from] && text[from] == other[from])
		from++;
	from = from > MOST_TEXT / 4 ? from - MOST_TEXT / 4 : 0;
	to = from + MOST_TEXT < len ? from + MOST_TEXT : len;
	while (from > 0 && ((unsigned char)text[from] & 0xc0) == 0x80)
		from--;
	while (to < len && ((unsigned char)text[to] & 0xc0) == 0x80)
		to++;
	cut = cqrs_arena_allocate(sheet->arena, to - from + sizeof("......"));
	if (cut)
		snprintf(cut, to - from + sizeof("......"), "%s%.*s%s", from ? "..." : "",
		         (int)(to - from), text + from, to < len ? "..." : "");
	return cut;
}

/* A number, text, ... as JSON; containers by the brace that begins them. */
static const char *value_text(struct sheet *sheet, yyjson_mut_val *value)
{
	const char *copy;
	char *text;
	size_t len;

	if (yyjson_mut_is_obj(value))
		return "{";
	if (yyjson_mut_is_arr(value))
		return "[";
	text = yyjson_mut_val_write(value, YYJSON_WRITE_NOFLAG, &len);
	copy = text ? cqrs_arena_text(sheet->arena, text, len) : NULL;
	free(text);
	return copy;
}

/* "  key: text," */
static const char *make_line(struct sheet *sheet, unsigned depth, yyjson_mut_val *key,
                             const char *text, bool comma)
{
	const char *name = key ? value_text(sheet, key) : "";
	size_t size;
	char *line;

	if (!name || !text)
		return NULL;
	size = 2 * (size_t)depth + strlen(name) + strlen(text) + sizeof(": ,");
	line = cqrs_arena_allocate(sheet->arena, size);
	if (line)
		snprintf(line, size, "%*s%s%s%s%s", (int)(2 * depth), "", name, key ? ": " : "",
		         text, comma ? "," : "");
	return line;
}

/* A line of both sides; where one has none, it differs. */
static void add_line(struct sheet *sheet, unsigned depth, yyjson_mut_val *key,
                     const char *left_text, bool left_comma, const char *right_text,
                     bool right_comma)
{
	struct row row = { "", "",
		           !left_text || !right_text || strcmp(left_text, right_text) != 0 };

	if (left_text)
		row.left = make_line(sheet, depth, key, cut_text(sheet, left_text, right_text),
		                     left_comma);
	if (right_text)
		row.right = make_line(sheet, depth, key, cut_text(sheet, right_text, left_text),
		                      right_comma);
	if (row.left && row.right)
		add_row(sheet, row);
	else
		sheet->failed = true;
}

static void compare_values(struct sheet *sheet, unsigned depth, yyjson_mut_val *key,
                           struct side left, struct side right);

static void compare_items(struct sheet *sheet, unsigned depth, yyjson_mut_val *left,
                          yyjson_mut_val *right)
{
	size_t left_count = yyjson_mut_arr_size(left);
	size_t right_count = yyjson_mut_arr_size(right);

	for (size_t i = 0; i < left_count || i < right_count; i++)
		compare_values(sheet, depth, NULL,
		               (struct side){ yyjson_mut_arr_get(left, i), i + 1 < left_count },
		               (struct side){ yyjson_mut_arr_get(right, i), i + 1 < right_count });
}

static yyjson_mut_val *member(yyjson_mut_val *object, yyjson_mut_val *key)
{
	return yyjson_mut_obj_getn(object, yyjson_mut_get_str(key), yyjson_mut_get_len(key));
}

/* The left's members, each with the right's of that name; then what only the right has. */
static void compare_members(struct sheet *sheet, unsigned depth, yyjson_mut_val *left,
                            yyjson_mut_val *right)
{
	size_t left_rest = yyjson_mut_obj_size(left);
	size_t right_rest = yyjson_mut_obj_size(right);
	yyjson_mut_obj_iter iter;
	yyjson_mut_val *key;

	yyjson_mut_obj_iter_init(left, &iter);
	while ((key = yyjson_mut_obj_iter_next(&iter))) {
		yyjson_mut_val *other = member(right, key);

		left_rest--;
		right_rest -= other != NULL;
		compare_values(sheet, depth, key,
		               (struct side){ yyjson_mut_obj_iter_get_val(key), left_rest > 0 },
		               (struct side){ other, right_rest > 0 });
	}
	yyjson_mut_obj_iter_init(right, &iter);
	while ((key = yyjson_mut_obj_iter_next(&iter))) {
		if (member(left, key))
			continue;
		right_rest--;
		compare_values(sheet, depth, key, (struct side){ NULL, false },
		               (struct side){ yyjson_mut_obj_iter_get_val(key), right_rest > 0 });
	}
}

static bool is_container(yyjson_mut_val *value)
{
	return yyjson_mut_is_obj(value) || yyjson_mut_is_arr(value);
}

/* The deepest nesting is that of records (limits.h), and a few levels around them. */
static void compare_values(struct sheet *sheet, unsigned depth, yyjson_mut_val *key,
                           struct side left, struct side right)
{
	yyjson_mut_val *any = left.value ? left.value : right.value;
	const char *end = yyjson_mut_is_obj(any) ? "}" : "]";

	if (left.value && right.value && (is_container(left.value) || is_container(right.value)) &&
	    yyjson_mut_get_type(left.value) != yyjson_mut_get_type(right.value)) {
		compare_values(sheet, depth, key, left, (struct side){ NULL, false });
		compare_values(sheet, depth, key, (struct side){ NULL, false }, right);
		return;
	}
	if (!is_container(any)) {
		add_line(sheet, depth, key, left.value ? value_text(sheet, left.value) : NULL,
		         left.comma, right.value ? value_text(sheet, right.value) : NULL,
		         right.comma);
		return;
	}
	add_line(sheet, depth, key, left.value ? value_text(sheet, left.value) : NULL, false,
	         right.value ? value_text(sheet, right.value) : NULL, false);
	if (yyjson_mut_is_obj(any))
		compare_members(sheet, depth + 1, left.value, right.value);
	else
		compare_items(sheet, depth + 1, left.value, right.value);
	add_line(sheet, depth, NULL, left.value ? end : NULL, left.comma, right.value ? end : NULL,
	         right.comma);
}

/* ---- as text ---- */

static size_t width_of(const char *text)
{
	size_t width = 0;

	for (; *text; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

static size_t left_width(const struct sheet *sheet)
{
	size_t widest = sizeof("expected") - 1;

	for (size_t i = 0; i < sheet->count; i++) {
		size_t width = width_of(sheet->rows[i].left);

		if (width > widest && width <= MOST_WIDTH)
			widest = width;
	}
	return widest;
}

static size_t print_row(char *out, size_t size, struct row row, size_t width)
{
	size_t used = width_of(row.left);
	int padding = used < width ? (int)(width - used) : 0;
	int len = snprintf(out, size, "%s%s%*s |%s%s\n", row.differs ? "! " : "  ", row.left,
	                   padding, "", *row.right ? " " : "", row.right);

	return len < 0 ? 0 : (size_t)len;
}

/* Leave out rows that are alike and far from any that differs, and the end of what is too long. */
static void shorten(struct sheet *sheet)
{
	struct sheet shorter = { .arena = sheet->arena };
	size_t since = CONTEXT; /* rows since the last that differs */
	size_t left_out = 0;    /* just before this row */
	size_t next = 0;        /* the next row that differs, at or behind this one */
	static const struct row more = { "...", "...", false };

	if (sheet->count <= WHOLE_ROWS)
		return;
	for (size_t i = 0; i < sheet->count; i++) {
		while (next < sheet->count && (next < i || !sheet->rows[next].differs))
			next++;
		since = sheet->rows[i].differs ? 0 : since + 1;
		if (since > CONTEXT && (next == sheet->count || next - i > CONTEXT)) {
			left_out++;
			continue;
		}
		if (left_out)
			add_row(&shorter, more);
		left_out = 0;
		if (shorter.count >= MOST_ROWS) {
			left_out = 1;
			break;
		}
		add_row(&shorter, sheet->rows[i]);
	}
	if (left_out)
		add_row(&shorter, more);
	sheet->failed |= shorter.failed;
	sheet->rows = shorter.rows;
	sheet->count = shorter.count;
}

static const char *print_sheet(const struct sheet *sheet)
{
	static const struct row header = { "expected", "actual", false };
	size_t width = left_width(sheet);
	size_t size = print_row(NULL, 0, header, width) + 1;
	size_t len;
	char *text;

	for (size_t i = 0; i < sheet->count; i++)
		size += print_row(NULL, 0, sheet->rows[i], width);
	text = cqrs_arena_allocate(sheet->arena, size);
	if (!text)
		return NULL;
	len = print_row(text, size, header, width);
	for (size_t i = 0; i < sheet->count; i++)
		len += print_row(text + len, size - len, sheet->rows[i], width);
	text[len - 1] = '\0'; /* in place of the last newline */
	return text;
}

bool cqrs__compare(yyjson_mut_val *expected, yyjson_mut_val *actual, struct cqrs_arena *arena,
                   const char **out_text)
{
	struct sheet sheet = { .arena = arena };
	const char *text = NULL;

	compare_values(&sheet, 0, NULL, (struct side){ expected, false },
	               (struct side){ actual, false });
	if (!sheet.differs && !sheet.failed)
		return false;
	shorten(&sheet);
	if (!sheet.failed)
		text = print_sheet(&sheet);
	*out_text = text ? text : "there is no memory to show what differs";
	return true;
}
