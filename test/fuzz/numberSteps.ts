/** Statements on numbers, for made-up programs: near the bounds, in both widths, with linked registers. */
import type { AluOp, JumpOp, Operand, Reg } from '../../server/src/isa/insn.ts';
import type { Draft } from './draft.ts';
import { alu, helper, imm, load, loadWide, move, moveSigned, reg } from './insns.ts';

const OPS: readonly AluOp[] = [
  'add', 'add', 'sub', 'sub', 'and', 'and', 'or', 'xor', 'lsh', 'rsh', 'arsh', 'mul', 'div', 'mod', 'sdiv', 'smod',
]; // prettier-ignore
export const JUMPS: readonly JumpOp[] = ['eq', 'ne', 'set', 'gt', 'ge', 'lt', 'le', 'sgt', 'sge', 'slt', 'sle'];
const CORNERS: readonly number[] = [
  0, 1, -1, 2, 3, 4, 7, 8, 15, 16, 24, 31, 32, 33, 40, 47, 48, 49, 63, 64, 127, 128, 255, 256, 511, 512, 4095, 32767,
  -32768, 65535, 65536, 0x7fff_ffff, -0x8000_0000, -0x7fff_ffff, 0x7fff_fffe, -2, -8, -64, 1 << 29, -(1 << 29),
]; // prettier-ignore

/** Most constants are small or near a power of two. */
export function constant(draft: Draft): number {
  const { next } = draft;
  const kind = next(10);
  if (kind < 4) return next(70) - 4;
  if (kind < 8) return draft.pick(CORNERS);
  if (kind === 8) return ((draft.chance(2) ? 1 : -1) * ((1 << next(32)) + next(3) - 1)) | 0;
  return (next(0x1_0000) << 16) | next(0x1_0000);
}

export function operand(draft: Draft): Operand {
  return draft.chance(2) ? reg(draft.number()) : imm(constant(draft));
}

/** A number that the verifier does not know. */
export function unknown(draft: Draft): void {
  const dst = draft.chance(2) ? 0 : draft.free();
  const ctx = draft.pointer('ctx');
  const packet = draft.pointer('packet');
  if (packet !== null && draft.chance(3)) draft.add(load(dst, packet, draft.next(8), draft.pick([1, 2, 4])));
  else if (ctx !== null && draft.type === 'sched_cls' && draft.chance(2))
    draft.add(load(dst, ctx, draft.pick([0, 4, 8, 40]), 4));
  else {
    draft.add(helper(draft.pick([7, 5, 8])));
    draft.clobber();
    if (dst !== 0) draft.add(move(dst, reg(0)));
  }
  draft.hold(dst, 'number');
}

export function arithmetic(draft: Draft): void {
  const op = draft.pick(OPS);
  const wide = !draft.chance(3);
  const dst = draft.number();
  const shift = op === 'lsh' || op === 'rsh' || op === 'arsh';
  if (draft.chance(2)) return draft.add(alu(op, dst, reg(draft.number()), wide));
  const value = shift ? draft.next(wide ? 64 : 32) : constant(draft);
  const divides = op === 'div' || op === 'mod' || op === 'sdiv' || op === 'smod';
  draft.add(alu(op, dst, imm(divides && value === 0 ? 3 : value), wide));
}

/** Negation, swaps, sign extension, and moves of half a register. */
export function oddities(draft: Draft): void {
  const dst = draft.number();
  switch (draft.next(5)) {
    case 0:
      return draft.add(alu('neg', dst, imm(0), draft.chance(2)));
    case 1:
      return draft.add({ kind: 'bswap', mode: draft.pick(['le', 'be', 'swap']), bits: draft.pick([16, 32, 64]), dst });
    case 2:
    case 3: {
      const wide = draft.chance(2);
      const to = draft.free();
      draft.add(moveSigned(to, dst, draft.pick(wide ? [8, 16, 32] : [8, 16]), wide));
      return draft.hold(to, 'number');
    }
    default:
      return draft.add(move(dst, reg(dst), false));
  }
}

