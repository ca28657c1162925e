/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The only source of chance in these tests: splitmix64. Everything that one
 * seed decides is drawn from here, so a run can be had again from its seed.
 */
#ifndef RNG_H
#define RNG_H

#include <linux/types.h>

/**
 * struct rng - a stream of numbers
 * @state: where it is
 */
struct rng {
	u64 state;
};

/**
 * rng_next() - the next number of a stream
 * @rng: the stream
 *
 * Return: 64 bits, each as likely as not.
 */
static inline u64 rng_next(struct rng *rng)
{
	u64 z = rng->state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

/**
 * rng_between() - a number of a range
 * @rng: the stream
 * @least: the smallest
 * @most: the largest, at least @least
 *
 * Return: a number from @least to @most, both included.
 */
static inline u64 rng_between(struct rng *rng, u64 least, u64 most)
{
	return least + rng_next(rng) % (most - least + 1);
}

/**
 * rng_chance() - throw a coin
 * @rng: the stream
 * @permille: how likely it is to come up, in thousandths
 *
 * Return: whether it did.
 */
static inline bool rng_chance(struct rng *rng, u32 permille)
{
	return permille && rng_next(rng) % 1000 < permille;
}

#endif /* RNG_H */
