import type { CheckedFile } from './check.ts';
import { findingLines } from './findingLines.ts';
import { placeIn, placeOf } from './place.ts';
import type { Place } from './place.ts';

/** Workflow commands that GitHub shows beside the changed lines. */
export function checkGithub(file: CheckedFile): string {
  const { input } = file;
  const lines = file.diagnostics.map(({ severity, span, message, code }) => {
    const place = input.source === null || span === null ? null : placeIn(input.source, span);
    return annotation(severity === 'error' ? 'error' : 'warning', place, input.path, code, message);
  });
  if (input.error !== null) lines.push(annotation('error', null, input.path, 'unreadable', input.error.message));
  for (const { program, verification } of file.programs) {
    const { finding, outcome } = verification;
    if (finding === null) continue;
    const place = finding.pc === null ? null : placeOf(program, finding.pc, input.source);
    const level = outcome === 'unsupported' ? 'warning' : 'error';
    const text = findingLines(program.name, finding);
    lines.push(annotation(level, place, input.path, finding.code, text.join('\n')));
  }
  return lines.map((line) => `${line}\n`).join('');
}

function annotation(level: string, place: Place | null, path: string, title: string, message: string): string {
  const at = place === null ? [] : [`line=${place.line}`, ...(place.column > 0 ? [`col=${place.column}`] : [])];
  const properties = [`file=${property(place?.path ?? path)}`, ...at, `title=${property(title)}`];
  return `::${level} ${properties.join(',')}::${escaped(message)}`;
}

function escaped(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
  return escaped(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
