/** Instructions of one WebAssembly function, with its locals and its open blocks. */
import { ByteBuffer } from './byteBuffer.ts';
import { OP, TYPE, type ValueType } from './opcodes.ts';

/** An open block, loop or if: branches name it by its distance from the innermost one. */
export type Label = number;

export class Code extends ByteBuffer {
  readonly locals: ValueType[] = [];
  private readonly params: number;
  private open = 0;
  /** Where branches stand that are hardly ever taken, in order. */
  readonly unlikely: number[] = [];
  /** The deepest nesting reached. */
  deepest = 0;

  constructor(params: number) {
    super();
    this.params = params;
  }

  /** Adds a local, which is zero when the function is entered. */
  local(type: ValueType): number {
    this.locals.push(type);
    return this.params + this.locals.length - 1;
  }

  get(local: number): void {
    this.u8(OP.localGet);
    this.unsigned(local);
  }
  set(local: number): void {
    this.u8(OP.localSet);
    this.unsigned(local);
  }
  tee(local: number): void {
    this.u8(OP.localTee);
    this.unsigned(local);
  }
  i32(value: number): void {
    this.u8(OP.i32Const);
    this.signed(value | 0);
  }
  /** A 64-bit constant: a signed 32-bit number. */
  i64(value: number): void {
    this.u8(OP.i64Const);
    this.signed(value);
  }
  i64Halves(lo: number, hi: number): void {
    this.u8(OP.i64Const);
    this.signed64(lo, hi);
  }
  simd(op: number): void {
    this.u8(OP.simd);
    this.unsigned(op);
  }
  /** Takes target, source and count off the stack; the ranges may overlap. */
  memoryCopy(): void {
    for (const byte of [OP.bulk, 0x0a, 0, 0]) this.u8(byte);
  }
  call(func: number): void {
    this.u8(OP.call);
    this.unsigned(func);
  }
  /** A load or store; no alignment is promised. */
  memory(op: number, offset: number): void {
    this.u8(op);
    this.u8(0);
    this.unsigned(offset);
  }

  block(): Label {
    return this.enter(OP.block, TYPE.none);
  }
  loop(): Label {
    return this.enter(OP.loop, TYPE.none);
  }
  /** `result` is what both arms leave on the stack. */
  if(result: keyof typeof TYPE = 'none'): Label {
    return this.enter(OP.if, TYPE[result]);
  }
  /** An `if` whose condition hardly ever holds. */
  unlikelyIf(): Label {
    this.unlikely.push(this.length);
    return this.if();
  }
  else(): void {
    this.u8(OP.else);
  }
  end(): void {
    this.u8(OP.end);
    this.open--;
  }
  br(label: Label): void {
    this.u8(OP.br);
    this.unsigned(this.distance(label));
  }
  brIf(label: Label): void {
    this.u8(OP.brIf);
    this.unsigned(this.distance(label));
  }
  /** Jumps to the label that the number on the stack selects; a number beyond the last one takes the last one. */
  brTable(labels: readonly Label[]): void {
    this.u8(OP.brTable);
    this.unsigned(labels.length - 1);
    for (const label of labels) this.unsigned(this.distance(label));
  }

  private enter(op: number, type: number): Label {
    this.u8(op);
    this.u8(type);
    const label = this.open++;
    this.deepest = Math.max(this.deepest, this.open);
    return label;
  }

  private distance(label: Label): number {
    return this.open - 1 - label;
  }
}
