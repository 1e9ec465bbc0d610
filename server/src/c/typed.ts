/**
 * A checked program: every name is resolved, every implicit conversion written out, constants are folded, initialisers
 * are lists of stores. The checker makes it, the lowering reads it; nobody else has to know C's rules.
 */
import type { Scope } from './check/scope.ts';
import type { Place, Range } from './places.ts';
import type { Problem } from './problem.ts';
import type { FunctionTokens } from './syntax.ts';
import type { CType, EnumType, FunctionType, Member, RecordType } from './types.ts';

/** ---- What is declared ---- */

export type Linkage = 'external' | 'internal' | 'weak';

export interface SymbolAttributes {
  /** `SEC("…")`; null without. */
  readonly section: string | null;
  readonly alwaysInline: boolean;
  readonly noInline: boolean;
  readonly used: boolean;
  readonly hidden: boolean;
  readonly naked: boolean;
  /** `error("…")`, `warning("…")`: what to say when a call of it is left after optimisation. */
  readonly error: string | null;
  readonly warning: string | null;
  readonly declTags: readonly string[];
  readonly noreturn: boolean;
  /** `optnone`, `cold`, … that change nothing are not kept. `pure` and `const` allow calls to be dropped. */
  readonly pure: boolean;
}

export interface FunctionSymbol {
  readonly kind: 'function';
  readonly name: string;
  readonly type: FunctionType;
  readonly linkage: Linkage;
  readonly inline: boolean;
  readonly attributes: SymbolAttributes;
  /** Settled once its body has been asked for. */
  readonly params: readonly LocalVariable[];
  /** By parameter: its `btf_decl_tag`s (`__arg_nonnull`, …). */
  readonly paramTags: readonly (readonly string[])[];
  /** Null for a declaration. What is unchanged since an earlier compilation is checked when it is asked for. */
  body: (() => Statement) | null;
  readonly declaredAt: Range;
  /** Of the whole definition. */
  definedAt: Range | null;
  /** `asm("llvm.bpf.load.byte")`: the name that the linker sees; otherwise equal to `name`. */
  readonly label: string;
}

export interface GlobalVariable {
  readonly kind: 'global';
  /** For a static local `function.name`, as clang names it. */
  readonly name: string;
  readonly type: CType;
  readonly linkage: Linkage;
  /** Declared `extern` and nowhere defined in this unit (__kconfig, __ksym, or another object's). */
  readonly external: boolean;
  readonly attributes: SymbolAttributes;
  readonly alignBytes: number;
  /** Null for none (zero). */
  init: Initializer | null;
  readonly declaredAt: Range;
}

export interface LocalVariable {
  readonly kind: 'local';
  readonly name: string;
  readonly type: CType;
  readonly alignBytes: number;
  /** Its address is taken, or it is an array, record or volatile: it lives in memory until the optimiser knows better. */
  addressTaken: boolean;
  /** `cleanup(f)`: called with its address when its scope is left. */
  readonly cleanup: FunctionSymbol | null;
  readonly declaredAt: Range;
  /** The checker's: what a `const` scalar was initialised with, for constant expressions. */
  fixed?: Expr | null;
  /** The checker's: what a constant array was initialised with. */
  contents?: Initializer;
  /** The checker's: its initialiser. */
  initAt?: Range;
}

export interface StringLiteral {
  readonly kind: 'literal';
  /** With the closing zero (unless an array's size cut it off). */
  readonly bytes: Uint8Array;
}

/** A function whose text says all: what it is, and what comes of it. */
export interface CheckedBody {
  readonly tokens: FunctionTokens;
  readonly effects: readonly BodyEffect[];
}

/** What checking a body does besides, in its order: it comes upon a name of the file, or declares a static variable. */
export interface BodyEffect {
  readonly what: string | GlobalVariable;
  /** By an expression that is evaluated, and by `sizeof` and its kin. */
  readonly used: boolean;
  readonly named: boolean;
}

