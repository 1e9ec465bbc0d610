/** What clang 19 answers for `-target bpf` when it is asked for its features. */

/** `__has_attribute`. */
export const ATTRIBUTES: ReadonlySet<string> = new Set([
  'address_space', 'alias', 'aligned', 'alloc_align', 'alloc_size', 'always_inline', 'annotate', 'artificial',
  'assume', 'assume_aligned', 'availability', 'blocks', 'btf_decl_tag', 'btf_type_tag', 'callback', 'cleanup', 'cold',
  'common', 'const', 'constructor', 'convergent', 'counted_by', 'deprecated', 'destructor', 'diagnose_as_builtin',
  'diagnose_if', 'disable_tail_calls', 'enable_if', 'enum_extensibility', 'error', 'ext_vector_type', 'fallthrough',
  'flag_enum', 'flatten', 'format', 'format_arg', 'gnu_inline', 'hot', 'ifunc', 'internal_linkage', 'kernel', 'leaf',
  'loader_uninitialized', 'malloc', 'may_alias', 'minsize', 'mode', 'musttail', 'naked', 'no_builtin', 'no_destroy',
  'no_instrument_function', 'no_profile_instrument_function', 'no_randomize_layout', 'no_sanitize',
  'no_sanitize_address', 'no_sanitize_memory', 'no_sanitize_thread', 'no_speculative_load_hardening',
  'no_split_stack', 'no_stack_protector', 'nodebug', 'noduplicate', 'noescape', 'noinline', 'nomerge', 'nonnull',
  'noreturn', 'nothrow', 'nouwtable', 'objc_boxable', 'optnone', 'overloadable', 'packed', 'pass_object_size',
  'pointer_with_type_tag', 'preferred_type', 'preserve_access_index', 'preserve_all', 'preserve_most',
  'preserve_static_offset', 'pure', 'randomize_layout', 'retain', 'returns_nonnull', 'returns_twice', 'section',
  'selectany', 'sentinel', 'sized_by', 'speculative_load_hardening', 'standalone_debug', 'suppress', 'target',
  'target_clones', 'tls_model', 'transparent_union', 'trivial_abi', 'type_tag_for_datatype', 'type_visibility',
  'unavailable', 'uninitialized', 'unsafe_buffer_usage', 'unused', 'use_handle', 'used', 'vecreturn', 'vector_size',
  'visibility', 'warn_unused_result', 'warning', 'weak', 'weak_import', 'weakref', 'xray_always_instrument',
  'zero_call_used_regs',
]); // prettier-ignore

