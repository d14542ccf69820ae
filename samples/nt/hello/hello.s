# hello.exe: a traditional NT process that shows what one has. It speaks to the kernel only, through ntdll.dll.
#
# Open this folder in VS Code and press F5 on hello.exe. Set a breakpoint on NtWriteFile, look at PEB, TEB and
# USER_SHARED_DATA in the memory view, and watch the guard page below each stack.
#
# Build: npm run images

.intel_syntax noprefix

.set TEB_SELF, 0x30
.set TEB_PROCESS, 0x40
.set TEB_THREAD, 0x48
.set TEB_PEB, 0x60
.set PEB_PARAMETERS, 0x20
.set PARAMETERS_STANDARD_OUTPUT, 0x28
.set PARAMETERS_IMAGE_PATH, 0x60
.set PARAMETERS_COMMAND_LINE, 0x70
.set SHARED_BUILD_NUMBER, 0x7ffe0260

.set CURRENT_PROCESS, -1
.set MEM_COMMIT_RESERVE, 0x3000
.set MEM_RELEASE, 0x8000
.set PAGE_READWRITE, 4
.set EVENT_ALL_ACCESS, 0x1f0003
.set THREAD_ALL_ACCESS, 0x1fffff
.set SYNCHRONIZE_READ, 0x100001                 # SYNCHRONIZE | FILE_READ_DATA
.set FILE_SHARE_READ, 1
.set FILE_SYNCHRONOUS_IO_NONALERT, 0x20
.set OBJ_CASE_INSENSITIVE, 0x40
.set SYNCHRONIZATION_EVENT, 1

.include "console.inc"

.text

# main(RCX = PEB): its result is the exit code of the process.
.globl main
main:
        push    rbp
        mov     rbp, rsp
        push    rbx
        push    rsi
        sub     rsp, 0x80

        mov     rbx, [rcx + PEB_PARAMETERS]
        mov     rax, [rbx + PARAMETERS_STANDARD_OUTPUT]
        mov     [rip + output], rax             # console.inc writes there

        print   "Hello from a traditional NT process.\n"
        print   "Image:        "
        lea     rcx, [rbx + PARAMETERS_IMAGE_PATH]
        call    writeUnicode
        print   "\nCommand line: "
        lea     rcx, [rbx + PARAMETERS_COMMAND_LINE]
        call    writeUnicode
        print   "\nProcess "
        mov     rcx, gs:[TEB_PROCESS]
        call    writeNumber
        print   ", thread "
        mov     rcx, gs:[TEB_THREAD]
        call    writeNumber
        print   ", build "
        mov     ecx, ds:[SHARED_BUILD_NUMBER]
        call    writeNumber
        print   "\n"

        call    useMemory
        mov     rcx, rbx
        call    readImage
        call    useThread

        print   "Good bye.\n"
        mov     eax, 42
        add     rsp, 0x80
        pop     rsi
        pop     rbx
        pop     rbp
        ret

# Reserves and commits 64 KiB, writes its first and last byte, and gives it back.
useMemory:
        push    rbp
        mov     rbp, rsp
        sub     rsp, 0x40
        mov     qword ptr [rbp - 8], 0          # base: wherever there is room
        mov     qword ptr [rbp - 16], 0x10000   # size
        mov     rcx, CURRENT_PROCESS
        lea     rdx, [rbp - 8]
        xor     r8d, r8d
        lea     r9, [rbp - 16]
        mov     dword ptr [rsp + 0x20], MEM_COMMIT_RESERVE
        mov     dword ptr [rsp + 0x28], PAGE_READWRITE
        call    NtAllocateVirtualMemory
        check   "NtAllocateVirtualMemory"
        mov     rax, [rbp - 8]
        mov     byte ptr [rax], 1
        mov     byte ptr [rax + 0xffff], 2
        print   "Allocated 65536 bytes.\n"
        mov     qword ptr [rbp - 16], 0
        mov     rcx, CURRENT_PROCESS
        lea     rdx, [rbp - 8]
        lea     r8, [rbp - 16]
        mov     r9d, MEM_RELEASE
        call    NtFreeVirtualMemory
        check   "NtFreeVirtualMemory"
        add     rsp, 0x40
        pop     rbp
        ret

# readImage(RCX = process parameters): opens the file that this program came from and reads its first two bytes.
readImage:
        push    rbp
        mov     rbp, rsp
        push    rbx
        sub     rsp, 0x2c8
        .set    file, -0x18
        .set    ioStatus, -0x28
        .set    attributes, -0x58
        .set    name, -0x68
        .set    path, -0x270
        # The object manager's name of a file is its path behind \??\
        movzx   edx, word ptr [rcx + PARAMETERS_IMAGE_PATH]
        mov     r8, [rcx + PARAMETERS_IMAGE_PATH + 8]
        mov     rax, [rip + prefix]
        mov     [rbp + path], rax
        xor     eax, eax
