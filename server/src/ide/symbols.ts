import type { AsmFile, Definition } from '../asm/assembler/syntax.ts';
import type { Span } from '../base/source.ts';

export interface DocumentSymbol {
  readonly name: string;
  readonly detail: string;
  readonly kind: 'program' | 'function' | 'label' | 'map' | 'data';
  readonly span: Span;
  readonly nameSpan: Span;
  readonly children: readonly DocumentSymbol[];
}

/** The outline: functions with their labels, maps and data, in text order. */
export function documentSymbols(asm: AsmFile): DocumentSymbol[] {
  const symbol = (definition: Definition, index: number): DocumentSymbol => ({
    name: definition.name,
    detail: detailOf(asm, definition),
    kind: definition.kind === 'function' && definition.entry ? 'program' : definition.kind,
    span: around(definition.extent, definition.span),
    nameSpan: definition.span,
    children: asm.definitions.flatMap((child, at) => (child.parent === index ? [symbol(child, at)] : [])),
  });
  return asm.definitions.flatMap((definition, index) =>
    definition.parent === null ? [symbol(definition, index)] : [],
  );
}

function detailOf(asm: AsmFile, { kind, name }: Definition): string {
  if (kind === 'map') {
    const map = asm.object.maps.find((one) => one.name === name);
    return map === undefined ? '' : `${map.type}, ${map.keySize} → ${map.valueSize} bytes, ${map.maxEntries} entries`;
  }
  if (kind !== 'function') return '';
  const program = asm.object.programs.find((one) => one.name === name);
  return program === undefined ? '' : `${program.type}, ${program.insns.length} instructions`;
}

/** The Language Server Protocol wants the name inside the extent. */
function around(extent: Span, name: Span): Span {
  return { start: Math.min(extent.start, name.start), end: Math.max(extent.end, name.end) };
}
