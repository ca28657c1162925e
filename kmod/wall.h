/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The wall: who is let in, of all who send datagrams to a node, and who the others are
 * that it speaks with. It has the keys of the cluster and a session with each member,
 * and with a few guests: nodes with the key that are no members, or not yet.
 *
 * It has room for two keys: hellos are sealed with the first, or where that is not
 * answered in turn with the second, and both are accepted. So a cluster gets a new key
 * while it runs: accepted everywhere first, then used, then the old one is dropped, and
 * with that all that was sealed with it.
 *
 * All it needs was made with it: what comes from a stranger costs no memory, and gets no
 * answer, but for a record of a guest's hello, of which nobody can say that it is none. A
 * number counts, and a guest gets a place, only when its datagram is known
 * to come from somebody with the key.
 *
 * Like the core it takes no lock, never sleeps and does not ask for the time. The caller
 * sends what it is given to send.
 */
#ifndef RAFTVAL_WALL_H
#define RAFTVAL_WALL_H

#include "raft.h"
#include "seal.h"

#define RAFTVAL_WALL_GUESTS	8	/* places for those that are no members */
#define RAFTVAL_WALL_PEERS	(RAFT_MEMBERS_MAX + RAFTVAL_WALL_GUESTS)
#define RAFTVAL_WALL_KEYS	2
#define RAFTVAL_WALL_OUT	2	/* datagrams to be sent at once */
#define RAFTVAL_WALL_STAY_US	10000000ULL	/* a guest that is heard keeps its place so long */
#define RAFTVAL_WALL_SHOW_US	3000000ULL	/* a session is shown as long as it is heard */

/**
 * enum raftval_wall_drop - why a datagram was not let in
 * @RAFTVAL_WALL_SHORT: its length is none that a datagram can have
 * @RAFTVAL_WALL_FORMAT: it is not sealed, or by another version
 * @RAFTVAL_WALL_CLUSTER: it is of another cluster
 * @RAFTVAL_WALL_RECEIVER: it is for another member
 * @RAFTVAL_WALL_STRANGER: nobody knows its sender
 * @RAFTVAL_WALL_SESSION: it belongs to no session
 * @RAFTVAL_WALL_OLD: its number is too old to be judged
 * @RAFTVAL_WALL_REPLAYED: its number was there before
 * @RAFTVAL_WALL_FORGED: it is not genuine
 * @RAFTVAL_WALL_KEY: a hello with another key, or forged
 * @RAFTVAL_WALL_FULL: a hello of a guest for whom there is no place
 * @RAFTVAL_WALL_DROPS: one more than the last
 */
enum raftval_wall_drop {
	RAFTVAL_WALL_SHORT,
	RAFTVAL_WALL_FORMAT,
	RAFTVAL_WALL_CLUSTER,
	RAFTVAL_WALL_RECEIVER,
	RAFTVAL_WALL_STRANGER,
	RAFTVAL_WALL_SESSION,
	RAFTVAL_WALL_OLD,
	RAFTVAL_WALL_REPLAYED,
	RAFTVAL_WALL_FORGED,
	RAFTVAL_WALL_KEY,
	RAFTVAL_WALL_FULL,
	RAFTVAL_WALL_DROPS,
};

/**
 * enum raftval_wall_note - what the wall explains through &raftval_wall.note
 * @RAFTVAL_WALL_NOTE_DROP: &enum raftval_wall_drop
 * @RAFTVAL_WALL_NOTE_HELLO: peer, key: a session is asked for
 * @RAFTVAL_WALL_NOTE_BEGAN: peer, key: a session began; it takes the place of any before
 * @RAFTVAL_WALL_NOTE_ENDED: peer, key, &enum raftval_wall_end: there is no session any more
 * @RAFTVAL_WALL_NOTE_UNSENT: peer: a datagram found no place, or waited for a session and
 *	a newer one took its place
 * @RAFTVAL_WALL_NOTES: how many there are
 */
enum raftval_wall_note {
	RAFTVAL_WALL_NOTE_DROP,
	RAFTVAL_WALL_NOTE_HELLO,
	RAFTVAL_WALL_NOTE_BEGAN,
	RAFTVAL_WALL_NOTE_ENDED,
	RAFTVAL_WALL_NOTE_UNSENT,
	RAFTVAL_WALL_NOTES,
};

/**
 * enum raftval_wall_end - why a session ended that no other took the place of
 * @RAFTVAL_WALL_END_KEY: the key is no more
 * @RAFTVAL_WALL_END_COPY: this machine may be a copy of one that goes on
 * @RAFTVAL_WALL_END_PLACE: somebody else needed the place
 * @RAFTVAL_WALL_ENDS: how many there are
 */
