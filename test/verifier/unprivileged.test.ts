import { describe, expect, it } from 'vitest';
import { verify } from '../../server/src/verifier/verify.ts';
import { programOfText } from '../support/assembled.ts';

/**
 * Programs of users without capabilities. The expectations were read off kernels where such users may load programs:
 * what Linux 6.17 says of selftests alike.
 */
const HEAD = '.license "GPL"\n.map values, type=array, key=4, value=16, entries=2\n.section "socket"\n';

const LOOKUP = `
  *(u32 *)(r10 - 4) = 0
  r1 = values ll
  r2 = r10
  r2 += -4
  call bpf_map_lookup_elem
  r8 = r0
  if r8 == 0 goto out
`;

const REFUSED: readonly (readonly [what: string, text: string, message: string])[] = [
  ['an address as result', 'r0 = r10\nexit', 'R0 leaks addr as return value'],
  ['an address in a map', `${LOOKUP}*(u64 *)(r8 + 0) = r10\nout: r0 = 0\nexit`, 'R10 leaks addr into map'],
  ['an address given to a helper', 'r1 = values ll\n*(u32 *)(r10 - 4) = 0\nr2 = r10\nr2 += -4\nr3 = r10\nr3 += -24\n*(u64 *)(r10 - 24) = 0\n*(u64 *)(r10 - 16) = 0\nr4 = r10\ncall bpf_map_update_elem\nr0 = 0\nexit', 'R4 leaks addr into helper function'],
  ['a negated address', 'r1 = -r1\nr0 = 0\nexit', 'R1 pointer arithmetic prohibited'],
  ['half of an address', 'w2 = w10\nr0 = 0\nexit', 'R10 partial copy of pointer'],
  ['a compared address', 'if r10 == 5 goto out\nout: r0 = 0\nexit', 'R10 pointer comparison prohibited'],
  ['two compared addresses', 'if r1 == r10 goto out\nout: r0 = 0\nexit', 'R10 pointer comparison prohibited'],
  ['the difference of addresses', 'r2 = r10\nr2 -= r1\nr0 = 0\nexit', 'R2 pointer -= pointer prohibited'],
  ['an atomically added address', '*(u64 *)(r10 - 8) = 0\nlock *(u64 *)(r10 - 8) += r10\nr0 = 0\nexit', 'R10 leaks addr into mem'],
  ['part of an address on the stack', '*(u64 *)(r10 - 8) = r1\n*(u32 *)(r10 - 8) = 7\nr0 = 0\nexit', 'attempt to corrupt spilled pointer on stack'],
  ['stack that was never written', 'r0 = *(u64 *)(r10 - 8)\nexit', 'invalid read from stack R10 off=-8 size=8'],
  ['a hole between what was written', '*(u64 *)(r10 - 16) = 0\n*(u8 *)(r10 - 8) = 1\nr0 = *(u64 *)(r10 - 8)\nexit', 'invalid read from stack off -8+1 size 8'],
  ['the stack at an unknown place', 'r2 = *(u32 *)(r1 + 0)\nr2 &= 4\nr2 += -16\nr3 = r10\nr3 += r2\nr0 = 0\nexit', 'R3 variable stack access prohibited for !root, var_off=(0xfffffffffffffff0; 0x4) off=-16'],
  ['a helper that CAP_BPF opens', 'call bpf_jiffies64\nr0 = 0\nexit', 'program of this type cannot use helper bpf_jiffies64#118'],
  ['a helper that CAP_PERFMON opens', 'call bpf_get_current_task\nr0 = 0\nexit', 'program of this type cannot use helper bpf_get_current_task#35'],
  ['a loop', 'r0 = 0\nagain: r0 += 1\nif r0 < 4 goto again\nexit', 'back-edge from insn 2 to 1'],
  ['a function', 'call sub\nexit\nsub: r0 = 0\nexit', 'loading/calling other bpf or kernel functions are allowed for CAP_BPF and CAP_SYS_ADMIN'],
  ['a pointer beyond its value', `${LOOKUP}r8 += 17\nout: r0 = 0\nexit`, 'invalid access to map value, value_size=16 off=17 size=1'],
]; // prettier-ignore

const ACCEPTED: readonly (readonly [what: string, text: string])[] = [
  ['addresses that stay pointers', 'r2 = r10\nr2 += -8\n*(u64 *)(r2 + 0) = r1\nr3 = *(u64 *)(r2 + 0)\nr0 = *(u32 *)(r3 + 0)\nexit'],
  ['a bounded step in a map value', `r7 = *(u32 *)(r1 + 0)\nr7 &= 7\n${LOOKUP}r8 += r7\nr0 = *(u8 *)(r8 + 0)\nexit\nout: r0 = 0\nexit`],
  ['a comparison with null', `${LOOKUP}r0 = *(u64 *)(r8 + 0)\nexit\nout: r0 = 0\nexit`],
  ['what only a wrong guess reaches', 'r2 = 0\nr0 = 0\nif r2 == 0 goto out\nr0 = *(u64 *)(r9 + 0)\nout: exit'],
]; // prettier-ignore

describe('programs of users without capabilities', () => {
  it.each(REFUSED)('must not: %s', (_what, text, message) => {
    const { outcome, finding } = verify(programOfText(HEAD + text), { privileged: false });
    expect({ outcome, message: finding?.kernelMessage }).toEqual({ outcome: 'rejected', message });
  });

  it.each(ACCEPTED)('may: %s', (_what, text) => {
    const { outcome, finding } = verify(programOfText(HEAD + text), { privileged: false });
    expect({ outcome, message: finding?.kernelMessage }).toEqual({ outcome: 'accepted', message: undefined });
  });

  it('are accepted from root where only the capabilities were missing', () => {
    const text = HEAD + 'r0 = r10\nexit';
    expect(verify(programOfText(text)).outcome).toBe('accepted');
    expect(verify(programOfText(text), { privileged: false, capabilities: ['CAP_BPF', 'CAP_PERFMON'] }).outcome).toBe(
      'accepted',
    );
    expect(verify(programOfText(text), { privileged: false, capabilities: ['CAP_BPF'] }).outcome).toBe('rejected');
  });

  it('are of two types only, and use maps that they may make', () => {
    const xdp = verify(programOfText('.section "xdp"\nr0 = 2\nexit'), { privileged: false });
    expect(xdp.finding?.kernelMessage).toBe('programs of type xdp need CAP_BPF');
    const text = HEAD.replace('type=array', 'type=lru_hash') + 'r1 = values ll\nr0 = 0\nexit';
    expect(verify(programOfText(text), { privileged: false }).finding?.kernelMessage).toBe(
      'maps of type lru_hash need CAP_BPF',
    );
  });

  it('are walked along wrong guesses, which say so in the log', () => {
    const text = HEAD + 'r2 = 0\nr0 = 0\nif r2 == 0 goto out\nr0 = *(u64 *)(r9 + 0)\nout: exit';
    const { log, visits } = verify(programOfText(text), { privileged: false, logLevel: 2 });
    expect(log).toContain('from 2 to 3 (speculative execution):');
    // Code that only a wrong guess reaches is dead.
    expect([...visits]).toEqual([1, 1, 1, 0, 1]);
  });
});
