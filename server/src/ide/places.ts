import type { AsmFile, Definition, InsnNode, Reference, Token } from '../asm/assembler/syntax.ts';
import type { Span } from '../base/source.ts';

/** The text of the instruction at `pc` of a program; null for what stands in no text. */
export function insnSpan(asm: AsmFile, program: number, pc: number): Span | null {
  const holds = ({ places }: InsnNode): boolean => places.some((place) => place.program === program && place.pc === pc);
  return asm.insns.find(holds)?.span ?? null;
}

/** The name of a program's function, or its first instruction. */
export function programSpan(asm: AsmFile, program: number): Span | null {
  const name = asm.object.programs[program]?.name;
  const declared = asm.definitions.find((definition) => definition.kind === 'function' && definition.name === name);
  return declared?.span ?? insnSpan(asm, program, 0);
}

/** The instruction whose text holds `offset`. */
export function insnAt(asm: AsmFile, offset: number): InsnNode | null {
  return asm.insns.find(({ span }) => span.start <= offset && offset <= span.end) ?? null;
}

/** The token at `offset`; at the seam of two, the word rather than the sign. */
export function tokenAt(asm: AsmFile, offset: number): Token | null {
  const touching = asm.tokens.filter(({ span }) => span.start <= offset && offset <= span.end);
  return touching.find(({ kind }) => kind !== 'operator') ?? touching[0] ?? null;
}

export function textOf(asm: AsmFile, span: Span): string {
  return asm.source.text.slice(span.start, span.end);
}

/** The name under the cursor, whether declared or used there, with its declaration. */
export function symbolAt(asm: AsmFile, offset: number): { readonly span: Span; readonly definition: number } | null {
  const inside = ({ span }: Definition | Reference): boolean => span.start <= offset && offset <= span.end;
  const declared = asm.definitions.findIndex(inside);
  const declaration = asm.definitions[declared];
  if (declaration !== undefined) return { span: declaration.span, definition: declared };
  const used = asm.references.find(inside);
  return used === undefined || used.definition === null ? null : { span: used.span, definition: used.definition };
}
