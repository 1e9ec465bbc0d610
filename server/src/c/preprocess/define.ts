import { reportError, reportWarning } from '../problem.ts';
import { TOKEN } from '../tokens.ts';
import { BACKSLASH, LEFT_PAREN } from './characters.ts';
import { ATOM } from './knownAtoms.ts';
import { BUILT_IN, isKeywordOfC23 } from './predefined.ts';
import {
  currentFile, lexedToken, macroOf, mention, nameOf, nameRange, rangeOf, setMacro, type Macro, type PreToken, type Unit,
} from './unit.ts'; // prettier-ignore

/** `#define` (C11 6.10.3), after the word. */
export function define(unit: Unit): void {
  const name = macroName(unit);
  if (name === null) return;
  const { lexer } = currentFile(unit);
  let params: Params | null = null;
  if (lexer.source.charCodeAt(lexer.pos) === LEFT_PAREN) {
    lexer.next();
    params = readParams(unit);
    if (params === null) return;
  }
  const body: PreToken[] = [];
  const bodyAt = lexer.pos;
  while (lexer.next() !== TOKEN.end) body.push(lexedToken(currentFile(unit)));
  if (params === null && body.length > 0 && !body[0]!.space && lexer.source.charCodeAt(bodyAt) !== BACKSLASH)
    reportWarning(
      unit.problems,
      'macro-definition',
      rangeOf(body[0]!),
      'ISO C99 requires whitespace after the macro name',
    );
  if (body.length > 0) body[0]!.space = false;
  const macro = newMacro(unit, name, params, body);
  if (bodyIsValid(unit, macro)) install(unit, macro, name);
}

/** `#undef`, after the word. */
export function undefine(unit: Unit): void {
  const name = macroName(unit);
  if (name === null) return;
  const old = macroOf(unit, name.atom);
  if (old === undefined) return;
  mention(unit, old, name);
  if (old.builtin !== null)
    reportWarning(unit.problems, 'builtin-macro-redefined', rangeOf(name), 'undefining builtin macro');
  setMacro(unit, name.atom, undefined);
}

/** The name after `#define`, `#undef`, `#ifdef` and their kin. */
export function macroName(unit: Unit): PreToken | null {
  const open = currentFile(unit);
  const kind = open.lexer.next();
  const token = lexedToken(open);
  if (kind === TOKEN.identifier || kind === TOKEN.keyword) {
    if (token.atom !== ATOM.defined) return token;
    reportError(unit.problems, 'macro-definition', rangeOf(token), "'defined' cannot be used as a macro name");
    return null;
  }
  const message = kind === TOKEN.end ? 'macro name missing' : 'macro name must be an identifier';
  reportError(unit.problems, 'macro-definition', rangeOf(token), message);
  return null;
}

interface Params {
  readonly atoms: number[];
  variadic: boolean;
}

/** After `(`, up to and with `)`. */
function readParams(unit: Unit): Params | null {
  const open = currentFile(unit);
  const { lexer } = open;
  const params: Params = { atoms: [], variadic: false };
  if (lexer.next() === TOKEN.punctuator && lexer.atom === ATOM.close) return params;
  for (;;) {
    const problem = readParam(unit, params);
    if (problem !== null) return fail(unit, problem);
    if (lexer.kind === TOKEN.punctuator && lexer.atom === ATOM.close) return params;
    if (params.variadic) return fail(unit, "missing ')' in macro parameter list");
    if (lexer.kind !== TOKEN.punctuator || lexer.atom !== ATOM.comma)
      return fail(unit, 'expected comma in macro parameter list');
    lexer.next();
  }
}

/** Reads one parameter and the token behind it; gives what is wrong. */
function readParam(unit: Unit, params: Params): string | null {
  const { lexer } = currentFile(unit);
  const isName = lexer.kind === TOKEN.identifier || lexer.kind === TOKEN.keyword;
  if (lexer.kind === TOKEN.end) return "missing ')' in macro parameter list";
  if (isName) {
    if (params.atoms.includes(lexer.atom)) return `duplicate macro parameter name '${unit.atoms.text(lexer.atom)}'`;
    params.atoms.push(lexer.atom);
    lexer.next();
  }
  if (lexer.kind === TOKEN.punctuator && lexer.atom === ATOM.ellipsis) {
    params.variadic = true;
    if (!isName) params.atoms.push(ATOM.vaArgs);
    lexer.next();
    return null;
  }
  if (isName) return null;
  return lexer.kind === TOKEN.punctuator && lexer.atom === ATOM.close
    ? 'expected identifier in macro parameter list'
    : 'invalid token in macro parameter list';
}

function fail(unit: Unit, message: string): null {
  reportError(unit.problems, 'macro-definition', rangeOf(lexedToken(currentFile(unit))), message);
  return null;
}

