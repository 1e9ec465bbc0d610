/**
 * Takes accesses apart whose address is not known to be aligned: the kernel refuses them on the stack, and everywhere
 * where the processor does not forgive them. Runs last, when inlining has told where pointers lead.
 */
import { constant, newInstr, replaceAll, setInstrs, type InstrInit } from '../ir/edit.ts';
import type { Instr, IrFunction, IrModule, Value } from '../ir/ir.ts';

type Access = Extract<Instr, { op: 'load' | 'store' }>;

export function splitUnaligned(fn: IrFunction, module: IrModule): boolean {
  let changed = false;
  const replaced = new Map<Value, Value>();
  for (const block of fn.blocks) {
    if (!block.instrs.some(isUnaligned)) continue;
    const out: Instr[] = [];
    for (const instr of block.instrs) {
      if (!isUnaligned(instr)) out.push(instr);
      else if (alignmentOf(instr, module) >= instr.size) out.push(aligned(instr));
      else if (instr.op === 'load') replaced.set(instr, splitLoad(fn, instr, out));
      else splitStore(fn, instr, out);
    }
    setInstrs(block, out);
    changed = true;
  }
  replaceAll(fn, replaced);
  return changed;
}

function isUnaligned(instr: Instr): instr is Access {
  return (instr.op === 'load' || instr.op === 'store') && instr.alignBytes !== undefined;
}

function aligned(access: Access): Access {
  delete access.alignBytes;
  return access;
}

/** Of memory that this unit lays out more may be known than the access said. */
function alignmentOf({ args, off, alignBytes = 1 }: Access, module: IrModule): number {
  const [base] = args;
  if (base?.op === 'alloca') return Math.max(alignBytes, alignAt(base.alignBytes, off));
  if (base?.op !== 'address') return alignBytes;
  return Math.max(alignBytes, alignAt(module.data.get(base.symbol.name)?.alignBytes ?? 1, base.addend + off));
}

function alignAt(alignBytes: number, off: number): number {
  let align = alignBytes;
  while (align > 1 && off % align !== 0) align /= 2;
  return align;
}

type Append = (init: Bare<InstrInit>, ...args: Value[]) => Instr;
type Bare<T> = T extends unknown ? Omit<T, 'args' | 'place' | 'inlinedAt'> : never;

function appender(fn: IrFunction, { place, inlinedAt }: Instr, out: Instr[]): Append {
  return (init, ...args) => {
    const instr = newInstr(fn, { ...init, args, place, inlinedAt }) as Instr;
    out.push(instr);
    return instr;
  };
}

/** Halves until the unit is aligned, as LLVM does: fewer shifts than byte by byte. */
function splitLoad(fn: IrFunction, access: Extract<Access, { op: 'load' }>, out: Instr[]): Value {
  const { type, args, size, signed, volatile, off, alignBytes = 1 } = access;
  const [base] = args;
  if (!base || type === 'void') return access;
  const held = type === 'i32' ? 'i32' : 'i64';
  const append = appender(fn, access, out);
  const read = (at: number, bytes: number, extend: boolean): Value => {
    const unit = bytes as 1 | 2 | 4 | 8;
    if (bytes <= alignBytes)
      return append({ op: 'load', type: held, size: unit, signed: extend, volatile, off: off + at }, base);
    const half = bytes / 2;
    const low = read(at, half, false);
    const high = read(at + half, half, extend);
    const shifted = append({ op: 'binary', kind: 'shl', type: held }, high, constant(fn, held, half * 8));
    return append({ op: 'binary', kind: 'or', type: held }, shifted, low);
  };
  const whole = read(0, size, signed);
  return type === 'ptr' ? append({ op: 'convert', kind: 'intToPtr', type: 'ptr' }, whole) : whole;
}

function splitStore(fn: IrFunction, access: Extract<Access, { op: 'store' }>, out: Instr[]): void {
  const { args, size, volatile, off, alignBytes = 1 } = access;
  const [base, given] = args;
  if (!base || !given || given.type === 'void') return;
  const append = appender(fn, access, out);
  const value = given.type === 'ptr' ? append({ op: 'convert', kind: 'ptrToInt', type: 'i64' }, given) : given;
  const held = value.type === 'i32' ? 'i32' : 'i64';
  for (let at = 0; at < size; at += alignBytes) {
    const part = at === 0 ? value : shiftedDown(fn, append, value, held, at);
    append({ op: 'store', type: 'void', size: alignBytes, volatile, off: off + at }, base, part);
  }
}

function shiftedDown(fn: IrFunction, append: Append, value: Value, held: 'i32' | 'i64', bytes: number): Value {
  if (value.op === 'const') return constant(fn, held, value.value >> BigInt(bytes * 8));
  return append({ op: 'binary', kind: 'lshr', type: held }, value, constant(fn, held, bytes * 8));
}
