/**
 * <bpf/bpf_core_read.h>: questions about the running kernel's types, and reads that follow pointers. libbpf's interface
 * (v1.6); the numbers are those of clang's builtins (llvm/lib/Target/BPF/BPFCORE.h); the text is ours.
 */
import { countingMacros, range } from './macroLists.ts';

/** As many members as one BPF_CORE_READ follows. */
const MEMBERS = 9;

export function coreRead(): string {
  return `#pragma once
#include "bpf_helpers.h"

enum bpf_field_info_kind {
	BPF_FIELD_BYTE_OFFSET = 0,
	BPF_FIELD_BYTE_SIZE = 1,
	BPF_FIELD_EXISTS = 2,
	BPF_FIELD_SIGNED = 3,
	BPF_FIELD_LSHIFT_U64 = 4,
	BPF_FIELD_RSHIFT_U64 = 5,
};
enum bpf_type_id_kind { BPF_TYPE_ID_LOCAL = 0, BPF_TYPE_ID_TARGET = 1 };
enum bpf_type_info_kind { BPF_TYPE_EXISTS = 0, BPF_TYPE_SIZE = 1, BPF_TYPE_MATCHES = 2 };
enum bpf_enum_value_kind { BPF_ENUMVAL_EXISTS = 0, BPF_ENUMVAL_VALUE = 1 };

#define __CORE_RELO(src, field, info) __builtin_preserve_field_info((src)->field, BPF_FIELD_##info)

${countingMacros()}
#ifndef ___bpf_concat
#define ___bpf_concat(a, b) a##b
#endif
#ifndef ___bpf_apply
#define ___bpf_apply(fn, n) ___bpf_concat(fn, n)
#endif

#define __CORE_BITFIELD_PROBE_READ(dst, src, fld) \\
	bpf_probe_read_kernel((void *)dst, __CORE_RELO(src, fld, BYTE_SIZE), \\
			      (const void *)src + __CORE_RELO(src, fld, BYTE_OFFSET))

/* A bit-field through a helper. */
#define BPF_CORE_READ_BITFIELD_PROBED(s, field) ({ \\
	unsigned long long val = 0; \\
	__CORE_BITFIELD_PROBE_READ(&val, s, field); \\
	val <<= __CORE_RELO(s, field, LSHIFT_U64); \\
	if (__CORE_RELO(s, field, SIGNED)) \\
		val = ((long long)val) >> __CORE_RELO(s, field, RSHIFT_U64); \\
	else \\
		val = val >> __CORE_RELO(s, field, RSHIFT_U64); \\
	val; \\
})

/* A bit-field by a direct read, whose width is settled when the program is loaded. */
#define BPF_CORE_READ_BITFIELD(s, field) ({ \\
	const void *p = (const void *)s + __CORE_RELO(s, field, BYTE_OFFSET); \\
	unsigned long long val; \\
	asm volatile("" : "=r"(p) : "0"(p)); \\
	switch (__CORE_RELO(s, field, BYTE_SIZE)) { \\
	case 1: val = *(const unsigned char *)p; break; \\
	case 2: val = *(const unsigned short *)p; break; \\
	case 4: val = *(const unsigned int *)p; break; \\
	case 8: val = *(const unsigned long long *)p; break; \\
	default: val = 0; break; \\
	} \\
	val <<= __CORE_RELO(s, field, LSHIFT_U64); \\
	if (__CORE_RELO(s, field, SIGNED)) \\
		val = ((long long)val) >> __CORE_RELO(s, field, RSHIFT_U64); \\
	else \\
		val = val >> __CORE_RELO(s, field, RSHIFT_U64); \\
	val; \\
})

/* The width is not constant, so one branch of the switch is left when the program is loaded. */
#define BPF_CORE_WRITE_BITFIELD(s, field, new_val) ({ \\
	void *p = (void *)s + __CORE_RELO(s, field, BYTE_OFFSET); \\
	unsigned int byte_size = __CORE_RELO(s, field, BYTE_SIZE); \\
	unsigned int lshift = __CORE_RELO(s, field, LSHIFT_U64); \\
	unsigned int rshift = __CORE_RELO(s, field, RSHIFT_U64); \\
	unsigned long long mask, val, nval = new_val; \\
	unsigned int rpad = rshift - lshift; \\
	asm volatile("" : "+r"(p)); \\
	switch (byte_size) { \\
	case 1: val = *(unsigned char *)p; break; \\
	case 2: val = *(unsigned short *)p; break; \\
	case 4: val = *(unsigned int *)p; break; \\
	case 8: val = *(unsigned long long *)p; break; \\
	default: val = 0; break; \\
	} \\
	mask = (~0ULL << rshift) >> lshift; \\
	val = (val & ~mask) | ((nval << rpad) & mask); \\
	switch (byte_size) { \\
	case 1: *(unsigned char *)p = val; break; \\
	case 2: *(unsigned short *)p = val; break; \\
	case 4: *(unsigned int *)p = val; break; \\
	case 8: *(unsigned long long *)p = val; break; \\
	} \\
})

#define ___bpf_field_ref1(field) (field)
#define ___bpf_field_ref2(type, field) (((typeof(type) *)0)->field)
#define ___bpf_field_ref(args...) ___bpf_apply(___bpf_field_ref, ___bpf_narg(args))(args)

#define bpf_core_field_exists(field...) __builtin_preserve_field_info(___bpf_field_ref(field), BPF_FIELD_EXISTS)
#define bpf_core_field_size(field...) __builtin_preserve_field_info(___bpf_field_ref(field), BPF_FIELD_BYTE_SIZE)
#define bpf_core_field_offset(field...) __builtin_preserve_field_info(___bpf_field_ref(field), BPF_FIELD_BYTE_OFFSET)

#define ___bpf_typeof(type) ((typeof(type) *)0)
#define bpf_core_type_id_local(type) __builtin_btf_type_id(*(typeof(type) *)0, BPF_TYPE_ID_LOCAL)
#define bpf_core_type_id_kernel(type) __builtin_btf_type_id(*(typeof(type) *)0, BPF_TYPE_ID_TARGET)
#define bpf_core_type_exists(type) __builtin_preserve_type_info(*(typeof(type) *)0, BPF_TYPE_EXISTS)
#define bpf_core_type_matches(type) __builtin_preserve_type_info(*(typeof(type) *)0, BPF_TYPE_MATCHES)
#define bpf_core_type_size(type) __builtin_preserve_type_info(*(typeof(type) *)0, BPF_TYPE_SIZE)
#define bpf_core_enum_value_exists(enum_type, enum_value) \\
	__builtin_preserve_enum_value(*(typeof(enum_type) *)enum_value, BPF_ENUMVAL_EXISTS)
#define bpf_core_enum_value(enum_type, enum_value) \\
	__builtin_preserve_enum_value(*(typeof(enum_type) *)enum_value, BPF_ENUMVAL_VALUE)

#define bpf_core_read(dst, sz, src) bpf_probe_read_kernel(dst, sz, (const void *)__builtin_preserve_access_index(src))
#define bpf_core_read_user(dst, sz, src) bpf_probe_read_user(dst, sz, (const void *)__builtin_preserve_access_index(src))
#define bpf_core_read_str(dst, sz, src) \\
	bpf_probe_read_kernel_str(dst, sz, (const void *)__builtin_preserve_access_index(src))
#define bpf_core_read_user_str(dst, sz, src) \\
	bpf_probe_read_user_str(dst, sz, (const void *)__builtin_preserve_access_index(src))

extern void *bpf_rdonly_cast(const void *obj, __u32 btf_id) __ksym __weak;
#define bpf_core_cast(ptr, type) ((typeof(type) *)bpf_rdonly_cast((ptr), bpf_core_type_id_kernel(type)))

${chains()}
${families()}
`;
}

