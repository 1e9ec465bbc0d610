import { homedir } from 'node:os';
import path from 'node:path';

interface Machine {
  readonly platform: string;
  readonly home: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** Ours among the user's folders for what can be made again. Source: XDG Base Directory Specification 0.8; Apple; Microsoft. */
export function cacheFolder({ platform, home, variables }: Machine = thisMachine()): string {
  if (platform === 'darwin') return path.posix.join(home, 'Library/Caches', NAME);
  if (platform === 'win32')
    return path.win32.join(variables['LOCALAPPDATA'] ?? `${home}\\AppData\\Local`, NAME, 'Cache');
  const given = variables['XDG_CACHE_HOME'] ?? '';
  // A relative path is to be ignored.
  return path.posix.join(given.startsWith('/') ? given : path.posix.join(home, '.cache'), NAME);
}

const NAME = 'ebpf-workbench';

function thisMachine(): Machine {
  return { platform: process.platform, home: homedir(), variables: process.env };
}
