import { KFUNC_ROWS, type KfuncGroup, type KfuncRow } from './kfuncTable.ts';

/** KF_* of include/linux/btf.h, in camel case. `arenaArg2` marks the second argument, as KF_ARENA_ARG2 does. */
export type KfuncFlag =
  | 'acquire' | 'release' | 'retNull' | 'trustedArgs' | 'sleepable' | 'destructive' | 'rcu' | 'rcuProtected' | 'iterNew'
  | 'iterNext' | 'iterDestroy' | 'fastcall' | 'arenaRet' | 'arenaArg2'; // prettier-ignore

/** A function of the kernel that programs may call by its BTF id. */
export interface Kfunc {
  readonly name: string;
  /** First kernel version that has it. */
  readonly since: string;
  /** In C: `int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end)`. */
  readonly signature: string;
  /** The parameters alone, one text each, in C. */
  readonly parameters: readonly string[];
  /** Number of arguments it takes from r1 on. */
  readonly args: number;
  readonly returnsPointer: boolean;
  readonly flags: ReadonlySet<KfuncFlag>;
  readonly group: KfuncGroup;
  /** One sentence: what it does. */
  readonly doc: string;
}

/** Sorted by name; not every kernel offers all of them. */
export const KFUNCS: readonly Kfunc[] = KFUNC_ROWS.map(kfuncOfRow);

/** Which programs a group is open to, in words. */
export const KFUNC_GROUPS: Readonly<Record<KfuncGroup, string>> = {
  common: 'all',
  generic: 'tracing, xdp, sched_cls, struct_ops, syscall, those of cgroups',
  cpumask: 'tracing, struct_ops, syscall',
  skb: 'all that see a packet as struct __sk_buff, tracing',
  skbMeta: 'sched_cls, sched_act',
  xdp: 'xdp',
  tc: 'sched_cls',
  tcXdp: 'sched_cls, xdp',
  syscall: 'syscall',
  crypto: 'sched_cls, sched_act, xdp',
  sockAddr: 'those of cgroups',
  sockOps: 'those of cgroups',
  tracing: 'tracing',
  kprobe: 'kprobe (sessions)',
  lsm: 'lsm',
  congestion: 'struct_ops (TCP congestion control)',
  hid: 'struct_ops (input devices), tracing, syscall',
  qdisc: 'struct_ops (queueing disciplines)',
};

const indexes = new Map(KFUNCS.map(({ name }, index) => [name, index]));

export function kfuncByName(name: string): Kfunc | null {
  return KFUNCS[indexes.get(name) ?? -1] ?? null;
}

/** Position in KFUNCS; -1 for a function that is not in the table. */
export function kfuncIndex(name: string): number {
  return indexes.get(name) ?? -1;
}

function kfuncOfRow([name, since, returnC, parametersC, flags, group, doc]: KfuncRow): Kfunc {
  const parameters = splitParameters(parametersC);
  const star = returnC.endsWith('*') ? '' : ' ';
  return {
    name,
    since,
    signature: `${returnC}${star}${name}(${parametersC})`,
    parameters,
    args: parameters.length,
    returnsPointer: returnC.endsWith('*'),
    flags: new Set(flags.split(' ').filter(Boolean) as KfuncFlag[]),
    group,
    doc,
  };
}

/** Commas within the parameters of a function pointer do not count. */
function splitParameters(text: string): string[] {
  return text === 'void' ? [] : text.split(/, (?![^()]*\))/);
}
