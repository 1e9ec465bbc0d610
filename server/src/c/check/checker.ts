/** What the parts of the checker share while they work on one unit. */
import type { Place, Places, Range } from '../places.ts';
import type { Problems } from '../problem.ts';
import type { CompoundSyntax, ExprSyntax, InitializerSyntax } from '../syntax.ts';
import type {
  BodyEffect, CheckedBody, FunctionSymbol, GlobalVariable, Initializer, Statement,
} from '../typed.ts'; // prettier-ignore
import type { CType, RecordType } from '../types.ts';
import type { BodyState } from './bodyState.ts';
import type { IntegerConstant } from './integerConstant.ts';
import type { Scope } from './scope.ts';
import type { Usage } from './usage.ts';
import type { Misaligned } from './warnPacked.ts';

export interface Checker {
  readonly places: Places;
  problems: Problems;
  readonly fileScope: Scope;
  /** The innermost one where the checker is; blocks put theirs here and take it away again. */
  scope: Scope;
  /** The function whose body is being checked. */
  currentFunction: FunctionSymbol | null;
  readonly rules: ExpressionRules;
  /** By name, in the order of declaration; static locals under `function.name`. */
  readonly functions: Map<string, FunctionSymbol>;
  readonly variables: Map<string, GlobalVariable>;
  /** How many static locals have a `function.name`, so that the next one's number need not be searched for. */
  readonly staticLocals: Map<string, number>;
  /** Of the current function; null outside of functions. */
  body: BodyState | null;
  /** Variables and functions that some evaluated expression names. */
  used: Set<object>;
  /** Those that only `sizeof`, `typeof` and their kin name. */
  named: Set<object>;
  /** What an expression names and what is declared as static in a function, in their order. */
  met: Set<object>;
  /** Those whose attributes say that they may be unused. */
  readonly maybeUnused: Set<object>;
  /** Of a function's variables: how often they are named otherwise than to store something in them. */
  readonly reads: Map<object, number>;
  /** What attributes say about uses. */
  readonly usage: Map<object, Usage>;
  /** The record whose members are being read: those defined inside of it are relocated when it is. */
  inRecord: RecordType | null;
  /** How many records are being laid out, one for the other. */
  layouts: number;
  /** Inside `__builtin_preserve_access_index(…)`: all member accesses are relocated. */
  preserve: boolean;
  /** Inside `sizeof`, `typeof` and their kin: nothing there is used. */
  unevaluated: boolean;
  /** Behind a condition that is known to be false: what goes wrong there happens never, and clang is silent, too. */
  dead: boolean;
  /** The operand of `&` comes next: it may be the element behind the last one. */
  addressed: boolean;
  /** Addresses of members off their alignment, by the place of what the address is of. */
  readonly misaligned: Map<Place, Misaligned>;
  /** Of the expression being checked; deep ones are refused. */
  depth: number;
  /** A declaration of a header is being read because somebody asked: layouts wait until they are asked for, too. */
  putOff: boolean;
  /** How many declarations of headers can be seen from here: those that stand before. */
  visible: number;
  /** Of functions that are unchanged, by the number of their `{`: what checking their bodies did. */
  readonly unchanged: ReadonlyMap<number, readonly BodyEffect[]>;
  readonly bodies: Map<FunctionSymbol, CheckedBody>;
  /** Functions of headers whose bodies are checked when it is known that they are used. */
  readonly waiting: Map<FunctionSymbol, () => void>;
}

/** What declarations need of expressions and statements; put in, since these need declarations in turn. */
export interface ExpressionRules {
  /** `typeof`: the operand is not evaluated; an lvalue keeps its qualifiers, an array stays one. */
  readonly typeOfExpr: (checker: Checker, expr: ExprSyntax) => CType;
  /**
   * An integer constant expression's value and type; null after reporting that it is none. Where the standard wants one
   * but clang folds more (array bounds), `fold` is true.
   */
  readonly integerConstant: (checker: Checker, expr: ExprSyntax, fold: boolean) => IntegerConstant | null;
  /**
   * The initialiser of an object; `type` comes back completed for `int a[] = {…}`. `constant` when it must be one
   * (static storage). A type of null is `__auto_type`.
   */
  readonly initializer: (
    checker: Checker,
    init: InitializerSyntax,
    type: CType | null,
    constant: boolean,
    /** The declared name, where clang points to when a lone value does not fit. */
    at: Range,
  ) => { readonly init: Initializer; readonly type: CType };
  /** A function's body; `checker.scope` holds its parameters and is the scope of the outermost block, too. */
  readonly functionBody: (checker: Checker, symbol: FunctionSymbol, body: CompoundSyntax) => Statement;
}
