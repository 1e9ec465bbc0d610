/**
 * C as it is written: the tree that the parser makes, before anything is known about types. Parsing never fails; what it
 * could not read is an `error` node, with a diagnostic beside it. Source: C11 (N1570) annex A.2, GNU C extensions.
 */
import type { Range } from './places.ts';

export interface NameSyntax extends Range {
  readonly text: string;
}

/** `__attribute__((name(args)))`, one for each name; underscores around the name are taken off. `asm("label")` is `asm`. */
export interface AttributeSyntax extends Range {
  readonly name: string;
  /** Expressions; a bare identifier is an `identifier` expression (`format(printf, 1, 2)`, `mode(DI)`). */
  readonly args: readonly ExprSyntax[];
}

export type StorageClass = 'typedef' | 'extern' | 'static' | 'auto' | 'register' | 'threadLocal';

export interface QualifiersSyntax {
  readonly const: boolean;
  readonly volatile: boolean;
  readonly restrict: boolean;
  readonly atomic: boolean;
}

/** What stands before the declarators: `static const unsigned int`. */
export interface SpecifiersSyntax extends Range, QualifiersSyntax {
  readonly storage: StorageClass | null;
  readonly inline: boolean;
  /** Of the first `inline`. */
  readonly inlineAt?: Range;
  readonly noreturn: boolean;
  /** `_Alignas(…)`: a type name or an expression each. */
  readonly alignas: readonly (TypeNameSyntax | ExprSyntax)[];
  readonly attributes: readonly AttributeSyntax[];
  readonly type: TypeSpecifierSyntax;
}

export type TypeSpecifierSyntax =
  /** `unsigned long int` in the order of writing; `words` holds keywords only, alternative spellings made plain. */
  | (Range & { readonly kind: 'basic'; readonly words: readonly string[] })
  | (Range & { readonly kind: 'typedefName'; readonly name: NameSyntax })
  | RecordSyntax
  | EnumSyntax
  /** `unqualified` for `__typeof_unqual__`. */
  | (Range & { readonly kind: 'typeofExpr'; readonly expr: ExprSyntax; readonly unqualified: boolean })
  | (Range & { readonly kind: 'typeofType'; readonly type: TypeNameSyntax; readonly unqualified: boolean })
  | (Range & { readonly kind: 'autoType' })
  /** None was written: implicit int, which was reported. */
  | (Range & { readonly kind: 'missing' })
  /** A name that is no type, which was reported: what is declared with it gives no further errors. */
  | (Range & { readonly kind: 'unknown'; readonly name: NameSyntax });

export interface RecordSyntax extends Range {
  readonly kind: 'record';
  readonly union: boolean;
  readonly tag: NameSyntax | null;
  /** It has braces: this is a definition. */
  readonly defined: boolean;
  /** Null without braces. Read only when asked for in headers: `defined` answers without reading them. */
  readonly members: readonly MemberSyntax[] | null;
  /** `#pragma pack` that holds where it is defined. */
  readonly packBytes: number | null;
  readonly attributes: readonly AttributeSyntax[];
}

/** One declaration inside braces; no declarator for an anonymous struct or union. */
export type MemberSyntax =
  | (Range & {
      readonly kind: 'member';
      readonly specifiers: SpecifiersSyntax;
      readonly declarators: readonly (Range & {
        readonly declarator: DeclaratorSyntax;
        /** Width of a bit-field. */
        readonly bits: ExprSyntax | null;
        readonly attributes: readonly AttributeSyntax[];
      })[];
    })
  | StaticAssertSyntax;

export interface EnumSyntax extends Range {
  readonly kind: 'enum';
  readonly tag: NameSyntax | null;
  readonly values: readonly (Range & { readonly name: NameSyntax; readonly value: ExprSyntax | null })[] | null;
  readonly attributes: readonly AttributeSyntax[];
  /** `enum e : unsigned long` (C23, clang). */
  readonly underlying: TypeNameSyntax | null;
}

