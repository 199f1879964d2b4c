/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * record.h - plain C structs described by a table of their members, and what the
 * table gives: JSON in both directions, deep copy, equality, a text for people,
 * a fingerprint.
 *
 * The short form names the members, and the kind of each follows from its C type:
 *
 *	struct money_deposited { double amount; const char *memo; };
 *	CQRS_DEFINE_RECORD(money_deposited, amount, memo);
 *
 * The table form says what C types cannot: enums by name, times, bytes, nested
 * records, lists, optional members, a stored name that differs:
 *
 *	static const struct cqrs_field order_fields[] = {
 *		{ CQRS_FIELD(struct order, id), .stored_name = "order_id" },
 *		{ CQRS_TIME(struct order, placed_at) },
 *		{ CQRS_ENUM(struct order, status, &order_statuses) },
 *		{ CQRS_FIELD(struct order, discount), CQRS_PRESENT_IF(struct order, has_discount) },
 *		{ CQRS_RECORDS(struct order, lines, &order_line_record) },
 *	};
 *	const struct cqrs_record order_record = CQRS_RECORD_OF(order, order_fields);
 *
 * Stored form (JSON, RFC 8259): booleans and numbers as such, text as a string,
 * bytes as base64 (RFC 4648), times as RFC 3339 in UTC with microseconds, enums as
 * the name, records as objects in the table's order, lists as arrays.
 */
#ifndef CQRS_RECORD_H
#define CQRS_RECORD_H

#include <cqrs/foreach.h>
#include <cqrs/limits.h>
#include <cqrs/memory.h>

CQRS_BEGIN_DECLS

enum cqrs_kind {
	CQRS_KIND_BOOL = 1,
	CQRS_KIND_SIGNED = 2,      /* 1, 2, 4 or 8 bytes */
	CQRS_KIND_UNSIGNED = 3,    /* 1, 2, 4 or 8 bytes */
	CQRS_KIND_DOUBLE = 4,      /* NaN and infinities are refused */
	CQRS_KIND_TEXT = 5,        /* const char *: UTF-8 */
	CQRS_KIND_INLINE_TEXT = 6, /* char[N]: UTF-8, NUL-terminated within */
	CQRS_KIND_BYTES = 7,       /* struct cqrs_bytes */
	CQRS_KIND_TIME = 8,        /* int64_t: Unix time in microseconds */
	CQRS_KIND_ENUM = 9,        /* an enum or integer, stored by name */
	CQRS_KIND_RECORD = 10,     /* a struct within the struct */
	CQRS_KIND_LIST = 11,       /* CQRS_LIST(type) */
	/*
	 * Not stored; copied bit by bit, ignored by equality. In a state or a view it must not
	 * hold a pointer into that value or into an event: these move when the value's memory is
	 * compacted. It is zero after a snapshot and in a loaded view, so nothing may be decided
	 * on it that apply does not set anew.
	 */
	CQRS_KIND_TRANSIENT = 12,
};

struct cqrs_bytes {
	const uint8_t *data; /* NULL when absent */
	size_t size;
};

/* One value of an enum and the name it is stored by. */
struct cqrs_enum_value {
	int64_t value;
	const char *name;
};

struct cqrs_enum {
	const struct cqrs_enum_value *values;
	size_t count;
};

/*
 * A member whose type is a list, such as CQRS_LIST(const char *) or
 * CQRS_LIST(struct order_line). Zeroed, it is empty. cqrs_list_append() adds to one
 * that has memory: every list in a state or a view has.
 */
/* clang-format off */
#define CQRS_LIST(type)                                                    \
	struct {                                                           \
		type *items;                                               \
		size_t count;                                              \
		size_t capacity;                                           \
		struct cqrs_arena *memory;                                 \
	}
/* clang-format on */

struct cqrs_record;

struct cqrs_field {
	const char *name;        /* the member's */
	const char *stored_name; /* NULL: as name */
	size_t offset;
	size_t size;
	size_t alignment;
	enum cqrs_kind kind;
	enum cqrs_kind item_kind;         /* LIST: its items' */
	size_t item_size;                 /* LIST */
	const struct cqrs_record *record; /* RECORD, and LIST of them */
	const struct cqrs_enum *names;    /* ENUM, and LIST of them */
	bool optional;                    /* may be absent: text or bytes NULL, a list empty */
	size_t presence;                  /* CQRS_PRESENT_IF: 1 + the offset of a bool; 0: none */
};

