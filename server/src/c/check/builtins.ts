/**
 * The builtins by name: which types they take, what they give, and which node they become. Source: GCC's manual ("Other
 * Builtins", "__sync", "__atomic") and clang's Builtins.td and BuiltinsBPF.td (v19).
 */
import type { BuiltinName } from '../typed.ts';
import type { CType } from '../types.ts';
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
  | { readonly kind: 'constantP' | 'expect' | 'assume' | 'prefetch' | 'objectSize' | 'zeroMemory' | 'addressOf' }
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

/** After `__builtin_`. */
const AFTER_BUILTIN: readonly (readonly [string, BuiltinRule])[] = [
  ...Object.entries(LIBRARY),
  ['memcpy_inline', plain('memcpy', VOID, POINTER, CONST_POINTER, UNSIGNED_LONG)],
  ['memset_inline', plain('memset', VOID, POINTER, INT, UNSIGNED_LONG)],
  ['constant_p', { kind: 'constantP' }],
  ['expect', { kind: 'expect' }],
  ['expect_with_probability', { kind: 'expect' }],
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
  ['frame_address', plain('frame_address', POINTER, UNSIGNED_INT)],
  ['return_address', plain('return_address', POINTER, UNSIGNED_INT)],
  ['preserve_access_index', { kind: 'preserveAccessIndex' }],
  ['preserve_field_info', { kind: 'preserveFieldInfo' }],
  ['preserve_type_info', { kind: 'preserveTypeInfo' }],
  ['preserve_enum_value', { kind: 'preserveEnumValue' }],
  ['btf_type_id', { kind: 'btfTypeId' }],
  ...['va_start', 'va_end', 'va_copy', 'va_arg'].map((name): [string, BuiltinRule] => [
    name,
    { kind: 'none', instead: 'BPF functions cannot read variable arguments; pass an array or a struct' },
  ]),
  [
    'alloca',
    { kind: 'none', instead: 'the stack of a BPF program has a fixed size; use an array of a constant length' },
  ],
  ['debugtrap', { kind: 'none', instead: 'BPF programs cannot trap; return from the program' }],
  ['setjmp', { kind: 'none', instead: 'BPF programs cannot jump between functions' }],
  ['longjmp', { kind: 'none', instead: 'BPF programs cannot jump between functions' }],
  ...['clzg', 'ctzg', 'popcountg', 'shufflevector', 'convertvector', 'complex', 'isnan', 'huge_val', 'inf', 'nan', 'fabs',
    'sqrt', 'printf', 'sprintf', 'snprintf', 'strcpy', 'strncpy', 'strcat', 'strchr', 'strstr',
  ].map((name): [string, BuiltinRule] => [name, { kind: 'none', instead: 'write it out with shifts, loops or a helper' }]), // prettier-ignore
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

const FENCE = 'BPF (as of LLVM 19) has no fences; use an atomic operation that returns a value';

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
  ['__sync_synchronize', { kind: 'none', instead: FENCE }],
  ['__atomic_thread_fence', { kind: 'none', instead: FENCE }],
  ['__atomic_signal_fence', { kind: 'none', instead: 'use asm volatile("" ::: "memory")' }],
  ...['load', 'store', 'exchange', 'compare_exchange_strong', 'compare_exchange_weak', 'init', 'thread_fence',
    'fetch_add', 'fetch_sub', 'fetch_and', 'fetch_or', 'fetch_xor',
  ].map((name): [string, BuiltinRule] => [`__c11_atomic_${name}`, { kind: 'none', instead: 'use __sync_ or __atomic_ builtins on plain integers' }]), // prettier-ignore
];

const TABLE: ReadonlyMap<string, BuiltinRule> = new Map([
  ...AFTER_BUILTIN.map(([name, rule]) => [`__builtin_${name}`, rule] as const),
  ...ATOMICS,
]);

const LIBRARY_TABLE: ReadonlyMap<string, BuiltinRule> = new Map(Object.entries(LIBRARY));

export function builtinRule(name: string): BuiltinRule | null {
  return TABLE.get(name) ?? null;
}

export function libraryRule(name: string): BuiltinRule | null {
  return LIBRARY_TABLE.get(name) ?? null;
}

/** What `__has_builtin` says: all that can be translated. */
export function hasBuiltin(name: string): boolean {
  const rule = TABLE.get(name);
  return (rule !== undefined && rule.kind !== 'none') || SYNTAX.has(name);
}

/** Those that the parser knows. */
const SYNTAX = new Set([
  '__builtin_choose_expr', '__builtin_offsetof', '__builtin_types_compatible_p',
]); // prettier-ignore
