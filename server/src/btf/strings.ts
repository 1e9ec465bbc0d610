/** The string of a BTF string section at an offset; null when the offset lies outside or the string has no end. */
export type BtfStrings = (offset: number) => string | null;

/**
 * The whole section becomes one text, of which every name is a slice: a kernel's 2 MB of names are then read in a few
 * milliseconds. A section with bytes beyond ASCII has other offsets as text, so its strings are decoded one by one.
 */
export function btfStrings(section: Uint8Array): BtfStrings {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(section);
  return text.length === section.length && isAscii(section) ? sliced(section, text) : singleStrings(section);
}

/** A malformed byte also becomes one code unit, so equal lengths alone do not prove equal offsets. */
function isAscii(section: Uint8Array): boolean {
  for (const byte of section) if (byte >= 0x80) return false;
  return true;
}

/** Longer than any name or line of code; a bound for damaged data in which many types share one endless name. */
const MAX_LENGTH = 4096;

function sliced(section: Uint8Array, text: string): BtfStrings {
  return (offset) => {
    const end = endOf(section, offset);
    return end === null ? null : text.slice(offset, end);
  };
}

/** The same without a text of the whole section, where only few strings will be asked for. */
export function singleStrings(section: Uint8Array): BtfStrings {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  return (offset) => {
    const end = endOf(section, offset);
    return end === null ? null : decoder.decode(section.subarray(offset, end));
  };
}

/** Where the string ends; what is too long is cut off. */
function endOf(section: Uint8Array, offset: number): number | null {
  if (offset < 0 || offset >= section.length) return null;
  const limit = Math.min(section.length, offset + MAX_LENGTH);
  for (let end = offset; end < limit; end++) if (section[end] === 0) return end;
  return limit < section.length ? limit : null;
}
