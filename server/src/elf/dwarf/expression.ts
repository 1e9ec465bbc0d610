import type { BinaryStep, ValuePlace, ValueStep, VariablePlace } from '../../program/program.ts';
import { AT, ATE, OP } from './constants.ts';
import { byteSource, Cursor } from './cursor.ts';
import { Entry } from './entry.ts';
import { addressIn, indexedAddress } from './form.ts';
import type { Address } from './sections.ts';
import type { Unit } from './unit.ts';

/** What the operations of an expression refer to. */
export interface ExpressionSetting {
  readonly unit: Unit;
  /** Register and offset that the places of a function's variables count from; null when unknown. */
  readonly frame: { readonly reg: number; readonly off: bigint } | null;
  /** The place in the value of a map; null where no map holds it. */
  readonly globalAt: (address: Address) => { readonly map: number; readonly off: number } | null;
}

export type Piece = Omit<VariablePlace, 'from' | 'to'>;

/** Operations of one expression; more are not looked at. */
const MOST_STEPS = 500;

/** r0 to r10; clang knows no others. */
const LAST_REGISTER = 10;

/**
 * Where an expression finds a variable of `size` bytes: one place or several pieces. Nothing for what cannot be found,
 * such as what a register held when the function was called. Source: DWARF 5, sections 2.5 and 2.6.
 */
export function piecesOf(bytes: Uint8Array, size: number, setting: ExpressionSetting): Piece[] {
  const reading = new Reading(bytes, setting);
  const pieces: Piece[] = [];
  let off = 0;
  for (let count = 0; !reading.cursor.done; count++) {
    if (count > MOST_STEPS) return [];
    const op = reading.cursor.u8();
    if (op !== OP.piece && op !== OP.bitPiece) {
      if (!reading.take(op)) return [];
      continue;
    }
    const bits = op === OP.piece ? reading.cursor.uleb() * 8 : reading.cursor.uleb();
    const skipped = op === OP.piece ? 0 : reading.cursor.uleb();
    const where = skipped === 0 && bits % 8 === 0 ? reading.finish() : reading.drop();
    if (where !== null) pieces.push({ off: Math.floor(off / 8), size: bits / 8, where });
    off += bits;
  }
  if (reading.cursor.failed) return [];
  const whole = off === 0 ? reading.finish() : null;
  return whole === null ? pieces : [{ off: 0, size, where: whole }];
}

/** The register and offset that `DW_AT_frame_base` names; null for anything more complicated. */
export function frameBase(bytes: Uint8Array | null, unit: Unit): ExpressionSetting['frame'] {
  if (bytes === null) return null;
  const [piece] = piecesOf(bytes, 8, { unit, frame: null, globalAt: () => null });
  if (piece?.where.kind === 'register') return { reg: piece.where.reg, off: 0n };
  return piece?.where.kind === 'stack' ? { reg: LAST_REGISTER, off: BigInt(piece.where.off) } : null;
}

/** One simple place, while its operations are read. */
class Reading {
  readonly cursor: Cursor;
  readonly #setting: ExpressionSetting;
  #steps: ValueStep[] = [];
  /** What is not in memory: a register, a known value, or what the steps compute. */
  #direct: ValuePlace | 'value' | null = null;
  #global: ValuePlace | null = null;

  constructor(bytes: Uint8Array, setting: ExpressionSetting) {
    this.cursor = new Cursor(byteSource(bytes, setting.unit.info.littleEndian));
    this.#setting = setting;
  }

  /** What was read since the last piece; null for nothing. */
  finish(): ValuePlace | null {
    const place = this.#place();
    this.drop();
    return place;
  }

  drop(): null {
    this.#steps = [];
    this.#direct = null;
    this.#global = null;
    return null;
  }

  /** Takes one operation in; false for one that leads nowhere. */
  take(op: number): boolean {
    const { cursor } = this;
    const register = registerOf(op, cursor);
    if (register !== null) return this.#takeRegister(register, op);
    if (op === OP.stackValue) this.#direct = 'value';
    else if (op === OP.implicitValue) this.#direct = { kind: 'bytes', bytes: cursor.take(cursor.uleb()) };
    else if (op === OP.addr || op === OP.addrx || op === OP.gnuAddrIndex) return this.#takeAddress(op);
    else if (op === OP.fbreg) return this.#takeFrame(cursor.sleb64());
    else if (op === OP.plusUconst)
      this.#steps.push({ op: 'number', value: BigInt.asIntN(64, cursor.uleb64()) }, { op: 'plus' });
    else if (op !== OP.nop) return this.#takeStep(op);
    return true;
  }

  #place(): ValuePlace | null {
    const steps = this.#steps;
    if (this.#direct !== null && this.#direct !== 'value') return steps.length === 0 ? this.#direct : null;
    const memory = this.#direct === null;
    if (this.#global !== null) return memory && steps.length === 0 ? this.#global : null;
    const [first] = steps;
    if (first === undefined) return null;
    // Before DWARF 4 there was no way to say that a number is the value itself.
    const direct = !memory || this.#setting.unit.version < 4;
    if (steps.length === 1 && first.op === 'number' && direct) return { kind: 'constant', value: first.value };
    if (steps.length === 1 && first.op === 'register' && memory && first.reg === LAST_REGISTER)
      return { kind: 'stack', off: Number(first.add) };
    return { kind: 'computed', steps, memory };
  }

  #takeRegister(reg: number, op: number): boolean {
    if (reg > LAST_REGISTER) return false;
    if (isBased(op)) this.#steps.push({ op: 'register', reg, add: this.cursor.sleb64() });
    else this.#direct = { kind: 'register', reg };
    return true;
  }

