import { describe, expect, it } from 'vitest';
import { attachTypeNumber } from '../../server/src/kernel/attachTypes.ts';
import { contextOf } from '../../server/src/kernel/contextAccess.ts';
import type { ProgramType } from '../../server/src/kernel/programTypes.ts';
import { verify } from '../../server/src/verifier/verify.ts';
import { hex16 } from '../support/hex.ts';
import { askKernel, kverify } from '../support/kverify.ts';
import { kernelVerdict } from '../support/oracle.ts';
import { programOfRaw } from '../support/programOfRaw.ts';

const RETURN_0 = 'b7000000000000009500000000000000';
const LOAD = { 1: '71', 2: '69', 4: '61', 8: '79' } as const;
const LOAD_SIGNED = { 1: '91', 2: '89', 4: '81', 8: '' } as const;
const STORE = { 1: '72', 2: '6a', 4: '62', 8: '7a' } as const;
const STORE_REGISTER = { 1: '73', 2: '6b', 4: '63', 8: '7b' } as const;
const ATOMIC = { 1: '', 2: '', 4: 'c3', 8: 'db' } as const;

const programs: readonly [type: ProgramType, attachType: string | null][] = [
  ['socket_filter', null],
  ['sched_cls', null],
  ['cgroup_skb', 'cgroup_inet_egress'],
  ['xdp', 'xdp'],
  ['xdp', 'xdp_devmap'],
  ['kprobe', null],
  ['raw_tracepoint', null],
  ['perf_event', null],
  ['tracepoint', null],
];

/** Every way to touch the context at every offset: our verdict, message and place are the kernel's. */
describe.skipIf(kverify === null)(
  'loads and stores of the context, against the running kernel (skipped where there is none)',
  () => {
    it.each(programs)('%s %s', (type, attachType) => {
      const raws = accesses(Math.min(contextOf(type)?.size ?? 0, 200)).map((insns) => ({
        type,
        insns,
        attachType: attachTypeNumber(attachType),
      }));
      const kernel = askKernel(raws).map(kernelVerdict);
      const ours = raws.map((raw) => verify({ ...programOfRaw(raw), attachType }));
      expect(
        ours.map(({ finding }, i) => `${raws[i]?.insns} ${finding?.pc ?? ''} ${finding?.kernelMessage ?? ''}`),
      ).toEqual(kernel.map(({ pc, message }, i) => `${raws[i]?.insns} ${pc ?? ''} ${message}`));
    });
  },
);

function accesses(contextSize: number): string[] {
  const offsets = Array.from({ length: contextSize + 24 }, (_, i) => i - 12);
  return offsets.flatMap((off) => ([1, 2, 4, 8] as const).flatMap((size) => accessesAt(hex16(off), size)));
}

/** r1 is the context; r2 is set where a number is stored. */
function accessesAt(off: string, size: 1 | 2 | 4 | 8): string[] {
  const rest = `${off}00000000${RETURN_0}`;
  return [
    `${LOAD[size]}10${rest}`,
    `${STORE[size]}01${rest}`,
    `${STORE_REGISTER[size]}a1${rest}`,
    `b702000000000000${STORE_REGISTER[size]}21${rest}`,
    ...(size === 8 ? [] : [`${LOAD_SIGNED[size]}10${rest}`]),
    ...(size < 4 ? [] : [`b702000001000000${ATOMIC[size]}21${rest}`]),
  ];
}
