/* Knows the system that custom.test.ts defines, and no other. Notes what it sees. */

#define NOTE 1
#define SPAWN 2
#define SIGNAL 3
#define AWAIT 4
#define FORK 5
#define REAP 6
#define END 7
#define LEAVE 8
#define ECHO 9
#define SLEEP 10

.macro  call number
        mov     $\number, %eax
        syscall
.endm
.macro  note value
        mov     \value, %rdi
        call    NOTE
.endm

.globl  _start
_start: note    (%rsp)                  /* argc */
        lea     beside(%rip), %rdi      /* a thread that adds to `shared` and signals */
        lea     stack_end(%rip), %rsi
        mov     $7, %edx
        call    SPAWN
        mov     $1, %edi
        call    AWAIT
        note    shared(%rip)            /* 7 */

        call    FORK
        test    %rax, %rax
        jz      child
        mov     %rax, %rdi
        call    REAP
        note    %rax                    /* 3 */
        note    shared(%rip)            /* still 7 */

        mov     $1000000, %edi
        call    SLEEP
        note    %rax                    /* 1: it has waited */

        lea     behind(%rip), %r15
        mov     0x10, %eax              /* a page fault, which the provider sends behind */
        note    $-2
behind: note    %rax                    /* 0x10 */

        call    99
        note    %rax                    /* -1 */
        mov     $0x10, %edi
        call    ECHO
        note    %rax                    /* -14 */
        lea     words(%rip), %rdi
        call    ECHO
        note    %rax                    /* 11 */
        mov     $42, %edi
        call    END

child:  movq    $5, shared(%rip)
        note    shared(%rip)            /* 5 */
        mov     $3, %edi
        call    END

beside: add     %rdi, shared(%rip)
        call    SIGNAL
        call    LEAVE

        .section .rodata
words:  .asciz  "six words"
        .data
        .balign 8
shared: .quad   0
        .bss
        .skip   4096
stack_end:
