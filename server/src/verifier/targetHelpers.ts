/**
 * Helpers that depend on what exactly a program is attached to. Mirrors `bpf_lsm_func_proto`,
 * `bpf_iter_tcp_get_func_proto`, `bpf_tcp_ca_get_func_proto` and the `allowed` functions of prototypes, v6.18.
 */
import { isSleepableHook, sockoptHook } from '../kernel/lsmHooks.ts';
import type { Env } from './env.ts';

const SETSOCKOPT = 49;
const GETSOCKOPT = 57;
const D_PATH = 147;
/** What TCP congestion controls get beyond what every program gets. */
const TCP_ONLY: ReadonlySet<number> = new Set([SETSOCKOPT, GETSOCKOPT, 107, 108, 116, 160]);
const IMA_HASHES: ReadonlySet<number> = new Set([161, 193]);
const SOCKET_STORAGE: ReadonlySet<number> = new Set([107, 108]);

/** Whether the target offers the helper or withholds it; null where the tables of types say. */
export function targetOffers({ program, target }: Env, id: number): boolean | null {
  if (target === null) return null;
  const options = id === SETSOCKOPT || id === GETSOCKOPT;
  if (program.type === 'lsm') return options ? program.attachType === 'lsm_cgroup' && sockoptHook(target.name) : null;
  if (program.attachType === 'trace_iter' && options)
    return target.name === 'bpf_iter_tcp' || target.name === 'bpf_iter_unix';
  if (target.struct === null) return null;
  // The structure that tests use comes without any helper.
  if (target.struct === 'bpf_dummy_ops') return false;
  if (target.struct !== 'tcp_congestion_ops') return TCP_ONLY.has(id) ? false : null;
  return options && target.name === 'release' ? false : null;
}

const D_PATH_FUNCTIONS: ReadonlySet<string> = new Set([
  'security_file_permission', 'security_inode_getattr', 'security_file_open', 'security_path_truncate', 'vfs_truncate',
  'vfs_fallocate', 'dentry_open', 'vfs_getattr', 'filp_close',
]); // prettier-ignore

/** Whether the helper may be called where the program is attached. */
export function targetAllows({ program, target }: Env, id: number): boolean {
  const name = target?.name ?? '';
  if (id === D_PATH) {
    if (program.attachType === 'trace_iter') return true;
    return program.type === 'lsm' ? isSleepableHook(name) : D_PATH_FUNCTIONS.has(name);
  }
  if (IMA_HASHES.has(id)) return isSleepableHook(name);
  if (!SOCKET_STORAGE.has(id) || (program.type !== 'tracing' && program.type !== 'syscall')) return true;
  switch (program.attachType) {
    case 'trace_iter':
    case 'trace_raw_tp':
      return true;
    case 'trace_fentry':
    case 'trace_fexit':
      return !name.startsWith('bpf_sk_storage');
    default:
      return false;
  }
}
