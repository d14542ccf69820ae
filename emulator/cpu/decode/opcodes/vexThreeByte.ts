/** Opcodes of the second and the third VEX map, 0F 38 and 0F 3A (SDM vol. 2, tables ): AVX, AVX2, BMI. `notation.ts` tells how to read them. */

export const VEX_0F38 = `
00     66 vpshufb      Vx,Hx,Wx
01     66 vphaddw      Vx,Hx,Wx
02     66 vphaddd      Vx,Hx,Wx
03     66 vphaddsw     Vx,Hx,Wx
04     66 vpmaddubsw   Vx,Hx,Wx
05     66 vphsubw      Vx,Hx,Wx
06     66 vphsubd      Vx,Hx,Wx
07     66 vphsubsw     Vx,Hx,Wx
08     66 vpsignb      Vx,Hx,Wx
09     66 vpsignw      Vx,Hx,Wx
0A     66 vpsignd      Vx,Hx,Wx
0B     66 vpmulhrsw    Vx,Hx,Wx
0C     66 vpermilps    Vx,Hx,Wx       W0
0D     66 vpermilpd    Vx,Hx,Wx       W0
0E     66 vtestps      Vx,Wx          W0
0F     66 vtestpd      Vx,Wx          W0
13     66 vcvtph2ps    Vx,Wh          W0
16     66 vpermps      Vqq,Hqq,Wqq    L1 W0
17     66 vptest       Vx,Wx
18     66 vbroadcastss Vx,Md          W0
18     66 vbroadcastss Vx,Uo          W0
19     66 vbroadcastsd Vqq,Mq         L1 W0
19     66 vbroadcastsd Vqq,Uo         L1 W0
1A     66 vbroadcastf128 Vqq,Mo         L1 W0
1C     66 vpabsb       Vx,Wx
1D     66 vpabsw       Vx,Wx
1E     66 vpabsd       Vx,Wx
20     66 vpmovsxbw    Vx,Wh
21     66 vpmovsxbd    Vx,Wf
22     66 vpmovsxbq    Vx,We
23     66 vpmovsxwd    Vx,Wh
24     66 vpmovsxwq    Vx,Wf
25     66 vpmovsxdq    Vx,Wh
28     66 vpmuldq      Vx,Hx,Wx
29     66 vpcmpeqq     Vx,Hx,Wx
2A     66 vmovntdqa    Vx,Mx
2B     66 vpackusdw    Vx,Hx,Wx
2C     66 vmaskmovps   Vx,Hx,Mx       W0
2D     66 vmaskmovpd   Vx,Hx,Mx       W0
2E     66 vmaskmovps   Mx,Hx,Vx       W0
2F     66 vmaskmovpd   Mx,Hx,Vx       W0
30     66 vpmovzxbw    Vx,Wh
31     66 vpmovzxbd    Vx,Wf
32     66 vpmovzxbq    Vx,We
33     66 vpmovzxwd    Vx,Wh
34     66 vpmovzxwq    Vx,Wf
35     66 vpmovzxdq    Vx,Wh
36     66 vpermd       Vqq,Hqq,Wqq    L1 W0
37     66 vpcmpgtq     Vx,Hx,Wx
38     66 vpminsb      Vx,Hx,Wx
39     66 vpminsd      Vx,Hx,Wx
3A     66 vpminuw      Vx,Hx,Wx
3B     66 vpminud      Vx,Hx,Wx
3C     66 vpmaxsb      Vx,Hx,Wx
3D     66 vpmaxsd      Vx,Hx,Wx
3E     66 vpmaxuw      Vx,Hx,Wx
3F     66 vpmaxud      Vx,Hx,Wx
40     66 vpmulld      Vx,Hx,Wx
41     66 vphminposuw  Vo,Wo          L0
45     66 vpsrlvd      Vx,Hx,Wx       W0
45     66 vpsrlvq      Vx,Hx,Wx       W1
46     66 vpsravd      Vx,Hx,Wx       W0
47     66 vpsllvd      Vx,Hx,Wx       W0
47     66 vpsllvq      Vx,Hx,Wx       W1
58     66 vpbroadcastd Vx,Wd          W0
59     66 vpbroadcastq Vx,Wq          W0
5A     66 vbroadcasti128 Vqq,Mo         L1 W0
78     66 vpbroadcastb Vx,Wb          W0
79     66 vpbroadcastw Vx,Ww          W0
8C     66 vpmaskmovd   Vx,Hx,Mx       W0
8C     66 vpmaskmovq   Vx,Hx,Mx       W1
8E     66 vpmaskmovd   Mx,Hx,Vx       W0
8E     66 vpmaskmovq   Mx,Hx,Vx       W1
90     66 vpgatherdd   Vx,Td,Hx       W0
90     66 vpgatherdq   Vx,Tq,Hx       W1
91     66 vpgatherqd   Vo,Td,Ho       L0 W0
91     66 vpgatherqdy  Vo,Td,Ho       L1 W0
91     66 vpgatherqq   Vx,Tq,Hx       W1
92     66 vgatherdps   Vx,Td,Hx       W0
92     66 vgatherdpd   Vx,Tq,Hx       W1
93     66 vgatherqps   Vo,Td,Ho       L0 W0
93     66 vgatherqpsy  Vo,Td,Ho       L1 W0
93     66 vgatherqpd   Vx,Tq,Hx       W1
CF     66 vgf2p8mulb   Vx,Hx,Wx       W0
DB     66 vaesimc      Vo,Wo          L0
DC     66 vaesenc      Vx,Hx,Wx
DD     66 vaesenclast  Vx,Hx,Wx
DE     66 vaesdec      Vx,Hx,Wx
DF     66 vaesdeclast  Vx,Hx,Wx
F2     np andn         Gy,By,Ey       L0
F3/1   np blsr         By,Ey          L0
F3/2   np blsmsk       By,Ey          L0
F3/3   np blsi         By,Ey          L0
F5     np bzhi         Gy,Ey,By       L0
F5     F3 pext         Gy,By,Ey       L0
F5     F2 pdep         Gy,By,Ey       L0
F6     F2 mulx         Gy,By,Ey       L0
F7     np bextr        Gy,Ey,By       L0
F7     66 shlx         Gy,Ey,By       L0
F7     F3 sarx         Gy,Ey,By       L0
F7     F2 shrx         Gy,Ey,By       L0
`;

