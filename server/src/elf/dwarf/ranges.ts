import { AT } from './constants.ts';
import type { Entry } from './entry.ts';
import { between, listOffset, rangeFrom, readList, readOldList, type CodeRange } from './lists.ts';

/** The code that an entry stands for; null where it says nothing. Source: DWARF 5, section 2.17. */
export function rangesOf(entry: Entry): CodeRange[] | null {
  const { unit } = entry;
  const value = entry.value(AT.ranges);
  const offset = value?.kind === 'rangeIndex' ? listOffset(unit, 'rnglists', value.index) : entry.offset(AT.ranges);
  if (offset === null) return plainRange(entry);
  const items = unit.version >= 5 ? readList(unit, 'rnglists', offset) : readOldList(unit, 'ranges', offset);
  return items.flatMap(({ range }) => range ?? []);
}

/** Up to DWARF 3 the end is an address, from 4 on mostly a size. */
function plainRange(entry: Entry): CodeRange[] | null {
  const start = entry.address(AT.lowPc);
  const end = entry.address(AT.highPc);
  const range = end === null ? rangeFrom(start, entry.number(AT.highPc) ?? 0) : between(start, end);
  return range === null ? null : [range];
}
