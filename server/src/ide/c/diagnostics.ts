import type { Related } from '../../base/diagnostic.ts';
import { lineSpan, offsetAt, type SourceText, type Span } from '../../base/source.ts';
import type { Insn } from '../../isa/insn.ts';
import { lineAt, subprogAt, type LineInfo, type Program } from '../../program/program.ts';
import type { Verification } from '../../verifier/verification.ts';
import { rejectionMessage, type FileDiagnostic } from '../diagnostics.ts';
import type { CFile } from './cFile.ts';
import { messageInCTerms, stepInCTerms } from './inCTerms.ts';
import { exprPointedTo } from './nodes.ts';

/** Everything there is to say about a C file right now: the compiler's findings, then the verifier's. */
export function cDiagnostics(file: CFile): FileDiagnostic[] {
  const found: FileDiagnostic[] = (file.clangs ?? file.result.diagnostics).map((one) => ({
    ...one,
    origin: 'compiler',
  }));
  for (const one of file.object?.diagnostics ?? []) found.push({ ...one, span: null, related: [], origin: 'compiler' });
  file.verifications.forEach((verification, index) => {
    const program = file.object?.programs[index];
    const diagnostic = verification === null || program === undefined ? null : verdictOn(file, program, verification);
    if (diagnostic !== null && !found.some((other) => isSame(other, diagnostic))) found.push(diagnostic);
  });
  return found;
}

function isSame(one: FileDiagnostic, other: FileDiagnostic): boolean {
  return (
    one.code === other.code &&
    one.span?.start === other.span?.start &&
    one.message.split('\n')[0] === other.message.split('\n')[0]
  );
}

function verdictOn(file: CFile, program: Program, verification: Verification): FileDiagnostic | null {
  const { finding, outcome } = verification;
  if (finding === null) return null;
  const steps = finding.path.flatMap((step, number): Related[] => {
    const at = placeOf(file, program, step.pc);
    return at === null
      ? []
      : [{ path: at.path, span: at.span, message: `${number + 1}. ${stepInCTerms(step.note, program, step.pc)}` }];
  });
  const place = finding.pc === null ? null : placeOf(file, program, finding.pc);
  const inHeader = place !== null && place.path !== null;
  return {
    origin: 'verifier',
    code: finding.code,
    severity: outcome === 'unsupported' ? 'information' : 'error',
    message: `${(file.object?.programs.length ?? 0) > 1 ? `${program.name}: ` : ''}${messageInCTerms(rejectionMessage(verification))}`,
    span: inHeader || place === null ? programSpan(file, program) : place.span,
    related: inHeader ? [{ path: place.path, span: place.span, message: 'it happens here' }, ...steps] : steps,
    fix: null,
  };
}

interface Place {
  /** Null for the main file. */
  readonly path: string | null;
  readonly span: Span;
}

/** The expression that an instruction belongs to, as far as the lines of the program tell. */
export function placeOf(file: CFile, program: Program, pc: number): Place | null {
  const line = lineAt(program, pc);
  if (line === null || line.line === 0) return null;
  if (line.path === file.source.path)
    return { path: null, span: spanOfLine(file, file.source, line, program.insns[pc]?.kind ?? null) };
  const header = file.result.places.files.find(({ path }) => path === line.path);
  if (header === undefined) return null;
  const start = startOfLine(header.text, line.line);
  const end = header.text.indexOf('\n', start);
  return { path: header.path, span: { start, end: end === -1 ? header.text.length : end } };
}

function startOfLine(text: string, line: number): number {
  let at = 0;
  for (let i = 1; i < line; i++) {
    const next = text.indexOf('\n', at);
    if (next === -1) return at;
    at = next + 1;
  }
  return at;
}

/** From the column on: the expression that begins or is pointed to there, else the rest of the line. */
function spanOfLine(file: CFile, source: SourceText, { line, column }: LineInfo, insn: Insn['kind'] | null): Span {
  const whole = lineSpan(source, line - 1);
  if (column === 0) return whole;
  const offset = offsetAt(source, { line: line - 1, column: column - 1 });
  const expr = exprPointedTo(file.result, offset, insn);
  if (expr !== null) return expr.span;
  const word = /^\w+|^"(?:[^"\\]|\\.)*"/.exec(source.text.slice(offset, whole.end))?.[0].length ?? 0;
  return { start: offset, end: word === 0 ? whole.end : offset + word };
}

/** The name of the program's function. */
function programSpan(file: CFile, program: Program): Span | null {
  const name = program.subprogs[subprogAt(program, 0)]?.name ?? program.name;
  const symbol = file.result.unit?.functions.find((one) => one.name === name || one.name === program.name);
  const span = symbol === undefined ? null : file.result.places.span(symbol.declaredAt);
  return span === null || span.file !== file.result.places.files[0] ? null : { start: span.start, end: span.end };
}
