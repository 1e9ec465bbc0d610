import { describe, expect, it } from 'vitest';
import { convertClassic } from '../../server/src/asm/classic/convert.ts';
import { printClassic } from '../../server/src/asm/classic/print.ts';
import { unconvertInsns } from '../../server/src/asm/classic/unconvert.ts';
import { printInsn } from '../../server/src/asm/pseudoC/print.ts';
import { CLASSIC_EXTENSIONS, EXTENSION_OFFSET } from '../../server/src/kernel/classicExtensions.ts';
import { programOfText } from '../support/assembled.ts';
import { verify } from '../../server/src/verifier/verify.ts';
import { classicFile, classicProgram } from './classicPrograms.ts';

const ddd = (text: string): string => printClassic(classicProgram(text).classic?.insns ?? [], 'ddd');

/** A line of a filter and its code, jt, jf and k. `next` is the line behind it, `end` the last one. */
const FORMS: readonly (readonly [line: string, numbers: string])[] = [
  ['ld #5', '0 0 0 5'],
  ['ldi 5', '0 0 0 5'],
  ['ld #0xffffffff', '0 0 0 4294967295'],
  ['ld #-1', '0 0 0 4294967295'],
  ['LDH [12]', '40 0 0 12'],
  ['ldb [0x10]', '48 0 0 16'],
  ['ld [017]', '32 0 0 15'],
  ['ld [-4096]', '32 0 0 4294963200'],
  ['ldb [proto]', '48 0 0 4294963200'],
  ['ld proto', '32 0 0 4294963200'],
  ['ldh #vlan_tci', '40 0 0 4294963244'],
  ['ldb vlan_pr', '48 0 0 4294963248'],
  ['ldb [vlanp]', '48 0 0 4294963248'],
  ['ld rand', '32 0 0 4294963256'],
  ['ld [x + 14]', '64 0 0 14'],
  ['ldh [%x+2]', '72 0 0 2'],
  ['ldb [x]', '80 0 0 0'],
  ['ldb [x + -2]', '80 0 0 4294967294'],
  ['ld len', '128 0 0 0'],
  ['ld #pktlen', '128 0 0 0'],
  ['ldx #len', '129 0 0 0'],
  ['ldxi #7', '1 0 0 7'],
  ['ldx 4*([14]&0xf)', '177 0 0 14'],
  ['ldxb 4 * ( [ 14 ] & 15 )', '177 0 0 14'],
  ['st M[3]', '2 0 0 3'],
  ['stx m[15]', '3 0 0 15'],
  ['add #1', '4 0 0 1'],
  ['sub x', '28 0 0 0'],
  ['mod %x', '156 0 0 0'],
  ['neg', '132 0 0 0'],
  ['tax', '7 0 0 0'],
  ['txa ; X', '135 0 0 0'],
  ['ja end', '5 0 0 1'],
  ['jmp next', '5 0 0 0'],
  ['jeq #0x800, next, end', '21 0 1 2048'],
  ['jeq #0x800, end', '21 1 0 2048'],
  ['jneq #6, end', '21 0 1 6'],
  ['jne x, end', '29 0 1 0'],
  ['jlt #6, end', '53 0 1 6'],
  ['jle %x, end', '45 0 1 0'],
  ['jset #1 jt 2 jf 1', '69 1 0 1'],
  ['ret a', '22 0 0 0'],
  ['ret', '22 0 0 0'],
  ['ret #0x40000', '6 0 0 262144'],
];

describe('classic BPF in words', () => {
  it.each(FORMS)('%s', (line, numbers) => {
    const text = `${line}\nnext: st M[1]\nend: ret #1 // done\n`;
    expect(ddd(text)).toBe(`3\n${numbers}\n2 0 0 1\n6 0 0 1\n`);
  });

  it('loads words of M that are set', () => {
    expect(ddd('st M[2]\nldx M[2]\nld M[2]\nret a')).toBe('4\n2 0 0 2\n97 0 0 2\n96 0 0 2\n22 0 0 0\n');
  });

  it('has comments and labels on lines of their own', () => {
    const text =
      '# a filter\n/* over\ntwo lines */ start:\nldh [12] ; type\njeq #0x800, ip, drop\n\nip:\nret #-1\ndrop: ret #0\n';
    expect(ddd(text)).toBe('4\n40 0 0 12\n21 0 1 2048\n6 0 0 4294967295\n6 0 0 0\n');
  });

  it('means the numbers in front of instructions when it jumps', () => {
    expect(ddd('(000) ldh [12]\n(005) jeq #1 jt 7 jf 9\n(007) ret #1\n(009) ret #0')).toContain('21 0 1 1');
  });
});