export function newMacro(unit: Unit, name: PreToken, params: Params | null, body: readonly PreToken[]): Macro {
  const paramOf = body.map(({ kind, atom }) =>
    kind === TOKEN.identifier || kind === TOKEN.keyword ? (params?.atoms.indexOf(atom) ?? -1) : -1,
  );
  return {
    atom: name.atom,
    params: params?.atoms ?? null,
    variadic: params?.variadic ?? false,
    body,
    paramOf,
    special: body.some(isSpecial),
    definedAt: name.place,
    definition: {
      start: name.place,
      end: body[body.length - 1]?.end ?? currentFile(unit).lexer.start + currentFile(unit).file.base,
    },
    builtin: null,
    busy: false,
  };
}

function isSpecial({ kind, atom }: PreToken): boolean {
  if (kind === TOKEN.punctuator) return atom === ATOM.hash || atom === ATOM.paste;
  return atom === ATOM.vaOpt;
}

/** C11 6.10.3.2p1 and 6.10.3.3p1. */
function bodyIsValid(unit: Unit, macro: Macro): boolean {
  if (!macro.special) return true;
  const { body } = macro;
  const first = body[0]!;
  const last = body[body.length - 1]!;
  const isPaste = ({ kind, atom }: PreToken): boolean => kind === TOKEN.punctuator && atom === ATOM.paste;
  if (!vaOptIsValid(unit, macro)) return false;
  if (isPaste(first)) return bad(unit, first, "'##' cannot appear at start of macro expansion");
  if (isPaste(last)) return bad(unit, last, "'##' cannot appear at end of macro expansion");
  if (macro.params === null) return true;
  for (let at = 0; at < body.length; at++) {
    const token = body[at]!;
    if (token.kind !== TOKEN.punctuator || token.atom !== ATOM.hash) continue;
    const next = body[at + 1];
    const fits = macro.paramOf[at + 1]! >= 0 || next?.atom === ATOM.vaOpt;
    if (!fits) return bad(unit, next ?? lineEnd(unit), "'#' is not followed by a macro parameter");
  }
  return true;
}

/** C23 6.10.4p5: `__VA_OPT__` belongs to `...`, takes parentheses, and not itself. */
function vaOptIsValid(unit: Unit, { body, variadic, params }: Macro): boolean {
  const isName = ({ kind, atom }: PreToken): boolean => kind === TOKEN.identifier && atom === ATOM.vaOpt;
  const isC99 = variadic && params?.at(-1) === ATOM.vaArgs;
  let depth = 0;
  for (let at = 0; at < body.length; at++) {
    const token = body[at]!;
    if (isName(token) && !isC99) reportWarning(unit.problems, 'macro-definition', rangeOf(token), VA_OPT_ALONE);
    else if (isName(token)) {
      if (depth > 0) return bad(unit, token, '__VA_OPT__ cannot be nested within its own replacement tokens');
      if (body[at + 1]?.atom !== ATOM.open)
        return bad(unit, body[at + 1] ?? lineEnd(unit), "missing '(' following __VA_OPT__");
      depth = 1;
      at++;
    } else if (depth > 0 && token.kind === TOKEN.punctuator) {
      if (token.atom === ATOM.open) depth++;
      else if (token.atom === ATOM.close) depth--;
    }
  }
  return depth === 0 || bad(unit, body.at(-1)!, 'unterminated __VA_OPT__');
}

const VA_OPT_ALONE = '__VA_OPT__ can only appear in the expansion of a variadic macro';

/** The end of the directive, where something is missing. */
function lineEnd(unit: Unit): PreToken {
  return lexedToken(currentFile(unit));
}

function bad(unit: Unit, token: PreToken, message: string): false {
  reportError(unit.problems, 'macro-definition', rangeOf(token), message);
  return false;
}

function install(unit: Unit, macro: Macro, name: PreToken): void {
  const old = macroOf(unit, macro.atom);
  if (old !== undefined) tellRedefinition(unit, old, macro, name);
  mention(unit, macro, name);
  setMacro(unit, macro.atom, macro);
}

/** C11 6.10.3p2: a macro may be defined again only in the same way. */
function tellRedefinition(unit: Unit, old: Macro, macro: Macro, name: PreToken): void {
  const { problems } = unit;
  if (old.builtin !== null)
    return reportWarning(problems, 'builtin-macro-redefined', rangeOf(name), 'redefining builtin macro');
  if (isSame(old, macro) || isKeyword(unit, old)) return;
  const notes = [{ at: nameRange(unit, old), message: 'previous definition is here' }];
  reportWarning(problems, 'macro-redefined', rangeOf(name), `'${nameOf(unit, macro)}' macro redefined`, { notes });
}

/** One that C23 made a keyword, which may be the name of a macro as well. */
function isKeyword(unit: Unit, macro: Macro): boolean {
  return isKeywordOfC23(nameOf(unit, macro)) && unit.places.written(macro.definedAt)?.file.path === BUILT_IN;
}

function isSame(one: Macro, other: Macro): boolean {
  return (
    one.body.length === other.body.length &&
    one.variadic === other.variadic &&
    (one.params === null) === (other.params === null) &&
    (one.params ?? []).length === (other.params ?? []).length &&
    (one.params ?? []).every((atom, index) => atom === other.params?.[index]) &&
    one.body.every(({ atom, space }, index) => {
      const token = other.body[index]!;
      return atom === token.atom && space === token.space;
    })
  );
}
