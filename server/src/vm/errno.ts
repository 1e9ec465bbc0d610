/** Error numbers that helpers return negated. Source: include/uapi/asm-generic/errno-base.h and errno.h, include/linux/errno.h. */
export const ERRNO = {
  EPERM: 1, ENOENT: 2, E2BIG: 7, EBADF: 9, EAGAIN: 11, ENOMEM: 12, EACCES: 13, EFAULT: 14, EBUSY: 16, EEXIST: 17, ENODEV: 19, EINVAL: 22,
  ENOSPC: 28, ERANGE: 34, ENAMETOOLONG: 36, ENOMSG: 42, EDOM: 33, EPROTO: 71, EOVERFLOW: 75, EPROTOTYPE: 91, EPROTONOSUPPORT: 93, ESOCKTNOSUPPORT: 94, EOPNOTSUPP: 95, EAFNOSUPPORT: 97, EADDRNOTAVAIL: 99, EALREADY: 114, ENOTSUPP: 524,
} as const; // prettier-ignore
