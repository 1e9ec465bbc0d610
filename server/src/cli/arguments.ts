/** One option of a command. `value` names its argument in the help; null for a switch. */
export interface OptionSpec {
  readonly name: string;
  readonly short?: string;
  readonly value: string | null;
  readonly help: string;
  /** The only values it takes. */
  readonly choices?: readonly string[];
  /** May be given several times, and its value may follow the short name at once, as compilers have it: `-Idir`. */
  readonly several?: true;
  /** Not there yet: using it is refused with this sentence. */
  readonly unsupported?: string;
}

export interface CommandSpec {
  readonly name: string;
  /** After the name in the usage line: "FILE… [options]". */
  readonly usage: string;
  readonly summary: string;
  /** Paragraphs below the options. */
  readonly notes: readonly string[];
  readonly options: readonly OptionSpec[];
  readonly least: number;
  readonly most: number;
}

export interface Arguments {
  readonly positionals: readonly string[];
  /** Of options given; the last one counts. */
  readonly values: ReadonlyMap<string, string>;
  /** Of options that may be given several times, all values in their order. */
  readonly lists: ReadonlyMap<string, readonly string[]>;
  readonly switches: ReadonlySet<string>;
}

/** Reads a command's arguments; a string says what is wrong with them. */
export function parseArguments(spec: CommandSpec, words: readonly string[]): Arguments | string {
  const positionals: string[] = [];
  const values = new Map<string, string>();
  const lists = new Map<string, string[]>();
  const switches = new Set<string>();
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    if (word === '--') {
      positionals.push(...words.slice(i + 1));
      break;
    }
    if (!word.startsWith('-') || word === '-') {
      positionals.push(word);
      continue;
    }
    const [name, attached] = splitWord(spec, word);
    const option = spec.options.find((one) => one.name === name || one.short === name);
    if (option === undefined) return `unknown option ${name}${suggestion(spec, name)}`;
    const value = attached ?? (option.value === null ? null : words[++i]);
    const problem = take(option, value, attached !== null, values, switches);
    if (problem !== null) return problem;
    if (option.several === true) lists.set(option.name, [...(lists.get(option.name) ?? []), value ?? '']);
  }
  return checkCount(spec, positionals) ?? { positionals, values, lists, switches };
}

function splitWord(spec: CommandSpec, word: string): [name: string, attached: string | null] {
  const joined = spec.options.find(({ several, short }) => several && short !== undefined && word.startsWith(short));
  if (joined?.short !== undefined && word.length > joined.short.length)
    return [joined.short, word.slice(joined.short.length)];
  const equals = word.indexOf('=');
  return equals === -1 ? [word, null] : [word.slice(0, equals), word.slice(equals + 1)];
}

function take(
  option: OptionSpec,
  value: string | null | undefined,
  attached: boolean,
  values: Map<string, string>,
  switches: Set<string>,
): string | null {
  if (option.unsupported !== undefined) return `unsupported option ${option.name}: ${option.unsupported}`;
  if (option.value === null) {
    switches.add(option.name);
    return attached ? `option ${option.name} takes no value` : null;
  }
  if (value === undefined || value === null)
    return `option ${option.name} needs a value: ${option.name} ${option.value}`;
  if (option.choices !== undefined && !option.choices.includes(value))
    return `option ${option.name} is one of ${option.choices.join(', ')}, not '${value}'`;
  values.set(option.name, value);
  return null;
}

function checkCount(spec: CommandSpec, positionals: readonly string[]): string | null {
  if (positionals.length < spec.least) return `${spec.name} needs a file: ebpf-workbench ${spec.name} ${spec.usage}`;
  if (positionals.length > spec.most) return `unexpected argument '${positionals[spec.most]}'`;
  return null;
}

function suggestion(spec: CommandSpec, name: string): string {
  const close = spec.options.find((option) => distance(option.name, name) <= 2);
  return close === undefined ? '' : `; did you mean ${close.name}?`;
}

/** Edit distance, for short words. */
export function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
