/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A unit test program is a table of tests and a main() that runs it; it
 * speaks TAP and exits 1 if a test failed.
 */
#ifndef TEST_H
#define TEST_H

#include <stdio.h>
#include <linux/kernel.h>

/**
 * struct test - a test
 * @name: what it shows, one sentence
 * @run: the test
 */
struct test {
	const char *name;
	void (*run)(void);
};

static int test_failures;

/* Say what is not as it should be and go on with the test. */
#define CHECK(cond) do {							\
	if (!(cond)) {								\
		test_failures++;						\
		printf("# %s:%d: %s\n", __FILE__, __LINE__, #cond);		\
	}									\
} while (0)

/* Likewise, and show both numbers. */
#define CHECK_EQ(have, want) do {						\
	unsigned long long __have = (have);					\
	unsigned long long __want = (want);					\
										\
	if (__have != __want) {							\
		test_failures++;						\
		printf("# %s:%d: %s is %llu, not %llu\n", __FILE__, __LINE__,	\
		       #have, __have, __want);					\
	}									\
} while (0)

static inline int run_tests(const struct test *tests, int n)
{
	int i, failed = 0;

	printf("TAP version 13\n1..%d\n", n);
	for (i = 0; i < n; i++) {
		test_failures = 0;
		tests[i].run();
		printf("%sok %d - %s\n", test_failures ? "not " : "", i + 1, tests[i].name);
		failed += !!test_failures;
	}
	return failed ? 1 : 0;
}

#endif /* TEST_H */
