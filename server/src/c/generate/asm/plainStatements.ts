/** Inline assembly as the assembler's lexer reads it: one statement a line, without comments and repetitions. */

/**
 * `#`, two slashes and C's comments are left out; `;` separates statements. Numbers of 64 bits with the highest one set
 * are negative, as LLVM reads them. Null when repetitions would make too much text.
 */
export function plainStatements(text: string): string | null {
  const plain = text
    .replaceAll(/\/\*[\s\S]*?(?:\*\/|$)/g, ' ')
    .replaceAll(/(?:\/\/|#)[^\n]*/g, '')
    .replaceAll(';', '\n')
    .replaceAll(/\b0x[0-9a-fA-F]{16}\b/g, (number) => String(BigInt.asIntN(64, BigInt(number))));
  return repeated(plain);
}

/** More than fits into any program. */
const MOST_CHARACTERS = 16_000_000;

/** `.rept 3` up to `.endr`, which may not be nested. */
function repeated(text: string): string | null {
  let characters = text.length;
  const result = text.replaceAll(
    /^[ \t]*\.rept[ \t]+(\d{1,9})[ \t]*\n([\s\S]*?)^[ \t]*\.endr\b/gm,
    (all, count: string, body: string) => {
      characters += Number(count) * body.length;
      return characters > MOST_CHARACTERS ? all : body.repeat(Number(count));
    },
  );
  return characters > MOST_CHARACTERS ? null : result;
}
