import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

export interface FidelityOptions {
  /** Folders that are filled already; then nothing is built and no kernel asked. */
  readonly corpora: readonly string[];
  /** Names of the sources to build; empty for all. */
  readonly sources: readonly string[];
  /** Sources of a kernel; null for those of the installed linux-source package. */
  readonly kernelTree: string | null;
  /** Folder of public projects; null: they are cloned. */
  readonly projects: string | null;
  /** Where programs are built and kept. */
  readonly work: string;
  /** Compare with what the kernel said last time, where that is kept. */
  readonly kept: boolean;
  readonly wanted: (id: string) => boolean;
  /** The kernel that was asked: "" for the running one, else a guest's name (askGuest.ts), which is its version. */
  readonly guest: string;
  readonly unprivileged: boolean;
  /** Which programs are listed: a class, `disagreements`, `messages`, …; empty for none. */
  readonly show: string;
  readonly logs: boolean;
  /** Processor time for one program. */
  readonly limitMs: number;
  /** Write the tables to docs/fidelity.md. */
  readonly write: boolean;
}

export function readOptions(args: readonly string[]): FidelityOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      corpus: { type: 'string', multiple: true, default: [] },
      source: { type: 'string', multiple: true, default: [] },
      'kernel-tree': { type: 'string' },
      projects: { type: 'string' },
      work: { type: 'string', default: path.join(tmpdir(), 'ebpf-workbench-fidelity') },
      kept: { type: 'boolean', default: false },
      filter: { type: 'string', default: '' },
      file: { type: 'string' },
      guest: { type: 'string', default: '' },
      unprivileged: { type: 'boolean', default: false },
      show: { type: 'string', default: '' },
      log: { type: 'boolean', default: false },
      limit: { type: 'string', default: '10000' },
      write: { type: 'boolean', default: false },
    },
  });
  const filter = new RegExp(values.filter);
  const { file } = values;
  return {
    corpora: values.corpus,
    sources: values.source,
    kernelTree: values['kernel-tree'] ?? null,
    projects: values.projects === undefined ? null : path.resolve(values.projects),
    work: path.resolve(values.work),
    kept: values.kept,
    wanted: (id) => (file === undefined || id.startsWith(`${file}/`)) && filter.test(id),
    guest: values.guest,
    unprivileged: values.unprivileged,
    show: values.show,
    logs: values.log || values.write || values.show === 'logs',
    limitMs: Number(values.limit),
    write: values.write,
  };
}
