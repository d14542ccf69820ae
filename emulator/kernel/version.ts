/** Which Windows this kernel speaks: service numbers, structures and version numbers are those of Windows 10 22H2. */

export const MAJOR_VERSION = 10;
export const MINOR_VERSION = 0;
export const BUILD_NUMBER = 19045;
