import { describe, expect, it } from 'vitest';
import { assemble } from '../../server/src/asm/assembler/assemble.ts';
import { positionAt, sourceText } from '../../server/src/base/source.ts';

function problems(text: string): string[] {
  const { object } = assemble(sourceText('a.s', text));
  return object.diagnostics.map(
    ({ code, message, span }) => `${code} «${text.slice(span?.start, span?.end)}» ${message}`,
  );
}

/** A line inside a program, and what is said about it: code, the place, the message. */
const LINES: readonly (readonly [string, string])[] = [
  ['r1 = r2 + 4', 'unexpected-text «+» An instruction does one operation: write r1 = r2 and then r1 += ...'],
  ['r11 = 5', 'unknown-register «r11» There is no register r11; they are r0 to r10, and w0 to w10 for their lower halves'],
  ['w1 = r2', 'wrong-width «r2» Both registers must have the same width: w2 goes with w1'],
  ['r1 = 0x1ffffffff', 'value-out-of-range «0x1ffffffff» The constant of this instruction must be from -2147483648 to 4294967295; with ll behind it, a constant may have 64 bits'],
  ['r1 += 0x1ffffffff', 'value-out-of-range «0x1ffffffff» The constant of this instruction must be from -2147483648 to 4294967295, not 8589934591'],
  ['*(u32 *)(r1 + 40000) = r2', 'value-out-of-range «+ 40000» The offset of a memory access must be from -32768 to 32767, not 40000'],
  ['*(u64 *)(r10 - 8) = w1', 'wrong-width «w1» w1 has 32 bits only: write r1'],
  ['*(u32 *)(w1 + 0) = r2', 'wrong-width «w1» An address has 64 bits: write r1'],
  ['call bpf_map_lokup_elem', 'unknown-helper «bpf_map_lokup_elem» There is no helper and no function bpf_map_lokup_elem; did you mean bpf_map_lookup_elem?'],
  ['call bpf_map_lookup_elem#2', 'unknown-helper «bpf_map_lookup_elem#2» bpf_map_lookup_elem is helper 1, not 2'],
  ['goto ot', 'unknown-label «ot» There is no label ot; did you mean out?'],
  ['goto 1b', 'unknown-label «1b» There is no label 1b'],
  ['goto +40000', 'value-out-of-range «+40000» The distance of this jump must be from -32768 to 32767, not 40000'],
  ['r1 = conts ll', 'unknown-map «conts» There is no map, data or function conts in this file; did you mean counts?'],
  ['r1 = counts', 'unknown-constant «counts» There is no constant counts; an address is loaded with ll behind it'],
  ['r1 = counts[1] ll', 'value-out-of-range «1» The index of the value whose address is loaded must be from 0 to 0, not 1'],
  ['if r1 === 5 goto out', 'unexpected-text «=» Expected a register or a number here, found ='],
  ['if r1 > 5 goto', 'unexpected-text «o» Expected a label or a distance such as +2 here, but the line ends'],
  ['gto out', 'unknown-instruction «gto» No instruction begins with gto; did you mean goto?'],
  ['r1 = be15 r1', 'unknown-size «be15» Bytes are swapped in 16, 32 or 64 bits'],
  ['r1 = be16 r2', 'wrong-register «r2» This works in place: the operand must be r1 too'],
  ['r1 = atomic_fetch_sub((u64 *)(r1 + 0), r1)', 'unknown-instruction «atomic_fetch_sub» There is no operation atomic_fetch_sub; did you mean atomic_fetch_add?'],
  ['r2 = atomic_fetch_add((u64 *)(r1 + 0), r3)', 'wrong-register «r2» The old value always goes to the register that is passed in, r3'],
  ['*(u64 *)(r1 + 0) += r2', 'unknown-operator «+=» Only an atomic operation changes memory in place: write lock before it'],
  ['r0 = *(u64 *)skb[0]', 'unknown-size «skb» skb[...] loads u8, u16 or u32'],
  ['r1 = (1 / 0)', 'bad-number «/» / cannot be applied to 0'],
  ['exit exit', 'unexpected-text «exit» The instruction ends before exit; begin a new line'],
  ['.sectoin "xdp"', 'unknown-directive «.sectoin» There is no directive .sectoin; did you mean .section?'],
  ['.section "xpd"', 'unknown-section «"xpd"» No programs belong into a section xpd; did you mean xdp?'],
  ['.byte 1', 'misplaced «.byte» .byte makes no instructions; begin a data section before it: .section .rodata, .data or .bss'],
  ['.map a, type=aray', 'unknown-map-type «aray» There is no map type aray; did you mean array?'],
  ['.map a, tpye=array', 'unknown-map-property «tpye» A map has no property tpye; did you mean type? (type, key, value, entries, flags, extra, inner, id)'],
  ['.map a, type=array, key=8, value=8, entries=1', 'bad-map «8» A map of type array has keys of 4 bytes: write key=4 or leave it out'],
  ['.map a, type=hash, key=4, value=0, entries=1', 'bad-map «0» The values of a map of type hash have at least 1 byte'],
  ['.map a, type=ringbuf, entries=1000', 'bad-map «1000» The size of a ring buffer is a power of two and a multiple of 4096'],
  ['.map a, type=percpu_array, value=8, entries=4, flags=0x400', 'bad-map «a» Map a: maps of type percpu_array do not know the flags 0x400'],
  ['.map a, type=array, value=8', 'bad-map «a» Map a needs a number of entries: entries=256'],
  ['.slot counts, 0, main', 'bad-map «counts» Map counts is of type array: only a prog_array or a map of maps has slots to fill.'],
  ['out:', 'duplicate-name «out» out is declared twice; numbers (1: with 1b and 1f) can be used again.'],
  ['.ascii "abc', 'misplaced «.ascii» .ascii makes no instructions; begin a data section before it: .section .rodata, .data or .bss'],
]; // prettier-ignore

