import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { evaluateInt } from '../../../server/src/c/check/constant.ts';
import { sizeOf } from '../../../server/src/c/check/layout.ts';
import type { GlobalVariable, InitEntry } from '../../../server/src/c/typed.ts';
import { clang19 } from '../../support/clang.ts';
import { randomNumbers } from '../../support/random.ts';
import { checkedProgram } from './checkedProgram.ts';

/** Initialisers become the bytes that they are meant to be. */

function bytesOf({ init, type }: GlobalVariable): string {
  const entries = init?.kind === 'entries' ? init.entries : [];
  const last = Math.max(0, ...entries.map((entry) => entry.offsetBytes + (sizeOf(entry.type) ?? 0)));
  const bytes = new Uint8Array(Math.max(sizeOf(type) ?? 0, last));
  if (init?.kind === 'value') store(bytes, { offsetBytes: 0, bitField: null, type, value: init.value });
  for (const entry of entries) store(bytes, entry);
  return Buffer.from(bytes).toString('hex');
}

function store(bytes: Uint8Array, { offsetBytes, bitField, type, value }: InitEntry): void {
  if (value.kind === 'string') return bytes.set(value.literal.bytes, offsetBytes);
  const number = evaluateInt(value, true) ?? 0n;
  const bits = bitField?.bits ?? (sizeOf(type) ?? 0) * 8;
  const first = offsetBytes * 8 + (bitField?.offsetBits ?? 0);
  for (let i = 0; i < bits; i++) {
    const at = first + i;
    const mask = 1 << (at & 7);
    const set = (number >> BigInt(i)) & 1n;
    bytes[at >> 3] = set === 1n ? bytes[at >> 3]! | mask : bytes[at >> 3]! & ~mask;
  }
}

function checkBytes(text: string, expected: string): void {
  const { unit, problems } = checkedProgram(text);
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  const shown = unit.variables.map((variable) => bytesOf(variable));
  expect(shown.join(' ')).toBe(expected);
}

describe('bytes', () => {
  it.each([
    ['char a[] = "ab";', '616200'],
    ['char a[2] = "abc";', '6162'],
    ['char a[5] = { "ab" };', '6162000000'],
    ['short a[] = { 1, [3] = 4, 5 };', '01000000000004000500'],
    ['char a[] = { [0 ... 2] = 7, 8 };', '07070708'],
    ['struct { char a; int b; } s = { 1, 2 };', '0100000002000000'],
    ['struct { char a, b[2], c; } s = { 1, 2, 3, 4 };', '01020304'],
    ['struct { char a, b[2], c; } s = { 1, { 2 }, 4 };', '01020004'],
    ['struct { char a, b[2], c; } s = { .b[1] = 3, 4 };', '00000304'],
    ['struct { struct { char a, b; } c[2]; char d; } s = { .c[0].b = 1, 2, 3, 4 };', '0001020304'],
    ['union { char a; short b; } u = { .b = 0x102 };', '0201'],
    ['union { short b; char a; } u = { .b = 0x102, .a = 5 };', '0500'],
    ['struct { struct { char a, b; }; char c; } s = { .b = 1, 2 };', '000102'],
    ['struct { unsigned a : 3, b : 5; } s = { 7, 1 };', '0f000000'],
    ['struct { unsigned a : 3, : 2, b : 3; } s = { 1, 7 };', 'e1000000'],
    ['struct { char n; short v[]; } s = { 1, { 2, 3 } };', '010002000300'],
    ['struct p { char a, b; } s[] = { { 1 }, (struct p){ 2, 3 }, 4, 5 };', '010002030405'],
    ['struct { struct { char a, b; } x; } s = { .x = { 1, 2 }, .x.a = 3 };', '0302'],
    ['struct { struct { char a, b; } x; } s = { .x.b = 2, .x = { 1 } };', '0100'],
    ['int x = { 5 };', '05000000'],
    ['char a[2][2] = { 1, 2, 3 };', '01020300'],
    ['char a[2][2] = { [1][0] = 3, 4 };', '00000304'],
    ['char a[][2] = { { 1 }, 2, 3, { 4 } };', '010002030400'],
    ['char a[2][3] = { "ab", "cd" };', '616200636400'],
    ['_Bool a[2] = { 5, 0 };', '0100'],
    ['int w[] = L"a";', '6100000000000000'],
    ['enum { A = 2 }; char a[] = { [A] = 1 };', '000001'],
    ['char a[] = { };', ''],
    ['struct { char a, b; } s[3] = { [1].b = 2, [0 ... 2] = { 1 } };', '010001000100'],
    ['struct { char a, b; } s[] = { [0 ... 1].b = 2, { 3 } };', '000200020300'],
  ])('%s', checkBytes);
});

/** Random types and initialisers for them. */
class Maker {
  readonly lines: string[] = [];
  private readonly next: (below: number) => number;
  private records = 0;

  constructor(seed: number) {
    this.next = randomNumbers(seed);
  }

  variable(i: number): void {
    const type = this.type(3);
    this.lines.push(`${declaration(type, `v${i}`)} = ${this.initializer(type)};`);
  }

  private type(depth: number): Type {
    const kind = depth === 0 ? 0 : this.next(4);
    if (kind === 1) return { kind: 'array', of: this.type(depth - 1), length: 1 + this.next(4) };
    if (kind >= 2) return this.record(kind === 3 && this.next(3) === 0, depth);
    return { kind: 'scalar', name: SCALARS[this.next(SCALARS.length)]! };
  }

