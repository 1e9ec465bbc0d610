/** Longest first, so that no word hides a longer one. */
export function oneOf(words: readonly string[]): string {
  return [...words]
    .sort((one, other) => other.length - one.length || one.localeCompare(other))
    .map((word) => word.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
    .join('|');
}
