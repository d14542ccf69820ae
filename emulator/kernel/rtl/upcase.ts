/**
 * RtlUpcaseUnicodeChar: how names are compared without case. As in NTFS' $UpCase table each UTF-16 unit maps to one
 * unit, whatever stands beside it; only pairs that map back count, so that `ß`, `ı` or `ſ` stay what they are. The one
 * exception is the final sigma, which is a sigma.
 */

export function upcase(name: string): string {
  let ascii = true;
  for (let i = 0; i < name.length && ascii; i++) ascii = name.charCodeAt(i) < 0x80;
  if (ascii) return name.toUpperCase();
  let result = '';
  for (let i = 0; i < name.length; i++) result += upcaseUnit(name[i]);
  return result;
}

const FINAL_SIGMA = 'ς';

function upcaseUnit(unit: string): string {
  const upper = unit.toUpperCase();
  return upper.length === 1 && (upper.toLowerCase() === unit || unit === FINAL_SIGMA) ? upper : unit;
}
