/** What the engines may ask TypeScript to do, by name; the number of a helper is its place in this list. */

const FLOAT = ['add', 'sub', 'mul', 'div', 'sqrt'].flatMap(name => ['ss', 'sd', 'ps', 'pd'].map(suffix => name + suffix));

export const HELPER_NAMES: readonly string[] = [
  'cpuid', 'divideUnsigned', 'divideSigned', 'fxsave', 'fxsave64', 'fxrstor', 'fxrstor64',
  ...FLOAT, 'cvtsi2ss4', 'cvtsi2ss8', 'cvtsi2sd8', 'cvtsd2ss', 'cvtpd2ps', 'cvtdq2ps',
];
