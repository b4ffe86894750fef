target triple = "x86_64-unknown-linux-gnu"
define internal void @gemm.body(ptr noalias nocapture align 4 %b.A, ptr noalias nocapture align 64 %b.B, ptr noalias nocapture align 64 %b.C, i64 %lo, i64 %hi) #0 {
entry:
  %r.a.0.0.0 = alloca <16 x float>, align 64
  %r.a.0.1.0 = alloca <16 x float>, align 64
  %t1 = icmp slt i64 %lo, %hi
  br i1 %t1, label %loop.n.0, label %end.n.0
loop.n.0:
  %i.n.0 = phi i64 [ %lo, %entry ], [ %i.n.0.next, %latch.n.0 ]
  %t7 = mul i64 %i.n.0, 4096
  %t8 = getelementptr i8, ptr %b.B, i64 %t7
  %t23 = mul i64 %i.n.0, 64
  %t24 = getelementptr i8, ptr %b.C, i64 %t23
  store <16 x float> splat (float 0x0000000000000000), ptr %r.a.0.0.0, align 64
  store <16 x float> splat (float 0x0000000000000000), ptr %r.a.0.1.0, align 64
  br label %loop.k.2
loop.k.2:
  %i.k.2 = phi i64 [ 0, %loop.n.0 ], [ %i.k.2.next, %latch.k.2 ]
  %t4 = mul i64 %i.k.2, 4
  %t5 = getelementptr i8, ptr %b.A, i64 %t4
  %t9 = mul i64 %i.k.2, 64
  %t10 = getelementptr i8, ptr %t8, i64 %t9
  %t3 = load <16 x float>, ptr %r.a.0.0.0, align 64
  %t6 = load float, ptr %t5, align 4
  %t11 = load <16 x float>, ptr %t10, align 64
  %t12 = insertelement <16 x float> poison, float %t6, i64 0
  %t13 = shufflevector <16 x float> %t12, <16 x float> poison, <16 x i32> zeroinitializer
  %t14 = call <16 x float> @llvm.fmuladd.v16f32(<16 x float> %t13, <16 x float> %t11, <16 x float> %t3)
  store <16 x float> %t14, ptr %r.a.0.0.0, align 64
  %t15 = load <16 x float>, ptr %r.a.0.1.0, align 64
  %t16 = getelementptr i8, ptr %t5, i64 256
  %t17 = load float, ptr %t16, align 4
  %t18 = insertelement <16 x float> poison, float %t17, i64 0
  %t19 = shufflevector <16 x float> %t18, <16 x float> poison, <16 x i32> zeroinitializer
  %t20 = call <16 x float> @llvm.fmuladd.v16f32(<16 x float> %t19, <16 x float> %t11, <16 x float> %t15)
  store <16 x float> %t20, ptr %r.a.0.1.0, align 64
  br label %latch.k.2
latch.k.2:
  %i.k.2.next = add nuw nsw i64 %i.k.2, 1
  %t21 = icmp slt i64 %i.k.2.next, 64
  br i1 %t21, label %loop.k.2, label %end.k.2, !llvm.loop !0
end.k.2:
  %t22 = load <16 x float>, ptr %r.a.0.0.0, align 64
  store <16 x float> %t22, ptr %t24, align 64
  %t25 = load <16 x float>, ptr %r.a.0.1.0, align 64
  %t26 = getelementptr i8, ptr %t24, i64 256
  store <16 x float> %t25, ptr %t26, align 64
  br label %latch.n.0
latch.n.0:
  %i.n.0.next = add nuw nsw i64 %i.n.0, 1
  %t27 = icmp slt i64 %i.n.0.next, %hi
  br i1 %t27, label %loop.n.0, label %end.n.0, !llvm.loop !0
end.n.0:
  ret void
}
define hidden void @gemm(ptr %args, ptr %scratch, ptr %dims, i64 %lo, i64 %hi) #0 {
  %p0 = getelementptr i8, ptr %args, i64 0
  %a0 = load ptr, ptr %p0
  %p1 = getelementptr i8, ptr %args, i64 8
  %a1 = load ptr, ptr %p1
  %p2 = getelementptr i8, ptr %args, i64 16
  %a2 = load ptr, ptr %p2
  call void @gemm.body(ptr %a0, ptr %a1, ptr %a2, i64 %lo, i64 %hi)
  ret void
}
declare <16 x float> @llvm.fmuladd.v16f32(<16 x float>, <16 x float>, <16 x float>)
attributes #0 = { nounwind "target-cpu"="x86-64-v4" }
!0 = distinct !{!0, !1, !2}
!1 = !{!"llvm.loop.unroll.disable"}
!2 = !{!"llvm.loop.vectorize.enable", i1 false}
