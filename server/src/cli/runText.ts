import { summarize } from '../events/dissect.ts';
import { bytesOf, type Event } from '../events/event.ts';
import type { EventReader } from '../events/reader.ts';
import { summaryOf } from '../events/summary.ts';
import { frameOf } from '../run/linkLayer.ts';
import type { EventResult, RunSummary } from '../run/result.ts';
import { mapTables } from './mapText.ts';
import { profileText } from './profileReport.ts';
import type { RunEnd, RunJob } from './run.ts';
import type { RunReport } from './runReport.ts';
import { nounOf } from './noun.ts';
import { bar, columns, counted, duration, grouped, styleFor } from './style.ts';
import type { Style } from './style.ts';
import { Traps } from './trapText.ts';
import { widthOf } from './checkText.ts';
import type { World } from './world.ts';

const MOST_OUTPUTS = 20;
const MOST_MATCHES = 50;
const MOST_RETURNS = 16;

/** What a person reads: how often the program returned what, what went wrong, what the maps hold. */
export function textReport(job: RunJob, world: World): RunReport {
  const style = styleFor(world.color);
  const noun = nounOf(job);
  const traps = new Traps(job, style, widthOf(world));
  const skips = new Map<string, { count: number; first: number }>();
  const outputs: string[][] = [];
  const matches: string[][] = [];
  let outputCount = 0;
  const event = (result: EventResult, recorded: Event): void => {
    const { index, trap, skipped, output } = result;
    if (trap !== null) traps.add(index, trap);
    if (skipped !== null) {
      const known = skips.get(skipped);
      if (known !== undefined) known.count++;
      else if (skips.size < 20) skips.set(skipped, { count: 1, first: index });
    }
    outputCount += output.length;
    for (const one of output)
      if (outputs.length < MOST_OUTPUTS)
        outputs.push([`${noun} ${index}`, one.map ?? one.kind, outputText(one.text, one.bytes)]);
    if (job.filter !== null && matches.length < MOST_MATCHES) matches.push(matchRow(result, recorded));
  };
  const end = (summary: RunSummary, finished: RunEnd): string => {
    if (summary.events === 0 && unreadable(finished)) return '';
    return [
      titleLines(job, summary, finished, style),
      histogram(summary, style, widthOf(world)),
      closingLine(job, summary, finished, style),
      ...skipLines(skips, noun, style),
      ...summary.notes.map((note) => `  ${style.yellow('note')}: ${note}\n`),
      ...finished.unexpected.first.map((text) => `  ${style.red('unexpected')}: ${text}\n`),
      moreUnexpected(finished),
      traps.text(),
      table(`Matching ${noun}s`, matches, finished.shown, style),
      table('Output', outputs, outputCount, style),
      mapTables(job, summary.maps, style, widthOf(world)),
      profileText(job, summary, style),
    ].join('');
  };
  return { begin: () => '', event, take: () => '', end, onlyUnsupportedTraps: () => traps.onlyUnsupported };
}

function moreUnexpected({ unexpected: { count, first } }: RunEnd): string {
  return count > first.length
    ? `  … ${grouped(count - first.length)} more that came out otherwise than expected\n`
    : '';
}

function unreadable({ failure, reader }: RunEnd): boolean {
  return failure !== null || reader.problems.some(({ recoverable }) => !recoverable);
}

function titleLines(job: RunJob, summary: RunSummary, { reader }: RunEnd, style: Style): string {
  const { program, programs, verified, input, events } = job;
  const { verification } = verified;
  const checked =
    verification === null
      ? 'not verified, every access checked'
      : verification.outcome === 'accepted'
        ? 'accepted by the verifier'
        : 'beyond what the verifier models, so every access is checked';
  if (programs.length > 1) return severalTitle(job, summary, reader, style);
  const about = [program.type, counted(program.insns.length, 'instruction'), checked].join(', ');
  return (
    `${style.bold(program.name)} of ${input.path}: ${about}\n` +
    `over ${events}: ${counted(summary.events, nounOf(job))}, ${reader.format}\n\n`
  );
}

