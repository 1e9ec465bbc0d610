// Global variables of every section, strings, and sections with names of their own.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

int counter;
static long hidden_counter;
int limit = 42;
static int step = 3;
const volatile int debug = 1;
const volatile struct {
	unsigned short port;
	char name[10];
} config = { .port = 8080, .name = "lo" };
static const volatile unsigned int table[4] = { 1, 10, 100, 1000 };
int tuned SEC(".data.tuned") = 5;
const char motto[] SEC(".rodata.motto") = "less is more";
long spare SEC(".bss.spare");

SEC("socket")
int globals(struct __sk_buff *skb)
{
	unsigned int i = skb->len & 3;

	if (debug)
		bpf_printk("%s: %d", (const char *)config.name, config.port);
	counter += limit;
	hidden_counter += step;
	step ^= 1;
	spare += tuned + motto[i];
	return table[i] + (int)hidden_counter;
}

char LICENSE[] SEC("license") = "GPL";
