import { describe, expect, it } from 'vitest';
import { assemble } from '../../server/src/asm/assembler/assemble.ts';
import { sourceText } from '../../server/src/base/source.ts';
import { findingText } from '../../server/src/cli/checkText.ts';
import type { InputFile } from '../../server/src/cli/inputFile.ts';
import type { World } from '../../server/src/cli/world.ts';
import type { Finding, PathStep, Verification } from '../../server/src/verifier/verification.ts';

const source = sourceText('drop.bpfasm', '.section "xdp"\n\tr6 = *(u32 *)(r1 + 0)\n\tr0 = *(u8 *)(r6 + 12)\n\texit\n');
const { object } = assemble(source);

/** How a finding looks, whatever the verifier says today. */
function shown(finding: Partial<Finding>, more: { columns?: number; lines?: boolean } = {}): string {
  const whole: Finding = {
    code: 'packet-access-out-of-bounds',
    kernelMessage: 'invalid access to packet, off=12 size=1, R6(id=0,off=12,r=0)',
    kernelLines: [],
    message: 'This reads 1 byte at offset 12 of the packet, but no bytes are known to be there.',
    suggestion: null,
    pc: 1,
    path: [],
    ...finding,
  };
  const [program] = object.programs;
  if (program === undefined) throw new Error('the sample has a program');
  const verification = { outcome: 'rejected', finding: whole } as Verification;
  const input: InputFile = { path: 'drop.bpfasm', error: null, object, source, broken: new Set() };
  const withLines = more.lines === false ? { ...program, lines: [] } : program;
  const world = { color: false, columns: more.columns ?? 90 } as World;
  return findingText({ program: withLines, verification }, input, world);
}

describe('a finding', () => {
  it('stands under its source line', () => {
    expect(shown({})).toBe(`\
error[packet-access-out-of-bounds]: invalid access to packet, off=12 size=1, R6(id=0,off=12,r=0)
  --> drop.bpfasm:3:2
   |
 3 |     r0 = *(u8 *)(r6 + 12)
   |     ^^^^^^^^^^^^^^^^^^^^^
   |   This reads 1 byte at offset 12 of the packet, but no bytes are known to be there.

`);
  });

  it('has its explanation beside the mark where there is room', () => {
    expect(shown({ message: 'no bounds check' })).toContain('   |     ^^^^^^^^^^^^^^^^^^^^^ no bounds check\n');
  });

  it('shows the path and what to do', () => {
    const path = [
      { pc: 0, note: 'here r6 becomes a packet pointer' },
      { pc: 1, note: 'nothing is known of the packet’s length, because no comparison with data_end came before it' },
    ];
    expect(shown({ path, suggestion: 'Compare the pointer with data_end before the access.' }, { columns: 70 })).toBe(`\
error[packet-access-out-of-bounds]: invalid access to packet, off=12 size=1, R6(id=0,off=12,r=0)
  --> drop.bpfasm:3:2
   |
 3 |     r0 = *(u8 *)(r6 + 12)
   |     ^^^^^^^^^^^^^^^^^^^^^
   |   This reads 1 byte at offset 12 of the packet, but no bytes are
   |   known to be there.
   = path: how the program gets here
     1. line 2  here r6 becomes a packet pointer
     2. line 3  nothing is known of the packet’s length, because no
                comparison with data_end came before it
   = help: Compare the pointer with data_end before the access.

`);
  });

  it('names the instruction where there are no source lines', () => {
    expect(shown({ message: 'no bounds check', path: [{ pc: 0, note: 'start' }] }, { lines: false })).toBe(`\
error[packet-access-out-of-bounds]: invalid access to packet, off=12 size=1, R6(id=0,off=12,r=0)
  --> xdp, instruction 1: r0 = *(u8 *)(r6 +12)
   |   no bounds check
   = path: how the program gets here
     1. insn 0  start

`);
  });

  it('about the whole program stands beside the file', () => {
    expect(shown({ pc: null, kernelMessage: '', message: 'The program has too many instructions.' })).toBe(`\
error[packet-access-out-of-bounds]: The program has too many instructions.
  --> drop.bpfasm: xdp

`);
  });

  it('leaves the middle of a long path out', () => {
    const path = Array.from({ length: 100 }, (_, i): PathStep => ({ pc: i % 2, note: `step ${i}` }));
    const text = shown({ path });
    expect(text).toContain('       8. line 3  step 7\n     … 84 more steps\n      93. line 2  step 92\n');
    expect(text.split('\n').length).toBeLessThan(30);
  });
});
