import type { Span } from '../../base/source.ts';
import type { Insn } from '../../isa/insn.ts';
import type { CompileResult } from '../../c/compile.ts';
import { FIRST_EXPANSION, type Place, type Range } from '../../c/places.ts';
import type { Expr, FunctionSymbol, LocalVariable, Statement } from '../../c/typed.ts';

/** What stands in the main file, as the checker understood it. */
export interface Located {
  readonly span: Span;
  /** Where clang points to when it speaks of it. */
  readonly point: number;
  readonly expr: Expr;
  readonly within: FunctionSymbol;
}

export interface LocatedVariable {
  readonly span: Span;
  readonly variable: LocalVariable;
  readonly within: FunctionSymbol;
}

interface Nodes {
  readonly exprs: readonly Located[];
  /** By the offset that clang would point to. */
  readonly byPoint: ReadonlyMap<number, readonly Located[]>;
  /** Comparisons by the offset of their beginning, to which clang points in jumps. */
  readonly comparisons: ReadonlyMap<number, Located>;
  /** Locals and parameters, in the order of their declaration. */
  readonly locals: readonly LocatedVariable[];
}

const found = new WeakMap<FunctionSymbol, { readonly result: CompileResult; readonly nodes: Nodes }>();

/** The expressions and variables of the functions around an offset of the main file. */
function* nodesAround(result: CompileResult, offset: number): Iterable<Nodes> {
  for (const symbol of result.unit?.functions ?? [])
    if (isAround(result, symbol, offset)) yield nodesIn(result, symbol);
}

/** What a macro made may have been written anywhere in its use. */
function isAround({ places }: CompileResult, { definedAt }: FunctionSymbol, offset: number): boolean {
  const span = definedAt === null ? null : places.span(definedAt);
  if (definedAt === null || span === null || span.file !== places.files[0]) return false;
  return definedAt.end > FIRST_EXPANSION || (span.start <= offset && offset <= span.end);
}

/** Looked for once for each compilation. */
function nodesIn(result: CompileResult, symbol: FunctionSymbol): Nodes {
  const known = found.get(symbol);
  if (known?.result === result) return known.nodes;
  const nodes = new Collector(result).collect(symbol);
  found.set(symbol, { result, nodes });
  return nodes;
}

/** The expressions of exactly that extent. */
export function exprsOf(result: CompileResult, { start, end }: Span): Located[] {
  return [...nodesAround(result, start)].flatMap(({ exprs }) =>
    exprs.filter(({ span }) => span.start === start && span.end === end),
  );
}

/** The locals of the functions around an offset, in the order of their declaration. */
export function localsAround(result: CompileResult, offset: number): LocatedVariable[] {
  return [...nodesAround(result, offset)].flatMap(({ locals }) => locals);
}

/** What is between two brackets in types, symbols and constants leads out of the function. */
const OUTSIDE = new Set([
  'type',
  'symbol',
  'variable',
  'owner',
  'member',
  'literal',
  'computation',
  'info',
  'label',
  'labels',
]);
const MOST_NODES = 400_000;

class Collector {
  readonly #result: CompileResult;
  readonly #exprs: Located[] = [];
  readonly #locals: LocatedVariable[] = [];
  #left = MOST_NODES;

  constructor(result: CompileResult) {
    this.#result = result;
  }

  collect(symbol: FunctionSymbol): Nodes {
    const body = symbol.body?.() ?? null;
    for (const variable of symbol.params) this.#local(variable, symbol);
    this.#visit(body, symbol);
    const byPoint = new Map<number, Located[]>();
    const comparisons = new Map<number, Located>();
    for (const one of this.#exprs) {
      // Of several that begin there, the innermost comes last.
      if (one.expr.kind === 'compare') comparisons.set(one.span.start, one);
      const same = byPoint.get(one.point);
      if (same === undefined) byPoint.set(one.point, [one]);
      else same.push(one);
    }
    return { exprs: this.#exprs, byPoint, comparisons, locals: this.#locals };
  }

  /** Null for what another file or the compiler made. */
  #spanOf(range: Range): Span | null {
    const { places } = this.#result;
    const span = places.span(range);
    return span === null || span.file !== places.files[0] ? null : { start: span.start, end: span.end };
  }

  #local(variable: LocalVariable, within: FunctionSymbol): void {
    const span = this.#spanOf(variable.declaredAt);
    if (span !== null && variable.name !== '') this.#locals.push({ span, variable, within });
  }

  #visit(node: unknown, within: FunctionSymbol): void {
    const waiting: unknown[] = [node];
    while (waiting.length > 0 && this.#left-- > 0) {
      const next = waiting.pop();
      if (Array.isArray(next)) waiting.push(...next.toReversed());
      else if (typeof next === 'object' && next !== null) {
        this.#enter(next as Expr | Statement, within);
        const parts = Object.entries(next).filter(([key, value]) => typeof value === 'object' && !OUTSIDE.has(key));
        waiting.push(...parts.map(([, value]) => value as unknown).toReversed());
      }
    }
  }

  #enter(node: Expr | Statement, within: FunctionSymbol): void {
    if (node.kind === 'declare') this.#local(node.variable, within);
    if (!('type' in node) || !('start' in node)) return;
    const span = this.#spanOf(node);
    if (span === null) return;
    const at = (node as { readonly caret?: Place }).caret;
    const point = at === undefined ? span.start : (this.#spanOf({ start: at, end: at + 1 })?.start ?? span.start);
    this.#exprs.push({ span, point, expr: node, within });
  }
}

/** The innermost expression around an offset. */
export function exprAt(result: CompileResult, offset: number): Located | null {
  let best: Located | null = null;
  for (const { exprs } of nodesAround(result, offset))
    for (const one of exprs) {
      const { span } = one;
      if (span.start > offset || offset > span.end) continue;
      // Of one extent, what is named is told rather than what was made of it, else the written rather than the converted.
      const shorter = best === null || length(span) < length(best.span);
      if (shorter || (length(span) === length(best!.span) && !isNamed(best!.expr))) best = one;
    }
  return best;
}

/** Which expressions an instruction can belong to, by what it does. */
const KINDS_OF: Readonly<Partial<Record<Insn['kind'], ReadonlySet<Expr['kind']>>>> = {
  load: new Set(['load', 'member', 'element', 'deref']),
  store: new Set(['assign', 'update', 'increment', 'advance']),
  call: new Set(['call', 'builtin']),
};

/**
 * The expression that clang would point to at this offset; of several those that an instruction of this kind is made
 * for, then the largest that is no more than a line long.
 */
export function exprPointedTo(result: CompileResult, offset: number, insn: Insn['kind'] | null): Located | null {
  const nodes = [...nodesAround(result, offset)];
  const compared =
    insn === 'jump' ? nodes.findLast((one) => one.comparisons.has(offset))?.comparisons.get(offset) : undefined;
  if (compared !== undefined && length(compared.span) < 200) return compared;
  const kinds = insn === null ? undefined : KINDS_OF[insn];
  const rank = ({ expr, span }: Located): number => length(span) + (kinds?.has(expr.kind) === true ? 1000 : 0);
  const here = nodes.flatMap((one) => one.byPoint.get(offset) ?? []).filter(({ span }) => length(span) < 200);
  return here.toSorted((a, b) => rank(b) - rank(a))[0] ?? null;
}

function isNamed({ kind }: Expr): boolean {
  return kind === 'variable' || kind === 'member' || kind === 'function';
}

function length({ start, end }: Span): number {
  return end - start;
}
