import { BPF_ENDIAN } from './bpfEndian.ts';
import { bpfHelpers } from './bpfHelpers.ts';
import { bpfTracing } from './bpfTracing.ts';
import { LIMITS, STDARG, STDBOOL, STDDEF, STDINT, STRING } from './compilerHeaders.ts';
import { coreRead } from './coreRead.ts';
import { helperDefinitions } from './helperDefinitions.ts';
import { BPF_COMMON, uapiBpf } from './uapiBpf.ts';
import {
  ICMP,
  IF,
  ICMPV6,
  IF_ARP,
  IF_ETHER,
  IF_PACKET,
  IF_VLAN,
  IN,
  IN6,
  IP,
  IPV6,
  PKT_CLS,
  TCP,
  UDP,
} from './uapiNet.ts';
import {
  ENDIAN,
  FILTER,
  IF_TUNNEL,
  KERNEL_LIMITS,
  KERNEL_STDDEF,
  MPLS,
  NETFILTER,
  NETINET_IN,
  PERF_EVENTS,
  PKT_SCHED,
  SWAB,
  TYPES_ONLY,
} from './uapiMore.ts';
import { numbersOf, systemCalls } from './uapiNumbers.ts';
import { usdt } from './usdt.ts';
import { BYTEORDER, errnoHeader, PERF_EVENT, PTRACE, SOCKET, TYPES, VERSION } from './uapiTypes.ts';

/** Our own headers, by the name that `#include <…>` gives them; a function makes its text when it is first asked for. */
const HEADERS: Readonly<Record<string, string | (() => string)>> = {
  'bpf/bpf_helpers.h': bpfHelpers,
  'bpf/bpf_helper_defs.h': helperDefinitions,
  'bpf/bpf_endian.h': BPF_ENDIAN,
  'bpf/bpf_tracing.h': bpfTracing,
  'bpf/bpf_core_read.h': coreRead,
  'bpf/usdt.bpf.h': usdt,
  'linux/bpf.h': uapiBpf,
  'linux/bpf_common.h': BPF_COMMON,
  'linux/types.h': TYPES,
  'linux/stddef.h': KERNEL_STDDEF,
  'linux/errno.h': errnoHeader,
  'linux/ptrace.h': PTRACE,
  'linux/socket.h': SOCKET,
  'linux/version.h': VERSION,
  'linux/if_ether.h': IF_ETHER,
  'linux/if_vlan.h': IF_VLAN,
  'linux/if_packet.h': IF_PACKET,
  'linux/if_arp.h': IF_ARP,
  'linux/ip.h': IP,
  'linux/ipv6.h': IPV6,
  'linux/in.h': IN,
  'linux/in6.h': IN6,
  'linux/tcp.h': TCP,
  'linux/udp.h': UDP,
  'linux/icmp.h': ICMP,
  'linux/icmpv6.h': ICMPV6,
  'linux/pkt_cls.h': PKT_CLS,
  'linux/pkt_sched.h': PKT_SCHED,
  'linux/mpls.h': MPLS,
  'linux/netfilter.h': NETFILTER,
  'linux/if_tunnel.h': IF_TUNNEL,
  'linux/filter.h': FILTER,
  'linux/sched.h': TYPES_ONLY,
  'linux/perf_event.h': PERF_EVENTS,
  'linux/limits.h': KERNEL_LIMITS,
  'linux/string.h': STRING,
  'linux/swab.h': SWAB,
  'linux/unistd.h': systemCalls,
  'asm/unistd.h': systemCalls,
  'asm/socket.h': SOCKET,
  'asm/types.h': TYPES,
  'asm/byteorder.h': BYTEORDER,
  'asm/ptrace.h': PTRACE,
  'asm/errno.h': errnoHeader,
  'asm-generic/errno.h': errnoHeader,
  'asm-generic/errno-base.h': errnoHeader,
  'linux/if.h': IF,
  'linux/bpf_perf_event.h': PERF_EVENT,
  'errno.h': errnoHeader,
  'limits.h': LIMITS,
  'stdarg.h': STDARG,
  'stdbool.h': STDBOOL,
  'stddef.h': STDDEF,
  'stdint.h': STDINT,
  'string.h': STRING,
  'endian.h': ENDIAN,
  'netinet/in.h': NETINET_IN,
  'arpa/inet.h': NETINET_IN,
  'sys/socket.h': SOCKET,
  'sys/syscall.h': systemCalls,
  'sys/types.h': TYPES,
};

export const BUNDLED_HEADERS: readonly string[] = Object.keys(HEADERS);

/**
 * The text of one of our own headers, or null where we have none of that name. `uapi/linux/bpf.h` is `linux/bpf.h`, and
 * `bpf_helpers.h` is `bpf/bpf_helpers.h`.
 */
export function bundledHeader(name: string): string | null {
  const plain = name.replace(/^uapi\//, '');
  const known = HEADERS[plain] === undefined ? `bpf/${plain}` : plain;
  const header = HEADERS[known];
  return header === undefined ? null : made(known, header);
}

const texts = new Map<string, string>();

function made(name: string, header: string | (() => string)): string {
  const text = texts.get(name) ?? textOf(name, header);
  texts.set(name, text);
  return text;
}

function textOf(name: string, header: string | (() => string)): string {
  const guard = guardOf(name);
  const text = (typeof header === 'function' ? header() : header) + numbersOf(name);
  if (guard === null) return text;
  return `#ifndef ${guard}\n#define ${guard}\n${text.replace(/^#pragma once\n/, '')}#endif\n`;
}

/** Programs ask by these whether a header is there already, under whatever path (`uapi/linux/ip.h`, `linux/ip.h`). */
const GUARDS: Readonly<Record<string, string>> = {
  'linux/bpf.h': '__LINUX_BPF_H__',
  'bpf/bpf_helpers.h': '__BPF_HELPERS__',
  'bpf/bpf_endian.h': '__BPF_ENDIAN__',
  'bpf/bpf_tracing.h': '__BPF_TRACING_H__',
  'bpf/bpf_core_read.h': '__BPF_CORE_READ_H__',
  'bpf/usdt.bpf.h': '__USDT_BPF_H__',
};

function guardOf(name: string): string | null {
  const kernel = /^linux\/(\w+)\.h$/.exec(name)?.[1];
  return GUARDS[name] ?? (kernel === undefined ? null : `_LINUX_${kernel.toUpperCase()}_H`);
}
