// SPDX-License-Identifier: GPL-2.0
/*
 * An open file of a node's device
 *
 * read(2) at offset 0 takes a linearizable snapshot of the value; reads at
 * higher offsets go on in it. Each write(2) replaces the value as a whole and
 * returns when that is committed. What the errors promise is in raftval(4).
 *
 * Who waits with io_uring or aio needs no thread meanwhile: a turn of the node
 * ends a write for him as soon as it is applied. Reads end in a work item, as
 * they have to be copied to his memory. What he submits in one call he has plugged
 * (blk_start_plug()): it goes to the node together, when he is done with submitting.
 *
 * A file holds a reference on its node, so it may stay open for as long as it
 * likes after the node went.
 */
#include <linux/blkdev.h>
#include <linux/build_bug.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/uio.h>
#include <linux/workqueue.h>
#include <linux/raftval.h>
#include "chardev.h"
#include "file.h"
#include "node.h"
#include "page.h"
#include "request.h"
#include "status.h"
#include "turn.h"

static_assert(sizeof(struct raftval_read) == 32);
static_assert(sizeof(struct raftval_write) == 40);
static_assert(sizeof(struct raftval_page) == 64);

/**
 * struct reader - an open file
 * @node: the node
 * @lock: guards the rest
 * @snapshot: what the pass over the file reads, NULL before the first read
 * @has_read: the value was read, by read(2) or ioctl(2)
 * @seen: the node when that was, or when its status was asked for, or the file opened
 */
struct reader {
	struct raftval_node *node;
	struct mutex lock;	/* guards the rest */
	struct raftval_request_value *snapshot;
	bool has_read;
	struct raftval_node_mark seen;
};

/**
 * struct async_read - a read whose caller does not wait in it
 * @work: its end
 * @iocb: the caller's
 * @reader: the file; @iocb keeps it open
 * @to: where the caller wants the value
 * @segments: of @to, to be freed
 * @mm: where @to is, NULL for memory of the kernel
 * @seen: the node when the read began
 * @value: what was read
 * @err: why nothing was
 */
struct async_read {
	struct work_struct work;
	struct kiocb *iocb;
	struct reader *reader;
	struct iov_iter to;
	const void *segments;
	struct mm_struct *mm;
	struct raftval_node_mark seen;
	struct raftval_request_value *value;
	int err;
};

/**
 * struct batch - what somebody submits in one call
 * @plugged: the block layer's part
 * @file: to where, NULL at first
 */
struct batch {
	struct blk_plug_cb plugged;
	struct file *file;
};

static struct workqueue_struct *async_reads;

static int file_open(struct inode *inode, struct file *file)
{
	struct raftval_node *node = raftval_chardev_node(inode);
	struct raftval_node_mark mark;
	struct reader *reader;

	raftval_node_mark(node, &mark);
	if (mark.down)
		return -ENXIO;
	reader = kzalloc(sizeof(*reader), GFP_KERNEL_ACCOUNT);
	if (!reader)
		return -ENOMEM;
	reader->node = node;
	raftval_node_hold(node);
	mutex_init(&reader->lock);
	reader->seen = mark;
	file->private_data = reader;
	/* IOCB_NOWAIT is honoured. */
	file->f_mode |= FMODE_NOWAIT;
	return 0;
}

static int file_release(struct inode *inode, struct file *file)
{
	struct reader *reader = file->private_data;

	raftval_node_put(reader->node);
	kvfree(reader->snapshot);
	mutex_destroy(&reader->lock);
	kfree(reader);
	return 0;
}

/* Whoever would rather not wait is told at once that there is nobody to ask. */
static int check_leader(struct raftval_node *node, const struct file *file)
{
	struct raftval_node_mark mark;

	if (!(file->f_flags & O_NONBLOCK))
		return 0;
	raftval_node_mark(node, &mark);
	return mark.leader || mark.down ? 0 : -EAGAIN;
}

static gfp_t gfp_of(const struct kiocb *iocb)
{
	if (iocb->ki_flags & IOCB_NOWAIT)
		return GFP_NOWAIT | __GFP_NOWARN | __GFP_ACCOUNT;
	return GFP_KERNEL_ACCOUNT;
}

/* What failed for want of memory because it could not wait is tried again by who can. */
static int queued(const struct kiocb *iocb, int err)
{
	if (err == -ENOMEM && iocb->ki_flags & IOCB_NOWAIT)
		return -EAGAIN;
	return err ?: -EIOCBQUEUED;
}

