/**
 * The builtins by name: which types they take, what they give, and which node they become. Source: GCC's manual ("Other
 * Builtins", "__sync", "__atomic") and clang's Builtins.td and BuiltinsBPF.td (v19).
 */
import type { BuiltinName } from '../typed.ts';
import type { CType } from '../types.ts';
import type { Alignment } from './builtinAlign.ts';
import type { Count } from './builtinCounts.ts';
import type { Elementwise } from './builtinElementwise.ts';
import { insteadOf } from './builtinsRefused.ts';
import { INT, LONG, UNSIGNED_INT, UNSIGNED_LONG, VOID, intType, pointerTo, qualify, CHAR } from './typeQueries.ts';

export type AtomicOp = 'add' | 'sub' | 'and' | 'or' | 'xor' | 'nand';

export type BuiltinRule =
  /** A node with fixed argument types; `folds` when a constant argument gives a constant. */
  | {
      readonly kind: 'plain';
      readonly name: BuiltinName;
      readonly params: readonly CType[];
      readonly returns: CType;
      readonly folds?: boolean;
    }
  | { readonly kind: 'expect'; readonly args: number }
  | { readonly kind: 'constantP' | 'assume' | 'prefetch' | 'objectSize' | 'zeroMemory' | 'addressOf' }
  /** `types` null for the generic ones, whose result pointer decides. */
  | { readonly kind: 'overflow'; readonly op: 'add' | 'sub' | 'mul'; readonly type: CType | null }
  | {
      readonly kind:
        'preserveAccessIndex' | 'preserveFieldInfo' | 'preserveTypeInfo' | 'preserveEnumValue' | 'btfTypeId';
    }
  /** `__sync_fetch_and_add` (old) and `__sync_add_and_fetch` (new); `__atomic_` ones have an order at the end. */
  | { readonly kind: 'fetchOp'; readonly op: AtomicOp; readonly result: 'old' | 'new'; readonly ordered: boolean }
  | { readonly kind: 'syncSwap'; readonly result: 'old' | 'success' }
  | { readonly kind: 'syncExchange' | 'syncRelease' }
  /** `byAddress` for `__atomic_load` and its kin, whose values stand behind pointers. */
  | { readonly kind: 'atomicLoad' | 'atomicStore' | 'atomicExchange' | 'atomicCompare'; readonly byAddress: boolean }
  | { readonly kind: 'alwaysLockFree' | 'unpredictable' | 'assumeAligned' | 'classifyType' }
  | { readonly kind: 'rotate'; readonly bits: number; readonly left: boolean }
  | { readonly kind: 'reverse'; readonly bits: number }
  | { readonly kind: 'redundantSigns'; readonly type: CType }
  | { readonly kind: 'countGeneric'; readonly count: Count }
  | { readonly kind: 'countOf'; readonly count: Count; readonly type: CType }
  | { readonly kind: 'elementwise'; readonly op: Elementwise }
  | { readonly kind: 'carry'; readonly op: 'add' | 'sub'; readonly type: CType }
  | { readonly kind: 'align'; readonly what: Alignment }
  | { readonly kind: 'functionName' | 'launder' }
  /** Known, but nothing that BPF could do; `instead` says what to write. */
  | { readonly kind: 'none'; readonly instead: string };

const LONG_LONG = intType('long long');
const UNSIGNED_LONG_LONG = intType('unsigned long long');
const POINTER = pointerTo(VOID);
const CONST_POINTER = pointerTo(qualify(VOID, { const: true }));
const TEXT = pointerTo(qualify(CHAR, { const: true }));

function plain(name: BuiltinName, returns: CType, ...params: CType[]): BuiltinRule {
  return { kind: 'plain', name, params, returns };
}

function folding(name: BuiltinName, returns: CType, ...params: CType[]): BuiltinRule {
  return { kind: 'plain', name, params, returns, folds: true };
}

/** Functions of the C library that are builtins under their own names, too, when nothing in the program defines them. */
const LIBRARY: Readonly<Record<string, BuiltinRule>> = {
  memcpy: plain('memcpy', POINTER, POINTER, CONST_POINTER, UNSIGNED_LONG),
  memmove: plain('memmove', POINTER, POINTER, CONST_POINTER, UNSIGNED_LONG),
  memset: plain('memset', POINTER, POINTER, INT, UNSIGNED_LONG),
  memcmp: plain('memcmp', INT, CONST_POINTER, CONST_POINTER, UNSIGNED_LONG),
  bcmp: plain('memcmp', INT, CONST_POINTER, CONST_POINTER, UNSIGNED_LONG),
  strlen: plain('strlen', UNSIGNED_LONG, TEXT),
  strcmp: plain('strcmp', INT, TEXT, TEXT),
  strncmp: plain('strncmp', INT, TEXT, TEXT, UNSIGNED_LONG),
  bzero: { kind: 'zeroMemory' },
  abs: folding('abs', INT, INT),
  labs: folding('abs', LONG, LONG),
  llabs: folding('abs', LONG_LONG, LONG_LONG),
};

