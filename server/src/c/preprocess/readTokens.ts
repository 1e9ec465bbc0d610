import { reportError } from '../problem.ts';
import { TOKEN } from '../tokens.ts';
import { expandedToken, expandOrKeep } from './expand.ts';
import { ATOM } from './knownAtoms.ts';
import { lexedToken, type OpenFile, type PreToken, type Unit } from './unit.ts';

/** Reads a file to its end: its tokens, those of its macros and of the files that it includes go to the columns. */
export function readTokens(unit: Unit, open: OpenFile): void {
  const { lexer } = open;
  const { base } = open.file;
  const { out } = unit;
  while (!unit.stopped && !out.full) {
    const kind = lexer.next();
    const { atom } = lexer;
    if (kind === TOKEN.end) break;
    if (kind <= TOKEN.keyword) {
      if (atom < unit.isMacro.length && unit.isMacro[atom] === 1) {
        expandHere(unit, lexedToken(open));
        continue;
      }
    } else if (atom === ATOM.hash && lexer.first && kind === TOKEN.punctuator) {
      unit.directive(unit, lexedToken(open));
      continue;
    }
    out.push(kind, atom, base + lexer.start, base + lexer.end);
  }
  closeConditionals(unit, open);
}

function expandHere(unit: Unit, name: PreToken): void {
  const { out } = unit;
  const kept = expandOrKeep(unit, name);
  if (kept !== null) {
    out.push(kept.kind, kept.atom, kept.place, kept.end);
    return;
  }
  for (let token = expandedToken(unit); token !== null; token = expandedToken(unit))
    out.push(token.kind, token.atom, token.place, token.end);
  unit.pendingSpace = false;
}

function closeConditionals(unit: Unit, open: OpenFile): void {
  if (unit.stopped || unit.out.full) return;
  for (const { at } of open.conditionals.toReversed())
    reportError(unit.problems, 'conditional-unbalanced', at, 'unterminated conditional directive');
}
