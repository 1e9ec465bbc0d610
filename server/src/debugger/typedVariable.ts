import type { Btf } from '../btf/btf.ts';
import { formatValue, valueText, type FormattedValue } from '../btf/format.ts';
import { leaf, type Variable } from './variables.ts';

/** What is shown of a value in one line; the rest is there when it is opened. */
const MOST_TEXT = 120;

/** A value taken apart by its type: structs and arrays can be opened. */
export function typedVariable(name: string, btf: Btf, typeId: number, bytes: Uint8Array): Variable {
  return variableOf(name, formatValue(btf, typeId, bytes));
}

function variableOf(name: string, value: FormattedValue): Variable {
  const text = valueText(value);
  const shown = text.length > MOST_TEXT ? `${text.slice(0, MOST_TEXT)}…` : text;
  if (value.kind === 'scalar') return leaf(name, text, value.type);
  return { name, value: shown, type: value.type, evaluateName: null, children: () => partsOf(value) };
}

function partsOf(value: Exclude<FormattedValue, { kind: 'scalar' }>): Variable[] {
  if (value.kind === 'struct') return value.fields.map((field) => variableOf(field.name || '(unnamed)', field.value));
  const items = value.items.map((item, index) => variableOf(`[${index}]`, item));
  return value.omitted === 0 ? items : [...items, leaf('…', `${value.omitted} more`)];
}
