import { fromHex } from '../../server/src/base/bytes.ts';
import { decode } from '../../server/src/isa/decode.ts';
import { ATTACH_TYPES } from '../../server/src/kernel/attachTypes.ts';
import { MAP_TYPES } from '../../server/src/kernel/mapTypes.ts';
import { PROGRAM_FLAGS } from '../../server/src/kernel/programFlags.ts';
import type { ProgramType } from '../../server/src/kernel/programTypes.ts';
import type { MapSpec, Program } from '../../server/src/program/program.ts';
import type { RawMap, RawProgram } from './kverify.ts';

/** What the kernel was given, as a `Program`: one function, no labels, no type information. */
export function programOfRaw(raw: RawProgram): Program {
  const insns = decode(fromHex(raw.insns) ?? new Uint8Array(0));
  for (const [pc, map] of raw.mapRefs ?? []) {
    const insn = insns[pc];
    if (insn?.kind === 'loadMap') insns[pc] = { ...insn, map };
  }
  return {
    name: 'program',
    type: raw.type as ProgramType,
    attachType: attachTypeOf(raw),
    attachTarget: attachTargetOf(raw),
    section: raw.type,
    insns,
    subprogs: [{ name: 'program', start: 0, end: insns.length, global: false, typeId: 0 }],
    maps: (raw.maps ?? []).map(mapSpec),
    lines: [],
    labels: new Map(),
    license: raw.license ?? 'GPL',
    btf: null,
    sleepable: ((raw.flags ?? 0) & PROGRAM_FLAGS.sleepable) !== 0,
    flags: raw.flags ?? 0,
  };
}

/** Of struct_ops the number is that of a member. */
function attachTypeOf({ type, attachType }: RawProgram): string | null {
  return attachType === undefined || type === 'struct_ops' ? null : (ATTACH_TYPES[attachType] ?? null);
}

function attachTargetOf({ type, attachType, attachBtf }: RawProgram): string | null {
  if (attachBtf === undefined) return '';
  return type === 'struct_ops' ? `${attachBtf}.${attachType ?? 0}` : attachBtf;
}

function mapSpec(map: RawMap, index: number): MapSpec {
  return {
    name: `map${index}`,
    type: MAP_TYPES[map.type] ?? 'unspec',
    keySize: map.key,
    valueSize: map.value,
    maxEntries: map.entries,
    flags: map.flags ?? 0,
    keyTypeId: 0,
    valueTypeId: 0,
    initial: map.data === undefined ? null : fromHex(map.data),
    frozen: map.frozen ?? false,
    inner: map.inner === undefined ? null : mapSpec(map.inner, index),
    slots: [],
    span: null,
  };
}
