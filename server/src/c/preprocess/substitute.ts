import { TOKEN } from '../tokens.ts';
import { reportError, reportWarning } from '../problem.ts';
import { expandAll } from './expand.ts';
import { ATOM } from './knownAtoms.ts';
import { Lexer, NO_FAULTS } from './lexer.ts';
import { LIMITS, rangeOf, type Macro, type PreToken, type Unit } from './unit.ts';

type Arguments = readonly (readonly PreToken[])[];

interface Work {
  readonly unit: Unit;
  readonly macro: Macro;
  readonly args: Arguments;
  readonly expanded: (readonly PreToken[] | undefined)[];
  readonly use: number;
  readonly result: PreToken[];
  /** Indexes into the result of `##` that come from the body; those from arguments paste nothing. */
  pastes: boolean;
  /** What comes next has white space before it. */
  pendingSpace: boolean;
}

/** The replacement list with arguments in place of parameters (C11 6.10.3.1 to 6.10.3.3). */
export function substitute(
  unit: Unit,
  macro: Macro,
  args: Arguments | null,
  name: PreToken,
  use: number,
): readonly PreToken[] {
  const work: Work = {
    unit,
    macro,
    args: args ?? [],
    expanded: [],
    use,
    result: [],
    pastes: false,
    pendingSpace: false,
  };
  range(work, 0, macro.body.length);
  const result = work.pastes ? paste(work) : work.result;
  if (result.length > 0) result[0]!.space = name.space;
  return result;
}

function range(work: Work, from: number, to: number): void {
  const { macro, result } = work;
  const { body } = macro;
  for (let at = from; at < to && work.unit.places.expansions <= LIMITS.expansionTokens; at++) {
    const token = body[at]!;
    const param = macro.paramOf[at]!;
    if (param >= 0) {
      at = parameter(work, at, param, to);
      continue;
    }
    if (!macro.special) {
      result.push(fromBody(work, token));
      continue;
    }
    if (token.kind === TOKEN.punctuator && token.atom === ATOM.hash && macro.params !== null && at + 1 < to) {
      const stringified = stringify(work, at, to);
      if (stringified > at) {
        at = stringified;
        continue;
      }
    }
    if (token.atom === ATOM.vaOpt && macro.variadic) {
      at = vaOpt(work, at, to);
      continue;
    }
    if (isPaste(token)) work.pastes = true;
    result.push(fromBody(work, token));
  }
}

/** Marks `##` of the body: an argument's is `unknown`, so that it pastes nothing (C11 6.10.3.3p3). */
function isPaste(token: PreToken | undefined): boolean {
  return token !== undefined && token.kind === TOKEN.punctuator && token.atom === ATOM.paste;
}

function fromBody(work: Work, token: PreToken): PreToken {
  const { unit, use } = work;
  const length = token.end - token.place;
  const place = unit.places.addExpansion(token.place, length, use, false);
  const space = token.space || work.pendingSpace;
  work.pendingSpace = false;
  return { kind: token.kind, atom: token.atom, place, end: place + length, space, painted: token.painted };
}

function fromArgument(work: Work, token: PreToken): PreToken {
  const { unit, use } = work;
  const length = token.end - token.place;
  const place = unit.places.addExpansion(token.place, length, use, true);
  const kind = isPaste(token) ? TOKEN.unknown : token.kind;
  return { kind, atom: token.atom, place, end: place + length, space: token.space, painted: token.painted };
}

/** Gives the index of the last token of the body that was dealt with. */
function parameter(work: Work, at: number, param: number, to: number): number {
  const { macro, result } = work;
  const token = macro.body[at]!;
  const pasteBefore = macro.special && at > 0 && isPaste(macro.body[at - 1]);
  const pasteAfter = macro.special && at + 1 < to && isPaste(macro.body[at + 1]);
  if (!pasteBefore && !pasteAfter) {
    insert(work, expandedArgument(work, param), token.space);
    return at;
  }
  const tokens = work.args[param] ?? [];
  if (tokens.length > 0) {
    const gnuComma = pasteBefore && isGnuComma(work, param);
    if (gnuComma) result.pop();
    insert(work, tokens, token.space);
    return at;
  }
  if (pasteAfter) return at + 1;
  if (isPaste(result[result.length - 1])) result.pop();
  if (isElided(work, param)) removeComma(work, param);
  return at;
}

function insert(work: Work, tokens: readonly PreToken[], space: boolean): void {
  const { result } = work;
  if (tokens.length === 0) {
    work.pendingSpace ||= space;
    return;
  }
  const first = result.length;
  for (const token of tokens) result.push(fromArgument(work, token));
  result[first]!.space = space || work.pendingSpace;
  work.pendingSpace = false;
}

/** Whether the variable arguments were left out, comma and all; clang keeps the comma of `f(a, )`. */
function isElided({ args, macro }: Work, param: number): boolean {
  return args[param] === undefined || macro.params!.length === 1;
}

function isVariadicParam({ macro }: Work, param: number): boolean {
  return macro.variadic && param === macro.params!.length - 1;
}

/** GNU `, ## args`: pastes nothing when there are arguments. */
function isGnuComma(work: Work, param: number): boolean {
  const { result } = work;
  if (!isVariadicParam(work, param) || !isPaste(result[result.length - 1])) return false;
  return isComma(result[result.length - 2]);
}

function isComma(token: PreToken | undefined): boolean {
  return token !== undefined && token.kind === TOKEN.punctuator && token.atom === ATOM.comma;
}

