import { CLASSIC_CODE, classicOp, type ClassicInsn, type ClassicOp, type ClassicOperand } from '../../isa/classic.ts';
import { classicExtension, extensionAt } from '../../kernel/classicExtensions.ts';

/** `d`, `dd` and `ddd` are the options of tcpdump; `asm` is what bpf_asm reads. */
export const CLASSIC_STYLES = ['d', 'dd', 'ddd', 'asm'] as const;

export type ClassicStyle = (typeof CLASSIC_STYLES)[number];

/** A whole program, a line for each instruction. */
export function printClassic(insns: readonly ClassicInsn[], style: ClassicStyle): string {
  const lines = linesOf(insns, style);
  return lines.map((line) => `${line}\n`).join('');
}

function linesOf(insns: readonly ClassicInsn[], style: ClassicStyle): string[] {
  if (style === 'd') return insns.map(dumpLine);
  if (style === 'dd') return insns.map(initializer);
  if (style === 'ddd') return [String(insns.length), ...insns.map(({ code, jt, jf, k }) => `${code} ${jt} ${jf} ${k}`)];
  return asmLines(insns);
}

function initializer({ code, jt, jf, k }: ClassicInsn): string {
  return `{ 0x${code.toString(16)}, ${jt}, ${jf}, 0x${k.toString(16).padStart(8, '0')} },`;
}

/** One line of `tcpdump -d`, byte for byte. Mirrors `bpf_image` of libpcap 1.10, bpf_image.c. */
function dumpLine(insn: ClassicInsn, index: number): string {
  const number = `(${String(index).padStart(3, '0')})`;
  const op = dumpedOp(insn.code);
  if (op === null) return `${number} ${'unimp'.padEnd(8)} 0x${insn.code.toString(16)}`;
  const operand = dumpOperand(op, insn, index);
  const start = `${number} ${op.mnemonic.padEnd(8)} `;
  if (!op.branches) return start + operand;
  return `${start}${operand.padEnd(16)} jt ${index + 1 + insn.jt}\tjf ${index + 1 + insn.jf}`;
}

/** libpcap has no name for `ldx #pktlen`, though kernels take it. */
function dumpedOp(code: number): ClassicOp | null {
  return code === CLASSIC_CODE.ldxLen ? null : classicOp(code);
}

/** Offsets and constants of arithmetic are signed there, constants of loads, masks and comparisons hexadecimal. */
function dumpOperand({ operand, mnemonic, branches }: ClassicOp, insn: ClassicInsn, index: number): string {
  const k = insn.k | 0;
  switch (operand) {
    case 'abs':
      return `[${extensionAt(insn.k)?.dumped ?? k}]`;
    case 'ind':
      return `[x + ${k}]`;
    case 'mem':
      return `M[${k}]`;
    case 'msh':
      return `4*([${k}]&0xf)`;
    case 'len':
      return '#pktlen';
    case 'x':
      return 'x';
    case 'target':
      return String((index + 1 + insn.k) | 0);
    case 'imm':
      return branches || HEXADECIMAL.has(mnemonic) ? `#0x${insn.k.toString(16)}` : `#${k}`;
    case 'a':
    case 'none':
      return '';
  }
}

const HEXADECIMAL = new Set(['ld', 'ldx', 'and', 'or', 'xor']);

/** Labels stand where jumps lead; what lies behind the end gets one there, too. */
function asmLines(insns: readonly ClassicInsn[]): string[] {
  const labels = labelsOf(insns);
  const lines: string[] = [];
  for (const [index, insn] of insns.entries()) {
    const label = labels.get(index);
    if (label !== undefined) lines.push(`${label}:`);
    lines.push(`  ${asmLine(insn, index, labels)}`);
  }
  return lines;
}

function labelsOf(insns: readonly ClassicInsn[]): Map<number, string> {
  const targets = new Set<number>();
  for (const [index, insn] of insns.entries()) for (const target of jumpTargets(insn, index)) targets.add(target);
  const inside = [...targets].filter((target) => target < insns.length).sort((a, b) => a - b);
  return new Map(inside.map((target) => [target, `L${target}`]));
}

/** Places that the text of an instruction has to name. */
function jumpTargets({ code, jt, jf, k }: ClassicInsn, index: number): number[] {
  if (code === CLASSIC_CODE.ja) return [index + 1 + k];
  if (classicOp(code)?.branches !== true) return [];
  return jf === 0
    ? [index + 1 + jt]
    : jt === 0 && NEGATED.has(code & 0xf0)
      ? [index + 1 + jf]
      : bothTargets(index, jt, jf);
}

function bothTargets(index: number, jt: number, jf: number): number[] {
  return [index + 1 + jt, index + 1 + jf];
}

/** Comparisons with a name for their opposite: jneq, jle, jlt. */
const NEGATED: ReadonlyMap<number, string> = new Map([
  [0x10, 'jneq'],
  [0x20, 'jle'],
  [0x30, 'jlt'],
]);

/** One instruction as bpf_asm writes it. `labels` names what it may jump to; else the number of the place stands there. */
export function asmLine(insn: ClassicInsn, index: number, labels: ReadonlyMap<number, string> = new Map()): string {
  const op = classicOp(insn.code);
  if (op === null) return `unimp 0x${insn.code.toString(16)}`;
  const place = (target: number): string => labels.get(target) ?? String(target);
  if (op.operand === 'target') return `ja ${place(index + 1 + insn.k)}`;
  const operand = asmOperand(op.operand, insn);
  if (!op.branches) return operand === '' ? op.mnemonic : `${op.mnemonic} ${operand}`;
  const negated = insn.jt === 0 && insn.jf !== 0 ? NEGATED.get(insn.code & 0xf0) : undefined;
  const targets = jumpTargets(insn, index).map(place).join(', ');
  return `${negated ?? op.mnemonic} ${operand}, ${targets}`;
}

/** bpf_asm has no name for the load that is no load. */
function extensionName(insn: ClassicInsn): string | null {
  const extension = classicExtension(insn);
  return extension === null || extension.source.kind === 'xor' ? null : extension.name;
}

function asmOperand(operand: ClassicOperand, insn: ClassicInsn): string {
  const { k } = insn;
  switch (operand) {
    case 'abs':
      return extensionName(insn) ?? `[${k | 0}]`;
    case 'ind':
      return `[x + ${k | 0}]`;
    case 'mem':
      return `M[${k}]`;
    case 'msh':
      return `4*([${k | 0}]&0xf)`;
    case 'len':
      return 'len';
    case 'imm':
      return `#${k < 10 ? k : `0x${k.toString(16)}`}`;
    case 'x':
    case 'a':
      return operand;
    case 'none':
    case 'target':
      return '';
  }
}
