import type { Machine } from '../createMachine.ts';
import type { HelperStatus } from '../machine.ts';

/** Takes its arguments from the helper frame and leaves its result there. */
export type HelperFunction = (machine: Machine) => HelperStatus;

/** By helper number; numbers that are missing are unsupported. */
export const HELPER_FUNCTIONS: Readonly<Record<number, HelperFunction>> = {};
