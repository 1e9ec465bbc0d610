/** Names that a file declares and where they are used, for the language server. */
import type { Span } from '../../base/source.ts';
import type { Func, Functions } from './functions.ts';
import type { Definition, Reference } from './syntax.ts';
import type { Label, MapNode, Unit } from './unit.ts';

export interface Names {
  readonly definitions: readonly Definition[];
  /** Index into `definitions` of a label or map. */
  readonly indexOf: ReadonlyMap<Label | MapNode, number>;
  readonly references: Reference[];
}

export function collectNames(unit: Unit, functions: Functions): Names {
  const owners = new Map(functions.all.flatMap((func) => (func.label === null ? [] : [[func.label, func] as const])));
  const entries = [
    ...[...unit.maps.values()].map((node) => ({ node, definition: mapDefinition(node) })),
    ...[...unit.sections.values()].flatMap(({ labels }) =>
      labels.map((node) => ({ node, definition: labelDefinition(node, owners.get(node) ?? null) })),
    ),
  ].sort((a, b) => a.definition.span.start - b.definition.span.start);
  const indexOf = new Map<Label | MapNode, number>(entries.map(({ node }, index) => [node, index]));
  const parents = parentIndex(functions, indexOf);
  const definitions: Definition[] = [];
  for (const { node, definition } of entries) {
    const parent = definition.kind === 'label' ? parents(node as Label) : null;
    definitions.push(parent === null ? definition : { ...definition, parent });
  }
  return { definitions, indexOf, references: [] };
}

function mapDefinition({ name, nameSpan, span }: MapNode): Definition {
  return { kind: 'map', name, span: nameSpan, extent: span, parent: null, entry: false };
}

function labelDefinition({ name, span, section }: Label, func: Func | null): Definition {
  const common = { name, span, parent: null };
  if (func !== null) return { kind: 'function', ...common, extent: func.span, entry: func.entry };
  return { kind: section.kind === 'code' ? 'label' : 'data', ...common, extent: span, entry: false };
}

/** Finds the definition of the function that a label lies in. */
function parentIndex(
  functions: Functions,
  indexOf: ReadonlyMap<Label | MapNode, number>,
): (label: Label) => number | null {
  return (label) => {
    const func = funcAt(functions.bySection.get(label.section) ?? [], label.at);
    const owner = func?.label ?? null;
    return owner === null ? null : (indexOf.get(owner) ?? null);
  };
}

/** The function of a section that holds a slot; `functions` are in order. */
export function funcAt(functions: readonly Func[], slot: number): Func | null {
  let low = 0;
  let high = functions.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((functions[middle]?.start ?? 0) <= slot) low = middle + 1;
    else high = middle;
  }
  return functions[low - 1] ?? null;
}

export function refer(names: Names, name: string, span: Span, node: Label | MapNode | null): void {
  const definition = node === null ? null : (names.indexOf.get(node) ?? null);
  names.references.push({ name, span: { start: span.start, end: span.end }, definition });
}
