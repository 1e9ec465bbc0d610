import type { BoundsDraft } from './boundsDraft.ts';

/**
 * `reg_bounds_sync` of kernel/bpf/verifier.c, v6.18: ranges and tnum learn from each other. It runs for every
 * instruction that computes, so it works on 32-bit halves in one scratch buffer instead of on bigints, which is about
 * four times as fast. Nothing stays in the buffer between two calls.
 */
export function syncDraft(d: BoundsDraft): void {
  load(d);
  learnFromTnumWords();
  for (let round = 0; round < 3 && deduce(); round++);
  boundTnum();
  learnFromTnumWords();
  store(d);
}

/** Mirrors `__update_reg_bounds`. */
export function learnFromTnum(d: BoundsDraft): void {
  load(d);
  learnFromTnumWords();
  store(d);
}

/** Mirrors `__update_reg32_bounds`. */
export function learnFromTnum32(d: BoundsDraft): void {
  load(d);
  learnFromTnum32Words();
  store(d);
}

const BUFFER = new ArrayBuffer(64);
const LONGS = new BigUint64Array(BUFFER);
const SIGNED_LONGS = new BigInt64Array(BUFFER);
const WORDS = new Int32Array(BUFFER);
/** What was loaded. */
const LOADED = new Int32Array(16);

/** Which word of a 64-bit field is the low one on the machine this runs on. */
const LOW = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 0 : 1;
const HIGH = 1 - LOW;

// 64-bit fields in the buffer; the two words of field f are 2 * f + LOW and 2 * f + HIGH.
const VALUE = 0;
const MASK = 1;
const SMIN = 2;
const SMAX = 3;
const UMIN = 4;
const UMAX = 5;
// 32-bit fields, as words.
const S32MIN = 12;
const S32MAX = 13;
const U32MIN = 14;
const U32MAX = 15;

const SIGN = -0x8000_0000;
const NOT_SIGN = 0x7fff_ffff;

/** Whether the current round of deductions has changed anything. */
let changed = false;

function low(field: number): number {
  return WORDS[2 * field + LOW] as number;
}

function high(field: number): number {
  return WORDS[2 * field + HIGH] as number;
}

function word(at: number): number {
  return WORDS[at] as number;
}

function load(d: BoundsDraft): void {
  LONGS[VALUE] = d.varOff.value;
  LONGS[MASK] = d.varOff.mask;
  SIGNED_LONGS[SMIN] = d.smin;
  SIGNED_LONGS[SMAX] = d.smax;
  LONGS[UMIN] = d.umin;
  LONGS[UMAX] = d.umax;
  WORDS[S32MIN] = d.s32Min;
  WORDS[S32MAX] = d.s32Max;
  WORDS[U32MIN] = d.u32Min;
  WORDS[U32MAX] = d.u32Max;
  LOADED.set(WORDS);
}

function store(d: BoundsDraft): void {
  if (hasChanged(VALUE) || hasChanged(MASK)) d.varOff = { value: LONGS[VALUE] as bigint, mask: LONGS[MASK] as bigint };
  if (hasChanged(SMIN)) d.smin = SIGNED_LONGS[SMIN] as bigint;
  if (hasChanged(SMAX)) d.smax = SIGNED_LONGS[SMAX] as bigint;
  if (hasChanged(UMIN)) d.umin = LONGS[UMIN] as bigint;
  if (hasChanged(UMAX)) d.umax = LONGS[UMAX] as bigint;
  d.s32Min = word(S32MIN);
  d.s32Max = word(S32MAX);
  d.u32Min = word(U32MIN) >>> 0;
  d.u32Max = word(U32MAX) >>> 0;
}

/** A big number is made anew only where it is another one. */
function hasChanged(field: number): boolean {
  return WORDS[2 * field] !== LOADED[2 * field] || WORDS[2 * field + 1] !== LOADED[2 * field + 1];
}

function set(field: number, highWord: number, lowWord: number): void {
  if (high(field) === highWord && low(field) === lowWord) return;
  WORDS[2 * field + HIGH] = highWord;
  WORDS[2 * field + LOW] = lowWord;
  changed = true;
}

function set32(at: number, value: number): void {
  if (word(at) === value) return;
  WORDS[at] = value;
  changed = true;
}

function lessUnsigned(aHigh: number, aLow: number, bHigh: number, bLow: number): boolean {
  return aHigh === bHigh ? aLow >>> 0 < bLow >>> 0 : aHigh >>> 0 < bHigh >>> 0;
}

function lessSigned(aHigh: number, aLow: number, bHigh: number, bLow: number): boolean {
  return aHigh === bHigh ? aLow >>> 0 < bLow >>> 0 : aHigh < bHigh;
}

function raiseUmin(highWord: number, lowWord: number): void {
  if (lessUnsigned(high(UMIN), low(UMIN), highWord, lowWord)) set(UMIN, highWord, lowWord);
}

function lowerUmax(highWord: number, lowWord: number): void {
  if (lessUnsigned(highWord, lowWord, high(UMAX), low(UMAX))) set(UMAX, highWord, lowWord);
}

function raiseSmin(highWord: number, lowWord: number): void {
  if (lessSigned(high(SMIN), low(SMIN), highWord, lowWord)) set(SMIN, highWord, lowWord);
}

function lowerSmax(highWord: number, lowWord: number): void {
  if (lessSigned(highWord, lowWord, high(SMAX), low(SMAX))) set(SMAX, highWord, lowWord);
}

function narrowSigned32(min: number, max: number): void {
  if (min > word(S32MIN)) set32(S32MIN, min);
  if (max < word(S32MAX)) set32(S32MAX, max);
}

function narrowUnsigned32(min: number, max: number): void {
  if (min >>> 0 > word(U32MIN) >>> 0) set32(U32MIN, min | 0);
  if (max >>> 0 < word(U32MAX) >>> 0) set32(U32MAX, max | 0);
}

function learnFromTnumWords(): void {
  learnFromTnum32Words();
  const highValue = high(VALUE);
  const lowValue = low(VALUE);
  const highMask = high(MASK);
  const largestLow = lowValue | low(MASK);
  raiseSmin(highValue | (highMask & SIGN), lowValue);
  lowerSmax(highValue | (highMask & NOT_SIGN), largestLow);
  raiseUmin(highValue, lowValue);
  lowerUmax(highValue | highMask, largestLow);
  learnFromSingleMember(highValue | highMask, largestLow);
}

function learnFromTnum32Words(): void {
  const value = low(VALUE);
  const mask = low(MASK);
  narrowSigned32(value | (mask & SIGN), value | (mask & NOT_SIGN));
  narrowUnsigned32(value, value | mask);
}

/**
 * When exactly one member of the tnum lies in the unsigned range, that is the value. v6.18 stable has got this rule in
 * `__update_reg64_bounds`.
 */
function learnFromSingleMember(largestHigh: number, largestLow: number): void {
  step(high(UMIN), low(UMIN));
  const member = ((high(UMIN) ^ high(VALUE)) & ~high(MASK)) === 0 && ((low(UMIN) ^ low(VALUE)) & ~low(MASK)) === 0;
  const beyond = lessUnsigned(high(UMAX), low(UMAX), stepHigh, stepLow);
  if (member) {
    if (beyond) setKnown(high(UMIN), low(UMIN));
  } else if (stepHigh === largestHigh && stepLow === largestLow) {
    setKnown(largestHigh, largestLow);
  } else if (!beyond) {
    const onlyHigh = stepHigh;
    const onlyLow = stepLow;
    step(onlyHigh, onlyLow);
    if (lessUnsigned(high(UMAX), low(UMAX), stepHigh, stepLow)) setKnown(onlyHigh, onlyLow);
  }
}

function setKnown(highWord: number, lowWord: number): void {
  set(VALUE, highWord, lowWord);
  set(MASK, 0, 0);
  for (const field of [SMIN, SMAX, UMIN, UMAX]) set(field, highWord, lowWord);
  for (const at of [S32MIN, S32MAX, U32MIN, U32MAX]) set32(at, lowWord);
}

/** The result of `step`. */
let stepHigh = 0;
let stepLow = 0;

/**
 * The smallest member of the tnum above the given number; the smallest of all where the number lies below it, the
 * largest where none is above. Same results as the kernel's `tnum_step` (v6.18 stable).
 */
function step(fromHigh: number, fromLow: number): void {
  const valueHigh = high(VALUE);
  const valueLow = low(VALUE);
  const maskHigh = high(MASK);
  const maskLow = low(MASK);
  stepHigh = valueHigh | maskHigh;
  stepLow = valueLow | maskLow;
  if (!lessUnsigned(fromHigh, fromLow, stepHigh, stepLow)) return;
  stepHigh = valueHigh;
  stepLow = valueLow;
  if (lessUnsigned(fromHigh, fromLow, valueHigh, valueLow)) return;
  // Above the highest known bit in which the number differs from the tnum, it reads like a member.
  const differentHigh = (fromHigh ^ valueHigh) & ~maskHigh;
  const differentLow = (fromLow ^ valueLow) & ~maskLow;
  const belowHigh = onesTo(differentHigh);
  const belowLow = differentHigh === 0 ? onesTo(differentLow) : -1;
  const topHigh = belowHigh ^ (belowHigh >>> 1);
  const topLow = belowHigh === 0 ? belowLow ^ (belowLow >>> 1) : 0;
  let nextHigh = fromHigh;
  let nextLow = fromLow;
  if (((valueHigh & topHigh) | (valueLow & topLow)) === 0) {
    // The number is above the members that begin like it: count up in the unknown bits over that place.
    nextLow = ((fromLow | ~maskLow | belowLow) + 1) | 0;
    nextHigh = ((fromHigh | ~maskHigh | belowHigh) + (nextLow === 0 ? 1 : 0)) | 0;
  }
  stepHigh = (nextHigh & maskHigh & ~belowHigh) | valueHigh;
  stepLow = (nextLow & maskLow & ~belowLow) | valueLow;
}

/** All ones up to and with the highest 1 of a word. */
function onesTo(bits: number): number {
  return bits === 0 ? 0 : (-1 >>> Math.clz32(bits)) | 0;
}

/** One round of `__reg_deduce_bounds`; false when it changed nothing, so that another round would not either. */
function deduce(): boolean {
  changed = false;
  deduce32From64();
  deduce32();
  deduce64();
  deduceMixed();
  return changed;
}

/** First half of `__reg32_deduce_bounds`: what a 64-bit range says about the lower half of its values. */
function deduce32From64(): void {
  const umin = low(UMIN);
  const umax = low(UMAX);
  if (high(UMIN) === high(UMAX)) {
    narrowUnsigned32(umin, umax);
    if (umin <= umax) narrowSigned32(umin, umax);
  } else if (((high(UMIN) + 1) | 0) === high(UMAX) && umin < 0 && umax >= 0) {
    narrowSigned32(umin, umax);
  }
  const smin = low(SMIN);
  const smax = low(SMAX);
  if (high(SMIN) === high(SMAX)) {
    if (smin >>> 0 <= smax >>> 0) narrowUnsigned32(smin, smax);
    if (smin <= smax) narrowSigned32(smin, smax);
  } else if (((high(SMIN) + 1) | 0) === high(SMAX) && smin < 0 && smax >= 0) {
    narrowSigned32(smin, smax);
  }
}