describe('classic BPF in numbers', () => {
  const numbers = '2\n40 0 0 12\n6 0 0 65535\n';

  it.each([
    ['tcpdump -dd', '{ 0x28, 0, 0, 0x0000000c },\n{ 0x6, 0, 0, 0x0000ffff },\n'],
    ['C', 'struct sock_filter code[] = {\n  { 0x28,  0,  0, 0x0000000c }, { 0x06, 0, 0, 0xffff, },\n};\n'],
    ['tcpdump -ddd', numbers],
    ['iptables', '2,40 0 0 12,6 0 0 65535'],
    ['bpf_asm', '2,40 0 0 12,6 0 0 65535,\n'],
    ['without a count', '40 0 0 12\n6 0 0 65535\n'],
  ])('%s', (_, text) => expect(ddd(text)).toBe(numbers));
});

/** What is said about a line: code, the place, the message. The filter goes on with `end: ret #1`. */
const MISTAKES: readonly (readonly [line: string, expected: string])[] = [
  ['ldq [12]', 'unknown-instruction «ldq» Classic BPF has no instruction ldq; did you mean ld?'],
  ['ld', 'wrong-operand «d» Something is missing behind ld, which takes [12], [x + 14], #1, M[0], len'],
  ['ldx [12]', 'wrong-operand «[12]» Data of the packet does not go with ldx, which takes #1, M[0], len, 4*([14]&0xf)'],
  ['ld prto', 'unknown-extension «prto» There is no value called prto besides the packet\'s bytes; did you mean proto?'],
  ['ld [12', 'unexpected-text «2» Expected ] here, but the line ends'],
  ['ldxb 5*([14]&0xf)', 'value-out-of-range «5*([14]&0xf)» Only 4*([…]&0xf) exists: four times the low half of a byte'],
  ['add #08', 'bad-number «08» 08 is no number'],
  ['add #0x100000000', 'value-out-of-range «0x100000000» The constant has 32 bits: from -2147483648 to 4294967295'],
  ['jeq #1', 'unexpected-text «1» Expected , here, but the line ends'],
  ['jeq #1, edn', 'unknown-label «edn» There is no label edn; did you mean end?'],
  ['jeq #1 jt 7 jf 1', 'unknown-label «7» There is no instruction 7 in this filter.'],
  ['tax tax', 'unexpected-text «tax» The instruction ends before tax; begin a new line'],
  ['end: tax', 'duplicate-name «end» end stands before two instructions.'],
  ['div #0', 'division-by-zero «div #0» This divides by the constant 0.'],
  ['lsh #32', 'shift-out-of-range «lsh #32» A has 32 bits: it can be shifted by 0 to 31, not by 32.'],
  ['st M[16]', 'scratch-out-of-range «st M[16]» The scratch memory is M[0] to M[15]; there is no M[16].'],
  ['ld M[4]', 'scratch-unset «ld M[4]» M[4] is read, but not every path has stored something there: begin with st M[4].'],
  ['ld [-1]', 'unknown-extension «ld [-1]» Offset -1 is neither in the packet nor a known value.'],
  ['unimp 0xff', 'opcode-unknown «unimp 0xff» 0xff is no instruction of classic BPF.'],
  ['ret x', 'opcode-unknown «ret x» ret x (0xe) exists on BSD only: write txa and ret a.'],
  ['ret #1 /* two', 'unexpected-text «/*» The comment is never closed: it needs */ at its end.'],
  ['тax', 'unknown-instruction «т» Classic BPF has no instruction т'],
]; // prettier-ignore

