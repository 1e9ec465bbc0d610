import type { Span } from '../../base/source.ts';
import { printType } from '../../c/check/printType.ts';
import type { Range } from '../../c/places.ts';
import { programTypeOfSection } from '../../kernel/sections.ts';
import type { DocumentSymbol } from '../symbols.ts';
import type { CFile } from './cFile.ts';

/** The outline: programs, functions, maps and data, in the order of the text. */
export function cSymbols(file: CFile): DocumentSymbol[] {
  const { unit } = file.result;
  if (unit === null) return [];
  const functions = unit.functions.flatMap((one): DocumentSymbol[] => {
    const { section } = one.attributes;
    const type = section === null ? null : programTypeOfSection(section);
    const detail = section ?? printType(one.type.returns);
    return one.definedAt === null
      ? []
      : symbol(file, one.name, detail, type === null ? 'function' : 'program', one.definedAt, one.declaredAt);
  });
  const variables = unit.variables.flatMap((one): DocumentSymbol[] => {
    const isMap = one.attributes.section === '.maps';
    return symbol(
      file,
      one.name,
      isMap ? 'map' : printType(one.type),
      isMap ? 'map' : 'data',
      one.declaredAt,
      one.declaredAt,
    );
  });
  return [...functions, ...variables].toSorted((a, b) => a.span.start - b.span.start);
}

function symbol(
  file: CFile,
  name: string,
  detail: string,
  kind: DocumentSymbol['kind'],
  extent: Range,
  at: Range,
): DocumentSymbol[] {
  const [span, nameSpan] = [mainSpan(file, extent), mainSpan(file, at)];
  if (span === null || nameSpan === null) return [];
  const whole = { start: Math.min(span.start, nameSpan.start), end: Math.max(span.end, nameSpan.end) };
  return [{ name, detail, kind, span: whole, nameSpan, children: [] }];
}

function mainSpan({ result: { places } }: CFile, range: Range): Span | null {
  const span = places.span(range);
  return span === null || span.file !== places.files[0] ? null : { start: span.start, end: span.end };
}
