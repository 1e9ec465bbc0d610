import { reportError } from '../problem.ts';
import type { Place, Range } from '../places.ts';
import { TOKEN } from '../tokens.ts';
import { rawToken } from './expand.ts';
import { ATOM } from './knownAtoms.ts';
import { macroOf, nameOf, nameRange, rangeOf, type Macro, type PreToken, type Unit } from './unit.ts';

interface ReadArguments {
  readonly args: readonly (readonly PreToken[])[];
  /** Of the closing parenthesis. */
  readonly closing: Place;
}

/** Reads the arguments of a function-like macro, whose parenthesis is known to follow. */
export function readArguments(unit: Unit, macro: Macro, name: PreToken): ReadArguments | 'misfit' | 'unterminated' {
  const args: PreToken[][] = [];
  const commas: PreToken[] = [];
  rawToken(unit);
  unit.inArguments++;
  const end = collect(unit, macro, args, commas);
  unit.inArguments--;
  if (end === null) {
    const message = `unterminated function-like macro invocation`;
    reportError(unit.problems, 'macro-arguments', rangeOf(name), message, { notes: definedHere(unit, macro) });
    return 'unterminated';
  }
  return fits(unit, macro, args, commas, end) ? { args, closing: end.place } : 'misfit';
}

/** Up to the closing parenthesis, which is given; null at the end of what can be read. */
function collect(unit: Unit, macro: Macro, args: PreToken[][], commas: PreToken[]): PreToken | null {
  const most = macro.params!.length;
  let depth = 0;
  let current: PreToken[] = [];
  args.push(current);
  for (let token = rawToken(unit); token !== null; token = rawToken(unit)) {
    if (token.kind === TOKEN.punctuator) {
      if (token.atom === ATOM.close && depth-- === 0) return token;
      if (token.atom === ATOM.open) depth++;
      else if (token.atom === ATOM.comma && depth === 0 && !(macro.variadic && args.length >= most)) {
        commas.push(token);
        args.push((current = []));
        continue;
      }
    }
    current.push(paintIfBusy(unit, token));
  }
  return null;
}

/**
 * Reading arguments may end the expansion of macros that are busy; a token that names one of them does not expand
 * later either (as clang does it).
 */
function paintIfBusy(unit: Unit, token: PreToken): PreToken {
  if (token.painted || unit.isMacro[token.atom] !== 1) return token;
  return macroOf(unit, token.atom)!.busy ? { ...token, painted: true } : token;
}

/** C11 6.10.3p4; a variable argument may be left out altogether, as GNU C and C23 allow. */
function fits(unit: Unit, macro: Macro, args: PreToken[][], commas: readonly PreToken[], end: PreToken): boolean {
  const wanted = macro.params!.length;
  if (wanted === 0 && args.length === 1 && args[0]!.length === 0) args.pop();
  if (args.length === wanted || (args.length === wanted - 1 && macro.variadic)) return true;
  const few = args.length < wanted;
  const at = few ? end : (args[wanted]?.[0] ?? commas[wanted - 1] ?? end);
  const message = `too ${few ? 'few' : 'many'} arguments provided to function-like macro invocation`;
  reportError(unit.problems, 'macro-arguments', rangeOf(at), message, { notes: definedHere(unit, macro) });
  return false;
}

function definedHere(unit: Unit, macro: Macro): { at: Range; message: string }[] {
  return [{ at: nameRange(unit, macro), message: `macro '${nameOf(unit, macro)}' defined here` }];
}
