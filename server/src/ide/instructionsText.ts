import { assembleText } from '../asm/assembleText.ts';
import type { AsmFile, InsnNode } from '../asm/assembler/syntax.ts';
import { listingRows, sourceLineText, type ListingRow } from '../asm/listing.ts';
import { printInsn } from '../asm/pseudoC/print.ts';
import { lineSpan, positionAt, sourceText, type SourceText, type Span } from '../base/source.ts';
import { tidyPath } from '../elf/programInfo.ts';
import type { BpfObject, LineInfo, Program } from '../program/program.ts';
import type { Verification } from '../verifier/verification.ts';
import { rejectionMessage } from './diagnostics.ts';
import type { OpenFile } from './workspace.ts';

/** One instruction of a file's programs: index into `object.programs`, and slot. */
export interface InsnPlace {
  readonly program: number;
  readonly pc: number;
}

/** The instructions of a file's programs as one text, for reading beside the source that they are made from. */
export interface InstructionsText {
  readonly source: SourceText;
  readonly object: BpfObject;
  /** By line of the text, zero-based; null where no instruction stands. */
  readonly places: readonly (InsnPlace | null)[];
}

/** `title` is the first line; `path` that of the source, whose lines are told by number alone. */
export function instructionsText(object: BpfObject, title: string, path: string): InstructionsText {
  const rows: { readonly text: string; readonly place: InsnPlace | null }[] = [{ text: `; ${title}`, place: null }];
  for (const [index, program] of object.programs.entries())
    for (const { text, pc } of rowsOf(program, path))
      rows.push({ text, place: pc === null ? null : { program: index, pc } });
  const text = `${rows.map((row) => row.text).join('\n')}\n`;
  return { source: sourceText(`${path}.bpfasm`, text), object, places: rows.map(({ place }) => place) };
}

function rowsOf(program: Program, path: string): ListingRow[] {
  const { name, type, section, insns } = program;
  const count = `${insns.length} ${insns.length === 1 ? 'instruction' : 'instructions'}`;
  const own = tidyPath(path);
  const source = (line: LineInfo): string => sourceRow(line, own);
  const head = ['', `; ${type} program in section ${section}, ${count}`, `${name}:`];
  return [...head.map((text) => ({ text, pc: null })), ...listingRows(program, { printInsn, width: 6, source })];
}

function sourceRow(line: LineInfo, path: string): string {
  const code = sourceLineText(line);
  const file = line.path === path ? '' : `${line.path.split(/[\\/]/).at(-1) ?? line.path}:`;
  return code === '' ? '' : `; ${file}${line.line}  ${code}`;
}

/** The span of an instruction in the text, without its number. */
export function insnSpanOf({ source }: InstructionsText, line: number): Span {
  const { start, end } = lineSpan(source, line);
  const number = /^\s*\d+: /.exec(source.text.slice(start, end))?.[0].length ?? 0;
  return { start: start + number, end };
}

/** The text as if it were a file of assembly that is open, so that it has all that such files have: hovers, colours, outline. */
export function openInstructions(text: InstructionsText, verifications: readonly (Verification | null)[]): OpenFile {
  const asm = parsed.get(text) ?? parse(text);
  parsed.set(text, asm);
  return { asm, verifications };
}

const parsed = new WeakMap<InstructionsText, AsmFile>();

function parse({ source, object, places }: InstructionsText): AsmFile {
  const asm = assembleText(source, 'ebpf-asm');
  const insns = asm.insns.flatMap(({ span }): InsnNode[] => {
    const place = places[positionAt(source, span.start).line] ?? null;
    return place === null ? [] : [{ span, places: [place] }];
  });
  return { ...asm, insns, object: { ...object, diagnostics: [] } };
}

/** An instruction that a program is refused for, or that keeps it from being checked. */
export interface Fault {
  readonly span: Span;
  readonly severity: 'error' | 'information';
  readonly message: string;
}

/** Where the verifier has something to say. */
export function faultsIn(text: InstructionsText, verifications: readonly (Verification | null)[]): Fault[] {
  return verifications.flatMap((verification, program): Fault[] => {
    if (verification === null || verification.finding === null) return [];
    const pc = verification.finding.pc ?? 0;
    const line = text.places.findIndex((place) => place?.program === program && place.pc === pc);
    const severity = verification.outcome === 'unsupported' ? 'information' : 'error';
    return line === -1 ? [] : [{ span: insnSpanOf(text, line), severity, message: rejectionMessage(verification) }];
  });
}
