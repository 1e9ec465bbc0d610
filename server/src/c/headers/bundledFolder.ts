import type { Btf } from '../../btf/btf.ts';
import { candidates, type ReadFile, type SearchFolder } from '../includes.ts';
import { bundledHeader } from './headers.ts';
import { kernelCatalogue } from './kernelCatalogue.ts';
import { kernelTypesHeader } from './kernelTypes.ts';

/** Our own headers as a folder of the search path. Its files are not on disk; editors show them as read-only texts. */
export const BUNDLED_ROOT = 'ebpf-headers://bundled';
export const BUNDLED_FOLDER: SearchFolder = { path: BUNDLED_ROOT, system: true, quotedOnly: false };

const VMLINUX = /^(?:bpf\/|vmlinux\/)?vmlinux\.h$/;

export interface BundledInput {
  /** The main file. */
  readonly path: string;
  readonly text: string;
  readonly folders: readonly SearchFolder[];
  readonly read: ReadFile;
  /** Of the kernel that the program is written for; null where there is none at hand. */
  readonly kernelTypes: Btf | null;
}

/** Reads files, our own headers among them. "vmlinux.h" is made for the one program of the input. */
export function readWithBundled(input: BundledInput): ReadFile {
  let vmlinux: string | null = null;
  return (path) => {
    if (!path.startsWith(`${BUNDLED_ROOT}/`)) return input.read(path);
    const name = path.slice(BUNDLED_ROOT.length + 1);
    if (!VMLINUX.test(name)) return bundledHeader(name);
    vmlinux ??= input.kernelTypes === null ? kernelCatalogue() : vmlinuxFor(input, input.kernelTypes);
    return vmlinux;
  };
}

/** The last header of each kernel: most edits use the words that were there before. */
const lastHeaders = new WeakMap<Btf, { readonly words: ReadonlySet<string>; readonly header: string }>();

function vmlinuxFor(input: BundledInput, kernelTypes: Btf): string {
  const words = new Set(reachOf(input).texts.flatMap((text) => factsOf(text).words()));
  const last = lastHeaders.get(kernelTypes);
  if (last !== undefined && sameWords(last.words, words)) return last.header;
  const header = kernelTypesHeader(kernelTypes, new Set([...words, ...pasted(words)]));
  lastHeaders.set(kernelTypes, { words, header });
  return header;
}

/** In the same order, which is that of the types in the header. */
function sameWords(some: ReadonlySet<string>, others: ReadonlySet<string>): boolean {
  if (some.size !== others.size) return false;
  const rest = others.values();
  for (const word of some) if (rest.next().value !== word) return false;
  return true;
}

/** Whether the unit includes a "vmlinux.h" that is none of its project's: then the types of a kernel are wanted. */
export function includesKernelTypes(input: Omit<BundledInput, 'kernelTypes'>): boolean {
  return reachOf(input).vmlinux;
}

const MOST_FILES = 500;

/** The main file and all that it may include, by what conditions leave out as well. */
function reachOf({ path, text, folders, read }: Omit<BundledInput, 'kernelTypes'>): {
  texts: readonly string[];
  vmlinux: boolean;
} {
  let vmlinux = false;
  const texts: string[] = [];
  const waiting = [{ path, text }];
  const seen = new Set<string>();
  for (let file = waiting.pop(); file !== undefined && seen.size < MOST_FILES; file = waiting.pop()) {
    texts.push(file.text);
    for (const { name, angled } of factsOf(file.text).includes) {
      const found = candidates(folders, { name, angled, from: file.path, next: null }).find(
        (one) => textOf(one, read) !== null,
      );
      if (found === undefined && VMLINUX.test(name)) vmlinux = true;
      if (found === undefined || seen.has(found)) continue;
      seen.add(found);
      waiting.push({ path: found, text: textOf(found, read) ?? '' });
    }
  }
  return { texts, vmlinux };
}

function textOf(path: string, read: ReadFile): string | null {
  return path.startsWith(`${BUNDLED_ROOT}/`) ? bundledHeader(path.slice(BUNDLED_ROOT.length + 1)) : read(path);
}

interface TextFacts {
  /** Found out when they are wanted: those of a project's own vmlinux.h never are. */
  readonly words: () => readonly string[];
  readonly includes: readonly { readonly name: string; readonly angled: boolean }[];
}

/** Headers are looked through once. */
const known = new Map<string, TextFacts>();
const MOST_KNOWN = 300;

function factsOf(text: string): TextFacts {
  const kept = known.get(text);
  if (kept !== undefined) return kept;
  const includes = [...text.matchAll(/^[ \t]*#[ \t]*include(?:_next)?[ \t]*(?:<([^>\n]*)>|"([^"\n]*)")/gm)].map(
    ([, angled, quoted]) => ({ name: angled ?? quoted ?? '', angled: angled !== undefined }),
  );
  let words: readonly string[] | null = null;
  if (known.size >= MOST_KNOWN) known.clear();
  const facts = { words: () => (words ??= wordsOf(text)), includes };
  known.set(text, facts);
  return facts;
}

/** A word that `##` makes longer is kept with its sign: `trace_event_raw_##`. */
function wordsOf(text: string): string[] {
  return [...new Set(text.match(/[A-Za-z_]\w*(?:[ \t]*##)?/g))];
}

/** What macros may make of the words: each beginning that is pasted with each other word. */
function pasted(words: ReadonlySet<string>): string[] {
  const beginnings = [...words].filter((word) => word.endsWith('##')).map((word) => word.replace(/[ \t]*##$/, ''));
  const long = beginnings.filter((word) => word.length >= 4).slice(0, 100);
  return long.flatMap((beginning) => [...words].map((word) => beginning + word));
}
