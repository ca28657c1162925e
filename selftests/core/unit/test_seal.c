// SPDX-License-Identifier: GPL-2.0
/* The seal: known answers, and that nothing else opens. */
#include <asm/byteorder.h>
#include <crypto/chacha20poly1305.h>
#include <string.h>

#include "known.h"
#include "test.h"

#define SECRET	7

/* Two ends of a session. */
static void make_ends(struct raft_session *one, struct raft_session *other, u8 secret, u64 id)
{
	static const u8 cluster[16] = "cluster";
	u8 bytes[RAFT_SESSION_KEY] = { secret }, a[RAFT_SESSION_ID] = "a", b[RAFT_SESSION_ID] = "b";
	struct raftval_seal_key key;

	raftval_seal_key_init(&key, cluster, bytes);
	known_session(one, a, b);
	raftval_seal_derive(&key, 1, id, one);
	known_session(other, b, a);
	raftval_seal_derive(&key, id, 1, other);
}

static u32 make_plain(u8 *plain, u32 len)
{
	u32 i;

	for (i = 0; i < len; i++)
		plain[i] = 13 * i;
	((struct raft_wire_header *)plain)->version = RAFT_WIRE_VERSION;
	return len;
}

static void test_known_answers(void)
{
	u8 buf[RAFTVAL_SEAL_MAX];
	struct raft_session session;
	const char *wrong = known_answers(&session, buf);

	if (wrong)
		printf("# %s\n", wrong);
	CHECK(!wrong);
}

static void test_every_length(void)
{
	u8 plain[RAFT_DGRAM_MAX], sealed[RAFTVAL_SEAL_MAX], opened[RAFTVAL_SEAL_MAX];
	struct raft_session one, other;
	u32 len, n;

	make_ends(&one, &other, SECRET, 2);
	for (len = sizeof(struct raft_wire_header); len <= RAFT_DGRAM_MAX; len++) {
		make_plain(plain, len);
		n = raftval_seal_close(sealed, plain, len, &one);
		CHECK_EQ(n, len + RAFTVAL_SEAL_EXTRA);
		CHECK(memcmp(plain, sealed, sizeof(struct raft_wire_header)));
		CHECK_EQ(raftval_seal_open(opened, sealed, n, &other), len);
		CHECK(!memcmp(plain, opened, len));
	}
	CHECK_EQ(one.sent, RAFT_DGRAM_MAX - sizeof(struct raft_wire_header) + 1);
	for (len = 0; len < sizeof(struct raft_wire_header) + RAFTVAL_SEAL_EXTRA; len++)
		CHECK_EQ(raftval_seal_open(opened, sealed, len, &other), 0);
	CHECK_EQ(raftval_seal_open(opened, sealed, RAFTVAL_SEAL_MAX + 1, &other), 0);
}

static void test_each_bit_counts(void)
{
	u8 plain[100], sealed[RAFTVAL_SEAL_MAX], opened[RAFTVAL_SEAL_MAX];
	struct raft_session one, other;
	u32 i, n;

	make_ends(&one, &other, SECRET, 2);
	n = raftval_seal_close(sealed, plain, make_plain(plain, sizeof(plain)), &one);
	for (i = 0; i < 8 * n; i++) {
		sealed[i / 8] ^= 1 << i % 8;
		CHECK_EQ(raftval_seal_open(opened, sealed, n, &other), 0);
		sealed[i / 8] ^= 1 << i % 8;
	}
	for (i = 0; i < n; i++)
		CHECK_EQ(raftval_seal_open(opened, sealed, i, &other), 0);
	CHECK_EQ(raftval_seal_open(opened, sealed, n + 1, &other), 0);
	CHECK_EQ(raftval_seal_open(opened, sealed, n, &other), sizeof(plain));
}

