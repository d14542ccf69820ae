/** What the engines may ask TypeScript to do, by name; the number of a helper is its place in this list. */
export const HELPER_NAMES: readonly string[] = ['cpuid', 'divideUnsigned', 'divideSigned'];
