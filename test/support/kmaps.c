// Runs map operations and small programs in this machine's kernel, one line of text each, and answers one line each.
// Nothing is attached anywhere: only BPF_MAP_*, BPF_BTF_LOAD, BPF_PROG_LOAD and BPF_PROG_TEST_RUN are used.
//   btf HEX | map TYPE KEY VALUE ENTRIES FLAGS INNER BTF KEYTYPE VALUETYPE EXTRA | socket KIND     (-1: none)
//   set MAP KEY VALUE FLAGS | setfd MAP KEY KIND INDEX FLAGS | get MAP KEY FLAGS | take MAP KEY FLAGS | del MAP KEY
//   next MAP KEY | dump MAP | freeze MAP | prog TYPE HEX PC:MAP,… BTF FUNCINFO | run PROG HEX | reset
// An answer is a number (negative: errno) or, for bytes, "= HEX"; "run" answers "RETVAL = HEX".
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/bpf.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MAX = 4096, BYTES = 1 << 20 };
struct map { int fd, type; unsigned key, value; };
static struct map maps[MAX];
static int progs[MAX], btfs[MAX], sockets[MAX], others[MAX], nmaps, nprogs, nbtfs, nsockets, cpus;
static uint8_t a[BYTES], b[BYTES], c[BYTES];
static char line[4 * BYTES];

