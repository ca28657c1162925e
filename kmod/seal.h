/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The seal: what a datagram looks like on the wire, so that only members can make and
 * read it. With what it is sealed is decided by sessions, see core/session.h.
 *
 * A datagram of a session:
 *
 *	header of the core's datagram, its version marked	56
 *	tag of the receiver's session				 4
 *	reserved, 0						 4
 *	number							 8
 *	the rest of the core's datagram, encrypted		 n
 *	authenticator of all of it				16
 *
 * A hello:
 *
 *	header, its type %RAFTVAL_SEAL_HELLO, its term 0	56
 *	which key						 4
 *	nonce							24
 *	&struct raft_hello, encrypted				40
 *	authenticator of all but the nonce			16
 *
 * Little endian. Nothing here has a state, takes a lock, sleeps or asks for the time.
 */
#ifndef RAFTVAL_SEAL_H
#define RAFTVAL_SEAL_H

#include "session.h"
#include "wire.h"

#define RAFTVAL_SEAL_MARK	0x80	/* in the version of what is sealed */
#define RAFTVAL_SEAL_HELLO	0xff	/* type of a hello */
#define RAFTVAL_SEAL_NONCE	24	/* bytes of a hello's nonce */
#define RAFTVAL_SEAL_TAG	16	/* bytes of an authenticator */

/**
 * struct raftval_seal_data - the start of a datagram of a session
 * @header: the core's, its version marked
 * @tag: see raft_session_tag(), of the receiver's id
 * @reserved: 0
 * @number: of the datagram in its session and direction
 */
struct raftval_seal_data {
	struct raft_wire_header header;
	__le32 tag;
	__le32 reserved;
	__le64 number;
} __packed;

/**
 * struct raftval_seal_hello - a hello
 * @header: who to whom; nothing else
 * @key: name of the key, see &struct raftval_seal_key
 * @nonce: random
 * @body: &struct raft_hello and its flags, encrypted, and the authenticator
 */
struct raftval_seal_hello {
	struct raft_wire_header header;
	__le32 key;
	u8 nonce[RAFTVAL_SEAL_NONCE];
	u8 body[2 * RAFT_SESSION_ID + 8 + RAFTVAL_SEAL_TAG];
} __packed;

#define RAFTVAL_SEAL_EXTRA	(sizeof(struct raftval_seal_data) - \
				 sizeof(struct raft_wire_header) + RAFTVAL_SEAL_TAG)
#define RAFTVAL_SEAL_MAX	(RAFT_DGRAM_MAX + RAFTVAL_SEAL_EXTRA)

/**
 * struct raftval_seal_key - a cluster's key, and what follows from it
 * @cluster: the cluster
 * @key: the key
 * @hello: the key of hellos
 * @name: by which it is told from another one; says nothing of the key
 */
struct raftval_seal_key {
	u8 cluster[16];
	u8 key[RAFT_SESSION_KEY];
	u8 hello[RAFT_SESSION_KEY];
	u32 name;
};

void raftval_seal_key_init(struct raftval_seal_key *key, const u8 cluster[16],
			   const u8 secret[RAFT_SESSION_KEY]);
void raftval_seal_derive(const struct raftval_seal_key *key, u64 self, u64 other,
			 struct raft_session *session);
u32 raftval_seal_close(u8 *out, const u8 *dgram, u32 len, struct raft_session *session);
u32 raftval_seal_open(u8 *dgram, const u8 *in, u32 len, const struct raft_session *session);
void raftval_seal_close_hello(struct raftval_seal_hello *out, const struct raftval_seal_key *key,
			      u64 from, u64 to, const u8 nonce[RAFTVAL_SEAL_NONCE],
			      const struct raft_hello *hello);
bool raftval_seal_open_hello(struct raft_hello *hello, const struct raftval_seal_hello *in,
			     const struct raftval_seal_key *key);

#endif /* RAFTVAL_SEAL_H */
