import type { Fault } from './machine.ts';

/**
 * Answers whether somebody wants the run to end; it is asked again and again, also in the middle of an event. Once it
 * says yes, it does so for ever.
 */
export type StopSignal = () => boolean;

/** The program did nothing wrong: the user would wait no longer. */
export const STOPPED: Fault = { kind: 'stopped', message: 'was stopped by the user', address: null };
