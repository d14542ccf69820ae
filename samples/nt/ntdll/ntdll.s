# ntdll.dll: the part of the system that lives in every traditional process. Its own source, not Microsoft's: the names
# and what the kernel expects of them are public, the code is written for this machine.
#
# What user code calls are stubs, one for each service of the kernel (`npm run images` makes them from the rows in
# emulator/kernel/services):
#
#     NtClose:  mov r10, rcx          # SYSCALL overwrites RCX
#               mov eax, 0xf          # the number of the service
#               syscall
#               ret
#
# What the kernel calls are the four entries below it knows by name: LdrInitializeThunk starts a thread,
# KiUserApcDispatcher delivers an APC, KiUserExceptionDispatcher an exception, RtlUserThreadStart calls the program.
#
# Calling convention (x64): RCX, RDX, R8, R9, then the stack above 32 bytes that belong to the callee.
# Every function keeps a frame with RBP, so that stacks can be walked.

.intel_syntax noprefix

# Offsets that are used here; the debugger shows the structures whole.
.set TEB_PEB, 0x60
.set PEB_IMAGE_BASE, 0x10
.set PEB_LDR, 0x18
.set PEB_PARAMETERS, 0x20
.set PARAMETERS_IMAGE_PATH, 0x60
.set CONTEXT_SIZE, 0x4d0
.set EXCEPTION_RECORD_ON_STACK, 0x4f0   # behind CONTEXT and CONTEXT_EX
.set CONTEXT_FULL, 0x10000b
.set EXCEPTION_CONTINUE_EXECUTION, -1
.set VECTORED_HANDLERS, 8               # places for them
.set STATUS_DLL_NOT_FOUND, 0xc0000135
.set STATUS_ORDINAL_NOT_FOUND, 0xc0000138
.set STATUS_ENTRYPOINT_NOT_FOUND, 0xc0000139

.text

# ---- threads --------------------------------------------------------------------------------------------------------

# LdrInitializeThunk(RCX = CONTEXT of the thread, RDX = base of this DLL)
# Where every thread begins. The first one prepares the process; then the thread goes where its CONTEXT says.
.globl LdrInitializeThunk
LdrInitializeThunk:
        push    rbp
        mov     rbp, rsp
        push    rbx
        sub     rsp, 0x28
        mov     rbx, rcx
        mov     rax, gs:[TEB_PEB]
        cmp     qword ptr [rax + PEB_LDR], 0
        jne     1f
        mov     rcx, rdx
        call    LdrpInitializeProcess
1:      mov     rcx, rbx
        mov     edx, 1                  # and look for APCs
        call    NtContinue
        mov     ecx, eax                # it comes back only when the CONTEXT is refused
        call    RtlExitUserProcess
        int3

# RtlUserThreadStart(RCX = function, RDX = its argument): calls it, and ends the thread with its result.
.globl RtlUserThreadStart
RtlUserThreadStart:
        push    rbp
        mov     rbp, rsp
        sub     rsp, 0x20
        mov     rax, rcx
        mov     rcx, rdx
        call    rax
        mov     ecx, eax
        call    RtlExitUserThread
        int3

# RtlExitUserThread(ECX = status)
.globl RtlExitUserThread
RtlExitUserThread:
        push    rbp
        mov     rbp, rsp
        sub     rsp, 0x20
        mov     edx, ecx
        xor     ecx, ecx                # the current thread
        call    NtTerminateThread
        int3

# RtlExitUserProcess(ECX = status)
.globl RtlExitUserProcess
RtlExitUserProcess:
        push    rbp
        mov     rbp, rsp
        sub     rsp, 0x20
        mov     edx, ecx
        mov     rcx, -1                 # the current process
        call    NtTerminateProcess
        int3

# KiUserApcDispatcher: RSP is at a CONTEXT whose first words are the APC's three arguments and its routine.
.globl KiUserApcDispatcher
KiUserApcDispatcher:
        mov     rcx, [rsp]
        mov     rdx, [rsp + 0x08]
        mov     r8, [rsp + 0x10]
        mov     r9, rsp
        call    qword ptr [rsp + 0x18]
        mov     rcx, rsp
        mov     edx, 1
        call    NtContinue
        mov     ecx, eax
        call    RtlRaiseStatus
        int3

