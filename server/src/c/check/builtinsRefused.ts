/**
 * Builtins that clang knows for BPF and that we do not translate: mostly since nothing in BPF could do what they stand
 * for, and clang's back end refuses them, too. Each says what to write instead. Source: clang's Builtins.td (v19).
 */

const FENCE = 'BPF (as of LLVM 19) has no fences; use an atomic operation that returns a value';
const FLOAT = 'BPF programs cannot compute with floating-point numbers; use scaled integers';
const TEXT = 'BPF programs have no C library; write a loop of a known length, or use bpf_strncmp or bpf_probe_read_str';
const PRINT = 'BPF programs have no C library; use bpf_printk or bpf_snprintf';
const MEMORY = 'BPF programs have no C library; use __builtin_memcpy, __builtin_memset or a loop of a known length';
const HEAP = 'BPF programs have no heap; use a map, a global variable or bpf_obj_new';
const VECTOR = 'BPF has no vectors; write it out with a loop or with single variables';
const LIST = 'BPF functions cannot read variable arguments; pass an array or a struct';
const STACK = 'the stack of a BPF program has a fixed size; use an array of a constant length';
const UNWIND = 'BPF programs cannot unwind or jump between functions; return a value';
const TRAP = 'BPF programs cannot trap; return from the program';
const CHECKED = 'use the builtin without a size check, such as __builtin_memcpy';
const FOREIGN = 'it belongs to other machines and languages; BPF has nothing like it';

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}

/** Of `double`; each is there for the other floating-point types, too. */
const FLOATING = words(`
  acos acosh asin asinh atan atan2 atanh cabs cacos cacosh canonicalize carg casin casinh catan catanh cbrt ccos ccosh
  ceil cexp cimag clog conj copysign cos cosh cpow cproj creal csin csinh csqrt ctan ctanh erf erfc exp exp10 exp2 expm1
  fabs fdim floor fma fmax fmin fmod frexp huge_val hypot ilogb inf ldexp lgamma llrint llround log log10 log1p log2
  logb lrint lround modf nan nans nearbyint nextafter nexttoward pow powi remainder remquo rint round roundeven scalbln
  scalbn signbit sin sinh sqrt tan tanh tgamma trunc`);

/** After `__builtin_`, by what to say. */
const AFTER_BUILTIN: readonly (readonly [instead: string, names: readonly string[]])[] = [
  [FLOAT, FLOATING.flatMap((name) => ['', 'f', 'l', 'f16', 'f128'].map((suffix) => name + suffix))],
  [FLOAT, words(`
    complex flt_rounds set_flt_rounds fpclassify isfinite isfpclass isgreater isgreaterequal isinf isinf_sign isless
    islessequal islessgreater isnan isnormal issignaling issubnormal isunordered iszero`)],
  [FLOAT, words(`acos asin atan canonicalize ceil copysign cos cosh exp exp2 floor fma log log10 log2 nearbyint pow rint
    round roundeven sin sinh sqrt tan tanh trunc`).map((name) => `elementwise_${name}`)],
  [TEXT, words(`
    index rindex stpcpy stpncpy strcasecmp strcat strchr strcpy strcspn strdup strncasecmp strncat strncpy strndup
    strpbrk strrchr strspn strstr wcschr wcscmp wcslen wcsncmp wmemchr wmemcmp wmemcpy wmemmove memchr char_memchr`)],
  [PRINT, words(`
    printf fprintf sprintf snprintf vprintf vfprintf vsprintf vsnprintf scanf fscanf sscanf vscanf vfscanf vsscanf
    dump_struct os_log_format os_log_format_buffer_size`)],
  [CHECKED, words(`
    fprintf memccpy memcpy memmove mempcpy memset printf snprintf sprintf stpcpy stpncpy strcat strcpy strlcat strlcpy
    strncat strncpy vfprintf vprintf vsnprintf vsprintf`).map((name) => `__${name}_chk`)],
  [MEMORY, words('bcopy mempcpy objc_memmove_collectable')],
  [HEAP, words('malloc calloc realloc free operator_new operator_delete')],
  [VECTOR, words(`
    shufflevector convertvector vectorelements reduce_add reduce_and reduce_max reduce_min reduce_mul reduce_or
    reduce_xor matrix_column_major_load matrix_column_major_store matrix_transpose`)],
  [LIST, words('va_start va_end va_copy va_arg stdarg_start ms_va_start ms_va_end ms_va_copy')],
  [STACK, words('alloca alloca_uninitialized alloca_with_align alloca_with_align_uninitialized')],
  [UNWIND, words(`
    setjmp longjmp eh_return eh_return_data_regno unwind_init dwarf_cfa dwarf_sp_column init_dwarf_reg_size_table
    extract_return_addr frob_return_addr`)],
  [TRAP, words('abort debugtrap verbose_trap')],
  ['use bpf_ktime_get_ns()', words('readcyclecounter readsteadycounter')],
  ['read or write the variable itself', words('nontemporal_load nontemporal_store')],
  ['use __LINE__', ['COLUMN']],
  ['use bpf_get_prandom_u32() or a variable', ['nondeterministic_value']],
  ['use the condition itself', words('available allow_runtime_check')],
  ['use the expression itself', words('annotation extend_pointer call_with_static_chain')],
  ['use the function itself', ['function_start']],
  ['leave it out', words('assume_separate_storage __clear_cache')],
  [FOREIGN, words(`
    thread_pointer omp_required_simd_align __CFStringMakeConstantString __NSStringMakeConstantString
    __get_unsafe_stack_bottom __get_unsafe_stack_ptr __get_unsafe_stack_start __get_unsafe_stack_top ptrauth_auth
    ptrauth_auth_and_resign ptrauth_blend_discriminator ptrauth_sign_constant ptrauth_sign_generic_data
    ptrauth_sign_unauthenticated ptrauth_string_discriminator ptrauth_strip ptrauth_type_discriminator
    hlsl_create_handle hlsl_dot hlsl_elementwise_all hlsl_elementwise_any hlsl_elementwise_clamp hlsl_elementwise_frac
    hlsl_elementwise_isinf hlsl_elementwise_rcp hlsl_elementwise_rsqrt hlsl_lerp hlsl_mad
    hlsl_wave_active_count_bits hlsl_wave_get_lane_index`)],
]; // prettier-ignore

