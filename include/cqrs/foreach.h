/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * foreach.h - the preprocessor's loop: apply a macro to each of up to 64 names.
 *
 * For the macros of record.h, event.h and command.h; nothing here is for callers.
 */
#ifndef CQRS_FOREACH_H
#define CQRS_FOREACH_H

/* clang-format off */

#define CQRS__CAT_(a, b) a##b
#define CQRS__CAT(a, b) CQRS__CAT_(a, b)

/* The 66th argument. */
#define CQRS__NTH(_0, _1, _2, _3, _4, _5, _6, _7, _8, _9, _10, _11, _12, _13, _14, _15, \
	_16, _17, _18, _19, _20, _21, _22, _23, _24, _25, _26, _27, _28, _29, _30, _31, _32, \
	_33, _34, _35, _36, _37, _38, _39, _40, _41, _42, _43, _44, _45, _46, _47, _48, _49, \
	_50, _51, _52, _53, _54, _55, _56, _57, _58, _59, _60, _61, _62, _63, _64, n, ...) n

/* 1 when there is one argument, N when there are 2 to 65. */
#define CQRS__ONE_OR_MORE(...) CQRS__NTH(__VA_ARGS__, N, N, N, N, N, N, N, N, N, N, N, \
	N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, \
	N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, N, 1, 0)

/* How many arguments, 1 to 64; TOO_MANY for 65. */
#define CQRS__COUNT(...) CQRS__NTH(__VA_ARGS__, TOO_MANY, 64, 63, 62, 61, 60, 59, 58, \
	57, 56, 55, 54, 53, 52, 51, 50, 49, 48, 47, 46, 45, 44, 43, 42, 41, 40, 39, 38, 37, 36, \
	35, 34, 33, 32, 31, 30, 29, 28, 27, 26, 25, 24, 23, 22, 21, 20, 19, 18, 17, 16, 15, 14, \
	13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0)

/* m(context, name) for each name, between commas. */
#define CQRS__FOR_EACH(m, context, ...) \
	CQRS__CAT(CQRS__EACH_, CQRS__COUNT(__VA_ARGS__))(m, context, __VA_ARGS__)
/* A record of more than 64 members: write its table of fields instead (CQRS_RECORD_OF). */
#define CQRS__EACH_TOO_MANY(m, context, ...) \
	cqrs_error_more_than_64_members_need_the_table_form
