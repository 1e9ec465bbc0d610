import { describe, expect, it } from 'vitest';
import { openBtf } from '../../server/src/btf/openBtf.ts';
import { verify } from '../../server/src/verifier/verify.ts';
import { buildBtf, KIND, SIGNED_INT, UNSIGNED_INT } from '../btf/buildBtf.ts';
import { programNamed, readSample } from '../elf/sample.ts';

/** A kernel with one tracepoint, which hands out a task and a number. */
const { btf } = openBtf(
  buildBtf([
    { kind: KIND.int, name: 'int', word: 4, rest: [SIGNED_INT] },
    { kind: KIND.int, name: 'unsigned long', word: 8, rest: [UNSIGNED_INT | 64] },
    { kind: KIND.struct, name: 'task_struct', vlen: 1, word: 8, rest: ['pid', 1, 0] },
    { kind: KIND.ptr, word: 3 },
    { kind: KIND.ptr, word: 0 },
    { kind: KIND.funcProto, vlen: 3, rest: ['', 5, '', 4, '', 2] },
    { kind: KIND.ptr, word: 6 },
    { kind: KIND.typedef, name: 'btf_trace_task_newtask', word: 7 },
  ]),
);

/** By the source, v6.18: only kernels with this very task structure could be asked. */
describe('arguments of global functions that are kernel structures', () => {
  const object = readSample('objects.clang19.o');

  it.each([
    ['passes_task', ['accepted']],
    ['passes_number', ['rejected', 'R1 type=scalar expected=ptr_, trusted_ptr_, rcu_ptr_', "Caller passes invalid args into func#1 ('trusted')"]],
    ['passes_null', ['accepted']],
    ['passes_null_unchecked', ['rejected', "R1 invalid mem access 'trusted_ptr_or_null_'"]],
    ['passes_anything', ['accepted']],
    ['passes_any_bytes', ['accepted']],
    ['passes_unknown', ['rejected', "arg#0 reference type('STRUCT unknown') has no matches", "Caller passes invalid args into func#1 ('missing')"]],
  ] as const)('%s', (name, expected) => {
    const { outcome, finding } = verify(programNamed(object, name), { kernelBtf: btf });
    const unsupported = outcome === 'unsupported' ? [finding?.message] : [];
    expect([outcome, ...(finding?.kernelLines ?? []), ...unsupported]).toEqual(expected);
  }); // prettier-ignore
});
