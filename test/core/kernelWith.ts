import { buildBtf, KIND, SIGNED_INT } from '../btf/buildBtf.ts';

/** A kernel in which `struct same` has its field at this byte of the context. */
export function kernelWith(field: string, offset: number): Uint8Array {
  return buildBtf([
    { kind: KIND.int, name: 'int', word: 4, rest: [SIGNED_INT] },
    { kind: KIND.struct, name: 'task_struct', word: 0 },
    { kind: KIND.struct, name: 'same', vlen: 1, word: 200, rest: [field, 1, offset * 8] },
  ]);
}
