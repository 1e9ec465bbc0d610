import { positionAt, sourceText, type SourceText } from '../base/source.ts';
import { tidyPath } from '../elf/programInfo.ts';
import type { InlinedFunction } from '../program/program.ts';
import type { InlinedCall } from './ir/ir.ts';
import type { MachineFunction } from './machine.ts';
import type { Place, Places, SourceFile } from './places.ts';

/** The pieces of a function's code that came of inlined calls, from outer to inner calls. */
export function inlinedFunctions(
  { lines, insns }: MachineFunction,
  places: Places,
  texts: Map<SourceFile, SourceText>,
): InlinedFunction[] {
  const found: InlinedFunction[] = [];
  const open: { call: InlinedCall; entry: number }[] = [];
  const close = (depth: number, to: number): void => {
    for (const { entry } of open.splice(depth)) found[entry] = { ...found[entry]!, to };
  };
  for (const { pc, inlinedAt } of lines) {
    const chain = chainOf(inlinedAt);
    const same = chain.findIndex((call, depth) => !isSameCall(call, open[depth]?.call ?? null));
    close(same === -1 ? chain.length : same, pc);
    for (const call of chain.slice(open.length)) {
      open.push({ call, entry: found.length });
      found.push({ name: call.callee, depth: open.length, from: pc, to: 0, ...writtenAt(call.place, places, texts) });
    }
  }
  close(0, insns.length);
  return found.filter(({ from, to }) => from < to);
}

/** From the outermost call inwards. */
export function chainOf(innermost: InlinedCall | null): InlinedCall[] {
  const chain: InlinedCall[] = [];
  for (let call = innermost; call !== null; call = call.parent) chain.unshift(call);
  return chain;
}

/** Where a user sees a place, one-based; `texts` keeps what was looked at. */
export function writtenAt(
  place: Place,
  places: Places,
  texts: Map<SourceFile, SourceText>,
): Pick<InlinedFunction, 'path' | 'line' | 'column'> {
  const at = places.written(place);
  if (at === null) return { path: '', line: 0, column: 0 };
  const text = texts.get(at.file) ?? sourceText(at.file.path, at.file.text);
  texts.set(at.file, text);
  const { line, column } = positionAt(text, at.offset);
  return { path: tidyPath(at.file.path), line: line + 1, column: column + 1 };
}

export function isSameCall(one: InlinedCall | null, other: InlinedCall | null): boolean {
  if (one === null || other === null || one === other) return one === other;
  return one.place === other.place && one.callee === other.callee && isSameCall(one.parent, other.parent);
}
