import type { SourceText } from '../base/source.ts';
import { assemble } from './assembler/assemble.ts';
import type { AsmFile } from './assembler/syntax.ts';
import { assembleClassic } from './classic/assembleClassic.ts';

/** Files of classic BPF; every other text is assembly of eBPF. */
const CLASSIC_FILE = /\.cbpf$/i;

/** Reads a text as what its name says it is. */
export function assembleText(source: SourceText): AsmFile {
  return isClassicFile(source.path) ? assembleClassic(source) : assemble(source);
}

export function isClassicFile(path: string): boolean {
  return CLASSIC_FILE.test(path);
}