export function constantMove(draft: Draft): void {
  const dst = draft.free();
  if (draft.chance(3)) {
    const value = BigInt(constant(draft)) * (1n << BigInt(draft.next(40))) + BigInt(constant(draft));
    draft.add(...loadWide(dst, value));
  } else draft.add(move(dst, imm(constant(draft)), !draft.chance(3)));
  draft.hold(dst, 'number');
}

/** Two registers of the same value, or of a constant difference. */
export function link(draft: Draft): void {
  const src = draft.number();
  const dst = draft.free();
  const wide = !draft.chance(4);
  draft.add(move(dst, reg(src), wide));
  draft.hold(dst, 'number');
  if (draft.chance(2)) draft.add(alu('add', draft.pick([dst, src]), imm(constant(draft)), !draft.chance(4)));
  if (draft.chance(2))
    draft.jumpTo(hop(draft), draft.pick(JUMPS), draft.pick([dst, src]), operand(draft), !draft.chance(3));
}

function hop(draft: Draft): 'end' | number {
  return draft.chance(2) ? 'end' : 1 + draft.next(6);
}

export function branch(draft: Draft): void {
  const wide = !draft.chance(3);
  const second = draft.chance(3) ? reg(draft.number()) : imm(constant(draft));
  draft.jumpTo(hop(draft), draft.pick(JUMPS), draft.number(), second, wide);
}

/** The register afterwards lies below `limit`, in one of the ways that compilers and people choose; seldom wrongly. */
export function bound(draft: Draft, number: Reg, limit: number): void {
  const most = Math.max(0, limit - 1 + (draft.chance(8) ? draft.next(3) - 1 : 0));
  const wide = !draft.chance(3);
  switch (draft.next(7)) {
    case 0:
      return draft.add(alu('and', number, imm(maskBelow(most)), wide));
    case 1:
      return draft.jumpTo('end', 'gt', number, imm(most), wide);
    case 2:
      return draft.jumpTo('end', 'ge', number, imm(most + 1), wide);
    case 3:
      draft.jumpTo('end', 'sgt', number, imm(most), wide);
      return draft.jumpTo('end', 'slt', number, imm(draft.chance(10) ? -1 : 0), wide);
    case 4:
      return draft.add(alu('mod', number, imm(most + 1), wide));
    case 5: {
      const bits = 32 - Math.clz32(most);
      draft.add(alu('lsh', number, imm(64 - Math.max(1, bits))));
      return draft.add(alu(draft.chance(10) ? 'arsh' : 'rsh', number, imm(64 - Math.max(1, bits))));
    }
    default: {
      const other = draft.free();
      if (other === number) return;
      draft.add(move(other, imm(most)));
      draft.hold(other, 'number');
      return draft.jumpTo('end', 'gt', number, reg(other), wide);
    }
  }
}

function maskBelow(most: number): number {
  return most < 1 ? 0 : (1 << (31 - Math.clz32(most + 1))) - 1;
}

/** A register that counts, with statements inside, and an end that the verifier can see. */
export function loop(draft: Draft, inside: () => void): void {
  if (draft.depth > 1) return arithmetic(draft);
  draft.depth++;
  const counter = draft.free();
  const down = draft.chance(3);
  const rounds = 1 + draft.next(draft.chance(4) ? 40 : 8);
  draft.add(move(counter, imm(down ? rounds : 0), !draft.chance(4)));
  draft.held.delete(counter);
  const start = draft.insns.length;
  for (let i = draft.next(4); i > 0; i--) inside();
  const step = 1 + (draft.chance(5) ? draft.next(3) : 0);
  draft.add(alu('add', counter, imm(down ? -step : step), !draft.chance(4)));
  const off = start - draft.insns.length - 1;
  const op = down
    ? draft.pick(['ne', 'sgt', 'gt'] as const)
    : draft.pick(['lt', 'lt', 'ne', 'slt', 'le', 'sle'] as const);
  const operand = imm(down ? 0 : rounds);
  draft.add({ kind: 'jump', op, wide: !draft.chance(3), dst: counter, off, ...operand });
  draft.hold(counter, 'number');
  draft.depth--;
}
