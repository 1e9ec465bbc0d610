import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { toHex } from '../../server/src/base/bytes.ts';
import { openBtf } from '../../server/src/btf/openBtf.ts';
import { withKernel, type Kernel } from '../../server/src/core/withKernel.ts';
import { sectionOf } from '../../server/src/elf/readElf.ts';
import { readObject } from '../../server/src/elf/readObject.ts';
import type { Event } from '../../server/src/events/event.ts';
import { encode } from '../../server/src/isa/encode.ts';
import type { BpfObject } from '../../server/src/program/program.ts';
import { createRunSession } from '../../server/src/run/session.ts';
import { verify } from '../../server/src/verifier/verify.ts';

const folder = path.join(import.meta.dirname, '..', 'data', 'core');

function objectOf(file: string): BpfObject {
  return readObject(file, bytesOf(file));
}

function bytesOf(file: string): Uint8Array {
  return new Uint8Array(readFileSync(path.join(folder, file)));
}

function kernel(lazy = false): Kernel {
  const { btf } = lazy
    ? openBtf(sectionOf(bytesOf('kernel.o'), '.BTF')?.data ?? new Uint8Array())
    : objectOf('kernel.o');
  if (btf === null) throw new Error('no types');
  return { name: 'Linux 0.1', btf };
}

function packetEvent(data: Uint8Array): Event {
  const nothing = { interfaceName: null, direction: null, queue: null, packetId: null, verdict: null };
  return {
    kind: 'packet',
    index: 0,
    timeNs: 0n,
    linkType: 1,
    data,
    wireLength: data.length,
    interfaceId: 0,
    ...nothing,
  };
}

interface Expected {
  readonly file: string;
  readonly program: string;
  /** Null where libbpf loads nothing of the object. */
  readonly insns: string | null;
}

const EXPECTED = readFileSync(path.join(folder, 'expected.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Expected);

describe('programs are adapted to a kernel as libbpf adapts them (see build.sh)', () => {
  it.each(EXPECTED.filter(({ insns }) => insns !== null))('$file $program', ({ file, program, insns }) => {
    for (const lazy of [false, true]) {
      const object = withKernel(objectOf(file), kernel(lazy));
      const found = object.programs.find(({ name }) => name === program);
      expect(toHex(encode(found?.insns ?? []))).toBe(insns);
      expect(found?.needs).toEqual([]);
      expect(object.diagnostics).toEqual([]);
    }
  });

  it.each(EXPECTED.filter(({ insns }) => insns === null))('$file is refused', ({ file, program }) => {
    const object = withKernel(objectOf(file), kernel());
    const what =
      'the byte offset of a field, twice.here: the kernel has several types of that name, with the field at different places';
    expect(object.diagnostics).toMatchObject([
      {
        code: 'core-relocation-failed',
        severity: 'error',
        message: `program ${program}, instruction 0: Linux 0.1 cannot answer for ${what}; loaders refuse the whole file`,
      },
    ]);
    expect(object.programs[0]?.needs).toEqual([{ pc: 0, code: 'core-relocation', what }]);
  });
});

describe('an object that is adapted', () => {
  it('leaves the one it was made of as it was', () => {
    const object = objectOf('program.o');
    const before = object.programs.map(({ insns }) => toHex(encode(insns)));
    withKernel(object, kernel());
    expect(object.programs.map(({ insns }) => toHex(encode(insns)))).toEqual(before);
    expect(object.programs.map(({ needs }) => needs?.length ?? 0).some((count) => count > 0)).toBe(true);
  });

  it('says of what the kernel lacks which field it is, and what to do', () => {
    const program = withKernel(objectOf('program.o'), kernel()).programs.find(({ name }) => name === 'absent');
    const lacking = [...(program?.missing ?? new Map<number, string>()).values()];
    expect(lacking).toContain(
      'the program asks for the byte offset of a field, unknown.a, but Linux 0.1 has no type of that name',
    );
    expect(lacking).toContain(
      'the program asks for the value of an enum value, color::BLUE, but Linux 0.1 has no such field or value, or one of another kind of type',
    );
    if (program === undefined) throw new Error('no program');
    const { outcome, finding } = verify(program);
    expect(outcome).toBe('rejected');
    expect(finding).toMatchObject({
      code: 'core-missing',
      kernelMessage: 'invalid func unknown#195896080',
      pc: 0,
      message:
        'The program asks for the byte offset of a field, box___old.gone, but Linux 0.1 has no such field or value, or one of another kind of type.',
    });
    expect(finding?.suggestion).toContain('bpf_core_field_exists');
  });

  it('cannot run an instruction that the kernel has no answer for', () => {
    const object = withKernel(objectOf('program.o'), kernel());
    const program = object.programs.find(({ name }) => name === 'absent');
    for (const engine of ['jit', 'interpreter'] as const) {
      const session = program && createRunSession(object, program, { engine });
      if (session === undefined || typeof session === 'string') throw new Error(session);
      const data = new Uint8Array(64);
      const { trap } = session.run(packetEvent(data));
      expect(trap?.message).toContain('box___old.gone, but Linux 0.1 has no such field');
      expect(trap?.pc).toBe(0);
    }
  });

  it('is the object itself where it asks nothing', () => {
    const object = objectOf('kernel.o');
    expect(withKernel(object, kernel())).toBe(object);
  });
});
