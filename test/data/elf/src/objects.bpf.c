/* Functions that are verified on their own, whose arguments are structures of the kernel. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define tagged(name) __attribute__((btf_decl_tag("arg:" name)))

char _license[] SEC("license") = "GPL";

struct task_struct {
	int pid;
};

struct unknown {
	int field;
};

__attribute__((noinline)) int trusted(struct task_struct *task tagged("trusted"))
{
	return task->pid;
}

__attribute__((noinline)) int nullable(struct task_struct *task tagged("trusted") tagged("nullable"))
{
	return task ? task->pid : 0;
}

__attribute__((noinline)) int unchecked(struct task_struct *task tagged("trusted") tagged("nullable"))
{
	return task->pid;
}

__attribute__((noinline)) int untrusted(struct task_struct *task tagged("untrusted"))
{
	return task->pid;
}

__attribute__((noinline)) int bytes(char *text tagged("untrusted"))
{
	return text[1000];
}

__attribute__((noinline)) int missing(struct unknown *unknown tagged("trusted"))
{
	return unknown->field;
}

#define program(name, call)                           \
	SEC("tp_btf/task_newtask")                    \
	int name(unsigned long long *ctx)             \
	{                                             \
		void *task = (void *)ctx[0];          \
		void *number = (void *)ctx[1];        \
		void *null = (void *)0;               \
		asm volatile("" : "+r"(null));        \
		(void)task, (void)number, (void)null; \
		return call;                          \
	}

program(passes_task, trusted(task))
program(passes_number, trusted(number))
program(passes_null, nullable(null))
program(passes_null_unchecked, unchecked(null))
program(passes_anything, untrusted(number))
program(passes_any_bytes, bytes(number))
program(passes_unknown, missing(task))
