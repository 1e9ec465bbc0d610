import { describe, expect, it } from 'vitest';
import { toHex } from '../../server/src/base/bytes.ts';
import { formatValue, valueText } from '../../server/src/btf/format.ts';
import { nameOf, typeAt } from '../../server/src/btf/query.ts';
import { readElf } from '../../server/src/elf/readElf.ts';
import { readObject } from '../../server/src/elf/readObject.ts';
import { encode } from '../../server/src/isa/encode.ts';
import { lineAt, type BpfObject, type MapSpec } from '../../server/src/program/program.ts';
import { findingsOf, programNamed, readSample, sampleBytes } from './sample.ts';

const row = ({ name, type, keySize, valueSize, maxEntries, flags }: MapSpec): string =>
  `${name} ${type} ${keySize} ${valueSize} ${maxEntries} ${flags}`;

describe('maps', () => {
  it('come as libbpf creates them', () =>
    expect(readSample('maps.clang19.o').maps.map((map) => row(map))).toEqual([
      'inner_a array 4 4 8 0',
      'inner_b array 4 4 8 0',
      'outer array_of_maps 4 4 4 0',
      'jumps prog_array 4 4 8 0',
      'flows hash 12 8 128 1',
      'sized percpu_array 4 24 4 0',
      'events ringbuf 0 0 8192 0',
      '.rodata.str1.1 array 4 25 1 128',
    ]));

  it('hold what their declarations put into their slots', () => {
    const { maps } = readSample('maps.clang14.o');
    const slots = Object.fromEntries(maps.filter((map) => map.slots.length > 0).map((map) => [map.name, map.slots]));
    expect(slots).toEqual({
      outer: [{ index: 0, name: 'inner_a' }, { index: 3, name: 'inner_b' }],
      jumps: [{ index: 1, name: 'tail_one' }, { index: 6, name: 'tail_two' }],
    }); // prettier-ignore
    expect(maps.find((map) => map.name === 'outer')?.inner).toMatchObject({
      type: 'array',
      keySize: 4,
      valueSize: 4,
      maxEntries: 8,
    });
  });

  it('know the types of their keys and values', () => {
    const { maps, btf } = readSample('maps.clang19.o');
    const flows = maps.find((map) => map.name === 'flows');
    expect(nameOf(typeAt(btf!, flows!.keyTypeId))).toBe('flow');
    expect(nameOf(typeAt(btf!, flows!.valueTypeId))).toBe('__u64');
  });

  it('are made of global variables, named as libbpf names them', () => {
    const { maps } = readSample('globals.clang19.o');
    expect(maps.map((map) => `${row(map)} ${map.frozen}`)).toEqual([
      'globals.data array 4 8 1 1024 false',
      'globals.rodata array 4 40 1 1152 true',
      '.data.tuned array 4 4 1 1024 false',
      '.rodata.motto array 4 13 1 1152 true',
      'globals.bss array 4 16 1 1024 false',
      '.bss.spare array 4 8 1 1024 false',
    ]);
    expect(maps.map((map) => toHex(map.initial!))).toEqual([
      '2a00000003000000',
      '01000000901f6c6f000000000000000025733a2025640000010000000a00000064000000e8030000',
      '05000000',
      '6c657373206973206d6f726500',
      '00'.repeat(16),
      '00'.repeat(8),
    ]);
  });

  it('can be shown variable by variable', () => {
    const { maps, btf } = readSample('globals.clang19.o');
    const rodata = maps.find((map) => map.name === 'globals.rodata')!;
    const section = typeAt(btf!, rodata.valueTypeId);
    if (section.kind !== 'datasec') throw new Error('no data section');
    const shown = section.vars.map(
      ({ type, offset }) =>
        `${nameOf(typeAt(btf!, type))} = ${valueText(formatValue(btf!, type, rodata.initial!.subarray(offset)))}`,
    );
    expect(shown).toEqual([
      'debug = 1',
      'config = {port = 8080, name = "lo"}',
      'globals.____fmt = "%s: %d"',
      'table = [1, 10, 100, 1000]',
    ]);
  });

  it('have no types and functions none of their own where the kernel refuses the types', () => {
    const object = readSample('unnamed.clang19.o');
    expect(findingsOf(object)).toEqual(['information btf-refused']);
    expect(object.maps.map(({ keyTypeId, valueTypeId }) => [keyTypeId, valueTypeId])).toEqual([[0, 0]]);
    expect(programNamed(object, 'unnamed').subprogs.map(({ name, global, typeId }) => [name, global, typeId])).toEqual([
      ['unnamed', false, 0],
      ['global_function', false, 0],
    ]);
  });

  it('of the old form are read', () => {
    const object = readSample('legacy.clang19.o');
    expect(object.maps.map((map) => row(map))).toEqual(['counts array 4 8 16 0', 'hosts lru_hash 4 4 64 0']);
    const used = programNamed(object, 'legacy').insns.filter((insn) => insn.kind === 'loadMap');
    expect(used.map((insn) => `${insn.by} ${insn.map} ${insn.off}`)).toEqual(['fd 0 0', 'fd 1 0']);
    expect(object.diagnostics).toEqual([]);
  });
});

