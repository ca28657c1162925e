// SPDX-License-Identifier: GPL-2.0
/*
 * The device of a node: /dev/raftval or /dev/raftval-NAME
 *
 * What can be done with it once it is open is in file.c. The device holds a
 * reference on its node and every open file one on the device, so a file may
 * stay open for as long as it likes after the node went.
 */
#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/idr.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/raftval.h>
#include "chardev.h"
#include "file.h"
#include "node.h"
#include "sysfs.h"

#define MINORS	(MINORMASK + 1)

/**
 * struct chardev - a device
 * @dev: the device; its driver data is the node
 * @cdev: its file operations
 */
struct chardev {
	struct device dev;
	struct cdev cdev;
};

static struct class raftval_class = {
	.name = "raftval",
};

static dev_t first_devt;
static DEFINE_IDA(minors);

/**
 * raftval_chardev_node() - whose device it is
 * @inode: the device
 *
 * Context: any.
 *
 * Return: the node, good as long as the device is open.
 */
struct raftval_node *raftval_chardev_node(const struct inode *inode)
{
	const struct chardev *chardev = container_of(inode->i_cdev, struct chardev, cdev);

	return dev_get_drvdata(&chardev->dev);
}

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
	cdev_init(&chardev->cdev, &raftval_file_ops);
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
		goto err_region;
	err = raftval_file_init();
	if (err)
		goto err_class;
	return 0;

err_class:
	class_unregister(&raftval_class);
err_region:
	unregister_chrdev_region(first_devt, MINORS);
	return err;
}

/**
 * raftval_chardev_exit() - after the last device has gone
 */
void raftval_chardev_exit(void)
{
	raftval_file_exit();
	class_unregister(&raftval_class);
	unregister_chrdev_region(first_devt, MINORS);
	ida_destroy(&minors);
}
