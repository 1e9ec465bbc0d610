import { reportError, reportWarning } from '../problem.ts';
import { TOKEN } from '../tokens.ts';
import { LEFT_PAREN } from './characters.ts';
import { ATOM } from './knownAtoms.ts';
import {
  currentFile, lexedToken, macroOf, mention, rangeOf, setMacro, type Macro, type PreToken, type Unit,
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
  while (lexer.next() !== TOKEN.end) body.push(lexedToken(currentFile(unit)));
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
  if (old.builtin !== null) reportWarning(unit.problems, 'macro-redefined', rangeOf(name), 'undefining builtin macro');
  setMacro(unit, name.atom, undefined);
}

/** The name after `#define`, `#undef`, `#ifdef` and their kin. */
export function macroName(unit: Unit): PreToken | null {
  const open = currentFile(unit);
  const kind = open.lexer.next();
  const token = lexedToken(open);
  if (kind === TOKEN.identifier || kind === TOKEN.keyword) {
    if (unit.atoms.text(token.atom) !== 'defined') return token;
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
    if (lexer.kind === TOKEN.end) return fail(unit, "missing ')' in macro parameter list");
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
    if (unit.atoms.text(lexer.atom) === '__VA_ARGS__')
      return '__VA_ARGS__ can only appear in the expansion of a C99 variadic macro';
    params.atoms.push(lexer.atom);
    lexer.next();
  }
  if (lexer.kind === TOKEN.punctuator && lexer.atom === ATOM.ellipsis) {
    params.variadic = true;
    if (!isName) params.atoms.push(unit.atoms.of('__VA_ARGS__'));
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
    name: unit.atoms.text(name.atom),
    params: params?.atoms ?? null,
    variadic: params?.variadic ?? false,
    body,
    paramOf,
    special: body.some((token) => isSpecial(unit, token)),
    definedAt: name.place,
    definition: {
      start: name.place,
      end: body[body.length - 1]?.end ?? currentFile(unit).lexer.start + currentFile(unit).file.base,
    },
    builtin: null,
    busy: false,
  };
}

function isSpecial({ atoms }: Unit, { kind, atom }: PreToken): boolean {
  if (kind === TOKEN.punctuator) return atom === ATOM.hash || atom === ATOM.paste;
  return kind === TOKEN.identifier && atoms.text(atom) === '__VA_OPT__';
}

/** C11 6.10.3.2p1 and 6.10.3.3p1. */
function bodyIsValid(unit: Unit, macro: Macro): boolean {
  if (!macro.special) return true;
  const { body } = macro;
  const first = body[0]!;
  const last = body[body.length - 1]!;
  const isPaste = ({ kind, atom }: PreToken): boolean => kind === TOKEN.punctuator && atom === ATOM.paste;
  if (isPaste(first)) return bad(unit, first, "'##' cannot appear at start of macro expansion");
  if (isPaste(last)) return bad(unit, last, "'##' cannot appear at end of macro expansion");
  if (macro.params === null) return true;
  for (let at = 0; at < body.length; at++) {
    const token = body[at]!;
    if (token.kind !== TOKEN.punctuator || token.atom !== ATOM.hash) continue;
    const next = body[at + 1];
    const fits = macro.paramOf[at + 1]! >= 0 || (next !== undefined && unit.atoms.text(next.atom) === '__VA_OPT__');
    if (!fits) return bad(unit, token, "'#' is not followed by a macro parameter");
  }
  return true;
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
function tellRedefinition({ problems }: Unit, old: Macro, macro: Macro, name: PreToken): void {
  if (old.builtin !== null)
    return reportWarning(problems, 'macro-redefined', rangeOf(name), 'redefining builtin macro');
  if (isSame(old, macro)) return;
  const at = { start: old.definedAt, end: old.definedAt + old.name.length };
  const notes = [{ at, message: 'previous definition is here' }];
  reportWarning(problems, 'macro-redefined', rangeOf(name), `'${macro.name}' macro redefined`, { notes });
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
