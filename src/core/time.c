/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * time.c - Unix time in microseconds to RFC 3339 and back.
 *
 * By arithmetic on the civil calendar: the C library's functions depend on the time
 * zone, on static storage or on extensions.
 */
#include <cqrs/environment.h>

#include <assert.h>
#include <string.h>

#define US_PER_SECOND INT64_C(1000000)
#define US_PER_DAY (86400 * US_PER_SECOND)
#define FIRST_DAY INT64_C(-719162) /* 0001-01-01 */
#define LAST_DAY INT64_C(2932896)  /* 9999-12-31 */

struct civil {
	int64_t year;
	int64_t month; /* 1 to 12 */
	int64_t day;   /* 1 to 31 */
};

/*
 * Years here begin in March, so that the leap day is a year's last and the lengths of the
 * months before it follow one formula; 400 of them, an era, are always 146097 days.
 * 719468 days lie between 0000-03-01 and 1970-01-01. Only January and February of the
 * year 0 come out wrong, and they are refused in any case.
 */
static int64_t days_of(const struct civil *date)
{
	int64_t year = date->year - (date->month <= 2);
	int64_t era = year / 400;
	int64_t year_of_era = year % 400;
	int64_t day_of_year = (153 * ((date->month + 9) % 12) + 2) / 5 + date->day - 1;
	int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

	return era * 146097 + day_of_era - 719468;
}

static struct civil civil_of(int64_t days)
{
	int64_t era = (days + 719468) / 146097;
	int64_t day = (days + 719468) % 146097;
	int64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	int64_t day_of_year = day - (365 * year + year / 4 - year / 100);
	int64_t month = (5 * day_of_year + 2) / 153; /* from March */
	struct civil date = {
		.month = month < 10 ? month + 3 : month - 9,
		.day = day_of_year - (153 * month + 2) / 5 + 1,
	};

	date.year = era * 400 + year + (date.month <= 2);
	return date;
}

static int64_t days_in_month(int64_t year, int64_t month)
{
	static const int8_t lengths[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	assert(month >= 1 && month <= 12);
	return lengths[month - 1] + (month == 2 && leap);
}

static char *put_number(char *out, int64_t number, size_t digits)
{
	for (size_t i = digits; i > 0; i--, number /= 10)
		out[i - 1] = (char)('0' + number % 10);
	return out + digits;
}

enum cqrs_status cqrs_time_format(int64_t time_us, char out[CQRS_TIME_TEXT_SIZE],
                                  struct cqrs_error *err)
{
	int64_t days = time_us / US_PER_DAY;
	int64_t rest = time_us % US_PER_DAY;
	struct civil date;

	if (rest < 0) {
		rest += US_PER_DAY;
		days--;
	}
	if (days < FIRST_DAY || days > LAST_DAY)
		return cqrs_error_set(err, CQRS_ERR_INVALID, "time is outside the years 1 to 9999");
	date = civil_of(days);
	out = put_number(out, date.year, 4);
	*out++ = '-';
	out = put_number(out, date.month, 2);
	*out++ = '-';
	out = put_number(out, date.day, 2);
	*out++ = 'T';
	out = put_number(out, rest / (3600 * US_PER_SECOND), 2);
	*out++ = ':';
	out = put_number(out, rest / (60 * US_PER_SECOND) % 60, 2);
	*out++ = ':';
	out = put_number(out, rest / US_PER_SECOND % 60, 2);
	*out++ = '.';
	out = put_number(out, rest % US_PER_SECOND, 6);
	memcpy(out, "Z", 2);
	return CQRS_OK;
}

/* What is left of a text; a read that fails sets failed, and those after it mean nothing. */
struct reader {
	const char *at;
	const char *end;
	bool failed;
};

static int64_t take_number(struct reader *in, int digits, int64_t low, int64_t high)
{
	int64_t number = 0;

	for (; digits > 0 && !in->failed; digits--, in->at++) {
		if (in->at == in->end || *in->at < '0' || *in->at > '9')
			in->failed = true;
		else
			number = number * 10 + (*in->at - '0');
	}
	if (number >= low && number <= high)
		return number;
	in->failed = true;
	return low;
}

/* Take the next character if it is one of two. */
static bool take(struct reader *in, char c, char or_c)
{
	if (in->failed || in->at == in->end || (*in->at != c && *in->at != or_c))
		return false;
	in->at++;
	return true;
}

static void expect(struct reader *in, char c, char or_c)
{
	if (!take(in, c, or_c))
		in->failed = true;
}

static int64_t take_fraction_us(struct reader *in)
{
	int64_t unit = US_PER_SECOND;
	int64_t fraction = 0;

	if (!take(in, '.', '.'))
		return 0;
	do {
		unit /= 10; /* 0 after the sixth decimal */
		fraction += unit * take_number(in, 1, 0, 9);
	} while (!in->failed && unit > 0 && in->at < in->end && *in->at >= '0' && *in->at <= '9');
	if (unit == 0)
		in->failed = true;
	return fraction;
}

static int64_t take_offset_us(struct reader *in)
{
	int64_t sign = 1;
	int64_t minutes;

	if (take(in, 'Z', 'z'))
		return 0;
	if (take(in, '-', '-'))
		sign = -1;
	else
		expect(in, '+', '+');
	minutes = 60 * take_number(in, 2, 0, 23);
	expect(in, ':', ':');
	minutes += take_number(in, 2, 0, 59);
	return sign * minutes * 60 * US_PER_SECOND;
}

enum cqrs_status cqrs_time_parse(const char *text, size_t len, int64_t *out_time_us,
                                 struct cqrs_error *err)
{
	struct reader in = { .at = text, .end = text + len };
	struct civil date;
	int64_t time_us;

	date.year = take_number(&in, 4, 0, 9999);
	expect(&in, '-', '-');
	date.month = take_number(&in, 2, 1, 12);
	expect(&in, '-', '-');
	date.day = take_number(&in, 2, 1, 31);
	expect(&in, 'T', 't');
	time_us = take_number(&in, 2, 0, 23) * 3600 * US_PER_SECOND;
	expect(&in, ':', ':');
	time_us += take_number(&in, 2, 0, 59) * 60 * US_PER_SECOND;
	expect(&in, ':', ':');
	time_us += take_number(&in, 2, 0, 59) * US_PER_SECOND;
	time_us += take_fraction_us(&in);
	time_us -= take_offset_us(&in);
	if (in.failed || in.at != in.end || date.day > days_in_month(date.year, date.month))
		return cqrs_error_set(err, CQRS_ERR_INVALID,
		                      "not a time such as 2026-01-02T03:04:05.678901Z");
	time_us += days_of(&date) * US_PER_DAY;
	if (time_us < FIRST_DAY * US_PER_DAY || time_us >= (LAST_DAY + 1) * US_PER_DAY)
		return cqrs_error_set(err, CQRS_ERR_INVALID, "time is outside the years 1 to 9999");
	*out_time_us = time_us;
	return CQRS_OK;
}
