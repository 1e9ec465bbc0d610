import { afterEach, describe, expect, it, vi } from 'vitest';
import { assembleText } from '../../server/src/asm/assembleText.ts';
import { sourceText } from '../../server/src/base/source.ts';
import type { Event } from '../../server/src/events/event.ts';
import { createRunSession, type RunOptions, type RunSession } from '../../server/src/run/session.ts';
import { startsInterpreted } from '../../server/src/run/tieredRunner.ts';
import { verify } from '../../server/src/verifier/verify.ts';

const nothing = { interfaceName: null, direction: null, queue: null, packetId: null, verdict: null };
const packet = (index: number): Event => ({
  kind: 'packet', index, timeNs: 0n, linkType: 1, data: new Uint8Array(64).fill(index), wireLength: 64, interfaceId: 0, ...nothing,
}); // prettier-ignore

/** Counts its events in a map and mixes bytes of the packet. */
function program(middle: string): string {
  return `.license "GPL"
.map seen, type=array, key=4, value=8, entries=1
.section "xdp"
    r6 = *(u32 *)(r1 + 0)
    r7 = *(u32 *)(r1 + 4)
    r2 = r6
    r2 += 16
    r0 = 1
    if r2 > r7 goto out
    *(u32 *)(r10 - 4) = 0
    r1 = seen ll
    r2 = r10
    r2 += -4
    call bpf_map_lookup_elem
    if r0 == 0 goto out
    r8 = *(u64 *)(r0 + 0)
    r8 += 1
    *(u64 *)(r0 + 0) = r8
    r0 = *(u8 *)(r6 + 3)
${middle}
    *(u8 *)(r6 + 1) = r8
out:
    exit
`;
}

const STRAIGHT = program('    r0 *= 7\n    r0 ^= r8\n'.repeat(600));
const LOOP = program(
  `${'    r0 *= 7\n'.repeat(1200)}    r9 = 9\nagain:\n    r0 += r9\n    r9 -= 1\n    if r9 != 0 goto again\n`,
);

function sessionOf(text: string, accepted: boolean, options: Partial<RunOptions> = {}): RunSession {
  const { object } = assembleText(sourceText('p.bpfasm', text));
  const [only] = object.programs;
  if (only === undefined) throw new Error('no program');
  const verified = accepted ? [verify(only).program].filter((one) => one !== null) : [];
  if (accepted) expect(verify(only).finding).toBeNull();
  const session = createRunSession(object, only, { engine: 'jit', verified, ...options });
  if (typeof session === 'string') throw new Error(session);
  return session;
}

/** What each of some events came to, and how many modules were made after how many of them. */
function ran(session: RunSession, events: number): { results: unknown[]; compiled: number[] } {
  const results: unknown[] = [];
  const compiled: number[] = [];
  const each = ({ index, returnValue, trap, insns, packet: after }: ReturnType<RunSession['run']>): void =>
    void results.push({ index, returnValue, trap, insns, after: Array.from(after ?? []) });
  for (let index = 0; index < events; index++) {
    session.feed(packet(index), (result) => each(result));
    compiled.push(vi.mocked(WebAssembly.Module).mock.calls.length);
  }
  session.flush((result) => each(result));
  return { results, compiled };
}

afterEach(() => vi.restoreAllMocks());

describe('a large program', () => {
  it.each([
    ['accepted', STRAIGHT, true],
    ['not verified', STRAIGHT, false],
    ['with a loop, accepted', LOOP, true],
  ])('is compiled when there is a second event, and all come to the same: %s', (_what, text, accepted) => {
    vi.spyOn(WebAssembly, 'Module');
    const tiered = ran(sessionOf(text, accepted), 6);
    expect(tiered.compiled[0]).toBe(0);
    expect(tiered.compiled[1]).toBeGreaterThan(0);
    const interpreted = ran(sessionOf(text, accepted, { engine: 'interpreter' }), 6);
    expect(tiered.results).toEqual(
      interpreted.results.map((result) => Object.assign(result as object, { insns: null })),
    );
  });

  it.each([
    ['that may go round for long', LOOP, false, {}],
    ['whose instructions are counted', STRAIGHT, true, { coverage: true }],
  ])('%s is compiled at once', (_what, text, accepted, options) => {
    vi.spyOn(WebAssembly, 'Module');
    expect(ran(sessionOf(text, accepted, options), 1).compiled).toEqual([1]);
  });

  it.each([
    ['calls back', '    r1 = 3\n    r2 = again ll\n    r3 = 0\n    r4 = 0\n    call bpf_loop\n', false],
    ['has rounds without end', 'over:\n    may_goto out\n    goto over\n', false],
    ['does neither', '', true],
  ])('that %s starts interpreted: %s', (_what, more, expected) => {
    const text = `.section "xdp"\n${'    r0 = 1\n'.repeat(1000)}${more}out:\n    exit\nagain:\n    r0 = 0\n    exit\n`;
    const [only] = assembleText(sourceText('p.bpfasm', text)).object.programs;
    expect(only && startsInterpreted(only, true)).toBe(expected);
  });
});