/* The file goes when the caller leaves the kernel, and not before he has left the module. */
static void unplug(struct blk_plug_cb *plugged, bool from_schedule)
{
	struct batch *batch = container_of(plugged, struct batch, plugged);
	struct reader *reader = batch->file->private_data;

	raftval_turn_take(reader->node);
	fput(batch->file);
	kfree(batch);
}

/* Is more to come? Then a turn is taken after it. */
static bool is_plugged(struct file *file)
{
	struct blk_plug_cb *plugged = blk_check_plugged(unplug, file, sizeof(struct batch));
	struct batch *batch;

	if (!plugged)
		return false;
	batch = container_of(plugged, struct batch, plugged);
	if (!batch->file)
		batch->file = get_file(file);
	return true;
}

static void mark_read(struct reader *reader, const struct raftval_node_mark *seen, u64 revision)
{
	reader->has_read = true;
	reader->seen = *seen;
	reader->seen.revision = revision;
}

static void keep_snapshot(struct reader *reader, struct raftval_request_value *value,
			  const struct raftval_node_mark *seen)
{
	kvfree(reader->snapshot);
	WRITE_ONCE(reader->snapshot, value);
	mark_read(reader, seen, value->revision);
}

static ssize_t copy_snapshot(const struct raftval_request_value *snapshot, struct kiocb *iocb,
			     struct iov_iter *to)
{
	loff_t pos = iocb->ki_pos;
	size_t n;

	if (pos >= snapshot->len)
		return 0;
	n = copy_to_iter(snapshot->data + pos, snapshot->len - pos, to);
	if (!n && iov_iter_count(to))
		return -EFAULT;
	iocb->ki_pos = pos + n;
	return n;
}

static ssize_t take_value(struct reader *reader, struct raftval_request_value *value,
			  const struct raftval_node_mark *seen, struct kiocb *iocb,
			  struct iov_iter *to)
{
	ssize_t ret;

	mutex_lock(&reader->lock);
	keep_snapshot(reader, value, seen);
	ret = copy_snapshot(reader->snapshot, iocb, to);
	mutex_unlock(&reader->lock);
	return ret;
}

static void free_async(struct async_read *async)
{
	if (async->mm)
		mmput(async->mm);
	kfree(async->segments);
	kfree(async);
}

static void end_async(struct work_struct *work)
{
	struct async_read *async = container_of(work, struct async_read, work);
	ssize_t ret = async->err;

	if (async->mm)
		kthread_use_mm(async->mm);
	if (!ret)
		ret = take_value(async->reader, async->value, &async->seen, async->iocb,
				 &async->to);
	if (async->mm)
		kthread_unuse_mm(async->mm);
	async->iocb->ki_complete(async->iocb, ret);
	free_async(async);
}

/* In a turn of the node, which is not to touch a program's memory. */
static void async_read_ended(void *ctx, struct raftval_request *req)
{
	struct async_read *async = ctx;

	async->err = raftval_request_error(req);
	if (!async->err)
		async->value = raftval_request_take_value(req);
	queue_work(async_reads, &async->work);
}

/* The caller's iterator and what it points to end with the call; his buffers stay. */
static bool keep_iter(struct async_read *async, struct iov_iter *to, gfp_t gfp)
{
	if (iter_is_ubuf(to)) {
		async->to = *to;
	} else {
		async->segments = dup_iter(&async->to, to, gfp);
		if (!async->segments)
			return false;
	}
	if (user_backed_iter(to)) {
		async->mm = current->mm;
		mmget(async->mm);
	}
	return true;
}

static int start_read(struct reader *reader, struct kiocb *iocb, struct iov_iter *to)
{
	gfp_t gfp = gfp_of(iocb);
	struct async_read *async = kzalloc(sizeof(*async), gfp);
	const struct raftval_request_waiter waiter = {
		.end = async_read_ended,
		.ctx = async,
		.later = is_plugged(iocb->ki_filp),
	};
	int err = -ENOMEM;

	if (!async)
		return err;
	INIT_WORK(&async->work, end_async);
	async->iocb = iocb;
	async->reader = reader;
	raftval_node_mark(reader->node, &async->seen);
	if (keep_iter(async, to, gfp))
		err = raftval_request_start_read(reader->node, gfp, &waiter);
	if (err)
		free_async(async);
	return err;
}

