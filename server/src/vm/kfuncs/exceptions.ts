import { HELPER_STATUS } from '../machine.ts';
import type { HelperFunction } from '../helpers/frame.ts';

export const EXCEPTION_KFUNCS: Readonly<Record<string, HelperFunction>> = {
  /** The engine unwinds its frames; the cookie stays where it is, the first argument. */
  bpf_throw: () => HELPER_STATUS.exception,
};
