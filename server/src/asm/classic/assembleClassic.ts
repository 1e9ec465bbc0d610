import { errorAt, type Diagnostic } from '../../base/diagnostic.ts';
import { positionAt, type SourceText, type Span } from '../../base/source.ts';
import type { ClassicInsn } from '../../isa/classic.ts';
import type { LineInfo, Program } from '../../program/program.ts';
import type { AsmFile, Definition, InsnNode } from '../assembler/syntax.ts';
import { newUnit, report, type Unit } from '../assembler/unit.ts';
import { checkClassic, reachable, type MaybeInsn } from './check.ts';
import { convertClassic, type Conversion } from './convert.ts';
import { parseClassic } from './parse.ts';
import type { ClassicText, Statement } from './parsed.ts';
import { resolveJumps } from './resolve.ts';

/**
 * Reads a filter in classic BPF, in any of its notations, as one socket filter in eBPF. Never fails: what cannot be read
 * is a diagnostic and becomes one instruction that is none.
 */
export function assembleClassic(source: SourceText): AsmFile {
  const unit = newUnit(source);
  const text = parseClassic(unit);
  const { insns, references } = resolveJumps(unit, text);
  reportProblems(unit, text, insns);
  const conversion = convertClassic(insns);
  const program = programOf(source, text, insns, conversion);
  const diagnostics = unit.diagnostics.sort((a, b) => (a.span?.start ?? 0) - (b.span?.start ?? 0));
  return {
    source,
    object: { path: source.path, programs: [program], maps: [], license: '', btf: null, diagnostics },
    tokens: unit.tokens,
    definitions: text.labels.map((label) => definitionOf(label.name, label.span)),
    references,
    insns: nodesOf(text.statements, conversion),
  };
}

function reportProblems(unit: Unit, { statements }: ClassicText, insns: readonly MaybeInsn[]): void {
  for (const { index, code, message } of checkClassic(insns))
    report(unit, errorAt(code, statements[index]?.span ?? null, message));
  if (insns.every((insn) => insn !== null))
    for (const span of unreachedSpans(statements, reachable(insns)).slice(0, MOST_HINTS)) report(unit, unreached(span));
}

/** Only what is greyed out: none of these keeps a filter from being used. */
const MOST_HINTS = 200;

/** Instructions in a row are one place. */
function unreachedSpans(statements: readonly Statement[], reached: readonly boolean[]): Span[] {
  const spans: Span[] = [];
  for (const [index, { span }] of statements.entries()) {
    if (reached[index] === true) continue;
    const before = reached[index - 1] === false ? spans.pop() : undefined;
    spans.push({ start: before?.start ?? span.start, end: span.end });
  }
  return spans;
}

/** The kernel takes such filters; nothing of them is left in eBPF. */
function unreached(span: Span): Diagnostic {
  const message = 'No path leads here, so nothing of this is in the eBPF.';
  return { ...errorAt('instruction-unreached', span, message), severity: 'hint', unnecessary: true };
}

function programOf(
  source: SourceText,
  { labels, statements }: ClassicText,
  insns: readonly MaybeInsn[],
  { insns: converted, starts, needs }: Conversion,
): Program {
  const name = nameOf(source.path);
  return {
    name,
    type: 'socket_filter',
    attachType: null,
    section: 'socket',
    insns: converted,
    subprogs: [{ name, start: 0, end: converted.length, global: false, typeId: 0 }],
    maps: [],
    lines: linesOf(source, statements, starts),
    labels: new Map(labels.flatMap(({ name: label, at }) => placeOf(starts[at], label))),
    license: '',
    btf: null,
    sleepable: false,
    flags: 0,
    needs,
    classic: { insns: insns.map((insn) => insn ?? UNREADABLE), starts },
  };
}

/** Takes the place of what could not be read. */
const UNREADABLE: ClassicInsn = { code: 0xffff, jt: 0, jf: 0, k: 0 };

function placeOf(pc: number | undefined, label: string): [number, string][] {
  return pc === undefined || pc < 0 ? [] : [[pc, label]];
}

/** The file's name without folder and ending; names of programs are C identifiers. */
function nameOf(path: string): string {
  const base = /([^/\\]*?)(\.[^./\\]*)?$/.exec(path)?.[1] ?? '';
  return base.replaceAll(/\W/g, '_') || 'filter';
}

/** What comes before the first instruction belongs to it. */
function linesOf(source: SourceText, statements: readonly Statement[], starts: readonly number[]): LineInfo[] {
  return statements.flatMap(({ span }, index) => {
    const pc = starts[index] ?? -1;
    const { line, column } = positionAt(source, span.start);
    if (pc < 0) return [];
    return [{ pc: index === 0 ? 0 : pc, path: source.path, line: line + 1, column: column + 1, span, text: null }];
  });
}

function definitionOf(name: string, span: Span): Definition {
  return { kind: 'label', name, span, extent: span, parent: null, entry: false };
}

/** Every slot of its eBPF is a place of an instruction, so that findings of the verifier have one in the text. */
function nodesOf(statements: readonly Statement[], { insns, starts }: Conversion): InsnNode[] {
  let end = insns.length;
  const nodes = statements.toReversed().map(({ span }, back) => {
    const start = starts[statements.length - 1 - back] ?? -1;
    const places = start < 0 ? [] : placesOf(start, end);
    if (start >= 0) end = start;
    return { span, places };
  });
  return nodes.reverse();
}

function placesOf(start: number, end: number): InsnNode['places'] {
  return Array.from({ length: end - start }, (_, slot) => ({ program: 0, pc: start + slot }));
}
