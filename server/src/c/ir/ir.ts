/**
 * The compiler's intermediate language: functions of basic blocks in SSA form, over 32- and 64-bit integers and pointers,
 * as the BPF machine has them. There is no undefined value: what C leaves undefined is 0. The objects are mutable; only
 * the functions of `edit.ts` change how they hang together. `print.ts` and `parse.ts` give it a text form for tests.
 */
import type { Place, Range } from '../places.ts';
import type { CType, RecordType } from '../types.ts';

/** `ptr` is 64 bits wide and keeps arithmetic on pointers apart from arithmetic on numbers. */
export type ValueType = 'i32' | 'i64' | 'ptr' | 'void';

export const BINARY_OPS = [
  'add', 'sub', 'mul', 'udiv', 'sdiv', 'umod', 'smod', 'and', 'or', 'xor', 'shl', 'lshr', 'ashr',
] as const; // prettier-ignore
export type BinaryOp = (typeof BINARY_OPS)[number];

export const COMPARE_OPS = ['eq', 'ne', 'ult', 'ule', 'ugt', 'uge', 'slt', 'sle', 'sgt', 'sge'] as const;
export type CompareOp = (typeof COMPARE_OPS)[number];

/**
 * `zext` and `sext` take i32 to i64, `trunc` i64 to i32; `zext8`, `sext16`, … keep the type and extend its low bits.
 * `ptrToInt` and `intToPtr` change nothing but the type. `swap*` reverse bytes of the low bits and zero the others.
 */
export type ConvertOp =
  | 'zext' | 'sext' | 'trunc' | 'zext8' | 'zext16' | 'sext8' | 'sext16' | 'ptrToInt' | 'intToPtr'
  | 'swap16' | 'swap32' | 'swap64'; // prettier-ignore

export type SizeBytes = 1 | 2 | 4 | 8;

interface InstrBase {
  /** Unique in its function; for printing and side tables. */
  readonly id: number;
  type: ValueType;
  args: Value[];
  /** Null while it is in no block (constants and parameters never are). */
  block: Block | null;
  readonly place: Place;
  /** The inlined call that it came from; null in the function's own code. */
  readonly inlinedAt: InlinedCall | null;
}

/** An operand or instruction. Everything that yields a value is one of these; so are those that yield none. */
export type Value = Constant | Param | Instr;

export interface Constant {
  readonly id: number;
  readonly op: 'const';
  readonly type: 'i32' | 'i64' | 'ptr';
  /** Unsigned, below 2^32 or 2^64. */
  readonly value: bigint;
  /** C says nothing of it: it is 0, but where paths meet it may as well be what comes from elsewhere. */
  readonly undefined?: true;
}

export interface Param {
  readonly id: number;
  readonly op: 'param';
  readonly type: 'i32' | 'i64' | 'ptr';
  readonly index: number;
  readonly name: string;
}

