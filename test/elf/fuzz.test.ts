import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readBtfExt } from '../../server/src/btf/ext.ts';
import { formatValue, valueText } from '../../server/src/btf/format.ts';
import { printType } from '../../server/src/btf/printType.ts';
import { memberAt, sizeOf } from '../../server/src/btf/query.ts';
import { readBtf } from '../../server/src/btf/read.ts';
import { encode } from '../../server/src/isa/encode.ts';
import { readElf } from '../../server/src/elf/readElf.ts';
import { readObject } from '../../server/src/elf/readObject.ts';
import type { BpfObject } from '../../server/src/program/program.ts';
import { fuzz } from './mutate.ts';
import { sampleBytes } from './sample.ts';

const names = readdirSync(path.join(import.meta.dirname, '..', 'data', 'elf')).filter((name) => name.endsWith('.o'));
const samples = names.map((name) => sampleBytes(name));

describe('damaged input is read without a throw, and never as more than it can hold', () => {
  it('10,000 objects', () => {
    let programs = 0;
    fuzz(samples, 10_000, sectionTable, (bytes) => {
      const object = readObject('damaged.o', bytes);
      programs += object.programs.length;
      checkWhole(object, bytes);
    });
    expect(programs).toBeGreaterThan(1000);
  });

  it('10,000 sections of types', () => {
    const sections = samples.map((bytes) => sectionNamed(bytes, '.BTF')).filter((bytes) => bytes !== null);
    let types = 0;
    fuzz(sections, 10_000, () => null, (bytes) => {
      const { btf, diagnostics } = readBtf(bytes);
      types += btf?.types.length ?? 0;
      expect(diagnostics.length).toBeLessThan(60);
      expect(btf?.types.length ?? 0).toBeLessThanOrEqual(1 + bytes.length / BTF_TYPE_BYTES);
      for (let id = 0; id < (btf?.types.length ?? 0); id += 7) if (btf !== null) {
        sizeOf(btf, id);
        memberAt(btf, id, 5);
        printType(btf, id);
        valueText(formatValue(btf, id, bytes.subarray(0, 64)));
      }
    }); // prettier-ignore
    expect(types).toBeGreaterThan(100_000);
  });

  it('10,000 sections of line information', () => {
    const sections = samples.map((bytes) => sectionNamed(bytes, '.BTF.ext')).filter((bytes) => bytes !== null);
    let records = 0;
    fuzz(sections, 10_000, () => 0, (bytes) => {
      const { ext, diagnostics } = readBtfExt(bytes, strings);
      const found = [...ext.lines.values()].reduce((sum, list) => sum + list.length, 0);
      records += found;
      expect(diagnostics.length).toBeLessThan(60);
      expect(found).toBeLessThanOrEqual(bytes.length / LINE_BYTES);
    }); // prettier-ignore
    expect(records).toBeGreaterThan(1000);
  });
});

const strings = (offset: number): string | null => (offset < 500 ? `s${offset}` : null);

/** Smallest records: `struct btf_type` and `struct bpf_line_info`; the smallest of an object is an instruction. */
const BTF_TYPE_BYTES = 12;
const LINE_BYTES = 16;
const INSN_BYTES = 8;

/** What consumers rely on whatever the file holds. */
function checkWhole(object: BpfObject, bytes: Uint8Array): void {
  if (object.programs.length === 0) expect(object.diagnostics).not.toEqual([]);
  const held = object.programs.reduce(
    (sum, { insns, lines, subprogs }) => sum + insns.length + lines.length + subprogs.length,
    0,
  );
  expect(held + object.maps.length + object.diagnostics.length).toBeLessThan(100 + bytes.length / INSN_BYTES);
  for (const { span } of object.diagnostics)
    if (span !== null && (span.start < 0 || span.start > span.end || span.end > bytes.length))
      throw new Error(`a finding lies outside of the file: ${span.start}-${span.end} of ${bytes.length}`);
  for (const program of object.programs) {
    encode(program.insns);
    const last = program.subprogs.at(-1);
    if (program.insns.length === 0 || last?.end !== program.insns.length)
      throw new Error('functions do not cover the program');
    for (const { pc } of program.lines)
      if (pc < 0 || pc >= program.insns.length) throw new Error('a line lies outside');
  }
}

function sectionTable(bytes: Uint8Array): number {
  return Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(40, bytes[5] === 1));
}

function sectionNamed(bytes: Uint8Array, name: string): Uint8Array | null {
  return readElf(bytes).elf?.sections.find((section) => section.name === name)?.data ?? null;
}
