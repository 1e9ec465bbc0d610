import { describe, expect, it } from 'vitest';
import type { Event } from '../../server/src/events/event.ts';
import { createReader } from '../../server/src/events/openRecording.ts';
import { unexpected } from '../../server/src/run/expectations.ts';
import { createRunSession } from '../../server/src/run/session.ts';
import { objectOf } from '../support/assembled.ts';

const PROGRAM = `
  .section "cgroup/getsockopt"
  r2 = *(u64 *)(r1 + 8)
  r3 = *(u64 *)(r1 + 16)
  r4 = r2
  r4 += 2
  if r4 > r3 goto fault
  *(u8 *)(r2 + 1) = 7
  r0 = *(u32 *)(r1 + 28)
  exit
fault:
  r0 = *(u8 *)(r3 + 0)
  exit
`;

function otherwise(line: object): string | null {
  const object = objectOf(PROGRAM);
  const session = createRunSession(object, object.programs, { engine: 'interpreter' });
  if (typeof session === 'string') throw new Error(session);
  let found: string | null = null;
  const each = (event: Event): void => void (found = unexpected(event, session.run(event)));
  const reader = createReader();
  reader.push(new TextEncoder().encode(`{"format":"bpf-events","version":1}\n${JSON.stringify(line)}`), each);
  reader.end(each);
  expect(reader.problems).toEqual([]);
  return found;
}

describe('what a recording expects', () => {
  const event = { fields: { optname: 5 }, data: '0102' };
  it.each([
    [{}, null],
    [{ expect: {} }, null],
    [{ expect: { ret: 5, data: '0107' } }, null],
    [{ expect: { ret: 6 } }, 'returned 5, expected 6'],
    [{ expect: { ret: -1 } }, 'returned 5, expected -1'],
    [{ expect: { data: '0102' } }, 'the data is 0107, expected 0102'],
    [{ expect: { ctx: '00' } }, expect.stringMatching(/^the context is 0000.*… \(40 bytes\), expected 00$/)],
    [{ data: '', expect: { ret: 5 } }, expect.stringMatching(/^the program faulted: reads 1 byte/)],
    [{ ev: 'kprobe:x', expect: { ret: 5 } }, 'it was not given to the program'],
  ])('%o: %s', (more, expected) => {
    expect(otherwise({ ...event, ...more })).toEqual(expected);
  });
});
