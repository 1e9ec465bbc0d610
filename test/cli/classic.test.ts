import { describe, expect, it } from 'vitest';
import { readAll } from '../events/readAll.ts';
import { runMain } from './fakeWorld.ts';
import { files as samples } from './samples.ts';

/** UDP to port 53 over Ethernet and IPv4 without options. */
const DNS = `(000) ldh      [12]
(001) jeq      #0x800           jt 2	jf 7
(002) ldb      [23]
(003) jeq      #0x11            jt 4	jf 7
(004) ldh      [36]
(005) jeq      #0x35            jt 6	jf 7
(006) ret      #262144
(007) ret      #0
`;

const files = {
  ...samples,
  'dns.cbpf': DNS,
  'bad.cbpf': 'ldh [12]\njeq #0x800, nowhere\nret a\n',
  'nla.cbpf': 'ld nla\nret a\n',
  'short.cbpf': DNS.replace('#262144', '#20'),
  'two.txt': '2\n40 0 0 12\n22 0 0 0\n',
};

const run = (command: string): ReturnType<typeof runMain> => runMain(command.split(' '), { files });

describe('filters on the command line', () => {
  it('are checked', async () => {
    expect(await run('check dns.cbpf')).toMatchObject({ status: 0, out: expect.stringContaining('accepted') });
    const bad = await run('check bad.cbpf');
    expect(bad.status).toBe(1);
    expect(bad.out).toContain('There is no label nowhere');
    const unsupported = await run('check nla.cbpf');
    expect(unsupported.status).toBe(3);
    expect(unsupported.out).toContain('the netlink attribute of type X (nla)');
  });

  it.each(['jit', 'interpreter', 'both'])('run with the %s', async (engine) => {
    const { out, status } = await run(`run dns.cbpf --events dns.pcap --engine ${engine} --format jsonl`);
    expect(status).toBe(0);
    const lines = out.trimEnd().split('\n').map((line) => JSON.parse(line) as { verdict?: string; return?: number }); // prettier-ignore
    const verdicts = lines.flatMap(({ verdict }) => verdict ?? []);
    expect(verdicts).toEqual(['accept', 'drop', 'drop', 'accept', 'drop', 'drop', 'drop']);
  });

  it('can be asked for by verdict', async () => {
    const { out } = await run('run dns.cbpf --events dns.pcap --filter verdict==accept&&return==262144');
    expect(out).toContain('Matching packets  2');
  });

  it('write what they keep, as it was captured', async () => {
    const { written } = await run('run short.cbpf --events dns.pcap --output-packets kept.pcapng');
    const kept = readAll(written.get('kept.pcapng') ?? new Uint8Array());
    expect(kept.events.map(({ linkType, data, wireLength }) => [linkType, data.length, wireLength])).toEqual([
      [1, 20, 46],
      [1, 20, 42],
    ]);
  });

  it('do not run when the kernel would have to help', async () => {
    const { status, error } = await run('run nla.cbpf --events dns.pcap');
    expect(status).toBe(3);
    expect(error).toContain('the netlink attribute of type X (nla)');
  });

  it('are assembled to eBPF, also from files that are called otherwise', async () => {
    const hex = 'b400000000000000\nb407000000000000\nbf16000000000000\n280000000c000000\n9500000000000000\n';
    expect(await run('assemble two.txt --dialect classic')).toMatchObject({ status: 0, out: hex });
    expect((await run('assemble two.txt')).status).toBe(2);
  });

  it.each([
    ['d', DNS],
    ['dd', '{ 0x28, 0, 0, 0x0000000c },\n{ 0x15, 0, 5, 0x00000800 },\n'],
    ['ddd', '8\n40 0 0 12\n21 0 5 2048\n'],
    ['asm', '  ldh [12]\n  jneq #0x800, L7\n'],
  ])('are printed in style %s', async (style, text) => {
    const { out, status } = await run(`disassemble dns.cbpf --dialect classic --style ${style}`);
    expect(status).toBe(0);
    expect(out.startsWith(text)).toBe(true);
  });

  it('print as eBPF, with the lines of the filter', async () => {
    const { out } = await run('disassemble dns.cbpf --source');
    expect(out).toContain('; dns.cbpf:3  (002) ldb      [23]\n   5: r0 = *(u8 *)skb[23]\n');
  });

  it('are not what every program is', async () => {
    const { out, error, status } = await run('disassemble good.bpfasm --dialect classic');
    expect([out, status]).toEqual(['', 1]);
    expect(error).toMatch(/^good\.bpfasm: xdp cannot be written in classic BPF, because of instruction 0 \(r6 = /);
  });
});
