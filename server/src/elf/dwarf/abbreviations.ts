import { FORM } from './constants.ts';
import type { Cursor } from './cursor.ts';

/** The shape of entries: which attributes they have, in which form. Source: DWARF 5, section 7.5.3. */
export interface Abbreviation {
  readonly tag: number;
  readonly hasChildren: boolean;
  readonly attributes: readonly AttributeShape[];
}

export interface AttributeShape {
  readonly name: number;
  readonly form: number;
  /** The value itself, where the form is `implicitConst`. */
  readonly constant: bigint;
}

/** More attributes than any entry has. */
const MOST_ATTRIBUTES = 256;

/** A table of shapes by code; one that is cut off ends early. */
export function readAbbreviations(cursor: Cursor): Map<number, Abbreviation> {
  const table = new Map<number, Abbreviation>();
  while (!cursor.done) {
    const code = cursor.uleb();
    if (code === 0) break;
    const tag = cursor.uleb();
    const hasChildren = cursor.u8() === 1;
    const attributes = readShapes(cursor);
    if (cursor.failed) break;
    table.set(code, { tag, hasChildren, attributes });
  }
  return table;
}

function readShapes(cursor: Cursor): AttributeShape[] {
  const shapes: AttributeShape[] = [];
  while (!cursor.failed) {
    const name = cursor.uleb();
    const form = cursor.uleb();
    const constant = form === FORM.implicitConst ? cursor.sleb64() : 0n;
    if (name === 0 && form === 0) break;
    if (shapes.length === MOST_ATTRIBUTES) cursor.failed = true;
    shapes.push({ name, form, constant });
  }
  return shapes;
}