export type Instr =
  /**
   * Both arguments have its type, but for `ptr`: there it is `add` or `sub` of a ptr and an i64. The difference of two
   * pointers is a `sub` of `ptrToInt`s. Shifts count modulo the width; division by zero gives 0, modulo the dividend.
   */
  | (InstrBase & {
      readonly op: 'binary';
      kind: BinaryOp;
      /** Signed arithmetic of C, which does not overflow (C11 6.5 p5). */
      noWrap?: true;
    })
  /** i32, 0 or 1; the arguments' type is compared. */
  | (InstrBase & { readonly op: 'compare'; kind: CompareOp })
  | (InstrBase & { readonly op: 'convert'; kind: ConvertOp })
  /** One argument for each of `block.preds`, in their order. Phis come first in a block. */
  | (InstrBase & { readonly op: 'phi' })
  /**
   * args: address. Zero-extended unless `signed`. `i32` loads have at most 4 bytes. `alignBytes` is there only when the
   * address is not known to be aligned for `size` (members of packed records): such accesses are split at the end, as
   * clang does, since stack and strict kernels demand alignment. Memory of an alloca may always be taken as aligned.
   */
  | (InstrBase & { readonly op: 'load'; size: SizeBytes; signed: boolean; volatile: boolean; off: number; alignBytes?: 1 | 2 | 4; readonly alias?: Alias })
  /** args: address, value (its low bytes). `alignBytes` as above. */
  | (InstrBase & { readonly op: 'store'; size: SizeBytes; volatile: boolean; off: number; alignBytes?: 1 | 2 | 4; readonly alias?: Alias })
  /**
   * Stack memory, always in the entry block; its address. `variable` is null for the compiler's own; where a record was
   * taken apart, the memory holds the bytes of it from `variableOff` on.
   */
  | (InstrBase & {
      readonly op: 'alloca';
      readonly sizeBytes: number;
      readonly alignBytes: number;
      readonly variable: DebugVariable | null;
      readonly variableOff: number;
    })
  /** Address of a symbol plus a number of bytes. */
  | (InstrBase & { readonly op: 'address'; symbol: IrSymbol; addend: number })
  /** i64: a number that the loader settles (CO-RE); never folded. `value` is what the program's own types say. */
  | (InstrBase & { readonly op: 'core'; relocation: CoreRequest; value: bigint })
  | (InstrBase & { readonly op: 'call'; callee: Callee; /** A callee without effects: dropped when unused. */ readonly pure: boolean })
  /** args: address, value; cmpxchg: address, expected, new. Yields the old value when `fetch`. */
  | (InstrBase & {
      readonly op: 'atomic';
      kind: 'add' | 'or' | 'and' | 'xor' | 'xchg' | 'cmpxchg' | 'loadAcquire' | 'storeRelease';
      size: 1 | 2 | 4 | 8;
      fetch: boolean;
      off: number;
    })
  /**
   * Inline assembly. The inputs are args; a value it yields is its first output register, others are `asmOutput`s.
   * With an empty template it only hides values from the optimiser (barrier_var). `memory` orders it with memory.
   */
  | (InstrBase & { readonly op: 'asm'; asm: AsmText })
  /** args: the asm. */
  | (InstrBase & { readonly op: 'asmOutput'; readonly index: number })
  /** args: destination, source. Regions do not overlap. */
  | (InstrBase & { readonly op: 'memcpy' | 'memmove'; sizeBytes: number; alignBytes: number })
  /** args: destination, byte value. */
  | (InstrBase & { readonly op: 'memset'; sizeBytes: number; alignBytes: number })
  /**
   * Operations whose sizes or answers are known only after inlining; the optimiser turns them into others or reports
   * them. args as in C.
   */
  | (InstrBase & { readonly op: 'late'; readonly kind: LateKind; /** Of operations on memory: what the types say. */ readonly alignBytes?: number })
  /** LD_ABS / LD_IND. args: skb, offset. i64. */
  | (InstrBase & { readonly op: 'packetLoad'; readonly size: 1 | 2 | 4 })
  | (InstrBase & { readonly op: 'addrSpaceCast'; readonly to: number; readonly from: number })
  /** args: a value, from here on the variable's value; none: it is not known any more. `size`: bytes of it, from `off` on (pieces of a record). */
  | (InstrBase & { readonly op: 'debugValue'; readonly variable: DebugVariable; readonly off: number; readonly size: number })
  | Terminator; // prettier-ignore

/** `constantP`: arg; `memcpy…`: destination, source or byte, size; `memcmp`: a, b, size; the strings: a, (b, (n)). */
export type LateKind =
  | 'constantP' | 'memcpy' | 'memmove' | 'memset' | 'memcmp' | 'strlen' | 'strcmp' | 'strncmp'; // prettier-ignore

/** The last instruction of a block; type void. */
export type Terminator =
  | (InstrBase & { readonly op: 'jump'; to: Block })
  /** To `then` when `args[0] kind args[1]`. `likely` from __builtin_expect. */
  | (InstrBase & { readonly op: 'branch'; kind: CompareOp; then: Block; otherwise: Block; likely: boolean | null })
  | (InstrBase & { readonly op: 'switch'; cases: { first: bigint; last: bigint; to: Block }[]; otherwise: Block })
  /** No argument in a void function. */
  | (InstrBase & { readonly op: 'return' })
  | (InstrBase & { readonly op: 'unreachable' })
  /** Falls through to `next`. Has no output values. */
  | (InstrBase & { readonly op: 'asmGoto'; asm: AsmText; next: Block; labels: Block[] }); // prettier-ignore

