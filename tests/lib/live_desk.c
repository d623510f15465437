/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/lib/live_desk.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define START_MS 15000
#define STOP_MS 15000

static const char default_desk[] =
    "title = \"live\";\nrate = 48000;\n"
    "channels = (\n"
    "  { id = \"A\"; name = \"Dialogue A\"; format = \"mono\"; in = \"\"; to = [ \"DX\" ]; },\n"
    "  { id = \"B\"; name = \"Music\"; format = \"stereo\"; in = \"\"; to = [ \"DX\" ]; } );\n"
    "stems = ( { id = \"DX\"; format = \"5.1\"; role = \"dx\"; } );\n"
    "mains = ( { id = \"PM\"; format = \"5.1\"; from = [ \"DX\" ]; } );\n";

void live_sleep_ms(unsigned ms) {
    const struct timespec t = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
    nanosleep(&t, NULL);
}

int64_t live_now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC_RAW, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static const char *build_dir(void) {
    const char *build = getenv("BUILD");
    return build ? build : "build";
}

const char *live_missing(void) {
    static char text[600];
    const char *const tools[] = {"jackd", "jack_lsp"};
    for (unsigned i = 0; i < sizeof tools / sizeof *tools; i++) {
        snprintf(text, sizeof text, "command -v %s >/dev/null 2>&1", tools[i]);
        if (system(text) != 0) {
            snprintf(text, sizeof text, "%s is missing (jackd2, jack-example-tools)", tools[i]);
            return text;
        }
    }
    snprintf(text, sizeof text, "%s/dubdeskd", build_dir());
    if (access(text, X_OK) == 0)
        return NULL;
    snprintf(text, sizeof text, "%s/dubdeskd is not built", build_dir());
    return text;
}

static unsigned free_port(void) {
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof a;
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0 && bind(fd, (struct sockaddr *)&a, size) == 0 &&
                getsockname(fd, (struct sockaddr *)&a, &size) == 0);
    close(fd);
    return ntohs(a.sin_port);
}

