import { sameBytes } from '../base/bytes.ts';
import type { Btf } from '../btf/btf.ts';
import { isJsonError, parseJson, type JsonNode } from '../base/json.ts';
import { positionAt, sourceText } from '../base/source.ts';
import type { BpfObject, MapSpec } from '../program/program.ts';
import type { GivenWorld } from '../vm/given.ts';
import type { Problem } from './jsonKinds.ts';
import { readEntry, type InitialEntry } from './mapEntry.ts';

/** Contents of maps as people write them. What they mean depends on the object's maps and types. */
export interface MapsFile {
  /** For messages. */
  readonly path: string;
  readonly text: string;
  readonly root: JsonNode;
}

export interface InitialMaps {
  readonly contents: readonly MapFilling[];
  /** Inner maps that the contents of maps of maps ask for, in the order in which entries name them. */
  readonly inner: readonly MapSpec[];
}

export const NO_MAPS: InitialMaps = { contents: [], inner: [] };

export interface MapFilling {
  readonly map: string;
  readonly entries: readonly InitialEntry[];
}

/** What contents may refer to. */
export interface MapsContext {
  readonly object: BpfObject;
  readonly world: GivenWorld | null;
}

/** Told at most; the rest is counted. */
const MOST_PROBLEMS = 10;
/** Entries of one map, inner maps of one file. */
const MOST_ENTRIES = 1 << 20;
const MOST_INNER = 1024;

/** Reads `{"rules": [{"key": "5000", "value": "50000100"}]}`; a string says what is wrong. */
export function parseInitialMaps(text: string, path = 'maps'): MapsFile | string {
  const root = parseJson(text);
  if (isJsonError(root)) return placed(path, text, { at: root.at, message: `no valid JSON: ${root.message}` });
  if (root.value.kind === 'object') return { path, text, root };
  return placed(path, text, { at: root.at, message: 'expected an object with a list of entries for each map' });
}

/** The contents for this object; a string says which entry does not fit. */
export function resolveInitialMaps(file: MapsFile, context: MapsContext): InitialMaps | string {
  const reading = new Reading(context);
  if (file.root.value.kind === 'object')
    for (const [name, { keyAt, node }] of file.root.value.members)
      if (name !== '$schema') reading.map(name, keyAt, node);
  if (reading.problems.length === 0) return { contents: reading.contents, inner: reading.inner };
  const told = reading.problems.toSorted((a, b) => a.at - b.at).slice(0, MOST_PROBLEMS);
  const more = reading.problems.length - told.length;
  return [
    ...told.map((problem) => placed(file.path, file.text, problem)),
    ...(more > 0 ? [`and ${more} more`] : []),
  ].join('\n');
}

function placed(path: string, text: string, { at, message }: Problem): string {
  const { line, column } = positionAt(sourceText('', text), at);
  return `${path}:${line + 1}:${column + 1}: ${message}`;
}

/** Contents of constants may be given again, as a run's summary has them, but not changed. */
function isInitial({ initial, valueSize }: MapSpec, { values }: InitialEntry): boolean {
  const whole = new Uint8Array(valueSize);
  whole.set(initial ?? new Uint8Array());
  return values[0] !== undefined && sameBytes(values[0], whole);
}

class Reading {
  readonly problems: Problem[] = [];
  readonly contents: MapFilling[] = [];
  readonly inner: MapSpec[] = [];
  readonly #context: MapsContext;
  readonly #btf: Btf | null;

  constructor(context: MapsContext) {
    this.#context = context;
    this.#btf = context.object.btf;
  }

  map(name: string, at: number, node: JsonNode): void {
    const spec = this.#context.object.maps.find((one) => one.name === name);
    if (spec === undefined) {
      const names = this.#context.object.maps.map((one) => one.name).join(', ');
      this.problems.push({ at, message: `there is no map ${name}${names === '' ? '' : `; there are ${names}`}` });
    } else this.#fill(spec, node, name);
  }

  /** A list of entries, or what a run's summary says of a map: an object with its type and entries. */
  #fill(spec: MapSpec, node: JsonNode, where: string): void {
    const { value } = node;
    if (value.kind === 'object') return this.#summary(spec, node, where);
    if (value.kind !== 'array' || value.items.length > MOST_ENTRIES)
      return this.#fail(node, `${where}: expected a list of {"key": …, "value": …}`);
    this.#list(spec, value.items, where);
  }

  #summary(spec: MapSpec, node: JsonNode, where: string): void {
    if (node.value.kind !== 'object') return;
    const { members } = node.value;
    const type = members.get('type')?.node;
    if (type !== undefined && (type.value.kind !== 'string' || type.value.text !== spec.type))
      this.#fail(type, `${where}.type: the map is of type ${spec.type}`);
    const entries = members.get('entries')?.node;
    const variables = members.get('variables')?.node;
    if (entries === undefined && variables === undefined)
      return this.#fail(node, `${where}: expected a list of entries, or an object with "entries"`);
    if (variables !== undefined) return this.#variables(spec, variables, `${where}.variables`);
    if (entries?.value.kind === 'array') this.#list(spec, entries.value.items, `${where}.entries`);
    else if (entries !== undefined) this.#fail(entries, `${where}.entries: expected a list`);
  }

  #variables(spec: MapSpec, node: JsonNode, where: string): void {
    const value = { kind: 'object' as const, members: new Map([['valueTyped', { keyAt: node.at, node }]]) };
    if (spec.initial === null) this.#fail(node, `${where}: only maps of global variables have variables`);
    else this.#list(spec, [{ at: node.at, value }], where);
  }

  #list(spec: MapSpec, items: readonly JsonNode[], where: string): void {
    const entries: InitialEntry[] = [];
    if (!spec.frozen) this.contents.push({ map: spec.name, entries });
    for (const [i, item] of items.entries()) {
      const place = `${where}[${i}]`;
      const entry = readEntry({ ...this.#context, btf: this.#btf, spec, problems: this.problems }, item, place);
      if (entry === null) continue;
      if (spec.frozen && !isInitial(spec, entry))
        this.#fail(item, `${place}: these variables are constants, which the program was verified with`);
      entries.push(entry.contents === null ? entry : { ...entry, holds: this.#innerMap(spec, entry.contents, place) });
    }
  }

  /** A map of its own for the entries that stand in a slot of a map of maps. Answers its name. */
  #innerMap(spec: MapSpec, contents: JsonNode, where: string): string {
    const name = `${spec.name}[${this.inner.length}]`;
    if (spec.inner === null || this.inner.length >= MOST_INNER) {
      this.#fail(contents, `${where}: the map has no inner map to make, or there are too many`);
      return name;
    }
    const inner = { ...spec.inner, name };
    this.inner.push(inner);
    this.#fill(inner, contents, `${where}.entries`);
    return name;
  }

  #fail(node: JsonNode, message: string): void {
    this.problems.push({ at: node.at, message });
  }
}
