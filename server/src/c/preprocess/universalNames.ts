/** Identifiers with letters of other scripts, plain or as universal character names (C11 6.4.2.1, 6.4.3, annex D). */

const UNIVERSAL = String.raw`\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8}`;
const IDENTIFIER = new RegExp(`(?:[\\p{XID_Start}_$]|${UNIVERSAL})(?:[\\p{XID_Continue}$]|${UNIVERSAL})*`, 'uy');
const NAME = new RegExp(`^(?:${UNIVERSAL})`);

/** The identifier that begins at a position, as it is written; null when none does. */
export function foreignIdentifierAt(source: string, start: number): string | null {
  IDENTIFIER.lastIndex = start;
  return IDENTIFIER.exec(source)?.[0] ?? null;
}

export function isUniversalName(source: string, at: number): boolean {
  return NAME.test(source.slice(at, at + 10));
}

/** `\u00e9` becomes é. */
export function withoutUniversalNames(text: string): string {
  return text.replaceAll(/\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/g, (whole, short: string, long: string) => {
    const point = Number.parseInt(short ?? long, 16);
    return point > 0x10_ffff ? whole : String.fromCodePoint(point);
  });
}

/** No-break space and the other spaces of Unicode are taken for white space, as clang does. */
export function isForeignSpace(code: number): boolean {
  return code === 0xa0 || code === 0x3000 || (code >= 0x2000 && code <= 0x200a) || code === 0x202f || code === 0x205f;
}
