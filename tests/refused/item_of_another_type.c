/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/*
 * An item of another type than the list's.
 * expect: pointer
 * options: -Werror
 */
#include <cqrs/record.h>

struct holder {
	CQRS_LIST(double) numbers;
};

enum cqrs_status add(struct holder *holder);
enum cqrs_status add(struct holder *holder)
{
#ifdef CORRECT
	double item = 1;
#else
	int item = 1;
#endif
	return cqrs_list_append(&holder->numbers, &item);
}
