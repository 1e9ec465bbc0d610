import { writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { causeOf } from './knownCauses.ts';
import { shows, type Row } from './rows.ts';
import { SOURCES } from './sources/all.ts';
import { markdownTable, unsupportedCounts } from './table.ts';

const PAGE = path.resolve(import.meta.dirname, '../../docs/fidelity.md');

/** Writes docs/fidelity.md. */
export function writePage(compared: ReadonlyMap<string, readonly Row[]>, file = PAGE): void {
  const release = /^\d+(?:\.\d+)*/.exec(os.release())?.[0] ?? os.release();
  const date = new Date().toISOString().slice(0, 10);
  writeFileSync(file, pageText(compared, `Linux ${release}`, date));
}

/** The page for what was compared. */
export function pageText(compared: ReadonlyMap<string, readonly Row[]>, kernel: string, date: string): string {
  const all = [...compared.values()].flat();
  return `${[
    HEAD,
    `Asked on ${date}: ${kernel}. The programs:\n\n${sourceList(compared)}`,
    markdownTable('source', [...compared]),
    ...levelParts(compared),
    `## Disagreements\n\n${disagreements(all)}`,
    `## Not modelled\n\nWhat the unsupported programs need first:\n\n${unsupportedList(all)}`,
    MADE_UP,
  ].join('\n\n')}\n`;
}

const HEAD = `# Fidelity

How the verifier's answers compare with those of a running kernel. \`npm run fidelity\` compiles the programs, asks the
kernel of the machine it runs on, compares, and writes this page (\`npm run fidelity -- --help\` in words: the head of
\`test/fidelity/main.ts\`). It needs root, clang, a C compiler, libelf and the sources of a kernel.

- _accept/accept_ and _reject/reject_: the same verdict. A _false accept_ is refused by the kernel only, a _false reject_
  by us only; _unsupported_ says that we do not know. _Too slow_ and _crash_ are our faults; _no verdict_ means that the
  kernel refused before its verifier looked.
- Of agreed rejections: _same message_ compares the first line of the error with numbers folded, _same instruction_
  where the kernel stopped.
- Of agreed verdicts: _same processed_ compares the count of instructions walked, _same log_ all lines of the log at
  level 1, or 2 where the test asks for it, apart from addresses, times and source lines.
- This kernel cannot attach to functions where it has no trampolines (fentry, fexit, LSM), and then refuses such programs
  before it verifies them. Nor does the build at hand let anybody iterate over elements of maps. Where a table of another kernel's verdicts (6.17) lies beside the checkout, those stand in;
  their programs may differ a little, so only the verdict is compared.`;

const MADE_UP = `## Made-up programs

\`npm run fuzz:verifier\` asks both about random programs and compares verdict, first message, place and the count of
instructions walked. On 2026-11-30: 1,000,000 programs (seeds 4000001 to 5000000), of which 17,347 were too long to be
walked and two differed: an endless loop was noticed later than by the kernel, as a number kept the map that it had been a
null pointer to. That is mended; both agree now. In an older version one program in some half a million differed because
Linux 6.18.44 complains of a bug of its own while it walks back to what a precise number came from (seed 1161401).

\`node test/fuzz/followCorpus.ts --corpus DIR\` runs the accepted programs of a source in our machine, each on twelve
made-up packets, records of a tracepoint, registers, arguments or contexts, and walks the same paths in the verifier; what
programs read of the kernel is made up, too. Of 1,754 accepted selftests 1,713 ran: none trapped, no number lay outside of
what the verifier knew of it, no pointer was null against its word, and no path was refused. The other 41 need what the
machine does not have and says so: functions of the kernel on its own objects, arenas, fields of maps themselves, types of
the kernel for printing. Of the accepted tables of raw instructions (6.12) all 284 ran.`;

function sourceList(compared: ReadonlyMap<string, readonly Row[]>): string {
  return SOURCES.filter(({ name }) => compared.has(name))
    .map(({ name, what }) => `- \`${name}\`: ${what}.`)
    .join('\n');
}

function levelParts(compared: ReadonlyMap<string, readonly Row[]>): string[] {
  const rows = [...compared.values()].flat().filter(({ level }) => level !== null);
  if (rows.length === 0) return [];
  const groups = [1, 2, 3].map((level) => [String(level), rows.filter((row) => row.level === level)] as const);
  return [
    `## By level\n\nLevel 1 needs numbers, memory, packets, maps and functions; level 2 kernel types, kernel functions and callbacks;\nlevel 3 the rest.\n\n${markdownTable('level', groups)}`,
  ];
}

function disagreements(rows: readonly Row[]): string {
  const lines = rows
    .filter((row) => shows('disagreements', row))
    .map(({ id, kernel, ours, comparison, second }) => {
      const said = kernel?.verdict === 'accept' ? 'accepts' : `refuses (${code(kernel?.message ?? '')})`;
      const we = ours.outcome === 'rejected' ? `we refuse (${code(ours.message)})` : `we: ${ours.outcome}`;
      const which = second ? 'kernel 6.17' : 'the kernel';
      return `- \`${id}\`, ${comparison.class}: ${which} ${said}, ${we}. ${causeOf(id)}`;
    });
  return lines.length === 0 ? 'None.' : lines.join('\n');
}

function code(text: string): string {
  const line = text.split('\n')[0] ?? '';
  return line === '' ? 'without a word' : `\`${line.replaceAll('`', "'")}\``;
}

function unsupportedList(rows: readonly Row[]): string {
  const counts = unsupportedCounts(rows);
  if (counts.length === 0) return 'Nothing.';
  const lines = counts.map(
    ([message, count]) => `| ${message.replace(/^Not supported yet: /, '').replace(/\.$/, '')} | ${count} |`,
  );
  return ['| what | programs |', '| --- | ---: |', ...lines].join('\n');
}
