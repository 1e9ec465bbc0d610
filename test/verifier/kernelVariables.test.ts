import { describe, expect, it } from 'vitest';
import { openBtf } from '../../server/src/btf/openBtf.ts';
import type { Btf } from '../../server/src/btf/btf.ts';
import { findByName } from '../../server/src/btf/query.ts';
import { verify } from '../../server/src/verifier/verify.ts';
import { buildBtf, KIND, SIGNED_INT } from '../btf/buildBtf.ts';
import { kernelBtf } from '../support/kernelBtf.ts';
import { askKernel, kverify } from '../support/kverify.ts';
import type { RawProgram } from '../support/kverify.ts';
import { kernelVerdict } from '../support/oracle.ts';
import { programOfRaw } from '../support/programOfRaw.ts';

const EXIT = 'b7000000000000009500000000000000';
const ANY_CPU = 'b7020000000000008500000099000000';
const THIS_CPU = '850000009a000000';
const LOAD_32 = '6112000000000000';
const LOAD_32_OF_R0 = '6102000000000000';

/** r1 = the address of what has the id. */
function address(id: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(id);
  return `18310000${bytes.toString('hex')}0000000000000000`;
}

function program(id: number, body: string): RawProgram {
  return { type: 'raw_tracepoint', insns: address(id) + body + EXIT };
}

function answer(btf: Btf | null, raw: RawProgram): readonly string[] {
  const { outcome, finding } = verify(programOfRaw(raw), { kernelBtf: btf });
  return [outcome, ...(finding?.kernelLines ?? [])];
}

/** A number and a structure of each processor's, and a number and a structure that are there once. */
const { btf } = openBtf(
  buildBtf([
    { kind: KIND.int, name: 'int', word: 4, rest: [SIGNED_INT] },
    { kind: KIND.struct, name: 'rq', vlen: 1, word: 4, rest: ['nr', 1, 0] },
    { kind: KIND.var, name: 'active', word: 1, rest: [1] },
    { kind: KIND.var, name: 'runqueues', word: 2, rest: [1] },
    { kind: KIND.var, name: 'count', word: 1, rest: [1] },
    { kind: KIND.var, name: 'first', word: 2, rest: [1] },
    { kind: KIND.datasec, name: '.data..percpu', vlen: 2, word: 8, rest: [3, 0, 4, 4, 4, 4] },
    { kind: KIND.fwd, name: 'hidden' },
    { kind: KIND.var, name: 'secret', word: 8, rest: [1] },
  ]),
);
const [ACTIVE, RUNQUEUES, COUNT, FIRST, SECRET] = [3, 4, 5, 6, 9];

/** The running kernel was built to forget where its variables are, so these are by its source: v6.18. */
describe('variables of the kernel', () => {
  it.each([
    ['a number', COUNT, LOAD_32, ['accepted']],
    ['bytes behind a number', COUNT, '7912000000000000', ['rejected', 'invalid access to memory, mem_size=4 off=0 size=8', 'R1 min value is outside of the allowed memory range']],
    ['a write to a number', COUNT, '6201000001000000', ['rejected', 'R1 cannot write into rdonly_mem']],
    ['a structure', FIRST, LOAD_32, ['accepted']],
    ['bytes behind a structure', FIRST, '6112040000000000', ['rejected', 'access beyond struct rq at off 4 size 4']],
    ['a write to a structure', FIRST, '6201000001000000', ['rejected', 'only read is supported']],
    ['a number of another processor', ACTIVE, LOAD_32, ['rejected', 'R1 is ptr_int access percpu memory: off=0']],
    ['a structure of another processor', RUNQUEUES, LOAD_32, ['rejected', 'R1 is ptr_rq access percpu memory: off=0']],
    ["this processor's number", ACTIVE, THIS_CPU + LOAD_32_OF_R0, ['accepted']],
    ["this processor's structure", RUNQUEUES, THIS_CPU + LOAD_32_OF_R0, ['accepted']],
    ["bytes behind this processor's structure", RUNQUEUES, `${THIS_CPU}7902000000000000`, ['rejected', 'access beyond struct rq at off 0 size 8']],
    ["any processor's number, unchecked", ACTIVE, ANY_CPU + LOAD_32_OF_R0, ['rejected', "R0 invalid mem access 'rdonly_mem_or_null'"]],
    ["any processor's number, checked", ACTIVE, `${ANY_CPU}1500010000000000${LOAD_32_OF_R0}`, ['accepted']],
    ["any processor's structure, unchecked", RUNQUEUES, ANY_CPU + LOAD_32_OF_R0, ['rejected', "R0 invalid mem access 'ptr_or_null_'"]],
    ["any processor's structure, checked", RUNQUEUES, `${ANY_CPU}1500010000000000${LOAD_32_OF_R0}`, ['accepted']],
    ['what is no variable of a processor', COUNT, THIS_CPU, ['rejected', 'R1 type=rdonly_mem expected=percpu_ptr_, percpu_rcu_ptr_, percpu_trusted_ptr_']],
    ['a variable without a size', SECRET, '', ['rejected', "ldimm64 unable to resolve the size of type 'hidden': -22"]],
  ] as const)('%s', (_what, id, body, expected) => {
    expect(answer(btf, program(id, body))).toEqual(expected);
  }); // prettier-ignore

  it('need the types of the kernel', () => {
    expect(verify(programOfRaw(program(COUNT, ''))).finding?.code).toBe('kernel-types-needed');
  });
});

const kernel = kernelBtf();

describe.skipIf(kverify === null || kernel === null)(
  'addresses of what is no variable, against the running kernel (skipped where there is none)',
  () => {
    it('functions, structures and ids that there are not', () => {
      const func = kernel === null ? 0 : (findByName(kernel, 'func', 'schedule') ?? 0);
      const struct = kernel === null ? 0 : (findByName(kernel, 'struct', 'task_struct') ?? 0);
      const programs = [
        ...['', LOAD_32, '6201000001000000', THIS_CPU].map((body) => program(func, body)),
        ...[struct, 100_000_000].map((id) => program(id, '')),
      ];
      const verdicts = askKernel(programs).map(kernelVerdict);
      expect(programs.map((raw) => answer(kernel, raw))).toEqual(
        verdicts.map(({ verdict, lines }) => [`${verdict}ed`, ...lines]),
      );
    });
  },
);
