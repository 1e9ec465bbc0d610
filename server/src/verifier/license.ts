/** Mirrors `license_is_gpl_compatible` of include/linux/license.h. */
export function isGplCompatible(license: string): boolean {
  return ['GPL', 'GPL v2', 'GPL and additional rights', 'Dual BSD/GPL', 'Dual MIT/GPL', 'Dual MPL/GPL'].includes(
    license,
  );
}
