import { assemble } from '../../server/src/asm/assembler/assemble.ts';
import { sourceText } from '../../server/src/base/source.ts';
import type { BpfObject, Program } from '../../server/src/program/program.ts';

/** What a text in pseudo-C holds. Throws when it does not assemble. */
export function objectOf(text: string, path = 'test.bpfasm'): BpfObject {
  const { object } = assemble(sourceText(path, text));
  const errors = object.diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new Error(`${path}: ${errors.map(({ message }) => message).join('; ')}`);
  return object;
}

/** The first program of a text. Throws when it does not assemble. */
export function programOfText(text: string): Program {
  const [program] = objectOf(text).programs;
  if (program === undefined) throw new Error('the text holds no program');
  return program;
}
