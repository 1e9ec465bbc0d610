import { describe, expect, it } from 'vitest';
import type { EventDetail, EventRow, RunReply, RunReport, RunRequest } from '../../server/src/lsp/protocol.ts';
import { RunService } from '../../server/src/lsp/runService.ts';
import { pcapHeader, pcapRecord } from '../events/buildCapture.ts';

const PROGRAM = `.license "GPL"
.map seen, type=array, key=4, value=8, entries=4
.section "xdp"
mark:
    r2 = *(u32 *)(r1 + 0)
    r3 = *(u32 *)(r1 + 4)
    r4 = r2
    r4 += 14
    if r4 > r3 goto drop
    r5 = *(u8 *)(r2 + 12)
    *(u8 *)(r2 + 13) = 0x77
    r0 = 2
    if r5 == 8 goto out
drop:
    r0 = 1
out:
    exit
`;

const packet = (type: number, length = 60): number[] =>
  [...Array(12).fill(1), type, 0, ...Array(46).fill(7)].slice(0, length);

/** A run service with files in memory, and everything it replies. */
function started(files: Record<string, string | Uint8Array>): { ask: (request: RunRequest) => Promise<RunReply[]> } {
  let replies: RunReply[] = [];
  const read = (path: string): Uint8Array => {
    const content = files[path];
    if (content === undefined) throw new Error(`${path}: no such file or directory`);
    return typeof content === 'string' ? new TextEncoder().encode(content) : content;
  };
  async function* chunks(path: string): AsyncGenerator<Uint8Array> {
    const bytes = read(path);
    for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
  }
  let clock = 0;
  const service = new RunService({
    readFile: async (path) => read(path),
    readStream: (path) => ({ bytes: Promise.resolve(files[path]?.length ?? null), chunks: chunks(path) }),
    now: () => (clock += 1),
    reply: (message) => replies.push(message),
  });
  return {
    async ask(request) {
      replies = [];
      await service.receive(request);
      return replies;
    },
  };
}

const capture = (count: number): Uint8Array =>
  Uint8Array.from([
    ...pcapHeader(),
    ...Array.from({ length: count }, (_, index) =>
      pcapRecord(packet(index % 3 === 0 ? 9 : 8, index === 4 ? 12 : 60)),
    ).flat(),
  ]);
const FILES = { '/p.bpfasm': PROGRAM, '/c.pcap': capture(300) };
const file = { path: '/p.bpfasm', text: null };

async function report(service: ReturnType<typeof started>, more: object = {}): Promise<RunReport> {
  const replies = await service.ask({ kind: 'run', file, program: null, events: '/c.pcap', engine: 'jit', ...more });
  const last = replies.at(-1);
  if (last?.kind !== 'finished') throw new Error(JSON.stringify(last));
  return last.report;
}

async function rows(
  service: ReturnType<typeof started>,
  from: number,
  count: number,
  verdict: string | null,
): Promise<{ rows: readonly EventRow[]; total: number }> {
  const [reply] = await service.ask({ kind: 'rows', id: 1, from, count, filter: { verdict } });
  if (reply?.kind !== 'rows') throw new Error(JSON.stringify(reply));
  return reply;
}

async function detail(service: ReturnType<typeof started>, index: number): Promise<EventDetail | null> {
  const [reply] = await service.ask({ kind: 'detail', id: 1, index });
  if (reply?.kind !== 'detail') throw new Error(JSON.stringify(reply));
  return reply.detail;
}