export interface CheckedUnit {
  /** All that is declared at file level, headers' declarations as they are asked for: for editors. */
  readonly scope: Scope;
  /** All that are defined or used, in the order of their declaration. */
  readonly functions: readonly FunctionSymbol[];
  readonly variables: readonly GlobalVariable[];
  /** Of those whose bodies gave nothing to complain of. */
  readonly bodies: ReadonlyMap<FunctionSymbol, CheckedBody>;
  readonly problems: readonly Problem[];
}

/** ---- Initialisers ---- */

export type Initializer =
  | { readonly kind: 'value'; readonly value: Expr }
  /** Stores over zeros, in order; later ones win where they overlap. */
  | { readonly kind: 'entries'; readonly entries: readonly InitEntry[] };

export interface InitEntry {
  readonly offsetBytes: number;
  /** A bit-field: its member, whose offset counts from `offsetBytes`' record; otherwise null. */
  readonly bitField: { readonly offsetBits: number; readonly bits: number } | null;
  readonly type: CType;
  /** Of the entry's type; a record value is copied, a `string` fills a char array. */
  readonly value: Expr;
}

/** ---- Expressions ---- */

export type ArithmeticOp = 'add' | 'sub' | 'mul' | 'div' | 'mod' | 'and' | 'or' | 'xor' | 'shl' | 'shr';
export type CompareOp = 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge';

interface Node extends Range {
  readonly type: CType;
  /** Where clang points to when it speaks of the expression: its operator or the member's name. Else its start. */
  caret?: Place;
}

/**
 * An expression of a known type. "lvalue" kinds stand for an object; their value is read by `load`. `int` types here
 * mean bool, integers and enums; arithmetic happens in the type of the node (int or wider, after promotion), whose
 * signedness chooses division and right shift.
 */