struct cqrs_record {
	const char *name; /* the struct's tag */
	size_t size;
	size_t alignment;
	const struct cqrs_field *fields;
	size_t field_count;
};

/* Flags for encoding and decoding. */
#define CQRS_IGNORE_UNKNOWN 1u  /* decode: pass over members that the table does not have */
#define CQRS_ALLOW_NULL_TEXT 2u /* text or bytes that are NULL are null, also where not optional */

/**
 * Write a value as JSON.
 *
 * @param flags     0 or CQRS_ALLOW_NULL_TEXT
 * @param arena     holds the text (NUL-terminated) until it is reset or freed
 *
 * Errors: CQRS_ERR_INVALID, the value cannot be stored; err->path names the member
 *   ("ledger[3].amount"), the message says what is wrong with it and never quotes it.
 *   CQRS_ERR_LIMIT, deeper or larger than limits.h. On failure the arena may have grown.
 * Threads: any; one arena at a time.
 */
CQRS_API CQRS_NODISCARD enum cqrs_status
cqrs_record_encode(const struct cqrs_record *record, const void *value, unsigned flags,
                   struct cqrs_arena *arena, struct cqrs_text *out_json, struct cqrs_error *err);

/**
 * Read a value from JSON.
 *
 * @param json       an object; borrowed during the call
 * @param flags      0, CQRS_IGNORE_UNKNOWN, CQRS_ALLOW_NULL_TEXT
 * @param arena      holds what the value points to
 * @param out_value  record->size bytes; untouched on failure
 *
 * Errors: CQRS_ERR_INVALID with err->path, as in cqrs_record_encode(): not JSON, wrong
 *   type, out of range, missing, duplicate, unknown. CQRS_ERR_LIMIT.
 */
CQRS_API CQRS_NODISCARD enum cqrs_status
cqrs_record_decode(const struct cqrs_record *record, struct cqrs_text json, unsigned flags,
                   struct cqrs_arena *arena, void *out_value, struct cqrs_error *err);

/** Zero a value and give its lists the arena as their memory. */
CQRS_API void cqrs_record_init(const struct cqrs_record *record, struct cqrs_arena *arena,
                               void *value);

/**
 * Copy a value with all it points to into arena; its lists get the arena as memory.
 * Transient members are copied bit by bit. out_value is untouched on failure, and may be value.
 * Errors: CQRS_ERR_NOMEM; CQRS_ERR_LIMIT, nested deeper than CQRS_MAX_NESTING;
 *   CQRS_ERR_INVALID, a list has a count but no items.
 */
CQRS_API CQRS_NODISCARD enum cqrs_status
cqrs_record_copy(const struct cqrs_record *record, const void *value, struct cqrs_arena *arena,
                 void *out_value, struct cqrs_error *err);

/**
 * Whether two values are stored alike; absent members equal only each other, 0.0 is not
 * -0.0. Of what cannot be stored, NaN equals NaN.
 */
CQRS_API bool cqrs_record_equal(const struct cqrs_record *record, const void *a, const void *b);

/**
 * Write a value for people, one member a line; it takes any value, also one that
 * cannot be stored. NULL when there is no memory.
 */
CQRS_API const char *cqrs_record_dump(const struct cqrs_record *record, const void *value,
                                      struct cqrs_arena *arena);

/** A number that changes when the shape of the record does: a stored name, kind, size, ... */
CQRS_API uint64_t cqrs_record_fingerprint(const struct cqrs_record *record);

/**
 * Check a description itself: every table well formed, and no member of the struct
 * forgotten (a gap that alignment does not explain).
 *
 * The framework runs it on all it is given. A forgotten member that fits into padding
 * is found only by compiling the short form with clang.
 * Errors: CQRS_ERR_INVALID; the message names the record and the member.
 */
CQRS_API CQRS_NODISCARD enum cqrs_status cqrs_record_check(const struct cqrs_record *record,
                                                           struct cqrs_error *err);

/**
 * Add a copy of *item (the struct itself, not what it points to) to a list's end.
 * Called through the macro cqrs_list_append(&list, &item).
 *
 * Errors: CQRS_ERR_INVALID, the list has no memory. CQRS_ERR_NOMEM, also remembered by
 *   the list's memory: an apply or view function may ignore the status, its caller won't.
 */
