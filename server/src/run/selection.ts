/** Which events of a recording to run, by their index. */
export interface Selection {
  readonly has: (index: number) => boolean;
  /** One past the last selected index: nothing beyond needs to be read. */
  readonly end: number;
}

export const ALL_EVENTS: Selection = { has: () => true, end: Number.POSITIVE_INFINITY };

const MOST_RANGES = 10_000;

/** Reads "1-500", "3,7-9" or "100-"; a string says what is wrong. */
export function parseSelection(text: string): Selection | string {
  const parts = text.split(',');
  if (parts.length > MOST_RANGES) return `more than ${MOST_RANGES} ranges`;
  const ranges: { first: number; last: number }[] = [];
  for (const part of parts) {
    const range = parseRange(part.trim());
    if (typeof range === 'string') return range;
    ranges.push(range);
  }
  const end = Math.max(...ranges.map(({ last }) => last)) + 1;
  return { has: (index) => ranges.some(({ first, last }) => index >= first && index <= last), end };
}

function parseRange(text: string): { first: number; last: number } | string {
  const match = /^(\d{1,15})(?:\s*(-)\s*(\d{1,15})?)?$/.exec(text);
  if (match === null) return `'${text}' is no packet number or range such as 1-500`;
  const first = Number(match[1]);
  const last = match[2] === undefined ? first : match[3] === undefined ? Number.POSITIVE_INFINITY : Number(match[3]);
  return last < first ? `the range ${text} ends before it begins` : { first, last };
}
