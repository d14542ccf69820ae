/** Opcodes of one byte (SDM vol. 2, tables ), without those of the x87. `notation.ts` tells how to read them. */

export const ONE_BYTE = `
00     -  add          Eb,Gb          lock
01     -  add          Ev,Gv          lock
02     -  add          Gb,Eb
03     -  add          Gv,Ev
04     -  add          AL,Ib
05     -  add          rAX,Iz
08     -  or           Eb,Gb          lock
09     -  or           Ev,Gv          lock
0A     -  or           Gb,Eb
0B     -  or           Gv,Ev
0C     -  or           AL,Ib
0D     -  or           rAX,Iz
10     -  adc          Eb,Gb          lock
11     -  adc          Ev,Gv          lock
12     -  adc          Gb,Eb
13     -  adc          Gv,Ev
14     -  adc          AL,Ib
15     -  adc          rAX,Iz
18     -  sbb          Eb,Gb          lock
19     -  sbb          Ev,Gv          lock
1A     -  sbb          Gb,Eb
1B     -  sbb          Gv,Ev
1C     -  sbb          AL,Ib
1D     -  sbb          rAX,Iz
20     -  and          Eb,Gb          lock
21     -  and          Ev,Gv          lock
22     -  and          Gb,Eb
23     -  and          Gv,Ev
24     -  and          AL,Ib
25     -  and          rAX,Iz
28     -  sub          Eb,Gb          lock
29     -  sub          Ev,Gv          lock
2A     -  sub          Gb,Eb
2B     -  sub          Gv,Ev
2C     -  sub          AL,Ib
2D     -  sub          rAX,Iz
30     -  xor          Eb,Gb          lock
31     -  xor          Ev,Gv          lock
32     -  xor          Gb,Eb
33     -  xor          Gv,Ev
34     -  xor          AL,Ib
35     -  xor          rAX,Iz
38     -  cmp          Eb,Gb
39     -  cmp          Ev,Gv
3A     -  cmp          Gb,Eb
3B     -  cmp          Gv,Ev
3C     -  cmp          AL,Ib
3D     -  cmp          rAX,Iz
50+    -  push         Zv             d64
58+    -  pop          Zv             d64
63     -  movsxd       Gv,Ez
68     -  push         Iz             d64
69     -  imul         Gv,Ev,Iz
6A     -  push         Ibs            d64
6B     -  imul         Gv,Ev,Ibs
6C     -  insb         Yb,DX
6D     -  insw         Yw,DX          o16
6D     -  insd         Yd,DX
6E     -  outsb        DX,Xb
6F     -  outsw        DX,Xw          o16
6F     -  outsd        DX,Xd
70     -  jo           Jb
71     -  jno          Jb
72     -  jb           Jb
73     -  jae          Jb
74     -  je           Jb
75     -  jne          Jb
76     -  jbe          Jb
77     -  ja           Jb
78     -  js           Jb
79     -  jns          Jb
7A     -  jp           Jb
7B     -  jnp          Jb
7C     -  jl           Jb
7D     -  jge          Jb
7E     -  jle          Jb
7F     -  jg           Jb
80/0   -  add          Eb,Ib          lock
80/1   -  or           Eb,Ib          lock
80/2   -  adc          Eb,Ib          lock
80/3   -  sbb          Eb,Ib          lock
80/4   -  and          Eb,Ib          lock
80/5   -  sub          Eb,Ib          lock
80/6   -  xor          Eb,Ib          lock
80/7   -  cmp          Eb,Ib
81/0   -  add          Ev,Iz          lock
81/1   -  or           Ev,Iz          lock
81/2   -  adc          Ev,Iz          lock
81/3   -  sbb          Ev,Iz          lock
81/4   -  and          Ev,Iz          lock
81/5   -  sub          Ev,Iz          lock
81/6   -  xor          Ev,Iz          lock
81/7   -  cmp          Ev,Iz
83/0   -  add          Ev,Ibs         lock
83/1   -  or           Ev,Ibs         lock
83/2   -  adc          Ev,Ibs         lock
83/3   -  sbb          Ev,Ibs         lock
83/4   -  and          Ev,Ibs         lock
83/5   -  sub          Ev,Ibs         lock
83/6   -  xor          Ev,Ibs         lock
83/7   -  cmp          Ev,Ibs
84     -  test         Eb,Gb
85     -  test         Ev,Gv
86     -  xchg         Eb,Gb          lock
87     -  xchg         Ev,Gv          lock
88     -  mov          Eb,Gb
89     -  mov          Ev,Gv
8A     -  mov          Gb,Eb
8B     -  mov          Gv,Ev
8C     -  mov          Rv/Mw,S
8D     -  lea          Gv,M
8E     -  mov          S,Rv/Mw
8F/0   -  pop          Ev             d64
90     F3 pause        -
90     -  nop          -
90+    -  xchg         Zv,rAX
98     -  cbw          -              o16
98     -  cdqe         -              o64
98     -  cwde         -
99     -  cwd          -              o16
99     -  cqo          -              o64
99     -  cdq          -
9B     -  wait         -
9C     -  pushf        -              o16
9C     -  pushfq       -              d64
9D     -  popf         -              o16
9D     -  popfq        -              d64
9E     -  sahf         -
9F     -  lahf         -
A0     -  mov          AL,Ob
A1     -  mov          rAX,Ov
A2     -  mov          Ob,AL
A3     -  mov          Ov,rAX
A4     -  movsb        Yb,Xb
A5     -  movsw        Yw,Xw          o16
A5     -  movsq        Yq,Xq          o64
A5     -  movsd        Yd,Xd
A6     -  cmpsb        Xb,Yb
A7     -  cmpsw        Xw,Yw          o16
A7     -  cmpsq        Xq,Yq          o64
A7     -  cmpsd        Xd,Yd
A8     -  test         AL,Ib
A9     -  test         rAX,Iz
AA     -  stosb        Yb,AL
AB     -  stosw        Yw,AX          o16
AB     -  stosq        Yq,RAX         o64
AB     -  stosd        Yd,EAX
AC     -  lodsb        AL,Xb
AD     -  lodsw        AX,Xw          o16
AD     -  lodsq        RAX,Xq         o64
AD     -  lodsd        EAX,Xd
AE     -  scasb        AL,Yb
AF     -  scasw        AX,Yw          o16
AF     -  scasq        RAX,Yq         o64
AF     -  scasd        EAX,Yd
B0+    -  mov          Zb,Ib
B8+    -  mov          Zv,Iv
C0/0   -  rol          Eb,Ib
C0/1   -  ror          Eb,Ib
C0/2   -  rcl          Eb,Ib
C0/3   -  rcr          Eb,Ib
C0/4   -  shl          Eb,Ib
C0/5   -  shr          Eb,Ib
C0/6   -  sal          Eb,Ib
C0/7   -  sar          Eb,Ib
C1/0   -  rol          Ev,Ib
C1/1   -  ror          Ev,Ib
C1/2   -  rcl          Ev,Ib
C1/3   -  rcr          Ev,Ib
C1/4   -  shl          Ev,Ib
C1/5   -  shr          Ev,Ib
C1/6   -  sal          Ev,Ib
C1/7   -  sar          Ev,Ib
C2     -  ret          Iw             d64
C3     -  ret          -              d64
C6/0   -  mov          Eb,Ib
C7/0   -  mov          Ev,Iz
C8     -  enter        Iw,Ib          d64
C9     -  leave        -              d64
CA     -  retf         Iw
CB     -  retf         -
CC     -  int3         -
CD     -  int          Ib
CF     -  iret         -              o16
CF     -  iretq        -              o64
CF     -  iretd        -
D0/0   -  rol          Eb,1
D0/1   -  ror          Eb,1
D0/2   -  rcl          Eb,1
D0/3   -  rcr          Eb,1
D0/4   -  shl          Eb,1
D0/5   -  shr          Eb,1
D0/6   -  sal          Eb,1
D0/7   -  sar          Eb,1
D1/0   -  rol          Ev,1
D1/1   -  ror          Ev,1
D1/2   -  rcl          Ev,1
D1/3   -  rcr          Ev,1
D1/4   -  shl          Ev,1
D1/5   -  shr          Ev,1
D1/6   -  sal          Ev,1
D1/7   -  sar          Ev,1
D2/0   -  rol          Eb,CL
D2/1   -  ror          Eb,CL
D2/2   -  rcl          Eb,CL
D2/3   -  rcr          Eb,CL
D2/4   -  shl          Eb,CL
D2/5   -  shr          Eb,CL
D2/6   -  sal          Eb,CL
D2/7   -  sar          Eb,CL
D3/0   -  rol          Ev,CL
D3/1   -  ror          Ev,CL
D3/2   -  rcl          Ev,CL
D3/3   -  rcr          Ev,CL
D3/4   -  shl          Ev,CL
D3/5   -  shr          Ev,CL
D3/6   -  sal          Ev,CL
D3/7   -  sar          Ev,CL
D7     -  xlatb        BX
E0     -  loopne       Jb
E1     -  loope        Jb
E2     -  loop         Jb
E3     -  jrcxz        Jb
E4     -  in           AL,Ib
E5     -  in           eAX,Ib
E6     -  out          Ib,AL
E7     -  out          Ib,eAX
E8     -  call         Jz
E9     -  jmp          Jz
EB     -  jmp          Jb
EC     -  in           AL,DX
ED     -  in           eAX,DX
EE     -  out          DX,AL
EF     -  out          DX,eAX
F1     -  int1         -
F4     -  hlt          -
F5     -  cmc          -
F6/0   -  test         Eb,Ib
F6/1   -  test         Eb,Ib
F6/2   -  not          Eb             lock
F6/3   -  neg          Eb             lock
F6/4   -  mul          Eb
F6/5   -  imul         Eb
F6/6   -  div          Eb
F6/7   -  idiv         Eb
F7/0   -  test         Ev,Iz
F7/1   -  test         Ev,Iz
F7/2   -  not          Ev             lock
F7/3   -  neg          Ev             lock
F7/4   -  mul          Ev
F7/5   -  imul         Ev
F7/6   -  div          Ev
F7/7   -  idiv         Ev
F8     -  clc          -
F9     -  stc          -
FA     -  cli          -
FB     -  sti          -
FC     -  cld          -
FD     -  std          -
FE/0   -  inc          Eb             lock
FE/1   -  dec          Eb             lock
FF/0   -  inc          Ev             lock
FF/1   -  dec          Ev             lock
FF/2   -  call         Ev             f64
FF/3   -  call         Md             o16
FF/3   -  call         Mt             o64
FF/3   -  call         M6
FF/4   -  jmp          Ev             f64
FF/5   -  jmp          Md             o16
FF/5   -  jmp          Mt             o64
FF/5   -  jmp          M6
FF/6   -  push         Ev             d64
`;
