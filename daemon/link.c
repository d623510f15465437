/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Making, attaching and closing the mapping. */
#include "daemon/link.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon/link_layout.h"

#define LINK_SEALS (F_SEAL_SHRINK | F_SEAL_GROW)
#define LINK_ALIGN 4096u

/* Where everything stands, from the counts alone: both sides compute it, nobody believes it. */
struct places {
    uint64_t command, event, request, notice;
    uint64_t target, current, text, meter, bulk, keep, desk, size;
};

static uint64_t place(uint64_t *at, uint64_t bytes) {
    const uint64_t here = *at;
    *at = (here + bytes + LINK_ALIGN - 1) & ~(uint64_t)(LINK_ALIGN - 1);
    return here;
}

static struct places places_of(uint64_t slots, uint64_t texts, uint64_t meters, uint64_t bulk,
                               uint64_t desk_bytes) {
    struct places p;
    uint64_t at = 0;
    place(&at, sizeof(struct link_head));
    p.command = place(&at, (uint64_t)LINK_COMMAND_CELLS * COMMAND_CELL_BYTES);
    p.event = place(&at, (uint64_t)LINK_EVENTS * sizeof(struct event));
    p.request = place(&at, (uint64_t)LINK_REQUESTS * sizeof(struct link_request));
    p.notice = place(&at, (uint64_t)LINK_NOTICES * sizeof(struct link_notice));
    p.target = place(&at, slots * sizeof(float));
    p.current = place(&at, slots * sizeof(float));
    p.text = place(&at, texts * TEXT_BYTES);
    p.meter = place(&at, 3 * meters * sizeof(struct link_meter));
    p.bulk = place(&at, 2 * bulk * sizeof(struct command));
    p.keep = place(&at, LINK_KEEP_BYTES);
    p.desk = place(&at, desk_bytes + 1);
    p.size = at;
    return p;
}

static void ring_view(struct ring *ring, struct ring_shared *shared, unsigned char *cells,
                      uint32_t cell_bytes, uint32_t capacity, bool producer) {
    *ring = (struct ring){
        .shared = shared, .cells = cells, .cell_bytes = cell_bytes, .capacity = capacity};
    ring->pos =
        atomic_load_explicit(producer ? &shared->head : &shared->tail, memory_order_acquire);
}

/* Fill in the private view of a mapping whose counts are known. */
static void view(struct link *link, const struct places *p, bool sound) {
    unsigned char *base = link->base;
    struct link_head *head = link->head;
    ring_view(&link->command, &head->command, base + p->command, COMMAND_CELL_BYTES,
              LINK_COMMAND_CELLS, !sound);
    ring_view(&link->event, &head->event, base + p->event, sizeof(struct event), LINK_EVENTS,
              sound);
    ring_view(&link->request, &head->request, base + p->request, sizeof(struct link_request),
              LINK_REQUESTS, !sound);
    ring_view(&link->notice, &head->notice, base + p->notice, sizeof(struct link_notice),
              LINK_NOTICES, sound);
    link->target = (float *)(void *)(base + p->target);
    link->current = (float *)(void *)(base + p->current);
    link->text = (char(*)[TEXT_BYTES])(void *)(base + p->text);
    for (unsigned i = 0; i < 3; i++)
        link->meter[i] = (struct link_meter *)(void *)(base + p->meter) + (size_t)i * link->meters;
    for (unsigned i = 0; i < 2; i++)
        link->bulk[i] =
            (struct command *)(void *)(base + p->bulk) + (size_t)i * link->bulk_commands;
    link->keep = base + p->keep;
    link->desk_text = (const char *)base + p->desk;
}

static int fail(struct link *link, char error[256], const char *what) {
    if (errno)
        snprintf(error, 256, "link: %s: %s", what, strerror(errno));
    else
        snprintf(error, 256, "link: %s", what);
    link_close(link);
    return -1;
}

