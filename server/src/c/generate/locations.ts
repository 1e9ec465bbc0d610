/**
 * Where the debugger finds variables. A value that a variable got stays in its register until something overwrites it,
 * and goes along with copies; what several ways into a block agree on holds in the block.
 */
import type { MachineFunction, VariableLocation } from '../machine.ts';
import { isCopy, type Code, type CodeBlock, type DebugInsn, type FrameObject, type Op } from './code.ts';
import { FRAME } from './code.ts';
import type { Emitted } from './emit.ts';
import { clobbersOf, forEachWrite } from './registers.ts';

type Where = VariableLocation['where'];

/** All places that hold the value of (a piece of) a variable. */
interface Held {
  readonly insn: DebugInsn;
  readonly inlinedAt: Op['inlinedAt'];
  /** A bit for each register. */
  readonly registers: number;
  readonly slots: readonly FrameObject[];
  readonly constant: bigint | null;
}

/** By variable and piece. */
type State = Map<string, Held>;

interface Open {
  readonly held: Held;
  readonly where: Where;
  readonly from: number;
}

interface Walk {
  readonly keys: Map<DebugInsn['variable'], number>;
  readonly calls: Map<Op['inlinedAt'], number>;
}

/** So many steps are taken at most; then each block tells only what it shows by itself. */
const MOST_STEPS = 2_000_000;

export function locationsOf(code: Code, emitted: Emitted, wholeFunction: boolean): VariableLocation[] {
  const locations = frameLocations(code, emitted, wholeFunction);
  const debugs = code.blocks.some(({ ops }) => ops.some(({ insn }) => insn.kind === 'debug'));
  if (!debugs) return locations;
  const walk: Walk = { keys: new Map(), calls: new Map() };
  const entries = statesAtEntry(walk, code.blocks);
  return [...locations, ...rangesOf(walk, code.blocks, entries, emitted)];
}

/** Variables that live in the frame; where others may have their bytes, from the first to the last use. */
function frameLocations(
  { blocks, objects }: Code,
  { places, insns }: Emitted,
  whole: boolean,
): MachineFunction['locations'][number][] {
  const used = new Map<FrameObject, { from: number; to: number }>();
  for (const { ops } of blocks)
    for (const op of ops) {
      if (op.frame === null) continue;
      const pc = places.get(op) ?? 0;
      const known = used.get(op.frame);
      if (known === undefined) used.set(op.frame, { from: pc, to: pc + 1 });
      else Object.assign(known, { from: Math.min(known.from, pc), to: Math.max(known.to, pc + 1) });
    }
  return objects.flatMap((object) => {
    const { variable, variableOff, inlinedAt, sizeBytes, offset } = object;
    const range = used.get(object);
    if (variable === null || range === undefined) return [];
    const { from, to } = whole || object.conflicts === null ? { from: 0, to: insns.length } : range;
    return [
      {
        variable,
        inlinedAt,
        from,
        to,
        off: variableOff,
        size: sizeBytes,
        where: { kind: 'stack', off: offset } as const,
      },
    ];
  });
}

function statesAtEntry(walk: Walk, blocks: readonly CodeBlock[]): Map<CodeBlock, State> {
  const entries = new Map<CodeBlock, State>();
  const [entry] = blocks;
  if (entry === undefined) return entries;
  entries.set(entry, new Map());
  const work = new Set<CodeBlock>([entry]);
  let steps = 0;
  for (const block of work) {
    work.delete(block);
    const state: State = new Map(entries.get(block) ?? []);
    for (const op of block.ops) step(walk, op, state);
    steps += block.ops.length + state.size;
    if (steps > MOST_STEPS) return new Map();
    for (const succ of block.succs) if (meet(entries, succ, state)) work.add(succ);
  }
  return entries;
}

/** Keeps what both agree on; whether that is less than before. */
function meet(entries: Map<CodeBlock, State>, block: CodeBlock, state: State): boolean {
  const known = entries.get(block);
  if (known === undefined) {
    entries.set(block, new Map(state));
    return true;
  }
  let changed = false;
  for (const [key, held] of known) {
    const other = state.get(key);
    const both = other === undefined ? null : intersection(held, other);
    if (both === held) continue;
    changed = true;
    if (both === null) known.delete(key);
    else known.set(key, both);
  }
  return changed;
}

function intersection(a: Held, b: Held): Held | null {
  const registers = a.registers & b.registers;
  const slots = a.slots.filter((slot) => b.slots.includes(slot));
  const constant = a.constant === b.constant ? a.constant : null;
  if (registers === a.registers && slots.length === a.slots.length && constant === a.constant) return a;
  const both = { ...a, registers, slots, constant };
  return whereOf(both) === null ? null : both;
}

