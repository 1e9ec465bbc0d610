import { describe, expect, it } from 'vitest';
import { verify } from '../../server/src/verifier/verify.ts';
import { kernelBtf } from '../support/kernelBtf.ts';
import { kernelOracle } from '../support/oracle.ts';
import { programOfRaw } from '../support/programOfRaw.ts';

/** What no assembly says: loads as a careless loader makes them. */
const PROGRAMS = {
  'a cgroup_sock program without attach type is one for new sockets': {
    type: 'cgroup_sock', attachType: 0, insns: '61100000000000005400000001000000 9500000000000000'.replace(' ', ''),
  },
  'and may not give more than one bit back': {
    type: 'cgroup_sock', attachType: 0, insns: '61100000000000009500000000000000',
  },
  'a kernel function that the kernel does not have, where a path comes': {
    type: 'tracepoint', attachType: 0, insns: '8520000000000000b7000000000000009500000000000000',
  },
  'a kernel function that the kernel does not have, where none comes': {
    type: 'tracepoint', attachType: 0,
    insns: 'b700000000000000550001000000000095000000000000008520000000000000b7000000000000009500000000000000',
  },
} as const; // prettier-ignore

const SAID = [
  ['accepted', ''],
  ['rejected', 'At program exit the register R0 has smin=0 smax=4294967295 should have been in [0, 1]'],
  ['rejected', 'invalid kernel function call not eliminated in verifier pass'],
  ['accepted', ''],
];

describe('raw programs', () => {
  const programs = Object.values(PROGRAMS).map((raw) => programOfRaw(raw));
  const names = Object.keys(PROGRAMS);

  it.each(names.map((name, i) => [name, i] as const))('%s', (_name, i) => {
    const program = programs[i];
    if (program === undefined) throw new Error('no program');
    const { outcome, finding } = verify(program, { kernelBtf: kernelBtf() });
    expect([outcome, finding?.kernelMessage ?? '']).toEqual(SAID[i]);
  });

  it.skipIf(kernelOracle() === null)('the running kernel says the same (skipped where there is none)', () => {
    const said = kernelOracle()?.verify(programs) ?? [];
    expect(said.map(({ verdict, message }) => [`${verdict}ed`, message])).toEqual(SAID);
  });
});
