/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: config */
/* A desk is read while memory runs out at each of our allocations in turn: one clear error, and
 * nothing leaks (seen by the address sanitizer). libconfig's own allocations are not failed: it
 * does not check them. The sources are compiled into this test with another calloc and malloc. */
#include "tests/unit/config_rig.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int countdown; /* the allocation that fails, counted from 0; negative: none */

static void *failing_calloc(size_t n, size_t size) {
    return countdown-- == 0 ? NULL : calloc(n, size);
}
static void *failing_malloc(size_t size) {
    return countdown-- == 0 ? NULL : malloc(size);
}

#define calloc failing_calloc
#define malloc failing_malloc
#include "config/desk_objects.c" // NOLINT(bugprone-suspicious-include)
#include "config/desk_osc.c"     // NOLINT(bugprone-suspicious-include)
#include "config/desk_parse.c"   // NOLINT(bugprone-suspicious-include)
#undef calloc
#undef malloc

static void every_allocation_fails_once(void **state) {
    (void)state;
    struct desk *desk = NULL;
    struct desk_error error;
    int n = 0;
    for (;; n++) {
        countdown = n;
        if (desk_parse(rig_text, "rig.cfg", &desk, &error) == 0)
            break;
        assert_null(desk);
        assert_string_equal(error.text, "rig.cfg: out of memory");
    }
    assert_int_equal(
        n, 8); /* reader, desk, objects, values, texts, three lists of osc; not the table of ids */
    desk_free(desk);
}

static void loading_too(void **state) {
    (void)state;
    struct desk *desk = NULL;
    struct desk_error error;
    char *bytes = NULL;
    countdown = 0;
    assert_int_equal(desk_load("config/examples/film-5.1.cfg", &desk, &bytes, &error), -1);
    assert_non_null(strstr(error.text, "out of memory"));
    assert_null(bytes);
    countdown = 3;
    assert_int_equal(desk_load("config/examples/film-5.1.cfg", &desk, &bytes, &error), -1);
    assert_null(bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocation_fails_once),
        cmocka_unit_test(loading_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
