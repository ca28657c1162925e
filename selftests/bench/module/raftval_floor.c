// SPDX-License-Identifier: GPL-2.0
/*
 * raftval_floor - what it costs a kernel to hear of the faster of two peers
 *
 *	insmod raftval_floor.ko
 *	echo HOW PORT >/sys/kernel/debug/raftval_floor/answer
 *	echo HOW PORT BYTES TIMES ADDRESS ADDRESS >/sys/kernel/debug/raftval_floor/ask
 *	cat /sys/kernel/debug/raftval_floor/samples
 *
 * Who writes to "answer" has, in his network namespace, datagrams to that port sent back
 * from then on. Who writes to "ask" sends two of these, waits for the first that comes
 * back, and so on, TIMES times; then "samples" has what each took, in nanoseconds. HOW is
 * "thread": whoever gets a datagram is a thread that slept until it came; or "softirq": he
 * takes it where the stack hands it over, and answers from there.
 */
#include <linux/completion.h>
#include <linux/debugfs.h>
#include <linux/in.h>
#include <linux/inet.h>
#include <linux/kthread.h>
#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/net.h>
#include <linux/nsproxy.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/udp.h>
#include <net/ip.h>
#include <net/net_namespace.h>
#include <net/route.h>
#include <net/sock.h>
#include <net/udp_tunnel.h>
#include <compat.h>

#define BYTES_MAX	1400
#define TIMES_MAX	10000
#define COMMAND_MAX	128
#define PATIENCE	(2 * HZ)	/* nothing is lost on the way, unless nobody answers */
#define HEADROOM	ALIGN(LL_MAX_HEADER + sizeof(struct iphdr) + sizeof(struct udphdr), 16)

/**
 * struct end - a socket, and who is behind it
 * @link: in the list of those that answer
 * @net: where it is, kept for it
 * @sock: the socket
 * @thread: who answers, where that is a thread
 * @heard: who asks: an answer came
 * @seq: who asks: the question, or 0 when an answer came
 * @took: who asks: nanoseconds, when the question was asked, then what the answer took
 * @data: room for a datagram, for a thread
 */
struct end {
	struct list_head link;
	struct net *net;
	struct socket *sock;
	struct task_struct *thread;
	struct completion heard;
	u32 seq;
	u64 took;
	u8 data[BYTES_MAX];
};

/* Of all that follows. */
static DEFINE_MUTEX(lock);
static LIST_HEAD(answerers);
static u32 samples[TIMES_MAX];
static u32 n_samples;
static struct dentry *dir;

/*
 * In softirq
 */

static void send_tunnelled(struct sock *sk, __be32 to, __be16 port, const void *data, u32 len)
{
	struct sk_buff *skb = alloc_skb(HEADROOM + len, GFP_ATOMIC);
	struct flowi4 flow = {
		.daddr = to,
		.fl4_sport = inet_sk(sk)->inet_sport,
		.fl4_dport = port,
		.flowi4_proto = IPPROTO_UDP,
	};
	struct rtable *route;

	if (!skb)
		return;
	route = ip_route_output_flow(sock_net(sk), &flow, sk);
	if (IS_ERR(route)) {
		kfree_skb(skb);
		return;
	}
	skb_reserve(skb, HEADROOM);
	skb_put_data(skb, data, len);
	raftval_tunnel_xmit(route, sk, skb, flow.saddr, to, 0, ip4_dst_hoplimit(&route->dst),
			    htons(IP_DF), flow.fl4_sport, port, false, false);
}

static int answer_softirq(struct sock *sk, struct sk_buff *skb)
{
	u32 len = skb->len - sizeof(struct udphdr);

	if (len <= BYTES_MAX && pskb_may_pull(skb, skb->len))
		send_tunnelled(sk, ip_hdr(skb)->saddr, udp_hdr(skb)->source,
			       skb->data + sizeof(struct udphdr), len);
	consume_skb(skb);
	return 0;
}

/* The other peer's answer comes too late, and is for a question that nobody has any more. */
static int hear_softirq(struct sock *sk, struct sk_buff *skb)
{
	struct end *end = rcu_dereference_sk_user_data(sk);
	u32 seq;

	if (end && !skb_copy_bits(skb, sizeof(struct udphdr), &seq, sizeof(seq)) &&
	    cmpxchg(&end->seq, seq, 0) == seq) {
		end->took = ktime_get_ns() - end->took;
		complete(&end->heard);
	}
	consume_skb(skb);
	return 0;
}