static ssize_t read_new(struct reader *reader, struct kiocb *iocb, struct iov_iter *to)
{
	struct raftval_node *node = reader->node;
	struct raftval_request_value *value;
	struct raftval_node_mark seen;
	int err;

	err = check_leader(node, iocb->ki_filp);
	if (err)
		return err;
	if (!is_sync_kiocb(iocb))
		return queued(iocb, start_read(reader, iocb, to));
	if (iocb->ki_flags & IOCB_NOWAIT)
		return -EAGAIN;
	raftval_node_mark(node, &seen);
	/* Waits for the cluster without the lock, so that poll(2) need not wait with it. */
	value = raftval_request_read(node, 0);
	return IS_ERR(value) ? PTR_ERR(value) : take_value(reader, value, &seen, iocb, to);
}

static ssize_t file_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct reader *reader = iocb->ki_filp->private_data;
	ssize_t ret;

	/* Once there is a snapshot there always is one. */
	if (!iocb->ki_pos || !READ_ONCE(reader->snapshot))
		return read_new(reader, iocb, to);
	if (!(iocb->ki_flags & IOCB_NOWAIT))
		mutex_lock(&reader->lock);
	else if (!mutex_trylock(&reader->lock))
		return -EAGAIN;
	ret = copy_snapshot(reader->snapshot, iocb, to);
	mutex_unlock(&reader->lock);
	return ret;
}

/* In a turn of the node. */
static void async_write_ended(void *ctx, struct raftval_request *req)
{
	struct kiocb *iocb = ctx;

	iocb->ki_complete(iocb, raftval_request_error(req) ?: (long)req->len);
}

/*
 * write(2) comes with the file's own position, which only reads move and which
 * means nothing here; any other is somebody's pwrite(2), and there is no
 * writing a part of the value.
 */
static ssize_t file_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct reader *reader = iocb->ki_filp->private_data;
	const struct raftval_request_op op = { .kind = RAFT_OP_WRITE, .gfp = gfp_of(iocb) };
	struct raftval_request_waiter waiter = { .end = async_write_ended, .ctx = iocb };
	size_t len = iov_iter_count(from);
	int err;

	if (iocb->ki_pos && iocb->ki_pos != iocb->ki_filp->f_pos)
		return -EINVAL;
	if (len > raftval_node_params(reader->node)->value_max)
		return -EFBIG;
	err = check_leader(reader->node, iocb->ki_filp);
	if (err)
		return err;
	if (!is_sync_kiocb(iocb)) {
		waiter.later = is_plugged(iocb->ki_filp);
		return queued(iocb, raftval_request_start_write(reader->node, &op, from, &waiter));
	}
	if (iocb->ki_flags & IOCB_NOWAIT)
		return -EAGAIN;
	return raftval_request_write(reader->node, &op, from, NULL) ?: len;
}

static __poll_t file_poll(struct file *file, poll_table *wait)
{
	struct reader *reader = file->private_data;
	struct raftval_node_mark now;
	__poll_t events = 0;

	poll_wait(file, raftval_node_waitqueue(reader->node), wait);
	raftval_node_mark(reader->node, &now);
	if (raftval_request_room(reader->node))
		events |= EPOLLOUT | EPOLLWRNORM;
	mutex_lock(&reader->lock);
	if (!reader->has_read || now.revision != reader->seen.revision)
		events |= EPOLLIN | EPOLLRDNORM;
	if (now.n_changes != reader->seen.n_changes || now.leader != reader->seen.leader)
		events |= EPOLLPRI;
	mutex_unlock(&reader->lock);
	if (now.down)
		events |= EPOLLHUP | EPOLLERR;
	return events;
}

static struct raftval_request_value *read_for_ioctl(struct file *file,
						    const struct raftval_read *args)
{
	struct reader *reader = file->private_data;
	struct raftval_node_mark mark;
	int err;

	if (!(args->flags & RAFTVAL_READ_LOCAL)) {
		err = check_leader(reader->node, file);
		if (err)
			return ERR_PTR(err);
		return raftval_request_read(reader->node, args->timeout_ms);
	}
	raftval_node_mark(reader->node, &mark);
	return mark.down ? ERR_PTR(-ESHUTDOWN) : raftval_node_value(reader->node);
}

