import { describe, expect, it } from 'vitest';
import { readBtf } from '../../server/src/btf/read.ts';
import type { Program } from '../../server/src/program/program.ts';
import { verify } from '../../server/src/verifier/verify.ts';
import { buildBtf, KIND, SIGNED_INT } from '../btf/buildBtf.ts';
import { programOfText } from '../support/assembled.ts';
import { kernelBtf } from '../support/kernelBtf.ts';
import { askKernel, kverify } from '../support/kverify.ts';
import { kernelVerdict, rawProgram } from '../support/oracle.ts';
import { RUNNING_KERNEL } from '../support/runningKernel.ts';

/** How r1 comes about in the main program. */
const GIVEN = {
  task: 'r1 = 1\ncall bpf_task_from_pid\nif r0 == 0 goto end\nr6 = r0\nr1 = r0',
  current: 'call bpf_get_current_task_btf\nr1 = r0',
  taskOrNull: 'r1 = 1\ncall bpf_task_from_pid\nr6 = r0\nr1 = r0',
  inside: 'call bpf_get_current_task_btf\nr1 = r0\nr1 += 8',
  cgroup: 'r1 = 1\ncall bpf_cgroup_from_id\nif r0 == 0 goto end\nr6 = r0\nr1 = r0',
  zero: 'r1 = 0',
  number: 'call bpf_ktime_get_ns\nr1 = r0',
  stack: '*(u64 *)(r10 - 8) = 0\nr1 = r10\nr1 += -8',
  context: '',
} as const;

/** What the function does with its argument. */
const DONE = {
  nothing: '',
  read: 'r2 = *(u32 *)(r1 + 0)',
  readChecked: 'if r1 == 0 goto +1\nr2 = *(u32 *)(r1 + 0)',
  readFar: 'r2 = *(u64 *)(r1 + 4000)',
  write: '*(u32 *)(r1 + 0) = 1',
  move: 'r1 += 8\nr2 = *(u8 *)(r1 + 0)',
  release: 'call bpf_task_release',
  take: 'call bpf_task_acquire',
} as const;

/** Types by id; 1 to 4 are int, the two functions and the main program's prototype. */
const POINTEES = { task: 6, flavour: 7, unknown: 8, number: 1, nothing: 0 } as const;

interface Case {
  readonly given: keyof typeof GIVEN;
  readonly done: keyof typeof DONE;
  readonly pointee: keyof typeof POINTEES;
  readonly tags: readonly string[];
}

function typed({ given, done, pointee, tags }: Case): { program: Program; btf: Uint8Array } {
  const program = programOfText(`
.license "GPL"
.section "tp/x/y"
.globl main
main:
${GIVEN[given]}
call sub
end:
r0 = 0
exit
sub:
${DONE[done]}
r0 = 0
exit
`);
  const btf = buildBtf([
    { kind: KIND.int, name: 'int', word: 4, rest: [SIGNED_INT] },
    { kind: KIND.funcProto, word: 1 },
    { kind: KIND.func, name: 'main', vlen: 1, word: 2 },
    { kind: KIND.func, name: 'sub', vlen: 1, word: 5 },
    { kind: KIND.funcProto, word: 1, vlen: 1, rest: ['arg', 9] },
    { kind: KIND.struct, name: 'task_struct', word: 4, vlen: 1, rest: ['pid', 1, 0] },
    { kind: KIND.struct, name: 'task_struct___mine', word: 4, vlen: 1, rest: ['pid', 1, 0] },
    { kind: KIND.struct, name: 'task_struct_of_nobody', word: 4, vlen: 1, rest: ['pid', 1, 0] },
    { kind: KIND.ptr, word: POINTEES[pointee] },
    ...tags.map((tag) => ({ kind: KIND.declTag, name: `arg:${tag}`, word: 4, rest: [0] })),
  ]);
  const subprogs = program.subprogs.map((subprog, i) => ({ ...subprog, global: true, typeId: 3 + i }));
  return { program: { ...program, btf: readBtf(btf).btf, subprogs }, btf };
}

const CASES: readonly Case[] = [
  ...(Object.keys(GIVEN) as (keyof typeof GIVEN)[]).flatMap((given) =>
    [['trusted'], ['trusted', 'nullable'], ['untrusted'], ['nonnull'], []].map((tags): Case => ({
      given,
      done: 'nothing',
      pointee: 'task',
      tags,
    })),
  ),
  ...(Object.keys(DONE) as (keyof typeof DONE)[]).flatMap((done) =>
    [['trusted'], ['trusted', 'nullable'], ['untrusted'], ['nonnull'], []].map((tags): Case => ({
      given: 'current',
      done,
      pointee: 'task',
      tags,
    })),
  ),
  ...(Object.keys(POINTEES) as (keyof typeof POINTEES)[]).flatMap((pointee) =>
    [['trusted'], ['untrusted'], ['nonnull'], []].flatMap((tags): Case[] => [
      { given: 'current', done: 'read', pointee, tags },
      { given: 'number', done: 'readFar', pointee, tags },
    ]),
  ),
  ...[['trusted', 'nonnull'], ['untrusted', 'nullable'], ['nullable'], ['nonnull', 'nullable'], ['own']].map(
    (tags): Case => ({ given: 'current', done: 'nothing', pointee: 'task', tags }),
  ),
];

const kernel = kernelBtf();
const asked = CASES.map((one) => ({
  ...typed(one),
  name: `${one.given} as ${one.tags.join('+')} ${one.pointee}, ${one.done}`,
}));

it.skipIf(kernel === null)('structures of the kernel are not memory to write to by the rules of 7.0', () => {
  const one = asked.find(({ name }) => name === 'current as nonnull task, nothing');
  const judged = ['6.18', '7.0'].map((version) => one && verify(one.program, { kernel: version, kernelBtf: kernel }));
  expect(judged.map((verdict) => verdict?.outcome)).toEqual(['accepted', 'rejected']);
  expect(judged[1]?.finding?.kernelLines).toContain('only read is supported');
});

describe.skipIf(kverify === null || kernel === null)('tagged arguments of global functions, against the kernel', () => {
  const verdicts = askKernel(asked.map(({ program, btf }) => rawProgram(program, btf))).map(kernelVerdict);

  it.each(asked.map(({ name, program }, i) => [name, program, i] as const))('%s', (_name, program, i) => {
    const { outcome, finding } = verify(program, { kernel: RUNNING_KERNEL, kernelBtf: kernel });
    const theirs = verdicts[i];
    expect({ outcome, lines: finding?.kernelLines ?? [], pc: finding?.pc ?? null }).toEqual({
      outcome: theirs?.verdict === 'accept' ? 'accepted' : 'rejected',
      lines: theirs?.lines,
      pc: theirs?.pc,
    });
  });
});