int link_create(struct link *link, const struct desk *desk, const char *desk_text,
                const char *desk_name, uint32_t meters, uint32_t generation, char error[256]) {
    *link = (struct link){.fd = -1};
    const size_t desk_bytes = strlen(desk_text);
    link->slots = desk->layout.slots;
    link->texts = desk->layout.texts;
    link->meters = meters;
    link->bulk_commands = desk->layout.slots;
    const struct places p =
        places_of(link->slots, link->texts, meters, link->bulk_commands, desk_bytes);
    errno = 0;
    link->fd = memfd_create("dubdesk-link", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (link->fd < 0)
        return fail(link, error, "memfd_create");
    if (ftruncate(link->fd, (off_t)p.size) < 0)
        return fail(link, error, "cannot make room for the mapping");
    /* Sealed before anybody else has it: sound must never meet SIGBUS. */
    if (fcntl(link->fd, F_ADD_SEALS, LINK_SEALS | F_SEAL_SEAL) < 0)
        return fail(link, error, "cannot seal the mapping");
    link->size = (size_t)p.size;
    void *base =
        mmap(NULL, link->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, link->fd, 0);
    if (base == MAP_FAILED)
        return fail(link, error, "mmap");
    link->base = base;
    link->head = base;
    (void)mlock(base, link->size); /* refused without rights: pages may then fault under pressure */

    struct link_head *head = link->head;
    *head = (struct link_head){.version = LINK_VERSION,
                               .generation = generation,
                               .rows_hash = rows_hash(),
                               .size = p.size,
                               .slots = link->slots,
                               .texts = link->texts,
                               .meters = meters,
                               .bulk_commands = link->bulk_commands,
                               .desk_bytes = (uint32_t)desk_bytes,
                               .off_command = p.command,
                               .off_event = p.event,
                               .off_request = p.request,
                               .off_notice = p.notice,
                               .off_target = p.target,
                               .off_current = p.current,
                               .off_text = p.text,
                               .off_meter = p.meter,
                               .off_bulk = p.bulk,
                               .off_keep = p.keep,
                               .off_desk = p.desk};
    snprintf(head->desk_name, sizeof head->desk_name, "%s", desk_name);
    atomic_store(&head->meter_latest, METER_STATE(1u, 2u)); /* sound begins with buffer 0 */
    atomic_store(&head->handed_timeline, INT64_MIN);
    atomic_store(&head->status.sound_pid, (uint32_t)getpid());
    view(link, &p, true);
    memcpy(link->base + p.desk, desk_text, desk_bytes + 1);
    if (link->slots) {
        memcpy(link->target, desk->value, link->slots * sizeof(float));
        memcpy(link->current, desk->value, link->slots * sizeof(float));
    }
    if (link->texts)
        memcpy(link->text, desk->text, (size_t)link->texts * TEXT_BYTES);
    head->magic = LINK_MAGIC;
    return 0;
}

/* The checks of link_attach, on a mapping of `size` bytes. NULL when all is well. */
static const char *refuse(const struct link_head *head, size_t size, struct places *p) {
    if (head->magic != LINK_MAGIC)
        return "not a link of dubdesk";
    if (head->version != LINK_VERSION)
        return "made by another version of dubdeskd; restart the desk";
    if (head->rows_hash != rows_hash())
        return "dubdeskd was built with other parameter rows; restart the desk";
    *p = places_of(head->slots, head->texts, head->meters, head->bulk_commands, head->desk_bytes);
    if (head->size != size || p->size != size)
        return "its size is wrong";
    if (p->command != head->off_command || p->event != head->off_event ||
        p->request != head->off_request || p->notice != head->off_notice ||
        p->target != head->off_target || p->current != head->off_current ||
        p->text != head->off_text || p->meter != head->off_meter || p->bulk != head->off_bulk ||
        p->keep != head->off_keep || p->desk != head->off_desk)
        return "its layout is wrong";
    if (((const char *)head)[p->desk + head->desk_bytes] != '\0')
        return "its desk text has no end";
    return NULL;
}

int link_attach(struct link *link, int fd, char error[256]) {
    *link = (struct link){.fd = -1};
    struct stat st;
    errno = 0;
    if (fstat(fd, &st) < 0)
        return fail(link, error, "descriptor");
    const int seals = fcntl(fd, F_GET_SEALS);
    if (seals < 0 || (seals & LINK_SEALS) != LINK_SEALS) {
        errno = 0;
        return fail(link, error, "the descriptor is not a sealed mapping");
    }
    if ((size_t)st.st_size < sizeof(struct link_head)) {
        errno = 0;
        return fail(link, error, "the mapping is too small");
    }
    link->size = (size_t)st.st_size;
    void *base = mmap(NULL, link->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (base == MAP_FAILED)
        return fail(link, error, "mmap");
    link->base = base;
    link->head = base;
    struct places p;
    const char *why = refuse(link->head, link->size, &p);
    errno = 0;
    if (why)
        return fail(link, error, why);
    link->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (link->fd < 0)
        return fail(link, error, "descriptor");
    link->slots = link->head->slots;
    link->texts = link->head->texts;
    link->meters = link->head->meters;
    link->bulk_commands = link->head->bulk_commands;
    view(link, &p, false);
    return 0;
}

void link_close(struct link *link) {
    if (link->base)
        munmap(link->base, link->size);
    if (link->fd >= 0)
        close(link->fd);
    *link = (struct link){.fd = -1};
}
