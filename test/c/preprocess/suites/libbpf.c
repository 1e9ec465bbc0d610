/* libbpf's macros, which every tracing program uses; the types do not matter to the preprocessor. */
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/usdt.bpf.h>

SEC("kprobe/one") int BPF_KPROBE(one, int a, struct task_struct *b, void *c)
{
	return BPF_CORE_READ(b, mm, exe_file, f_inode, i_ino) + PT_REGS_PARM1(ctx) + PT_REGS_PARM1_CORE(ctx) + PT_REGS_SP(ctx);
}
SEC("kprobe") int BPF_KPROBE(none) { return PT_REGS_RC(ctx) + PT_REGS_IP_CORE(ctx) + PT_REGS_PARM6_SYSCALL(ctx); }
SEC("fentry/two") int BPF_PROG(two, int a, long b, char *c, int d)
{
	bpf_printk("hello");
	bpf_printk("%d %s %p %d", a, c, b, d);
	return bpf_htons(0x1234) + bpf_ntohl(a) + bpf_cpu_to_be64(b);
}
SEC("fentry/wide") int BPF_PROG2(wide, struct pair, p, int, x) { return x; }
SEC("kretprobe/three") int BPF_KRETPROBE(three, int ret)
{
	int pid;
	BPF_CORE_READ_INTO(&pid, t, real_parent, tgid);
	return bpf_core_field_exists(t->pid) + bpf_core_type_exists(struct q) + bpf_core_enum_value(enum e, A);
}
SEC("ksyscall/four") int BPF_KSYSCALL(four, int a, int b, int c, int d, int e, int f)
{
	return BPF_SNPRINTF(out, sizeof(out), "%d %d", a, b) + BPF_PROBE_READ(ctx, a, b, c) + BPF_PROBE_READ_USER(x, y);
}
SEC("usdt") int BPF_USDT(five, long x, long y)
{
	BPF_SEQ_PRINTF(seq, "%d\n", x);
	return BPF_CORE_READ_BITFIELD_PROBED(t, x) + BPF_CORE_READ_STR_INTO(&p, a, b, c, d, e, f, g, h);
}
SEC("uprobe") int BPF_UPROBE(six, char *s) { return BPF_CORE_READ_USER(s, a) + barrier_var; }
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1 << 10);
	__type(key, int);
	__array(values, int(void *));
} m SEC(".maps");
char LICENSE[] SEC("license") = "GPL";
