/*
 * Asks the running kernel's verifier about many small programs, one after another in one process.
 *
 * Only BPF_MAP_CREATE and BPF_PROG_LOAD: nothing is attached or run, and each program is closed again at once.
 * On standard input, numbers of 32 bits, little end first:
 *   1, type, key size, value size, entries, flags, inner map or -1
 *       makes a map; maps are numbered in the order they come
 *   2, program type, attach type, flags, count of references, (pc, map)..., count of instructions, instructions
 *       answered with: error number or 0, instructions processed or -1, pc or -1, length of a text, the text
 * The text is the kernel's first line about the error. The pc is that of the instruction that it printed last; asking
 * for it takes a second load, so only rejected programs cost it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* No error number of the kernel: one of the maps could not be made. */
#define NO_MAP 9999
#define LOG_BYTES 65536
#define MOST_INSNS 65536
#define MOST_MAPS 4096
#define MOST_REFS 1024

static char text[LOG_BYTES];
static struct bpf_insn insns[MOST_INSNS];
static uint32_t refs[MOST_REFS][2];
static int maps[MOST_MAPS], map_count;

static uint32_t number(void)
{
	uint32_t value;

	if (fread(&value, 4, 1, stdin) != 1)
		exit(0);
	return value;
}

static void make_map(void)
{
	union bpf_attr attr;
	int inner;

	memset(&attr, 0, sizeof(attr));
	attr.map_type = number();
	attr.key_size = number();
	attr.value_size = number();
	attr.max_entries = number();
	attr.map_flags = number();
	inner = (int)number();
	if (inner >= 0)
		attr.inner_map_fd = maps[inner];
	if (map_count == MOST_MAPS)
		exit(3);
	maps[map_count++] = syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr));
}

static int load(uint32_t type, uint32_t attach_type, uint32_t flags, uint32_t count, int level)
{
	union bpf_attr attr;
	int fd;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = type;
	attr.expected_attach_type = attach_type;
	attr.prog_flags = flags;
	attr.insns = (uintptr_t)insns;
	attr.insn_cnt = count;
	attr.license = (uintptr_t) "GPL";
	attr.log_buf = (uintptr_t)text;
	attr.log_size = LOG_BYTES;
	attr.log_level = level;
	text[0] = 0;
	fd = syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static int processed(void)
{
	char *at = text, *last = NULL;

	while ((at = strstr(at, "processed ")))
		last = at++;
	/* "BPF program is too large. Processed ..." begins with a capital letter. */
	return last ? atoi(last + 10) : -1;
}

/* The pc of the last line that prints an instruction. */
static int last_pc(void)
{
	char *line = text, *end;
	int pc = -1;

	while (line) {
		long number = strtol(line, &end, 10);

		if (end != line && !strncmp(end, ": (", 3))
			pc = number;
		line = strchr(line, '\n');
		if (line)
			line++;
	}
	return pc;
}

/* The first line, or the first after complaints about bounds that the kernel makes and goes on. */
static const char *first_line(void)
{
	const char *line = text, *next;

	while (!strncmp(line, "verifier bug: REG INVARIANTS", 28)) {
		next = strchr(line, '\n');
		if (!next || !strncmp(next + 1, "verification time", 17) || !strncmp(next + 1, "processed ", 10))
			break;
		line = next + 1;
	}
	return line;
}

static void answer(void)
{
	uint32_t type = number(), attach_type = number(), flags = number(), ref_count = number(), count, length;
	int32_t head[3];
	char first[1024];

	if (ref_count > MOST_REFS)
		exit(3);
	if (fread(refs, 8, ref_count, stdin) != ref_count)
		exit(3);
	count = number();
	if (count > MOST_INSNS)
		exit(3);
	if (fread(insns, 8, count, stdin) != count)
		exit(3);
	head[0] = 0;
	for (uint32_t i = 0; i < ref_count; i++) {
		insns[refs[i][0]].imm = maps[refs[i][1]];
		if (maps[refs[i][1]] < 0)
			head[0] = NO_MAP;
	}
	head[0] = head[0] ? head[0] : load(type, attach_type, flags, count, 4);
	head[1] = processed();
	head[2] = -1;
	length = 0;
	if (head[0] && head[0] != NO_MAP) {
		const char *line = first_line();

		length = strcspn(line, "\n");
		if (length > sizeof(first))
			length = sizeof(first);
		memcpy(first, line, length);
		load(type, attach_type, flags, count, 1);
		head[2] = last_pc();
	}
	fwrite(head, 4, 3, stdout);
	fwrite(&length, 4, 1, stdout);
	fwrite(first, 1, length, stdout);
}

int main(void)
{
	struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };

	setrlimit(RLIMIT_MEMLOCK, &unlimited);
	for (;;) {
		uint32_t what = number();

		if (what == 1)
			make_map();
		else if (what == 2)
			answer();
		else
			fflush(stdout);
	}
}
