import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export interface ExampleFile {
  readonly name: string;
  readonly path: string;
  readonly text: string;
}

export const EXAMPLES_FOLDER = path.resolve(import.meta.dirname, '../../examples');

/** The assembly programs of examples/. */
export function exampleFiles(): ExampleFile[] {
  const names = readdirSync(EXAMPLES_FOLDER).filter((name) => name.endsWith('.bpfasm'));
  return names.sort().map((name) => {
    const file = path.join(EXAMPLES_FOLDER, name);
    return { name: path.basename(name, '.bpfasm'), path: file, text: readFileSync(file, 'utf8') };
  });
}
