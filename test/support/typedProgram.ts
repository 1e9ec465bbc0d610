import { readBtf } from '../../server/src/btf/read.ts';
import type { Program } from '../../server/src/program/program.ts';
import { buildBtf, KIND, SIGNED_INT, type Row } from '../btf/buildBtf.ts';
import { programOfText } from './assembled.ts';

/** A program with type data, and the same type data as the kernel gets it. */
export interface TypedProgram {
  readonly program: Program;
  readonly btf: Uint8Array;
}

export interface TypeRequests {
  /** Rows behind the functions' own; the first has the id that `firstId` gets. */
  readonly rows?: (firstId: number, funcIds: ReadonlyMap<string, number>) => readonly Row[];
  /** Names of functions with external linkage besides the program itself. */
  readonly globals?: readonly string[];
  /** Type of each map's value by the map's name, from the rows' first id. */
  readonly values?: (firstId: number) => Readonly<Record<string, number>>;
  /** Type of functions that are not `int f(void)` by their names, from the rows' first id. */
  readonly protos?: (firstId: number) => Readonly<Record<string, number>>;
  readonly sleepable?: boolean;
  /** Kernel functions by the immediate of their calls. */
  readonly kfuncs?: Readonly<Record<number, string>>;
}

const INT = 1;
const PROTO = 2;

/**
 * The first program of a text, each of whose functions is `int f(void)`: type 1 is int. Functions are static where
 * they are not said to be global, so that their addresses may be taken.
 */
export function typedProgram(text: string, requests: TypeRequests = {}): TypedProgram {
  const { rows = () => [], globals = [], values, protos, sleepable = false, kfuncs } = requests;
  const program = programOfText(text);
  const funcIds = new Map(program.subprogs.map(({ name }, i) => [name, PROTO + 1 + i] as const));
  const firstId = PROTO + 1 + program.subprogs.length;
  const protoTypes: Readonly<Record<string, number>> = protos?.(firstId) ?? {};
  const isGlobal = (name: string): boolean => name === program.subprogs[0]?.name || globals.includes(name);
  const btf = buildBtf([
    { kind: KIND.int, name: 'int', word: 4, rest: [SIGNED_INT] },
    { kind: KIND.funcProto, word: INT },
    ...program.subprogs.map(({ name }) => ({
      kind: KIND.func,
      name,
      vlen: isGlobal(name) ? 1 : 0,
      word: protoTypes[name] ?? PROTO,
    })),
    ...rows(firstId, funcIds),
  ]);
  const valueTypes: Readonly<Record<string, number>> = values?.(firstId) ?? {};
  const typed: Program = {
    ...program,
    btf: readBtf(btf).btf,
    sleepable,
    subprogs: program.subprogs.map((subprog) => ({
      ...subprog,
      global: isGlobal(subprog.name),
      typeId: funcIds.get(subprog.name) ?? 0,
    })),
    maps: program.maps.map((map) => {
      const valueTypeId = valueTypes[map.name] ?? 0;
      return valueTypeId === 0 ? map : { ...map, keyTypeId: INT, valueTypeId };
    }),
    ...(kfuncs === undefined
      ? {}
      : { kfuncs: new Map(Object.entries(kfuncs).map(([id, name]) => [Number(id), name])) }),
  };
  return { program: typed, btf };
}
