import { FIRST_EXPANSION } from '../places.ts';
import { TOKEN } from '../tokens.ts';
import { ATOM } from './knownAtoms.ts';
import { readArguments } from './arguments.ts';
import { substitute } from './substitute.ts';
import {
  currentFile,
  lexedToken,
  LIMITS,
  mention,
  nameOf,
  rangeOf,
  stop,
  type Macro,
  type PreToken,
  type Unit,
} from './unit.ts';

/**
 * Macro expansion (C11 6.10.3). A stack of streams of tokens lies over the file; a macro is busy while its stream is on
 * the stack, as clang's preprocessor has it, which also decides the cases that the standard leaves open.
 */

/** The next token before expansion; null at a barrier or at the end of the file. */
export function rawToken(unit: Unit): PreToken | null {
  const { streams } = unit;
  while (streams.length > 0) {
    const top = streams[streams.length - 1]!;
    if (top.next < top.tokens.length) return top.tokens[top.next++]!;
    if (top.barrier) return null;
    popStream(unit);
  }
  return fileToken(unit);
}

function popStream(unit: Unit): void {
  const top = unit.streams.pop()!;
  if (top.macro !== null) top.macro.busy = false;
}

function fileToken(unit: Unit): PreToken | null {
  for (;;) {
    const open = currentFile(unit);
    const { lexer } = open;
    if (lexer.next() === TOKEN.end) return null;
    const token = lexedToken(open);
    if (token.atom !== ATOM.hash || !lexer.first || lexer.inDirective || token.kind !== TOKEN.punctuator) return token;
    unit.directive(unit, token);
    if (unit.stopped) return null;
  }
}

/** The next token after expansion; null at a barrier, or where the streams end and the file goes on. */
export function expandedToken(unit: Unit): PreToken | null {
  for (;;) {
    const { streams } = unit;
    let top = streams[streams.length - 1];
    while (top !== undefined && top.next >= top.tokens.length && !top.barrier) {
      popStream(unit);
      top = streams[streams.length - 1];
    }
    if (top === undefined || top.next >= top.tokens.length || unit.stopped) return null;
    const token = top.tokens[top.next++]!;
    const kept = expandOrKeep(unit, token);
    if (kept === null) continue;
    if (!unit.pendingSpace || kept.space) return kept;
    unit.pendingSpace = false;
    return { ...kept, space: true };
  }
}

/** Enters the expansion of a token that names a macro and gives null; else gives the token. */
export function expandOrKeep(unit: Unit, token: PreToken): PreToken | null {
  if (token.painted || token.atom >= unit.isMacro.length || unit.isMacro[token.atom] === 0) return token;
  if (token.kind !== TOKEN.identifier && token.kind !== TOKEN.keyword) return token;
  const macro = unit.macros[token.atom]!;
  if (macro.busy) return { ...token, painted: true };
  if (macro.params !== null && !parenFollows(unit)) return token;
  return expand(unit, macro, token);
}

/** Gives the name when its arguments do not fit: clang leaves it to stand for itself, too. */
function expand(unit: Unit, macro: Macro, name: PreToken): PreToken | null {
  mention(unit, macro, name);
  if (macro.builtin !== null) {
    pushTokens(unit, macro.builtin(unit, name), null);
    return null;
  }
  const use = unit.places.addUse(nameOf(unit, macro), name.place, macro.definedAt);
  let args: readonly (readonly PreToken[])[] | null = null;
  if (macro.params !== null) {
    const read = readArguments(unit, macro, name);
    if (read === 'unterminated') return null;
    if (read === 'misfit') return { ...name, painted: true };
    args = read.args;
    unit.places.endUse(use, read.closing);
  }
  const tokens = substitute(unit, macro, args, name, use);
  if (unit.places.expansions > LIMITS.expansionTokens || unit.places.full || unit.madeText > LIMITS.madeText) {
    stop(unit, { code: 'expansion-too-large', at: rangeOf(name), message: TOO_MUCH });
    return null;
  }
  // The white space before a macro that gives nothing stands before what follows it.
  if (tokens.length === 0 && name.space) unit.pendingSpace = true;
  pushTokens(unit, tokens, macro);
  return null;
}

const TOO_MUCH = 'macros expand to too many tokens; write a loop or a function instead';

function pushTokens(unit: Unit, tokens: readonly PreToken[], macro: Macro | null): void {
  if (macro !== null) macro.busy = true;
  unit.streams.push({ tokens, next: 0, macro, barrier: false });
}

function parenFollows(unit: Unit): boolean {
  for (let at = unit.streams.length - 1; at >= 0; at--) {
    const stream = unit.streams[at]!;
    if (stream.next < stream.tokens.length) return isOpen(stream.tokens[stream.next]!);
    if (stream.barrier) return false;
  }
  return currentFile(unit).lexer.parenFollows();
}

function isOpen(token: PreToken): boolean {
  return token.kind === TOKEN.punctuator && token.atom === ATOM.open;
}

/** All of a list of tokens, expanded by itself: an argument (C11 6.10.3.1) or the rest of a directive. */
export function expandAll(unit: Unit, tokens: readonly PreToken[]): PreToken[] {
  if (!tokens.some(({ atom }) => unit.isMacro[atom] === 1)) return [...tokens];
  if (unit.depth >= LIMITS.argumentDepth) {
    const at = rangeOf(tokens[0]!);
    stop(unit, { code: 'expansion-too-large', at: at, message: 'arguments of macros are nested too deeply' });
    return [];
  }
  unit.depth++;
  unit.streams.push({ tokens, next: 0, macro: null, barrier: true });
  const expanded: PreToken[] = [];
  for (let token = expandedToken(unit); token !== null; token = expandedToken(unit)) expanded.push(token);
  leaveBarrier(unit);
  unit.depth--;
  return expanded;
}

/** Drops what is left of streams down to the barrier, and the barrier. */
export function leaveBarrier(unit: Unit): void {
  while (unit.streams.length > 0 && !unit.streams[unit.streams.length - 1]!.barrier) popStream(unit);
  unit.streams.pop();
}

/** Whether a place is in a file rather than in an expansion. */
export function inFile(token: PreToken): boolean {
  return token.place < FIRST_EXPANSION;
}
