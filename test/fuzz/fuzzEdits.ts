/**
 * Edits C sources at random and compares what comes of compiling each text on top of what was known of the one before
 * with what comes of it from scratch: messages, object, places of variables and lines, checked trees.
 *   npm run fuzz:edits -- [--seed 1] [--programs 20] [--edits 100] [--include FOLDER]… [--out FOLDER] [SOURCE.c …]
 * Without sources the programs are made up. The first difference of each program is told; one ends with status 1.
 */
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { CompileOptions } from '../../server/src/c/compile.ts';
import type { ReadFile } from '../../server/src/c/includes.ts';
import { edited, EditSession, typed } from '../c/edits.ts';
import { randomSource } from '../c/lower/randomProgram.ts';
import { cProgram } from './c/cProgram.ts';
import { printProgram } from './c/tree.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: '1' },
    programs: { type: 'string', default: '20' },
    edits: { type: 'string', default: '100' },
    include: { type: 'string', multiple: true, default: [] },
    out: { type: 'string' },
  },
});
const [first, programs, edits] = [Number(values.seed), Number(values.programs), Number(values.edits)];
const counts = { edits: 0, good: 0, unread: 0, different: 0 };
for (let seed = first; seed < first + programs; seed++) {
  const source = positionals[seed % Math.max(1, positionals.length)];
  // Programs begin with directives.
  const text =
    source === undefined ? `#define EDITED 1\n${printProgram(cProgram(seed, 10))}` : readFileSync(source, 'utf8');
  editProgram(seed, text, source ?? 'made up');
}
console.log(JSON.stringify(counts));
process.exitCode = counts.different === 0 ? 0 : 1;

function editProgram(seed: number, start: string, name: string): void {
  const next = randomSource(seed);
  const profile: CompileOptions['profile'] = next(4) === 0 ? 'debug' : 'optimised';
  const session = new EditSession(
    { cpu: ([2, 3, 4] as const)[next(3)]!, profile, defines: [{ name: '__TARGET_ARCH_x86', value: '1' }] },
    reader(name),
  );
  let [text, good] = [start, start];
  let waiting = [start];
  for (let edit = 0; edit <= edits; edit++) {
    const before = text;
    const from = next(3) > 0 ? good : next(8) === 0 ? start : text;
    if (waiting.length === 0)
      waiting =
        next(12) === 0 ? typed(from, next) : [next(4) === 0 ? edited(edited(from, next), next) : edited(from, next)];
    text = waiting.shift() ?? start;
    const { again, whole } = session.compile(text);
    counts.edits++;
    const different = Object.keys(whole).find((key) => JSON.stringify(again[key]) !== JSON.stringify(whole[key]));
    if (different !== undefined)
      return tell(`${name}, seed ${seed}, edit ${edit}: ${different}`, {
        before,
        text,
        again: again[different],
        whole: whole[different],
      });
    if (whole['object'] !== null) good = text;
  }
  counts.good += session.good;
  counts.unread += session.unread;
}

/** The files beside a source and in the folders that were given. */
function reader(source: string): ReadFile {
  const folders = [path.dirname(source), ...values.include];
  return (file) => {
    const found = folders
      .map((folder) => path.join(folder, file))
      .find((one) => statSync(one, { throwIfNoEntry: false })?.isFile());
    return found === undefined ? null : readFileSync(found, 'utf8');
  };
}

interface Difference {
  readonly before: string;
  readonly text: string;
  readonly again: unknown;
  readonly whole: unknown;
}

function tell(what: string, { before, text, again, whole }: Difference): void {
  counts.different++;
  console.log(what);
  if (values.out === undefined) return;
  mkdirSync(values.out, { recursive: true });
  const parts = {
    'before.c': before,
    'text.c': text,
    'again.json': JSON.stringify(again, null, 1),
    'whole.json': JSON.stringify(whole, null, 1),
  };
  for (const [suffix, content] of Object.entries(parts))
    writeFileSync(path.join(values.out, `${counts.different}-${suffix}`), content);
}
