import type { Variable } from '../debugger/variables.ts';

type Parent = Pick<Variable, 'children' | 'indexed'>;

/** Numbers by which the client asks for what lies inside a variable. Good until the program moves. */
export class References {
  #parents: Parent[] = [];
  /** Grows over the session, so that a number of an earlier stop is not mistaken for another variable. */
  #first = 1;

  clear(): void {
    this.#first += this.#parents.length;
    this.#parents = [];
  }

  add(parent: Parent): number {
    return this.#first - 1 + this.#parents.push(parent);
  }

  get(reference: number): Parent | null {
    return this.#parents[reference - this.#first] ?? null;
  }
}