function problems(text: string): string[] {
  return classicFile(text)
    .object.diagnostics.filter(({ severity }) => severity !== 'hint')
    .map(({ code, message, span }) => `${code} «${text.slice(span?.start, span?.end)}» ${message}`);
}

describe('a mistake is reported once, where it stands', () => {
  it.each(MISTAKES)('%s', (line, expected) => {
    expect(problems(`${line}\nend: ret #1\n`)).toEqual([expected]);
  });

  it('also for the filter as a whole', () => {
    expect(problems('; nothing')).toEqual(['empty-filter «; nothing» The filter has no instructions.']);
    expect(problems('ld #1')).toEqual(['missing-return «ld #1» The last instruction of a filter must be ret.']);
    expect(problems('back: ld #1\nja back\nret a')).toEqual([
      'backward-jump «ja back» Kernels take no filter that jumps back: a filter must end.',
    ]);
    expect(problems('back: ld #1\njeq #1, back\nret a')).toEqual([
      'backward-jump «back» Comparisons jump only forward, to instructions further down.',
    ]);
    const far = 'tax\n'.repeat(256);
    expect(problems(`jeq #1, far\n${far}far: ret a`)).toEqual([
      'value-out-of-range «far» The place is 256 instructions away; a comparison reaches 255, ja any distance.',
    ]);
    expect(problems('{ 0x15, 9, 0, 0x1 },\n{ 0x6, 0, 0, 0x1 },')).toEqual([
      'jump-out-of-range «{ 0x15, 9, 0, 0x1 }» This jumps to instruction 10, but the last one is 1.',
    ]);
    expect(problems('3\n6 0 0 1\n')).toEqual([
      'instruction-count «3» The text begins with the number of its instructions, 3, but 1 follow.',
    ]);
    expect(problems('{ 0x28, 0, 256, 0 },\n{ 0x6, 0, 0, 0 },')).toEqual([
      'value-out-of-range «256» The distance where it does not must be from 0 to 255, not 256',
    ]);
    expect(problems('tax\n'.repeat(4097)).at(-1)).toMatch(/^too-large «tax» A filter has at most 4096 instructions/);
  });

  it('keeps what is never reached, greyed out', () => {
    const { object, insns } = classicFile('ret #1\ntax\nret #0');
    const hints = object.diagnostics.map(({ code, severity, unnecessary, span }) => [
      code,
      severity,
      unnecessary,
      span,
    ]);
    expect(hints).toEqual([['instruction-unreached', 'hint', true, { start: 7, end: 17 }]]);
    expect(insns.map(({ places }) => places.map(({ pc }) => pc))).toEqual([[3, 4], [], []]);
    expect(verify(classicProgram('ret #1\ntax\nret #0')).outcome).toBe('accepted');
  });
});

const converted = (text: string): string[] =>
  classicProgram(text)
    .insns.slice(3)
    .map((insn) => printInsn(insn));

