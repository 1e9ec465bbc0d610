/*
 * Runs one program of an object on packets by BPF_PROG_TEST_RUN, after libbpf has loaded it, and says what came of it; nothing
 * is attached. `runObject OBJECT` lists the programs that take packets; `runObject OBJECT PROGRAM` reads {length, bytes} of
 * each packet from standard input (lengths are little-endian 32-bit) and prints a line for each packet (error number,
 * return value, length, hash of the bytes) and for each map (name, entries, sum of their hashes, whatever their order).
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_PACKET 4096
#define MAX_KEY 512
#define MAX_VALUE (1 << 16)
#define MAX_ENTRIES 20000

static int silent(enum libbpf_print_level level, const char *format, va_list arguments)
{
  return 0;
}

static int takes_packets(const struct bpf_program *program)
{
  switch (bpf_program__type(program)) {
  case BPF_PROG_TYPE_XDP:
  case BPF_PROG_TYPE_SCHED_CLS:
  case BPF_PROG_TYPE_SOCKET_FILTER:
  case BPF_PROG_TYPE_CGROUP_SKB:
    return 1;
  default:
    return 0;
  }
}

static unsigned hash(unsigned start, const unsigned char *bytes, size_t count)
{
  for (size_t i = 0; i < count; i++)
    start = start * 33 + bytes[i];
  return start;
}

static void run(int program)
{
  static unsigned char packet[MAX_PACKET], after[2 * MAX_PACKET];
  unsigned length;

  while (fread(&length, sizeof(length), 1, stdin) == 1) {
    if (length > MAX_PACKET || fread(packet, 1, length, stdin) != length)
      exit(1);
    LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = packet, .data_size_in = length, .data_out = after,
                .data_size_out = sizeof(after), .repeat = 1);
    if (bpf_prog_test_run_opts(program, &options))
      printf("packet %d\n", errno);
    else
      printf("packet 0 %u %u %u\n", options.retval, options.data_size_out, hash(5381, after, options.data_size_out));
  }
}

static void show(const struct bpf_map *map)
{
  static unsigned char key[MAX_KEY], next[MAX_KEY], value[MAX_VALUE];
  unsigned key_size = bpf_map__key_size(map), value_size = bpf_map__value_size(map), count = 0, sum = 0;
  enum bpf_map_type type = bpf_map__type(map);
  void *from = NULL;

  if (type != BPF_MAP_TYPE_ARRAY && type != BPF_MAP_TYPE_HASH && type != BPF_MAP_TYPE_LRU_HASH)
    return;
  if (key_size > MAX_KEY || value_size > MAX_VALUE || strstr(bpf_map__name(map), "rodata"))
    return;
  while (count < MAX_ENTRIES && !bpf_map_get_next_key(bpf_map__fd(map), from, next)) {
    memcpy(key, next, key_size);
    from = key;
    if (bpf_map_lookup_elem(bpf_map__fd(map), key, value))
      continue;
    sum += hash(hash(5381, key, key_size), value, value_size);
    count++;
  }
  printf("map %s %u %u\n", bpf_map__name(map), count, sum);
}

int main(int argc, char **argv)
{
  struct bpf_object *object;
  struct bpf_program *program, *wanted = NULL;
  struct bpf_map *map;

  libbpf_set_print(silent);
  object = argc > 1 ? bpf_object__open_file(argv[1], NULL) : NULL;
  if (object == NULL)
    return 1;
  bpf_object__for_each_program(program, object) {
    bpf_program__set_autoload(program, false);
    if (!takes_packets(program))
      continue;
    if (argc == 2)
      puts(bpf_program__name(program));
    else if (strcmp(argv[2], bpf_program__name(program)) == 0)
      wanted = program;
  }
  if (argc == 2)
    return 0;
  if (wanted == NULL)
    return 2;
  bpf_program__set_autoload(wanted, true);
  if (bpf_object__load(object))
    return 3;
  run(bpf_program__fd(wanted));
  bpf_object__for_each_map(map, object)
    show(map);
  return 0;
}
