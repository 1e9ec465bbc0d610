/** Why a relocation cannot be answered at all. Thrown by the steps of one, caught in resolve.ts; never leaves this folder. */
export class CoreFailure extends Error {
  override name = 'CoreFailure';
}

export function fail(why: string): never {
  throw new CoreFailure(why);
}
