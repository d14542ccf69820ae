/* Writes a short line two hundred thousand times. */
    .globl _start
    .text
    .type _start, @function
_start:
    mov $200000, %ebx
again:
    mov $1, %edi
    lea text(%rip), %rsi
    mov $5, %edx
    mov $1, %eax
    syscall
    dec %ebx
    jnz again
    xor %edi, %edi
    mov $60, %eax
    syscall
    .size _start, . - _start
    .section .rodata
text: .ascii "line\n"
