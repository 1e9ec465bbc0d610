import { FORM } from './constants.ts';
import type { Cursor } from './cursor.ts';
import type { Address } from './sections.ts';
import type { Unit } from './unit.ts';

/** The value of an attribute, as its form gives it. Source: DWARF 5, section 7.5.5. */
export type FormValue =
  | { readonly kind: 'constant'; readonly value: bigint; readonly signed: boolean }
  | { readonly kind: 'address'; readonly value: bigint; readonly address: Address | null }
  | { readonly kind: 'addressIndex' | 'textIndex' | 'locationIndex' | 'rangeIndex'; readonly index: number }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'textOffset'; readonly section: 'str' | 'line_str'; readonly offset: number }
  | { readonly kind: 'block'; readonly bytes: Uint8Array }
  /** Of another entry, in `.debug_info`. */
  | { readonly kind: 'entry'; readonly start: number }
  | { readonly kind: 'offset'; readonly offset: number }
  | { readonly kind: 'unknown' };

/** Forms of a fixed size; those of -1 have that of an offset. */
const SIZES: Readonly<Record<number, number>> = {
  [FORM.addr]: 8, [FORM.data1]: 1, [FORM.data2]: 2, [FORM.data4]: 4, [FORM.data8]: 8, [FORM.data16]: 16,
  [FORM.flag]: 1, [FORM.flagPresent]: 0, [FORM.implicitConst]: 0, [FORM.ref1]: 1, [FORM.ref2]: 2, [FORM.ref4]: 4,
  [FORM.ref8]: 8, [FORM.refSig8]: 8, [FORM.refSup4]: 4, [FORM.refSup8]: 8, [FORM.strp]: -1, [FORM.strpSup]: -1,
  [FORM.lineStrp]: -1, [FORM.secOffset]: -1, [FORM.strx1]: 1, [FORM.strx2]: 2, [FORM.strx3]: 3, [FORM.strx4]: 4,
  [FORM.addrx1]: 1, [FORM.addrx2]: 2, [FORM.addrx3]: 3, [FORM.addrx4]: 4,
}; // prettier-ignore

/** What reading a form depends on. */
export type FormSetting = Pick<Unit, 'version' | 'wide'>;

export function skipForm(cursor: Cursor, form: number, setting: FormSetting): void {
  const size = sizeOfForm(form, setting);
  if (size !== null) return cursor.skip(size);
  switch (form) {
    case FORM.sdata:
    case FORM.udata:
    case FORM.refUdata:
    case FORM.strx:
    case FORM.addrx:
    case FORM.loclistx:
    case FORM.rnglistx:
      return void cursor.uleb();
    case FORM.string:
      return cursor.skipText();
    case FORM.indirect:
      return skipForm(cursor, indirect(cursor), setting);
    default:
      return void blockOf(cursor, form);
  }
}

function sizeOfForm(form: number, { version, wide }: FormSetting): number | null {
  const size = SIZES[form] ?? null;
  if (form === FORM.refAddr) return version === 2 ? 8 : wide ? 8 : 4;
  return size === -1 ? (wide ? 8 : 4) : size;
}

/** A form that says itself which it is may not do so again. */
function indirect(cursor: Cursor): number {
  const form = cursor.uleb();
  if (form === FORM.indirect || form === FORM.implicitConst) cursor.failed = true;
  return form === FORM.indirect ? FORM.flagPresent : form;
}

function blockOf(cursor: Cursor, form: number): Uint8Array {
  switch (form) {
    case FORM.block1:
      return cursor.take(cursor.u8());
    case FORM.block2:
      return cursor.take(cursor.u16());
    case FORM.block4:
      return cursor.take(cursor.u32());
    case FORM.block:
    case FORM.exprloc:
      return cursor.take(cursor.uleb());
    default:
      // Nobody can tell where the next attribute begins.
      cursor.failed = true;
      return cursor.take(0);
  }
}

