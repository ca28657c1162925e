// SPDX-License-Identifier: GPL-2.0
/*
 * The seal
 *
 * ChaCha20-Poly1305 (RFC 8439) for what is sent in a session: its keys are of this
 * session and direction only, so a number does for a nonce. XChaCha20-Poly1305 for
 * hellos, which have no session yet: 24 bytes are enough to be drawn at random. Keys are
 * derived by keyed BLAKE2s (RFC 7693), each over a label of its own.
 */
#include <asm/byteorder.h>
#include <crypto/chacha20poly1305.h>
#include <linux/build_bug.h>
#include <linux/string.h>
/* In programs this is another one. */
#include <compat.h>
#include "seal.h"

#define LABEL	16	/* bytes of a label, filled with zeroes */

/**
 * struct hello_body - what is encrypted of a hello
 * @mine: see &struct raft_hello
 * @echo: see there
 * @done: 1 or 0
 * @reserved: 0
 */
struct hello_body {
	u8 mine[RAFT_SESSION_ID];
	u8 echo[RAFT_SESSION_ID];
	u8 done;
	u8 reserved[7];
} __packed;

/**
 * struct key_input - what a key follows from, beside another key
 * @label: what it is for
 * @cluster: the cluster
 * @from: of a session's key: who sends
 * @to: likewise, who receives
 * @from_id: the sender's id of the session
 * @to_id: the receiver's
 */
struct key_input {
	char label[LABEL];
	u8 cluster[16];
	__le64 from;
	__le64 to;
	u8 from_id[RAFT_SESSION_ID];
	u8 to_id[RAFT_SESSION_ID];
} __packed;

static_assert(sizeof(struct hello_body) + RAFTVAL_SEAL_TAG ==
	      sizeof(struct raftval_seal_hello) - offsetof(struct raftval_seal_hello, body));
static_assert(RAFTVAL_SEAL_TAG == CHACHA20POLY1305_AUTHTAG_SIZE);
static_assert(RAFTVAL_SEAL_NONCE == XCHACHA20POLY1305_NONCE_SIZE);
static_assert(RAFT_SESSION_KEY == CHACHA20POLY1305_KEY_SIZE);
static_assert(RAFTVAL_SEAL_MAX <= 1200);

static void derive(u8 *out, size_t len, const u8 *secret, const struct key_input *input)
{
	raftval_blake2s(secret, RAFT_SESSION_KEY, (const u8 *)input, sizeof(*input), out, len);
}

/**
 * raftval_seal_key_init() - make ready to use a key
 * @key: what is made
 * @cluster: the cluster's id
 * @secret: the cluster's key
 */
void raftval_seal_key_init(struct raftval_seal_key *key, const u8 cluster[16],
			   const u8 secret[RAFT_SESSION_KEY])
{
	struct key_input hello = { .label = "raftval hello" };
	struct key_input name = { .label = "raftval name" };
	__le32 word;

	memcpy(key->cluster, cluster, sizeof(key->cluster));
	memcpy(key->key, secret, sizeof(key->key));
	memcpy(hello.cluster, cluster, sizeof(hello.cluster));
	memcpy(name.cluster, cluster, sizeof(name.cluster));
	derive(key->hello, sizeof(key->hello), secret, &hello);
	derive((u8 *)&word, sizeof(word), secret, &name);
	key->name = le32_to_cpu(word);
}

/**
 * raftval_seal_derive() - derive the keys of a session that begins
 * @key: the key that its hellos were sealed with
 * @self: this end
 * @other: the other end
 * @session: the session, its ids filled in; gets the keys
 */
void raftval_seal_derive(const struct raftval_seal_key *key, u64 self, u64 other,
			 struct raft_session *session)
{
	struct key_input input = {
		.label = "raftval data",
		.from = cpu_to_le64(self),
		.to = cpu_to_le64(other),
	};

	memcpy(input.cluster, key->cluster, sizeof(input.cluster));
	memcpy(input.from_id, session->mine, sizeof(input.from_id));
	memcpy(input.to_id, session->theirs, sizeof(input.to_id));
	derive(session->out, sizeof(session->out), key->key, &input);
	input.from = cpu_to_le64(other);
	input.to = cpu_to_le64(self);
	memcpy(input.from_id, session->theirs, sizeof(input.from_id));
	memcpy(input.to_id, session->mine, sizeof(input.to_id));
	derive(session->in, sizeof(session->in), key->key, &input);
}

