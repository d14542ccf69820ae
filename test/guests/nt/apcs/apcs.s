# apcs.exe: user APCs run when the thread is willing: at NtTestAlert, and in alertable waits. A timer queues one, another
# thread queues one, and the wait that it ends says STATUS_USER_APC.
#
# Build: npm run images

.intel_syntax noprefix

.set TEB_PEB, 0x60
.set PEB_PARAMETERS, 0x20
.set STANDARD_OUTPUT, 0x28
.set CURRENT_PROCESS, -1
.set CURRENT_THREAD, -2
.set STATUS_USER_APC, 0xc0

.include "console.inc"

.text
.globl main
main:
        push    rbp
        mov     rbp, rsp
        sub     rsp, 0x70
        mov     rax, [rcx + PEB_PARAMETERS]
        mov     rax, [rax + STANDARD_OUTPUT]
        mov     [rip + output], rax

        mov     r9d, 2
        call    queueToMyself
        mov     r9d, 1
        call    queueToMyself
        print   "two are queued\n"
        call    NtTestAlert                     # the first runs, and its NtContinue lets the second run
        print   "tested\n"

        lea     rcx, [rip + timer]
        mov     edx, 0x1f0003
        xor     r8d, r8d
        xor     r9d, r9d
        call    NtCreateTimer
        mov     qword ptr [rip + due], -100000  # 10 ms from now
        mov     rcx, [rip + timer]
        lea     rdx, [rip + due]
        lea     r8, [rip + timerApc]
        mov     r9d, 5
        mov     qword ptr [rsp + 0x20], 0
        mov     qword ptr [rsp + 0x28], 0
        mov     qword ptr [rsp + 0x30], 0
        call    NtSetTimer
        mov     ecx, 1                          # alertable
        call    sleep
        cmp     eax, STATUS_USER_APC
        jne     wrong
        print   "the wait ended for the timer's APC\n"

        lea     rcx, [rip + helper]
        mov     edx, 0x1fffff
        xor     r8d, r8d
        mov     r9, CURRENT_PROCESS
        lea     rax, [rip + queueToMain]
        mov     [rsp + 0x20], rax
        mov     rax, gs:[0x48]                  # this thread's id
        mov     [rsp + 0x28], rax
        mov     dword ptr [rsp + 0x30], 0
        mov     qword ptr [rsp + 0x38], 0
        mov     qword ptr [rsp + 0x40], 0
        mov     qword ptr [rsp + 0x48], 0
        mov     qword ptr [rsp + 0x50], 0
        call    NtCreateThreadEx
        mov     rcx, [rip + helper]
        mov     edx, 1                          # alertable: the APC comes before the thread's end
        xor     r8d, r8d
        call    NtWaitForSingleObject
        cmp     eax, STATUS_USER_APC
        jne     wrong
        print   "the wait ended for the other thread's APC\n"
        mov     rcx, [rip + helper]
        xor     edx, edx
        xor     r8d, r8d
        call    NtWaitForSingleObject
        test    eax, eax
        jnz     wrong
        print   "ok\n"
        xor     eax, eax
        leave
        ret
wrong:  print   "wrong\n"
        mov     eax, 1
        leave
        ret

# queueToMyself(R9D = argument)
queueToMyself:
        push    rbp
        mov     rbp, rsp
        sub     rsp, 0x30
        mov     rcx, CURRENT_THREAD
        lea     rdx, [rip + apc]
        mov     r8d, r9d
        xor     r9d, r9d
        mov     qword ptr [rsp + 0x20], 0
        call    NtQueueApcThread
        leave
        ret

# apc(ECX = argument)
apc:
        push    rbp
        mov     rbp, rsp
        sub     rsp, 0x20
        cmp     ecx, 1
        je      1f
        print   "APC 2\n"
        leave
        ret
1:      print   "APC 1\n"
        leave
        ret

# timerApc(RCX = context, EDX, R8D = when it was due)
timerApc:
        push    rbp
        mov     rbp, rsp
        sub     rsp, 0x20
        cmp     ecx, 5
        jne     wrong
        print   "timer APC\n"
        leave
        ret

# queueToMain(RCX = thread id): what the second thread does.
queueToMain:
        push    rbp
        mov     rbp, rsp
        sub     rsp, 0x90
        mov     qword ptr [rbp - 0x10], 0       # CLIENT_ID
        mov     [rbp - 0x08], rcx
        mov     qword ptr [rbp - 0x40], 0x30    # OBJECT_ATTRIBUTES
        mov     qword ptr [rbp - 0x38], 0
        mov     qword ptr [rbp - 0x30], 0
        mov     qword ptr [rbp - 0x28], 0
        mov     qword ptr [rbp - 0x20], 0
        mov     qword ptr [rbp - 0x18], 0
        lea     rcx, [rbp - 0x48]
        mov     edx, 0x10                       # THREAD_SET_CONTEXT
        lea     r8, [rbp - 0x40]
        lea     r9, [rbp - 0x10]
        call    NtOpenThread
        mov     rcx, [rbp - 0x48]
        lea     rdx, [rip + apc]
        mov     r8d, 1
        xor     r9d, r9d
        mov     qword ptr [rsp + 0x20], 0
        call    NtQueueApcThread
        xor     eax, eax
        leave
        ret

# sleep(ECX = alertable): for a second.
sleep:
        push    rbp
        mov     rbp, rsp
        sub     rsp, 0x30
        mov     qword ptr [rbp - 8], -10000000
        lea     rdx, [rbp - 8]
        call    NtDelayExecution
        leave
        ret

.bss
        .balign 8
timer:  .skip   8
helper: .skip   8
due:    .skip   8
