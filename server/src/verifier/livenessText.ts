/** What the log at level 2 says of stack slots that come alive. Mirrors `log_mask_change` of kernel/bpf/liveness.c, v6.18. */

/** `+live -8,-16 ` for slots that are new, `-live -8` for those that are gone; empty where nothing changed. */
export function changeText(word: string, old: Uint32Array, now: Uint32Array): string {
  const added = slotsText(now, old);
  const gone = slotsText(old, now);
  return `${added === '' ? '' : `+${word} ${added} `}${gone === '' ? '' : `-${word} ${gone}`}`;
}

/** Offsets from the frame pointer of the slots that are in the one mask and not in the other. */
function slotsText(of: Uint32Array, without: Uint32Array): string {
  const offsets: number[] = [];
  for (let spi = 0; spi < 64; spi++) {
    const half = spi >> 5;
    if ((((of[half] ?? 0) & ~(without[half] ?? 0)) >>> (spi & 31)) & 1) offsets.push(-8 * (spi + 1));
  }
  return offsets.join(',');
}
