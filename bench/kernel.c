/*
 * Runs one XDP program in the running kernel over one packet, attached to nothing (BPF_PROG_TEST_RUN): prints what its
 * first run returns and the nanoseconds of a run afterwards. They are this thread's time on the CPU: what the kernel itself
 * tells is in whole nanoseconds and goes on while others have the CPU. The argument is how many milliseconds to measure;
 * standard input holds lines "map TYPE KEY VALUE ENTRIES FLAGS", "insns HEX", "ref PC MAP" (the instruction takes the map's
 * descriptor) and "packet HEX".
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { MAX_MAPS = 64, MAX_INSNS = 1 << 20, MAX_PACKET = 1 << 16 };
static int maps[MAX_MAPS], mapCount;
static struct bpf_insn insns[MAX_INSNS];
static uint8_t packet[MAX_PACKET], after[MAX_PACKET];
static char hex[16 * MAX_INSNS + 64];

static int bpf(int command, union bpf_attr *attr) {
  return (int)syscall(__NR_bpf, command, attr, sizeof *attr);
}

static void fail(const char *what) {
  fprintf(stderr, "%s: %s\n", what, strerror(errno));
  exit(1);
}

static size_t readHex(void *to, size_t room) {
  uint8_t *bytes = to;
  if (scanf("%16777278s", hex) != 1 || strlen(hex) > 2 * room) fail("hex");
  size_t length = strlen(hex) / 2;
  for (size_t i = 0; i < length; i++) {
    unsigned byte;
    if (sscanf(hex + 2 * i, "%2x", &byte) != 1) fail("hex");
    bytes[i] = (uint8_t)byte;
  }
  return length;
}

static void makeMap(void) {
  union bpf_attr attr = {0};
  if (mapCount == MAX_MAPS) fail("too many maps");
  if (scanf("%u %u %u %u %u", &attr.map_type, &attr.key_size, &attr.value_size, &attr.max_entries, &attr.map_flags) != 5)
    fail("map");
  maps[mapCount] = bpf(BPF_MAP_CREATE, &attr);
  if (maps[mapCount++] < 0) fail("BPF_MAP_CREATE");
}

static void setMap(size_t insnCount) {
  unsigned pc, map;
  if (scanf("%u %u", &pc, &map) != 2 || pc >= insnCount || map >= (unsigned)mapCount) fail("ref");
  insns[pc].src_reg = BPF_PSEUDO_MAP_FD;
  insns[pc].imm = maps[map];
}

static int load(size_t insnCount) {
  union bpf_attr attr = {0};
  attr.prog_type = BPF_PROG_TYPE_XDP;
  attr.insns = (uint64_t)(uintptr_t)insns;
  attr.insn_cnt = (uint32_t)insnCount;
  attr.license = (uint64_t)(uintptr_t)"GPL";
  int program = bpf(BPF_PROG_LOAD, &attr);
  if (program < 0) fail("BPF_PROG_LOAD");
  return program;
}

static uint64_t cpuNs(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Nanoseconds on the CPU that so many runs take together, the call included. */
static uint64_t run(int program, size_t length, uint32_t repeat, uint32_t *returned) {
  union bpf_attr attr = {0};
  attr.test.prog_fd = (uint32_t)program;
  attr.test.data_in = (uint64_t)(uintptr_t)packet;
  attr.test.data_size_in = (uint32_t)length;
  attr.test.data_out = (uint64_t)(uintptr_t)after;
  attr.test.data_size_out = sizeof after;
  attr.test.repeat = repeat;
  uint64_t began = cpuNs();
  if (bpf(BPF_PROG_TEST_RUN, &attr) < 0) fail("BPF_PROG_TEST_RUN");
  *returned = attr.test.retval;
  return cpuNs() - began;
}

int main(int argc, char **argv) {
  size_t insnCount = 0, length = 0;
  char word[16];
  if (argc != 2) return 2;
  while (scanf("%15s", word) == 1) {
    if (!strcmp(word, "map")) makeMap();
    else if (!strcmp(word, "insns")) insnCount = readHex(insns, sizeof insns) / sizeof insns[0];
    else if (!strcmp(word, "ref")) setMap(insnCount);
    else if (!strcmp(word, "packet")) length = readHex(packet, sizeof packet);
    else fail(word);
  }
  int program = load(insnCount);
  uint32_t first, last;
  run(program, length, 1, &first);
  uint64_t wanted = strtoull(argv[1], NULL, 10) * 500000u;
  for (uint32_t repeat = 64;; repeat *= 2) {
    uint64_t call = run(program, length, 1, &last);
    uint64_t took = run(program, length, repeat + 1, &last);
    if (took < wanted && repeat < 1u << 30) continue;
    printf("%u %f\n", first, took > call ? (double)(took - call) / repeat : 0);
    return 0;
  }
}
