/* Programs of hooks: what they are attached to stands in their sections, or in variables of kernel structures. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char _license[] SEC("license") = "GPL";

SEC("tp_btf/sched_switch")
int switched(void *ctx)
{
	return 0;
}

SEC("fexit.s/__x64_sys_nanosleep")
int slept(void *ctx)
{
	return 0;
}

SEC("lsm/file_open")
int opened(void *ctx)
{
	return 0;
}

SEC("iter/task")
int listed(void *ctx)
{
	return 0;
}

SEC("fentry")
int anywhere(void *ctx)
{
	return 0;
}

struct tcp_congestion_ops___mine {
	unsigned int flags;
	void (*init)(void *sk);
	unsigned int (*undo_cwnd)(void *sk);
	char name[16];
};

SEC("struct_ops")
int begin(void *ctx)
{
	return 0;
}

SEC("struct_ops/undo")
int undo(void *ctx)
{
	return 2;
}

SEC("struct_ops/unused")
int unused(void *ctx)
{
	return 0;
}

SEC(".struct_ops")
struct tcp_congestion_ops___mine first = {
	.init = (void *)begin,
	.name = "first",
};

SEC(".struct_ops.link")
struct tcp_congestion_ops___mine second = {
	.init = (void *)begin,
	.undo_cwnd = (void *)undo,
	.name = "second",
};
