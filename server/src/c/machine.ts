/** What the back end makes of a function: instructions whose symbols are still open, with tables beside them. */
import type { Insn } from '../isa/insn.ts';
import type { ValuePlace } from '../program/program.ts';
import type { CoreRequest, DebugVariable, InlinedCall, IrSymbol } from './ir/ir.ts';
import type { Place } from './places.ts';

export interface MachineFunction {
  readonly symbol: IrSymbol;
  /** Null for `.text`. */
  readonly section: string | null;
  /** By slot, as everywhere: the second slot of a wide instruction is a `wideSlot`. */
  readonly insns: readonly Insn[];
  /** `address` on a loadImm64 (symbol's address plus addend in `lo`), `call` on a call to a function, kfunc or extern. */
  readonly relocations: readonly {
    readonly pc: number;
    readonly kind: 'address' | 'call';
    readonly symbol: IrSymbol;
    readonly addend: number;
  }[];
  readonly core: readonly { readonly pc: number; readonly request: CoreRequest }[];
  /** Sorted by pc; holds until the next entry. */
  readonly lines: readonly { readonly pc: number; readonly place: Place; readonly inlinedAt: InlinedCall | null }[];
  readonly locations: readonly VariableLocation[];
  /** Bytes of its frame. */
  readonly stackBytes: number;
}

/** Where (a piece of) a variable lives while pc is in [from, to). Offsets from r10 are negative. */
export interface VariableLocation {
  readonly variable: DebugVariable;
  readonly inlinedAt: InlinedCall | null;
  readonly from: number;
  readonly to: number;
  /** Bytes of the variable that this piece holds. */
  readonly off: number;
  readonly size: number;
  readonly where: Extract<ValuePlace, { kind: 'register' | 'stack' | 'constant' }>;
}

/** `-mcpu=v1` to `v4`. v2: jlt and kin. v3: 32-bit operations and jumps, atomics. v4: movsx, ldsx, sdiv, bswap, gotol. */
export type Cpu = 1 | 2 | 3 | 4;
