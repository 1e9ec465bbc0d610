import { describe, expect, it } from 'vitest';
import { attachTypeNumber } from '../../server/src/kernel/attachTypes.ts';
import { mayUseLdAbs, packetAccess } from '../../server/src/kernel/programTypes.ts';
import { returnRange, returnValueName, returnValues } from '../../server/src/kernel/returnValues.ts';
import { SECTIONS } from '../../server/src/kernel/sections.ts';
import { hex32 } from '../support/hex.ts';
import { askKernel, kverify } from '../support/kverify.ts';

describe('return values', () => {
  it.each([
    ['xdp', 'xdp', 2, 'XDP_PASS'],
    ['xdp', 'xdp', 5, null],
    ['sched_cls', null, -1, 'TC_ACT_UNSPEC'],
    ['sched_cls', null, 0xffff_ffff, 'TC_ACT_UNSPEC'],
    ['sched_cls', 'tcx_ingress', 0, 'TCX_PASS'],
    ['sk_lookup', 'sk_lookup', 1, 'SK_PASS'],
    ['kprobe', null, 0, null],
  ] as const)('%s %s: %i is %s', (type, attachType, value, name) => {
    expect(returnValueName(type, attachType, value)).toBe(name);
  });

  it('have different numbers', () => {
    for (const { type, attachType } of SECTIONS) {
      const numbers = returnValues(type, attachType).map(({ value }) => value);
      expect(new Set(numbers).size).toBe(numbers.length);
    }
  });
});

/** Their range depends on what they are attached to, or this kernel cannot load them. */
const NOT_ASKED = new Set(['tracing', 'lsm', 'ext', 'struct_ops', 'lirc_mode2']);
const VALUES = [-2, -1, 0, 1, 2, 3, 4, 5];

describe.skipIf(kverify === null)('return values, against the running kernel (skipped where there is none)', () => {
  const rows = SECTIONS.filter(({ type }) => !NOT_ASKED.has(type));
  it.each(rows.map((row) => [row.name, row] as const))('%s', (_name, { type, attachType, flags }) => {
    const verdicts = askKernel(
      VALUES.map((value) => ({
        type,
        attachType: attachTypeNumber(attachType),
        flags,
        insns: `b7000000${hex32(value)}9500000000000000`,
      })),
    );
    const range = returnRange(type, attachType);
    expect(VALUES.filter((value) => range === null || (value >= range.min && value <= range.max))).toEqual(
      VALUES.filter((_, i) => verdicts[i]?.verdict === 'accept'),
    );
  });

  it('LD_ABS is for some types only', () => {
    const verdicts = askKernel(
      rows.map(({ type, attachType, flags }) => ({
        type,
        attachType: attachTypeNumber(attachType),
        flags,
        insns: 'bf160000000000002800000000000000b7000000010000009500000000000000',
      })),
    );
    expect(rows.filter(({ type }) => mayUseLdAbs(type)).map(({ name }) => name)).toEqual(
      rows
        .filter((_, i) => !/not allowed for this program type/.test(verdicts[i]?.message ?? ''))
        .map(({ name }) => name),
    );
  });
});

describe('packet access', () => {
  it.each([
    ['socket_filter', 'copy'],
    ['xdp', 'readWrite'],
    ['sched_cls', 'readWrite'],
    ['cgroup_skb', 'read'],
    ['kprobe', 'none'],
  ] as const)('%s: %s', (type, access) => {
    expect(packetAccess(type)).toBe(access);
  });
});
