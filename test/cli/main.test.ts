import { toHex } from '../../server/src/base/bytes.ts';
import { describe, expect, it } from 'vitest';
import { readAll } from '../events/readAll.ts';
import { sampleBytes } from '../elf/sample.ts';
import { runMain } from './fakeWorld.ts';
import { capture, files } from './samples.ts';

const run = (command: string, setting: object = {}): ReturnType<typeof runMain> =>
  runMain(command.split(' '), { files, ...setting });

/** The lines of a run, without what only one engine knows. */
async function jsonLines(engine: string): Promise<unknown[]> {
  const { out } = await run(`run good.bpfasm --events dns.pcap --format jsonl --engine ${engine}`);
  const withoutCounts = out.trimEnd().replaceAll(/"insns":(null|\d+)/g, '"insns":null');
  return withoutCounts.split('\n').map((line) => JSON.parse(line) as unknown);
}

describe('exit status and complaints', () => {
  it.each([
    // Nothing to complain about.
    ['check good.bpfasm', 0, ''],
    ['check good.bpfasm tc.bpfasm', 0, ''],
    ['run good.bpfasm --events dns.pcap', 0, ''],
    ['check count.bpf.c', 0, ''],
    ['run count.bpf.c --events dns.pcap --engine both', 0, ''],
    ['compile count.bpf.c', 0, ''],
    // Refused, trapped or failed.
    ['check bad.bpfasm', 1, ''],
    ['check unchecked.bpf.c', 1, ''],
    ['check good.bpfasm bad.bpfasm', 1, ''],
    ['check typos.bpfasm', 1, ''],
    [
      'check --format json typos.bpfasm',
      1,
      'typos.bpfasm:3:8: There is no constant bogus\ntypos.bpfasm:4:3: No instruction begins with exut; did you mean exit?\n',
    ],
    ['run bad.bpfasm --unverified --events dns.pcap', 1, ''],
    [
      'assemble typos.bpfasm',
      1,
      'typos.bpfasm:3:8: There is no constant bogus\ntypos.bpfasm:4:3: No instruction begins with exut; did you mean exit?\n',
    ],
    // Bad usage.
    ['', 2, null],
    ['chekc x', 2, "ebpf-workbench: unknown command 'chekc'; did you mean check?\n"],
    ['frobnicate', 2, "ebpf-workbench: unknown command 'frobnicate'; see ebpf-workbench --help\n"],
    ['toString', 2, "ebpf-workbench: unknown command 'toString'; see ebpf-workbench --help\n"],
    ['check', 2, 'ebpf-workbench: check needs a file: ebpf-workbench check FILE… [options]\n'],
    ['check --frmat json good.bpfasm', 2, 'ebpf-workbench: unknown option --frmat; did you mean --format?\n'],
    [
      'check --format yaml good.bpfasm',
      2,
      "ebpf-workbench: option --format is one of text, json, sarif, github, not 'yaml'\n",
    ],
    ['check good.bpfasm --format', 2, 'ebpf-workbench: option --format needs a value: --format FORMAT\n'],
    ['check good.bpfasm --privileged=1', 2, 'ebpf-workbench: option --privileged takes no value\n'],
    [
      'check good.bpfasm --privileged --unprivileged',
      2,
      'ebpf-workbench: --privileged and --unprivileged exclude each other\n',
    ],
    [
      'check good.bpfasm --kernel 2.4',
      2,
      "ebpf-workbench: unsupported kernel '2.4': versions from 5.4 to 7.0 are known, as in 6.1\n",
    ],
    ['check good.bpfasm --btf vmlinux', 2, 'ebpf-workbench: vmlinux: no such file or directory\n'],
    ['check good.bpfasm --program nope', 2, "good.bpfasm: no program 'nope' in this file; it has xdp\n"],
    ['run good.bpfasm', 2, 'ebpf-workbench: run needs a recording: --events FILE.pcap\n'],
    ['run good.bpfasm other --events dns.pcap', 2, "ebpf-workbench: unexpected argument 'other'\n"],
    [
      'run good.bpfasm --events dns.pcap --select 5-1',
      2,
      'ebpf-workbench: --select: the range 5-1 ends before it begins\n',
    ],
    [
      'run good.bpfasm --events dns.pcap --filter return=1',
      2,
      "ebpf-workbench: --filter: unexpected '=' at position 7\n",
    ],
    ['run good.bpfasm --events dns.pcap --seed -1', 2, "ebpf-workbench: --seed: '-1' is no number below 2^32\n"],
    ['run good.bpfasm --events dns.pcap --cpus 0', 2, "ebpf-workbench: --cpus: '0' is no number from 1 to 1024\n"],
    [
      'run good.bpfasm --events dns.pcap --budget 0',
      2,
      "ebpf-workbench: --budget: '0' is no number of instructions from 1 to 1000000000000\n",
    ],
    [
      'run good.bpfasm --events dns.pcap --maps badkey.json',
      2,
      'badkey.json:1:21: counts[0].key: expected 4 bytes in hex, not 2\n',
    ],
    [
      'run good.bpfasm --events dns.pcap --maps nomap.json',
      2,
      'nomap.json:1:2: there is no map nothing; there are counts\n',
    ],
    ['run good.bpfasm --events dns.pcap --maps broken.json', 2, null],
    ['run good.bpfasm --events dns.pcap --maps none.json', 2, 'ebpf-workbench: none.json: no such file or directory\n'],
    [
      'run good.bpfasm --events dns.pcap --world bad.bpfworld.json',
      2,
      'ebpf-workbench: bad.bpfworld.json:2:11: cpus: expected a whole number from 1 to 1024\n' +
        'bad.bpfworld.json:3:3: route: there is no such member; there are bootTime, ticks, seed, cpus, cpu, numaNode, task, devices, routes, neighbours, sockets, cgroups, files, symbols, mocks\n',
    ],
    [
      'run good.bpfasm --events dns.pcap --world none.json',
      2,
      'ebpf-workbench: none.json: no such file or directory\n',
    ],
    [
      'run good.bpfasm --events dns.pcap --output-packets /readonly/x',
      2,
      'ebpf-workbench: /readonly/x: permission denied\n',
    ],
    [
      'assemble good.bpfasm -o out.o',
      2,
      'ebpf-workbench: unsupported format elf: objects cannot be written yet; use --format hex or bin\n',
    ],
    ['assemble good.bpfasm --format bin', 2, 'ebpf-workbench: --format bin needs a file: -o OUT.bin\n'],
    ['run good.bpfasm --events dns.pcap --coverage /readonly/c', 2, 'ebpf-workbench: /readonly/c: permission denied\n'],
    ['assemble good.bpfasm -o /readonly/x.bin', 2, null],
    ['assemble prog.bin', 2, null],
    ['conformance-plugin xyz', 2, 'ebpf-workbench: the memory argument is no hex text\n'],
    ['lsp', 2, 'ebpf-workbench: lsp needs --stdio\n'],
    ['lsp --stdio', 2, 'ebpf-workbench: unsupported command lsp: not part of this build\n'],
    ['dap --stdio --port 1', 2, 'ebpf-workbench: dap needs either --stdio or --port N\n'],
    ['dap --port 99999', 2, "ebpf-workbench: '99999' is no port\n"],
    // Unreadable input.
    ['check none.bpfasm', 2, 'none.bpfasm: no such file or directory\n'],
    ['check none.bpfasm bad.bpfasm', 2, 'none.bpfasm: no such file or directory\n'],
    ['check noise.o', 2, 'noise.o: not an ELF object\n'],
    [
      'check prog.txt',
      2,
      'prog.txt: unknown kind of file: expected assembly (.bpfasm, .s, .asm, .ebpf), classic BPF (.cbpf) or an ELF object\n',
    ],
    ['check prog.bin', 2, 'prog.bin: raw instructions need a program type: --type xdp\n'],
    ['check odd.bin --type xdp', 2, 'odd.bin: raw instructions take 8 bytes each, but the file has 5\n'],
    ['run empty.bpfasm --events dns.pcap', 2, 'empty.bpfasm: no programs\n'],
    ['run good.bpfasm --events none.pcap', 2, 'none.pcap: no such file or directory\n'],
    ['run good.bpfasm --events zero.pcap', 2, 'zero.pcap: the recording is empty\n'],
    [
      'run good.bpfasm --events text.pcap',
      2,
      'text.pcap: this is no recording that can be read: expected pcap, pcapng or JSON Lines\n',
    ],
    ['run good.bpfasm --events gzip.pcap', 2, 'gzip.pcap: the recording is compressed with gzip; unpack it first\n'],
    [
      'run good.bpfasm --events cut.pcap',
      2,
      'cut.pcap: packet 7 at byte 330 is cut: 40 of 43 bytes are there; the 6 packets before it are kept\n',
    ],
    // Unsupported.
    ['run ext.bpfasm --events dns.pcap', 3, 'ext.bpfasm: programs of type ext cannot be run on recorded events yet\n'],
    ['run good.bpfasm --events wifi.pcap', 3, ''],
  ] as const)('%s -> %i', async (command, status, error) => {
    const outcome = await run(command === '' ? '' : command, {});
    expect({ status: outcome.status, error: error === null ? null : outcome.error }).toEqual({ status, error });
    if (status === 2) expect(outcome.error).not.toBe('');
  });

  it('no words at all are bad usage', async () => {
    const { status, error } = await runMain([], { files });
    expect(status).toBe(2);
    expect(error).toContain('Usage: ebpf-workbench COMMAND');
  });
});

