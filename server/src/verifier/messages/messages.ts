import { UNPRIVILEGED_MESSAGES } from './unprivilegedMessages.ts';

/**
 * What findings mean, by the kernel's text: the code, plain words and what to do. The first row that matches holds.
 * Source of the texts: kernel/bpf/verifier.c, v6.18.
 *
 * `{1}` stands for the first group of the pattern and `{1:byte}` for so many bytes; `{accesses}` and `{packet}` are what
 * the instruction does and what it does it to.
 */
import { HOOK_MESSAGES } from './hookMessages.ts';
import { KERNEL_MESSAGES } from './kernelMessages.ts';
import { LOCK_MESSAGES } from './lockMessages.ts';
import { KFUNC_MESSAGES } from './kfuncMessages.ts';
import { CALLBACK_MESSAGES } from './callbackMessages.ts';
import { OBJECT_MESSAGES } from './objectMessages.ts';

export interface MessageRow {
  readonly code: string;
  readonly pattern: RegExp;
  readonly message: string;
  readonly suggestion: string | null;
}

export interface Explained {
  readonly code: string;
  readonly message: string;
  readonly suggestion: string | null;
}

/** What the kernel's text leaves open and the instruction tells. */
export interface Circumstances {
  /** "reads", "writes", "hands the helper". */
  readonly accesses: string;
  /** "the packet", or the metadata in front of it. */
  readonly packet: string;
}

const UNKNOWN: Circumstances = { accesses: 'reads or writes', packet: 'the packet' };

/** Never without an answer: a text we have no words for is said as it is. */
export function explainText(kernelText: string, circumstances: Circumstances = UNKNOWN): Explained {
  for (const { code, pattern, message, suggestion } of MESSAGES) {
    const match = pattern.exec(kernelText);
    if (match === null) continue;
    const group = (number: number): string => match[number] ?? '';
    const filled = (text: string): string => fillTemplate(text, group, circumstances);
    return { code, message: filled(message), suggestion: suggestion && filled(suggestion) };
  }
  return { code: 'rejected', message: kernelText, suggestion: null };
}

/** A message or suggestion with its gaps filled. */
export function fillTemplate(
  text: string,
  group: (number: number) => string,
  circumstances: Circumstances = UNKNOWN,
): string {
  return text
    .replaceAll(/\{(accesses|packet)\}/g, (_, name: keyof Circumstances) => circumstances[name])
    .replaceAll(/\{(\d)\}/g, (_, number: string) => group(Number(number)))
    .replaceAll(/\{(\d):(\w+)\}/g, (_, number: string, noun: string) => counted(group(Number(number)), noun));
}

function counted(count: string, noun: string): string {
  return count === '0' ? `no ${noun}s` : `${count} ${noun}${/^-?1$/.test(count) ? '' : 's'}`;
}

const CHECK_PACKET =
  'Compare the pointer with data_end before the access: keep `data + bytes` in a register and leave when it is greater than data_end.';
const CHECK_NULL = 'Compare the pointer with 0 right after the lookup and leave when it is null.';
const BOUND_NUMBER =
  'Limit the number first: `&=` with a mask, or compare it with the limit, unsigned, and leave when it is too large.';