static void test_nobody_else_can_open_it(void)
{
	u8 plain[100], sealed[RAFTVAL_SEAL_MAX], opened[RAFTVAL_SEAL_MAX];
	struct raft_session one, other, stranger, third, own;
	u32 n;

	make_ends(&one, &other, SECRET, 2);
	make_ends(&own, &stranger, SECRET + 1, 2);
	make_ends(&own, &third, SECRET, 3);
	n = raftval_seal_close(sealed, plain, make_plain(plain, sizeof(plain)), &one);
	/* Who sent it, to whom it would be reflected; another key; another member. */
	CHECK_EQ(raftval_seal_open(opened, sealed, n, &one), 0);
	CHECK_EQ(raftval_seal_open(opened, sealed, n, &stranger), 0);
	CHECK_EQ(raftval_seal_open(opened, sealed, n, &third), 0);
	CHECK_EQ(raftval_seal_open(opened, sealed, n, &other), sizeof(plain));
}

static void test_each_bit_of_a_hello_counts(void)
{
	struct raftval_seal_hello sealed;
	struct raft_hello hello = { .mine = "mine", .echo = "echo" }, opened;
	u8 secret[RAFT_SESSION_KEY] = { SECRET }, *bytes = (u8 *)&sealed;
	struct raftval_seal_key key, stranger;
	u32 i;

	raftval_seal_key_init(&key, vector_cluster, secret);
	secret[1]++;
	raftval_seal_key_init(&stranger, vector_cluster, secret);
	CHECK(key.name != stranger.name);
	raftval_seal_close_hello(&sealed, &key, 1, 2, vector_nonce, &hello);
	for (i = 0; i < 8 * sizeof(sealed); i++) {
		bytes[i / 8] ^= 1 << i % 8;
		CHECK(!raftval_seal_open_hello(&opened, &sealed, &key));
		bytes[i / 8] ^= 1 << i % 8;
	}
	CHECK(!raftval_seal_open_hello(&opened, &sealed, &stranger));
	CHECK(raftval_seal_open_hello(&opened, &sealed, &key));
	CHECK(!memcmp(&opened, &hello, sizeof(hello)));
}

/* It is genuine, and means what is not known here: better nothing than half of it. */
static void test_a_hello_of_later_days_is_not_taken(void)
{
	const struct raft_hello hello = { .mine = "mine" };
	u8 secret[RAFT_SESSION_KEY] = { SECRET }, body[2 * RAFT_SESSION_ID + 8] = "mine";
	struct raftval_seal_hello sealed;
	struct raftval_seal_key key;
	struct raft_hello opened;
	u32 i;

	raftval_seal_key_init(&key, vector_cluster, secret);
	raftval_seal_close_hello(&sealed, &key, 1, 2, vector_nonce, &hello);
	for (i = 2 * RAFT_SESSION_ID; i <= sizeof(body); i++) {
		if (i < sizeof(body))
			body[i] = 2;
		xchacha20poly1305_encrypt(sealed.body, body, sizeof(body), (const u8 *)&sealed,
					  offsetof(struct raftval_seal_hello, nonce),
					  vector_nonce, key.hello);
		CHECK_EQ(raftval_seal_open_hello(&opened, &sealed, &key), i == sizeof(body));
		if (i < sizeof(body))
			body[i] = 0;
	}
	CHECK(!memcmp(&opened, &hello, sizeof(hello)));
}

int main(void)
{
	static const struct test tests[] = {
		{ "known input is sealed and opened as it must be", test_known_answers },
		{ "datagrams of every length are sealed and opened", test_every_length },
		{ "each bit of a datagram counts, and its length", test_each_bit_counts },
		{ "nobody else can open it", test_nobody_else_can_open_it },
		{ "each bit of a hello counts", test_each_bit_of_a_hello_counts },
		{ "a hello that means more than is known is not taken",
		  test_a_hello_of_later_days_is_not_taken },
	};

	return run_tests(tests, ARRAY_SIZE(tests));
}
