/** Inline assembly as the assembler's lexer reads it: one statement a line, without comments. */

/** `#`, two slashes and C's comments are left out; `;` separates statements. */
export function plainStatements(text: string): string {
  return text
    .replaceAll(/\/\*[\s\S]*?(?:\*\/|$)/g, ' ')
    .replaceAll(/(?:\/\/|#)[^\n]*/g, '')
    .replaceAll(';', '\n');
}
