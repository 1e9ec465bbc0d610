/** <linux/types.h>, <linux/errno.h> and kin: what the kernel's user headers give every program. Source: include/uapi, v6.18. */

export const TYPES = `#pragma once
typedef signed char __s8;
typedef unsigned char __u8;
typedef short __s16;
typedef unsigned short __u16;
typedef int __s32;
typedef unsigned int __u32;
typedef long long __s64;
typedef unsigned long long __u64;
typedef __int128 __s128 __attribute__((aligned(16)));
typedef unsigned __int128 __u128 __attribute__((aligned(16)));
#define __bitwise
#define __bitwise__
typedef __u16 __bitwise __le16;
typedef __u16 __bitwise __be16;
typedef __u32 __bitwise __le32;
typedef __u32 __bitwise __be32;
typedef __u64 __bitwise __le64;
typedef __u64 __bitwise __be64;
typedef __u16 __bitwise __sum16;
typedef __u32 __bitwise __wsum;
#define __aligned_u64 __u64 __attribute__((aligned(8)))
#define __aligned_s64 __s64 __attribute__((aligned(8)))
#define __aligned_be64 __be64 __attribute__((aligned(8)))
#define __aligned_le64 __le64 __attribute__((aligned(8)))
typedef long __kernel_long_t;
typedef unsigned long __kernel_ulong_t;
typedef __kernel_ulong_t __kernel_size_t;
typedef __kernel_long_t __kernel_ssize_t;
typedef __kernel_long_t __kernel_time_t;
typedef long long __kernel_time64_t;
typedef int __kernel_pid_t;
typedef unsigned int __kernel_uid32_t;
typedef unsigned int __kernel_gid32_t;
typedef unsigned short __kernel_sa_family_t;
typedef long long __kernel_loff_t;
typedef unsigned __poll_t;
`;

/** Source: include/uapi/asm-generic/errno-base.h and errno.h, v6.18. */
const ERRORS: readonly (readonly [string, number])[] = [
  ['EPERM', 1], ['ENOENT', 2], ['ESRCH', 3], ['EINTR', 4], ['EIO', 5], ['ENXIO', 6], ['E2BIG', 7], ['ENOEXEC', 8],
  ['EBADF', 9], ['ECHILD', 10], ['EAGAIN', 11], ['ENOMEM', 12], ['EACCES', 13], ['EFAULT', 14], ['ENOTBLK', 15],
  ['EBUSY', 16], ['EEXIST', 17], ['EXDEV', 18], ['ENODEV', 19], ['ENOTDIR', 20], ['EISDIR', 21], ['EINVAL', 22],
  ['ENFILE', 23], ['EMFILE', 24], ['ENOTTY', 25], ['ETXTBSY', 26], ['EFBIG', 27], ['ENOSPC', 28], ['ESPIPE', 29],
  ['EROFS', 30], ['EMLINK', 31], ['EPIPE', 32], ['EDOM', 33], ['ERANGE', 34], ['EDEADLK', 35], ['ENAMETOOLONG', 36],
  ['ENOLCK', 37], ['ENOSYS', 38], ['ENOTEMPTY', 39], ['ELOOP', 40], ['EWOULDBLOCK', 11], ['ENOMSG', 42],
  ['ENODATA', 61], ['ETIME', 62], ['EPROTO', 71], ['EBADMSG', 74], ['EOVERFLOW', 75], ['EILSEQ', 84], ['EUSERS', 87],
  ['ENOTSOCK', 88], ['EDESTADDRREQ', 89], ['EMSGSIZE', 90], ['EPROTOTYPE', 91], ['ENOPROTOOPT', 92],
  ['EPROTONOSUPPORT', 93], ['ESOCKTNOSUPPORT', 94], ['EOPNOTSUPP', 95], ['EPFNOSUPPORT', 96], ['EAFNOSUPPORT', 97],
  ['EADDRINUSE', 98], ['EADDRNOTAVAIL', 99], ['ENETDOWN', 100], ['ENETUNREACH', 101], ['ENETRESET', 102],
  ['ECONNABORTED', 103], ['ECONNRESET', 104], ['ENOBUFS', 105], ['EISCONN', 106], ['ENOTCONN', 107],
  ['ESHUTDOWN', 108], ['ETIMEDOUT', 110], ['ECONNREFUSED', 111], ['EHOSTDOWN', 112], ['EHOSTUNREACH', 113],
  ['EALREADY', 114], ['EINPROGRESS', 115], ['ESTALE', 116], ['EDQUOT', 122], ['ECANCELED', 125],
]; // prettier-ignore

