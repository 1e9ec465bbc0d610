/**
 * <bpf/bpf_tracing.h>: arguments of probed functions by processor, and functions that name what their context holds.
 * libbpf's interface (v1.6); register numbers are those of the processors' calling conventions; the text is ours.
 */
import { countingMacros, range } from './macroLists.ts';

/** Where a processor keeps what a probe asks for; `null` where it has none. */
interface Registers {
  /** After `__TARGET_ARCH_`, and what the compiler defines for the processor itself. */
  readonly target: string;
  readonly defined: string;
  /** What pt_regs is cast to, where programs see another structure. */
  readonly cast: string | null;
  readonly params: readonly string[];
  readonly syscallParams: readonly (string | null)[];
  readonly ret: string;
  readonly fp: string;
  readonly rc: string;
  readonly sp: string;
  readonly ip: string;
  /** How the uapi header calls them, where it does otherwise than the kernel. */
  readonly inUapi?: Omit<Registers, 'target' | 'defined' | 'cast'>;
}

function indexed(register: string, first: number, count: number): string[] {
  return range(first, first + count - 1).map((i) => `${register}[${i}]`);
}

// prettier-ignore
const PROCESSORS: readonly Registers[] = [
  { target: 'x86', defined: '__x86_64__', cast: null, params: ['di', 'si', 'dx', 'cx', 'r8', 'r9'],
    syscallParams: ['di', 'si', 'dx', 'r10', 'r8', 'r9'], ret: 'sp', fp: 'bp', rc: 'ax', sp: 'sp', ip: 'ip',
    inUapi: { params: ['rdi', 'rsi', 'rdx', 'rcx', 'r8', 'r9'], syscallParams: ['rdi', 'rsi', 'rdx', 'r10', 'r8', 'r9'],
      ret: 'rsp', fp: 'rbp', rc: 'rax', sp: 'rsp', ip: 'rip' } },
  { target: 's390', defined: '__s390__', cast: 'user_pt_regs', params: indexed('gprs', 2, 5),
    syscallParams: ['orig_gpr2', ...indexed('gprs', 3, 5)], ret: 'gprs[14]', fp: 'gprs[11]', rc: 'gprs[2]', sp: 'gprs[15]', ip: 'psw.addr' },
  { target: 'arm', defined: '__arm__', cast: null, params: indexed('uregs', 0, 4),
    syscallParams: ['uregs[17]', ...indexed('uregs', 1, 6)], ret: 'uregs[14]', fp: 'uregs[11]', rc: 'uregs[0]', sp: 'uregs[13]', ip: 'uregs[12]' },
  { target: 'arm64', defined: '__aarch64__', cast: 'user_pt_regs', params: indexed('regs', 0, 8),
    syscallParams: [null, ...indexed('regs', 1, 5)], ret: 'regs[30]', fp: 'regs[29]', rc: 'regs[0]', sp: 'sp', ip: 'pc' },
  { target: 'mips', defined: '__mips__', cast: null, params: indexed('regs', 4, 8),
    syscallParams: indexed('regs', 4, 6), ret: 'regs[31]', fp: 'regs[30]', rc: 'regs[2]', sp: 'regs[29]', ip: 'cp0_epc' },
  { target: 'powerpc', defined: '__powerpc__', cast: null, params: indexed('gpr', 3, 8),
    syscallParams: ['orig_gpr3', ...indexed('gpr', 4, 5)], ret: 'regs[31]', fp: '__unsupported__', rc: 'gpr[3]', sp: 'sp', ip: 'nip' },
  { target: 'riscv', defined: '__riscv', cast: 'user_regs_struct', params: range(0, 7).map((i) => `a${i}`),
    syscallParams: [null, ...range(1, 5).map((i) => `a${i}`)], ret: 'ra', fp: 's0', rc: 'a0', sp: 'sp', ip: 'pc' },
  { target: 'loongarch', defined: '__loongarch__', cast: 'user_pt_regs', params: indexed('regs', 4, 8),
    syscallParams: indexed('regs', 4, 6), ret: 'regs[1]', fp: 'regs[22]', rc: 'regs[4]', sp: 'regs[3]', ip: 'csr_era' },
];

const FIELD_NAMES = ['RET', 'FP', 'RC', 'SP', 'IP'] as const;

