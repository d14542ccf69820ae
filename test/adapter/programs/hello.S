/* Prints from a function two calls deep, then exits with 3. Frames are set up, so that stacks can be walked. */
    .globl _start, main, print
    .text
    .type _start, @function
_start:
    xor %ebp, %ebp
    call main
    mov %eax, %edi
    mov $60, %eax
    syscall
    .size _start, . - _start

    .type main, @function
main:
    push %rbp
    mov %rsp, %rbp
    lea greeting(%rip), %rdi
    mov $6, %esi
    call print
    lea parting(%rip), %rdi
    mov $4, %esi
    call print
    mov $3, %eax
    pop %rbp
    ret
    .size main, . - main

/* %rdi text, %rsi length */
    .type print, @function
print:
    push %rbp
    mov %rsp, %rbp
    mov %rsi, %rdx
    mov %rdi, %rsi
    mov $1, %edi
    mov $1, %eax
    syscall
    incl calls(%rip)
    pop %rbp
    ret
    .size print, . - print

    .section .rodata
    .type greeting, @object
greeting: .asciz "hello\n"
    .size greeting, . - greeting
    .type parting, @object
parting: .asciz "bye\n"
    .size parting, . - parting

    .data
    .globl calls
    .type calls, @object
calls: .long 0
    .size calls, . - calls
