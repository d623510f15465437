# SPDX-License-Identifier: GPL-3.0-or-later
# Dubdesk. Each room is a static library and each program links only its own rooms, so that the
# linker keeps the doors one-way. Files are found by name: adding one needs no change here.
#
#   make            build/dubdeskd, build/dubdesk-control, build/dubdesk
#   make demo       install what is missing, build, mix a real scene     (HOLD=1 keeps the desk up)
#   make check      install what is missing, build, run all tests
#   make asan tsan rtsan fuzz lint format bench long docs install uninstall dist clean
#
# This file must be readable by make on a machine that has no compiler and no pkg-config yet: both
# are asked lazily, inside recipes, after tools/deps has run.

VERSION := 0.1.0

# -- what the caller may choose ---------------------------------------------------------------
ifeq ($(origin CC),default)
CC := gcc
endif
B ?= build
PREFIX ?= /usr/local
DESTDIR ?=
SAN ?=
# Kernels too, unless the caller leaves them out (clang takes minutes over an instrumented one).
KERNEL_SAN := $(SAN)
OPT ?= -O2
WERROR ?=
FUZZ_SECONDS ?= 20
HOLD ?=
V ?=
JOBS ?= $(shell nproc 2>/dev/null || echo 2)

Q := $(if $(V),,@)
say = @echo "  $(1)"
# Recursive makes get -j unless the caller gave one.
PAR = $(if $(findstring -j,$(MAKEFLAGS)),,-j$(JOBS))
SUB = $(MAKE) --no-print-directory $(PAR)

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SUFFIXES:

# -- flags ------------------------------------------------------------------------------------
WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion
CPPFLAGS += -D_GNU_SOURCE -I. -DDUBDESK_VERSION='"$(VERSION)"'
ALL_CFLAGS = -std=c17 $(OPT) -g -pthread $(WARN) $(if $(WERROR),-Werror) $(SAN) $(CFLAGS)
ALL_LDFLAGS = -pthread $(SAN) -Wl,--as-needed $(LDFLAGS)
# Sound code keeps its NaN guards: never -ffast-math.
DSP_FLAGS := -ftree-vectorize -fno-math-errno -fno-trapping-math -ffp-contract=fast -Wvla
# Vector arguments change ABI between instruction sets; kernels never pass them across objects.
KERNEL_FLAGS := -std=gnu17 -Wno-psabi

ifneq ($(filter x86_64 amd64,$(shell uname -m)),)
ISAS := sse2 avx2 avx512
else
ISAS := generic
endif
ISA_FLAGS_sse2 :=
ISA_FLAGS_avx2 := -march=x86-64-v3
ISA_FLAGS_avx512 := -march=x86-64-v4 -mprefer-vector-width=512
ISA_FLAGS_generic :=

# $(call pkg,libs,NAMES): asked once, and only when a recipe needs it. The x marks an empty answer.
pkg = $(if $(strip $(2)),$(call pkg_ask,$(1),$(strip $(2)),pkg_$(1)_$(subst $(space),_,$(strip $(2)))))
pkg_ask = $(if $($(3)),,$(eval $(3) := x $$(shell pkg-config --$(1) $(2))))$(wordlist 2,99,$($(3)))
empty :=
space := $(empty) $(empty)
PKGS := libconfig liblo sndfile libebur128 soxr jack libcjson
PKG_CFLAGS = $(call pkg,cflags,$(PKGS))

# -- rooms: sources ---------------------------------------------------------------------------
JACK_SRC := $(wildcard daemon/sound/host_jack*.c daemon/sound/jack_*.c)
BENCH_SRC := $(wildcard tools/bench*.c)
MKDOCS_SRC := $(wildcard tools/mkdocs*.c)

