/** Numbers as the views write them. */

/** `0x` and at least 8 digits, so that addresses below 4 GiB, which most are, line up. */
export function address(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}

/** Bytes with a unit, such as `4 kB` or `1.5 MB`, as System Informer writes them. */
export function bytes(value: number): string {
  if (value < 1024) return `${value} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let scaled = value / 1024;
  let unit = 0;
  while (scaled >= 1024 && unit < units.length - 1) {
    scaled /= 1024;
    unit++;
  }
  return `${Number.isInteger(scaled) ? scaled : scaled.toFixed(1)} ${units[unit]}`;
}