static long call(int command, union bpf_attr *attr) {
  long answer = syscall(SYS_bpf, command, attr, sizeof *attr);
  return answer < 0 ? -errno : answer;
}
static unsigned unhex(const char *text, uint8_t *to) {
  unsigned n = 0, byte;
  if (*text == '-') return 0;
  while (n < BYTES && sscanf(text + 2 * n, "%2x", &byte) == 1) to[n++] = byte;
  return n;
}
static void hex(const uint8_t *from, unsigned n) {
  for (unsigned i = 0; i < n; i++) printf("%02x", from[i]);
}
static void bytes(long answer, const uint8_t *from, unsigned n) {
  if (answer < 0) printf("%ld\n", answer);
  else printf("= "), hex(from, n), printf("\n");
}
static unsigned value_bytes(const struct map *m) {
  int per_cpu = m->type == BPF_MAP_TYPE_PERCPU_HASH || m->type == BPF_MAP_TYPE_PERCPU_ARRAY ||
                m->type == BPF_MAP_TYPE_LRU_PERCPU_HASH || m->type == BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE;
  return per_cpu ? (m->value + 7) / 8 * 8 * cpus : m->value;
}
static long element(int command, const struct map *m, const void *key, void *value, uint64_t flags) {
  union bpf_attr attr = {.map_fd = m->fd, .key = (uint64_t)key, .value = (uint64_t)value, .flags = flags};
  return call(command, &attr);
}
static long make_map(void) {
  unsigned type, key, value, entries, flags; int inner, btf, key_type, value_type; unsigned long long extra;
  sscanf(line, "map %u %u %u %u %u %d %d %d %d %llu", &type, &key, &value, &entries, &flags, &inner, &btf, &key_type, &value_type, &extra);
  union bpf_attr attr = {.map_type = type, .key_size = key, .value_size = value, .max_entries = entries, .map_flags = flags, .map_extra = extra};
  if (inner >= 0) attr.inner_map_fd = maps[inner].fd;
  if (btf >= 0) attr.btf_fd = btfs[btf], attr.btf_key_type_id = key_type, attr.btf_value_type_id = value_type;
  long fd = call(BPF_MAP_CREATE, &attr);
  maps[nmaps] = (struct map){fd < 0 ? -1 : fd, type, key, value};
  return fd < 0 ? (nmaps++, fd) : nmaps++;
}
static long load(void) {
  unsigned type; int btf = -1; static char refs[BYTES], code[2 * BYTES], info[BYTES];
  refs[0] = info[0] = 0;
  sscanf(line, "prog %u %s %s %d %s", &type, code, refs, &btf, info);
  unsigned n = unhex(code, a);
  struct bpf_insn *insns = (struct bpf_insn *)a;
  for (char *ref = strtok(refs, ","); ref; ref = strtok(0, ",")) {
    unsigned pc, map;
    if (sscanf(ref, "%u:%u", &pc, &map) == 2) insns[pc].imm = maps[map].fd;
  }
  static char log[BYTES];
  union bpf_attr attr = {.prog_type = type, .insns = (uint64_t)a, .insn_cnt = n / 8, .license = (uint64_t) "GPL"};
  if (btf >= 0) attr.prog_btf_fd = btfs[btf], attr.func_info_rec_size = 8, attr.func_info = (uint64_t)b, attr.func_info_cnt = unhex(info, b) / 8;
  long fd = call(BPF_PROG_LOAD, &attr);
  if (fd < 0) {
    attr.log_buf = (uint64_t)log, attr.log_size = sizeof log, attr.log_level = 1;
    if (call(BPF_PROG_LOAD, &attr) < 0) fprintf(stderr, "%s\n", log);
  }
  progs[nprogs] = fd < 0 ? -1 : fd;
  return fd < 0 ? (nprogs++, fd) : nprogs++;
}
static void run(void) {
  unsigned prog; static char data[2 * BYTES];
  sscanf(line, "run %u %s", &prog, data);
  unsigned n = unhex(data, a);
  union bpf_attr attr = {.test = {.prog_fd = progs[prog], .data_in = (uint64_t)a, .data_size_in = n, .data_out = (uint64_t)b, .data_size_out = BYTES}};
  long answer = call(BPF_PROG_TEST_RUN, &attr);
  if (answer < 0) printf("%ld\n", answer);
  else printf("%d = ", (int)attr.test.retval), hex(b, attr.test.data_size_out), printf("\n");
}
static void dump(const struct map *m) {
  void *from = 0;
  printf("=");
  for (int i = 0; i < 100000 && !element(BPF_MAP_GET_NEXT_KEY, m, from, b, 0); i++) {
    memcpy(a, b, m->key), from = a;
    if (element(BPF_MAP_LOOKUP_ELEM, m, a, c, 0)) { printf(" "), hex(a, m->key), printf(":%d", -errno); continue; }
    printf(" "), hex(a, m->key), printf(":"), hex(c, value_bytes(m));
  }
  printf("\n");
}
static void reset(void) {
  for (int i = 0; i < nmaps; i++) if (maps[i].fd >= 0) close(maps[i].fd);
  for (int i = 0; i < nprogs; i++) if (progs[i] >= 0) close(progs[i]);
  for (int i = 0; i < nbtfs; i++) if (btfs[i] >= 0) close(btfs[i]);
  for (int i = 0; i < nsockets; i++) { if (sockets[i] >= 0) close(sockets[i]); if (others[i] > 0) close(others[i]); }
  nmaps = nprogs = nbtfs = nsockets = 0;
}
/** udp, listen, tcp: an unconnected datagram socket, a listening one, and one end of a connection to ourselves. */
static long make_socket(void) {
  char kind[16] = "";
  sscanf(line, "socket %15s", kind);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof to;
  int fd = socket(AF_INET, kind[0] == 'u' ? SOCK_DGRAM : SOCK_STREAM, 0), client = 0;
  if (fd < 0 || bind(fd, (void *)&to, sizeof to) || getsockname(fd, (void *)&to, &length)) return -errno;
  if (kind[0] != 'u' && listen(fd, 4)) return -errno;
  if (kind[0] == 't') {
    client = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(client, (void *)&to, sizeof to)) return -errno;
  }
  sockets[nsockets] = client ? client : fd, others[nsockets] = client ? fd : 0;
  return nsockets++;
}
int main(void) {
  cpu_set_t first;
  CPU_ZERO(&first);
  CPU_SET(0, &first);
  sched_setaffinity(0, sizeof first, &first);
  struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY}, files = {65536, 65536};
  setrlimit(RLIMIT_MEMLOCK, &all), setrlimit(RLIMIT_NOFILE, &files);
  FILE *possible = fopen("/sys/devices/system/cpu/possible", "r");
  int low = 0, high = 0;
  if (!possible || fscanf(possible, "%d-%d", &low, &high) < 1) return 1;
  cpus = high + 1;
  printf("%d\n", cpus);
  while (fgets(line, sizeof line, stdin)) {
    char verb[16] = "", key[4096] = "", kind[16] = ""; static char value[2 * BYTES];
    unsigned map = 0, index; unsigned long long flags = 0;
    value[0] = 0;
    sscanf(line, "%15s", verb);
    if (nmaps >= MAX || nprogs >= MAX) return 2;
    if (!strcmp(verb, "map")) printf("%ld\n", make_map());
    else if (!strcmp(verb, "prog")) printf("%ld\n", load());
    else if (!strcmp(verb, "run")) run();
    else if (!strcmp(verb, "socket")) printf("%ld\n", make_socket());
    else if (!strcmp(verb, "reset")) reset(), printf("0\n");
    else if (!strcmp(verb, "btf")) {
      unsigned n = unhex(line + 4, a);
      union bpf_attr attr = {.btf = (uint64_t)a, .btf_size = n};
      long fd = call(BPF_BTF_LOAD, &attr);
      btfs[nbtfs] = fd < 0 ? -1 : fd;
      printf("%ld\n", fd < 0 ? (nbtfs++, fd) : nbtfs++);
    } else {
      sscanf(line, "%*s %u %4095s", &map, key);
      if (map >= (unsigned)nmaps) return 3;
      struct map *m = &maps[map];
      unsigned keyed = unhex(key, a);
      void *k = m->key == 0 || keyed == 0 ? 0 : a;
      memset(b, 0, value_bytes(m) + 8);
      if (!strcmp(verb, "set")) {
        sscanf(line, "%*s %*u %*s %s %llu", value, &flags), unhex(value, b);
        printf("%ld\n", element(BPF_MAP_UPDATE_ELEM, m, k, b, flags));
      } else if (!strcmp(verb, "setfd")) {
        sscanf(line, "%*s %*u %*s %15s %u %llu", kind, &index, &flags);
        *(int *)b = kind[0] == 'm' ? maps[index].fd : kind[0] == 'p' ? progs[index] : sockets[index];
        printf("%ld\n", element(BPF_MAP_UPDATE_ELEM, m, k, b, flags));
      } else if (!strcmp(verb, "get") || !strcmp(verb, "take")) {
        sscanf(line, "%*s %*u %*s %llu", &flags);
        long answer = element(verb[0] == 'g' ? BPF_MAP_LOOKUP_ELEM : BPF_MAP_LOOKUP_AND_DELETE_ELEM, m, k, b, flags);
        bytes(answer, b, value_bytes(m));
      } else if (!strcmp(verb, "del")) printf("%ld\n", element(BPF_MAP_DELETE_ELEM, m, k, 0, 0));
      else if (!strcmp(verb, "next")) bytes(element(BPF_MAP_GET_NEXT_KEY, m, k, b, 0), b, m->key);
      else if (!strcmp(verb, "dump")) dump(m);
      else if (!strcmp(verb, "freeze")) {
        union bpf_attr attr = {.map_fd = m->fd};
        printf("%ld\n", call(BPF_MAP_FREEZE, &attr));
      } else return 4;
    }
    fflush(stdout);
  }
  return 0;
}