/**
 * raftval_seal_close() - seal a datagram
 * @out: gets it, %RAFTVAL_SEAL_EXTRA bytes longer; does not overlap @dgram
 * @dgram: a datagram of the core
 * @len: its length, at least that of its header
 * @session: a live session with its receiver; its next number is used up
 *
 * Return: bytes in @out.
 */
u32 raftval_seal_close(u8 *out, const u8 *dgram, u32 len, struct raft_session *session)
{
	const u32 head = sizeof(struct raft_wire_header);
	struct raftval_seal_data *data = (struct raftval_seal_data *)out;
	u64 number = session->sent++;

	memcpy(&data->header, dgram, head);
	data->header.version |= RAFTVAL_SEAL_MARK;
	data->tag = cpu_to_le32(raft_session_tag(session->theirs));
	data->reserved = 0;
	data->number = cpu_to_le64(number);
	chacha20poly1305_encrypt(out + sizeof(*data), dgram + head, len - head, out, sizeof(*data),
				 number, session->out);
	return len + RAFTVAL_SEAL_EXTRA;
}

/**
 * raftval_seal_open() - open a datagram
 * @dgram: gets the core's datagram, as much shorter; does not overlap @in
 * @in: what came
 * @len: its length
 * @session: the session that it says it belongs to
 *
 * Return: bytes in @dgram, 0 if it is not genuine.
 */
u32 raftval_seal_open(u8 *dgram, const u8 *in, u32 len, const struct raft_session *session)
{
	const u32 head = sizeof(struct raft_wire_header);
	const struct raftval_seal_data *data = (const struct raftval_seal_data *)in;

	if (len < head + RAFTVAL_SEAL_EXTRA || len > RAFTVAL_SEAL_MAX)
		return 0;
	if (!chacha20poly1305_decrypt(dgram + head, in + sizeof(*data), len - sizeof(*data), in,
				      sizeof(*data), le64_to_cpu(data->number), session->in))
		return 0;
	memcpy(dgram, in, head);
	((struct raft_wire_header *)dgram)->version &= ~RAFTVAL_SEAL_MARK;
	return len - RAFTVAL_SEAL_EXTRA;
}

/**
 * raftval_seal_close_hello() - seal a hello
 * @out: gets it
 * @key: the cluster's key
 * @from: who sends it
 * @to: to whom, 0 if that is not known
 * @nonce: random
 * @hello: the hello
 */
void raftval_seal_close_hello(struct raftval_seal_hello *out, const struct raftval_seal_key *key,
			      u64 from, u64 to, const u8 nonce[RAFTVAL_SEAL_NONCE],
			      const struct raft_hello *hello)
{
	struct hello_body body = { .done = hello->done };

	memset(out, 0, sizeof(*out));
	out->header.magic = cpu_to_le16(RAFT_WIRE_MAGIC);
	out->header.version = RAFT_WIRE_VERSION | RAFTVAL_SEAL_MARK;
	out->header.type = RAFTVAL_SEAL_HELLO;
	memcpy(out->header.cluster, key->cluster, sizeof(out->header.cluster));
	out->header.from = cpu_to_le64(from);
	out->header.to = cpu_to_le64(to);
	out->key = cpu_to_le32(key->name);
	memcpy(out->nonce, nonce, sizeof(out->nonce));
	memcpy(body.mine, hello->mine, sizeof(body.mine));
	memcpy(body.echo, hello->echo, sizeof(body.echo));
	xchacha20poly1305_encrypt(out->body, (const u8 *)&body, sizeof(body), (const u8 *)out,
				  offsetof(struct raftval_seal_hello, nonce), out->nonce,
				  key->hello);
}

/**
 * raftval_seal_open_hello() - open a hello
 * @hello: gets it
 * @in: what came
 * @key: the cluster's key of the name that it says
 *
 * Return: false if it is not genuine, or means what nobody knows yet.
 */
bool raftval_seal_open_hello(struct raft_hello *hello, const struct raftval_seal_hello *in,
			     const struct raftval_seal_key *key)
{
	static const u8 zero[sizeof(struct hello_body) - offsetof(struct hello_body, reserved)];
	struct hello_body body;

	if (!xchacha20poly1305_decrypt((u8 *)&body, in->body, sizeof(in->body), (const u8 *)in,
				       offsetof(struct raftval_seal_hello, nonce), in->nonce,
				       key->hello))
		return false;
	if (body.done > 1 || memcmp(body.reserved, zero, sizeof(zero)))
		return false;
	memcpy(hello->mine, body.mine, sizeof(hello->mine));
	memcpy(hello->echo, body.echo, sizeof(hello->echo));
	hello->done = body.done;
	return true;
}
