# A program for the provider beside it. Made with: as -o guest.o guest.s && ld -o guest guest.o
.intel_syntax noprefix
.equ PRINT, 1
.equ SLEEP, 2
.equ EXIT, 3
.equ NOTES, 0x700000                    # memory that nobody has asked for
.globl _start
.text
_start:
        mov     ebx, 3                  # three rounds
.Lagain:
        lea     rdi, line[rip]
        call    print
        mov     dword ptr ds:[NOTES], eax
        mov     eax, SLEEP
        mov     edi, 500
        syscall
        dec     ebx
        jnz     .Lagain
        mov     eax, EXIT
        xor     edi, edi
        syscall
print:
        mov     eax, PRINT
        syscall
        ret
.size print, . - print
.section .rodata
line:
        .asciz  "Hello from the guest"
