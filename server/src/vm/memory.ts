import { LAYOUT } from './machine.ts';

/** Granularity of undo: a page is copied before its first change after a checkpoint. */
export const PAGE_SHIFT = 10;
export const PAGE_BYTES = 1 << PAGE_SHIFT;

const WASM_PAGE_BYTES = 0x1_0000;
const STACK_BYTES = LAYOUT.maxFrames * LAYOUT.frameStride;

/**
 * The linear memory both engines share. Its size is fixed, so views stay good for the machine's life. Everything but
 * compiled code must announce a change with `touch`, which keeps the page as it was for the timeline.
 */
export class GuestMemory {
  readonly wasm: WebAssembly.Memory;
  readonly byteLength: number;
  readonly u8: Uint8Array;
  readonly i32: Int32Array;
  readonly u32: Uint32Array;
  readonly view: DataView;
  /** Per page: 0 when a change must first save the page. All 1 while nobody keeps a timeline. */
  readonly saved: Uint8Array;
  /** Per byte of the stack segment: written since its frame began. Only the interpreter keeps it. */
  readonly stackWritten = new Uint8Array(STACK_BYTES);
  /** Pages as they were at the last checkpoint; null while nobody keeps a timeline. */
  undo: Map<number, Uint8Array> | null = null;

  constructor(bytes: number) {
    const pages = Math.ceil(bytes / WASM_PAGE_BYTES);
    this.wasm = new WebAssembly.Memory({ initial: pages, maximum: pages });
    const { buffer } = this.wasm;
    this.byteLength = buffer.byteLength;
    this.u8 = new Uint8Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.u32 = new Uint32Array(buffer);
    this.view = new DataView(buffer);
    this.saved = new Uint8Array((this.byteLength >>> PAGE_SHIFT) + 1).fill(1);
  }

  /** Must come before any change of [address, address + size). */
  touch(address: number, size: number): void {
    const last = (address + size - 1) >>> PAGE_SHIFT;
    for (let page = address >>> PAGE_SHIFT; page <= last; page++) if (this.saved[page] === 0) this.savePage(page);
  }

  /** `touch` for writes a program makes through a helper: stack bytes count as written. */
  touchGuest(address: number, size: number): void {
    this.touch(address, size);
    const start = address - LAYOUT.stack;
    if (start >= 0 && start < STACK_BYTES) this.stackWritten.fill(1, start, start + size);
  }

  private savePage(page: number): void {
    this.saved[page] = 1;
    const start = page << PAGE_SHIFT;
    if (this.undo !== null && !this.undo.has(page)) this.undo.set(page, this.u8.slice(start, start + PAGE_BYTES));
  }

  set32(address: number, value: number): void {
    this.touch(address, 4);
    this.view.setInt32(address, value, true);
  }

  set64(address: number, low: number, high: number): void {
    this.touch(address, 8);
    this.view.setInt32(address, low, true);
    this.view.setInt32(address + 4, high, true);
  }

  copyIn(address: number, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.touch(address, bytes.length);
    this.u8.set(bytes, address);
  }

  /** Moves bytes inside the memory; the ranges may overlap. */
  move(to: number, from: number, size: number): void {
    if (size <= 0) return;
    this.touch(to, size);
    this.u8.copyWithin(to, from, from + size);
  }

  fill(address: number, size: number, value = 0): void {
    if (size <= 0) return;
    this.touch(address, size);
    this.u8.fill(value, address, address + size);
  }
}
