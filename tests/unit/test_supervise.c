/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rooms: sound link dsp config */
/* The supervisor: what a child inherits, how it is restarted, how it ends. The test program is its
 * own child: `--play PART FILE`. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/sound/supervise.h"

static char self[4096];
static char report[] = "/tmp/test_supervise.XXXXXX";

static int64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* What the child can see of its world. */
static int play(const char *part, const char *file) {
    if (strcmp(part, "die") == 0)
        return 7;
    int death = 0;
    prctl(PR_GET_PDEATHSIG, &death);
    int open_fds = 0;
    for (int fd = 3; fd < 200; fd++)
        open_fds += fcntl(fd, F_GETFD) >= 0;
    sigset_t mask;
    sigprocmask(SIG_BLOCK, NULL, &mask);
    char passed[16] = "-";
    if (strcmp(part, "fd") == 0) {
        const ssize_t n = pread(SUPERVISE_FD, passed, sizeof passed - 1, 0);
        passed[n > 0 ? n : 0] = '\0';
    }
    FILE *f = fopen(file, "w");
    if (!f)
        return 1;
    fprintf(f, "death %d fds %d blocked %d own_group %d passed %s\n", death, open_fds,
            sigismember(&mask, SIGTERM), getpgrp() == getpid(), passed);
    fclose(f);
    pause();
    return 0;
}

static void read_report(char *text, size_t size) {
    for (int i = 0; i < 4000; i++) {
        FILE *f = fopen(report, "r");
        const size_t n = f ? fread(text, 1, size - 1, f) : 0;
        if (f)
            fclose(f);
        text[n] = '\0';
        if (n && text[n - 1] == '\n')
            return;
        usleep(5000);
    }
    fail_msg("the child never reported");
}

static struct supervise_options options(const char *part) {
    return (struct supervise_options){.launcher = self,
                                      .program = self,
                                      .args = {"--play", part, report, NULL},
                                      .fd = -1,
                                      .death_signal = SIGKILL};
}

static void test_child_inherits_nothing(void **state) {
    (void)state;
    char error[256], text[256];
    truncate(report, 0);
    sigset_t block;
    sigemptyset(&block);
    sigaddset(&block, SIGTERM);
    sigprocmask(SIG_BLOCK, &block, NULL);
    const int leaky = open("/dev/null", O_RDONLY); /* without CLOEXEC, like libjack's sockets */
    struct supervise s;
    struct supervise_options o = options("look");
    assert_int_equal(supervise_start(&s, &o, now_ns(), error), 0);
    read_report(text, sizeof text);
    assert_string_equal(text, "death 9 fds 0 blocked 0 own_group 1 passed -\n");
    sigprocmask(SIG_UNBLOCK, &block, NULL);
    supervise_stop(&s, 2000);
    assert_int_equal(s.pid, 0);
    close(leaky);
}

static void test_child_gets_its_descriptor(void **state) {
    (void)state;
    char error[256], text[256];
    truncate(report, 0);
    char name[] = "/tmp/test_supervise.XXXXXX";
    const int fd = mkostemp(name, O_CLOEXEC);
    assert_true(fd >= 0);
    unlink(name);
    assert_int_equal(write(fd, "hello", 5), 5);
    /* also when it already stands where it is wanted */
    for (int place = 0; place < 2; place++) {
        int given = place ? fcntl(fd, F_DUPFD_CLOEXEC, 50) : fd;
        if (!place && fd != SUPERVISE_FD && fcntl(SUPERVISE_FD, F_GETFD) < 0)
            given = fcntl(fd, F_DUPFD_CLOEXEC, SUPERVISE_FD);
        truncate(report, 0);
        struct supervise s;
        struct supervise_options o = options("fd");
        o.fd = given;
        assert_int_equal(supervise_start(&s, &o, now_ns(), error), 0);
        read_report(text, sizeof text);
        assert_string_equal(text, "death 9 fds 1 blocked 0 own_group 1 passed hello\n");
        supervise_stop(&s, 2000);
        if (given != fd)
            close(given);
    }
    close(fd);
}

static void test_killed_child_comes_back(void **state) {
    (void)state;
    char error[256], text[256];
    struct supervise s;
    struct supervise_options o = options("look");
    truncate(report, 0); /* before the child is there to report */
    assert_int_equal(supervise_start(&s, &o, now_ns(), error), 0);
    for (int round = 0; round < 3; round++) {
        const pid_t before = s.pid;
        if (round == 0)
            read_report(text, sizeof text);
        s.started_ns -= 1000000000; /* it has lived long enough */
        supervise_kill(&s);
        enum supervise_event event;
        for (int i = 0; i < 4000 && (event = supervise_poll(&s, now_ns())) != SUPERVISE_DIED; i++)
            usleep(5000);
        assert_int_equal(event, SUPERVISE_DIED);
        supervise_describe(&s, text, sizeof text);
        assert_string_equal(text, "signal 9");
        assert_int_equal(supervise_poll(&s, now_ns()), SUPERVISE_RESTARTED); /* at once */
        assert_true(s.pid != before && s.pid > 0);
    }
    assert_int_equal(s.restarts, 3);
    supervise_stop(&s, 2000);
    assert_int_equal(supervise_poll(&s, now_ns() + 10000000000), SUPERVISE_NOTHING);
}