const PLAIN = 'use __sync_ or __atomic_ builtins on plain integers';
const SIZED = 'use the builtin without a size at its end: the object it works on has one';
const EXTREME = 'BPF has no atomic minimum and maximum; use a loop with __sync_val_compare_and_swap';
const SYNC_OPS = words('add sub and or xor nand');
const SYNC = [
  ...SYNC_OPS.flatMap((op) => [`__sync_fetch_and_${op}`, `__sync_${op}_and_fetch`]),
  ...words('__sync_val_compare_and_swap __sync_bool_compare_and_swap __sync_lock_test_and_set __sync_lock_release'),
  '__sync_swap',
];
const UPDATES = [...SYNC_OPS, 'max', 'min'];

const ATOMICS: readonly (readonly [instead: string, names: readonly string[]])[] = [
  [FENCE, words('__sync_synchronize __atomic_thread_fence __c11_atomic_thread_fence')],
  ['use asm volatile("" ::: "memory")', words('__atomic_signal_fence __c11_atomic_signal_fence')],
  [SIZED, SYNC.flatMap((name) => [1, 2, 4, 8, 16].map((bytes) => `${name}_${bytes}`))],
  [EXTREME, words('max min umax umin').map((op) => `__sync_fetch_and_${op}`)],
  [EXTREME, words('max min').flatMap((op) => [`__atomic_fetch_${op}`, `__atomic_${op}_fetch`])],
  ['use __sync_lock_test_and_set and a plain store on an int', words('__atomic_test_and_set __atomic_clear')],
  ['use the __atomic_ builtin, without a scope', [
    ...words('load load_n store store_n exchange exchange_n compare_exchange compare_exchange_n'),
    ...UPDATES.flatMap((op) => [`fetch_${op}`, `${op}_fetch`]),
  ].map((name) => `__scoped_atomic_${name}`)],
  [PLAIN, words('c11 hip opencl').flatMap((language) => [
    ...words('load store exchange compare_exchange_strong compare_exchange_weak init is_lock_free'),
    ...UPDATES.map((op) => `fetch_${op}`),
  ].map((name) => `__${language}_atomic_${name}`))],
]; // prettier-ignore

const TABLE: ReadonlyMap<string, string> = new Map([
  ...AFTER_BUILTIN.flatMap(([instead, names]) => names.map((name) => [`__builtin_${name}`, instead] as const)),
  ...ATOMICS.flatMap(([instead, names]) => names.map((name) => [name, instead] as const)),
  ['__arithmetic_fence', FLOAT],
]);

/** What to write instead; null for a name that is none of them. */
export function insteadOf(builtin: string): string | null {
  return TABLE.get(builtin) ?? null;
}
