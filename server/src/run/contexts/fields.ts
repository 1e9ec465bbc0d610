import type { Context } from '../../kernel/contexts.ts';

/** Where a field of a context lies. */
export interface Place {
  readonly off: number;
  readonly size: number;
}

/** `mark`, or `cb[2]` for an element; null when there is no such field. */
export function placeOf(context: Context, name: string): Place | null {
  const found = /^(\w+)(?:\[(\d{1,3})\])?$/.exec(name);
  const field = context.fields.find((one) => one.name === found?.[1]);
  if (field === undefined) return null;
  const length = Number(/\[(\d+)\]$/.exec(field.type)?.[1] ?? '1');
  const index = Number(found?.[2] ?? '0');
  if (index >= length) return null;
  const size = field.size / length;
  return { off: field.off + index * size, size };
}

export function put(view: DataView, { off, size }: Place, value: bigint): void {
  if (size === 8) view.setBigUint64(off, value, true);
  else if (size === 4) view.setUint32(off, Number(BigInt.asUintN(32, value)), true);
  else if (size === 2) view.setUint16(off, Number(BigInt.asUintN(16, value)), true);
  else view.setUint8(off, Number(BigInt.asUintN(8, value)));
}

/**
 * Sets fields by their names; a string says which one there is not. Pointers are not for recordings to set, but for those
 * into the kernel's memory.
 */
export function putFields(context: Context, view: DataView, fields: ReadonlyMap<string, bigint>): string | null {
  for (const [name, value] of fields) {
    const place = placeOf(context, name);
    if (place === null) return `there is no field ${name} in struct ${context.name}`;
    const pointer = context.fields.some(
      (field) => field.name === name && field.kind !== 'scalar' && field.kind !== 'btf',
    );
    if (pointer && value !== 0n) return `${name} is a pointer: tell what it leads to instead`;
    put(view, place, value);
  }
  return null;
}