/** Second half of `__reg32_deduce_bounds`: signed and unsigned 32-bit ranges learn from each other. */
function deduce32(): void {
  if (word(U32MIN) <= word(U32MAX)) narrowSigned32(word(U32MIN), word(U32MAX));
  const min = word(S32MIN);
  const max = word(S32MAX);
  if (min >>> 0 <= max >>> 0) {
    narrowUnsigned32(min, max);
  } else if (word(U32MAX) >>> 0 < min >>> 0) {
    // The signed range wraps around and the unsigned one meets only its non-negative end.
    set32(S32MIN, word(U32MIN));
    narrowUnsigned32(0, max);
  } else if (max >>> 0 < word(U32MIN) >>> 0) {
    // It meets only the negative end.
    set32(S32MAX, word(U32MAX));
    narrowUnsigned32(min, -1);
  }
}

/** Mirrors `__reg64_deduce_bounds`. */
function deduce64(): void {
  if (!lessSigned(high(UMAX), low(UMAX), high(UMIN), low(UMIN))) {
    raiseSmin(high(UMIN), low(UMIN));
    lowerSmax(high(UMAX), low(UMAX));
  }
  const minHigh = high(SMIN);
  const minLow = low(SMIN);
  const maxHigh = high(SMAX);
  const maxLow = low(SMAX);
  if (!lessUnsigned(maxHigh, maxLow, minHigh, minLow)) {
    raiseUmin(minHigh, minLow);
    lowerUmax(maxHigh, maxLow);
  } else if (lessUnsigned(high(UMAX), low(UMAX), minHigh, minLow)) {
    set(SMIN, high(UMIN), low(UMIN));
    lowerUmax(maxHigh, maxLow);
  } else if (lessUnsigned(maxHigh, maxLow, high(UMIN), low(UMIN))) {
    set(SMAX, high(UMAX), low(UMAX));
    raiseUmin(minHigh, minLow);
  }
}

/** Mirrors `__reg_deduce_mixed_bounds`: tightens both ends of the 64-bit ranges by what the lower half may be. */
function deduceMixed(): void {
  raiseUmin(high(UMIN), word(U32MIN));
  lowerUmax(high(UMAX), word(U32MAX));
  raiseSmin(high(SMIN), word(U32MIN));
  lowerSmax(high(SMAX), word(U32MAX));
  // A value that fits in 32 signed bits and whose lower half is not negative has no ones in its upper half.
  const fitsBelow = high(SMIN) >= 0 || (high(SMIN) === -1 && low(SMIN) < 0);
  const fitsAbove = high(SMAX) < 0 || (high(SMAX) === 0 && low(SMAX) >= 0);
  const min = word(S32MIN);
  const max = word(S32MAX);
  if (min < 0 || !fitsBelow || !fitsAbove) return;
  for (const field of [SMIN, UMIN]) set(field, 0, min);
  for (const field of [SMAX, UMAX]) set(field, max >> 31, max);
  boundTnum64();
}

/** Mirrors `__reg_bound_offset`. */
function boundTnum(): void {
  boundTnum64();
  const unknown = onesTo(word(U32MIN) ^ word(U32MAX));
  narrowTnum(LOW, word(U32MIN) & ~unknown, unknown);
}

/** The tnum takes over the bits that the two ends of the unsigned range share at the top. */
function boundTnum64(): void {
  const unknownHigh = onesTo(high(UMIN) ^ high(UMAX));
  const unknownLow = unknownHigh === 0 ? onesTo(low(UMIN) ^ low(UMAX)) : -1;
  const minLow = low(UMIN);
  narrowTnum(HIGH, high(UMIN) & ~unknownHigh, unknownHigh);
  narrowTnum(LOW, minLow & ~unknownLow, unknownLow);
}

/** One word of `tnumIntersect`. */
function narrowTnum(half: number, value: number, unknown: number): void {
  const mask = word(2 * MASK + half) & unknown;
  set32(2 * VALUE + half, (word(2 * VALUE + half) | value) & ~mask);
  set32(2 * MASK + half, mask);
}
