// SPDX-License-Identifier: GPL-2.0
/*
 * A store: the file or block device that makes a node's promises survive
 *
 * Whoever asks for a node hands over a descriptor, opened under its own
 * permissions. All I/O is direct and durable when it ends, as in
 * drivers/nvme/target/io-cmd-file.c. There is one write of the core at a time,
 * in a buffer that was made with the store, so a commit allocates nothing here.
 *
 * Each store has a thread that writes. No direct write is asynchronous enough to be
 * begun in a node's turn: its submission may wait for a tag, for a lock of the inode,
 * for a journal or a frozen file system. So this thread waits, at real-time priority,
 * and the node goes on with its heartbeats and sees that nothing moves. A block
 * device then tells the end itself, and needs no flush if it has durable writes (FUA);
 * to a file the write is synchronous, or it would be made durable by a worker of
 * normal priority. The thread also is who lets go of the file when the node is
 * gone, for a write to a dead disk may end a long time after that, or never.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bvec.h>
#include <linux/completion.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/highmem.h>
#include <linux/kref.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/netlink.h>
#include <linux/printk.h>
#include <linux/sched.h>
#include <linux/sched/mm.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/uio.h>
#include <linux/vmalloc.h>
#include <linux/raftval.h>
#include "store.h"

/* A marker is written when nothing else was for so long, microseconds. */
#define MARK_AFTER	100000

/* Blocks that are read at once. */
#define WINDOW		16

/* How long to wait for a write under way when a store is closed. */
#define CLOSE_WAIT	(10 * HZ)

/**
 * struct buffer - memory that is read into and written from
 * @data: it
 * @bvec: its pages
 * @blocks: its size
 */
struct buffer {
	u8 *data;
	struct bio_vec *bvec;
	u32 blocks;
};

/**
 * enum job_state - where a write is
 * @JOB_IDLE: there is none
 * @JOB_QUEUED: it waits for the store's thread
 * @JOB_RUNNING: it is under way
 * @JOB_ENDED: it has ended, which the node has not taken note of
 */
enum job_state {
	JOB_IDLE,
	JOB_QUEUED,
	JOB_RUNNING,
	JOB_ENDED,
};

/**
 * struct job - a write
 * @store: the store
 * @buf: what is written
 * @state: where it is; guarded by the store's lock
 * @block: where to
 * @blocks: how many
 * @iocb: the write, while it is under way
 * @begin: when it began, monotonic microseconds
 */
struct job {
	struct raftval_store *store;
	struct buffer buf;
	enum job_state state;
	u64 block;
	u32 blocks;
	struct kiocb iocb;
	u64 begin;
};

/**
 * struct raftval_store - a store
 * @ref: one for the node, one for the thread
 * @file: the file; the thread's, which outlives the node's interest in it
 * @link: in the list of stores; guarded by stores_lock
 * @task: the thread
 * @ended: completed when the file is let go
 * @wake: called when a write has ended
 * @ctx: handed to @wake
 * @journal: the format; once the node runs it belongs to its turn
 * @window: blocks that were read, while the store is loaded and started
 * @window_at: the first of them
 * @window_n: how many, 0 for none
 * @write_seq: number that the core gave the write
 * @mark_at: when the marker is due, monotonic microseconds
 * @lock: guards all that follows
 * @write: the write that the core asked for
 * @mark: the marker
 * @super: the superblocks, which are to say that the store is refused
 * @broken: a write has failed; no other is tried
 * @closing: no more writes come
 * @blank: the store is nobody's when it is closed
 * @stats: the counts
 */
struct raftval_store {
	struct kref ref;
	struct file *file;
	struct list_head link;
	struct task_struct *task;
	struct completion ended;
	void (*wake)(void *ctx);
	void *ctx;
	struct raft_journal journal;
	struct buffer window;
	u64 window_at;
	u32 window_n;
	u64 write_seq;
	u64 mark_at;

	spinlock_t lock;	/* guards all that follows */
	struct job write;
	struct job mark;
	struct job super;
	bool broken;
	bool closing;
	bool blank;
	struct raftval_store_stats stats;
};

/* Guards the list of stores, and that no file is in it twice. */
static DEFINE_MUTEX(stores_lock);
static LIST_HEAD(stores);

