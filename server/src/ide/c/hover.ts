import type { Span } from '../../base/source.ts';
import { printType } from '../../c/check/printType.ts';
import { lookupHere, lookupTagHere } from '../../c/check/scope.ts';
import { macroAt, type MacroFact } from '../../c/preprocess/macroFacts.ts';
import { programTypeOfSection, SECTIONS } from '../../kernel/sections.ts';
import type { Hover } from '../hover.ts';
import type { CFile } from './cFile.ts';
import { describeEntity, describeExpr, describeTag, type Described } from './entities.ts';
import { exprAt, localsAround } from './nodes.ts';

/** What the thing under the cursor is. */
export function cHoverAt(file: CFile, offset: number): Hover | null {
  const macro = macroAt(file.result.preprocessed, offset);
  if (macro !== null) return { markdown: macroText(macro), span: macro.at };
  const section = sectionAt(file, offset);
  if (section !== null) return section;
  const word = wordAt(file.source.text, offset);
  const described = word === null ? null : describedAt(file, offset, word);
  if (word !== null && described !== null) return { markdown: textOf(described), span: word };
  const expr = exprAt(file.result, offset);
  return expr === null ? null : { markdown: code(printType(expr.expr.type)), span: expr.span };
}

/** What a name at an offset of the main file stands for. */
export function describedAt(file: CFile, offset: number, word: Span): Described | null {
  const name = file.source.text.slice(word.start, word.end);
  const expr = exprAt(file.result, offset);
  const named = expr === null ? null : describeExpr(expr.expr);
  if (named !== null && expr !== null && expr.span.end >= word.end && nameOf(expr.expr) === name) return named;
  const local = localsAround(file.result, offset).findLast(
    ({ variable, span }) => variable.name === name && span.start <= word.start,
  );
  if (local?.span.start === word.start || (local !== undefined && local.span.end === word.end))
    return describeEntity(name, local.variable);
  const { unit } = file.result;
  if (unit === null) return null;
  if (/\b(?:struct|union|enum)\s+$/.test(file.source.text.slice(Math.max(0, word.start - 40), word.start))) {
    const tag = lookupTagHere(unit.scope, name);
    return tag === null ? null : describeTag(tag);
  }
  const entity = lookupHere(unit.scope, name);
  return entity === null ? null : describeEntity(name, entity);
}

function nameOf(expr: Parameters<typeof describeExpr>[0]): string | null {
  if (expr.kind === 'member') return expr.member.name;
  if (expr.kind === 'variable') return expr.variable.name.split('.').at(-1) ?? null;
  return expr.kind === 'function' ? expr.symbol.name : null;
}

/** The identifier at an offset. */
export function wordAt(text: string, offset: number): Span | null {
  const before = /\w*$/.exec(text.slice(Math.max(0, offset - 200), offset))?.[0].length ?? 0;
  const after = /^\w*/.exec(text.slice(offset, offset + 200))?.[0].length ?? 0;
  const span = { start: offset - before, end: offset + after };
  return before + after === 0 || /\d/.test(text[span.start] ?? '') ? null : span;
}

const LONGEST_EXPANSION = 2000;

function macroText({ definition, expansion }: MacroFact): string {
  const became = expansion === null || expansion.length > LONGEST_EXPANSION ? null : expansion;
  return [
    definition === null ? '' : code(definition),
    became === null || became === '' ? '' : `Becomes:\n\n${code(became)}`,
  ]
    .filter(Boolean)
    .join('\n\n');
}

/** Inside `SEC("…")`: what programs of the section are. */
function sectionAt(file: CFile, offset: number): Hover | null {
  const { text } = file.source;
  const start = text.lastIndexOf('SEC("', offset);
  const end = start === -1 ? -1 : text.indexOf('"', start + 5);
  if (end === -1 || offset > end || offset < start + 5) return null;
  const name = text.slice(start + 5, end);
  const type = programTypeOfSection(name);
  if (type === null) return null;
  const row = SECTIONS.find((one) => name.replace(/^\?/, '').split('/')[0] === one.name || name === one.name);
  return { markdown: `Program type \`${type.type}\`\n\n${row?.doc ?? ''}`.trim(), span: { start: start + 5, end } };
}

function textOf({ declaration, text }: Described): string {
  return text === '' ? code(declaration) : `${code(declaration)}\n\n${text}`;
}

function code(text: string): string {
  return `\`\`\`c\n${text}\n\`\`\``;
}