/** `__builtin_ctz`, `ctzl`, `ctzll`, … */
function widths(base: string, name: BuiltinName, signed: boolean): [string, BuiltinRule][] {
  const types = signed ? [INT, LONG, LONG_LONG] : [UNSIGNED_INT, UNSIGNED_LONG, UNSIGNED_LONG_LONG];
  return ['', 'l', 'll'].map((suffix, i) => [`${base}${suffix}`, folding(name, INT, types[i] ?? INT)]);
}

function overflows(): [string, BuiltinRule][] {
  const types: readonly (readonly [string, string, CType | null])[] = [
    ['', '', null],
    ['s', '', INT],
    ['s', 'l', LONG],
    ['s', 'll', LONG_LONG],
    ['u', '', UNSIGNED_INT],
    ['u', 'l', UNSIGNED_LONG],
    ['u', 'll', UNSIGNED_LONG_LONG],
  ];
  return (['add', 'sub', 'mul'] as const).flatMap((op) =>
    types.map(([sign, size, type]): [string, BuiltinRule] => [
      `${sign}${op}${size}_overflow`,
      { kind: 'overflow', op, type },
    ]),
  );
}

/** `__builtin_popcountg`, `__builtin_clzs`, … */
function counts(): [string, BuiltinRule][] {
  const short = intType('unsigned short');
  return [
    ...(['popcount', 'clz', 'ctz'] as const).map((count): [string, BuiltinRule] => [
      `${count}g`,
      { kind: 'countGeneric', count },
    ]),
    ['clzs', { kind: 'countOf', count: 'clz', type: short }],
    ['ctzs', { kind: 'countOf', count: 'ctz', type: short }],
  ];
}

/** `__builtin_addcb` to `__builtin_subcll`. */
function carries(): [string, BuiltinRule][] {
  const types: readonly (readonly [string, CType])[] = [
    ['b', intType('unsigned char')],
    ['s', intType('unsigned short')],
    ['', UNSIGNED_INT],
    ['l', UNSIGNED_LONG],
    ['ll', UNSIGNED_LONG_LONG],
  ];
  return (['add', 'sub'] as const).flatMap((op) =>
    types.map(([suffix, type]): [string, BuiltinRule] => [`${op}c${suffix}`, { kind: 'carry', op, type }]),
  );
}

