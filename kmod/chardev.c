// SPDX-License-Identifier: GPL-2.0
/*
 * The device of a node: /dev/raftval or /dev/raftval-NAME
 *
 * read(2) at offset 0 takes a linearizable snapshot of the value; reads at
 * higher offsets go on in it. Each write(2) replaces the value as a whole and
 * returns when that is committed. What the errors promise is in raftval(4).
 *
 * The device holds a reference on its node and every open file one on the
 * device, so a file may stay open for as long as it likes after the node went.
 */
#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/idr.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uio.h>
#include <linux/raftval.h>
#include "chardev.h"
#include "node.h"
#include "request.h"
#include "sysfs.h"

/* Devices there can be at once. */
#define MINORS	256

/**
 * struct chardev - a device
 * @dev: the device; its driver data is the node
 * @cdev: its file operations
 */
struct chardev {
	struct device dev;
	struct cdev cdev;
};

/**
 * struct reader - an open file
 * @node: the node
 * @lock: guards the rest
 * @snapshot: what the pass over the file reads, NULL before the first read
 * @seen: the node when @snapshot was taken, or when the file was opened
 */
struct reader {
	struct raftval_node *node;
	struct mutex lock;	/* guards the rest */
	struct raftval_request_value *snapshot;
	struct raftval_node_mark seen;
};

static struct class raftval_class = {
	.name = "raftval",
};

static dev_t first_devt;
static DEFINE_IDA(minors);

static int chardev_open(struct inode *inode, struct file *file)
{
	struct chardev *chardev = container_of(inode->i_cdev, struct chardev, cdev);
	struct raftval_node_mark mark;
	struct reader *reader;

	raftval_node_mark(dev_get_drvdata(&chardev->dev), &mark);
	if (mark.down)
		return -ENXIO;
	reader = kzalloc(sizeof(*reader), GFP_KERNEL_ACCOUNT);
	if (!reader)
		return -ENOMEM;
	reader->node = dev_get_drvdata(&chardev->dev);
	raftval_node_hold(reader->node);
	mutex_init(&reader->lock);
	reader->seen = mark;
	file->private_data = reader;
	return 0;
}

static int chardev_release(struct inode *inode, struct file *file)
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

static void keep_snapshot(struct reader *reader, struct raftval_request_value *value,
			  const struct raftval_node_mark *seen)
{
	kvfree(reader->snapshot);
	WRITE_ONCE(reader->snapshot, value);
	reader->seen = *seen;
	reader->seen.revision = value->revision;
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

/* Waits for the cluster without the lock, so that poll(2) need not wait with it. */
static ssize_t chardev_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct reader *reader = iocb->ki_filp->private_data;
	struct raftval_node *node = reader->node;
	struct raftval_request_value *value = NULL;
	struct raftval_node_mark seen;
	ssize_t ret;

	/* Once there is a snapshot there always is one. */
	if (!iocb->ki_pos || !READ_ONCE(reader->snapshot)) {
		ret = check_leader(node, iocb->ki_filp);
		if (ret)
			return ret;
		raftval_node_mark(node, &seen);
		value = raftval_request_read(node, false, raftval_node_op_timeout(node));
		if (IS_ERR(value))
			return PTR_ERR(value);
	}
	mutex_lock(&reader->lock);
	if (value)
		keep_snapshot(reader, value, &seen);
	ret = copy_snapshot(reader->snapshot, iocb, to);
	mutex_unlock(&reader->lock);
	return ret;
}

/*
 * write(2) comes with the file's own position, which only reads move and which
 * means nothing here; any other is somebody's pwrite(2), and there is no
 * writing a part of the value.
 */
static ssize_t chardev_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct reader *reader = iocb->ki_filp->private_data;
	struct raftval_node *node = reader->node;
	size_t len = iov_iter_count(from);
	int err;

	if (iocb->ki_pos && iocb->ki_pos != iocb->ki_filp->f_pos)
		return -EINVAL;
	if (len > raftval_node_params(node)->value_max)
		return -EFBIG;
	err = check_leader(node, iocb->ki_filp);
	if (err)
		return err;
	err = raftval_request_write(node, RAFT_OP_WRITE, 0, from, raftval_node_op_timeout(node),
				    NULL);
	return err ?: len;
}

