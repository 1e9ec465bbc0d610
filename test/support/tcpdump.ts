import { execFileSync } from 'node:child_process';

/** The version of the installed tcpdump, if it works with libpcap 1.10; null otherwise: skip loudly then. */
export function tcpdumpVersion(): string | null {
  try {
    const version = tcpdump('--version');
    return version.includes('libpcap version 1.10') ? version : null;
  } catch {
    return null;
  }
}

/** A filter for the link layer of a capture. Throws where the expression makes no sense for it. */
export function compileFilter(capture: string, style: 'd' | 'dd' | 'ddd', expression: string): string {
  return tcpdump('-r', capture, `-${style}`, expression);
}

/** How many packets of a capture match. */
export function countPackets(capture: string, expression: string): number {
  return Number(/^(\d+) packets?$/m.exec(tcpdump('-r', capture, '--count', expression))?.[1]);
}

function tcpdump(...words: readonly string[]): string {
  return execFileSync('tcpdump', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
}
