/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sessions: how two who hold the same key know that what they hear is not a record of
 * what one of them said once.
 *
 * For the next session with the other each has a random id, which it uses once. A hello
 * tells the sender's id and echoes the last one that it heard from the other. Who is
 * echoed its own id knows that the other is there now, begins a session between the two
 * ids and makes a new id for the one after that:
 *
 *	A				B
 *	hello(a, nothing)  -------->			a may be a record: no more than an answer
 *	begins (a, b)	   <--------	hello(b, a)
 *	hello(a, b, done)  -------->	begins (b, a)
 *
 * A record can not make anybody begin a session, for it echoes an id that was used up
 * with the session before. What is sent in a session is sealed with keys that come of
 * both ids, and numbered from 0, so neither keys nor numbers come again over a restart.
 *
 * The ids do what DESIGN's boot ids were for, and more: an id for a whole boot would let
 * the hellos of the other's boot before displace a session of this one.
 *
 * Who seals the datagrams (kmod/seal.c) has the keys; here is who may believe whom.
 */
#ifndef RAFT_SESSION_H
#define RAFT_SESSION_H

#include <linux/types.h>
#include "replay.h"

#define RAFT_SESSION_ID		16	/* bytes of an id */
#define RAFT_SESSION_KEY	32	/* bytes of a key */

#define RAFT_SESSION_LIFE_US	3600000000ULL	/* after that a new session is wanted */
#define RAFT_SESSION_NUMBERS	0x100000000ULL	/* likewise, after so many datagrams */
#define RAFT_SESSION_KEEP_US	10000000ULL	/* the one before is received for so long */
#define RAFT_SESSION_RETRY_US	50000ULL	/* between two hellos that nobody asked for */
#define RAFT_SESSION_QUIET_US	250000ULL	/* a session that is not heard may be over ... */
#define RAFT_SESSION_DEAF_US	1000000ULL	/* ... and after this time it is taken to be */

#define RAFT_SESSION_ANSWERS	8		/* answers to hellos in a burst ... */
#define RAFT_SESSION_ANSWER_US	50000ULL	/* ... and one in this time for ever */

/**
 * struct raft_hello - what a hello says
 * @mine: the sender's id
 * @echo: the receiver's id, as the sender heard it last; all zero for none
 * @done: the sender has begun the session between the two
 */
struct raft_hello {
	u8 mine[RAFT_SESSION_ID];
	u8 echo[RAFT_SESSION_ID];
	bool done;
};

/**
 * struct raft_session - one session
 * @live: there is one
 * @mine: the id of this end
 * @theirs: the id of the other end
 * @out: key for what is sent; whoever seals derives it when the session begins
 * @in: key for what is received, likewise
 * @began: when it began, microseconds
 * @sent: number of the next datagram
 * @replay: numbers of those that were received
 */
struct raft_session {
	bool live;
	u8 mine[RAFT_SESSION_ID];
	u8 theirs[RAFT_SESSION_ID];
	u8 out[RAFT_SESSION_KEY];
	u8 in[RAFT_SESSION_KEY];
	u64 began;
	u64 sent;
	struct raft_replay replay;
};

/**
 * struct raft_sessions - the sessions with one other
 * @next: the id for the next session
 * @now: the session
 * @before: the one before, which is only received
 * @heard: when something of @now was received, or it began, microseconds
 * @hello_at: when another hello may be sent that nobody asked for, microseconds
 * @answer_at: when the answers that were given are paid for, microseconds
 * @renew: a new session is wanted, however good this one is
 */
struct raft_sessions {
	u8 next[RAFT_SESSION_ID];
	struct raft_session now;
	struct raft_session before;
	u64 heard;
	u64 hello_at;
	u64 answer_at;
	bool renew;
};

/**
 * enum raft_hello_verdict - what a hello leads to
 * @RAFT_HELLO_SILENT: nothing
 * @RAFT_HELLO_ANSWER: an answer is to be sent
 * @RAFT_HELLO_BEGAN: a session began, whose keys are to be derived
 * @RAFT_HELLO_BEGAN_ANSWER: both
 */
enum raft_hello_verdict {
	RAFT_HELLO_SILENT,
	RAFT_HELLO_ANSWER,
	RAFT_HELLO_BEGAN,
	RAFT_HELLO_BEGAN_ANSWER,
};

void raft_sessions_init(struct raft_sessions *sessions, const u8 id[RAFT_SESSION_ID]);
void raft_sessions_renew(struct raft_sessions *sessions);
bool raft_sessions_hello(struct raft_sessions *sessions, u64 now, bool lost,
			 struct raft_hello *hello);
enum raft_hello_verdict raft_sessions_hear(struct raft_sessions *sessions, u64 now,
					   const struct raft_hello *hello,
					   const u8 id[RAFT_SESSION_ID],
					   struct raft_hello *answer);
struct raft_session *raft_sessions_find(struct raft_sessions *sessions, u64 now, u32 tag);
void raft_sessions_opened(struct raft_sessions *sessions, u64 now, struct raft_session *session,
			  u64 number);
u32 raft_session_tag(const u8 id[RAFT_SESSION_ID]);

#endif /* RAFT_SESSION_H */
