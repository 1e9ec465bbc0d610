import { describe, expect, it } from 'vitest';
import { explainText } from '../../server/src/verifier/messages/messages.ts';
import { verify } from '../../server/src/verifier/verify.ts';
import { expectSameVerdicts, programAsked } from '../support/askBoth.ts';
import { kernelBtf } from '../support/kernelBtf.ts';
import { kernelOracle } from '../support/oracle.ts';
import { ITERATOR_CASES } from './iteratorCases.ts';
import { OBJECT_CASES } from './iteratorObjectCases.ts';

const SECTION = 'tp/syscalls/sys_enter_nanosleep';
const able = kernelOracle() !== null && kernelBtf() !== null;

describe('open-coded iterators', () => {
  it.each(ITERATOR_CASES)('%s', (_name, body, verdict) => {
    const { outcome, finding } = verify(programAsked({ section: SECTION, body }));
    expect(outcome === 'accepted' ? 'accept' : (finding?.kernelMessage ?? outcome)).toBe(verdict);
  });

  const refusals = [...new Set(ITERATOR_CASES.map(([, , verdict]) => verdict))].filter(
    (verdict) => verdict !== 'accept',
  );
  it.each(refusals)('has words for: %s', (message) => {
    expect(explainText(message).code).not.toBe('rejected');
  });

  it.skipIf(!able)('are judged as the running kernel does (skipped where there is none)', () => {
    expectSameVerdicts(ITERATOR_CASES.map(([, body]) => ({ section: SECTION, body })));
  });
});

const asked = ([, body]: (typeof OBJECT_CASES)[number]) => ({ section: 'syscall', body, change: { sleepable: true } });

describe.skipIf(kernelBtf() === null)('iterators over objects of the kernel (skipped without its types)', () => {
  it.each(OBJECT_CASES)('%s', (...given) => {
    const { outcome, finding } = verify(programAsked(asked(given)), { kernelBtf: kernelBtf() });
    expect(outcome === 'accepted' ? 'accept' : (finding?.kernelMessage ?? outcome)).toBe(given[2]);
  });

  it.skipIf(!able)('are judged as the running kernel does (skipped where there is none)', () => {
    expectSameVerdicts(OBJECT_CASES.map(asked));
  });

  it('are told apart by their RCU section in 6.12, and no more in 6.18', () => {
    const given = OBJECT_CASES.find(([name]) => name === 'a section for every round');
    if (given === undefined) throw new Error('no such case');
    const said = (kernel: string) =>
      verify(programAsked(asked(given)), { kernel, kernelBtf: kernelBtf() }).finding?.kernelMessage ?? 'accepted';
    expect(['6.12', '6.18'].map(said)).toEqual(['expected an RCU CS when using bpf_iter_task_next', 'accepted']);
  });
});
