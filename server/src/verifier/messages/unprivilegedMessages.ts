import type { MessageRow } from './messages.ts';

const LOAD_AS_ROOT = 'Load it with CAP_BPF and CAP_PERFMON, or do without.';

/** What findings mean that only users without capabilities get. */
// prettier-ignore
export const UNPRIVILEGED_MESSAGES: readonly MessageRow[] = [
  { code: 'address-leak', pattern: /^R(\d+) leaks addr (?:into|as) (.*)$/,
    message: 'r{1} holds an address, which a program of a user without CAP_PERFMON must not give away ({2}).',
    suggestion: LOAD_AS_ROOT },
  { code: 'address-leak', pattern: /^leaking pointer from stack off (-?\d+)$/,
    message: 'The stack holds an address at offset {1}, which must not be used as a number.', suggestion: LOAD_AS_ROOT },
  { code: 'address-leak', pattern: /^R(\d+) (?:pointer comparison prohibited|pointer arithmetic prohibited|partial copy of pointer|sign-extension part of pointer)$/,
    message: 'r{1} holds an address; without CAP_PERFMON a program must not learn anything of it by comparing or calculating.',
    suggestion: LOAD_AS_ROOT },
  { code: 'address-leak', pattern: /^(?:attempt to corrupt spilled pointer on stack|spilled ptr in range of var-offset stack write)/,
    message: 'The stack holds a pointer there; without CAP_PERFMON it must not be overwritten in part.',
    suggestion: 'Write all 8 bytes, or use another place.' },
  { code: 'uninitialized-stack', pattern: /^(?:invalid read from stack (?:R\d+ )?off -|uninit stack in range)/,
    message: 'Part of the stack that is used here was never written on this path; without CAP_PERFMON it must be.',
    suggestion: 'Write it first.' },
  { code: 'speculation', pattern: /^R(\d+) (?:has unknown scalar with mixed signed bounds|has pointer with unsupported alu operation|tried to (?:add|sub) |could not be pushed)/,
    message: 'Without CAP_PERFMON, what is added to a pointer is masked, so that the processor\'s guesses stay inside. That is not possible here: r{1}\'s number may be of both signs, leads out of bounds, or differs from path to path.',
    suggestion: 'Limit the number to a range of one sign that is the same on all paths.' },
  { code: 'speculation', pattern: /^R(\d+) (?:variable stack access|variable offset stack access|stack pointer arithmetic|pointer arithmetic of map value)/,
    message: 'Without CAP_PERFMON, r{1} may only point to known places inside the stack, and only inside map values.',
    suggestion: LOAD_AS_ROOT },
  { code: 'speculation', pattern: /^tail_call abusing map_ptr$/,
    message: 'One bpf_tail_call looks into different maps on different paths; without CAP_PERFMON it may not.',
    suggestion: 'Write the call once for each map.' },
  { code: 'rights-missing', pattern: /^(?:programs|maps) of type (\w+) need (\w+)$/,
    message: 'The user who loads this needs {2} for {1}.', suggestion: 'Load it as root, or with {2}.' },
  { code: 'rights-missing', pattern: /^loading\/calling other bpf or kernel functions/,
    message: 'Functions, callbacks and kernel functions need CAP_BPF.', suggestion: 'Inline the functions, or load it with CAP_BPF.' },
  { code: 'rights-missing', pattern: /^back-edge from insn (\d+) to (\d+)$/,
    message: 'A program with a loop (here back to instruction {2}) needs CAP_BPF.', suggestion: 'Unroll the loop, or load it with CAP_BPF.' },
  { code: 'rights-missing', pattern: /^'struct (\w+)' access is allowed only to/,
    message: 'Fields of the map itself may only be read with CAP_PERFMON.', suggestion: null },
];
