/*
 * kverify - ask the running Linux kernel's eBPF verifier for its verdict.
 *
 * Programs are only ever LOADED (BPF_PROG_LOAD) and closed again at once;
 * nothing is attached, pinned or run.
 *
 *   kverify obj [options] FILE.o...   one JSON line per program of each object
 *   kverify annot FILE.o...           kernel-selftest annotations (btf_decl_tag) only
 *   kverify raw [options] < in.jsonl  one raw program per JSON line -> one JSON line
 *   kverify raw1 TYPE HEX|@FILE|-     one raw program: hex digits, binary file or stdin
 *
 * Options (obj):
 *   --logdir DIR     write each program's full verifier log to DIR
 *   --log-level N    level of that full log (default 1; 4 is always added)
 *   --log2-below N   level 2 for programs of which the verifier processed fewer than N instructions
 *   --selftest       apply the selftest annotations: flags, log level, auxiliary
 *                    programs, custom BTF path (relative to --btfroot)
 *   --btfroot DIR    where --selftest looks for __btf_path() files
 *   --capture FILE   append the load as the kernel got it (insns after relocation, maps,
 *                    BTF, func_info, kfunc names ...) as one JSON line per program,
 *                    in the format that `kverify raw` reads
 *   --btfdir DIR     with --capture: write the BTF blobs here (name = FNV-1a-64 hash);
 *                    with raw: read them from here
 *   --prog NAME      only this program
 *   --type TYPE      program type where the section name gives none
 *   --set-attach T   set expected_attach_type (number) on every program
 *   --flags N        or these prog_flags
 *   --timeout S      per program, default 120
 *   --name STR       object name to print instead of the path
 *   --unpriv         load with CAP_SYS_ADMIN, CAP_NET_ADMIN, CAP_PERFMON and CAP_BPF dropped (and
 *                    the test's __caps_unpriv put back); needs unprivileged_bpf_disabled = 0
 * Options (raw): --logdir --log-level --btfdir --unpriv
 *
 * Verdicts: accept        BPF_PROG_LOAD returned a fd
 *           reject        BPF_PROG_LOAD failed; "stage" is "verifier" where the log has the
 *                         verifier's closing statistics, else "syscall" (refused before or
 *                         without the verifier: attach type, BTF, permission ...), "early" where
 *                         the log has text but no statistics
 *           libbpf-error  libbpf gave up before BPF_PROG_LOAD (relocation, map, attach target)
 *
 * Each program is loaded in a child process, twice: first with log_level 4 (statistics and
 * error text only: verdict, message, time), then with the full log level for the log file.
 *
 * Build (static libbpf needed: the syscall wrapper sees what libbpf sends):
 *   cc -O2 -Wall -o kverify kverify.c -I<libbpf headers> <libbpf.a> -lelf -lz -Wl,--wrap=syscall
 * Builds with libbpf 0.8 (which still reads legacy SEC("maps") objects) and 1.x:
 * give -DLIBBPF_OLD for 0.8.
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <linux/bpf.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

#ifndef BTF_KIND_DECL_TAG
#define BTF_KIND_DECL_TAG 17
#endif
#ifndef BPF_F_TEST_REG_INVARIANTS
#define BPF_F_TEST_REG_INVARIANTS (1U << 7)
#endif
#ifndef BPF_F_XDP_HAS_FRAGS
#define BPF_F_XDP_HAS_FRAGS (1U << 5)
#endif
#define KV_PSEUDO_MAP_FD 1
#define KV_PSEUDO_MAP_VALUE 2
#define KV_PSEUDO_BTF_ID 3
#define KV_PSEUDO_CALL 1
#define KV_PSEUDO_KFUNC 2

#define LOG_SZ (64u << 20)

/* ---------- small growing string ---------- */
struct sb { char *p; size_t n, cap; };
static void sb_put(struct sb *s, const char *d, size_t n)
{
	if (s->n + n + 1 > s->cap) {
		s->cap = (s->n + n + 1) * 2;
		s->p = realloc(s->p, s->cap);
		if (!s->p) abort();
	}
	memcpy(s->p + s->n, d, n);
	s->n += n;
	s->p[s->n] = 0;
}
static void sb_puts(struct sb *s, const char *d) { sb_put(s, d, strlen(d)); }
static void sb_fmt(struct sb *s, const char *f, ...) __attribute__((format(printf, 2, 3)));
static void sb_fmt(struct sb *s, const char *f, ...)
{
	char b[4096];
	va_list ap;
	va_start(ap, f);
	int n = vsnprintf(b, sizeof b, f, ap);
	va_end(ap);
	if (n >= (int)sizeof b) n = sizeof b - 1;
	sb_put(s, b, n);
}
static void sb_jstr(struct sb *s, const char *v)
{
	if (!v) { sb_puts(s, "null"); return; }
	sb_puts(s, "\"");
	for (; *v; v++) {
		unsigned char c = *v;
		if (c == '"' || c == '\\') { char t[2] = {'\\', c}; sb_put(s, t, 2); }
		else if (c == '\n') sb_puts(s, "\\n");
		else if (c == '\t') sb_puts(s, "\\t");
		else if (c < 0x20 || c >= 0x7f) sb_fmt(s, "\\u%04x", c);
		else sb_put(s, (char *)&c, 1);
	}
	sb_puts(s, "\"");
}
static void sb_hex(struct sb *s, const void *d, size_t n)
{
	static const char h[] = "0123456789abcdef";
	const unsigned char *p = d;
	sb_puts(s, "\"");
	for (size_t i = 0; i < n; i++) { char t[2] = {h[p[i] >> 4], h[p[i] & 15]}; sb_put(s, t, 2); }
	sb_puts(s, "\"");
}

/* ---------- program type names ---------- */
static const char *const ptypes[] = {
	"unspec", "socket_filter", "kprobe", "sched_cls", "sched_act", "tracepoint", "xdp",
	"perf_event", "cgroup_skb", "cgroup_sock", "lwt_in", "lwt_out", "lwt_xmit", "sock_ops",
	"sk_skb", "cgroup_device", "sk_msg", "raw_tracepoint", "cgroup_sock_addr", "lwt_seg6local",
	"lirc_mode2", "sk_reuseport", "flow_dissector", "cgroup_sysctl", "raw_tracepoint_writable",
	"cgroup_sockopt", "tracing", "struct_ops", "ext", "lsm", "sk_lookup", "syscall", "netfilter",
};
#define NPT ((int)(sizeof ptypes / sizeof *ptypes))
static const char *ptype_name(int t)
{
	static char b[16];
	if (t >= 0 && t < NPT) return ptypes[t];
	snprintf(b, sizeof b, "%d", t);
	return b;
}
static int ptype_from(const char *s)
{
	static const struct { const char *a; int t; } al[] = {
		{"socket", 1}, {"tc", 3}, {"classifier", 3}, {"cls", 3}, {"action", 4}, {"act", 4},
		{"tp", 5}, {"raw_tp", 17}, {"fentry", 26}, {"sock_addr", 18},
	};
	if (isdigit((unsigned char)*s)) return atoi(s);
	for (int i = 0; i < NPT; i++) if (!strcmp(s, ptypes[i])) return i;
	for (unsigned i = 0; i < sizeof al / sizeof *al; i++) if (!strcmp(s, al[i].a)) return al[i].t;
	return -1;
}
/* for objects whose section names libbpf does not know (older or custom loaders) */
static int guess_type(const char *sec, const char *obj)
{
	static const struct { const char *pfx; int t; } g[] = {
		{"socket", 1}, {"sk_filter", 1}, {"kprobe", 2}, {"kretprobe", 2}, {"uprobe", 2}, {"uretprobe", 2},
		{"tracepoint", 5}, {"raw_tracepoint", 17}, {"raw_tp", 17}, {"tp/", 5},
		{"xdp", 6}, {"xdp_", 6}, {"perf_event", 7}, {"cgroup_skb", 8}, {"cgroup/skb", 8}, {"cgroup/sock", 9},
		{"cgroup/dev", 15}, {"cgroup/connect", 18}, {"cgroup/sendmsg", 18}, {"cgroup/recvmsg", 18}, {"cgroup/bind", 18},
		{"lwt_in", 10}, {"lwt_out", 11}, {"lwt_xmit", 12}, {"lwt_seg6local", 19}, {"sockops", 13},
		{"sk_skb", 14}, {"sk_msg", 16}, {"sk_reuseport", 21}, {"flow_dissector", 22},
		{"classifier", 3}, {"tc", 3}, {"action", 4}, {"cls", 3}, {"from-", 3}, {"to-", 3}, {"ingress", 3}, {"egress", 3},
		{"tail", 3}, {"2/", 3}, {"1/", 3}, {"3/", 3}, {"filter", 1}, {"loadbalancer", 3}, {"lb", 3},
		{"downcall", 3}, {"af_xdp", 6}, {"upcall", 3}, {"raw_trace", 17},
	};
	if (obj && strstr(obj, "xdp") && !strncmp(sec, "2/", 2)) return 6;
	for (unsigned i = 0; i < sizeof g / sizeof *g; i++)
		if (!strncmp(sec, g[i].pfx, strlen(g[i].pfx))) return g[i].t;
	return 0;
}