/* Threads ever made, each of which ends by completing this: see raftval_store_exit(). */
static atomic_t threads;
static DECLARE_COMPLETION(thread_ended);

static u64 now_us(void)
{
	return ktime_to_us(ktime_get());
}

/*
 * Buffers
 */

static void buffer_free(struct buffer *buf)
{
	vfree(buf->data);
	kvfree(buf->bvec);
	memset(buf, 0, sizeof(*buf));
}

static int buffer_make(struct buffer *buf, u32 blocks)
{
	size_t size = (size_t)blocks * RAFT_JOURNAL_BLOCK;
	u32 n = DIV_ROUND_UP(size, PAGE_SIZE), i;

	buf->data = __vmalloc(size, GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	buf->bvec = kvcalloc(n, sizeof(*buf->bvec), GFP_KERNEL_ACCOUNT);
	if (!buf->data || !buf->bvec) {
		buffer_free(buf);
		return -ENOMEM;
	}
	for (i = 0; i < n; i++)
		bvec_set_page(&buf->bvec[i], vmalloc_to_page(buf->data + i * PAGE_SIZE),
			      PAGE_SIZE, 0);
	buf->blocks = blocks;
	return 0;
}

/*
 * Input and output, which wait until the disk has it
 */

static int begin_io(struct raftval_store *store, const struct buffer *buf, u32 blocks,
		    u64 block, unsigned int direction, struct kiocb *iocb, struct iov_iter *iter)
{
	size_t len = (size_t)blocks * RAFT_JOURNAL_BLOCK;

	if (WARN_ON_ONCE(blocks > buf->blocks))
		return -EINVAL;
	init_sync_kiocb(iocb, store->file);
	iocb->ki_pos = block * RAFT_JOURNAL_BLOCK;
	iocb->ki_flags |= IOCB_DIRECT | IOCB_DSYNC;
	iov_iter_bvec(iter, direction, buf->bvec, DIV_ROUND_UP(len, PAGE_SIZE), len);
	return 0;
}

/* Half a write is none. */
static int judge_io(u32 blocks, ssize_t n)
{
	if (n < 0)
		return n;
	return n == (ssize_t)blocks * RAFT_JOURNAL_BLOCK ? 0 : -EIO;
}

/* Returns at once with -EIOCBQUEUED if the file can do that and @done is to be called. */
static int submit_write(struct raftval_store *store, const struct buffer *buf, u32 blocks,
			u64 block, struct kiocb *iocb,
			void (*done)(struct kiocb *iocb, long n))
{
	struct iov_iter iter;
	ssize_t n = begin_io(store, buf, blocks, block, ITER_SOURCE, iocb, &iter);

	if (n)
		return n;
	iocb->ki_complete = done;
	flush_kernel_vmap_range(buf->data, blocks * RAFT_JOURNAL_BLOCK);
	file_start_write(store->file);
	n = store->file->f_op->write_iter(iocb, &iter);
	file_end_write(store->file);
	return judge_io(blocks, n);
}

static int write_blocks(struct raftval_store *store, const struct buffer *buf, u32 blocks,
			u64 block)
{
	struct kiocb iocb;

	return submit_write(store, buf, blocks, block, &iocb, NULL);
}

static int read_blocks(struct raftval_store *store, const struct buffer *buf, u32 blocks,
		       u64 block)
{
	struct iov_iter iter;
	struct kiocb iocb;
	ssize_t n = begin_io(store, buf, blocks, block, ITER_DEST, &iocb, &iter);

	if (n)
		return n;
	n = store->file->f_op->read_iter(&iocb, &iter);
	invalidate_kernel_vmap_range(buf->data, blocks * RAFT_JOURNAL_BLOCK);
	return judge_io(blocks, n);
}

static u64 store_blocks(const struct raftval_store *store)
{
	loff_t size = i_size_read(store->file->f_mapping->host);

	return min_t(u64, size, RAFTVAL_STORE_MAX) / RAFT_JOURNAL_BLOCK;
}

/* What can not be read with its neighbours is tried by itself. */
static bool fill_window(struct raftval_store *store, u64 block)
{
	u64 first = rounddown(block, WINDOW);
	u32 n = min_t(u64, WINDOW, store_blocks(store) - first);

	store->window_at = first;
	store->window_n = n;
	if (!read_blocks(store, &store->window, n, first))
		return true;
	store->window_at = block;
	store->window_n = 1;
	if (!read_blocks(store, &store->window, 1, block))
		return true;
	store->window_n = 0;
	return false;
}

/* How the journal reads: &raft_journal_reader.block. */
static const u8 *give_block(void *ctx, u64 block)
{
	struct raftval_store *store = ctx;

	if (block >= store_blocks(store))
		return NULL;
	if ((block < store->window_at || block >= store->window_at + store->window_n) &&
	    !fill_window(store, block))
		return NULL;
	return store->window.data + (block - store->window_at) * RAFT_JOURNAL_BLOCK;
}

/*
 * Superblocks
 */

static int write_super(struct raftval_store *store, u32 copy)
{
	return write_blocks(store, &store->mark.buf, 1, copy);
}

/* One copy is good at any time. */
static int write_supers(struct raftval_store *store)
{
	u32 i;
	int error = 0;

	raft_journal_encode_super(&store->journal, store->mark.buf.data);
	for (i = 0; !error && i < RAFT_JOURNAL_SUPERS; i++)
		error = write_super(store, i);
	store->window_n = 0;
	return error;
}

/* The store is nobody's. A disk that does not even take this has no member that joined. */
static void write_blanks(struct raftval_store *store)
{
	u32 i;

	memset(store->mark.buf.data, 0, RAFT_JOURNAL_BLOCK);
	for (i = 0; i < RAFT_JOURNAL_SUPERS; i++)
		write_super(store, i);
	store->window_n = 0;
}

/*
 * The thread
 */

/* One after the other; the marker was there before the write, or there would be none. */
static struct job *next_job(struct raftval_store *store)
{
	struct job *jobs[] = { &store->mark, &store->write, &store->super };
	struct job *next = NULL;
	int i;

	for (i = ARRAY_SIZE(jobs) - 1; i >= 0; i--) {
		if (jobs[i]->state == JOB_RUNNING)
			return jobs[i];
		if (jobs[i]->state == JOB_QUEUED)
			next = jobs[i];
	}
	return next;
}

static struct job *take_job(struct raftval_store *store, bool *stop)
{
	struct job *job;

	spin_lock_irq(&store->lock);
	job = next_job(store);
	*stop = store->closing && !job;
	if (job && job->state == JOB_RUNNING)
		job = NULL;
	if (job)
		job->state = JOB_RUNNING;
	spin_unlock_irq(&store->lock);
	return job;
}

static struct job *wait_for_job(struct raftval_store *store)
{
	struct job *job;
	bool stop;

	for (;;) {
		set_current_state(TASK_IDLE);
		job = take_job(store, &stop);
		if (job || stop)
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
	return job;
}

/* Once a write has failed nothing is tried again: what a retried flush says may be a lie. */
static void end_job(struct job *job, int error)
{
	struct raftval_store *store = job->store;
	struct raftval_store_stats *stats = &store->stats;
	unsigned long flags;

	spin_lock_irqsave(&store->lock, flags);
	job->state = JOB_ENDED;
	store->broken |= error;
	stats->writes += job == &store->write;
	stats->marks += job == &store->mark;
	stats->blocks += job->blocks;
	stats->write_us += now_us() - job->begin;
	if (!store->closing)
		store->wake(store->ctx);
	if (store->closing || next_job(store))
		wake_up_process(store->task);
	spin_unlock_irqrestore(&store->lock, flags);
}

/* Context: whatever a disk tells the end of a write in. */
static void job_done(struct kiocb *iocb, long n)
{
	struct job *job = container_of(iocb, struct job, iocb);

	end_job(job, judge_io(job->blocks, n));
}

static int start_write(struct raftval_store *store, struct job *job)
{
	bool device = S_ISBLK(file_inode(store->file)->i_mode);

	if (store->broken)
		return -EIO;
	if (job == &store->super)
		return write_supers(store);
	return submit_write(store, &job->buf, job->blocks, job->block, &job->iocb,
			    device ? job_done : NULL);
}

static void do_job(struct raftval_store *store, struct job *job)
{
	int error;

	job->begin = now_us();
	error = start_write(store, job);
	if (error != -EIOCBQUEUED)
		end_job(job, error);
}

static void release(struct kref *ref)
{
	struct raftval_store *store = container_of(ref, struct raftval_store, ref);

	buffer_free(&store->window);
	buffer_free(&store->write.buf);
	buffer_free(&store->mark.buf);
	put_task_struct(store->task);
	kvfree(store);
}

/*
 * A file that a kernel thread lets go is closed at once by __fput_sync() only, and
 * whoever took a node down may want to use its store at once.
 */
static int run(void *data)
{
	unsigned int flags = memalloc_noio_save();
	struct raftval_store *store = data;
	struct job *job;

	while ((job = wait_for_job(store)))
		do_job(store, job);
	if (store->blank)
		write_blanks(store);
	mutex_lock(&stores_lock);
	list_del(&store->link);
	mutex_unlock(&stores_lock);
	__fput_sync(store->file);
	memalloc_noio_restore(flags);
	complete(&store->ended);
	kref_put(&store->ref, release);
	kthread_complete_and_exit(&thread_ended, 0);
}

static int make_thread(struct raftval_store *store)
{
	struct task_struct *task = kthread_create(run, store, "raftval-store");

	if (IS_ERR(task))
		return PTR_ERR(task);
	get_task_struct(task);
	store->task = task;
	sched_set_fifo_low(task);
	atomic_inc(&threads);
	kref_get(&store->ref);
	wake_up_process(task);
	return 0;
}

/*
 * Opening and closing
 */

static int check_file(const struct file *file, struct netlink_ext_ack *extack)
{
	umode_t mode = file_inode(file)->i_mode;

	if (!S_ISREG(mode) && !S_ISBLK(mode)) {
		NL_SET_ERR_MSG(extack, "a store is a regular file or a block device");
		return -EINVAL;
	}
	if (!(file->f_mode & FMODE_READ) || !(file->f_mode & FMODE_WRITE) ||
	    !(file->f_flags & O_DIRECT) || file->f_flags & O_APPEND) {
		NL_SET_ERR_MSG(extack, "open the store for direct reads and writes");
		return -EBADF;
	}
	if (!file->f_op->read_iter || !file->f_op->write_iter) {
		NL_SET_ERR_MSG(extack, "this file system has no direct I/O; use another");
		return -EOPNOTSUPP;
	}
	return 0;
}

/* However it was opened, a file is the store of one node at most. */
static int enlist(struct raftval_store *store, struct netlink_ext_ack *extack)
{
	struct raftval_store *other;
	int error = 0;

	mutex_lock(&stores_lock);
	list_for_each_entry(other, &stores, link) {
		if (other->file->f_mapping->host == store->file->f_mapping->host)
			error = -EBUSY;
	}
	if (!error)
		error = make_thread(store);
	if (!error)
		list_add(&store->link, &stores);
	mutex_unlock(&stores_lock);
	if (error == -EBUSY)
		NL_SET_ERR_MSG(extack, "a running node uses this store; take it down first");
	else if (error)
		NL_SET_ERR_MSG(extack, "out of memory");
	return error;
}

/**
 * raftval_store_open() - take a descriptor of the caller for a store
 * @fd: the descriptor, which may be closed afterwards
 * @extack: gets a sentence for every error
 *
 * Return: the store, to be given back with raftval_store_close(), or an ERR_PTR:
 * -EBADF, -EINVAL and -EOPNOTSUPP (not what a store may be), -EBUSY (a node's
 * already), -ENOMEM.
 */
struct raftval_store *raftval_store_open(int fd, struct netlink_ext_ack *extack)
{
	struct file *file = fget(fd);
	struct raftval_store *store;
	int error = -EBADF;

	if (!file) {
		NL_SET_ERR_MSG(extack, "the store is no open file of the caller");
		return ERR_PTR(error);
	}
	error = check_file(file, extack);
	if (error)
		goto err_file;
	error = -ENOMEM;
	store = kvzalloc(sizeof(*store), GFP_KERNEL_ACCOUNT);
	if (!store || buffer_make(&store->window, WINDOW) || buffer_make(&store->mark.buf, 1)) {
		NL_SET_ERR_MSG(extack, "out of memory");
		goto err_store;
	}
	kref_init(&store->ref);
	store->file = file;
	store->write.store = store;
	store->mark.store = store;
	store->super.store = store;
	init_completion(&store->ended);
	spin_lock_init(&store->lock);
	store->mark_at = U64_MAX;
	error = enlist(store, extack);
	if (error)
		goto err_store;
	return store;

err_store:
	if (store) {
		buffer_free(&store->window);
		buffer_free(&store->mark.buf);
	}
	kvfree(store);
err_file:
	fput(file);
	return ERR_PTR(error);
}

/**
 * raftval_store_exit() - wait until every store is let go
 *
 * Called once when the module is unloaded, after the last node is gone.
 */
void raftval_store_exit(void)
{
	int n = atomic_read(&threads);

	while (n--)
		wait_for_completion(&thread_ended);
}

/*
 * From the file to a member, before the node runs
 */

static int io_error(struct netlink_ext_ack *extack, int error)
{
	if (error)
		NL_SET_ERR_MSG(extack, "the disk of the store fails; dmesg may say why");
	return error;
}

/* What the journal finds to be garbage is written over with zeros. */
static int clear_garbage(struct raftval_store *store)
{
	u64 block = 0;
	int error = 0;

	memset(store->mark.buf.data, 0, RAFT_JOURNAL_BLOCK);
	while (!error && (block = raft_journal_garbage(&store->journal, block))) {
		error = write_blocks(store, &store->mark.buf, 1, block);
		store->window_n = 0;
	}
	return error;
}

static int make_write_buffer(struct raftval_store *store, u32 value_max,
			     struct netlink_ext_ack *extack)
{
	u32 blocks = raft_journal_write_max(value_max) / RAFT_JOURNAL_BLOCK;
	int error = buffer_make(&store->write.buf, blocks);

	if (error)
		NL_SET_ERR_MSG(extack, "out of memory");
	return error;
}

static int judge(enum raft_journal_verdict verdict, struct netlink_ext_ack *extack)
{
	static const int errnos[RAFT_JOURNAL_VERDICTS] = {
		[RAFT_JOURNAL_LOST] = -EUCLEAN,
		[RAFT_JOURNAL_REFUSED] = -ESTALE,
		[RAFT_JOURNAL_NEWER] = -EPROTONOSUPPORT,
		[RAFT_JOURNAL_BLANK] = -EMEDIUMTYPE,
	};

	/* The macro takes only literals. */
	if (errnos[verdict])
		extack->_msg = raft_journal_verdict_text(verdict);
	return errnos[verdict];
}

/**
 * raftval_store_load() - read back what is on a store
 * @store: the store, just opened
 * @extack: gets a sentence for every error
 *
 * Return: 0 if a member can start from it; -EMEDIUMTYPE (no store),
 * -EPROTONOSUPPORT (of another version), -EUCLEAN (it lost its state, or term and
 * vote), -ESTALE (the others refused it), -ENOMEM.
 */
int raftval_store_load(struct raftval_store *store, struct netlink_ext_ack *extack)
{
	const struct raft_journal_reader reader = {
		.block = give_block,
		.ctx = store,
		.blocks = store_blocks(store),
	};
	u64 begin = now_us();
	enum raft_journal_verdict verdict = raft_journal_open(&store->journal, &reader);
	int error = judge(verdict, extack);

	if (!error)
		error = make_write_buffer(store, store->journal.super.value_max, extack);
	if (error)
		return error;
	verdict = raft_journal_recover(&store->journal, store->write.buf.data);
	if (verdict != RAFT_JOURNAL_CLEAN)
		pr_info("member %016llx: %s\n", store->journal.super.member,
			raft_journal_verdict_text(verdict));
	store->stats.load_us = now_us() - begin;
	return judge(verdict, extack);
}

/**
 * raftval_store_format() - make a store that of a new member
 * @store: the store, just opened
 * @super: who the member is; its size is filled in
 * @extack: gets a sentence for every error
 *
 * Return: 0; -ENOSPC (too small for the value's size), -ENOMEM, or what the disk says.
 */
int raftval_store_format(struct raftval_store *store, struct raft_journal_super *super,
			 struct netlink_ext_ack *extack)
{
	int error;

	super->size = store_blocks(store) * RAFT_JOURNAL_BLOCK;
	if (!raft_journal_format(&store->journal, super)) {
		NL_SET_ERR_MSG(extack, "the store is too small for the cluster's value_max");
		return -ENOSPC;
	}
	store->journal.reader = (struct raft_journal_reader) {
		.block = give_block,
		.ctx = store,
		.blocks = store_blocks(store),
	};
	error = make_write_buffer(store, super->value_max, extack);
	if (error)
		return error;
	/* Of what was there before not even the superblocks are left, whatever happens. */
	write_blanks(store);
	return io_error(extack, clear_garbage(store) ?: write_supers(store));
}

/**
 * raftval_store_start() - count one more start of the member, durably
 * @store: the store, loaded
 * @extack: gets a sentence for every error
 *
 * Return: 0, or what the disk says.
 */
int raftval_store_start(struct raftval_store *store, struct netlink_ext_ack *extack)
{
	raft_journal_start(&store->journal);
	return io_error(extack, write_supers(store) ?: clear_garbage(store));
}

/**
 * raftval_store_restore() - give a node what was read back
 * @store: the store, started
 * @raft: the node, just made; raft_start_restore() must follow
 * @extack: gets a sentence for every error
 *
 * Return: 0; -EUCLEAN if the node does not take it.
 */
int raftval_store_restore(struct raftval_store *store, struct raft *raft,
			  struct netlink_ext_ack *extack)
{
	u64 begin = now_us();
	bool restored = raft_journal_restore(&store->journal, raft);

	store->stats.load_us += now_us() - begin;
	if (restored)
		return 0;
	NL_SET_ERR_MSG(extack, "the store can not be read any more; join again as a new member");
	return -EUCLEAN;
}

/**
 * raftval_store_listen() - say who is to be woken when a write has ended
 * @store: the store; from now on it is only written
 * @wake: called for each end, in any context, with a lock held
 * @ctx: handed to @wake
 */
void raftval_store_listen(struct raftval_store *store, void (*wake)(void *ctx), void *ctx)
{
	buffer_free(&store->window);
	store->wake = wake;
	store->ctx = ctx;
}

/**
 * raftval_store_super() - who the member is
 * @store: the store, loaded or formatted
 *
 * Context: any.
 *
 * Return: the superblock as of the start; good as long as the store.
 */
const struct raft_journal_super *raftval_store_super(const struct raftval_store *store)
{
	return &store->journal.super;
}

/**
 * raftval_store_path() - where a store is, for people
 * @store: the store, not closed
 * @buf: room for the path
 * @size: bytes of that
 *
 * Return: the path, somewhere in @buf, as whoever asks would name it.
 */
const char *raftval_store_path(const struct raftval_store *store, char *buf, int size)
{
	const char *path = file_path(store->file, buf, size);

	return IS_ERR(path) ? "(too long)" : path;
}

/*
 * The node's turn
 */

/* What is in the job's buffer is to be written. */
static void queue(struct raftval_store *store, struct job *job, u32 blocks)
{
	spin_lock_irq(&store->lock);
	job->blocks = blocks;
	job->state = JOB_QUEUED;
	wake_up_process(store->task);
	spin_unlock_irq(&store->lock);
}

/**
 * raftval_store_write() - begin a write that the core asks for
 * @store: the store; the write before this has been taken note of
 * @raft: the node, as the step left it that asked for the write
 * @persist: what is to be written
 *
 * A marker may be under way; the write waits for it.
 *
 * Context: a turn of the node; does not sleep.
 */
void raftval_store_write(struct raftval_store *store, const struct raft *raft,
			 const struct raft_persist *persist)
{
	struct job *job = &store->write;
	u32 blocks = raft_journal_write(&store->journal, raft, persist, job->buf.data, &job->block);

	store->write_seq = persist->seq;
	store->mark_at = U64_MAX;
	if (!blocks) {
		pr_err("member %016llx: the store has no room for a write\n",
		       store->journal.super.member);
		/* There is nothing to be written any more. */
		spin_lock_irq(&store->lock);
		store->broken = true;
		spin_unlock_irq(&store->lock);
	}
	queue(store, job, blocks);
}

/**
 * raftval_store_refuse() - have the store remember that it must not be started again
 * @store: the store, of a node that promises nothing any more
 *
 * Context: a turn of the node; does not sleep.
 */
void raftval_store_refuse(struct raftval_store *store)
{
	store->journal.super.refused = true;
	store->mark_at = U64_MAX;
	queue(store, &store->super, 0);
}

/**
 * raftval_store_ended() - has a write ended?
 * @store: the store
 *
 * Context: a turn of the node; does not sleep.
 *
 * Return: whether raftval_store_take_end() has something to do.
 */
bool raftval_store_ended(struct raftval_store *store)
{
	bool ended;

	spin_lock_irq(&store->lock);
	ended = store->write.state == JOB_ENDED || store->mark.state == JOB_ENDED;
	spin_unlock_irq(&store->lock);
	return ended;
}

static bool take_end(struct job *job)
{
	if (job->state != JOB_ENDED)
		return false;
	job->state = JOB_IDLE;
	return true;
}

/**
 * raftval_store_take_end() - take note of a write that has ended
 * @store: the store
 * @seq: gets the number of the core's write, 0 if none has ended
 * @error: set to whether it failed
 *
 * Context: a turn of the node; does not sleep.
 *
 * Return: true if a write of the core has ended, or a marker has failed, which is to be
 * reported to the core at once: it may not write again for long.
 */
bool raftval_store_take_end(struct raftval_store *store, u64 *seq, bool *error)
{
	bool wrote, marked, idle;

	spin_lock_irq(&store->lock);
	marked = take_end(&store->mark);
	wrote = take_end(&store->write);
	idle = store->mark.state == JOB_IDLE && store->write.state == JOB_IDLE;
	*error = store->broken;
	spin_unlock_irq(&store->lock);
	/* What was written later is not known to be durable yet. */
	if ((marked || wrote) && idle && !*error)
		raft_journal_written(&store->journal);
	*seq = wrote ? store->write_seq : 0;
	if (wrote)
		store->mark_at = now_us() + MARK_AFTER;
	return wrote || (marked && *error);
}

/**
 * raftval_store_mark_at() - when a marker is to be written
 * @store: the store
 *
 * Context: a turn of the node; does not sleep.
 *
 * Return: monotonic microseconds; U64_MAX if none is due.
 */
u64 raftval_store_mark_at(const struct raftval_store *store)
{
	return store->mark_at;
}

/**
 * raftval_store_mark() - say on the store that all of it is durable
 * @store: the store, nothing under way
 *
 * Context: a turn of the node; does not sleep.
 */
void raftval_store_mark(struct raftval_store *store)
{
	u32 blocks = raft_journal_mark(&store->journal, store->mark.buf.data, &store->mark.block);

	store->mark_at = U64_MAX;
	if (blocks)
		queue(store, &store->mark, blocks);
}

/**
 * raftval_store_close() - let a store go
 * @store: the store; the node runs no more
 * @blank: it is nobody's from now on, else it ends with a marker
 *
 * Waits for the write under way, but not for ever: a disk may never answer. The
 * file then stays open, and is nobody else's store, until it does.
 */
void raftval_store_close(struct raftval_store *store, bool blank)
{
	bool error;
	u64 seq;

	raftval_store_take_end(store, &seq, &error);
	if (store->wake && !blank && !error && store->write.state == JOB_IDLE &&
	    store->mark.state == JOB_IDLE)
		raftval_store_mark(store);
	spin_lock_irq(&store->lock);
	store->blank = blank && store->journal.super.member;
	store->closing = true;
	wake_up_process(store->task);
	spin_unlock_irq(&store->lock);
	if (!wait_for_completion_timeout(&store->ended, CLOSE_WAIT))
		pr_warn("the disk of member %016llx does not answer; its store is let go when it does\n",
			store->journal.super.member);
	kref_put(&store->ref, release);
}

/**
 * raftval_store_stats() - copy what a store counts
 * @store: the store
 * @stats: gets the counts
 *
 * Context: any; does not sleep.
 */
void raftval_store_stats(struct raftval_store *store, struct raftval_store_stats *stats)
{
	unsigned long flags;

	spin_lock_irqsave(&store->lock, flags);
	*stats = store->stats;
	spin_unlock_irqrestore(&store->lock, flags);
}
