/** Writes the accesses that fuse.ts put together. */
import type { FunctionContext } from './context.ts';
import { pushReversed, pushSwapped32 } from './emitAlu.ts';
import { emitWideLoad, emitWideStore } from './emitMemory.ts';
import type { FusedAction, FusePlan, Piece, SavedValue, WideLoad } from './fuse.ts';
import { OP } from './opcodes.ts';

/** The locals of one block's plan. */
export class FusedBlock {
  private readonly plan: FusePlan;
  private readonly locals = new Map<WideLoad | SavedValue, { readonly local: number; readonly wide: boolean }>();

  constructor(plan: FusePlan) {
    this.plan = plan;
  }

  /** Writes what stands for the instruction at `pc`; false when it stands for itself. */
  emit(f: FunctionContext, pc: number): boolean {
    const action = this.plan.actions.get(pc);
    if (action === undefined) return false;
    this.emitAction(f, action, pc);
    return true;
  }

  /** Keeps what registers hold after the instruction at `pc`, or before the block when it is -1. */
  save(f: FunctionContext, pc: number): void {
    for (const value of this.plan.saves.get(pc) ?? []) {
      const wide = !f.isNarrow(value.reg);
      if (wide) f.push(value.reg);
      else f.push32(value.reg);
      this.keep(f, value, wide);
    }
  }

  private keep(f: FunctionContext, of: WideLoad | SavedValue, wide: boolean): void {
    const local = f.code.local(wide ? 'i64' : 'i32');
    f.code.set(local);
    this.locals.set(of, { local, wide });
  }

  private emitAction(f: FunctionContext, action: FusedAction, pc: number): void {
    if (action.kind === 'skip') return;
    if (action.kind === 'store') {
      const { insn, before, piece } = action;
      emitWideStore(f, insn, insn.off - before, piece.count, pc, () => this.pushPiece(f, piece));
      return;
    }
    if (action.kind === 'load') {
      const { insn, wide, before } = action;
      emitWideLoad(f, insn, insn.off - before, wide.size, pc);
      this.keep(f, wide, wide.size === 8);
      this.takeResult(f, insn.dst, { of: wide, shift: before, count: insn.size, reversed: false });
      return;
    }
    this.takeResult(f, action.reg, action.piece);
  }

  private takeResult(f: FunctionContext, reg: number, piece: Piece): void {
    this.pushPiece(f, piece);
    if (piece.count === 8) f.pop(reg);
    else f.pop32(reg);
  }

  /** Pushes i64 for eight bytes, otherwise i32. */
  private pushPiece(f: FunctionContext, piece: Piece): void {
    const { code } = f;
    const { of, shift, count, reversed } = piece;
    if (of === 'zero') {
      if (count === 8) code.i64(0);
      else code.i32(0);
      return;
    }
    const held = this.locals.get(of);
    code.get(held?.local ?? 0);
    if (held?.wide === true) pushPart64(f, shift, count);
    else pushPart32(f, shift, count);
    if (!reversed) return;
    if (count === 8) pushReversed(f);
    else pushSwapped32(f, count === 2 ? 16 : 32);
  }
}

function pushPart64(f: FunctionContext, shift: number, count: number): void {
  const { code } = f;
  if (shift > 0) {
    code.i64(8 * shift);
    code.u8(OP.i64ShrU);
  }
  if (count === 8) return;
  code.u8(OP.i32WrapI64);
  pushMasked(f, count);
}

/** Bytes of 32 bits; those above are zero. */
function pushPart32(f: FunctionContext, shift: number, count: number): void {
  const { code } = f;
  if (count === 8 || shift > 3) {
    code.u8(OP.i64ExtendI32U);
    pushPart64(f, shift, count);
    return;
  }
  if (shift > 0) {
    code.i32(8 * shift);
    code.u8(OP.i32ShrU);
  }
  pushMasked(f, count);
}

function pushMasked(f: FunctionContext, count: number): void {
  if (count === 4) return;
  f.code.i32(count === 1 ? 0xff : 0xffff);
  f.code.u8(OP.i32And);
}
