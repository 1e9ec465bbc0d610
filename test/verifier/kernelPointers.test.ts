import { describe, expect, it } from 'vitest';
import type { Btf, BtfType } from '../../server/src/btf/btf.ts';
import { resolve, sizeOf, findByName } from '../../server/src/btf/query.ts';
import { verify } from '../../server/src/verifier/verify.ts';
import { hex16 } from '../support/hex.ts';
import { programOfText } from '../support/assembled.ts';
import { kernelBtf } from '../support/kernelBtf.ts';
import { askKernel, kverify } from '../support/kverify.ts';
import type { RawProgram } from '../support/kverify.ts';
import { kernelVerdict } from '../support/oracle.ts';
import { programOfRaw } from '../support/programOfRaw.ts';

const kernelTypes = kernelBtf();
const RETURN_0 = 'b7000000000000009500000000000000';
const RAW_TRACEPOINT = 23;
const LOADS = { 1: '71', 2: '69', 4: '61', 8: '79' } as const;

/** Every tracepoint of the kernel that some number divides: fast enough, and never the same kinds alone. */
function tracepoints(btf: Btf, every: number): { name: string; params: readonly { type: number }[] }[] {
  const found = btf.types.flatMap((type) => {
    if (type.kind !== 'typedef' || !type.name.startsWith('btf_trace_')) return [];
    const pointer = resolve(btf, type.type);
    const proto: BtfType = pointer.kind === 'ptr' ? resolve(btf, pointer.type) : pointer;
    return proto.kind === 'funcProto' ? [{ name: type.name, params: proto.params.slice(1) }] : [];
  });
  return found.filter((_, i) => i % every === 0);
}

/** Loads an argument and reads through it. */
function argumentLoads(name: string): RawProgram[] {
  return Array.from({ length: 7 }, (_, i) => ({
    type: 'tracing',
    attachType: RAW_TRACEPOINT,
    attachBtf: name,
    insns: `7912${hex16(8 * i)}000000007920000000000000${RETURN_0}`,
  }));
}

/** Tracepoints whose argument is a pointer to the structure, by the structure's name: the first of them. */
function tracepointsWith(btf: Btf): Map<string, { name: string; index: number }> {
  const found = new Map<string, { name: string; index: number }>();
  for (const { name, params } of tracepoints(btf, 1))
    params.forEach(({ type }, index) => {
      const pointer = resolve(btf, type);
      const target = pointer.kind === 'ptr' ? resolve(btf, pointer.type) : pointer;
      if (target.kind === 'struct' && !found.has(target.name)) found.set(target.name, { name, index });
    });
  return found;
}

const BPF_TASK_PT_REGS = '85000000af000000';

/** Loads everywhere in a structure, and hands what was loaded to a helper that tells what it is. */
function fieldLoads(btf: Btf, struct: string): RawProgram[] {
  const place = tracepointsWith(btf).get(struct);
  const size = sizeOf(btf, findByName(btf, 'struct', struct) ?? 0) ?? 0;
  if (place === undefined) throw new Error(`no tracepoint has a struct ${struct}`);
  return ([8, 4, 2, 1] as const).flatMap((bytes) =>
    Array.from({ length: Math.ceil(Math.min(size + 24, 640) / (bytes === 8 ? 4 : 7)) }, (_, i) => ({
      type: 'tracing',
      attachType: RAW_TRACEPOINT,
      attachBtf: place.name,
      insns:
        `7917${hex16(8 * place.index)}00000000` +
        `5507020000000000${RETURN_0}` +
        `${LOADS[bytes]}71${hex16(i * (bytes === 8 ? 4 : 7) - 8)}00000000` +
        `${BPF_TASK_PT_REGS}${RETURN_0}`,
    })),
  );
}

function compare(programs: readonly RawProgram[]): void {
  const kernel = askKernel(programs).map(kernelVerdict);
  const ours = programs.map((raw) => verify(programOfRaw(raw), { kernelBtf: kernelTypes }));
  const title = ({ attachBtf, insns }: RawProgram): string => `${attachBtf} ${insns}`;
  expect(
    ours.map(({ outcome, finding, processed }, i) => [
      title(programs[i]!),
      outcome,
      finding?.kernelLines ?? [],
      processed,
    ]),
  ).toEqual(kernel.map(({ verdict, lines, processed }, i) => [title(programs[i]!), `${verdict}ed`, lines, processed]));
}

describe.skipIf(kverify === null || kernelTypes === null)(
  'pointers to kernel structures, against the running kernel (skipped where there is none)',
  () => {
    it('are what the arguments of tracepoints are', () => {
      compare(tracepoints(kernelTypes!, 16).flatMap(({ name }) => argumentLoads(name)));
    });

    it('may be null or errors at some tracepoints', () => {
      const names = [
        'kfree_skb',
        'tcp_send_reset',
        'mm_page_alloc',
        'sched_pi_setprio',
        'neigh_update',
        'signal_deliver',
      ];
      compare(names.flatMap((name) => argumentLoads(`btf_trace_${name}`)));
    });

    it.each(['task_struct', 'sk_buff', 'sock', 'file', 'dentry', 'mm_struct', 'linux_binprm', 'cgroup', 'bio'])(
      'lead to all that struct %s holds',
      (struct) => {
        compare(fieldLoads(kernelTypes!, struct));
      },
    );
  },
);

describe.skipIf(kernelTypes === null)(
  'accepted programs that read the kernel itself (skipped without its types)',
  () => {
    it.each([
      ['a field of a map', 'r1 = values ll\n  r2 = *(u64 *)(r1 + 0)'],
      ['nothing of it', 'r2 = *(u32 *)(r1 + 0)'],
    ])('are no programs to run without checks: %s', (what, body) => {
      const text = `.license "GPL"
.map values, type=array, key=4, value=16, entries=2
.section "socket"
  ${body}
  r0 = 0
  exit
`;
      const { outcome, program } = verify(programOfText(text), { kernelBtf: kernelTypes });
      expect({ outcome, runsUnchecked: program !== null }).toEqual({
        outcome: 'accepted',
        runsUnchecked: what === 'nothing of it',
      });
    });
  },
);
