/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/lib/sanitized.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

bool sanitized(void) {
    const char *name = getenv("SANITIZER");
    return name && *name;
}

void skip_sanitized(const char *what) {
    if (!sanitized())
        return;
    printf("# skip: %s: not under a sanitizer\n", what);
    fflush(stdout);
    skip();
}