static void write_file(const char *path, const char *text) {
    FILE *f = fopen(path, "we");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

/* dubdeskd finds control beside itself, so a copy in a folder of its own has none. */
static void program_path(const struct live_desk *desk, bool alone, char *path, size_t size) {
    if (!alone) {
        snprintf(path, size, "%s/dubdeskd", build_dir());
        return;
    }
    char command[2048];
    snprintf(path, size, "%s/dubdeskd", desk->folder);
    snprintf(command, sizeof command, "cp '%s/dubdeskd' '%s'", build_dir(), path);
    assert_int_equal(system(command), 0);
}

/* A test that fails leaves by longjmp; its desks must not stay behind. */
static pid_t running[32];

static void end_all(void) {
    for (unsigned i = 0; i < sizeof running / sizeof *running; i++)
        if (running[i] > 0 && kill(running[i], SIGTERM) == 0) {
            for (int waited = 0; waited < 3000; waited += 10) {
                if (waitpid(running[i], NULL, WNOHANG))
                    break;
                live_sleep_ms(10);
            }
            kill(running[i], SIGKILL);
        }
}

static void note_running(pid_t pid, bool runs) {
    static bool registered;
    if (!registered)
        atexit(end_all);
    registered = true;
    for (unsigned i = 0; i < sizeof running / sizeof *running; i++)
        if (running[i] == (runs ? 0 : pid)) {
            running[i] = runs ? pid : 0;
            return;
        }
}

static void read_server(struct live_desk *desk, const char *out) {
    for (int waited = 0; waited < START_MS; waited += 10) {
        char text[1024] = "";
        FILE *f = fopen(out, "re");
        const size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;
        if (f)
            fclose(f);
        text[n] = '\0';
        const char *name = strstr(text, "JACK server ");
        if (name)
            sscanf(name, "JACK server %63s", desk->server);
        if (strstr(text, "dubdeskd: sounding"))
            return;
        if (waitpid(desk->pid, NULL, WNOHANG) == desk->pid)
            break;
        live_sleep_ms(10);
    }
    char command[700];
    snprintf(command, sizeof command, "cat '%s' >&2", desk->log);
    if (system(command)) {
    }
    fail_msg("dubdeskd did not come up");
}

/* The runner's folder, which it removes; started by hand, one of our own that is removed at the
 * end. */
static char own_folder[] = "/tmp/dubdesk-live-XXXXXX";
static pid_t own_pid;

static void remove_own_folder(void) {
    char command[64];
    snprintf(command, sizeof command, "rm -rf %s", own_folder);
    if (getpid() != own_pid || system(command) != 0)
        return;
}

static const char *scratch_folder(void) {
    const char *tmp = getenv("TEST_TMP");
    if (tmp)
        return tmp;
    if (!own_pid) {
        assert_non_null(mkdtemp(own_folder));
        own_pid = getpid();
        atexit(remove_own_folder);
    }
    return own_folder;
}

void live_start(struct live_desk *desk, const struct live_options *o) {
    static unsigned number;
    *desk = (struct live_desk){.osc_port = free_port()};
    snprintf(desk->folder, sizeof desk->folder, "%s/desk-%ld-%u", scratch_folder(), (long)getpid(),
             number++);
    assert_int_equal(mkdir(desk->folder, 0777), 0);
    snprintf(desk->log, sizeof desk->log, "%s/log", desk->folder);
    char program[1024], file[600], state[600], out[600], period[16], port[16], preload[600];
    program_path(desk, o->no_control || o->idle_control, program, sizeof program);
    if (o->idle_control) {
        char control[600];
        snprintf(control, sizeof control, "%s/dubdesk-control", desk->folder);
        write_file(control, "#!/bin/sh\nexec sleep 600\n");
        assert_int_equal(chmod(control, 0755), 0);
    }
    snprintf(file, sizeof file, "%s/desk.cfg", desk->folder);
    snprintf(state, sizeof state, "%s/state", desk->folder);
    snprintf(out, sizeof out, "%s/out", desk->folder);
    snprintf(period, sizeof period, "%u", o->period_frames ? o->period_frames : 256);
    snprintf(port, sizeof port, "%u", desk->osc_port);
    write_file(file, o->desk_text ? o->desk_text : default_desk);

    const char *argv[24] = {program, "-c", file, "--state", state, "--osc-port", port};
    unsigned n = 7;
    if (o->server) {
        snprintf(desk->server, sizeof desk->server, "%s", o->server);
        argv[n++] = "--server";
        argv[n++] = o->server;
    } else {
        argv[n++] = "--dummy";
        argv[n++] = "--period";
        argv[n++] = period;
    }
    char *env[512];
    unsigned e = 0;
    for (char **p = environ; *p && e < 500; p++)
        if (strncmp(*p, "JACK_", 5) != 0 && !(o->no_control && strncmp(*p, "PATH=", 5) == 0))
            env[e++] = *p;
    static char path[] = "PATH=/usr/local/bin:/usr/bin:/bin";
    if (o->no_control)
        env[e++] = path;
    snprintf(preload, sizeof preload, "LD_PRELOAD=%s", o->preload ? o->preload : "");
    if (o->preload)
        env[e++] = preload;
    if (o->preload_env)
        env[e++] = (char *)(uintptr_t)o->preload_env;
    env[e] = NULL;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 1, out, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    posix_spawn_file_actions_addopen(&actions, 2, desk->log, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    assert_int_equal(posix_spawn(&desk->pid, program, &actions, NULL, (char *const *)argv, env), 0);
    posix_spawn_file_actions_destroy(&actions);
    note_running(desk->pid, true);
    read_server(desk, out);
}

int live_stop(struct live_desk *desk) {
    int status = 0;
    if (!desk->pid)
        return -1;
    kill(desk->pid, SIGTERM);
    note_running(desk->pid, false);
    for (int waited = 0; waited < STOP_MS; waited += 5) {
        if (waitpid(desk->pid, &status, WNOHANG) == desk->pid) {
            desk->pid = 0;
            return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
        }
        live_sleep_ms(5);
    }
    kill(desk->pid, SIGKILL);
    waitpid(desk->pid, &status, 0);
    desk->pid = 0;
    return 128 + SIGKILL;
}

int live_link_fd(const struct live_desk *desk) {
    char folder[64], path[400], target[256];
    snprintf(folder, sizeof folder, "/proc/%d/fd", (int)desk->pid);
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    int fd = -1;
    for (struct dirent *d; fd < 0 && (d = readdir(dir));) {
        snprintf(path, sizeof path, "%s/%s", folder, d->d_name);
        const ssize_t n = readlink(path, target, sizeof target - 1);
        target[n > 0 ? n : 0] = '\0';
        if (strncmp(target, "/memfd:dubdesk-link", 19) == 0)
            fd = open(path, O_RDWR | O_CLOEXEC);
    }
    closedir(dir);
    assert_true(fd >= 0);
    return fd;
}

pid_t live_child(const struct live_desk *desk, const char *name) {
    char path[64], list[1024] = "", program[256];
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)desk->pid, (int)desk->pid);
    FILE *f = fopen(path, "re");
    if (!f || !fgets(list, sizeof list, f))
        list[0] = '\0';
    if (f)
        fclose(f);
    char *rest = NULL;
    for (char *word = strtok_r(list, " \n", &rest); word; word = strtok_r(NULL, " \n", &rest)) {
        snprintf(path, sizeof path, "/proc/%.20s/exe", word);
        const ssize_t n = readlink(path, program, sizeof program - 1);
        program[n > 0 ? n : 0] = '\0';
        const char *slash = strrchr(program, '/');
        if (slash && strcmp(slash + 1, name) == 0)
            return (pid_t)atol(word);
    }
    return 0;
}

