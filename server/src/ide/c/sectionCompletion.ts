import type { Btf } from '../../btf/btf.ts';
import { SECTIONS, type Section } from '../../kernel/sections.ts';
import type { Completion } from '../completion.ts';

/** More do not help to choose; who types on gets others. */
const MOST_TARGETS = 200;

/** Names of sections while one is being written; behind the slash, what the kernel has to attach to. */
export function sectionNames(text: string, offset: number, kernel: Btf | null): Completion[] {
  const start = text.lastIndexOf('"', offset - 1) + 1;
  const optional = text[start] === '?' ? 1 : 0;
  const replace = { start: start + optional, end: offset };
  const written = text.slice(replace.start, offset);
  const row = SECTIONS.find(({ name, takesTarget }) => takesTarget && written.startsWith(`${name}/`));
  const targets =
    row === undefined || kernel === null ? [] : targetsOf(row, written.slice(row.name.length + 1), kernel);
  if (row !== undefined && targets.length > 0)
    return targets.map((target) => completion(`${row.name}/${target}`, row.type, row.doc, replace));
  return SECTIONS.map(({ name, takesTarget, type, doc }) =>
    completion(takesTarget ? `${name}/` : name, type, doc, replace),
  );
}

function completion(label: string, detail: string, documentation: string, replace: Completion['replace']): Completion {
  return { label, kind: 'value', detail, documentation, insert: label, snippet: false, replace, sortText: label };
}

function targetsOf({ name, type, attachType }: Section, begun: string, kernel: Btf): string[] {
  const kind = /^k(?:ret)?probe/.test(name) ? 'functions' : TARGETS[attachType ?? type];
  const found: string[] = [];
  for (const target of kind === undefined ? [] : targetsIn(kernel)[kind]) {
    if (!target.startsWith(begun)) continue;
    if (found.push(target) >= MOST_TARGETS) break;
  }
  return found;
}

interface Targets {
  readonly functions: string[];
  readonly tracepoints: string[];
  readonly hooks: string[];
  readonly iterators: string[];
  readonly syscalls: string[];
}

/** What programs of a section are attached to, by their attach type, else by their type. */
const TARGETS: Readonly<Record<string, keyof Targets>> = {
  trace_fentry: 'functions',
  trace_fexit: 'functions',
  modify_return: 'functions',
  trace_raw_tp: 'tracepoints',
  raw_tracepoint: 'tracepoints',
  raw_tracepoint_writable: 'tracepoints',
  lsm_mac: 'hooks',
  lsm_cgroup: 'hooks',
  trace_iter: 'iterators',
  tracepoint: 'syscalls',
};

/** How the kernel calls what they stand for, in its types: `btf_trace_sched_switch`, `bpf_lsm_file_open`. */
const PREFIXES = [
  ['typedef', 'btf_trace_', 'tracepoints', ['']],
  ['func', 'bpf_lsm_', 'hooks', ['']],
  ['func', 'bpf_iter_', 'iterators', ['']],
  ['func', '__x64_sys_', 'syscalls', ['syscalls/sys_enter_', 'syscalls/sys_exit_']],
  ['func', '__arm64_sys_', 'syscalls', ['syscalls/sys_enter_', 'syscalls/sys_exit_']],
] as const;

const known = new WeakMap<Btf, Targets>();

function targetsIn(kernel: Btf): Targets {
  const found = known.get(kernel) ?? findTargets(kernel);
  known.set(kernel, found);
  return found;
}

function findTargets({ types }: Btf): Targets {
  const found: Targets = { functions: [], tracepoints: [], hooks: [], iterators: [], syscalls: [] };
  for (const type of types) {
    if (type.kind === 'func') found.functions.push(type.name);
    else if (type.kind !== 'typedef') continue;
    for (const [kind, prefix, list, before] of PREFIXES)
      if (type.kind === kind && type.name.startsWith(prefix))
        found[list].push(...before.map((one) => one + type.name.slice(prefix.length)));
  }
  for (const list of Object.values(found) as string[][]) list.sort();
  return found;
}
