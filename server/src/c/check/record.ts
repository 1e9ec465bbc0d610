import type { Range } from '../places.ts';
import type { RecordLayout, RecordType } from '../types.ts';

/**
 * A struct or union. Its members are looked at when its layout is first asked for, so that a mention of a structure of a
 * large header does not draw in all that it consists of.
 */
export class DeclaredRecord implements RecordType {
  readonly kind = 'record';
  readonly union: boolean;
  readonly tag: string;
  preserveAccessIndex = false;
  mayAlias = false;
  declTags: readonly string[] = [];
  alias?: string;
  definedAt: Range | null = null;
  /** Where it was mentioned first. */
  readonly declaredAt: Range;
  private known: RecordLayout | null = null;
  private make: (() => RecordLayout | null) | null = null;
  /** May find a definition in a header that has not been looked at. */
  private readonly find: (() => void) | null;

  constructor(union: boolean, tag: string, declaredAt: Range, find: (() => void) | null) {
    this.union = union;
    this.tag = tag;
    this.declaredAt = declaredAt;
    this.find = find;
  }

  /** How to lay it out. */
  define(at: Range, make: () => RecordLayout | null): void {
    this.definedAt = at;
    this.make = make;
  }

  get layout(): RecordLayout | null {
    if (this.known !== null) return this.known;
    if (this.definedAt === null) this.find?.();
    const { make } = this;
    // While it is laid out, it is not complete: it cannot hold itself.
    this.make = null;
    if (make !== null) this.known = make();
    return this.known;
  }

  set layout(layout: RecordLayout | null) {
    this.known = layout;
  }
}
