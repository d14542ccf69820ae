/** Opcodes after 0F (SDM vol. 2, tables) that work on general registers or on the system. `notation.ts` tells how to read them. */

export const TWO_BYTE = `
00/0   -  sldt         Rv/Mw
00/1   -  str          Rv/Mw
00/2   -  lldt         Rv/Mw
00/3   -  ltr          Rv/Mw
00/4   -  verr         Rv/Mw
00/5   -  verw         Rv/Mw
01:C8  np monitor      -
01:C9  np mwait        -
01:CA  np clac         -
01:CB  np stac         -
01:D0  np xgetbv       -
01:D1  np xsetbv       -
01:E8  np serialize    -
01:E8  F3 setssbsy     -
01:EA  F3 saveprevssp  -
01:EE  np rdpkru       -
01:EF  np wrpkru       -
01:F8  -  swapgs       -
01:F9  -  rdtscp       -
01/0   -  sgdt         Mt             f64
01/1   -  sidt         Mt             f64
01/2   -  lgdt         Mt             f64
01/3   -  lidt         Mt             f64
01/4   -  smsw         Rv/Mw
01/5   F3 rstorssp     Mq
01/6   -  lmsw         Rv/Mw
01/7   -  invlpg       M
02     -  lar          Gv,Rv/Mw
03     -  lsl          Gv,Rv/Mw
05     -  syscall      -
06     -  clts         -
07     -  sysretq      -              o64
07     -  sysret       -
08     -  invd         -
09     F3 wbnoinvd     -
09     -  wbinvd       -
0B     -  ud2          -
0D/0   -  prefetch     Mb
0D/1   -  prefetchw    Mb
0D/2   -  prefetchwt1  Mb
0D/3   -  prefetchw    Mb
0D/4   -  prefetch     Mb
0D/5   -  prefetch     Mb
0D/6   -  prefetch     Mb
0D/7   -  prefetch     Mb
0D     -  reservednop  Ev,Gv
18/0   -  prefetchnta  Mb
18/1   -  prefetcht0   Mb
18/2   -  prefetcht1   Mb
18/3   -  prefetcht2   Mb
18     -  reservednop  Ev,Gv
19     -  reservednop  Ev,Gv
1A     -  reservednop  Ev,Gv
1B     -  reservednop  Ev,Gv
1C/0   np cldemote     Mb
1C     -  reservednop  Ev,Gv
1D     -  reservednop  Ev,Gv
1E:FA  F3 endbr64      -
1E:FB  F3 endbr32      -
1E/1   F3 rdsspq       Rq             o64
1E/1   F3 rdsspd       Rd
1E     -  reservednop  Ev,Gv
1F/0   -  nop          Ev
1F     -  reservednop  Ev,Gv
20     -  mov          Rq,C           f64
21     -  mov          Rq,D           f64
22     -  mov          C,Rq           f64
23     -  mov          D,Rq           f64
30     -  wrmsr        -
31     -  rdtsc        -
32     -  rdmsr        -
33     -  rdpmc        -
34     -  sysenter     -
35     -  sysexitq     -              o64
35     -  sysexit      -
40     -  cmovo        Gv,Ev
41     -  cmovno       Gv,Ev
42     -  cmovb        Gv,Ev
43     -  cmovae       Gv,Ev
44     -  cmove        Gv,Ev
45     -  cmovne       Gv,Ev
46     -  cmovbe       Gv,Ev
47     -  cmova        Gv,Ev
48     -  cmovs        Gv,Ev
49     -  cmovns       Gv,Ev
4A     -  cmovp        Gv,Ev
4B     -  cmovnp       Gv,Ev
4C     -  cmovl        Gv,Ev
4D     -  cmovge       Gv,Ev
4E     -  cmovle       Gv,Ev
4F     -  cmovg        Gv,Ev
80     -  jo           Jz
81     -  jno          Jz
82     -  jb           Jz
83     -  jae          Jz
84     -  je           Jz
85     -  jne          Jz
86     -  jbe          Jz
87     -  ja           Jz
88     -  js           Jz
89     -  jns          Jz
8A     -  jp           Jz
8B     -  jnp          Jz
8C     -  jl           Jz
8D     -  jge          Jz
8E     -  jle          Jz
8F     -  jg           Jz
90     -  seto         Eb
91     -  setno        Eb
92     -  setb         Eb
93     -  setae        Eb
94     -  sete         Eb
95     -  setne        Eb
96     -  setbe        Eb
97     -  seta         Eb
98     -  sets         Eb
99     -  setns        Eb
9A     -  setp         Eb
9B     -  setnp        Eb
9C     -  setl         Eb
9D     -  setge        Eb
9E     -  setle        Eb
9F     -  setg         Eb
A0     -  push         FS             d64
A1     -  pop          FS             d64
A2     -  cpuid        -
A3     -  bt           Ev,Gv
A4     -  shld         Ev,Gv,Ib
A5     -  shld         Ev,Gv,CL
A8     -  push         GS             d64
A9     -  pop          GS             d64
AB     -  bts          Ev,Gv          lock
AC     -  shrd         Ev,Gv,Ib
AD     -  shrd         Ev,Gv,CL
AE/0   np fxsave64     M512           o64
AE/0   np fxsave       M512
AE/0   F3 rdfsbase     Ry
AE/1   np fxrstor64    M512           o64
AE/1   np fxrstor      M512
AE/1   F3 rdgsbase     Ry
AE/2   np ldmxcsr      Md
AE/2   F3 wrfsbase     Ry
AE/3   np stmxcsr      Md
AE/3   F3 wrgsbase     Ry
AE/4   np xsave64      M              o64
AE/4   np xsave        M
AE/5   np xrstor64     M              o64
AE/5   np xrstor       M
AE/5   F3 incsspq      Rq             o64
AE/5   F3 incsspd      Rd
AE/5r  np lfence       -
AE/6   np xsaveopt64   M              o64
AE/6   np xsaveopt     M
AE/6   66 clwb         Mb
AE/6   66 tpause       Ry
AE/6   F3 clrssbsy     Mq
AE/6   F3 umonitor     Rq
AE/6   F2 umwait       Ry
AE/6r  np mfence       -
AE/7   np clflush      Mb
AE/7   66 clflushopt   Mb
AE/7r  np sfence       -
AF     -  imul         Gv,Ev
B0     -  cmpxchg      Eb,Gb          lock
B1     -  cmpxchg      Ev,Gv          lock
B2     -  lss          Gv,Md          o16
B2     -  lss          Gv,Mt          o64
B2     -  lss          Gv,M6
B3     -  btr          Ev,Gv          lock
B4     -  lfs          Gv,Md          o16
B4     -  lfs          Gv,Mt          o64
B4     -  lfs          Gv,M6
B5     -  lgs          Gv,Md          o16
B5     -  lgs          Gv,Mt          o64
B5     -  lgs          Gv,M6
B6     -  movzx        Gv,Eb
B7     -  movzx        Gv,Ew
B8     F3 popcnt       Gv,Ev
B9     -  ud1          Gv,Ev
BA/4   -  bt           Ev,Ib
BA/5   -  bts          Ev,Ib          lock
BA/6   -  btr          Ev,Ib          lock
BA/7   -  btc          Ev,Ib          lock
BB     -  btc          Ev,Gv          lock
BC     F3 tzcnt        Gv,Ev
BC     -  bsf          Gv,Ev
BD     F3 lzcnt        Gv,Ev
BD     -  bsr          Gv,Ev
BE     -  movsx        Gv,Eb
BF     -  movsx        Gv,Ew
C0     -  xadd         Eb,Gb          lock
C1     -  xadd         Ev,Gv          lock
C3     np movnti       My,Gy
C7/1   -  cmpxchg16b   Mo             lock o64
C7/1   -  cmpxchg8b    Mq             lock
C7/3   np xrstors64    M              o64
C7/3   np xrstors      M
C7/4   np xsavec64     M              o64
C7/4   np xsavec       M
C7/5   np xsaves64     M              o64
C7/5   np xsaves       M
C7/6   np rdrand       Rv
C7/6   66 rdrand       Rv
C7/7   F3 rdpid        Rq
C7/7   np rdseed       Rv
C7/7   66 rdseed       Rv
C8+    -  bswap        Zv
FF     -  ud0          Gv,Ev
`;
