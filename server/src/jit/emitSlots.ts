/** Reads and writes the locals that stand for parts of the frame (see frameSlots.ts). */
import type { Size } from '../isa/insn.ts';
import type { FunctionContext } from './context.ts';
import type { FrameSlots, FrameUnit } from './frameSlots.ts';
import { OP } from './opcodes.ts';

/** The locals of one function. */
export class SlotLocals {
  private readonly slots: FrameSlots;
  private readonly locals = new Map<FrameUnit, number>();

  constructor(slots: FrameSlots) {
    this.slots = slots;
  }

  /** The kept units in a range of the frame, in order. */
  within(start: number, size: number): FrameUnit[] {
    const units: FrameUnit[] = [];
    for (let at = start; at < start + size;) {
      const unit = this.slots.unitAt[at];
      if (unit !== undefined) units.push(unit);
      at += unit?.size ?? 1;
    }
    return units;
  }

  local(f: FunctionContext, unit: FrameUnit): number {
    let local = this.locals.get(unit);
    if (local === undefined) {
      local = f.code.local(unit.size > 4 ? 'i64' : 'i32');
      this.locals.set(unit, local);
    }
    return local;
  }
}

/** Takes the value that is to be stored from the stack, puts it into locals, and leaves it there. i64 for eight bytes. */
export function keepStored(f: FunctionContext, place: number, size: Size): void {
  const units = f.slots?.within(place, size) ?? [];
  if (f.slots === null || units.length === 0) return;
  const { code, slots } = f;
  const [first] = units;
  if (first?.size === size) {
    code.tee(slots.local(f, first));
    return;
  }
  const value = size === 8 ? f.temp : f.address;
  code.set(value);
  for (const unit of units) {
    code.get(value);
    pushShifted(f, size, unit.start - place, false);
    if (size === 8 && unit.size <= 4) code.u8(OP.i32WrapI64);
    code.set(slots.local(f, unit));
  }
  code.get(value);
}

/** Pushes `size` bytes of the frame from locals, i64 for more than four; false when not all of them are kept. */
export function pushKept(f: FunctionContext, place: number, size: number): boolean {
  const units = f.slots?.within(place, size) ?? [];
  if (units.reduce((sum, unit) => sum + unit.size, 0) !== size) return false;
  units.forEach((unit, i) => {
    pushUnit(f, unit, size > 4);
    pushShifted(f, size > 4 ? 8 : 4, unit.start - place, true);
    if (i > 0) f.code.u8(size > 4 ? OP.i64Or : OP.i32Or);
  });
  return true;
}

/** Pushes a unit with zeros above it. */
function pushUnit(f: FunctionContext, unit: FrameUnit, wide: boolean): void {
  const { code } = f;
  code.get(f.slots?.local(f, unit) ?? 0);
  if (unit.size > 4) {
    if (unit.size === 8) return;
    code.i64Halves(-1, (1 << (8 * (unit.size - 4))) - 1);
    code.u8(OP.i64And);
    return;
  }
  if (unit.size < 4) {
    code.i32((1 << (8 * unit.size)) - 1);
    code.u8(OP.i32And);
  }
  if (wide) code.u8(OP.i64ExtendI32U);
}

function pushShifted({ code }: FunctionContext, width: number, bytes: number, left: boolean): void {
  if (bytes === 0) return;
  if (width === 8) {
    code.i64(8 * bytes);
    code.u8(left ? OP.i64Shl : OP.i64ShrU);
  } else {
    code.i32(8 * bytes);
    code.u8(left ? OP.i32Shl : OP.i32ShrU);
  }
}