describe('the run worker', () => {
  it.each(['jit', 'interpreter', 'both'] as const)('runs with the %s and adds up', async (engine) => {
    const service = started(FILES);
    const result = await report(service, { engine });
    expect(result).toMatchObject({
      total: 300,
      skipped: 1,
      traps: 0,
      verification: { outcome: 'accepted', message: null },
    });
    expect(result.verdicts).toEqual([
      { name: 'XDP_PASS', count: 199 },
      { name: 'XDP_DROP', count: 100 },
      { name: 'skipped', count: 1 },
    ]);
  });

  it('answers from a world file and says what it cannot compute', async () => {
    const program = (helper: string): string => `.license "GPL"\n.section "tc"\n call ${helper}\n exit\n`;
    const files = {
      ...FILES,
      '/h.bpfasm': program('bpf_get_hash_recalc'),
      '/w.json': '{"mocks": {"get_hash_recalc": 2}}',
    };
    const service = started(files);
    const request = { file: { path: '/h.bpfasm', text: null }, engine: 'interpreter' } as const;
    await report(service, request);
    expect((await detail(service, 1))?.notes).toEqual([expect.stringMatching(/^bpf_get_hash_recalc: /)]);
    const mocked = await report(service, { ...request, world: '/w.json' });
    expect([mocked.verdicts[0]?.name, (await detail(service, 1))?.notes]).toEqual(['TC_ACT_SHOT', []]);
    const [reply] = await service.ask({
      kind: 'run',
      program: null,
      events: '/c.pcap',
      ...request,
      world: '/p.bpfasm',
    });
    expect(reply).toMatchObject({ kind: 'failed', message: expect.stringMatching(/^\/p.bpfasm:1:1: no valid JSON/) });
  });

  it('begins with the maps that a file gives, and shows them', async () => {
    const files = { ...FILES, '/m.json': '{"seen": [{"key": 2, "value": 7}]}', '/bad.json': '{"seen": [{"key": 2}]}' };
    const service = started(files);
    const given = await report(service, { maps: '/m.json' });
    expect(given.maps).toMatchObject([{ name: 'seen', entries: [{ key: '02000000', readable: '2 → 7' }] }]);
    const request = { kind: 'run', program: null, events: '/c.pcap', engine: 'jit' } as const;
    const [reply] = await service.ask({ ...request, file: { path: '/p.bpfasm', text: null }, maps: '/bad.json' });
    expect(reply).toMatchObject({ kind: 'failed', message: expect.stringContaining('/bad.json:1:11: seen[0]: "value" is missing') }); // prettier-ignore
  });

  it('hands out any rows, filtered by verdict', async () => {
    const service = started(FILES);
    await report(service);
    expect(
      (await rows(service, 0, 2, null)).rows.map(({ index, verdict, changed }) => [index, verdict, changed]),
    ).toEqual([
      [0, 'XDP_DROP', true],
      [1, 'XDP_PASS', true],
    ]);
    const drops = await rows(service, 98, 10, 'XDP_DROP');
    expect([drops.total, drops.rows.map(({ index }) => index)]).toEqual([100, [294, 297]]);
    expect((await rows(service, 0, 5, 'skipped')).rows[0]?.summary).toMatch(/^12 bytes are too few/);
    expect((await rows(service, 1000, 5, null)).rows).toEqual([]);
  });

  it('shows a packet before and after', async () => {
    const service = started(FILES);
    await report(service);
    const shown = await detail(service, 1);
    expect(shown?.before?.slice(24, 28)).toBe('0800');
    expect(shown?.after?.slice(24, 28)).toBe('0877');
    expect(await detail(service, 300)).toBeNull();
    expect(await detail(service, -1)).toBeNull();
  });

  it('runs what the kernel would refuse, and says where it faults', async () => {
    const service = started({
      ...FILES,
      '/p.bpfasm': PROGRAM.replace('r4 += 14', 'r4 += 4').replace('(r2 + 12)', '(r2 + 99)'),
    });
    const result = await report(service);
    expect(result.verification.outcome).toBe('rejected');
    expect(result.traps).toBe(299);
    expect((await detail(service, 0))?.trap).toMatchObject({ path: '/p.bpfasm', line: 10 });
  });

  it('uses the text of the editor when it has changes', async () => {
    const service = started(FILES);
    const text = PROGRAM.replace('r0 = 2', 'r0 = 3');
    expect((await report(service, { file: { path: '/p.bpfasm', text } })).verdicts[0]?.name).toBe('XDP_TX');
  });

  it.each([
    ['a missing program', { file: { path: '/none.bpfasm', text: null } }, /no such file/],
    ['a missing recording', { events: '/none.pcap' }, /no such file/],
    ['an unknown program', { program: 'other' }, /no program other/],
    ['a file that is no program', { file: { path: '/c.pcap', text: null } }, /unknown kind of file/],
    ['text with errors only', { file: { path: '/p.bpfasm', text: 'nonsense' } }, /./],
  ])('%s is an answer, not a crash', async (_what, more, message) => {
    const replies = await started(FILES).ask({
      kind: 'run',
      file,
      program: null,
      events: '/c.pcap',
      engine: 'jit',
      ...more,
    });
    const last = replies.at(-1);
    expect(last?.kind).toBe('failed');
    expect(last?.kind === 'failed' ? last.message : '').toMatch(message);
  });

  it('keeps what was read of a damaged recording and says so', async () => {
    const service = started({ ...FILES, '/c.pcap': capture(300).subarray(0, 10_000) });
    const result = await report(service);
    expect(result.total).toBeGreaterThan(100);
    expect(result.notes.join(' ')).toMatch(/cut|end/i);
  });
});

