import { readBtf } from '../../server/src/btf/read.ts';
import { findByName, typeAt } from '../../server/src/btf/query.ts';
import type { MapSpec, Program } from '../../server/src/program/program.ts';
import { programOfText } from './assembled.ts';
import { askKernel, type RawProgram, type RawVerdict } from './kverify.ts';
import { rawProgram } from './oracle.ts';
import type { TypedProgram } from './typedProgram.ts';
import { TypesBuilder } from './typesBuilder.ts';

/** Types of key and value by the map's name. */
export type MapTypeIds = Readonly<Record<string, readonly [key: number, value: number]>>;

/**
 * The first program of a text with the types that `build` makes. Functions it makes no types for are `int f(void)`;
 * all but the first are static.
 */
export function programWithTypes(
  text: string,
  build: (types: TypesBuilder) => MapTypeIds,
  changes: Partial<Program> = {},
): TypedProgram {
  const program = programOfText(text);
  const types = new TypesBuilder();
  const maps = build(types);
  const known = readBtf(types.bytes()).btf;
  const proto = types.proto(types.int('__returned', 4, true), []);
  program.subprogs.forEach(({ name }, i) => {
    if (known === null || findByName(known, 'func', name) === null)
      types.func(name, proto, i === 0 ? 'global' : 'static');
  });
  const btf = types.bytes();
  return { program: { ...withTypes(program, btf, maps), ...changes }, btf };
}

function withTypes(program: Program, bytes: Uint8Array, maps: MapTypeIds): Program {
  const { btf } = readBtf(bytes);
  if (btf === null) throw new Error('the types cannot be read');
  const typed = (map: MapSpec): MapSpec => {
    const [keyTypeId, valueTypeId] = maps[map.name] ?? [0, 0];
    return { ...map, keyTypeId, valueTypeId, inner: map.inner === null ? null : typed(map.inner) };
  };
  const subprogs = program.subprogs.map((subprog) => {
    const typeId = findByName(btf, 'func', subprog.name) ?? 0;
    const type = typeAt(btf, typeId);
    return { ...subprog, typeId, global: type.kind === 'func' && type.linkage === 'global' };
  });
  return { ...program, btf, maps: program.maps.map(typed), subprogs };
}

/**
 * What the running kernel says. As loaders do, maps whose types it refuses are made without, and types that it refuses
 * as a whole are left out.
 */
export function askAsLoaders(programs: readonly TypedProgram[]): RawVerdict[] {
  let raw = programs.map(({ program, btf }) => rawProgram(program, btf));
  const answers = askKernel(raw);
  if (answers.every(({ setup }) => setup === null)) return answers;
  raw = raw.map((program, i) => withoutRefused(program, answers[i]?.setup ?? ''));
  return askKernel(raw);
}

function withoutRefused(program: RawProgram, setup: string): RawProgram {
  const untyped = program.maps?.map(({ btf: _btf, keyType: _key, valueType: _value, ...map }) => map);
  if (setup.startsWith('map type')) return { ...program, ...(untyped && { maps: untyped }) };
  if (!/^btf .* not loadable$/.test(setup)) return program;
  const { btf: _, funcInfo: __, ...others } = program;
  return { ...others, ...(untyped && { maps: untyped }) };
}
