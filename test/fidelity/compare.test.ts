import { describe, expect, it } from 'vitest';
import type { KernelVerdict } from '../support/oracle.ts';
import { compare, foldNumbers, type OurVerdict } from './compare.ts';

const accepted: KernelVerdict = {
  verdict: 'accept', lines: [], message: '', pc: null, processed: 7, errno: 0, log: '',
}; // prettier-ignore
const rejected: KernelVerdict = {
  ...accepted,
  verdict: 'reject',
  lines: ['R3 !read_ok'],
  message: 'R3 !read_ok',
  pc: 4,
  errno: 13,
};
const weAccept: OurVerdict = { outcome: 'accepted', message: '', pc: null, processed: 7, log: '' };
const weReject: OurVerdict = { ...weAccept, outcome: 'rejected', message: 'R3 !read_ok', pc: 4 };

describe('the classes', () => {
  it.each([
    [accepted, weAccept, 'accept/accept'],
    [rejected, weReject, 'reject/reject'],
    [rejected, weAccept, 'false accept'],
    [accepted, weReject, 'false reject'],
    [accepted, { ...weAccept, outcome: 'unsupported' }, 'unsupported'],
    [rejected, { ...weAccept, outcome: 'too slow' }, 'too slow'],
    [accepted, { ...weAccept, outcome: 'crash' }, 'crash'],
    [null, weAccept, 'no verdict'],
    [null, { ...weAccept, outcome: 'crash' }, 'no verdict'],
  ] as const)('%#', (kernel, ours, expected) => {
    expect(compare(kernel, ours).class).toBe(expected);
  });
});

describe('agreed verdicts', () => {
  it('compare message, instruction and count of rejections', () => {
    expect(compare(rejected, weReject)).toMatchObject({ sameMessage: true, samePc: true, sameProcessed: true });
    expect(compare(rejected, { ...weReject, message: 'R0 !read_ok', pc: 5, processed: 8 })).toMatchObject({
      sameMessage: true,
      samePc: false,
      sameProcessed: false,
    });
    expect(compare(rejected, { ...weReject, message: 'invalid read from stack' }).sameMessage).toBe(false);
  });

  it('compare nothing but the count of accepted programs', () => {
    expect(compare(accepted, weAccept)).toMatchObject({ sameMessage: null, samePc: null, sameProcessed: true });
    expect(compare({ ...accepted, processed: null }, weAccept).sameProcessed).toBeNull();
  });

  it('compare no instruction where the log does not tell it', () => {
    const tooLarge = { ...rejected, pc: null, processed: 1_000_001 };
    expect(compare(tooLarge, weReject).samePc).toBeNull();
    expect(compare({ ...rejected, pc: null, processed: 0 }, weReject).samePc).toBe(false);
    expect(compare({ ...rejected, pc: null, processed: 0 }, { ...weReject, pc: null }).samePc).toBe(true);
  });

  it('compare logs where both are at hand', () => {
    const theirs = { ...accepted, log: '0: R1=ctx() R10=fp0\n' };
    expect(compare(theirs, { ...weAccept, log: '0: R1=ctx() R10=fp0\n' }).log).toBe('same');
    expect(compare(theirs, { ...weAccept, log: '0: R1=scalar() R10=fp0\n' }).log).toMatchObject({ line: 1 });
    expect(compare(theirs, weAccept).log).toBeNull();
  });

  it('compare nothing where the verdicts differ', () => {
    expect(compare(accepted, weReject)).toMatchObject({ sameMessage: null, samePc: null, sameProcessed: null });
  });
});

describe('folded numbers', () => {
  it.each([
    ['invalid access to packet, off=12 size=1, R1(id=0,off=12,r=0)', 'invalid access to packet, off=N size=N, RN(id=N,off=N,r=N)'],
    ['R7 invalid mem access  \'scalar\'', "RN invalid mem access 'scalar'"],
    ['offset -0x10 is out of 32 bytes ', 'offset N is out of N bytes'],
    ['ctx_u16 stays, as bpf_map_lookup_elem#1 does not', 'ctx_u16 stays, as bpf_map_lookup_elem#N does not'],
  ])('%s', (text, folded) => {
    expect(foldNumbers(text)).toBe(folded);
  });
}); // prettier-ignore
