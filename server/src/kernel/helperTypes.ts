/**
 * The kernel structures that helpers take and return. Sources: `arg1_btf_id` … `ret_btf_id` of the helpers' prototypes,
 * Linux 6.18.
 */

const ARGUMENTS: Readonly<Record<number, string>> = {
  107: 'sock_common', 108: 'sock_common', 111: 'sk_buff', 116: 'tcp_sock', 121: 'xdp_buff', 126: 'seq_file',
  127: 'seq_file', 141: 'task_struct', 145: 'inode', 146: 'inode', 147: 'path', 150: 'seq_file', 156: 'task_struct',
  157: 'task_struct', 159: 'linux_binprm', 161: 'inode', 162: 'file', 175: 'task_struct', 180: 'task_struct',
  188: 'xdp_buff', 191: 'task_struct', 193: 'file', 210: 'cgroup', 211: 'cgroup',
}; // prettier-ignore

const RETURNS: Readonly<Record<number, string>> = {
  136: 'tcp6_sock', 137: 'tcp_sock', 138: 'tcp_timewait_sock', 139: 'tcp_request_sock', 140: 'udp6_sock',
  158: 'task_struct', 162: 'socket', 175: 'pt_regs', 178: 'unix_sock', 196: 'mptcp_sock',
}; // prettier-ignore

/** The structure that the helper's one argument of such a type must point to; null for other helpers. */
export function structTaken(helper: number): string | null {
  return ARGUMENTS[helper] ?? null;
}

/** The structure that the helper returns a pointer to; null for other helpers. */
export function structReturned(helper: number): string | null {
  return RETURNS[helper] ?? null;
}
