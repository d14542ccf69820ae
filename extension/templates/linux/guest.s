# A Linux program to try the provider beside it on. Made with: as -o guest.o guest.s && ld -o guest guest.o
.intel_syntax noprefix
.equ WRITE, 1
.equ OPENAT, 257
.equ EXIT_GROUP, 231
.equ AT_FDCWD, -100
.globl _start
.text
_start:
        lea     rsi, hello[rip]
        mov     edx, offset hello_size
        call    print
        lea     rsi, secret[rip]
        call    open
        lea     rsi, root[rip]
        call    open
        mov     eax, EXIT_GROUP
        xor     edi, edi
        syscall
open:                                   # the file that RSI names, and says how that went
        mov     eax, OPENAT
        mov     edi, AT_FDCWD
        xor     edx, edx                # O_RDONLY
        syscall
        test    eax, eax
        lea     rsi, opened[rip]
        mov     edx, offset opened_size
        jns     print
        lea     rsi, refused[rip]
        mov     edx, offset refused_size
print:                                  # EDX bytes at RSI
        mov     eax, WRITE
        mov     edi, 1
        syscall
        ret
.size print, . - print
.section .rodata
hello:  .ascii  "Hello from the guest\n"
.equ hello_size, . - hello
secret: .asciz  "secret.txt"
root:   .asciz  "/"
opened: .ascii  "opened\n"
.equ opened_size, . - opened
refused: .ascii "could not be opened\n"
.equ refused_size, . - refused
