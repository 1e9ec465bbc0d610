import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { typeName } from '../../server/src/btf/printType.ts';
import { sizeOf, typeAt } from '../../server/src/btf/query.ts';
import { readObject } from '../../server/src/elf/readObject.ts';
import type { BpfObject, FunctionLocals, Locals, LocalVariable, ValuePlace } from '../../server/src/program/program.ts';
import { clang19 } from '../support/clang.ts';
import { dumpedFunctions, hasDwarfdump } from '../support/dwarfdump.ts';
import { sharedFolder, sharedPath } from '../support/shared.ts';
import { times } from '../support/times.ts';
import { fuzz } from './mutate.ts';
import { differencesOf } from './sameAsDwarfdump.ts';

const FOLDER = path.resolve(import.meta.dirname, '../data/elf/debug');
const OBJECTS = readdirSync(FOLDER).filter((name) => name.endsWith('.o'));

function read(file: string): BpfObject {
  return readObject(file, new Uint8Array(readFileSync(file)), { locals: true });
}

function localsIn(object: BpfObject, name: string): { readonly locals: Locals; readonly known: FunctionLocals } {
  for (const { subprogs, locals } of object.programs) {
    const known = locals?.functions[subprogs.findIndex((one) => one.name === name)] ?? null;
    if (locals !== undefined && known !== null) return { locals, known };
  }
  throw new Error(`nothing is known of ${name}`);
}

/** `> int unused = constant 7 at 3-9`: an arrow for each inlined call around. */
function variableText({ btf }: Locals, one: LocalVariable): string {
  const places = one.places.map(({ from, to, where }) => `${placeText(where)} at ${from}-${to}`);
  return `${'> '.repeat(one.depth)}${typeName(btf, one.typeId)} ${one.name}: ${places.join(', ') || 'nowhere'}`;
}

function placeText(where: ValuePlace): string {
  switch (where.kind) {
    case 'register':
      return `r${where.reg}`;
    case 'stack':
      return `fp${where.off}`;
    case 'global':
      return `map ${where.map}+${where.off}`;
    case 'constant':
      return `constant ${where.value}`;
    case 'bytes':
      return 'bytes';
    case 'computed':
      return where.steps
        .map((step) => ('reg' in step ? `r${step.reg}+${step.add}` : 'value' in step ? step.value : step.op))
        .join(' ');
  }
}

describe('the debug information of clang', () => {
  const object = read(path.join(FOLDER, 'locals.clang19.o'));

  it('tells where the variables of a function are, and of what was inlined into it', () => {
    const { locals, known } = localsIn(object, 'locals');
    const shown = known.variables.filter(({ name }) =>
      ['ctx', 'eth', 'proto', 'unused', 'one', 'before', 'weight'].includes(name),
    );
    expect(shown.map((one) => variableText(locals, one))).toEqual([
      'struct xdp_md * ctx: r1 at 0-4',
      '> __u16 * proto: nowhere',
      '> int unused: constant 7 at 3-9, constant 7 at 10-12',
      '> struct ethhdr * eth: r7 at 3-9, r7 at 10-12',
      '__u16 proto: constant 0 at 3-8',
      '__u64 one: fp-24 at 0-54',
      '__u64 before: r3 at 25-32',
      'int weight: r6 at 45-51, r0 at 51-52',
    ]);
    expect(known.inlined).toEqual([
      { name: 'parse', depth: 1, path: 'src/locals.bpf.c', line: 54, column: 6, from: 3, to: 9 },
      { name: 'parse', depth: 1, path: 'src/locals.bpf.c', line: 54, column: 6, from: 10, to: 12 },
    ]);
  });

  it('tells static variables, and computes what is not kept', () => {
    const { locals, known } = localsIn(object, 'weigh');
    expect(known.variables.slice(0, 4).map((one) => variableText(locals, one))).toEqual([
      'int length: r1 at 0-1, r6 at 1-23',
      'int factor: constant 3 at 0-25',
      'int calls: map 2+0 at 0-25',
      expect.stringMatching(/^int sum: r1\+0 3 mul at 0-1, r6\+0 3 mul at /),
    ]);
  });

  it('names files as the line information does', () => {
    const [program] = object.programs;
    const { known } = localsIn(object, 'locals');
    expect(known.variables.map((one) => one.path)).toContain(program?.lines[0]?.path);
  });

  it('has the variables of blocks only there', () => {
    const { known } = localsIn(object, 'weigh');
    const sums = known.variables.filter(({ name }) => name === 'sum');
    expect(sums.map(({ blocks, line }) => ({ blocks, line }))).toEqual([
      { blocks: 0, line: 37 },
      { blocks: 2, line: 40 },
    ]);
    expect(sums.map(({ scope }) => scope.length)).toEqual([1, 1]);
    expect(sums[1]?.scope[0]?.from).toBeGreaterThan(0);
  });

  it.each(OBJECTS)('has the same variables and types in %s', (name) => {
    const other = read(path.join(FOLDER, name));
    expect(other.diagnostics.map(({ code }) => code)).not.toContain('debug-info-unread');
    const typesOf = (one: BpfObject): string[] =>
      ['locals', 'weigh'].flatMap((fn) => {
        const { locals, known } = localsIn(one, fn);
        return known.variables.map(
          ({ name: variable, typeId }) => `${variable} ${typeName(locals.btf, typeId)} ${sizeOf(locals.btf, typeId)}`,
        );
      });
    expect(new Set(typesOf(other))).toEqual(new Set(typesOf(object)));
  });

  it.each(OBJECTS)('has the members of structures in %s', (name) => {
    const { locals, known } = localsIn(read(path.join(FOLDER, name)), 'locals');
    const key = typeAt(locals.btf, known.variables.find((one) => one.name === 'key')?.typeId ?? 0);
    if (key.kind !== 'struct') throw new Error('key is no struct');
    const members = key.members.map(
      ({ name: member, type, bitSize, offsetBits }) =>
        `${member} ${typeName(locals.btf, type)} ${bitSize} ${offsetBits}`,
    );
    expect(members.slice(0, 3)).toEqual(['low __u32 3 0', 'high __u32 5 3', 'color enum color 0 32']);
    const inner = typeAt(locals.btf, key.members[3]?.type ?? 0);
    expect('members' in inner ? inner.members.map(({ type }) => typeName(locals.btf, type)) : []).toEqual([
      '__u64',
      '__u16 [2][2]',
    ]);
  });

  it('is not read unless it is asked for', () => {
    const bytes = new Uint8Array(readFileSync(path.join(FOLDER, 'locals.clang19.o')));
    expect(readObject('plain.o', bytes).programs.map(({ locals }) => locals)).toEqual([undefined]);
  });
});

