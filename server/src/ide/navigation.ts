import type { AsmFile, Definition } from '../asm/assembler/syntax.ts';
import type { Span } from '../base/source.ts';
import { symbolAt } from './places.ts';

export function definitionAt(asm: AsmFile, offset: number): Definition | null {
  const symbol = symbolAt(asm, offset);
  return symbol === null ? null : (asm.definitions[symbol.definition] ?? null);
}

/** Every place where the name under the cursor stands, its declaration first. */
export function occurrencesAt(asm: AsmFile, offset: number): Span[] {
  const symbol = symbolAt(asm, offset);
  const declaration = symbol && asm.definitions[symbol.definition];
  if (!symbol || !declaration) return [];
  const uses = asm.references.filter(({ definition }) => definition === symbol.definition);
  return [declaration.span, ...uses.map(({ span }) => span)];
}

/** The name that a rename at `offset` would change; null where there is nothing to rename. */
export function renameSpanAt(asm: AsmFile, offset: number): Span | null {
  return symbolAt(asm, offset)?.span ?? null;
}

/** Why a name cannot be used, in plain words; null when it can. */
export function renameProblem(asm: AsmFile, name: string): string | null {
  if (!/^[A-Za-z_.$][\w.$]*$/.test(name))
    return 'A name is made of letters, digits, "_", "." and "$", and does not begin with a digit.';
  if (asm.definitions.some((definition) => definition.name === name)) return `The name ${name} is taken.`;
  return null;
}