describe('run', () => {
  it('writes the packets after the program', async () => {
    const { written, status } = await run(
      'run good.bpfasm --events dns.pcap --output-packets out.pcapng --filter return==1',
    );
    const { events, problems } = readAll(written.get('out.pcapng') ?? new Uint8Array());
    expect(status).toBe(0);
    expect(problems).toEqual([]);
    expect(events.map(({ packetId, verdict, timeNs }) => [packetId, verdict?.value, timeNs])).toEqual([
      [0n, 1n, 1_700_000_000_000_001_000n],
      [3n, 1n, 1_700_000_001_000_004_000n],
    ]);
  });

  it.each(['jit', 'interpreter', 'both'])('takes answers from a world file with the %s', async (engine) => {
    const command = `run redirect.bpfasm --events dns.pcap --select 0-2 --format jsonl --world lab.bpfworld.json`;
    const { out, status } = await run(`${command} --engine ${engine}`);
    const lines = out.trimEnd().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>); // prettier-ignore
    expect(status).toBe(0);
    expect(lines.slice(0, 3).map(({ verdict, redirect }) => [verdict, redirect])).toEqual([
      ['XDP_REDIRECT', { kind: 'device', target: 1, flags: 0, map: null }],
      ['XDP_REDIRECT', { kind: 'device', target: 2, flags: 0, map: null }],
      ['XDP_REDIRECT', { kind: 'device', target: 2, flags: 0, map: null }],
    ]);
  });

  it.each(['jit', 'interpreter', 'both'])('writes coverage with engine %s', async (engine) => {
    const { written } = await run(`run good.bpfasm --events dns.pcap --coverage c.json --engine ${engine}`);
    const coverage = JSON.parse(new TextDecoder().decode(written.get('c.json'))) as {
      programs: { name: string; insns: { pc: number; count: number; source: unknown }[] }[];
    };
    const [program] = coverage.programs;
    expect(program?.name).toBe('xdp');
    expect(program?.insns[0]).toEqual({ pc: 0, count: 6, source: { path: 'good.bpfasm', line: 5 } });
    expect(program?.insns.find(({ pc }) => pc === 11)?.count).toBe(2);
  });

  it('shows a profile that is the same in both engines', async () => {
    const [jit, interpreter] = await Promise.all(
      ['jit', 'interpreter'].map((engine) => run(`run good.bpfasm --events dns.pcap --profile --engine ${engine}`)),
    );
    const shown = (out: string): string => out.slice(out.indexOf('Profile'));
    expect(shown(jit?.out ?? '')).toBe(shown(interpreter?.out ?? ''));
    expect(shown(jit?.out ?? '')).toMatch(
      /^Profile {2}\d+ instructions; a packet took \d+ to \d+, packet \d the most\n/,
    );
    expect(shown(jit?.out ?? '')).toMatch(/\d+\.\d % +\d+ {2}good\.bpfasm:\d+ /);
  });

  it('gives the instructions of each packet and the profile as JSON', async () => {
    const documents = await Promise.all(
      ['jit', 'interpreter', 'both'].map(async (engine) => {
        const { out } = await run(`run good.bpfasm --events dns.pcap --format json --profile --engine ${engine}`);
        return JSON.parse(out) as { events: { insns: number | null }[]; summary: { profile: { insns: number } } };
      }),
    );
    const seen = documents.map(({ events, summary }) => [events.map(({ insns }) => insns), summary.profile]);
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[2]).toEqual(seen[0]);
    const sum = documents[0]?.events.reduce((total, { insns }) => total + (insns ?? 0), 0);
    expect(documents[0]?.summary.profile.insns).toBe(sum);
  });

  it.each(['jit', 'interpreter'])('stops after a budget, with engine %s', async (engine) => {
    const { status, out } = await run(`run good.bpfasm --events dns.pcap --budget 5 --engine ${engine} --format jsonl`);
    expect(status).toBe(1);
    const [first] = out.split('\n');
    expect(JSON.parse(first ?? '')).toMatchObject({
      insns: 5,
      trap: { kind: 'budget', message: 'still running after 5 instructions' },
    });
  });

  it('gives one JSON document', async () => {
    const { out } = await run('run good.bpfasm --events dns.pcap --format json');
    const document = JSON.parse(out) as { events: { index: number }[]; summary: { events: number } };
    expect(document.events.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(document.summary.events).toBe(7);
  });

  it('gives a valid JSON document without events', async () => {
    const { out } = await run('run good.bpfasm --events dns.pcap --format json --select 100');
    expect(JSON.parse(out)).toMatchObject({ events: [], summary: { events: 0, nsPerEvent: null } });
  });

  it('gives JSON lines that equal between the engines', async () => {
    const jit = await jsonLines('jit');
    expect(jit).toHaveLength(8);
    expect(await jsonLines('interpreter')).toEqual(jit);
    expect(await jsonLines('both')).toEqual(jit);
  });

  it('stops when nobody reads any more', async () => {
    const { out, error, status } = await run('run good.bpfasm --events dns.pcap --format jsonl', { closesAfter: 1 });
    expect(status).toBe(0);
    expect(error).toBe('');
    expect(out.split('\n').length).toBeLessThan(8);
  });

  it('reads no further than the selection', async () => {
    const { out, error, status } = await run('run good.bpfasm --events cut.pcap --select 0-1 --format jsonl');
    expect([status, error, out.trimEnd().split('\n').length]).toEqual([0, '', 3]);
  });
});