/**
 * A name and what is derived from the specifiers' type, from the name outwards: `int *a[3]` is [array, pointer],
 * `int (*f)(void)` is [pointer, function].
 */
export interface DeclaratorSyntax extends Range {
  readonly name: NameSyntax | null;
  readonly derivations: readonly DerivationSyntax[];
}

export type DerivationSyntax =
  | (Range & QualifiersSyntax & { readonly kind: 'pointer'; readonly attributes: readonly AttributeSyntax[] })
  /** `length` null for `[]`; `star` for `[*]`. */
  | (Range & QualifiersSyntax & { readonly kind: 'array'; readonly length: ExprSyntax | null; readonly star: boolean })
  | (Range & {
      readonly kind: 'function';
      readonly params: readonly ParamSyntax[];
      readonly variadic: boolean;
      /** False for `f()` and `f(a, b)` with bare names. */
      readonly prototype: boolean;
    });

export interface ParamSyntax extends Range {
  readonly specifiers: SpecifiersSyntax;
  readonly declarator: DeclaratorSyntax;
  readonly attributes: readonly AttributeSyntax[];
}

export interface TypeNameSyntax extends Range {
  readonly kind: 'typeName';
  readonly specifiers: SpecifiersSyntax;
  readonly declarator: DeclaratorSyntax;
}

export interface InitDeclaratorSyntax extends Range {
  readonly declarator: DeclaratorSyntax;
  readonly attributes: readonly AttributeSyntax[];
  /** `asm("name")` after the declarator. */
  readonly label: string | null;
  readonly init: InitializerSyntax | null;
}

export type InitializerSyntax = ExprSyntax | InitListSyntax;

export interface InitListSyntax extends Range {
  readonly kind: 'initList';
  readonly items: readonly InitItemSyntax[];
}

export interface InitItemSyntax extends Range {
  /** `.a[2] =`; empty without one. */
  readonly designators: readonly (
    | (Range & { readonly kind: 'member'; readonly name: NameSyntax })
    /** `last` for the GNU range `[1 ... 3]`. */
    | (Range & { readonly kind: 'index'; readonly index: ExprSyntax; readonly last: ExprSyntax | null })
  )[];
  readonly value: InitializerSyntax;
}

export interface DeclarationSyntax extends Range {
  readonly kind: 'declaration';
  readonly specifiers: SpecifiersSyntax;
  readonly declarators: readonly InitDeclaratorSyntax[];
}

export interface FunctionSyntax extends Range {
  readonly kind: 'function';
  readonly specifiers: SpecifiersSyntax;
  readonly declarator: DeclaratorSyntax;
  readonly attributes: readonly AttributeSyntax[];
  readonly label: string | null;
  /** May be read only when asked for. */
  readonly body: CompoundSyntax;
  /** Null where its text does not say all: it was complained of, or pragmas in it hold behind it, too. */
  readonly tokens: FunctionTokens | null;
}

/** Numbers of a function's tokens in the unit. */
export interface FunctionTokens {
  readonly first: number;
  /** Its `{`. */
  readonly body: number;
  /** Behind its `}`. */
  readonly end: number;
}

export interface StaticAssertSyntax extends Range {
  readonly kind: 'staticAssert';
  readonly condition: ExprSyntax;
  readonly message: string | null;
}

/** `asm("…")` outside of functions. */
export interface FileAsmSyntax extends Range {
  readonly kind: 'fileAsm';
}

export type ExternalSyntax = DeclarationSyntax | FunctionSyntax | StaticAssertSyntax | FileAsmSyntax;

export interface UnitSyntax {
  /**
   * In the order of writing: all of the main file and of the program's own headers, and of other headers what must be
   * looked at even when nobody asks for it (definitions that a linker sees, static assertions).
   */
  readonly externals: readonly ExternalSyntax[];
  /** The rest of other headers, read when it is asked for. */
  readonly headers: HeaderDeclarations;
}

