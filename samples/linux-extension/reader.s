# Prints the files that its arguments name, one after the other, as cat(1) does.
# as -o reader.o reader.s && ld -o reader reader.o
.intel_syntax noprefix
.equ READ, 0
.equ WRITE, 1
.equ OPENAT, 257
.equ EXIT_GROUP, 231
.equ AT_FDCWD, -100
.equ SIZE, 256
.globl _start
.text
_start:
        lea     rbx, [rsp + 16]         # argv[1]
        sub     rsp, SIZE
        xor     r12d, r12d              # how many could not be opened
.Lnext_file:
        mov     rsi, [rbx]
        add     rbx, 8
        test    rsi, rsi
        jz      .Lend
        mov     eax, OPENAT
        mov     edi, AT_FDCWD
        xor     edx, edx                # O_RDONLY
        syscall
        mov     r13d, eax
        test    eax, eax
        jns     .Lnext_part
        inc     r12d
        mov     edi, 2
        lea     rsi, refused[rip]
        mov     edx, offset refused_size
        call    write
        jmp     .Lnext_file
.Lnext_part:
        mov     eax, READ
        mov     edi, r13d
        mov     rsi, rsp
        mov     edx, SIZE
        syscall
        test    eax, eax
        jle     .Lnext_file
        mov     edi, 1
        mov     rsi, rsp
        mov     edx, eax
        call    write
        jmp     .Lnext_part
write:                                  # EDX bytes at RSI, to EDI
        mov     eax, WRITE
        syscall
        ret
.size write, . - write
.Lend:
        mov     eax, EXIT_GROUP
        mov     edi, r12d
        syscall
.section .rodata
refused:
        .ascii  "reader: a file could not be opened\n"
.equ refused_size, . - refused
