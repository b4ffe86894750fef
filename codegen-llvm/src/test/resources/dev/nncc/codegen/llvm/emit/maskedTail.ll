target triple = "x86_64-unknown-linux-gnu"
define internal void @tail.body(ptr noalias nocapture align 64 %b.X, ptr noalias nocapture align 64 %b.Y, i64 %lo, i64 %hi) #0 {
entry:
  %t1 = icmp slt i64 %lo, %hi
  br i1 %t1, label %loop.o.0, label %end.o.0
loop.o.0:
  %i.o.0 = phi i64 [ %lo, %entry ], [ %i.o.0.next, %latch.o.0 ]
  %t2 = mul i64 %i.o.0, -16
  %t3 = add i64 %t2, 37
  %t4 = call i64 @llvm.smin.i64(i64 %t3, i64 16)
  %t5 = call i64 @llvm.smax.i64(i64 %t4, i64 0)
  %t6 = trunc i64 %t5 to i32
  %t7 = insertelement <16 x i32> poison, i32 %t6, i64 0
  %t8 = shufflevector <16 x i32> %t7, <16 x i32> poison, <16 x i32> zeroinitializer
  %t9 = icmp slt <16 x i32> <i32 0, i32 1, i32 2, i32 3, i32 4, i32 5, i32 6, i32 7, i32 8, i32 9, i32 10, i32 11, i32 12, i32 13, i32 14, i32 15>, %t8
  %t10 = mul i64 %i.o.0, 64
  %t11 = getelementptr i8, ptr %b.X, i64 %t10
  %t15 = mul i64 %i.o.0, 64
  %t16 = getelementptr i8, ptr %b.Y, i64 %t15
  %t12 = call <16 x float> @llvm.masked.load.v16f32.p0(ptr %t11, i32 64, <16 x i1> %t9, <16 x float> zeroinitializer)
  %t13 = fcmp ogt <16 x float> splat (float 0x0000000000000000), %t12
  %t14 = select <16 x i1> %t13, <16 x float> splat (float 0x0000000000000000), <16 x float> %t12
  call void @llvm.masked.store.v16f32.p0(<16 x float> %t14, ptr %t16, i32 64, <16 x i1> %t9)
  br label %latch.o.0
latch.o.0:
  %i.o.0.next = add nuw nsw i64 %i.o.0, 1
  %t17 = icmp slt i64 %i.o.0.next, %hi
  br i1 %t17, label %loop.o.0, label %end.o.0, !llvm.loop !0
end.o.0:
  ret void
}
define hidden void @tail(ptr %args, ptr %scratch, ptr %dims, i64 %lo, i64 %hi) #0 {
  %p0 = getelementptr i8, ptr %args, i64 0
  %a0 = load ptr, ptr %p0
  %p1 = getelementptr i8, ptr %args, i64 8
  %a1 = load ptr, ptr %p1
  call void @tail.body(ptr %a0, ptr %a1, i64 %lo, i64 %hi)
  ret void
}
declare <16 x float> @llvm.masked.load.v16f32.p0(ptr, i32, <16 x i1>, <16 x float>)
declare i64 @llvm.smax.i64(i64, i64)
declare i64 @llvm.smin.i64(i64, i64)
declare void @llvm.masked.store.v16f32.p0(<16 x float>, ptr, i32, <16 x i1>)
attributes #0 = { nounwind "target-cpu"="x86-64-v4" }
!0 = distinct !{!0, !1, !2}
!1 = !{!"llvm.loop.unroll.disable"}
!2 = !{!"llvm.loop.vectorize.enable", i1 false}
