/** What stands for a function whose code is there already: it speaks of what that speaks of, and does nothing. */
import { append, newBlock } from '../ir/edit.ts';
import type { IrFunction, IrSymbol } from '../ir/ir.ts';
import type { Mention } from '../ir/mentions.ts';
import type { FunctionSymbol } from '../typed.ts';
import { declaration } from './function.ts';
import type { LoweredFunction, UnitState } from './state.ts';
import { literalSymbol, symbolOf } from './symbol.ts';

/** Null where its symbols would be others now. */
export function standIn(
  unit: UnitState,
  symbol: FunctionSymbol,
  { asked, mentions }: LoweredFunction,
): IrFunction | null {
  const fn = declaration(unit, symbol);
  const symbols = new Map<string, IrSymbol>();
  for (const [name, literal] of asked) {
    const declared = unit.declared.get(name);
    const one =
      literal !== null ? literalSymbol(unit, literal.bytes, literal.alignBytes) : declared && symbolOf(unit, declared);
    if (one?.name !== name) return null;
    symbols.set(name, one);
  }
  return speakOf(fn, mentions, symbols) ? fn : null;
}

function speakOf(fn: IrFunction, mentions: readonly Mention[], symbols: ReadonlyMap<string, IrSymbol>): boolean {
  const block = newBlock(fn, 'entry');
  const { place } = fn;
  const bare = { args: [], inlinedAt: null, place };
  for (const { symbol: known, isCall } of mentions) {
    const symbol = symbols.get(known.name);
    if (symbol === undefined) return false;
    if (isCall)
      append(fn, block, { ...bare, op: 'call', type: 'i64', callee: { kind: 'function', symbol }, pure: false });
    else append(fn, block, { ...bare, op: 'address', type: 'ptr', symbol, addend: 0 });
  }
  append(fn, block, { ...bare, op: 'unreachable', type: 'void' });
  return true;
}
