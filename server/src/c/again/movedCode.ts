/** Machine code of an earlier compilation with the places, variables and types of a new one. */
import type { Description, References } from './describeIr.ts';
import type { InlinedCall } from '../ir/ir.ts';
import type { MachineFunction } from '../machine.ts';

export type Moves = { readonly [K in keyof References]: ReadonlyMap<References[K][number], References[K][number]> };

/** What became of what two descriptions of the same speak of; null where they do not speak of the same. */
export function movesBetween(before: readonly Description[], after: readonly Description[]): Moves | null {
  const places = pairs(before, after, ({ places }) => places);
  const variables = pairs(before, after, ({ variables }) => variables);
  const types = pairs(before, after, ({ types }) => types);
  return places === null || variables === null || types === null ? null : { places, variables, types };
}

/** One for one; null where two that were the same are not so any more, or the other way round. */
function pairs<T>(
  before: readonly Description[],
  after: readonly Description[],
  listOf: (references: References) => readonly T[],
): Map<T, T> | null {
  const to = new Map<T, T>();
  const from = new Map<T, T>();
  for (const [i, part] of before.entries()) {
    const others = listOf(after[i]!.references);
    for (const [n, one] of listOf(part.references).entries()) {
      const other = others[n]!;
      if (to.has(one) ? to.get(one) !== other : from.has(other)) return null;
      to.set(one, other);
      from.set(other, one);
    }
  }
  return to;
}

export function movedCode(code: MachineFunction, { places, variables, types }: Moves): MachineFunction {
  const place = <T extends { readonly place: number }>(one: T): T => ({
    ...one,
    place: places.get(one.place) ?? one.place,
  });
  const calls = new Map<InlinedCall, InlinedCall>();
  const call = (old: InlinedCall | null): InlinedCall | null => {
    if (old === null) return null;
    const moved = calls.get(old) ?? { ...place(old), parent: call(old.parent) };
    calls.set(old, moved);
    return moved;
  };
  return {
    ...code,
    lines: code.lines.map((one) => ({ ...place(one), inlinedAt: call(one.inlinedAt) })),
    locations: code.locations.map((one) => ({
      ...one, variable: variables.get(one.variable) ?? one.variable, inlinedAt: call(one.inlinedAt),
    })),
    core: code.core.map(({ pc, request }) => ({
      pc, request: { ...request, type: types.get(request.type) ?? request.type },
    })),
  }; // prettier-ignore
}
