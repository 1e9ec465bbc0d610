/** A file that was asked for cannot be written. */
export class OutputFailed extends Error {}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
