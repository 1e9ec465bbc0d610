import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sharedFolder, sharedPath } from '../support/shared.ts';
import { goldenLines, readSet, runLikeKernel } from './goldenRun.ts';

const PROGRAMS: readonly (readonly [program: string, object: string, versions: readonly string[]])[] = [
  ['xdp_count', 'xdp_count', ['v1', 'v2', 'v3', 'v4']],
  ['xdp_rewrite', 'xdp_rewrite', ['v1', 'v2', 'v3', 'v4']],
  ['xdp_alu', 'xdp_alu', ['v3', 'v4']],
  ['tc_port', 'tc_port', ['v1', 'v2', 'v3', 'v4']],
  ['cg_ingress', 'cgroup_skb', ['v1', 'v2', 'v3', 'v4']],
  ['cg_egress', 'cgroup_skb', ['v1', 'v2', 'v3', 'v4']],
  ['sock_filter', 'sock_filter', ['v1', 'v2', 'v3', 'v4']],
  ['sock_fields', 'sock_filter', ['v1', 'v2', 'v3', 'v4']],
];

const results = (program: string): string => sharedPath('recordings/golden/results', program);

/** Captures with results, "dns" or "zeek__get". */
function captures(program: string): string[] {
  if (sharedFolder === null) return [];
  const names = readdirSync(results(program)).filter((name) => name.endsWith('.jsonl') && !name.includes('digest'));
  return names.map((name) => name.replace('.jsonl', ''));
}

function captureFile(name: string): string {
  const folder = name.includes('__') ? 'pcap-thirdparty' : 'pcap';
  return sharedPath('recordings', folder, `${name}.pcap`);
}

describe.skipIf(sharedFolder === null)('runs equal the kernel’s (skipped where ../shared is absent)', () => {
  describe.each(PROGRAMS)('%s', (program, object, versions) => {
    const set = existsSync(`${results(program)}/SET.txt`) ? readSet(`${results(program)}/SET.txt`) : null;
    const cases = versions.flatMap((version) =>
      (['jit', 'interpreter'] as const).flatMap((engine) =>
        captures(program).map((capture) => ({ version, engine, capture })),
      ),
    );

    it('has captures', () => expect(captures(program).length).toBeGreaterThan(15));

    it.each(cases)('$version $engine $capture', ({ version, engine, capture }) => {
      const file = sharedPath('recordings/golden/objs', `${object}.${version}.o`);
      const lines = runLikeKernel(file, program, captureFile(capture), engine, set);
      expect(lines).toEqual(goldenLines(`${results(program)}/${capture}.jsonl`));
    });
  });

  it.each([
    ['xdp_count', 'xdp_count'],
    ['cg_ingress', 'cgroup_skb'],
  ])('%s over raw IP with a made-up Ethernet header', (program, object) => {
    const file = sharedPath('recordings/golden/objs', `${object}.v3.o`);
    const lines = runLikeKernel(file, program, sharedPath('recordings/pcap/rawip.pcap'), 'jit', null);
    expect(lines).toEqual(
      goldenLines(sharedPath('recordings/golden/results/options', `${program}.rawip-eth-auto.jsonl`)),
    );
  });
});

/** Fields of the context that the runs in results/options were given. */
const OPTIONS: readonly (readonly [program: string, object: string, capture: string, file: string, fields: object])[] =
  [
    ['xdp_count', 'xdp_count', 'http', 'xdp_count.meta8.http', { data: 8 }],
    ['xdp_rewrite', 'xdp_rewrite', 'ipv6', 'xdp_rewrite.meta12.ipv6', { data: 12 }],
    [
      'tc_port',
      'tc_port',
      'dns',
      'tc_port.skb-fields.dns',
      {
        mark: 4660,
        priority: 7,
        ingress_ifindex: 1,
        'cb[4]': 3_735_928_559,
        tstamp: 123_456_789,
        wire_len: 9000,
        gso_segs: 2,
        gso_size: 1000,
      },
    ],
  ];

describe.skipIf(sharedFolder === null)('contexts with fields that are told (skipped where ../shared is absent)', () => {
  const cases = OPTIONS.flatMap((row) => (['jit', 'interpreter'] as const).map((engine) => [...row, engine] as const));
  it.each(cases)('%s of %s over %s: %s', (program, object, capture, file, fields, engine) => {
    const told = new Map(Object.entries(fields).map(([name, value]) => [name, BigInt(value as number)]));
    const set = program === 'tc_port' ? readSet(`${results(program)}/SET.txt`) : null;
    const objectFile = sharedPath('recordings/golden/objs', `${object}.v3.o`);
    const lines = runLikeKernel(objectFile, program, captureFile(capture), engine, set, told);
    expect(lines).toEqual(goldenLines(sharedPath('recordings/golden/results/options', `${file}.jsonl`)));
  });
});
