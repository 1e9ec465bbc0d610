import { bundledHeader } from './headers.ts';

/**
 * "vmlinux.h" where no kernel's types are at hand: the structures that tracing and network programs commonly use, with
 * the members they use. Offsets do not matter to programs whose accesses are relocated (CO-RE). Names and types as in
 * Linux 6.18.
 */
export function kernelCatalogue(): string {
  const uapi = NETWORK.map((name) => declarationsOf(bundledHeader(name) ?? ''));
  const bpf = withoutIncludes(bundledHeader('linux/bpf.h') ?? '');
  return [
    GUARD,
    withoutIncludes(bundledHeader('linux/types.h') ?? ''),
    SHORT_NAMES,
    bpf,
    PUSH,
    ...uapi,
    KERNEL,
    OTHER,
    POP,
    '#endif',
    '',
  ].join('\n');
}

/** Enumerations and types that programs use and that no member above leads to. */
const OTHER = `typedef unsigned int gfp_t;
typedef unsigned long uintptr_t;
enum {
	TCP_ESTABLISHED = 1, TCP_SYN_SENT, TCP_SYN_RECV, TCP_FIN_WAIT1, TCP_FIN_WAIT2, TCP_TIME_WAIT, TCP_CLOSE,
	TCP_CLOSE_WAIT, TCP_LAST_ACK, TCP_LISTEN, TCP_CLOSING, TCP_NEW_SYN_RECV, TCP_MAX_STATES = 14,
};
enum {
	HI_SOFTIRQ, TIMER_SOFTIRQ, NET_TX_SOFTIRQ, NET_RX_SOFTIRQ, BLOCK_SOFTIRQ, IRQ_POLL_SOFTIRQ, TASKLET_SOFTIRQ,
	SCHED_SOFTIRQ, HRTIMER_SOFTIRQ, RCU_SOFTIRQ, NR_SOFTIRQS,
};
typedef struct pt_regs bpf_user_pt_regs_t;
struct bpf_perf_event_data { bpf_user_pt_regs_t regs; __u64 sample_period; __u64 addr; };
`;

const GUARD = '#ifndef __VMLINUX_H__\n#define __VMLINUX_H__';
const PUSH = '#pragma clang attribute push (__attribute__((preserve_access_index)), apply_to = record)';
const POP = '#pragma clang attribute pop';
const NETWORK = [
  'linux/if_ether.h',
  'linux/in.h',
  'linux/in6.h',
  'linux/ip.h',
  'linux/ipv6.h',
  'linux/tcp.h',
  'linux/udp.h',
  'linux/icmp.h',
  'linux/icmpv6.h',
];

const SHORT_NAMES = `#if __STDC_VERSION__ < 202311L
typedef _Bool bool;
enum { false = 0, true = 1 };
#endif
typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s8 s8;
typedef __s16 s16;
typedef __s32 s32;
typedef __s64 s64;
typedef __kernel_size_t size_t;
typedef __kernel_ssize_t ssize_t;
typedef __u8 uint8_t;
typedef __u16 uint16_t;
typedef __u32 uint32_t;
typedef __u64 uint64_t;
`;

