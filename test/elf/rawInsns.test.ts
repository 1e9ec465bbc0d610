import { describe, expect, it } from 'vitest';
import { fromHex, toHex } from '../../server/src/base/bytes.ts';
import { readRaw } from '../../server/src/elf/rawInsns.ts';
import { encode } from '../../server/src/isa/encode.ts';
import { findingsOf } from './sample.ts';

const RETURN_2 = 'b700000002000000 9500000000000000';

describe('files of instructions', () => {
  it('are one program', () => {
    const object = readRaw('drop.bin', fromHex(RETURN_2)!, 'xdp', 'drop');
    expect(object.diagnostics).toEqual([]);
    expect(object.programs).toMatchObject([
      {
        name: 'drop',
        type: 'xdp',
        insns: [{ kind: 'alu' }, { kind: 'exit' }],
        subprogs: [{ name: 'drop', start: 0, end: 2 }],
      },
    ]);
  });

  it('may call functions of their own', () => {
    const code = '8510000001000000 9500000000000000 b700000001000000 9500000000000000';
    const [program] = readRaw('call.bin', fromHex(code)!, 'xdp', 'main').programs;
    expect(program?.subprogs.map(({ name, start, end }) => `${name} ${start}-${end}`)).toEqual([
      'main 0-2',
      'subprog_2 2-4',
    ]);
    expect(toHex(encode(program!.insns))).toBe(code.replaceAll(' ', ''));
  });

  it.each([
    { what: 'an empty file', hex: '', programs: 0, findings: ['warning program-missing'] },
    { what: 'a few bytes', hex: '950000', programs: 0, findings: ['warning program-missing'] },
    { what: 'a rest', hex: `${RETURN_2} 9500`, programs: 1, findings: ['warning instruction-truncated'] },
    {
      what: 'a map',
      hex: `1811000003000000 0000000000000000 ${RETURN_2}`,
      programs: 1,
      findings: ['warning map-unknown'],
    },
  ])('with $what', ({ hex, programs, findings }) => {
    const object = readRaw('x.bin', fromHex(hex)!, 'xdp', 'x');
    expect(object.programs.length).toBe(programs);
    expect(findingsOf(object)).toEqual(findings);
  });
});