/** GNU `, ## args`: the comma goes when there are no arguments. */
function removeComma(work: Work, param: number): void {
  const { result } = work;
  if (!isVariadicParam(work, param) || !isComma(result[result.length - 1])) return;
  result.pop();
  if (isPaste(result[result.length - 1])) result.pop();
  work.pendingSpace = false;
}

function expandedArgument(work: Work, param: number): readonly PreToken[] {
  let expanded = work.expanded[param];
  if (expanded === undefined) {
    expanded = expandAll(work.unit, work.args[param] ?? []);
    work.expanded[param] = expanded;
  }
  return expanded;
}

/**
 * `#param` (C11 6.10.3.2) and `#__VA_OPT__(…)` (C23 6.10.4.2); gives the index of the last token that belongs to it, or
 * that of `#` when nothing does.
 */
function stringify(work: Work, at: number, to: number): number {
  const { macro, unit } = work;
  const param = macro.paramOf[at + 1]!;
  if (param >= 0) {
    const tokens = work.args[param] ?? [];
    pushString(work, macro.body[at]!, stringOf(unit, tokens, tokens[tokens.length - 1]));
    return at + 1;
  }
  const close = macro.variadic && macro.body[at + 1]?.atom === ATOM.vaOpt ? closingParen(macro, at + 2, to) : -1;
  if (close === -1) return at;
  const part: Work = { ...work, result: [], pastes: false, pendingSpace: false };
  if (expandedArgument(work, macro.params!.length - 1).length > 0) range(part, at + 3, close);
  pushString(work, macro.body[at]!, stringOf(unit, part.pastes ? paste(part) : part.result, macro.body[close]));
  return close;
}

function pushString(work: Work, hash: PreToken, text: string): void {
  const { unit, result, use } = work;
  const place = unit.places.addExpansion(hash.place, text.length, use, false);
  const space = hash.space || work.pendingSpace;
  work.pendingSpace = false;
  const atom = unit.atoms.of(text);
  result.push({ kind: TOKEN.string, atom, place, end: place + text.length, space, painted: false });
}

function stringOf(unit: Unit, tokens: readonly PreToken[], last: PreToken | undefined): string {
  let text = '';
  tokens.forEach((token, index) => {
    if (unit.madeText + text.length > LIMITS.madeText) return;
    if (index > 0 && token.space) text += ' ';
    const spelling = unit.atoms.text(token.atom);
    text += token.kind === TOKEN.string || token.kind === TOKEN.char ? spelling.replaceAll(/["\\]/g, '\\$&') : spelling;
  });
  unit.madeText += text.length;
  let backslashes = 0;
  while (text[text.length - 1 - backslashes] === '\\') backslashes++;
  const odd = backslashes % 2 === 1;
  if (odd && last !== undefined) reportWarning(unit.problems, 'invalid-pp-token', rangeOf(last), BAD_STRING);
  return `"${odd ? text.slice(0, -1) : text}"`;
}

const BAD_STRING = "invalid string literal, ignoring final '\\'";

/** `__VA_OPT__( content )` (C23 6.10.4.1); gives the index of its closing parenthesis. */
function vaOpt(work: Work, at: number, to: number): number {
  const { macro, result } = work;
  const close = closingParen(macro, at + 1, to);
  if (close === -1) {
    result.push(fromBody(work, macro.body[at]!));
    return at;
  }
  const before = result.length;
  const hasArguments = expandedArgument(work, macro.params!.length - 1).length > 0;
  if (hasArguments) range(work, at + 2, close);
  if (result.length > before) {
    result[before]!.space = macro.body[at]!.space;
    return close;
  }
  if (close + 1 < to && isPaste(macro.body[close + 1])) return close + 1;
  if (at > 0 && isPaste(macro.body[at - 1]) && isPaste(result[result.length - 1])) result.pop();
  return close;
}

function closingParen(macro: Macro, open: number, to: number): number {
  if (macro.body[open]?.atom !== ATOM.open) return -1;
  let depth = 0;
  for (let at = open; at < to; at++) {
    const { kind, atom } = macro.body[at]!;
    if (kind !== TOKEN.punctuator) continue;
    if (atom === ATOM.open) depth++;
    else if (atom === ATOM.close && --depth === 0) return at;
  }
  return -1;
}

/** Carries out `##`, from left to right. */
function paste(work: Work): PreToken[] {
  const { result } = work;
  const pasted: PreToken[] = [];
  for (let at = 0; at < result.length; at++) {
    const token = result[at]!;
    const left = pasted[pasted.length - 1];
    const right = result[at + 1];
    if (!isPaste(token) || left === undefined || right === undefined) {
      if (!isPaste(token) || left === undefined) pasted.push(token);
      continue;
    }
    at++;
    const joined = join(work, left, right, token);
    if (joined === null) pasted.push(right);
    else pasted[pasted.length - 1] = joined;
  }
  return pasted;
}

function join(work: Work, left: PreToken, right: PreToken, operator: PreToken): PreToken | null {
  const { unit, use } = work;
  const text = unit.atoms.text(left.atom) + unit.atoms.text(right.atom);
  unit.madeText += text.length;
  if (unit.madeText > LIMITS.madeText) return null;
  const lexer = new Lexer(text, unit.atoms, NO_FAULTS);
  lexer.next();
  if (lexer.start !== 0 || lexer.end !== text.length || lexer.kind === TOKEN.unknown) {
    const message = `pasting formed '${text}', an invalid preprocessing token`;
    reportError(unit.problems, 'macro-paste', { start: operator.place, end: operator.end }, message);
    return null;
  }
  const place = unit.places.addExpansion(left.place, text.length, use, false);
  return { kind: lexer.kind, atom: lexer.atom, place, end: place + text.length, space: left.space, painted: false };
}
