# SPDX-License-Identifier: GPL-2.0
#
# The commands of the project; `make help` lists them. What the module is made
# of is in Kbuild, which the kernel's build system reads instead of this file.

KDIR ?= /lib/modules/$(shell uname -r)/build

# BTF of a module is of use to tracers only, but without pahole it stops the build.
KBUILD = $(MAKE) -C $(KDIR) M=$(CURDIR) \
	$(if $(shell command -v pahole),,CONFIG_DEBUG_INFO_BTF_MODULES=)

KERNEL ?= 6.12
ROUNDS ?= 20
MINUTES ?= 10
HOSTS ?= 3
STABILITY ?= 60

PREFIX ?= /usr/local
SBINDIR ?= $(PREFIX)/sbin
MANDIR ?= $(PREFIX)/share/man
UNITDIR ?= /usr/lib/systemd/system
RULESDIR ?= /usr/lib/udev/rules.d
DESTDIR ?=

MAN4 := $(wildcard tools/raftctl/*.4)
MAN8 := $(wildcard tools/raftctl/*.8)
UNITS := $(wildcard tools/raftctl/*.service)
RULES := $(wildcard tools/raftctl/*.rules)

.PHONY: all
all: modules raftctl	## The module and raftctl

.PHONY: modules
modules: kdir	## raftval.ko, against the kernel headers in KDIR
	$(KBUILD) modules

.PHONY: raftctl
raftctl:	## tools/raftctl/raftctl, the tool that makes and changes clusters
	$(MAKE) -C tools/raftctl

.PHONY: check
check:	## Every test on both kernels, in VMs (scripts/check --help: parts of it)
	scripts/check

.PHONY: check-latest
check-latest:	## The tests with network namespaces on the newest kernel that Debian has
	scripts/check --kernel latest module

.PHONY: check-debug
check-debug:	## The tests on kernels that watch themselves, which are built first
	scripts/check uml debug races

.PHONY: check-core
check-core:	## The core's unit tests and scenarios, in userspace
	$(MAKE) -C selftests/core check

.PHONY: check-crash
check-crash:	## Hosts with stores lose power over and over (KERNEL=6.1 ROUNDS=n)
	selftests/vm/crash.sh --kernel $(KERNEL) --rounds $(ROUNDS)

.PHONY: check-boot
check-boot:	## Members that systemd and udev start, in a VM with Debian (KERNEL=6.1)
	selftests/vm/systemd.sh --kernel $(KERNEL)

.PHONY: coverage
coverage:	## How much of the core its tests execute; fails if that is too little
	$(MAKE) -C selftests/core coverage

.PHONY: fuzz
fuzz:	## The core's fuzzers, with libFuzzer (SECONDS=n for each)
	$(MAKE) -C selftests/core fuzz

.PHONY: sim
sim:	## The core's simulator: one seed decides every fault (SEEDS=a-b STEPS=n)
	$(MAKE) -C selftests/core sim

.PHONY: sim-ci
sim-ci:	## Ten minutes of it over fresh seeds, and all seeds that failed once
	$(MAKE) -C selftests/core sim-ci

.PHONY: explore
explore:	## Every order of events of the core, within bounds (BOUNDS=large: far ones)
	$(MAKE) -C selftests/core explore

.PHONY: mutants
mutants:	## Known bugs put into the core, one at a time: each must be found
	$(MAKE) -C selftests/core mutants

.PHONY: crash-images
crash-images:	## Is what was acknowledged on the stores, whatever a crash leaves (CRASH_ARGS)
	selftests/vm/crash_images.sh $(CRASH_ARGS)

.PHONY: histories
histories:	## Is what three hosts say under faults linearizable (KERNEL=6.1 HISTORIES_ARGS)
	selftests/vm/histories.sh $(if $(filter file,$(origin KERNEL)),,--kernel $(KERNEL)) $(HISTORIES_ARGS)

.PHONY: nemesis
nemesis:	## All that can befall hosts, several at once (MINUTES=n SEED=s KERNEL=6.1 HOSTS=5)
	selftests/vm/nemesis.sh --kernel $(KERNEL) --minutes $(MINUTES) --hosts $(HOSTS) \
		$(if $(SEED),--seed $(SEED)) $(NEMESIS_ARGS)
	selftests/bench/stability.sh --kernel $(KERNEL) --rounds $(STABILITY)

.PHONY: hostile
hostile:	## A host without the key attacks three that have it (KERNEL=6.1 HOSTILE_ARGS)
	selftests/vm/hostile.sh --kernel $(KERNEL) $(HOSTILE_ARGS)

.PHONY: bench
bench:	## How fast it is, beside what it is made of and etcd (KERNEL=6.1 JSON=1 BENCH_ARGS)
	@selftests/bench/bench.sh --kernel $(KERNEL) $(if $(JSON),--json) $(BENCH_ARGS)

.PHONY: style
style:	## Every style gate (scripts/style --help: one of them)
	scripts/style

.PHONY: demo
demo:	## Three VMs make a cluster, lose a leader, are cut apart and heal
	scripts/demo

.PHONY: install
install: modules_install raftctl_install	## The module, raftctl and what goes with it, below DESTDIR

# Distributions' headers lack the System.map without which kbuild leaves depmod out. Below
# DESTDIR there are not all modules, and an index is made when the package is installed.
.PHONY: modules_install
modules_install: modules	## Only the module
	$(KBUILD) $(if $(DESTDIR),INSTALL_MOD_PATH=$(DESTDIR)) modules_install
	$(if $(DESTDIR),,/sbin/depmod $$(/sbin/modinfo -F vermagic kmod/raftval.ko | cut -d' ' -f1))

.PHONY: raftctl_install
raftctl_install: raftctl	## Only raftctl, man pages, units for systemd and rules for udev
	install -D -m 755 -t $(DESTDIR)$(SBINDIR) tools/raftctl/raftctl
	install -D -m 644 -t $(DESTDIR)$(MANDIR)/man4 $(MAN4)
	install -D -m 644 -t $(DESTDIR)$(MANDIR)/man8 $(MAN8)
	install -D -m 644 -t $(DESTDIR)$(UNITDIR) $(UNITS)
	install -D -m 644 -t $(DESTDIR)$(RULESDIR) $(RULES)
	sed -i 's|/usr/local/sbin|$(SBINDIR)|' \
		$(UNITS:tools/raftctl/%=$(DESTDIR)$(UNITDIR)/%) \
		$(RULES:tools/raftctl/%=$(DESTDIR)$(RULESDIR)/%)

.PHONY: clean
clean:	## Remove everything that was built
	$(if $(wildcard $(KDIR)/Makefile),$(KBUILD) clean)
	$(MAKE) -C tools/raftctl clean
	$(MAKE) -C selftests/core clean
	$(MAKE) -C selftests/vm clean
	$(MAKE) -C selftests/bench clean
	$(MAKE) -C selftests clean

.PHONY: help
help:	## This list
	@sed -n 's/^\([a-z_-]*\):[^#]*## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 17
	@echo
	@echo 'Variables, with their values now:'
	@printf '%-16s %s\n' KDIR '$(KDIR)' KERNEL '$(KERNEL)' ROUNDS '$(ROUNDS)' MINUTES '$(MINUTES)' HOSTS '$(HOSTS)' STABILITY '$(STABILITY)' DESTDIR '$(DESTDIR)' PREFIX '$(PREFIX)'

.PHONY: kdir
kdir:
	@test -e $(KDIR)/Makefile || { \
		echo 'No kernel headers in $(KDIR).' >&2; \
		echo 'Install those of the running kernel (apt install linux-headers-$$(uname -r)),' >&2; \
		echo 'or name others: make KDIR=DIRECTORY.' >&2; \
		exit 1; }