CQRS_API enum cqrs_status cqrs_list_append_item(void *list, size_t item_size, const void *item);

/** Give an empty list that is inside a new item the memory of a list that has one. */
CQRS_API void cqrs_list_share_memory(void *list, const void *with);

/* clang-format off */
#ifndef __cplusplus /* ---- the macros below are C only ---- */

#define cqrs_list_append(list, item)                            \
	cqrs_list_append_item((list), sizeof(*(list)->items),   \
	                      (1 ? (item) : (list)->items))

/* The kind of an lvalue by its basic type; a type without a kind does not compile. */
#define CQRS__KIND(lvalue)                                                          \
	_Generic(&(lvalue),                                                         \
	        bool *: CQRS_KIND_BOOL,                                             \
	        signed char *: CQRS_KIND_SIGNED,                                    \
	        short *: CQRS_KIND_SIGNED,                                          \
	        int *: CQRS_KIND_SIGNED,                                            \
	        long *: CQRS_KIND_SIGNED,                                           \
	        long long *: CQRS_KIND_SIGNED,                                      \
	        unsigned char *: CQRS_KIND_UNSIGNED,                                \
	        unsigned short *: CQRS_KIND_UNSIGNED,                               \
	        unsigned int *: CQRS_KIND_UNSIGNED,                                 \
	        unsigned long *: CQRS_KIND_UNSIGNED,                                \
	        unsigned long long *: CQRS_KIND_UNSIGNED,                           \
	        double *: CQRS_KIND_DOUBLE,                                         \
	        const char **: CQRS_KIND_TEXT,                                      \
	        char(*)[sizeof(lvalue)]: CQRS_KIND_INLINE_TEXT)

#define CQRS__MEMBER(type, member) (((type *)0)->member)
#define CQRS__PLACE(type, member)                                                   \
	.name = #member, .offset = offsetof(type, member),                          \
	.size = sizeof(CQRS__MEMBER(type, member)),                                 \
	.alignment = __alignof__(CQRS__MEMBER(type, member))

/* What stands between the braces of one entry of a table of fields. */
#define CQRS_FIELD(type, member) \
	CQRS__PLACE(type, member), .kind = CQRS__KIND(CQRS__MEMBER(type, member))
#define CQRS_TIME(type, member) /* an int64_t */                                    \
	CQRS__PLACE(type, member),                                                  \
	.kind = _Generic(&CQRS__MEMBER(type, member), int64_t *: CQRS_KIND_TIME)
#define CQRS_BYTES(type, member) /* a struct cqrs_bytes */                          \
	CQRS__PLACE(type, member),                                                  \
	.kind = _Generic(&CQRS__MEMBER(type, member), struct cqrs_bytes *: CQRS_KIND_BYTES)
#define CQRS_ENUM(type, member, enum_names) \
	CQRS__PLACE(type, member), .kind = CQRS_KIND_ENUM, .names = (enum_names)
#define CQRS_NESTED(type, member, nested_record) \
	CQRS__PLACE(type, member), .kind = CQRS_KIND_RECORD, .record = (nested_record)
#define CQRS__LIST_PLACE(type, member)                                              \
	CQRS__PLACE(type, member), .kind = CQRS_KIND_LIST,                          \
	.item_size = sizeof(*CQRS__MEMBER(type, member).items)
#define CQRS_SCALARS(type, member) /* a list of what CQRS_FIELD takes */            \
	CQRS__LIST_PLACE(type, member),                                             \
	.item_kind = CQRS__KIND(*CQRS__MEMBER(type, member).items)
#define CQRS_ENUMS(type, member, enum_names) /* a list of enums or integers */      \
	CQRS__LIST_PLACE(type, member), .item_kind = CQRS_KIND_ENUM, .names = (enum_names)
#define CQRS_TIMES(type, member) /* a list of int64_t */                            \
	CQRS__LIST_PLACE(type, member),                                             \
	.item_kind = _Generic(CQRS__MEMBER(type, member).items, int64_t *: CQRS_KIND_TIME)
#define CQRS_RECORDS(type, member, item_record)                                     \
	CQRS__LIST_PLACE(type, member), .item_kind = CQRS_KIND_RECORD,              \
	.record = (item_record)
