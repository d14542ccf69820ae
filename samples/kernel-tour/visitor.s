# visitor.exe: the traditional process of the kernel tour (docs/kernel-tour.md). It asks the registry, looks for pico
# processes and tries to read one, and waits for the file that the pico process writes on the volume that both see.
#
# Build: npm run images

.intel_syntax noprefix

.set TEB_PROCESS, 0x40
.set PEB_PARAMETERS, 0x20
.set PARAMETERS_STANDARD_OUTPUT, 0x28

.set EVENT_ALL_ACCESS, 0x1f0003
.set NOTIFICATION_EVENT, 0
.set KEY_READ, 0x20019
.set PROCESS_VM_READ, 0x10
.set PROCESS_QUERY_LIMITED_INFORMATION, 0x1000
.set ProcessSubsystemInformation, 75
.set SUBSYSTEM_WSL, 1
.set KeyValuePartialInformation, 2
.set PARTIAL_DATA_LENGTH, 8
.set PARTIAL_DATA, 12
.set SYNCHRONIZE_READ, 0x100001                 # SYNCHRONIZE | FILE_READ_DATA
.set FILE_SHARE_ALL, 7
.set FILE_SYNCHRONOUS_IO_NONALERT, 0x20
.set OBJ_CASE_INSENSITIVE, 0x40
.set STATUS_TIMEOUT, 0x102

.include "console.inc"

# named label, "text": a UNICODE_STRING, and OBJECT_ATTRIBUTES that name it.
.macro named label, text
        .data
        .balign 8
8:      .string16 "\text"
9:      .balign 8
\label\()Name:
        .short  9b - 8b - 2, 9b - 8b            # without and with the character that ends it
        .long   0
        .quad   8b
\label: .quad   0x30                            # Length
        .quad   0                               # RootDirectory
        .quad   \label\()Name
        .quad   OBJ_CASE_INSENSITIVE
        .quad   0, 0
.endm

named   overEvent, "\\BaseNamedObjects\\TourIsOver"
named   versionKey, "\\REGISTRY\\MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion"
named   productName, "ProductName"
named   tourFile, "\\??\\C:\\tour\\TOUR.TXT"

.text

# main(RCX = PEB): its result is the exit code of the process.
.globl main
main:
        push    rbp
        mov     rbp, rsp
        sub     rsp, 0x40
        mov     rax, [rcx + PEB_PARAMETERS]
        mov     rax, [rax + PARAMETERS_STANDARD_OUTPUT]
        mov     [rip + output], rax             # console.inc writes there
        call    createEvent
        call    readRegistry
        call    findPico
        call    readFile
        mov     rcx, [rip + over]
        xor     edx, edx
        call    NtSetEvent
        check   "NtSetEvent"
        xor     eax, eax
        add     rsp, 0x40
        pop     rbp
        ret

# An event with a name: it appears in the name space, and in the handle table of this process.
createEvent:
        sub     rsp, 0x38
        lea     rcx, [rip + over]
        mov     edx, EVENT_ALL_ACCESS
        lea     r8, [rip + overEvent]
        mov     r9d, NOTIFICATION_EVENT
        mov     dword ptr [rsp + 0x20], 0       # not signaled
        call    NtCreateEvent
        check   "NtCreateEvent"
        add     rsp, 0x38
        ret

# The handle stays open, for whoever looks at the handle table.
readRegistry:
        sub     rsp, 0x48
        lea     rcx, [rip + key]
        mov     edx, KEY_READ
        lea     r8, [rip + versionKey]
        call    NtOpenKey
        check   "NtOpenKey"
        mov     rcx, [rip + key]
        lea     rdx, [rip + productNameName]
        mov     r8d, KeyValuePartialInformation
        lea     r9, [rip + buffer]
        mov     dword ptr [rsp + 0x20], 256
        lea     rax, [rip + length]
        mov     [rsp + 0x28], rax
        call    NtQueryValueKey
        check   "NtQueryValueKey"
        print   "visitor: the registry calls this "
        # A UNICODE_STRING over the data, without the character that ends it.
        mov     eax, [rip + buffer + PARTIAL_DATA_LENGTH]
        sub     eax, 2
        mov     [rip + text], ax
        mov     [rip + text + 2], ax
        lea     rax, [rip + buffer + PARTIAL_DATA]
        mov     [rip + text + 8], rax
        lea     rcx, [rip + text]
        call    writeUnicode
        print   "\n"
        add     rsp, 0x48
        ret