export function bpfTracing(): string {
  return `#pragma once
#include "bpf_helpers.h"

${PROCESSORS.map(({ target }, i) => `${i === 0 ? '#if' : '#elif'} defined(__TARGET_ARCH_${target})\n#define bpf_target_${target}\n#define bpf_target_defined`).join('\n')}
${PROCESSORS.map(({ target, defined }) => `#elif defined(${defined})\n#define bpf_target_${target}\n#define bpf_target_defined`).join('\n')}
#else
/* Nobody said which processor the program is for. */
#define bpf_target_x86
#define bpf_target_defined
#endif

${PROCESSORS.map((one, i) => `${i === 0 ? '#if' : '#elif'} defined(bpf_target_${one.target})\n${fields(one)}`).join('\n')}
#endif

struct pt_regs;
${accessors()}

#define PT_REGS_SYSCALL_REGS(ctx) __PT_REGS_SYSCALL_REGS(ctx)
#if defined(bpf_target_x86) || defined(bpf_target_arm64) || defined(bpf_target_s390) || defined(bpf_target_riscv)
#define PT_REGS_SYSCALL_WRAPPED 1
#endif
#define __PT_REGS_SYSCALL_REGS(ctx) ((struct pt_regs *)PT_REGS_PARM1(ctx))

#define BPF_KPROBE_READ_RET_IP(ip, ctx) ({ bpf_probe_read_kernel(&(ip), sizeof(ip), (void *)(PT_REGS_FP(ctx) + sizeof(ip))); })
#define BPF_KRETPROBE_READ_RET_IP BPF_KPROBE_READ_RET_IP

#ifndef ___bpf_concat
#define ___bpf_concat(a, b) a##b
#endif
#ifndef ___bpf_apply
#define ___bpf_apply(fn, n) ___bpf_concat(fn, n)
#endif
${countingMacros()}

${castList('___bpf_ctx_cast', 'ctx', 12, (i) => `ctx[${i - 1}]`)}
${tracingFunction('BPF_PROG', 'unsigned long long *ctx', '___bpf_ctx_cast(args)')}

${bpfProg2()}

${castList('___bpf_kprobe_args', 'ctx', 8, (i) => `PT_REGS_PARM${i}(ctx)`)}
${tracingFunction('BPF_KPROBE', 'struct pt_regs *ctx', '___bpf_kprobe_args(args)')}

#define ___bpf_kretprobe_args0() ctx
#define ___bpf_kretprobe_args1(x) ___bpf_kretprobe_args0(), (unsigned long long)PT_REGS_RC(ctx)
#define ___bpf_kretprobe_args(args...) ___bpf_apply(___bpf_kretprobe_args, ___bpf_narg(args))(args)
${tracingFunction('BPF_KRETPROBE', 'struct pt_regs *ctx', '___bpf_kretprobe_args(args)')}

${castList('___bpf_syscall_args', 'ctx', 7, (i) => `PT_REGS_PARM${i}_SYSCALL(regs)`)}
${castList('___bpf_syswrap_args', 'ctx', 7, (i) => `PT_REGS_PARM${i}_CORE_SYSCALL(regs)`)}
#define BPF_KSYSCALL(name, args...) \\
name(struct pt_regs *ctx); \\
extern _Bool LINUX_HAS_SYSCALL_WRAPPER __kconfig; \\
static __always_inline typeof(name(0)) ____##name(struct pt_regs *ctx, ##args); \\
typeof(name(0)) name(struct pt_regs *ctx) \\
{ \\
	struct pt_regs *regs = LINUX_HAS_SYSCALL_WRAPPER ? (struct pt_regs *)PT_REGS_PARM1(ctx) : ctx; \\
	_Pragma("GCC diagnostic push") \\
	_Pragma("GCC diagnostic ignored \\"-Wint-conversion\\"") \\
	if (LINUX_HAS_SYSCALL_WRAPPER) \\
		return ____##name(___bpf_syswrap_args(args)); \\
	else \\
		return ____##name(___bpf_syscall_args(args)); \\
	_Pragma("GCC diagnostic pop") \\
} \\
static __always_inline typeof(name(0)) ____##name(struct pt_regs *ctx, ##args)
#define BPF_KPROBE_SYSCALL BPF_KSYSCALL

#define BPF_UPROBE(name, args...) BPF_KPROBE(name, ##args)
#define BPF_URETPROBE(name, args...) BPF_KRETPROBE(name, ##args)
`;
}

function fields(one: Registers): string {
  const cast = one.cast === null ? '(x)' : `((const struct ${one.cast} *)(x))`;
  const names = [...registerNames(one), ...special(one)];
  const uapi = one.inUapi === undefined ? null : registerNames(one.inUapi);
  const chosen =
    uapi === null ? names : ['#if defined(__KERNEL__) || defined(__VMLINUX_H__)', ...names, '#else', ...uapi, '#endif'];
  return [`#define __PT_REGS_CAST(x) ${cast}`, ...chosen].join('\n');
}

