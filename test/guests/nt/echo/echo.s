# echo.exe: reads standard input and writes it to standard output until it ends.
#
# Build: npm run images

.intel_syntax noprefix

.set PEB_PARAMETERS, 0x20
.set STANDARD_INPUT, 0x20
.set STANDARD_OUTPUT, 0x28
.set STATUS_END_OF_FILE, 0xc0000011

.text
.globl main
main:
        push    rbp
        mov     rbp, rsp
        push    rbx
        push    rsi
        sub     rsp, 0x60
        mov     rax, [rcx + PEB_PARAMETERS]
        mov     rbx, [rax + STANDARD_INPUT]
        mov     rsi, [rax + STANDARD_OUTPUT]
1:      mov     rcx, rbx
        mov     edx, 256
        lea     rax, [rip + NtReadFile]
        lea     r8, [rip + buffer]
        call    transfer
        cmp     eax, STATUS_END_OF_FILE
        je      2f
        test    eax, eax
        js      3f
        mov     rcx, rsi
        mov     edx, [rip + ioStatus + 8]       # as many bytes as were read
        lea     rax, [rip + NtWriteFile]
        lea     r8, [rip + buffer]
        call    transfer
        jmp     1b
2:      mov     rcx, rsi
        mov     edx, 3
        lea     rax, [rip + NtWriteFile]
        lea     r8, [rip + ok]
        call    transfer
        xor     eax, eax
3:      add     rsp, 0x60
        pop     rsi
        pop     rbx
        pop     rbp
        ret

# transfer(RCX = file, EDX = how many bytes, R8 = where, RAX = NtReadFile or NtWriteFile)
transfer:
        push    rbp
        mov     rbp, rsp
        sub     rsp, 0x50
        mov     [rsp + 0x28], r8
        mov     [rsp + 0x30], edx
        lea     rdx, [rip + ioStatus]
        mov     [rsp + 0x20], rdx
        mov     qword ptr [rsp + 0x38], 0
        mov     qword ptr [rsp + 0x40], 0
        xor     edx, edx
        xor     r8d, r8d
        xor     r9d, r9d
        call    rax
        leave
        ret

.section .rodata
ok:     .ascii  "ok\n"

.bss
        .balign 8
ioStatus: .skip 16
buffer: .skip   256
