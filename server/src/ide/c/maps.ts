import type { CType } from '../../c/types.ts';
import { MAP_TYPES, type MapType } from '../../kernel/mapTypes.ts';
import { printType } from '../../c/check/printType.ts';
import type { CFile } from './cFile.ts';

/** A map that the source declares. */
export interface DeclaredMap {
  readonly name: string;
  /** Null where it cannot be told. */
  readonly type: MapType | null;
  /** In words: `hash, struct key → __u64`. */
  readonly detail: string;
}

/** The maps of the file, whether or not it compiles: variables of the section `.maps`, whose members tell by their types. */
export function declaredMaps({ result: { unit } }: CFile): DeclaredMap[] {
  const variables = unit?.variables.filter(({ attributes }) => attributes.section === '.maps') ?? [];
  return variables.map(({ name, type }) => {
    const mapType = MAP_TYPES[lengthOf(memberOf(type, 'type')) ?? -1] ?? null;
    const [key, value] = [memberOf(type, 'key'), memberOf(type, 'value')].map((one) => pointedTo(one));
    const sides = [key, value].flatMap((one) => (one === null || one === undefined ? [] : [printType(one)]));
    return { name, type: mapType, detail: [mapType ?? 'map', sides.join(' → ')].filter(Boolean).join(', ') };
  });
}

/** `__uint(max_entries, 8)` declares `int (*max_entries)[8]`. */
function lengthOf(type: CType | null): number | null {
  const to = pointedTo(type);
  return to?.kind === 'array' ? to.length : null;
}

function pointedTo(type: CType | null): CType | null {
  const plain = type === null ? null : withoutNames(type);
  return plain?.kind === 'pointer' ? plain.to : null;
}

function memberOf(type: CType, name: string): CType | null {
  const plain = withoutNames(type);
  return plain.kind === 'record' ? (plain.layout?.members.find((one) => one.name === name)?.type ?? null) : null;
}

function withoutNames(type: CType): CType {
  let at = type;
  for (let depth = 0; depth < 50 && (at.kind === 'typedef' || at.kind === 'qualified'); depth++) at = at.type;
  return at;
}