/** Declarations have numbers in the order of writing. */
export interface HeaderDeclarations {
  /** The declarations of an ordinary name, enumerators too. */
  readonly ofName: (name: string) => readonly number[];
  /** The declarations that define a tag. */
  readonly ofTag: (name: string) => readonly number[];
  readonly read: (declaration: number) => ExternalSyntax | null;
  /** Number of declarations that stand before `externals[index]`. */
  readonly before: (index: number) => number;
  /** The tag is named somewhere in a header, so that it is known at file level. */
  readonly mentions: (tag: string) => boolean;
  /** All ordinary names. */
  readonly names: () => Iterable<string>;
}

/** ---- Statements ---- */

/** `#pragma unroll`, `#pragma clang loop unroll(full)`: count 0 is "as far as it goes"; 1 (or disable) is none. */
export interface LoopHints {
  readonly unroll: number | null;
}

export type StatementSyntax =
  | CompoundSyntax
  | DeclarationSyntax
  | StaticAssertSyntax
  | (Range & { readonly kind: 'expression'; readonly expr: ExprSyntax })
  | (Range & { readonly kind: 'empty'; readonly attributes: readonly AttributeSyntax[] })
  | (Range & {
      readonly kind: 'if';
      readonly condition: ExprSyntax;
      readonly then: StatementSyntax;
      readonly otherwise: StatementSyntax | null;
    })
  | (Range & { readonly kind: 'while' | 'do'; readonly condition: ExprSyntax; readonly body: StatementSyntax; readonly hints: LoopHints })
  | (Range & {
      readonly kind: 'for';
      readonly init: DeclarationSyntax | ExprSyntax | null;
      readonly condition: ExprSyntax | null;
      readonly step: ExprSyntax | null;
      readonly body: StatementSyntax;
      readonly hints: LoopHints;
    })
  | (Range & { readonly kind: 'switch'; readonly value: ExprSyntax; readonly body: StatementSyntax })
  /** `last` for the GNU range. */
  | (Range & { readonly kind: 'case'; readonly value: ExprSyntax; readonly last: ExprSyntax | null; readonly body: StatementSyntax })
  | (Range & { readonly kind: 'default'; readonly body: StatementSyntax })
  | (Range & { readonly kind: 'label'; readonly name: NameSyntax; readonly attributes: readonly AttributeSyntax[]; readonly body: StatementSyntax })
  | (Range & { readonly kind: 'goto'; readonly name: NameSyntax })
  | (Range & { readonly kind: 'computedGoto'; readonly target: ExprSyntax })
  | (Range & { readonly kind: 'break' | 'continue' })
  | (Range & { readonly kind: 'return'; readonly value: ExprSyntax | null })
  | AsmSyntax
  /** `__label__ a, b;` */
  | (Range & { readonly kind: 'localLabels'; readonly names: readonly NameSyntax[] })
  | (Range & { readonly kind: 'error' }); // prettier-ignore

export interface CompoundSyntax extends Range {
  readonly kind: 'compound';
  readonly items: readonly StatementSyntax[];
}

export interface AsmSyntax extends Range {
  readonly kind: 'asm';
  readonly volatile: boolean;
  readonly goto: boolean;
  /** The template, pieces joined. */
  readonly template: string;
  /** Place of the first string piece. */
  readonly templateAt: Range;
  readonly outputs: readonly AsmOperandSyntax[];
  readonly inputs: readonly AsmOperandSyntax[];
  readonly clobbers: readonly string[];
  readonly labels: readonly NameSyntax[];
}

export interface AsmOperandSyntax extends Range {
  /** `[name]`. */
  readonly name: string | null;
  readonly constraint: string;
  readonly expr: ExprSyntax;
}

/** ---- Expressions ---- */

export type UnaryOp = '+' | '-' | '~' | '!' | '*' | '&' | '++' | '--' | '__extension__';
export type BinaryOp =
  | '*' | '/' | '%' | '+' | '-' | '<<' | '>>' | '<' | '>' | '<=' | '>=' | '==' | '!=' | '&' | '^' | '|' | '&&' | '||'
  | ','; // prettier-ignore