/* ---------- what the wrapped bpf() syscall saw ---------- */
struct mapspec {
	int fd; char name[17];
	uint32_t type, key, value, entries, flags, btf_key, btf_val, btf_vmlinux_val; uint64_t extra;
	int inner; uint64_t btf_hash; bool frozen; void *ro; uint32_t ro_len;
};
struct btfrec { int fd; uint64_t hash; };
static struct mapspec *maps; static int nmaps;
static struct btfrec *btfs; static int nbtfs;
static char g_btfdir[PATH_MAX];
static bool g_capture;
static char g_want[32];		/* program name as the kernel gets it */
static unsigned g_want_min;	/* ignore libbpf's feature probes */
static struct {
	int seen, ret, err; uint32_t type, attach, insn_cnt, flags; uint64_t wall_ns, cpu_us;
	struct sb cap;
} g_load;
static struct btf *g_vmlinux;

/* the log as the kernel wrote it: libbpf rewrites what it says about relocations that failed */
static char *g_kernel_log;

extern long __real_syscall(long n, ...);
static uint64_t now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}
static uint64_t cpu_us(void)	/* of this thread: unlike the wall clock, not disturbed by other load */
{
	struct rusage u;
	getrusage(RUSAGE_THREAD, &u);
	return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000ull + u.ru_utime.tv_usec + u.ru_stime.tv_usec;
}
static uint64_t fnv(const void *d, size_t n)
{
	uint64_t h = 1469598103934665603ull;
	const unsigned char *p = d;
	while (n--) { h ^= *p++; h *= 1099511628211ull; }
	return h;
}
static struct mapspec *map_by_fd(int fd)
{
	for (int i = nmaps - 1; i >= 0; i--) if (maps[i].fd == fd) return &maps[i];
	return NULL;
}
static uint64_t btf_by_fd(int fd)
{
	for (int i = nbtfs - 1; i >= 0; i--) if (btfs[i].fd == fd) return btfs[i].hash;
	return 0;
}
static const char *vm_name(int id)
{
	if (!g_vmlinux) {
		g_vmlinux = btf__load_vmlinux_btf();
		if (libbpf_get_error(g_vmlinux)) g_vmlinux = NULL;
	}
	const struct btf_type *t = g_vmlinux ? btf__type_by_id(g_vmlinux, id) : NULL;
	return t ? btf__name_by_offset(g_vmlinux, t->name_off) : NULL;
}
static void cap_map(struct sb *s, struct mapspec *m)
{
	sb_fmt(s, "{\"name\":"); sb_jstr(s, m->name);
	sb_fmt(s, ",\"type\":%u,\"key\":%u,\"value\":%u,\"entries\":%u", m->type, m->key, m->value, m->entries);
	if (m->flags) sb_fmt(s, ",\"flags\":%u", m->flags);
	if (m->extra) sb_fmt(s, ",\"extra\":%llu", (unsigned long long)m->extra);
	if (m->btf_hash && (m->btf_key || m->btf_val))
		sb_fmt(s, ",\"btf\":\"%016llx\",\"btf_key\":%u,\"btf_value\":%u", (unsigned long long)m->btf_hash, m->btf_key, m->btf_val);
	if (m->btf_vmlinux_val) { sb_puts(s, ",\"struct_ops\":"); sb_jstr(s, vm_name(m->btf_vmlinux_val)); }
	if (m->inner >= 0) { sb_puts(s, ",\"inner\":"); cap_map(s, &maps[m->inner]); }
	if (m->frozen) { sb_puts(s, ",\"frozen\":true"); if (m->ro) { sb_puts(s, ",\"data\":"); sb_hex(s, m->ro, m->ro_len); } }
	sb_puts(s, "}");
}
static void cap_load(union bpf_attr *a)
{
	struct sb *s = &g_load.cap;
	uint32_t n = a->insn_cnt;
	const struct bpf_insn *src = (void *)(uintptr_t)a->insns;
	struct bpf_insn *in = malloc(n * 8 + 8);
	struct sb refs = {}, kf = {}, ks = {}, mp = {};
	int used[256], nu = 0;

	memcpy(in, src, n * 8);
	for (uint32_t i = 0; i < n; i++) {
		if (in[i].code == 0x18 && i + 1 < n) {
			if (in[i].src_reg == KV_PSEUDO_MAP_FD || in[i].src_reg == KV_PSEUDO_MAP_VALUE) {
				int k;
				for (k = 0; k < nu; k++) if (used[k] == in[i].imm) break;
				if (k == nu && nu < 256 && map_by_fd(in[i].imm)) used[nu++] = in[i].imm;
				if (k < nu) {
					sb_fmt(&refs, "%s[%u,%d]", refs.n ? "," : "", i, k);
					in[i].imm = k;
				}
			} else if (in[i].src_reg == KV_PSEUDO_BTF_ID) {
				sb_fmt(&ks, "%s[%u,", ks.n ? "," : "", i);
				sb_jstr(&ks, in[i + 1].imm ? NULL : vm_name(in[i].imm));
				sb_puts(&ks, "]");
			}
			i++;
		} else if (in[i].code == 0x85 && in[i].src_reg == KV_PSEUDO_KFUNC) {
			sb_fmt(&kf, "%s[%u,", kf.n ? "," : "", i);
			sb_jstr(&kf, in[i].off ? NULL : vm_name(in[i].imm));
			sb_puts(&kf, "]");
		}
	}
	for (int k = 0; k < nu; k++) {
		if (k) sb_puts(&mp, ",");
		cap_map(&mp, map_by_fd(used[k]));
	}
	s->n = 0;
	sb_fmt(s, "\"type\":\"%s\",\"attach_type\":%u,\"flags\":%u,\"license\":", ptype_name(a->prog_type), a->expected_attach_type, a->prog_flags);
	sb_jstr(s, a->license ? (char *)(uintptr_t)a->license : "");
	if (a->attach_btf_id) { sb_puts(s, ",\"attach_btf\":"); sb_jstr(s, a->attach_prog_fd ? NULL : vm_name(a->attach_btf_id)); }
	sb_puts(s, ",\"insns\":"); sb_hex(s, in, n * 8);
	if (nu) {
		sb_puts(s, ",\"maps\":["); sb_put(s, mp.p, mp.n);
		sb_puts(s, "],\"map_refs\":["); sb_put(s, refs.p, refs.n);
		sb_puts(s, "]");
	}
	if (kf.n) sb_fmt(s, ",\"kfuncs\":["), sb_put(s, kf.p, kf.n), sb_puts(s, "]");
	if (ks.n) sb_fmt(s, ",\"ksyms\":["), sb_put(s, ks.p, ks.n), sb_puts(s, "]");
	if (a->prog_btf_fd && btf_by_fd(a->prog_btf_fd)) {
		sb_fmt(s, ",\"btf\":\"%016llx\"", (unsigned long long)btf_by_fd(a->prog_btf_fd));
		if (a->line_info_cnt) {
			sb_puts(s, ",\"line_info\":[");
			for (uint32_t i = 0; i < a->line_info_cnt; i++) {
				uint32_t *l = (void *)(uintptr_t)(a->line_info + (uint64_t)i * a->line_info_rec_size);
				sb_fmt(s, "%s[%u,%u,%u,%u]", i ? "," : "", l[0], l[1], l[2], l[3]);
			}
			sb_puts(s, "]");
		}
		if (a->func_info_cnt) {
			sb_puts(s, ",\"func_info\":[");
			for (uint32_t i = 0; i < a->func_info_cnt; i++) {
				uint32_t *f = (void *)(uintptr_t)(a->func_info + (uint64_t)i * a->func_info_rec_size);
				sb_fmt(s, "%s[%u,%u]", i ? "," : "", f[0], f[1]);
			}
			sb_puts(s, "]");
		}
	}
	free(in); free(refs.p); free(kf.p); free(ks.p); free(mp.p);
}
long __wrap_syscall(long n, long a, long b, long c, long d, long e, long f);
long __wrap_syscall(long n, long a, long b, long c, long d, long e, long f)
{
	if (n == __NR_dup3) {	/* libbpf gives a map its final fd this way */
		long r = __real_syscall(n, a, b, c, d, e, f);
		int er = errno;
		struct mapspec *m = r >= 0 ? map_by_fd(a) : NULL;
		if (m) {
			struct mapspec x = *m;
			maps = realloc(maps, (nmaps + 1) * sizeof *maps);
			x.fd = b; maps[nmaps++] = x;
		}
		errno = er;
		return r;
	}
	if (n != __NR_bpf) return __real_syscall(n, a, b, c, d, e, f);
	union bpf_attr *at = (void *)b, copy;
	memset(&copy, 0, sizeof copy);
	memcpy(&copy, at, (size_t)c < sizeof copy ? (size_t)c : sizeof copy);
	bool mine = a == BPF_PROG_LOAD && copy.insn_cnt >= g_want_min && !strcmp(copy.prog_name, g_want);
	if (mine && g_capture) cap_load(&copy);
	uint64_t t0 = now_ns(), c0 = mine ? cpu_us() : 0;
	long r = __real_syscall(n, a, b, c, d, e, f);
	int er = errno;
	if (mine) {
		if (copy.log_buf && copy.log_size) {
			free(g_kernel_log);
			g_kernel_log = strdup((char *)(uintptr_t)copy.log_buf);
		}
		g_load.seen++;
		g_load.ret = r; g_load.err = r < 0 ? er : 0;
		g_load.type = copy.prog_type; g_load.attach = copy.expected_attach_type;
		g_load.insn_cnt = copy.insn_cnt; g_load.flags = copy.prog_flags; g_load.wall_ns = now_ns() - t0; g_load.cpu_us = cpu_us() - c0;
	} else if (a == BPF_MAP_CREATE && r >= 0) {
		maps = realloc(maps, (nmaps + 1) * sizeof *maps);
		struct mapspec *m = &maps[nmaps++];
		memset(m, 0, sizeof *m);
		m->fd = r; memcpy(m->name, copy.map_name, 16);
		m->type = copy.map_type; m->key = copy.key_size; m->value = copy.value_size; m->entries = copy.max_entries;
		m->flags = copy.map_flags; m->btf_key = copy.btf_key_type_id; m->btf_val = copy.btf_value_type_id;
		m->btf_vmlinux_val = copy.btf_vmlinux_value_type_id; m->extra = copy.map_extra;
		/* the fds may be closed and their numbers used again later: resolve them now */
		struct mapspec *in = copy.inner_map_fd ? map_by_fd(copy.inner_map_fd) : NULL;
		m->inner = in && in != m ? (int)(in - maps) : -1;
		m->btf_hash = copy.btf_fd ? btf_by_fd(copy.btf_fd) : 0;
	} else if (a == BPF_BTF_LOAD && r >= 0) {
		btfs = realloc(btfs, (nbtfs + 1) * sizeof *btfs);
		btfs[nbtfs].fd = r;
		btfs[nbtfs].hash = fnv((void *)(uintptr_t)copy.btf, copy.btf_size);
		if (g_capture && g_btfdir[0]) {
			char p[PATH_MAX + 32];
			snprintf(p, sizeof p, "%s/%016llx.btf", g_btfdir, (unsigned long long)btfs[nbtfs].hash);
			if (access(p, F_OK)) {
				FILE *o = fopen(p, "wb");
				if (o) { fwrite((void *)(uintptr_t)copy.btf, 1, copy.btf_size, o); fclose(o); }
			}
		}
		nbtfs++;
	} else if (a == BPF_MAP_UPDATE_ELEM && r >= 0) {
		struct mapspec *m = map_by_fd(copy.map_fd);
		if (m && (m->flags & BPF_F_RDONLY_PROG) && m->type == BPF_MAP_TYPE_ARRAY && m->entries == 1) {
			m->ro = realloc(m->ro, m->value); m->ro_len = m->value;
			memcpy(m->ro, (void *)(uintptr_t)copy.value, m->value);
		}
	} else if (a == BPF_MAP_FREEZE && r >= 0) {
		struct mapspec *m = map_by_fd(copy.map_fd);
		if (m) m->frozen = true;
	}
	errno = er;
	return r;
}
/* ---------- libbpf messages ---------- */
static struct sb g_lb;
static char g_badmap[64];
static int on_print(enum libbpf_print_level lvl, const char *fmt, va_list ap)
{
	char b[2048];
	if (lvl == LIBBPF_DEBUG) return 0;
	vsnprintf(b, sizeof b, fmt, ap);
	char *m = strstr(b, "map '"), *f;
	if (m && (f = strchr(m + 5, '\'')) && strstr(f, "failed to create")) {
		size_t n = f - (m + 5);
		if (n < sizeof g_badmap) { memcpy(g_badmap, m + 5, n); g_badmap[n] = 0; }
	}
	if (strstr(b, "-- BEGIN PROG LOAD LOG --")) return 0;
	if (g_lb.n < 65536) sb_puts(&g_lb, b);
	return 0;
}
static void lb_last(char *out, size_t n)
{
	/* first warning that is not a follow-up */
	out[0] = 0;
	if (!g_lb.p) return;
	char *save, *c = strdup(g_lb.p), *best = NULL;
	for (char *l = strtok_r(c, "\n", &save); l; l = strtok_r(NULL, "\n", &save)) {
		if (strstr(l, "failed to load object") || strstr(l, "failed to load program") || strstr(l, "Error in bpf_create_map_xattr")) continue;
		if (strstr(l, "Kernel doesn't support BTF") || strstr(l, "Error loading .BTF")) continue;
		if (!best || strstr(l, "failed") || strstr(l, "error") || strstr(l, "not supported") || strstr(l, "missing")) { if (!best) best = l; }
	}
	snprintf(out, n, "%s", best ? (strncmp(best, "libbpf: ", 8) ? best : best + 8) : "");
	free(c);
}

