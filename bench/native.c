/*
 * Runs one of the programs compiled for this machine over the packets of a file: `native PACKETS MILLISECONDS` prints what
 * its first run returns and the nanoseconds on the CPU of a run afterwards. Holds the maps, which are an array and a hash table with chains and storage made
 * beforehand, as the kernel's are.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

struct mapdef {
  uint32_t type, key, value, entries;
  struct table *table;
};
struct element {
  uint32_t next;
  uint32_t hash;
  uint8_t bytes[];
};
struct table {
  uint32_t buckets, free, stride, valueAt;
  uint32_t *heads;
  uint8_t *storage;
};
enum { ARRAY = 2, NONE = 0 };

static void *zeroed(size_t bytes) {
  void *memory = calloc(1, bytes);
  if (!memory) exit(2);
  return memory;
}

static struct element *at(const struct table *table, uint32_t number) {
  return (struct element *)(table->storage + (size_t)(number - 1) * table->stride);
}

static struct table *tableOf(struct mapdef *map) {
  if (__builtin_expect(map->table != NULL, 1)) return map->table;
  struct table *table = map->table = zeroed(sizeof *table);
  if (map->type == ARRAY) {
    table->stride = (map->value + 7) & ~7u;
    table->storage = zeroed((size_t)map->entries * table->stride);
    return table;
  }
  table->valueAt = (map->key + 7) & ~7u;
  table->stride = 8 + table->valueAt + ((map->value + 7) & ~7u);
  table->storage = zeroed((size_t)map->entries * table->stride);
  for (table->buckets = 1; table->buckets < map->entries;) table->buckets *= 2;
  table->heads = zeroed(table->buckets * sizeof(uint32_t));
  for (uint32_t number = 1; number < map->entries; number++) at(table, number)->next = number + 1;
  table->free = 1;
  return table;
}

static uint32_t hashOf(const uint8_t *key, uint32_t length) {
  uint64_t hash = length, word;
  for (; length >= 8; key += 8, length -= 8) {
    memcpy(&word, key, 8);
    hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
    hash ^= hash >> 32;
  }
  if (length > 0) {
    word = 0;
    memcpy(&word, key, length);
    hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
  }
  return (uint32_t)(hash ^ hash >> 29);
}

static int same(const uint8_t *a, const uint8_t *b, uint32_t length) {
  for (; length >= 8; a += 8, b += 8, length -= 8) {
    uint64_t one, other;
    memcpy(&one, a, 8);
    memcpy(&other, b, 8);
    if (one != other) return 0;
  }
  return memcmp(a, b, length) == 0;
}

static uint32_t *placeOf(const struct mapdef *map, struct table *table, const void *key, uint32_t hash) {
  uint32_t *place = &table->heads[hash & (table->buckets - 1)];
  for (; *place != NONE; place = &at(table, *place)->next) {
    const struct element *element = at(table, *place);
    if (element->hash == hash && same(element->bytes, key, map->key)) break;
  }
  return place;
}

void *bpf_lookup(void *of, const void *key) {
  struct mapdef *map = of;
  struct table *table = tableOf(map);
  if (map->type == ARRAY) {
    uint32_t index = *(const uint32_t *)key;
    return index < map->entries ? table->storage + (size_t)index * table->stride : NULL;
  }
  uint32_t number = *placeOf(map, table, key, hashOf(key, map->key));
  return number == NONE ? NULL : at(table, number)->bytes + table->valueAt;
}

long bpf_update(void *of, const void *key, const void *value, uint64_t flags) {
  struct mapdef *map = of;
  struct table *table = tableOf(map);
  if (map->type == ARRAY || flags != 0) return -22;
  uint32_t hash = hashOf(key, map->key);
  uint32_t *place = placeOf(map, table, key, hash);
  if (*place == NONE) {
    uint32_t number = table->free;
    if (number == NONE || number > map->entries) return -7;
    struct element *element = at(table, number);
    table->free = element->next;
    element->next = NONE;
    element->hash = hash;
    memcpy(element->bytes, key, map->key);
    *place = number;
  }
  memcpy(at(table, *place)->bytes + table->valueAt, value, map->value);
  return 0;
}

long bpf_delete(void *of, const void *key) {
  struct mapdef *map = of;
  struct table *table = tableOf(map);
  uint32_t *place = placeOf(map, table, key, hashOf(key, map->key));
  uint32_t number = *place;
  if (number == NONE) return -2;
  *place = at(table, number)->next;
  at(table, number)->next = table->free;
  table->free = number;
  return 0;
}

struct xdp {
  uint32_t data, data_end, data_meta, ifi, rxq, egress;
};
uint64_t entry(struct xdp *ctx);

static uint64_t cpuNs(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* The packets of a file lie one behind the other, each after its length. */
static struct xdp *contexts;
static size_t packetCount;

static void readPackets(const char *path) {
  enum { ROOM = 1 << 23, MOST = 1 << 16 };
  /* The context holds addresses of 32 bits. */
  uint8_t *at = mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
  FILE *file = fopen(path, "rb");
  uint32_t length;
  if (at == MAP_FAILED || !file) exit(2);
  contexts = zeroed(MOST * sizeof *contexts);
  for (uint8_t *end = at + ROOM; packetCount < MOST && fread(&length, 4, 1, file) == 1;) {
    if (length > (size_t)(end - at) || fread(at, 1, length, file) != length) exit(2);
    uint32_t data = (uint32_t)(uintptr_t)at;
    contexts[packetCount++] = (struct xdp){data, data + length, data, 1, 0, 0};
    at += (length + 7) & ~7u;
  }
}

static uint64_t (*volatile program)(struct xdp *) = entry;

static void runAll(uint64_t rounds) {
  uint64_t (*run)(struct xdp *) = program;
  struct xdp *ctx = contexts;
  if (packetCount == 1)
    for (uint64_t i = 0; i < rounds; i++) run(ctx);
  else
    for (uint64_t i = 0; i < rounds; i++)
      for (size_t packet = 0; packet < packetCount; packet++) run(&ctx[packet]);
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  readPackets(argv[1]);
  if (packetCount == 0) return 2;
  uint32_t first = (uint32_t)program(contexts);
  uint64_t wanted = strtoull(argv[2], NULL, 10) * 500000u;
  for (uint64_t rounds = 1;; rounds *= 2) {
    uint64_t began = cpuNs();
    runAll(rounds);
    uint64_t took = cpuNs() - began;
    if (took < wanted) continue;
    printf("%u %f\n", first, (double)took / (double)(rounds * packetCount));
    return 0;
  }
}
