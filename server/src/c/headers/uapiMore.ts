/** User headers of the kernel that some programs ask for; their constants are in uapiNumbers.ts. Source: include/uapi, v6.18; the text is ours. */

import { STDDEF } from './compilerHeaders.ts';
import { BYTEORDER } from './uapiTypes.ts';

export const PKT_SCHED = `#pragma once
#include <linux/types.h>
#define TC_H_MAJ(h) ((h) & 0xffff0000U)
#define TC_H_MIN(h) ((h) & 0x0000ffffU)
#define TC_H_MAKE(major, minor) (((major) & 0xffff0000U) | ((minor) & 0x0000ffffU))
`;

export const MPLS = `#pragma once
#include <linux/types.h>
struct mpls_label {
	__be32 entry;
};
`;

export const NETFILTER = `#pragma once
#include <linux/types.h>
#include <linux/in.h>
#include <linux/in6.h>
union nf_inet_addr {
	__u32 all[4];
	__be32 ip;
	__be32 ip6[4];
	struct in_addr in;
	struct in6_addr in6;
};
`;

export const IF_TUNNEL = `#pragma once
#include <linux/types.h>
#include <linux/if.h>
#include <linux/ip.h>
#include <linux/in6.h>
struct ip_tunnel_parm {
	char name[IFNAMSIZ];
	int link;
	__be16 i_flags;
	__be16 o_flags;
	__be32 i_key;
	__be32 o_key;
	struct iphdr iph;
};
`;

export const FILTER = `#pragma once
#include <linux/types.h>
#include <linux/bpf_common.h>
struct sock_filter {
	__u16 code;
	__u8 jt;
	__u8 jf;
	__u32 k;
};
struct sock_fprog {
	unsigned short len;
	struct sock_filter *filter;
};
#define BPF_STMT(code, k) { (unsigned short)(code), 0, 0, k }
#define BPF_JUMP(code, k, jt, jf) { (unsigned short)(code), jt, jf, k }
#define BPF_RVAL(code) ((code) & 0x18)
#define BPF_MISCOP(code) ((code) & 0xf8)
`;

export const KERNEL_STDDEF = `${STDDEF}#undef __always_inline
#define __always_inline inline __attribute__((__always_inline__))
`;

export const PERF_EVENTS = `#pragma once
#include <linux/types.h>
#define PERF_MAX_STACK_DEPTH 127
#define PERF_MAX_CONTEXTS_PER_STACK 8
union perf_mem_data_src {
	__u64 val;
	struct {
		__u64 mem_op : 5, mem_lvl : 14, mem_snoop : 5, mem_lock : 2, mem_dtlb : 7, mem_lvl_num : 4, mem_remote : 1;
		__u64 mem_snoopx : 2, mem_blk : 3, mem_hops : 3, mem_rsvd : 18;
	};
};
union perf_sample_weight {
	__u64 full;
	struct {
		__u32 var1_dw;
		__u16 var2_w;
		__u16 var3_w;
	};
};
struct perf_branch_entry {
	__u64 from;
	__u64 to;
	__u64 mispred : 1, predicted : 1, in_tx : 1, abort : 1, cycles : 16, type : 4, spec : 2, new_type : 4, priv : 3;
	__u64 reserved : 31;
};
`;

/** Nothing but constants. */
export const TYPES_ONLY = `#pragma once
#include <linux/types.h>
`;

export const KERNEL_LIMITS = `#pragma once
#define NR_OPEN 1024
#define NGROUPS_MAX 65536
#define ARG_MAX 131072
#define LINK_MAX 127
#define MAX_CANON 255
#define MAX_INPUT 255
#define NAME_MAX 255
#define PATH_MAX 4096
#define PIPE_BUF 4096
#define XATTR_NAME_MAX 255
#define XATTR_SIZE_MAX 65536
#define XATTR_LIST_MAX 65536
`;

/** <netinet/in.h> and <arpa/inet.h> of the C library. */
export const NETINET_IN = `#pragma once
#include <stdint.h>
#include <sys/socket.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <asm/byteorder.h>
typedef uint32_t in_addr_t;
typedef uint16_t in_port_t;
#define htons(x) __cpu_to_be16(x)
#define ntohs(x) __be16_to_cpu(x)
#define htonl(x) __cpu_to_be32(x)
#define ntohl(x) __be32_to_cpu(x)
`;

export const SWAB = `${BYTEORDER}#define ___constant_swab16(x) ((__u16)__builtin_bswap16((__u16)(x)))
#define ___constant_swab32(x) ((__u32)__builtin_bswap32((__u32)(x)))
#define ___constant_swab64(x) ((__u64)__builtin_bswap64((__u64)(x)))
`;

/** <endian.h> of the C library. */
export const ENDIAN = `${BYTEORDER}#define LITTLE_ENDIAN 1234
#define BIG_ENDIAN 4321
#define BYTE_ORDER LITTLE_ENDIAN
#define htobe16(x) __cpu_to_be16(x)
#define be16toh(x) __be16_to_cpu(x)
#define htobe32(x) __cpu_to_be32(x)
#define be32toh(x) __be32_to_cpu(x)
#define htobe64(x) __cpu_to_be64(x)
#define be64toh(x) __be64_to_cpu(x)
#define htole16(x) __cpu_to_le16(x)
#define le16toh(x) __le16_to_cpu(x)
#define htole32(x) __cpu_to_le32(x)
#define le32toh(x) __le32_to_cpu(x)
#define htole64(x) __cpu_to_le64(x)
#define le64toh(x) __le64_to_cpu(x)
`;