describe('a mistake is reported once, where it stands, and the rest is assembled', () => {
  it.each(LINES)('%s', (line, expected) => {
    const text = `.map counts, type=array, value=8, entries=4\n.section "xdp"\nmain: r0 = 2\nout: exit\n${line}\n`;
    expect(problems(text)).toEqual([expected]);
    const { object } = assemble(sourceText('a.s', text));
    expect(object.programs[0]?.insns.slice(0, 2).map(({ kind }) => kind)).toEqual(['alu', 'exit']);
  });

  it('reports every line of a file of mistakes', () => {
    const text = `.map counts, type=array, value=8, entries=4\n.section "xdp"\nmain: r0 = 2\nout: exit\n${LINES.filter(([line]) => !line.startsWith('.')).map(([line]) => line).join('\n')}`; // prettier-ignore
    expect(problems(text).length).toBe(LINES.filter(([line]) => !line.startsWith('.')).length);
  });

  it.each(LINES.filter(([, expected]) => /did you mean \S+\?$/.test(expected)))(
    '%s can be put right at once',
    (line) => {
      const text = `.map counts, type=array, value=8, entries=4\n.section "xdp"\nmain: r0 = 2\nout: exit\n${line}\n`;
      const [problem] = assemble(sourceText('a.s', text)).object.diagnostics;
      const [edit] = problem?.fix?.edits ?? [];
      if (problem === undefined || edit === undefined) throw new Error('no fix');
      const mended = text.slice(0, edit.span.start) + edit.text + text.slice(edit.span.end);
      const left = assemble(sourceText('a.s', mended)).object.diagnostics;
      expect(left.filter(({ code }) => code === problem.code)).toEqual([]);
    },
  );

  it('keeps the pcs around a line that could not be read', () => {
    const { object, insns } = assemble(sourceText('a.s', '.section "xdp"\nr0 = 2\nr1 = r2 r3\nr1 = nothing ll\nexit'));
    expect(object.programs[0]?.insns.map(({ kind }) => kind)).toEqual(['alu', 'invalid', 'invalid', 'invalid', 'exit']);
    expect(insns.map(({ places }) => places[0]?.pc)).toEqual([0, 1, 2, 4]);
  });

  it.each(['\r', '\r\n'])('lines may end with %j', (end) => {
    const text = '// one\n.section "xdp" # two\n  r0 = "\n; three\n  exit\n'.replaceAll('\n', end);
    const { object, source } = assemble(sourceText('a.s', text));
    const at = object.diagnostics.map(({ span }) => span && positionAt(source, span.start).line);
    expect(at).toEqual([2]);
    expect(object.programs[0]?.insns.map(({ kind }) => kind)).toEqual(['invalid', 'exit']);
  });

  it('warns of constants whose sign is extended', () => {
    expect(problems('.section "xdp"\nr0 = 0xffffffff\nexit')[0]).toMatch(/^sign-extended-constant «0xffffffff»/);
  });
});

describe('noise', () => {
  const size = 5_000_000;
  const repeated = (text: string): string => text.repeat(Math.ceil(size / text.length)).slice(0, size);
  it.each([
    ['punctuation', repeated('r1 = ) ( *&^%$#@! "\n')],
    ['zero bytes', repeated('\0')],
    ['one line of parentheses', `r1 = ${repeated('(')}`],
    ['letters beyond ASCII', repeated('préfixe ünï → \n')],
    ['unknown labels', repeated('goto nowhere\n')],
    ['carriage returns', repeated('r1\r\r\n\r')],
  ])('5 MB of %s end with at most 1,001 findings', (_, text) => {
    const { object } = assemble(sourceText('noise.s', text));
    expect(object.diagnostics.length).toBeGreaterThan(0);
    expect(object.diagnostics.length).toBeLessThanOrEqual(1001);
  });
});
