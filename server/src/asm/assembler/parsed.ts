import type { Insn } from '../../isa/insn.ts';
import type { SymbolUse } from './unit.ts';

/** What parsing one instruction yields. */
export interface Parsed {
  readonly insn: Insn;
  /** The name whose place still has to be filled in; null for none. */
  readonly symbol: SymbolUse | null;
}

export function plain(insn: Insn): Parsed {
  return { insn, symbol: null };
}
