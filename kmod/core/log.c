// SPDX-License-Identifier: GPL-2.0
#include <linux/string.h>
#include "log.h"

#define DATA_ALIGN	8

static u32 slot_of(u64 index)
{
	return index % RAFT_LOG_SLOTS;
}

static u32 align_up(u32 n)
{
	return (n + DATA_ALIGN - 1) & ~(u32)(DATA_ALIGN - 1);
}

/**
 * raft_log_init() - an empty window
 * @log: the log
 * @data: memory for the entries' data
 * @size: its bytes, a multiple of 8
 */
void raft_log_init(struct raft_log *log, u8 *data, u32 size)
{
	log->data = data;
	log->size = size;
	raft_log_reset(log, 0, 0);
}

/**
 * raft_log_reset() - forget everything; the state at @index takes its place
 * @log: the log
 * @index: last index that the state contains
 * @term: its term
 */
void raft_log_reset(struct raft_log *log, u64 index, u64 term)
{
	log->first = index + 1;
	log->last = index;
	log->base_term = term;
	log->base_bytes = 0;
}

/**
 * raft_log_has() - is the entry in the window?
 * @log: the log
 * @index: which
 *
 * Return: true if it is
 */
bool raft_log_has(const struct raft_log *log, u64 index)
{
	return index >= log->first && index <= log->last;
}

/**
 * raft_log_term() - the term of an entry
 * @log: the log
 * @index: which; the one just before the window is known too
 * @term: set to it
 *
 * Return: false if it is not known
 */
bool raft_log_term(const struct raft_log *log, u64 index, u64 *term)
{
	if (raft_log_has(log, index))
		*term = log->slot[slot_of(index)].term;
	else if (index == log->first - 1)
		*term = log->base_term;
	else
		return false;
	return true;
}

/**
 * raft_log_last_term() - the term of the last entry
 * @log: the log
 *
 * Return: the term
 */
u64 raft_log_last_term(const struct raft_log *log)
{
	u64 term = 0;

	raft_log_term(log, log->last, &term);
	return term;
}

/* As far as the entry, which is in the window or just before it. */
static u32 bytes_to(const struct raft_log *log, u64 index)
{
	return raft_log_has(log, index) ? log->bytes[slot_of(index)] : log->base_bytes;
}

/**
 * raft_log_bytes() - how much data the entries after one have
 * @log: the log
 * @index: the one, in the window or just before it
 *
 * Return: bytes
 */
u32 raft_log_bytes(const struct raft_log *log, u64 index)
{
	return bytes_to(log, log->last) - bytes_to(log, index);
}

/**
 * raft_log_at() - an entry of the window
 * @log: the log
 * @index: an index that raft_log_has()
 *
 * Return: the entry
 */
struct raft_entry *raft_log_at(struct raft_log *log, u64 index)
{
	return &log->slot[slot_of(index)];
}

/**
 * raft_log_reserve() - room for the data of the next entry
 * @log: the log
 * @len: its bytes
 *
 * Nothing is taken: the room is the entry's once raft_log_push() is told so.
 *
 * Return: where it begins, or NULL if there is no slot or no room
 */
u8 *raft_log_reserve(struct raft_log *log, u32 len)
{
	u32 head, tail, last;

	if (log->last - log->first + 1 >= RAFT_LOG_SLOTS)
		return NULL;
	if (log->last < log->first)
		return len <= log->size ? log->data : NULL;

	last = slot_of(log->last);
	head = align_up(log->offset[last] + log->slot[last].len);
	tail = log->offset[slot_of(log->first)];
	if (head >= tail) {
		if (head <= log->size && len <= log->size - head)
			return log->data + head;
		head = 0;
	}
	/* Never fill the gap to the last byte: head == tail means empty. */
	return align_up(len) < tail - head ? log->data + head : NULL;
}

/**
 * raft_log_push() - append an entry
 * @log: the log
 * @entry: the entry; its index is the next one; its data may lie where
 *	raft_log_reserve() said, or elsewhere
 *
 * Return: the entry in the log, or NULL if there is no room
 */
struct raft_entry *raft_log_push(struct raft_log *log, const struct raft_entry *entry)
{
	u8 *room = raft_log_reserve(log, entry->len);
	struct raft_entry *slot;

	if (!room)
		return NULL;
	if (entry->len && entry->data != room)
		memmove(room, entry->data, entry->len);
	slot = &log->slot[slot_of(entry->index)];
	*slot = *entry;
	slot->data = room;
	log->offset[slot_of(entry->index)] = room - log->data;
	log->bytes[slot_of(entry->index)] = bytes_to(log, log->last) + entry->len;
	log->last = entry->index;
	return slot;
}

/**
 * raft_log_truncate() - drop the entries from an index on
 * @log: the log
 * @from: first index to drop, in the window
 */
void raft_log_truncate(struct raft_log *log, u64 from)
{
	log->last = from - 1;
}

/**
 * raft_log_compact() - drop the entries before an index
 * @log: the log
 * @first: first index to keep, at most one above the last
 */
void raft_log_compact(struct raft_log *log, u64 first)
{
	u64 term;

	if (first <= log->first || !raft_log_term(log, first - 1, &term))
		return;
	log->base_term = term;
	log->base_bytes = bytes_to(log, first - 1);
	log->first = first;
}

/**
 * raft_log_find_conflict() - the last place where two logs may still match
 * @log: this log
 * @index: an index of the other log
 * @term: the other log's term there
 * @found_term: set to this log's term at the place, 0 if it is not known
 *
 * Terms never fall along a log, so an entry of ours with a higher term than
 * @term at or before @index can not be in the other log. Skipping those
 * repairs one term per round trip instead of one entry (dissertation section 3.5).
 *
 * Return: the index
 */
u64 raft_log_find_conflict(const struct raft_log *log, u64 index, u64 term, u64 *found_term)
{
	if (index > log->last)
		index = log->last;
	for (;; index--) {
		*found_term = 0;
		if (!raft_log_term(log, index, found_term) || *found_term <= term)
			return index;
	}
}
