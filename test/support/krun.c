/*
 * Loads programs into the running kernel, runs them on packets by BPF_PROG_TEST_RUN, and tells what came of it. Nothing
 * is attached anywhere. Reads from standard input and writes to standard output, all numbers little-endian 32-bit:
 *
 *   question: program type, number of maps, {type, key, value, entries, flags, length of the contents of value 0, the
 *             contents} each,
 *             number of map references, {pc, map} each, bytes of instructions, the instructions,
 *             bytes of BTF (0: without), the BTF, number of functions, {pc, type} each,
 *             number of packets, {length, bytes} each
 *   answer:   0, then per packet {return value, length, bytes}, then per map {entries, {key, value} each}
 *             or the error number of the load, length of the log, the log
 */
#include <errno.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MAX_MAPS 16
#define MAX_PACKET 4096
#define MAX_CONTENTS (1 << 16)
#define MAX_INSNS (1 << 20)
#define MAX_BTF (1 << 20)
#define MAX_FUNCTIONS 256
#define LOG_BYTES (1 << 20)

struct map {
  uint32_t type, key, value, entries, flags;
  int fd;
};

static char log_text[LOG_BYTES];

static int sys_bpf(int command, union bpf_attr *attr)
{
  return syscall(SYS_bpf, command, attr, sizeof(*attr));
}

static void fail(const char *what)
{
  fprintf(stderr, "%s: %s\n", what, strerror(errno));
  exit(1);
}

static void read_all(void *to, size_t size)
{
  if (size > 0 && fread(to, 1, size, stdin) != size) {
    fprintf(stderr, "the question is cut short\n");
    exit(1);
  }
}

static uint32_t read_number(uint32_t most)
{
  uint32_t value;

  read_all(&value, sizeof(value));
  if (value > most) {
    fprintf(stderr, "%u is more than %u\n", value, most);
    exit(1);
  }
  return value;
}

static void write_number(uint32_t value)
{
  fwrite(&value, sizeof(value), 1, stdout);
}

static int create_map(const struct map *map)
{
  union bpf_attr attr = {};

  attr.map_type = map->type;
  attr.key_size = map->key;
  attr.value_size = map->value;
  attr.max_entries = map->entries;
  attr.map_flags = map->flags;
  return sys_bpf(BPF_MAP_CREATE, &attr);
}

/** Fills value 0; what programs may only read is frozen, as loaders do. */
static void fill(const struct map *map, const uint8_t *contents)
{
  union bpf_attr attr = {};
  uint32_t key = 0;

  attr.map_fd = map->fd;
  attr.key = (uintptr_t)&key;
  attr.value = (uintptr_t)contents;
  if (sys_bpf(BPF_MAP_UPDATE_ELEM, &attr) < 0)
    fail("BPF_MAP_UPDATE_ELEM");
  if (!(map->flags & BPF_F_RDONLY_PROG))
    return;
  memset(&attr, 0, sizeof(attr));
  attr.map_fd = map->fd;
  if (sys_bpf(BPF_MAP_FREEZE, &attr) < 0)
    fail("BPF_MAP_FREEZE");
}

/** The functions' types, which follow in the question; -1 without. */
static int read_btf(struct bpf_func_info *functions, uint32_t *count)
{
  static uint8_t btf[MAX_BTF];
  union bpf_attr attr = {};
  uint32_t length = read_number(MAX_BTF);
  int fd;

  read_all(btf, length);
  *count = read_number(MAX_FUNCTIONS);
  read_all(functions, *count * sizeof(*functions));
  if (length == 0)
    return -1;
  attr.btf = (uintptr_t)btf;
  attr.btf_size = length;
  fd = sys_bpf(BPF_BTF_LOAD, &attr);
  if (fd < 0)
    fail("BPF_BTF_LOAD");
  return fd;
}

static int load(uint32_t type, const struct bpf_insn *insns, uint32_t count)
{
  static struct bpf_func_info functions[MAX_FUNCTIONS];
  union bpf_attr attr = {};
  int fd, btf;

  attr.prog_type = type;
  attr.insns = (uintptr_t)insns;
  attr.insn_cnt = count;
  attr.license = (uintptr_t) "GPL";
  btf = read_btf(functions, &attr.func_info_cnt);
  if (btf >= 0) {
    attr.prog_btf_fd = btf;
    attr.func_info = (uintptr_t)functions;
    attr.func_info_rec_size = sizeof(*functions);
  }
  fd = sys_bpf(BPF_PROG_LOAD, &attr);
  if (fd < 0) {
    log_text[0] = 0;
    attr.log_buf = (uintptr_t)log_text;
    attr.log_size = LOG_BYTES;
    attr.log_level = 1;
    fd = sys_bpf(BPF_PROG_LOAD, &attr);
  }
  if (btf >= 0) {
    int error = errno;

    close(btf);
    errno = error;
  }
  return fd;
}

