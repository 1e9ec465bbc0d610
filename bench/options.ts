/** What the measurements can be told on the command line. */
export interface Options {
  readonly rounds: number;
  /** Measure only programs of this name. */
  readonly only: string | null;
  /** Where the JSON goes. */
  readonly json: string | null;
  /** Milliseconds of one measurement. */
  readonly ms: number;
  /** Only compile our own programs into the objects that the repository holds. */
  readonly writeObjects: boolean;
}

/** A string says what is wrong. */
export function readOptions(args: readonly string[]): Options | string {
  const values = new Map<string, string>();
  let writeObjects = false;
  for (let i = 0; i < args.length; i++) {
    const name = args[i] ?? '';
    if (name === '--write-objects') writeObjects = true;
    else if (!['--rounds', '--only', '--json', '--ms'].includes(name)) return `unknown option ${name}`;
    else if (args[i + 1] === undefined) return `${name} needs a value`;
    else values.set(name, args[++i] ?? '');
  }
  const rounds = Number(values.get('--rounds') ?? 12);
  const ms = Number(values.get('--ms') ?? 25);
  if (!(rounds >= 1 && rounds <= 1000)) return '--rounds takes a number from 1 to 1000';
  if (!(ms >= 1 && ms <= 10_000)) return '--ms takes a number from 1 to 10000';
  return { rounds, ms, only: values.get('--only') ?? null, json: values.get('--json') ?? null, writeObjects };
}