describe('check', () => {
  it('gives the JSON of the contract', async () => {
    const { out, status } = await run('check good.bpfasm bad.bpfasm none.bpfasm --format json');
    const document = JSON.parse(out) as { files: { programs: { diagnostics: object[] }[] }[] };
    expect(status).toBe(2);
    expect(document).toMatchObject({
      version: 1,
      kernel: '6.18',
      files: [
        {
          path: 'good.bpfasm',
          error: null,
          programs: [{ name: 'xdp', section: 'xdp', type: 'xdp', insns: 24, outcome: 'accepted', diagnostics: [] }],
        },
        { path: 'bad.bpfasm', error: null, programs: [{ name: 'xdp', outcome: 'rejected' }] },
        { path: 'none.bpfasm', error: 'no such file or directory', programs: [] },
      ],
    });
    expect(document.files[1]?.programs[0]?.diagnostics[0]).toMatchObject({
      kernelMessage: 'invalid access to packet, off=23 size=1, R6(id=0,off=23,r=14)',
      pc: 7,
      source: { path: 'bad.bpfasm', line: 12, column: 3 },
      fix: null,
    });
  });

  it('gives SARIF', async () => {
    const { out } = await run('check bad.bpfasm typos.bpfasm --format sarif');
    const { version, runs } = JSON.parse(out) as { version: string; runs: { results: { locations: unknown[] }[] }[] };
    expect(version).toBe('2.1.0');
    expect(runs[0]?.results).toHaveLength(3);
    expect(runs[0]?.results[0]?.locations).toEqual([
      { physicalLocation: { artifactLocation: { uri: 'bad.bpfasm' }, region: { startLine: 12, startColumn: 3 } } },
    ]);
  });

  it('prints the log when asked', async () => {
    const { out } = await run('check bad.bpfasm --log 1');
    expect(out).toContain('7: (71) r3 = *(u8 *)(r6 +23)\ninvalid access to packet');
    expect((await run('check bad.bpfasm')).out).not.toContain('(71)');
  });

  it('lets no control characters of a file reach the terminal', async () => {
    const evil = { 'evil.bpfasm': '.section "xdp"\n \u001B]0;owned\u0007 r0 = \u009B31m\n exit\n' };
    for (const color of [false, true]) {
      const { out, error } = await run('check evil.bpfasm', { files: evil, color });
      expect(out).toContain('\uFFFD');
      const ours = ['1', '22', '31', '39', '34', '2'].map((code) => `\u001B[${code}m`);
      const left = ours.reduce((text, code) => text.replaceAll(code, ''), out + error);
      expect(left).not.toMatch(/(?!\n)\p{Cc}/u);
    }
  });

  it('shows a long line around what is wrong with it', async () => {
    const long = `.section "xdp"\n${' '.repeat(300)}exut${' '.repeat(5)}// ${'x'.repeat(300)}\n`;
    const { out } = await run('check long.bpfasm', { files: { 'long.bpfasm': long }, columns: 80 });
    for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    const [source = '', carets = ''] = out.split('\n').slice(3);
    expect(source.slice(carets.indexOf('^'), carets.lastIndexOf('^') + 1)).toBe('exut');
  });

  it('shows the first problems only', async () => {
    const many = `.section "xdp"\n${'exut\n'.repeat(80)}`;
    const { out } = await run('check many.bpfasm', { files: { 'many.bpfasm': many } });
    expect(out.match(/^error/gm)).toHaveLength(50);
    expect(out).toContain('… 30 more problems in many.bpfasm\n');
  });

  it('uses colour only when told to', async () => {
    expect((await run('check bad.bpfasm')).out).not.toContain('\u001B');
    const { out } = await run('check bad.bpfasm', { color: true });
    expect(out).toContain('\u001B[31m');
  });
});