# ---- exceptions -----------------------------------------------------------------------------------------------------

# KiUserExceptionDispatcher: RSP is at the CONTEXT of the exception; its EXCEPTION_RECORD lies behind it.
.globl KiUserExceptionDispatcher
KiUserExceptionDispatcher:
        lea     rcx, [rsp + EXCEPTION_RECORD_ON_STACK]
        mov     rdx, rsp
        call    RtlDispatchException
        test    al, al
        jz      1f
        mov     rcx, rsp
        xor     edx, edx
        call    NtContinue
1:      lea     rcx, [rsp + EXCEPTION_RECORD_ON_STACK]
        mov     rdx, rsp
        xor     r8d, r8d                # second chance: nobody here wants it
        call    NtRaiseException
        int3

# RtlDispatchException(RCX = EXCEPTION_RECORD, RDX = CONTEXT): asks the vectored handlers. AL = 1: go on from CONTEXT.
.globl RtlDispatchException
RtlDispatchException:
        push    rbp
        mov     rbp, rsp
        push    rbx
        push    rsi
        sub     rsp, 0x30
        mov     [rsp + 0x20], rcx       # EXCEPTION_POINTERS
        mov     [rsp + 0x28], rdx
        lea     rsi, [rip + vectoredHandlers]
        mov     ebx, VECTORED_HANDLERS
1:      mov     rax, [rsi]
        test    rax, rax
        jz      2f
        lea     rcx, [rsp + 0x20]
        call    rax
        cmp     eax, EXCEPTION_CONTINUE_EXECUTION
        je      3f
2:      add     rsi, 8
        dec     ebx
        jnz     1b
        xor     eax, eax
        jmp     4f
3:      mov     eax, 1
4:      add     rsp, 0x30
        pop     rsi
        pop     rbx
        pop     rbp
        ret

# RtlAddVectoredExceptionHandler(ECX = first?, RDX = handler): RAX = what removes it again, or 0 when all are taken.
# Handlers are asked in the order of their places; ECX is not looked at.
.globl RtlAddVectoredExceptionHandler
RtlAddVectoredExceptionHandler:
        lea     r8, [rip + vectoredHandlers]
        mov     ecx, VECTORED_HANDLERS
1:      xor     eax, eax
        lock cmpxchg [r8], rdx
        jz      2f
        add     r8, 8
        dec     ecx
        jnz     1b
        xor     eax, eax
        ret
2:      mov     rax, r8
        ret

# RtlRemoveVectoredExceptionHandler(RCX = what adding it gave): EAX = 1.
.globl RtlRemoveVectoredExceptionHandler
RtlRemoveVectoredExceptionHandler:
        mov     qword ptr [rcx], 0
        mov     eax, 1
        ret

# RtlRaiseException(RCX = EXCEPTION_RECORD)
.globl RtlRaiseException
RtlRaiseException:
        push    rbp
        mov     rbp, rsp
        push    rbx
        push    rcx
        sub     rsp, CONTEXT_SIZE + 0x20
        mov     rbx, rcx
        lea     rcx, [rsp + 0x20]
        call    RtlCaptureContext
        mov     rcx, [rbp - 0x10]       # RCX, RBX and where it goes on are those of the caller
        mov     rdx, [rbp - 0x08]
        mov     [rsp + 0x20 + 0x80], rcx
        mov     [rsp + 0x20 + 0x90], rdx
        lea     rax, [rbp + 0x10]
        mov     [rsp + 0x20 + 0x98], rax
        mov     rax, [rbp]
        mov     [rsp + 0x20 + 0xa0], rax
        mov     rax, [rbp + 0x08]
        mov     [rsp + 0x20 + 0xf8], rax
        mov     [rbx + 0x10], rax       # ExceptionAddress
        mov     rcx, rbx
        lea     rdx, [rsp + 0x20]
        mov     r8d, 1                  # first chance
        call    NtRaiseException
        mov     ecx, eax                # it comes back only when it was refused
        call    RtlExitUserProcess
        int3

