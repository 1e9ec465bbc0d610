import { findByName } from '../../server/src/btf/query.ts';
import { kfuncAllowed } from '../../server/src/kernel/kfuncAvailability.ts';
import { KFUNCS } from '../../server/src/kernel/kfuncs.ts';
import type { Kfunc } from '../../server/src/kernel/kfuncs.ts';
import type { ProgramType } from '../../server/src/kernel/programTypes.ts';
import type { Program } from '../../server/src/program/program.ts';
import { programOfText } from './assembled.ts';
import { kernelBtf } from './kernelBtf.ts';
import { randomNumbers } from './random.ts';

export interface KfuncQuestion {
  readonly kfunc: Kfunc;
  /** What the arguments are, r1 first. */
  readonly about: string;
  readonly program: Program;
}

/** Values for an argument: how it is loaded, without touching the registers before it. */
const VALUES: Readonly<Record<string, (reg: string) => string>> = {
  zero: (reg) => `${reg} = 0`,
  eight: (reg) => `${reg} = 8`,
  unknown: (reg) => `${reg} = r8`,
  small: (reg) => `${reg} = r8\n${reg} &= 7`,
  context: (reg) => `${reg} = r6`,
  movedContext: (reg) => `${reg} = r6\n${reg} += 4`,
  stack: (reg) => `${reg} = r10\n${reg} += -64`,
  emptyStack: (reg) => `${reg} = r10\n${reg} += -128`,
  map: (reg) => `${reg} = values ll`,
  value: (reg) => `${reg} = r7`,
  movedValue: (reg) => `${reg} = r7\n${reg} += 8`,
  maybeNull: (reg) => `${reg} = r9`,
  nothing: () => '',
  ...Object.fromEntries(
    ['task', 'taskOrNull', 'cgroup', 'mask', 'anyTask', 'ownContext', 'expired'].map((name, i) => [
      name,
      (reg: string) => `${reg} = *(u64 *)(r10 - ${slotOf(i)})`,
    ]),
  ),
};

/** Where objects wait on the stack. */
function slotOf(index: number): number {
  return 200 + 8 * index;
}

/** How an object comes about; r0 is spilled to its slot. Those that may be null leave the program when they are. */
const OBJECTS: Readonly<Record<string, string>> = {
  task: 'r1 = 1\ncall bpf_task_from_pid\nif r0 == 0 goto end',
  taskOrNull: 'r1 = 1\ncall bpf_task_from_pid',
  cgroup: 'r1 = 1\ncall bpf_cgroup_from_id\nif r0 == 0 goto end',
  mask: 'call bpf_cpumask_create\nif r0 == 0 goto end',
  anyTask: 'r1 = r8\nr2 = TASK\ncall bpf_rdonly_cast',
  ownContext: 'r1 = r6\ncall bpf_cast_to_kern_ctx',
  expired: 'r1 = 1\ncall bpf_task_from_pid\nif r0 == 0 goto end\nr9 = r0\nr1 = r0\ncall bpf_task_release\nr0 = r9',
};

const KINDS = Object.keys(VALUES);

const SECTIONS: Partial<Record<ProgramType, string>> = {
  xdp: 'xdp',
  sched_cls: 'tc',
  tracepoint: 'tp/x/y',
  cgroup_skb: 'cgroup_skb/ingress',
  socket_filter: 'socket',
  cgroup_sock: 'cgroup/sock_create',
};

/** The id of struct task_struct, which bpf_rdonly_cast takes; any number where nobody can be asked. */
const kernel = kernelBtf();
const taskStruct = (kernel === null ? null : findByName(kernel, 'struct', 'task_struct')) ?? 1;

/** r6 is the context, r7 a map's value, r8 a number, r9 a value that may be null; 64 bytes of the stack are set. */
function textOf(section: string, kfunc: Kfunc, kinds: readonly string[]): string {
  const slots = [64, 56, 48, 40, 32, 24, 16, 8].map((off) => `*(u64 *)(r10 - ${off}) = 0`);
  const objects = Object.entries(OBJECTS).flatMap(([name, made], i) =>
    kinds.includes(name) ? [`${made}\n*(u64 *)(r10 - ${slotOf(i)}) = r0`] : [],
  );
  const args = kinds.map((kind, i) => VALUES[kind]?.(`r${i + 1}`) ?? '');
  return `
.license "GPL"
.map values, type=hash, key=4, value=64, entries=1
.section "${section}"
.globl main
main:
r6 = r1
${slots.join('\n')}
*(u32 *)(r10 - 4) = 1
r2 = r10
r2 += -4
r1 = values ll
call bpf_map_lookup_elem
r9 = r0
r2 = r10
r2 += -4
r1 = values ll
call bpf_map_lookup_elem
if r0 == 0 goto end
r7 = r0
call bpf_ktime_get_ns
r8 = r0
${objects.join('\n').replaceAll('TASK', `${taskStruct}`)}
${args.join('\n')}
call ${kfunc.name}
end:
r0 = 0
exit
`;
}

/** Calls of every function this type may call, with arguments of all kinds: some fitting, most at random. */
export function kfuncQuestions(type: ProgramType, each: number, seed: number): KfuncQuestion[] {
  const random = randomNumbers(seed);
  const section = SECTIONS[type] ?? type;
  return KFUNCS.filter((kfunc) => kfuncAllowed(kfunc, type, null) === true).flatMap((kfunc) =>
    Array.from({ length: kfunc.args === 0 ? 1 : each }, (_, i) => {
      const kinds = kfunc.parameters.map((parameter) => kindFor(parameter, random(2) === 0 || i === 0, random));
      return { kfunc, about: kinds.join(' '), program: programOfText(textOf(section, kfunc, kinds)) };
    }),
  );
}

function kindFor(parameter: string, fits: boolean, random: (below: number) => number): string {
  if (!fits) return KINDS[random(KINDS.length)] ?? 'zero';
  if (!parameter.includes('*')) return random(2) === 0 ? 'eight' : 'small';
  if (/__sk_buff|xdp_md|void \*obj/.test(parameter)) return 'context';
  if (parameter.includes('__map')) return 'map';
  if (/task_struct/.test(parameter)) return random(4) === 0 ? 'anyTask' : 'task';
  if (/struct cgroup/.test(parameter)) return 'cgroup';
  if (/cpumask/.test(parameter)) return random(3) === 0 ? 'stack' : 'mask';
  if (/struct (sk_buff|sock)/.test(parameter)) return 'ownContext';
  return random(5) < 3 ? 'stack' : 'value';
}
