import { fromHex } from '../base/bytes.ts';
import type { Machine } from '../vm/createMachine.ts';
import { setMapValue } from '../vm/maps/contents.ts';

/** Contents of maps before a run: by map name, keys and values as bytes in memory order. */
export type InitialMaps = ReadonlyMap<string, readonly InitialEntry[]>;

export interface InitialEntry {
  readonly key: Uint8Array;
  /** One value, or one per CPU. */
  readonly values: readonly Uint8Array[];
}

/** Reads `{"rules": [{"key": "5000", "value": "50000100"}]}`; a string says what is wrong. */
export function parseInitialMaps(text: string): InitialMaps | string {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return `no valid JSON: ${error instanceof Error ? error.message : String(error)}`;
  }
  if (!isRecord(json)) return 'expected an object with a list of entries for each map';
  const maps = new Map<string, InitialEntry[]>();
  for (const [name, list] of Object.entries(json)) {
    if (!Array.isArray(list)) return `map ${name}: expected a list of {"key", "value"}`;
    const entries: InitialEntry[] = [];
    for (const [index, item] of list.entries()) {
      const entry = entryOf(item);
      if (typeof entry === 'string') return `map ${name}, entry ${index + 1}: ${entry}`;
      entries.push(entry);
    }
    maps.set(name, entries);
  }
  return maps;
}

/** Puts the contents into a machine; a string says which entry does not fit. */
export function fillMaps(machine: Machine, initial: InitialMaps): string | null {
  for (const [name, entries] of initial) {
    const map = machine.maps.find((one) => one?.spec.name === name);
    if (map === undefined || map === null) return `there is no map ${name}`;
    const { keySize, valueSize } = map.spec;
    for (const { key, values } of entries) {
      if (key.length !== keySize) return `map ${name}: a key has ${keySize} bytes, not ${key.length}`;
      const wrong = values.find((value) => value.length !== valueSize);
      if (wrong !== undefined) return `map ${name}: a value has ${valueSize} bytes, not ${wrong.length}`;
      const answer =
        keySize === 0 ? map.push(values[0] ?? new Uint8Array(), 0, 0) : setMapValue(map, machine.cpus, key, values);
      if (answer !== 0) return `map ${name} does not take an entry (error ${-answer}); is it full?`;
    }
  }
  return null;
}

function entryOf(item: unknown): InitialEntry | string {
  if (!isRecord(item)) return 'expected {"key": "…", "value": "…"}';
  const key =
    typeof item['key'] === 'string' ? fromHex(item['key']) : item['key'] === undefined ? new Uint8Array() : null;
  if (key === null) return '"key" is no hex text';
  const list: unknown[] = Array.isArray(item['value']) ? item['value'] : [item['value']];
  const values = list.map((value) => (typeof value === 'string' ? fromHex(value) : null));
  const whole = values.filter((value) => value !== null);
  return whole.length === values.length && whole.length > 0 ? { key, values: whole } : '"value" is no hex text';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
