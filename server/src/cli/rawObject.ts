import { decode } from '../isa/decode.ts';
import type { ProgramType } from '../kernel/programTypes.ts';
import type { BpfObject, Program } from '../program/program.ts';

/** One program made of nothing but instructions. */
export function rawObject(path: string, bytes: Uint8Array, type: ProgramType): BpfObject {
  const insns = decode(bytes);
  const name = (/([^/\\]*?)(\.[^./\\]*)?$/.exec(path)?.[1] ?? 'prog').replaceAll(/\W/g, '_');
  const program: Program = {
    name,
    type,
    attachType: null,
    section: type,
    insns,
    subprogs: [{ name, start: 0, end: insns.length, global: true, typeId: 0 }],
    maps: [],
    lines: [],
    labels: new Map(),
    license: 'GPL',
    btf: null,
    sleepable: false,
    flags: 0,
  };
  return { path, programs: [program], maps: [], license: 'GPL', btf: null, diagnostics: [] };
}