/* Time is an argument, so the back-off needs no waiting. */
static void test_back_off(void **state) {
    (void)state;
    char error[256], text[64];
    struct supervise s;
    struct supervise_options o = options("die");
    int64_t now = 1000000000;
    assert_int_equal(supervise_start(&s, &o, now, error), 0);
    const int64_t expected_ms[] = {0, 10, 20, 40, 80, 160, 320, 640, 1000, 1000};
    for (unsigned i = 0; i < sizeof expected_ms / sizeof *expected_ms; i++) {
        while (supervise_poll(&s, now) != SUPERVISE_DIED)
            usleep(1000);
        supervise_describe(&s, text, sizeof text);
        assert_string_equal(text, "exit status 7");
        assert_int_equal((s.again_ns - now) / 1000000, expected_ms[i]);
        if (expected_ms[i])
            assert_int_equal(supervise_poll(&s, s.again_ns - 1), SUPERVISE_NOTHING);
        now = s.again_ns;
        assert_int_equal(supervise_poll(&s, now), SUPERVISE_RESTARTED);
    }
    while (supervise_poll(&s, now + SUPERVISE_QUICK_NS) != SUPERVISE_DIED)
        usleep(1000); /* this one seems to have lived: the count starts again */
    assert_int_equal(s.again_ns, now + SUPERVISE_QUICK_NS);
    supervise_stop(&s, 100);
}

static void test_child_dies_with_parent(void **state) {
    (void)state;
    char error[256], text[256];
    truncate(report, 0);
    int tube[2];
    assert_int_equal(pipe(tube), 0);
    const pid_t middle = fork();
    if (middle == 0) {
        struct supervise s;
        struct supervise_options o = options("look");
        if (supervise_start(&s, &o, now_ns(), error))
            _exit(1);
        if (write(tube[1], &s.pid, sizeof s.pid) != sizeof s.pid)
            _exit(1);
        pause();
        _exit(0);
    }
    pid_t child = 0;
    assert_int_equal(read(tube[0], &child, sizeof child), sizeof child);
    read_report(text, sizeof text);
    assert_int_equal(kill(child, 0), 0);
    kill(middle, SIGKILL);
    waitpid(middle, NULL, 0);
    /* The orphan is reaped by init or by whoever plays it; a zombie counts as dead. */
    bool gone = false;
    for (int i = 0; i < 4000 && !gone; i++) {
        char path[64], line[512] = "";
        snprintf(path, sizeof path, "/proc/%d/stat", (int)child);
        FILE *f = fopen(path, "r");
        if (f && fgets(line, sizeof line, f)) {
            const char *paren = strrchr(line, ')');
            gone = paren && paren[2] == 'Z';
        } else {
            gone = true;
        }
        if (f)
            fclose(f);
        usleep(5000);
    }
    assert_true(gone);
    close(tube[0]);
    close(tube[1]);
}

static void test_missing_program(void **state) {
    (void)state;
    char error[256], text[64];
    struct supervise s;
    struct supervise_options o = options("look");
    o.program = "/nonexistent/control";
    o.quiet = true;
    assert_int_equal(supervise_start(&s, &o, now_ns(), error), 0);
    while (supervise_poll(&s, now_ns()) != SUPERVISE_DIED)
        usleep(1000);
    supervise_describe(&s, text, sizeof text);
    assert_string_equal(text, "exit status 127");
    o.launcher = "/nonexistent/launcher";
    assert_int_equal(supervise_start(&s, &o, now_ns(), error), -1);
    assert_non_null(strstr(error, "No such file"));
}

int main(int argc, char **argv) {
    supervise_exec_child(argc, argv);
    if (argc == 4 && strcmp(argv[1], "--play") == 0)
        return play(argv[2], argv[3]);
    if (readlink("/proc/self/exe", self, sizeof self - 1) < 0)
        return 1;
    const int fd = mkstemp(report);
    if (fd < 0)
        return 1;
    close(fd);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_child_inherits_nothing),
        cmocka_unit_test(test_child_gets_its_descriptor),
        cmocka_unit_test(test_killed_child_comes_back),
        cmocka_unit_test(test_back_off),
        cmocka_unit_test(test_child_dies_with_parent),
        cmocka_unit_test(test_missing_program),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(report);
    return failed;
}