1:      mov     r9w, [r8 + rax]
        mov     [rbp + path + 8 + rax], r9w
        add     eax, 2
        cmp     eax, edx
        jb      1b
        add     edx, 8
        mov     [rbp + name], dx                # UNICODE_STRING
        mov     [rbp + name + 2], dx
        lea     rax, [rbp + path]
        mov     [rbp + name + 8], rax
        mov     qword ptr [rbp + attributes], 0x30      # OBJECT_ATTRIBUTES: Length, RootDirectory, ObjectName, …
        mov     qword ptr [rbp + attributes + 0x08], 0
        lea     rax, [rbp + name]
        mov     [rbp + attributes + 0x10], rax
        mov     qword ptr [rbp + attributes + 0x18], OBJ_CASE_INSENSITIVE
        mov     qword ptr [rbp + attributes + 0x20], 0
        mov     qword ptr [rbp + attributes + 0x28], 0
        lea     rcx, [rbp + file]
        mov     edx, SYNCHRONIZE_READ
        lea     r8, [rbp + attributes]
        lea     r9, [rbp + ioStatus]
        mov     dword ptr [rsp + 0x20], FILE_SHARE_READ
        mov     dword ptr [rsp + 0x28], FILE_SYNCHRONOUS_IO_NONALERT
        call    NtOpenFile
        check   "NtOpenFile"

        mov     rcx, [rbp + file]
        xor     edx, edx                        # no event, no APC
        xor     r8d, r8d
        xor     r9d, r9d
        lea     rax, [rbp + ioStatus]
        mov     [rsp + 0x20], rax
        lea     rax, [rip + buffer]
        mov     [rsp + 0x28], rax
        mov     dword ptr [rsp + 0x30], 2
        mov     qword ptr [rsp + 0x38], 0       # from where the file stands
        mov     qword ptr [rsp + 0x40], 0
        call    NtReadFile
        check   "NtReadFile"
        mov     rcx, [rbp + file]
        call    NtClose
        check   "NtClose"
        print   "Its file begins with "
        lea     rcx, [rip + buffer]
        mov     edx, [rbp + ioStatus + 8]       # how many bytes were read
        call    write
        print   ".\n"
        add     rsp, 0x2c8
        pop     rbx
        pop     rbp
        ret

# Starts a second thread, waits until it sets an event, then until it has ended.
useThread:
        push    rbp
        mov     rbp, rsp
        sub     rsp, 0x80
        .set    thread, -0x08
        lea     rcx, [rip + event]
        mov     edx, EVENT_ALL_ACCESS
        xor     r8d, r8d
        mov     r9d, SYNCHRONIZATION_EVENT
        mov     dword ptr [rsp + 0x20], 0       # not signaled
        call    NtCreateEvent
        check   "NtCreateEvent"

        lea     rcx, [rbp + thread]
        mov     edx, THREAD_ALL_ACCESS
        xor     r8d, r8d
        mov     r9, CURRENT_PROCESS
        lea     rax, [rip + worker]
        mov     [rsp + 0x20], rax
        mov     qword ptr [rsp + 0x28], 7       # its argument
        mov     dword ptr [rsp + 0x30], 0       # flags: it runs at once
        mov     qword ptr [rsp + 0x38], 0
        mov     qword ptr [rsp + 0x40], 0       # stack as the image says
        mov     qword ptr [rsp + 0x48], 0
        mov     qword ptr [rsp + 0x50], 0
        call    NtCreateThreadEx
        check   "NtCreateThreadEx"

        mov     rcx, [rip + event]
        xor     edx, edx
        xor     r8d, r8d                        # for ever
        call    NtWaitForSingleObject
        check   "NtWaitForSingleObject (event)"
        print   "The event is set.\n"
        mov     rcx, [rbp + thread]
        xor     edx, edx
        xor     r8d, r8d
        call    NtWaitForSingleObject
        check   "NtWaitForSingleObject (thread)"
        print   "The second thread has ended.\n"
        mov     rcx, [rbp + thread]
        call    NtClose
        mov     rcx, [rip + event]
        call    NtClose
        add     rsp, 0x80
        pop     rbp
        ret

# worker(RCX = argument): the second thread. It touches its stack far enough down that the guard page moves.
worker:
        push    rbp
        mov     rbp, rsp
        push    rbx
        sub     rsp, 0x28
        mov     rbx, rcx
        mov     ecx, 8                          # pages
        mov     rax, rsp
1:      sub     rax, 0x1000
        mov     byte ptr [rax], 0
        loop    1b
        print   "The second thread runs with argument "
        mov     rcx, rbx
        call    writeNumber
        print   ".\n"
        mov     rcx, [rip + event]
        xor     edx, edx
        call    NtSetEvent
        xor     eax, eax
        add     rsp, 0x28
        pop     rbx
        pop     rbp
        ret

.section .rodata
        .balign 8
prefix: .short  '\\', '?', '?', '\\'

.bss
        .balign 8
event:  .skip   8
buffer: .skip   8