function withoutIncludes(text: string): string {
  return text.replaceAll(/^#(?:include|pragma once).*\n/gm, '');
}

/** A kernel's types come without macros, which programs then define themselves. */
function declarationsOf(text: string): string {
  return withoutIncludes(text)
    .replaceAll(/^#define.*\n/gm, '')
    .replaceAll('ETH_ALEN', '6');
}

// prettier-ignore
const KERNEL = `struct cfs_rq;
struct cpumask;
struct mm_struct;
struct task_struct;
struct pid;
struct cred;
struct fs_struct;
struct files_struct;
struct nsproxy;
struct signal_struct;
struct sighand_struct;
struct css_set;
struct uts_namespace;
struct ipc_namespace;
struct mnt_namespace;
struct pid_namespace;
struct net;
struct cgroup_namespace;
struct file_operations;
struct inode;
struct vfsmount;
struct dentry;
struct sk_buff;
struct socket;
struct super_block;
struct ipv6_pinfo;
struct seq_file;
struct mount;
struct file_system_type;
struct file;
struct sock;
struct rb_node;
struct net_device;
struct user_namespace;
struct request_queue;
struct block_device;
struct bpf_iter_meta;
struct cgroup_subsys_state;
struct cgroup;
struct kernfs_node;
struct cgroup_root;
struct elevator_queue;
struct fdtable;
struct tty_struct;
struct bpf_prog_aux;
struct sock_common;
struct perf_event;
struct trace_event_call;
struct nlmsghdr;
struct gendisk;
struct rq;
struct unix_address;
struct list_head;
struct module;
struct trace_event_class;
struct tracepoint;
struct kprobe;
struct pt_regs;
struct uprobe_consumer;
struct kiocb;
struct iov_iter;
struct dir_context;
struct device;
struct pipe_buffer;
struct udp_sock;
struct tty_driver;
struct iovec;
struct perf_sample_data;
struct xdp_rxq_info;
typedef __u16 u16;
typedef __u64 u64;
struct fred_cs {  };
struct fred_ss {  };
struct pt_regs {
	unsigned long r15; unsigned long r14; unsigned long r13; unsigned long r12; unsigned long bp;
	unsigned long bx; unsigned long r11; unsigned long r10; unsigned long r9; unsigned long r8;
	unsigned long ax; unsigned long cx; unsigned long dx; unsigned long si; unsigned long di;
	unsigned long orig_ax; unsigned long ip; union { u16 cs; u64 csx; struct fred_cs fred_cs; };
	unsigned long flags; unsigned long sp; union { u16 ss; u64 ssx; struct fred_ss fred_ss; };
};
typedef __u32 u32;
struct thread_info { u32 status; };
struct sched_entity { struct cfs_rq *cfs_rq; };
typedef struct cpumask cpumask_t;
struct sched_info {  };
typedef __kernel_pid_t pid_t;
typedef unsigned int __kernel_uid32_t;
typedef __kernel_uid32_t uid_t;
typedef struct { uid_t val; } kuid_t;
struct thread_struct { unsigned long sp; };
struct task_struct {
	struct thread_info thread_info; unsigned int __state; void *stack; unsigned int flags; int on_cpu;
	int prio; int static_prio; struct sched_entity se; const cpumask_t *cpus_ptr;
	struct sched_info sched_info; struct mm_struct *mm; int exit_code; int exit_signal; pid_t pid;
	pid_t tgid; struct task_struct *real_parent; struct task_struct *parent;
	struct task_struct *group_leader; struct pid *thread_pid; u64 utime; u64 stime; unsigned long nvcsw;
	unsigned long nivcsw; u64 start_time; u64 start_boottime; unsigned long min_flt; unsigned long maj_flt;
	const struct cred *real_cred; const struct cred *cred; char comm[16]; struct fs_struct *fs;
	struct files_struct *files; struct nsproxy *nsproxy; struct signal_struct *signal;
	struct sighand_struct *sighand; kuid_t loginuid; unsigned int sessionid; struct css_set *cgroups;
	struct thread_struct thread;
};
struct ns_common { unsigned int inum; };
struct nsproxy {
	struct uts_namespace *uts_ns; struct ipc_namespace *ipc_ns; struct mnt_namespace *mnt_ns;
	struct pid_namespace *pid_ns_for_children; struct net *net_ns; struct cgroup_namespace *cgroup_ns;
};
struct mnt_namespace { struct ns_common ns; };
typedef unsigned int fmode_t;
struct path { struct vfsmount *mnt; struct dentry *dentry; };
typedef __kernel_loff_t loff_t;
struct file {
	fmode_t f_mode; const struct file_operations *f_op; void *private_data; struct inode *f_inode;
	unsigned int f_flags; unsigned int f_iocb_flags; union { const struct path f_path; }; loff_t f_pos;
};
typedef struct { struct net *net; } possible_net_t;
struct sock_common {
	union { struct { __be32 skc_daddr; __be32 skc_rcv_saddr; }; };
	union { struct { __be16 skc_dport; __u16 skc_num; }; }; unsigned short skc_family;
	volatile unsigned char skc_state; unsigned char skc_reuse : 4; unsigned char skc_reuseport : 1;
	unsigned char skc_ipv6only : 1; int skc_bound_dev_if; possible_net_t skc_net;
	struct in6_addr skc_v6_daddr; struct in6_addr skc_v6_rcv_saddr;
};
struct sk_buff_head { __u32 qlen; };
typedef struct { int counter; } atomic_t;
struct sock {
	struct sock_common __sk_common; struct sk_buff_head sk_receive_queue;
	struct { atomic_t rmem_alloc; int len; struct sk_buff *head; struct sk_buff *tail; } sk_backlog;
	int sk_rx_dst_ifindex; int sk_rcvbuf; int sk_err; struct socket *sk_socket; u32 sk_mark;
	u16 sk_protocol; u16 sk_type; int sk_sndbuf; u32 sk_ack_backlog; u32 sk_max_ack_backlog;
};
typedef unsigned short umode_t;
typedef unsigned int __kernel_gid32_t;
typedef __kernel_gid32_t gid_t;
typedef struct { gid_t val; } kgid_t;
typedef u32 __kernel_dev_t;
typedef __kernel_dev_t dev_t;
typedef __s64 time64_t;
struct inode {
	umode_t i_mode; kuid_t i_uid; kgid_t i_gid; struct super_block *i_sb; unsigned long i_ino;
	union { const unsigned int i_nlink; }; dev_t i_rdev; loff_t i_size; time64_t i_ctime_sec;
	u32 i_ctime_nsec; union { const struct file_operations *i_fop; };
};
struct qstr { union { struct { u32 len; }; }; const unsigned char *name; };
struct dentry {
	unsigned int d_flags; struct dentry *d_parent; union { const struct qstr d_name; };
	struct inode *d_inode;
};
struct inet_sock { struct sock sk; struct ipv6_pinfo *pinet6; __be32 inet_saddr; __be16 inet_sport; };
struct syscall_trace_enter { unsigned long args[0]; };
struct bpf_iter_meta { union { struct seq_file *seq; }; u64 seq_num; };
struct vfsmount { struct dentry *mnt_root; struct super_block *mnt_sb; };
struct mount { struct mount *mnt_parent; struct dentry *mnt_mountpoint; struct vfsmount mnt; };
struct super_block { dev_t s_dev; struct file_system_type *s_type; unsigned long s_magic; char s_id[32]; };
struct upid { int nr; struct pid_namespace *ns; };
struct pid { unsigned int level; struct upid numbers[0]; };
struct net_device {
	unsigned int mtu; unsigned int flags; int ifindex; possible_net_t nd_net; char name[16];
};
struct mm_struct {
	
	struct { unsigned long start_code; unsigned long end_code; unsigned long start_data; unsigned long end_data; unsigned long start_brk; unsigned long brk; unsigned long start_stack; unsigned long arg_start; unsigned long arg_end; unsigned long env_start; unsigned long env_end; unsigned long saved_auxv[56]; struct file *exe_file; };
};
struct timespec64 { time64_t tv_sec; long int tv_nsec; };
struct net { struct ns_common ns; u64 net_cookie; };
struct syscall_trace_exit { long int ret; };
struct pid_namespace { struct ns_common ns; };
typedef enum { SS_FREE = 0, SS_UNCONNECTED = 1, SS_CONNECTING = 2, SS_CONNECTED = 3, SS_DISCONNECTING = 4 } socket_state;
struct socket { socket_state state; short int type; struct file *file; struct sock *sk; };
struct gendisk { int major; int first_minor; char disk_name[32]; };
struct trace_entry { unsigned short type; unsigned char flags; unsigned char preempt_count; int pid; };
struct trace_event_raw_sys_enter {
	struct trace_entry ent; long int id; unsigned long args[6]; char __data[0];
};
struct inet_connection_sock { struct inet_sock icsk_inet; };
struct rb_root { struct rb_node *rb_node; };
struct tcp_sock {
	struct inet_connection_sock inet_conn; u32 mss_cache; u32 snd_cwnd; u32 copied_seq;
	struct rb_root out_of_order_queue; u32 write_seq; u32 rcv_nxt; u32 snd_nxt; u32 srtt_us; u32 rcv_wnd;
	u64 bytes_received; u32 rcv_wup; u64 bytes_acked; struct sk_buff *ooo_last_skb; u32 total_retrans;
	u32 rcv_ooopack;
};
typedef __s64 s64;
typedef s64 ktime_t;
struct refcount_struct {  };
typedef struct refcount_struct refcount_t;
struct sk_buff {
	union { struct { union { struct net_device *dev; }; }; }; struct sock *sk; union { ktime_t tstamp; };
	char cb[48]; unsigned int len; unsigned int data_len;
	union { struct { __u8 tstamp_type : 2; int skb_iif; __u32 hash; union { __u32 mark; }; __be16 protocol; __u16 transport_header; __u16 network_header; __u16 mac_header; }; };
	unsigned char *head; unsigned char *data; refcount_t users;
};
struct trace_event_raw_sys_exit { struct trace_entry ent; long int id; long int ret; char __data[0]; };
typedef struct { u64 val; } kernel_cap_t;
struct cred {
	kuid_t uid; kgid_t gid; kuid_t suid; kgid_t sgid; kuid_t euid; kgid_t egid; kuid_t fsuid; kgid_t fsgid;
	unsigned int securebits; kernel_cap_t cap_inheritable; kernel_cap_t cap_permitted;
	kernel_cap_t cap_effective; kernel_cap_t cap_bset; kernel_cap_t cap_ambient;
	struct user_namespace *user_ns;
};
struct trace_event_raw_sched_process_exec {
	struct trace_entry ent; u32 __data_loc_filename; pid_t pid; pid_t old_pid; char __data[0];
};
typedef __u32 blk_opf_t;
typedef __u32 req_flags_t;
typedef u64 sector_t;
struct request {
	struct request_queue *q; blk_opf_t cmd_flags; req_flags_t rq_flags; int tag; int internal_tag;
	unsigned int __data_len; sector_t __sector; struct block_device *part; u64 start_time_ns;
	u64 io_start_time_ns;
};
struct fs_struct { struct path root; struct path pwd; };
struct xdp_cpumap_stats { unsigned int redirect; unsigned int pass; unsigned int drop; };
struct bpf_ringbuf {  };
struct bpf_iter__task_file {
	union { struct bpf_iter_meta *meta; }; union { struct task_struct *task; }; u32 fd;
	union { struct file *file; };
};
struct filename { const char *name; };
struct bpf_iter__task { union { struct bpf_iter_meta *meta; }; union { struct task_struct *task; }; };
struct css_set { struct cgroup_subsys_state *subsys[12]; struct cgroup *dfl_cgrp; };
struct cgroup_subsys_state { struct cgroup *cgroup; };
struct cgroup { int level; struct kernfs_node *kn; struct cgroup_root *root; };
struct kernfs_node { u64 id; };
struct bpf_iter__bpf_map_elem {
	union { struct bpf_iter_meta *meta; }; union { void *key; }; union { void *value; };
};
struct request_queue { struct elevator_queue *elevator; };
struct kiocb { struct file *ki_filp; loff_t ki_pos; };
struct trace_event_raw_inet_sock_set_state {
	struct trace_entry ent; const void *skaddr; int oldstate; int newstate; __u16 sport; __u16 dport;
	__u16 family; __u16 protocol; __u8 saddr[4]; __u8 daddr[4]; __u8 saddr_v6[16]; __u8 daddr_v6[16];
	char __data[0];
};
struct ipv6_pinfo { struct in6_addr saddr; };
struct files_struct { struct fdtable *fdt; };
struct fdtable { unsigned int max_fds; struct file **fd; };
struct signal_struct { atomic_t live; struct tty_struct *tty; short int oom_score_adj; };
struct bpf_prog { enum bpf_prog_type type; struct bpf_prog_aux *aux; };
struct bpf_prog_aux { u32 id; char name[16]; };
struct bpf_map { enum bpf_map_type map_type; u32 id; char name[16]; };
struct tcp_skb_cb { __u32 end_seq; __u16 tcp_flags; };
struct irqaction { const char *name; };
struct trace_event_raw_mm_page_alloc {
	struct trace_entry ent; unsigned long pfn; unsigned int order; unsigned long gfp_flags; int migratetype;
	char __data[0];
};
struct trace_event_raw_mm_page_free { unsigned long pfn; };
typedef __kernel_size_t size_t;
struct trace_event_raw_percpu_alloc_percpu { void *ptr; size_t bytes_alloc; };
struct trace_event_raw_percpu_free_percpu { void *ptr; };
struct oom_control { unsigned long totalpages; struct task_struct *chosen; };
struct trace_event_raw_signal_generate {
	struct trace_entry ent; int sig; int errno; int code; char comm[16]; pid_t pid; int group; int result;
	char __data[0];
};
typedef __kernel_sa_family_t sa_family_t;
struct sockaddr { sa_family_t sa_family; };
struct trace_event_raw_sched_switch {
	struct trace_entry ent; char prev_comm[16]; pid_t prev_pid; int prev_prio; long int prev_state;
	char next_comm[16]; pid_t next_pid; int next_prio; char __data[0];
};
struct bpf_iter__tcp { union { struct bpf_iter_meta *meta; }; union { struct sock_common *sk_common; }; };
struct s {  };
struct linux_binprm {
	struct mm_struct *mm; struct file *file; struct cred *cred; int argc; int envc; const char *filename;
	const char *interp;
};
struct perf_event { struct perf_event *parent; u64 id; struct trace_event_call *tp_event; };
struct user_namespace { struct user_namespace *parent; int level; struct ns_common ns; };
struct iovec { void *iov_base; __kernel_size_t iov_len; };
struct spinlock {  };
typedef struct spinlock spinlock_t;
typedef void __signalfn_t(int);
typedef __signalfn_t *__sighandler_t;
typedef struct { unsigned long sig[1]; } sigset_t;
struct sigaction { __sighandler_t sa_handler; unsigned long sa_flags; sigset_t sa_mask; };
struct k_sigaction { struct sigaction sa; };
struct sighand_struct { spinlock_t siglock; struct k_sigaction action[64]; };
struct fsnotify_event {  };
struct fanotify_event {
	struct fsnotify_event fse; u32 mask; struct { unsigned int type : 3; }; struct pid *pid;
};
struct scm_timestamping_internal { struct timespec64 ts[3]; };
struct nf_conn { unsigned long status; };
struct nlmsghdr { __u16 nlmsg_type; };
struct netlink_callback { const struct nlmsghdr *nlh; };
struct netlink_sock { struct sock sk; struct netlink_callback cb; };
struct block_device { struct gendisk *bd_disk; };
struct open_how { __u64 flags; __u64 mode; };
typedef struct { unsigned long f; } memdesc_flags_t;
struct page { memdesc_flags_t flags; };
struct folio { union { struct page page; }; };
struct cfs_rq { unsigned int nr_queued; struct rq *rq; };
struct rq { unsigned int nr_running; union { struct task_struct *curr; }; int cpu; };
struct kmem_cache { unsigned int size; const char *name; };
struct trace_event_raw_tcp_event_sk {
	struct trace_entry ent; const void *skaddr; __u16 sport; __u16 dport; __u16 family; __u8 saddr[4];
	__u8 daddr[4]; __u8 saddr_v6[16]; __u8 daddr_v6[16]; __u64 sock_cookie; char __data[0];
};
struct linux_dirent64 { unsigned short d_reclen; char d_name[0]; };
struct qdisc_skb_cb { struct { unsigned int pkt_len; }; };
struct qdisc_skb_head { __u32 qlen; };
struct gnet_stats_queue { __u32 backlog; };
struct Qdisc { u32 limit; struct qdisc_skb_head q; struct gnet_stats_queue qstats; };
struct new_utsname { char nodename[65]; };
struct uts_namespace { struct new_utsname name; struct ns_common ns; };
struct __kernel_timespec {  };
struct sockaddr_un { __kernel_sa_family_t sun_family; char sun_path[108]; };
struct unix_sock { struct unix_address *addr; };
struct unix_address { int len; struct sockaddr_un name[0]; };
struct fork_frame { struct pt_regs regs; };
typedef unsigned long vm_flags_t;
struct vm_area_struct {
	union { struct { unsigned long vm_start; unsigned long vm_end; }; }; struct mm_struct *vm_mm;
	union { const vm_flags_t vm_flags; }; struct file *vm_file; void *vm_private_data;
};
struct rb_node { struct rb_node *rb_right; struct rb_node *rb_left; };
struct latch_tree_node { struct rb_node node[2]; };
struct list_head { struct list_head *next; };
struct module_memory {  };
struct module {
	struct list_head list; char name[56]; const char *version; const char *srcversion;
	struct module_memory mem[7];
};
struct kset { struct list_head list; };
struct kobject { const char *name; struct list_head entry; };
struct module_kobject { struct kobject kobj; struct module *mod; };
struct seqcount { unsigned int sequence; };
typedef struct seqcount seqcount_t;
typedef struct { seqcount_t seqcount; } seqcount_latch_t;
struct latch_tree_root { seqcount_latch_t seq; struct rb_root tree[2]; };
struct seq_operations {
	void *(*start)(struct seq_file *, loff_t *); void (*stop)(struct seq_file *, void *);
	void *(*next)(struct seq_file *, void *, loff_t *); int (*show)(struct seq_file *, void *);
};
struct trace_event_call {
	struct trace_event_class *class; union { const char *name; struct tracepoint *tp; };
	union { void *module; }; int flags;
};
struct trace_event_class { const char *system; };
struct trace_probe_event { struct trace_event_call call; struct list_head probes; };
struct trace_probe { struct list_head list; };
typedef int kprobe_opcode_t;
typedef int (*kprobe_pre_handler_t)(struct kprobe *, struct pt_regs *);
typedef void (*kprobe_post_handler_t)(struct kprobe *, struct pt_regs *, unsigned long);
struct kprobe {
	kprobe_opcode_t *addr; const char *symbol_name; kprobe_pre_handler_t pre_handler;
	kprobe_post_handler_t post_handler;
};
struct uprobe_task {  };
struct uprobe_consumer {
	int (*ret_handler)(struct uprobe_consumer *, unsigned long, struct pt_regs *, __u64 *);
};
struct trace_uprobe {
	struct uprobe_consumer consumer; char *filename; unsigned long offset; struct trace_probe tp;
};
struct tracepoint { const char *name; };
struct cgroup_root { int hierarchy_id; };
struct ipc_namespace { struct ns_common ns; };
struct cgroup_namespace { struct ns_common ns; };
typedef __kernel_ssize_t ssize_t;
struct file_operations {
	ssize_t (*write_iter)(struct kiocb *, struct iov_iter *);
	int (*iterate_shared)(struct file *, struct dir_context *);
};
struct bpf_insn { __s32 imm; };
struct device { struct kobject kobj; struct device *parent; };
struct alloc_context {  };
typedef unsigned int pipe_index_t;
struct pipe_inode_info {
	union { struct { pipe_index_t head; }; }; unsigned int ring_size; struct pipe_buffer *bufs;
};
struct pipe_buffer { unsigned int offset; unsigned int len; unsigned int flags; };
struct public_key_signature {  };
struct rlimit { __kernel_ulong_t rlim_cur; __kernel_ulong_t rlim_max; };
struct timezone { int tz_minuteswest; int tz_dsttime; };
struct prctl_mm_map {
	__u64 start_code; __u64 end_code; __u64 start_data; __u64 end_data; __u64 start_brk; __u64 brk;
	__u64 start_stack; __u64 arg_start; __u64 arg_end; __u64 env_start; __u64 env_end; __u64 *auxv;
	__u32 auxv_size; __u32 exe_fd;
};
struct vm_special_mapping { const char *name; };
struct file_system_type { const char *name; };
struct inotify_event_info {
	struct fsnotify_event fse; u32 mask; int wd; u32 sync_cookie; int name_len; char name[0];
};
struct fanotify_group_private_data { int flags; int f_flags; };
struct fsnotify_group { union { struct fanotify_group_private_data fanotify_data; }; };
struct fanotify_path_event { struct fanotify_event fae; struct path path; };
struct fanotify_perm_event {
	struct fanotify_event fae; struct path path; u32 response; unsigned short state;
};
struct netdev_queue { struct net_device *dev; };
struct socket_alloc { struct socket socket; struct inode vfs_inode; };
struct inet_timewait_sock { struct sock_common __tw_common; unsigned char tw_substate; __be16 tw_sport; };
struct tcp_timewait_sock { struct inet_timewait_sock tw_sk; };
struct request_sock { struct sock_common __req_common; struct sock *sk; };
struct inet_request_sock { struct request_sock req; };
struct tcp_request_sock { struct inet_request_sock req; };
struct bpf_iter__udp { union { struct bpf_iter_meta *meta; }; union { struct udp_sock *udp_sk; }; };
struct udp_sock { struct inet_sock inet; };
struct trace_event_raw_sched_process_template {
	struct trace_entry ent; u32 __data_loc_comm; pid_t pid; int prio; char __data[0];
};
struct tty_struct { int index; struct tty_driver *driver; };
struct tty_driver { int major; int minor_start; };
enum skb_drop_reason {
	SKB_NOT_DROPPED_YET = 0, SKB_CONSUMED = 1, SKB_DROP_REASON_NOT_SPECIFIED = 2,
	SKB_DROP_REASON_NO_SOCKET = 3, SKB_DROP_REASON_SOCKET_CLOSE = 4, SKB_DROP_REASON_SOCKET_FILTER = 5,
	SKB_DROP_REASON_SOCKET_RCVBUFF = 6, SKB_DROP_REASON_UNIX_DISCONNECT = 7,
	SKB_DROP_REASON_UNIX_SKIP_OOB = 8, SKB_DROP_REASON_PKT_TOO_SMALL = 9, SKB_DROP_REASON_TCP_CSUM = 10,
	SKB_DROP_REASON_UDP_CSUM = 11, SKB_DROP_REASON_NETFILTER_DROP = 12, SKB_DROP_REASON_OTHERHOST = 13,
	SKB_DROP_REASON_IP_CSUM = 14, SKB_DROP_REASON_IP_INHDR = 15, SKB_DROP_REASON_IP_RPFILTER = 16,
	SKB_DROP_REASON_UNICAST_IN_L2_MULTICAST = 17, SKB_DROP_REASON_XFRM_POLICY = 18,
	SKB_DROP_REASON_IP_NOPROTO = 19, SKB_DROP_REASON_PROTO_MEM = 20, SKB_DROP_REASON_TCP_AUTH_HDR = 21,
	SKB_DROP_REASON_TCP_MD5NOTFOUND = 22, SKB_DROP_REASON_TCP_MD5UNEXPECTED = 23,
	SKB_DROP_REASON_TCP_MD5FAILURE = 24, SKB_DROP_REASON_TCP_AONOTFOUND = 25,
	SKB_DROP_REASON_TCP_AOUNEXPECTED = 26, SKB_DROP_REASON_TCP_AOKEYNOTFOUND = 27,
	SKB_DROP_REASON_TCP_AOFAILURE = 28, SKB_DROP_REASON_SOCKET_BACKLOG = 29, SKB_DROP_REASON_TCP_FLAGS = 30,
	SKB_DROP_REASON_TCP_ABORT_ON_DATA = 31, SKB_DROP_REASON_TCP_ZEROWINDOW = 32,
	SKB_DROP_REASON_TCP_OLD_DATA = 33, SKB_DROP_REASON_TCP_OVERWINDOW = 34,
	SKB_DROP_REASON_TCP_OFOMERGE = 35, SKB_DROP_REASON_TCP_RFC7323_PAWS = 36,
	SKB_DROP_REASON_TCP_RFC7323_PAWS_ACK = 37, SKB_DROP_REASON_TCP_RFC7323_TW_PAWS = 38,
	SKB_DROP_REASON_TCP_RFC7323_TSECR = 39, SKB_DROP_REASON_TCP_LISTEN_OVERFLOW = 40,
	SKB_DROP_REASON_TCP_OLD_SEQUENCE = 41, SKB_DROP_REASON_TCP_INVALID_SEQUENCE = 42,
	SKB_DROP_REASON_TCP_INVALID_END_SEQUENCE = 43, SKB_DROP_REASON_TCP_INVALID_ACK_SEQUENCE = 44,
	SKB_DROP_REASON_TCP_RESET = 45, SKB_DROP_REASON_TCP_INVALID_SYN = 46, SKB_DROP_REASON_TCP_CLOSE = 47,
	SKB_DROP_REASON_TCP_FASTOPEN = 48, SKB_DROP_REASON_TCP_OLD_ACK = 49,
	SKB_DROP_REASON_TCP_TOO_OLD_ACK = 50, SKB_DROP_REASON_TCP_ACK_UNSENT_DATA = 51,
	SKB_DROP_REASON_TCP_OFO_QUEUE_PRUNE = 52, SKB_DROP_REASON_TCP_OFO_DROP = 53,
	SKB_DROP_REASON_IP_OUTNOROUTES = 54, SKB_DROP_REASON_BPF_CGROUP_EGRESS = 55,
	SKB_DROP_REASON_IPV6DISABLED = 56, SKB_DROP_REASON_NEIGH_CREATEFAIL = 57,
	SKB_DROP_REASON_NEIGH_FAILED = 58, SKB_DROP_REASON_NEIGH_QUEUEFULL = 59,
	SKB_DROP_REASON_NEIGH_DEAD = 60, SKB_DROP_REASON_NEIGH_HH_FILLFAIL = 61, SKB_DROP_REASON_TC_EGRESS = 62,
	SKB_DROP_REASON_SECURITY_HOOK = 63, SKB_DROP_REASON_QDISC_DROP = 64,
	SKB_DROP_REASON_QDISC_OVERLIMIT = 65, SKB_DROP_REASON_QDISC_CONGESTED = 66,
	SKB_DROP_REASON_CAKE_FLOOD = 67, SKB_DROP_REASON_FQ_BAND_LIMIT = 68,
	SKB_DROP_REASON_FQ_HORIZON_LIMIT = 69, SKB_DROP_REASON_FQ_FLOW_LIMIT = 70,
	SKB_DROP_REASON_CPU_BACKLOG = 71, SKB_DROP_REASON_XDP = 72, SKB_DROP_REASON_TC_INGRESS = 73,
	SKB_DROP_REASON_UNHANDLED_PROTO = 74, SKB_DROP_REASON_SKB_CSUM = 75, SKB_DROP_REASON_SKB_GSO_SEG = 76,
	SKB_DROP_REASON_SKB_UCOPY_FAULT = 77, SKB_DROP_REASON_DEV_HDR = 78, SKB_DROP_REASON_DEV_READY = 79,
	SKB_DROP_REASON_FULL_RING = 80, SKB_DROP_REASON_NOMEM = 81, SKB_DROP_REASON_HDR_TRUNC = 82,
	SKB_DROP_REASON_TAP_FILTER = 83, SKB_DROP_REASON_TAP_TXFILTER = 84, SKB_DROP_REASON_ICMP_CSUM = 85,
	SKB_DROP_REASON_INVALID_PROTO = 86, SKB_DROP_REASON_IP_INADDRERRORS = 87,
	SKB_DROP_REASON_IP_INNOROUTES = 88, SKB_DROP_REASON_IP_LOCAL_SOURCE = 89,
	SKB_DROP_REASON_IP_INVALID_SOURCE = 90, SKB_DROP_REASON_IP_LOCALNET = 91,
	SKB_DROP_REASON_IP_INVALID_DEST = 92, SKB_DROP_REASON_PKT_TOO_BIG = 93, SKB_DROP_REASON_DUP_FRAG = 94,
	SKB_DROP_REASON_FRAG_REASM_TIMEOUT = 95, SKB_DROP_REASON_FRAG_TOO_FAR = 96,
	SKB_DROP_REASON_TCP_MINTTL = 97, SKB_DROP_REASON_IPV6_BAD_EXTHDR = 98,
	SKB_DROP_REASON_IPV6_NDISC_FRAG = 99, SKB_DROP_REASON_IPV6_NDISC_HOP_LIMIT = 100,
	SKB_DROP_REASON_IPV6_NDISC_BAD_CODE = 101, SKB_DROP_REASON_IPV6_NDISC_BAD_OPTIONS = 102,
	SKB_DROP_REASON_IPV6_NDISC_NS_OTHERHOST = 103, SKB_DROP_REASON_QUEUE_PURGE = 104,
	SKB_DROP_REASON_TC_COOKIE_ERROR = 105, SKB_DROP_REASON_PACKET_SOCK_ERROR = 106,
	SKB_DROP_REASON_TC_CHAIN_NOTFOUND = 107, SKB_DROP_REASON_TC_RECLASSIFY_LOOP = 108,
	SKB_DROP_REASON_VXLAN_INVALID_HDR = 109, SKB_DROP_REASON_VXLAN_VNI_NOT_FOUND = 110,
	SKB_DROP_REASON_MAC_INVALID_SOURCE = 111, SKB_DROP_REASON_VXLAN_ENTRY_EXISTS = 112,
	SKB_DROP_REASON_NO_TX_TARGET = 113, SKB_DROP_REASON_IP_TUNNEL_ECN = 114,
	SKB_DROP_REASON_TUNNEL_TXINFO = 115, SKB_DROP_REASON_LOCAL_MAC = 116,
	SKB_DROP_REASON_ARP_PVLAN_DISABLE = 117, SKB_DROP_REASON_MAC_IEEE_MAC_CONTROL = 118,
	SKB_DROP_REASON_BRIDGE_INGRESS_STP_STATE = 119, SKB_DROP_REASON_CAN_RX_INVALID_FRAME = 120,
	SKB_DROP_REASON_CANFD_RX_INVALID_FRAME = 121, SKB_DROP_REASON_CANXL_RX_INVALID_FRAME = 122,
	SKB_DROP_REASON_PFMEMALLOC = 123, SKB_DROP_REASON_DUALPI2_STEP_DROP = 124,
	SKB_DROP_REASON_PSP_INPUT = 125, SKB_DROP_REASON_PSP_OUTPUT = 126,
	SKB_DROP_REASON_RECURSION_LIMIT = 127, SKB_DROP_REASON_MAX = 128,
	SKB_DROP_REASON_SUBSYS_MASK = 4294901760,
};
struct trace_event_raw_kfree_skb {
	struct trace_entry ent; void *skbaddr; void *location; void *rx_sk; unsigned short protocol;
	enum skb_drop_reason reason; char __data[0];
};
typedef __u8 u8;
struct iov_iter {
	u8 iter_type; bool data_source;
	union { struct iovec __ubuf_iovec; struct { union { const struct iovec *__iov; void *ubuf; }; size_t count; }; };
};
struct trace_event_raw_block_rq {
	struct trace_entry ent; dev_t dev; sector_t sector; unsigned int nr_sector; unsigned int bytes;
	unsigned short ioprio; char rwbs[10]; char comm[16]; u32 __data_loc_cmd; char __data[0];
};
struct vlan_hdr { __be16 h_vlan_encapsulated_proto; };
struct btf { u32 id; };
enum bpf_link_type {
	BPF_LINK_TYPE_UNSPEC = 0, BPF_LINK_TYPE_RAW_TRACEPOINT = 1, BPF_LINK_TYPE_TRACING = 2,
	BPF_LINK_TYPE_CGROUP = 3, BPF_LINK_TYPE_ITER = 4, BPF_LINK_TYPE_NETNS = 5, BPF_LINK_TYPE_XDP = 6,
	BPF_LINK_TYPE_PERF_EVENT = 7, BPF_LINK_TYPE_KPROBE_MULTI = 8, BPF_LINK_TYPE_STRUCT_OPS = 9,
	BPF_LINK_TYPE_NETFILTER = 10, BPF_LINK_TYPE_TCX = 11, BPF_LINK_TYPE_UPROBE_MULTI = 12,
	BPF_LINK_TYPE_NETKIT = 13, BPF_LINK_TYPE_SOCKMAP = 14, __MAX_BPF_LINK_TYPE = 15,
};
struct bpf_link { u32 id; enum bpf_link_type type; };
struct trace_event_raw_irq_handler_entry {
	struct trace_entry ent; int irq; u32 __data_loc_name; char __data[0];
};
struct trace_event_raw_irq_handler_exit { struct trace_entry ent; int irq; int ret; char __data[0]; };
struct trace_event_raw_softirq { struct trace_entry ent; unsigned int vec; char __data[0]; };
struct trace_event_raw_workqueue_execute_start {
	struct trace_entry ent; void *work; void *function; char __data[0];
};
struct trace_event_raw_workqueue_execute_end {
	struct trace_entry ent; void *work; void *function; char __data[0];
};
struct trace_event_raw_workqueue_activate_work {
	struct trace_entry ent; void *work; void *function; char __data[0];
};
typedef struct { s64 counter; } atomic64_t;
typedef atomic64_t atomic_long_t;
struct mutex { atomic_long_t owner; };
struct bpf_perf_event_data_kern { struct perf_sample_data *data; struct perf_event *event; };
union perf_sample_weight {  };
union perf_mem_data_src {  };
struct perf_sample_data {
	u64 period; struct { u32 pid; u32 tid; } tid_entry; u64 time; u64 id;
	struct { u32 cpu; u32 reserved; } cpu_entry; u64 ip; union perf_sample_weight weight;
	union perf_mem_data_src data_src; u64 txn; u64 cgroup; u64 addr; u64 phys_addr; u64 data_page_size;
	u64 code_page_size;
};
struct xdp_buff { void *data; void *data_end; struct xdp_rxq_info *rxq; };
struct xdp_rxq_info { struct net_device *dev; u32 queue_index; };
struct flow_offload_tuple {
	union { struct in_addr src_v4; struct in6_addr src_v6; };
	union { struct in_addr dst_v4; struct in6_addr dst_v6; }; struct { __be16 src_port; __be16 dst_port; };
	u8 dir : 2; u8 xmit_type : 3;
};
struct flow_offload_tuple_rhash { struct flow_offload_tuple tuple; };
struct flow_offload { struct flow_offload_tuple_rhash tuplehash[2]; unsigned long flags; };
struct seq_file { char *buf; size_t size; size_t count; void *private; };
struct bvec_iter {  };
struct bio { blk_opf_t bi_opf; struct bvec_iter bi_iter; };
struct trace_event_raw_signal_deliver {
	struct trace_entry ent; int sig; int errno; int code; unsigned long sa_handler; unsigned long sa_flags;
	char __data[0];
};
struct trace_event_raw_workqueue_queue_work {
	struct trace_entry ent; void *work; void *function; u32 __data_loc_workqueue; int req_cpu; int cpu;
	char __data[0];
};
struct trace_event_raw_sched_kthread_stop {
	struct trace_entry ent; u32 __data_loc_comm; pid_t pid; char __data[0];
};
struct trace_event_raw_sched_kthread_stop_ret { struct trace_entry ent; int ret; char __data[0]; };
struct trace_event_raw_sched_kthread_work_queue_work {
	struct trace_entry ent; void *work; void *function; void *worker; char __data[0];
};
struct trace_event_raw_sched_kthread_work_execute_start {
	struct trace_entry ent; void *work; void *function; char __data[0];
};
struct trace_event_raw_sched_kthread_work_execute_end {
	struct trace_entry ent; void *work; void *function; char __data[0];
};
struct trace_event_raw_sched_wakeup_template {
	struct trace_entry ent; char comm[16]; pid_t pid; int prio; int target_cpu; char __data[0];
};
struct trace_event_raw_sched_migrate_task {
	struct trace_entry ent; u32 __data_loc_comm; pid_t pid; int prio; int orig_cpu; int dest_cpu;
	char __data[0];
};
struct trace_event_raw_sched_process_exit {
	struct trace_entry ent; char comm[16]; pid_t pid; int prio; bool group_dead; char __data[0];
};
struct trace_event_raw_sched_process_wait {
	struct trace_entry ent; u32 __data_loc_comm; pid_t pid; int prio; char __data[0];
};
struct trace_event_raw_sched_process_fork {
	struct trace_entry ent; u32 __data_loc_parent_comm; pid_t parent_pid; u32 __data_loc_child_comm;
	pid_t child_pid; char __data[0];
};
struct trace_event_raw_sched_prepare_exec {
	struct trace_entry ent; u32 __data_loc_interp; u32 __data_loc_filename; pid_t pid; u32 __data_loc_comm;
	char __data[0];
};
struct trace_event_raw_sched_stat_runtime {
	struct trace_entry ent; u32 __data_loc_comm; pid_t pid; u64 runtime; char __data[0];
};
struct trace_event_raw_sched_pi_setprio {
	struct trace_entry ent; u32 __data_loc_comm; pid_t pid; int oldprio; int newprio; char __data[0];
};
struct trace_event_raw_sched_process_hang {
	struct trace_entry ent; u32 __data_loc_comm; pid_t pid; char __data[0];
};
struct trace_event_raw_sched_move_numa {
	struct trace_entry ent; pid_t pid; pid_t tgid; pid_t ngid; int src_cpu; int src_nid; int dst_cpu;
	int dst_nid; char __data[0];
};
struct trace_event_raw_sched_numa_pair_template {
	struct trace_entry ent; pid_t src_pid; pid_t src_tgid; pid_t src_ngid; int src_cpu; int src_nid;
	pid_t dst_pid; pid_t dst_tgid; pid_t dst_ngid; int dst_cpu; int dst_nid; char __data[0];
};
enum numa_vmaskip_reason {
	NUMAB_SKIP_UNSUITABLE = 0, NUMAB_SKIP_SHARED_RO = 1, NUMAB_SKIP_INACCESSIBLE = 2,
	NUMAB_SKIP_SCAN_DELAY = 3, NUMAB_SKIP_PID_INACTIVE = 4, NUMAB_SKIP_IGNORE_PID = 5,
	NUMAB_SKIP_SEQ_COMPLETED = 6,
};
struct trace_event_raw_sched_skip_vma_numa {
	struct trace_entry ent; unsigned long numa_scan_offset; unsigned long vm_start; unsigned long vm_end;
	enum numa_vmaskip_reason reason; char __data[0];
};
struct trace_event_raw_sched_skip_cpuset_numa {
	struct trace_entry ent; char comm[16]; pid_t pid; pid_t tgid; pid_t ngid; unsigned long mem_allowed[16];
	char __data[0];
};
struct trace_event_raw_sched_wake_idle_without_ipi { struct trace_entry ent; int cpu; char __data[0]; };
struct trace_event_raw_timer_class { struct trace_entry ent; void *timer; char __data[0]; };
struct trace_event_raw_timer_start {
	struct trace_entry ent; void *timer; void *function; unsigned long expires; unsigned long bucket_expiry;
	unsigned long now; unsigned int flags; char __data[0];
};
struct trace_event_raw_timer_expire_entry {
	struct trace_entry ent; void *timer; unsigned long now; void *function; unsigned long baseclk;
	char __data[0];
};
struct trace_event_raw_timer_base_idle {
	struct trace_entry ent; bool is_idle; unsigned int cpu; char __data[0];
};
typedef int __kernel_clockid_t;
typedef __kernel_clockid_t clockid_t;
enum hrtimer_mode {
	HRTIMER_MODE_ABS = 0, HRTIMER_MODE_REL = 1, HRTIMER_MODE_PINNED = 2, HRTIMER_MODE_SOFT = 4,
	HRTIMER_MODE_HARD = 8, HRTIMER_MODE_ABS_PINNED = 2, HRTIMER_MODE_REL_PINNED = 3,
	HRTIMER_MODE_ABS_SOFT = 4, HRTIMER_MODE_REL_SOFT = 5, HRTIMER_MODE_ABS_PINNED_SOFT = 6,
	HRTIMER_MODE_REL_PINNED_SOFT = 7, HRTIMER_MODE_ABS_HARD = 8, HRTIMER_MODE_REL_HARD = 9,
	HRTIMER_MODE_ABS_PINNED_HARD = 10, HRTIMER_MODE_REL_PINNED_HARD = 11,
};
struct trace_event_raw_hrtimer_setup {
	struct trace_entry ent; void *hrtimer; clockid_t clockid; enum hrtimer_mode mode; char __data[0];
};
struct trace_event_raw_hrtimer_start {
	struct trace_entry ent; void *hrtimer; void *function; s64 expires; s64 softexpires;
	enum hrtimer_mode mode; bool was_armed; char __data[0];
};
struct trace_event_raw_hrtimer_expire_entry {
	struct trace_entry ent; void *hrtimer; s64 now; void *function; char __data[0];
};
struct trace_event_raw_hrtimer_class { struct trace_entry ent; void *hrtimer; char __data[0]; };
struct trace_event_raw_kmem_cache_alloc {
	struct trace_entry ent; unsigned long call_site; const void *ptr; u32 __data_loc_name; size_t bytes_req;
	size_t bytes_alloc; unsigned long gfp_flags; int node; bool accounted; char __data[0];
};
struct trace_event_raw_kmalloc {
	struct trace_entry ent; unsigned long call_site; const void *ptr; size_t bytes_req; size_t bytes_alloc;
	unsigned long gfp_flags; int node; char __data[0];
};
struct trace_event_raw_kfree {
	struct trace_entry ent; unsigned long call_site; const void *ptr; char __data[0];
};
struct trace_event_raw_kmem_cache_free {
	struct trace_entry ent; unsigned long call_site; const void *ptr; u32 __data_loc_name; char __data[0];
};
struct trace_event_raw_mm_page_alloc_extfrag {
	struct trace_entry ent; unsigned long pfn; int alloc_order; int fallback_order; int alloc_migratetype;
	int fallback_migratetype; int change_ownership; char __data[0];
};
struct trace_event_raw_block_rq_requeue {
	struct trace_entry ent; dev_t dev; sector_t sector; unsigned int nr_sector; unsigned short ioprio;
	char rwbs[10]; u32 __data_loc_cmd; char __data[0];
};
struct trace_event_raw_block_rq_completion {
	struct trace_entry ent; dev_t dev; sector_t sector; unsigned int nr_sector; int error;
	unsigned short ioprio; char rwbs[10]; u32 __data_loc_cmd; char __data[0];
};
struct trace_event_raw_block_rq_remap {
	struct trace_entry ent; dev_t dev; sector_t sector; unsigned int nr_sector; dev_t old_dev;
	sector_t old_sector; unsigned int nr_bios; char rwbs[10]; char __data[0];
};
struct trace_event_raw_net_dev_start_xmit {
	struct trace_entry ent; u32 __data_loc_name; u16 queue_mapping; const void *skbaddr; bool vlan_tagged;
	u16 vlan_proto; u16 vlan_tci; u16 protocol; u8 ip_summed; unsigned int len; unsigned int data_len;
	int network_offset; bool transport_offset_valid; int transport_offset; u8 tx_flags; u16 gso_size;
	u16 gso_segs; u16 gso_type; char __data[0];
};
struct trace_event_raw_net_dev_xmit {
	struct trace_entry ent; void *skbaddr; unsigned int len; int rc; u32 __data_loc_name; char __data[0];
};
struct trace_event_raw_net_dev_xmit_timeout {
	struct trace_entry ent; u32 __data_loc_name; u32 __data_loc_driver; int queue_index; char __data[0];
};
struct trace_event_raw_net_dev_template {
	struct trace_entry ent; void *skbaddr; unsigned int len; u32 __data_loc_name; char __data[0];
};
struct trace_event_raw_net_dev_rx_verbose_template {
	struct trace_entry ent; u32 __data_loc_name; unsigned int napi_id; u16 queue_mapping;
	const void *skbaddr; bool vlan_tagged; u16 vlan_proto; u16 vlan_tci; u16 protocol; u8 ip_summed;
	u32 hash; bool l4_hash; unsigned int len; unsigned int data_len; unsigned int truesize;
	bool mac_header_valid; int mac_header; unsigned char nr_frags; u16 gso_size; u16 gso_type;
	char __data[0];
};
struct trace_event_raw_net_dev_rx_exit_template { struct trace_entry ent; int ret; char __data[0]; };
struct trace_event_raw_tcp_retransmit_skb {
	struct trace_entry ent; const void *skbaddr; const void *skaddr; int state; __u16 sport; __u16 dport;
	__u16 family; __u8 saddr[4]; __u8 daddr[4]; __u8 saddr_v6[16]; __u8 daddr_v6[16]; int err;
	char __data[0];
};
enum sk_rst_reason {
	SK_RST_REASON_NOT_SPECIFIED = 0, SK_RST_REASON_NO_SOCKET = 1,
	SK_RST_REASON_TCP_INVALID_ACK_SEQUENCE = 2, SK_RST_REASON_TCP_RFC7323_PAWS = 3,
	SK_RST_REASON_TCP_TOO_OLD_ACK = 4, SK_RST_REASON_TCP_ACK_UNSENT_DATA = 5, SK_RST_REASON_TCP_FLAGS = 6,
	SK_RST_REASON_TCP_OLD_ACK = 7, SK_RST_REASON_TCP_ABORT_ON_DATA = 8,
	SK_RST_REASON_TCP_TIMEWAIT_SOCKET = 9, SK_RST_REASON_INVALID_SYN = 10,
	SK_RST_REASON_TCP_ABORT_ON_CLOSE = 11, SK_RST_REASON_TCP_ABORT_ON_LINGER = 12,
	SK_RST_REASON_TCP_ABORT_ON_MEMORY = 13, SK_RST_REASON_TCP_STATE = 14,
	SK_RST_REASON_TCP_KEEPALIVE_TIMEOUT = 15, SK_RST_REASON_TCP_DISCONNECT_WITH_DATA = 16,
	SK_RST_REASON_MPTCP_RST_EUNSPEC = 17, SK_RST_REASON_MPTCP_RST_EMPTCP = 18,
	SK_RST_REASON_MPTCP_RST_ERESOURCE = 19, SK_RST_REASON_MPTCP_RST_EPROHIBIT = 20,
	SK_RST_REASON_MPTCP_RST_EWQ2BIG = 21, SK_RST_REASON_MPTCP_RST_EBADPERF = 22,
	SK_RST_REASON_MPTCP_RST_EMIDDLEBOX = 23, SK_RST_REASON_ERROR = 24, SK_RST_REASON_MAX = 25,
};
struct trace_event_raw_tcp_send_reset {
	struct trace_entry ent; const void *skbaddr; const void *skaddr; int state; enum sk_rst_reason reason;
	__u8 saddr[28]; __u8 daddr[28]; char __data[0];
};
struct trace_event_raw_tcp_rcvbuf_grow {
	struct trace_entry ent; int time; __u32 rtt_us; __u32 copied; __u32 inq; __u32 space; __u32 ooo_space;
	__u32 rcvbuf; __u32 rcv_ssthresh; __u32 window_clamp; __u32 rcv_wnd; __u8 scaling_ratio; __u16 sport;
	__u16 dport; __u16 family; __u8 saddr[4]; __u8 daddr[4]; __u8 saddr_v6[16]; __u8 daddr_v6[16];
	const void *skaddr; __u64 sock_cookie; char __data[0];
};
struct trace_event_raw_tcp_retransmit_synack {
	struct trace_entry ent; const void *skaddr; const void *req; __u16 sport; __u16 dport; __u16 family;
	__u8 saddr[4]; __u8 daddr[4]; __u8 saddr_v6[16]; __u8 daddr_v6[16]; char __data[0];
};
struct trace_event_raw_tcp_sendmsg_locked {
	struct trace_entry ent; const void *skb_addr; int skb_len; int msg_left; int size_goal; char __data[0];
};
struct trace_event_raw_tcp_probe {
	struct trace_entry ent; __u8 saddr[28]; __u8 daddr[28]; __u16 sport; __u16 dport; __u16 family;
	__u32 mark; __u16 data_len; __u32 snd_nxt; __u32 snd_una; __u32 snd_cwnd; __u32 ssthresh; __u32 snd_wnd;
	__u32 srtt; __u32 rcv_wnd; __u64 sock_cookie; const void *skbaddr; const void *skaddr; char __data[0];
};
struct trace_event_raw_tcp_event_skb {
	struct trace_entry ent; const void *skbaddr; __u8 saddr[28]; __u8 daddr[28]; char __data[0];
};
struct trace_event_raw_tcp_cong_state_set {
	struct trace_entry ent; const void *skaddr; __u16 sport; __u16 dport; __u16 family; __u8 saddr[4];
	__u8 daddr[4]; __u8 saddr_v6[16]; __u8 daddr_v6[16]; __u8 cong_state; char __data[0];
};
struct trace_event_raw_tcp_hash_event {
	struct trace_entry ent; __u64 net_cookie; const void *skbaddr; const void *skaddr; int state;
	__u8 saddr[28]; __u8 daddr[28]; int l3index; __u16 sport; __u16 dport; __u16 family; bool fin; bool syn;
	bool rst; bool psh; bool ack; char __data[0];
};
struct trace_event_raw_tcp_ao_event {
	struct trace_entry ent; __u64 net_cookie; const void *skbaddr; const void *skaddr; int state;
	__u8 saddr[28]; __u8 daddr[28]; int l3index; __u16 sport; __u16 dport; __u16 family; bool fin; bool syn;
	bool rst; bool psh; bool ack; __u8 keyid; __u8 rnext; __u8 maclen; char __data[0];
};
`;