SRC_config := $(wildcard config/*.c)
SRC_dsp := $(filter-out dsp/k_%,$(wildcard dsp/*.c))
SRC_kernel := $(wildcard dsp/k_*.c)
SRC_osc := $(wildcard osc/*.c)
SRC_link := $(wildcard daemon/*.c)
SRC_sound := $(filter-out daemon/sound/dubdeskd.c $(JACK_SRC),$(wildcard daemon/sound/*.c))
SRC_soundjack := $(JACK_SRC)
SRC_control := $(filter-out daemon/control/dubdesk_control.c,$(wildcard daemon/control/*.c))
SRC_tools := $(filter-out tools/dubdesk.c,$(wildcard tools/dubdesk*.c tools/script*.c))
SRC_harness := $(wildcard tests/lib/*.c) \
	$(filter-out $(wildcard tests/unit/test_*.c),$(wildcard tests/unit/*.c))
# Any other C file in tools/ is a small program of its own in build/tools/.
SRC_single := $(filter-out tools/dubdesk%.c tools/script%.c $(BENCH_SRC) $(MKDOCS_SRC),$(wildcard tools/*.c))

# Every room, callers before callees: the order of libraries on a link line.
ROOMS := harness tools soundjack sound control osc link dsp config

# -- rooms: one-way doors ---------------------------------------------------------------------
# What each room may call, and which libraries it brings.
NEEDS_config :=
NEEDS_dsp := config
NEEDS_osc := config
NEEDS_link := config
NEEDS_sound := link dsp config
NEEDS_soundjack := sound link dsp config
NEEDS_control := link osc config
NEEDS_tools := sound control osc link dsp config
NEEDS_harness :=

PKGS_config := libconfig
PKGS_osc := liblo
PKGS_sound := sndfile libebur128 soxr
PKGS_soundjack := jack
PKGS_control := liblo
PKGS_tools := sndfile libebur128 soxr libcjson

obj = $(patsubst %.c,$(B)/%.o,$(1))
kernel_obj = $(foreach i,$(ISAS),$(patsubst %.c,$(B)/%.$(i).o,$(1)))

OBJ_config := $(call obj,$(SRC_config))
OBJ_dsp := $(call obj,$(SRC_dsp)) $(call kernel_obj,$(SRC_kernel))
$(foreach r,osc link sound soundjack control tools harness,$(eval OBJ_$(r) := $(call obj,$(SRC_$(r)))))

LIVE_ROOMS := $(foreach r,$(ROOMS),$(if $(OBJ_$(r)),$(r)))
LIBS := $(LIVE_ROOMS:%=$(B)/lib/%.a)

# $(call rooms,NAMES): those rooms and all they may call, in link order, as far as they exist.
rooms = $(filter $(sort $(1) $(foreach r,$(1),$(NEEDS_$(r)))),$(LIVE_ROOMS))
libs = $(patsubst %,$(B)/lib/%.a,$(call rooms,$(1)))
room_pkgs = $(sort $(foreach r,$(call rooms,$(1)),$(PKGS_$(r))))

# -- programs ---------------------------------------------------------------------------------
# A program whose main is not there yet is left out.
PROGRAMS :=
define program # name, main source, rooms
ifneq ($(wildcard $(2)),)
PROGRAMS += $(B)/$(1)
$(B)/$(1): ROOMS_HERE := $(3)
$(B)/$(1): $(call obj,$(wildcard $(2))) $(call libs,$(3))
endif
endef
$(eval $(call program,dubdeskd,daemon/sound/dubdeskd.c,soundjack))
$(eval $(call program,dubdesk-control,daemon/control/dubdesk_control.c,control))
$(eval $(call program,dubdesk,tools/dubdesk.c,tools))
DAEMONS := $(PROGRAMS)
$(foreach s,$(SRC_single),$(eval $(call program,tools/$(notdir $(s:.c=)),$(s),sound osc)))
$(eval $(call program,bench,$(BENCH_SRC),sound))
$(eval $(call program,mkdocs,$(MKDOCS_SRC),osc))
SINGLES := $(filter-out $(DAEMONS),$(PROGRAMS))

$(B)/tools/%: EXTRA_PKGS := jack

# The bench measures LV2 plugins beside the desk where liblilv is to be had. The stamp changes when
# that does.
have_lilv = $(shell pkg-config --exists lilv-0 && echo lilv-0)
$(B)/bench: EXTRA_PKGS = $(have_lilv)
$(B)/tools/bench_lv2.o: EXTRA_CFLAGS = $(if $(have_lilv),-DBENCH_LILV $(call pkg,cflags,$(have_lilv)))
$(B)/bench $(B)/tools/bench_lv2.o: $(B)/bench-lilv
.PHONY: look
$(B)/bench-lilv: look
	@mkdir -p $(@D)
	@pkg-config --modversion lilv-0 >$@.now 2>/dev/null || echo none >$@.now
	@if cmp -s $@.now $@; then rm $@.now; else mv $@.now $@; fi

# -- tests ------------------------------------------------------------------------------------
# A test says which rooms it links in its first lines: /* rooms: config dsp */
UNIT_SRC := $(wildcard tests/unit/test_*.c)
SUITE_SRC := $(UNIT_SRC) $(wildcard tests/golden/*.c tests/live/*.c tests/long/*.c)
FUZZ_SRC := $(wildcard tests/fuzz/fuzz_*.c)
PRELOAD_SRC := $(wildcard tests/preload/*.c)
TEST_SRC := $(SUITE_SRC) $(FUZZ_SRC)
$(foreach w,$(if $(TEST_SRC),$(shell awk 'FNR <= 5 && match($$0, /rooms:[a-z ]*/) \
	{ s = substr($$0, RSTART + 6, RLENGTH - 6); gsub(/ +/, "+", s); print FILENAME "=" s }' \
	$(TEST_SRC))),$(eval ROOMS_OF_$(firstword $(subst =, ,$(w))) := \
	$(strip $(subst +, ,$(lastword $(subst =, ,$(w)))))))
test_rooms = harness $(or $(ROOMS_OF_$(1)),$(if $(filter tests/unit/%,$(1)),config,soundjack control))

TESTS :=
define test_program # source
TESTS += $(patsubst %.c,$(B)/%,$(1))
$(patsubst %.c,$(B)/%,$(1)): ROOMS_HERE := $(call test_rooms,$(1))
$(patsubst %.c,$(B)/%,$(1)): $(call obj,$(1)) $(call libs,$(call test_rooms,$(1)))
endef
$(foreach s,$(SUITE_SRC),$(eval $(call test_program,$(s))))
$(TESTS): EXTRA_PKGS := cmocka sndfile libebur128 jack liblo

PRELOADS := $(PRELOAD_SRC:%.c=$(B)/%.so)

.PHONY: all tests
all: $(filter-out $(B)/lib/harness.a,$(LIBS)) $(PROGRAMS)
tests: $(TESTS) $(PRELOADS)

$(PROGRAMS) $(TESTS):
	$(call say,LD   $@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) \
		$(call pkg,libs,$(sort $(call room_pkgs,$(ROOMS_HERE)) $(EXTRA_PKGS))) -lm

# -- objects ----------------------------------------------------------------------------------
DEPGEN = -MMD -MP -MF $(@:.o=.d)

$(B)/lib/%.a:
	$(call say,AR   $@)
	@mkdir -p $(@D)
	@rm -f $@
	$(Q)ar rcs $@ $(filter %.o,$^)
$(foreach r,$(LIVE_ROOMS),$(eval $(B)/lib/$(r).a: $(OBJ_$(r))))

$(B)/dsp/%.o: EXTRA_CFLAGS := $(DSP_FLAGS)
$(B)/tests/%.o: EXTRA_CFLAGS = $(call pkg,cflags,cmocka)
# Every recorded sample goes through its loops, and they are written for vectors.
$(B)/daemon/sound/recorder.o: EXTRA_CFLAGS = -O3 -fno-trapping-math
# libjack's headers carry no promise that its calls do not wait; what the host calls there is checked at
# run time, by the sanitizer and by the interposer of the live tests.
$(OBJ_soundjack): EXTRA_CFLAGS = $(if $(findstring realtime,$(SAN)),-Wno-function-effects)
$(B)/%.o: %.c
	$(call say,CC   $<)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) $(EXTRA_CFLAGS) $(PKG_CFLAGS) $(DEPGEN) -c -o $@ $<

