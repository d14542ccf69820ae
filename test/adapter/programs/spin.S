/* Never ends and never calls the system. */
    .globl _start
    .text
    .type _start, @function
_start:
    inc %rax
    jmp _start
    .size _start, . - _start
