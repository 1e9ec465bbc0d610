import { describe, expect, it } from 'vitest';
import { constBounds, syncBounds, UNKNOWN_BOUNDS } from '../../server/src/verifier/state/bounds.ts';
import { MAYBE_NULL, pointer, scalar, TRUSTED, UNKNOWN_SCALAR } from '../../server/src/verifier/state/register.ts';
import { registerWords } from '../../server/src/verifier/state/registerWords.ts';
import { verify } from '../../server/src/verifier/verify.ts';
import { programOfText } from '../support/assembled.ts';

describe('what a register is, in words', () => {
  const range = syncBounds({ ...UNKNOWN_BOUNDS, umin: 1n, umax: 6n });
  it.each([
    [UNKNOWN_SCALAR, 'any number'],
    [scalar(constBounds(7n)), 'the number 7'],
    [scalar(constBounds((1n << 64n) - 2n)), 'the number -2'],
    [scalar(range), 'a number from 1 to 6'],
    [pointer('ctx'), 'the context'],
    [pointer('stack', { off: -8 }), 'a pointer to the stack, 8 bytes before r10'],
    [pointer('packet', { range: 14 }), 'a pointer into the packet, with 14 bytes checked'],
    [pointer('packet', { off: 1 }), 'a pointer into the packet, 1 byte behind its beginning, with no byte checked'],
    [pointer('packet', { range: -2 }), 'a pointer into the packet, at its end or behind it'],
    [pointer('mapValue', { flags: MAYBE_NULL, id: 1 }), 'a pointer to a value of a map; it may be null'],
    [
      pointer('mem', { memSize: 16, bounds: range }),
      'a pointer to 16 bytes of memory, 1 to 6 bytes from its beginning',
    ],
    [pointer('btfId', { flags: TRUSTED }), 'a trusted pointer to a kernel object'],
  ])('%#: %s', (reg, words) => {
    expect(registerWords(reg)).toBe(words);
  });
});

describe('the way to a finding', () => {
  const notes = (text: string): string[] => {
    const { outcome, finding } = verify(programOfText(text));
    expect(outcome).toBe('rejected');
    return finding?.path.map(({ note }) => note) ?? [];
  };

  it('follows a register through the stack', () => {
    const text = `
.map values, type=hash, key=4, value=16, entries=2
.section "xdp"
  *(u32 *)(r10 - 4) = 0
  r1 = values ll
  r2 = r10
  r2 += -4
  call bpf_map_lookup_elem
  *(u64 *)(r10 - 16) = r0
  r5 = *(u64 *)(r10 - 16)
  r0 = *(u8 *)(r5 + 0)
  exit`;
    expect(notes(text)).toEqual([
      'r0 is what bpf_map_lookup_elem returned',
      'r0 is put on the stack here',
      'r5 is loaded here from the stack',
      'here r5 is a pointer to a value of map values; it may be null',
    ]);
  });

  it('tells where what is not given back was taken', () => {
    const text = `
.map ring, type=ringbuf, entries=4096
.section "xdp"
  r1 = ring ll
  r2 = 8
  r3 = 0
  call bpf_ringbuf_reserve
  if r0 == 0 goto out
  *(u64 *)(r0 + 0) = 1
out:
  r0 = XDP_PASS
  exit`;
    expect(notes(text)).toEqual(['this acquires what is still held', 'not taken: if r0 == 0x0']);
  });

  it('names the map', () => {
    const text = `
.map values, type=hash, key=4, value=16, entries=2
.section "xdp"
  r1 = values ll
  *(u64 *)(r1 + 0) = 1
  r0 = XDP_PASS
  exit`;
    expect(notes(text)).toEqual(['r1 becomes map values here', 'here r1 is map values']);
  });
});
