/**
 * Compares our front end's messages with clang 19's, by line, column and words.
 *   npm run messages -- --sources LIST [--mutants 0] [--first 0] [--seed 1] [--tokens 60000] [--show CODE] [--flags "-Wall"]
 *
 * LIST is a JSON list of { path, args }: sources and clang's arguments for them. Without `--mutants` the sources are
 * compared as they are; with it so many texts with one mistake each are made of them. `--show` prints the differences
 * whose option it begins (`all` for each one, `count` for mistakes that one of both does not see).
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { randomNumbers } from '../support/random.ts';
import { textsOnDisk } from '../support/textsOnDisk.ts';
import { clangMessages, openWorkshop } from './clangMessages.ts';
import { DAMAGES, damaged, wordsOf } from './damage.ts';
import { type Message, compare, keyOf } from './messages.ts';
import { type FrontEnd, openFrontEnd, ourMessages } from './ourMessages.ts';
import { newTally, tableOf, take } from './tally.ts';

const { values } = parseArgs({
  options: {
    sources: { type: 'string', default: '' },
    mutants: { type: 'string', default: '0' },
    first: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
    flags: { type: 'string', default: '-Wall' },
    show: { type: 'string', default: '' },
  },
});

interface Entry {
  readonly path: string;
  readonly args: readonly string[] | null;
}

/** Mutants of one source that clang is asked about at once. */
const AT_ONCE = 50;

const entries = JSON.parse(readFileSync(values.sources, 'utf8')) as readonly Entry[];
const flags = values.flags.split(' ').filter((flag) => flag !== '');
const shop = openWorkshop(mkdtempSync(path.join(os.tmpdir(), 'ebpf-workbench-')));
const tally = newTally();
const fromDisk = textsOnDisk();
const mutants = Number(values.mutants);

if (mutants === 0) for (const entry of entries) await compareTexts(entry, (text) => [text]);
else
  for (let number = Number(values.first); number < Number(values.first) + mutants; number += AT_ONCE) {
    const entry = entries[(number / AT_ONCE) % entries.length]!;
    await compareTexts(entry, (text) => mutantsOf(text, number));
  }
rmSync(shop.folder, { recursive: true });
console.log(tableOf(tally));

function mutantsOf(text: string, number: number): string[] {
  const words = wordsOf(text);
  return Array.from({ length: AT_ONCE }, (_, i) => {
    const next = randomNumbers(Number(values.seed) * 1_000_003 + number + i);
    return damaged(text, words, DAMAGES[(number + i) % DAMAGES.length]!, next);
  });
}

async function compareTexts(entry: Entry, make: (text: string) => string[]): Promise<void> {
  const text = fromDisk(entry.path);
  if (text === null) return;
  const args = entry.args ?? [];
  const front = openFrontEnd(entry.path, text, [...args, ...flags], fromDisk);
  const texts = make(text);
  const ours = texts.map((one) => oursOf(front, one));
  if (ours.every((said) => said === null)) return;
  const words = [...flags, ...forProper(args), '-I', path.dirname(entry.path)];
  const theirs = await clangMessages(shop, texts, words);
  for (const [i, one] of texts.entries()) {
    const said = ours[i];
    let told = theirs[i];
    if (said === null || said === undefined || told === null || told === undefined) continue;
    // In one process, pragmas of one text may hold for the next one.
    if ((errorsOf(said) === 0) !== (errorsOf(told) === 0)) [told = told] = await clangMessages(shop, [one], words);
    if (told === null) continue;
    take(tally, said, told);
    show(entry, { text: one, original: text }, said, told);
  }
}

function oursOf(front: FrontEnd, text: string): Message[] | null {
  try {
    return ourMessages(front, text);
  } catch (error) {
    console.log(`${front.path}: ${String(error)}\n${text}`);
    return null;
  }
}

/** Of a driver's arguments those that the compiler proper takes, too. */
function forProper(args: readonly string[]): string[] {
  return args.flatMap((arg, i) => {
    if (/^-(?:I|D|U|isystem|include|idirafter|iquote)$/.test(arg)) return [arg, args[i + 1] ?? ''];
    return /^-(?:I|D|U|W(?!l,|p,|a,))./.test(arg) ? [arg] : [];
  });
}

interface Shown {
  readonly text: string;
  readonly original: string;
}

function show(entry: Entry, { text, original }: Shown, ours: readonly Message[], theirs: readonly Message[]): void {
  if (values.show === '') return;
  const [mine, others] = [errorsOf(ours), errorsOf(theirs)];
  if (values.show === 'count') {
    if ((mine === 0) === (others === 0) && mine < others + 2) return;
  } else if (others > 0 || mine > 0) return;
  const { wrong, missed } = compare(ours, theirs);
  const isShown = (one: Message): boolean =>
    values.show === 'all' || values.show === 'count' || (one.flag ?? 'none').startsWith(values.show);
  const lines = [
    ...wrong.filter(isShown).map((one) => `  ours  ${keyOf(one)} [${one.flag}]`),
    ...missed.filter(isShown).map((one) => `  clang ${keyOf(one)} [${one.flag}]`),
  ];
  if (lines.length === 0) return;
  console.log([entry.path, ...changedLines(original, text), ...lines].join('\n'));
}

function changedLines(original: string, text: string): string[] {
  if (original === text) return [];
  const [before, after] = [original.split('\n'), text.split('\n')];
  const at = after.findIndex((line, i) => line !== before[i]);
  return [`  ${at + 1} - ${before[at]}`, `  ${at + 1} + ${after[at]}`];
}

function errorsOf(said: readonly Message[]): number {
  return said.filter(({ severity }) => severity === 'error').length;
}
