import { FIRST_EXPANSION, NOWHERE, type FileSpan, type Place } from '../places.ts';
import { TOKEN, type Tokens } from '../tokens.ts';
import type { Preprocessed } from './preprocess.ts';
import type { Macro, MacroMention } from './unit.ts';

/** What an editor says of macros. */
export interface MacroFact {
  readonly name: string;
  /** As it is written, `#define NAME(a, b) …`, comments and line splices taken out; null for the compiler's own. */
  readonly definition: string | null;
  /** Of its name in the definition; null for the compiler's own. */
  readonly definedAt: FileSpan | null;
  /** Of the name that was asked about. */
  readonly at: { readonly start: number; readonly end: number };
  /** What this use became, all macros in it expanded; null where it is a definition or a question. */
  readonly expansion: string | null;
}

/** The macro that is named at an offset of the main file. */
export function macroAt(result: Preprocessed, offset: number): MacroFact | null {
  const { tokens } = result;
  const mention = mentionAt(result.mentions, offset);
  if (mention === null) return null;
  const { macro, at } = mention;
  return {
    name: tokens.atoms.text(macro.atom),
    definition: definitionText(result, macro),
    definedAt: definitionSpan(result, macro),
    at,
    expansion: expansionText(result, at.start),
  };
}

/** Where a macro is mentioned in the main file: for highlights and references. */
export function mentionsOf(result: Preprocessed, macro: Macro): readonly MacroMention[] {
  return result.mentions.filter((mention) => mention.macro === macro);
}

/** For completion: the macros at the end of the file, each with its parameters. */
export function macroList(result: Preprocessed): { name: string; params: readonly string[] | null; macro: Macro }[] {
  const { atoms } = result.tokens;
  return result.macros.map((macro) => ({
    name: atoms.text(macro.atom),
    params: macro.params === null ? null : paramNames(macro, macro.params, atoms),
    macro,
  }));
}

/** As they are written: `...`, or GNU's `args...`, for those without number. */
function paramNames({ variadic }: Macro, params: readonly number[], atoms: Tokens['atoms']): string[] {
  return params.map((atom, index) => {
    const name = atoms.text(atom);
    if (!variadic || index < params.length - 1) return name;
    return name === '__VA_ARGS__' ? '...' : `${name}...`;
  });
}

function mentionAt(mentions: readonly MacroMention[], offset: number): MacroMention | null {
  // The last one: a name in a condition that is read twice is mentioned twice.
  return mentions.findLast(({ at }) => at.start <= offset && offset <= at.end) ?? null;
}

function definitionSpan({ places, tokens }: Preprocessed, macro: Macro): FileSpan | null {
  if (macro.definedAt === NOWHERE) return null;
  return places.span({ start: macro.definedAt, end: macro.definedAt + tokens.atoms.text(macro.atom).length });
}

/** Also of predefined macros, whose file is `<built-in>`. */
export function definitionText({ places }: Preprocessed, macro: Macro): string | null {
  const span = macro.definedAt === NOWHERE ? null : places.span(macro.definition);
  if (span === null) return null;
  const text = span.file.text.slice(span.start, span.end);
  return `#define ${text.replaceAll(/\\[ \t\r]*\n/g, '').replaceAll(/[ \t]+/g, ' ')}`;
}

/** The tokens that came out of the use at a place of the main file, as text. */
function expansionText({ tokens, places }: Preprocessed, usedAt: Place): string | null {
  const { uses } = places;
  const use = uses.findIndex((one) => one.usedAt === usedAt);
  if (use === -1) return null;
  // What an argument became stands once here, however often it was handed on.
  const seen = new Set<Place>();
  const found: number[] = [];
  for (let at = 0; at < tokens.count && found.length < MOST_TOKENS; at++) {
    const place = tokens.place[at]!;
    if (place < FIRST_EXPANSION) continue;
    const origin = places.originIn(place, use);
    if (origin === null || seen.has(origin)) continue;
    seen.add(origin);
    found.push(at);
  }
  return spelled(tokens, found);
}

const MOST_TOKENS = 2000;

/** Tokens with spaces where C is written with spaces, and wherever they would run together. */
function spelled(tokens: Tokens, indexes: readonly number[]): string {
  let text = '';
  let before = '';
  for (const index of indexes) {
    const spelling = tokens.atoms.text(tokens.atom[index]!);
    const word = tokens.kind[index] === TOKEN.punctuator ? spelling : 'a';
    text += before !== '' && wantsSpace(before, word) ? ` ${spelling}` : spelling;
    before = word;
  }
  return indexes.length === MOST_TOKENS ? `${text} …` : text;
}

function wantsSpace(before: string, after: string): boolean {
  if (/^(?:[([.!~]|->)$/.test(before)) return false;
  return (
    !/^(?:[)\],;.]|->|\+\+|--)$/.test(after) &&
    !(after === '(' && before === 'a') &&
    !(after === '[' && /^[a)\]]$/.test(before))
  );
}
