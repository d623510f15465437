/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/lib/sanitized.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

bool sanitized(void) {
    const char *name = getenv("SANITIZER");
    return name && *name;
}

void skip_sanitized(const char *what) {
    /* The real-time sanitizer costs next to nothing. */
    const char *name = getenv("SANITIZER");
    if (!name || !*name || strcmp(name, "realtime") == 0)
        return;
    printf("# skip: %s: not under a slow sanitizer\n", what);
    fflush(stdout);
    skip();
}
