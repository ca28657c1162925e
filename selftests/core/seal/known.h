/* SPDX-License-Identifier: GPL-2.0 */
/* The seal against known answers, for programs and for the kernel. */
#ifndef KNOWN_H
#define KNOWN_H

#include <linux/string.h>
#include "seal.h"
#include "vectors.h"

static void known_session(struct raft_session *session, const u8 *mine, const u8 *theirs)
{
	memset(session, 0, sizeof(*session));
	session->live = true;
	memcpy(session->mine, mine, sizeof(session->mine));
	memcpy(session->theirs, theirs, sizeof(session->theirs));
}

/* Both ends of a datagram: @buf has room for it. Returns what is wrong, NULL if nothing is. */
static const char *known_data(const struct raftval_seal_key *key, struct raft_session *session,
			      u8 *buf)
{
	known_session(session, vector_mine, vector_theirs);
	raftval_seal_derive(key, VECTOR_ONE, VECTOR_OTHER, session);
	if (memcmp(session->out, vector_send_key, sizeof(session->out)))
		return "the key for what is sent";
	if (memcmp(session->in, vector_receive_key, sizeof(session->in)))
		return "the key for what is received";
	session->sent = VECTOR_NUMBER;
	if (raftval_seal_close(buf, vector_plain, sizeof(vector_plain), session) !=
	    sizeof(vector_data) || memcmp(buf, vector_data, sizeof(vector_data)))
		return "a datagram that is sealed";
	if (session->sent != VECTOR_NUMBER + 1)
		return "the number of the next one";
	known_session(session, vector_theirs, vector_mine);
	raftval_seal_derive(key, VECTOR_OTHER, VECTOR_ONE, session);
	if (raftval_seal_open(buf, vector_data, sizeof(vector_data), session) !=
	    sizeof(vector_plain) || memcmp(buf, vector_plain, sizeof(vector_plain)))
		return "a datagram that is opened";
	return NULL;
}

static const char *known_hello(const struct raftval_seal_key *key)
{
	struct raft_hello hello = { .done = true };
	struct raftval_seal_hello sealed;

	memcpy(hello.mine, vector_mine, sizeof(hello.mine));
	memcpy(hello.echo, vector_theirs, sizeof(hello.echo));
	raftval_seal_close_hello(&sealed, key, VECTOR_ONE, VECTOR_OTHER, vector_nonce, &hello);
	if (sizeof(vector_hello) != sizeof(sealed) ||
	    memcmp(&sealed, vector_hello, sizeof(sealed)))
		return "a hello that is sealed";
	memset(&hello, 0, sizeof(hello));
	if (!raftval_seal_open_hello(&hello, &sealed, key) || !hello.done ||
	    memcmp(hello.mine, vector_mine, sizeof(hello.mine)) ||
	    memcmp(hello.echo, vector_theirs, sizeof(hello.echo)))
		return "a hello that is opened";
	return NULL;
}

static const char *known_answers(struct raft_session *session, u8 *buf)
{
	struct raftval_seal_key key;
	const char *wrong;
	__le32 name;

	raftval_seal_key_init(&key, vector_cluster, vector_secret);
	name = cpu_to_le32(key.name);
	if (memcmp(key.hello, vector_hello_key, sizeof(key.hello)))
		return "the key of hellos";
	if (sizeof(name) != sizeof(vector_name) || memcmp(&name, vector_name, sizeof(name)))
		return "the name of the key";
	wrong = known_data(&key, session, buf);
	return wrong ? wrong : known_hello(&key);
}

#endif /* KNOWN_H */
