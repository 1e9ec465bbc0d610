/*
 * Writes the tables of the kernel's test_verifier as JSON lines that `kverify raw` reads.
 *
 * The kernel's own source is included where this is compiled, and its own code sets up each test; libbpf's functions
 * that would ask the kernel are replaced (-Wl,--wrap) by ones that write down what they were asked. Nothing is loaded.
 *
 *   dump-tables DIR PREFIX > tests.jsonl      BTF blobs go to DIR, PREFIX begins each test's name
 */
#define main the_tests_main
#include "test_verifier.c"
#undef main

/* What the runner needs of its neighbours, which are not compiled: it asks for nothing here. */
int __wrap_testing_prog_flags(void)
{
	return 1 << 2 | 1 << 7; /* random upper halves, invariants checked */
}
int __wrap_get_xlated_program(int fd, struct bpf_insn **buf, __u32 *count)
{
	return -1;
}
int __wrap_cap_enable_effective(__u64 caps, __u64 *old)
{
	return 0;
}
int __wrap_cap_disable_effective(__u64 caps, __u64 *old)
{
	return 0;
}
bool __wrap_get_unpriv_disabled(void)
{
	return true;
}

#define FIRST_FD 1000000
#define MOST_MAPS 64

/* The maps and BTF that the test of the moment made; their places plus FIRST_FD are what it takes for descriptors. */
static struct {
	unsigned int type, key, value, entries, flags;
	int inner, btf, key_type, value_type;
} maps[MOST_MAPS];
static int map_count;
static unsigned long long btfs[MOST_MAPS];
static int btf_count;
static const char *btf_dir, *prefix;
static struct bpf_test *current;
static FILE *out;

static unsigned long long fnv(const void *data, size_t size)
{
	unsigned long long hash = 1469598103934665603ull;
	const unsigned char *at = data;

	while (size--)
		hash = (hash ^ *at++) * 1099511628211ull;
	return hash;
}

static void text(const char *s)
{
	fputc('"', out);
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			fprintf(out, "\\%c", *s);
		else if ((unsigned char)*s < 0x20)
			fprintf(out, "\\u%04x", *s);
		else
			fputc(*s, out);
	}
	fputc('"', out);
}

int __wrap_bpf_map_create(enum bpf_map_type type, const char *name, __u32 key, __u32 value, __u32 entries,
			  const struct bpf_map_create_opts *opts);
int __wrap_bpf_map_create(enum bpf_map_type type, const char *name, __u32 key, __u32 value, __u32 entries,
			  const struct bpf_map_create_opts *opts)
{
	int i = map_count++;

	assert(i < MOST_MAPS);
	maps[i].type = type;
	maps[i].key = key;
	maps[i].value = value;
	maps[i].entries = entries;
	maps[i].flags = opts ? opts->map_flags : 0;
	maps[i].inner = opts && opts->inner_map_fd ? (int)opts->inner_map_fd - FIRST_FD : -1;
	maps[i].btf = opts && opts->btf_fd ? (int)opts->btf_fd - FIRST_FD : -1;
	maps[i].key_type = opts ? opts->btf_key_type_id : 0;
	maps[i].value_type = opts ? opts->btf_value_type_id : 0;
	return FIRST_FD + i;
}

int __wrap_bpf_btf_load(const void *data, size_t size, struct bpf_btf_load_opts *opts);
int __wrap_bpf_btf_load(const void *data, size_t size, struct bpf_btf_load_opts *opts)
{
	char path[4096];
	FILE *file;

	assert(btf_count < MOST_MAPS);
	btfs[btf_count] = fnv(data, size);
	snprintf(path, sizeof(path), "%s/%016llx.btf", btf_dir, btfs[btf_count]);
	file = fopen(path, "wb");
	if (!file || fwrite(data, 1, size, file) != size)
		exit(1);
	fclose(file);
	return FIRST_FD + btf_count++;
}

int __wrap_bpf_map_update_elem(int fd, const void *key, const void *value, __u64 flags);
int __wrap_bpf_map_update_elem(int fd, const void *key, const void *value, __u64 flags)
{
	return 0;
}

int __wrap_libbpf_probe_bpf_map_type(enum bpf_map_type type, const void *opts);
int __wrap_libbpf_probe_bpf_map_type(enum bpf_map_type type, const void *opts)
{
	return 1;
}

int __wrap_libbpf_probe_bpf_prog_type(enum bpf_prog_type type, const void *opts);
int __wrap_libbpf_probe_bpf_prog_type(enum bpf_prog_type type, const void *opts)
{
	return 1;
}

static void write_map(int i)
{
	fprintf(out, "{\"name\":\"map\",\"type\":%u,\"key\":%u,\"value\":%u,\"entries\":%u", maps[i].type, maps[i].key, maps[i].value,
		maps[i].entries);
	if (maps[i].flags)
		fprintf(out, ",\"flags\":%u", maps[i].flags);
	if (maps[i].btf >= 0)
		fprintf(out, ",\"btf\":\"%016llx\",\"btf_key\":%d,\"btf_value\":%d", btfs[maps[i].btf], maps[i].key_type,
			maps[i].value_type);
	if (maps[i].inner >= 0) {
		fprintf(out, ",\"inner\":");
		write_map(maps[i].inner);
	}
	fprintf(out, "}");
}

