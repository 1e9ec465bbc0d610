import type { Diagnostic, Related } from '../base/diagnostic.ts';
import { printInsn } from '../asm/pseudoC/print.ts';
import type { Program } from '../program/program.ts';
import { lineAt } from '../program/program.ts';
import type { Finding, Verification, VerifyOptions } from '../verifier/verification.ts';
import type { CheckedFile, CheckedProgram } from './check.ts';
import type { InputFile } from './inputFile.ts';
import { placeIn, placeOf } from './place.ts';
import { snippet } from './snippet.ts';
import type { Message } from './snippet.ts';
import { counted, grouped, styleFor } from './style.ts';
import type { Style } from './style.ts';
import type { World } from './world.ts';

/** Nobody reads on after so many. */
const MOST_DIAGNOSTICS = 50;

/** What a person reads about one file: each finding with its source line, then one line a program. */
export function checkText(file: CheckedFile, options: VerifyOptions, world: World): string {
  const style = styleFor(world.color);
  const width = widthOf(world);
  const shown = file.diagnostics.slice(0, MOST_DIAGNOSTICS);
  const parts = shown.map((one) => `${snippet(frontEndMessage(file.input, one), style, width)}\n`);
  if (file.diagnostics.length > shown.length)
    parts.push(`… ${grouped(file.diagnostics.length - shown.length)} more problems in ${file.input.path}\n\n`);
  for (const one of file.programs) {
    const { finding, log } = one.verification;
    if (log !== '' && options.logLevel > 0) parts.push(log.endsWith('\n') ? `${log}\n` : `${log}\n\n`);
    if (finding !== null) parts.push(`${snippet(findingMessage(finding, one, file.input), style, width)}\n`);
  }
  const summary = file.programs.map((one) => `${summaryLine(one, style)}\n`);
  for (const { name, type } of file.input.broken)
    summary.push(`${style.bold(name)} (${type}) ${style.dim('not checked: its text has errors')}\n`);
  if (file.input.object !== null && summary.length === 0 && file.diagnostics.length === 0)
    summary.push(`${file.input.path}: no programs\n`);
  return parts.join('') + summary.join('');
}

function summaryLine({ program, verification }: CheckedProgram, style: Style): string {
  const { outcome, processed, finding } = verification;
  const title = `${style.bold(program.name)} (${program.type}, ${counted(program.insns.length, 'insn')})`;
  const of = kernelText(verification);
  if (outcome === 'accepted') return `${title} ${style.green('accepted')}${of}, processed ${grouped(processed)}`;
  const message = finding?.kernelMessage === '' ? finding.message : (finding?.kernelMessage ?? '');
  const color = outcome === 'rejected' ? style.red : style.yellow;
  return `${title} ${color(outcome)}${of}${message === '' ? '' : `: ${message.split('\n')[0]}`}`;
}

/** Only of another kernel than the one that is known exactly. */
function kernelText({ kernel, certainty }: Verification): string {
  if (certainty === 'exact') return '';
  return certainty === 'predicted' ? ` (predicted for Linux ${kernel})` : ` (by Linux ${kernel})`;
}

/** A finding of a front end with its line. */
export function diagnosticText(
  input: Pick<InputFile, 'path' | 'source' | 'sourceOf'>,
  diagnostic: Diagnostic,
  world: World,
): string {
  return `${snippet(frontEndMessage(input, diagnostic), styleFor(world.color), widthOf(world))}\n`;
}

function frontEndMessage(input: Pick<InputFile, 'path' | 'source' | 'sourceOf'>, diagnostic: Diagnostic): Message {
  const { source, path } = input;
  const place = source === null || diagnostic.span === null ? null : placeIn(source, diagnostic.span);
  const { severity, code, message, related, fix } = diagnostic;
  const notes = related.map((one) => ({ kind: 'note', text: `${one.message}${relatedPlace(input, one)}` }));
  if (fix !== null) notes.push({ kind: 'help', text: fix.title });
  return {
    severity: severity === 'error' ? 'error' : severity === 'warning' ? 'warning' : 'note',
    code,
    title: message,
    place,
    fallback: path,
    label: '',
    notes,
    path: [],
  };
}

/** " (line 3)" in the file itself, " (common.h:3)" in one that it includes. */
function relatedPlace({ source, sourceOf }: Pick<InputFile, 'source' | 'sourceOf'>, { path, span }: Related): string {
  const text = path === null ? source : (sourceOf?.(path) ?? null);
  if (text === null) return path === null ? '' : ` (${path})`;
  const { line } = placeIn(text, span);
  return path === null ? ` (line ${line})` : ` (${path}:${line})`;
}

/** A finding alone, for commands that want the program accepted. */
export function findingText(one: CheckedProgram, input: InputFile, world: World): string {
  const { finding } = one.verification;
  if (finding === null) return '';
  return `${snippet(findingMessage(finding, one, input), styleFor(world.color), widthOf(world))}\n`;
}

export function widthOf(world: World): number {
  return Math.max(60, Math.min(world.columns, 120));
}

function findingMessage(finding: Finding, { program, verification }: CheckedProgram, input: InputFile): Message {
  const { code, kernelMessage, message, suggestion, pc, path } = finding;
  return {
    severity: verification.outcome === 'unsupported' ? 'warning' : 'error',
    code,
    title: kernelMessage === '' ? message : (kernelMessage.split('\n')[0] ?? ''),
    place: pc === null ? null : placeOf(program, pc, input.source),
    fallback: pc === null ? `${input.path}: ${program.name}` : insnTitle(program, pc),
    label: kernelMessage === '' || message === kernelMessage ? '' : message,
    notes: suggestion === null ? [] : [{ kind: 'help', text: suggestion }],
    path: path.map((step, i) => ({
      where: stepPlace(program, step.pc, input),
      text: `${step.note}${statementText(program, step.pc, [pc, path[i - 1]?.pc], input)}`,
    })),
  };
}

/** "xdp_drop, instruction 7: r0 = *(u8 *)(r1 + 0)" */
export function insnTitle(program: Program, pc: number): string {
  return `${program.name}, instruction ${pc}: ${insnText(program, pc)}`;
}

function insnText(program: Program, pc: number): string {
  const insn = program.insns[pc];
  return insn === undefined ? '' : printInsn(insn, { pc, maps: program.maps, kfuncs: program.kfuncs });
}

/**
 * The statement the step belongs to, where the program was compiled from another language: in C terms. Nothing where one of
 * the instructions `shown` has it already.
 */
function statementText(
  program: Program,
  pc: number,
  shown: readonly (number | null | undefined)[],
  input: InputFile,
): string {
  const line = lineAt(program, pc);
  if (shown.some((other) => typeof other === 'number' && lineAt(program, other)?.line === line?.line)) return '';
  const text = line === null || line.path === input.source?.path ? '' : (line.text ?? '').trim();
  return text === ''
    ? ''
    : `  \`${text.length > LONGEST_STATEMENT ? `${text.slice(0, LONGEST_STATEMENT - 1)}…` : text}\``;
}

const LONGEST_STATEMENT = 60;

function stepPlace(program: Program, pc: number, input: InputFile): string {
  const place = placeOf(program, pc, input.source);
  return place === null ? `insn ${pc}` : `line ${place.line}`;
}