describe('functions and lines', () => {
  it('tell which functions are verified on their own', () => {
    const { subprogs } = programNamed(readSample('subprogs.clang19.o'), 'first');
    expect(subprogs.map(({ name, start, end, global }) => `${name} ${start}-${end} ${global}`)).toEqual([
      'first 0-8 true',
      'shared_hidden 8-16 false',
      'shared_global 16-21 true',
      'middle 21-29 false',
      'leaf 29-34 false',
    ]);
  });

  it('keep the source line of every instruction', () => {
    const program = programNamed(readSample('subprogs.clang19.o'), 'first');
    expect(lineAt(program, 30)).toEqual({
      pc: 30,
      path: 'src/subprogs.bpf.c',
      line: 7,
      column: 11,
      span: null,
      text: '\treturn x * 7 + (int)bpf_get_prandom_u32();',
    });
    expect(program.lines.map((line) => line.pc)).toEqual(
      program.lines.map((line) => line.pc).toSorted((a, b) => a - b),
    );
  });

  it('take addresses of callbacks', () => {
    const program = programNamed(readSample('callbacks.clang19.o'), 'callbacks');
    const targets = [...program.insns.entries()].flatMap(([pc, insn]) =>
      insn.kind === 'loadFunc' ? [pc + 1 + insn.off] : [],
    );
    const names = targets.map((pc) => program.subprogs.find((subprog) => subprog.start === pc)?.name);
    expect(names).toEqual(['add', 'each']);
  });
});

describe('what only a kernel can settle', () => {
  const object = readSample('needs.clang19.o');

  it('is listed for each program', () =>
    expect(object.programs.map(({ name, needs }) => [name, (needs ?? []).map(({ pc, what }) => `${pc}: ${what}`)])).toEqual([
      ['core', ['1: the byte offset of a field, task_struct.group_leader', '8: the byte offset of a field, task_struct.tgid']],
      ['symbols', ['0: the value of CONFIG_HZ, a setting of the kernel', '6: the address of bpf_prog_active, a variable of the kernel']],
      ['functions', []],
      ['odd', []],
    ])); // prettier-ignore

  it('is reported', () =>
    expect(findingsOf(object)).toEqual([
      'warning core-relocation-needed',
      'warning kernel-symbol-needed',
      'warning kernel-config-needed',
      'warning program-type-unknown',
    ]));

  it('keeps calls of kernel functions by the name in the type information', () => {
    const calls = programNamed(object, 'functions').insns.filter((insn) => insn.kind === 'call');
    expect(calls.map((call) => `${call.target} ${nameOf(typeAt(object.btf!, call.imm))}`)).toEqual([
      'kfunc bpf_rcu_read_lock',
      'kfunc bpf_rcu_read_unlock',
    ]);
  });
});

