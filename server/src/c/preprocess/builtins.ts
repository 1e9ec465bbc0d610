import { builtinRule, libraryRule } from '../check/builtins.ts';
import { NOWHERE } from '../places.ts';
import { reportError } from '../problem.ts';
import { KEYWORDS, TOKEN } from '../tokens.ts';
import { expandAll, rawToken } from './expand.ts';
import { ATTRIBUTES, EXTENSIONS, FEATURES } from './features.ts';
import { find, headerOf } from './include.ts';
import { ATOM } from './knownAtoms.ts';
import { Lexer, NO_FAULTS } from './lexer.ts';
import { pragma } from './pragma.ts';
import { currentFile, rangeOf, setMacro, type Builtin, type PreToken, type Unit } from './unit.ts';

/** Macros whose replacement the compiler makes at each use (C11 6.10.8, and clang's own). */
export function installBuiltins(unit: Unit): void {
  for (const [name, builtin] of Object.entries(TABLE)) {
    const atom = unit.atoms.of(name);
    setMacro(unit, atom, {
      atom, params: null, variadic: false, body: [], paramOf: [], special: false, definedAt: NOWHERE,
      definition: { start: NOWHERE, end: NOWHERE }, builtin, busy: false,
    }); // prettier-ignore
  }
}

const TABLE: Readonly<Record<string, Builtin>> = {
  __LINE__: (unit, name) => number(unit, name, lineOf(unit, name)),
  __FILE__: (unit, name) => string(unit, name, presumedFile(unit)),
  __FILE_NAME__: (unit, name) => string(unit, name, lastName(presumedFile(unit))),
  // Calls in clang, which say the same in C.
  __builtin_LINE: (unit, name) => called(unit, name, () => number(unit, name, lineOf(unit, name))),
  __builtin_FILE: (unit, name) => called(unit, name, () => text(unit, name, presumedFile(unit))),
  __builtin_FILE_NAME: (unit, name) => called(unit, name, () => text(unit, name, lastName(presumedFile(unit)))),
  __BASE_FILE__: (unit, name) => string(unit, name, unit.open[0]!.presumed),
  __COUNTER__: (unit, name) => number(unit, name, unit.counter++),
  __INCLUDE_LEVEL__: (unit, name) => number(unit, name, unit.open.length - 1),
  // A fixed day: what is compiled depends on its text only.
  __DATE__: (unit, name) => string(unit, name, 'Jan  1 1970'),
  __TIME__: (unit, name) => string(unit, name, '00:00:00'),
  __TIMESTAMP__: (unit, name) => string(unit, name, 'Thu Jan  1 00:00:00 1970'),
  __FLT_EVAL_METHOD__: (unit, name) => number(unit, name, 0),
  _Pragma: pragmaOperator,
  __has_include: (unit, name) => hasInclude(unit, name, false),
  __has_include_next: (unit, name) => hasInclude(unit, name, true),
  __has_builtin: (unit, name) => asked(unit, name, (text) => (isSupported(text) ? 1 : 0)),
  __has_constexpr_builtin: (unit, name) => asked(unit, name, () => 0),
  __has_attribute: (unit, name) => asked(unit, name, (text) => (ATTRIBUTES.has(plain(text)) ? 1 : 0)),
  __has_c_attribute: (unit, name) => asked(unit, name, () => 0),
  __has_declspec_attribute: (unit, name) => asked(unit, name, () => 0),
  __has_feature: (unit, name) => asked(unit, name, (text) => (FEATURES.has(plain(text)) ? 1 : 0)),
  __has_extension: (unit, name) =>
    asked(unit, name, (text) => (FEATURES.has(plain(text)) || EXTENSIONS.has(plain(text)) ? 1 : 0)),
  __has_warning: (unit, name) => asked(unit, name, () => 1),
  __is_identifier: (unit, name) => asked(unit, name, (text) => (isKeyword(text) ? 0 : 1)),
  __is_target_arch: (unit, name) => asked(unit, name, (text) => (text === 'bpf' ? 1 : 0)),
  __is_target_vendor: (unit, name) => asked(unit, name, (text) => (text === 'unknown' ? 1 : 0)),
  __is_target_os: (unit, name) => asked(unit, name, (text) => (text === 'unknown' ? 1 : 0)),
  __is_target_environment: (unit, name) => asked(unit, name, () => 0),
  __building_module: (unit, name) => asked(unit, name, () => 0),
};

/** Unlike clang's, our answer tells what can be compiled: a header may know another way. */
function isSupported(builtin: string): boolean {
  const rule = builtinRule(builtin) ?? libraryRule(builtin);
  return rule === null ? builtin.startsWith('__builtin_') && isKeyword(builtin) : rule.kind !== 'none';
}

function isKeyword(text: string): boolean {
  return (KEYWORDS as readonly string[]).includes(text);
}

/** Underscores around a name mean nothing: `__noinline__`. */
function plain(text: string): string {
  return /^__.+__$/.test(text) ? text.slice(2, -2) : text;
}

