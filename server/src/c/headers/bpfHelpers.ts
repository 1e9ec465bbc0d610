/**
 * <bpf/bpf_helpers.h>: the names that BPF programs in C build on. They are libbpf's interface (v1.6); the text is ours.
 */
import { countingMacros, range } from './macroLists.ts';

export function bpfHelpers(): string {
  return `#pragma once
#include "bpf_helper_defs.h"

#define SEC(name) __attribute__((section(name), used))
#undef __always_inline
#define __always_inline inline __attribute__((always_inline))
#ifndef __noinline
#define __noinline __attribute__((noinline))
#endif
#ifndef __weak
#define __weak __attribute__((weak))
#endif
#define __hidden __attribute__((visibility("hidden")))

/* Members of a map's declaration. */
#define __uint(name, value) int (*name)[value]
#define __type(name, value) typeof(value) *name
#define __array(name, value) typeof(value) *name[]
#define __ulong(name, value) enum { ___bpf_concat(__unique_value, __COUNTER__) = value } name

enum libbpf_pin_type { LIBBPF_PIN_NONE, LIBBPF_PIN_BY_NAME };
enum libbpf_tristate { TRI_NO = 0, TRI_YES = 1, TRI_MODULE = 2 };

#ifndef NULL
#define NULL ((void *)0)
#endif
#ifndef offsetof
#define offsetof(type, member) __builtin_offsetof(type, member)
#endif
#ifndef container_of
#define container_of(pointer, type, member) ({ \\
	void *___member = (void *)(pointer); \\
	((type *)(___member - offsetof(type, member))); \\
})
#endif

/* Fences for the optimiser. */
#ifndef barrier
#define barrier() asm volatile("" ::: "memory")
#endif
#ifndef barrier_var
#define barrier_var(variable) asm volatile("" : "+r"(variable))
#endif
#ifndef __bpf_unreachable
#define __bpf_unreachable() __builtin_trap()
#endif

#ifndef KERNEL_VERSION
#define KERNEL_VERSION(a, b, c) (((a) << 16) + ((b) << 8) + ((c) > 255 ? 255 : (c)))
#endif

#define __kconfig __attribute__((section(".kconfig")))
#define __ksym __attribute__((section(".ksyms")))
#define __kptr_untrusted __attribute__((btf_type_tag("kptr_untrusted")))
#define __kptr __attribute__((btf_type_tag("kptr")))
#define __percpu_kptr __attribute__((btf_type_tag("percpu_kptr")))
#define __uptr __attribute__((btf_type_tag("uptr")))

#define bpf_ksym_exists(symbol) ({ \\
	_Static_assert(!__builtin_constant_p(!!symbol), #symbol " should be marked as __weak"); \\
	!!symbol; \\
})

/* What global functions promise about their arguments. */
#define __arg_ctx __attribute__((btf_decl_tag("arg:ctx")))
#define __arg_nonnull __attribute((btf_decl_tag("arg:nonnull")))
#define __arg_nullable __attribute((btf_decl_tag("arg:nullable")))
#define __arg_trusted __attribute((btf_decl_tag("arg:trusted")))
#define __arg_untrusted __attribute((btf_decl_tag("arg:untrusted")))
#define __arg_arena __attribute((btf_decl_tag("arg:arena")))

/* A tail call whose map and slot are constants, so that the kernel can turn it into a jump. */
static __always_inline void bpf_tail_call_static(void *ctx, const void *map, const __u32 slot)
{
	if (!__builtin_constant_p(slot))
		__bpf_unreachable();
	asm volatile("r1 = %[ctx]\\n\\t"
		     "r2 = %[map]\\n\\t"
		     "r3 = %[slot]\\n\\t"
		     "call 12"
		     :: [ctx] "r"(ctx), [map] "r"(map), [slot] "i"(slot)
		     : "r0", "r1", "r2", "r3", "r4", "r5");
}

#ifndef ___bpf_concat
#define ___bpf_concat(a, b) a##b
#endif
#ifndef ___bpf_apply
#define ___bpf_apply(fn, n) ___bpf_concat(fn, n)
#endif
${countingMacros()}
${fillMacros()}

#define BPF_SEQ_PRINTF(seq, fmt, args...) ({ \\
	static const char ___fmt[] = fmt; \\
	unsigned long long ___param[___bpf_narg(args)]; \\
	___bpf_fill(___param, args); \\
	bpf_seq_printf(seq, ___fmt, sizeof(___fmt), ___param, sizeof(___param)); \\
})

#define BPF_SNPRINTF(out, out_size, fmt, args...) ({ \\
	static const char ___fmt[] = fmt; \\
	unsigned long long ___param[___bpf_narg(args)]; \\
	___bpf_fill(___param, args); \\
	bpf_snprintf(out, out_size, ___fmt, ___param, sizeof(___param)); \\
})

#ifdef BPF_NO_GLOBAL_DATA
#define BPF_PRINTK_FMT_MOD
#else
#define BPF_PRINTK_FMT_MOD static const
#endif

#define __bpf_printk(fmt, ...) ({ \\
	BPF_PRINTK_FMT_MOD char ____fmt[] = fmt; \\
	bpf_trace_printk(____fmt, sizeof(____fmt), ##__VA_ARGS__); \\
})
#define __bpf_vprintk(fmt, args...) ({ \\
	static const char ___fmt[] = fmt; \\
	unsigned long long ___param[___bpf_narg(args)]; \\
	___bpf_fill(___param, args); \\
	bpf_trace_vprintk(___fmt, sizeof(___fmt), ___param, sizeof(___param)); \\
})
/* Up to three values go to bpf_trace_printk, more of them to bpf_trace_vprintk. */
#define ___bpf_pick_printk(...) \\
	___bpf_nth(_, ##__VA_ARGS__, ${Array.from({ length: 9 }, () => '__bpf_vprintk').join(', ')}, \\
		   __bpf_printk, __bpf_printk, __bpf_printk, __bpf_printk)
#define bpf_printk(fmt, args...) ___bpf_pick_printk(args)(fmt, ##args)

struct bpf_iter_num;
extern int bpf_iter_num_new(struct bpf_iter_num *it, int start, int end) __weak __ksym;
extern int *bpf_iter_num_next(struct bpf_iter_num *it) __weak __ksym;
extern void bpf_iter_num_destroy(struct bpf_iter_num *it) __weak __ksym;

#ifndef bpf_for_each
#define bpf_for_each(type, cur, args...) for ( \\
	struct bpf_iter_##type ___it __attribute__((aligned(8), cleanup(bpf_iter_##type##_destroy))), \\
			       *___p __attribute__((unused)) = ( \\
					bpf_iter_##type##_new(&___it, ##args), \\
					(void)bpf_iter_##type##_destroy, (void *)0); \\
	(((cur) = bpf_iter_##type##_next(&___it))); \\
)
#endif
#ifndef bpf_for
#define bpf_for(i, start, end) for ( \\
	struct bpf_iter_num ___it __attribute__((aligned(8), cleanup(bpf_iter_num_destroy))), \\
			    *___p __attribute__((unused)) = ( \\
				bpf_iter_num_new(&___it, (start), (end)), \\
				(void)bpf_iter_num_destroy, (void *)0); \\
	({ \\
		int *___t = bpf_iter_num_next(&___it); \\
		___t && ((i) = *___t, (i) >= (start) && (i) < (end)); \\
	}); \\
)
#endif
#ifndef bpf_repeat
#define bpf_repeat(N) for ( \\
	struct bpf_iter_num ___it __attribute__((aligned(8), cleanup(bpf_iter_num_destroy))), \\
			    *___p __attribute__((unused)) = ( \\
				bpf_iter_num_new(&___it, 0, (N)), \\
				(void)bpf_iter_num_destroy, (void *)0); \\
	bpf_iter_num_next(&___it); \\
)
#endif
`;
}

/** `___bpf_fill(array, values…)` stores up to twelve values as 64-bit numbers. */
function fillMacros(): string {
  const steps = range(1, 12).map((n) => {
    const rest = n === 1 ? '' : ` ___bpf_fill${n - 1}(arr, p + 1, args)`;
    return `#define ___bpf_fill${n}(arr, p, x${n === 1 ? '' : ', args...'}) arr[p] = (unsigned long long)(x);${rest}`;
  });
  return ['#define ___bpf_fill0(arr, p, x) do {} while (0)', ...steps,
    '#define ___bpf_fill(arr, args...) ___bpf_apply(___bpf_fill, ___bpf_narg(args))(arr, 0, args)'].join('\n'); // prettier-ignore
}
