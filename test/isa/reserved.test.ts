import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fromHex } from '../../server/src/base/bytes.ts';
import { decode, refusedBeforeWalk } from '../../server/src/isa/decode.ts';
import { sharedFolder, sharedPath } from '../support/shared.ts';

/** Bytes in memory order, what the kernel's log says about them, and what we say. */
const CASES: readonly (readonly [string, string, string])[] = [
  ['07 00 01 00 01 00 00 00', 'BPF_ALU uses reserved fields', 'the unused field off (is 1) must be zero'],
  ['07 10 00 00 01 00 00 00', 'BPF_ALU uses reserved fields', 'the unused field src (is 1) must be zero'],
  ['0f 10 00 00 01 00 00 00', 'BPF_ALU uses reserved fields', 'the unused field imm (is 1) must be zero'],
  ['37 00 02 00 01 00 00 00', 'BPF_ALU uses reserved fields', 'the unused field off (is 2) must be zero'],
  ['87 10 00 00 00 00 00 00', 'BPF_NEG uses reserved fields', 'the unused field src (is 1) must be zero'],
  ['8f 00 00 00 00 00 00 00', 'unknown opcode 8f', 'there is no instruction with the opcode 0x8f'],
  ['e7 00 00 00 00 00 00 00', 'unknown opcode e7', 'there is no instruction with the opcode 0xe7'],
  ['df 00 00 00 10 00 00 00', 'unknown opcode df', 'there is no instruction with the opcode 0xdf'],
  ['d4 00 00 00 08 00 00 00', 'BPF_END uses reserved fields', 'bytes are swapped in 16, 32 or 64 bits, not in 8'],
  ['d4 00 01 00 10 00 00 00', 'BPF_END uses reserved fields', 'the unused field off (is 1) must be zero'],
  ['bc 10 20 00 00 00 00 00', 'BPF_MOV uses reserved fields', 'off is the width to extend from: 0, 8 or 16, not 32'],
  ['bf 10 09 00 00 00 00 00', 'BPF_MOV uses reserved fields', 'off is the width to extend from: 0, 8, 16 or 32, not 9'],
  ['b7 00 08 00 00 00 00 00', 'BPF_MOV uses reserved fields', 'the unused field off (is 8) must be zero'],
  ['b7 0b 00 00 00 00 00 00', 'R11 is invalid', 'there is no register r11: the last one is r10'],
  ['bf bc 00 00 00 00 00 00', 'R11 is invalid', 'there is no register r11: the last one is r10'],
  ['61 10 00 00 01 00 00 00', 'BPF_LDX uses reserved fields', 'the unused field imm (is 1) must be zero'],
  ['21 10 00 00 00 00 00 00', 'BPF_LDX uses reserved fields', 'there is no instruction with the opcode 0x21'],
  ['99 10 00 00 00 00 00 00', 'unknown opcode 99', 'there is no instruction with the opcode 0x99'],
  ['62 10 00 00 00 00 00 00', 'BPF_ST uses reserved fields', 'the unused field src (is 1) must be zero'],
  ['63 10 00 00 01 00 00 00', 'BPF_STX uses reserved fields', 'the unused field imm (is 1) must be zero'],
  ['c3 10 00 00 02 00 00 00', 'BPF_ATOMIC uses invalid atomic opcode 02', 'there is no atomic operation 0x02'],
  ['cb 10 00 00 00 00 00 00', 'invalid atomic operand size', 'the atomic operation 0x00 works on 4 or 8 bytes, not on 2'],
  ['05 00 01 00 01 00 00 00', 'BPF_JA uses reserved fields', 'the unused field imm (is 1) must be zero'],
  ['06 00 01 00 01 00 00 00', 'BPF_JA uses reserved fields', 'the unused field off (is 1) must be zero'],
  ['15 10 00 00 01 00 00 00', 'BPF_JMP/JMP32 uses reserved fields', 'the unused field src (is 1) must be zero'],
  ['1e 10 00 00 01 00 00 00', 'BPF_JMP/JMP32 uses reserved fields', 'the unused field imm (is 1) must be zero'],
  ['85 00 01 00 01 00 00 00', 'BPF_CALL uses reserved fields', 'the unused field off (is 1) must be zero'],
  ['85 30 00 00 01 00 00 00', 'BPF_CALL uses reserved fields', 'src says what is called: 0, 1 or 2, not 3'],
  ['86 00 00 00 01 00 00 00', 'unknown opcode 86', 'there is no instruction with the opcode 0x86'],
  ['95 01 00 00 00 00 00 00', 'BPF_EXIT uses reserved fields', 'the unused field dst (is 1) must be zero'],
  ['e5 01 00 00 00 00 00 00', 'invalid may_goto imm 0', 'the unused field dst (is 1) must be zero'],
  ['30 01 00 00 00 00 00 00', 'BPF_LD_[ABS|IND] uses reserved fields', 'the unused field dst (is 1) must be zero'],
  ['18 70 00 00 00 00 00 00 00 00 00 00 00 00 00 00', 'unrecognized bpf_ld_imm64 insn', 'src says what is loaded: 0 to 6, not 7'],
  ['18 10 00 00 00 00 00 00 00 00 00 00 01 00 00 00', 'unrecognized bpf_ld_imm64 insn', "the second half of a map's address must be zero, not 1"],
  ['18 00 01 00 00 00 00 00 00 00 00 00 00 00 00 00', 'BPF_LD_IMM64 uses reserved fields', 'the unused field off (is 1) must be zero'],
  ['18 00 00 00 00 00 00 00 95 00 00 00 00 00 00 00', 'invalid bpf_ld_imm64 insn', 'in the second slot of a 64-bit load the unused field opcode (is 149) must be zero'],
  ['18 00 00 00 00 00 00 00', 'invalid bpf_ld_imm64 insn', 'a 64-bit load takes two slots, but the program ends after the first'],
]; // prettier-ignore

