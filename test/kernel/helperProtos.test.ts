import { describe, expect, it } from 'vitest';
import type { ProgramType } from '../../server/src/kernel/programTypes.ts';
import { helperQuestions } from '../support/helperQuestions.ts';
import type { HelperQuestion } from '../support/helperQuestions.ts';
import { askKernel, kverify } from '../support/kverify.ts';

const types: readonly ProgramType[] = [
  'socket_filter', 'xdp', 'sched_cls', 'sched_act', 'cgroup_skb', 'kprobe', 'tracepoint', 'raw_tracepoint', 'perf_event',
]; // prettier-ignore

const REFUSALS =
  /^R\d (?:!read_ok|type=\S+ expected=.*|invalid zero-sized read.*)$|^helper access to the packet is not allowed$|^write into map forbidden/;

describe.skipIf(kverify === null)('helper prototypes, against the running kernel (skipped where there is none)', () => {
  it.each(types)('%s', (type) => {
    const questions = helperQuestions(type);
    expect(questions.length).toBeGreaterThan(200);
    const verdicts = askKernel(questions.map(({ program }) => program));
    expect(questions.map((question) => line(question, question.answer))).toEqual(
      questions.map((question, i) => line(question, firstRefusal(verdicts[i]?.log ?? ''))),
    );
  });
});

function line({ helper, about }: HelperQuestion, answer: string | null): string {
  return `${helper.name}, ${about}: ${answer}`;
}

function firstRefusal(log: string): string | null {
  const refusal = log.split('\n').find((text) => REFUSALS.test(text)) ?? null;
  return refusal?.replace(/: u64=.*/, '').replace(/, value_size=.*/, '') ?? null;
}
