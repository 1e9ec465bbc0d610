/** Something the user or client asked for that cannot be; the message says what to do instead. */
export class UserError extends Error {
  override name = 'UserError';
}

/** The user is told of what he can change; the rest is a bug of ours, and says so. */
export function explain(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return error instanceof UserError ? text : `The debugger failed; please report this. (${text})`;
}
