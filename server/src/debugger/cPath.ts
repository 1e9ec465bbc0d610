import { elementOf, memberOf, pointee, type CValue } from './cValue.ts';

/** Longest expression that is looked at; what is longer is not written by hand. */
const LONGEST = 1000;

/**
 * The value of a path through variables: `key.proto`, `eth->h_proto`, `ports[1]`, `*known`. Undefined for anything but a
 * path; null where it leads nowhere.
 */
export function valueOfPath(text: string, variable: (name: string) => CValue | null): CValue | null | undefined {
  const parts = /^(\**)\s*([A-Za-z_]\w*)((?:\s*(?:\.|->)\s*[A-Za-z_]\w*|\s*\[\s*\d{1,9}\s*\])*)$/.exec(text);
  if (text.length > LONGEST || parts === null) return undefined;
  const [, stars = '', name = '', steps = ''] = parts;
  let value = variable(name);
  for (const [step, member, index] of steps.matchAll(/(?:\.|->)\s*(\w+)|\[\s*(\d+)\s*\]/g)) {
    if (value === null) return null;
    const record: CValue | null = step.startsWith('->') ? pointee(value) : value;
    if (index !== undefined) value = elementOf(value, Number(index));
    else value = record === null ? null : memberOf(record, member ?? '');
  }
  for (const _ of stars) value = value === null ? null : pointee(value);
  return value;
}