# RtlRaiseStatus(ECX = status)
.globl RtlRaiseStatus
RtlRaiseStatus:
        push    rbp
        mov     rbp, rsp
        sub     rsp, 0xc0               # EXCEPTION_RECORD has 0x98 bytes
        mov     [rsp + 0x20], ecx
        mov     dword ptr [rsp + 0x24], 1       # EXCEPTION_NONCONTINUABLE
        mov     qword ptr [rsp + 0x28], 0
        mov     dword ptr [rsp + 0x38], 0
        lea     rcx, [rsp + 0x20]
        call    RtlRaiseException
        int3

# RtlCaptureContext(RCX = CONTEXT): the registers as they are in the caller.
.globl RtlCaptureContext
RtlCaptureContext:
        pushfq
        pop     qword ptr [rcx + 0x44]  # EFlags; Dr0 behind it is written next
        mov     qword ptr [rcx + 0x48], 0
        mov     dword ptr [rcx + 0x30], CONTEXT_FULL
        stmxcsr [rcx + 0x34]
        mov     word ptr [rcx + 0x38], cs
        mov     word ptr [rcx + 0x42], ss
        mov     [rcx + 0x78], rax
        mov     [rcx + 0x80], rcx
        mov     [rcx + 0x88], rdx
        mov     [rcx + 0x90], rbx
        lea     rax, [rsp + 8]
        mov     [rcx + 0x98], rax
        mov     [rcx + 0xa0], rbp
        mov     [rcx + 0xa8], rsi
        mov     [rcx + 0xb0], rdi
        mov     [rcx + 0xb8], r8
        mov     [rcx + 0xc0], r9
        mov     [rcx + 0xc8], r10
        mov     [rcx + 0xd0], r11
        mov     [rcx + 0xd8], r12
        mov     [rcx + 0xe0], r13
        mov     [rcx + 0xe8], r14
        mov     [rcx + 0xf0], r15
        mov     rax, [rsp]
        mov     [rcx + 0xf8], rax
        fxsave  [rcx + 0x100]
        mov     rax, [rcx + 0x78]
        ret

# DbgBreakPoint: where a debugger stops.
.globl DbgBreakPoint
DbgBreakPoint:
        int3
        ret

# ---- the loader -----------------------------------------------------------------------------------------------------

# LdrpInitializeProcess(RCX = base of this DLL): the lists of modules in the PEB, and the program's imports.
LdrpInitializeProcess:
        push    rbp
        mov     rbp, rsp
        push    rbx
        push    rsi
        sub     rsp, 0x20
        mov     [rip + ntdllBase], rcx
        mov     rbx, gs:[TEB_PEB]

        lea     rsi, [rip + programEntry]
        mov     rdx, [rbx + PEB_IMAGE_BASE]
        mov     rax, [rbx + PEB_PARAMETERS]
        lea     r8, [rax + PARAMETERS_IMAGE_PATH]
        mov     rcx, rsi
        call    LdrpDescribeModule
        lea     rcx, [rip + ntdllEntry]
        mov     rdx, [rip + ntdllBase]
        lea     r8, [rip + ntdllPath]
        call    LdrpDescribeModule

        lea     rcx, [rip + moduleLists]
        mov     dword ptr [rcx], 0x58           # Length
        mov     byte ptr [rcx + 4], 1           # Initialized
        mov     [rbx + PEB_LDR], rcx
        lea     r8, [rip + ntdllEntry]
        xor     edx, edx                        # the three lists: load, memory, initialization order
1:      lea     rax, [rcx + rdx + 0x10]
        lea     r9, [rsi + rdx]
        lea     r10, [r8 + rdx]
        mov     [rax], r9
        mov     [r9], r10
        mov     [r10], rax
        mov     [rax + 8], r10
        mov     [r10 + 8], r9
        mov     [r9 + 8], rax
        add     edx, 0x10
        cmp     edx, 0x30
        jb      1b

        mov     rcx, [rbx + PEB_IMAGE_BASE]
        call    LdrpSnapImports
        add     rsp, 0x20
        pop     rsi
        pop     rbx
        pop     rbp
        ret

