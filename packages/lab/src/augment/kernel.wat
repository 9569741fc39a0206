;; Bicubic sampling at any points, and colours, 128 bits at a time. `npx tsx tools/kernel.ts` puts it into kernel-bytes.ts.
(module
  (memory (export "memory") 1)

  ;; Points are pairs of floats of 64 bits, across and down. The middles of a row's pixels.
  (func (export "middles") (param $points i32) (param $count i32) (param $row i32)
    (local $point v128)
    (local.set $point
      (f64x2.replace_lane 1 (f64x2.splat (f64.const 0.5)) (f64.add (f64.convert_i32_u (local.get $row)) (f64.const 0.5))))
    (loop $points_left
      (v128.store (local.get $points) (local.get $point))
      (local.set $point (f64x2.add (local.get $point) (v128.const f64x2 1 0)))
      (local.set $points (i32.add (local.get $points) (i32.const 16)))
      (br_if $points_left (local.tee $count (i32.sub (local.get $count) (i32.const 1))))))

  ;; Points by a projective map, in place. matrix: columns, a d, b e, c f, then g, h, i.
  (func (export "project") (param $points i32) (param $count i32) (param $matrix i32)
    (local $point v128) (local $x v128) (local $y v128) (local $a v128) (local $b v128) (local $c v128)
    (local $g f64) (local $h f64) (local $i f64)
    (local.set $a (v128.load (local.get $matrix)))
    (local.set $b (v128.load offset=16 (local.get $matrix)))
    (local.set $c (v128.load offset=32 (local.get $matrix)))
    (local.set $g (f64.load offset=48 (local.get $matrix)))
    (local.set $h (f64.load offset=56 (local.get $matrix)))
    (local.set $i (f64.load offset=64 (local.get $matrix)))
    (loop $points_left
      (local.set $x (v128.load64_splat (local.get $points)))
      (local.set $y (v128.load64_splat offset=8 (local.get $points)))
      (local.set $point
        (f64x2.add (f64x2.add (f64x2.mul (local.get $a) (local.get $x)) (f64x2.mul (local.get $b) (local.get $y))) (local.get $c)))
      (v128.store (local.get $points)
        (f64x2.div (local.get $point)
          (f64x2.splat
            (f64.add
              (f64.add (f64.mul (local.get $g) (f64x2.extract_lane 0 (local.get $x)))
                (f64.mul (local.get $h) (f64x2.extract_lane 0 (local.get $y))))
              (local.get $i)))))
      (local.set $points (i32.add (local.get $points) (i32.const 16)))
      (br_if $points_left (local.tee $count (i32.sub (local.get $count) (i32.const 1))))))

  ;; Points by a grid of cells, in place. sizes: width and height of a cell, and the numbers of the last column and row, as floats of 64
  ;; bits; patches: for each cell four pairs p, q, r, s of p + q u + r v + s u v, where u and v are counted from the cell's corner.
  (func (export "bend") (param $points i32) (param $count i32) (param $sizes i32) (param $patches i32) (param $columns i32)
    (local $point v128) (local $cell v128) (local $size v128) (local $last v128) (local $u v128) (local $v v128) (local $patch i32)
    (local.set $size (v128.load (local.get $sizes)))
    (local.set $last (v128.load offset=16 (local.get $sizes)))
    (loop $points_left
      (local.set $point (v128.load (local.get $points)))
      (local.set $cell
        (f64x2.floor
          (f64x2.pmin (local.get $last)
            (f64x2.pmax (v128.const f64x2 0 0) (f64x2.div (local.get $point) (local.get $size))))))
      (local.set $point (f64x2.sub (local.get $point) (f64x2.mul (local.get $cell) (local.get $size))))
      (local.set $cell (i32x4.trunc_sat_f64x2_s_zero (local.get $cell)))
      (local.set $patch
        (i32.add (local.get $patches)
          (i32.shl
            (i32.add (i32.mul (i32x4.extract_lane 1 (local.get $cell)) (local.get $columns))
              (i32x4.extract_lane 0 (local.get $cell)))
            (i32.const 6))))
      (local.set $u (f64x2.splat (f64x2.extract_lane 0 (local.get $point))))
      (local.set $v (f64x2.splat (f64x2.extract_lane 1 (local.get $point))))
      (v128.store (local.get $points)
        (f64x2.add
          (f64x2.add (v128.load (local.get $patch)) (f64x2.mul (v128.load offset=16 (local.get $patch)) (local.get $u)))
          (f64x2.mul (local.get $v)
            (f64x2.add (v128.load offset=32 (local.get $patch)) (f64x2.mul (v128.load offset=48 (local.get $patch)) (local.get $u))))))
      (local.set $points (i32.add (local.get $points) (i32.const 16)))
      (br_if $points_left (local.tee $count (i32.sub (local.get $count) (i32.const 1))))))

  ;; From points to what `sample` takes: three numbers of 32 bits each. Points are kept within width and height, counted in 1024ths of a pixel, and
  ;; shifted by one and a half pixels, since the source has two around it. origin: address of the source, less a row and a pixel.
  (func (export "place")
    (param $points i32) (param $count i32) (param $width f64) (param $height f64) (param $origin i32) (param $stride i32) (param $out i32)
    (local $most v128) (local $point v128) (local $across i32) (local $down i32)
    (local.set $most (f64x2.replace_lane 1 (f64x2.splat (local.get $width)) (local.get $height)))
    (loop $points_left
      ;; At this size a float has no places behind the point, and its lower 32 bits are the whole number.
      (local.set $point
        (f64x2.add (v128.const f64x2 6755399441057280 6755399441057280)
          (f64x2.mul (v128.const f64x2 1024 1024)
            (f64x2.pmin (local.get $most) (f64x2.pmax (v128.const f64x2 0 0) (v128.load (local.get $points)))))))
      (local.set $across (i32x4.extract_lane 0 (local.get $point)))
      (local.set $down (i32x4.extract_lane 2 (local.get $point)))
      (i32.store (local.get $out)
        (i32.add (local.get $origin)
          (i32.add (i32.mul (i32.shr_u (local.get $down) (i32.const 10)) (local.get $stride))
            (i32.mul (i32.shr_u (local.get $across) (i32.const 10)) (i32.const 3)))))
      (i32.store offset=4 (local.get $out) (i32.shl (i32.and (local.get $across) (i32.const 1023)) (i32.const 3)))
      (i32.store offset=8 (local.get $out)
        (i32.add (i32.const 8192) (i32.shl (i32.and (local.get $down) (i32.const 1023)) (i32.const 4))))
      (local.set $points (i32.add (local.get $points) (i32.const 16)))
      (local.set $out (i32.add (local.get $out) (i32.const 12)))
      (br_if $points_left (local.tee $count (i32.sub (local.get $count) (i32.const 1))))))

  ;; Pixels one after another, red, green, blue. places: for each pixel the address of the upper left of its 4 x 4 source pixels and
  ;; two addresses of weights, across and down. Weights across are four 16-bit numbers, of which 16384 is 1; those down are
  ;; four floats, of which 1 / 16384 is 1. stride: bytes from source row to source row. Behind the last source pixel of each row 4 bytes are read, behind the
  ;; output one is written.
  (func (export "sample") (param $places i32) (param $count i32) (param $stride i32) (param $out i32)
    (local $at i32) (local $down i32)
    (local $first v128) (local $second v128) (local $bytes v128) (local $sum v128)
    (loop $pixels
      (local.set $at (i32.load (local.get $places)))
      (local.set $first (v128.load32_splat (i32.load offset=4 (local.get $places))))
      (local.set $second (v128.load32_splat offset=4 (i32.load offset=4 (local.get $places))))
      (local.set $down (i32.load offset=8 (local.get $places)))

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
      (local.set $places (i32.add (local.get $places) (i32.const 12)))
      (br_if $pixels (local.tee $count (i32.sub (local.get $count) (i32.const 1))))))

  ;; Each byte from one level towards itself and beyond, in place: from + factor * (byte - from), kept within 0 to 255 and cut to whole. 16 bytes at a
  ;; time, so that up to 15 behind the last are written too.
  (func (export "blend") (param $at i32) (param $end i32) (param $from f32) (param $factor f32)
    (local $bytes v128) (local $low v128) (local $high v128) (local $f v128) (local $k v128)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local.set $f (f32x4.splat (local.get $from)))
    (local.set $k (f32x4.splat (local.get $factor)))
    (loop $bytes_left
      (local.set $bytes (v128.load (local.get $at)))
      (local.set $low (i16x8.extend_low_i8x16_u (local.get $bytes)))
      (local.set $high (i16x8.extend_high_i8x16_u (local.get $bytes)))
      (local.set $a (f32x4.sub (f32x4.convert_i32x4_s (i32x4.extend_low_i16x8_u (local.get $low))) (local.get $f)))
      (local.set $b (f32x4.sub (f32x4.convert_i32x4_s (i32x4.extend_high_i16x8_u (local.get $low))) (local.get $f)))
      (local.set $c (f32x4.sub (f32x4.convert_i32x4_s (i32x4.extend_low_i16x8_u (local.get $high))) (local.get $f)))
      (local.set $d (f32x4.sub (f32x4.convert_i32x4_s (i32x4.extend_high_i16x8_u (local.get $high))) (local.get $f)))
      (local.set $a (i32x4.trunc_sat_f32x4_s (f32x4.add (local.get $f) (f32x4.mul (local.get $k) (local.get $a)))))
      (local.set $b (i32x4.trunc_sat_f32x4_s (f32x4.add (local.get $f) (f32x4.mul (local.get $k) (local.get $b)))))
      (local.set $c (i32x4.trunc_sat_f32x4_s (f32x4.add (local.get $f) (f32x4.mul (local.get $k) (local.get $c)))))
      (local.set $d (i32x4.trunc_sat_f32x4_s (f32x4.add (local.get $f) (f32x4.mul (local.get $k) (local.get $d)))))
      (v128.store (local.get $at)
        (i8x16.narrow_i16x8_u
          (i16x8.narrow_i32x4_s (local.get $a) (local.get $b))
          (i16x8.narrow_i32x4_s (local.get $c) (local.get $d))))
      (br_if $bytes_left
        (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 16))) (local.get $end)))))

  ;; The greys of four pixels, in whole levels: luma of ITU-R 601-2.
  (func $greys (param $reds v128) (param $greens v128) (param $blues v128) (result v128)
    (i32x4.shr_u
      (i32x4.add
        (i32x4.add (i32x4.mul (local.get $reds) (i32x4.splat (i32.const 19595)))
          (i32x4.mul (local.get $greens) (i32x4.splat (i32.const 38470))))
        (i32x4.add (i32x4.mul (local.get $blues) (i32x4.splat (i32.const 7471))) (i32x4.splat (i32.const 32768))))
      (i32.const 16)))

  ;; The sum of the greys of pixels. Up to 15 bytes behind the last are read.
  (func (export "sum") (param $at i32) (param $end i32) (result f64)
    (local $bytes v128) (local $none v128) (local $some v128) (local $sum i64)
    (loop $pixels
      (local.set $bytes (v128.load (local.get $at)))
      (local.set $some
        (call $greys
          (i8x16.shuffle 0 16 16 16 3 16 16 16 6 16 16 16 9 16 16 16 (local.get $bytes) (local.get $none))
          (i8x16.shuffle 1 16 16 16 4 16 16 16 7 16 16 16 10 16 16 16 (local.get $bytes) (local.get $none))
          (i8x16.shuffle 2 16 16 16 5 16 16 16 8 16 16 16 11 16 16 16 (local.get $bytes) (local.get $none))))
      ;; Of the last four pixels some may be none.
      (local.set $some
        (v128.and (local.get $some)
          (i32x4.gt_s (i32x4.splat (i32.sub (local.get $end) (local.get $at))) (v128.const i32x4 0 3 6 9))))
      (local.set $some (i32x4.add (local.get $some) (i8x16.shuffle 8 9 10 11 12 13 14 15 0 1 2 3 4 5 6 7 (local.get $some) (local.get $some))))
      (local.set $sum
        (i64.add (local.get $sum)
          (i64.extend_i32_u (i32.add (i32x4.extract_lane 0 (local.get $some)) (i32x4.extract_lane 1 (local.get $some))))))
      (br_if $pixels (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 12))) (local.get $end))))
    (f64.convert_i64_u (local.get $sum)))

  ;; Each channel of four pixels from their greys towards itself and beyond, kept within 0 to 255 and cut to whole, as 16-bit numbers.
  (func $away (param $channel v128) (param $greys v128) (param $factor v128) (result v128)
    (local $whole v128)
    (local.set $whole
      (i32x4.trunc_sat_f32x4_s
        (f32x4.add (local.get $greys)
          (f32x4.mul (local.get $factor) (f32x4.sub (f32x4.convert_i32x4_s (local.get $channel)) (local.get $greys))))))
    (local.set $whole (i16x8.narrow_i32x4_s (local.get $whole) (local.get $whole)))
    (i8x16.narrow_i16x8_u (local.get $whole) (local.get $whole)))

  ;; Each pixel from its grey towards itself and beyond, in place, as above. Four at a time, so that up to 9 bytes behind the last are
  ;; written too, and up to 13 read.
  (func (export "saturate") (param $at i32) (param $end i32) (param $factor f32)
    (local $bytes v128) (local $none v128) (local $k v128) (local $greys v128)
    (local $reds v128) (local $greens v128) (local $blues v128)
    (local.set $k (f32x4.splat (local.get $factor)))
    (loop $pixels
      (local.set $bytes (v128.load (local.get $at)))
      (local.set $reds (i8x16.shuffle 0 16 16 16 3 16 16 16 6 16 16 16 9 16 16 16 (local.get $bytes) (local.get $none)))
      (local.set $greens (i8x16.shuffle 1 16 16 16 4 16 16 16 7 16 16 16 10 16 16 16 (local.get $bytes) (local.get $none)))
      (local.set $blues (i8x16.shuffle 2 16 16 16 5 16 16 16 8 16 16 16 11 16 16 16 (local.get $bytes) (local.get $none)))
      (local.set $greys
        (f32x4.convert_i32x4_s (call $greys (local.get $reds) (local.get $greens) (local.get $blues))))
      (local.set $reds (call $away (local.get $reds) (local.get $greys) (local.get $k)))
      (local.set $greens (call $away (local.get $greens) (local.get $greys) (local.get $k)))
      (local.set $blues (call $away (local.get $blues) (local.get $greys) (local.get $k)))
      (local.set $reds (i8x16.shuffle 0 16 0 1 17 0 2 18 0 3 19 0 0 0 0 0 (local.get $reds) (local.get $greens)))
      (local.set $bytes (i8x16.shuffle 0 1 16 3 4 17 6 7 18 9 10 19 0 0 0 0 (local.get $reds) (local.get $blues)))
      (v128.store64_lane 0 (local.get $at) (local.get $bytes))
      (v128.store32_lane offset=8 2 (local.get $at) (local.get $bytes))
      (br_if $pixels (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 12))) (local.get $end))))))
