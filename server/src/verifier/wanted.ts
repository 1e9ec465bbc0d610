/** What walking back still looks for: registers and stack slots, per frame. Mirrors `struct backtrack_state`. */

export const MAX_FRAMES = 8;

/** Registers and stack slots still looked for, per frame. Bits of slots 0-31 and 32-63 lie in two words. */
export interface Wanted {
  frameno: number;
  readonly regs: Int32Array;
  readonly slots: Int32Array;
}

export function nothingWanted(frameno: number): Wanted {
  return { frameno, regs: new Int32Array(MAX_FRAMES), slots: new Int32Array(2 * MAX_FRAMES) };
}

/** Forgets all of it, for another walk. */
export function wantNothing(wanted: Wanted, frameno: number): Wanted {
  wanted.frameno = frameno;
  wanted.regs.fill(0);
  wanted.slots.fill(0);
  return wanted;
}

export function isEmpty(wanted: Wanted): boolean {
  for (let i = 0; i <= wanted.frameno; i++)
    if (wanted.regs[i] !== 0 || wanted.slots[2 * i] !== 0 || wanted.slots[2 * i + 1] !== 0) return false;
  return true;
}

export function regBits(wanted: Wanted, frameno = wanted.frameno): number {
  return wanted.regs[frameno] ?? 0;
}

export function hasReg(wanted: Wanted, regno: number, frameno = wanted.frameno): boolean {
  return (regBits(wanted, frameno) & (1 << regno)) !== 0;
}

export function addReg(wanted: Wanted, regno: number, frameno = wanted.frameno): void {
  wanted.regs[frameno] = regBits(wanted, frameno) | (1 << regno);
}

export function dropReg(wanted: Wanted, regno: number, frameno = wanted.frameno): void {
  wanted.regs[frameno] = regBits(wanted, frameno) & ~(1 << regno);
}

export function slotWord(wanted: Wanted, frameno: number, spi: number): number {
  return wanted.slots[2 * frameno + (spi >> 5)] ?? 0;
}

export function hasSlot(wanted: Wanted, frameno: number, spi: number): boolean {
  return (slotWord(wanted, frameno, spi) & (1 << (spi & 31))) !== 0;
}

export function addSlot(wanted: Wanted, frameno: number, spi: number): void {
  wanted.slots[2 * frameno + (spi >> 5)] = slotWord(wanted, frameno, spi) | (1 << (spi & 31));
}

export function dropSlot(wanted: Wanted, frameno: number, spi: number): void {
  wanted.slots[2 * frameno + (spi >> 5)] = slotWord(wanted, frameno, spi) & ~(1 << (spi & 31));
}

/** `r1,r6`: as the log lists what is wanted. */
export function regList(wanted: Wanted, frameno: number): string {
  return NUMBERS.filter((i) => i < 11 && hasReg(wanted, i, frameno))
    .map((i) => `r${i}`)
    .join(',');
}

export function slotList(wanted: Wanted, frameno: number): string {
  return NUMBERS.filter((i) => hasSlot(wanted, frameno, i))
    .map((i) => `${-(i + 1) * 8}`)
    .join(',');
}

const NUMBERS: readonly number[] = Array.from({ length: 64 }, (_, i) => i);
