import type { AsmFile } from '../asm/assembler/syntax.ts';
import type { Diagnostic, Related } from '../base/diagnostic.ts';
import type { Span } from '../base/source.ts';
import type { Finding, Verification } from '../verifier/verification.ts';
import { insnSpan, programSpan } from './places.ts';
import type { OpenFile } from './workspace.ts';

/** A diagnostic of a file, with the part of the workbench that found it. */
export interface FileDiagnostic extends Diagnostic {
  readonly origin: 'assembler' | 'compiler' | 'verifier';
}

/** Everything there is to say about a file right now. */
export function fileDiagnostics(file: OpenFile): FileDiagnostic[] {
  const found: FileDiagnostic[] = file.asm.object.diagnostics.map((one) => ({ ...one, origin: 'assembler' }));
  file.verifications.forEach((verification, index) => {
    const diagnostic = verification && verifierDiagnostic(file.asm, index, verification);
    // A subprogram that several programs call is verified in each of them: one complaint is enough.
    if (diagnostic && !found.some((other) => sameComplaint(other, diagnostic))) found.push(diagnostic);
  });
  return found;
}

/** Whether a program's own text has errors, so that a verdict would be about something the user did not write. */
export function hasErrorsIn(asm: AsmFile, program: number): boolean {
  const errors = asm.object.diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length === 0) return false;
  const functions = asm.definitions.filter(({ kind }) => kind === 'function');
  const own = new Set(asm.object.programs[program]?.subprogs.map(({ name }) => name));
  return errors.some(({ span }) => {
    const holder = span && functions.find(({ extent }) => extent.start <= span.start && span.start <= extent.end);
    return !holder || own.has(holder.name);
  });
}

function verifierDiagnostic(asm: AsmFile, index: number, verification: Verification): FileDiagnostic | null {
  const { finding, outcome } = verification;
  const program = asm.object.programs[index];
  if (finding === null || program === undefined) return null;
  const several = asm.object.programs.length > 1 ? `${program.name}: ` : '';
  return {
    origin: 'verifier',
    code: finding.code,
    severity: outcome === 'unsupported' ? 'information' : 'error',
    message: several + rejectionMessage(verification),
    span: placeOf(asm, index, finding),
    related: finding.path.flatMap((step, number): Related[] => {
      const span = insnSpan(asm, index, step.pc);
      return span === null ? [] : [{ path: null, span, message: `${number + 1}. ${step.note}` }];
    }),
    fix: null,
  };
}

/** What the verifier has against a program, or why it could not say. */
export function rejectionMessage(verification: Verification): string {
  const { finding, outcome } = verification;
  if (finding === null) return '';
  return (
    (outcome === 'unsupported' ? `not checked: ${finding.message}` : rejectionText(finding)) + kernelText(verification)
  );
}

/** Of which kernel the verdict is, where that is not the one known exactly. */
function kernelText({ kernel, certainty, outcome }: Verification): string {
  if (certainty === 'exact' || outcome === 'unsupported') return '';
  return `\n(${certainty === 'predicted' ? 'predicted for' : 'by'} Linux ${kernel})`;
}

/** The kernel's text first, because people search for it; then plain words; then what to do. */
function rejectionText({ kernelMessage, message, suggestion }: Finding): string {
  return [kernelMessage, message, suggestion === null ? '' : `To fix it: ${suggestion}`].filter(Boolean).join('\n');
}

function placeOf(asm: AsmFile, index: number, finding: Finding): Span | null {
  return (finding.pc === null ? null : insnSpan(asm, index, finding.pc)) ?? programSpan(asm, index);
}

function sameComplaint(one: FileDiagnostic, other: FileDiagnostic): boolean {
  return (
    one.code === other.code &&
    one.span?.start === other.span?.start &&
    one.message.replace(/^[\w.]+: /, '') === other.message.replace(/^[\w.]+: /, '')
  );
}