static __poll_t chardev_poll(struct file *file, poll_table *wait)
{
	struct reader *reader = file->private_data;
	struct raftval_node_mark now;
	__poll_t events = EPOLLOUT | EPOLLWRNORM;

	poll_wait(file, raftval_node_waitqueue(reader->node), wait);
	raftval_node_mark(reader->node, &now);
	mutex_lock(&reader->lock);
	if (!reader->snapshot || now.revision != reader->seen.revision)
		events |= EPOLLIN | EPOLLRDNORM;
	if (now.n_changes != reader->seen.n_changes || now.leader != reader->seen.leader)
		events |= EPOLLPRI;
	mutex_unlock(&reader->lock);
	if (now.down)
		events |= EPOLLHUP | EPOLLERR;
	return events;
}

static const struct file_operations chardev_fops = {
	.owner = THIS_MODULE,
	.open = chardev_open,
	.release = chardev_release,
	.read_iter = chardev_read_iter,
	.write_iter = chardev_write_iter,
	.poll = chardev_poll,
	.llseek = no_seek_end_llseek,
};

static void chardev_free(struct device *dev)
{
	struct chardev *chardev = container_of(dev, struct chardev, dev);

	ida_free(&minors, MINOR(dev->devt));
	raftval_node_put(dev_get_drvdata(dev));
	kfree(chardev);
}

static int set_name(struct device *dev, const char *name)
{
	if (!strcmp(name, RAFTVAL_NAME_DEFAULT))
		return dev_set_name(dev, RAFTVAL_NAME_DEFAULT);
	return dev_set_name(dev, RAFTVAL_NAME_DEFAULT "-%s", name);
}

/**
 * raftval_chardev_add() - make the device of a node
 * @node: the node; the device holds a reference as long as it or a file of it is there
 *
 * Context: process, may sleep.
 *
 * Return: the device, to be given to raftval_chardev_remove(), or an ERR_PTR.
 */
struct device *raftval_chardev_add(struct raftval_node *node)
{
	struct chardev *chardev;
	struct device *dev;
	int minor, err;

	minor = ida_alloc_max(&minors, MINORS - 1, GFP_KERNEL);
	if (minor < 0)
		return ERR_PTR(minor);
	chardev = kzalloc(sizeof(*chardev), GFP_KERNEL);
	if (!chardev) {
		ida_free(&minors, minor);
		return ERR_PTR(-ENOMEM);
	}
	dev = &chardev->dev;
	device_initialize(dev);
	dev->class = &raftval_class;
	dev->devt = MKDEV(MAJOR(first_devt), minor);
	dev->groups = raftval_sysfs_groups;
	dev->release = chardev_free;
	raftval_node_hold(node);
	dev_set_drvdata(dev, node);
	cdev_init(&chardev->cdev, &chardev_fops);
	chardev->cdev.owner = THIS_MODULE;

	err = set_name(dev, raftval_node_name(node));
	if (!err)
		err = cdev_device_add(&chardev->cdev, dev);
	if (err) {
		put_device(dev);
		return ERR_PTR(err);
	}
	return dev;
}

/**
 * raftval_chardev_remove() - take the device of a node away
 * @dev: the device
 *
 * Files that are open stay, and what is done with them fails once the node is down.
 *
 * Context: process, may sleep.
 */
void raftval_chardev_remove(struct device *dev)
{
	struct chardev *chardev = container_of(dev, struct chardev, dev);

	cdev_device_del(&chardev->cdev, dev);
	put_device(dev);
}

/**
 * raftval_chardev_init() - make devices possible
 *
 * Return: 0 or a negative errno.
 */
int raftval_chardev_init(void)
{
	int err = alloc_chrdev_region(&first_devt, 0, MINORS, "raftval");

	if (err)
		return err;
	err = class_register(&raftval_class);
	if (err)
		unregister_chrdev_region(first_devt, MINORS);
	return err;
}

/**
 * raftval_chardev_exit() - after the last device has gone
 */
void raftval_chardev_exit(void)
{
	class_unregister(&raftval_class);
	unregister_chrdev_region(first_devt, MINORS);
	ida_destroy(&minors);
}
