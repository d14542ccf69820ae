# exceptions.exe: a vectored handler sees an access violation, a division by zero, a breakpoint and an exception that
# software raises, repairs each, and the program goes on. The last access violation nobody handles.
#
# Build: npm run images

.intel_syntax noprefix

.set TEB_PEB, 0x60
.set PEB_PARAMETERS, 0x20
.set STANDARD_OUTPUT, 0x28
.set RECORD_CODE, 0x00
.set RECORD_ADDRESS, 0x10
.set RECORD_INFORMATION, 0x20
.set CONTEXT_RAX, 0x78
.set CONTEXT_RCX, 0x80
.set CONTEXT_RIP, 0xf8
.set STATUS_ACCESS_VIOLATION, 0xc0000005
.set STATUS_INTEGER_DIVIDE_BY_ZERO, 0xc0000094
.set STATUS_BREAKPOINT, 0x80000003

.include "console.inc"

.text
.globl main
main:
        push    rbp
        mov     rbp, rsp
        sub     rsp, 0xc0
        mov     rax, [rcx + PEB_PARAMETERS]
        mov     rax, [rax + STANDARD_OUTPUT]
        mov     [rip + output], rax
        mov     ecx, 1
        lea     rdx, [rip + handler]
        call    RtlAddVectoredExceptionHandler

        mov     eax, 0x1234
        mov     rax, [rax]                      # handled: RAX becomes 7, the instruction is left out
        cmp     rax, 7
        jne     wrong
        print   "went on after the access violation\n"

        mov     eax, 1
        xor     edx, edx
        xor     ecx, ecx
        div     ecx                             # handled: RCX becomes 1, the instruction runs again
        cmp     eax, 1
        jne     wrong
        print   "went on after the division\n"

        call    DbgBreakPoint                   # handled: goes on behind INT3
        print   "went on after the breakpoint\n"

        lea     rcx, [rsp + 0x20]               # EXCEPTION_RECORD
        mov     dword ptr [rcx], 0xe0001234
        mov     dword ptr [rcx + 4], 0
        mov     qword ptr [rcx + 8], 0
        mov     dword ptr [rcx + 0x18], 0
        call    RtlRaiseException
        print   "went on after the raised exception\n"

        movsd   xmm6, [rip + number]            # floating-point registers survive it all
        int3
        comisd  xmm6, [rip + number]
        jne     wrong
        print   "ok\n"
        mov     dword ptr [0x99], 0             # nobody handles writes

wrong:  print   "wrong\n"
        mov     eax, 1
        leave
        ret

# handler(RCX = EXCEPTION_POINTERS)
handler:
        push    rbp
        mov     rbp, rsp
        push    rbx
        push    rsi
        sub     rsp, 0x20
        mov     rbx, [rcx]                      # EXCEPTION_RECORD
        mov     rsi, [rcx + 8]                  # CONTEXT
        pxor    xmm6, xmm6
        mov     eax, [rbx + RECORD_CODE]
        cmp     eax, STATUS_ACCESS_VIOLATION
        je      1f
        cmp     eax, STATUS_INTEGER_DIVIDE_BY_ZERO
        je      2f
        cmp     eax, STATUS_BREAKPOINT
        je      3f
        cmp     eax, 0xe0001234
        je      4f
        xor     eax, eax                        # EXCEPTION_CONTINUE_SEARCH
        jmp     9f
1:      cmp     qword ptr [rbx + RECORD_INFORMATION], 0
        jne     5f
        cmp     qword ptr [rbx + RECORD_INFORMATION + 8], 0x1234
        jne     5f
        mov     qword ptr [rsi + CONTEXT_RAX], 7
        add     qword ptr [rsi + CONTEXT_RIP], 3
        print   "access violation, "
        jmp     8f
2:      mov     qword ptr [rsi + CONTEXT_RCX], 1
        print   "division by zero, "
        jmp     8f
3:      inc     qword ptr [rsi + CONTEXT_RIP]
        print   "breakpoint, "
        jmp     8f
4:      print   "raised, "
8:      mov     eax, -1                         # EXCEPTION_CONTINUE_EXECUTION
        jmp     9f
5:      xor     eax, eax
9:      add     rsp, 0x20
        pop     rsi
        pop     rbx
        pop     rbp
        ret

.section .rodata
        .balign 8
number: .double 1.5
