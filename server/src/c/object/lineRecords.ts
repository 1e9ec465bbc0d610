import { lineSpan, positionAt, sourceText, type SourceText } from '../../base/source.ts';
import type { LineRecord } from '../../btf/ext.ts';
import type { MachineFunction } from '../machine.ts';
import type { FilePlace, Place, Places, SourceFile } from '../places.ts';
import type { FunctionSymbol } from '../typed.ts';

/** The lines of a function whose first instruction is `offset` bytes into its section. */
export type LineRecords = (fn: MachineFunction, declared: FunctionSymbol | null, offset: number) => LineRecord[];

/** Asks for places as a reader of the source sees them; the lines of each file are counted once. */
export function lineRecords(places: Places): LineRecords {
  const texts = new Map<SourceFile, SourceText>();
  const textOf = (file: SourceFile): SourceText => {
    const known = texts.get(file);
    if (known !== undefined) return known;
    const text = sourceText(file.path, file.text);
    texts.set(file, text);
    return text;
  };
  const recordAt = (place: Place, offset: number): LineRecord | null => {
    const at = places.written(place);
    return at === null ? null : recordOf(textOf(at.file), at, offset);
  };
  return (fn, declared, offset) => recordsOf(fn, declared, offset, recordAt);
}

function recordOf(text: SourceText, at: FilePlace, offset: number): LineRecord {
  const { line, column } = positionAt(text, at.offset);
  const whole = lineSpan(text, line);
  return { offset, file: text.path, text: text.text.slice(whole.start, whole.end), line: line + 1, column: column + 1 };
}

/**
 * A record where the line or column changes. The kernel wants one at the first instruction of every function
 * (`check_btf_line` of kernel/bpf/verifier.c, v6.18); where nothing is known of it, it is the function's own place.
 */
function recordsOf(
  fn: MachineFunction,
  declared: FunctionSymbol | null,
  offset: number,
  recordAt: (place: Place, offset: number) => LineRecord | null,
): LineRecord[] {
  const records: LineRecord[] = [];
  for (const { pc, place } of fn.lines) {
    const record = recordAt(place, offset + pc * 8);
    if (record === null) continue;
    const last = records.at(-1);
    if (last !== undefined && last.offset === record.offset) records.pop();
    if (records.length === 0 || !samePlace(records.at(-1), record)) records.push(record);
  }
  if (records[0]?.offset === offset) return records;
  const start = declared === null ? null : recordAt((declared.definedAt ?? declared.declaredAt).start, offset);
  const first = start ?? (records[0] === undefined ? null : { ...records[0], offset });
  return first === null ? records : [first, ...records];
}

function samePlace(a: LineRecord | undefined, b: LineRecord): boolean {
  return a !== undefined && a.file === b.file && a.line === b.line && a.column === b.column;
}
