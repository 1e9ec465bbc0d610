import type { SourceText } from '../base/source.ts';
import { assemble } from './assembler/assemble.ts';
import type { AsmFile } from './assembler/syntax.ts';
import { assembleClassic } from './classic/assembleClassic.ts';

/** Languages of texts by the names that editors have for them. */
const LANGUAGES = ['ebpf-asm', 'cbpf'] as const;

export type Language = (typeof LANGUAGES)[number];

/** Undefined for a language that is none of ours: then the file's name tells. */
export function languageNamed(name: string): Language | undefined {
  return LANGUAGES.find((language) => language === name);
}

/** Reads a text as what its name says it is, unless somebody knows better. */
export function assembleText(source: SourceText, language = languageOf(source.path)): AsmFile {
  return language === 'cbpf' ? assembleClassic(source) : assemble(source);
}

function languageOf(path: string): Language {
  return /\.cbpf$/i.test(path) ? 'cbpf' : 'ebpf-asm';
}