/** `___arrow(a, b, c)` is `a->b->c`; `___core_read` follows all but the last member by reads of pointers. */
function chains(): string {
  const lines = range(1, MEMBERS + 1).map((n) => {
    const names = range(1, n).map((i) => `a${i}`);
    return `#define ___arrow${n}(${names.join(', ')}) ${names.join('->')}`;
  });
  lines.push('#define ___arrow(...) ___bpf_apply(___arrow, ___bpf_narg(__VA_ARGS__))(__VA_ARGS__)');
  lines.push('#define ___type(...) typeof(___arrow(__VA_ARGS__))');
  lines.push(
    '#define ___read(read_fn, dst, src_type, src, accessor) \\',
    '\tread_fn((void *)(dst), sizeof(*(dst)), &((src_type)(src))->accessor)',
  );
  for (const n of range(1, MEMBERS)) lines.push(coreReadOf(n));
  lines.push(
    '#define ___core_read(fn, fn_ptr, dst, src, a, ...) \\',
    '\t___bpf_apply(___core_read, ___bpf_narg(a, ##__VA_ARGS__))(fn, fn_ptr, dst, src, a, ##__VA_ARGS__)',
  );
  return lines.join('\n'); // prettier-ignore
}

function coreReadOf(members: number): string {
  const names = range(1, members).map((i) => `f${i}`);
  const owner = (i: number): string => (i === 0 ? '___type((src))' : `___type((src), ${names.slice(0, i).join(', ')})`);
  const from = (i: number): string => (i === 0 ? 'src' : '__t');
  const reads = names.map((name, i) => {
    const last = i === members - 1;
    return last
      ? `___read(fn, dst, ${owner(i)}, ${from(i)}, ${name});`
      : `___read(fn_ptr, &__t, ${owner(i)}, ${from(i)}, ${name});`;
  });
  const head = members === 1 ? [] : ['const void *__t;'];
  return `#define ___core_read${members}(fn, fn_ptr, dst, src, ${names.join(', ')}) \\\n\t${[...head, ...reads].join(' \\\n\t')}`;
}

/** Who reads (kernel or user memory, relocated or as declared), the last read of the chain being of a string or not. */
const FAMILIES: readonly [name: string, read: string, readString: string][] = [
  ['BPF_CORE_READ', 'bpf_core_read', 'bpf_core_read_str'],
  ['BPF_CORE_READ_USER', 'bpf_core_read_user', 'bpf_core_read_user_str'],
  ['BPF_PROBE_READ', 'bpf_probe_read_kernel', 'bpf_probe_read_kernel_str'],
  ['BPF_PROBE_READ_USER', 'bpf_probe_read_user', 'bpf_probe_read_user_str'],
];

function families(): string {
  return FAMILIES.map(([name, read, readString]) => {
    const into = `${name}_`;
    return `#define ${into}INTO(dst, src, a, ...) ({ ___core_read(${read}, ${read}, dst, (src), a, ##__VA_ARGS__) })
#define ${into}STR_INTO(dst, src, a, ...) ({ ___core_read(${readString}, ${read}, dst, (src), a, ##__VA_ARGS__) })
#define ${name}(src, a, ...) ({ \\
	___type((src), a, ##__VA_ARGS__) __r; \\
	${into}INTO(&__r, (src), a, ##__VA_ARGS__); \\
	__r; \\
})`;
  }).join('\n');
}
