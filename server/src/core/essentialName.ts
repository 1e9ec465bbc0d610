/** Before a flavour stand three underscores, no more and no fewer. */
const FLAVOUR = /^(?<essential>.*[^_])___[^_].*$/s;

/**
 * A type's name without its flavour: programs declare `task_struct___old` beside `task_struct` to ask for the same type
 * of the kernel in two ways. Mirrors `bpf_core_essential_name_len` of libbpf.
 */
export function essentialName(name: string): string {
  return name.includes('___') ? (FLAVOUR.exec(name)?.groups?.['essential'] ?? name) : name;
}
