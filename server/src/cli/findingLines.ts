import type { Finding } from '../verifier/verification.ts';

/** A finding as plain lines: the kernel's message, what it means, what to do. */
export function findingLines(program: string, { kernelMessage, message, suggestion }: Finding): string[] {
  const lines = [kernelMessage === '' ? `${program}: ${message}` : `${program}: ${kernelMessage}`];
  if (kernelMessage !== '' && message !== kernelMessage) lines.push(message);
  if (suggestion !== null) lines.push(suggestion);
  return lines;
}