export type AssignOp = '=' | '*=' | '/=' | '%=' | '+=' | '-=' | '<<=' | '>>=' | '&=' | '^=' | '|=';

export type ExprSyntax =
  /** The spelling: `0x10UL`, `'a'`, `1.5f`. */
  | (Range & { readonly kind: 'number' | 'char'; readonly text: string })
  /** Adjacent literals, as spelled with their quotes and prefixes. */
  | (Range & { readonly kind: 'string'; readonly pieces: readonly string[] })
  /** Also `__func__` and its kin. */
  | (Range & { readonly kind: 'identifier'; readonly name: string })
  | (Range & { readonly kind: 'paren'; readonly inner: ExprSyntax })
  | (Range & { readonly kind: 'unary'; readonly op: UnaryOp; readonly operand: ExprSyntax })
  | (Range & { readonly kind: 'postfix'; readonly op: '++' | '--'; readonly operand: ExprSyntax })
  | (Range & {
      readonly kind: 'binary';
      readonly op: BinaryOp;
      /** Of the operator's characters. */
      readonly opAt: Range;
      readonly left: ExprSyntax;
      readonly right: ExprSyntax;
    })
  | (Range & {
      readonly kind: 'assign';
      readonly op: AssignOp;
      readonly opAt: Range;
      readonly target: ExprSyntax;
      readonly value: ExprSyntax;
    })
  /** `then` null for the GNU `a ?: b`. */
  | (Range & {
      readonly kind: 'conditional';
      readonly condition: ExprSyntax;
      readonly then: ExprSyntax | null;
      readonly otherwise: ExprSyntax;
    })
  | (Range & { readonly kind: 'call'; readonly callee: ExprSyntax; readonly args: readonly ExprSyntax[] })
  | (Range & { readonly kind: 'index'; readonly base: ExprSyntax; readonly index: ExprSyntax })
  | (Range & { readonly kind: 'member'; readonly arrow: boolean; readonly base: ExprSyntax; readonly name: NameSyntax })
  | (Range & { readonly kind: 'cast'; readonly type: TypeNameSyntax; readonly operand: ExprSyntax })
  | (Range & { readonly kind: 'sizeofExpr' | 'alignofExpr'; readonly operand: ExprSyntax })
  | (Range & { readonly kind: 'sizeofType' | 'alignofType'; readonly type: TypeNameSyntax })
  | (Range & { readonly kind: 'compoundLiteral'; readonly type: TypeNameSyntax; readonly init: InitListSyntax })
  /** `({ … })`; the last item's value is its value. */
  | (Range & { readonly kind: 'statementExpr'; readonly body: CompoundSyntax })
  | (Range & {
      readonly kind: 'generic';
      readonly control: ExprSyntax;
      /** `type` null for `default`. */
      readonly associations: readonly (Range & { readonly type: TypeNameSyntax | null; readonly value: ExprSyntax })[];
    })
  /** `__builtin_offsetof(type, a.b[1])`; the path begins with a member. */
  | (Range & {
      readonly kind: 'offsetof';
      readonly type: TypeNameSyntax;
      readonly path: InitItemSyntax['designators'];
    })
  | (Range & { readonly kind: 'typesCompatible'; readonly left: TypeNameSyntax; readonly right: TypeNameSyntax })
  | (Range & {
      readonly kind: 'chooseExpr';
      readonly condition: ExprSyntax;
      readonly then: ExprSyntax;
      readonly otherwise: ExprSyntax;
    })
  | (Range & { readonly kind: 'vaArg'; readonly list: ExprSyntax; readonly type: TypeNameSyntax })
  /** `__builtin_bit_cast(type, operand)`. */
  | (Range & { readonly kind: 'bitCast'; readonly type: TypeNameSyntax; readonly operand: ExprSyntax })
  | (Range & { readonly kind: 'labelAddress'; readonly name: NameSyntax })
  | (Range & { readonly kind: 'error' });
