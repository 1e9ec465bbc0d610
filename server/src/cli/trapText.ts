import type { Trap } from '../vm/machine.ts';
import { insnTitle } from './checkText.ts';
import { placeOf } from './place.ts';
import type { RunJob } from './run.ts';
import { snippet } from './snippet.ts';
import { nounOf } from './noun.ts';
import { counted } from './style.ts';
import type { Style } from './style.ts';

interface Group {
  readonly trap: Trap;
  readonly first: number;
  count: number;
}

/** More places than these are counted, not shown. */
const MOST_PLACES = 10;

/** Gathers traps by the instruction they happen at. */
export class Traps {
  private readonly job: RunJob;
  private readonly style: Style;
  private readonly width: number;
  private readonly groups = new Map<string, Group>();
  private count = 0;
  private unsupported = 0;

  constructor(job: RunJob, style: Style, width: number) {
    this.job = job;
    this.style = style;
    this.width = width;
  }

  get onlyUnsupported(): boolean {
    return this.count > 0 && this.count === this.unsupported;
  }

  add(index: number, trap: Trap): void {
    this.count++;
    if (trap.kind === 'unsupported') this.unsupported++;
    const key = `${trap.program} ${trap.pc} ${trap.kind}`;
    const known = this.groups.get(key);
    if (known !== undefined) known.count++;
    else if (this.groups.size < MOST_PLACES) this.groups.set(key, { trap, first: index, count: 1 });
  }

  text(): string {
    return [...this.groups.values()].map((group) => `\n${this.groupText(group)}`).join('');
  }

  private groupText({ trap, first, count }: Group): string {
    const { input, program } = this.job;
    const running =
      program.name === trap.program ? program : input.object?.programs.find(({ name }) => name === trap.program);
    const noun = nounOf(this.job);
    const where = count === 1 ? `${noun} ${first}` : `${counted(count, noun)}, the first is ${noun} ${first}`;
    return snippet(
      {
        severity: trap.kind === 'unsupported' ? 'warning' : 'error',
        code: trap.kind === 'unsupported' ? 'unsupported' : 'trap',
        title: trap.message,
        place: trap.pc === null || running === undefined ? null : placeOf(running, trap.pc, input.source),
        fallback: trap.pc === null || running === undefined ? trap.program : insnTitle(running, trap.pc),
        label: where,
        notes: [],
        path: [],
      },
      this.style,
      this.width,
    );
  }
}