describe.skipIf(!hasDwarfdump())('the same places as llvm-dwarfdump finds (skipped without it)', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'dwarf-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  function compare(file: string): number {
    const object = read(file);
    const differences: string[] = [];
    let variables = 0;
    for (const dumped of dumpedFunctions(file)) {
      const isLinked = object.programs.some(({ subprogs }) => subprogs.some(({ name }) => name === dumped.name));
      if (!isLinked) continue;
      variables += dumped.variables.length;
      differences.push(...differencesOf(dumped, localsIn(object, dumped.name).known));
    }
    expect(differences).toEqual([]);
    return variables;
  }

  it.each(OBJECTS)('%s', (name) => {
    expect(compare(path.join(FOLDER, name))).toBeGreaterThan(20);
  });

  const sources = sharedFolder === null ? [] : programsOf(['bench', 'recordings/golden/progs']);
  const settings = [
    ['-O2', '-mcpu=v3', '-g'],
    ['-O1', '-mcpu=v1', '-gdwarf-4'],
  ];

  it.skipIf(clang19() === null || sources.length === 0)(
    'the golden and measured programs, as clang compiles them',
    () => {
      let variables = 0;
      for (const [index, source] of sources.entries()) {
        const file = path.join(folder, `${index}.o`);
        const words = [
          '-target',
          'bpf',
          ...settings[index % 2]!,
          '-I/usr/include/x86_64-linux-gnu',
          '-c',
          source,
          '-o',
          file,
        ];
        expect(spawnSync('clang-19', words).status).toBe(0);
        variables += compare(file);
      }
      expect(variables).toBeGreaterThan(200);
    },
    120_000,
  );
});

function programsOf(folders: readonly string[]): string[] {
  return folders.flatMap((folder) =>
    readdirSync(sharedPath(folder, ''))
      .filter((name) => name.endsWith('.c'))
      .map((name) => sharedPath(folder, name)),
  );
}

describe('damaged debug information', () => {
  it('is read without a throw, and in bounded time', () => {
    const samples = OBJECTS.map((name) => new Uint8Array(readFileSync(path.join(FOLDER, name))));
    let variables = 0;
    let complaints = 0;
    fuzz(samples, times(1500), () => null, (bytes) => {
      const object = readObject('damaged.o', bytes, { locals: true });
      complaints += object.diagnostics.some(({ code }) => code === 'debug-info-unread') ? 1 : 0;
      for (const { locals, insns } of object.programs)
        for (const known of locals?.functions ?? []) {
          for (const one of known?.variables ?? []) {
            variables++;
            typeName(locals!.btf, one.typeId);
            sizeOf(locals!.btf, one.typeId);
            for (const { from, to } of one.places) expect(from >= 0 && from < to && to <= insns.length).toBe(true);
          }
        }
    }); // prettier-ignore
    expect(variables).toBeGreaterThan(4000);
    expect(complaints).toBeGreaterThan(20);
  }, 120_000);
});
