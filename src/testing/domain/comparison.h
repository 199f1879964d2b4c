/* SPDX-License-Identifier: MIT (the one in LICENSE) */
/* comparison.h - what a check expects, what it finds, and the verdict. */
#ifndef CQRS_TESTING_COMPARISON_H
#define CQRS_TESTING_COMPARISON_H

#include "compare.h"
#include "document.h"
#include "domain_test.h"

struct cqrs__comparison {
	struct cqrs_test *test;
	struct cqrs__document document;
	yyjson_mut_val *expected; /* NULL: the document's err says why */
	yyjson_mut_val *actual;
};

void cqrs__comparison_init(struct cqrs__comparison *comparison, struct cqrs_test *test);

/* Release the document; then, where the values differ, the test fails with "what" and both. */
void cqrs__comparison_judge(struct cqrs__comparison *comparison,
                            const struct cqrs_test_place *place, const char *what);

#endif
