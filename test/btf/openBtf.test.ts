import { readFileSync } from 'node:fs';
import * as zlib from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openBtf } from '../../server/src/btf/openBtf.ts';
import { printType } from '../../server/src/btf/printType.ts';
import { findByName, typeAt } from '../../server/src/btf/query.ts';
import { readBtf } from '../../server/src/btf/read.ts';
import { openKernelBtf } from '../../server/src/elf/kernelBtf.ts';
import { sharedFolder, sharedPath } from '../support/shared.ts';
import { buildBtf, KIND, SIGNED_INT } from './buildBtf.ts';

const bytes = buildBtf([
  { kind: KIND.int, name: 'int', word: 4, rest: [SIGNED_INT] },
  { kind: KIND.struct, name: 'task_struct', vlen: 1, word: 4, rest: ['pid', 1, 0] },
  { kind: KIND.typedef, name: 'task_struct', word: 2 },
  { kind: KIND.struct, name: 'struct', vlen: 0, word: 0 },
  { kind: KIND.declTag, name: 'bpf_kfunc', word: 2, rest: [0xffff_ffff] },
  { kind: KIND.declTag, name: 'first', word: 2, rest: [0] },
]);

describe('types that are opened, not read', () => {
  const { btf, diagnostics } = openBtf(bytes);
  if (btf === null) throw new Error('no types');

  it('are the same as those that are read', () => {
    expect(diagnostics).toEqual([]);
    expect(btf.types).toEqual(readBtf(bytes).btf?.types);
  });

  it('are found by name and kind; a name that ends as another one does is not mistaken for it', () => {
    expect(findByName(btf, 'struct', 'task_struct')).toBe(2);
    expect(findByName(btf, 'typedef', 'task_struct')).toBe(3);
    expect(findByName(btf, 'struct', 'struct')).toBe(4);
    expect(findByName(btf, 'struct', 'task')).toBeNull();
    expect(findByName(btf, 'func', 'task_struct')).toBeNull();
    expect(findByName(btf, 'struct', '')).toBeNull();
  });

  it('tell their tags', () => {
    expect(btf.lazy?.tagsOn(2)).toEqual([
      { name: 'bpf_kfunc', component: -1 },
      { name: 'first', component: 0 },
    ]);
    expect(btf.lazy?.tagsOn(1)).toEqual([]);
  });

  it('that are not there are void', () => {
    for (const id of [0, 7, -1, 1e9]) expect(typeAt(btf, id)).toEqual({ kind: 'void' });
  });
});

describe('files with the types of a kernel', () => {
  it('are BTF or an ELF file with it', () => {
    for (const file of [bytes, elf(62, '.BTF', bytes)]) {
      const opened = openKernelBtf(file);
      expect('btf' in opened && findByName(opened.btf, 'struct', 'task_struct')).toBe(2);
    }
  });

  it.each([
    ['text', new TextEncoder().encode('int main(void) {}'), 'the type data does not begin with the BTF mark 0xeb9f'],
    ['nothing', new Uint8Array(), 'the type data does not begin with the BTF mark 0xeb9f'],
    ['an ELF file without types', elf(62, '.text', bytes), 'the ELF file has no .BTF section: its kernel was built without CONFIG_DEBUG_INFO_BTF'],
    ['a BPF object', elf(247, '.BTF', bytes), 'these are the types of a BPF program, not those of a kernel'],
    ['types of a module', buildBtf([{ kind: KIND.ptr, word: 90_000 }]), "these are not the types of a whole kernel: struct task_struct is missing (a module's types are no use alone)"],
    ['a file cut off', bytes.subarray(0, bytes.length - 1), 'the BTF strings end beyond the data'],
  ])('are not %s', (_, file, problem) => {
    expect(openKernelBtf(file)).toEqual({ problem });
  }); // prettier-ignore
});

/** A 64-bit ELF file with one section. */
function elf(machine: number, name: string, data: Uint8Array): Uint8Array {
  const names = new TextEncoder().encode(`\0${name}\0.shstrtab\0`);
  const table = 64 + data.length + names.length;
  const file = new Uint8Array(table + 3 * 64);
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(18, machine, true);
  view.setBigUint64(40, BigInt(table), true);
  for (const [at, value] of [[58, 64], [60, 3], [62, 2]] as const) view.setUint16(at, value, true); // prettier-ignore
  file.set(data, 64);
  file.set(names, 64 + data.length);
  const section = (index: number, at: number, size: number, named: number): void => {
    const header = table + index * 64;
    view.setUint32(header, named, true);
    view.setUint32(header + 4, 1, true);
    view.setBigUint64(header + 24, BigInt(at), true);
    view.setBigUint64(header + 32, BigInt(size), true);
  };
  section(1, 64, data.length, 1);
  section(2, 64 + data.length, names.length, 2 + name.length);
  return file;
}

const canRun = sharedFolder !== null && typeof zlib.zstdDecompressSync === 'function';

describe.skipIf(!canRun)('BTF of Linux 6.18 (needs ../shared and a Node with zstd)', () => {
  const packed = (): Buffer => readFileSync(sharedPath('recordings', 'tracing', 'kernel-6.18', 'btf-vmlinux-6.18.zst'));

  it('opens to the same types as it reads', () => {
    const whole = zlib.zstdDecompressSync(packed());
    const read = readBtf(whole).btf;
    const { btf } = openBtf(whole);
    if (btf === null || read === null) throw new Error('no types');
    expect(btf.lazy?.count).toBe(read.types.length);
    for (let id = 0; id < read.types.length; id += 53) expect(typeAt(btf, id)).toEqual(read.types[id]);
    for (const name of ['task_struct', 'file', 'sk_buff', 'sock', 'bpf_prog'])
      expect(findByName(btf, 'struct', name)).toBe(findByName(read, 'struct', name));
    expect(findByName(btf, 'func', 'bpf_lsm_file_open')).toBe(findByName(read, 'func', 'bpf_lsm_file_open'));
    expect(printType(btf, findByName(btf, 'struct', 'xdp_md') ?? 0)).toContain('__u32 data_end;');
  });
});
