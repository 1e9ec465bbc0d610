import { describe, expect, it } from 'vitest';
import { findByName, sizeOf, typeAt } from '../../server/src/btf/query.ts';
import { verify } from '../../server/src/verifier/verify.ts';
import { hex16 } from '../support/hex.ts';
import { kernelBtf } from '../support/kernelBtf.ts';
import { askKernel, kverify } from '../support/kverify.ts';
import type { RawProgram } from '../support/kverify.ts';
import { kernelVerdict, type KernelVerdict } from '../support/oracle.ts';
import { programOfRaw } from '../support/programOfRaw.ts';

const btf = kernelBtf();
const RETURN_0 = 'b7000000000000009500000000000000';
const TRACE_ITER = 28;
const BPF_TASK_PT_REGS = '85000000af000000';

/** What is wrong, line by line, and how many instructions were walked: the kernel's answer and ours. */
function compare(given: readonly RawProgram[]): void {
  const asked = askKernel(given).map(kernelVerdict);
  const programs = given.filter((_, i) => !isForbidden(asked[i]!));
  const kernel = asked.filter((verdict) => !isForbidden(verdict));
  const ours = programs.map((raw) => verify(programOfRaw(raw), { kernelBtf: btf }));
  const title = ({ attachBtf, attachType, insns }: RawProgram): string => `${attachBtf} ${attachType} ${insns}`;
  expect(
    ours.map(({ outcome, finding, processed }, i) => [
      title(programs[i]!),
      outcome,
      finding?.kernelLines ?? [],
      processed,
    ]),
  ).toEqual(
    kernel.map(({ verdict, lines, processed }, i) => [title(programs[i]!), `${verdict}ed`, lines, processed ?? 0]),
  );
}

/** Some builds of a kernel keep iterators over elements from everybody, with EPERM and no word. */
function isForbidden({ verdict, errno, lines, processed }: KernelVerdict): boolean {
  return verdict === 'reject' && errno === 1 && lines.length === 0 && (processed ?? 0) === 0;
}

/** Loads an argument and hands it, as it is and checked, to a helper that tells what it is; loads and stores through it. */
function uses(base: Omit<RawProgram, 'insns'>, index: number): RawProgram[] {
  const load = `7917${hex16(8 * index)}00000000`;
  const checked = `5507020000000000${RETURN_0}`;
  const bodies = [
    `bf71000000000000${BPF_TASK_PT_REGS}`,
    `${checked}bf71000000000000${BPF_TASK_PT_REGS}`,
    `${checked}7971000000000000`,
    `${checked}7971f8ff00000000`,
    `${checked}7a07000001000000`,
    `${checked}07070000080000007971000000000000`,
    `${checked}0f77000000000000`,
  ];
  return [
    ...([1, 2, 4] as const).map((bytes) => ({
      ...base,
      insns: `${{ 1: '71', 2: '69', 4: '61' }[bytes]}17${hex16(8 * index)}00000000${RETURN_0}`,
    })),
    { ...base, insns: `7a01${hex16(8 * index)}00000000${RETURN_0}` },
    { ...base, insns: `7917${hex16(8 * index + 4)}00000000${RETURN_0}` },
    ...bodies.map((body) => ({ ...base, insns: load + body + RETURN_0 })),
  ];
}

const ITERATORS = [
  'bpf_prog', 'bpf_link', 'bpf_map', 'bpf_map_elem', 'bpf_sk_storage_map', 'cgroup', 'dmabuf', 'ipv6_route',
  'kmem_cache', 'ksym', 'netlink', 'sockmap', 'task', 'task_file', 'task_vma', 'tcp', 'udp', 'unix',
]; // prettier-ignore

function hasIterator(name: string): boolean {
  return btf !== null && findByName(btf, 'func', `bpf_iter_${name}`) !== null;
}

describe.skipIf(kverify === null || btf === null)(
  'arguments of hooks, against the running kernel (skipped where there is none)',
  () => {
    it.each(ITERATORS.filter(hasIterator))('iterator %s', (name) => {
      const base = { type: 'tracing', attachType: TRACE_ITER, attachBtf: `bpf_iter_${name}` };
      compare(Array.from({ length: 5 }, (_, index) => uses(base, index)).flat());
    });

    it('iterators return 0 or 1', () => {
      const base = { type: 'tracing', attachType: TRACE_ITER, attachBtf: 'bpf_iter_task' };
      compare(
        ['b700000001000000', 'b700000002000000', 'b7000000ffffffff', '85000000070000', ''].map((set) => ({
          ...base,
          insns: `${set.length === 16 ? set : ''}9500000000000000`,
        })),
      );
    });

    it.each(['tcp_congestion_ops', 'bpf_dummy_ops'])('functions of struct %s', (struct) => {
      const type = btf === null ? null : typeAt(btf, findByName(btf, 'struct', struct) ?? 0);
      const members = type?.kind === 'struct' ? type.members.length : 0;
      expect(members).toBeGreaterThan(2);
      const bases = Array.from({ length: members + 1 }, (_, attachType) => ({
        type: 'struct_ops',
        attachType,
        attachBtf: struct,
      }));
      compare(bases.flatMap((base) => [0, 1, 2].flatMap((index) => uses(base, index))));
      compare(bases.map((base) => ({ ...base, insns: '9500000000000000' })));
      compare(bases.map((base) => ({ ...base, flags: 1 << 4, insns: RETURN_0 })));
      compare(bases.map((base) => ({ ...base, license: 'Proprietary', insns: RETURN_0 })));
      compare(bases.map((base) => ({ ...base, insns: `b70000000f0000009500000000000000` })));
    });

    it('structures that programs implement may be written to only in some fields', () => {
      const size = btf === null ? 0 : (sizeOf(btf, findByName(btf, 'struct', 'tcp_sock') ?? 0) ?? 0);
      const base = { type: 'struct_ops', attachType: 0, attachBtf: 'tcp_congestion_ops' };
      const store = (code: string, off: number): RawProgram => ({
        ...base,
        insns: `7917000000000000${code}07${hex16(off)}01000000${RETURN_0}`,
      });
      const offsets = Array.from({ length: Math.ceil(size / 4) + 2 }, (_, i) => 4 * i);
      compare([...offsets.map((off) => store('62', off)), ...offsets.map((off) => store('7a', off))]);
      const dummy = { type: 'struct_ops', attachType: 0, attachBtf: 'bpf_dummy_ops' };
      compare(
        [-4, 0, 4, 8].map((off) => ({
          ...dummy,
          insns: `79170000000000005507020000000000${RETURN_0}6207${hex16(off)}01000000${RETURN_0}`,
        })),
      );
    });

    it('what is no hook', () => {
      compare([
        { type: 'tracing', attachType: 23, insns: RETURN_0 },
        { type: 'tracing', attachType: TRACE_ITER, insns: RETURN_0 },
        { type: 'struct_ops', attachType: 0, attachBtf: 'task_struct', insns: RETURN_0 },
        { type: 'tracing', attachType: 23, attachBtf: 'btf_trace_sched_switch', flags: 1 << 4, insns: RETURN_0 },
      ]);
    });
  },
);
