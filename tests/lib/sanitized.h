/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is left out of a test that was built with a sanitizer. */
#ifndef TESTS_LIB_SANITIZED_H
#define TESTS_LIB_SANITIZED_H

#include <stdbool.h>

/** Whether $SANITIZER says that this test runs under one: address, thread, realtime. */
bool sanitized(void);

/** In a cmocka case: leave it out under a slow sanitizer, and say so. For sweeps over figures,
 * whose code other cases of the test run as well: a sanitizer looks at the code, and takes long. */
void skip_sanitized(const char *what);

#endif
