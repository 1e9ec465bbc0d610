import { describe, expect, it } from 'vitest';
import type { Insn } from '../../server/src/isa/insn.ts';
import { rawProgram, runRaw } from '../../server/src/vm/runRaw.ts';
import { run, shown } from './support.ts';

const exit: Insn = { kind: 'exit' };

function checkTrap(insns: readonly Insn[], expected: string): void {
  expect(shown(runRaw(rawProgram(insns), new Uint8Array()))).toBe(expected);
}

describe('calls', () => {
  it('take the values of r1-r5 away', () => {
    expect(run('r1 = 1\ncall f\nr0 = r1\nexit\nf: r0 = 0\nexit')).toBe('2: reads r1, which holds no value here');
  });
});

describe('instructions that cannot be executed', () => {
  it('says which one and why', () => {
    checkTrap(
      [{ kind: 'call', target: 'kfunc', imm: 5, off: 0 }, exit],
      '0: number 5 is a function of the kernel (kfunc) that is not known here',
    );
    checkTrap(
      [{ kind: 'loadBtfId', dst: 0, btfId: 5, module: 0 }, { kind: 'wideSlot' }, exit],
      '0: addresses of kernel variables (ksyms) are not supported yet',
    );
    checkTrap(
      [{ kind: 'addrSpaceCast', dst: 0, src: 1, dstSpace: 0, srcSpace: 1 }, exit],
      '0: addr_space_cast makes a pointer into an arena, which a replay does not have',
    );
    checkTrap([{ kind: 'goto', off: 5, long: false }, exit], '2: execution reaches instruction 2, outside the program');
    checkTrap(
      [{ kind: 'goto', off: 1, long: false }, { kind: 'loadImm64', dst: 0, lo: 1, hi: 0 }, { kind: 'wideSlot' }, exit],
      '2: jumps into the middle of the two-slot instruction at 1',
    );
    checkTrap(
      [{ kind: 'invalid', opcode: 255, regs: 0, off: 0, imm: 0, reason: 'unknown opcode 0xff', kernelMessage: '' }],
      '0: invalid instruction: unknown opcode 0xff',
    );
    checkTrap([{ kind: 'call', target: 'helper', imm: 7, off: 0 }, exit], '0: there is no helper number 7');
  });
});
