/** Which sizes each map type takes, so that a declaration that no kernel would take is refused where it stands. */
import type { Span } from '../../base/source.ts';
import { mapProblem } from '../../kernel/mapRules.ts';
import type { MapType } from '../../kernel/mapTypes.ts';
import type { Cursor } from './cursor.ts';
import type { MapNode } from './unit.ts';

export interface MapProperties {
  readonly sizes: Map<string, { readonly value: number; readonly span: Span }>;
  type: { readonly value: MapType; readonly span: Span } | null;
  inner: { readonly name: string; readonly span: Span } | null;
}

interface Rule {
  /** A number is the only size allowed, and the one taken when none is given. */
  readonly key: number | 'any';
  readonly value: number | 'any';
  readonly entries: 'any' | 'none' | 'pages';
}

const HASH: Rule = { key: 'any', value: 'any', entries: 'any' };
const ARRAY: Rule = { key: 4, value: 'any', entries: 'any' };
const REFERENCES: Rule = { key: 4, value: 4, entries: 'any' };
const QUEUE: Rule = { key: 0, value: 'any', entries: 'any' };
const RING: Rule = { key: 0, value: 0, entries: 'pages' };
const LOCAL: Rule = { key: 4, value: 'any', entries: 'none' };

/** Mirrors the checks of the maps' `map_alloc_check` functions in kernel/bpf/, v6.12. */
const RULES: Readonly<Partial<Record<MapType, Rule>>> = {
  hash: HASH, percpu_hash: HASH, lru_hash: HASH, lru_percpu_hash: HASH, lpm_trie: HASH, sockhash: HASH,
  array: ARRAY, percpu_array: ARRAY, stack_trace: ARRAY, devmap: ARRAY, devmap_hash: ARRAY, cpumap: ARRAY,
  sockmap: ARRAY, reuseport_sockarray: ARRAY,
  prog_array: REFERENCES, perf_event_array: REFERENCES, cgroup_array: REFERENCES, array_of_maps: REFERENCES,
  xskmap: REFERENCES,
  hash_of_maps: { key: 'any', value: 4, entries: 'any' },
  queue: QUEUE, stack: QUEUE, bloom_filter: QUEUE,
  ringbuf: RING, user_ringbuf: RING,
  sk_storage: LOCAL, inode_storage: LOCAL, task_storage: LOCAL, cgrp_storage: LOCAL,
  cgroup_storage: { key: 'any', value: 'any', entries: 'none' },
  percpu_cgroup_storage: { key: 'any', value: 'any', entries: 'none' },
  arena: { key: 0, value: 0, entries: 'any' },
}; // prettier-ignore

/** The declaration as a whole, or null after reporting what is missing or cannot be. */
export function completeMap(
  cursor: Cursor,
  name: { readonly name: string; readonly span: Span },
  span: Span,
  properties: MapProperties,
): MapNode | null {
  const { type, sizes, inner } = properties;
  if (type === null) return refuse(cursor, name.span, `map ${name.name} needs a type: type=array, type=hash, ...`);
  const rule = RULES[type.value];
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
  const flags = sizes.get('flags')?.value ?? 0;
  const shape = { type: type.value, keySize, valueSize, maxEntries, flags, inner: null };
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
  allowed: number | 'any',
  name: { readonly name: string; readonly span: Span },
): number | null {
  const given = properties.sizes.get(what);
  const type = properties.type?.value ?? 'unspec';
  if (allowed !== 'any') {
    if (given === undefined || given.value === allowed) return allowed;
    const rule =
      allowed === 0
        ? `a map of type ${type} has no ${WORDS[what]}`
        : `a map of type ${type} has ${WORDS[what]} of ${allowed} bytes`;
    return refuse(cursor, given.span, `${rule}: write ${what}=${allowed} or leave it out`);
  }
  if (given === undefined)
    return refuse(cursor, name.span, `map ${name.name} needs the size of its ${WORDS[what]}: ${what}=8`);
  if (given.value > 0) return given.value;
  return refuse(cursor, given.span, `the ${WORDS[what]} of a map of type ${type} have at least 1 byte`);
}

function entriesOf(
  cursor: Cursor,
  properties: MapProperties,
  rule: Rule,
  name: { readonly name: string; readonly span: Span },
): number | null {
  const given = properties.sizes.get('entries');
  const type = properties.type?.value ?? 'unspec';
  if (rule.entries === 'none') {
    if (given === undefined || given.value === 0) return 0;
    return refuse(cursor, given.span, `a map of type ${type} has no number of entries: leave entries out`);
  }
  if (given === undefined || given.value === 0)
    return refuse(cursor, given?.span ?? name.span, `map ${name.name} needs a number of entries: entries=256`);
  if (rule.entries === 'pages' && (given.value % 4096 !== 0 || !Number.isInteger(Math.log2(given.value))))
    return refuse(cursor, given.span, 'the size of a ring buffer is a power of two and a multiple of 4096');
  return given.value;
}
