// SPDX-License-Identifier: GPL-2.0
/*
 * dgram - send one UDP datagram with any content
 *
 * Usage: dgram ADDRESS PORT HEX [BYTES]
 *
 * HEX is the content, two digits a byte. With BYTES it is padded with zeroes to,
 * or cut at, that length.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static socklen_t parse(const char *address, const char *port, struct sockaddr_storage *to)
{
	struct sockaddr_in *sin = (struct sockaddr_in *)to;
	struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)to;

	memset(to, 0, sizeof(*to));
	if (inet_pton(AF_INET, address, &sin->sin_addr) == 1) {
		sin->sin_family = AF_INET;
		sin->sin_port = htons(atoi(port));
		return sizeof(*sin);
	}
	if (inet_pton(AF_INET6, address, &sin6->sin6_addr) == 1) {
		sin6->sin6_family = AF_INET6;
		sin6->sin6_port = htons(atoi(port));
		return sizeof(*sin6);
	}
	return 0;
}

int main(int argc, char **argv)
{
	static unsigned char data[65536];
	struct sockaddr_storage to;
	socklen_t to_len;
	size_t len, i;
	int fd;

	to_len = argc == 4 || argc == 5 ? parse(argv[1], argv[2], &to) : 0;
	if (!to_len) {
		fprintf(stderr, "usage: dgram ADDRESS PORT HEX [BYTES]\n");
		return 2;
	}
	len = strlen(argv[3]) / 2;
	for (i = 0; i < len && i < sizeof(data); i++) {
		if (sscanf(argv[3] + 2 * i, "%2hhx", &data[i]) != 1) {
			fprintf(stderr, "dgram: not hexadecimal: %s\n", argv[3] + 2 * i);
			return 2;
		}
	}
	if (argc == 5)
		len = strtoul(argv[4], NULL, 0);
	if (len > sizeof(data))
		len = sizeof(data);
	fd = socket(to.ss_family, SOCK_DGRAM, 0);
	if (fd < 0 || sendto(fd, data, len, 0, (struct sockaddr *)&to, to_len) < 0) {
		perror("dgram: sendto");
		return 1;
	}
	close(fd);
	return 0;
}
