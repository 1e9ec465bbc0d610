import { readFileSync } from 'node:fs';

/** Reads files that many sources include, each once; null for one that is not there, as then the next folder is tried. */
export function textsOnDisk(): (file: string) => string | null {
  const texts = new Map<string, string | null>();
  return (file) => {
    const known = texts.get(file);
    if (known !== undefined) return known;
    const text = textNow(file);
    texts.set(file, text);
    return text;
  };
}

function textNow(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
