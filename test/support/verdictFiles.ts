import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { positionAt, sourceText } from '../../server/src/base/source.ts';
import { lineAt } from '../../server/src/program/program.ts';
import type { Program } from '../../server/src/program/program.ts';
import { objectOf } from './assembled.ts';

/**
 * A program of test/files/verdicts with what the kernel says about it. The file says so itself:
 *
 *     // outcome: rejected
 *     // message: R0 !read_ok
 *     // processed: 1
 *     …
 *       exit // ERROR
 */
export interface VerdictFile {
  readonly name: string;
  readonly path: string;
  readonly text: string;
  readonly outcome: 'accepted' | 'rejected';
  /** The kernel's first line about the error; null when accepted. */
  readonly message: string | null;
  /** One-based line the kernel stopped at; null when accepted or when the error belongs to no instruction. */
  readonly line: number | null;
  /** Instructions the kernel walked; null when it refused before the walk. */
  readonly processed: number | null;
}

export const VERDICTS_FOLDER = path.resolve(import.meta.dirname, '../files/verdicts');

export function verdictFiles(): VerdictFile[] {
  const names = readdirSync(VERDICTS_FOLDER).filter((name) => name.endsWith('.bpfasm'));
  return names.sort().map((name) => readVerdictFile(path.join(VERDICTS_FOLDER, name)));
}

export function readVerdictFile(file: string): VerdictFile {
  const text = readFileSync(file, 'utf8');
  const outcome = directive(text, 'outcome');
  if (outcome !== 'accepted' && outcome !== 'rejected') throw new Error(`${file}: no outcome`);
  const marked = text.split('\n').findIndex((line) => line.endsWith('// ERROR'));
  const processed = directive(text, 'processed');
  return {
    name: path.basename(file, '.bpfasm'),
    path: file,
    text,
    outcome,
    message: directive(text, 'message'),
    line: marked === -1 ? null : marked + 1,
    processed: processed === null ? null : Number(processed),
  };
}

/** The only program of a file. Throws when it does not assemble. */
export function programOf(file: Pick<VerdictFile, 'path' | 'text'>): Program {
  const [program, second] = programsOf(file);
  if (program === undefined || second !== undefined) throw new Error(`${file.path}: not one program`);
  return program;
}

/** All programs of a file. Throws when it does not assemble. */
export function programsOf(file: Pick<VerdictFile, 'path' | 'text'>): readonly Program[] {
  return objectOf(file.text, path.basename(file.path)).programs;
}

/** The one-based line that a pc stands on; null where the program does not say. */
export function lineOfPc(program: Program, text: string, pc: number | null): number | null {
  const info = pc === null ? null : lineAt(program, pc);
  if (info === null) return null;
  return info.span === null ? info.line : positionAt(sourceText('', text), info.span.start).line + 1;
}

function directive(text: string, name: string): string | null {
  return new RegExp(`^// ${name}: (.*)$`, 'm').exec(text)?.[1] ?? null;
}
