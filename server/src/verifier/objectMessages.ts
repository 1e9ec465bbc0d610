/** Rows of `MESSAGES` about dynptrs and iterators on the stack. */
import type { MessageRow } from './messages.ts';

// prettier-ignore
export const OBJECT_MESSAGES: readonly MessageRow[] = [
  { code: 'dynptr-expected', pattern: /^(?:Expected an initialized dynptr as arg #\d+|arg#\d+ expected pointer to stack or const struct bpf_dynptr)$/,
    message: 'The call needs a dynptr that was made before; on this path there is none where the argument points.',
    suggestion: 'Make it first, on every path that leads here, and do not write over it.' },
  { code: 'dynptr-expected', pattern: /^Expected a dynptr of type (\w+) as arg #(\d+)$/,
    message: 'The call needs a dynptr of the kind {1}.', suggestion: null },
  { code: 'dynptr-expected', pattern: /^Unsupported reg type (\w+) for bpf_dynptr_from_mem data$/,
    message: 'bpf_dynptr_from_mem makes dynptrs to map values only; r1 is {1}.',
    suggestion: 'Pass a pointer to a map value, checked for null.' },
  { code: 'dynptr-constant', pattern: /^(?:cannot pass pointer to const bpf_dynptr, the helper mutates it|cannot release unowned const bpf_dynptr)$/,
    message: 'This dynptr was only lent to the function: it may be read and written through, but not changed, replaced or given back.',
    suggestion: 'Make a dynptr of its own with bpf_dynptr_clone.' },
  { code: 'stack-object-place', pattern: /^(?:cannot pass in (\w+) at an offset=(-?\d+)|Dynptr has to be an uninitialized dynptr)$/,
    message: 'No such object can lie there: it begins at a multiple of 8 bytes below the frame pointer and needs its whole size.',
    suggestion: 'Reserve its size on the stack, at an offset that is a multiple of 8.' },
  { code: 'stack-object-place', pattern: /^(\w+) has to be at a constant offset$/,
    message: 'Where on the stack the object lies must be known before the program runs.', suggestion: 'Use a constant offset from r10.' },
  { code: 'stack-object-overwritten', pattern: /^cannot overwrite referenced dynptr$/,
    message: 'This would write over a dynptr whose record is still reserved, which could then never be given back.',
    suggestion: 'Submit or discard the record first, or use other bytes of the stack.' },
  { code: 'stack-object-overwritten', pattern: /^potential write to dynptr at off=(-?\d+) disallowed$/,
    message: 'The helper would write its result over the dynptr at offset {1} of the stack.',
    suggestion: 'Give it other memory.' },
  { code: 'stack-object-read', pattern: /^invalid read from stack (?:R\d+ )?(?:var_)?off .* size \d+$/,
    message: 'These bytes of the stack belong to a dynptr, an iterator or saved interrupt flags, which only the kernel\'s functions may read.',
    suggestion: 'Use the functions that are made for the object, or other bytes of the stack.' },
  { code: 'reference-release', pattern: /^arg (\d+) is an unacquired reference$/,
    message: 'The dynptr in r{1} holds no record (any more) that could be given back.',
    suggestion: 'Give a record back once, by the dynptr it was reserved with.' },
];
