/**
 * Runs a program over many events without leaving WebAssembly. The events lie in a part of the linear memory of their own:
 * a row of numbers each, what the context looks like to begin with, and the bytes of the packet.
 */
import { LAYOUT } from '../vm/machine.ts';
import type { Machine } from '../vm/createMachine.ts';
import { Code } from './code.ts';
import { CELLS, ENTRY_REGISTERS } from './context.ts';
import { BULK, OP } from './opcodes.ts';
import type { WasmFunction, WasmModule } from './wasmModule.ts';

/** Events of one batch at most. V8 replaces a loop by its optimised form only when it is entered anew. */
export const BATCH_EVENTS = 4096;
/** Bytes of all packets of one batch, and as many again for what becomes of them. */
export const BATCH_PACKET_BYTES = 0x20_0000;

const COLUMN_BYTES = 4 * BATCH_EVENTS;
/** The windows that unverified programs begin with, and the packet's end: the cells from `readContext` on. */
const WINDOW_BYTES = 88;

/** What the loop does for each event; fixed when the program is compiled. */
export interface BatchShape {
  /** First byte of the machine's memory for batches. */
  readonly area: number;
  /** Bytes of the context, and of the kernel objects behind LAYOUT.objects, that each event begins with. */
  readonly contextBytes: number;
  readonly objectBytes: number;
  /** Every event's packet is copied to where the machine has it; else the program works on the bytes in place. */
  readonly copies: boolean;
  /** Whether the program runs with checks, which need windows and a budget. */
  readonly checked: boolean;
}

/** What the loop needs from outside. */
export interface BatchHooks {
  /** Something outside compiled code is about to look at the machine: brings it to where this event has it. */
  restore(event: number): void;
  /** The program left after `restore`. True when the packet needs no comparison any more. */
  collect(event: number): boolean;
}

/** Addresses of the parts: columns of i32, then images, then packets. */
export interface BatchPlaces {
  /** Where the bytes of the packet lie, where they are copied to, how many. */
  readonly source: number;
  readonly target: number;
  readonly length: number;
  /** r0's low half. */
  readonly result: number;
  /** 1 when the program changed the packet, which then lies BATCH_PACKET_BYTES behind the original. */
  readonly changed: number;
  readonly images: number;
  readonly imageBytes: number;
  readonly packets: number;
  readonly end: number;
}

export function batchPlaces(shape: BatchShape): BatchPlaces {
  const { area, contextBytes, objectBytes, copies, checked } = shape;
  const imageBytes = contextBytes + objectBytes + (checked ? WINDOW_BYTES : 0);
  const [source, target, length, result, changed, images] = [0, 1, 2, 3, 4, 5].map((i) => area + i * COLUMN_BYTES) as [
    number, number, number, number, number, number,
  ]; // prettier-ignore
  const packets = images + imageBytes * BATCH_EVENTS;
  const end = packets + (copies ? 2 : 1) * BATCH_PACKET_BYTES;
  return { source, target, length, result, changed, images, imageBytes, packets, end };
}

/** Saves, for a row, what an event begins with; the machine holds it at that moment. */
export function imageSaver({ memory }: Machine, shape: BatchShape): (row: number) => void {
  const { i32 } = memory;
  const { images, imageBytes } = batchPlaces(shape);
  const parts = imageParts(shape);
  return (row) => {
    let to = (images + row * imageBytes) >> 2;
    for (const [from, bytes] of parts)
      for (let word = from >> 2; word < (from + bytes) >> 2; word++) i32[to++] = i32[word] ?? 0;
  };
}

/** Pieces of the image: where each goes, and its length. */
function imageParts({ contextBytes, objectBytes, checked }: BatchShape): (readonly [at: number, bytes: number])[] {
  const parts: [number, number][] = [[LAYOUT.ctx, contextBytes]];
  if (objectBytes > 0) parts.push([LAYOUT.objects, objectBytes]);
  if (checked) parts.push([CELLS.readContext, WINDOW_BYTES]);
  return parts;
}

/** batch(from, to): runs the events of these rows, at least one. */
export function batchFunction(wasm: WasmModule, entry: number, collect: number, shape: BatchShape): WasmFunction {
  const loop = new BatchLoop(shape);
  const { code } = loop;
  const again = code.loop();
  loop.begin();
  loop.call(entry);
  loop.finish(collect);
  code.get(FROM);
  code.i32(1);
  code.u8(OP.i32Add);
  code.tee(FROM);
  code.get(TO);
  code.u8(OP.i32Ne);
  code.brIf(again);
  code.end();
  return { type: wasm.type(['i32', 'i32'], []), locals: code.locals, code };
}

const FROM = 0;
const TO = 1;

