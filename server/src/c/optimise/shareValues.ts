/**
 * Computes nothing twice: an instruction whose value is already known where it stands gives way to the first one, and a
 * load to the value that was loaded or stored before when nothing can have written in between. Addresses of symbols are
 * shared within a block only, since a machine instruction makes them anew as cheaply as it would keep them.
 */
import { dominatorsOf, type Dominators } from '../ir/dominators.ts';
import { replaceAll, resolve, setInstrs } from '../ir/edit.ts';
import type { Block, Instr, IrFunction, Value } from '../ir/ir.ts';
import { contextOf, privateAllocas } from './escape.ts';
import { KnownMemory, type OwnMemory } from './knownMemory.ts';

interface Sharing {
  readonly fn: IrFunction;
  readonly dominators: Dominators;
  readonly known: Map<string, Instr[]>;
  readonly replaced: Map<Value, Value>;
  readonly own: OwnMemory;
  /** Made where paths meet; not yet in their blocks. */
  readonly phis: Map<Block, Instr[]>;
  /** What memory holds at the end of each block. */
  readonly atEnd: Map<Block, KnownMemory>;
}

/** True when something was shared. */
export function shareValues(fn: IrFunction): boolean {
  const state: Sharing = {
    fn,
    dominators: dominatorsOf(fn),
    known: new Map(),
    replaced: new Map(),
    own: { secret: privateAllocas(fn), context: contextOf(fn) },
    phis: new Map(),
    atEnd: new Map(),
  };
  for (const block of state.dominators.order) shareBlock(state, block);
  for (const [block, phis] of state.phis) {
    setInstrs(block, [...phis, ...block.instrs]);
    for (const phi of phis) phi.args = phi.args.map((arg) => resolve(state.replaced, arg));
  }
  replaceAll(fn, state.replaced);
  return state.replaced.size > 0;
}

function shareBlock(state: Sharing, block: Block): void {
  const memory = atBeginning(state, block);
  const before = state.replaced.size;
  const out: Instr[] = [];
  const back = { fn: state.fn, out, addPhi: (at: Block, phi: Instr): void => addPhi(state, at, phi) };
  for (const instr of block.instrs) {
    for (let i = 0; i < instr.args.length; i++) instr.args[i] = resolve(state.replaced, instr.args[i] as Value);
    const same = instr.op === 'load' ? memory.load(instr, back) : sameBefore(state, instr, block);
    if (same) state.replaced.set(instr, same);
    else {
      memory.after(instr);
      out.push(instr);
    }
  }
  state.atEnd.set(block, memory);
  if (state.replaced.size > before) setInstrs(block, out);
}

function addPhi(state: Sharing, block: Block, phi: Instr): void {
  const known = state.phis.get(block);
  if (known) known.push(phi);
  else state.phis.set(block, [phi]);
}

/** What all predecessors know; nothing when one of them comes later (a loop). */
function atBeginning(state: Sharing, block: Block): KnownMemory {
  const ends = block.preds.map((pred) => state.atEnd.get(pred));
  if (ends.includes(undefined)) return new KnownMemory(state.own);
  return KnownMemory.where(state.own, block, ends as KnownMemory[]);
}

function sameBefore(state: Sharing, instr: Instr, block: Block): Value | null {
  const key = keyOf(instr);
  if (key === null) return null;
  const candidates = state.known.get(key);
  if (!candidates) {
    state.known.set(key, [instr]);
    return null;
  }
  const found = candidates.find((one) => {
    const home = one.block as Block;
    return home === block || (instr.op !== 'address' && state.dominators.dominates(home, block));
  });
  if (found) return bothOf(found, instr);
  candidates.unshift(instr);
  if (candidates.length > 8) candidates.pop();
  return null;
}

/** What only one of them promises, nobody does. */
function bothOf(found: Instr, instr: Instr): Instr {
  if (found.op === 'binary' && instr.op === 'binary' && !instr.noWrap) delete found.noWrap;
  return found;
}

const COMMUTATIVE = new Set(['add', 'mul', 'and', 'or', 'xor']);

/** Equal for instructions of equal value; null for those that are no function of their arguments. */
function keyOf(instr: Instr): string | null {
  const args = (): string => instr.args.map(nameOf).join(' ');
  switch (instr.op) {
    case 'binary': {
      const [a, b] = instr.args as [Value, Value];
      const swap = COMMUTATIVE.has(instr.kind) && instr.type !== 'ptr' && b.op !== 'const' && a.id > b.id;
      return `${instr.kind} ${instr.type} ${swap ? `${b.id} ${a.id}` : `${nameOf(a)} ${b.id}`}`;
    }
    case 'compare':
      return `compare ${instr.kind} ${args()}`;
    case 'convert':
      return `${instr.kind} ${instr.type} ${args()}`;
    case 'address':
      return `address ${instr.symbol.name} ${instr.addend}`;
    case 'core':
      return `core ${instr.relocation.kind} ${instr.relocation.access} ${instr.value} ${typeNumber(instr.relocation.type)}`;
    case 'addrSpaceCast':
      return `cast ${instr.from} ${instr.to} ${args()}`;
    case 'phi':
      return `phi ${instr.block?.id} ${args()}`;
    default:
      return null;
  }
}

/** Addresses of one symbol are equal, though each stands for itself. */
function nameOf(value: Value): string | number {
  return value.op === 'address' ? `@${value.symbol.name}+${value.addend}` : value.id;
}

const typeNumbers = new WeakMap<object, number>();
let nextTypeNumber = 0;

/** Types are told apart by identity. */
function typeNumber(type: object): number {
  const known = typeNumbers.get(type);
  if (known !== undefined) return known;
  typeNumbers.set(type, nextTypeNumber);
  return nextTypeNumber++;
}