# Asks every process id for its subsystem. A pico process may be asked that, and may not be read: its provider has said
# so when it registered.
findPico:
        push    rbx
        sub     rsp, 0x40
        mov     ebx, 4
1:      mov     [rip + clientId], rbx
        mov     edx, PROCESS_QUERY_LIMITED_INFORMATION
        call    openProcess
        test    eax, eax
        js      2f
        mov     rcx, [rip + process]
        mov     edx, ProcessSubsystemInformation
        lea     r8, [rip + subsystem]
        mov     r9d, 4
        mov     qword ptr [rsp + 0x20], 0
        call    NtQueryInformationProcess
        check   "NtQueryInformationProcess"
        mov     rcx, [rip + process]
        call    NtClose
        cmp     dword ptr [rip + subsystem], SUBSYSTEM_WSL
        je      3f
2:      add     ebx, 4
        cmp     ebx, 100
        jb      1b
        print   "visitor: there is no pico process\n"
        jmp     4f
3:      print   "visitor: process "
        mov     ecx, ebx
        call    writeNumber
        print   " is a pico process"
        mov     edx, PROCESS_VM_READ
        call    openProcess
        cmp     eax, 0xc0000022                 # STATUS_ACCESS_DENIED
        jne     4f
        print   ", and may not be read\n"
4:      add     rsp, 0x40
        pop     rbx
        ret

# openProcess(EDX = access): the process that clientId names.
openProcess:
        sub     rsp, 0x28
        lea     rcx, [rip + process]
        lea     r8, [rip + noName]
        lea     r9, [rip + clientId]
        call    NtOpenProcess
        add     rsp, 0x28
        ret

# The pico process writes tour.txt. Until it does, wait for an event that nobody else sets, 10 ms at a time.
readFile:
        sub     rsp, 0x68
1:      mov     rcx, [rip + over]
        xor     edx, edx
        lea     r8, [rip + tenMilliseconds]
        call    NtWaitForSingleObject
        cmp     eax, STATUS_TIMEOUT
        jne     2f
        lea     rcx, [rip + file]
        mov     edx, SYNCHRONIZE_READ
        lea     r8, [rip + tourFile]
        lea     r9, [rip + ioStatus]
        mov     dword ptr [rsp + 0x20], FILE_SHARE_ALL
        mov     dword ptr [rsp + 0x28], FILE_SYNCHRONOUS_IO_NONALERT
        call    NtOpenFile
        test    eax, eax
        js      1b
2:      mov     rcx, [rip + file]
        xor     edx, edx                        # no event, no APC
        xor     r8d, r8d
        xor     r9d, r9d
        lea     rax, [rip + ioStatus]
        mov     [rsp + 0x20], rax
        lea     rax, [rip + buffer]
        mov     [rsp + 0x28], rax
        mov     dword ptr [rsp + 0x30], 256
        mov     qword ptr [rsp + 0x38], 0
        mov     qword ptr [rsp + 0x40], 0
        call    NtReadFile
        check   "NtReadFile"
        print   "visitor: TOUR.TXT was "
        lea     rcx, [rip + buffer]
        mov     edx, [rip + ioStatus + 8]
        call    write
        mov     rcx, [rip + file]
        call    NtClose
        add     rsp, 0x68
        ret

.data
        .balign 8
noName: .quad   0x30, 0, 0, 0, 0, 0             # OBJECT_ATTRIBUTES without a name
tenMilliseconds:
        .quad   -100000                         # from now on, in 100 ns

.bss
        .balign 8
over:   .skip   8
key:    .skip   8
process: .skip  8
file:   .skip   8
clientId: .skip 16
ioStatus: .skip 16
text:   .skip   16
length: .skip   4
subsystem: .skip 4
buffer: .skip   256
