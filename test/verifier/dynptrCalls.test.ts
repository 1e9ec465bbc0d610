import { describe, expect, it } from 'vitest';
import { explainText } from '../../server/src/verifier/messages/messages.ts';
import { verify } from '../../server/src/verifier/verify.ts';
import { expectSameVerdicts, programAsked } from '../support/askBoth.ts';
import { kernelBtf } from '../support/kernelBtf.ts';
import { kernelOracle } from '../support/oracle.ts';
import { DYNPTR_CASES } from './dynptrCallCases.ts';

const able = kernelOracle() !== null && kernelBtf() !== null;

describe('functions of the kernel that take dynptrs', () => {
  it.each(DYNPTR_CASES)('%s', (_name, section, body, verdict) => {
    const { outcome, finding } = verify(programAsked({ section, body }));
    expect(outcome === 'accepted' ? 'accept' : (finding?.kernelMessage ?? outcome)).toBe(verdict);
  });

  const refusals = [...new Set(DYNPTR_CASES.map(([, , , verdict]) => verdict))].filter(
    (verdict) => /dynptr |slice|packet|stack|reference|mem/.test(verdict) && !verdict.startsWith('calling'),
  );
  it.each(refusals)('has words for: %s', (message) => {
    expect(explainText(message).code).not.toBe('rejected');
  });

  it('are not judged by the rules of kernels before 6.3', () => {
    const body = 'r1 = r10\nr1 += -16\nr2 = 0\nr3 = 8\ncall bpf_dynptr_data\nr0 = 0\nexit';
    const program = programAsked({ section: 'xdp', body });
    expect(verify(program, { kernel: '6.1' }).outcome).toBe('unsupported');
    expect(verify(program, { kernel: '6.6' }).outcome).toBe('rejected');
  });

  it('take no null by the rules of 7.0', () => {
    const program = programAsked({ section: 'tc', body: 'r1 = 0\ncall bpf_dynptr_size\nr0 = 0\nexit' });
    const said = ['6.18', '7.0'].map((kernel) => verify(program, { kernel }).finding?.kernelMessage);
    expect(said).toEqual([
      'arg#0 expected pointer to stack or const struct bpf_dynptr',
      'Possibly NULL pointer passed to trusted arg0',
    ]);
  });

  it.skipIf(!able)('are judged as the running kernel does (skipped where there is none)', () => {
    expectSameVerdicts(DYNPTR_CASES.map(([, section, body]) => ({ section, body })));
  });
});
