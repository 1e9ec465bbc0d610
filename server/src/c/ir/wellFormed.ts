/**
 * What every function of the intermediate language must hold: definitions dominate uses, phis agree with predecessors,
 * types fit. Run by tests after each pass; answers what is wrong, in words with the ids of values.
 */
import { dominatorsOf, type Dominators } from './dominators.ts';
import { isTerminator, successorsOf, terminatorOf } from './edit.ts';
import type { Block, Instr, IrFunction, Value, ValueType } from './ir.ts';

export function wellFormed(fn: IrFunction): string[] {
  if (fn.blocks.length === 0) return [];
  const faults = fn.blocks.flatMap((block) => [...blockFaults(block), ...edgeFaults(fn, block)]);
  if (fn.blocks[0]?.preds.length) faults.push('the entry has predecessors');
  if (faults.length > 0) return faults;
  const typeFaults = fn.blocks.flatMap((block) => block.instrs.flatMap((instr) => typeFaultsOf(fn, instr)));
  return [...typeFaults, ...dominanceFaults(fn)];
}

function blockFaults(block: Block): string[] {
  const faults: string[] = [];
  if (!terminatorOf(block)) faults.push(`${block.label} has no terminator`);
  let body = false;
  for (const [i, instr] of block.instrs.entries()) {
    if (instr.block !== block) faults.push(`%${instr.id} does not know its block ${block.label}`);
    if (isTerminator(instr) && i !== block.instrs.length - 1) faults.push(`${instr.op} amid ${block.label}`);
    if (instr.op !== 'phi') body = true;
    else if (body) faults.push(`phi %${instr.id} is not first in ${block.label}`);
    else if (instr.args.length !== block.preds.length) faults.push(`phi %${instr.id} has ${instr.args.length} values`);
  }
  return faults;
}

function edgeFaults(fn: IrFunction, block: Block): string[] {
  const faults: string[] = [];
  for (const to of successorsOf(block)) {
    if (to.preds.filter((pred) => pred === block).length !== 1)
      faults.push(`${block.label} -> ${to.label} is not known`);
    if (!fn.blocks.includes(to)) faults.push(`${to.label} is not in the function`);
  }
  for (const pred of block.preds) {
    if (!successorsOf(pred).includes(block)) faults.push(`${pred.label} does not lead to ${block.label}`);
  }
  return faults;
}

function dominanceFaults(fn: IrFunction): string[] {
  const dominators = dominatorsOf(fn);
  const faults: string[] = [];
  for (const block of dominators.order) {
    const before = new Set<Value>();
    for (const instr of block.instrs) {
      for (const [i, arg] of instr.args.entries()) {
        const where = instr.op === 'phi' ? block.preds[i] : null;
        if (!reaches(arg, block, where ?? null, before, dominators)) {
          faults.push(`%${arg.id} does not dominate its use in %${instr.id} (${instr.op}, ${block.label})`);
        }
      }
      before.add(instr);
    }
  }
  return faults;
}

function reaches(arg: Value, block: Block, pred: Block | null, before: Set<Value>, dominators: Dominators): boolean {
  if (arg.op === 'const' || arg.op === 'param') return true;
  if (!arg.block) return false;
  if (pred) return !dominators.index.has(pred) || dominators.dominates(arg.block, pred);
  return arg.block === block ? before.has(arg) : dominators.dominates(arg.block, block);
}

function typeFaultsOf(fn: IrFunction, instr: Instr): string[] {
  const types = instr.args.map((arg) => arg.type);
  const fault = typeFault(fn, instr, types);
  return fault === null ? [] : [`%${instr.id} (${instr.op}, ${instr.block?.label}): ${fault}`];
}

/** By operation: the types of its arguments, where they are always the same. */
const ARGUMENTS: Partial<Record<Instr['op'], readonly (readonly ValueType[])[]>> = {
  load: [['ptr']],
  memcpy: [['ptr'], ['ptr']],
  memmove: [['ptr'], ['ptr']],
  memset: [['ptr'], ['i32', 'i64']],
  alloca: [],
  address: [],
  core: [],
  jump: [],
  unreachable: [],
  packetLoad: [['ptr'], ['i32', 'i64']],
  addrSpaceCast: [['ptr']],
  switch: [['i32', 'i64']],
};

function typeFault(fn: IrFunction, instr: Instr, types: readonly ValueType[]): string | null {
  if (types.includes('void')) return 'an argument without a value';
  const wanted = ARGUMENTS[instr.op];
  if (wanted && (wanted.length !== types.length || wanted.some((some, i) => !some.includes(types[i] ?? 'void')))) {
    return `arguments ${types.join(', ')}`;
  }
  switch (instr.op) {
    case 'binary':
      return binaryFault(instr, types);
    case 'compare':
      return instr.type === 'i32' && types.length === 2 && types[0] === types[1]
        ? null
        : `compares ${types.join(', ')}`;
    case 'branch':
      return types.length === 2 && types[0] === types[1] ? null : `compares ${types.join(', ')}`;
    case 'convert':
      return convertFault(instr, types);
    case 'phi':
      return types.every((type) => type === instr.type) ? null : `a ${instr.type} of ${types.join(', ')}`;
    case 'load':
      return instr.size === 8 && instr.type === 'i32' ? 'an i32 of 8 bytes' : null;
    case 'store':
      return storeFault(instr, types);
    case 'return':
      return (types[0] ?? 'void') === fn.returns ? null : `returns ${types[0] ?? 'void'}`;
    default:
      return null;
  }
}

function binaryFault(instr: Instr & { op: 'binary' }, types: readonly ValueType[]): string | null {
  const text = `${instr.type} ${instr.kind} of ${types.join(', ')}`;
  if (types.length !== 2) return text;
  if (instr.type === 'ptr') {
    const fits = types[0] === 'ptr' && types[1] === 'i64' && (instr.kind === 'add' || instr.kind === 'sub');
    return fits ? null : text;
  }
  return types[0] === instr.type && types[1] === instr.type ? null : text;
}

function convertFault(instr: Instr & { op: 'convert' }, types: readonly ValueType[]): string | null {
  const text = `${instr.kind} of ${types.join(', ')} to ${instr.type}`;
  const is = (from: ValueType, to: ValueType): string | null => (types[0] === from && instr.type === to ? null : text);
  switch (instr.kind) {
    case 'zext':
    case 'sext':
      return is('i32', 'i64');
    case 'trunc':
      return is('i64', 'i32');
    case 'ptrToInt':
      return is('ptr', 'i64');
    case 'intToPtr':
      return is('i64', 'ptr');
    case 'swap64':
      return is('i64', 'i64');
    case 'zext8':
    case 'zext16':
    case 'sext8':
    case 'sext16':
    case 'swap16':
    case 'swap32':
      return types[0] === instr.type && instr.type !== 'ptr' ? null : text;
    default:
      return text;
  }
}

function storeFault(instr: Instr & { op: 'store' }, types: readonly ValueType[]): string | null {
  if (types.length !== 2 || types[0] !== 'ptr') return `arguments ${types.join(', ')}`;
  return instr.size === 8 && types[1] === 'i32' ? '8 bytes of an i32' : null;
}
