/** Sizes that are left out are filled in, and a declaration that no kernel would take is refused where it stands. */
import type { Span } from '../../base/source.ts';
import { MAP_RULES, mapProblem, type MapRule, type SizeRule } from '../../kernel/mapRules.ts';
import type { MapType } from '../../kernel/mapTypes.ts';
import type { Cursor } from './cursor.ts';
import type { MapNode } from './unit.ts';

export interface MapProperties {
  readonly sizes: Map<string, { readonly value: number; readonly span: Span }>;
  type: { readonly value: MapType; readonly span: Span } | null;
  inner: { readonly name: string; readonly span: Span } | null;
}

/** The declaration as a whole, or null after reporting what is missing or cannot be. */
export function completeMap(
  cursor: Cursor,
  name: { readonly name: string; readonly span: Span },
  span: Span,
  properties: MapProperties,
): MapNode | null {
  const { type, sizes, inner } = properties;
  if (type === null) return refuse(cursor, name.span, `map ${name.name} needs a type: type=array, type=hash, ...`);
  const rule = MAP_RULES[type.value];
  if (rule === undefined) return refuse(cursor, type.span, `maps of type ${type.value} cannot be declared here`);
  const keySize = sizeOf(cursor, properties, 'key', rule.key, name);
  const valueSize = keySize === null ? null : sizeOf(cursor, properties, 'value', rule.value, name);
  const maxEntries = valueSize === null ? null : entriesOf(cursor, properties, rule, name);
  if (keySize === null || valueSize === null || maxEntries === null) return null;
  const nested = type.value === 'array_of_maps' || type.value === 'hash_of_maps';
  if (nested !== (inner !== null)) {
    const message = nested
      ? `a map of maps needs inner=NAME, a map that every inner map is like`
      : 'only maps of maps have an inner map';
    return refuse(cursor, inner?.span ?? type.span, message);
  }
  const flags = sizes.get('flags')?.value ?? rule.needs ?? 0;
  const extra = sizes.get('extra')?.value ?? 0;
  const shape = { type: type.value, keySize, valueSize, maxEntries, flags, extra, inner: null };
  const problem = nested ? null : mapProblem(shape);
  if (problem !== null) return refuse(cursor, name.span, `map ${name.name}: ${problem}`);
  const id = sizes.get('id')?.value ?? null;
  return {
    name: name.name,
    nameSpan: name.span,
    span,
    type: type.value,
    keySize,
    valueSize,
    maxEntries,
    flags,
    extra,
    inner,
    id,
    slots: [],
  };
}

function refuse(cursor: Cursor, span: Span, message: string): null {
  cursor.fail('bad-map', message, span);
  return null;
}

const WORDS: Readonly<Record<'key' | 'value', string>> = { key: 'keys', value: 'values' };

function sizeOf(
  cursor: Cursor,
  properties: MapProperties,
  what: 'key' | 'value',
  allowed: SizeRule,
  name: { readonly name: string; readonly span: Span },
): number | null {
  const given = properties.sizes.get(what);
  const type = properties.type?.value ?? 'unspec';
  if (typeof allowed !== 'number') {
    if (given === undefined)
      return refuse(cursor, name.span, `map ${name.name} needs the size of its ${WORDS[what]}: ${what}=8`);
    if (given.value > 0) return given.value;
    return refuse(cursor, given.span, `the ${WORDS[what]} of a map of type ${type} have at least 1 byte`);
  }
  if (given === undefined || given.value === allowed) return allowed;
  const rule =
    allowed === 0
      ? `a map of type ${type} has no ${WORDS[what]}`
      : `a map of type ${type} has ${WORDS[what]} of ${allowed} bytes`;
  return refuse(cursor, given.span, `${rule}: write ${what}=${allowed} or leave it out`);
}

function entriesOf(
  cursor: Cursor,
  properties: MapProperties,
  rule: MapRule,
  name: { readonly name: string; readonly span: Span },
): number | null {
  const given = properties.sizes.get('entries');
  const type = properties.type?.value ?? 'unspec';
  if (rule.entries === 'none') {
    if (given === undefined || given.value === 0) return 0;
    return refuse(cursor, given.span, `a map of type ${type} has no number of entries: leave entries out`);
  }
  if (given === undefined && rule.entries === 'one') return 1;
  if (given === undefined || given.value === 0)
    return refuse(cursor, given?.span ?? name.span, `map ${name.name} needs a number of entries: entries=256`);
  if (rule.entries === 'pages' && (given.value % 4096 !== 0 || !Number.isInteger(Math.log2(given.value))))
    return refuse(cursor, given.span, 'the size of a ring buffer is a power of two and a multiple of 4096');
  return given.value;
}
