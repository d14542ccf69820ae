/** Opcodes after 0F 38 and 0F 3A (SDM vol. 2, tables ). `notation.ts` tells how to read them. */

export const THREE_BYTE_38 = `
00     np pshufb       Pq,Qq
00     66 pshufb       Vo,Wo
01     np phaddw       Pq,Qq
01     66 phaddw       Vo,Wo
02     np phaddd       Pq,Qq
02     66 phaddd       Vo,Wo
03     np phaddsw      Pq,Qq
03     66 phaddsw      Vo,Wo
04     np pmaddubsw    Pq,Qq
04     66 pmaddubsw    Vo,Wo
05     np phsubw       Pq,Qq
05     66 phsubw       Vo,Wo
06     np phsubd       Pq,Qq
06     66 phsubd       Vo,Wo
07     np phsubsw      Pq,Qq
07     66 phsubsw      Vo,Wo
08     np psignb       Pq,Qq
08     66 psignb       Vo,Wo
09     np psignw       Pq,Qq
09     66 psignw       Vo,Wo
0A     np psignd       Pq,Qq
0A     66 psignd       Vo,Wo
0B     np pmulhrsw     Pq,Qq
0B     66 pmulhrsw     Vo,Wo
10     66 pblendvb     Vo,Wo
14     66 blendvps     Vo,Wo
15     66 blendvpd     Vo,Wo
17     66 ptest        Vo,Wo
1C     np pabsb        Pq,Qq
1C     66 pabsb        Vo,Wo
1D     np pabsw        Pq,Qq
1D     66 pabsw        Vo,Wo
1E     np pabsd        Pq,Qq
1E     66 pabsd        Vo,Wo
20     66 pmovsxbw     Vo,Wq
21     66 pmovsxbd     Vo,Wd
22     66 pmovsxbq     Vo,Ww
23     66 pmovsxwd     Vo,Wq
24     66 pmovsxwq     Vo,Wd
25     66 pmovsxdq     Vo,Wq
28     66 pmuldq       Vo,Wo
29     66 pcmpeqq      Vo,Wo
2A     66 movntdqa     Vo,Mo
2B     66 packusdw     Vo,Wo
30     66 pmovzxbw     Vo,Wq
31     66 pmovzxbd     Vo,Wd
32     66 pmovzxbq     Vo,Ww
33     66 pmovzxwd     Vo,Wq
34     66 pmovzxwq     Vo,Wd
35     66 pmovzxdq     Vo,Wq
37     66 pcmpgtq      Vo,Wo
38     66 pminsb       Vo,Wo
39     66 pminsd       Vo,Wo
3A     66 pminuw       Vo,Wo
3B     66 pminud       Vo,Wo
3C     66 pmaxsb       Vo,Wo
3D     66 pmaxsd       Vo,Wo
3E     66 pmaxuw       Vo,Wo
3F     66 pmaxud       Vo,Wo
40     66 pmulld       Vo,Wo
41     66 phminposuw   Vo,Wo
82     66 invpcid      Gq,Mo
C8     np sha1nexte    Vo,Wo
C9     np sha1msg1     Vo,Wo
CA     np sha1msg2     Vo,Wo
CB     np sha256rnds2  Vo,Wo
CC     np sha256msg1   Vo,Wo
CD     np sha256msg2   Vo,Wo
CF     66 gf2p8mulb    Vo,Wo
DB     66 aesimc       Vo,Wo
DC     66 aesenc       Vo,Wo
DD     66 aesenclast   Vo,Wo
DE     66 aesdec       Vo,Wo
DF     66 aesdeclast   Vo,Wo
F0     F2 crc32        Gy,Eb
F0     np movbe        Gv,Mv
F0     66 movbe        Gv,Mv
F1     F2 crc32        Gy,Ev
F1     np movbe        Mv,Gv
F1     66 movbe        Mv,Gv
F5     66 wrussq       Mq,Gq          o64
F5     66 wrussd       Md,Gd
F6     np wrssq        Mq,Gq          o64
F6     np wrssd        Md,Gd
F6     66 adcx         Gy,Ey
F6     F3 adox         Gy,Ey
`;

export const THREE_BYTE_3A = `
08     66 roundps      Vo,Wo,Ib
09     66 roundpd      Vo,Wo,Ib
0A     66 roundss      Vo,Wd,Ib
0B     66 roundsd      Vo,Wq,Ib
0C     66 blendps      Vo,Wo,Ib
0D     66 blendpd      Vo,Wo,Ib
0E     66 pblendw      Vo,Wo,Ib
0F     np palignr      Pq,Qq,Ib
0F     66 palignr      Vo,Wo,Ib
14     66 pextrb       Ry/Mb,Vo,Ib
15     66 pextrw       Ry/Mw,Vo,Ib
16     66 pextrq       Eq,Vo,Ib       o64
16     66 pextrd       Ed,Vo,Ib
17     66 extractps    Ry/Md,Vo,Ib
20     66 pinsrb       Vo,Ry/Mb,Ib
21     66 insertps     Vo,Wd,Ib
22     66 pinsrq       Vo,Eq,Ib       o64
22     66 pinsrd       Vo,Ed,Ib
40     66 dpps         Vo,Wo,Ib
41     66 dppd         Vo,Wo,Ib
42     66 mpsadbw      Vo,Wo,Ib
44     66 pclmulqdq    Vo,Wo,Ib
60     66 pcmpestrm64  Vo,Wo,Ib       o64
60     66 pcmpestrm    Vo,Wo,Ib
61     66 pcmpestri64  Vo,Wo,Ib       o64
61     66 pcmpestri    Vo,Wo,Ib
62     66 pcmpistrm    Vo,Wo,Ib
63     66 pcmpistri    Vo,Wo,Ib
CC     np sha1rnds4    Vo,Wo,Ib
CE     66 gf2p8affineqb Vo,Wo,Ib
CF     66 gf2p8affineinvqb Vo,Wo,Ib
DF     66 aeskeygenassist Vo,Wo,Ib
`;
