/** What all notations need to print an instruction. */
import { signed, type AddressInsn } from '../../isa/print.ts';
import type { LoadMapInsn } from '../../isa/insn.ts';
import type { MapSpec, Program } from '../../program/program.ts';

/** What is known around an instruction; without it the text is what the verifier's log prints. */
export interface PrintContext {
  /** The slot it stands in: then targets can be named. */
  readonly pc?: number;
  /** Names of targets by slot, as a `Program` has them. */
  readonly labels?: ReadonlyMap<number, string>;
  /** The program's maps: then `loadMap` shows a name. */
  readonly maps?: readonly MapSpec[];
  /** Puts the opcode before the text as the log does: `(b7) r0 = 0`. */
  readonly opcode?: boolean;
  /** The program's kernel functions by immediate: then calls show a name. */
  readonly kfuncs?: Program['kfuncs'];
  /** Writes constants of comparisons with their sign, not as the log's hexadecimal. */
  readonly decimal?: boolean;
}

export function labelOf(off: number, { pc, labels }: PrintContext): string | undefined {
  return pc === undefined ? undefined : labels?.get(pc + 1 + off);
}

/** The log shows addresses here, which mean nothing to a reader; bpftool's form is the base. */
export function printAddress(insn: AddressInsn, context: PrintContext): string {
  if (insn.kind === 'loadMap') return printMap(insn, context);
  if (insn.kind === 'loadBtfId') return `btf[${insn.btfId}]${insn.module === 0 ? '' : `[${insn.module}]`}`;
  const name = labelOf(insn.off, context);
  return name === undefined ? `subprog[${signed(insn.off)}]` : `${name} ll`;
}

function printMap(insn: LoadMapInsn, { maps }: PrintContext): string {
  const name = maps?.[insn.map]?.name;
  const map = name === undefined ? `map[id:${insn.map}]` : `map[${name}]`;
  return insn.by === 'fd' || insn.by === 'idx' ? map : `${map}[0]+${insn.off}`;
}
