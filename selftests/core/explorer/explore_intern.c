// SPDX-License-Identifier: GPL-2.0
/* Hash-consing, and the tables that it takes. */
#include <stdlib.h>
#include <string.h>

#include "explore_intern.h"
#include "fail.h"

#define PILE_BLOCK	1048576

static u64 fold(u64 a, u64 b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (u64)product ^ (u64)(product >> 64);
}

/**
 * hash_bytes() - a hash of some bytes
 * @data: the bytes
 * @len: how many
 *
 * Return: 64 bits, never 0.
 */
u64 hash_bytes(const void *data, size_t len)
{
	const u8 *at = data;
	u64 hash = 0x9e3779b97f4a7c15ULL ^ len;
	u64 word;

	for (; len >= sizeof(word); at += sizeof(word), len -= sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		hash = fold(hash ^ word, 0xd6e8feb86659fd93ULL) + 0xa0761d6478bd642fULL;
	}
	if (len) {
		word = 0;
		memcpy(&word, at, len);
		hash = fold(hash ^ word, 0xd6e8feb86659fd93ULL) + 0xa0761d6478bd642fULL;
	}
	hash = fold(hash ^ hash >> 32, 0xe7037ed1a0b428dbULL);
	return hash ? hash : 1;
}

/**
 * pile_take() - take memory
 * @pile: from where
 * @len: how much, at most a block
 *
 * Return: the memory, aligned to 8, until pile_free().
 */
void *pile_take(struct pile *pile, size_t len)
{
	u8 *at;

	len = (len + 7) & ~(size_t)7;
	if (len > PILE_BLOCK)
		fatal("%zu bytes are too many for a pile", len);
	if (!pile->blocks || pile->used + len > PILE_BLOCK) {
		pile->block = must_realloc(pile->block,
					   (pile->blocks + 1) * sizeof(*pile->block));
		pile->block[pile->blocks++] = must_realloc(NULL, PILE_BLOCK);
		pile->used = 0;
	}
	at = pile->block[pile->blocks - 1] + pile->used;
	pile->used += len;
	return at;
}

/**
 * pile_free() - give all of it back
 * @pile: the pile, empty afterwards
 */
void pile_free(struct pile *pile)
{
	while (pile->blocks)
		free(pile->block[--pile->blocks]);
	free(pile->block);
	memset(pile, 0, sizeof(*pile));
}

static void map_alloc(struct map *map, u64 room, bool with_values)
{
	map->room = room;
	map->key = calloc(room, sizeof(*map->key));
	map->value = with_values ? must_realloc(NULL, room * sizeof(*map->value)) : NULL;
	if (!map->key)
		fatal("out of memory");
}

/**
 * map_init() - an empty map
 * @map: the map
 * @with_values: it has values; else it is a set
 */
void map_init(struct map *map, bool with_values)
{
	map->n = 0;
	map_alloc(map, 1 << 16, with_values);
}

/**
 * map_free() - forget everything
 * @map: the map
 */
void map_free(struct map *map)
{
	free(map->key);
	free(map->value);
	memset(map, 0, sizeof(*map));
}

static u64 slot_of(const struct map *map, u64 key)
{
	u64 i = fold(key, 0x9fb21c651e98df25ULL) & (map->room - 1);

	while (map->key[i] && map->key[i] != key)
		i = (i + 1) & (map->room - 1);
	return i;
}

static void grow(struct map *map)
{
	struct map old = *map;
	u64 i, to;

	map_alloc(map, 2 * old.room, old.value);
	for (i = 0; i < old.room; i++) {
		if (!old.key[i])
			continue;
		to = slot_of(map, old.key[i]);
		map->key[to] = old.key[i];
		if (old.value)
			map->value[to] = old.value[i];
	}
	free(old.key);
	free(old.value);
}

/**
 * map_find() - look a key up
 * @map: a map with values
 * @key: the key
 *
 * Return: its value, or NULL; good until the next map_add().
 */
u32 *map_find(const struct map *map, u64 key)
{
	u64 i = slot_of(map, key);

	return map->key[i] ? &map->value[i] : NULL;
}

/**
 * map_add() - add a key
 * @map: the map
 * @key: the key, not 0
 * @value: its value
 *
 * Return: false, with nothing changed, if it was there before.
 */
bool map_add(struct map *map, u64 key, u32 value)
{
	u64 i = slot_of(map, key);

	if (map->key[i])
		return false;
	map->key[i] = key;
	if (map->value)
		map->value[i] = value;
	map->n++;
	if (map->n > map->room - map->room / 4)
		grow(map);
	return true;
}

static u32 find_slot(const struct intern *intern, u64 hash, const void *data, u32 len)
{
	u32 i = hash & (intern->slots - 1);

	for (; intern->slot[i] != INTERN_NONE; i = (i + 1) & (intern->slots - 1)) {
		const struct item *item = &intern->item[intern->slot[i]];

		if (data && item->hash == hash && item->len == len && !memcmp(item->at, data, len))
			break;
	}
	return i;
}

static void more_slots(struct intern *intern)
{
	u32 id;

	intern->slots = intern->slots ? 2 * intern->slots : 1024;
	intern->slot = must_realloc(intern->slot, intern->slots * sizeof(*intern->slot));
	memset(intern->slot, 0xff, intern->slots * sizeof(*intern->slot));
	for (id = 0; id < intern->n; id++)
		intern->slot[find_slot(intern, intern->item[id].hash, NULL, 0)] = id;
}

/**
 * intern_put() - the name of some bytes
 * @intern: where they are kept
 * @data: the bytes
 * @len: how many
 *
 * Return: the number that equal bytes got before, or the next one.
 */
u32 intern_put(struct intern *intern, const void *data, u32 len)
{
	u64 hash = hash_bytes(data, len);
	u32 slot;
	u8 *at;

	if (2 * intern->n >= intern->slots)
		more_slots(intern);
	slot = find_slot(intern, hash, data, len);
	if (intern->slot[slot] != INTERN_NONE)
		return intern->slot[slot];
	if (intern->n == intern->room) {
		intern->room = intern->room ? 2 * intern->room : 1024;
		intern->item = must_realloc(intern->item, intern->room * sizeof(*intern->item));
	}
	at = pile_take(&intern->pile, len);
	memcpy(at, data, len);
	intern->item[intern->n] = (struct item) { .at = at, .hash = hash, .len = len };
	intern->slot[slot] = intern->n;
	return intern->n++;
}

/**
 * intern_at() - the bytes behind a name
 * @intern: where they are kept
 * @id: their name
 * @len: set to how many they are, unless it is NULL
 *
 * Return: the bytes, until intern_free().
 */
const void *intern_at(const struct intern *intern, u32 id, u32 *len)
{
	if (len)
		*len = intern->item[id].len;
	return intern->item[id].at;
}

/**
 * intern_free() - forget everything
 * @intern: where it was kept
 */
void intern_free(struct intern *intern)
{
	pile_free(&intern->pile);
	free(intern->item);
	free(intern->slot);
	memset(intern, 0, sizeof(*intern));
}