/* ---------- log reading ---------- */
static bool noise(const char *l)
{
	return !*l || !strncmp(l, "processed ", 10) || !strncmp(l, "verification time", 17) ||
	       !strncmp(l, "stack depth", 11) || !strncmp(l, "mark_precise:", 13) || !strncmp(l, "max_states", 10) ||
	       !strncmp(l, "func#", 5) || !strncmp(l, "-- ", 3) || !strncmp(l, "; ", 2);
}
static void last_line(const char *log, char *out, size_t n)
{
	out[0] = 0;
	const char *e = log + strlen(log);
	while (e > log) {
		const char *le = e;
		if (le > log && le[-1] == '\n') le--;
		const char *ls = le;
		while (ls > log && ls[-1] != '\n') ls--;
		char t[1024];
		size_t k = le - ls;
		if (k >= sizeof t) k = sizeof t - 1;
		memcpy(t, ls, k); t[k] = 0;
		/* a few kernel messages lack their newline */
		char *glued = strstr(t, "verification time ");
		if (glued && glued != t) *glued = 0;
		if (!noise(t)) { snprintf(out, n, "%s", t); return; }
		e = ls;
	}
}
struct stats { long processed, total_states, peak_states, max_states, mark_read, usec; char depth[128]; bool have; };
static void get_stats(const char *log, struct stats *s)
{
	const char *p = NULL, *q = log;
	memset(s, 0, sizeof *s);
	s->usec = -1; s->processed = -1;
	while ((q = strstr(q, "processed "))) { p = q; q++; }
	if (p && sscanf(p, "processed %ld insns", &s->processed) == 1) {
		s->have = true;
		if ((q = strstr(p, "max_states_per_insn "))) s->max_states = atol(q + 20);
		if ((q = strstr(p, "total_states "))) s->total_states = atol(q + 13);
		if ((q = strstr(p, "peak_states "))) s->peak_states = atol(q + 12);
		if ((q = strstr(p, "mark_read "))) s->mark_read = atol(q + 10);
	}
	for (q = log, p = NULL; (q = strstr(q, "verification time ")); q++) p = q;
	if (p) s->usec = atol(p + 18);
	for (q = log, p = NULL; (q = strstr(q, "stack depth ")); q++) p = q;
	if (p) { sscanf(p + 12, "%127[0-9+]", s->depth); }
}

