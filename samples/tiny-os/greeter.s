# A program for the system in tiny.ts: number in RAX, arguments in RDI, RSI, RDX, the answer in RAX.
# as -o greeter.o greeter.s && ld -o greeter greeter.o

.equ SAY, 1
.equ ASK, 2
.equ ROOM, 3
.equ END, 5

.intel_syntax noprefix
.globl _start

.text
_start:
        lea     rdi, question[rip]
        call    say

        mov     eax, ROOM               # a page for the answer
        mov     edi, 4096
        syscall
        mov     rbx, rax

        lea     rsi, greeting[rip]      # "Hello, "
        mov     rdi, rbx
        mov     ecx, offset greeting_size
        rep     movsb

        mov     eax, ASK                # and the name behind it
        mov     esi, 100
        syscall

        mov     rdi, rbx
        call    say

        mov     edi, eax                # how many lines were said
        mov     eax, END
        syscall

say:
        mov     eax, SAY
        syscall
        ret
.size say, . - say

.section .rodata
question:
        .asciz  "Who is there?"
greeting:
        .ascii  "Hello, "
.equ greeting_size, . - greeting
