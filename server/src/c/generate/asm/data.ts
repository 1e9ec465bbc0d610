/** Instructions that inline assembly spells as numbers: `.8byte %[insn]`. */
import { decode } from '../../../isa/decode.ts';
import type { Insn } from '../../../isa/insn.ts';
import type { Cursor } from '../../../asm/assembler/cursor.ts';
import { parseExpression } from '../../../asm/assembler/expression.ts';

export const DATA_SIZES: ReadonlyMap<string, number> = new Map([
  ['.byte', 1], ['.2byte', 2], ['.short', 2], ['.half', 2], ['.hword', 2], ['.4byte', 4], ['.long', 4], ['.int', 4],
  ['.word', 4], ['.8byte', 8], ['.quad', 8],
]); // prettier-ignore

/** Directives that say nothing about instructions. */
export const IGNORED: ReadonlySet<string> = new Set(['.align', '.balign', '.p2align', '.loc', '.file', '.text']);

/** The instructions that are complete now; what is left over stays in `bytes`. Null after reporting a mistake. */
export function dataOf(cursor: Cursor, size: number, bytes: number[]): Insn[] | null {
  do {
    const value = parseExpression(cursor);
    if (value === null) return null;
    for (let i = 0; i < size; i++) bytes.push(Number((value >> BigInt(8 * i)) & 0xffn));
  } while (cursor.take(','));
  const whole = bytes.length - (bytes.length % 8);
  // A constant of 64 bits takes sixteen bytes, which may come in two directives.
  const pending = whole >= 8 && whole % 16 === 8 && bytes[whole - 8] === 0x18 ? whole - 8 : whole;
  return decode(Uint8Array.from(bytes.splice(0, pending)));
}