function registerNames(one: Omit<Registers, 'target' | 'defined' | 'cast'>): string[] {
  const params = one.params.map((field, i) => `#define __PT_PARM${i + 1}_REG ${field}`);
  const syscalls = one.syscallParams.map(
    (field, i) => `#define __PT_PARM${i + 1}_SYSCALL_REG ${field ?? '__special__'}`,
  );
  const others = [one.ret, one.fp, one.rc, one.sp, one.ip].map(
    (field, i) => `#define __PT_${FIELD_NAMES[i]}_REG ${field}`,
  );
  return [...params, ...syscalls, ...others];
}

/** arm64 and riscv keep a system call's first argument where user_pt_regs has no name for it. */
function special(one: Registers): string[] {
  if (one.syscallParams[0] !== null) return [];
  const field = one.target === 'arm64' ? 'orig_x0' : 'orig_a0';
  const struct = `pt_regs___${one.target}`;
  return [`struct ${struct} { unsigned long ${field}; } __attribute__((preserve_access_index));`,
    `#define __PT_PARM1_SYSCALL_SPECIAL(x) BPF_CORE_READ((const struct ${struct} *)(x), ${field})`]; // prettier-ignore
}

/** `PT_REGS_PARM1(x)` reads directly, `PT_REGS_PARM1_CORE(x)` relocated and by a helper. */
function accessors(): string {
  const lines: string[] = [];
  const both = (name: string, field: string): void => {
    lines.push(`#define PT_REGS_${name}(x) (__PT_REGS_CAST(x)->${field})`);
    lines.push(`#define PT_REGS_${name}_CORE(x) BPF_CORE_READ(__PT_REGS_CAST(x), ${field})`);
  };
  for (const i of range(1, 8)) {
    lines.push(`#ifndef __PT_PARM${i}_REG`, `#define __PT_PARM${i}_REG __unsupported__`, '#endif');
    both(`PARM${i}`, `__PT_PARM${i}_REG`);
  }
  for (const name of FIELD_NAMES) both(name, `__PT_${name}_REG`);
  for (const i of range(1, 7)) {
    lines.push(`#ifndef __PT_PARM${i}_SYSCALL_REG`, `#define __PT_PARM${i}_SYSCALL_REG __unsupported__`, '#endif');
    if (i === 1) lines.push('#ifdef __PT_PARM1_SYSCALL_SPECIAL', '#define PT_REGS_PARM1_SYSCALL(x) __PT_PARM1_SYSCALL_SPECIAL(x)', '#define PT_REGS_PARM1_CORE_SYSCALL(x) __PT_PARM1_SYSCALL_SPECIAL(x)', '#else'); // prettier-ignore
    lines.push(`#define PT_REGS_PARM${i}_SYSCALL(x) (__PT_REGS_CAST(x)->__PT_PARM${i}_SYSCALL_REG)`);
    lines.push(`#define PT_REGS_PARM${i}_CORE_SYSCALL(x) BPF_CORE_READ(__PT_REGS_CAST(x), __PT_PARM${i}_SYSCALL_REG)`);
    if (i === 1) lines.push('#endif');
  }
  return lines.join('\n');
}

/** `name(args)` is the context and, for each argument, what the probe finds, as a pointer that converts to anything. */
function castList(name: string, context: string, count: number, of: (i: number) => string): string {
  const steps = range(1, count).map((n) => {
    const rest = n === 1 ? `${name}0()` : `${name}${n - 1}(args)`;
    return `#define ${name}${n}(x${n === 1 ? '' : ', args...'}) ${rest}, (unsigned long long)${of(n)}`;
  });
  return [`#define ${name}0() ${context}`, ...steps,
    `#define ${name}(args...) ___bpf_apply(${name}, ___bpf_narg(args))(args)`].join('\n'); // prettier-ignore
}

