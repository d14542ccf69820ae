/* A child that says so and exits with 5; the parent waits for it and exits with its code. */
    .globl _start, child
    .text
    .type _start, @function
_start:
    mov $57, %eax
    syscall
    test %eax, %eax
    jz child
    mov %eax, %edi
    lea status(%rip), %rsi
    xor %edx, %edx
    xor %r10d, %r10d
    mov $61, %eax
    syscall
    movzbl status+1(%rip), %edi
    mov $60, %eax
    syscall
    .size _start, . - _start

    .type child, @function
child:
    mov $1, %edi
    lea text(%rip), %rsi
    mov $6, %edx
    mov $1, %eax
    syscall
    mov $5, %edi
    mov $60, %eax
    syscall
    .size child, . - child
    .section .rodata
text: .ascii "child\n"
    .bss
status: .skip 4