# LdrpDescribeModule(RCX = LDR_DATA_TABLE_ENTRY, RDX = base, R8 = UNICODE_STRING of its path)
LdrpDescribeModule:
        mov     [rcx + 0x30], rdx               # DllBase
        mov     eax, [rdx + 0x3c]
        add     rax, rdx                        # the PE header
        mov     r9d, [rax + 0x28]
        add     r9, rdx
        mov     [rcx + 0x38], r9                # EntryPoint
        mov     r9d, [rax + 0x50]
        mov     [rcx + 0x40], r9d               # SizeOfImage
        mov     rax, [r8]
        mov     [rcx + 0x48], rax               # FullDllName
        mov     r10, [r8 + 8]
        mov     [rcx + 0x50], r10
        movzx   eax, word ptr [r8]              # BaseDllName: what follows the last backslash
        lea     r9, [r10 + rax]
        mov     r11, r9
1:      cmp     r11, r10
        je      2f
        cmp     word ptr [r11 - 2], '\\'
        je      2f
        sub     r11, 2
        jmp     1b
2:      sub     r9, r11
        mov     [rcx + 0x58], r9w
        mov     [rcx + 0x5a], r9w
        mov     [rcx + 0x60], r11
        ret

# LdrpSnapImports(RCX = base of the program): puts the addresses of this DLL's exports into its import address table.
LdrpSnapImports:
        push    rbp
        mov     rbp, rsp
        push    rbx
        push    rsi
        push    rdi
        push    r12
        sub     rsp, 0x20
        mov     rbx, rcx
        mov     eax, [rbx + 0x3c]
        mov     esi, [rbx + rax + 0x90]         # the import directory
        test    esi, esi
        jz      6f
        add     rsi, rbx
1:      mov     ecx, [rsi + 0x0c]               # for each IMAGE_IMPORT_DESCRIPTOR
        test    ecx, ecx
        jz      6f
        add     rcx, rbx
        lea     rdx, [rip + ntdllName]
        call    LdrpIsSameName
        test    eax, eax
        jz      7f
        mov     edi, [rsi]                      # the names
        mov     r12d, [rsi + 0x10]              # the addresses
        test    edi, edi
        cmovz   edi, r12d
        add     rdi, rbx
        add     r12, rbx
2:      mov     rcx, [rdi]                      # for each name
        test    rcx, rcx
        jz      3f
        js      8f
        lea     rcx, [rbx + rcx + 2]
        call    LdrpFindExport
        test    rax, rax
        jz      9f
        mov     [r12], rax
        add     rdi, 8
        add     r12, 8
        jmp     2b
3:      add     rsi, 0x14
        jmp     1b
6:      add     rsp, 0x20
        pop     r12
        pop     rdi
        pop     rsi
        pop     rbx
        pop     rbp
        ret
7:      mov     ecx, STATUS_DLL_NOT_FOUND
        mov     edx, [rsi + 0x0c]
        add     rdx, rbx
        call    LdrpFail
8:      mov     ecx, STATUS_ORDINAL_NOT_FOUND
        lea     rdx, [rip + ntdllName]
        call    LdrpFail
9:      mov     ecx, STATUS_ENTRYPOINT_NOT_FOUND
        mov     rdx, [rdi]
        lea     rdx, [rbx + rdx + 2]
        call    LdrpFail

# LdrpFindExport(RCX = name): RAX = address, or 0. The names are sorted, so half of them go at each look.
LdrpFindExport:
        push    rbp
        mov     rbp, rsp
        push    rsi
        push    rdi
        mov     r8, [rip + ntdllBase]
        mov     eax, [r8 + 0x3c]
        mov     r9d, [r8 + rax + 0x88]          # the export directory
        add     r9, r8
        mov     r10d, [r9 + 0x20]
        add     r10, r8                         # the names
        xor     edi, edi                        # first and end of where it may be
        mov     esi, [r9 + 0x18]