$(B)/dsp/k_%.o: override SAN = $(KERNEL_SAN)
define kernel_rule # isa
$(B)/dsp/%.$(1).o: dsp/%.c
	$$(call say,CC   $$< ($(1)))
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(CPPFLAGS) $$(ALL_CFLAGS) $$(DSP_FLAGS) $$(KERNEL_FLAGS) -DISA=$(1) \
		-DISA_$(1)=1 $$(ISA_FLAGS_$(1)) $$(DEPGEN) -c -o $$@ $$<
endef
$(foreach i,$(ISAS),$(eval $(call kernel_rule,$(i))))

$(B)/tests/preload/%.so: tests/preload/%.c
	$(call say,CC   $< (shared))
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) -std=c17 -O2 -g $(WARN) -Wno-pedantic -fPIC -shared -o $@ $< -ldl -pthread

# What an object was compiled with is part of what it depends on.
-include $(shell find $(B) -name '*.d' 2>/dev/null)

# -- what people type -------------------------------------------------------------------------
.PHONY: check demo long clean
check:
	@tools/deps build test
	@$(SUB) all tests
	@tests/run frame unit golden live

demo:
	@tools/deps build demo
	@$(SUB) all
	@HOLD='$(HOLD)' tools/demo

long:
	@tools/deps build test
	@$(SUB) all tests
	@tests/run long