static long ioctl_read(struct file *file, struct raftval_read __user *arg)
{
	struct reader *reader = file->private_data;
	struct raftval_request_value *value;
	struct raftval_node_mark seen;
	struct raftval_read args;
	long ret = 0;

	if (!(file->f_mode & FMODE_READ))
		return -EBADF;
	if (copy_from_user(&args, arg, sizeof(args)))
		return -EFAULT;
	if (args.flags & ~RAFTVAL_READ_LOCAL || args.timeout_ms > RAFTVAL_NODE_TIMEOUT_MAX)
		return -EINVAL;
	raftval_node_mark(reader->node, &seen);
	value = read_for_ioctl(file, &args);
	if (IS_ERR(value))
		return PTR_ERR(value);
	args.len = value->len;
	args.revision = value->revision;
	if (value->len > args.size)
		ret = -ERANGE;
	else if (copy_to_user(u64_to_user_ptr(args.data), value->data, value->len))
		ret = -EFAULT;
	kvfree(value);
	if (copy_to_user(arg, &args, sizeof(args)))
		ret = -EFAULT;
	if (ret)
		return ret;
	mutex_lock(&reader->lock);
	mark_read(reader, &seen, args.revision);
	mutex_unlock(&reader->lock);
	return 0;
}

static long ioctl_write(struct file *file, enum raft_op_kind kind, struct raftval_write __user *arg)
{
	struct reader *reader = file->private_data;
	struct raftval_request_op op = { .kind = kind, .gfp = GFP_KERNEL_ACCOUNT };
	struct raftval_write args;
	struct iov_iter from;
	u64 revision = 0;
	long ret;

	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	/* Who could not be told the revision is told so before anything is done. */
	if (copy_from_user(&args, arg, sizeof(args)) || put_user(revision, &arg->revision))
		return -EFAULT;
	if (args.flags || args.reserved || args.timeout_ms > RAFTVAL_NODE_TIMEOUT_MAX ||
	    (kind == RAFT_OP_WRITE && args.expect))
		return -EINVAL;
	if (args.len > raftval_node_params(reader->node)->value_max)
		return -EFBIG;
	ret = check_leader(reader->node, file);
	if (ret)
		return ret;
	op.expect = args.expect;
	op.timeout_ms = args.timeout_ms;
	iov_iter_ubuf(&from, ITER_SOURCE, u64_to_user_ptr(args.data), args.len);
	ret = raftval_request_write(reader->node, &op, &from, &revision);
	if (revision && put_user(revision, &arg->revision))
		return -EFAULT;
	return ret;
}

static long ioctl_status(struct file *file, struct raftval_status __user *arg)
{
	struct reader *reader = file->private_data;
	struct raftval_node_mark seen;
	struct raftval_status status;
	int err;

	raftval_node_mark(reader->node, &seen);
	err = raftval_status_get(reader->node, &status);
	if (err)
		return err;
	if (copy_to_user(arg, &status, sizeof(status)))
		return -EFAULT;
	mutex_lock(&reader->lock);
	reader->seen.n_changes = seen.n_changes;
	reader->seen.leader = seen.leader;
	mutex_unlock(&reader->lock);
	return 0;
}

static long file_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case RAFTVAL_IOC_READ:
		return ioctl_read(file, (void __user *)arg);
	case RAFTVAL_IOC_WRITE:
		return ioctl_write(file, RAFT_OP_WRITE, (void __user *)arg);
	case RAFTVAL_IOC_CAS:
		return ioctl_write(file, RAFT_OP_CAS, (void __user *)arg);
	case RAFTVAL_IOC_STATUS:
		return ioctl_status(file, (void __user *)arg);
	}
	return -ENOTTY;
}

/* The file, which the mapping keeps open, keeps the node and with it the page. */
static int file_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct reader *reader = file->private_data;

	return raftval_page_map(raftval_node_page(reader->node), vma);
}

/* What can be done with an open device. */
const struct file_operations raftval_file_ops = {
	.owner = THIS_MODULE,
	.open = file_open,
	.release = file_release,
	.read_iter = file_read_iter,
	.write_iter = file_write_iter,
	.poll = file_poll,
	.unlocked_ioctl = file_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.mmap = file_mmap,
	.llseek = no_seek_end_llseek,
};

/**
 * raftval_file_init() - make asynchronous reads possible
 *
 * Return: 0 or -ENOMEM.
 */
int raftval_file_init(void)
{
	async_reads = alloc_workqueue("raftval", WQ_UNBOUND, 0);
	return async_reads ? 0 : -ENOMEM;
}

/**
 * raftval_file_exit() - after the last file was closed
 *
 * Waits for the work items that closed it.
 */
void raftval_file_exit(void)
{
	destroy_workqueue(async_reads);
}