export type Expr =
  /** `of`: the enum whose enumerator was written. */
  | (Node & { readonly kind: 'constant'; readonly value: bigint; readonly of?: EnumType })
  /** lvalue of type char[n]. */
  | (Node & { readonly kind: 'string'; readonly literal: StringLiteral })
  /** lvalue. */
  | (Node & { readonly kind: 'variable'; readonly variable: LocalVariable | GlobalVariable })
  /** A function designator: the callee of a call, or the operand of `addressOf`. */
  | (Node & { readonly kind: 'function'; readonly symbol: FunctionSymbol })
  /** lvalue: what a pointer points to. */
  | (Node & { readonly kind: 'deref'; readonly pointer: Expr })
  /** lvalue (of a record lvalue) or value (of a record value, `f().x`). `preserve` asks for a CO-RE relocation. */
  | (Node & { readonly kind: 'member'; readonly record: Expr; readonly owner: RecordType; readonly member: Member; readonly preserve: boolean })
  /**
   * lvalue `array[index]` of an array lvalue, for CO-RE paths and constant folding; `p[i]` is a deref of a pointerAdd.
   * `preserve` as above.
   */
  | (Node & { readonly kind: 'element'; readonly array: Expr; readonly index: Expr; readonly preserve: boolean })
  /** The value of an lvalue; records, too (a copy). `volatile` when the lvalue's type is. */
  | (Node & { readonly kind: 'load'; readonly object: Expr; readonly volatile: boolean })
  /** Array lvalue to pointer to its first element. */
  | (Node & { readonly kind: 'decay'; readonly array: Expr })
  | (Node & { readonly kind: 'addressOf'; readonly object: Expr })
  | (Node & { readonly kind: 'negate' | 'complement'; readonly operand: Expr })
  /** `!x`: int 0 or 1; the operand is any scalar. */
  | (Node & { readonly kind: 'not'; readonly operand: Expr })
  | (Node & { readonly kind: 'arithmetic'; readonly op: ArithmeticOp; readonly left: Expr; readonly right: Expr })
  /** int 0 or 1; both operands have one type, integer or pointer, whose signedness decides. */
  | (Node & { readonly kind: 'compare'; readonly op: CompareOp; readonly left: Expr; readonly right: Expr })
  /**
   * `pointer + index * scaleBytes`; the index is (u)int64. `subtract` for `pointer - index`. `preserve` for `p[1]` whose
   * constant index is the beginning of a CO-RE path, as in `p[1].member`.
   */
  | (Node & { readonly kind: 'pointerAdd'; readonly pointer: Expr; readonly index: Expr; readonly scaleBytes: number; readonly subtract: boolean; readonly preserve?: boolean })
  | (Node & { readonly kind: 'pointerDiff'; readonly left: Expr; readonly right: Expr; readonly scaleBytes: number })
  | (Node & { readonly kind: 'logical'; readonly op: 'and' | 'or'; readonly left: Expr; readonly right: Expr })
  /** `then` null for `a ?: b`, where the condition's value is the result after conversion. Type void is possible. */
  | (Node & { readonly kind: 'conditional'; readonly condition: Expr; readonly then: Expr | null; readonly otherwise: Expr })
  /** The value is the one stored (converted to the target's type). */
  | (Node & { readonly kind: 'assign'; readonly target: Expr; readonly value: Expr })
  /** `target = (T)((C)target op value)`: computed in type `computation`, to which `value` is already converted. */
  | (Node & { readonly kind: 'update'; readonly op: ArithmeticOp; readonly target: Expr; readonly value: Expr; readonly computation: CType })
  /** `p += n`, `p++` on pointers: `step` counts bytes and is (u)int64. `post` yields the old value. */
  | (Node & { readonly kind: 'advance'; readonly target: Expr; readonly step: Expr; readonly subtract: boolean; readonly post: boolean })
  /** `++`/`--` of integers. */
  | (Node & { readonly kind: 'increment'; readonly target: Expr; readonly delta: 1 | -1; readonly post: boolean })
  /**
   * To the node's type: `integer` between integers (widen by the operand's signedness, or cut); `boolean` anything scalar
   * to 0 or 1; `pointer` between pointers, or integers and pointers; `discard` to void.
   */
  | (Node & { readonly kind: 'convert'; readonly how: 'integer' | 'boolean' | 'pointer' | 'discard'; readonly operand: Expr })
  /** The callee is a `function`, or a pointer value (a helper's number once it is folded). */
  | (Node & { readonly kind: 'call'; readonly callee: Expr; readonly args: readonly Expr[] })
  | (Node & { readonly kind: 'builtin'; readonly name: BuiltinName; readonly args: readonly Expr[]; readonly info: BuiltinInfo | null })
  | (Node & { readonly kind: 'comma'; readonly first: Expr; readonly second: Expr })
  | (Node & { readonly kind: 'statementExpr'; readonly body: readonly Statement[]; readonly value: Expr | null })
  /** lvalue: an unnamed variable, initialised where it stands. Outside functions it is a GlobalVariable. */
  | (Node & { readonly kind: 'compoundLiteral'; readonly variable: LocalVariable | GlobalVariable; readonly init: Initializer })
  /** What an error left; lowering never sees it, since nothing with errors is lowered. */
  | (Node & { readonly kind: 'error' }); // prettier-ignore

/**
 * Builtins that the optimiser or the back end carries out. Those that fold at once (`__builtin_offsetof`,
 * `__builtin_types_compatible_p`, `__builtin_choose_expr`, `_Generic`, `sizeof`) leave no node. The names here have no
 * `__builtin_` before them.
 */
export type BuiltinName =
  /** 1 once the operand is known to be constant, 0 when it is not after optimisation. */
  | 'constant_p'
  /** Value of the first operand; a hint. */
  | 'expect'
  | 'unreachable' | 'trap'
  | 'memcpy' | 'memmove' | 'memset' | 'memcmp' | 'strlen' | 'strcmp' | 'strncmp'
  | 'bswap16' | 'bswap32' | 'bswap64'
  | 'ctz' | 'clz' | 'popcount' | 'ffs' | 'parity' | 'abs'
  | 'add_overflow' | 'sub_overflow' | 'mul_overflow'
  /** `__sync_*` and `__atomic_*`: address, operand(s). `info.atomic`. */
  | 'atomic'
  /** `__builtin_preserve_field_info(lvalue, kind)`: info.core. */
  | 'preserve_field_info'
  /** `__builtin_preserve_type_info`, `__builtin_btf_type_id`, `__builtin_preserve_enum_value`: info.core. */
  | 'preserve_type_info' | 'btf_type_id' | 'preserve_enum_value'
  /** An expression whose member accesses are all to be relocated; its members already say `preserve`. */
  | 'preserve_access_index'
  | 'frame_address' | 'return_address'
  /** `llvm.bpf.load.{byte,half,word}`: LD_ABS/LD_IND. args: skb, offset. info.sizeBytes. */
  | 'packet_load'
  /** `__builtin_object_size`-like folds give constants; `assume` and `prefetch` give nothing. */
  | 'assume'; // prettier-ignore