describe('byte order and age', () => {
  it('reads a big-endian object to the same instructions, and says that it is one', () => {
    const big = readSample('globals.big.o');
    const little = readObject('globals.big.o', sampleBytes('globals.clang19.o'));
    expect(toHex(encode(programNamed(big, 'globals').insns))).toBe(
      toHex(encode(programNamed(little, 'globals').insns)),
    );
    expect(programNamed(big, 'globals').lines).toEqual(programNamed(little, 'globals').lines);
    expect(findingsOf(big)).toEqual(['warning big-endian-needed']);
    expect(programNamed(big, 'globals').needs?.map(({ code }) => code)).toEqual(['big-endian']);
  });

  it('reads an object of an old compiler: no machine, no types of symbols', () => {
    const old = withoutSymbolTypes(sampleBytes('legacy.clang19.o'));
    old[18] = 0;
    const object = readObject('legacy.clang19.o', old);
    expect(findingsOf(object)).toEqual(['information elf-machine-missing']);
    expect(object.programs).toEqual(readSample('legacy.clang19.o').programs);
  });
});

/** Functions lose their type and size, as they had none in objects of clang before version 8. */
function withoutSymbolTypes(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer);
  for (const symbol of readElf(bytes).elf?.symbols ?? []) {
    if (symbol.type !== 2) continue;
    bytes[symbol.span.start + 4] = symbol.binding << 4;
    view.setBigUint64(symbol.span.start + 16, 0n, true);
  }
  return bytes;
}

