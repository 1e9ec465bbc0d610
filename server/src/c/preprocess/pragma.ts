import { reportError, reportWarning } from '../problem.ts';
import { TOKEN } from '../tokens.ts';
import { expandAll } from './expand.ts';
import { currentFile, rangeOf, setMacro, type PreToken, type Unit } from './unit.ts';

/**
 * Carries out a pragma, given by its tokens after the word `pragma`. Gives a token for one that the parser has to know;
 * all others have no effect on code.
 */
export function pragma(unit: Unit, tokens: readonly PreToken[], at: PreToken): PreToken | null {
  const words = tokens.slice(0, 3).map(({ atom }) => unit.atoms.text(atom));
  const [first = '', second = ''] = words;
  if (first === 'once') return once(unit, tokens[0]!);
  if (first === 'push_macro' || first === 'pop_macro') return stackMacro(unit, first, tokens);
  if (second === 'system_header' && FAMILIES.has(first)) return systemHeader(unit, tokens[1]!);
  if (first === 'message') return message(unit, tokens, 1, false);
  if (first === 'GCC' && (second === 'error' || second === 'warning'))
    return message(unit, tokens, 2, second === 'error');
  warnAboutUnknown(unit, tokens, first, second);
  const key = FAMILIES.has(first) ? `${first} ${second}` : first;
  return FOR_THE_PARSER.has(key) ? forParser(unit, tokens, at) : null;
}

const FAMILIES = new Set(['clang', 'GCC']);

/** Those that change the meaning of what follows. */
const FOR_THE_PARSER = new Set([
  'unroll', 'nounroll', 'unroll_and_jam', 'nounroll_and_jam', 'clang loop', 'clang attribute', 'clang section',
  'clang optimize', 'GCC unroll', 'GCC ivdep', 'GCC visibility', 'GCC diagnostic', 'clang diagnostic', 'pack', 'weak', 'redefine_extname',
]); // prettier-ignore

/** Those that clang 19 knows for C. */
const KNOWN = new Set([
  'once', 'mark', 'push_macro', 'pop_macro', 'pack', 'options', 'align', 'unused', 'weak', 'redefine_extname', 'ms_struct',
  'message', 'region', 'endregion', 'unroll', 'nounroll', 'unroll_and_jam', 'nounroll_and_jam', 'omp', 'comment',
  'float_control', 'acc',
  ...['visibility', 'system_header', 'poison', 'dependency', 'diagnostic', 'warning', 'error', 'unroll'].map((name) => `GCC ${name}`),
  ...['__debug', 'diagnostic', 'system_header', 'poison', 'dependency', 'module', 'arc_cf_code_audited', 'assume_nonnull',
    'attribute', 'loop', 'optimize', 'fp', 'section', 'max_tokens_here', 'max_tokens_total', 'restrict_expansion',
    'deprecated', 'final', 'unsafe_buffer_usage'].map((name) => `clang ${name}`),
  ...['FENV_ACCESS', 'FP_CONTRACT', 'CX_LIMITED_RANGE', 'FENV_ROUND'].map((name) => `STDC ${name}`),
]); // prettier-ignore

function warnAboutUnknown(unit: Unit, tokens: readonly PreToken[], first: string, second: string): void {
  const isFamily = FAMILIES.has(first) || first === 'STDC';
  if (KNOWN.has(isFamily ? `${first} ${second}` : first)) return;
  const wrong = tokens[isFamily ? 1 : 0] ?? tokens[0];
  if (wrong === undefined) return;
  const message = first === 'STDC' ? 'unknown pragma in STDC namespace' : 'unknown pragma ignored';
  reportWarning(unit.problems, 'unknown-pragmas', rangeOf(wrong), message);
}

function forParser(unit: Unit, tokens: readonly PreToken[], at: PreToken): PreToken {
  let text = '';
  for (const token of expandAll(unit, tokens))
    text += (token.space && text !== '' ? ' ' : '') + unit.atoms.text(token.atom);
  const first = tokens[0]!;
  const end = tokens[tokens.length - 1]!.end;
  const isPlain = at.place <= first.place && first.place <= end;
  return {
    kind: TOKEN.pragma,
    atom: unit.atoms.of(text),
    place: at.place,
    end: isPlain ? end : at.end,
    space: true,
    painted: false,
  };
}

function once(unit: Unit, word: PreToken): null {
  const { file } = currentFile(unit);
  if (file === unit.places.files[0])
    reportWarning(unit.problems, 'pragma-once-outside-header', rangeOf(word), '#pragma once in main file');
  else unit.once.add(file.path);
  return null;
}

/** The rest of the header is taken for one of the system's; we take all of it. */
function systemHeader(unit: Unit, word: PreToken): null {
  const { file } = currentFile(unit);
  const message = '#pragma system_header ignored in main file';
  if (file === unit.places.files[0])
    reportWarning(unit.problems, 'pragma-system-header-outside-header', rangeOf(word), message);
  else unit.places.markSystem(file);
  return null;
}

/** `#pragma push_macro("X")` and `pop_macro`. */
function stackMacro(unit: Unit, word: string, tokens: readonly PreToken[]): null {
  const literal = tokens[2];
  if (literal?.kind !== TOKEN.string) {
    const message = `pragma ${word} requires a parenthesized string`;
    reportError(unit.problems, 'pragma-invalid', rangeOf(tokens[0]!), message);
    return null;
  }
  const atom = unit.atoms.of(unit.atoms.text(literal.atom).slice(1, -1));
  let stack = unit.pushed.get(atom);
  if (stack === undefined) unit.pushed.set(atom, (stack = []));
  if (word === 'push_macro') stack.push(unit.macros[atom]);
  else if (stack.length > 0) setMacro(unit, atom, stack.pop());
  return null;
}

function message(unit: Unit, tokens: readonly PreToken[], words: number, isError: boolean): null {
  const text = expandAll(unit, tokens.slice(words))
    .filter(({ kind }) => kind === TOKEN.string)
    .map(({ atom }) => unit.atoms.text(atom).slice(1, -1))
    .join('');
  const range = rangeOf(tokens[words - 1]!);
  if (isError) reportError(unit.problems, 'user-error', range, text);
  else reportWarning(unit.problems, 'user-warning', range, text);
  return null;
}
