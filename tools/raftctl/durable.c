// SPDX-License-Identifier: GPL-2.0
/*
 * What create and join have in common: the store of the member that they make
 *
 * All that can go wrong with it goes wrong before the module is asked. If that
 * refuses, a file that was made for the member is removed again, and what was
 * there before is blank.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <linux/types.h>
#include "boot.h"
#include "durable.h"
#include "image.h"
#include "nl.h"
#include "raftctl.h"

/**
 * durable_option() - take an option that concerns the store
 * @durable: gets what it says
 * @option: the option
 * @argument: its argument
 *
 * Return: whether it is one of these.
 */
bool durable_option(struct durable *durable, int option, const char *argument)
{
	switch (option) {
	case DURABLE_STORE:
		durable->given = argument;
		return true;
	case DURABLE_VOLATILE:
		durable->is_volatile = true;
		return true;
	case DURABLE_FORCE:
		durable->force = true;
		return true;
	case DURABLE_BOOT:
		durable->boot = true;
		return true;
	}
	return false;
}

/**
 * durable_check() - insist that the options go together
 * @durable: what they say
 *
 * Return: true if so; else it is said.
 */
bool durable_check(const struct durable *durable)
{
	if (!durable->given && !durable->is_volatile)
		misused("give --store PATH, a file or block device to keep it in, or --volatile");
	else if (durable->given && durable->is_volatile)
		misused("--store and --volatile are opposites");
	else if (!durable->given && (durable->force || durable->boot))
		misused("%s is of use only with --store", durable->boot ? "--boot" : "--force");
	else if (durable->given && !strcmp(durable->given, "PATH"))
		misused("PATH stands for a file or block device of this host; name that");
	else
		return true;
	return false;
}

/* A symbolic link stays one: it may be what names a disk for ever. */
static bool from_root(struct durable *durable)
{
	char here[PATH_MAX] = "";
	int len;

	if (durable->given[0] != '/' && !getcwd(here, sizeof(here))) {
		complain("the current directory can not be found: %s", strerror(errno));
		return false;
	}
	len = snprintf(durable->path, sizeof(durable->path), "%s%s%s", here, here[0] ? "/" : "",
		       durable->given);
	if (len < (int)sizeof(durable->path))
		return true;
	complain("the path of the store is too long");
	return false;
}

/* Is there nothing in it that somebody may want? */
static bool free_to_use(const struct image *image, const char *path)
{
	char owner[IMAGE_OWNER];

	if (image->journal.super.member)
		complain("%s is the store of %s; %s--force gives it up", path,
			 image_owner(image, owner),
			 image_trouble(image) ? "" : "raftctl up starts it, ");
	else if (image->verdict != RAFT_JOURNAL_BLANK)
		complain("%s is a store that can not be read here; --force gives it up", path);
	else if (image->unreadable)
		complain("%s can not be read in %llu places; take another", path,
			 image->unreadable);
	else if (!image_blank(image))
		complain("%s is not blank, it may hold a file system; --force gives that up", path);
	else
		return true;
	return false;
}

/* Only looked at, for what is wrong with it as a store says less than whose it is. */
static bool find_free(const char *path)
{
	struct store store;
	struct image image;
	bool good;

	if (!store_open(&store, path, STORE_LOOK))
		return false;
	good = image_read(&image, &store) && free_to_use(&image, path);
	image_free(&image);
	store_close(&store);
	return good;
}

static bool take_existing(struct durable *durable, __u64 needed)
{
	struct store *store = &durable->store;
	bool good;

	if (!durable->force && !find_free(durable->path))
		return false;
	if (!store_open(store, durable->path, STORE_RUN))
		return false;
	good = store->size >= needed;
	if (!good)
		complain("%s is too small, %llu bytes; the cluster's value_max needs %llu",
			 durable->path, store->size, needed);
	good = good && store_zero(store);
	if (!good)
		store_close(store);
	return good;
}

static void undo(struct durable *durable)
{
	if (durable->listed)
		boot_remove(options.node);
	if (durable->created)
		unlink(durable->path);
	else
		store_zero(&durable->store);
}

/**
 * durable_prepare() - have the store ready for the module
 * @durable: what the user wants
 * @value_max: the cluster's largest value, bytes
 *
 * Return: true, or false and it is said what is wrong.
 */
bool durable_prepare(struct durable *durable, uint32_t value_max)
{
	struct store *store = &durable->store;

	if (!value_max || value_max > RAFTVAL_VALUE_LIMIT) {
		complain("the largest value has 1 to %u bytes, not %u", RAFTVAL_VALUE_LIMIT,
			 value_max);
		return false;
	}
	if (!durable->given)
		return true;
	if (!from_root(durable))
		return false;
	if (store_missing(durable->path)) {
		if (!store_create(store, durable->path, store_default_size(value_max)))
			return false;
		durable->created = true;
	} else if (!take_existing(durable, raft_journal_size(value_max))) {
		return false;
	}
	if (!durable->boot || boot_add(options.node, durable->path, &durable->listed))
		return true;
	undo(durable);
	store_close(store);
	return false;
}

/**
 * durable_do() - have the member made
 * @durable: the store, prepared
 * @nlh: the request, all but the store
 * @timeout_ms: how long the cluster may take
 *
 * Return: true, or false and it is said what is wrong.
 */
bool durable_do(struct durable *durable, struct nlmsghdr *nlh, uint32_t timeout_ms)
{
	struct nl_result result = { 0 };
	bool done;

	if (durable->given)
		mnl_attr_put_u32(nlh, RAFTVAL_A_NODE_STORE, durable->store.fd);
	done = nl_do(nlh, timeout_ms, NULL, NULL, &result);
	durable->unknown = !done && !result.error;
	if (!durable->given)
		return done;
	if (result.error)
		undo(durable);
	else if (durable->unknown)
		complain("%s is left as it is; raftctl status tells whether a node uses it",
			 durable->path);
	store_close(&durable->store);
	return done;
}
