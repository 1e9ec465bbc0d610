import type { Insn } from '../../isa/insn.ts';
import { encode } from '../../isa/encode.ts';
import { jumpTarget } from '../../isa/insn.ts';
import type { Program } from '../../program/program.ts';
import { isRegister } from './operands.ts';
import { printInsn } from '../pseudoC/print.ts';
import type { PrintContext } from './printContext.ts';
import { printMaps, uniqueMapNames } from './printMaps.ts';
import { CONSTANTS } from './tables.ts';

/** How a notation writes one instruction so that it can be assembled again. */
export type InsnPrinter = (insn: Insn, context: PrintContext) => string;

/** A program as text that assembles to the same bytes: its maps, its section, and its functions with labels. */
export function printProgram(program: Program, print: InsnPrinter = printPseudoC): string {
  const maps = uniqueMapNames(program.maps);
  const taken = new Set(maps.map(({ name }) => name));
  const linked = linksAsPrinted(program);
  const names = nameTargets(program, taken, linked);
  const lines = [`.license ${quoted(program.license)}`, ...printMaps(maps, program)];
  for (const [index, subprog] of program.subprogs.entries()) {
    if (index === 0) lines.push('', `.section ${quoted(program.section)}`, `.globl ${names.get(0) ?? program.name}`);
    else if (linked) lines.push('', ...(index === 1 ? ['.text'] : []), `.type ${names.get(subprog.start)}, @function`);
    for (let pc = subprog.start; pc < subprog.end; pc++) {
      const label = names.get(pc);
      if (label !== undefined) lines.push(`${label}:`);
      const insn = program.insns[pc];
      if (insn === undefined || insn.kind === 'wideSlot') continue;
      lines.push(`  ${printLine(program, insn, pc, { maps, names, linked, print })}`);
    }
  }
  return `${lines.join('\n')}\n`;
}

type Names = ReadonlyMap<number, string>;

interface Surroundings {
  readonly maps: Program['maps'];
  readonly names: Names;
  readonly linked: boolean;
  readonly print: InsnPrinter;
}

function printLine(program: Program, insn: Insn, pc: number, { maps, names, linked, print }: Surroundings): string {
  if (insn.kind === 'invalid' || (insn.kind === 'call' && insn.target === 'kfunc' && insn.off !== 0)) return raw(insn);
  const target = jumpTarget(insn, pc);
  const crosses = target !== null && functionAt(program, target, linked) !== functionAt(program, pc, linked);
  const calls = insn.kind === 'loadFunc' || (insn.kind === 'call' && insn.target === 'subprog');
  const labels = crosses || (calls && !linked) ? new Map<number, string>() : names;
  return print(insn, { pc, labels, maps, kfuncs: program.kfuncs, decimal: true });
}

function printPseudoC(insn: Insn, context: PrintContext): string {
  const text = printInsn(insn, context);
  return insn.kind === 'loadImm64' ? `${text} ll` : text;
}

/** An instruction without a spelling, by its bits. */
function raw(insn: Insn): string {
  const bytes = encode([insn]);
  return `.quad 0x${new DataView(bytes.buffer).getBigUint64(0, true).toString(16).padStart(16, '0')}`;
}

/** Text that is printed without functions is one function: everything is in reach of a jump. */
function functionAt(program: Program, pc: number, linked: boolean): number {
  if (pc < 0 || pc >= program.insns.length) return -1;
  if (!linked) return 0;
  return program.subprogs.findLastIndex(({ start }) => start <= pc);
}

/**
 * Whether the assembler would lay the functions out in the order they have: each where it is first used. Otherwise
 * they are printed as one, with calls by distance.
 */
function linksAsPrinted(program: Program): boolean {
  const indexAt = new Map(program.subprogs.map(({ start }, index) => [start, index]));
  const order = new Set([0]);
  const stack = [{ at: 0, end: program.subprogs[0]?.end ?? 0 }];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const pc = top.at++;
    const insn = program.insns[pc];
    if (pc >= top.end || insn === undefined) {
      stack.pop();
      continue;
    }
    const callee = calleeOf(insn, pc);
    if (callee === null) continue;
    const index = indexAt.get(callee);
    if (index === undefined) return false;
    if (order.has(index)) continue;
    order.add(index);
    stack.push({ at: callee, end: program.subprogs[index]?.end ?? 0 });
  }
  return order.size === program.subprogs.length && [...order].every((index, place) => index === place);
}

function calleeOf(insn: Insn, pc: number): number | null {
  if (insn.kind === 'call' && insn.target === 'subprog') return pc + 1 + insn.imm;
  return insn.kind === 'loadFunc' ? pc + 1 + insn.off : null;
}

/** A name for each function and for each place that is jumped to; none twice. */
function nameTargets(program: Program, taken: Set<string>, linked: boolean): Names {
  const names = new Map<number, string>();
  const name = (pc: number, wanted: string): void => {
    if (!names.has(pc)) names.set(pc, unique(wanted, taken));
  };
  name(0, program.name);
  if (linked) for (const subprog of program.subprogs.slice(1)) name(subprog.start, subprog.name);
  for (const [pc, insn] of program.insns.entries()) {
    const target = jumpTarget(insn, pc);
    if (target === null || functionAt(program, target, linked) < 0) continue;
    if (program.insns[target]?.kind !== 'wideSlot') name(target, program.labels.get(target) ?? `L${target}`);
  }
  return names;
}

function unique(wanted: string, taken: Set<string>): string {
  const plain = wanted.replaceAll(/[^A-Za-z0-9_.$]/g, '_');
  const usable = /^[A-Za-z_$]/.test(plain) && !isRegister(plain) && plain !== 'pc' && !CONSTANTS.has(plain);
  const base = usable ? plain : `_${plain}`;
  let name = base;
  for (let i = 2; taken.has(name); i++) name = `${base}_${i}`;
  taken.add(name);
  return name;
}

export function quoted(text: string): string {
  const escaped = text.replaceAll(
    /[^ !#-[\]-~]/g,
    (char) => `\\${(char.charCodeAt(0) & 0xff).toString(8).padStart(3, '0')}`,
  );
  return `"${escaped}"`;
}