function made(unit: Unit, name: PreToken, kind: number, text: string): readonly PreToken[] {
  const use = unit.places.addUse(unit.atoms.text(name.atom), name.place, NOWHERE);
  const place = unit.places.addExpansion(name.place, text.length, use, false);
  return [{ kind, atom: unit.atoms.of(text), place, end: place + text.length, space: name.space, painted: false }];
}

function number(unit: Unit, name: PreToken, value: number): readonly PreToken[] {
  return made(unit, name, TOKEN.number, String(value));
}

function string(unit: Unit, name: PreToken, value: string): readonly PreToken[] {
  return made(unit, name, TOKEN.string, `"${value.replaceAll(/["\\]/g, '\\$&')}"`);
}

/** `name()`. */
function called(unit: Unit, name: PreToken, give: () => readonly PreToken[]): readonly PreToken[] {
  return parenthesised(unit, name) === null ? [] : give();
}

/** `((char *)"…")`: a value, not an array. */
function text(unit: Unit, name: PreToken, value: string): readonly PreToken[] {
  const sign = (of: string): readonly PreToken[] => made(unit, name, TOKEN.punctuator, of);
  const cast = [sign('('), sign('('), made(unit, name, TOKEN.keyword, 'char'), sign('*'), sign(')')];
  return [...cast, string(unit, name, value), sign(')')].flat();
}

function lastName(path: string): string {
  return path.replace(/^.*\//, '');
}

function presumedFile(unit: Unit): string {
  return currentFile(unit).presumed;
}

/** The line where the outermost macro's use ends, as clang has it. */
function lineOf(unit: Unit, name: PreToken): number {
  const open = currentFile(unit);
  const offset = unit.places.lastPlace(name.place) - open.file.base;
  return unit.places.lineIn(open.file, offset) + open.lineShift;
}

/** `__has_builtin(name)`: reads the parenthesis and gives 0 or 1. */
function asked(unit: Unit, name: PreToken, answer: (text: string) => number): readonly PreToken[] {
  const tokens = parenthesised(unit, name);
  return number(unit, name, tokens === null ? 0 : answer(tokens.map(({ atom }) => unit.atoms.text(atom)).join('')));
}

function hasInclude(unit: Unit, name: PreToken, next: boolean): readonly PreToken[] {
  const tokens = parenthesised(unit, name, 'expected "FILENAME" or <FILENAME>');
  if (tokens === null) return [];
  const header = headerOf(unit, tokens) ?? headerOf(unit, expandAll(unit, tokens));
  if (header === null) {
    reportError(unit.problems, 'include-invalid', rangeOf(tokens[0] ?? name), 'expected "FILENAME" or <FILENAME>');
    return number(unit, name, 0);
  }
  const found = find(unit, { ...header, at: rangeOf(name) }, next, true);
  return number(unit, name, found === null ? 0 : 1);
}

/** The tokens from `(` to `)`; null, with an error, where they are not there. */
function parenthesised(unit: Unit, name: PreToken, wanted: string | null = null): PreToken[] | null {
  const open = rawToken(unit);
  const word = unit.atoms.text(name.atom);
  if (open === null || open.atom !== ATOM.open) {
    reportError(unit.problems, 'condition-invalid', rangeOf(open ?? name), `missing '(' after '${word}'`);
    return null;
  }
  const tokens: PreToken[] = [];
  for (let depth = 0; ;) {
    const token = rawToken(unit);
    if (token === null) {
      const message = tokens.length === 0 && wanted !== null ? wanted : `missing ')' after '${word}'`;
      const { end } = tokens[tokens.length - 1] ?? open;
      reportError(unit.problems, 'condition-invalid', { start: end, end }, message);
      return null;
    }
    if (token.atom === ATOM.close && depth-- === 0) return tokens;
    if (token.atom === ATOM.open) depth++;
    tokens.push(token);
  }
}

/** `_Pragma("text")` (C11 6.10.9). */
function pragmaOperator(unit: Unit, name: PreToken): readonly PreToken[] {
  const tokens = parenthesised(unit, name);
  const literal = tokens?.[0];
  if (literal === undefined || tokens?.length !== 1 || literal.kind !== TOKEN.string) {
    reportError(
      unit.problems,
      'pragma-invalid',
      rangeOf(literal ?? name),
      '_Pragma takes a parenthesized string literal',
    );
    return [];
  }
  const spelled = unit.atoms.text(literal.atom);
  const text = spelled.slice(spelled.indexOf('"') + 1, -1).replaceAll(/\\(["\\])/g, '$1');
  const token = pragma(unit, tokensOf(unit, text, name), name);
  return token === null ? [] : [token];
}

/** The tokens of a text that stands in no file; all of them at the place of `at`. */
function tokensOf(unit: Unit, text: string, at: PreToken): PreToken[] {
  const lexer = new Lexer(text, unit.atoms, NO_FAULTS);
  const tokens: PreToken[] = [];
  while (lexer.next() !== TOKEN.end)
    tokens.push({
      kind: lexer.kind,
      atom: lexer.atom,
      place: at.place,
      end: at.end,
      space: lexer.space,
      painted: false,
    });
  return tokens;
}
