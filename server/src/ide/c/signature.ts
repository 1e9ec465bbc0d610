import { callAround } from './callAround.ts';
import { callableNamed, type Callable } from './callables.ts';
import type { CFile } from './cFile.ts';

/** How what is being called is called. */
export interface Signature {
  readonly label: string;
  /** Markdown; empty for none. */
  readonly documentation: string;
  /** Where the parameters stand in the label. */
  readonly parameters: readonly { readonly start: number; readonly end: number }[];
  /** Number of the one that is being written; past the last one where there are too many arguments. */
  readonly active: number;
}

/** The signature for the innermost call around an offset. */
export function cSignatureAt(file: CFile, offset: number): Signature | null {
  const call = callAround(file.source.text, offset);
  const callable = call === null ? null : callableNamed(file, call.name);
  if (call === null || callable === null) return null;
  const { signature: label, text: documentation, parameters } = callable;
  const last = parameters.length - 1;
  const active = parameters[last]?.endsWith('...') === true ? Math.min(call.argument, last) : call.argument;
  return { label, documentation, parameters: placesOf(callable), active };
}

function placesOf({ signature, name, parameters }: Callable): { start: number; end: number }[] {
  let from = signature.indexOf('(', signature.indexOf(name)) + 1;
  return parameters.map((parameter) => {
    const start = Math.max(from, signature.indexOf(parameter, from));
    from = start + parameter.length;
    return { start, end: from };
  });
}