export function readForm(cursor: Cursor, form: number, unit: Unit): FormValue {
  const { wide, start } = unit;
  switch (form) {
    case FORM.addr: {
      const place = cursor.at;
      const value = cursor.u64();
      return { kind: 'address', value, address: addressIn(unit.info.targets.get(place), value) };
    }
    case FORM.data1:
    case FORM.flag:
      return constant(BigInt(cursor.u8()));
    case FORM.data2:
      return constant(BigInt(cursor.u16()));
    case FORM.data4:
      return constant(BigInt(cursor.u32()));
    case FORM.data8:
      return constant(cursor.u64());
    case FORM.udata:
      return constant(cursor.uleb64());
    case FORM.sdata:
      return constant(cursor.sleb64(), true);
    case FORM.flagPresent:
      return constant(1n);
    case FORM.data16:
      return { kind: 'block', bytes: cursor.take(16) };
    case FORM.secOffset:
      return { kind: 'offset', offset: cursor.offset(wide) };
    case FORM.refAddr:
      return { kind: 'entry', start: cursor.offset(wide || unit.version === 2) };
    case FORM.ref1:
      return { kind: 'entry', start: start + cursor.u8() };
    case FORM.ref2:
      return { kind: 'entry', start: start + cursor.u16() };
    case FORM.ref4:
      return { kind: 'entry', start: start + cursor.u32() };
    case FORM.ref8:
      return { kind: 'entry', start: start + Number(cursor.u64()) };
    case FORM.refUdata:
      return { kind: 'entry', start: start + cursor.uleb() };
    case FORM.indirect:
      return readForm(cursor, indirect(cursor), unit);
    default:
      return readTextForm(cursor, form, wide) ?? readIndexForm(cursor, form) ?? readOther(cursor, form, unit);
  }
}

function constant(value: bigint, signed = false): FormValue {
  return { kind: 'constant', value, signed };
}

function readTextForm(cursor: Cursor, form: number, wide: boolean): FormValue | null {
  switch (form) {
    case FORM.string:
      return { kind: 'text', text: cursor.text() };
    case FORM.strp:
      return { kind: 'textOffset', section: 'str', offset: cursor.offset(wide) };
    case FORM.lineStrp:
      return { kind: 'textOffset', section: 'line_str', offset: cursor.offset(wide) };
    case FORM.strx:
      return { kind: 'textIndex', index: cursor.uleb() };
    case FORM.strx1:
      return { kind: 'textIndex', index: cursor.u8() };
    case FORM.strx2:
      return { kind: 'textIndex', index: cursor.u16() };
    case FORM.strx3:
      return { kind: 'textIndex', index: cursor.u24() };
    case FORM.strx4:
      return { kind: 'textIndex', index: cursor.u32() };
    default:
      return null;
  }
}

function readIndexForm(cursor: Cursor, form: number): FormValue | null {
  switch (form) {
    case FORM.addrx:
      return { kind: 'addressIndex', index: cursor.uleb() };
    case FORM.addrx1:
      return { kind: 'addressIndex', index: cursor.u8() };
    case FORM.addrx2:
      return { kind: 'addressIndex', index: cursor.u16() };
    case FORM.addrx3:
      return { kind: 'addressIndex', index: cursor.u24() };
    case FORM.addrx4:
      return { kind: 'addressIndex', index: cursor.u32() };
    case FORM.loclistx:
      return { kind: 'locationIndex', index: cursor.uleb() };
    case FORM.rnglistx:
      return { kind: 'rangeIndex', index: cursor.uleb() };
    default:
      return null;
  }
}

function readOther(cursor: Cursor, form: number, setting: FormSetting): FormValue {
  if (sizeOfForm(form, setting) === null) return { kind: 'block', bytes: blockOf(cursor, form) };
  skipForm(cursor, form, setting);
  return { kind: 'unknown' };
}

/** Null where the file does not say in which section the address lies. */
export function addressIn(section: number | undefined, value: bigint): Address | null {
  return section === undefined ? null : { section, offset: Number(value) };
}

export function textOf(value: FormValue, unit: Unit): string {
  if (value.kind === 'text') return value.text;
  if (value.kind === 'textOffset') return unit.sections.text(value.section, value.offset);
  if (value.kind !== 'textIndex') return '';
  const bytes = unit.wide ? 8 : 4;
  const offset = unit.sections.cursor('str_offsets', unit.bases.texts + value.index * bytes).offset(unit.wide);
  return unit.sections.text('str', offset);
}

export function addressOf(value: FormValue, unit: Unit): Address | null {
  if (value.kind === 'address') return value.address;
  return value.kind === 'addressIndex' ? indexedAddress(unit, value.index) : null;
}

/** An address of the unit's table in `.debug_addr`. */
export function indexedAddress(unit: Unit, index: number): Address | null {
  const at = unit.bases.addresses + index * 8;
  const value = unit.sections.cursor('addr', at).u64();
  return addressIn(unit.sections.get('addr').targets.get(at), value);
}
