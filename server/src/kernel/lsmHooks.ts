/**
 * Security hooks that programs attach to, by what is special about them. All other functions of the kernel that are
 * named `bpf_lsm_…` after a member of its
 * `union security_list_options` are hooks as well. Source: kernel/bpf/bpf_lsm.c, Linux 6.18.
 */

const PREFIX = 'bpf_lsm_';

/** Hooks that no program may be attached to: `bpf_lsm_disabled_hooks`. */
const DISABLED = hooks(
  `vm_enough_memory inode_need_killpriv inode_getsecurity inode_listsecurity inode_copy_up_xattr getselfattr getprocattr
  setprocattr key_getsecurity audit_rule_match xfrm_decode_session ismaclabel`,
);

/** Hooks at which a program may sleep: `sleepable_lsm_hooks`. */
const SLEEPABLE = hooks(
  `bpf bpf_map bpf_map_create bpf_map_free bpf_prog bpf_prog_load bpf_token_create bpf_token_free bpf_token_cmd
  bpf_token_capable bprm_check_security bprm_committed_creds bprm_committing_creds bprm_creds_for_exec
  bprm_creds_from_file capget capset cred_prepare file_ioctl file_lock file_open file_post_open file_receive inode_create
  inode_free_security inode_getattr inode_getxattr inode_mknod inode_need_killpriv inode_post_setxattr inode_readlink
  inode_rename inode_rmdir inode_setattr inode_setxattr inode_symlink inode_unlink inode_removexattr kernel_module_request
  kernel_read_file kernfs_init_security path_unlink path_mkdir path_rmdir path_truncate path_symlink path_link path_rename
  path_chmod path_chown mmap_file netlink_send path_notify release_secctx sb_alloc_security sb_eat_lsm_opts sb_kern_mount
  sb_mount sb_remount sb_set_mnt_opts sb_show_options sb_statfs sb_umount settime socket_accept socket_bind socket_connect
  socket_create socket_getpeername socket_getpeersec_dgram socket_getsockname socket_getsockopt socket_listen
  socket_post_create socket_recvmsg socket_sendmsg socket_shutdown socket_socketpair syslog task_alloc
  current_getlsmprop_subj task_getlsmprop_obj task_prctl task_setscheduler task_to_inode userns_create`,
);

/** Hooks whose objects are being made or freed: `untrusted_lsm_hooks`. */
const UNTRUSTED = hooks(
  `bpf_map_free bpf_prog_free file_alloc_security file_free_security sk_alloc_security sk_free_security task_free`,
);

/** Hooks that answer yes or no: `bool_lsm_hooks`. */
const BOOLEAN = hooks('xfrm_state_pol_flow_match audit_rule_known inode_xattr_skipcap');

export function isDisabledHook(name: string): boolean {
  return DISABLED.has(name);
}

/** The hook's own name; null for a function that cannot be one. */
export function hookName(name: string): string | null {
  return name.startsWith(PREFIX) ? name.slice(PREFIX.length) : null;
}

export function isSleepableHook(name: string): boolean {
  return SLEEPABLE.has(name);
}

/** Whether the objects that the hook is about live as long as its program runs. */
export function hookIsTrusted(name: string): boolean {
  return !UNTRUSTED.has(name);
}

/** What a hook that returns something may return. Mirrors `bpf_lsm_get_retval_range`. */
export function hookRange(name: string): { readonly min: number; readonly max: number } {
  return BOOLEAN.has(name) ? { min: 0, max: 1 } : { min: -4095, max: 0 };
}

/** Hooks at which the socket is locked, or not in use yet: there programs of cgroups may read and set its options. */
export function sockoptHook(name: string): boolean {
  return SOCKOPT.has(name);
}

const SOCKOPT = hooks('sock_graft inet_csk_clone inet_conn_established socket_post_create socket_socketpair');

function hooks(names: string): ReadonlySet<string> {
  return new Set(names.split(/\s+/).map((name) => PREFIX + name));
}
