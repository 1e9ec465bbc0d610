/** Something the user or client asked for that cannot be; the message says what to do instead. */
export class UserError extends Error {
  override name = 'UserError';
}