export interface AsmText {
  readonly template: string;
  readonly templateAt: Place;
  readonly volatile: boolean;
  readonly memory: boolean;
  /** Registers named as clobbered. */
  readonly clobbers: readonly string[];
  /**
   * In the template's numbering. `in`: args[arg] in a register, as immediate (`i`) or as address of memory (`m`); `out`:
   * a result; `inOut`: both, arg goes in. `type` is the register's type.
   */
  readonly operands: readonly {
    readonly name: string | null;
    readonly constraint: string;
    readonly direction: 'in' | 'out' | 'inOut';
    readonly arg: number | null;
    readonly output: number | null;
    readonly type: 'i32' | 'i64' | 'ptr';
  }[];
  /** Of an asmGoto: the names of its labels in C, in their order. */
  readonly labels?: readonly string[];
}

export type Callee =
  | { readonly kind: 'helper'; readonly number: number }
  /** A function of this unit or an extern (a kfunc, another object's). */
  | { readonly kind: 'function'; readonly symbol: IrSymbol }
  /** Not yet known to be a constant (args[0]); an error when it is still there at the end. */
  | { readonly kind: 'value' };

/**
 * The type that C accesses an object as, and the records that it is a member of, outermost first: objects of other types
 * lie elsewhere (C11 6.5p7). Absent from an access that may be to anything. `print.ts` leaves it out.
 */
export interface Alias {
  readonly scalar: string;
  readonly within: readonly MemberPlace[];
}

/** Where something lies in a record. */
export interface MemberPlace {
  readonly type: RecordType;
  readonly offsetBytes: number;
}

/** What a linker knows by name. */
export interface IrSymbol {
  readonly name: string;
  readonly kind: 'function' | 'variable' | 'literal';
  readonly linkage: 'global' | 'static' | 'weak' | 'extern' | 'weakExtern';
}

/** One CO-RE relocation: kind as in enum bpf_core_relo_kind, the root type, and the access string `0:1:2`. */
export interface CoreRequest {
  readonly kind: number;
  readonly type: CType;
  readonly access: string;
}

export interface Block {
  readonly id: number;
  readonly label: string;
  /** `#pragma unroll` of the loop whose header this is (where its back edges lead); 0: fully, n: by n, 1: never. */
  unroll: number | null;
  readonly instrs: Instr[];
  /** Each once, however many edges (cases of a switch) lead from it. */
  readonly preds: Block[];
}

/** A call that was inlined: where it stood, what was called, and the inlined call around it. */
export interface InlinedCall {
  readonly place: Place;
  readonly callee: string;
  readonly parent: InlinedCall | null;
}

/** A local variable or parameter, for debuggers. */
export interface DebugVariable {
  readonly name: string;
  readonly type: CType;
  readonly place: Place;
  readonly parameter: boolean;
  /** Where its name means it; null for the whole function. */
  readonly block: VariableBlock | null;
}

export interface VariableBlock extends Range {
  /** Blocks of the function around the declaration, its body not counted. */
  readonly depth: number;
}

export interface IrFunction {
  readonly name: string;
  readonly symbol: IrSymbol;
  readonly section: string | null;
  readonly params: Param[];
  readonly returns: ValueType;
  /** blocks[0] is the entry and has no predecessors. Empty for an extern. */
  readonly blocks: Block[];
  readonly attributes: {
    readonly alwaysInline: boolean;
    readonly noInline: boolean;
    readonly naked: boolean;
    /** `attribute((error))` and `attribute((warning))`: what to say of calls that are left. */
    readonly error: string | null;
    readonly warning: string | null;
    readonly hidden: boolean;
    readonly used: boolean;
    readonly noreturn: boolean;
  };
  readonly place: Place;
  /** The next free number for `id`s of values and blocks. */
  nextId: number;
  /** Constants by type and value, each once. */
  readonly constants: Map<string, Constant>;
}

/** Data that goes into a section of the object. */
export interface IrData {
  readonly symbol: IrSymbol;
  /** `.maps`, `.rodata`, `.data`, `.bss`, `license`, `.struct_ops`, …; null for externs and for literals. */
  readonly section: string | null;
  readonly bytes: Uint8Array;
  readonly alignBytes: number;
  /** Addresses inside: where, and of what. */
  readonly relocations: readonly { readonly offset: number; readonly symbol: IrSymbol; readonly addend: number }[];
  readonly type: CType;
  /** Loads from it may be folded (`const` without `volatile`, literals). */
  readonly foldable: boolean;
  readonly hidden: boolean;
  readonly declTags: readonly string[];
  readonly place: Place;
}

export interface IrModule {
  readonly functions: Map<string, IrFunction>;
  readonly data: Map<string, IrData>;
}

/** For `core` requests: a record whose accesses are relocated. */
export type CoreRoot = RecordType;