#define CQRS_UNSTORED(type, member) CQRS__PLACE(type, member), .kind = CQRS_KIND_TRANSIENT
/* After one of the above: the member is there when a bool of the same struct is true. */
#define CQRS_PRESENT_IF(type, has_member)                                           \
	.optional = true,                                                           \
	.presence = _Generic(&CQRS__MEMBER(type, has_member),                       \
	                     bool *: 1 + offsetof(type, has_member))

#define CQRS_ENUM_VALUES(...) { CQRS_LIST_OF(struct cqrs_enum_value, __VA_ARGS__) }

/*
 * The short form's entries: a member's name, or CQRS_TRANSIENT(name), which is not a
 * macro but a word that CQRS__MARK_##word recognises.
 */
#define CQRS__MARK_CQRS_TRANSIENT(member) ~, CQRS__UNSTORED_ENTRY, member
#define CQRS__ENTRY(type, word) CQRS__ENTRY_(type, CQRS__MARK_##word, CQRS__FIELD_ENTRY, word)
#define CQRS__ENTRY_(type, ...) CQRS__ENTRY_CHOOSE(type, __VA_ARGS__, ~)
#define CQRS__ENTRY_CHOOSE(type, mark, entry, member, ...) entry(type, member)
#define CQRS__FIELD_ENTRY(type, member) { CQRS_FIELD(type, member) }
#define CQRS__UNSTORED_ENTRY(type, member) { CQRS_UNSTORED(type, member) }

/*
 * Under clang a literal with one initialiser a name refuses to compile where a member
 * of the struct is left out; it adds nothing to the size.
 */
#if defined(__clang__)
#define CQRS__ZERO(type, word) { 0 }
#define CQRS__SIZE(type, ...)                                                       \
	_Pragma("clang diagnostic push")                                            \
	_Pragma("clang diagnostic error \"-Wmissing-field-initializers\"")          \
	_Pragma("clang diagnostic ignored \"-Wbraced-scalar-init\"")                \
	sizeof((type){ CQRS__FOR_EACH(CQRS__ZERO, type, __VA_ARGS__) })             \
	_Pragma("clang diagnostic pop")
#else
#define CQRS__SIZE(type, ...) sizeof(type)
#endif

#define CQRS_RECORD(tag, ...)                                                       \
	{                                                                           \
		.name = #tag, .size = CQRS__SIZE(struct tag, __VA_ARGS__),          \
		.alignment = _Alignof(struct tag),                                  \
		CQRS__FIELDS(CQRS__FOR_EACH(CQRS__ENTRY, struct tag, __VA_ARGS__))  \
	}
#define CQRS__FIELDS(...)                                                           \
	.fields = (const struct cqrs_field[]){ __VA_ARGS__ },                       \
	.field_count = sizeof((const struct cqrs_field[]){ __VA_ARGS__ }) /         \
	               sizeof(struct cqrs_field)
#define CQRS_RECORD_OF(tag, field_table)                                            \
	{                                                                           \
		.name = #tag, .size = sizeof(struct tag),                           \
		.alignment = _Alignof(struct tag), .fields = (field_table),         \
		.field_count = sizeof(field_table) / sizeof(*(field_table))         \
	}
#define CQRS__EMPTY_RECORD(tag) \
	{ .name = #tag, .size = 0, .alignment = 1, .fields = NULL, .field_count = 0 }

/* A record of its own, for nesting or for a view's entries: tag_record. */
#define CQRS_DECLARE_RECORD(tag) extern const struct cqrs_record tag##_record
#define CQRS_DEFINE_RECORD(tag, ...) \
	const struct cqrs_record tag##_record = CQRS_RECORD(tag, __VA_ARGS__)
#define CQRS_DEFINE_RECORD_OF(tag, field_table) \
	const struct cqrs_record tag##_record = CQRS_RECORD_OF(tag, field_table)

/* A struct of a type and its initialisers, or NULL where there are none: all zero is meant. */
#define CQRS__LITERAL(...) \
	CQRS__CAT(CQRS__LITERAL_, CQRS__ONE_OR_MORE(__VA_ARGS__))(__VA_ARGS__)
#define CQRS__LITERAL_1(tag) NULL
#define CQRS__LITERAL_N(tag, ...) (&(const struct tag){ __VA_ARGS__ })
#define CQRS__TAG(...) CQRS__TAG_(__VA_ARGS__, ~)
#define CQRS__TAG_(tag, ...) tag

#endif /* __cplusplus */
/* clang-format on */

CQRS_END_DECLS
#endif
