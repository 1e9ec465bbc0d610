import { assemble } from '../../server/src/asm/assembler/assemble.ts';
import { toHex } from '../../server/src/base/bytes.ts';
import { sourceText } from '../../server/src/base/source.ts';
import { decode } from '../../server/src/isa/decode.ts';
import { encode } from '../../server/src/isa/encode.ts';
import { slots, type Insn } from '../../server/src/isa/insn.ts';
import type { Program } from '../../server/src/program/program.ts';
import { randomNumbers } from '../support/random.ts';

export function errorsOf(text: string): string[] {
  const { object } = assemble(sourceText('a.s', text));
  return object.diagnostics.filter(({ severity }) => severity === 'error').map(({ message }) => message);
}

/** The bytes of the first program of a text; the errors where there are some. */
export function hexOf(text: string, head = '.section "socket"\n'): string {
  const { object } = assemble(sourceText('a.s', `${head}${text}\n`));
  const errors = object.diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) return errors.map(({ message }) => message).join('; ');
  return toHex(encode(object.programs[0]?.insns ?? []));
}

/** Decoded noise: every kind of instruction, jumps that stay inside, no calls of functions and no addresses. */
export function randomProgramOfEveryKind(seed: number): Program {
  const next = randomNumbers(seed);
  const insns: Insn[] = [];
  while (insns.length < COUNT) {
    const [insn] = decode(noise(next));
    if (insn === undefined || insn.kind === 'invalid' || slots(insn) === 2) continue;
    if (insn.kind === 'call' && insn.target !== 'helper') continue;
    insns.push(isJump(insn) ? { ...insn, off: next(COUNT + 1) - insns.length - 1 } : insn);
  }
  insns.push({ kind: 'exit' });
  const subprogs = [{ name: 'main', start: 0, end: insns.length, global: false, typeId: 0 }];
  return {
    name: 'main', type: 'xdp', attachType: null, section: 'xdp', insns, subprogs, maps: [], lines: [], labels: new Map(),
    license: 'GPL', btf: null, sleepable: false, flags: 0,
  }; // prettier-ignore
}

const COUNT = 60;
const IMMEDIATES = [0, 16, 32, 64, 1, 0x41, 0xe1, 0xf1, 0x100, 0x110];

function isJump(insn: Insn): insn is Extract<Insn, { kind: 'jump' | 'goto' | 'mayGoto' }> {
  return insn.kind === 'jump' || insn.kind === 'goto' || insn.kind === 'mayGoto';
}

function noise(next: (below: number) => number): Uint8Array {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, next(256));
  view.setUint8(1, next(11) | (next(2) * (next(11) << 4)));
  if (next(2) === 0) view.setUint16(2, next(0x10000), true);
  view.setUint32(4, next(3) === 0 ? (IMMEDIATES[next(IMMEDIATES.length)] ?? 0) : next(2 ** 32), true);
  return bytes;
}
