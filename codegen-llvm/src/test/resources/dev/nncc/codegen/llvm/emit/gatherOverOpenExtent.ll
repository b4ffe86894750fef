target triple = "x86_64-unknown-linux-gnu"
define internal void @embed.body(ptr noalias nocapture align 64 %b.I, ptr noalias nocapture align 64 %b.W, ptr noalias nocapture align 64 %b.Y, i64 %d.n, i64 %lo, i64 %hi) #0 {
entry:
  %t1 = icmp slt i64 0, %d.n
  br i1 %t1, label %loop.t.0, label %end.t.0
loop.t.0:
  %i.t.0 = phi i64 [ 0, %entry ], [ %i.t.0.next, %latch.t.0 ]
  %t2 = mul i64 %i.t.0, 4
  %t3 = getelementptr i8, ptr %b.I, i64 %t2
  %t13 = mul i64 %i.t.0, 16
  %t14 = getelementptr i8, ptr %b.Y, i64 %t13
  %t4 = load i32, ptr %t3, align 4
  %t5 = sext i32 %t4 to i64
  %t6 = call i64 @llvm.smin.i64(i64 %t5, i64 99)
  %t7 = call i64 @llvm.smax.i64(i64 %t6, i64 0)
  %t8 = mul i64 %t7, 8
  %t9 = getelementptr i8, ptr %b.W, i64 %t8
  %t10 = load <4 x i16>, ptr %t9, align 8
  %t11 = bitcast <4 x i16> %t10 to <4 x half>
  %t12 = fpext <4 x half> %t11 to <4 x float>
  store <4 x float> %t12, ptr %t14, align 16
  br label %latch.t.0
latch.t.0:
  %i.t.0.next = add nuw nsw i64 %i.t.0, 1
  %t15 = icmp slt i64 %i.t.0.next, %d.n
  br i1 %t15, label %loop.t.0, label %end.t.0, !llvm.loop !0
end.t.0:
  ret void
}
define hidden void @embed(ptr %args, ptr %scratch, ptr %dims, i64 %lo, i64 %hi) #0 {
  %p0 = getelementptr i8, ptr %args, i64 0
  %a0 = load ptr, ptr %p0
  %p1 = getelementptr i8, ptr %args, i64 8
  %a1 = load ptr, ptr %p1
  %p2 = getelementptr i8, ptr %args, i64 16
  %a2 = load ptr, ptr %p2
  %q0 = getelementptr i8, ptr %dims, i64 0
  %n0 = load i64, ptr %q0
  call void @embed.body(ptr %a0, ptr %a1, ptr %a2, i64 %n0, i64 %lo, i64 %hi)
  ret void
}
declare i64 @llvm.smax.i64(i64, i64)
declare i64 @llvm.smin.i64(i64, i64)
attributes #0 = { nounwind "target-cpu"="x86-64-v4" }
!0 = distinct !{!0, !1, !2}
!1 = !{!"llvm.loop.unroll.disable"}
!2 = !{!"llvm.loop.vectorize.enable", i1 false}