// prettier-ignore
export const MESSAGES: readonly MessageRow[] = [
  ...KFUNC_MESSAGES,
  ...HOOK_MESSAGES,
  ...CALLBACK_MESSAGES,
  ...OBJECT_MESSAGES,
  ...KERNEL_MESSAGES,
  ...LOCK_MESSAGES,
  ...UNPRIVILEGED_MESSAGES,
  { code: 'uninitialized-register', pattern: /^R0 !read_ok$/,
    message: 'r0 is read here, but on this path nothing has set it.',
    suggestion: 'Set r0 on every path before it is read; before `exit` it is the return value.' },
  { code: 'uninitialized-register', pattern: /^R(\d+) !read_ok$/,
    message: 'r{1} is read here, but on this path it holds nothing: it was never set, or a call has clobbered it.',
    suggestion: 'Set r{1} first. Calls leave r1 to r5 undefined: keep what you need later in r6 to r9 or on the stack.' },
  { code: 'frame-pointer-write', pattern: /^frame pointer is read only$/,
    message: 'r10 is the frame pointer and cannot be changed.',
    suggestion: 'Copy it to another register and change the copy.' },
  { code: 'packet-access-out-of-bounds', pattern: /^invalid access to packet, off=(-?\d+) size=(\d+), R(\d+)\(id=0,.*r=0\)$/,
    message: 'This {accesses} {2:byte} at offset {1} of {packet}, but the program has not made sure that any byte is there.',
    suggestion: CHECK_PACKET },
  { code: 'packet-access-out-of-bounds', pattern: /^invalid access to packet, off=(-?\d+) size=(\d+), R(\d+)\(id=0,.*r=(\d+)\)$/,
    message: 'This {accesses} {2:byte} at offset {1} of {packet}, but the program has made sure of {4:byte} only.',
    suggestion: CHECK_PACKET },
  { code: 'packet-access-out-of-bounds', pattern: /^invalid access to packet, off=(-?\d+) size=(\d+), R(\d+)\(.*r=0\)$/,
    message: 'r{3} holds a computed place in {packet}. This {accesses} {2:byte} at offset {1} from that place, but the program has not made sure that any byte is there.',
    suggestion: CHECK_PACKET },
  { code: 'packet-access-out-of-bounds', pattern: /^invalid access to packet, off=(-?\d+) size=(\d+), R(\d+)\(.*r=(\d+)\)$/,
    message: 'r{3} holds a computed place in {packet}. This {accesses} {2:byte} at offset {1} from that place, but the program has made sure of {4:byte} there only.',
    suggestion: CHECK_PACKET },
  { code: 'packet-access-out-of-bounds', pattern: /^R(\d+) offset is outside of the packet$/,
    message: 'r{1} points to the end of the packet or behind it on this path.', suggestion: CHECK_PACKET },
  { code: 'packet-write-forbidden', pattern: /^cannot write into packet$/,
    message: 'Programs of this type may read the packet but not write to it directly.',
    suggestion: 'Use bpf_skb_store_bytes where it is available, or another program type.' },
  { code: 'packet-pointer-to-helper', pattern: /^helper access to the packet is not allowed$/,
    message: 'This helper takes no pointers into the packet.',
    suggestion: 'Copy the bytes to the stack and pass that.' },
  { code: 'map-value-out-of-bounds', pattern: /^invalid access to map value, value_size=(\d+) off=(-?\d+) size=(\d+)$/,
    message: 'The map\'s values have {1:byte}; this {accesses} {3:byte} at offset {2}.',
    suggestion: 'Stay within the value; when the offset is computed, limit it first.' },
  { code: 'memory-out-of-bounds', pattern: /^invalid access to memory, mem_size=(\d+) off=(-?\d+) size=(\d+)$/,
    message: 'The memory has {1:byte}; this {accesses} {3:byte} at offset {2}.', suggestion: 'Stay within the memory.' },
  { code: 'memory-out-of-bounds', pattern: /^invalid access to map key, key_size=(\d+) off=(-?\d+) size=(\d+)$/,
    message: 'The map\'s keys have {1:byte}; this {accesses} {3:byte} at offset {2}.', suggestion: 'Stay within the key.' },
  { code: 'memory-out-of-bounds', pattern: /^invalid access to flow keys off=(-?\d+) size=(\d+)$/,
    message: 'The flow keys have 56 bytes; this {accesses} {2:byte} at offset {1}.', suggestion: 'Stay within struct bpf_flow_keys.' },
  { code: 'memory-out-of-bounds', pattern: /^R(\d+) invalid (\w+) buffer access: off=(-?\d+), size=(\d+)$/,
    message: 'This {accesses} {4:byte} at offset {3}, before the beginning of the {2} buffer.', suggestion: 'Stay within the buffer.' },
  { code: 'memory-out-of-bounds', pattern: /^R(\d+) invalid variable buffer offset: off=(-?\d+), var_off=/,
    message: 'The offset in r{1} is not known; such a buffer is read and written at fixed offsets only.', suggestion: 'Use constant offsets.' },
  { code: 'offset-may-be-negative', pattern: /^R(\d+) min value is negative, either use unsigned index/,
    message: 'The offset in r{1} may be negative, so the access may lie before the object.',
    suggestion: 'Use an unsigned number: load it zero-extended, or mask it, or leave when it is less than 0.' },
  { code: 'offset-unbounded', pattern: /^R(\d+) unbounded memory access, make sure to bounds check/,
    message: 'The offset in r{1} has no known upper limit, so the access may lie behind the object.', suggestion: BOUND_NUMBER },
  { code: 'map-write-forbidden', pattern: /^write into map forbidden/,
    message: 'Programs may only read this map.', suggestion: 'Write to another map, or declare this one writable (for constants: leave out `const`).' },
  { code: 'map-read-forbidden', pattern: /^read from map forbidden/,
    message: 'Programs may only write to this map.', suggestion: null },
  { code: 'null-pointer-possible', pattern: /^R(\d+) invalid mem access '(\w+_or_null)'$/,
    message: 'r{1} may be null here: the lookup or reservation it comes from can fail.', suggestion: CHECK_NULL },
  { code: 'null-pointer-possible', pattern: /^R(\d+) pointer arithmetic on (\w+_or_null) prohibited/,
    message: 'r{1} may be null here, so nothing may be added to it yet.', suggestion: CHECK_NULL },
  { code: 'not-a-pointer', pattern: /^R(\d+) invalid mem access 'scalar'$/,
    message: 'r{1} holds a number here, not a pointer, so there is no memory behind it.',
    suggestion: 'Use the pointer itself. A pointer that was cut to 32 bits, multiplied, or read back from the stack in parts is only a number; so is one whose object was given back, whose dynptr was overwritten or whose packet may have moved.' },
  { code: 'not-dereferenceable', pattern: /^R(\d+) invalid mem access '(\w+)'$/,
    message: 'r{1} is of the kind {2}, through which no memory can be accessed.', suggestion: null },
  { code: 'context-access-invalid', pattern: /^invalid bpf_context access off=(-?\d+) size=(\d+)$/,
    message: 'This {accesses} {2:byte} at offset {1} of the context, but programs of this type have no field there that allows it.',
    suggestion: 'Access a whole field at its own offset with its own size; see the hover on the context\'s fields.' },
  { code: 'context-pointer-modified', pattern: /^dereference of modified (\w+) ptr R(\d+) off=(-?\d+) disallowed$/,
    message: 'r{2} was moved by {3:byte}, but a {1} pointer must be used as it was given.',
    suggestion: 'Put the constant into the offset of the load or store instead.' },
  { code: 'context-pointer-modified', pattern: /^negative offset (\w+) ptr R(\d+) off=-(\d+) disallowed$/,
    message: 'r{2} was moved back by {3:byte}, but a {1} pointer must be used as it was given.', suggestion: null },
  { code: 'context-pointer-modified', pattern: /^variable (\w+) access var_off=.* disallowed$/,
    message: 'A variable number was added to a {1} pointer, which must be used as it was given.',
    suggestion: 'Choose the field with branches instead of computing its offset.' },
  { code: 'misaligned-access', pattern: /^misaligned (?:stack )access off .* size (\d+)$/,
    message: 'An access of {1} bytes to the stack must lie at a multiple of {1}.', suggestion: 'Use an aligned offset, or smaller accesses.' },
  { code: 'misaligned-access', pattern: /^misaligned .*access off .* size (\d+)$/,
    message: 'The address of this access of {1} bytes is not known to be a multiple of {1}, and this access must be aligned.',
    suggestion: 'Use an aligned offset, or smaller accesses.' },
  { code: 'stack-out-of-bounds', pattern: /^invalid (read from|write to) stack R(\d+) off=(-?\d+) size=(-?\d+)$/,
    message: 'This {accesses} {4:byte} at offset {3} from the frame pointer, but the stack is the 512 bytes below it.',
    suggestion: 'Use offsets from -512 to -1, with the whole access inside.' },
  { code: 'stack-out-of-bounds', pattern: /^invalid variable-offset (read from|write to) stack R(\d+)/,
    message: 'The computed offset may leave the 512 bytes of the stack.', suggestion: BOUND_NUMBER },
  { code: 'stack-out-of-bounds', pattern: /^invalid unbounded variable-offset/,
    message: 'The computed offset into the stack has no known limit.', suggestion: BOUND_NUMBER },
  { code: 'spill-size', pattern: /^invalid size of register spill$/,
    message: 'A pointer can only be stored on the stack with all of its 8 bytes.', suggestion: 'Store it with an 8-byte store at a multiple of 8.' },
  { code: 'spill-size', pattern: /^invalid size of register fill$/,
    message: 'A pointer on the stack can only be read back with all of its 8 bytes.', suggestion: 'Load all 8 bytes.' },
  { code: 'stack-pointer-escapes', pattern: /^cannot (return stack pointer|spill pointers to stack)/,
    message: 'A pointer to this function\'s stack would outlive the function.', suggestion: 'Let the caller make the room and pass a pointer to it.' },
  { code: 'return-value-out-of-range', pattern: /^At program exit the register R0 has ?(.*) should have been in \[(-?\d+), (-?\d+)\]$/,
    message: 'This program must return a number from {2} to {3}; r0 may be another here ({1}).',
    suggestion: 'Set r0 to a constant in the range before `exit`.' },
  { code: 'return-value-out-of-range', pattern: /^At program exit the register R0 is not a known value \((\w+)\)$/,
    message: 'This program must return a number, but r0 holds a pointer ({1}).', suggestion: 'Set r0 to the return value.' },
  { code: 'pointer-arithmetic-forbidden', pattern: /^R(\d+) 32-bit pointer arithmetic prohibited$/,
    message: 'r{1} is a pointer; calculating with its lower 32 bits only would break it.', suggestion: 'Use the 64-bit form (r instead of w).' },
  { code: 'pointer-arithmetic-forbidden', pattern: /^R(\d+) (?:bitwise operator|pointer arithmetic with) (\S+) (?:operator|on pointer) prohibited$/,
    message: 'r{1} is a pointer; `{2}` is for numbers only. Pointers know addition and subtraction.',
    suggestion: 'Calculate with the number first and add it to the pointer then.' },
  { code: 'pointer-arithmetic-forbidden', pattern: /^R(\d+) pointer (\S+) pointer prohibited$/,
    message: 'Both registers are pointers; `{2}` makes no sense of two pointers (only subtraction does).', suggestion: null },
  { code: 'pointer-arithmetic-forbidden', pattern: /^R(\d+) pointer arithmetic on (\w+) prohibited$/,
    message: 'r{1} is of the kind {2}, which cannot be moved.', suggestion: null },
  { code: 'pointer-arithmetic-forbidden', pattern: /^R(\d+) (tried to subtract pointer from scalar|subtraction from stack pointer prohibited)$/,
    message: 'This subtraction gives nothing that may be used: {2}.', suggestion: 'Add a negative number instead.' },
  { code: 'pointer-offset-unbounded', pattern: /^math between (\w+) pointer and register with unbounded min value is not allowed$/,
    message: 'The number added to the {1} pointer has no known lower limit.', suggestion: BOUND_NUMBER },
  { code: 'pointer-offset-unbounded', pattern: /^(?:math between (\w+) pointer and -?\d+ is not allowed|value -?\d+ makes (\w+) pointer be out of bounds|(\w+) pointer offset -?\d+ is not allowed)$/,
    message: 'The pointer would be moved too far: offsets must stay below 2^29.', suggestion: BOUND_NUMBER },
  { code: 'helper-not-available', pattern: /^program of this type cannot use helper (\w+)#\d+$/,
    message: 'Programs of this type cannot call {1}.', suggestion: 'See the support table for helpers of this program type.' },
  { code: 'helper-unknown', pattern: /^invalid func (\w+)#(-?\d+)$/,
    message: 'There is no helper number {2}.', suggestion: null },
  { code: 'license-needed', pattern: /^cannot call GPL-restricted function/,
    message: 'This helper may only be called by programs with a license that is compatible with the GPL.',
    suggestion: 'Declare such a license ("GPL", "Dual BSD/GPL", …) if it is true.' },
  { code: 'helper-argument-type', pattern: /^R(\d+) type=(\w+_or_null) expected=(.*)$/,
    message: 'Argument r{1} may be null, but the helper needs one of: {3}.', suggestion: CHECK_NULL },
  { code: 'helper-argument-type', pattern: /^R(\d+) type=(\S+) expected=(.*)$/,
    message: 'Argument r{1} is {2}, but the helper needs one of: {3}.', suggestion: null },
  { code: 'helper-size-argument', pattern: /^R(\d+) min value is negative, either use unsigned or/,
    message: 'The size in r{1} may be negative.', suggestion: 'Limit it: `&=` with a mask, or leave when it is less than 0 (signed).' },
  { code: 'helper-size-argument', pattern: /^R(\d+) unbounded memory access, use/,
    message: 'The size in r{1} has no known upper limit.', suggestion: BOUND_NUMBER },
  { code: 'helper-size-argument', pattern: /^R(\d+) invalid zero-sized read/,
    message: 'The size in r{1} may be 0, which this helper does not take.', suggestion: 'Leave when it is 0.' },
  { code: 'helper-size-argument', pattern: /^R(\d+) is not a known constant/,
    message: 'The size in r{1} must be a constant.', suggestion: 'Set it with an immediate.' },
  { code: 'map-helper-mismatch', pattern: /^cannot pass map_type (\d+) into func (\w+)#\d+$/,
    message: '{2} does not work on this type of map.', suggestion: null },
  { code: 'map-helper-mismatch', pattern: /^expected prog array map for tail call$/,
    message: 'bpf_tail_call needs a map of type prog_array.', suggestion: null },
  { code: 'reference-leak', pattern: /^Unreleased reference id=(\d+) alloc_insn=(\d+)$/,
    message: 'What instruction {2} acquired is still held here.', suggestion: 'Submit, discard or release it on every path.' },
  { code: 'reference-release', pattern: /^(R\d+ must be referenced|func \w+#\d+ reference has not been acquired|more than one arg with ref_obj_id)/,
    message: 'This call releases what is not held (any more).', suggestion: 'Release an object once, with the pointer that was returned.' },
  { code: 'infinite-loop', pattern: /^infinite loop detected at insn (\d+)$/,
    message: 'The loop through this instruction comes back with nothing changed, so it would never end.',
    suggestion: 'Let something that the loop\'s condition looks at change on every round.' },
  { code: 'program-too-complex', pattern: /^BPF program is too large\. Processed (\d+) insn$/,
    message: 'The verifier gave up after a million steps: there are too many different paths through the program, or a loop runs too often.',
    suggestion: 'Bound loops tightly, move loop bodies into functions, or keep fewer values alive across branches.' },
  { code: 'program-too-complex', pattern: /^The sequence of (\d+) jumps is too complex/,
    message: 'There are more than 8192 branches waiting on one path.', suggestion: 'Split the program.' },
  { code: 'unreachable-code', pattern: /^unreachable insn (\d+)$/,
    message: 'No path leads to this instruction; programs with dead code are refused.', suggestion: 'Remove it, or jump to it.' },
  { code: 'jump-out-of-range', pattern: /^jump out of range from insn (\d+) to (-?\d+)$/,
    message: 'This jump leaves its function (to instruction {2}).', suggestion: 'Jump within the function; call other functions.' },
  { code: 'jump-into-wide-instruction', pattern: /^jump into the middle of ldimm64 insn (\d+)$/,
    message: 'Something jumps to the second half of this 64-bit load.', suggestion: null },
  { code: 'missing-exit', pattern: /^last insn is not an exit or jmp$/,
    message: 'A function must not run on into the next one: its last instruction must be `exit` or a jump.', suggestion: 'End it with `exit`.' },
  { code: 'call-target-invalid', pattern: /^call to invalid destination$/,
    message: 'A call leads outside of the program.', suggestion: null },
  { code: 'too-many-subprograms', pattern: /^too many subprograms$/,
    message: 'A program can have 256 functions at most.', suggestion: null },
  { code: 'call-depth', pattern: /^the call stack of (\d+) frames is too deep/,
    message: 'Calls are nested deeper than 8 functions.', suggestion: 'Inline some, or recursion must go.' },
  { code: 'stack-too-large', pattern: /^(?:combined stack size of (\d+) calls is (\d+)|stack size of subprog \d+ is (\d+))\. Too large$/,
    message: 'The functions of one chain of calls may use 512 bytes of stack together; here it is {2}{3}.',
    suggestion: 'Keep large data in a map, for instance a per-CPU array.' },
  { code: 'tail-call-in-subprogram', pattern: /^tail_call(?:s)? (?:is|are) not allowed/,
    message: 'A tail call is not possible in this function.', suggestion: 'Make it in the main function.' },
  { code: 'packet-instruction-forbidden', pattern: /^(BPF_LD_\[ABS\|IND\]|LD_ABS|at the time of BPF_LD_ABS)/,
    message: 'The packet load instructions need a socket filter or traffic control program, with the context in r6.', suggestion: null },
  { code: 'division-by-zero', pattern: /^div by zero$/, message: 'This divides by the constant 0.', suggestion: null },
  { code: 'shift-out-of-range', pattern: /^invalid shift (-?\d+)$/,
    message: 'A shift by {1} is outside of the register\'s width.', suggestion: null },
  { code: 'atomic-target-forbidden', pattern: /^BPF_ATOMIC (?:stores into|loads from) R(\d+) (\w+) is not allowed$/,
    message: 'Atomic operations cannot work on {2} memory.', suggestion: 'Use the stack or a map value.' },
  { code: 'mixed-pointers', pattern: /^same insn cannot be used with different pointers$/,
    message: 'On different paths this instruction goes through different kinds of pointers.', suggestion: 'Write the access once for each kind.' },
  { code: 'string-not-constant', pattern: /^R(\d+) (does not point to a readonly map|is not a constant address)|^string is not zero-terminated$/,
    message: 'The string must be a constant of .rodata that ends with 0.', suggestion: null },
  { code: 'register-invalid', pattern: /^R(\d+) is invalid$/, message: 'There is no register r{1}.', suggestion: null },
  { code: 'instruction-invalid', pattern: /^(unknown opcode|BPF_\w+ uses|BPF_JMP\/JMP32 uses|BPF_LD_IMM64 uses|invalid bpf_ld_imm64|unrecognized bpf_ld_imm64|BPF_ATOMIC uses|invalid may_goto|addr_space_cast insn)/,
    message: 'This is no instruction the kernel knows: {1}', suggestion: null },
  { code: 'map-address-invalid', pattern: /^(no direct value access|invalid access to map value pointer|direct value offset)/,
    message: 'An address inside this map\'s value cannot be taken here: only arrays with one entry have a fixed place.', suggestion: null },
  { code: 'map-pointer-access', pattern: /^(only read from \w+ is supported|R\d+ is \w+ invalid negative access)/,
    message: 'The register points to the map itself, not to a value in it.', suggestion: 'Get a pointer to a value with bpf_map_lookup_elem.' },
  { code: 'global-function-argument', pattern: /^(R\d+ is not a scalar|arg#\d+ (expects|is expected)|Caller passes invalid args)/,
    message: 'The call does not give the function what its parameters ask for: {1}.', suggestion: null },
  { code: 'global-function-type', pattern: /^(Global function|Arg#\d+ type|arg#\d+ has|Invalid type of function|At subprogram exit)/,
    message: 'The function\'s type does not allow it to be verified on its own: {1}.', suggestion: 'Make it static, or change its type.' },
  { code: 'program-size', pattern: /^the program is (empty|too large)$/,
    message: 'The program is {1}: it must have 1 to 1000000 instructions.', suggestion: null },
  { code: 'too-many-maps', pattern: /^The total number of maps/, message: 'A program can use 64 maps at most.', suggestion: null },
  { code: 'helper-flags', pattern: /^get_local_storage\(\) doesn't support non-zero flags$/,
    message: 'The flags of bpf_get_local_storage (r2) must be 0.', suggestion: null },
  { code: 'helper-sleeps', pattern: /^helper call might sleep/, message: 'This helper may sleep, which only sleepable programs may do.', suggestion: null },
  { code: 'stack-pointer-variable', pattern: /^variable offset stack pointer cannot be passed/,
    message: 'Atomic operations on the stack need a constant offset.', suggestion: null },
  { code: 'helper-argument-offset', pattern: /^R(\d+) must have zero offset/,
    message: 'The object must be given back with the pointer that was returned, unmoved.', suggestion: null },
  { code: 'map-unknown', pattern: /^fd (-?\d+) is not pointing to valid bpf_map/,
    message: 'There is no such map.', suggestion: null },
];
