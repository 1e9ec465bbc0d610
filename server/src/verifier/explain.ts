import type { Env } from './env.ts';
import type { Rejection, Unsupported } from './rejection.ts';
import type { Finding } from './verification.ts';

export function findingOf(env: Env, rejection: Rejection): Finding {
  return {
    code: 'rejected',
    kernelMessage: rejection.lines[0] ?? '',
    message: rejection.lines[0] ?? '',
    suggestion: null,
    pc: rejection.place === 'here' ? env.pc : rejection.place,
    path: [],
  };
}

export function unsupportedFinding(env: Env, error: Unsupported): Finding {
  return {
    code: 'unsupported',
    kernelMessage: '',
    message: `not checked: ${error.what} is not modelled yet`,
    suggestion: null,
    pc: env.processed > 0 ? env.pc : null,
    path: [],
  };
}