function tracingFunction(macro: string, context: string, args: string): string {
  return `#define ${macro}(name, args...) \\
name(${context}); \\
static __always_inline typeof(name(0)) ____##name(${context}, ##args); \\
typeof(name(0)) name(${context}) \\
{ \\
	_Pragma("GCC diagnostic push") \\
	_Pragma("GCC diagnostic ignored \\"-Wint-conversion\\"") \\
	return ____##name(${args}); \\
	_Pragma("GCC diagnostic pop") \\
} \\
static __always_inline typeof(name(0)) ____##name(${context}, ##args)`;
}

/** BPF_PROG2 takes structures by value, which lie in one or two of the context's slots. */
function bpfProg2(): string {
  return `#define ___bpf_union_arg(t, x, n) \\
	__builtin_choose_expr(sizeof(t) == 1, ({ union { __u8 z[1]; t x; } ___t = { .z = {ctx[n]} }; ___t.x; }), \\
	__builtin_choose_expr(sizeof(t) == 2, ({ union { __u16 z[1]; t x; } ___t = { .z = {ctx[n]} }; ___t.x; }), \\
	__builtin_choose_expr(sizeof(t) == 4, ({ union { __u32 z[1]; t x; } ___t = { .z = {ctx[n]} }; ___t.x; }), \\
	__builtin_choose_expr(sizeof(t) == 8, ({ union { __u64 z[1]; t x; } ___t = { .z = {ctx[n]} }; ___t.x; }), \\
	__builtin_choose_expr(sizeof(t) == 16, ({ union { __u64 z[2]; t x; } ___t = { .z = {ctx[n], ctx[n + 1]} }; ___t.x; }), \\
	(void)0)))))
#define ___bpf_reg_cnt(t) \\
	__builtin_choose_expr(sizeof(t) == 1, 1, __builtin_choose_expr(sizeof(t) == 2, 1, \\
	__builtin_choose_expr(sizeof(t) == 4, 1, __builtin_choose_expr(sizeof(t) == 8, 1, \\
	__builtin_choose_expr(sizeof(t) == 16, 2, (void)0)))))
#ifndef ___bpf_nth2
#define ___bpf_nth2(_, ${range(1, 24)
    .map((n) => `_${n}`)
    .join(', ')}, N, ...) N
#endif
#ifndef ___bpf_narg2
#define ___bpf_narg2(...) ___bpf_nth2(_, ##__VA_ARGS__, ${range(0, 12)
    .toReversed()
    .flatMap((n) => (n === 0 ? [0] : [n, n]))
    .join(', ')})
#endif
${range(0, 12).map(ctxArgs).join('\n')}
#define ___bpf_ctx_arg(args...) ___bpf_apply(___bpf_ctx_arg, ___bpf_narg2(args))(args)
${range(0, 12).map(ctxDecls).join('\n')}
#define ___bpf_ctx_decl(args...) ___bpf_apply(___bpf_ctx_decl, ___bpf_narg2(args))(args)
#define BPF_PROG2(name, args...) \\
name(unsigned long long *ctx); \\
static __always_inline typeof(name(0)) ____##name(unsigned long long *ctx ___bpf_ctx_decl(args)); \\
typeof(name(0)) name(unsigned long long *ctx) \\
{ \\
	return ____##name(ctx ___bpf_ctx_arg(args)); \\
} \\
static __always_inline typeof(name(0)) ____##name(unsigned long long *ctx ___bpf_ctx_decl(args))`;
}

/** Each argument's first slot is behind those of the arguments before it, so names carry their position. */
function ctxArgs(count: number): string {
  const pairs = range(1, count).map((i) => `t${i}, x${i}`);
  const slot = (i: number): string => ['0', ...range(1, i - 1).map((k) => `___bpf_reg_cnt(t${k})`)].join(' + ');
  const values = range(1, count).map((i) => `, ___bpf_union_arg(t${i}, x${i}, (${slot(i)}))`);
  return `#define ___bpf_ctx_arg${count}(${count === 0 ? '' : pairs.join(', ')})${values.length === 0 ? '' : ` ${values.join('')}`}`;
}

function ctxDecls(count: number): string {
  const pairs = range(1, count).map((i) => `t${i}, x${i}`);
  return `#define ___bpf_ctx_decl${count}(${count === 0 ? '' : pairs.join(', ')})${count === 0 ? '' : ` ${range(1, count).map((i) => `, t${i} x${i}`).join('')}`}`; // prettier-ignore
}
