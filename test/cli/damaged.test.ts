import { expect, it } from 'vitest';
import { random } from '../events/readAll.ts';
import { runMain } from './fakeWorld.ts';
import { capture, dropDns } from './samples.ts';

const PIECES = [
  'r0',
  'r6',
  '+=',
  '38',
  'goto pass',
  'exit',
  '\n',
  '(u64 *)',
  'call',
  ' ll',
  '.map',
  '"xdp"',
  'pass:',
  '-1',
  '4294967295',
];

/** Deletes, repeats and puts in pieces of assembly. */
function damagedText(next: (below: number) => number): string {
  let text = dropDns(38);
  for (let i = 0; i <= next(4); i++) {
    const at = next(text.length);
    const kind = next(3);
    if (kind === 0) text = text.slice(0, at) + text.slice(at + 1 + next(12));
    else if (kind === 1) text = text.slice(0, at) + (PIECES[next(PIECES.length)] ?? '') + text.slice(at);
    else text = text.slice(0, at) + text.slice(next(at + 1), at) + text.slice(at);
  }
  return text;
}

function damagedBytes(bytes: Uint8Array, next: (below: number) => number): Uint8Array {
  const copy = bytes.slice();
  for (let i = 0; i <= next(5); i++) copy[next(copy.length)] = next(256);
  return copy.subarray(0, copy.length - (next(3) === 0 ? next(copy.length) : 0));
}

it('damaged programs and recordings get an answer: never an exception, never a difference between the engines', async () => {
  const next = random(99);
  const statuses = new Set<number>();
  for (let round = 0; round < 400; round++) {
    const files = { 'a.bpfasm': damagedText(next), 'd.pcap': damagedBytes(capture, next) };
    const words = [
      'run',
      'a.bpfasm',
      '--events',
      'd.pcap',
      '--engine',
      'both',
      ...(next(2) === 0 ? ['--unverified'] : []),
    ];
    const { status, error } = await runMain(words, { files });
    statuses.add(status);
    expect(`${error}\n${files['a.bpfasm']}`).not.toMatch(/internal error|engines differ/);
  }
  expect([...statuses]).toEqual(expect.arrayContaining([0, 1, 2]));
});