#define CQRS__EACH_1(m, c, a) m(c, a)
#define CQRS__EACH_2(m, c, a, ...) m(c, a), CQRS__EACH_1(m, c, __VA_ARGS__)
#define CQRS__EACH_3(m, c, a, ...) m(c, a), CQRS__EACH_2(m, c, __VA_ARGS__)
#define CQRS__EACH_4(m, c, a, ...) m(c, a), CQRS__EACH_3(m, c, __VA_ARGS__)
#define CQRS__EACH_5(m, c, a, ...) m(c, a), CQRS__EACH_4(m, c, __VA_ARGS__)
#define CQRS__EACH_6(m, c, a, ...) m(c, a), CQRS__EACH_5(m, c, __VA_ARGS__)
#define CQRS__EACH_7(m, c, a, ...) m(c, a), CQRS__EACH_6(m, c, __VA_ARGS__)
#define CQRS__EACH_8(m, c, a, ...) m(c, a), CQRS__EACH_7(m, c, __VA_ARGS__)
#define CQRS__EACH_9(m, c, a, ...) m(c, a), CQRS__EACH_8(m, c, __VA_ARGS__)
#define CQRS__EACH_10(m, c, a, ...) m(c, a), CQRS__EACH_9(m, c, __VA_ARGS__)
#define CQRS__EACH_11(m, c, a, ...) m(c, a), CQRS__EACH_10(m, c, __VA_ARGS__)
#define CQRS__EACH_12(m, c, a, ...) m(c, a), CQRS__EACH_11(m, c, __VA_ARGS__)
#define CQRS__EACH_13(m, c, a, ...) m(c, a), CQRS__EACH_12(m, c, __VA_ARGS__)
#define CQRS__EACH_14(m, c, a, ...) m(c, a), CQRS__EACH_13(m, c, __VA_ARGS__)
#define CQRS__EACH_15(m, c, a, ...) m(c, a), CQRS__EACH_14(m, c, __VA_ARGS__)
#define CQRS__EACH_16(m, c, a, ...) m(c, a), CQRS__EACH_15(m, c, __VA_ARGS__)
#define CQRS__EACH_17(m, c, a, ...) m(c, a), CQRS__EACH_16(m, c, __VA_ARGS__)
#define CQRS__EACH_18(m, c, a, ...) m(c, a), CQRS__EACH_17(m, c, __VA_ARGS__)
#define CQRS__EACH_19(m, c, a, ...) m(c, a), CQRS__EACH_18(m, c, __VA_ARGS__)
#define CQRS__EACH_20(m, c, a, ...) m(c, a), CQRS__EACH_19(m, c, __VA_ARGS__)
#define CQRS__EACH_21(m, c, a, ...) m(c, a), CQRS__EACH_20(m, c, __VA_ARGS__)
#define CQRS__EACH_22(m, c, a, ...) m(c, a), CQRS__EACH_21(m, c, __VA_ARGS__)
#define CQRS__EACH_23(m, c, a, ...) m(c, a), CQRS__EACH_22(m, c, __VA_ARGS__)
#define CQRS__EACH_24(m, c, a, ...) m(c, a), CQRS__EACH_23(m, c, __VA_ARGS__)
#define CQRS__EACH_25(m, c, a, ...) m(c, a), CQRS__EACH_24(m, c, __VA_ARGS__)
#define CQRS__EACH_26(m, c, a, ...) m(c, a), CQRS__EACH_25(m, c, __VA_ARGS__)
#define CQRS__EACH_27(m, c, a, ...) m(c, a), CQRS__EACH_26(m, c, __VA_ARGS__)
#define CQRS__EACH_28(m, c, a, ...) m(c, a), CQRS__EACH_27(m, c, __VA_ARGS__)
#define CQRS__EACH_29(m, c, a, ...) m(c, a), CQRS__EACH_28(m, c, __VA_ARGS__)
#define CQRS__EACH_30(m, c, a, ...) m(c, a), CQRS__EACH_29(m, c, __VA_ARGS__)
#define CQRS__EACH_31(m, c, a, ...) m(c, a), CQRS__EACH_30(m, c, __VA_ARGS__)
#define CQRS__EACH_32(m, c, a, ...) m(c, a), CQRS__EACH_31(m, c, __VA_ARGS__)
#define CQRS__EACH_33(m, c, a, ...) m(c, a), CQRS__EACH_32(m, c, __VA_ARGS__)
#define CQRS__EACH_34(m, c, a, ...) m(c, a), CQRS__EACH_33(m, c, __VA_ARGS__)
#define CQRS__EACH_35(m, c, a, ...) m(c, a), CQRS__EACH_34(m, c, __VA_ARGS__)
#define CQRS__EACH_36(m, c, a, ...) m(c, a), CQRS__EACH_35(m, c, __VA_ARGS__)
#define CQRS__EACH_37(m, c, a, ...) m(c, a), CQRS__EACH_36(m, c, __VA_ARGS__)
#define CQRS__EACH_38(m, c, a, ...) m(c, a), CQRS__EACH_37(m, c, __VA_ARGS__)
#define CQRS__EACH_39(m, c, a, ...) m(c, a), CQRS__EACH_38(m, c, __VA_ARGS__)
#define CQRS__EACH_40(m, c, a, ...) m(c, a), CQRS__EACH_39(m, c, __VA_ARGS__)
#define CQRS__EACH_41(m, c, a, ...) m(c, a), CQRS__EACH_40(m, c, __VA_ARGS__)
#define CQRS__EACH_42(m, c, a, ...) m(c, a), CQRS__EACH_41(m, c, __VA_ARGS__)
#define CQRS__EACH_43(m, c, a, ...) m(c, a), CQRS__EACH_42(m, c, __VA_ARGS__)
#define CQRS__EACH_44(m, c, a, ...) m(c, a), CQRS__EACH_43(m, c, __VA_ARGS__)
#define CQRS__EACH_45(m, c, a, ...) m(c, a), CQRS__EACH_44(m, c, __VA_ARGS__)
#define CQRS__EACH_46(m, c, a, ...) m(c, a), CQRS__EACH_45(m, c, __VA_ARGS__)
#define CQRS__EACH_47(m, c, a, ...) m(c, a), CQRS__EACH_46(m, c, __VA_ARGS__)
#define CQRS__EACH_48(m, c, a, ...) m(c, a), CQRS__EACH_47(m, c, __VA_ARGS__)
#define CQRS__EACH_49(m, c, a, ...) m(c, a), CQRS__EACH_48(m, c, __VA_ARGS__)
#define CQRS__EACH_50(m, c, a, ...) m(c, a), CQRS__EACH_49(m, c, __VA_ARGS__)
#define CQRS__EACH_51(m, c, a, ...) m(c, a), CQRS__EACH_50(m, c, __VA_ARGS__)
#define CQRS__EACH_52(m, c, a, ...) m(c, a), CQRS__EACH_51(m, c, __VA_ARGS__)
#define CQRS__EACH_53(m, c, a, ...) m(c, a), CQRS__EACH_52(m, c, __VA_ARGS__)
#define CQRS__EACH_54(m, c, a, ...) m(c, a), CQRS__EACH_53(m, c, __VA_ARGS__)
#define CQRS__EACH_55(m, c, a, ...) m(c, a), CQRS__EACH_54(m, c, __VA_ARGS__)
#define CQRS__EACH_56(m, c, a, ...) m(c, a), CQRS__EACH_55(m, c, __VA_ARGS__)
#define CQRS__EACH_57(m, c, a, ...) m(c, a), CQRS__EACH_56(m, c, __VA_ARGS__)
#define CQRS__EACH_58(m, c, a, ...) m(c, a), CQRS__EACH_57(m, c, __VA_ARGS__)
#define CQRS__EACH_59(m, c, a, ...) m(c, a), CQRS__EACH_58(m, c, __VA_ARGS__)
#define CQRS__EACH_60(m, c, a, ...) m(c, a), CQRS__EACH_59(m, c, __VA_ARGS__)
#define CQRS__EACH_61(m, c, a, ...) m(c, a), CQRS__EACH_60(m, c, __VA_ARGS__)
#define CQRS__EACH_62(m, c, a, ...) m(c, a), CQRS__EACH_61(m, c, __VA_ARGS__)
#define CQRS__EACH_63(m, c, a, ...) m(c, a), CQRS__EACH_62(m, c, __VA_ARGS__)
#define CQRS__EACH_64(m, c, a, ...) m(c, a), CQRS__EACH_63(m, c, __VA_ARGS__)

/* clang-format on */

#endif
