/**
 * Formats of bpf_trace_printk and its kin that the kernel refuses when the program runs: it prints nothing then. Mirrors
 * bpf_bprintf_prepare of kernel/bpf/helpers.c (v6.18).
 */
import { reportWarning } from '../problem.ts';
import type { Expr } from '../typed.ts';
import type { Checker } from './checker.ts';
import { evaluateInt } from './constant.ts';
import { formatText, placeInText } from './formatText.ts';

interface Printer {
  readonly text: number;
  /** The argument that says how many bytes of values there are; null where the values follow as arguments. */
  readonly sizeAt: number | null;
}

/** By helper: which arguments hold format and values. */
const PRINTERS: Readonly<Record<string, Printer>> = {
  bpf_trace_printk: { text: 0, sizeAt: null },
  bpf_trace_vprintk: { text: 0, sizeAt: 3 },
  bpf_seq_printf: { text: 1, sizeAt: 4 },
  bpf_snprintf: { text: 2, sizeAt: 4 },
};

/** Of bpf_trace_vprintk and its kin (MAX_BPRINTF_VARARGS). */
const MOST_VALUES = 12;

export function warnAboutKernelFormat(c: Checker, name: string, args: readonly Expr[]): void {
  const printer = Object.hasOwn(PRINTERS, name) ? PRINTERS[name] : undefined;
  const arg = printer === undefined ? undefined : args[printer.text];
  if (printer === undefined || arg === undefined || c.unevaluated || c.dead) return;
  const text = formatText(arg);
  const count = countOf(printer, args);
  if (text === null || count === null) return;
  const fault = faultOf(text.text, count);
  if (fault === null) return;
  const start = placeInText(c, text.at, fault.byte);
  reportWarning(c.problems, 'bpf-format', { start, end: start + fault.length }, `${name}: ${fault.message}`);
}

function countOf({ sizeAt }: Printer, args: readonly Expr[]): number | null {
  if (sizeAt === null) return args.length - 2;
  const size = args[sizeAt] === undefined ? null : evaluateInt(args[sizeAt], true);
  return size === null ? null : Number(size / 8n);
}

interface Fault {
  readonly byte: number;
  readonly length: number;
  readonly message: string;
}

const CONVERSION = /%(?:%|([0+\- ]*(?:[1-9]\d*)?)(p(?:[ku]s|[KxsSB]|[iI][46])?|s|c|(?:ll|l)?[idxXu])?)/g;

/** The first thing that the kernel does not take; null where all is well. */
function faultOf(text: string, count: number): Fault | null {
  // eslint-disable-next-line no-control-regex -- The kernel refuses control characters.
  const control = /[^\t-\r -\u{FF}]/u.exec(text);
  if (control !== null)
    return { byte: control.index, length: 1, message: 'the format must not have control characters in it' };
  if (count > MOST_VALUES) return { byte: 0, length: 1, message: `at most ${MOST_VALUES} values can be printed` };
  let used = 0;
  for (const { 0: whole, 2: conversion, index } of text.matchAll(CONVERSION)) {
    if (whole === '%%') continue;
    const behind = text.slice(index + whole.length);
    if (conversion === undefined) return unknown(index, whole + behind.slice(0, 1));
    if (!endsThere(conversion, behind)) return glued(index, whole, behind);
    if (++used > count)
      return {
        byte: index,
        length: whole.length,
        message: `the format has more conversions than values are passed (${count})`,
      };
  }
  return used < count
    ? { byte: 0, length: 1, message: `the format has fewer conversions (${used}) than values are passed (${count})` }
    : null;
}

/** `%s` and `%p` alone end at a space, a punctuation mark or the end. */
function endsThere(conversion: string, behind: string): boolean {
  const [next = ' '] = behind;
  return !['s', 'p', 'pks', 'pus'].includes(conversion) || !/[\dA-Za-z\u0080-\u00FF]/.test(next);
}

const KNOWN =
  '%d %i %u %x %X (with l or ll), %c, %s, %p, %pks, %pus, %px, %pK, %ps, %pS, %pB, %pi4, %pI4, %pi6 and %pI6';

function unknown(byte: number, whole: string): Fault {
  return { byte, length: whole.length, message: `the kernel does not know the conversion '${whole}'; it has ${KNOWN}` };
}

function glued(byte: number, whole: string, behind: string): Fault {
  const message = `the kernel refuses '${whole}${behind.slice(0, 1)}'; put a space or a punctuation mark behind '${whole}'`;
  return { byte, length: whole.length + 1, message };
}
