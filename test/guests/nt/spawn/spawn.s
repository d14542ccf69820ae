# spawn.exe: runs itself again with NtCreateUserProcess, waits for it, and looks at how it ended. The second one knows
# from its command line that it is the second.
#
# Build: npm run images

.intel_syntax noprefix

.set TEB_PEB, 0x60
.set PEB_PARAMETERS, 0x20
.set STANDARD_OUTPUT, 0x28
.set IMAGE_PATH, 0x60
.set COMMAND_LINE, 0x70
.set PARAMETERS_SIZE, 0x440
.set PROCESS_ALL_ACCESS, 0x1fffff
.set INHERIT_HANDLES, 4
.set IMAGE_NAME, 0x20005
.set CLIENT_ID, 0x10003

.include "console.inc"

.text
.globl main
main:
        push    rbp
        mov     rbp, rsp
        push    rbx
        push    rsi
        push    rdi
        sub     rsp, 0x78
        mov     rbx, [rcx + PEB_PARAMETERS]
        mov     rax, [rbx + STANDARD_OUTPUT]
        mov     [rip + output], rax
        cmp     word ptr [rbx + COMMAND_LINE], 10       # "child"
        je      child

        lea     rdi, [rip + parameters]         # the same parameters, with another command line
        mov     rsi, rbx
        mov     ecx, PARAMETERS_SIZE
        rep     movsb
        lea     rcx, [rip + parameters + COMMAND_LINE]
        lea     rdx, [rip + childLine]
        call    RtlInitUnicodeString

        mov     rax, [rip + prefix]             # \??\ and the path of this program
        lea     rdi, [rip + name]
        mov     [rdi], rax
        add     rdi, 8
        movzx   ecx, word ptr [rbx + IMAGE_PATH]
        mov     rsi, [rbx + IMAGE_PATH + 8]
        lea     eax, [rcx + 8]
        mov     [rip + nameLength], rax
        rep     movsb

        lea     rcx, [rip + process]
        lea     rdx, [rip + thread]
        mov     r8d, PROCESS_ALL_ACCESS
        mov     r9d, PROCESS_ALL_ACCESS
        mov     qword ptr [rsp + 0x20], 0
        mov     qword ptr [rsp + 0x28], 0
        mov     dword ptr [rsp + 0x30], INHERIT_HANDLES
        mov     dword ptr [rsp + 0x38], 0
        lea     rax, [rip + parameters]
        mov     [rsp + 0x40], rax
        lea     rax, [rip + createInfo]
        mov     [rsp + 0x48], rax
        lea     rax, [rip + attributes]
        mov     [rsp + 0x50], rax
        call    NtCreateUserProcess
        test    eax, eax
        js      wrong
        cmp     dword ptr [rip + createInfo + 8], 6     # PsCreateSuccess
        jne     wrong
        mov     rcx, [rip + process]
        xor     edx, edx
        xor     r8d, r8d
        call    NtWaitForSingleObject
        mov     rcx, [rip + process]            # ProcessBasicInformation
        xor     edx, edx
        lea     r8, [rip + information]
        mov     r9d, 0x30
        mov     qword ptr [rsp + 0x20], 0
        call    NtQueryInformationProcess
        cmp     dword ptr [rip + information], 5
        jne     wrong
        mov     rax, [rip + information + 0x20]
        cmp     rax, [rip + clientId]
        jne     wrong
        mov     rax, gs:[0x40]
        cmp     rax, [rip + information + 0x28] # its parent is this process
        jne     wrong
        print   "the child has ended\n"
        print   "ok\n"
        xor     eax, eax
        jmp     9f
child:  print   "this is the child\n"
        mov     eax, 5
        jmp     9f
wrong:  print   "wrong\n"
        mov     eax, 1
9:      add     rsp, 0x78
        pop     rdi
        pop     rsi
        pop     rbx
        pop     rbp
        ret

.section .rodata
        .balign 8
prefix: .short  '\\', '?', '?', '\\'
childLine: .string16 "child"

.data
        .balign 8
attributes:                                     # PS_ATTRIBUTE_LIST
        .quad   0x48
        .quad   IMAGE_NAME
nameLength: .quad 0
        .quad   name
        .quad   0
        .quad   CLIENT_ID
        .quad   16
        .quad   clientId
        .quad   0

.bss
        .balign 8
process: .skip  8
thread: .skip   8
clientId: .skip 16
createInfo: .skip 0x58
information: .skip 0x30
parameters: .skip PARAMETERS_SIZE
name:   .skip   0x400