/** `__has_builtin`. */
export const BUILTINS: ReadonlySet<string> = new Set([
  '__atomic_add_fetch', '__atomic_always_lock_free', '__atomic_and_fetch', '__atomic_clear',
  '__atomic_compare_exchange', '__atomic_compare_exchange_n', '__atomic_exchange', '__atomic_exchange_n',
  '__atomic_fetch_add', '__atomic_fetch_and', '__atomic_fetch_nand', '__atomic_fetch_or', '__atomic_fetch_sub',
  '__atomic_fetch_xor', '__atomic_is_lock_free', '__atomic_load', '__atomic_load_n', '__atomic_nand_fetch',
  '__atomic_or_fetch', '__atomic_signal_fence', '__atomic_store', '__atomic_store_n', '__atomic_sub_fetch',
  '__atomic_test_and_set', '__atomic_thread_fence', '__atomic_xor_fetch', '__builtin_COLUMN', '__builtin_FILE',
  '__builtin_FILE_NAME', '__builtin_FUNCTION', '__builtin_LINE', '__builtin_abort', '__builtin_abs',
  '__builtin_add_overflow', '__builtin_addc', '__builtin_alloca', '__builtin_assume', '__builtin_assume_aligned',
  '__builtin_bcmp', '__builtin_bcopy', '__builtin_bit_cast', '__builtin_bitreverse16', '__builtin_bitreverse32',
  '__builtin_bitreverse64', '__builtin_bitreverse8', '__builtin_bswap16', '__builtin_bswap32', '__builtin_bswap64',
  '__builtin_btf_type_id', '__builtin_bzero', '__builtin_choose_expr', '__builtin_classify_type', '__builtin_clz',
  '__builtin_clzg', '__builtin_clzl', '__builtin_clzll', '__builtin_clzs', '__builtin_complex',
  '__builtin_constant_p', '__builtin_convertvector', '__builtin_ctz', '__builtin_ctzg', '__builtin_ctzl',
  '__builtin_ctzll', '__builtin_ctzs', '__builtin_debugtrap', '__builtin_dump_struct',
  '__builtin_dynamic_object_size', '__builtin_expect', '__builtin_expect_with_probability',
  '__builtin_extract_return_addr', '__builtin_ffs', '__builtin_ffsl', '__builtin_ffsll', '__builtin_frame_address',
  '__builtin_huge_val', '__builtin_inf', '__builtin_isinf', '__builtin_labs', '__builtin_launder', '__builtin_llabs',
  '__builtin_longjmp', '__builtin_memchr', '__builtin_memcmp', '__builtin_memcpy', '__builtin_memcpy_inline',
  '__builtin_memmove', '__builtin_mempcpy', '__builtin_memset', '__builtin_memset_inline', '__builtin_mul_overflow',
  '__builtin_nan', '__builtin_nondeterministic_value', '__builtin_nontemporal_load', '__builtin_nontemporal_store',
  '__builtin_object_size', '__builtin_offsetof', '__builtin_parity', '__builtin_parityl', '__builtin_parityll',
  '__builtin_popcount', '__builtin_popcountg', '__builtin_popcountl', '__builtin_popcountll', '__builtin_prefetch',
  '__builtin_preserve_access_index', '__builtin_preserve_enum_value', '__builtin_preserve_field_info',
  '__builtin_preserve_type_info', '__builtin_printf', '__builtin_readcyclecounter', '__builtin_return_address',
  '__builtin_rotateleft16', '__builtin_rotateleft32', '__builtin_rotateleft64', '__builtin_rotateleft8',
  '__builtin_rotateright16', '__builtin_rotateright32', '__builtin_rotateright64', '__builtin_rotateright8',
  '__builtin_sadd_overflow', '__builtin_saddl_overflow', '__builtin_saddll_overflow', '__builtin_setjmp',
  '__builtin_shufflevector', '__builtin_smul_overflow', '__builtin_smull_overflow', '__builtin_smulll_overflow',
  '__builtin_snprintf', '__builtin_sprintf', '__builtin_ssub_overflow', '__builtin_ssubl_overflow',
  '__builtin_ssubll_overflow', '__builtin_strcat', '__builtin_strchr', '__builtin_strcmp', '__builtin_strcpy',
  '__builtin_strlen', '__builtin_strncmp', '__builtin_strncpy', '__builtin_strrchr', '__builtin_strstr',
  '__builtin_sub_overflow', '__builtin_subc', '__builtin_trap', '__builtin_types_compatible_p',
  '__builtin_uadd_overflow', '__builtin_uaddl_overflow', '__builtin_uaddll_overflow', '__builtin_umul_overflow',
  '__builtin_umull_overflow', '__builtin_umulll_overflow', '__builtin_unpredictable', '__builtin_unreachable',
  '__builtin_usub_overflow', '__builtin_usubl_overflow', '__builtin_usubll_overflow', '__builtin_va_arg',
  '__builtin_va_copy', '__builtin_va_end', '__builtin_va_start', '__builtin_verbose_trap', '__c11_atomic_fetch_add',
  '__c11_atomic_init', '__c11_atomic_load', '__c11_atomic_store', '__scoped_atomic_load', '__scoped_atomic_load_n',
  '__sync_add_and_fetch', '__sync_and_and_fetch', '__sync_bool_compare_and_swap', '__sync_fetch_and_add',
  '__sync_fetch_and_and', '__sync_fetch_and_nand', '__sync_fetch_and_or', '__sync_fetch_and_sub',
  '__sync_fetch_and_xor', '__sync_lock_release', '__sync_lock_test_and_set', '__sync_or_and_fetch',
  '__sync_sub_and_fetch', '__sync_swap', '__sync_synchronize', '__sync_val_compare_and_swap', '__sync_xor_and_fetch',
  'abs', 'labs', 'memcmp', 'memcpy', 'memmove', 'memset', 'printf', 'strcmp', 'strlen',
]); // prettier-ignore

/** `__has_feature`. */
export const FEATURES: ReadonlySet<string> = new Set([
  'assume_nonnull', 'attribute_analyzer_noreturn', 'attribute_availability', 'attribute_cf_returns_retained',
  'attribute_deprecated_with_message', 'attribute_diagnose_if_objc', 'attribute_ext_vector_type',
  'attribute_overloadable', 'attribute_unavailable_with_message', 'attribute_unused_on_fields', 'c_alignas',
  'c_alignof', 'c_atomic', 'c_generic_selections', 'c_static_assert', 'enumerator_attributes', 'nullability',
  'nullability_on_arrays', 'nullability_on_classes',
]); // prettier-ignore

/** `__has_extension`, beyond the features. */
export const EXTENSIONS: ReadonlySet<string> = new Set([
  'cxx_binary_literals', 'cxx_fixed_enum', 'gnu_asm', 'gnu_asm_goto_with_outputs', 'gnu_asm_goto_with_outputs_full',
  'matrix_types_scalar_division', 'overloadable_unmarked', 'pragma_clang_attribute_external_declaration',
  'pragma_clang_attribute_namespaces', 'statement_attributes_with_gnu_syntax',
]); // prettier-ignore
