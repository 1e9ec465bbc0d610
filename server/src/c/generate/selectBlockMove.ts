/** Copies and fills of a known size, written out in the widest accesses that their alignment allows. */
import type { Size } from '../../isa/insn.ts';
import type { Instr, Value } from '../ir/ir.ts';
import { addressOf, setAddress, type Address } from './address.ts';
import { FRAME } from './code.ts';
import { alu, aluImm, load, store, storeImm } from './insns.ts';
import { storedImmediate } from './selectMemory.ts';
import { constantInto, emit, fitsImm, moveInto, newRegister, refuse, type Selection } from './selection.ts';

type BlockMove = Instr & { op: 'memcpy' | 'memmove' | 'memset' };

/** MaxStoresPerMemcpy of clang's BPF target (v19). */
const MOST_STORES = 128;
/** What a move that may overlap can hold in registers at once. */
const MOST_HELD = 6;

export function selectBlockMove(sel: Selection, instr: BlockMove): void {
  const [to, from] = instr.args;
  if (to === undefined || from === undefined || instr.sizeBytes === 0) return;
  // More than eight bytes: CO-RE can only move a single access.
  const bytes = Math.max(instr.sizeBytes, 9);
  const target = addressOf(sel, to, 0, bytes);
  if (instr.op === 'memset') return fill(sel, instr, target, from);
  const source = addressOf(sel, from, 0, bytes);
  const pieces = piecesOf(sel, instr);
  if (pieces === null) return;
  const overlaps =
    instr.op === 'memmove' && !(target.frame !== null && source.frame !== null && target.frame !== source.frame);
  if (overlaps && pieces.length > MOST_HELD)
    return refuse(sel, `a call to built-in function 'memmove' of ${instr.sizeBytes} bytes is not supported: the regions may overlap`); // prettier-ignore
  copyPieces(sel, pieces, target, source, overlaps);
}

interface Piece {
  readonly at: number;
  readonly size: Size;
}

function piecesOf(sel: Selection, { op, sizeBytes, alignBytes }: BlockMove): Piece[] | null {
  const pieces: Piece[] = [];
  for (let at = 0; at < sizeBytes;) {
    let size = Math.min(8, alignBytes || 1);
    while (size > sizeBytes - at) size >>= 1;
    pieces.push({ at, size: size as Size });
    at += size;
    if (pieces.length <= MOST_STORES) continue;
    refuse(sel, `a call to built-in function '${op}' of ${sizeBytes} bytes is not supported: it takes more than ${MOST_STORES} stores`); // prettier-ignore
    return null;
  }
  return pieces;
}

function copyPieces(sel: Selection, pieces: readonly Piece[], to: Address, from: Address, overlaps: boolean): void {
  const moves = pieces.map(({ at, size }) => ({ reg: newRegister(sel), at, size }));
  const read = ({ reg, at, size }: (typeof moves)[number]): void =>
    setAddress(emit(sel, load(reg, from.base, from.off + at, size)), from);
  const write = ({ reg, at, size }: (typeof moves)[number]): void =>
    setAddress(emit(sel, store(to.base, to.off + at, size, reg)), to);
  if (overlaps) for (const move of moves) read(move);
  for (const move of moves) {
    if (!overlaps) read(move);
    write(move);
  }
}

function fill(sel: Selection, instr: BlockMove, to: Address, byte: Value): void {
  const pieces = piecesOf(sel, instr);
  if (pieces === null) return;
  const pattern = byte.op === 'const' ? repeated(byte.value) : null;
  const immediate = pattern !== null && (to.base === FRAME || sel.cpu >= 3 || pattern === 0n) && fitsImm(pattern);
  let reg = -1;
  for (const { at, size } of pieces) {
    const imm =
      pattern !== null && (size < 8 || immediate) ? storedImmediate(size, BigInt.asUintN(size * 8, pattern)) : null;
    if (imm === null && reg === -1) reg = patternRegister(sel, byte, pattern);
    const insn = imm === null ? store(to.base, to.off + at, size, reg) : storeImm(to.base, to.off + at, size, imm);
    setAddress(emit(sel, insn), to);
  }
}

function repeated(byte: bigint): bigint {
  return (byte & 0xffn) * 0x0101_0101_0101_0101n;
}

function patternRegister(sel: Selection, byte: Value, pattern: bigint | null): number {
  const reg = newRegister(sel);
  if (pattern !== null) {
    emit(sel, constantInto(sel.cpu, reg, pattern, false));
    return reg;
  }
  moveInto(sel, reg, byte);
  emit(sel, aluImm('and', true, reg, 0xff));
  const ones = newRegister(sel);
  emit(sel, constantInto(sel.cpu, ones, 0x0101_0101_0101_0101n, false));
  emit(sel, alu('mul', true, reg, ones));
  return reg;
}
