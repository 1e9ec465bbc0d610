import type { Span } from '../../base/source.ts';
import type { ClassicInsn } from '../../isa/classic.ts';

/** A place that a jump names: a label, or the number that stands before an instruction. */
export interface JumpUse {
  readonly field: 'jt' | 'jf' | 'k';
  readonly name: string;
  readonly span: Span;
}

/** One instruction of the text; its jumps have zeros until all labels are known. */
export interface Statement {
  readonly span: Span;
  /** Null for what could not be read: it takes its place all the same. */
  readonly insn: ClassicInsn | null;
  readonly jumps: readonly JumpUse[];
  /** The number in front of it, as `tcpdump -d` prints one; null for none. */
  readonly number: number | null;
}

export interface Label {
  readonly name: string;
  readonly span: Span;
  /** Index of the instruction it stands before. */
  readonly at: number;
}

export interface ClassicText {
  readonly statements: readonly Statement[];
  readonly labels: readonly Label[];
}