describe('assemble', () => {
  it('writes raw instructions that check reads again', async () => {
    const { written, status } = await run('assemble tc.bpfasm -o tc.bin');
    expect(status).toBe(0);
    const again = await run('check tc.bin --type sched_cls', { files: { 'tc.bin': written.get('tc.bin') } });
    expect(again.out).toBe('tc (sched_cls, 4 insns) accepted, processed 4\n');
  });
});

it.each([
  ['a b#c?.bpfasm', 'a%20b%23c%3F.bpfasm'],
  ['x/a:b.bpfasm', 'x/a%3Ab.bpfasm'],
  ['/x/a.bpfasm', 'file:///x/a.bpfasm'],
  ['C:\\x\\a.bpfasm', 'file:///C:/x/a.bpfasm'],
])('SARIF names %s %s', async (path, uri) => {
  const { out } = await runMain(['check', path, '--format', 'sarif'], { files: { [path]: files['bad.bpfasm'] ?? '' } });
  expect(out).toContain(`"uri": "${uri}"`);
});

describe('files that are no text', () => {
  it.each([
    ['UTF-16', Buffer.from('\ufeffr0 = 2\nexit\n', 'utf16le'), 'the text is in UTF-16; save it as UTF-8'],
    ['a recording', capture, 'this is no text: it has zero bytes'],
  ])('%s', async (_, bytes, message) => {
    const { status, out, error } = await run('check a.bpfasm', { files: { 'a.bpfasm': bytes } });
    expect([status, out, error]).toEqual([2, '', `a.bpfasm: ${message}\n`]);
  });
});

