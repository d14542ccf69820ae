/** The instructions that load a constant, in the order of `CONSTANTS`. */
export const CONSTANT_NAMES = ['fld1', 'fldl2t', 'fldl2e', 'fldpi', 'fldlg2', 'fldln2', 'fldz'] as const;
