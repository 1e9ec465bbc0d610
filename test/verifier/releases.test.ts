import { describe, expect, it } from 'vitest';
import { ABILITIES, abilitiesOf, isKnownKernel, LATEST, LONG_TERM, reaches } from '../../server/src/kernel/releases.ts';
import { verify } from '../../server/src/verifier/verify.ts';
import { programOfText } from '../support/assembled.ts';
import { OLDER_KERNELS } from './olderKernels.ts';

describe('verdicts of older kernels', () => {
  it.each(OLDER_KERNELS)('$what: refused before $since', ({ text, since, before, message }) => {
    const program = programOfText(text);
    const newer = verify(program, { kernel: since });
    expect({ outcome: newer.outcome, said: newer.finding?.kernelMessage }).toEqual({ outcome: 'accepted' });
    const older = verify(program, { kernel: before });
    expect({ outcome: older.outcome, said: older.finding?.kernelMessage }).toEqual({
      outcome: 'rejected',
      said: message,
    });
    expect(older).toMatchObject({ kernel: before });
  });

  it('say how sure they are', () => {
    const program = programOfText('.section "xdp"\nr0 = XDP_PASS\nexit');
    const certainty = (kernel: string): string => verify(program, { kernel }).certainty;
    expect(LONG_TERM.map(certainty)).toEqual([
      'predicted', 'predicted', 'predicted', 'checked', 'predicted', 'checked', 'exact',
    ]); // prettier-ignore
  });
});

describe('releases', () => {
  it('are compared number by number', () => {
    expect(reaches('5.15', '5.4')).toBe(true);
    expect(reaches('5.4', '5.15')).toBe(false);
    expect(reaches('6.1', '5.15')).toBe(true);
  });

  it('are known from 5.4 to 7.0', () => {
    expect(['5.4', '5.19', '6.0', '6.18', '7.0'].map(isKnownKernel)).toEqual([true, true, true, true, true]);
    expect(['5.3', '7.1', '8.0', '6', '6.1.5', ''].map(isKnownKernel)).toEqual([
      false, false, false, false, false, false,
    ]); // prettier-ignore
  });

  it('never lose an ability', () => {
    const counts = [...LONG_TERM, LATEST].map((kernel) => Object.values(abilitiesOf(kernel)).filter(Boolean).length);
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
    expect(counts.at(-1)).toBe(Object.keys(ABILITIES).length);
  });
});

describe('kernels built or locked down without some helpers', () => {
  it('refuse their calls', () => {
    const text = '.license "GPL"\n.section "kprobe"\nr2 = 0\ncall bpf_override_return\nr0 = 0\nexit';
    expect(verify(programOfText(text)).outcome).toBe('accepted');
    expect(verify(programOfText(text), { absentHelpers: [58] }).finding?.kernelMessage).toBe(
      'program of this type cannot use helper bpf_override_return#58',
    );
  });
});