  #takeFrame(off: bigint): boolean {
    const { frame } = this.#setting;
    if (frame === null) return false;
    this.#steps.push({ op: 'register', reg: frame.reg, add: frame.off + off });
    return true;
  }

  #takeAddress(op: number): boolean {
    const { unit, globalAt } = this.#setting;
    const address = op === OP.addr ? this.#relocated() : indexedAddress(unit, this.cursor.uleb());
    const found = address === null ? null : globalAt(address);
    this.#global = found === null ? null : { kind: 'global', ...found };
    return found !== null;
  }

  /** The expression is a view of `.debug_info`, whose relocations say where the address counts from. */
  #relocated(): Address | null {
    const { info } = this.#setting.unit;
    if (this.cursor.bytes.buffer !== info.bytes.buffer) return null;
    const place = this.cursor.bytes.byteOffset - info.bytes.byteOffset + this.cursor.at;
    return addressIn(info.targets.get(place), this.cursor.u64());
  }

  #takeStep(op: number): boolean {
    const step = numberStep(op, this.cursor) ?? stackStep(op, this.cursor) ?? BINARY[op] ?? null;
    if (step !== null) this.#steps.push(typeof step === 'string' ? { op: step } : step);
    else if (op === OP.convert) return this.#takeConvert();
    return step !== null;
  }

  #takeConvert(): boolean {
    const { unit } = this.#setting;
    const at = this.cursor.uleb();
    if (at === 0) return true;
    const type = Entry.at(unit, unit.start + at);
    const bytes = type?.number(AT.byteSize) ?? 0;
    if (type === null || bytes < 1 || bytes > 8) return false;
    const signed = SIGNED.has(type.number(AT.encoding) ?? 0);
    this.#steps.push({ op: 'convert', bits: bytes * 8, signed });
    return true;
  }
}

const SIGNED: ReadonlySet<number> = new Set([ATE.signed, ATE.signedChar]);

/** The register that an operation names: as the place itself, or as what a place is counted from. */
function registerOf(op: number, cursor: Cursor): number | null {
  if (op >= OP.reg0 && op < OP.reg0 + 32) return op - OP.reg0;
  if (op >= OP.breg0 && op < OP.breg0 + 32) return op - OP.breg0;
  return op === OP.regx || op === OP.bregx ? cursor.uleb() : null;
}

function isBased(op: number): boolean {
  return op === OP.bregx || (op >= OP.breg0 && op < OP.breg0 + 32);
}

function numberStep(op: number, cursor: Cursor): ValueStep | null {
  const value = op >= OP.lit0 && op < OP.lit0 + 32 ? BigInt(op - OP.lit0) : NUMBERS[op]?.(cursor);
  return value === undefined ? null : { op: 'number', value };
}

const NUMBERS: Readonly<Record<number, (cursor: Cursor) => bigint>> = {
  [OP.const1u]: (cursor) => BigInt(cursor.u8()),
  [OP.const1s]: (cursor) => BigInt.asIntN(8, BigInt(cursor.u8())),
  [OP.const2u]: (cursor) => BigInt(cursor.u16()),
  [OP.const2s]: (cursor) => BigInt.asIntN(16, BigInt(cursor.u16())),
  [OP.const4u]: (cursor) => BigInt(cursor.u32()),
  [OP.const4s]: (cursor) => BigInt.asIntN(32, BigInt(cursor.u32())),
  [OP.const8u]: (cursor) => cursor.u64(),
  [OP.const8s]: (cursor) => BigInt.asIntN(64, cursor.u64()),
  [OP.constu]: (cursor) => cursor.uleb64(),
  [OP.consts]: (cursor) => cursor.sleb64(),
};

function stackStep(op: number, cursor: Cursor): ValueStep | null {
  switch (op) {
    case OP.deref:
      return { op: 'load', size: 8 };
    case OP.derefSize:
      return { op: 'load', size: cursor.u8() };
    case OP.dup:
      return { op: 'pick', index: 0 };
    case OP.over:
      return { op: 'pick', index: 1 };
    case OP.pick:
      return { op: 'pick', index: cursor.u8() };
    case OP.drop:
      return { op: 'drop' };
    case OP.swap:
      return { op: 'swap' };
    case OP.rot:
      return { op: 'rot' };
    case OP.abs:
      return { op: 'abs' };
    case OP.neg:
      return { op: 'neg' };
    case OP.not:
      return { op: 'not' };
    default:
      return null;
  }
}

const BINARY: Readonly<Record<number, BinaryStep>> = {
  [OP.and]: 'and', [OP.div]: 'div', [OP.minus]: 'minus', [OP.mod]: 'mod', [OP.mul]: 'mul', [OP.or]: 'or',
  [OP.plus]: 'plus', [OP.shl]: 'shl', [OP.shr]: 'shr', [OP.shra]: 'shra', [OP.xor]: 'xor', [OP.eq]: 'eq',
  [OP.ge]: 'ge', [OP.gt]: 'gt', [OP.le]: 'le', [OP.lt]: 'lt', [OP.ne]: 'ne',
}; // prettier-ignore
