import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createReader } from '../../server/src/events/openRecording.ts';
import type { Event } from '../../server/src/events/event.ts';
import { verify } from '../../server/src/verifier/verify.ts';
import { classicProgram } from '../asm/classicPrograms.ts';
import { sessionOf } from '../run/classicRun.ts';
import { EXAMPLES_FOLDER } from '../support/exampleFiles.ts';
import { kernelOracle } from '../support/oracle.ts';

/** How many packets of captures/mixed.pcap tcpdump finds with each filter. */
const COUNTS: Readonly<Record<string, number>> = { 'filter-web-and-dns.cbpf': 11 };

const names = readdirSync(EXAMPLES_FOLDER).filter((name) => name.endsWith('.cbpf'));
const read = (name: string): string => readFileSync(path.join(EXAMPLES_FOLDER, name), 'utf8');

describe('examples in classic BPF', () => {
  it('are those whose counts are known, and stand in the README', () => {
    expect(names).toEqual(Object.keys(COUNTS));
    expect(names.filter((name) => !read('README.md').includes(name))).toEqual([]);
  });

  it.each(names)('%s is accepted and finds what tcpdump finds', (name) => {
    const program = classicProgram(read(name));
    expect(verify(program).outcome).toBe('accepted');
    const session = sessionOf(program, 'both');
    const reader = createReader();
    const each = (event: Event): void => void session.run(event);
    reader.push(new Uint8Array(readFileSync(path.join(EXAMPLES_FOLDER, 'captures/mixed.pcap'))), each);
    reader.end(each);
    expect(session.difference).toBe(null);
    expect(session.summary().returns.get('accept')).toBe(COUNTS[name]);
  });

  const oracle = kernelOracle();
  it.skipIf(oracle === null)('are accepted by the running kernel (skipped where there is none)', () => {
    const verdicts = oracle?.verify(names.map((name) => classicProgram(read(name)))) ?? [];
    expect(verdicts.map(({ verdict }) => verdict)).toEqual(names.map(() => 'accept'));
  });
});
