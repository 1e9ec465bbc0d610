import type { Btf } from '../btf/btf.ts';
import type { CoreRelocation } from '../btf/ext.ts';
import { nameOf, resolve } from '../btf/query.ts';
import { CONTEXTS } from '../kernel/contexts.ts';

/** BPF_CORE_FIELD_BYTE_OFFSET, BPF_CORE_FIELD_BYTE_SIZE, BPF_CORE_FIELD_EXISTS of include/uapi/linux/bpf.h. */
const ABOUT_FIELDS: ReadonlySet<number> = new Set([0, 1, 2]);

/**
 * Structures whose layout is an interface of the kernel or of the network, with their sizes: contexts of programs,
 * headers of packets, arguments of system calls. They are the same in every kernel.
 */
const SIZES: ReadonlyMap<string, number> = new Map([
  ...Object.values(CONTEXTS).map(({ name, size }) => [name, size] as const),
  ['ethhdr', 14],
  ['vlan_hdr', 4],
  ['arphdr', 8],
  ['iphdr', 20],
  ['ipv6hdr', 40],
  ['in6_addr', 16],
  ['tcphdr', 20],
  ['udphdr', 8],
  ['icmphdr', 8],
  ['icmp6hdr', 8],
  ['open_how', 24],
]);

/**
 * Whether a relocation asks for a field of a structure that is the same everywhere, and which the program declares
 * whole: then what the compiler put into the instruction is right.
 */
export function isStable(btf: Btf | null, { type, kind }: CoreRelocation): boolean {
  if (btf === null || !ABOUT_FIELDS.has(kind)) return false;
  const root = resolve(btf, type);
  return root.kind === 'struct' && SIZES.get(root.name) === root.size;
}

/** Records of tracepoints, which kernels declare under these names; they seldom change. */
const RECORD = /^(trace_entry|trace_event_raw_\w+|syscall_trace_(enter|exit))$/;

/** What a run may take for granted so that it needs no kernel; null where it may not. */
export function assumedOf(btf: Btf | null, { type, kind }: CoreRelocation): string | null {
  if (btf === null || !ABOUT_FIELDS.has(kind)) return null;
  const name = nameOf(resolve(btf, type));
  return RECORD.test(name) ? `struct ${name} is laid out as the program declares it` : null;
}
