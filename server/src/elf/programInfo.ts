import type { Btf } from '../btf/btf.ts';
import { recordsIn, type BtfExt } from '../btf/ext.ts';
import { typeAt } from '../btf/query.ts';
import type { LineInfo, Subprog } from '../program/program.ts';
import type { ElfFunction } from './functions.ts';
import type { Linked, LinkedPart } from './link.ts';

/** The functions of a linked program. What other files may see and the object tells so is verified on its own. */
export function subprogsOf(linked: Linked, btf: Btf | null, ext: BtfExt): Subprog[] {
  return linked.parts.map(({ fn, base }) => {
    const typeId = functionType(btf, ext, fn);
    const type = btf === null ? null : typeAt(btf, typeId);
    const isGlobal = type?.kind === 'func' && type.linkage === 'global' && !(fn.hidden && fn.isSubprogram);
    return { name: fn.name, start: base, end: base + (fn.end - fn.start) / 8, global: isGlobal, typeId };
  });
}

function functionType(btf: Btf | null, ext: BtfExt, fn: ElfFunction): number {
  const [record] = recordsIn(ext.functions.get(fn.section.name), fn.start, fn.start + 1);
  return record !== undefined && btf !== null && typeAt(btf, record.type).kind === 'func' ? record.type : 0;
}

/** Line information of a linked program: each function's records, moved to where the function now is. */
export function linesOf(linked: Linked, ext: BtfExt): LineInfo[] {
  const paths = new Map<string, string>();
  return linked.parts.flatMap((part) => partLines(part, ext, paths));
}

function partLines({ fn, base }: LinkedPart, ext: BtfExt, paths: Map<string, string>): LineInfo[] {
  const lines: LineInfo[] = [];
  for (const record of recordsIn(ext.lines.get(fn.section.name), fn.start, fn.end)) {
    if (record.line === 0) continue;
    const path = paths.get(record.file) ?? tidyPath(record.file);
    paths.set(record.file, path);
    const pc = base + Math.floor((record.offset - fn.start) / 8);
    const { line, column, text } = record;
    lines.push({ pc, path, line, column, span: null, text: text === null ? null : text.trimEnd() });
  }
  return lines;
}

/** Compilers write `./a/../b.c`; without the detours a path can be compared with that of an open file. */
export function tidyPath(path: string): string {
  const kept: string[] = [];
  for (const part of path.replaceAll('\\', '/').split('/').slice(0, 256)) {
    if (part === '.' || (part === '' && kept.length > 0)) continue;
    const last = kept.at(-1);
    if (part === '..' && last !== undefined && last !== '..' && last !== '') kept.pop();
    else kept.push(part);
  }
  return kept.join('/');
}
