import type { Related } from '../../base/diagnostic.ts';
import type { Span } from '../../base/source.ts';
import { subprogAt, type Program } from '../../program/program.ts';
import type { Verification } from '../../verifier/verification.ts';
import { rejectionMessage, type FileDiagnostic } from '../diagnostics.ts';
import type { CFile } from './cFile.ts';
import { messageInCTerms, stepInCTerms } from './inCTerms.ts';
import { placeOf } from './sourcePlaces.ts';

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

/** The name of the program's function. */
function programSpan(file: CFile, program: Program): Span | null {
  const name = program.subprogs[subprogAt(program, 0)]?.name ?? program.name;
  const symbol = file.result.unit?.functions.find((one) => one.name === name || one.name === program.name);
  const span = symbol === undefined ? null : file.result.places.span(symbol.declaredAt);
  return span === null || span.file !== file.result.places.files[0] ? null : { start: span.start, end: span.end };
}
