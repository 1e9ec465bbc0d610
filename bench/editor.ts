/**
 * How long a keystroke in a program of 500 lines keeps the processor busy until its findings are there, over the protocol
 * in one process: the middle and the slowest twentieth, in milliseconds and as ratios to opening the same text in a new
 * server.
 */
import { LspClient } from '../test/lsp/client.ts';
import { cpuMs } from './contender.ts';

const KEYSTROKES = 300;
const LINES = 500;

export async function measureEditor(): Promise<void> {
  const lines = longProgram();
  const whole = await opening(lines.join('\n'));
  console.log(`opening ${lines.length} lines: ${whole.toFixed(1)} ms`);
  const { client } = await LspClient.start();
  const found = await client.open(lines.join('\n'));
  if (found.length > 0) throw new Error(`the program should be accepted: ${JSON.stringify(found[0]?.message)}`);
  for (const typed of TYPED) {
    const times = await keystrokes(client, typed, lines);
    const [middle = 0, slow = 0] = [0.5, 0.95].map((part) => times[Math.floor(times.length * part)]);
    const figure = (ms: number): string => `${ms.toFixed(1)} ms (${(ms / whole).toFixed(2)} of opening)`;
    console.log(`${typed.what}: p50 ${figure(middle)}, p95 ${figure(slow)}`);
  }
  client.stop();
}

/** Looks at one byte of the packet after the other, with a branch, a spill and a counter each. */
function longProgram(): string[] {
  const lines = ['.license "GPL"', '.map counts, type=array, key=4, value=8, entries=64', '.section "xdp"', 'main:'];
  lines.push('  r6 = *(u32 *)(r1 + 0)', '  r7 = *(u32 *)(r1 + 4)', '  r8 = 0');
  for (let block = 0; lines.length < LINES - 3; block++)
    lines.push(
      `  r2 = r6 // byte ${block}`,
      `  r2 += ${block + 1}`,
      '  if r2 > r7 goto out',
      `  r3 = *(u8 *)(r6 + ${block})`,
      '  *(u32 *)(r10 - 4) = r3',
      `  if r3 != ${block} goto next${block}`,
      '  r3 &= 63',
      '  *(u32 *)(r10 - 4) = r3',
      '  r2 = r10',
      '  r2 += -4',
      '  r1 = counts ll',
      '  call bpf_map_lookup_elem',
      `  if r0 == 0 goto next${block}`,
      '  r1 = 1',
      '  lock *(u64 *)(r0 + 0) += r1',
      `next${block}:`,
      '  r8 += 1',
    );
  lines.push('out:', '  r0 = 2', '  exit');
  return lines;
}

/** What is typed, a letter at a time, at the end of lines of a kind: the last changes the program with each letter. */
const TYPED = [
  { what: 'in a comment', text: ' // soon', lines: /./ },
  { what: 'a new instruction', text: '\n  r5 = 1\n  r5 += r8', lines: /./ },
  { what: 'a number', text: '123', lines: /r8 \+= 1$/ },
] as const;

async function keystrokes(
  client: LspClient,
  { text, lines: kind }: (typeof TYPED)[number],
  from: string[],
): Promise<number[]> {
  const times: number[] = [];
  const places = from.flatMap((line, at) => (at > 10 && at < from.length - 10 && kind.test(line) ? [at] : []));
  for (let round = 0; times.length < KEYSTROKES; round++) {
    let line = places[(round * 37) % places.length] ?? 0;
    let character = from[line]?.length ?? 0;
    for (const letter of text) {
      const start = { line, character };
      const started = cpuMs();
      await client.edit([{ range: { start, end: start }, text: letter }]);
      times.push(cpuMs() - started);
      [line, character] = letter === '\n' ? [line + 1, 0] : [line, character + 1];
    }
    await client.edit([{ text: from.join('\n') }]);
  }
  return times.sort((a, b) => a - b);
}

async function opening(text: string): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < 20; round++) {
    const { client } = await LspClient.start();
    const started = cpuMs();
    await client.open(text);
    times.push(cpuMs() - started);
    client.stop();
  }
  return times.sort((a, b) => a - b)[times.length >> 1] ?? 0;
}
