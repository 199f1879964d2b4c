/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * value.h - how the members of a described struct are read and written.
 *
 * A member's C type is not known here, only its kind and size. So every access goes
 * through memcpy(), which no aliasing rule forbids and which compiles to a plain move.
 */
#ifndef CQRS_SRC_RECORD_VALUE_H
#define CQRS_SRC_RECORD_VALUE_H

#include <cqrs/record.h>

#include <string.h>

/* Different records that one may reach through its members; cqrs_record_check() sees to it. */
#define CQRS__MAX_RECORDS 256

/* What every CQRS_LIST(type) looks like. */
struct cqrs__list {
	void *items;
	size_t count;
	size_t capacity;
	struct cqrs_arena *memory;
};

static inline const char *cqrs__stored_name(const struct cqrs_field *field)
{
	return field->stored_name ? field->stored_name : field->name;
}

/* A list's items as if each were a member of its own, so that both share their code. */
static inline struct cqrs_field cqrs__item_field(const struct cqrs_field *list)
{
	return (struct cqrs_field){
		.name = list->name,
		.size = list->item_size,
		.kind = list->item_kind,
		.record = list->record,
		.names = list->names,
	};
}

static inline const char *cqrs__load_text(const void *at)
{
	const char *text;

	memcpy(&text, at, sizeof(text));
	return text;
}

static inline struct cqrs_bytes cqrs__load_bytes(const void *at)
{
	struct cqrs_bytes bytes;

	memcpy(&bytes, at, sizeof(bytes));
	return bytes;
}

static inline struct cqrs__list cqrs__load_list(const void *at)
{
	struct cqrs__list list;

	memcpy(&list, at, sizeof(list));
	return list;
}

static inline double cqrs__load_double(const void *at)
{
	double number;

	memcpy(&number, at, sizeof(number));
	return number;
}

/* A bool read as a byte: one that holds neither 0 nor 1 may not be read as a bool. */
static inline bool cqrs__load_bool(const void *at)
{
	unsigned char byte;

	memcpy(&byte, at, 1);
	return byte != 0;
}

static inline uint64_t cqrs__load_unsigned(const void *at, size_t size)
{
	uint8_t u8;
	uint16_t u16;
	uint32_t u32;
	uint64_t u64;

	switch (size) {
	case 1:
		memcpy(&u8, at, sizeof(u8));
		return u8;
	case 2:
		memcpy(&u16, at, sizeof(u16));
		return u16;
	case 4:
		memcpy(&u32, at, sizeof(u32));
		return u32;
	default:
		memcpy(&u64, at, sizeof(u64));
		return u64;
	}
}

static inline int64_t cqrs__load_signed(const void *at, size_t size)
{
	int8_t i8;
	int16_t i16;
	int32_t i32;
	int64_t i64;

	switch (size) {
	case 1:
		memcpy(&i8, at, sizeof(i8));
		return i8;
	case 2:
		memcpy(&i16, at, sizeof(i16));
		return i16;
	case 4:
		memcpy(&i32, at, sizeof(i32));
		return i32;
	default:
		memcpy(&i64, at, sizeof(i64));
		return i64;
	}
}

/* Store the low bytes of a number; a signed one is converted by the caller. */
static inline void cqrs__store_integer(void *at, size_t size, uint64_t number)
{
	uint8_t u8 = (uint8_t)number;
	uint16_t u16 = (uint16_t)number;
	uint32_t u32 = (uint32_t)number;

	switch (size) {
	case 1:
		memcpy(at, &u8, sizeof(u8));
		break;
	case 2:
		memcpy(at, &u16, sizeof(u16));
		break;
	case 4:
		memcpy(at, &u32, sizeof(u32));
		break;
	default:
		memcpy(at, &number, sizeof(number));
		break;
	}
}

/* Whether an enum's bytes hold a value, read as signed or as unsigned. */
static inline bool cqrs__enum_holds(const void *at, size_t size, int64_t value)
{
	return cqrs__load_signed(at, size) == value ||
	       (size < sizeof(value) && (int64_t)cqrs__load_unsigned(at, size) == value);
}

/* The name of the value that an enum's bytes hold, or NULL. */
static inline const char *cqrs__enum_name(const struct cqrs_enum *names, const void *at,
                                          size_t size)
{
	for (size_t i = 0; i < names->count; i++) {
		if (cqrs__enum_holds(at, size, names->values[i].value))
			return names->values[i].name;
	}
	return NULL;
}

/* Whether an optional member is absent; base is the struct it belongs to. */
static inline bool cqrs__field_absent(const struct cqrs_field *field, const void *base)
{
	const char *at = (const char *)base + field->offset;

	if (!field->optional)
		return false;
	if (field->presence)
		return !cqrs__load_bool((const char *)base + field->presence - 1);
	switch (field->kind) {
	case CQRS_KIND_TEXT:
		return !cqrs__load_text(at);
	case CQRS_KIND_BYTES:
		return !cqrs__load_bytes(at).data;
	case CQRS_KIND_LIST:
		return cqrs__load_list(at).count == 0;
	default:
		return false;
	}
}

/* Give the lists that a member is or contains, which is zero, their memory. */
void cqrs__field_init(const struct cqrs_field *field, struct cqrs_arena *arena, void *at);

static inline bool cqrs__is_integer_size(size_t size)
{
	return size == 1 || size == 2 || size == 4 || size == 8;
}

#endif