describe('conversion to eBPF', () => {
  it('begins with A, X and the context', () => {
    const { insns } = classicProgram('ret #1');
    expect(insns.map((insn) => printInsn(insn))).toEqual(['w0 = 0', 'w7 = 0', 'r6 = r1', 'w0 = 1', 'exit']);
  });

  it.each([
    ['ld [4]', ['r0 = *(u32 *)skb[4]']],
    ['ldh [x + 4]', ['r0 = *(u16 *)skb[r7 + 4]']],
    ['ldxb 4*([14]&0xf)', ['r7 = r0', 'r0 = *(u8 *)skb[14]', 'w0 &= 15', 'w0 <<= 2', 'r2 = r7', 'r7 = r0', 'r0 = r2']],
    ['div x', ['w7 = w7', 'if r7 != 0x0 goto pc+2', 'w0 ^= w0', 'exit', 'w0 /= w7']],
    ['st M[15]', ['*(u32 *)(r10 -64) = r0']],
    ['jeq #1, end', ['if r0 == 0x1 goto pc+1']],
    ['jeq #1, next, end', ['if r0 != 0x1 goto pc+1']],
    ['jset #1, next, end', ['if r0 & 0x1 goto pc+1', 'goto pc+1']],
    ['jgt #0xf0000000, end', ['w2 = -268435456', 'if r0 > r2 goto pc+1']],
    ['ld proto', ['r0 = *(u32 *)(r6 +16)', 'r0 = be16 r0']],
    ['ld cpu', ['call bpf_get_smp_processor_id#8']],
    ['ld rand', ['call bpf_get_prandom_u32#7']],
    ['ld [-4056]', ['w0 ^= w7']],
  ])('%s', (line, expected) => {
    expect(converted(`${line}\nnext: tax\nend: ret a`)).toEqual([...expected, 'r7 = r0', 'exit']);
  });

  it('names values that eBPF cannot read', () => {
    for (const { offset, name, source } of CLASSIC_EXTENSIONS) {
      const program = classicProgram(`ld [${(EXTENSION_OFFSET + offset) | 0}]\nret a`);
      const { outcome, finding } = verify(program);
      const known = source.kind !== 'unsupported';
      expect([name, outcome]).toEqual([name, known ? 'accepted' : 'unsupported']);
      if (!known) expect(finding?.message).toContain(source.what);
    }
  });

  it('tells where each instruction comes from', () => {
    const program = classicProgram('tax\n\n  ldxb 4*([0]&0xf)\nret a');
    expect(program.lines.map(({ pc, line, column }) => [pc, line, column])).toEqual([[0, 1, 1], [4, 3, 3], [11, 4, 1]]); // prettier-ignore
  });
});

describe('classic BPF of programs in eBPF', () => {
  const START = '.section "socket"\nw0 = 0\nw7 = 0\nr6 = r1\n';

  it('is found where the eBPF could have come from a filter', () => {
    const { insns } = programOfText(`${START}r0 = *(u16 *)skb[12]\nif r0 != 0x800 goto drop\nw0 = 9\nexit\ndrop: w0 = 0\nexit`);
    const found = unconvertInsns(insns);
    expect('reason' in found ? found : printClassic(found, 'asm')).toBe(
      '  ldh [12]\n  jneq #0x800, L3\n  ret #9\nL3:\n  ret #0\n',
    );
  });

  it('does not merge what something jumps between', () => {
    const text = 'jeq #1, ret\nld #5\nret: ret a';
    const { insns } = convertClassic(classicProgram(text).classic?.insns ?? []);
    expect(unconvertInsns(insns)).toEqual(classicProgram(text).classic?.insns);
  });

  it.each([
    ['.section "xdp"\nr0 = 2\nexit', 0, 'a filter in eBPF begins with w0 = 0, w7 = 0, r6 = r1: its registers A and X, and the context'],
    [`${START}r3 = r0\nexit`, 3, 'classic BPF has only the registers A (r0) and X (r7)'],
    [`${START}w0 = 0\ncall bpf_ktime_get_ns\nexit`, 4, 'classic BPF calls nothing but what reads the CPU number and random numbers'],
    [`${START}r0 += 1\nexit`, 3, 'A has 32 bits, and this works on 64'],
    [`${START}w0 s>>= 1\nexit`, 3, 'classic BPF has no operation arsh'],
    [`${START}r0 = *(u32 *)(r6 + 32)\nexit`, 3, 'classic BPF cannot read this field of the context'],
    [`${START}*(u8 *)(r10 - 1) = r0\nexit`, 3, 'classic BPF writes A and X to M, and nothing else'],
    [`${START}if r0 s> 1 goto +0\nexit`, 3, 'classic BPF compares unsigned numbers only'],
    [`${START}back: w0 += 1\nif r0 < 9 goto back\nexit`, 4, 'classic BPF jumps only forward'],
    [`${START}w0 /= 0\nexit`, 3, 'this divides by the constant 0'],
    [`${START}w0 /= w7\nexit`, 3, 'no filter is converted to this instruction here'],
  ])('%s', (text, pc, reason) => {
    expect(unconvertInsns(programOfText(text).insns)).toEqual({ pc, reason });
  });
}); // prettier-ignore
