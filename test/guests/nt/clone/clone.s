# clone.exe: NtCreateProcessEx without a section clones the process. A thread that is started in the clone sees the
# memory as it was; what the two write afterwards the other does not see. Inherited handles work in both.
#
# Build: npm run images

.intel_syntax noprefix

.set PEB_PARAMETERS, 0x20
.set STANDARD_OUTPUT, 0x28
.set CURRENT_PROCESS, -1
.set PROCESS_ALL_ACCESS, 0x1fffff
.set THREAD_ALL_ACCESS, 0x1fffff
.set INHERIT_HANDLES, 4

.include "console.inc"

.text
.globl main
main:
        push    rbp
        mov     rbp, rsp
        sub     rsp, 0x80
        mov     rax, [rcx + PEB_PARAMETERS]
        mov     rax, [rax + STANDARD_OUTPUT]
        mov     [rip + output], rax
        mov     dword ptr [rip + value], 1

        lea     rcx, [rip + process]
        mov     edx, PROCESS_ALL_ACCESS
        xor     r8d, r8d
        mov     r9, CURRENT_PROCESS
        mov     dword ptr [rsp + 0x20], INHERIT_HANDLES
        mov     qword ptr [rsp + 0x28], 0       # no section: a clone
        mov     qword ptr [rsp + 0x30], 0
        mov     qword ptr [rsp + 0x38], 0
        mov     dword ptr [rsp + 0x40], 0
        call    NtCreateProcessEx
        test    eax, eax
        js      wrong
        mov     dword ptr [rip + value], 2      # after the clone was made

        lea     rcx, [rip + thread]
        mov     edx, THREAD_ALL_ACCESS
        xor     r8d, r8d
        mov     r9, [rip + process]
        lea     rax, [rip + child]
        mov     [rsp + 0x20], rax
        mov     qword ptr [rsp + 0x28], 9
        mov     dword ptr [rsp + 0x30], 0
        mov     qword ptr [rsp + 0x38], 0
        mov     qword ptr [rsp + 0x40], 0
        mov     qword ptr [rsp + 0x48], 0
        mov     qword ptr [rsp + 0x50], 0
        call    NtCreateThreadEx
        test    eax, eax
        js      wrong
        mov     rcx, [rip + process]
        xor     edx, edx
        xor     r8d, r8d
        call    NtWaitForSingleObject
        cmp     dword ptr [rip + value], 2
        jne     wrong
        print   "the clone has ended\n"

        mov     rcx, [rip + process]            # PROCESS_BASIC_INFORMATION
        xor     edx, edx
        lea     r8, [rip + information]
        mov     r9d, 0x30
        mov     qword ptr [rsp + 0x20], 0
        call    NtQueryInformationProcess
        cmp     dword ptr [rip + information], 7
        jne     wrong
        print   "ok\n"
        xor     eax, eax
        leave
        ret
wrong:  print   "wrong\n"
        mov     eax, 1
        leave
        ret

# child(ECX = 9): what the thread in the clone does; its result is the clone's exit status.
child:
        push    rbp
        mov     rbp, rsp
        sub     rsp, 0x20
        cmp     ecx, 9
        jne     wrong
        cmp     dword ptr [rip + value], 1      # as it was when the clone was made
        jne     wrong
        mov     dword ptr [rip + value], 3
        print   "the clone runs\n"
        mov     eax, 7
        leave
        ret

.bss
        .balign 8
process: .skip  8
thread: .skip   8
value:  .skip   8
information: .skip 0x30
