/* Reads address 0x10. */
    .globl _start
    .text
    .type _start, @function
_start:
    mov $0x10, %ebx
    mov (%rbx), %eax
    ud2
    .size _start, . - _start
