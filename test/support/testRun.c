// Loads programs and runs each once with BPF_PROG_TEST_RUN. Reads one program a line, words separated by blanks:
//   TYPE ATTACH_TYPE FLAGS INSNS DATA CTX OUT_BYTES MAPS REFS
// INSNS, DATA and CTX are hex, "-" for none. MAPS is "type:key:value:entries:flags,…" or "-"; REFS is "pc:map,…" or "-".
// Prints a line each: LOAD_ERRNO RUN_ERRNO RETURN DATA_OUT CTX_OUT MAP0, the last being the first value of map 0.
// Licence of the programs is GPL. Build: cc -O2 -o testRun testRun.c
#include <errno.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static uint8_t insns[1 << 20], data[1 << 17], ctx[1 << 12], out[1 << 17], ctxOut[1 << 12], value[1 << 16];
static char verifierLog[1 << 20];

static long bpf(int command, union bpf_attr *attr) { return syscall(SYS_bpf, command, attr, sizeof *attr); }

static int unhex(const char *text, uint8_t *to) {
  int n = 0;
  unsigned byte;
  if (text[0] == '-') return 0;
  while (sscanf(text + 2 * n, "%2x", &byte) == 1) to[n++] = byte;
  return n;
}

static void hex(const uint8_t *bytes, int n) {
  if (n == 0) printf("-");
  for (int i = 0; i < n; i++) printf("%02x", bytes[i]);
}

static int makeMaps(char *maps, int *fds, int *valueBytes) {
  int count = 0;
  char *rest = NULL;
  for (char *one = strtok_r(maps, ",", &rest); one && one[0] != '-'; one = strtok_r(NULL, ",", &rest)) {
    union bpf_attr attr;
    memset(&attr, 0, sizeof attr);
    if (sscanf(one, "%u:%u:%u:%u:%u", &attr.map_type, &attr.key_size, &attr.value_size, &attr.max_entries,
               &attr.map_flags) != 5)
      return -1;
    if (count == 0) *valueBytes = attr.value_size;
    fds[count] = bpf(BPF_MAP_CREATE, &attr);
    if (fds[count] < 0) return -1;
    count++;
  }
  return count;
}

static void resolve(char *refs, const int *fds) {
  char *rest = NULL;
  for (char *one = strtok_r(refs, ",", &rest); one && one[0] != '-'; one = strtok_r(NULL, ",", &rest)) {
    unsigned pc, map;
    if (sscanf(one, "%u:%u", &pc, &map) != 2) continue;
    memcpy(insns + 8 * pc + 4, &fds[map], 4);
  }
}

static void run(char **words) {
  int fds[16], valueBytes = 0, insnBytes = unhex(words[3], insns);
  int dataBytes = unhex(words[4], data), ctxBytes = unhex(words[5], ctx);
  union bpf_attr attr;
  int count = makeMaps(words[7], fds, &valueBytes);
  if (count < 0) {
    printf("-1 0 0 - - -\n");
    return;
  }
  resolve(words[8], fds);
  memset(&attr, 0, sizeof attr);
  attr.prog_type = atoi(words[0]);
  attr.expected_attach_type = atoi(words[1]);
  attr.prog_flags = atoi(words[2]);
  attr.insns = (uintptr_t)insns;
  attr.insn_cnt = insnBytes / 8;
  attr.license = (uintptr_t) "GPL";
  attr.log_buf = (uintptr_t)verifierLog;
  attr.log_size = sizeof verifierLog;
  attr.log_level = 1;
  int prog = bpf(BPF_PROG_LOAD, &attr);
  int loadErrno = prog < 0 ? errno : 0, runErrno = 0;
  if (prog < 0) fprintf(stderr, "%s\n", verifierLog);
  memset(&attr, 0, sizeof attr);
  if (prog >= 0) {
    attr.test.prog_fd = prog;
    attr.test.data_in = dataBytes ? (uintptr_t)data : 0;
    attr.test.data_size_in = dataBytes;
    attr.test.data_out = dataBytes ? (uintptr_t)out : 0;
    attr.test.data_size_out = dataBytes ? sizeof out : 0;
    attr.test.ctx_in = ctxBytes ? (uintptr_t)ctx : 0;
    attr.test.ctx_size_in = ctxBytes;
    attr.test.ctx_out = atoi(words[6]) ? (uintptr_t)ctxOut : 0;
    attr.test.ctx_size_out = atoi(words[6]);
    if (bpf(BPF_PROG_TEST_RUN, &attr)) runErrno = errno;
  }
  printf("%d %d %u ", loadErrno, runErrno, attr.test.retval);
  hex(out, runErrno || loadErrno ? 0 : attr.test.data_size_out);
  printf(" ");
  hex(ctxOut, runErrno || loadErrno ? 0 : attr.test.ctx_size_out);
  printf(" ");
  if (count > 0 && valueBytes > 0) {
    union bpf_attr lookup;
    uint32_t key = 0;
    memset(&lookup, 0, sizeof lookup);
    lookup.map_fd = fds[0];
    lookup.key = (uintptr_t)&key;
    lookup.value = (uintptr_t)value;
    hex(value, bpf(BPF_MAP_LOOKUP_ELEM, &lookup) ? 0 : valueBytes);
  } else
    printf("-");
  printf("\n");
  fflush(stdout);
  if (prog >= 0) close(prog);
  for (int i = 0; i < count; i++) close(fds[i]);
}

int main(void) {
  static char line[1 << 22];
  while (fgets(line, sizeof line, stdin)) {
    char *words[9], *rest = NULL;
    int n = 0;
    for (char *word = strtok_r(line, " \n", &rest); word && n < 9; word = strtok_r(NULL, " \n", &rest)) words[n++] = word;
    if (n == 9) run(words);
  }
  return 0;
}