describe('what is no instruction is invalid, with the reason and the kernel’s words', () => {
  it.each(CASES)('%s: %s', (hex, kernelMessage, reason) => {
    expect(decode(fromHex(hex) ?? new Uint8Array())[0]).toMatchObject({ kind: 'invalid', kernelMessage, reason });
  });

  it('knows which mistakes the kernel finds before it follows a path', () => {
    const early = CASES.filter(([hex]) => {
      const insn = decode(fromHex(hex) ?? new Uint8Array())[0];
      return insn?.kind === 'invalid' && refusedBeforeWalk(insn);
    });
    expect(new Set(early.map(([, message]) => message.replace(/ [0-9a-f]{2}$/, '')))).toEqual(
      new Set([
        'unknown opcode',
        'BPF_LDX uses reserved fields',
        'unrecognized bpf_ld_imm64 insn',
        'invalid bpf_ld_imm64 insn',
      ]),
    );
  });
});

describe.skipIf(sharedFolder === null)('bpf_conformance negatives (need ../shared/vectors)', () => {
  const folder = sharedPath('vectors', 'bpf_conformance', 'negative');
  const files = sharedFolder === null ? [] : readdirSync(folder).filter((name) => name.startsWith('unused-'));

  it('has all 45', () => {
    expect(files.length).toBe(45);
  });

  it.each(files)('%s is refused', (name) => {
    const raw = /-- raw\n([\s\S]*?)(?:--|$)/.exec(readFileSync(`${folder}/${name}`, 'utf8'))?.[1] ?? '';
    const bytes = fromHex(raw.replaceAll(/#.*$/gm, '')) ?? new Uint8Array();
    expect(bytes.length).toBeGreaterThan(0);
    expect(decode(bytes).some((insn) => insn.kind === 'invalid')).toBe(true);
  });
});