  private record(union: boolean, depth: number): Type {
    const members = Array.from({ length: 1 + this.next(4) }, (_, i) => this.member(depth, i));
    const name = `${union ? 'union' : 'struct'} t${this.records++}`;
    const fields = members.map((one) =>
      one.bits === null ? `${declaration(one.type, one.name)};` : `${declaration(one.type, one.name)} : ${one.bits};`,
    );
    this.lines.push(`${name} { ${fields.join(' ')} };`);
    return { kind: 'record', name, union, members };
  }

  private member(depth: number, i: number): Member {
    const isField = this.next(4) === 0;
    const type: Type = isField
      ? { kind: 'scalar', name: this.next(2) === 0 ? 'unsigned' : 'unsigned long' }
      : this.type(depth - 1);
    return { type, name: `m${i}`, bits: isField ? 1 + this.next(31) : null };
  }

  private initializer(type: Type): string {
    if (type.kind === 'scalar') return String(this.next(120));
    const items: string[] = [];
    for (let left = this.next(5); left > 0; left--) items.push(this.item(type, items));
    return `{ ${items.join(', ')} }`;
  }

  private item(type: Type, before: readonly string[]): string {
    const [designator, inner] = this.next(2) === 0 ? this.designator(type, 2) : ['', this.first(type, before)];
    const isNested = inner.kind !== 'scalar' && this.next(3) > 0;
    const value = isNested ? this.initializer(inner) : String(this.next(120));
    return designator === '' ? value : `${designator} = ${value}`;
  }

  /** Braces of an item without designator are for an aggregate only where all items before had braces, too. */
  private first(type: Type, before: readonly string[]): Type {
    const isCertain =
      type.kind === 'array' && before.length < type.length && before.every((one) => one.startsWith('{'));
    return isCertain && type.of.kind !== 'scalar' ? type.of : { kind: 'scalar', name: 'int' };
  }

  private designator(type: Type, depth: number): [string, Type] {
    if (type.kind === 'scalar') return ['', type];
    const [own, inner]: [string, Type] =
      type.kind === 'array'
        ? [`[${this.next(type.length)}]`, type.of]
        : ((one: Member): [string, Type] => [`.${one.name}`, one.type])(type.members[this.next(type.members.length)]!);
    if (depth === 0 || this.next(2) === 0) return [own, inner];
    const [rest, last] = this.designator(inner, depth - 1);
    return [own + rest, last];
  }
}

interface Member {
  readonly type: Type;
  readonly name: string;
  readonly bits: number | null;
}

type Type =
  | { readonly kind: 'scalar'; readonly name: string }
  | { readonly kind: 'array'; readonly of: Type; readonly length: number }
  | { readonly kind: 'record'; readonly name: string; readonly union: boolean; readonly members: readonly Member[] };

const SCALARS = ['char', 'short', 'int', 'long', 'unsigned char', '_Bool', 'unsigned long long'];

function declaration(type: Type, name: string): string {
  if (type.kind === 'array') return declaration(type.of, `${name}[${type.length}]`);
  return `${type.name} ${name}`;
}

/** By variable: its bytes in clang's object. */
function clangsBytes(text: string): Map<string, string> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'ebpf-workbench-'));
  const [source, object, data] = ['a.c', 'a.o', 'a.data'].map((name) => path.join(folder, name));
  writeFileSync(source!, text);
  spawnSync('clang-19', ['-target', 'bpf', '-w', '-O0', '-c', source!, '-o', object!]);
  spawnSync('llvm-objcopy-19', ['-O', 'binary', '--only-section=.data', object!, data!]);
  const { stdout } = spawnSync('llvm-nm-19', ['-S', '--format=posix', object!], { encoding: 'utf8' });
  const bytes = readFileSync(data!);
  rmSync(folder, { recursive: true });
  const rows = stdout.matchAll(/^(v\d+) (\w) (\w+) (\w+)$/gm);
  return new Map(
    [...rows].map(([, name = '', kind, at = '', size = '']) => {
      const start = Number.parseInt(at, 16);
      const length = Number.parseInt(size, 16);
      return [name, kind === 'D' ? bytes.subarray(start, start + length).toString('hex') : '00'.repeat(length)];
    }),
  );
}

describe.skipIf(clang19() === null)('like clang 19 (skipped where there is none)', () => {
  it.each([1, 2, 3])('seed %i', { timeout: 60_000 }, (seed) => {
    const maker = new Maker(seed);
    for (let i = 0; i < 150; i++) maker.variable(i);
    const text = maker.lines.join('\n');
    const { unit, problems, places } = checkedProgram(text);
    expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    // Behind values for which there is no room, clang does not go on.
    const excess = problems
      .filter(({ code }) => code === 'excess-initializers')
      .map(({ at }) => text.slice(0, places.written(at.start)?.offset).split('\n').length - 1);
    const full = new Set(excess.map((line) => / (v\d+)/.exec(maker.lines[line] ?? '')?.[1]));
    const ours = new Map(unit.variables.map((variable) => [variable.name, bytesOf(variable)]));
    const clangs = clangsBytes(text);
    expect(clangs.size).toBe(150);
    const line = (name: string): string => maker.lines.find((one) => one.includes(` ${name}`)) ?? '';
    const different = [...clangs].filter(([name, bytes]) => !full.has(name) && ours.get(name) !== bytes);
    expect(full.size).toBeLessThan(75);
    expect(different.map(([name, bytes]) => `${line(name)}\n  ${bytes}\n  ${ours.get(name)}`)).toEqual([]);
  });
});
