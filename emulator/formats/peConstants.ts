/** Names of the PE format, spelled and valued as in winnt.h and Microsoft's "PE Format". */

/** `MZ` and `PE\0\0`, little-endian. */
export const IMAGE_DOS_SIGNATURE = 0x5a4d;
export const IMAGE_NT_SIGNATURE = 0x0000_4550;
/** Where the DOS header says that the PE header is: e_lfanew. */
export const E_LFANEW = 0x3c;

export const IMAGE_FILE_MACHINE_AMD64 = 0x8664;
export const MACHINE_NAMES: Readonly<Record<number, string>> = {
  0x14c: '32-bit x86',
  0x1c0: '32-bit ARM',
  0x1c4: '32-bit ARM (Thumb-2)',
  0x200: 'Itanium',
  [IMAGE_FILE_MACHINE_AMD64]: 'x86-64',
  0xaa64: '64-bit ARM',
  0xebc: 'EFI byte code',
};

export const IMAGE_NT_OPTIONAL_HDR32_MAGIC = 0x10b;
export const IMAGE_NT_OPTIONAL_HDR64_MAGIC = 0x20b;

export const IMAGE_FILE_RELOCS_STRIPPED = 0x0001;
export const IMAGE_FILE_EXECUTABLE_IMAGE = 0x0002;
export const IMAGE_FILE_LARGE_ADDRESS_AWARE = 0x0020;
export const IMAGE_FILE_DLL = 0x2000;

export const IMAGE_SUBSYSTEM_NATIVE = 1;
export const IMAGE_SUBSYSTEM_WINDOWS_GUI = 2;
export const IMAGE_SUBSYSTEM_WINDOWS_CUI = 3;

export const IMAGE_DLLCHARACTERISTICS_HIGH_ENTROPY_VA = 0x0020;
export const IMAGE_DLLCHARACTERISTICS_DYNAMIC_BASE = 0x0040;
export const IMAGE_DLLCHARACTERISTICS_NX_COMPAT = 0x0100;

/** Indices of the data directories. */
export const IMAGE_DIRECTORY_ENTRY_EXPORT = 0;
export const IMAGE_DIRECTORY_ENTRY_IMPORT = 1;
export const IMAGE_DIRECTORY_ENTRY_BASERELOC = 5;
export const IMAGE_DIRECTORY_ENTRY_TLS = 9;
export const IMAGE_DIRECTORY_ENTRY_IAT = 12;
export const IMAGE_NUMBEROF_DIRECTORY_ENTRIES = 16;

export const IMAGE_SCN_CNT_CODE = 0x0000_0020;
export const IMAGE_SCN_CNT_INITIALIZED_DATA = 0x0000_0040;
export const IMAGE_SCN_CNT_UNINITIALIZED_DATA = 0x0000_0080;
export const IMAGE_SCN_MEM_DISCARDABLE = 0x0200_0000;
export const IMAGE_SCN_MEM_SHARED = 0x1000_0000;
export const IMAGE_SCN_MEM_EXECUTE = 0x2000_0000;
export const IMAGE_SCN_MEM_READ = 0x4000_0000;
export const IMAGE_SCN_MEM_WRITE = 0x8000_0000;

export const IMAGE_REL_BASED_ABSOLUTE = 0;
export const IMAGE_REL_BASED_DIR64 = 10;

/** Sizes of the format's records in bytes. */
export const FILE_HEADER_SIZE = 20;
/** IMAGE_OPTIONAL_HEADER64 up to its data directories. */
export const OPTIONAL_HEADER_SIZE = 112;
export const DIRECTORY_SIZE = 8;
export const SECTION_HEADER_SIZE = 40;
export const EXPORT_DIRECTORY_SIZE = 40;
export const IMPORT_DESCRIPTOR_SIZE = 20;
export const COFF_SYMBOL_SIZE = 18;

/** A COFF symbol's type of a function, and its storage classes. */
export const IMAGE_SYM_DTYPE_FUNCTION = 0x20;
export const IMAGE_SYM_CLASS_EXTERNAL = 2;
export const IMAGE_SYM_CLASS_STATIC = 3;
