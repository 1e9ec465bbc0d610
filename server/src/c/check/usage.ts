/** What attributes say about the uses of a name. Source: clang's Attr.td and SemaAvailability.cpp (v19). */
import { reportError, reportWarning, type ProblemNote } from '../problem.ts';
import type { Range } from '../places.ts';
import type { AttributeSyntax } from '../syntax.ts';
import type { Expr, FunctionSymbol } from '../typed.ts';
import type { FunctionType } from '../types.ts';
import { textOfPieces } from '../parse/strings.ts';
import type { Checker } from './checker.ts';
import { isNullConstant } from './nodes.ts';
import { isPointer } from './typeQueries.ts';

export interface Usage {
  /** Why, or nothing. */
  readonly deprecated: Marked | null;
  readonly unavailable: Marked | null;
  readonly result: { readonly what: 'warn_unused_result' | 'nodiscard'; readonly text: string } | null;
  readonly pure: 'pure' | 'const' | null;
  /** Parameters, counted from 0; `all` pointers. */
  readonly nonnull: 'all' | readonly number[] | null;
  /** `format(printf, format, first)`, counted from 0; no values to look at where `first` is negative. */
  readonly format: { readonly text: number; readonly first: number } | null;
}

interface Marked extends Range {
  readonly text: string;
}

/** Keeps what the attributes of a declaration say; several declarations add up. */
export function noteUsage(c: Checker, entity: object, attributes: readonly AttributeSyntax[]): void {
  if (attributes.length === 0) return;
  const old = c.usage.get(entity);
  const found = usageOf(attributes);
  if (found === null) return;
  c.usage.set(entity, old === undefined ? found : joined(old, found));
}

function joined(old: Usage, more: Usage): Usage {
  return {
    deprecated: more.deprecated ?? old.deprecated,
    unavailable: more.unavailable ?? old.unavailable,
    result: more.result ?? old.result,
    pure: more.pure ?? old.pure,
    nonnull: more.nonnull ?? old.nonnull,
    format: more.format ?? old.format,
  };
}

const KNOWN = new Set([
  'deprecated', 'unavailable', 'warn_unused_result', 'nodiscard', 'pure', 'const', 'nonnull', 'format',
]); // prettier-ignore

function usageOf(attributes: readonly AttributeSyntax[]): Usage | null {
  const some = attributes.filter(({ name }) => KNOWN.has(name));
  if (some.length === 0) return null;
  const last = (name: string): AttributeSyntax | undefined => some.findLast((one) => one.name === name);
  const unused = last('warn_unused_result') ?? last('nodiscard');
  return {
    deprecated: marked(last('deprecated')),
    unavailable: marked(last('unavailable')),
    result: unused === undefined ? null : { what: resultName(unused), text: textOf(unused) },
    pure: last('const') === undefined ? (last('pure') === undefined ? null : 'pure') : 'const',
    nonnull: nonnullOf(some.filter(({ name }) => name === 'nonnull')),
    format: formatOf(last('format')),
  };
}

function resultName({ name }: AttributeSyntax): 'warn_unused_result' | 'nodiscard' {
  return name === 'nodiscard' ? 'nodiscard' : 'warn_unused_result';
}

function marked(attribute: AttributeSyntax | undefined): Marked | null {
  if (attribute === undefined) return null;
  return { start: attribute.start, end: attribute.end, text: textOf(attribute) };
}

function textOf({ args }: AttributeSyntax): string {
  const [first] = args;
  return first?.kind === 'string' ? textOfPieces(first.pieces) : '';
}

function nonnullOf(attributes: readonly AttributeSyntax[]): Usage['nonnull'] {
  if (attributes.length === 0) return null;
  if (attributes.some(({ args }) => args.length === 0)) return 'all';
  return attributes.flatMap(({ args }) => args.flatMap((arg) => (arg.kind === 'number' ? Number(arg.text) - 1 : [])));
}

function formatOf(attribute: AttributeSyntax | undefined): Usage['format'] {
  const [kind, text, first] = attribute?.args ?? [];
  if (kind?.kind !== 'identifier' || !/^(?:__)?printf(?:__)?$/.test(kind.name)) return null;
  if (text?.kind !== 'number' || first?.kind !== 'number') return null;
  return { text: Number(text.text) - 1, first: Number(first.text) - 1 };
}

/** At each place that names it. */
export function warnAboutUse(c: Checker, entity: object, name: string, at: Range, declaredAt: Range | null): void {
  const usage = c.usage.get(entity);
  if (usage === undefined || c.currentFunction === entity) return;
  const note = (what: string, place: Range | null): ProblemNote[] =>
    place === null ? [] : [{ at: place, message: `'${name}' has been explicitly marked ${what} here` }];
  if (usage.unavailable !== null) {
    const why = usage.unavailable.text === '' ? '' : `: ${usage.unavailable.text}`;
    reportError(c.problems, 'c-unavailable', at, `'${name}' is unavailable${why}`, {
      notes: note('unavailable', declaredAt),
    });
  } else if (usage.deprecated !== null && !isDeprecated(c)) {
    const why = usage.deprecated.text === '' ? '' : `: ${usage.deprecated.text}`;
    reportWarning(c.problems, 'deprecated-declarations', at, `'${name}' is deprecated${why}`, {
      notes: note('deprecated', usage.deprecated),
    });
  }
}

/** What is deprecated itself may use what is. */
function isDeprecated(c: Checker): boolean {
  return c.currentFunction !== null && (c.usage.get(c.currentFunction)?.deprecated ?? null) !== null;
}

/** Of a call whose value nobody takes; true when it was told. */
export function warnAboutResult(c: Checker, expr: Expr): boolean {
  if (expr.kind !== 'call' || expr.callee.kind !== 'function') return false;
  const usage = c.usage.get(expr.callee.symbol);
  const at = expr.callee;
  if (usage?.result !== undefined && usage.result !== null) {
    const { what, text } = usage.result;
    const message = `ignoring return value of function declared with '${what}' attribute`;
    reportWarning(c.problems, 'unused-result', at, text === '' ? message : `${message}: ${text}`);
    return true;
  }
  if (usage?.pure === undefined || usage.pure === null) return false;
  const message = `ignoring return value of function declared with ${usage.pure} attribute`;
  reportWarning(c.problems, 'unused-value', at, message);
  return true;
}

/** Of a call's arguments, as they are passed. */
export function warnAboutNulls(
  c: Checker,
  symbol: FunctionSymbol,
  type: FunctionType,
  args: readonly Expr[],
  closing: Range,
): void {
  const { nonnull = null } = c.usage.get(symbol) ?? {};
  if (nonnull === null || c.unevaluated || c.dead) return;
  args.forEach((arg, i) => {
    const wanted =
      nonnull === 'all' ? type.params[i] !== undefined && isPointer(type.params[i].type) : nonnull.includes(i);
    if (!wanted || !isNullConstant(arg)) return;
    const at = nonnull === 'all' ? closing : arg;
    reportWarning(c.problems, 'nonnull', at, 'null passed to a callee that requires a non-null argument');
  });
}
