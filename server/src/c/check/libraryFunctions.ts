/** Functions of the C library that clang knows by name (Builtins.td, v19), so that its message tells their types. */

export interface LibraryFunction {
  readonly type: string;
  readonly header: string;
}

const FUNCTIONS: Readonly<Record<string, readonly [type: string, header: string]>> = {
  memcpy: ['void *(void *, const void *, unsigned long)', 'string.h'],
  memmove: ['void *(void *, const void *, unsigned long)', 'string.h'],
  memset: ['void *(void *, int, unsigned long)', 'string.h'],
  memcmp: ['int (const void *, const void *, unsigned long)', 'string.h'],
  memchr: ['void *(const void *, int, unsigned long)', 'string.h'],
  strlen: ['unsigned long (const char *)', 'string.h'],
  strcmp: ['int (const char *, const char *)', 'string.h'],
  strncmp: ['int (const char *, const char *, unsigned long)', 'string.h'],
  strcpy: ['char *(char *, const char *)', 'string.h'],
  strncpy: ['char *(char *, const char *, unsigned long)', 'string.h'],
  strcat: ['char *(char *, const char *)', 'string.h'],
  strncat: ['char *(char *, const char *, unsigned long)', 'string.h'],
  strchr: ['char *(const char *, int)', 'string.h'],
  strrchr: ['char *(const char *, int)', 'string.h'],
  strstr: ['char *(const char *, const char *)', 'string.h'],
  printf: ['int (const char *, ...)', 'stdio.h'],
  sprintf: ['int (char *restrict, const char *restrict, ...)', 'stdio.h'],
  snprintf: ['int (char *restrict, unsigned long, const char *restrict, ...)', 'stdio.h'],
  scanf: ['int (const char *restrict, ...)', 'stdio.h'],
  malloc: ['void *(unsigned long)', 'stdlib.h'],
  calloc: ['void *(unsigned long, unsigned long)', 'stdlib.h'],
  realloc: ['void *(void *, unsigned long)', 'stdlib.h'],
  free: ['void (void *)', 'stdlib.h'],
  abs: ['int (int)', 'stdlib.h'],
  labs: ['long (long)', 'stdlib.h'],
  bzero: ['void (void *, unsigned long)', 'strings.h'],
  exit: ['void (int) __attribute__((noreturn))', 'stdlib.h'],
  abort: ['void (void) __attribute__((noreturn))', 'stdlib.h'],
};

export function libraryFunction(name: string): LibraryFunction | null {
  const found = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  return found === undefined ? null : { type: found[0], header: found[1] };
}
