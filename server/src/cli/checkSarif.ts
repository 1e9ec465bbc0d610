import type { CheckedFile } from './check.ts';
import { findingLines } from './findingLines.ts';
import { placeIn, placeOf } from './place.ts';
import type { Place } from './place.ts';

interface Result {
  readonly ruleId: string;
  readonly level: 'error' | 'warning' | 'note';
  readonly message: { readonly text: string };
  readonly locations: readonly unknown[];
}

const DOCS = 'https://github.com/ebpf-workbench/ebpf-workbench/blob/main/docs/diagnostics.md';

/** SARIF 2.1.0, for code scanning services. */
export function checkSarif(files: readonly CheckedFile[], version: string): unknown {
  const results = files.flatMap(resultsOf);
  const rules = [...new Set(results.map(({ ruleId }) => ruleId))].map((id) => ({ id, helpUri: `${DOCS}#${id}` }));
  const driver = { name: 'ebpf-workbench', version, rules };
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [{ tool: { driver }, results }],
  };
}

function resultsOf(file: CheckedFile): Result[] {
  const { input } = file;
  const results = file.diagnostics.map(({ severity, code, message, span }): Result => {
    const place = input.source === null || span === null ? null : placeIn(input.source, span);
    const level = severity === 'error' ? 'error' : severity === 'warning' ? 'warning' : 'note';
    return { ruleId: code, level, message: { text: message }, locations: [location(place, input.path)] };
  });
  if (input.error !== null) {
    const message = { text: input.error.message };
    results.push({ ruleId: 'unreadable', level: 'error', message, locations: [location(null, input.path)] });
  }
  for (const { program, verification } of file.programs) {
    const { finding, outcome } = verification;
    if (finding === null) continue;
    const place = finding.pc === null ? null : placeOf(program, finding.pc, input.source);
    const parts = findingLines(program.name, finding);
    const level = outcome === 'unsupported' ? 'warning' : 'error';
    const message = { text: parts.join('\n') };
    results.push({ ruleId: finding.code, level, message, locations: [location(place, input.path)] });
  }
  return results;
}

function location(place: Place | null, path: string): unknown {
  const artifactLocation = { uri: uriOf(place?.path ?? path) };
  if (place === null) return { physicalLocation: { artifactLocation } };
  const region = { startLine: place.line, ...(place.column > 0 ? { startColumn: place.column } : {}) };
  return { physicalLocation: { artifactLocation, region } };
}

/** Relative as given on the command line, so that services find the file in the repository; each part is escaped. */
function uriOf(path: string): string {
  const uri = path.replaceAll('\\', '/').split('/').map(encodeURIComponent).join('/');
  if (uri.startsWith('/')) return `file://${uri}`;
  return /^[A-Za-z]%3A\//.test(uri) ? `file:///${uri.replace('%3A', ':')}` : uri;
}
