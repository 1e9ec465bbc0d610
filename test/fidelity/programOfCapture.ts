import { readFileSync } from 'node:fs';
import path from 'node:path';
import { readBtf } from '../../server/src/btf/read.ts';
import type { Btf } from '../../server/src/btf/btf.ts';
import { PROGRAM_FLAGS } from '../../server/src/kernel/programFlags.ts';
import type { MapSpec, Program, Subprog } from '../../server/src/program/program.ts';
import type { RawMap } from '../support/kverify.ts';
import { programOfRaw } from '../support/programOfRaw.ts';
import type { CapturedLoad, CapturedMap } from './captured.ts';

/** What the kernel was given, with its type information, as a `Program`. */
export function programOfCapture(load: CapturedLoad, btfFolder: string): Program {
  const program = programOfRaw({
    type: load.type,
    attachType: load.attach_type,
    license: load.license,
    flags: load.flags,
    ...(load.attach_btf === undefined || load.attach_btf === null ? {} : { attachBtf: load.attach_btf }),
    insns: load.insns,
    maps: (load.maps ?? []).map(rawMap),
    mapRefs: load.map_refs ?? [],
  });
  const types = load.btf ?? typesOfMaps(load.maps ?? []);
  const btf = types === undefined ? null : btfOf(path.join(btfFolder, `${types}.btf`));
  const subprogs = subprogsOf(btf, load.func_info ?? [], program.insns.length);
  return {
    ...program,
    name: subprogs[0]?.name ?? 'program',
    section: load.section,
    subprogs: subprogs.length === 0 ? program.subprogs : subprogs,
    maps: program.maps.map((map, i) => typedMap(map, load.maps?.[i])),
    btf,
    sleepable: (load.flags & PROGRAM_FLAGS.sleepable) !== 0,
    kfuncs: kfuncsOf(program, load.kfuncs ?? []),
  };
}

/** Maps may have types where the program has none. */
function typesOfMaps(maps: readonly CapturedMap[]): string | undefined {
  return maps.find(({ btf }) => btf !== undefined)?.btf;
}

function rawMap({ type, key, value, entries, flags, inner, frozen, data }: CapturedMap): RawMap {
  return {
    type,
    key,
    value,
    entries,
    ...(flags === undefined ? {} : { flags }),
    ...(frozen === undefined ? {} : { frozen }),
    ...(data === undefined ? {} : { data }),
    ...(inner === undefined ? {} : { inner: rawMap(inner) }),
  };
}

function typedMap(map: MapSpec, captured: CapturedMap | undefined): MapSpec {
  if (captured === undefined) return map;
  return {
    ...map,
    name: captured.name,
    ...(captured.extra === undefined ? {} : { extra: captured.extra }),
    keyTypeId: captured.btf_key ?? 0,
    valueTypeId: captured.btf_value ?? 0,
    inner: map.inner === null ? null : typedMap(map.inner, captured.inner),
  };
}

/** Functions as the type information of the load lists them. */
function subprogsOf(btf: Btf | null, info: readonly (readonly [number, number])[], count: number): Subprog[] {
  if (btf === null) return [];
  return info.map(([start, typeId], i) => {
    const type = btf.types[typeId];
    const known = type?.kind === 'func' ? type : null;
    return {
      name: known?.name ?? '',
      start,
      end: info[i + 1]?.[0] ?? count,
      global: known?.linkage === 'global',
      typeId,
    };
  });
}

function kfuncsOf(program: Program, calls: readonly (readonly [number, string | null])[]): Program['kfuncs'] {
  if (calls.length === 0) return undefined;
  const names = new Map<number, string>();
  for (const [pc, name] of calls) {
    const insn = program.insns[pc];
    if (insn?.kind === 'call' && name !== null) names.set(insn.imm, name);
  }
  return names;
}

const read = new Map<string, Btf | null>();

/** Programs of one object share its types. */
function btfOf(file: string): Btf | null {
  const known = read.get(file);
  if (known !== undefined) return known;
  const { btf } = readBtf(readFileSync(file));
  if (read.size > 50) read.clear();
  read.set(file, btf);
  return btf;
}