clean:
	rm -rf $(B)

# -- sanitizers -------------------------------------------------------------------------------
# Each has its own build directory, so that switching costs no rebuild.
.PHONY: asan tsan rtsan fuzz fuzzers rt-tests
SAN_UB := undefined -fno-sanitize-recover=undefined
# Live tests that judge time, preload something or run long are left out, and tests/sanitized says so;
# ThreadSanitizer gets the tests of the rooms that have threads.
ASAN_LIVE := live/bad_input live/osc_clients live/osc_rules live/ports live/scribble live/server live/transactions live/wire
TSAN_LIVE := live/transactions live/wire
TSAN_TESTS = $(foreach s,$(UNIT_SRC),$(if $(filter-out config dsp,$(ROOMS_OF_$(s))),$(s)))
asan:
	@tools/deps build test
	@$(SUB) B=build/asan OPT=-O1 SAN='-fsanitize=address,$(SAN_UB) -fno-omit-frame-pointer' all tests
	@BUILD=build/asan SANITIZER=address TEST_SECONDS=4 tests/sanitized asan unit golden $(ASAN_LIVE)

tsan:
	@tools/deps build test
	@$(SUB) B=build/tsan OPT=-O1 SAN='-fsanitize=thread' all tests
	@BUILD=build/tsan SANITIZER=thread TEST_SECONDS=6 tests/sanitized tsan $(TSAN_TESTS:tests/%.c=%) golden $(TSAN_LIVE)

# The real-time sanitizer needs clang 20 or later. It builds what may run on the audio thread, follows
# the RT marks at compile time, and runs the tests of those rooms.
RTSAN_CC ?= $(firstword $(foreach v,22 21 20,$(if $(shell command -v clang-$(v)),clang-$(v))))
RT_TESTS = $(foreach s,$(UNIT_SRC),$(if $(filter dsp sound,$(ROOMS_OF_$(s))),$(s)))
rtsan:
	@tools/deps build test sanitize
	@if [ -z '$(RTSAN_CC)' ]; then \
		echo 'SKIP: no clang 20 or later, so no real-time sanitizer'; \
		echo '0 passed, 0 failed, 1 skipped'; exit 0; fi; \
	$(SUB) B=build/rtsan CC='$(RTSAN_CC)' OPT=-O1 rt-tests SAN='-fsanitize=realtime' \
		CFLAGS='-Wfunction-effects -Werror=function-effects' && \
	RTSAN_CC='$(RTSAN_CC)' BUILD=build/rtsan SANITIZER=realtime TEST_SECONDS=4 tests/sanitized rtsan $(RT_TESTS:tests/%.c=%)
