/** Lines of the kernel's bookkeeping of stack liveness are not printed by us. */
const NOT_OURS = /^(verification time|stack depth|\(\d[\d,]*\) )/;

/** A log line by line, without what differs from one load to the next: addresses, names of maps and times. */
export function logLines(log: string): string[] {
  return log
    .split('\n')
    .filter((line) => line !== '' && !NOT_OURS.test(line))
    .map((line) => line.replaceAll(/map=\w+/g, 'map').replace(/(r\d = )0x[0-9a-f]+ */, '$1ADDRESS'));
}
