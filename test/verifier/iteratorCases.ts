/** Programs with open-coded iterators: a name, the body of the program, and "accept" or the first line of the refusal. */
export type IteratorCase = readonly [name: string, body: string, verdict: string];

const begin = (off = -8): string => `
  r1 = r10
  r1 += ${off}
  r2 = 0
  r3 = 10
  call bpf_iter_num_new`;

const step = (off = -8): string => `
  r1 = r10
  r1 += ${off}
  call bpf_iter_num_next`;

const finish = (off = -8): string => `
  r1 = r10
  r1 += ${off}
  call bpf_iter_num_destroy`;

const beginBits = (off = -16): string => `
  *(u64 *)(r10 - 64) = 5
  r1 = r10
  r1 += ${off}
  r2 = r10
  r2 += -64
  r3 = 1
  call bpf_iter_bits_new`;

const END = `
  r0 = 0
  exit`;

/** A loop over an iterator with this body; the element is in r0. */
const loop = (body: string, before = ''): string => `${before}${begin()}
again:${step()}
  if r0 == 0 goto done
${body}
  goto again
done:${finish()}${END}`;

// prettier-ignore
export const ITERATOR_CASES: readonly IteratorCase[] = [
  ['an empty loop', loop(''), 'accept'],
  ['an element read', loop('  r1 = *(u32 *)(r0 + 0)'), 'accept'],
  ['not ended', begin() + END, 'Unreleased reference id=1 alloc_insn=4'],
  ['left early', `${begin()}
again:${step()}
  if r0 == 0 goto done
  r1 = *(u32 *)(r0 + 0)
  if r1 == 7 goto out
  goto again
done:${finish()}
out:${END}`, 'Unreleased reference id=1 alloc_insn=4'],
  ['left early, but ended', loop('  r1 = *(u32 *)(r0 + 0)\n  if r1 == 7 goto done'), 'accept'],
  ['stepped before it is made', step() + END, 'expected an initialized iter_num as arg #0'],
  ['ended before it is made', finish() + END, 'expected an initialized iter_num as arg #0'],
  ['stepped where the stack holds numbers', `  *(u64 *)(r10 - 8) = 0${step()}${END}`, 'expected an initialized iter_num as arg #0'],
  ['stepped after its end', begin() + finish() + step() + END, 'expected an initialized iter_num as arg #0'],
  ['ended twice', begin() + finish() + finish() + END, 'expected an initialized iter_num as arg #0'],
  ['made twice', begin() + begin() + finish() + END, 'expected uninitialized iter_num as arg #0'],
  ['made again after its end', begin() + finish() + begin() + finish() + END, 'accept'],
  ['ended without a step', begin() + finish() + END, 'accept'],
  ['stepped once', begin() + step() + finish() + END, 'accept'],
  ['an element unchecked', `${begin()}${step()}
  r1 = *(u32 *)(r0 + 0)${finish()}${END}`, "R0 invalid mem access 'scalar'"],
  ['an element written', loop('  *(u32 *)(r0 + 0) = 1'), 'R0 cannot write into rdonly_mem'],
  ['an element read too wide', loop('  r1 = *(u64 *)(r0 + 0)'), 'invalid access to memory, mem_size=4 off=0 size=8'],
  ['an element after the end', `${begin()}${step()}
  r6 = r0
  if r0 == 0 goto done
${finish()}
  r1 = *(u32 *)(r6 + 0)${END}
done:${finish()}${END}`, "R6 invalid mem access 'scalar'"],
  ['an element after the next step', `${begin()}${step()}
  if r0 == 0 goto done
  r6 = r0${step()}
  r1 = *(u32 *)(r6 + 0)
done:${finish()}${END}`, 'accept'],
  ['steps behind the end', `${begin()}
again:${step()}
  if r0 != 0 goto again${step()}
  if r0 != 0 goto bad${finish()}${END}
bad:
  r0 = *(u32 *)(r9 + 0)${finish()}${END}`, 'accept'],
  ['a counter that nothing depends on', loop('  r6 += 1', '  r6 = 0'), 'accept'],
  ['a counter on the stack', loop('  r1 = *(u64 *)(r10 - 16)\n  r1 += 1\n  *(u64 *)(r10 - 16) = r1', '  *(u64 *)(r10 - 16) = 0'), 'accept'],
  ['a counter as an index, bounded', loop('  r6 += 1\n  if r6 > 8 goto done\n  r1 = r10\n  r1 += -32\n  r1 += r6\n  *(u8 *)(r1 + 0) = 1', '  r6 = 0'), 'accept'],
  ['a counter as an index, unbounded', loop('  r6 += 1\n  r1 = r10\n  r1 += -32\n  r1 += r6\n  *(u8 *)(r1 + 0) = 1', '  r6 = 0'), 'expected an initialized iter_num as arg #0'],
  ['the element as an index, bounded', loop('  r1 = *(u32 *)(r0 + 0)\n  if r1 > 7 goto again\n  r2 = r10\n  r2 += -24\n  r2 += r1\n  *(u8 *)(r2 + 0) = 1'), 'accept'],
  ['a number forgotten between the rounds', loop(`
  if r6 != 0 goto second
  r6 = 1
  r7 = -16
  goto again
second:
  r1 = r10
  r1 += r7
  r2 = *(u8 *)(r1 + 0)`, '  r6 = 0\n  r7 = 0\n  *(u64 *)(r10 - 16) = 0'), 'math between fp pointer and register with unbounded min value is not allowed'],
  ['a number that is wrong in a later round', loop(`
  if r6 == 42 goto use
  r7 = -32
  call bpf_get_prandom_u32
  r6 = r0
  goto again
use:
  r1 = r10
  r1 += r7
  r2 = *(u64 *)(r1 + 0)
  call bpf_get_prandom_u32
  r6 = r0`, '  call bpf_get_prandom_u32\n  r6 = r0\n  r7 = -16\n  *(u64 *)(r10 - 16) = 0'), 'math between fp pointer and register with unbounded min value is not allowed'],
  ['a pointer replaced in a later round', loop(`
  r1 = *(u64 *)(r7 + 0)
  r7 = 0`, '  r7 = r10\n  r7 += -16\n  *(u64 *)(r10 - 16) = 0'), "R7 invalid mem access 'scalar'"],
  ['an endless loop within', loop('inner:\n  if r6 == 0 goto inner', '  r6 = 0'), 'infinite loop detected at insn 10'],
  ['an endless loop after the end', `${begin()}${finish()}
again:
  goto again`, 'infinite loop detected at insn 8'],
  ['a bounded loop within', loop('  r6 = 0\ninner:\n  r6 += 1\n  if r6 < 4 goto inner'), 'accept'],
  ['two loops, one in the other', `${begin()}
outer:${step()}
  if r0 == 0 goto done${begin(-16)}
inner:${step(-16)}
  if r0 != 0 goto inner${finish(-16)}
  goto outer
done:${finish()}${END}`, 'accept'],
  ['two loops, the inner one not ended', `${begin()}
outer:${step()}
  if r0 == 0 goto done${begin(-16)}
inner:${step(-16)}
  if r0 != 0 goto inner
  goto outer
done:${finish()}${END}`, 'Unreleased reference id=3 alloc_insn=13'],
  ['two iterators in turn', `${begin()}${begin(-16)}
again:${step()}
  if r0 == 0 goto done${step(-16)}
  if r0 != 0 goto again
done:${finish()}${finish(-16)}${END}`, 'accept'],
  ['stepped by a function', `${begin()}
again:
  r1 = r10
  r1 += -8
  call advance
  if r0 != 0 goto again${finish()}${END}
advance:
  call bpf_iter_num_next
  if r0 == 0 goto none
  r0 = 1
none:
  exit`, 'accept'],
  ['ended by a function', `${begin()}
  r1 = r10
  r1 += -8
  call end
  r0 = 0
  exit
end:
  call bpf_iter_num_destroy
  r0 = 0
  exit`, 'accept'],
  ['made by a function for its caller', `
  r1 = r10
  r1 += -8
  call start
${finish()}${END}
start:
  r2 = 0
  r3 = 4
  call bpf_iter_num_new
  r0 = 0
  exit`, 'accept'],
  ['a loop in a function', `
  call all
  r0 = 0
  exit
all:${begin()}
again:${step()}
  if r0 != 0 goto again${finish()}${END}`, 'accept'],
  ['a function called in the loop', loop('  r1 = *(u32 *)(r0 + 0)\n  call twice').replace(END, `${END}\ntwice:\n  r0 = r1\n  r0 += r1\n  exit`), 'accept'],
  ['bits', `${beginBits()}
again:
  r1 = r10
  r1 += -16
  call bpf_iter_bits_next
  if r0 != 0 goto again
  r1 = r10
  r1 += -16
  call bpf_iter_bits_destroy${END}`, 'accept'],
  ['bits where one slot is left', `${beginBits(-8)}${END}`, 'cannot pass in iter at an offset=-8'],
  ['bits over a number iterator', `${begin(-8)}${beginBits(-16)}${END}`, 'expected uninitialized iter_bits as arg #0'],
  ['bits stepped as numbers', `${beginBits()}${step(-16)}${END}`, 'expected an initialized iter_num as arg #0'],
  ['bits stepped by the second slot', `${beginBits(-24)}
  r1 = r10
  r1 += -16
  call bpf_iter_bits_next${END}`, 'expected an initialized iter_bits as arg #0'],
  ['bits with the second slot overwritten', `${beginBits()}
  *(u64 *)(r10 - 8) = 0
  r1 = r10
  r1 += -16
  call bpf_iter_bits_next${END}`, 'expected an initialized iter_bits as arg #0'],
  ['numbers stepped as bits', `${begin(-16)}
  r1 = r10
  r1 += -16
  call bpf_iter_bits_next${END}`, 'expected an initialized iter_bits as arg #0'],
  ['within a slot', begin(-12) + END, 'cannot pass in iter at an offset=-12'],
  ['stepped within a slot', begin(-16) + step(-12) + END, 'cannot pass in iter at an offset=-12'],
  ['at an unknown place', `
  call bpf_get_prandom_u32
  r0 &= 8
  r1 = r10
  r1 += -16
  r1 += r0
  r2 = 0
  r3 = 1
  call bpf_iter_num_new${END}`, 'iter has to be at a constant offset'],
  ['behind the stack', begin(0) + END, 'invalid write to stack R1 off=0 size=8'],
  ['below the stack', begin(-520) + END, 'invalid write to stack R1 off=-520 size=8'],
  ['a number in its place', '  r1 = 1\n  call bpf_iter_num_next' + END, 'arg#0 expected pointer to an iterator on stack'],
  ['the context in its place', '  r2 = 0\n  r3 = 1\n  call bpf_iter_num_new' + END, 'arg#0 expected pointer to an iterator on stack'],
  ['its bytes loaded', `${begin()}
  r1 = *(u64 *)(r10 - 8)${finish()}${END}`, 'invalid read from stack off -8+0 size 8'],
  ['one of its bytes loaded', `${begin()}
  r1 = *(u8 *)(r10 - 3)${finish()}${END}`, 'invalid read from stack off -3+0 size 1'],
  ['its bytes given to a helper', `${begin()}
  r1 = r10
  r1 += -16
  r2 = 16
  *(u64 *)(r10 - 16) = 0
  call bpf_trace_printk${finish()}${END}`, 'invalid read from stack R1 off -16+8 size 16'],
  ['its bytes overwritten', `${begin()}
  *(u64 *)(r10 - 8) = 0${finish()}${END}`, 'expected an initialized iter_num as arg #0'],
  ['one of its bytes overwritten', `${begin()}
  *(u8 *)(r10 - 5) = 0${finish()}${END}`, 'expected an initialized iter_num as arg #0'],
  ['overwritten and lost', `${begin()}
  *(u64 *)(r10 - 8) = 0${END}`, 'Unreleased reference id=1 alloc_insn=4'],
  ['overwritten with a pointer', `${begin()}
  *(u64 *)(r10 - 8) = r10${step()}${END}`, 'expected an initialized iter_num as arg #0'],
  ['overwritten somewhere near', `${begin()}
  call bpf_get_prandom_u32
  r0 &= 7
  r1 = r10
  r1 += -8
  r1 += r0
  *(u8 *)(r1 + 0) = 0${step()}${END}`, 'expected an initialized iter_num as arg #0'],
  ['a helper that fills its bytes', `${begin(-16)}
  r1 = r10
  r1 += -16
  r2 = 16
  call bpf_get_current_comm${finish(-16)}${END}`, 'expected an initialized iter_num as arg #0'],
  ['kept in one of two branches', `
  call bpf_get_prandom_u32
  if r0 == 1 goto other
${begin()}
other:${finish()}${END}`, 'expected an initialized iter_num as arg #0'],
  ['made in both branches', `
  call bpf_get_prandom_u32
  if r0 == 1 goto other
${begin()}
  goto join
other:${begin()}
join:${step()}${finish()}${END}`, 'accept'],
  ['its pointer kept on the stack', `${begin()}
  r1 = r10
  r1 += -8
  *(u64 *)(r10 - 16) = r1
again:
  r1 = *(u64 *)(r10 - 16)
  call bpf_iter_num_next
  if r0 != 0 goto again
  r1 = *(u64 *)(r10 - 16)
  call bpf_iter_num_destroy${END}`, 'accept'],
  ['an element kept over the rounds', loop(`
  if r6 == 0 goto first
  r1 = *(u32 *)(r6 + 0)
first:
  r6 = r0`, '  r6 = 0'), 'accept'],
  ['many counters', loop('  r6 += 1\n  r7 += 2\n  r8 -= 1', '  r6 = 0\n  r7 = 0\n  r8 = 100'), 'accept'],
  ['an argument missing in a later round', loop('', '').replace('goto again\ndone', 'r1 = r9\n  goto again\ndone'), 'R9 !read_ok'],
];
