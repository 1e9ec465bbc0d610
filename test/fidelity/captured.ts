import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { kernelVerdict } from '../support/oracle.ts';
import type { KernelVerdict } from '../support/oracle.ts';
import type { Judged } from './judged.ts';
import { programOfCapture } from './programOfCapture.ts';

/** A map of a captured program, in the words of `kverify --capture`. */
export interface CapturedMap {
  readonly name: string;
  readonly type: number;
  readonly key: number;
  readonly value: number;
  readonly entries: number;
  readonly flags?: number;
  readonly extra?: number;
  readonly btf?: string;
  readonly btf_key?: number;
  readonly btf_value?: number;
  readonly inner?: CapturedMap;
  readonly frozen?: boolean;
  readonly data?: string;
}

/** What the kernel got: one line of `kverify --capture`. */
export interface CapturedLoad {
  readonly id: string;
  readonly section: string;
  readonly type: string;
  readonly attach_type: number;
  readonly flags: number;
  readonly license: string;
  /** Name in the kernel's BTF; null where the target is another program. */
  readonly attach_btf?: string | null;
  readonly insns: string;
  readonly maps?: readonly CapturedMap[];
  readonly map_refs?: readonly (readonly [pc: number, map: number])[];
  readonly kfuncs?: readonly (readonly [pc: number, name: string | null])[];
  readonly ksyms?: readonly (readonly [pc: number, name: string | null])[];
  /** Hash that names the file of the program's BTF. */
  readonly btf?: string;
  readonly func_info?: readonly (readonly [pc: number, typeId: number])[];
}

/** One line of what `kverify obj` or, with an id, `kverify raw` prints. */
interface VerdictLine {
  readonly id?: string;
  readonly object: string;
  readonly prog: string;
  readonly verdict: string;
  readonly stage?: string;
  readonly errno: number;
  readonly msg: string;
  /** A map or type data that could not be made. */
  readonly setup?: string;
  readonly processed?: number;
  readonly log?: string;
  readonly full_log_level?: number;
}

/**
 * The programs of a folder that `kverify obj --capture capture.jsonl --btfdir btf --logdir logs` filled. `by` names another
 * kernel than the running one, which askGuest.ts has asked.
 */
export function readCorpus(folder: string, by = ''): Judged[] {
  const file = by === '' ? 'verdicts.jsonl' : `verdicts-${by}.jsonl`;
  const verdicts = new Map(readLines<VerdictLine>(folder, file).map((line) => [idOf(line), line]));
  return readLines<CapturedLoad>(folder, 'capture.jsonl').map((load) => {
    const said = verdicts.get(load.id);
    return {
      id: load.id.replace(/(?:\.bpf)?\.o\//, '/'),
      section: load.section,
      program: () => programOfCapture(load, path.join(folder, 'btf')),
      logLevel: (said?.full_log_level ?? 1) >= 2 ? 2 : 1,
      kernel: said === undefined ? null : verdictOf(said, folder),
    };
  });
}

function readLines<T>(folder: string, name: string): T[] {
  return readFileSync(path.join(folder, name), 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}

function idOf({ id, object, prog }: VerdictLine): string {
  return id ?? `${object}/${prog}`;
}

/** Some builds of a kernel keep hooks from everybody, with EPERM and no word, before an instruction is walked. */
function isForbidden({ verdict, errno, msg, processed }: VerdictLine): boolean {
  return verdict === 'reject' && errno === 1 && msg === '' && processed === 0;
}

function verdictOf(said: VerdictLine, folder: string): KernelVerdict | null {
  if (said.verdict !== 'accept' && said.verdict !== 'reject') return null;
  if (said.stage === 'syscall' || said.setup !== undefined || isForbidden(said)) return null;
  const file = said.log === undefined ? '' : path.join(folder, 'logs', path.basename(said.log));
  return kernelVerdict({
    verdict: said.verdict,
    errno: said.errno,
    stage: said.stage ?? null,
    message: said.msg,
    processed: said.processed ?? null,
    usec: null,
    cpuUsec: null,
    log: existsSync(file) ? readFileSync(file, 'utf8') : '',
    setup: null,
  });
}