/** Each case changes one thing of a sound object and states what is said about it. */
describe('what is wrong is said, and the rest is read', () => {
  const cases: { what: string; sample: string; change: (view: DataView, bytes: Uint8Array) => void; findings: string[]; programs: string[] }[] = [
    { what: 'no ELF', sample: 'maps.clang19.o', change: (_, bytes) => void (bytes[1] = 0), findings: ['error elf-header-invalid'], programs: [] },
    { what: '32-bit', sample: 'maps.clang19.o', change: (_, bytes) => void (bytes[4] = 1), findings: ['error elf-header-invalid'], programs: [] },
    { what: 'another machine', sample: 'maps.clang19.o', change: (view) => view.setUint16(18, 62, true), findings: ['error elf-machine-foreign'], programs: [] },
    { what: 'no type information', sample: 'subprogs.clang19.o', change: (view, bytes) => renameSection(view, bytes, '.BTF'), findings: ['warning section-unknown'], programs: ['first', 'second', 'third'] },
    { what: 'maps without type information', sample: 'callbacks.clang19.o', change: (view, bytes) => renameSection(view, bytes, '.BTF'),
      findings: ['warning section-unknown', 'error map-type-information-missing', 'error relocation-invalid', 'error program-left-out', 'warning program-missing'], programs: [] },
    { what: 'no license', sample: 'legacy.clang19.o', change: (view, bytes) => renameSection(view, bytes, 'license'), findings: ['warning section-unknown', 'information license-missing'], programs: ['legacy'] },
    { what: 'an unknown relocation', sample: 'legacy.clang19.o', change: (view, bytes) => view.setUint32(sectionOf(bytes, '.relxdp').span.start + 8, 99, true),
      findings: ['error relocation-invalid', 'error program-left-out', 'warning program-missing'], programs: [] },
    { what: 'a relocation of no instruction', sample: 'legacy.clang19.o', change: (view, bytes) => view.setUint32(sectionOf(bytes, '.relxdp').span.start, 4, true),
      findings: ['error relocation-invalid', 'error program-left-out', 'warning program-missing'], programs: [] },
    { what: 'a map definition with unknown fields set', sample: 'legacy.clang19.o', change: (view, bytes) => enlargeMaps(view, bytes),
      findings: ['error map-definition-invalid', 'error map-definition-invalid', 'error relocation-invalid', 'error relocation-invalid', 'error program-left-out', 'warning program-missing'], programs: [] },
    { what: 'a static program', sample: 'subprogs.clang19.o', change: (_, bytes) => void (bytes[symbolOf(bytes, 'second').span.start + 4] = 2),
      findings: ['error program-static'], programs: ['first', 'third'] },
    { what: 'a function beyond its section', sample: 'subprogs.clang19.o', change: (view, bytes) => view.setBigUint64(symbolOf(bytes, 'third').span.start + 16, 1n << 60n, true),
      findings: ['error function-out-of-bounds'], programs: ['first', 'second'] },
    { what: 'a function of broken instructions', sample: 'subprogs.clang19.o', change: (view, bytes) => view.setBigUint64(symbolOf(bytes, 'third').span.start + 16, 31n, true),
      findings: ['error function-misaligned'], programs: ['first', 'second'] },
    { what: 'a missing subprogram', sample: 'subprogs.clang19.o', change: (view, bytes) => view.setBigUint64(symbolOf(bytes, 'leaf').span.start + 16, 4n, true),
      findings: ['error function-misaligned', 'error call-target-missing', 'error call-target-missing', 'error call-target-missing', 'warning program-missing'], programs: [] },
    { what: 'variables of absurd size', sample: 'globals.clang19.o', change: (view, bytes) => view.setBigUint64(headerOf(bytes, '.bss') + 32, 1n << 40n, true),
      findings: ['error map-too-large', 'error map-too-large', 'error relocation-invalid', 'error relocation-invalid', 'error relocation-invalid', 'error program-left-out', 'warning program-missing'], programs: [] },
    { what: 'a map without keys that needs them', sample: 'legacy.clang19.o', change: (view, bytes) => view.setUint32(sectionOf(bytes, 'maps').span.start + 4, 0, true),
      findings: ['error map-refused'], programs: ['legacy'] },
    { what: 'a map of an unknown type', sample: 'legacy.clang19.o', change: (view, bytes) => view.setUint32(sectionOf(bytes, 'maps').span.start + 20, 200, true),
      findings: ['error map-definition-invalid', 'error relocation-invalid', 'error program-left-out', 'warning program-missing'], programs: [] },
    { what: 'a slot that is filled with nothing', sample: 'maps.clang19.o', change: (view, bytes) => view.setUint32(sectionOf(bytes, '.rel.maps').span.start + 8 + 4, 0, true),
      findings: ['error map-slot-invalid'], programs: ['tail_one', 'tail_two', 'entry'] },
    { what: 'only functions without section', sample: 'subprogs.clang19.o', change: (view, bytes) => { for (const name of ['xdp', 'tc']) view.setUint32(headerOf(bytes, name) + 8, 0, true); },
      findings: ['warning section-unknown', 'warning section-unknown', 'warning program-missing'], programs: [] },
  ]; // prettier-ignore

  it.each(cases)('$what', ({ sample, change, findings, programs }) => {
    const bytes = sampleBytes(sample);
    change(new DataView(bytes.buffer), bytes);
    const object: BpfObject = readObject(sample, bytes);
    expect(findingsOf(object)).toEqual(findings);
    expect(object.programs.map(({ name }) => name)).toEqual(programs);
  });
});

function sectionOf(bytes: Uint8Array, name: string) {
  const section = readElf(bytes).elf?.sections.find((candidate) => candidate.name === name);
  if (section === undefined) throw new Error(`no section ${name}`);
  return section;
}

function symbolOf(bytes: Uint8Array, name: string) {
  const symbol = readElf(bytes).elf?.symbols.find((candidate) => candidate.name === name);
  if (symbol === undefined) throw new Error(`no symbol ${name}`);
  return symbol;
}

/** Where the section's entry in the section table begins. */
function headerOf(bytes: Uint8Array, name: string): number {
  const table = Number(new DataView(bytes.buffer).getBigUint64(40, true));
  return table + sectionOf(bytes, name).index * 64;
}

/** Gives the section the name of its last letters, which no loader knows. */
function renameSection(view: DataView, bytes: Uint8Array, name: string): void {
  const at = headerOf(bytes, name);
  view.setUint32(at, view.getUint32(at, true) + 1, true);
}

/** Lets the first map's definition reach into the second, whose fields are then no known ones of the first. */
function enlargeMaps(view: DataView, bytes: Uint8Array): void {
  view.setBigUint64(headerOf(bytes, 'maps') + 32, 80n, true);
}
