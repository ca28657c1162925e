/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Hash-consing: equal bytes are kept once and named by a small number, so that
 * whoever holds many of them holds numbers.
 */
#ifndef EXPLORE_INTERN_H
#define EXPLORE_INTERN_H

#include <linux/types.h>

#define INTERN_NONE	(~0U)	/* not the name of anything */

/**
 * struct pile - memory that only grows and never moves
 * @block: blocks of &PILE_BLOCK bytes
 * @blocks: how many
 * @used: bytes used of the last one
 */
struct pile {
	u8 **block;
	size_t blocks;
	size_t used;
};

/**
 * struct map - numbers by a number that is not 0
 * @key: the keys; 0 is a free slot
 * @value: the value of each, NULL for a set of keys
 * @n: keys in it
 * @room: slots, a power of two
 */
struct map {
	u64 *key;
	u32 *value;
	u64 n;
	u64 room;
};

/**
 * struct item - where interned bytes are
 * @at: the bytes
 * @hash: their hash
 * @len: how many
 */
struct item {
	const u8 *at;
	u64 hash;
	u32 len;
};

/**
 * struct intern - byte strings by number
 * @pile: where they are
 * @item: by number
 * @n: how many there are
 * @room: room in @item
 * @slot: hash table of numbers, %INTERN_NONE where free
 * @slots: its room, a power of two
 */
struct intern {
	struct pile pile;
	struct item *item;
	u32 n;
	u32 room;
	u32 *slot;
	u32 slots;
};

u64 hash_bytes(const void *data, size_t len);

void *pile_take(struct pile *pile, size_t len);
void pile_free(struct pile *pile);

void map_init(struct map *map, bool with_values);
void map_free(struct map *map);
u32 *map_find(const struct map *map, u64 key);
bool map_add(struct map *map, u64 key, u32 value);

u32 intern_put(struct intern *intern, const void *data, u32 len);
const void *intern_at(const struct intern *intern, u32 id, u32 *len);
void intern_free(struct intern *intern);

#endif /* EXPLORE_INTERN_H */
