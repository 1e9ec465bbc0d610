import { describe, expect, it } from 'vitest';
import { toHex } from '../../../server/src/base/bytes.ts';
import { wholly } from '../../../server/src/base/steps.ts';
import { generate } from '../../../server/src/c/generate/generate.ts';
import { parseModule } from '../../../server/src/c/ir/parse.ts';
import { writeObject } from '../../../server/src/c/object/writeObject.ts';
import type { Places } from '../../../server/src/c/places.ts';
import { BINDING, RELOCATION, SECTION_TYPE, SYMBOL_TYPE, VISIBILITY, type Elf } from '../../../server/src/elf/elf.ts';
import { readElf, relocationsOf } from '../../../server/src/elf/readElf.ts';

const NO_PLACES: Places = { files: [], spelling: () => null, written: () => null, span: () => null, macros: () => [] };

function objectOf(text: string): Elf {
  const module = parseModule(text);
  const { functions } = wholly(generate(module, 3, 'optimised'));
  const scope = { parent: null, names: new Map(), tags: new Map(), fill: null };
  const unit = { scope, functions: [], variables: [], bodies: new Map(), problems: [] };
  const { elf, diagnostics } = readElf(writeObject({ unit, module, functions, places: NO_PLACES }));
  expect(diagnostics).toEqual([]);
  return elf!;
}

const keyOf = (table: Readonly<Record<string, number>>, value: number): string =>
  Object.entries(table).find(([, number]) => number === value)?.[0] ?? String(value);

/** What of the sections is relocated, and the part of the address that is there already. */
function checkRelocated(text: string, expected: string): void {
  const elf = objectOf(text);
  const lines = elf.sections
    .filter(({ type }) => type === SECTION_TYPE.rel)
    .flatMap((table) =>
      relocationsOf(elf, table).map(({ offset, type, symbol }) => {
        const { name, data } = elf.sections[table.info]!;
        const kept = toHex(data.subarray(offset + 4, offset + 8));
        return `${name} ${RELOCATION[type]} ${symbol?.name} keeps ${kept}`;
      }),
    );
  expect(lines.toSorted().join('\n')).toBe(expected.trim());
}

/** Symbols that have a name: `global func prog xdp+0 16`. */
function checkSymbols(text: string, expected: string): void {
  const elf = objectOf(text);
  const lines = elf.symbols
    .filter(({ type }, i) => i > 0 && type !== SYMBOL_TYPE.section)
    .map(({ name, type, binding, visibility, section, value, size }) => {
      const where = section === 0 ? 'undefined' : `${elf.sections[section]?.name}+${value} ${size}`;
      const seen = visibility === VISIBILITY.hidden ? 'hidden ' : '';
      return `${keyOf(BINDING, binding)} ${seen}${keyOf(SYMBOL_TYPE, type)} ${name} ${where}`;
    });
  expect(lines.join('\n')).toBe(expected.trim());
}

const DATA = `data @counts global section(".maps") align 8 bytes "00000000000000000000000000000000"

data @inner static section(".maps") align 8 bytes "0000000000000000"

data @first static section(".bss") align 4 bytes "00000000"

data @second static section(".bss") align 8 bytes "0000000000000000"

data @text literal align 1 bytes "686900"

data @more literal align 1 bytes "686f00"

data @numbers literal align 4 bytes "0100000002000000"

`;

describe('references in an object', () => {
  it('are by name to what others see and to maps, else by section and offset', () =>
    checkRelocated(
      `${DATA}extern function i64 @kfunc(ptr %0)

function i32 @twice(i32 %0) static {
entry:
  %1 = add i32 %0, %0
  return %1
}

function i32 @last(i32 %0) static {
entry:
  return %0
}

function i32 @shared(i32 %0) {
entry:
  return %0
}

function i64 @prog(ptr %0) section("xdp") {
entry:
  %1 = address @counts + 0
  %2 = address @inner + 0
  %3 = address @second + 4
  %4 = address @more + 1
  %5 = address @numbers + 4
  %6 = address @last + 0
  store volatile u64 %1, %2
  store volatile u64 %3, %4
  store volatile u64 %5, %6
  %7 = call i32 @twice(1w)
  %8 = call i32 @last(%7)
  %9 = call i32 @shared(%8)
  %10 = call i64 @kfunc(%0)
  return %10
}
`,
      `
xdp R_BPF_64_32 .text keeps 02000000
xdp R_BPF_64_32 .text keeps ffffffff
xdp R_BPF_64_32 kfunc keeps ffffffff
xdp R_BPF_64_32 shared keeps ffffffff
xdp R_BPF_64_64 .bss keeps 0c000000
xdp R_BPF_64_64 .rodata keeps 04000000
xdp R_BPF_64_64 .rodata.str1.1 keeps 04000000
xdp R_BPF_64_64 .text keeps 18000000
xdp R_BPF_64_64 counts keeps 00000000
xdp R_BPF_64_64 inner keeps 00000000`,
    ));
});

describe('symbols of an object', () => {
  it('say what they are, for whom, where and how large', () =>
    checkSymbols(
      `${DATA}data @shown weak section(".data") align 4 bytes "01000000"

data @kept global section(".data") align 4 bytes "02000000"

extern function i64 @kfunc(ptr %0) weakExtern

function i32 @own(i32 %0) static {
entry:
  return %0
}

function i64 @prog(ptr %0) section("xdp") {
entry:
  %1 = call i64 @kfunc(%0)
  return %1
}
`,
      `
local func own .text+0 16
local object inner .maps+16 8
local object first .bss+0 4
local object second .bss+8 8
global func prog xdp+0 16
global object counts .maps+0 16
weak object shown .data+0 4
global object kept .data+4 4
weak none kfunc undefined`,
    ));
});