/* ---------- selftest annotations ---------- */
struct annot {
	int present, fail, succ, fail_u, succ_u, aux, aux_u, loglevel;
	uint32_t set_flags, clr_flags;
	struct sb msgs, msgs_u, arch; char *descr, *retval, *retval_u, *caps_u, *btf_path, *load_mode; int xlated, jited, stdio;
};
static const char *dyn(const char *s, const char *pfx)
{
	size_t n = strlen(pfx);
	if (strncmp(s, pfx, n)) return NULL;
	s = strchr(s + n, '=');
	return s ? s + 1 : NULL;
}
static uint32_t flag_val(const char *v)
{
	static const struct { const char *n; uint32_t v; } f[] = {
		{"BPF_F_STRICT_ALIGNMENT", 1}, {"BPF_F_ANY_ALIGNMENT", 2}, {"BPF_F_TEST_RND_HI32", 4}, {"BPF_F_TEST_STATE_FREQ", 8},
		{"BPF_F_SLEEPABLE", 16}, {"BPF_F_XDP_HAS_FRAGS", 32}, {"BPF_F_TEST_REG_INVARIANTS", 128},
	};
	for (unsigned i = 0; i < sizeof f / sizeof *f; i++) if (!strcmp(v, f[i].n)) return f[i].v;
	return strtoul(v, NULL, 0);
}
static void add_msg(struct sb *s, const char *m, bool neg)
{
	sb_puts(s, s->n ? "," : "");
	struct sb t = {};
	if (neg) sb_puts(&t, "!");
	sb_puts(&t, m);
	sb_jstr(s, t.p);
	free(t.p);
}
static void get_annot(const struct btf *btf, const char *fn, struct annot *a)
{
	memset(a, 0, sizeof *a);
	if (!btf) return;
	int id = btf__find_by_name_kind(btf, fn, BTF_KIND_FUNC);
	if (id < 0) return;
	int n = btf__type_cnt(btf);
	for (int i = 1; i < n; i++) {
		const struct btf_type *t = btf__type_by_id(btf, i);
		const char *m, *v;
		if (BTF_INFO_KIND(t->info) != BTF_KIND_DECL_TAG || (int)t->type != id || *(int *)(t + 1) != -1) continue;
		const char *s = btf__name_by_offset(btf, t->name_off);
		if (strncmp(s, "comment:", 8)) continue;
		s += 8;
		a->present = 1;
		if (!strncmp(s, "test_description=", 17)) a->descr = strdup(s + 17);
		else if (!strcmp(s, "test_expect_failure")) a->fail = 1;
		else if (!strcmp(s, "test_expect_success")) a->succ = 1;
		else if (!strcmp(s, "test_expect_failure_unpriv")) a->fail_u = 1;
		else if (!strcmp(s, "test_expect_success_unpriv")) a->succ_u = 1;
		else if (!strcmp(s, "test_auxiliary")) a->aux = 1;
		else if (!strcmp(s, "test_auxiliary_unpriv")) a->aux_u = 1;
		else if ((m = dyn(s, "test_expect_msg="))) add_msg(&a->msgs, m, false);
		else if ((m = dyn(s, "test_expect_not_msg="))) add_msg(&a->msgs, m, true);
		else if ((m = dyn(s, "test_expect_msg_unpriv="))) add_msg(&a->msgs_u, m, false);
		else if ((m = dyn(s, "test_expect_not_msg_unpriv="))) add_msg(&a->msgs_u, m, true);
		else if (!strncmp(s, "test_expect_xlated", 18)) a->xlated++;
		else if (!strncmp(s, "test_jited", 10)) a->jited++;
		else if (!strncmp(s, "test_expect_std", 15)) a->stdio++;
		else if (!strncmp(s, "test_retval=", 12)) a->retval = strdup(s + 12);
		else if (!strncmp(s, "test_retval_unpriv=", 19)) a->retval_u = strdup(s + 19);
		else if (!strncmp(s, "test_log_level=", 15)) a->loglevel = strtol(s + 15, NULL, 0);
		else if (!strncmp(s, "test_prog_flags=", 16)) {
			v = s + 16;
			if (*v == '!') a->clr_flags |= flag_val(v + 1), a->set_flags &= ~flag_val(v + 1);
			else a->set_flags |= flag_val(v), a->clr_flags &= ~flag_val(v);
		}
		else if (!strncmp(s, "test_arch=", 10)) { sb_puts(&a->arch, a->arch.n ? "," : ""); sb_puts(&a->arch, s + 10); }
		else if (!strncmp(s, "test_btf_path=", 14)) a->btf_path = strdup(s + 14);
		else if (!strncmp(s, "test_caps_unpriv=", 17)) a->caps_u = strdup(s + 17);
		else if (!strncmp(s, "load_mode=", 10)) a->load_mode = strdup(s + 10);
	}
}
static void put_annot(struct sb *o, struct annot *a)
{
	int unpriv_mask = a->fail_u || a->succ_u || a->msgs_u.n || a->aux_u || a->retval_u || a->caps_u;
	int priv_mask = a->fail || a->succ || a->msgs.n || a->retval || a->aux || a->xlated || (!unpriv_mask);
	sb_fmt(o, ",\"annotated\":%s", a->present ? "true" : "false");
	if (!a->present) return;
	sb_fmt(o, ",\"expect\":\"%s\"", a->aux && !a->fail && !a->succ ? "auxiliary" : !priv_mask ? "unpriv-only" : a->fail ? "failure" : "success");
	if (unpriv_mask || a->fail_u || a->succ_u) sb_fmt(o, ",\"expect_unpriv\":\"%s\"", a->fail_u ? "failure" : a->succ_u ? "success" : a->fail ? "failure" : "success");
	if (a->msgs.n) { sb_puts(o, ",\"msgs\":["); sb_put(o, a->msgs.p, a->msgs.n); sb_puts(o, "]"); }
	if (a->msgs_u.n) { sb_puts(o, ",\"msgs_unpriv\":["); sb_put(o, a->msgs_u.p, a->msgs_u.n); sb_puts(o, "]"); }
	if (a->descr) { sb_puts(o, ",\"descr\":"); sb_jstr(o, a->descr); }
	if (a->arch.n) { sb_puts(o, ",\"arch\":"); sb_jstr(o, a->arch.p); }
	if (a->retval) { sb_puts(o, ",\"retval\":"); sb_jstr(o, a->retval); }
	if (a->caps_u) { sb_puts(o, ",\"caps_unpriv\":"); sb_jstr(o, a->caps_u); }
	if (a->load_mode) { sb_puts(o, ",\"load_mode\":"); sb_jstr(o, a->load_mode); }
	if (a->btf_path) { sb_puts(o, ",\"btf_path\":"); sb_jstr(o, a->btf_path); }
	if (a->loglevel) sb_fmt(o, ",\"log_level\":%d", a->loglevel);
	if (a->set_flags || a->clr_flags) sb_fmt(o, ",\"test_flags\":%u,\"test_flags_clear\":%u", a->set_flags, a->clr_flags);
	if (a->xlated) sb_fmt(o, ",\"xlated\":%d", a->xlated);
	if (a->jited) sb_fmt(o, ",\"jited\":%d", a->jited);
}

/* ---------- objects ---------- */
static struct {
	const char *logdir, *capture, *only, *btfroot, *name; int loglevel, timeout, type, attach; long log2_below; bool selftest, unpriv; uint32_t flags;
} O = { .loglevel = 1, .timeout = 120, .type = 0, .attach = -1 };
static char *g_log;