export const VEX_0F3A = `
00     66 vpermq       Vqq,Wqq,Ib     L1 W1
01     66 vpermpd      Vqq,Wqq,Ib     L1 W1
02     66 vpblendd     Vx,Hx,Wx,Ib    W0
04     66 vpermilps    Vx,Wx,Ib       W0
05     66 vpermilpd    Vx,Wx,Ib       W0
06     66 vperm2f128   Vqq,Hqq,Wqq,Ib L1 W0
08     66 vroundps     Vx,Wx,Ib
09     66 vroundpd     Vx,Wx,Ib
0A     66 vroundss     Vo,Ho,Wd,Ib
0B     66 vroundsd     Vo,Ho,Wq,Ib
0C     66 vblendps     Vx,Hx,Wx,Ib
0D     66 vblendpd     Vx,Hx,Wx,Ib
0E     66 vpblendw     Vx,Hx,Wx,Ib
0F     66 vpalignr     Vx,Hx,Wx,Ib
14     66 vpextrb      Ry/Mb,Vo,Ib    L0
15     66 vpextrw      Ry/Mw,Vo,Ib    L0
16     66 vpextrd      Ed,Vo,Ib       L0 W0
16     66 vpextrq      Eq,Vo,Ib       L0 W1
17     66 vextractps   Ry/Md,Vo,Ib    L0
18     66 vinsertf128  Vqq,Hqq,Wo,Ib  L1 W0
19     66 vextractf128 Wo,Vqq,Ib      L1 W0
1D     66 vcvtps2ph    Wh,Vx,Ib       W0
20     66 vpinsrb      Vo,Ho,Ry/Mb,Ib L0
21     66 vinsertps    Vo,Ho,Wd,Ib    L0
22     66 vpinsrd      Vo,Ho,Ed,Ib    L0 W0
22     66 vpinsrq      Vo,Ho,Eq,Ib    L0 W1
38     66 vinserti128  Vqq,Hqq,Wo,Ib  L1 W0
39     66 vextracti128 Wo,Vqq,Ib      L1 W0
40     66 vdpps        Vx,Hx,Wx,Ib
41     66 vdppd        Vo,Ho,Wo,Ib    L0
42     66 vmpsadbw     Vx,Hx,Wx,Ib
44     66 vpclmulqdq   Vx,Hx,Wx,Ib
46     66 vperm2i128   Vqq,Hqq,Wqq,Ib L1 W0
4A     66 vblendvps    Vx,Hx,Wx,Lx    W0
4B     66 vblendvpd    Vx,Hx,Wx,Lx    W0
4C     66 vpblendvb    Vx,Hx,Wx,Lx    W0
60     66 vpcmpestrm   Vo,Wo,Ib       L0 W0
60     66 vpcmpestrm64 Vo,Wo,Ib       L0 W1
61     66 vpcmpestri   Vo,Wo,Ib       L0 W0
61     66 vpcmpestri64 Vo,Wo,Ib       L0 W1
62     66 vpcmpistrm   Vo,Wo,Ib       L0
63     66 vpcmpistri   Vo,Wo,Ib       L0
CE     66 vgf2p8affineqb Vx,Hx,Wx,Ib    W1
CF     66 vgf2p8affineinvqb Vx,Hx,Wx,Ib    W1
DF     66 vaeskeygenassist Vo,Wo,Ib       L0
F0     F2 rorx         Gy,Ey,Ib       L0
`;