/* Wide instructions that name one of the test's maps then hold that map's place. */
static int write_map_refs(struct bpf_insn *insns, size_t count)
{
	int used[MOST_MAPS], n = 0, k, refs = 0;

	for (size_t i = 0; i + 1 < count; i++) {
		int map = insns[i].imm - FIRST_FD;

		if (insns[i].code != (BPF_LD | BPF_IMM | BPF_DW))
			continue;
		if (insns[i].src_reg != BPF_PSEUDO_MAP_FD && insns[i].src_reg != BPF_PSEUDO_MAP_VALUE)
			continue;
		if (map < 0 || map >= map_count)
			continue;
		for (k = 0; k < n && used[k] != map; k++)
			;
		if (k == n)
			used[n++] = map;
		insns[i].imm = k;
		fprintf(out, "%s[%zu,%d]", refs++ ? "," : ",\"map_refs\":[", i, k);
	}
	if (refs)
		fprintf(out, "]");
	for (k = 0; k < n; k++) {
		fprintf(out, k ? "," : ",\"maps\":[");
		write_map(used[k]);
	}
	if (n)
		fprintf(out, "]");
	return n;
}

static void write_btf_of_program(const struct bpf_prog_load_opts *opts)
{
	const struct bpf_func_info *info = opts->func_info;

	if (opts->prog_btf_fd)
		fprintf(out, ",\"btf\":\"%016llx\"", btfs[opts->prog_btf_fd - FIRST_FD]);
	for (__u32 i = 0; i < opts->func_info_cnt; i++)
		fprintf(out, "%s[%u,%u]", i ? "," : ",\"func_info\":[", info[i].insn_off, info[i].type_id);
	if (opts->func_info_cnt)
		fprintf(out, "]");
}

/* What stands before the name of a target in the kernel's BTF. */
static const char *attach_prefix(int attach_type)
{
	return attach_type == BPF_TRACE_RAW_TP ? "btf_trace_" : attach_type == BPF_LSM_MAC ? "bpf_lsm_" :
	       attach_type == BPF_TRACE_ITER ? "bpf_iter_" : "";
}

static const char *result_of(int result)
{
	return result == ACCEPT ? "accept" : result == VERBOSE_ACCEPT ? "accept" : "reject";
}

static void write_expectation(void)
{
	int unpriv = current->result_unpriv != UNDEF ? current->result_unpriv : current->result;

	fprintf(out, ",\"expect\":{\"result\":\"%s\",\"message\":", result_of(current->result));
	text(current->errstr ? current->errstr : "");
	fprintf(out, ",\"result_unpriv\":\"%s\",\"message_unpriv\":", result_of(unpriv));
	text(current->errstr_unpriv ? current->errstr_unpriv : current->errstr ? current->errstr : "");
	fprintf(out, ",\"processed\":%u}", current->insn_processed);
}

int __wrap_bpf_prog_load(enum bpf_prog_type type, const char *name, const char *license, const struct bpf_insn *insns,
			 size_t count, struct bpf_prog_load_opts *opts);
int __wrap_bpf_prog_load(enum bpf_prog_type type, const char *name, const char *license, const struct bpf_insn *insns,
			 size_t count, struct bpf_prog_load_opts *opts)
{
	struct bpf_insn *copy;
	int n = 0;

	/* Programs that only fill a program array: the verifier does not look at them. */
	if (!opts)
		return FIRST_FD;
	copy = malloc(count * sizeof(*copy));
	memcpy(copy, insns, count * sizeof(*copy));
	fprintf(out, "{\"id\":\"%s/%03d ", prefix, (int)(current - tests));
	for (const char *s = current->descr; *s; s++)
		fputc(*s == '"' || *s == '\\' ? '\'' : *s, out);
	fprintf(out, "\",\"type\":\"%d\",\"attach_type\":%u,\"flags\":%u,\"license\":\"%s\"", type,
		opts->expected_attach_type, opts->prog_flags, license);
	write_map_refs(copy, count);
	for (int i = 0; i < MAX_FIXUPS && current->fixup_kfunc_btf_id[i].kfunc; i++)
		fprintf(out, "%s[%d,\"%s\"]", n++ ? "," : ",\"kfuncs\":[", current->fixup_kfunc_btf_id[i].insn_idx,
			current->fixup_kfunc_btf_id[i].kfunc);
	if (n)
		fprintf(out, "]");
	write_btf_of_program(opts);
	if (current->kfunc)
		fprintf(out, ",\"attach_btf\":\"%s%s\"", attach_prefix(opts->expected_attach_type), current->kfunc);
	write_expectation();
	fprintf(out, ",\"insns\":\"");
	for (size_t i = 0; i < count * sizeof(*copy); i++)
		fprintf(out, "%02x", ((unsigned char *)copy)[i]);
	fprintf(out, "\"}\n");
	free(copy);
	errno = EINVAL;
	return -1;
}

int main(int argc, char **argv)
{
	int passes = 0, errors = 0;

	if (argc < 3)
		return 2;
	btf_dir = argv[1];
	prefix = argv[2];
	out = fdopen(dup(1), "w");
	/* The runner says of every test that it failed, for none was loaded. */
	if (!freopen("/dev/null", "w", stdout))
		return 1;
	srand(1);
	for (size_t i = 0; i < ARRAY_SIZE(tests); i++) {
		current = &tests[i];
		map_count = btf_count = 0;
		do_test_single(current, false, &passes, &errors);
	}
	return fclose(out);
}
