import { MAP_FLAGS, MAP_RULES, type MapRule, type SizeRule } from '../kernel/mapRules.ts';
import { MAP_TYPE_FACTS } from '../kernel/mapTypeFacts.ts';
import { MAP_TYPES, type MapType } from '../kernel/mapTypes.ts';

/** What maps of a type are for, and what sizes and flags they take; null for what is no map type. */
export function describeMapType(name: string): string | null {
  const number = MAP_TYPES.findIndex((type) => type === name);
  const type = MAP_TYPES[number];
  if (type === undefined || type === 'unspec') return null;
  const { since, doc } = MAP_TYPE_FACTS[type];
  const kernel = `\`BPF_MAP_TYPE_${name.toUpperCase()}\` (${number}), since Linux ${since}.`;
  return [doc, sizes(type), kernel].filter(Boolean).join('\n\n');
}

function sizes(type: MapType): string {
  const rule = MAP_RULES[type];
  if (rule === undefined) return '';
  const parts = [sizeText('Keys', rule.key), sizeText('Values', rule.value), entriesText(rule)];
  if (rule.needs !== undefined) parts.push(`\`${flagText(rule.needs)}\` goes without saying`);
  return `${parts.filter(Boolean).join('; ')}.`;
}

function flagText(flag: number): string {
  return flag === MAP_FLAGS.mmapable ? 'BPF_F_MMAPABLE' : 'BPF_F_NO_PREALLOC';
}

function sizeText(what: string, rule: SizeRule): string {
  if (rule === 0) return `No ${what.toLowerCase()}`;
  if (rule === 'some') return `${what} of any size`;
  if (typeof rule === 'number') return `${what} of ${rule} bytes`;
  return 'min' in rule ? `${what} of ${rule.min} to ${rule.max} bytes` : `${what} of ${rule.join(' or ')} bytes`;
}

function entriesText({ entries }: MapRule): string {
  if (entries === 'pages') return 'a power of two of whole pages';
  if (entries === 'one') return 'one entry';
  return entries === 'none' ? 'no number of entries' : '';
}
