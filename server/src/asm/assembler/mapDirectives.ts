/** `.map` and `.slot`. */
import type { Span } from '../../base/source.ts';
import { MAP_TYPES, type MapType } from '../../kernel/mapTypes.ts';
import type { Cursor } from './cursor.ts';
import { shorten } from './cursor.ts';
import { parseInRange } from './expression.ts';
import { completeMap, type MapProperties } from './mapRules.ts';
import { MAP_PROPERTIES } from './tables.ts';
import { suggest } from './unit.ts';

/** `.map counts, type=array, key=4, value=8, entries=256`. */
export function parseMap(cursor: Cursor): void {
  const name = cursor.peek();
  if (name?.kind !== 'word') {
    cursor.fail('unexpected-text', `expected the map's name here, ${cursor.found()}`);
    return;
  }
  cursor.next('map');
  const properties: MapProperties = { sizes: new Map(), type: null, inner: null };
  const seen = new Set<string>();
  const { unit } = cursor;
  unit.brokenMaps.add(name.text);
  while (cursor.take(',')) if (!parseProperty(cursor, properties, seen)) return;
  if (unit.maps.has(name.text) || unit.labels.has(name.text)) {
    cursor.fail('duplicate-name', `the name ${shorten(name.text)} is declared twice`, name);
    return;
  }
  if (!cursor.done) {
    cursor.expect(',');
    return;
  }
  const span = cursor.since(cursor.lexemes[0] ?? name);
  const map = completeMap(cursor, { name: name.text, span: { start: name.start, end: name.end } }, span, properties);
  if (map === null) return;
  unit.maps.set(name.text, map);
  unit.brokenMaps.delete(name.text);
}

function parseProperty(cursor: Cursor, properties: MapProperties, seen: Set<string>): boolean {
  const lexeme = cursor.peek();
  const name = lexeme?.text ?? '';
  const names = MAP_PROPERTIES.map((property) => property.name);
  if (lexeme?.kind !== 'word')
    return cursor.fail('unexpected-text', `expected a property such as entries=256 here, ${cursor.found()}`);
  if (!names.includes(name))
    return cursor.fail(
      'unknown-map-property',
      `a map has no property ${shorten(name)}${suggest(cursor.unit, name, names)} (${names.join(', ')})`,
    );
  if (seen.has(name)) return cursor.fail('duplicate-name', `the property ${name} is given twice`);
  seen.add(name);
  cursor.next('property');
  if (!cursor.expect('=', 'operator')) return false;
  if (name === 'type') return parseMapType(cursor, properties);
  if (name === 'inner') return parseInner(cursor, properties);
  const first = cursor.here();
  const value = parseInRange(cursor, LABELS[name] ?? name, 0n, name === 'extra' ? LARGEST_EXTRA : 0xffffffffn);
  if (value === null) return false;
  properties.sizes.set(name, { value, span: cursor.since(first) });
  return true;
}

/** Numbers that JavaScript holds exactly. */
const LARGEST_EXTRA = (1n << 53n) - 1n;

const LABELS: Readonly<Record<string, string>> = {
  key: "a key's size", value: "a value's size", entries: 'the number of entries', flags: 'the flags', id: 'the id',
}; // prettier-ignore

function parseMapType(cursor: Cursor, properties: MapProperties): boolean {
  const name = cursor.text();
  const type = MAP_TYPES.find((type) => type === name && type !== 'unspec');
  if (type === undefined) {
    const known = MAP_TYPES.filter((type) => type !== 'unspec');
    return cursor.fail(
      'unknown-map-type',
      `there is no map type ${shorten(name)}${suggest(cursor.unit, name.replace(/^BPF_MAP_TYPE_/i, ''), known)}`,
    );
  }
  const lexeme = cursor.next('property');
  properties.type = lexeme === null ? null : { value: type satisfies MapType, span: lexeme };
  return true;
}

function parseInner(cursor: Cursor, properties: MapProperties): boolean {
  const lexeme = cursor.peek();
  if (lexeme?.kind !== 'word')
    return cursor.fail('unexpected-text', `expected the name of a map here, ${cursor.found()}`);
  cursor.next('map');
  const span: Span = { start: lexeme.start, end: lexeme.end };
  properties.inner = { name: lexeme.text, span };
  return true;
}

/** `.slot jump_table, 0, other_program`. */
export function parseSlot(cursor: Cursor): void {
  const map = parseName(cursor, 'map', 'the name of a map');
  if (map === null || !cursor.expect(',')) return;
  const index = parseInRange(cursor, 'a slot', 0n, 0xffffffffn);
  if (index === null || !cursor.expect(',')) return;
  const name = parseName(cursor, 'function', 'the name of a program or map');
  if (name === null) return;
  cursor.unit.slots.push({ map: map.name, mapSpan: map.span, index, name: name.name, nameSpan: name.span });
}

function parseName(cursor: Cursor, kind: 'map' | 'function', what: string): { name: string; span: Span } | null {
  const lexeme = cursor.peek();
  if (lexeme?.kind !== 'word') {
    cursor.fail('unexpected-text', `expected ${what} here, ${cursor.found()}`);
    return null;
  }
  cursor.next(kind);
  return { name: lexeme.text, span: { start: lexeme.start, end: lexeme.end } };
}
