/** Programs out of functions: each entry with the functions it calls behind it, as libbpf lays them out. */
import { positionAt } from '../../base/source.ts';
import type { Insn } from '../../isa/insn.ts';
import { attachTargetOf, programTypeOfSection } from '../../kernel/sections.ts';
import type { LineInfo, MapSpec, Program, Subprog } from '../../program/program.ts';
import type { Func } from './functions.ts';
import type { Resolved } from './resolve.ts';
import { reportError, type Item, type Unit } from './unit.ts';

export interface LinkInput {
  readonly unit: Unit;
  readonly resolved: ReadonlyMap<Func, readonly Resolved[]>;
  readonly maps: readonly MapSpec[];
  readonly license: string;
}

export interface Linked {
  readonly program: Program;
  /** First slot of each function that the program holds. */
  readonly bases: ReadonlyMap<Func, number>;
}

/** Slots of all programs of a file together: shared functions count in each, so a small text could ask for a lot. */
const MOST_SLOTS = 2_000_000;

export function linkPrograms(input: LinkInput): Linked[] {
  const linked: Linked[] = [];
  let slots = 0;
  for (const [func] of input.resolved) {
    if (!func.entry) continue;
    const order = layOut(input.resolved, func);
    slots += order.reduce((sum, { start, end }) => sum + end - start, 0);
    if (slots > MOST_SLOTS) {
      const span = func.label?.span ?? func.span;
      reportError(
        input.unit,
        'too-large',
        span,
        `The programs of this file have more than ${MOST_SLOTS} slots together.`,
      );
      return linked;
    }
    linked.push(linkProgram(input, func, order));
  }
  return linked;
}

/**
 * The entry, then each function where it is first used, followed at once by those that it uses. Mirrors
 * `bpf_object__reloc_code` of tools/lib/bpf/libbpf.c, v6.12; without recursion, for chains of calls may be long.
 */
function layOut(resolved: ReadonlyMap<Func, readonly Resolved[]>, entry: Func): Func[] {
  const placed = new Set([entry]);
  const stack = [{ func: entry, at: 0 }];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const next = resolved.get(top.func)?.[top.at++];
    if (next === undefined) stack.pop();
    else if (next.target !== null && !placed.has(next.target)) {
      placed.add(next.target);
      stack.push({ func: next.target, at: 0 });
    }
  }
  return [...placed];
}

function linkProgram(input: LinkInput, entry: Func, order: readonly Func[]): Linked {
  const bases = new Map<Func, number>();
  let size = 0;
  for (const func of order) {
    bases.set(func, size);
    size += func.end - func.start;
  }
  const insns: Insn[] = [];
  const lines: LineInfo[] = [];
  for (const func of order) place(input, func, bases, insns, lines);
  const found = programTypeOfSection(entry.section.name);
  const labels = labelsOf(order, bases);
  const program: Program = {
    name: entry.name,
    type: found?.type ?? 'unspec',
    attachType: found?.attachType ?? null,
    attachTarget: attachTargetOf(found),
    section: entry.section.name,
    insns,
    subprogs: subprogsOf(order, bases, insns, labels),
    maps: input.maps,
    lines,
    labels,
    license: input.license,
    btf: null,
    sleepable: found?.sleepable ?? false,
    flags: found?.flags ?? 0,
    kfuncs: input.unit.kfuncs,
  };
  return { program, bases };
}

function place(input: LinkInput, func: Func, bases: ReadonlyMap<Func, number>, insns: Insn[], lines: LineInfo[]): void {
  const resolved = input.resolved.get(func) ?? [];
  for (const [i, { insn, width, target }] of resolved.entries()) {
    const item = func.section.items[func.from + i];
    if (item !== undefined) lines.push(lineOf(input.unit, item, insns.length));
    insns.push(target === null ? insn : aimed(insn, (bases.get(target) ?? 0) - insns.length - 1));
    if (width === 2) insns.push(insn.kind === 'invalid' ? insn : { kind: 'wideSlot' });
  }
}

function aimed(insn: Insn, distance: number): Insn {
  if (insn.kind === 'call') return { ...insn, imm: distance };
  return insn.kind === 'loadFunc' ? { ...insn, off: distance } : insn;
}

function lineOf({ source }: Unit, { span }: Item, pc: number): LineInfo {
  const { line, column } = positionAt(source, span.start);
  return { pc, path: source.path, line: line + 1, column: column + 1, span, text: null };
}

function labelsOf(order: readonly Func[], bases: ReadonlyMap<Func, number>): Map<number, string> {
  const labels = new Map<number, string>();
  for (const func of order) {
    const base = bases.get(func) ?? 0;
    for (const label of labelsWithin(func)) {
      const pc = base + label.at - func.start;
      if (!labels.has(pc)) labels.set(pc, label.name);
    }
    if (func.label !== null) labels.set(base, func.name);
  }
  return labels;
}

/** A section's labels are in order of their slots. */
function labelsWithin(func: Func): readonly { readonly name: string; readonly at: number }[] {
  const { labels } = func.section;
  let from = lowerBound(labels, func.start);
  const found: { name: string; at: number }[] = [];
  for (let label = labels[from]; label !== undefined && label.at < func.end; label = labels[++from])
    if (!label.local) found.push(label);
  return found;
}

function lowerBound(labels: readonly { readonly at: number }[], slot: number): number {
  let low = 0;
  let high = labels.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((labels[middle]?.at ?? 0) < slot) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The functions laid out, and what is called by distance (`call pc+3`). Without BTF the kernel takes all as static. */
function subprogsOf(
  order: readonly Func[],
  bases: ReadonlyMap<Func, number>,
  insns: readonly Insn[],
  labels: ReadonlyMap<number, string>,
): Subprog[] {
  const names = new Map(order.map((func) => [bases.get(func) ?? 0, func.name]));
  for (const [pc, insn] of insns.entries()) {
    const target = subprogTarget(insn, pc);
    if (target > 0 && target < insns.length && !names.has(target))
      names.set(target, labels.get(target) ?? `subprog_${target}`);
  }
  const starts = [...names.keys()].sort((a, b) => a - b);
  return starts.map((start, i) => {
    const end = starts[i + 1] ?? insns.length;
    return { name: names.get(start) ?? '', start, end, global: false, typeId: 0 };
  });
}

function subprogTarget(insn: Insn, pc: number): number {
  if (insn.kind === 'call' && insn.target === 'subprog') return pc + 1 + insn.imm;
  return insn.kind === 'loadFunc' ? pc + 1 + insn.off : -1;
}
