import { toHex } from '../base/bytes.ts';
import type { Btf } from '../btf/btf.ts';
import { typedJson, type TypedJson } from '../btf/typedJson.ts';
import type { MapSpec } from '../program/program.ts';
import type { MapSnapshot } from './result.ts';

/** Of larger maps only the first entries are taken apart by their types, or a summary would be endless. */
const MOST_TYPED = 1 << 16;

/**
 * A map's contents as a run's summary has them and `--maps` takes them: hex of the bytes, and beside it the same by its
 * type where the object has one. Global variables stand by their names.
 */
export function mapJson({ type, entries, truncated }: MapSnapshot, spec: MapSpec | null, btf: Btf | null): object {
  const perCpu = type.includes('percpu');
  const types = { key: spec?.keyTypeId ?? 0, value: spec?.valueTypeId ?? 0 };
  const isData = spec !== null && spec.initial !== null;
  const variables = isData && btf !== null && types.value !== 0 ? entries[0]?.values[0] : undefined;
  return {
    type,
    entries: entries.map(({ key, values, holds }, i) => {
      const known = i < MOST_TYPED ? btf : null;
      if (holds !== undefined) return { key: toHex(key), ...keyTyped(types.key, known, key), [holds.what]: holds.name };
      const hex = values.map(toHex);
      const typed =
        known === null || types.value === 0 || isData
          ? null
          : values.map((value) => typedJson(known, types.value, value));
      return {
        key: toHex(key),
        value: perCpu ? hex : (hex[0] ?? ''),
        ...(isData ? {} : keyTyped(types.key, known, key)),
        ...(typed === null ? {} : { valueTyped: perCpu ? typed : (typed[0] ?? null) }),
      };
    }),
    ...(variables === undefined || btf === null ? {} : { variables: typedJson(btf, types.value, variables) }),
    ...(truncated ? { truncated } : {}),
  };
}

function keyTyped(id: number, btf: Btf | null, key: Uint8Array): { readonly keyTyped?: TypedJson } {
  return btf === null || id === 0 || key.length === 0 ? {} : { keyTyped: typedJson(btf, id, key) };
}
