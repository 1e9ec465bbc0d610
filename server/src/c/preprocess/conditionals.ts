import { reportError, reportWarning } from '../problem.ts';
import { TOKEN } from '../tokens.ts';
import { condition } from './condition.ts';
import { macroName } from './define.ts';
import {
  currentFile, lexedToken, macroOf, mention, rangeOf, type Conditional, type PreToken, type Unit,
} from './unit.ts'; // prettier-ignore

/** Conditional inclusion (C11 6.10.1): what is not taken is passed over at once. */

export function ifCondition(unit: Unit, name: PreToken): void {
  const open = currentFile(unit);
  const guard = open.guard === -1 ? guardOf(unit) : -1;
  const value = condition(unit, name);
  if (open.guard === -1) open.guard = guard === -1 || unit.out.count !== open.firstToken ? -2 : guard;
  enter(unit, name, value);
}

export function ifDefined(unit: Unit, name: PreToken, wanted: boolean): void {
  const open = currentFile(unit);
  const macro = macroName(unit);
  const fresh = open.guard === -1;
  if (fresh) open.guard = macro === null || wanted || unit.out.count !== open.firstToken ? -2 : macro.atom;
  if (macro === null) return enter(unit, name, false);
  noMore(unit, wanted ? 'ifdef' : 'ifndef');
  enter(unit, name, isDefined(unit, macro) === wanted);
}

function isDefined(unit: Unit, name: PreToken): boolean {
  const macro = macroOf(unit, name.atom);
  if (macro !== undefined) mention(unit, macro, name);
  return macro !== undefined;
}

/** `#if !defined(X)` or `#if !defined X` as an include guard: the atom of X, or -1. Reads nothing. */
function guardOf(unit: Unit): number {
  const { lexer } = currentFile(unit);
  const end = lexer.source.indexOf('\n', lexer.pos);
  const text = lexer.source.slice(lexer.pos, end === -1 ? lexer.length : end);
  const match = /^\s*!\s*defined\s*(?:\(\s*(\w+)\s*\)|(\w+))\s*$/.exec(text);
  return match === null ? -1 : unit.atoms.of(match[1] ?? match[2]!);
}

function enter(unit: Unit, name: PreToken, taken: boolean): void {
  const at = rangeOf(name);
  const conditional: Conditional = { at, taken, elseSeen: false };
  currentFile(unit).conditionals.push(conditional);
  if (!taken) skipGroup(unit, conditional);
}

export function elif(unit: Unit, name: PreToken): void {
  const conditional = current(unit, name, 'elif');
  if (conditional === null) return;
  refuseAfterElse(unit, conditional, name, 'elif');
  skipGroup(unit, conditional);
}

export function elifDefined(unit: Unit, name: PreToken): void {
  elif(unit, name);
}

export function elseGroup(unit: Unit, name: PreToken): void {
  const conditional = current(unit, name, 'else');
  if (conditional === null) return;
  noMore(unit, 'else');
  refuseAfterElse(unit, conditional, name, 'else');
  conditional.elseSeen = true;
  skipGroup(unit, conditional);
}

export function endif(unit: Unit, name: PreToken): void {
  const open = currentFile(unit);
  noMore(unit, 'endif');
  if (current(unit, name, 'endif') === null) return;
  open.conditionals.pop();
  if (open.conditionals.length === 0 && open.guard >= 0 && !open.guardClosed) {
    open.guardClosed = true;
    open.lastToken = unit.out.count;
  }
}

function current(unit: Unit, name: PreToken, word: string): Conditional | null {
  const open = currentFile(unit);
  const conditional = open.conditionals[open.conditionals.length - 1];
  if (conditional === undefined) {
    reportError(unit.problems, 'conditional-unbalanced', rangeOf(name), `#${word} without #if`);
    return null;
  }
  if (word !== 'endif' && open.conditionals.length === 1) open.guard = -2;
  return conditional;
}

function refuseAfterElse(unit: Unit, conditional: Conditional, name: PreToken, word: string): void {
  if (!conditional.elseSeen) return;
  reportError(unit.problems, 'conditional-unbalanced', rangeOf(name), `#${word} after #else`);
}

function noMore(unit: Unit, word: string): void {
  const open = currentFile(unit);
  if (open.lexer.kind === TOKEN.end || open.lexer.next() === TOKEN.end) return;
  const message = `extra tokens at end of #${word} directive`;
  reportWarning(unit.problems, 'extra-tokens', rangeOf(lexedToken(open)), message);
}

/** Passes over groups until one is taken or the conditional ends. The lexer stays before the end of that line. */
function skipGroup(unit: Unit, conditional: Conditional): void {
  const open = currentFile(unit);
  const { lexer, file } = open;
  const from = lexer.pos;
  const nested: Conditional[] = [];
  for (;;) {
    const found = lexer.skipToDirective();
    const hash = file.base + lexer.start;
    if (!found) {
      open.conditionals.push(...nested);
      return inactive(unit, from, lexer.length);
    }
    lexer.inDirective = true;
    lexer.next();
    const word = unit.atoms.text(lexer.atom);
    const name = lexedToken(open);
    if (word === 'if' || word === 'ifdef' || word === 'ifndef')
      nested.push({ at: rangeOf(name), taken: true, elseSeen: false });
    else if (nested.length > 0) skipNested(unit, nested, name, word);
    else if (GROUP_ENDS.has(word) && endsSkipping(unit, conditional, name, word))
      return inactive(unit, from, hash - file.base);
    lexer.inDirective = false;
  }
}

/** A conditional within a group that is passed over has to be well-formed, too. */
function skipNested(unit: Unit, nested: Conditional[], name: PreToken, word: string): void {
  const innermost = nested[nested.length - 1]!;
  if (word === 'endif') nested.pop();
  else if (GROUP_ENDS.has(word)) refuseAfterElse(unit, innermost, name, word);
  if (word === 'else') innermost.elseSeen = true;
}

const GROUP_ENDS = new Set(['elif', 'elifdef', 'elifndef', 'else', 'endif']);

/** At a directive that ends a group: whether what follows is compiled. */
function endsSkipping(unit: Unit, conditional: Conditional, name: PreToken, word: string): boolean {
  const open = currentFile(unit);
  if (word === 'endif') {
    endif(unit, name);
    return true;
  }
  if (open.conditionals.length === 1) open.guard = -2;
  refuseAfterElse(unit, conditional, name, word);
  if (word === 'else') {
    noMore(unit, 'else');
    conditional.elseSeen = true;
  }
  if (conditional.taken || !(word === 'else' || elifHolds(unit, name, word))) return false;
  conditional.taken = true;
  return true;
}

function elifHolds(unit: Unit, name: PreToken, word: string): boolean {
  if (word === 'elif') return condition(unit, name);
  const macro = macroName(unit);
  return macro !== null && isDefined(unit, macro) === (word === 'elifdef');
}

function inactive(unit: Unit, from: number, to: number): void {
  if (currentFile(unit).file !== unit.places.files[0]) return;
  const { text } = unit.places.files[0];
  const start = text.indexOf('\n', from) + 1;
  const end = text.lastIndexOf('\n', to - 1) + 1;
  if (end > start && start > 0) unit.inactive.push({ start, end });
}