describe('conformance plugin', () => {
  const exit = '9500000000000000';
  it.each([
    ['constant', `b700000001000000 ${exit}`, '', 0, '1\n'],
    ['all 64 bits', `b7000000ffffffff ${exit}`, '', 0, 'ffffffffffffffff\n'],
    ['first byte of memory', `7110000000000000 ${exit}`, 'aabb', 0, 'aa\n'],
    ['length of memory', `bf20000000000000 ${exit}`, 'aabbcc', 0, '3\n'],
    ['bad access', `7110000000000000 ${exit}`, '', 1, ''],
    ['reserved field', `b700000100000000 ${exit}`, '', 1, ''],
    ['unknown instruction', `ff00000000000000 ${exit}`, '', 1, ''],
    ['no hex', 'xyz', '', 2, ''],
    ['nothing', '', '', 2, ''],
  ])('%s', async (_, input, memory, status, out) => {
    for (const engine of ['jit', 'interpreter']) {
      const words = ['conformance-plugin', ...(memory === '' ? [] : [memory]), '--engine', engine];
      const outcome = await runMain(words, { files, input });
      expect([outcome.status, outcome.out]).toEqual([status, out]);
    }
  });

  it('takes objects as hex', async () => {
    // The first program of the object is r0 = 2 and exit.
    const outcome = await runMain(['conformance-plugin', '--elf'], {
      files,
      input: toHex(sampleBytes('maps.clang19.o')),
    });
    expect([outcome.status, outcome.out]).toEqual([0, '2\n']);
    const without = await runMain(['conformance-plugin', '--elf'], { files, input: '7f454c46' });
    expect(without.status).toBe(2);
  });
});
