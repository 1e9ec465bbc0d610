/**
 * Windows: what safe mode remembers about mapped memory. An access first compares with a window, kept in two locals:
 * the one for what its register seems to point at, or else the one that belongs to the register. Only a miss asks the
 * machine, whose answer becomes the window. Windows are exact, so a hit is as strict as the interpreter.
 */
import type { Reg } from '../isa/insn.ts';
import { LAYOUT } from '../vm/machine.ts';
import type { Code } from './code.ts';
import { HINT, type Hint } from './hints.ts';

export interface Window {
  readonly hint: Hint;
  readonly write: boolean;
  /** Local with the first address. */
  readonly start: number;
  /** Local with the length. It is never below 8, so subtracting an access's size cannot wrap. */
  readonly bytes: number;
}

/** Keys above all hints. */
const OTHERS = 8;

export class WindowTable {
  private readonly code: Code;
  private readonly windows = new Map<number, Window>();

  constructor(code: Code) {
    this.code = code;
  }

  /** The window for accesses of one kind through a register that seems to point at `hint`. */
  of(reg: Reg, hint: Hint, write: boolean): Window {
    const key = 2 * (hint === HINT.none ? OTHERS + reg : hint) + (write ? 1 : 0);
    let window = this.windows.get(key);
    if (window === undefined) {
      window = { hint, write, start: this.code.local('i64'), bytes: this.code.local('i64') };
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

/** Compiled code subtracts an access's size from a window's length, so a window is never shorter than that. */
export const MIN_WINDOW_BYTES = 8;
