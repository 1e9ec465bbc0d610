import type { Variable } from '../debugger/variables.ts';

/** Numbers by which the client asks for what lies inside a variable. Good until the program moves. */
export class References {
  readonly #children: (() => Variable[])[] = [];

  clear(): void {
    this.#children.length = 0;
  }

  /** 0 for something without children. */
  add(children: (() => Variable[]) | null): number {
    return children === null ? 0 : this.#children.push(children);
  }

  get(reference: number): Variable[] | null {
    return this.#children[reference - 1]?.() ?? null;
  }
}
