/** What RFC 9669 says that instructions compute, written for reading and not for speed. */
import type { AluOp, JumpOp } from '../../server/src/isa/insn.ts';

export type Width = 32 | 64;

/** The 64 bits that dst holds afterwards; operands are taken modulo the width. */
export function aluResult(op: AluOp, width: Width, dst: bigint, src: bigint): bigint {
  const unsigned = (value: bigint): bigint => BigInt.asUintN(width, value);
  const signed = (value: bigint): bigint => BigInt.asIntN(width, value);
  const shift = unsigned(src) & BigInt(width - 1);
  switch (op) {
    case 'add':
      return unsigned(dst + src);
    case 'sub':
      return unsigned(dst - src);
    case 'mul':
      return unsigned(dst * src);
    case 'div':
      return unsigned(src) === 0n ? 0n : unsigned(dst) / unsigned(src);
    case 'sdiv':
      return signed(src) === 0n ? 0n : unsigned(signed(dst) / signed(src));
    case 'mod':
      return unsigned(src) === 0n ? unsigned(dst) : unsigned(dst) % unsigned(src);
    case 'smod':
      return signed(src) === 0n ? unsigned(dst) : unsigned(signed(dst) % signed(src));
    case 'or':
      return unsigned(dst | src);
    case 'and':
      return unsigned(dst & src);
    case 'xor':
      return unsigned(dst ^ src);
    case 'lsh':
      return unsigned(dst << shift);
    case 'rsh':
      return unsigned(dst) >> shift;
    case 'arsh':
      return unsigned(signed(dst) >> shift);
    case 'mov':
      return unsigned(src);
    case 'neg':
      return unsigned(-dst);
  }
}

export function comparison(op: JumpOp, width: Width, a: bigint, b: bigint): boolean {
  const [ua, ub] = [BigInt.asUintN(width, a), BigInt.asUintN(width, b)];
  const [sa, sb] = [BigInt.asIntN(width, a), BigInt.asIntN(width, b)];
  switch (op) {
    case 'eq':
      return ua === ub;
    case 'ne':
      return ua !== ub;
    case 'gt':
      return ua > ub;
    case 'ge':
      return ua >= ub;
    case 'lt':
      return ua < ub;
    case 'le':
      return ua <= ub;
    case 'sgt':
      return sa > sb;
    case 'sge':
      return sa >= sb;
    case 'slt':
      return sa < sb;
    case 'sle':
      return sa <= sb;
    case 'set':
      return (ua & ub) !== 0n;
  }
}