/* effective capabilities: drop (set=false) or restore those a BPF loader uses */
static void loader_caps(bool set, uint64_t keep)
{
	struct { uint32_t version; int pid; } h = { 0x20080522, 0 };
	struct { uint32_t eff, perm, inh; } d[2];
	const uint64_t m = 1ull << 21 | 1ull << 12 | 1ull << 38 | 1ull << 39;	/* SYS_ADMIN NET_ADMIN PERFMON BPF */
	if (syscall(__NR_capget, &h, d)) return;
	uint64_t e = d[0].eff | (uint64_t)d[1].eff << 32, p = d[0].perm | (uint64_t)d[1].perm << 32;
	e = set ? e | (m & p) : (e & ~m) | (keep & p);
	d[0].eff = e; d[1].eff = e >> 32;
	syscall(__NR_capset, &h, d);
}
static uint64_t caps_of(const char *s)	/* "38|39" */
{
	uint64_t m = 0;
	for (; s && *s; s++) if (isdigit((unsigned char)*s)) { m |= 1ull << strtoul(s, (char **)&s, 10); if (!*s) break; }
	return m;
}
static bool unpriv_map(struct bpf_map *m)
{
	switch ((int)bpf_map__type(m)) {
	case BPF_MAP_TYPE_HASH: case BPF_MAP_TYPE_PERCPU_HASH: case BPF_MAP_TYPE_HASH_OF_MAPS:
		return !(bpf_map__map_flags(m) & BPF_F_ZERO_SEED);
	case BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE: case BPF_MAP_TYPE_ARRAY: case BPF_MAP_TYPE_RINGBUF: case BPF_MAP_TYPE_PROG_ARRAY:
	case BPF_MAP_TYPE_CGROUP_ARRAY: case BPF_MAP_TYPE_PERCPU_ARRAY: case BPF_MAP_TYPE_USER_RINGBUF: case BPF_MAP_TYPE_ARRAY_OF_MAPS:
	case BPF_MAP_TYPE_CGROUP_STORAGE: case BPF_MAP_TYPE_PERF_EVENT_ARRAY: return true;
	}
	return false;
}

static const char *base(const char *p) { const char *s = strrchr(p, '/'); return s ? s + 1 : p; }

struct notes { struct sb s; };
static void note(struct notes *n, const char *f, const char *a)
{
	if (n->s.n) sb_puts(&n->s, ",");
	struct sb t = {};
	sb_fmt(&t, f, a);
	sb_jstr(&n->s, t.p);
	free(t.p);
}

static void prep_maps(struct bpf_object *obj, struct notes *nt, char bad[][64], int nbad)
{
	struct bpf_map *m;
	bpf_object__for_each_map(m, obj) {
		enum bpf_map_type t = bpf_map__type(m);
		bpf_map__set_pin_path(m, NULL);
		for (int i = 0; i < nbad; i++)
			if (!strcmp(bad[i], bpf_map__name(m))) bpf_map__set_autocreate(m, false);
		if (!bpf_map__max_entries(m)) {
			switch (t) {
			case BPF_MAP_TYPE_RINGBUF: case BPF_MAP_TYPE_USER_RINGBUF:
				bpf_map__set_max_entries(m, 4096); note(nt, "map %s: max_entries set to 4096", bpf_map__name(m)); break;
			case BPF_MAP_TYPE_PERF_EVENT_ARRAY: case BPF_MAP_TYPE_SK_STORAGE: case BPF_MAP_TYPE_TASK_STORAGE:
			case BPF_MAP_TYPE_INODE_STORAGE: case BPF_MAP_TYPE_CGROUP_STORAGE: case BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE:
			case BPF_MAP_TYPE_STRUCT_OPS: case 32: /* cgrp storage */ break;
			default:
				bpf_map__set_max_entries(m, 1); note(nt, "map %s: max_entries set to 1", bpf_map__name(m));
			}
		}
		if (t == BPF_MAP_TYPE_ARRAY_OF_MAPS || t == BPF_MAP_TYPE_HASH_OF_MAPS) {
			struct bpf_map *in = bpf_map__inner_map(m);
			if (!in) {
				int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "kv_inner", 4, 8, 1, NULL);
				if (fd >= 0) { bpf_map__set_inner_map_fd(m, fd); note(nt, "map %s: inner map guessed", bpf_map__name(m)); }
			} else if (!bpf_map__max_entries(in)) bpf_map__set_max_entries(in, 1);
		}
	}
}

struct res {
	char verdict[16], stage[12], msg[1024], lb[1024]; int err; struct stats st;
	uint32_t insns, type, attach, flags; uint64_t wall_ns, cpu_us; bool trunc;
};

/* load one program once; returns 0 when the object could at least be opened */
static int load_once(const char *path, int idx, int level, struct res *r, struct notes *nt, struct annot *an, bool first)
{
	char bad[16][64];
	int nbad = 0;
	memset(r, 0, sizeof *r);
again:;
	g_lb.n = 0; if (g_lb.p) g_lb.p[0] = 0;
	g_badmap[0] = 0; g_load.seen = 0; nmaps = nbtfs = 0;
	if (g_log) g_log[0] = 0;
	nt->s.n = 0;
	LIBBPF_OPTS(bpf_object_open_opts, oo, .relaxed_maps = true);
	char bp[PATH_MAX];
	if (an && an->btf_path) {
		snprintf(bp, sizeof bp, "%s/%s", O.btfroot ? O.btfroot : ".", an->btf_path);
		oo.btf_custom_path = bp;
	}
	struct bpf_object *obj = bpf_object__open_file(path, &oo);
	if (libbpf_get_error(obj)) {
		r->err = -libbpf_get_error(obj);
		strcpy(r->verdict, "libbpf-error");
		lb_last(r->lb, sizeof r->lb);
		return -1;
	}
	struct bpf_program *p, *me = NULL;
	int i = 0;
	bpf_object__for_each_program(p, obj) {
		bool want = i == idx;
		if (want) me = p;
		if (!want && O.selftest) {
			struct annot x;
			get_annot(bpf_object__btf(obj), bpf_program__name(p), &x);
			want = O.unpriv ? x.aux_u || (x.aux && !x.aux_u) : x.aux;
		}
		bpf_program__set_autoload(p, want);
		if (bpf_program__type(p) == BPF_PROG_TYPE_UNSPEC && want) {
			int t = O.type ? O.type : guess_type(bpf_program__section_name(p), base(path));
			if (t) { bpf_program__set_type(p, t); if (i == idx) note(nt, "type guessed: %s", ptype_name(t)); }
		}
		if (want && O.attach >= 0) bpf_program__set_expected_attach_type(p, O.attach);
		i++;
	}
	prep_maps(obj, nt, bad, nbad);
	for (int k = 0; k < nbad; k++) note(nt, "map %s: not created", bad[k]);
	snprintf(g_want, 16, "%s", bpf_program__name(me));
	g_want_min = bpf_program__insn_cnt(me);
	uint32_t fl = O.flags;
	if (O.selftest) {
		fl |= 4 | BPF_F_TEST_REG_INVARIANTS;	/* as the kernel's own runner does */
		if (an) fl = (fl | an->set_flags) & ~an->clr_flags;
	}
#ifndef LIBBPF_OLD
	if (fl) bpf_program__set_flags(me, bpf_program__flags(me) | fl);
#endif
	bpf_program__set_log_buf(me, g_log, LOG_SZ);
	bpf_program__set_log_level(me, level);
	if (O.unpriv) {
		struct bpf_map *m;
		bpf_object__for_each_map(m, obj) if (!unpriv_map(m)) bpf_map__set_autocreate(m, false);
		loader_caps(false, an ? caps_of(an->caps_u) : 0);
	}
	free(g_kernel_log);
	g_kernel_log = NULL;
	int err = bpf_object__load(obj);
	if (g_kernel_log) strcpy(g_log, g_kernel_log);
	if (O.unpriv) loader_caps(true, 0);
	r->type = bpf_program__type(me);
	r->attach = bpf_program__expected_attach_type(me);
	r->insns = g_want_min;
	lb_last(r->lb, sizeof r->lb);
	if (g_load.seen) {
		r->insns = g_load.insn_cnt; r->type = g_load.type; r->attach = g_load.attach; r->flags = g_load.flags; r->wall_ns = g_load.wall_ns; r->cpu_us = g_load.cpu_us;
		get_stats(g_log, &r->st);
		last_line(g_log, r->msg, sizeof r->msg);
		if (g_load.ret >= 0) { strcpy(r->verdict, "accept"); r->err = 0; }
		else {
			strcpy(r->verdict, "reject"); r->err = g_load.err;
			strcpy(r->stage, r->st.have ? "verifier" : g_log[0] ? "early" : "syscall");
			if (r->err == ENOSPC && strlen(g_log) > LOG_SZ / 2) r->trunc = true;
		}
	} else {
		if (g_badmap[0] && nbad < 16) {
			bool dup = false;
			for (int k = 0; k < nbad; k++) dup |= !strcmp(bad[k], g_badmap);
			if (!dup) { strcpy(bad[nbad++], g_badmap); bpf_object__close(obj); goto again; }
		}
		strcpy(r->verdict, "libbpf-error");
		r->err = err < 0 ? -err : errno;
	}
	/* a reference to a map that libbpf could not create is not the verifier's verdict */
	if (nbad && !strcmp(r->verdict, "reject") && strstr(g_log, "BPF map reference")) strcpy(r->verdict, "libbpf-error");
	if (!strcmp(r->verdict, "reject") && (strstr(g_log, "invalid func unknown#195896080") || strstr(g_log, "invalid func unknown#200")))
		note(nt, "%s", "libbpf poisoned an instruction");
	bpf_object__close(obj);
	return 0;
}

