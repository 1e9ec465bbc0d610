import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { littleEndian, toHex } from '../../server/src/base/bytes.ts';
import type { Event } from '../../server/src/events/event.ts';
import { createReader } from '../../server/src/events/openRecording.ts';
import { openCSource } from '../../server/src/ide/c/openCSource.ts';
import type { BpfObject, Program } from '../../server/src/program/program.ts';
import { createRunSession } from '../../server/src/run/session.ts';
import { verify } from '../../server/src/verifier/verify.ts';
import { EXAMPLES_FOLDER } from '../support/exampleFiles.ts';
import { kernelOracle } from '../support/oracle.ts';

const oracle = kernelOracle();
const examples = readdirSync(EXAMPLES_FOLDER).filter((name) => name.endsWith('.bpf.c'));
const PROFILES = ['optimised', 'debug'] as const;

/** Examples that are wrong on purpose, with the expression that is. */
const WRONG: Readonly<Record<string, RegExp>> = { 'xdp-flows-unchecked.bpf.c': /^ports\[1\]/ };

function textOf(name: string): string {
  return readFileSync(path.join(EXAMPLES_FOLDER, name), 'utf8');
}

/** As run and debugged where there are no headers but our own. */
async function objectOf(name: string, profile: (typeof PROFILES)[number]): Promise<BpfObject> {
  const host = { readFile: () => Promise.reject(new Error('there are no files')) };
  const opened = await openCSource({ path: name, text: textOf(name) }, host, { user: {}, profile, kernelBtf: '' });
  if ('problem' in opened) throw new Error(opened.problem);
  expect(opened.object.diagnostics).toEqual([]);
  return opened.object;
}

/** The source from where an instruction belongs to on. */
function textAt({ lines }: Program, text: string, pc: number): string {
  const { line = 1, column = 1 } = lines.findLast((one) => one.pc <= pc) ?? {};
  return (text.split('\n')[line - 1] ?? '').slice(column - 1);
}

const cases = examples.flatMap((name) => PROFILES.map((profile) => [name, profile] as const));

describe('examples in C', () => {
  it.each(cases)('%s, %s', async (name, profile) => {
    for (const program of (await objectOf(name, profile)).programs) {
      const { outcome, finding } = verify(program);
      expect([outcome, finding?.kernelMessage ?? null]).toEqual(
        name in WRONG ? ['rejected', expect.stringMatching(/^invalid access to packet/)] : ['accepted', null],
      );
      if (name in WRONG) expect(textAt(program, textOf(name), finding?.pc ?? -1)).toMatch(WRONG[name] ?? '');
    }
  });

  it('are all listed in their README', () => {
    const readme = textOf('README.md');
    expect(examples.filter((name) => !readme.includes(`(${name})`))).toEqual([]);
  });

  it.each(PROFILES)('count the flows of the capture, %s', async (profile) => {
    const object = await objectOf('xdp-flows.bpf.c', profile);
    const session = createRunSession(object, object.programs, { engine: 'both' });
    if (typeof session === 'string') throw new Error(session);
    const each = (event: Event): void => void session.run(event);
    const reader = createReader();
    reader.push(readFileSync(path.join(EXAMPLES_FOLDER, 'captures/mixed.pcap')), each);
    reader.end(each);
    const { returns, maps } = session.summary();
    expect([session.difference, returns.get('XDP_DROP')]).toEqual([null, 4]);
    const flows = maps.find(({ name }) => name === 'flows')?.entries ?? [];
    // From 192.0.2.10 to TCP port 80: four packets, 253 bytes.
    const web = flows.find(({ key }) => toHex(key) === 'c000020a50000600');
    expect(littleEndian(web?.values[0]?.subarray(0, 8) ?? new Uint8Array())).toBe(4n);
  });
});

describe.skipIf(oracle === null)('examples in C, against the running kernel (skipped where there is none)', () => {
  it.each(cases)('%s, %s', async (name, profile) => {
    const verdicts = oracle?.verify((await objectOf(name, profile)).programs) ?? [];
    expect(new Set(verdicts.map(({ verdict }) => verdict))).toEqual(new Set([name in WRONG ? 'reject' : 'accept']));
  });
});