/** After `__builtin_`. */
const AFTER_BUILTIN: readonly (readonly [string, BuiltinRule])[] = [
  ...Object.entries(LIBRARY),
  ['memcpy_inline', plain('memcpy', VOID, POINTER, CONST_POINTER, UNSIGNED_LONG)],
  ['memset_inline', plain('memset', VOID, POINTER, INT, UNSIGNED_LONG)],
  ['constant_p', { kind: 'constantP' }],
  ['expect', { kind: 'expect', args: 2 }],
  ['expect_with_probability', { kind: 'expect', args: 3 }],
  ['unpredictable', { kind: 'unpredictable' }],
  ['assume_aligned', { kind: 'assumeAligned' }],
  ['classify_type', { kind: 'classifyType' }],
  ...[8, 16, 32, 64].flatMap((bits): [string, BuiltinRule][] => [
    [`rotateleft${bits}`, { kind: 'rotate', bits, left: true }],
    [`rotateright${bits}`, { kind: 'rotate', bits, left: false }],
    [`bitreverse${bits}`, { kind: 'reverse', bits }],
  ]),
  ['clrsb', { kind: 'redundantSigns', type: INT }],
  ['clrsbl', { kind: 'redundantSigns', type: LONG }],
  ['clrsbll', { kind: 'redundantSigns', type: LONG_LONG }],
  ['unreachable', plain('unreachable', VOID)],
  ['trap', plain('trap', VOID)],
  ['assume', { kind: 'assume' }],
  ['prefetch', { kind: 'prefetch' }],
  ['object_size', { kind: 'objectSize' }],
  ['dynamic_object_size', { kind: 'objectSize' }],
  ['addressof', { kind: 'addressOf' }],
  ['bswap16', folding('bswap16', intType('unsigned short'), intType('unsigned short'))],
  ['bswap32', folding('bswap32', UNSIGNED_INT, UNSIGNED_INT)],
  ['bswap64', folding('bswap64', UNSIGNED_LONG, UNSIGNED_LONG)],
  ...widths('ctz', 'ctz', false),
  ...widths('clz', 'clz', false),
  ...widths('popcount', 'popcount', false),
  ...widths('parity', 'parity', false),
  ...widths('ffs', 'ffs', true),
  ...overflows(),
  ...counts(),
  ...carries(),
  ...(['max', 'min', 'abs', 'bitreverse', 'add_sat', 'sub_sat'] as const).map((op): [string, BuiltinRule] => [
    `elementwise_${op}`,
    { kind: 'elementwise', op },
  ]),
  ['align_up', { kind: 'align', what: 'up' }],
  ['align_down', { kind: 'align', what: 'down' }],
  ['is_aligned', { kind: 'align', what: 'is' }],
  ['launder', { kind: 'launder' }],
  ['FUNCTION', { kind: 'functionName' }],
  ['frame_address', plain('frame_address', POINTER, UNSIGNED_INT)],
  ['return_address', plain('return_address', POINTER, UNSIGNED_INT)],
  ['preserve_access_index', { kind: 'preserveAccessIndex' }],
  ['preserve_field_info', { kind: 'preserveFieldInfo' }],
  ['preserve_type_info', { kind: 'preserveTypeInfo' }],
  ['preserve_enum_value', { kind: 'preserveEnumValue' }],
  ['btf_type_id', { kind: 'btfTypeId' }],
];

const OPS: readonly AtomicOp[] = ['add', 'sub', 'and', 'or', 'xor', 'nand'];

function syncOps(): [string, BuiltinRule][] {
  return OPS.flatMap((op): [string, BuiltinRule][] => [
    [`__sync_fetch_and_${op}`, { kind: 'fetchOp', op, result: 'old', ordered: false }],
    [`__sync_${op}_and_fetch`, { kind: 'fetchOp', op, result: 'new', ordered: false }],
    [`__atomic_fetch_${op}`, { kind: 'fetchOp', op, result: 'old', ordered: true }],
    [`__atomic_${op}_fetch`, { kind: 'fetchOp', op, result: 'new', ordered: true }],
  ]);
}

const ATOMICS: readonly (readonly [string, BuiltinRule])[] = [
  ...syncOps(),
  ['__sync_val_compare_and_swap', { kind: 'syncSwap', result: 'old' }],
  ['__sync_bool_compare_and_swap', { kind: 'syncSwap', result: 'success' }],
  ['__sync_lock_test_and_set', { kind: 'syncExchange' }],
  ['__sync_swap', { kind: 'syncExchange' }],
  ['__sync_lock_release', { kind: 'syncRelease' }],
  ['__atomic_load_n', { kind: 'atomicLoad', byAddress: false }],
  ['__atomic_load', { kind: 'atomicLoad', byAddress: true }],
  ['__atomic_store_n', { kind: 'atomicStore', byAddress: false }],
  ['__atomic_store', { kind: 'atomicStore', byAddress: true }],
  ['__atomic_exchange_n', { kind: 'atomicExchange', byAddress: false }],
  ['__atomic_exchange', { kind: 'atomicExchange', byAddress: true }],
  ['__atomic_compare_exchange_n', { kind: 'atomicCompare', byAddress: false }],
  ['__atomic_compare_exchange', { kind: 'atomicCompare', byAddress: true }],
  ['__atomic_always_lock_free', { kind: 'alwaysLockFree' }],
  ['__atomic_is_lock_free', { kind: 'alwaysLockFree' }],
];

const TABLE: ReadonlyMap<string, BuiltinRule> = new Map([
  ...AFTER_BUILTIN.map(([name, rule]) => [`__builtin_${name}`, rule] as const),
  ...ATOMICS,
]);

const LIBRARY_TABLE: ReadonlyMap<string, BuiltinRule> = new Map(Object.entries(LIBRARY));

export function builtinRule(name: string): BuiltinRule | null {
  const instead = insteadOf(name);
  return TABLE.get(name) ?? (instead === null ? null : { kind: 'none', instead });
}

export function libraryRule(name: string): BuiltinRule | null {
  return LIBRARY_TABLE.get(name) ?? null;
}