enum raftval_wall_end {
	RAFTVAL_WALL_END_KEY,
	RAFTVAL_WALL_END_COPY,
	RAFTVAL_WALL_END_PLACE,
	RAFTVAL_WALL_ENDS,
};

/**
 * struct raftval_wall_peer - another node
 * @used: there is one
 * @member: it is one of the cluster's
 * @id: its id, 0 as long as only its address is known
 * @addr: where it is
 * @since: when it got its place, microseconds
 * @key: name of the key that the session's hellos were sealed with
 * @key_before: likewise, of the session before
 * @hellos: sent that nobody asked for, since the session began
 * @sessions: the sessions with it
 * @staged_len: bytes of @staged, 0 for none
 * @staged: a datagram that waits for a session, the newest
 */
struct raftval_wall_peer {
	bool used;
	bool member;
	u64 id;
	struct raft_addr addr;
	u64 since;
	u32 key;
	u32 key_before;
	u32 hellos;
	struct raft_sessions sessions;
	u32 staged_len;
	u8 staged[RAFT_DGRAM_MAX];
};

/**
 * struct raftval_wall - the wall of a node
 * @self: the node's id
 * @cluster: the cluster's id
 * @n_keys: how many of @key there are
 * @key: the cluster's keys, the one that is used first
 * @random: fills memory with random bytes
 * @note: told of every decision, or NULL; may not call the wall
 * @ctx: handed to @note
 * @peer: those it speaks with
 * @refused: where the last hello came from that was of another key or cluster
 * @drops: how often something was not let in, by &enum raftval_wall_drop
 * @noted: decisions, by &enum raftval_wall_note
 */
struct raftval_wall {
	u64 self;
	u8 cluster[16];
	u32 n_keys;
	struct raftval_seal_key key[RAFTVAL_WALL_KEYS];
	void (*random)(void *buf, size_t len);
	void (*note)(void *ctx, enum raftval_wall_note note, u64 a, u32 b, u32 c);
	void *ctx;
	struct raftval_wall_peer peer[RAFTVAL_WALL_PEERS];
	struct raft_addr refused;
	u64 drops[RAFTVAL_WALL_DROPS];
	u64 noted[RAFTVAL_WALL_NOTES];
};

/**
 * struct raftval_wall_stats - what a wall shows
 * @n_keys: how many keys it has
 * @key: their names
 * @refused: see &struct raftval_wall
 * @drops: see there
 * @noted: see there
 * @n_peers: how many there are sessions with that were heard lately
 * @peer: they
 * @peer.id: the other's id
 * @peer.key: name of the key of the session
 */
struct raftval_wall_stats {
	u32 n_keys;
	u32 key[RAFTVAL_WALL_KEYS];
	struct raft_addr refused;
	u64 drops[RAFTVAL_WALL_DROPS];
	u64 noted[RAFTVAL_WALL_NOTES];
	u32 n_peers;
	struct {
		u64 id;
		u32 key;
	} peer[RAFTVAL_WALL_PEERS];
};

/**
 * struct raftval_wall_out - what is to be sent
 * @n: how many datagrams
 * @dgram: they
 * @dgram.addr: where to
 * @dgram.len: bytes of @dgram.data
 * @dgram.data: what
 */
struct raftval_wall_out {
	u32 n;
	struct {
		struct raft_addr addr;
		u32 len;
		u8 data[RAFTVAL_SEAL_MAX];
	} dgram[RAFTVAL_WALL_OUT];
};

void raftval_wall_init(struct raftval_wall *wall, u64 self, const u8 cluster[16],
		       void (*random)(void *buf, size_t len));
void raftval_wall_keys(struct raftval_wall *wall, const u8 secret[][RAFT_SESSION_KEY], u32 n);
void raftval_wall_forget(struct raftval_wall *wall);
void raftval_wall_members(struct raftval_wall *wall, u64 now, const struct raft_config *config);
void raftval_wall_send(struct raftval_wall *wall, u64 now, u64 to, const struct raft_addr *addr,
		       const u8 *dgram, u32 len, struct raftval_wall_out *out);
u32 raftval_wall_receive(struct raftval_wall *wall, u64 now, const struct raft_addr *from,
			 const u8 *data, u32 len, u8 *dgram, struct raftval_wall_out *out);
void raftval_wall_stats(const struct raftval_wall *wall, u64 now, struct raftval_wall_stats *stats);
const char *raftval_wall_drop_name(enum raftval_wall_drop why);
const char *raftval_wall_note_name(enum raftval_wall_note note);
const char *raftval_wall_end_name(enum raftval_wall_end why);

#endif /* RAFTVAL_WALL_H */
