/**
 * Whether the kernel's printing helpers take a format with so many values: all its specifiers are known ones, and none is
 * without a value. `format` is without its zero byte. Mirrors `bpf_bprintf_prepare` of kernel/bpf/helpers.c, v6.18.
 */
export function takesFormat(format: Uint8Array, values: number): boolean {
  const at = (i: number): number => format[i] ?? 0;
  let used = 0;
  for (let i = 0; i < format.length; i++) {
    if (isControl(at(i))) return false;
    if (at(i) !== PERCENT) continue;
    if (at(i + 1) === PERCENT) {
      i++;
      continue;
    }
    if (used++ >= values) return false;
    const end = specifierEnd(at, i + 1);
    if (end === null) return false;
    i = end;
  }
  return true;
}

type At = (index: number) => number;

const PERCENT = 0x25;

/** Index of a specifier's last letter; null when it is none the kernel knows. `start` is behind its percent sign. */
function specifierEnd(at: At, start: number): number | null {
  if (at(start) > 0x7f) return null;
  const i = skipWidth(at, start);
  switch (char(at(i))) {
    case 'p':
      return pointerEnd(at, i);
    case 's':
      return endsWord(at(i + 1)) ? i : null;
    case 'c':
      return i;
    default:
      return numberEnd(at, i);
  }
}

function skipWidth(at: At, start: number): number {
  let i = start;
  while ('0+- '.includes(char(at(i))) && at(i) !== 0) i++;
  if (at(i) < 0x31 || at(i) > 0x39) return i;
  while (at(i) >= 0x30 && at(i) <= 0x39) i++;
  return i;
}

function pointerEnd(at: At, i: number): number | null {
  const next = char(at(i + 1));
  const after = char(at(i + 2));
  if (endsWord(at(i + 1))) return i;
  if ((next === 'k' || next === 'u') && after === 's') return endsWord(at(i + 3)) ? i + 2 : null;
  if ('KxsSB'.includes(next)) return i + 1;
  return (next === 'i' || next === 'I') && (after === '4' || after === '6') ? i + 2 : null;
}

function numberEnd(at: At, start: number): number | null {
  let i = start;
  for (let longs = 0; longs < 2 && char(at(i)) === 'l'; longs++) i++;
  return 'iduxX'.includes(char(at(i))) && at(i) !== 0 ? i : null;
}

function char(byte: number): string {
  return byte === 0 ? '\0' : String.fromCharCode(byte);
}

/** Nothing, a blank or punctuation; bytes above 127 count as Latin-1. */
function endsWord(byte: number): boolean {
  return byte === 0 || isSpace(byte) || isPunctuation(byte);
}

function isSpace(byte: number): boolean {
  return (byte >= 9 && byte <= 13) || byte === 0x20 || byte === 0xa0;
}

function isPunctuation(byte: number): boolean {
  if (byte > 0x7f) return (byte > 0xa0 && byte < 0xc0) || byte === 0xd7 || byte === 0xf7;
  return byte > 0x20 && byte < 0x7f && !/[0-9A-Za-z]/.test(String.fromCharCode(byte));
}

/** Texts may hold UTF-8, but no control characters besides blanks. */
function isControl(byte: number): boolean {
  return byte < 0x80 && !isSpace(byte) && (byte < 0x20 || byte === 0x7f);
}
