import type { Range } from '../places.ts';
import { reportError, reportWarning } from '../problem.ts';
import { TOKEN } from '../tokens.ts';
import { elif, elifDefined, elseGroup, endif, ifCondition, ifDefined } from './conditionals.ts';
import { define, undefine } from './define.ts';
import { expandAll } from './expand.ts';
import { include } from './include.ts';
import { pragma } from './pragma.ts';
import { currentFile, lexedToken, rangeOf, type PreToken, type Unit } from './unit.ts';

/** Carries out the directive whose `#` was read (C11 6.10); the lexer stays before the end of its line. */
export function directive(unit: Unit, hash: PreToken): void {
  const open = currentFile(unit);
  const { lexer } = open;
  lexer.inDirective = true;
  const kind = lexer.next();
  const name = lexedToken(open);
  const word = unit.atoms.text(name.atom);
  if (open.guardClosed) open.guard = -2;
  if (kind === TOKEN.end) lexer.inDirective = false;
  else if (kind === TOKEN.number) line(unit, name);
  else {
    const handler = HANDLERS.get(word);
    if (open.guard === -1 && word !== 'ifndef' && word !== 'if') open.guard = -2;
    if (handler === undefined) unknown(unit, name, word);
    else handler(unit, name, hash);
  }
  // What was included has been read to its end; what remains of this line is passed over.
  if (lexer.inDirective) lexer.skipLine();
}

type Handler = (unit: Unit, name: PreToken, hash: PreToken) => void;

const HANDLERS = new Map<string, Handler>([
  ['define', (unit) => define(unit)],
  ['undef', (unit) => withoutRest(unit, 'undef', () => undefine(unit))],
  ['include', (unit, name, hash) => include(unit, name, hash, false)],
  ['include_next', (unit, name, hash) => include(unit, name, hash, true)],
  ['if', ifCondition],
  ['ifdef', (unit, name) => ifDefined(unit, name, true)],
  ['ifndef', (unit, name) => ifDefined(unit, name, false)],
  ['elif', elif],
  ['elifdef', (unit, name) => elifDefined(unit, name)],
  ['elifndef', (unit, name) => elifDefined(unit, name)],
  ['else', elseGroup],
  ['endif', endif],
  ['error', (unit, name) => told(unit, name, true)],
  ['warning', (unit, name) => told(unit, name, false)],
  ['line', (unit) => line(unit, null)],
  ['pragma', (unit, _, hash) => pragmaLine(unit, hash)],
  ['ident', () => undefined],
  ['sccs', () => undefined],
  ['embed', (unit, name) => unsupported(unit, name, '#embed is not supported')],
  ['import', (unit, name) => unsupported(unit, name, '#import is not supported; use #include')],
  ['assert', (unit, name) => unsupported(unit, name, '#assert is not supported')],
  ['unassert', (unit, name) => unsupported(unit, name, '#unassert is not supported')],
]);

function unsupported(unit: Unit, name: PreToken, message: string): void {
  reportError(unit.problems, 'directive-invalid', rangeOf(name), message);
}

/** `# !` and the like in files that are not C anyway are as wrong as an unknown word. */
function unknown(unit: Unit, name: PreToken, word: string): void {
  void word;
  reportError(unit.problems, 'directive-invalid', rangeOf(name), 'invalid preprocessing directive');
}

function withoutRest(unit: Unit, word: string, run: () => void): void {
  run();
  const open = currentFile(unit);
  if (open.lexer.kind !== TOKEN.end && open.lexer.next() !== TOKEN.end) extraTokens(unit, word);
}

export function extraTokens(unit: Unit, word: string): void {
  const at = rangeOf(lexedToken(currentFile(unit)));
  reportWarning(unit.problems, 'extra-tokens', at, `extra tokens at end of #${word} directive`);
}

/** `#error` and `#warning`: the text as it stands. */
function told(unit: Unit, name: PreToken, isError: boolean): void {
  const { lexer, file } = currentFile(unit);
  const start = lexer.pos;
  lexer.skipLine();
  const message = lexer.source
    .slice(start, lexer.pos)
    .replaceAll(/\\[ \t\r]*\n/g, '')
    .trim();
  const at: Range = {
    start: name.place,
    end: Math.max(name.end, file.base + start + lexer.source.slice(start, lexer.pos).trimEnd().length),
  };
  if (isError) reportError(unit.problems, 'user-error', at, message === '' ? '#error' : message);
  else reportWarning(unit.problems, 'user-warning', at, message === '' ? '#warning' : message);
}

function pragmaLine(unit: Unit, hash: PreToken): void {
  const token = pragma(unit, restOfLine(unit), hash);
  if (token !== null) unit.out.push(token.kind, token.atom, token.place, token.end);
}

/** The rest of the directive's tokens, unexpanded. */
export function restOfLine(unit: Unit): PreToken[] {
  const open = currentFile(unit);
  const tokens: PreToken[] = [];
  while (open.lexer.next() !== TOKEN.end) tokens.push(lexedToken(open));
  return tokens;
}

/** `#line 5 "name"`, or GNU `# 5 "name" flags` (C11 6.10.4). */
function line(unit: Unit, digits: PreToken | null): void {
  const open = currentFile(unit);
  const { lexer, file } = open;
  const rest = restOfLine(unit);
  const tokens = digits === null ? expandAll(unit, rest) : [digits, ...rest];
  const [number, name, more] = tokens;
  const text = number === undefined ? '' : unit.atoms.text(number.atom);
  const here = { start: file.base + lexer.start, end: file.base + lexer.start };
  const digitCount = /^\d*/.exec(text)![0].length;
  if (number === undefined || digitCount === 0)
    return wrongLine(
      unit,
      number === undefined ? here : rangeOf(number),
      '#line directive requires a positive integer argument',
    );
  if (digitCount < text.length) {
    const what = digits === null ? '#line' : 'GNU line marker';
    const at = { start: number.place + digitCount, end: number.end };
    return wrongLine(unit, at, `${what} directive requires a simple digit sequence`);
  }
  if (name !== undefined && name.kind !== TOKEN.string)
    return wrongLine(unit, rangeOf(name), 'invalid filename for #line directive');
  open.lineShift = Number(text) - 1 - unit.places.lineIn(file, lexer.start);
  if (name !== undefined) open.presumed = unit.atoms.text(name.atom).slice(1, -1);
  if (more !== undefined && digits === null)
    reportWarning(unit.problems, 'extra-tokens', rangeOf(more), 'extra tokens at end of #line directive');
}

function wrongLine(unit: Unit, at: Range, message: string): void {
  reportError(unit.problems, 'directive-invalid', at, message);
}
