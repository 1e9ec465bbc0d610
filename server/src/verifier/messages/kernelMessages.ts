import type { MessageRow } from './messages.ts';

const CHECK_NULL = 'Compare it with 0 first and leave when it is null.';

/** What findings about kernel objects and kernel functions mean. */
// prettier-ignore
export const KERNEL_MESSAGES: readonly MessageRow[] = [
  { code: 'kernel-pointer-null', pattern: /^Possibly NULL pointer passed to (?:trusted|helper) arg(\d+)$/,
    message: 'Argument {1} (counted from 0) may be null here, but the function needs an object.', suggestion: CHECK_NULL },
  { code: 'kernel-pointer-null', pattern: /^R(\d+) (?:invalid mem access|pointer arithmetic on) '?(?:\w*_)?ptr_or_null_/,
    message: 'r{1} may be null here: it points to a kernel object that need not be there.', suggestion: CHECK_NULL },
  { code: 'kernel-pointer-untrusted', pattern: /^R(\d+) must be (referenced or trusted|a rcu pointer|referenced|a trusted or owned.*)$/,
    message: 'Nobody makes sure that the object r{1} points to still exists: the pointer must be {2}.',
    suggestion: 'Take the pointer from an argument, a kernel function that acquires it, or read it inside of bpf_rcu_read_lock.' },
  { code: 'kernel-access-out-of-bounds', pattern: /^R(\d+) invalid (sock|sock_common|tcp_sock|xdp_sock) access off=(-?\d+) size=(\d+)$/,
    message: 'A {2} pointer has no readable field of {4:byte} at offset {3}.', suggestion: 'Read whole fields of struct bpf_sock or struct bpf_tcp_sock.' },
  { code: 'kernel-write-forbidden', pattern: /^R\d+ cannot write into .*$/,
    message: 'Programs may not write to this kernel object.', suggestion: 'Use the helper or kernel function that changes it.' },
  { code: 'license-needed', pattern: /^(?:cannot call kernel function|can't call non-GPL)/,
    message: 'Kernel functions are for programs with a license that is compatible with the GPL.',
    suggestion: 'Declare such a license ("GPL", "Dual BSD/GPL", …) if it is true.' },
  { code: 'kernel-symbol-missing', pattern: /^ldimm64 (?:failed to find the address for kernel symbol '(\S+)'|unable to resolve the size of type '(\S+)')/,
    message: 'The kernel has no symbol {1}{2} that programs may use.', suggestion: 'Declare it `__weak` and check that it is there.' },
  { code: 'kfunc-not-allowed', pattern: /^calling kernel function (\S+) is not allowed$/,
    message: 'Programs of this type, attached in this way, may not call {1}.', suggestion: 'See the table of kernel functions for who may.' },
  { code: 'kfunc-not-allowed', pattern: /^(?:metadata kfuncs require device-bound program|invalid kernel function call not eliminated)/,
    message: 'This kernel function cannot be called here.', suggestion: null },
  { code: 'kfunc-argument', pattern: /^kernel function (\S+) args#(\d+) expected pointer to STRUCT (\S+) but R(\d+) has a pointer to \w+ (\S+)$/,
    message: 'Argument {2} (counted from 0) of {1} must point to a struct {3}; r{4} points to {5}.', suggestion: null },
  { code: 'kfunc-argument', pattern: /^arg#(\d+) pointer type (\w+ \S+) must point to/,
    message: 'Argument {1} (counted from 0) is neither a {2} nor memory with its contents.', suggestion: 'Pass a pointer that the kernel gave for such an object.' },
  { code: 'kfunc-argument', pattern: /^(arg#\d+ expected pointer to .*|arg#\d+ arg#\d+ memory, len pair leads to invalid memory access|R\d+ must be a known constant|local type ID argument must be .*|bpf_obj_new\/bpf_percpu_obj_new .*|kfunc \S+ type ID argument .*|arg#\d+ is neither owning or non-owning ref|allocated object must be referenced)$/,
    message: 'The call does not give the kernel function what it needs: {1}.', suggestion: null },
  { code: 'reference-release', pattern: /^release kernel function (\S+) expects refcounted PTR_TO_BTF_ID$/,
    message: '{1} gives back an object that this program does not hold.', suggestion: 'Pass the pointer that the acquiring function returned, once.' },
  { code: 'callback-return-value', pattern: /^At (?:async )?callback return the register R0 has(.*) should have been in \[(-?\d+), (-?\d+)\]$/,
    message: 'This callback must return a number from {2} to {3}; r0 may be another here ({1}).', suggestion: 'Return 0 or, to stop a loop, 1.' },
  { code: 'exception-callback', pattern: /^(?:bpf_throw kfunc \(insn \d+\) cannot be called from callback|exception cb|insn \d+ cannot call exception cb|multiple exception callback)/,
    message: 'Exceptions are thrown outside of callbacks only, and are caught by one global function that takes a single number.', suggestion: null },
  { code: 'global-function-type', pattern: /^use static function instead$/,
    message: 'A function with such arguments cannot be verified on its own.', suggestion: 'Make it static.' },
];