function severalTitle(job: RunJob, { events }: RunSummary, { format }: EventReader, style: Style): string {
  const names = job.programs.map(({ name }) => name).join(', ');
  return (
    `${style.bold(counted(job.programs.length, 'program'))} of ${job.input.path}: ${names}\n` +
    `over ${job.events}: ${counted(events, nounOf(job))}, ${format}\n\n`
  );
}

function histogram({ returns, traps, skipped, events }: RunSummary, style: Style, width: number): string {
  const rows: [name: string, count: number, color: (text: string) => string][] = [...returns]
    .toSorted((a, b) => b[1] - a[1])
    .map(([name, count]) => [name, count, colorOf(name, style)]);
  const rest = rows.splice(MOST_RETURNS).reduce((sum, [, count]) => sum + count, 0);
  if (rest > 0) rows.push(['other values', rest, style.blue]);
  if (traps > 0) rows.push(['trap', traps, style.red]);
  if (skipped > 0) rows.push(['skipped', skipped, style.dim]);
  const cells = rows.map(([name, count]) => [name, grouped(count), `${((100 * count) / events).toFixed(1)} %`]);
  const texts = columns(cells, [1, 2]);
  const room = Math.max(10, Math.min(40, width - (texts[0]?.length ?? 0) - 6));
  const most = Math.max(1, ...rows.map(([, count]) => count));
  const lines = rows.map(([, count, color], i) => `  ${texts[i] ?? ''}  ${color(bar(count / most, room))}\n`);
  return lines.length === 0 ? '' : `${lines.join('')}\n`;
}

function colorOf(name: string, style: Style): (text: string) => string {
  if (/DROP|SHOT|ABORTED/.test(name)) return style.red;
  return /PASS|_OK$/.test(name) ? style.green : style.blue;
}

function closingLine(job: RunJob, summary: RunSummary, end: RunEnd, style: Style): string {
  const { session, engine } = job;
  const noun = nounOf(job);
  const ran = summary.events - summary.skipped;
  const each =
    ran === 0 || session.engineMs === null
      ? ''
      : `, ${duration(session.engineMs / ran)} ${noun === 'packet' ? 'a packet' : 'an event'} in the program`;
  const how = engine === 'both' ? 'both engines' : `the ${engine === 'jit' ? 'JIT' : engine}`;
  const traps = summary.traps === 0 ? style.green('no traps') : style.red(counted(summary.traps, 'trap'));
  const same = engine !== 'both' ? '' : session.difference === null ? '; both agree' : style.red('; they differ');
  return `${counted(ran, noun)} in ${duration(end.elapsedMs)} with ${how}${each}; ${traps}${same}\n`;
}

function skipLines(skips: ReadonlyMap<string, { count: number; first: number }>, noun: string, style: Style): string[] {
  return [...skips].map(
    ([reason, { count, first }]) =>
      `  ${style.yellow('skipped')}: ${counted(count, noun)}, the first is ${first}: ${reason}\n`,
  );
}

function table(title: string, rows: readonly (readonly string[])[], count: number, style: Style): string {
  if (rows.length === 0) return '';
  const more = count > rows.length ? `  … ${grouped(count - rows.length)} more\n` : '';
  return `\n${style.bold(title)}  ${style.dim(grouped(count))}\n${columns(rows, [0])
    .map((line) => `  ${line}\n`)
    .join('')}${more}`;
}

function matchRow({ index, verdict, returnValue, trap, skipped, packet }: EventResult, event: Event): string[] {
  const what = trap !== null ? `trap (${trap.kind})` : skipped !== null ? 'skipped' : (verdict ?? String(returnValue));
  const bytes = (packet ?? bytesOf(event)).length;
  return [`${index}`, what, ...(event.kind === 'hook' && bytes === 0 ? [] : [`${bytes} bytes`]), aboutOf(event)];
}

function aboutOf(event: Event): string {
  if (event.kind !== 'packet') return summaryOf(event);
  const frame = frameOf(event);
  return typeof frame === 'string' ? frame : summarize(frame.bytes);
}

function outputText(text: string, bytes: Uint8Array): string {
  if (text !== '') return JSON.stringify(text.replace(/\n$/, ''));
  const shown = Array.from(bytes.subarray(0, 24), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return bytes.length > 24 ? `${shown} … (${bytes.length} bytes)` : shown;
}