1:      cmp     edi, esi
        jae     5f
        lea     r11d, [rdi + rsi]
        shr     r11d, 1
        mov     edx, [r10 + r11 * 4]
        add     rdx, r8
        push    rcx
2:      mov     al, [rcx]
        cmp     al, [rdx]
        jne     3f
        inc     rcx
        inc     rdx
        test    al, al
        jnz     2b
3:      pop     rcx
        je      4f
        cmovb   esi, r11d
        jb      1b
        lea     edi, [r11 + 1]
        jmp     1b
4:      mov     eax, [r9 + 0x24]                # the ordinals, then the functions
        add     rax, r8
        movzx   eax, word ptr [rax + r11 * 2]
        mov     edx, [r9 + 0x1c]
        add     rdx, r8
        mov     eax, [rdx + rax * 4]
        add     rax, r8
        jmp     6f
5:      xor     eax, eax
6:      pop     rdi
        pop     rsi
        pop     rbp
        ret

# LdrpIsSameName(RCX, RDX = lower case): EAX = 1 when they are equal but for the case of letters.
LdrpIsSameName:
1:      movzx   eax, byte ptr [rcx]
        lea     r8d, [rax - 'A']
        cmp     r8d, 25
        ja      2f
        add     eax, 0x20
2:      cmp     al, [rdx]
        jne     3f
        inc     rcx
        inc     rdx
        test    eax, eax
        jnz     1b
        mov     eax, 1
        ret
3:      xor     eax, eax
        ret

# LdrpFail(ECX = status, RDX = the name that is missing): says so, and ends the process.
LdrpFail:
        push    rbp
        mov     rbp, rsp
        push    rbx
        sub     rsp, 0x258
        mov     ebx, ecx
        lea     r8, [rsp + 0x50]                # the name in UTF-16
        xor     eax, eax
1:      movzx   r9d, byte ptr [rdx + rax]
        mov     [r8 + rax * 2], r9w
        test    r9d, r9d
        jz      2f
        inc     eax
        cmp     eax, 255
        jb      1b
2:      add     eax, eax
        mov     [rsp + 0x40], ax                # UNICODE_STRING
        mov     [rsp + 0x42], ax
        mov     [rsp + 0x48], r8
        lea     rax, [rsp + 0x40]
        mov     [rsp + 0x38], rax               # the array of parameters
        mov     edx, 1                          # one of them,
        mov     r8d, 1                          # which is a string
        lea     r9, [rsp + 0x38]
        mov     qword ptr [rsp + 0x20], 1       # OptionOk
        lea     rax, [rsp + 0x30]
        mov     [rsp + 0x28], rax
        call    NtRaiseHardError
        mov     ecx, ebx
        call    RtlExitUserProcess
        int3

# RtlInitUnicodeString(RCX = UNICODE_STRING, RDX = zero-terminated text)
.globl RtlInitUnicodeString
RtlInitUnicodeString:
        xor     eax, eax
        cmp     word ptr [rdx], 0
        je      2f
1:      add     eax, 2
        cmp     word ptr [rdx + rax], 0
        jne     1b
2:      mov     [rcx], ax
        add     eax, 2
        mov     [rcx + 2], ax
        mov     [rcx + 8], rdx
        ret

.section .rodata
ntdllName:
        .asciz  "ntdll.dll"
        .balign 8
ntdllPath:                                      # UNICODE_STRING
        .short  ntdllPathEnd - ntdllPathText - 2, ntdllPathEnd - ntdllPathText, 0, 0
        .quad   ntdllPathText
ntdllPathText:
        .string16 "C:\\Windows\\System32\\ntdll.dll"
ntdllPathEnd:

.bss
        .balign 16
moduleLists:    .skip 0x58                      # PEB_LDR_DATA
        .balign 16
programEntry:   .skip 0x138                     # LDR_DATA_TABLE_ENTRY
        .balign 16
ntdllEntry:     .skip 0x138
ntdllBase:      .skip 8
vectoredHandlers: .skip 8 * VECTORED_HANDLERS
