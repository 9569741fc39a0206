;; Bicubic sampling at any points, 128 bits at a time. `npx tsx tools/kernel.ts` puts it into warp-kernel.ts.
(module
  (memory (export "memory") 1)

  ;; Pixels one after another, red, green, blue. points: for each pixel the address of the upper left of its 4 x 4 source pixels and
  ;; two addresses of weights, across and down. Weights across are four 16-bit numbers, of which 16384 is 1; those down are
  ;; four floats, of which 1 / 16384 is 1. stride: bytes from source row to source row. Behind the last source pixel of each row 4 bytes are read, behind the
  ;; output one is written.
  (func (export "sample") (param $points i32) (param $count i32) (param $stride i32) (param $out i32)
    (local $at i32) (local $down i32)
    (local $first v128) (local $second v128) (local $bytes v128) (local $sum v128)
    (loop $pixels
      (local.set $at (i32.load (local.get $points)))
      (local.set $first (v128.load32_splat (i32.load offset=4 (local.get $points))))
      (local.set $second (v128.load32_splat offset=4 (i32.load offset=4 (local.get $points))))
      (local.set $down (i32.load offset=8 (local.get $points)))

      ;; Two pixels' bytes in turn, channel by channel, so that one dot product takes both.
      (local.set $bytes (v128.load (local.get $at)))
      (local.set $bytes (i8x16.shuffle 0 3 1 4 2 5 12 12 6 9 7 10 8 11 12 12 (local.get $bytes) (local.get $bytes)))
      (local.set $sum
        (f32x4.mul (v128.load32_splat (local.get $down))
          (f32x4.convert_i32x4_s (i32x4.add
            (i32x4.dot_i16x8_s (i16x8.extend_low_i8x16_u (local.get $bytes)) (local.get $first))
            (i32x4.dot_i16x8_s (i16x8.extend_high_i8x16_u (local.get $bytes)) (local.get $second))))))

      (local.set $at (i32.add (local.get $at) (local.get $stride)))
      (local.set $bytes (v128.load (local.get $at)))
      (local.set $bytes (i8x16.shuffle 0 3 1 4 2 5 12 12 6 9 7 10 8 11 12 12 (local.get $bytes) (local.get $bytes)))
      (local.set $sum (f32x4.add (local.get $sum)
        (f32x4.mul (v128.load32_splat offset=4 (local.get $down))
          (f32x4.convert_i32x4_s (i32x4.add
            (i32x4.dot_i16x8_s (i16x8.extend_low_i8x16_u (local.get $bytes)) (local.get $first))
            (i32x4.dot_i16x8_s (i16x8.extend_high_i8x16_u (local.get $bytes)) (local.get $second)))))))

      (local.set $at (i32.add (local.get $at) (local.get $stride)))
      (local.set $bytes (v128.load (local.get $at)))
      (local.set $bytes (i8x16.shuffle 0 3 1 4 2 5 12 12 6 9 7 10 8 11 12 12 (local.get $bytes) (local.get $bytes)))
      (local.set $sum (f32x4.add (local.get $sum)
        (f32x4.mul (v128.load32_splat offset=8 (local.get $down))
          (f32x4.convert_i32x4_s (i32x4.add
            (i32x4.dot_i16x8_s (i16x8.extend_low_i8x16_u (local.get $bytes)) (local.get $first))
            (i32x4.dot_i16x8_s (i16x8.extend_high_i8x16_u (local.get $bytes)) (local.get $second)))))))

      (local.set $at (i32.add (local.get $at) (local.get $stride)))
      (local.set $bytes (v128.load (local.get $at)))
      (local.set $bytes (i8x16.shuffle 0 3 1 4 2 5 12 12 6 9 7 10 8 11 12 12 (local.get $bytes) (local.get $bytes)))
      (local.set $sum (f32x4.add (local.get $sum)
        (f32x4.mul (v128.load32_splat offset=12 (local.get $down))
          (f32x4.convert_i32x4_s (i32x4.add
            (i32x4.dot_i16x8_s (i16x8.extend_low_i8x16_u (local.get $bytes)) (local.get $first))
            (i32x4.dot_i16x8_s (i16x8.extend_high_i8x16_u (local.get $bytes)) (local.get $second)))))))

      ;; Rounded, and kept within 0 to 255.
      (local.set $sum (i32x4.trunc_sat_f32x4_s (f32x4.nearest (local.get $sum))))
      (local.set $sum (i16x8.narrow_i32x4_s (local.get $sum) (local.get $sum)))
      (v128.store32_lane 0 (local.get $out) (i8x16.narrow_i16x8_u (local.get $sum) (local.get $sum)))

      (local.set $out (i32.add (local.get $out) (i32.const 3)))
      (local.set $points (i32.add (local.get $points) (i32.const 12)))
      (br_if $pixels (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))))