/** Whether something changed. */
function step(walk: Walk, op: Op, state: State): boolean {
  const { insn } = op;
  if (insn.kind === 'debug') return define(walk, op, insn, state);
  if (state.size === 0) return false;
  if (isCopy(insn) && op.frame === null && insn.dst !== insn.src) return copyTo(state, insn.src, insn.dst);
  let written = 0;
  forEachWrite(op, (reg) => (written |= 1 << reg));
  for (const reg of clobbersOf(insn)) written |= 1 << reg;
  const loaded = insn.kind === 'load' && insn.src === FRAME ? op.frame : null;
  const stored = insn.kind === 'store' && insn.dst === FRAME ? op.frame : null;
  if (written === 0 && stored === null) return false;
  let changed = false;
  for (const [key, held] of state) {
    let { registers, slots } = held;
    const reloads = loaded !== null && slots.includes(loaded);
    registers &= ~written;
    if (reloads) registers |= written;
    if (stored !== null) {
      const saves = insn.kind === 'store' && insn.source === 'reg' && (held.registers & (1 << insn.src)) !== 0;
      if (slots.includes(stored)) slots = slots.filter((slot) => slot !== stored);
      if (saves && stored.variable === null) slots = [...slots, stored];
    }
    changed = change(state, key, held, registers, slots) || changed;
  }
  return changed;
}

function change(state: State, key: string, held: Held, registers: number, slots: readonly FrameObject[]): boolean {
  if (registers === held.registers && slots === held.slots) return false;
  const other = { ...held, registers, slots };
  if (whereOf(other) === null) state.delete(key);
  else state.set(key, other);
  return true;
}

function copyTo(state: State, src: number, dst: number): boolean {
  let changed = false;
  for (const [key, held] of state) {
    const holds = (held.registers & (1 << src)) !== 0;
    const registers = holds ? held.registers | (1 << dst) : held.registers & ~(1 << dst);
    changed = change(state, key, held, registers, held.slots) || changed;
  }
  return changed;
}

/** A new value; pieces of the variable that it covers lose theirs. */
function define(walk: Walk, { inlinedAt }: Op, insn: DebugInsn, state: State): boolean {
  const { variable, off, size } = insn;
  const prefix = prefixOf(walk, variable, inlinedAt);
  for (const [key, { insn: other }] of state)
    if (key.startsWith(prefix) && other.off < off + size && off < other.off + other.size) state.delete(key);
  const constant = insn.value.op === 'const' ? insn.value.value : null;
  const registers = insn.reg >= 0 && insn.reg < FRAME ? 1 << insn.reg : 0;
  const held = { insn, inlinedAt, registers, slots: insn.slot === null ? [] : [insn.slot], constant };
  if (whereOf(held) !== null) state.set(`${prefix}${off} ${size}`, held);
  return true;
}

function prefixOf({ keys, calls }: Walk, variable: DebugInsn['variable'], call: Op['inlinedAt']): string {
  if (!keys.has(variable)) keys.set(variable, keys.size);
  if (!calls.has(call)) calls.set(call, calls.size);
  return `${keys.get(variable)} ${calls.get(call)} `;
}

function whereOf({ registers, slots, constant }: Held): Where | null {
  if (constant !== null) return { kind: 'constant', value: constant };
  if (registers !== 0) return { kind: 'register', reg: 31 - Math.clz32(registers) };
  const [slot] = slots;
  return slot === undefined ? null : { kind: 'stack', off: slot.offset };
}

function rangesOf(
  walk: Walk,
  blocks: readonly CodeBlock[],
  entries: Map<CodeBlock, State>,
  { places, insns }: Emitted,
): VariableLocation[] {
  const open = new Map<string, Open>();
  const done: VariableLocation[] = [];
  for (const block of blocks) {
    const state: State = new Map(entries.get(block) ?? []);
    const [first] = block.ops;
    if (first !== undefined) settle(open, state, places.get(first) ?? 0, done);
    for (const [i, op] of block.ops.entries()) {
      const changed = step(walk, op, state);
      const next = block.ops[i + 1];
      if (changed && next !== undefined) settle(open, state, places.get(next) ?? insns.length, done);
    }
  }
  settle(open, new Map(), insns.length, done);
  return done;
}

/** Ends the ranges that the state no longer agrees with, and begins others. */
function settle(open: Map<string, Open>, state: State, pc: number, done: VariableLocation[]): void {
  for (const [key, one] of open) {
    const held = state.get(key);
    const where = held === undefined ? null : whereOf(held);
    if (where !== null && held?.insn.variable === one.held.insn.variable && sameWhere(where, one.where)) continue;
    open.delete(key);
    if (pc > one.from) done.push(locationOf(one, pc));
  }
  for (const [key, held] of state) {
    const where = open.has(key) ? null : whereOf(held);
    if (where !== null) open.set(key, { held, where, from: pc });
  }
}

function locationOf({ held, where, from }: Open, to: number): VariableLocation {
  const { variable, off, size } = held.insn;
  return { variable, inlinedAt: held.inlinedAt, from, to, off, size, where };
}

function sameWhere(a: Where, b: Where): boolean {
  if (a.kind === 'register') return b.kind === 'register' && a.reg === b.reg;
  if (a.kind === 'stack') return b.kind === 'stack' && a.off === b.off;
  return b.kind === 'constant' && a.value === b.value;
}
