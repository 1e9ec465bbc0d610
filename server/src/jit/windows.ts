/**
 * Windows: what safe mode remembers about the memory behind a register. An access first compares with the window that
 * the last check through the same register left, in two locals; only a miss asks the machine. The machine answers with
 * exact bounds, so a hit is as strict as the interpreter.
 */
import type { Reg } from '../isa/insn.ts';
import { LAYOUT } from '../vm/machine.ts';
import type { Code } from './code.ts';

export interface Window {
  /** Local with the first address. */
  readonly start: number;
  /** Local with the length. It is never below 8, so subtracting an access's size cannot wrap. */
  readonly bytes: number;
}

export class WindowTable {
  private readonly code: Code;
  private readonly windows = new Map<number, Window>();

  constructor(code: Code) {
    this.code = code;
  }

  /** The window of accesses of one kind through a register. */
  of(reg: Reg, write: boolean): Window {
    const key = 2 * reg + (write ? 1 : 0);
    let window = this.windows.get(key);
    if (window === undefined) {
      window = { start: this.code.local('i64'), bytes: this.code.local('i64') };
      this.windows.set(key, window);
    }
    return window;
  }

  get all(): Iterable<Window> {
    return this.windows.values();
  }
}

/** A window that is open in every state of the machine: the outermost stack frame. */
export const HOME_WINDOW = { start: LAYOUT.stack, bytes: LAYOUT.frameBytes } as const;