class BatchLoop {
  readonly code = new Code(2);
  private readonly shape: BatchShape;
  private readonly places: BatchPlaces;
  /** Four times the row: an offset into the columns. */
  private readonly row = this.code.local('i32');
  private readonly image = this.code.local('i32');
  private readonly at = this.code.local('i32');
  private readonly last = this.code.local('i32');
  private readonly source = this.code.local('i32');
  private readonly target = this.code.local('i32');

  constructor(shape: BatchShape) {
    this.shape = shape;
    this.places = batchPlaces(shape);
  }

  begin(): void {
    const { code, row, places } = this;
    code.get(FROM);
    code.i32(2);
    code.u8(OP.i32Shl);
    code.set(row);
    this.store(CELLS.batchEvent, () => code.get(FROM));
    code.get(FROM);
    code.i32(places.imageBytes);
    code.u8(OP.i32Mul);
    code.set(this.image);
    this.copyImage();
    if (this.shape.checked) this.resetChecks();
    if (this.shape.copies) this.copyPacket();
  }

  call(entry: number): void {
    const { code, row } = this;
    code.get(row);
    code.i64(LAYOUT.ctx);
    for (let reg = 2; reg <= 5; reg++) code.i64(0);
    code.i32(LAYOUT.stack);
    code.call(entry);
    code.u8(OP.i32WrapI64);
    code.memory(OP.i32Store, this.places.result);
  }

  /** What outside helpers saw is collected outside; then the packet is compared. */
  finish(collect: number): void {
    const { code } = this;
    const done = code.block();
    code.i32(CELLS.batchTouched);
    code.memory(OP.i32Load, 0);
    code.unlikelyIf();
    code.get(FROM);
    code.call(collect);
    code.brIf(done);
    code.end();
    if (this.shape.copies) this.comparePacket(done);
    code.end();
  }

  private store(address: number, value: () => void): void {
    this.code.i32(address);
    value();
    this.code.memory(OP.i32Store, 0);
  }

  private copyImage(): void {
    const { code } = this;
    let offset = this.places.images;
    for (const [at, bytes] of imageParts(this.shape))
      for (let i = 0; i < bytes; i += 8, offset += 8) {
        code.i32(at + i);
        code.get(this.image);
        code.memory(OP.i64Load, offset);
        code.memory(OP.i64Store, 0);
      }
  }

  private resetChecks(): void {
    const { code } = this;
    code.i32(CELLS.budget);
    code.i32(CELLS.batchBudget);
    code.memory(OP.i64Load, 0);
    code.memory(OP.i64Store, 0);
    this.store(CELLS.initialized, () => code.i32(ENTRY_REGISTERS));
  }

  private copyPacket(): void {
    const { code, row, places } = this;
    this.store32(row, places.changed, 0);
    for (const [local, column] of [[this.source, places.source], [this.target, places.target]] as const) {
      code.get(row);
      code.memory(OP.i32Load, column);
      code.set(local);
    } // prettier-ignore
    code.get(this.target);
    code.get(this.source);
    code.get(row);
    code.memory(OP.i32Load, places.length);
    this.memoryCopy();
  }

  private store32(base: number, offset: number, value: number): void {
    this.code.get(base);
    this.code.i32(value);
    this.code.memory(OP.i32Store, offset);
  }

  private memoryCopy(): void {
    const { code } = this;
    code.u8(BULK.prefix);
    code.unsigned(BULK.copy);
    code.u8(0);
    code.u8(0);
  }

  /** Eight bytes at a time; the last eight may overlap with those before. Packets are never shorter. */
  private comparePacket(done: number): void {
    const { code, at, last, row } = this;
    code.get(row);
    code.memory(OP.i32Load, this.places.length);
    code.i32(8);
    code.u8(OP.i32Sub);
    code.set(last);
    code.i32(0);
    code.set(at);
    const differs = code.block();
    const again = code.loop();
    for (const base of [this.source, this.target]) {
      code.get(base);
      code.get(at);
      code.u8(OP.i32Add);
      code.memory(OP.i64Load, 0);
    }
    code.u8(OP.i64Ne);
    code.brIf(differs);
    code.get(at);
    code.get(last);
    code.u8(OP.i32Eq);
    code.brIf(done);
    this.advance();
    code.br(again);
    code.end();
    code.end();
    this.keepChanged();
  }

  /** at = the smaller of at + 8 and last. */
  private advance(): void {
    const { code, at, last } = this;
    code.get(at);
    code.i32(8);
    code.u8(OP.i32Add);
    code.tee(at);
    code.get(last);
    code.get(at);
    code.get(last);
    code.u8(OP.i32LeU);
    code.u8(OP.select);
    code.set(at);
  }

  private keepChanged(): void {
    const { code, row, places } = this;
    this.store32(row, places.changed, 1);
    code.get(this.source);
    code.i32(BATCH_PACKET_BYTES);
    code.u8(OP.i32Add);
    code.get(this.target);
    code.get(row);
    code.memory(OP.i32Load, places.length);
    this.memoryCopy();
  }
}
