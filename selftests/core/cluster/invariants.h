/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What must be true after every step, whatever happened: the properties of
 * figure 3.2 of the dissertation, and what the programs were promised. The
 * checker sees all nodes at once and keeps a model of its own of the log and
 * of the state machine. What is broken is told by its name:
 *
 *	one leader		a term has one, and all who know of one know the same
 *	log matching		same index and term: same entry, and the same before it
 *	append-only		a leader neither drops nor replaces its own entries
 *	leader completeness	a new leader has all that was committed before its term
 *	state machine		who has applied an index has applied what all have
 *	committed for good	nothing that a node knows to be committed is replaced
 *	monotone		term, commit index, applied index and revision of a node
 *	one vote		a member's vote in a term, over restarts, too
 *	election quorum		a leader has the votes of a quorum, on their stores
 *	commit quorum		what a leader commits is of its own term and on the
 *				stores of a quorum, or on all of them
 *	said after stored	terms, votes and acknowledgements on their way
 *	durable			what a node believes of its store is on it
 *	match monotone		what a leader knows of a follower in a term
 *	next above match	likewise
 *	overlap			a configuration and the next have no separate majorities
 *	one change at a time	a leader changes only a committed configuration
 *	change before no-op	a leader changes it only when its term has committed
 *	thrown out		a member goes if that was asked for, or for a new start
 *				of its host
 *	applied once		an operation, and never one that was refused
 *	true answer		to whoever wrote, compared and set, or read
 *	snapshot		configuration, sessions and value of its index
 */
#ifndef INVARIANTS_H
#define INVARIANTS_H

#include "raft.h"

#define SEEN_TERMS	512	/* at least twice the core's log window */
#define BROKEN_LEN	300

struct node;
struct op;

/**
 * struct record - an entry as its leader made it
 * @next: another entry with the same index, of another term
 * @term: its term
 * @prev_term: the term of the entry before it
 * @print: hash of everything in it
 * @tag: hash of its data
 * @origin: as in &struct raft_entry
 * @seq: as in &struct raft_entry
 * @expect: as in &struct raft_entry
 * @kind: as in &struct raft_entry
 * @member: the members' ids, if it is a configuration
 * @n_members: how many
 */
struct record {
	struct record *next;
	u64 term;
	u64 prev_term;
	u64 print;
	u64 tag;
	u64 origin;
	u64 seq;
	u64 expect;
	u32 kind;
	u64 *member;
	u32 n_members;
};

/**
 * struct place - all that is known of one index
 * @records: the entries that ever were there
 * @committed: the one that is committed, NULL for none yet
 * @commit_term: the term of the node that committed it first
 * @revision: revision of the value after it
 * @tag: hash of the value after it
 * @config: index of the configuration after it
 * @sessions: hash of the sessions after it
 * @hash: the core's hash of the state after it, 0 if nobody told
 */
struct place {
	struct record *records;
	struct record *committed;
	u64 commit_term;
	u64 revision;
	u64 tag;
	u64 config;
	u64 sessions;
	u64 hash;
};

/**
 * struct origin - a member as the model of the state machine knows it
 * @id: the member
 * @seq: its last operation that counted
 * @revision: of the value after that
 * @status: its answer
 */
struct origin {
	u64 id;
	u64 seq;
	u64 revision;
	u32 status;
};

/**
 * struct counted - how often a value was written, by the hash of its data; or what an
 *	operation was to write, by that of its number
 * @tag: the hash
 * @writes: of a number: hash of the data
 * @issued: operations with it
 * @refused: of these, the ones that were answered as never to be applied
 * @applied: revisions that it made
 */
struct counted {
	u64 tag;
	u64 writes;
	u32 issued;
	u32 refused;
	u32 applied;
};

/**
 * struct revised - what a revision was
 * @tag: hash of the value
 * @index: the entry that made it
 */
struct revised {
	u64 tag;
	u64 index;
};

/**
 * struct seen - what is remembered of a node from its last step
 * @term: its term
 * @last: last index of its log
 * @commit: its commit index
 * @applied: its applied index
 * @revision: its revision
 * @led: the term it last led in
 * @terms: terms of the entries, by index modulo %SEEN_TERMS
 */
struct seen {
	u64 term;
	u64 last;
	u64 commit;
	u64 applied;
	u64 revision;
	u64 led;
	u64 terms[SEEN_TERMS];
};

/**
 * struct invariants - the model
 * @place: by index
 * @places: room in @place
 * @known: the model has applied every entry up to here
 * @committed: highest index that is known to be committed
 * @leader: the leader of each term
 * @leaders: room in @leader
 * @origin: the members, as of @known
 * @n_origins: how many
 * @counted: hash table with room for a power of two
 * @n_counted: how many are in it
 * @counted_room: its room
 * @revised: by revision
 * @revisions: room in @revised
 * @unwanted: members whose removal somebody asked for
 * @n_unwanted: how many
 * @broken: what was violated first, empty if nothing
 */
struct invariants {
	struct place *place;
	size_t places;
	u64 known;
	u64 committed;
	u64 *leader;
	size_t leaders;
	struct origin origin[RAFT_MEMBERS_MAX];
	u32 n_origins;
	struct counted *counted;
	size_t n_counted;
	size_t counted_room;
	struct revised *revised;
	size_t revisions;
	u64 *unwanted;
	size_t n_unwanted;
	char broken[BROKEN_LEN];
};

u64 tag_of(const void *data, size_t len);
void invariants_free(struct invariants *inv);
void invariants_break(struct invariants *inv, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void invariants_created(struct node *node);
void invariants_started(struct node *node);
void invariants_stepped(struct node *node, const struct raft_update *update);
void invariants_issued(struct invariants *inv, const struct op *op);
void invariants_ended(struct invariants *inv, const struct op *op);
void invariants_unwanted(struct invariants *inv, u64 id);
bool invariants_wanted(const struct invariants *inv, u64 id);

#endif /* INVARIANTS_H */
