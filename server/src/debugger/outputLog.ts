import type { Machine, OutputRecord } from '../vm/createMachine.ts';

/** Records waiting to be taken; a program that prints in an endless loop must not fill the memory. */
const MOST_WAITING = 5_000;

/** Tells each record of a recording once, however often the program puts it out again after going back. */
export class OutputLog {
  readonly #machine: Machine;
  /** How many records of the present event came before those in the machine. */
  #position = 0;
  /** The furthest that was told. */
  #toldEvent = 0;
  #told = 0;
  #waiting: OutputRecord[] = [];
  #lost = 0;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** Number of records that the present event has put out so far. */
  get position(): number {
    return this.#position;
  }

  /** The machine stands where the present event had put out that many records. */
  restart(position: number): void {
    this.#position = position;
    this.#machine.output = [];
  }

  /** Takes what the machine has put out. */
  collect(event: number): void {
    const { output } = this.#machine;
    if (output.length === 0) return;
    const told = event < this.#toldEvent ? Number.POSITIVE_INFINITY : event === this.#toldEvent ? this.#told : 0;
    for (const record of output.slice(Math.max(0, told - this.#position))) {
      if (this.#waiting.length < MOST_WAITING) this.#waiting.push(record);
      else this.#lost++;
    }
    this.restart(this.#position + output.length);
    if (told >= this.#position) return;
    this.#toldEvent = event;
    this.#told = this.#position;
  }

  take(): { readonly records: readonly OutputRecord[]; readonly lost: number } {
    const taken = { records: this.#waiting, lost: this.#lost };
    this.#waiting = [];
    this.#lost = 0;
    return taken;
  }
}