static int ask_softirq(struct end *end, const struct sockaddr_in *peer, u32 len, u32 seq)
{
	int i;

	memcpy(end->data, &seq, sizeof(seq));
	reinit_completion(&end->heard);
	WRITE_ONCE(end->seq, seq);
	end->took = ktime_get_ns();
	local_bh_disable();
	for (i = 0; i < 2; i++)
		send_tunnelled(end->sock->sk, peer[i].sin_addr.s_addr, peer[i].sin_port,
			       end->data, len);
	local_bh_enable();
	return wait_for_completion_timeout(&end->heard, PATIENCE) ? 0 : -ETIMEDOUT;
}

/*
 * In threads
 */

static int send_message(struct end *end, struct sockaddr_in *to, u32 len)
{
	struct msghdr msg = { .msg_name = to, .msg_namelen = sizeof(*to) };
	struct kvec vec = { end->data, len };

	return kernel_sendmsg(end->sock, &msg, &vec, 1, len);
}

static int receive_message(struct end *end, struct sockaddr_in *from)
{
	struct msghdr msg = { .msg_name = from };
	struct kvec vec = { end->data, BYTES_MAX };

	return kernel_recvmsg(end->sock, &msg, &vec, 1, BYTES_MAX, 0);
}

static int answer_thread(void *arg)
{
	struct end *end = arg;
	struct sockaddr_in from;
	int len;

	while (!kthread_should_stop()) {
		len = receive_message(end, &from);
		if (len > 0)
			send_message(end, &from, len);
		else
			cond_resched();
	}
	return 0;
}

static int ask_thread(struct end *end, const struct sockaddr_in *peer, u32 len, u32 seq)
{
	u64 begin = ktime_get_ns();
	struct sockaddr_in at;
	int i, err;

	for (i = 0; i < 2; i++) {
		at = peer[i];
		memcpy(end->data, &seq, sizeof(seq));
		err = send_message(end, &at, len);
		if (err < 0)
			return err;
	}
	do {
		err = receive_message(end, &at);
		if (err < 0)
			return err;
	} while (memcmp(end->data, &seq, sizeof(seq)));
	end->took = ktime_get_ns() - begin;
	return 0;
}

/*
 * Ends
 */

static void close_end(struct end *end)
{
	if (end->thread) {
		/* It sleeps until there is a datagram, or never will be one again. */
		kernel_sock_shutdown(end->sock, SHUT_RDWR);
		kthread_stop(end->thread);
	}
	rcu_assign_sk_user_data(end->sock->sk, NULL);
	synchronize_net();
	sock_release(end->sock);
	put_net(end->net);
	kfree(end);
}

/* With @callback datagrams are for that, in softirq. */
static struct end *open_end(u16 port, int (*callback)(struct sock *sk, struct sk_buff *skb))
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct end *end = kzalloc(sizeof(*end), GFP_KERNEL);
	struct sock *sk;
	int err;

	if (!end)
		return ERR_PTR(-ENOMEM);
	init_completion(&end->heard);
	end->net = get_net(current->nsproxy->net_ns);
	err = sock_create_kern(end->net, AF_INET, SOCK_DGRAM, IPPROTO_UDP, &end->sock);
	if (err) {
		put_net(end->net);
		kfree(end);
		return ERR_PTR(err);
	}
	sk = end->sock->sk;
	/* Of what type a pointer to an address is differs from kernel to kernel. */
	err = kernel_bind(end->sock, (void *)&at, sizeof(at));
	if (err) {
		close_end(end);
		return ERR_PTR(err);
	}
	if (callback) {
		rcu_assign_sk_user_data(sk, end);
		udp_sk(sk)->encap_type = UDP_ENCAP_ESPINUDP_NON_IKE;
		WRITE_ONCE(udp_sk(sk)->encap_rcv, callback);
		udp_tunnel_encap_enable(sk);
	}
	return end;
}