const PROBES = `.license "GPL"
.map seen, type=array, key=4, value=8, entries=4
.section "kprobe/do_open"
entered:
    r0 = *(u64 *)(r1 + 112)
    exit
.section "cgroup/connect4"
redirected:
    *(u32 *)(r1 + 24) = 0x901f0000
    r0 = 1
    exit
.section "cgroup/getsockopt"
answered:
    r2 = *(u64 *)(r1 + 8)
    *(u8 *)(r2 + 0) = 7
    r0 = 1
    exit
`;
const HOOKS = [
  '{"format":"bpf-events","version":1,"maps":{"seen":[{"key":"01000000","value":"0500000000000000"}]}}',
  '{"ev":"kprobe:do_open","t":7,"pid":135,"tid":136,"comm":"cat","regs":{"di":42}}',
  '{"ev":"cgroup:connect4","fields":{"user_ip4":"192.0.2.1","user_port":80}}',
  '{"ev":"cgroup:getsockopt","fields":{"optlen":2},"data":"0102"}',
  '{"ev":"lsm:file_open","args":[1]}',
].join('\n');

describe('hooks in the run worker', () => {
  const service = started({ '/h.bpfasm': PROBES, '/h.jsonl': HOOKS });
  const request = { file: { path: '/h.bpfasm', text: null }, events: '/h.jsonl' };

  it('go to the programs that run at them', async () => {
    const result = await report(service, request);
    expect(result.programs.map(({ name, packets }) => [name, packets])).toEqual([
      ['entered', false],
      ['redirected', false],
      ['answered', false],
    ]);
    expect(result).toMatchObject({ total: 4, skipped: 1, hooks: true });
    expect(result.maps[0]?.entries).toMatchObject([{ key: '01000000' }]);
    const list = await rows(service, 0, 10, null);
    expect(
      list.rows.map(({ verdict, summary, lengthBefore, changed }) => [verdict, summary, lengthBefore, changed]),
    ).toEqual([
      ['42', 'kprobe:do_open · cat (135, thread 136)', 168, false],
      ['1', 'cgroup:connect4', 72, true],
      ['1', 'cgroup:getsockopt', 2, true],
      ['skipped', 'recorded at lsm:file_open, where no program of the file runs · lsm:file_open', 0, false],
    ]);
  });

  it('show registers, fields and what was changed', async () => {
    await report(service, request);
    const probe = await detail(service, 0);
    expect(probe).toMatchObject({ program: 'entered', before: null });
    expect(probe?.context).toHaveLength(21);
    expect(probe?.context?.[14]).toEqual({ name: 'di', type: 'unsigned long', before: '0x2a (42)', after: null });
    const connect = await detail(service, 1);
    expect(connect?.context?.filter(({ after }) => after !== null)).toEqual([
      { name: 'user_port', type: '__u32', before: '0x50 (80)', after: '0x901f0000 (2417950720)' },
    ]);
    expect(connect?.context?.[1]).toMatchObject({ name: 'user_ip4', before: '192.0.2.1' });
    expect(connect?.context?.at(-1)).toMatchObject({ name: 'sk', before: 'socket' });
    expect(await detail(service, 2)).toMatchObject({ before: '0102', after: '0702', program: 'answered' });
    expect(await detail(service, 3)).toMatchObject({ context: [] });
  });

  it('of one program only', async () => {
    const result = await report(service, { ...request, program: 'entered' });
    expect([result.programs.length, result.skipped]).toEqual([1, 3]);
    expect((await detail(service, 0))?.program).toBe(null);
  });

  it('packets have no context to show', async () => {
    const packets = started(FILES);
    const result = await report(packets);
    expect([result.hooks, result.program.packets]).toEqual([false, true]);
    expect((await detail(packets, 0))?.context).toBe(null);
  });
});
