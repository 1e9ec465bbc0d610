import { describe, expect, it } from 'vitest';
import type { RunReply, RunReport, RunRequest } from '../../server/src/lsp/protocol.ts';
import { RunService } from '../../server/src/lsp/runService.ts';
import { pcapHeader, pcapRecord } from '../events/buildCapture.ts';

const LOOP = `.section "xdp"
loop:
    r0 = 2
again:
    may_goto out
    call inner
    goto again
out:
    exit
inner:
    r0 = 0
    may_goto done
    goto inner
done:
    exit
`;
const PLAIN = `.section "xdp"
    r0 = 2
    if r1 == 0 goto never
    exit
never:
    r0 = 1
    exit
`;

const capture = Uint8Array.from([
  ...pcapHeader(),
  ...Array.from({ length: 3 }, () => pcapRecord(Array<number>(60).fill(7))).flat(),
]);

async function run(text: string, more: Partial<RunRequest>, stopAfter = Infinity): Promise<RunReport> {
  const files: Record<string, Uint8Array> = { 'p.bpfasm': new TextEncoder().encode(text), 'a.pcap': capture };
  let asked = 0;
  const replies: RunReply[] = [];
  const service = new RunService({
    readFile: async (path) => files[path] ?? new Uint8Array(),
    readStream: (path) => ({ bytes: Promise.resolve(null), chunks: one(files[path] ?? new Uint8Array()) }),
    now: () => 0,
    stop: () => ++asked > stopAfter,
    reply: (message) => replies.push(message),
  });
  const file = { path: 'p.bpfasm', text: null };
  await service.receive({ kind: 'run', file, program: null, events: 'a.pcap', engine: 'jit', ...more } as RunRequest);
  const reply = replies.at(-1);
  if (reply?.kind !== 'finished') throw new Error(JSON.stringify(reply));
  return reply.report;
}

/** In two parts, the first of which ends within a packet. */
async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes.subarray(0, bytes.length - 5);
  yield bytes.subarray(bytes.length - 5);
}

describe('a run that the user stops', () => {
  it('says in which event, program, instruction and line it was', async () => {
    const report = await run(LOOP, {}, 10);
    expect(report.stopped).toEqual({
      event: 0, program: 'loop', pc: 6, path: 'p.bpfasm', line: 12,
      message: 'Stopped in event 1: loop was at instruction 6 (p.bpfasm line 12). The results are of the events before it.',
    }); // prettier-ignore
    expect(report.notes[0]).toBe(report.stopped?.message);
    expect(report.total).toBe(0);
  });

  it('names the loop, where the interpreter runs it', async () => {
    const report = await run(LOOP, { engine: 'interpreter' }, 10);
    expect(report.stopped?.message).toMatch(
      /^Stopped in event 1: loop was at instruction \d+ \(p\.bpfasm line 1\d\), in the loop of instructions 5 to 7 \(lines 11 to 13\), which made \d+ rounds during the last 10000 instructions\./,
    );
  });

  it('says before which event it was', async () => {
    const report = await run(PLAIN, {}, 0);
    expect(report.stopped).toMatchObject({ event: 0, pc: null });
    // The rest of the recording was not read; nothing is said of its end.
    expect(report.notes).toEqual(['Stopped before event 1; the results are of those before it.']);
  });

  it('is not stopped otherwise', async () => {
    const report = await run(PLAIN, {});
    expect([report.stopped, report.total, report.counts]).toEqual([null, 3, null]);
  });
});

describe('a run that counts', () => {
  it.each(['jit', 'interpreter', 'both'] as const)('says what the instructions were spent on, %s', async (engine) => {
    const { counts, verdicts } = await run(PLAIN, { engine, count: true });
    expect(verdicts).toEqual([{ name: 'XDP_PASS', count: 3 }]);
    const line = (pc: number, at: number): object => {
      return { program: 'xdp', pc, path: 'p.bpfasm', line: at, insns: 3, hits: 3 };
    };
    expect(counts).toEqual({
      insns: 9, leastPerEvent: 3, mostPerEvent: 3, mostEvent: 0, covered: 3, all: 5, lines: [line(0, 2), line(1, 3), line(2, 4)],
    }); // prettier-ignore
  });
});