static void clean_name(char *s) { for (; *s; s++) if (*s == '/' || *s == ' ') *s = '_'; }

static void do_prog(const char *path, int idx, const char *sec, const char *name, struct annot *an, FILE *out)
{
	struct res r, full;
	struct notes nt = {};
	char logp[2 * PATH_MAX] = "";
	struct sb o = {};
	const char *on = O.name ? O.name : path;

	signal(SIGALRM, SIG_DFL);
	alarm(O.timeout);
	g_log = malloc(LOG_SZ);
	g_capture = O.capture != NULL;
	int opened = load_once(path, idx, 4, &r, &nt, an, true);
	struct sb notes1 = {};
	if (nt.s.n) sb_put(&notes1, nt.s.p, nt.s.n);
	bool has_prog_load = g_load.seen;
	int lvl = O.loglevel;
	bool captured = g_capture && g_load.cap.n;
	struct sb cap = {};
	if (captured) sb_put(&cap, g_load.cap.p, g_load.cap.n);
	g_capture = false;
	if (O.logdir && !opened && has_prog_load) {
		if (O.selftest && an->loglevel > lvl) lvl = an->loglevel;
		if (r.st.have && r.st.processed < O.log2_below) lvl = 2;
		load_once(path, idx, lvl | 4, &full, &nt, an, false);
		char b[PATH_MAX];
		snprintf(b, sizeof b, "%s__%s.log", base(on), name);
		clean_name(b);
		snprintf(logp, sizeof logp, "%s/%s", O.logdir, b);
		FILE *f = fopen(logp, "w");
		if (f) { fputs(g_log, f); fclose(f); }
	}
	sb_puts(&o, "{\"object\":"); sb_jstr(&o, on);
	sb_puts(&o, ",\"section\":"); sb_jstr(&o, sec);
	sb_puts(&o, ",\"prog\":"); sb_jstr(&o, name);
	sb_fmt(&o, ",\"type\":\"%s\",\"attach_type\":%u,\"insns\":%u,\"verdict\":\"%s\"", ptype_name(r.type), r.attach, r.insns, r.verdict);
	if (r.stage[0]) sb_fmt(&o, ",\"stage\":\"%s\"", r.stage);
	sb_fmt(&o, ",\"errno\":%d", r.err);
	sb_puts(&o, ",\"msg\":"); sb_jstr(&o, strcmp(r.verdict, "libbpf-error") ? r.msg : r.lb);
	if (r.st.have) {
		sb_fmt(&o, ",\"processed\":%ld,\"total_states\":%ld,\"peak_states\":%ld,\"max_states_per_insn\":%ld", r.st.processed, r.st.total_states, r.st.peak_states, r.st.max_states);
		sb_fmt(&o, ",\"usec\":%ld,\"stack\":\"%s\"", r.st.usec, r.st.depth);
	}
	if (r.flags) sb_fmt(&o, ",\"prog_flags\":%u", r.flags);
	if (r.wall_ns) sb_fmt(&o, ",\"wall_us\":%.1f,\"cpu_us\":%llu", r.wall_ns / 1e3, (unsigned long long)r.cpu_us);
	if (logp[0]) { sb_puts(&o, ",\"log\":"); sb_jstr(&o, logp); sb_fmt(&o, ",\"full_log_level\":%d", lvl); }
	if (notes1.n) { sb_puts(&o, ",\"notes\":["); sb_put(&o, notes1.p, notes1.n); sb_puts(&o, "]"); }
	if (O.selftest) put_annot(&o, an);
	sb_puts(&o, "}\n");
	fputs(o.p, out);
	fflush(out);
	if (captured) {
		FILE *f = fopen(O.capture, "a");
		if (f) {
			struct sb c = {};
			sb_puts(&c, "{\"id\":");
			struct sb id = {};
			sb_fmt(&id, "%s/%s", on, name);
			sb_jstr(&c, id.p);
			sb_puts(&c, ",\"section\":"); sb_jstr(&c, sec); sb_puts(&c, ",");
			sb_put(&c, cap.p, cap.n);
			sb_fmt(&c, ",\"kernel\":{\"verdict\":\"%s\",\"errno\":%d,\"msg\":", r.verdict, r.err);
			sb_jstr(&c, r.msg);
			sb_fmt(&c, ",\"processed\":%ld}}\n", r.st.processed);
			fwrite(c.p, 1, c.n, f);
			fclose(f);
		}
	}
}

static int do_obj(const char *path, bool annot_only)
{
	LIBBPF_OPTS(bpf_object_open_opts, oo, .relaxed_maps = true);
	struct sb o = {};
	g_lb.n = 0; if (g_lb.p) g_lb.p[0] = 0;
	/* some objects crash libbpf: look at them in a child first */
	fflush(stdout);
	pid_t t = fork();
	if (!t) { struct bpf_object *x = bpf_object__open_file(path, &oo); _exit(libbpf_get_error(x) ? 1 : 0); }
	int ws = 0;
	waitpid(t, &ws, 0);
	struct bpf_object *obj = WIFSIGNALED(ws) ? NULL : bpf_object__open_file(path, &oo);
	if (!obj || libbpf_get_error(obj)) {
		char m[1024];
		lb_last(m, sizeof m);
		if (WIFSIGNALED(ws)) snprintf(m, sizeof m, "libbpf crashed with signal %d", WTERMSIG(ws));
		sb_puts(&o, "{\"object\":"); sb_jstr(&o, O.name ? O.name : path);
		sb_fmt(&o, ",\"verdict\":\"libbpf-error\",\"stage\":\"open\",\"errno\":%ld,\"msg\":", obj ? -libbpf_get_error(obj) : 0L);
		sb_jstr(&o, m);
		sb_puts(&o, "}\n");
		fputs(o.p, stdout);
		free(o.p);
		return 1;
	}
	struct bpf_program *p;
	int idx = 0;
	bpf_object__for_each_program(p, obj) {
		const char *name = bpf_program__name(p), *sec = bpf_program__section_name(p);
		int k = idx++;
		if (O.only && strcmp(O.only, name)) continue;
		struct annot an;
		get_annot(bpf_object__btf(obj), name, &an);
		if (annot_only) {
			o.n = 0;
			sb_puts(&o, "{\"object\":"); sb_jstr(&o, O.name ? O.name : path);
			sb_puts(&o, ",\"section\":"); sb_jstr(&o, sec);
			sb_puts(&o, ",\"prog\":"); sb_jstr(&o, name);
			put_annot(&o, &an);
			sb_puts(&o, "}\n");
			fputs(o.p, stdout);
			continue;
		}
		fflush(stdout);
		pid_t c = fork();
		if (!c) { do_prog(path, k, sec, name, &an, stdout); fflush(stdout); _exit(0); }
		waitpid(c, &ws, 0);
		if (WIFSIGNALED(ws)) {
			o.n = 0;
			sb_puts(&o, "{\"object\":"); sb_jstr(&o, O.name ? O.name : path);
			sb_puts(&o, ",\"section\":"); sb_jstr(&o, sec);
			sb_puts(&o, ",\"prog\":"); sb_jstr(&o, name);
			sb_fmt(&o, ",\"verdict\":\"libbpf-error\",\"errno\":0,\"msg\":\"loader died with signal %d%s\"}\n", WTERMSIG(ws), WTERMSIG(ws) == SIGALRM ? " (timeout)" : "");
			fputs(o.p, stdout);
		}
	}
	bpf_object__close(obj);
	free(o.p);
	return 0;
}

