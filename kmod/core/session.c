// SPDX-License-Identifier: GPL-2.0
/* Sessions: who may believe whom, and for how long. */
#include <linux/kernel.h>
#include <linux/string.h>
#include "session.h"

static bool same(const u8 *one, const u8 *other)
{
	return !memcmp(one, other, RAFT_SESSION_ID);
}

/**
 * raft_session_tag() - what a datagram says of the session that it belongs to
 * @id: the receiver's id of the session
 *
 * Return: the tag; 0 is one as good as any.
 */
u32 raft_session_tag(const u8 id[RAFT_SESSION_ID])
{
	return id[0] | id[1] << 8 | id[2] << 16 | (u32)id[3] << 24;
}

/**
 * raft_sessions_init() - begin to speak with another
 * @sessions: the sessions with it, none yet
 * @id: random, for the first one
 */
void raft_sessions_init(struct raft_sessions *sessions, const u8 id[RAFT_SESSION_ID])
{
	memset(sessions, 0, sizeof(*sessions));
	memcpy(sessions->next, id, RAFT_SESSION_ID);
}

static bool is_old(const struct raft_session *session, u64 now)
{
	return now - session->began >= RAFT_SESSION_LIFE_US ||
	       session->sent >= RAFT_SESSION_NUMBERS;
}

/* Whether the other may have lost the session, or never had it. */
static bool is_quiet(const struct raft_sessions *sessions, u64 now)
{
	return !sessions->now.live || now - sessions->heard >= RAFT_SESSION_QUIET_US;
}

/* The other may be started anew, and know nothing of this end that it could answer. */
static bool wants_session(const struct raft_sessions *sessions, u64 now, bool lost)
{
	u64 quiet = lost ? RAFT_SESSION_QUIET_US : RAFT_SESSION_DEAF_US;

	return !sessions->now.live || sessions->renew || is_old(&sessions->now, now) ||
	       now - sessions->heard >= quiet;
}

/**
 * raft_sessions_renew() - want a new session as soon as something is to be sent
 * @sessions: the sessions with the other; the one there is stays until then
 */
void raft_sessions_renew(struct raft_sessions *sessions)
{
	sessions->renew = true;
	sessions->hello_at = 0;
}

/**
 * raft_sessions_hello() - is it time for a hello that nobody asked for?
 * @sessions: the sessions with the other
 * @now: microseconds
 * @lost: something came that belongs to no session
 * @hello: gets it
 *
 * To be asked whenever something is to be sent, or came and could not be opened.
 *
 * Return: true if the hello is to be sent.
 */
bool raft_sessions_hello(struct raft_sessions *sessions, u64 now, bool lost,
			 struct raft_hello *hello)
{
	const struct raft_session *session = &sessions->now;

	if (now < sessions->hello_at || !wants_session(sessions, now, lost))
		return false;
	sessions->hello_at = now + RAFT_SESSION_RETRY_US;
	*hello = (struct raft_hello) {};
	memcpy(hello->mine, sessions->next, RAFT_SESSION_ID);
	memcpy(hello->echo, session->theirs, RAFT_SESSION_ID);
	return true;
}

/* An answer costs as much as what it answers, so that there are not many. */
static bool may_answer(struct raft_sessions *sessions, u64 now)
{
	if (sessions->answer_at > now + (RAFT_SESSION_ANSWERS - 1) * RAFT_SESSION_ANSWER_US)
		return false;
	sessions->answer_at = max(sessions->answer_at, now) + RAFT_SESSION_ANSWER_US;
	return true;
}

static void fill(struct raft_hello *hello, const u8 *mine, const struct raft_hello *to, bool done)
{
	memcpy(hello->mine, mine, RAFT_SESSION_ID);
	memcpy(hello->echo, to->mine, RAFT_SESSION_ID);
	hello->done = done;
}

static void begin(struct raft_sessions *sessions, u64 now, const struct raft_hello *hello,
		  const u8 *id)
{
	sessions->before = sessions->now;
	memset(&sessions->now, 0, sizeof(sessions->now));
	sessions->now.live = true;
	sessions->now.began = now;
	memcpy(sessions->now.mine, sessions->next, RAFT_SESSION_ID);
	memcpy(sessions->now.theirs, hello->mine, RAFT_SESSION_ID);
	memcpy(sessions->next, id, RAFT_SESSION_ID);
	sessions->heard = now;
	sessions->renew = false;
}

/*
 * A hello that echoes no id for the next session may be a record. As long as the other
 * is heard only one that knows the session is answered, by which the other wants the
 * next one: so a record leads to no more sessions than the others want.
 */
static bool deserves_answer(const struct raft_sessions *sessions, u64 now,
			    const struct raft_hello *hello)
{
	return is_quiet(sessions, now) || same(hello->echo, sessions->now.mine);
}

/**
 * raft_sessions_hear() - take a hello
 * @sessions: the sessions with its sender
 * @now: microseconds
 * @hello: the hello, which is known to come from somebody with the key
 * @id: random, for the session after one that begins now
 * @answer: gets the answer
 *
 * Return: &enum raft_hello_verdict.
 */
enum raft_hello_verdict raft_sessions_hear(struct raft_sessions *sessions, u64 now,
					   const struct raft_hello *hello,
					   const u8 id[RAFT_SESSION_ID],
					   struct raft_hello *answer)
{
	const struct raft_session *session = &sessions->now;

	if (same(hello->echo, sessions->next)) {
		begin(sessions, now, hello, id);
		fill(answer, session->mine, hello, true);
		return hello->done ? RAFT_HELLO_BEGAN : RAFT_HELLO_BEGAN_ANSWER;
	}
	/* The other has not begun the session, or does not know that this end has. */
	if (session->live && same(hello->mine, session->theirs)) {
		fill(answer, session->mine, hello, true);
		return !hello->done && may_answer(sessions, now) ?
		       RAFT_HELLO_ANSWER : RAFT_HELLO_SILENT;
	}
	if (!deserves_answer(sessions, now, hello) || !may_answer(sessions, now))
		return RAFT_HELLO_SILENT;
	fill(answer, sessions->next, hello, false);
	return RAFT_HELLO_ANSWER;
}

/**
 * raft_sessions_find() - to which session does a datagram belong?
 * @sessions: the sessions with its sender
 * @now: microseconds
 * @tag: what it says, see raft_session_tag()
 *
 * Return: the session, or %NULL if there is none of that tag.
 */
struct raft_session *raft_sessions_find(struct raft_sessions *sessions, u64 now, u32 tag)
{
	struct raft_session *session = &sessions->now;

	if (session->live && raft_session_tag(session->mine) == tag)
		return session;
	if (now - session->began >= RAFT_SESSION_KEEP_US)
		return NULL;
	session = &sessions->before;
	return session->live && raft_session_tag(session->mine) == tag ? session : NULL;
}

/**
 * raft_sessions_opened() - a datagram of a session was genuine
 * @sessions: the sessions with its sender
 * @now: microseconds
 * @session: the one that it belongs to
 * @number: its number, which was new
 */
void raft_sessions_opened(struct raft_sessions *sessions, u64 now, struct raft_session *session,
			  u64 number)
{
	raft_replay_mark(&session->replay, number);
	if (session == &sessions->now)
		sessions->heard = now;
}