static void run(int program, const uint8_t *packet, uint32_t length)
{
  static uint8_t after[2 * MAX_PACKET];
  union bpf_attr attr = {};

  attr.test.prog_fd = program;
  attr.test.data_in = (uintptr_t)packet;
  attr.test.data_size_in = length;
  attr.test.data_out = (uintptr_t)after;
  attr.test.data_size_out = sizeof(after);
  attr.test.repeat = 1;
  if (sys_bpf(BPF_PROG_TEST_RUN, &attr) < 0)
    fail("BPF_PROG_TEST_RUN");
  write_number(attr.test.retval);
  write_number(attr.test.data_size_out);
  fwrite(after, 1, attr.test.data_size_out, stdout);
}

/** Entries go to a buffer first, because their number comes before them. */
static void dump(const struct map *map)
{
  uint8_t key[512], next[512], value[4096];
  uint8_t *entries = malloc((size_t)map->entries * (map->key + map->value));
  uint32_t count = 0;
  int first = 1;

  if (entries == NULL || map->key > sizeof(key) || map->value > sizeof(value))
    fail("a map is too large to be shown");
  for (;;) {
    union bpf_attr attr = {};

    attr.map_fd = map->fd;
    attr.key = first ? 0 : (uintptr_t)key;
    attr.next_key = (uintptr_t)next;
    if (sys_bpf(BPF_MAP_GET_NEXT_KEY, &attr) < 0 || count >= map->entries)
      break;
    first = 0;
    memcpy(key, next, map->key);
    memset(&attr, 0, sizeof(attr));
    attr.map_fd = map->fd;
    attr.key = (uintptr_t)key;
    attr.value = (uintptr_t)value;
    if (sys_bpf(BPF_MAP_LOOKUP_ELEM, &attr) < 0)
      continue;
    memcpy(entries + (size_t)count * (map->key + map->value), key, map->key);
    memcpy(entries + (size_t)count * (map->key + map->value) + map->key, value, map->value);
    count++;
  }
  write_number(count);
  fwrite(entries, map->key + map->value, count, stdout);
  free(entries);
}

static void answer(uint32_t type)
{
  static struct bpf_insn insns[MAX_INSNS];
  struct map maps[MAX_MAPS];
  uint32_t map_count = read_number(MAX_MAPS);
  uint32_t ref_count, insn_bytes, packets;
  static uint32_t refs[2 * MAX_INSNS];
  int program;

  for (uint32_t i = 0; i < map_count; i++) {
    static uint8_t contents[MAX_CONTENTS];
    uint32_t length;

    read_all(&maps[i], 5 * sizeof(uint32_t));
    length = read_number(MAX_CONTENTS);
    read_all(contents, length);
    maps[i].fd = create_map(&maps[i]);
    if (maps[i].fd < 0)
      fail("BPF_MAP_CREATE");
    if (length > 0)
      fill(&maps[i], contents);
  }
  ref_count = read_number(MAX_INSNS);
  read_all(refs, ref_count * 8);
  insn_bytes = read_number(MAX_INSNS * 8);
  read_all(insns, insn_bytes);
  for (uint32_t i = 0; i < ref_count; i++)
    if (refs[2 * i] < insn_bytes / 8 && refs[2 * i + 1] < map_count)
      insns[refs[2 * i]].imm = maps[refs[2 * i + 1]].fd;
  program = load(type, insns, insn_bytes / 8);
  write_number(program < 0 ? errno : 0);
  if (program < 0) {
    uint32_t length = strnlen(log_text, LOG_BYTES);

    write_number(length);
    fwrite(log_text, 1, length, stdout);
  }
  packets = read_number(1 << 20);
  for (uint32_t i = 0; i < packets; i++) {
    static uint8_t packet[MAX_PACKET];
    uint32_t length = read_number(MAX_PACKET);

    read_all(packet, length);
    if (program >= 0)
      run(program, packet, length);
  }
  for (uint32_t i = 0; i < map_count; i++) {
    if (program >= 0)
      dump(&maps[i]);
    close(maps[i].fd);
  }
  if (program >= 0)
    close(program);
}

int main(void)
{
  uint32_t type;

  while (fread(&type, sizeof(type), 1, stdin) == 1)
    answer(type);
  return 0;
}
