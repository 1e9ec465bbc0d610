import { describe, expect, it } from 'vitest';
import { assembleText } from '../../server/src/asm/assembleText.ts';
import { sourceText } from '../../server/src/base/source.ts';
import type { Event } from '../../server/src/events/event.ts';
import type { EventResult } from '../../server/src/run/result.ts';
import { createRunSession, type RunOptions, type RunSession } from '../../server/src/run/session.ts';
import { verify } from '../../server/src/verifier/verify.ts';

const nothing = { interfaceName: null, direction: null, queue: null, packetId: null, verdict: null };
const packet = (index: number): Event => ({
  kind: 'packet', index, timeNs: 0n, linkType: 1, data: new Uint8Array(64), wireLength: 64, interfaceId: 0, ...nothing,
}); // prettier-ignore

/** Without any budget these would run for hours. */
const ROUNDS = `.section "xdp"
outer:
    may_goto over
    call inner
    goto outer
over:
    r0 = 2
    exit
inner:
    r0 = 0
again:
    may_goto done
    r0 += 1
    goto again
done:
    exit
`;
const ENDLESS = `.section "xdp"
    r0 = 2
again:
    r0 += 1
    goto again
`;
const CALLBACKS = `.license "GPL"
.section "xdp"
    r1 = 8000000
    r2 = body ll
    r3 = 0
    r4 = 0
    call bpf_loop
    r0 = 2
    exit
body:
    r1 = 8000000
    r2 = leaf ll
    r3 = 0
    r4 = 0
    call bpf_loop
    r0 = 0
    exit
leaf:
    r0 = 0
    exit
`;
const SHORT = `.section "xdp"
    r0 = 2
    exit
`;

interface Ran {
  readonly session: RunSession;
  readonly results: readonly EventResult[];
}

/** Runs events that are fed one after the other, stopped when it was asked `after` times. */
function run(text: string, options: RunOptions, after: number, events = 3): Ran {
  const { object } = assembleText(sourceText('p.bpfasm', text));
  const [program] = object.programs;
  if (program === undefined) throw new Error('no program');
  const verified = options.verified === undefined ? [] : [verify(program).program].filter((one) => one !== null);
  let asked = 0;
  const session = createRunSession(object, program, { ...options, verified, stop: () => ++asked > after });
  if (typeof session === 'string') throw new Error(session);
  const results: EventResult[] = [];
  const each = (result: EventResult): void => void results.push({ ...result });
  for (let index = 0; index < events; index++) session.feed(packet(index), each);
  session.flush(each);
  return { session, results };
}

describe('a run that is stopped', () => {
  it.each([
    ['rounds of may_goto, accepted', ROUNDS, { engine: 'jit', verified: [] }],
    ['rounds of may_goto, in the interpreter', ROUNDS, { engine: 'interpreter', budget: 1e12 }],
    ['callbacks, accepted', CALLBACKS, { engine: 'jit', verified: [], budget: 1e12 }],
    ['callbacks, in the interpreter', CALLBACKS, { engine: 'interpreter', budget: 1e12 }],
    ['a loop, in the interpreter', ENDLESS, { engine: 'interpreter', budget: 1e12 }],
    ['a loop, counted by the interpreter', ENDLESS, { engine: 'interpreter', coverage: true, budget: 1e12 }],
    ['rounds of may_goto, in both engines', ROUNDS, { engine: 'both', verified: [], budget: 1e12 }],
  ] as const)('ends in the middle of an event and says where: %s', (_what, text, options) => {
    const { session, results } = run(text, options, 5);
    expect(results.length).toBe(0);
    expect(session.stopped).toMatchObject({ event: 0, trap: { kind: 'stopped', pc: expect.any(Number) } });
    expect(session.stopped?.trap?.message).toMatch(/^was stopped by the user/);
    expect(session.difference).toBeNull();
    expect(session.summary()).toMatchObject({ events: 0, traps: 0 });
  });

  it('names the loop and its lines where the interpreter saw it', () => {
    const { session } = run(ENDLESS, { engine: 'interpreter', budget: 1e12 }, 5);
    expect(session.stopped?.trap?.message).toMatch(
      /^was stopped by the user, in the loop of instructions 1 to 2 \(lines 4 to 5\), which made \d+ rounds/,
    );
  });

  it('names the instruction where compiled code goes round', () => {
    const { session } = run(ROUNDS, { engine: 'jit', verified: [] }, 5);
    expect(session.stopped?.trap?.pc).toBe(6);
  });

  it.each(['jit', 'interpreter', 'both'] as const)('ends between two events, %s', (engine) => {
    const { session, results } = run(SHORT, { engine }, 0);
    expect(results.length).toBe(0);
    expect(session.stopped).toMatchObject({ event: 0, trap: null });
  });

  it('keeps what ran before, in batches', () => {
    const { session, results } = run(SHORT, { engine: 'jit', verified: [] }, 1, 1000);
    expect(session.stopped).toEqual({ event: 64, program: expect.any(String), trap: null });
    expect(results.map((result) => result.index)).toEqual(Array.from({ length: 64 }, (_, index) => index));
    expect(session.summary().events).toBe(64);
  });

  it('is no other run where nobody stops it', () => {
    const { session, results } = run(SHORT, { engine: 'jit', verified: [] }, Infinity, 20_000);
    expect(session.stopped).toBeNull();
    expect(results.length).toBe(20_000);
  });
});
