// SPDX-License-Identifier: GPL-2.0
/*
 * clients - how fast etcd is
 *
 * Usage: clients CLIENTS SECONDS URL...
 *
 * So many threads, each with a connection to the leader of the members at the URLs that it
 * keeps, put a value of 64 bytes, one after the other, through the JSON gateway. Prints
 * "latency NANOSECONDS" of each put that ended in the time, "rate PUTS" a second, and "cpu
 * NANOSECONDS", of which the processors were busy for each, in whatever they did.
 */
#include <curl/curl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include "busy.h"

#define ANSWER_MAX	4096
#define PUTS_MAX	100000	/* of each client */
#define PATIENCE	120L	/* seconds, for an answer */

/* The key is "value", and the value 64 times "x". */
#define PUT	"{\"key\":\"dmFsdWU=\",\"value\":\"" X12 X12 X12 X12 X12 "eHh4eA==\"}"
#define X12	"eHh4eHh4eHh4eHh4"

struct answer {
	size_t len;
	char text[ANSWER_MAX];
};

struct client {
	pthread_t thread;
	double *took;
	long n;
};

static char put_url[256];
static atomic_int measuring, stop;
static pthread_barrier_t ready;

static void fail(const char *what, const char *why)
{
	fprintf(stderr, "clients: %s: %s\n", what, why);
	exit(1);
}

static size_t keep(char *data, size_t size, size_t n, void *arg)
{
	struct answer *answer = arg;
	size_t take = ANSWER_MAX - 1 - answer->len;

	if (take > size * n)
		take = size * n;
	memcpy(answer->text + answer->len, data, take);
	answer->len += take;
	answer->text[answer->len] = '\0';
	return size * n;
}

static CURL *connection(const char *url, const char *body, struct answer *answer)
{
	CURL *curl = curl_easy_init();

	if (!curl)
		fail(url, "no memory");
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
	curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_TCP_NODELAY, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, PATIENCE);
	return curl;
}

static void perform(CURL *curl, struct answer *answer)
{
	int err;

	answer->len = 0;
	answer->text[0] = '\0';
	err = curl_easy_perform(curl);
	if (err)
		fail("no answer", curl_easy_strerror(err));
}

/* Copies the text behind @name, a string in @json; false if there is none. */
static bool json_string(const char *json, const char *name, char *to, size_t size)
{
	const char *at = strstr(json, name);
	size_t len;

	if (!at)
		return false;
	at += strlen(name);
	at += strspn(at, "\": ");
	len = strcspn(at, "\"");
	if (!len || len >= size)
		return false;
	memcpy(to, at, len);
	to[len] = '\0';
	return true;
}

/* Does the member at @url lead? */
static bool leads(const char *url)
{
	static struct answer answer;
	char status[256], id[32], leader[32];
	CURL *curl;

	snprintf(status, sizeof(status), "%s/v3/maintenance/status", url);
	curl = connection(status, "{}", &answer);
	perform(curl, &answer);
	curl_easy_cleanup(curl);
	return json_string(answer.text, "\"member_id\"", id, sizeof(id)) &&
	       json_string(answer.text, "\"leader\"", leader, sizeof(leader)) &&
	       !strcmp(id, leader);
}

static void *put(void *arg)
{
	struct client *client = arg;
	struct answer *answer = malloc(sizeof(*answer));
	CURL *curl;
	double begin;

	if (!answer)
		fail("client", "no memory");
	curl = connection(put_url, PUT, answer);
	/* The connection is made by the first, which is not counted. */
	perform(curl, answer);
	pthread_barrier_wait(&ready);
	while (!stop && client->n < PUTS_MAX) {
		begin = now_ns();
		perform(curl, answer);
		if (measuring)
			client->took[client->n++] = now_ns() - begin;
	}
	curl_easy_cleanup(curl);
	free(answer);
	return NULL;
}

static void start(struct client *client, int n)
{
	int i;

	pthread_barrier_init(&ready, NULL, n + 1);
	for (i = 0; i < n; i++) {
		client[i].took = calloc(PUTS_MAX, sizeof(double));
		if (!client[i].took || pthread_create(&client[i].thread, NULL, put, &client[i]))
			fail("client", "no memory");
	}
	pthread_barrier_wait(&ready);
}

static void report(struct client *client, int n, double took, double busy)
{
	long i, j, puts = 0;

	for (i = 0; i < n; i++) {
		puts += client[i].n;
		for (j = 0; j < client[i].n; j++)
			printf("latency %.0f\n", client[i].took[j]);
	}
	if (!puts)
		fail("nothing", "was put in time");
	printf("rate %.2f\ncpu %.0f\n", puts * 1e9 / took, busy / puts);
}

int main(int argc, char **argv)
{
	int i, n = argc > 3 ? atoi(argv[1]) : 0;
	struct client *client = calloc(n + 1, sizeof(*client));
	struct busy begin;
	double took, busy;

	if (n < 1 || !client) {
		fprintf(stderr, "usage: clients CLIENTS SECONDS URL...\n");
		return 2;
	}
	curl_global_init(CURL_GLOBAL_NOTHING);
	for (i = 3; i < argc && !*put_url; i++)
		if (leads(argv[i]))
			snprintf(put_url, sizeof(put_url), "%s/v3/kv/put", argv[i]);
	if (!*put_url)
		fail("none of these", "leads");
	start(client, n);
	begin = busy_now();
	measuring = 1;
	sleep(atoi(argv[2]));
	measuring = 0;
	busy = busy_since(&begin);
	took = now_ns() - begin.at;
	stop = 1;
	for (i = 0; i < n; i++)
		pthread_join(client[i].thread, NULL);
	report(client, n, took, busy);
	return 0;
}