pid_t live_server_pid(const struct live_desk *desk) {
    return live_child(desk, "jackd");
}

pid_t live_control_pid(const struct live_desk *desk) {
    return live_child(desk, "dubdesk-control");
}

bool live_said(const struct live_desk *desk, const char *words) {
    static char text[1 << 18];
    FILE *f = fopen(desk->log, "re");
    const size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;
    if (f)
        fclose(f);
    text[n] = '\0';
    return strstr(text, words) != NULL;
}

void live_shell(const struct live_desk *desk, const char *command, char *text, unsigned size) {
    char line[2048];
    snprintf(line, sizeof line,
             "export JACK_DEFAULT_SERVER=%s JACK_NO_START_SERVER=1; timeout 10 bash -c '%s' 2>&1",
             desk->server, command);
    FILE *f = popen(line, "re");
    assert_non_null(f);
    const size_t n = fread(text, 1, size - 1, f);
    text[n] = '\0';
    pclose(f);
}

/* ---- OSC ---- */

static int osc_fd = -1;

static void osc_send(const struct live_desk *desk, const unsigned char *packet, size_t n) {
    if (osc_fd < 0)
        osc_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)desk->osc_port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    /* A port nobody listens on, while control restarts, is an error of the send before. */
    if (sendto(osc_fd, packet, n, 0, (struct sockaddr *)&to, sizeof to) != (ssize_t)n)
        assert_int_equal(errno, ECONNREFUSED);
}

static void put_string(unsigned char *packet, size_t *n, const char *text) {
    const size_t length = strlen(text);
    memcpy(packet + *n, text, length);
    *n += length;
    do
        packet[(*n)++] = 0;
    while (*n % 4);
}

static void put_word(unsigned char *packet, size_t *n, uint32_t word) {
    word = htonl(word);
    memcpy(packet + *n, &word, 4);
    *n += 4;
}

void live_osc(const struct live_desk *desk, const char *address, const char *types, ...) {
    unsigned char packet[1024];
    char tags[64];
    size_t n = 0;
    put_string(packet, &n, address);
    snprintf(tags, sizeof tags, ",%s", types);
    put_string(packet, &n, tags);
    va_list args;
    va_start(args, types);
    for (const char *t = types; *t; t++) {
        if (*t == 'i') {
            put_word(packet, &n, (uint32_t)va_arg(args, int));
        } else if (*t == 'f') {
            const float f = (float)va_arg(args, double);
            uint32_t word;
            memcpy(&word, &f, 4);
            put_word(packet, &n, word);
        } else {
            put_string(packet, &n, va_arg(args, const char *));
        }
    }
    va_end(args);
    osc_send(desk, packet, n);
}

void live_osc_at(const struct live_desk *desk, int64_t frame, const char *address, double value) {
    unsigned char packet[512];
    size_t n = 0, element;
    put_string(packet, &n, "#bundle");
    put_word(packet, &n, 0);
    put_word(packet, &n, 1); /* immediately */
    for (int i = 0; i < 2; i++) {
        element = n;
        n += 4;
        if (i == 0) {
            put_string(packet, &n, "/at");
            put_string(packet, &n, ",h");
            put_word(packet, &n, (uint32_t)((uint64_t)frame >> 32));
            put_word(packet, &n, (uint32_t)frame);
        } else {
            const float f = (float)value;
            uint32_t word;
            memcpy(&word, &f, 4);
            put_string(packet, &n, address);
            put_string(packet, &n, ",f");
            put_word(packet, &n, word);
        }
        size_t size = element;
        put_word(packet, &size, (uint32_t)(n - element - 4));
    }
    osc_send(desk, packet, n);
}

bool live_osc_get(const struct live_desk *desk, const char *address, unsigned ms, float *value) {
    unsigned char packet[2048];
    size_t n = 0;
    const int64_t until_ns = live_now_ns() + (int64_t)ms * 1000000;
    while (osc_fd >= 0 && recv(osc_fd, packet, sizeof packet, MSG_DONTWAIT) > 0) {
    } /* answers to former questions */
    put_string(packet, &n, address);
    put_string(packet, &n, ",");
    osc_send(desk, packet, n);
    while (live_now_ns() < until_ns) {
        struct pollfd wait = {.fd = osc_fd, .events = POLLIN};
        if (poll(&wait, 1, 5) <= 0)
            continue;
        const ssize_t got = recv(osc_fd, packet, sizeof packet, 0);
        const size_t tags = (strlen(address) + 4) & ~(size_t)3;
        if (got < (ssize_t)tags + 8 || strcmp((char *)packet, address) != 0 ||
            strcmp((char *)packet + tags, ",f") != 0)
            continue;
        uint32_t word;
        memcpy(&word, packet + tags + 4, 4);
        word = ntohl(word);
        memcpy(value, &word, 4);
        return true;
    }
    return false;
}