static int answer(const char *how, u16 port)
{
	bool threaded = !strcmp(how, "thread");
	struct end *end;
	int err;

	if (!threaded && strcmp(how, "softirq"))
		return -EINVAL;
	end = open_end(port, threaded ? NULL : answer_softirq);
	if (IS_ERR(end))
		return PTR_ERR(end);
	if (threaded) {
		struct task_struct *thread = kthread_run(answer_thread, end, "floor-%u", port);

		if (IS_ERR(thread)) {
			err = PTR_ERR(thread);
			close_end(end);
			return err;
		}
		end->thread = thread;
	}
	list_add(&end->link, &answerers);
	return 0;
}

static int ask(const char *how, const struct sockaddr_in *peer, u32 len, u32 times)
{
	bool threaded = !strcmp(how, "thread");
	struct end *end;
	int err = 0;

	if ((!threaded && strcmp(how, "softirq")) || len < sizeof(u32) || len > BYTES_MAX ||
	    times > TIMES_MAX)
		return -EINVAL;
	end = open_end(0, threaded ? NULL : hear_softirq);
	if (IS_ERR(end))
		return PTR_ERR(end);
	end->sock->sk->sk_rcvtimeo = PATIENCE;
	for (n_samples = 0; n_samples < times; n_samples++) {
		err = (threaded ? ask_thread : ask_softirq)(end, peer, len, n_samples + 1);
		if (err)
			break;
		samples[n_samples] = min_t(u64, end->took, U32_MAX);
	}
	close_end(end);
	return err;
}

/*
 * Files
 */

static int fetch_command(char *command, const char __user *buf, size_t len)
{
	if (len >= COMMAND_MAX)
		return -E2BIG;
	if (copy_from_user(command, buf, len))
		return -EFAULT;
	command[len] = '\0';
	return 0;
}

static ssize_t answer_write(struct file *file, const char __user *buf, size_t len, loff_t *pos)
{
	char command[COMMAND_MAX], how[8];
	u16 port;
	int err = fetch_command(command, buf, len);

	if (err)
		return err;
	if (sscanf(command, "%7s %hu", how, &port) != 2)
		return -EINVAL;
	mutex_lock(&lock);
	err = answer(how, port);
	mutex_unlock(&lock);
	return err ?: len;
}

static ssize_t ask_write(struct file *file, const char __user *buf, size_t len, loff_t *pos)
{
	struct sockaddr_in peer[2] = { { .sin_family = AF_INET }, { .sin_family = AF_INET } };
	char command[COMMAND_MAX], how[8], address[2][16];
	u32 bytes, times;
	u16 port;
	int err = fetch_command(command, buf, len), i;

	if (err)
		return err;
	if (sscanf(command, "%7s %hu %u %u %15s %15s", how, &port, &bytes, &times, address[0],
		   address[1]) != 6)
		return -EINVAL;
	for (i = 0; i < 2; i++) {
		peer[i].sin_port = htons(port);
		if (!in4_pton(address[i], -1, (u8 *)&peer[i].sin_addr, -1, NULL))
			return -EINVAL;
	}
	mutex_lock(&lock);
	err = ask(how, peer, bytes, times);
	mutex_unlock(&lock);
	return err ?: len;
}

static int samples_show(struct seq_file *file, void *unused)
{
	u32 i;

	mutex_lock(&lock);
	for (i = 0; i < n_samples; i++)
		seq_printf(file, "latency %u\n", samples[i]);
	mutex_unlock(&lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(samples);

static const struct file_operations answer_fops = {
	.owner = THIS_MODULE,
	.write = answer_write,
};

static const struct file_operations ask_fops = {
	.owner = THIS_MODULE,
	.write = ask_write,
};

static int __init floor_init(void)
{
	dir = debugfs_create_dir("raftval_floor", NULL);
	debugfs_create_file("answer", 0200, dir, NULL, &answer_fops);
	debugfs_create_file("ask", 0200, dir, NULL, &ask_fops);
	debugfs_create_file("samples", 0400, dir, NULL, &samples_fops);
	return 0;
}

static void __exit floor_exit(void)
{
	struct end *end, *next;

	debugfs_remove(dir);
	list_for_each_entry_safe(end, next, &answerers, link)
		close_end(end);
}

module_init(floor_init);
module_exit(floor_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("The floor under a cluster's latency");
MODULE_AUTHOR("The raftval authors");