/* ---------- JSON reading (raw mode) ---------- */
struct jv { int t; /* 0 null 1 bool 2 num 3 str 4 arr 5 obj */ double n; long long i; char *s; size_t sl; struct jv **k; char **keys; int c; };
static const char *jp;
static void jws(void) { while (*jp && isspace((unsigned char)*jp)) jp++; }
static struct jv *jparse(void)
{
	struct jv *v = calloc(1, sizeof *v);
	jws();
	if (*jp == '"') {
		struct sb b = {};
		sb_puts(&b, "");
		v->t = 3; jp++;
		while (*jp && *jp != '"') {
			if (*jp == '\\') {
				jp++;
				char c = *jp;
				if (c == 'n') c = '\n'; else if (c == 't') c = '\t'; else if (c == 'r') c = '\r';
				else if (c == 'u') { c = strtol((char[]){jp[1], jp[2], jp[3], jp[4], 0}, NULL, 16); jp += 4; }
				sb_put(&b, &c, 1); jp++;
			} else {
				const char *q = jp;
				while (*q && *q != '"' && *q != '\\') q++;
				sb_put(&b, jp, q - jp); jp = q;
			}
		}
		if (*jp) jp++;
		v->s = b.p; v->sl = b.n;
	} else if (*jp == '[' || *jp == '{') {
		bool ob = *jp == '{';
		v->t = ob ? 5 : 4; jp++;
		for (jws(); *jp && *jp != ']' && *jp != '}'; jws()) {
			char *key = NULL;
			if (ob) { struct jv *k = jparse(); key = k->s; free(k); jws(); if (*jp == ':') jp++; }
			struct jv *e = jparse();
			v->k = realloc(v->k, (v->c + 1) * sizeof *v->k);
			v->keys = realloc(v->keys, (v->c + 1) * sizeof *v->keys);
			v->keys[v->c] = key; v->k[v->c++] = e;
			jws(); if (*jp == ',') jp++;
		}
		if (*jp) jp++;
	} else if (!strncmp(jp, "true", 4)) { v->t = 1; v->i = 1; jp += 4; }
	else if (!strncmp(jp, "false", 5)) { v->t = 1; jp += 5; }
	else if (!strncmp(jp, "null", 4)) jp += 4;
	else { char *e; v->t = 2; v->n = strtod(jp, &e); v->i = strtoll(jp, NULL, 0); if (e == jp) e++; jp = e; }
	return v;
}
static void jfree(struct jv *v)
{
	for (int i = 0; i < v->c; i++) { jfree(v->k[i]); free(v->keys[i]); }
	free(v->k); free(v->keys); free(v->s); free(v);
}
static struct jv *jget(struct jv *o, const char *k)
{
	if (o && o->t == 5) for (int i = 0; i < o->c; i++) if (o->keys[i] && !strcmp(o->keys[i], k)) return o->k[i];
	return NULL;
}
static long long jint(struct jv *o, const char *k, long long d) { struct jv *v = jget(o, k); return v && v->t >= 1 && v->t <= 2 ? v->i : d; }
static const char *jstr(struct jv *o, const char *k, const char *d) { struct jv *v = jget(o, k); return v && v->t == 3 ? v->s : d; }
static size_t unhex(const char *s, unsigned char **out)
{
	size_t n = 0;
	*out = malloc(strlen(s) / 2 + 8);
	int hi = -1;
	for (; *s; s++) {
		int d = isdigit((unsigned char)*s) ? *s - '0' : isxdigit((unsigned char)*s) ? tolower((unsigned char)*s) - 'a' + 10 : -1;
		if (d < 0) continue;
		if (hi < 0) hi = d; else { (*out)[n++] = hi << 4 | d; hi = -1; }
	}
	return n;
}

