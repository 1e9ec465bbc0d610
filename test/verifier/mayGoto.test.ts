import { describeVerdicts } from '../support/describeVerdicts.ts';
import { typedProgram } from '../support/typedProgram.ts';

const VALUES = '.map values, type=array, key=4, value=64, entries=1\n';

const whole = (body: string, functions = '', flags = ''): string => `.license "GPL"
${VALUES}.section "tc"
${flags}${body}
  r0 = 0
  exit${functions && `\n.text\n${functions}`}`;

/** r6 points to 64 bytes of a map's value. */
const VALUE = `  *(u32 *)(r10 - 4) = 0
  r1 = values ll
  r2 = r10
  r2 += -4
  call bpf_map_lookup_elem
  if r0 != 0 goto have
  r0 = 0
  exit
have:
  r6 = r0
`;

const CASES: readonly (readonly [name: string, text: string, verdict: string])[] = [
  ['an endless loop', whole('again:\n  may_goto out\n  goto again\nout:'), 'accept'],
  ['a counter', whole('  r7 = 0\nagain:\n  may_goto out\n  r7 += 1\n  goto again\nout:'), 'accept'],
  ['a counter that decides', whole('  r7 = 0\nagain:\n  may_goto out\n  r7 += 1\n  if r7 < 100 goto again\nout:'), 'accept'],
  ['a counter as index', whole(`${VALUE}  r7 = 0\nagain:\n  may_goto out\n  r1 = r6\n  r1 += r7\n  *(u8 *)(r1 + 0) = 1\n  r7 += 1\n  if r7 < 64 goto again\nout:`), 'accept'],
  ['a counter as index that goes too far', whole(`${VALUE}  r7 = 0\nagain:\n  may_goto out\n  r1 = r6\n  r1 += r7\n  *(u8 *)(r1 + 0) = 1\n  r7 += 1\n  if r7 < 65 goto again\nout:`), 'invalid access to map value, value_size=64 off=64 size=1'],
  ['a pointer that moves', whole(`${VALUE}again:\n  may_goto out\n  *(u8 *)(r6 + 0) = 1\n  r6 += 1\n  goto again\nout:`), 'invalid access to map value, value_size=64 off=64 size=1'],
  ['a counter on the stack', whole('  *(u64 *)(r10 - 8) = 0\nagain:\n  may_goto out\n  r1 = *(u64 *)(r10 - 8)\n  r1 += 1\n  *(u64 *)(r10 - 8) = r1\n  goto again\nout:'), 'accept'],
  ['a loop in a loop', whole('  r7 = 0\nagain:\n  may_goto out\n  r8 = 0\ninner:\n  may_goto next\n  r8 += 1\n  goto inner\nnext:\n  r7 += 1\n  goto again\nout:'), 'accept'],
  ['a loop without one inside of a loop with one', whole('again:\n  may_goto out\n  r8 = 0\ninner:\n  r8 += 1\n  if r8 < 5 goto inner\n  goto again\nout:'), 'accept'],
  ['an endless loop beside it', whole('again:\n  may_goto out\ninner:\n  goto inner\nout:'), 'infinite loop detected at insn 1'],
  ['the whole stack', whole('  *(u64 *)(r10 - 512) = 0\nagain:\n  may_goto out\n  goto again\nout:'), 'accept'],
  ['in a function', whole('  call f\n', 'f:\n  r6 = 0\nagain:\n  may_goto out\n  r6 += 1\n  goto again\nout:\n  r0 = r6\n  exit'), 'accept'],
  ['in a callback', whole('  r1 = 8\n  r2 = f ll\n  r3 = 0\n  r4 = 0\n  call bpf_loop', 'f:\n  r6 = 0\nagain:\n  may_goto out\n  r6 += 1\n  goto again\nout:\n  r0 = 0\n  exit'), 'accept'],
  ['around callbacks', whole('again:\n  may_goto out\n  r1 = 8\n  r2 = f ll\n  r3 = 0\n  r4 = 0\n  call bpf_loop\n  goto again\nout:', 'f:\n  r0 = 0\n  exit'), 'accept'],
  ['that jumps nowhere', whole('  r7 = 0\n  may_goto +0\n  r7 += 1'), 'accept'],
  ['a value read before and after', whole('  r7 = 1\nagain:\n  may_goto out\n  if r7 == 0 goto bad\n  r7 = 2\n  goto again\nbad:\n  r0 = *(u8 *)(r9 + 0)\nout:'), 'accept'],
  ['a value that goes wrong in the second round', whole('  r7 = 1\nagain:\n  may_goto out\n  if r7 == 0 goto bad\n  r7 = 0\n  goto again\nbad:\n  r0 = *(u8 *)(r9 + 0)\nout:'), 'R9 !read_ok'],
]; // prettier-ignore

const all = CASES.map(([name, text, verdict]) => ({ name, told: typedProgram(text), verdict }));

describeVerdicts('may_goto', all, 'anywhere');
