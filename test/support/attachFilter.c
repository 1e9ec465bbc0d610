// Asks the running kernel about classic filters on a pair of sockets that only this process has. Lines of standard input:
//   P COUNT CODE JT JF K ...   attaches a filter; answers 0 or the error number
//   D HEX                      sends a packet through it; answers the bytes that arrive, or -1 when it is dropped
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int pair[2] = {-1, -1};

static int open_pair(void) {
  if (pair[0] >= 0) { close(pair[0]); close(pair[1]); }
  if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, pair) != 0) return errno;
  return 0;
}

static int attach(char *text) {
  char *at = text;
  unsigned count = strtoul(at, &at, 10);
  struct sock_filter *filter = calloc(count + 1, sizeof *filter);
  for (unsigned i = 0; i < count; i++) {
    filter[i].code = strtoul(at, &at, 10);
    filter[i].jt = strtoul(at, &at, 10);
    filter[i].jf = strtoul(at, &at, 10);
    filter[i].k = strtoul(at, &at, 10);
  }
  struct sock_fprog prog = {.len = count, .filter = filter};
  int error = open_pair();
  if (error == 0 && setsockopt(pair[1], SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof prog) != 0) error = errno;
  free(filter);
  return error;
}

static int deliver(const char *hex) {
  static unsigned char packet[65536], back[65536];
  size_t length = 0;
  for (; hex[0] > ' ' && hex[1] > ' ' && length < sizeof packet; hex += 2) {
    char digits[3] = {hex[0], hex[1], 0};
    packet[length++] = strtoul(digits, NULL, 16);
  }
  if (send(pair[0], packet, length, 0) < 0 && errno != EPERM) return -2;
  return recv(pair[1], back, sizeof back, 0);
}

int main(void) {
  static char line[1 << 20];
  while (fgets(line, sizeof line, stdin)) printf("%d\n", line[0] == 'P' ? attach(line + 2) : deliver(line + 2));
  return 0;
}