static int *rfds, nrf;
static int keep(int fd) { if (fd >= 0) { rfds = realloc(rfds, (nrf + 1) * sizeof *rfds); rfds[nrf++] = fd; } return fd; }
static struct { char h[64]; int fd; } *rbtf; static int nrb;
static int btf_fd(const char *h)
{
	if (!h || !*h) return -1;
	for (int i = 0; i < nrb; i++) if (!strcmp(rbtf[i].h, h)) return rbtf[i].fd;
	char p[PATH_MAX + 80];
	snprintf(p, sizeof p, "%s/%s.btf", g_btfdir[0] ? g_btfdir : ".", h);
	FILE *f = fopen(p, "rb");
	if (!f) return -1;
	char *d = malloc(16 << 20);
	size_t n = fread(d, 1, 16 << 20, f);
	fclose(f);
	int fd = bpf_btf_load(d, n, NULL);
	free(d);
	if (fd < 0) return -1;
	if (nrb >= 64) { close(rbtf[0].fd); memmove(rbtf, rbtf + 1, (nrb - 1) * sizeof *rbtf); nrb--; }
	rbtf = realloc(rbtf, (nrb + 1) * sizeof *rbtf);
	snprintf(rbtf[nrb].h, sizeof rbtf[nrb].h, "%s", h);
	rbtf[nrb++].fd = fd;
	return fd;
}
static int mk_map(struct jv *m, char *err, size_t en)
{
	LIBBPF_OPTS(bpf_map_create_opts, mo);
	struct jv *in = jget(m, "inner");
	int ifd = -1;
	if (in) { ifd = mk_map(in, err, en); if (ifd < 0) return ifd; mo.inner_map_fd = ifd; }
	mo.map_flags = jint(m, "flags", 0);
	mo.map_extra = jint(m, "extra", 0);
	const char *b = jstr(m, "btf", NULL);
	if (b) { int f = btf_fd(b); if (f >= 0) { mo.btf_fd = f; mo.btf_key_type_id = jint(m, "btf_key", 0); mo.btf_value_type_id = jint(m, "btf_value", 0); } }
	int fd = keep(bpf_map_create(jint(m, "type", 2), jstr(m, "name", "kv"), jint(m, "key", 4), jint(m, "value", 8), jint(m, "entries", 1), &mo));
	if (fd < 0) { snprintf(err, en, "map type %lld: errno %d", jint(m, "type", 2), errno); return fd; }
	const char *data = jstr(m, "data", NULL);
	if (data) {
		unsigned char *d; int z = 0;
		unhex(data, &d);
		bpf_map_update_elem(fd, &z, d, 0);
		free(d);
	}
	if (jint(m, "type", 0) == 33 && !mo.map_extra)	/* an arena needs its user address before programs load */
		mmap(NULL, jint(m, "entries", 1) * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (jint(m, "frozen", 0)) bpf_map_freeze(fd);
	return fd;
}
static int vm_id(const char *name, int kind)
{
	vm_name(1);
	return g_vmlinux ? btf__find_by_name_kind(g_vmlinux, name, kind) : -1;
}
static void raw_one(struct jv *j)
{
	struct sb o = {};
	char err[256] = "", msg[1024] = "";
	unsigned char *code;
	size_t n = unhex(jstr(j, "insns", ""), &code) / 8;
	struct bpf_insn *in = (void *)code;
	struct jv *v;
	int mfd[256], nm = 0, type;
	const char *ts = jstr(j, "type", NULL);

	type = ts ? ptype_from(ts) : (int)jint(j, "type", 1);
	nrf = 0;
	if ((v = jget(j, "maps")))
		for (int i = 0; i < v->c && i < 256; i++) { mfd[nm] = mk_map(v->k[i], err, sizeof err); nm++; }
	if ((v = jget(j, "map_refs")))
		for (int i = 0; i < v->c; i++) {
			unsigned at = v->k[i]->c > 0 ? v->k[i]->k[0]->i : ~0u, mi = v->k[i]->c > 1 ? v->k[i]->k[1]->i : ~0u;
			if (at < n && mi < (unsigned)nm) in[at].imm = mfd[mi];
		}
	if ((v = jget(j, "kfuncs")))
		for (int i = 0; i < v->c; i++) {
			unsigned at = v->k[i]->k[0]->i;
			if (at < n && v->k[i]->k[1]->t == 3) { int id = vm_id(v->k[i]->k[1]->s, BTF_KIND_FUNC); if (id > 0) in[at].imm = id; else snprintf(err, sizeof err, "no kfunc %s", v->k[i]->k[1]->s); }
		}
	LIBBPF_OPTS(bpf_prog_load_opts, po);
	po.prog_flags = jint(j, "flags", 0);
	po.expected_attach_type = jint(j, "attach_type", 0);
	po.kern_version = jint(j, "kern_version", 0);
	const char *ab = jstr(j, "attach_btf", NULL);
	if (ab) {
		char b[256];
		int id = -1;
		if (po.expected_attach_type == BPF_TRACE_RAW_TP) { snprintf(b, sizeof b, "%s", ab); id = vm_id(b, BTF_KIND_TYPEDEF); }
		else if (type == BPF_PROG_TYPE_STRUCT_OPS) id = vm_id(ab, BTF_KIND_STRUCT);
		if (id <= 0) id = vm_id(ab, BTF_KIND_FUNC);
		if (id > 0) po.attach_btf_id = id; else snprintf(err, sizeof err, "no attach target %s", ab);
	}
	uint32_t *fi = NULL;
	const char *bt = jstr(j, "btf", NULL);
	if (bt) {
		int f = btf_fd(bt);
		if (f >= 0) {
			po.prog_btf_fd = f;
			if ((v = jget(j, "func_info")) && v->c) {
				fi = calloc(v->c, 8);
				for (int i = 0; i < v->c; i++) { fi[2 * i] = v->k[i]->k[0]->i; fi[2 * i + 1] = v->k[i]->k[1]->i; }
				po.func_info = fi; po.func_info_cnt = v->c; po.func_info_rec_size = 8;
			}
		} else snprintf(err, sizeof err, "btf %s not loadable", bt);
	}
	if (!g_log) g_log = malloc(LOG_SZ);
	g_log[0] = 0;
	po.log_buf = g_log; po.log_size = LOG_SZ;
	po.log_level = jint(j, "log_level", O.logdir ? (O.loglevel | 4) : 4);
	g_want_min = ~0u;
	if (O.unpriv) loader_caps(false, 0);
	uint64_t t0 = now_ns(), c0 = cpu_us();
	int fd = bpf_prog_load(type, "kv", jstr(j, "license", "GPL"), in, n, &po);
	int er = fd < 0 ? errno : 0;
	if (O.unpriv) loader_caps(true, 0);
	uint64_t w = now_ns() - t0, c = cpu_us() - c0;
	struct stats st;
	get_stats(g_log, &st);
	last_line(g_log, msg, sizeof msg);
	sb_puts(&o, "{\"id\":");
	v = jget(j, "id");
	if (v && v->t == 3) sb_jstr(&o, v->s); else sb_fmt(&o, "%lld", v ? v->i : 0LL);
	sb_fmt(&o, ",\"type\":\"%s\",\"insns\":%zu,\"verdict\":\"%s\",\"errno\":%d", ptype_name(type), n, fd >= 0 ? "accept" : "reject", er);
	if (fd < 0) sb_fmt(&o, ",\"stage\":\"%s\"", st.have ? "verifier" : g_log[0] ? "early" : "syscall");
	sb_puts(&o, ",\"msg\":"); sb_jstr(&o, msg);
	if (st.have) sb_fmt(&o, ",\"processed\":%ld,\"total_states\":%ld,\"usec\":%ld", st.processed, st.total_states, st.usec);
	sb_fmt(&o, ",\"wall_us\":%.1f,\"cpu_us\":%llu", w / 1e3, (unsigned long long)c);
	if (err[0]) { sb_puts(&o, ",\"setup\":"); sb_jstr(&o, err); }
	if (O.logdir) {
		char p[PATH_MAX], b[300];
		snprintf(b, sizeof b, "%s", v && v->t == 3 ? v->s : "raw");
		clean_name(b);
		snprintf(p, sizeof p, "%s/%s.log", O.logdir, b);
		FILE *f = fopen(p, "w");
		if (f) { fputs(g_log, f); fclose(f); sb_puts(&o, ",\"log\":"); sb_jstr(&o, p); }
	} else if (jint(j, "want_log", 0)) { sb_puts(&o, ",\"log\":"); sb_jstr(&o, g_log); }
	sb_puts(&o, "}\n");
	fputs(o.p, stdout);
	fflush(stdout);
	free(o.p); free(code); free(fi);
	if (fd >= 0) close(fd);
	for (int i = 0; i < nrf; i++) close(rfds[i]);
	nrf = 0;
}
static int do_raw(FILE *f)
{
	char *l = NULL;
	size_t cap = 0;
	ssize_t n;
	while ((n = getline(&l, &cap, f)) > 0) {
		if (l[strspn(l, " \t\r\n")] == 0) continue;
		jp = l;
		struct jv *j = jparse();
		raw_one(j);
		jfree(j);
	}
	free(l);
	return 0;
}

int main(int c, char **v)
{
	if (c < 2) {
		fprintf(stderr, "usage: kverify obj|annot|raw|raw1 ... (see the head of kverify.c)\n");
		return 2;
	}
	struct rlimit rl = { RLIM_INFINITY, RLIM_INFINITY };
	setrlimit(RLIMIT_MEMLOCK, &rl);
	libbpf_set_print(on_print);
	const char *files[65536];
	int nf = 0, rc = 0;
	for (int i = 2; i < c; i++) {
		char *a = v[i];
#define ARG (i + 1 < c ? v[++i] : "")
		if (!strcmp(a, "--logdir")) O.logdir = ARG;
		else if (!strcmp(a, "--log-level")) O.loglevel = atoi(ARG);
		else if (!strcmp(a, "--log2-below")) O.log2_below = atol(ARG);
		else if (!strcmp(a, "--selftest")) O.selftest = true;
		else if (!strcmp(a, "--btfroot")) O.btfroot = ARG;
		else if (!strcmp(a, "--capture")) O.capture = ARG;
		else if (!strcmp(a, "--btfdir")) snprintf(g_btfdir, sizeof g_btfdir, "%s", ARG);
		else if (!strcmp(a, "--prog")) O.only = ARG;
		else if (!strcmp(a, "--type")) O.type = ptype_from(ARG);
		else if (!strcmp(a, "--set-attach")) O.attach = atoi(ARG);
		else if (!strcmp(a, "--flags")) O.flags = strtoul(ARG, NULL, 0);
		else if (!strcmp(a, "--timeout")) O.timeout = atoi(ARG);
		else if (!strcmp(a, "--name")) O.name = ARG;
		else if (!strcmp(a, "--unpriv")) O.unpriv = true;
		else if (nf < 65536) files[nf++] = a;
	}
	if (O.logdir) mkdir(O.logdir, 0755);
	if (g_btfdir[0]) mkdir(g_btfdir, 0755);
	if (!strcmp(v[1], "obj") || !strcmp(v[1], "annot")) {
		for (int i = 0; i < nf; i++) rc |= do_obj(files[i], v[1][0] == 'a');
	} else if (!strcmp(v[1], "raw")) {
		rc = do_raw(stdin);
	} else if (!strcmp(v[1], "raw1") && nf >= 2) {
		struct sb b = {};
		FILE *f = files[1][0] == '@' ? fopen(files[1] + 1, "rb") : !strcmp(files[1], "-") ? stdin : NULL;
		struct jv *j;
		struct sb h = {};
		if (f) {
			char t[4096]; size_t n; struct sb d = {};
			while ((n = fread(t, 1, sizeof t, f)) > 0) sb_put(&d, t, n);
			sb_hex(&h, d.p, d.n & ~7ul);
		} else sb_jstr(&h, files[1]);
		sb_fmt(&b, "{\"id\":\"raw1\",\"type\":\"%s\",\"flags\":%u,\"attach_type\":%d,\"want_log\":1,\"log_level\":%d,\"insns\":", files[0], O.flags, O.attach < 0 ? 0 : O.attach, O.loglevel | 4);
		sb_put(&b, h.p, h.n);
		sb_puts(&b, "}");
		jp = b.p;
		j = jparse();
		raw_one(j);
	} else { fprintf(stderr, "kverify: bad command\n"); return 2; }
	return rc;
}
