/** Work that stops between its steps, so that other things get their turn, done at once. */
export function wholly<T>(steps: Iterator<unknown, T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/** Says after each piece of work, of some size, whether as much as a step has been done since the last pause. */
export function pauses(step: number): (size: number) => boolean {
  let done = 0;
  return (size) => {
    done += size;
    if (done < step) return false;
    done = 0;
    return true;
  };
}