rt-tests: $(RT_TESTS:%.c=$(B)/%)

fuzz:
	@tools/deps build sanitize
	@$(SUB) B=build/fuzz CC=clang OPT=-O1 KERNEL_SAN= \
		SAN='-fsanitize=fuzzer-no-link,address,$(SAN_UB)' fuzzers
	@FUZZ_SECONDS=$(FUZZ_SECONDS) BUILD=build/fuzz tests/fuzz/run
FUZZERS := $(FUZZ_SRC:%.c=$(B)/%)
fuzzers: $(FUZZERS)
define fuzz_program # source
$(patsubst %.c,$(B)/%,$(1)): ROOMS_HERE := $(call test_rooms,$(1))
$(patsubst %.c,$(B)/%,$(1)): $(call obj,$(1)) $(call libs,$(call test_rooms,$(1)))
endef
$(foreach s,$(FUZZ_SRC),$(eval $(call fuzz_program,$(s))))
$(FUZZERS):
	$(call say,LD   $@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) -fsanitize=fuzzer $(ALL_LDFLAGS) -o $@ $(filter %.o,$^) $(filter %.a,$^) \
		$(call pkg,libs,$(call room_pkgs,$(ROOMS_HERE))) -lm

# -- what else is checked and measured --------------------------------------------------------
.PHONY: lint format docs bench
lint:
	@tools/deps build test lint sanitize
	@tests/lint

format:
	clang-format-14 -i $$(git ls-files -- '*.c' '*.h')

docs: $(B)/mkdocs
	@$(B)/mkdocs

# Goes on without whatever there is to compare with; PARTS="peers film" runs those alone.
PARTS ?=
bench:
	@tools/deps build
	@tools/deps bench || echo "  going on without what could not be installed"
	@$(SUB) $(B)/bench $(B)/dubdesk $(B)/tools/demo_measure
	@$(B)/bench $(PARTS)

# -- installation -----------------------------------------------------------------------------
.PHONY: install uninstall dist
BINDIR = $(DESTDIR)$(PREFIX)/bin
MANDIR = $(DESTDIR)$(PREFIX)/share/man
DOCDIR = $(DESTDIR)$(PREFIX)/share/doc/dubdesk
COMPDIR = $(DESTDIR)$(PREFIX)/share/bash-completion/completions
MAN1 := $(wildcard */*.1 */*/*.1)
MAN5 := $(wildcard */*.5 */*/*.5)
DOCS := README.md COPYING $(wildcard */*.md)
EXAMPLES := $(wildcard config/examples/*)

install: all
	@install -d $(BINDIR) $(DOCDIR)/examples
	install -m 755 $(DAEMONS) $(BINDIR)
	$(if $(MAN1),@install -d $(MANDIR)/man1)
	$(if $(MAN1),install -m 644 $(MAN1) $(MANDIR)/man1)
	$(if $(MAN5),@install -d $(MANDIR)/man5)
	$(if $(MAN5),install -m 644 $(MAN5) $(MANDIR)/man5)
	$(if $(wildcard tools/dubdesk.bash),@install -d $(COMPDIR))
	$(if $(wildcard tools/dubdesk.bash),install -m 644 tools/dubdesk.bash $(COMPDIR)/dubdesk)
	install -m 644 $(DOCS) $(DOCDIR)
	$(if $(EXAMPLES),install -m 644 $(EXAMPLES) $(DOCDIR)/examples)

uninstall:
	rm -f $(addprefix $(BINDIR)/,$(notdir $(DAEMONS)))
	rm -f $(addprefix $(MANDIR)/man1/,$(notdir $(MAN1))) $(addprefix $(MANDIR)/man5/,$(notdir $(MAN5)))
	rm -f $(COMPDIR)/dubdesk
	rm -rf $(DOCDIR)

dist:
	@mkdir -p $(B)
	git archive --format=tar --prefix=dubdesk-$(VERSION)/ HEAD | gzip -9n >$(B)/dubdesk-$(VERSION).tar.gz
	@echo "$(B)/dubdesk-$(VERSION).tar.gz"
