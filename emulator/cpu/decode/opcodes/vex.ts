/** Opcodes of the first VEX map, 0F (SDM vol. 2, table A-3): AVX and AVX2. `notation.ts` tells how to read them. */

export const VEX_0F = `
10     np vmovups      Vx,Wx
10     66 vmovupd      Vx,Wx
10     F3 vmovss       Vo,Ho,Uo
10     F3 vmovss       Vo,Md
10     F2 vmovsd       Vo,Ho,Uo
10     F2 vmovsd       Vo,Mq
11     np vmovups      Wx,Vx
11     66 vmovupd      Wx,Vx
11     F3 vmovss       Uo,Ho,Vo
11     F3 vmovss       Md,Vo
11     F2 vmovsd       Uo,Ho,Vo
11     F2 vmovsd       Mq,Vo
12     np vmovhlps     Vo,Ho,Uo       L0
12     np vmovlps      Vo,Ho,Mq       L0
12     66 vmovlpd      Vo,Ho,Mq       L0
12     F3 vmovsldup    Vx,Wx
12     F2 vmovddup     Vo,Wq          L0
12     F2 vmovddup     Vqq,Wqq        L1
13     np vmovlps      Mq,Vo          L0
13     66 vmovlpd      Mq,Vo          L0
14     np vunpcklps    Vx,Hx,Wx
14     66 vunpcklpd    Vx,Hx,Wx
15     np vunpckhps    Vx,Hx,Wx
15     66 vunpckhpd    Vx,Hx,Wx
16     np vmovlhps     Vo,Ho,Uo       L0
16     np vmovhps      Vo,Ho,Mq       L0
16     66 vmovhpd      Vo,Ho,Mq       L0
16     F3 vmovshdup    Vx,Wx
17     np vmovhps      Mq,Vo          L0
17     66 vmovhpd      Mq,Vo          L0
28     np vmovaps      Vx,Wx
28     66 vmovapd      Vx,Wx
29     np vmovaps      Wx,Vx
29     66 vmovapd      Wx,Vx
2A     F3 vcvtsi2ss    Vo,Ho,Ey
2A     F2 vcvtsi2sd    Vo,Ho,Ey
2B     np vmovntps     Mx,Vx
2B     66 vmovntpd     Mx,Vx
2C     F3 vcvttss2si   Gy,Wd
2C     F2 vcvttsd2si   Gy,Wq
2D     F3 vcvtss2si    Gy,Wd
2D     F2 vcvtsd2si    Gy,Wq
2E     np vucomiss     Vo,Wd
2E     66 vucomisd     Vo,Wq
2F     np vcomiss      Vo,Wd
2F     66 vcomisd      Vo,Wq
50     np vmovmskps    Gy,Ux
50     66 vmovmskpd    Gy,Ux
51     np vsqrtps      Vx,Wx
51     66 vsqrtpd      Vx,Wx
51     F3 vsqrtss      Vo,Ho,Wd
51     F2 vsqrtsd      Vo,Ho,Wq
52     np vrsqrtps     Vx,Wx
52     F3 vrsqrtss     Vo,Ho,Wd
53     np vrcpps       Vx,Wx
53     F3 vrcpss       Vo,Ho,Wd
54     np vandps       Vx,Hx,Wx
54     66 vandpd       Vx,Hx,Wx
55     np vandnps      Vx,Hx,Wx
55     66 vandnpd      Vx,Hx,Wx
56     np vorps        Vx,Hx,Wx
56     66 vorpd        Vx,Hx,Wx
57     np vxorps       Vx,Hx,Wx
57     66 vxorpd       Vx,Hx,Wx
58     np vaddps       Vx,Hx,Wx
58     66 vaddpd       Vx,Hx,Wx
58     F3 vaddss       Vo,Ho,Wd
58     F2 vaddsd       Vo,Ho,Wq
59     np vmulps       Vx,Hx,Wx
59     66 vmulpd       Vx,Hx,Wx
59     F3 vmulss       Vo,Ho,Wd
59     F2 vmulsd       Vo,Ho,Wq
5A     np vcvtps2pd    Vx,Wh
5A     66 vcvtpd2ps    Vo,Wx
5A     F3 vcvtss2sd    Vo,Ho,Wd
5A     F2 vcvtsd2ss    Vo,Ho,Wq
5B     np vcvtdq2ps    Vx,Wx
5B     66 vcvtps2dq    Vx,Wx
5B     F3 vcvttps2dq   Vx,Wx
5C     np vsubps       Vx,Hx,Wx
5C     66 vsubpd       Vx,Hx,Wx
5C     F3 vsubss       Vo,Ho,Wd
5C     F2 vsubsd       Vo,Ho,Wq
5D     np vminps       Vx,Hx,Wx
5D     66 vminpd       Vx,Hx,Wx
5D     F3 vminss       Vo,Ho,Wd
5D     F2 vminsd       Vo,Ho,Wq
5E     np vdivps       Vx,Hx,Wx
5E     66 vdivpd       Vx,Hx,Wx
5E     F3 vdivss       Vo,Ho,Wd
5E     F2 vdivsd       Vo,Ho,Wq
5F     np vmaxps       Vx,Hx,Wx
5F     66 vmaxpd       Vx,Hx,Wx
5F     F3 vmaxss       Vo,Ho,Wd
5F     F2 vmaxsd       Vo,Ho,Wq
60     66 vpunpcklbw   Vx,Hx,Wx
61     66 vpunpcklwd   Vx,Hx,Wx
62     66 vpunpckldq   Vx,Hx,Wx
63     66 vpacksswb    Vx,Hx,Wx
64     66 vpcmpgtb     Vx,Hx,Wx
65     66 vpcmpgtw     Vx,Hx,Wx
66     66 vpcmpgtd     Vx,Hx,Wx
67     66 vpackuswb    Vx,Hx,Wx
68     66 vpunpckhbw   Vx,Hx,Wx
69     66 vpunpckhwd   Vx,Hx,Wx
6A     66 vpunpckhdq   Vx,Hx,Wx
6B     66 vpackssdw    Vx,Hx,Wx
6C     66 vpunpcklqdq  Vx,Hx,Wx
6D     66 vpunpckhqdq  Vx,Hx,Wx
6E     66 vmovd        Vo,Ed          L0 W0
6E     66 vmovq        Vo,Eq          L0 W1
6F     66 vmovdqa      Vx,Wx
6F     F3 vmovdqu      Vx,Wx
70     66 vpshufd      Vx,Wx,Ib
70     F3 vpshufhw     Vx,Wx,Ib
70     F2 vpshuflw     Vx,Wx,Ib
71/2   66 vpsrlw       Hx,Ux,Ib
71/4   66 vpsraw       Hx,Ux,Ib
71/6   66 vpsllw       Hx,Ux,Ib
72/2   66 vpsrld       Hx,Ux,Ib
72/4   66 vpsrad       Hx,Ux,Ib
72/6   66 vpslld       Hx,Ux,Ib
73/2   66 vpsrlq       Hx,Ux,Ib
73/3   66 vpsrldq      Hx,Ux,Ib
73/6   66 vpsllq       Hx,Ux,Ib
73/7   66 vpslldq      Hx,Ux,Ib
74     66 vpcmpeqb     Vx,Hx,Wx
75     66 vpcmpeqw     Vx,Hx,Wx
76     66 vpcmpeqd     Vx,Hx,Wx
77     np vzeroupper   -              L0
77     np vzeroall     -              L1
7C     66 vhaddpd      Vx,Hx,Wx
7C     F2 vhaddps      Vx,Hx,Wx
7D     66 vhsubpd      Vx,Hx,Wx
7D     F2 vhsubps      Vx,Hx,Wx
7E     66 vmovd        Ed,Vo          L0 W0
7E     66 vmovq        Eq,Vo          L0 W1
7E     F3 vmovq        Vo,Wq          L0
7F     66 vmovdqa      Wx,Vx
7F     F3 vmovdqu      Wx,Vx
AE/2   np vldmxcsr     Md             L0
AE/3   np vstmxcsr     Md             L0
C2     np vcmpps       Vx,Hx,Wx,Ib
C2     66 vcmppd       Vx,Hx,Wx,Ib
C2     F3 vcmpss       Vo,Ho,Wd,Ib
C2     F2 vcmpsd       Vo,Ho,Wq,Ib
C4     66 vpinsrw      Vo,Ho,Ry/Mw,Ib L0
C5     66 vpextrw      Gy,Uo,Ib       L0
C6     np vshufps      Vx,Hx,Wx,Ib
C6     66 vshufpd      Vx,Hx,Wx,Ib
D0     66 vaddsubpd    Vx,Hx,Wx
D0     F2 vaddsubps    Vx,Hx,Wx
D1     66 vpsrlw       Vx,Hx,Wo
D2     66 vpsrld       Vx,Hx,Wo
D3     66 vpsrlq       Vx,Hx,Wo
D4     66 vpaddq       Vx,Hx,Wx
D5     66 vpmullw      Vx,Hx,Wx
D6     66 vmovq        Wq,Vo          L0
D7     66 vpmovmskb    Gy,Ux
D8     66 vpsubusb     Vx,Hx,Wx
D9     66 vpsubusw     Vx,Hx,Wx
DA     66 vpminub      Vx,Hx,Wx
DB     66 vpand        Vx,Hx,Wx
DC     66 vpaddusb     Vx,Hx,Wx
DD     66 vpaddusw     Vx,Hx,Wx
DE     66 vpmaxub      Vx,Hx,Wx
DF     66 vpandn       Vx,Hx,Wx
E0     66 vpavgb       Vx,Hx,Wx
E1     66 vpsraw       Vx,Hx,Wo
E2     66 vpsrad       Vx,Hx,Wo
E3     66 vpavgw       Vx,Hx,Wx
E4     66 vpmulhuw     Vx,Hx,Wx
E5     66 vpmulhw      Vx,Hx,Wx
E6     66 vcvttpd2dq   Vo,Wx
E6     F3 vcvtdq2pd    Vx,Wh
E6     F2 vcvtpd2dq    Vo,Wx
E7     66 vmovntdq     Mx,Vx
E8     66 vpsubsb      Vx,Hx,Wx
E9     66 vpsubsw      Vx,Hx,Wx
EA     66 vpminsw      Vx,Hx,Wx
EB     66 vpor         Vx,Hx,Wx
EC     66 vpaddsb      Vx,Hx,Wx
ED     66 vpaddsw      Vx,Hx,Wx
EE     66 vpmaxsw      Vx,Hx,Wx
EF     66 vpxor        Vx,Hx,Wx
F0     F2 vlddqu       Vx,Mx
F1     66 vpsllw       Vx,Hx,Wo
F2     66 vpslld       Vx,Hx,Wo
F3     66 vpsllq       Vx,Hx,Wo
F4     66 vpmuludq     Vx,Hx,Wx
F5     66 vpmaddwd     Vx,Hx,Wx
F6     66 vpsadbw      Vx,Hx,Wx
F7     66 vmaskmovdqu  DIo,Vo,Uo      L0
F8     66 vpsubb       Vx,Hx,Wx
F9     66 vpsubw       Vx,Hx,Wx
FA     66 vpsubd       Vx,Hx,Wx
FB     66 vpsubq       Vx,Hx,Wx
FC     66 vpaddb       Vx,Hx,Wx
FD     66 vpaddw       Vx,Hx,Wx
FE     66 vpaddd       Vx,Hx,Wx
`;
