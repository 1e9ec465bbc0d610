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