export interface BuiltinInfo {
  /** Kind number of a CO-RE builtin as bpf_core_read.h passes it, and the type or enumerator it asks about. */
  readonly core?: { readonly kind: number; readonly type: CType; readonly enumerator: string | null };
  readonly atomic?: {
    readonly op: 'add' | 'sub' | 'and' | 'or' | 'xor' | 'nand' | 'xchg' | 'cmpxchg' | 'load' | 'store';
    /** What the expression's value is; for cmpxchg `old` or `success` (`__sync_bool_compare_and_swap`). */
    readonly result: 'old' | 'new' | 'success' | 'none';
    readonly sizeBytes: 1 | 2 | 4 | 8;
    /** `acquire`, `release` or both decide about load-acquire and store-release. */
    readonly order: 'relaxed' | 'acquire' | 'release' | 'seqCst';
    /** `__atomic_compare_exchange_n`: the expected value is behind a pointer and written back. */
    readonly expectedByAddress: boolean;
  };
  readonly sizeBytes?: 1 | 2 | 4;
}

/** ---- Statements ---- */

export type Statement =
  | (Range & { readonly kind: 'block'; readonly body: readonly Statement[] })
  | (Range & { readonly kind: 'declare'; readonly variable: LocalVariable; readonly init: Initializer | null })
  | (Range & { readonly kind: 'expression'; readonly expr: Expr })
  | (Range & { readonly kind: 'if'; readonly condition: Expr; readonly then: Statement; readonly otherwise: Statement | null })
  /** All loops: `while` has no step, `do` tests last. `condition` null is endless. */
  | (Range & {
      readonly kind: 'loop';
      readonly word: 'while' | 'for' | 'do';
      readonly init: readonly Statement[];
      readonly condition: Expr | null;
      readonly step: Expr | null;
      readonly body: Statement;
      readonly testLast: boolean;
      /** 0: fully; n: by n; null: leave it; 1: never. */
      readonly unroll: number | null;
    })
  | (Range & { readonly kind: 'switch'; readonly value: Expr; readonly body: Statement })
  /** Inside a switch; values in its (promoted) type, first to last inclusive. */
  | (Range & { readonly kind: 'case'; readonly first: bigint; readonly last: bigint; readonly valueAt: Range; readonly body: Statement })
  | (Range & { readonly kind: 'default'; readonly body: Statement })
  | (Range & { readonly kind: 'label'; readonly label: Label; readonly body: Statement })
  | (Range & { readonly kind: 'goto'; readonly label: Label })
  | (Range & { readonly kind: 'break' | 'continue' })
  | (Range & { readonly kind: 'return'; readonly value: Expr | null })
  | AsmStatement; // prettier-ignore

export interface Label {
  readonly name: string;
  readonly declaredAt: Range;
}

export interface AsmStatement extends Range {
  readonly kind: 'asm';
  readonly volatile: boolean;
  readonly template: string;
  readonly templateAt: Place;
  /** lvalues; constraint `=r`, `+r`, `=m`, …. */
  readonly outputs: readonly AsmOperand[];
  /** Values, or lvalues for `m`. */
  readonly inputs: readonly AsmOperand[];
  readonly clobbers: readonly string[];
  /** `asm goto`. */
  readonly labels: readonly Label[];
}

export interface AsmOperand extends Range {
  readonly name: string | null;
  readonly constraint: string;
  readonly expr: Expr;
}
