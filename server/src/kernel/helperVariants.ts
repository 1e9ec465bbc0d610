import type { Helper } from './helpers.ts';
import type { AttachType, ProgramType } from './programTypes.ts';

/**
 * Helpers with an argument that differs from their table, where the kernel has several functions under one number.
 * Sources: the `get_func_proto` functions of net/core/filter.c, kernel/bpf/cgroup.c, kernel/trace/bpf_trace.c,
 * kernel/bpf/bpf_lsm.c and net/ipv4/bpf_tcp_ca.c, Linux 6.18.
 */
export function variantOf(helper: Helper, type: ProgramType, attachType: AttachType | null): Helper {
  const variant = VARIANTS[helper.id]?.find(({ types }) => types.test(`${type} ${attachType ?? ''}`));
  if (variant === undefined || helper.proto === null) return helper;
  const args = helper.proto.args.map((arg, i) =>
    i === variant.index ? { ...arg, type: variant.type, orNull: variant.orNull } : arg,
  );
  return { ...helper, proto: { ...helper.proto, args } };
}

interface Variant {
  /** Program and attach types, with a space between. */
  readonly types: RegExp;
  readonly index: number;
  readonly type: 'btfIdSockCommon' | 'btfId' | 'socket' | 'ctx';
  readonly orNull: boolean;
}

/** Programs that have pointers to the kernel's own sockets and packets. */
const TRACING = /^(tracing|lsm|syscall) /;
const OWN_SOCKET = { index: 0, type: 'btfIdSockCommon', orNull: false } as const;
const SOCKET_OPTIONS: readonly Variant[] = [
  { ...OWN_SOCKET, types: /^(cgroup_sockopt|struct_ops) | lsm_cgroup$| trace_iter$/ },
];
const TRACED_STORAGE: readonly Variant[] = [{ index: 1, type: 'btfId', orNull: true, types: /^(tracing|syscall) / }];

const VARIANTS: Readonly<Record<number, readonly Variant[]>> = {
  46: [{ ...OWN_SOCKET, orNull: true, types: /^(tracing|lsm|syscall|sk_reuseport) / }],
  49: SOCKET_OPTIONS,
  57: SOCKET_OPTIONS,
  107: [...TRACED_STORAGE, { index: 1, type: 'ctx', orNull: false, types: /^cgroup_sock / }],
  108: TRACED_STORAGE,
  124: [{ index: 1, type: 'socket', orNull: true, types: /^sk_lookup / }],
  188: [{ index: 0, type: 'btfId', orNull: false, types: TRACING }],
};