export function errnoHeader(): string {
  return ['#pragma once', ...ERRORS.map(([name, value]) => `#define ${name} ${value}`), ''].join('\n');
}

export const SOCKET = `#pragma once
#define _K_SS_MAXSIZE 128
typedef unsigned short __kernel_sa_family_t;
#define AF_UNSPEC 0
#define AF_UNIX 1
#define AF_LOCAL 1
#define AF_INET 2
#define AF_INET6 10
#define AF_NETLINK 16
#define AF_PACKET 17
#define SOCK_STREAM 1
#define SOCK_DGRAM 2
#define SOCK_RAW 3
#define SOL_SOCKET 1
#define SO_REUSEADDR 2
#define SO_SNDBUF 7
#define SO_RCVBUF 8
#define SO_KEEPALIVE 9
#define SO_PRIORITY 12
#define SO_REUSEPORT 15
#define SO_RCVLOWAT 18
#define SO_MARK 36
`;

/** What user-space sees of the processor's registers on x86-64. Source: arch/x86/include/uapi/asm/ptrace.h, v6.18. */
export const PTRACE = `#pragma once
struct pt_regs {
	unsigned long r15, r14, r13, r12;
	unsigned long rbp, rbx;
	unsigned long r11, r10, r9, r8;
	unsigned long rax, rcx, rdx, rsi, rdi;
	unsigned long orig_rax;
	unsigned long rip, cs, eflags, rsp, ss;
};
`;

export const VERSION = `#pragma once
#define LINUX_VERSION_CODE 397824
#define KERNEL_VERSION(a, b, c) (((a) << 16) + ((b) << 8) + ((c) > 255 ? 255 : (c)))
#define LINUX_VERSION_MAJOR 6
#define LINUX_VERSION_PATCHLEVEL 18
#define LINUX_VERSION_SUBLEVEL 0
`;

export const BYTEORDER = `#pragma once
#include <linux/types.h>
#ifndef __LITTLE_ENDIAN
#define __LITTLE_ENDIAN 1234
#endif
#ifndef __LITTLE_ENDIAN_BITFIELD
#define __LITTLE_ENDIAN_BITFIELD
#endif
#define __constant_htons(x) ((__be16)__builtin_bswap16((__u16)(x)))
#define __constant_ntohs(x) ((__u16)__builtin_bswap16((__be16)(x)))
#define __constant_htonl(x) ((__be32)__builtin_bswap32((__u32)(x)))
#define __constant_ntohl(x) ((__u32)__builtin_bswap32((__be32)(x)))
#define __constant_cpu_to_be64(x) ((__be64)__builtin_bswap64((__u64)(x)))
#define __constant_be64_to_cpu(x) ((__u64)__builtin_bswap64((__be64)(x)))
#define __constant_cpu_to_be32(x) ((__be32)__builtin_bswap32((__u32)(x)))
#define __constant_cpu_to_be16(x) ((__be16)__builtin_bswap16((__u16)(x)))
#define __cpu_to_be64(x) ((__be64)__builtin_bswap64((__u64)(x)))
#define __be64_to_cpu(x) ((__u64)__builtin_bswap64((__u64)(x)))
#define __cpu_to_be32(x) ((__be32)__builtin_bswap32((__u32)(x)))
#define __be32_to_cpu(x) ((__u32)__builtin_bswap32((__u32)(x)))
#define __cpu_to_be16(x) ((__be16)__builtin_bswap16((__u16)(x)))
#define __be16_to_cpu(x) ((__u16)__builtin_bswap16((__u16)(x)))
#define __cpu_to_le64(x) ((__le64)(__u64)(x))
#define __le64_to_cpu(x) ((__u64)(__le64)(x))
#define __cpu_to_le32(x) ((__le32)(__u32)(x))
#define __le32_to_cpu(x) ((__u32)(__le32)(x))
#define __cpu_to_le16(x) ((__le16)(__u16)(x))
#define __le16_to_cpu(x) ((__u16)(__le16)(x))
#define __swab16(x) ((__u16)__builtin_bswap16((__u16)(x)))
#define __swab32(x) ((__u32)__builtin_bswap32((__u32)(x)))
#define __swab64(x) ((__u64)__builtin_bswap64((__u64)(x)))
`;

/** Source: include/uapi/linux/bpf_perf_event.h and asm-generic/bpf_perf_event.h, v6.18. */
export const PERF_EVENT = `#pragma once
#include <linux/types.h>
#include <linux/ptrace.h>
typedef struct pt_regs bpf_user_pt_regs_t;
struct bpf_perf_event_data {
	bpf_user_pt_regs_t regs;
	__u64 sample_period;
	__u64 addr;
};
`;
