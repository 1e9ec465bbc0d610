// What only a running kernel can settle: CO-RE, kernel variables, kernel functions and settings.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

struct task_struct {
	int pid;
	int tgid;
	struct task_struct *group_leader;
} __attribute__((preserve_access_index));

extern const void bpf_prog_active __ksym;
extern int CONFIG_HZ __kconfig;
extern void bpf_rcu_read_lock(void) __ksym;
extern void bpf_rcu_read_unlock(void) __ksym;

SEC("raw_tp/sys_enter")
int core(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	return BPF_CORE_READ(task, group_leader, tgid);
}

SEC("raw_tp/sys_exit")
int symbols(void *ctx)
{
	return (long)&bpf_prog_active == CONFIG_HZ;
}

SEC("tp_btf/sys_enter")
int functions(void *ctx)
{
	bpf_rcu_read_lock();
	bpf_rcu_read_unlock();
	return 0;
}

SEC("frobnicate")
int odd(void *ctx)
{
	return 1;
}

char LICENSE[] SEC("license") = "GPL";
