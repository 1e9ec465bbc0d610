/** One load or store, as the checks of the kinds of memory see it. */
export interface MemoryAccess {
  /** The pointer. */
  readonly regno: number;
  readonly off: number;
  readonly size: number;
  readonly write: boolean;
  /** Register stored or loaded into; -1 for none. */
  readonly valueReg: number;
  /** The number a store instruction stores; null otherwise. */
  readonly imm: number | null;
  /** Alignment matters whatever the program was loaded with. */
  readonly strict: boolean;
  /** The loaded value is sign-extended. */
  readonly signed: boolean;
}
