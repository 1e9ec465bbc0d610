import { existsSync } from 'node:fs';
import path from 'node:path';

/** The folder of extra vectors and recordings beside the checkout; null where there is none. Suites then skip loudly. */
export const sharedFolder: string | null = (() => {
  const folder = path.resolve(import.meta.dirname, '../../../shared');
  return existsSync(path.join(folder, 'vectors')) ? folder : null;
})();

export function sharedPath(...parts: string[]): string {
  return path.join(sharedFolder ?? '/nonexistent', ...parts);
}
