;; Bicubic sampling at any points, and colours, 128 bits at a time. `npx tsx tools/kernel.ts` puts it into kernel-bytes.ts.
;; Floats become whole numbers by adding what leaves them no places behind the point, since WebAssembly's own ways take more instructions.
(module
  (memory (export "memory") 1)

  ;; Points are floats of 64 bits, how far across here and how far down there; their count is a multiple of four.
  ;; The middles of a row's pixels.
  (func (export "middles") (param $across i32) (param $down i32) (param $count i32) (param $row i32)
    (local $x v128) (local $y v128)
    (local.set $x (v128.const f64x2 0.5 1.5))
    (local.set $y (f64x2.splat (f64.add (f64.convert_i32_u (local.get $row)) (f64.const 0.5))))
    (loop $points_left
      (v128.store (local.get $across) (local.get $x))
      (v128.store (local.get $down) (local.get $y))
      (local.set $x (f64x2.add (local.get $x) (v128.const f64x2 2 2)))
      (local.set $across (i32.add (local.get $across) (i32.const 16)))
      (local.set $down (i32.add (local.get $down) (i32.const 16)))
      (br_if $points_left (local.tee $count (i32.sub (local.get $count) (i32.const 2))))))

  ;; Points by a projective map, in place. matrix: nine numbers, row by row.
  (func (export "project") (param $across i32) (param $down i32) (param $count i32) (param $matrix i32)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128) (local $e v128) (local $f v128) (local $g v128) (local $h v128) (local $i v128)
    (local $x v128) (local $y v128) (local $u v128) (local $v v128) (local $scale v128) (local $scales i32)
    (local.set $a (v128.load64_splat (local.get $matrix)))
    (local.set $b (v128.load64_splat offset=8 (local.get $matrix)))
    (local.set $c (v128.load64_splat offset=16 (local.get $matrix)))
    (local.set $d (v128.load64_splat offset=24 (local.get $matrix)))
    (local.set $e (v128.load64_splat offset=32 (local.get $matrix)))
    (local.set $f (v128.load64_splat offset=40 (local.get $matrix)))
    (local.set $g (v128.load64_splat offset=48 (local.get $matrix)))
    (local.set $h (v128.load64_splat offset=56 (local.get $matrix)))
    (local.set $i (v128.load64_splat offset=64 (local.get $matrix)))
    ;; Most maps are affine, and divide by 1.
    (local.set $scales
      (i32.eqz
        (i64x2.all_true
          (v128.and (f64x2.eq (local.get $i) (v128.const f64x2 1 1))
            (v128.and (f64x2.eq (local.get $g) (v128.const f64x2 0 0)) (f64x2.eq (local.get $h) (v128.const f64x2 0 0)))))))
    (loop $points_left
      (local.set $x (v128.load (local.get $across)))
      (local.set $y (v128.load (local.get $down)))
      (local.set $u
        (f64x2.add (f64x2.add (f64x2.mul (local.get $a) (local.get $x)) (f64x2.mul (local.get $b) (local.get $y))) (local.get $c)))
      (local.set $v
        (f64x2.add (f64x2.add (f64x2.mul (local.get $d) (local.get $x)) (f64x2.mul (local.get $e) (local.get $y))) (local.get $f)))
      (if (local.get $scales)
        (then
          (local.set $scale
            (f64x2.add (f64x2.add (f64x2.mul (local.get $g) (local.get $x)) (f64x2.mul (local.get $h) (local.get $y))) (local.get $i)))
          (local.set $u (f64x2.div (local.get $u) (local.get $scale)))
          (local.set $v (f64x2.div (local.get $v) (local.get $scale)))))
      (v128.store (local.get $across) (local.get $u))
      (v128.store (local.get $down) (local.get $v))
      (local.set $across (i32.add (local.get $across) (i32.const 16)))
      (local.set $down (i32.add (local.get $down) (i32.const 16)))
      (br_if $points_left (local.tee $count (i32.sub (local.get $count) (i32.const 2))))))

  ;; Points by a grid of cells, in place. sizes: width and height of a cell, and the numbers of the last column and row, as floats of 64
  ;; bits; patches: for each cell four pairs p, q, r, s of p + q u + r v + s u v, where u and v are counted from the cell's corner.
  (func (export "bend")
    (param $across i32) (param $down i32) (param $count i32) (param $sizes i32) (param $patches i32)
    (local $width v128) (local $height v128) (local $last_column v128) (local $last_row v128) (local $columns_in_one v128) (local $rows_in_one v128)
    (local $x v128) (local $y v128) (local $column v128) (local $row v128) (local $cells v128)
    (local $patch i32) (local $u v128) (local $v v128) (local $first v128) (local $second v128)
    (local.set $width (v128.load64_splat (local.get $sizes)))
    (local.set $height (v128.load64_splat offset=8 (local.get $sizes)))
    (local.set $last_column (v128.load64_splat offset=16 (local.get $sizes)))
    (local.set $last_row (v128.load64_splat offset=24 (local.get $sizes)))
    (local.set $columns_in_one (f64x2.div (v128.const f64x2 1 1) (local.get $width)))
    (local.set $rows_in_one (f64x2.div (v128.const f64x2 1 1) (local.get $height)))
    (loop $points_left
      (local.set $x (v128.load (local.get $across)))
      (local.set $y (v128.load (local.get $down)))
      (local.set $column
        (f64x2.floor
          (f64x2.pmin (local.get $last_column)
            (f64x2.pmax (v128.const f64x2 0 0) (f64x2.mul (local.get $x) (local.get $columns_in_one))))))
      (local.set $row
        (f64x2.floor
          (f64x2.pmin (local.get $last_row)
            (f64x2.pmax (v128.const f64x2 0 0) (f64x2.mul (local.get $y) (local.get $rows_in_one))))))
      (local.set $x (f64x2.sub (local.get $x) (f64x2.mul (local.get $column) (local.get $width))))
      (local.set $y (f64x2.sub (local.get $y) (f64x2.mul (local.get $row) (local.get $height))))
      (local.set $cells
        (f64x2.add (v128.const f64x2 6755399441055744 6755399441055744)
          (f64x2.add (f64x2.mul (local.get $row) (f64x2.add (local.get $last_column) (v128.const f64x2 1 1))) (local.get $column))))

      (local.set $patch (i32.add (local.get $patches) (i32.shl (i32x4.extract_lane 0 (local.get $cells)) (i32.const 6))))
      (local.set $u (f64x2.splat (f64x2.extract_lane 0 (local.get $x))))
      (local.set $v (f64x2.splat (f64x2.extract_lane 0 (local.get $y))))
      (local.set $first
        (f64x2.add
          (f64x2.add (v128.load (local.get $patch)) (f64x2.mul (v128.load offset=16 (local.get $patch)) (local.get $u)))
          (f64x2.mul (local.get $v)
            (f64x2.add (v128.load offset=32 (local.get $patch)) (f64x2.mul (v128.load offset=48 (local.get $patch)) (local.get $u))))))

      (local.set $patch (i32.add (local.get $patches) (i32.shl (i32x4.extract_lane 2 (local.get $cells)) (i32.const 6))))
      (local.set $u (f64x2.splat (f64x2.extract_lane 1 (local.get $x))))
      (local.set $v (f64x2.splat (f64x2.extract_lane 1 (local.get $y))))
      (local.set $second
        (f64x2.add
          (f64x2.add (v128.load (local.get $patch)) (f64x2.mul (v128.load offset=16 (local.get $patch)) (local.get $u)))
          (f64x2.mul (local.get $v)
            (f64x2.add (v128.load offset=32 (local.get $patch)) (f64x2.mul (v128.load offset=48 (local.get $patch)) (local.get $u))))))

      (v128.store (local.get $across)
        (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23 (local.get $first) (local.get $second)))
      (v128.store (local.get $down)
        (i8x16.shuffle 8 9 10 11 12 13 14 15 24 25 26 27 28 29 30 31 (local.get $first) (local.get $second)))
      (local.set $across (i32.add (local.get $across) (i32.const 16)))
      (local.set $down (i32.add (local.get $down) (i32.const 16)))
      (br_if $points_left (local.tee $count (i32.sub (local.get $count) (i32.const 2))))))

  ;; From points to what `sample` takes, in three lists that lie one after the other. Points are kept within width and height, counted in 1024ths
  ;; of a pixel, and shifted by one and a half pixels, since the source has two around it. origin: address of the source, less a row and a pixel.
  (func (export "place")
    (param $across i32) (param $down i32) (param $count i32)
    (param $width f64) (param $height f64) (param $origin i32) (param $stride i32) (param $out i32)
    (local $wide v128) (local $high v128) (local $first v128) (local $second v128) (local $x v128) (local $y v128)
    (local $weights_across i32) (local $weights_down i32)
    (local.set $wide (f64x2.splat (local.get $width)))
    (local.set $high (f64x2.splat (local.get $height)))
    (local.set $weights_across (i32.add (local.get $out) (i32.shl (local.get $count) (i32.const 2))))
    (local.set $weights_down (i32.add (local.get $weights_across) (i32.shl (local.get $count) (i32.const 2))))
    (loop $points_left
      ;; The lower 32 bits of each float are the whole number then.
      (local.set $first
        (f64x2.add (v128.const f64x2 6755399441057280 6755399441057280)
          (f64x2.mul (v128.const f64x2 1024 1024)
            (f64x2.pmin (local.get $wide) (f64x2.pmax (v128.const f64x2 0 0) (v128.load (local.get $across)))))))
      (local.set $second
        (f64x2.add (v128.const f64x2 6755399441057280 6755399441057280)
          (f64x2.mul (v128.const f64x2 1024 1024)
            (f64x2.pmin (local.get $wide) (f64x2.pmax (v128.const f64x2 0 0) (v128.load offset=16 (local.get $across)))))))
      (local.set $x (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get $first) (local.get $second)))
      (local.set $first
        (f64x2.add (v128.const f64x2 6755399441057280 6755399441057280)
          (f64x2.mul (v128.const f64x2 1024 1024)
            (f64x2.pmin (local.get $high) (f64x2.pmax (v128.const f64x2 0 0) (v128.load (local.get $down)))))))
      (local.set $second
        (f64x2.add (v128.const f64x2 6755399441057280 6755399441057280)
          (f64x2.mul (v128.const f64x2 1024 1024)
            (f64x2.pmin (local.get $high) (f64x2.pmax (v128.const f64x2 0 0) (v128.load offset=16 (local.get $down)))))))
      (local.set $y (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get $first) (local.get $second)))

      (v128.store (local.get $out)
        (i32x4.add (i32x4.splat (local.get $origin))
          (i32x4.add
            (i32x4.mul (i32x4.shr_u (local.get $y) (i32.const 10)) (i32x4.splat (local.get $stride)))
            (i32x4.mul (i32x4.shr_u (local.get $x) (i32.const 10)) (v128.const i32x4 3 3 3 3)))))
      (v128.store (local.get $weights_across)
        (i32x4.shl (v128.and (local.get $x) (v128.const i32x4 1023 1023 1023 1023)) (i32.const 3)))
      (v128.store (local.get $weights_down)
        (i32x4.add (v128.const i32x4 8192 8192 8192 8192)
          (i32x4.shl (v128.and (local.get $y) (v128.const i32x4 1023 1023 1023 1023)) (i32.const 4))))
      (local.set $across (i32.add (local.get $across) (i32.const 32)))
      (local.set $down (i32.add (local.get $down) (i32.const 32)))
      (local.set $out (i32.add (local.get $out) (i32.const 16)))
      (local.set $weights_across (i32.add (local.get $weights_across) (i32.const 16)))
      (local.set $weights_down (i32.add (local.get $weights_down) (i32.const 16)))
      (br_if $points_left (local.tee $count (i32.sub (local.get $count) (i32.const 4))))))

  ;; Pixels one after another, red, green, blue. places: for each pixel the address of the upper left of its 4 x 4 source pixels; gap bytes later
  ;; the address of its weights across, and as many later of those down. Weights across are four 16-bit numbers, of which 16384 is 1; those down
  ;; are four floats, of which 1 / 16384 is 1. stride: bytes from source row to source row. Behind the last source pixel of each row 4 bytes
  ;; are read, behind the output one is written.
  (func (export "sample") (param $places i32) (param $gap i32) (param $count i32) (param $stride i32) (param $out i32)
    (local $at i32) (local $across i32) (local $down i32) (local $weights i32) (local $pairs v128)
    (local $first v128) (local $second v128) (local $bytes v128) (local $sum v128)
    ;; Two pixels' bytes in turn, channel by channel, so that one dot product takes both.
    (local.set $pairs (v128.const i8x16 0 3 1 4 2 5 12 12 6 9 7 10 8 11 12 12))
    (local.set $across (i32.add (local.get $places) (local.get $gap)))
    (local.set $down (i32.add (local.get $across) (local.get $gap)))
    (loop $pixels
      (local.set $at (i32.load (local.get $places)))
      (local.set $weights (i32.load (local.get $across)))
      (local.set $first (v128.load32_splat (local.get $weights)))
      (local.set $second (v128.load32_splat offset=4 (local.get $weights)))
      (local.set $weights (i32.load (local.get $down)))

      (local.set $bytes (i8x16.swizzle (v128.load (local.get $at)) (local.get $pairs)))
      (local.set $sum
        (f32x4.mul (v128.load32_splat (local.get $weights))
          (f32x4.convert_i32x4_s (i32x4.add
            (i32x4.dot_i16x8_s (i16x8.extend_low_i8x16_u (local.get $bytes)) (local.get $first))
            (i32x4.dot_i16x8_s (i16x8.extend_high_i8x16_u (local.get $bytes)) (local.get $second))))))

      (local.set $at (i32.add (local.get $at) (local.get $stride)))
      (local.set $bytes (i8x16.swizzle (v128.load (local.get $at)) (local.get $pairs)))
      (local.set $sum (f32x4.add (local.get $sum)
        (f32x4.mul (v128.load32_splat offset=4 (local.get $weights))
          (f32x4.convert_i32x4_s (i32x4.add
            (i32x4.dot_i16x8_s (i16x8.extend_low_i8x16_u (local.get $bytes)) (local.get $first))
            (i32x4.dot_i16x8_s (i16x8.extend_high_i8x16_u (local.get $bytes)) (local.get $second)))))))

      (local.set $at (i32.add (local.get $at) (local.get $stride)))
      (local.set $bytes (i8x16.swizzle (v128.load (local.get $at)) (local.get $pairs)))
      (local.set $sum (f32x4.add (local.get $sum)
        (f32x4.mul (v128.load32_splat offset=8 (local.get $weights))
          (f32x4.convert_i32x4_s (i32x4.add
            (i32x4.dot_i16x8_s (i16x8.extend_low_i8x16_u (local.get $bytes)) (local.get $first))
            (i32x4.dot_i16x8_s (i16x8.extend_high_i8x16_u (local.get $bytes)) (local.get $second)))))))

      (local.set $at (i32.add (local.get $at) (local.get $stride)))
      (local.set $bytes (i8x16.swizzle (v128.load (local.get $at)) (local.get $pairs)))
      (local.set $sum (f32x4.add (local.get $sum)
        (f32x4.mul (v128.load32_splat offset=12 (local.get $weights))
          (f32x4.convert_i32x4_s (i32x4.add
            (i32x4.dot_i16x8_s (i16x8.extend_low_i8x16_u (local.get $bytes)) (local.get $first))
            (i32x4.dot_i16x8_s (i16x8.extend_high_i8x16_u (local.get $bytes)) (local.get $second)))))))

      ;; Rounded, and kept within 0 to 255.
      (local.set $sum
        (i32x4.sub (f32x4.add (local.get $sum) (v128.const f32x4 12582912 12582912 12582912 12582912))
          (v128.const f32x4 12582912 12582912 12582912 12582912)))
      (local.set $sum (i16x8.narrow_i32x4_s (local.get $sum) (local.get $sum)))
      (v128.store32_lane 0 (local.get $out) (i8x16.narrow_i16x8_u (local.get $sum) (local.get $sum)))

      (local.set $out (i32.add (local.get $out) (i32.const 3)))
      (local.set $places (i32.add (local.get $places) (i32.const 4)))
      (local.set $across (i32.add (local.get $across) (i32.const 4)))
      (local.set $down (i32.add (local.get $down) (i32.const 4)))
      (br_if $pixels (local.tee $count (i32.sub (local.get $count) (i32.const 1))))))

  ;; Each byte from one level towards itself and beyond, in place: from + factor * (byte - from), kept within 0 to 255 and cut to whole. 16 bytes at a
  ;; time, so that up to 15 behind the last are written too.
  (func (export "blend") (param $at i32) (param $end i32) (param $from f32) (param $factor f32)
    (local $bytes v128) (local $f v128) (local $k v128) (local $whole v128)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local.set $f (f32x4.splat (local.get $from)))
    (local.set $k (f32x4.splat (local.get $factor)))
    (local.set $whole (v128.const f32x4 12582912 12582912 12582912 12582912))
    (loop $bytes_left
      (local.set $bytes (v128.load (local.get $at)))
      (local.set $a (i8x16.swizzle (local.get $bytes) (v128.const i8x16 0 128 128 128 1 128 128 128 2 128 128 128 3 128 128 128)))
      (local.set $b (i8x16.swizzle (local.get $bytes) (v128.const i8x16 4 128 128 128 5 128 128 128 6 128 128 128 7 128 128 128)))
      (local.set $c (i8x16.swizzle (local.get $bytes) (v128.const i8x16 8 128 128 128 9 128 128 128 10 128 128 128 11 128 128 128)))
      (local.set $d (i8x16.swizzle (local.get $bytes) (v128.const i8x16 12 128 128 128 13 128 128 128 14 128 128 128 15 128 128 128)))
      (local.set $a (f32x4.mul (local.get $k) (f32x4.sub (f32x4.convert_i32x4_s (local.get $a)) (local.get $f))))
      (local.set $b (f32x4.mul (local.get $k) (f32x4.sub (f32x4.convert_i32x4_s (local.get $b)) (local.get $f))))
      (local.set $c (f32x4.mul (local.get $k) (f32x4.sub (f32x4.convert_i32x4_s (local.get $c)) (local.get $f))))
      (local.set $d (f32x4.mul (local.get $k) (f32x4.sub (f32x4.convert_i32x4_s (local.get $d)) (local.get $f))))
      (local.set $a (f32x4.add (f32x4.floor (f32x4.add (local.get $f) (local.get $a))) (local.get $whole)))
      (local.set $b (f32x4.add (f32x4.floor (f32x4.add (local.get $f) (local.get $b))) (local.get $whole)))
      (local.set $c (f32x4.add (f32x4.floor (f32x4.add (local.get $f) (local.get $c))) (local.get $whole)))
      (local.set $d (f32x4.add (f32x4.floor (f32x4.add (local.get $f) (local.get $d))) (local.get $whole)))
      (v128.store (local.get $at)
        (i8x16.narrow_i16x8_u
          (i16x8.narrow_i32x4_s (i32x4.sub (local.get $a) (local.get $whole)) (i32x4.sub (local.get $b) (local.get $whole)))
          (i16x8.narrow_i32x4_s (i32x4.sub (local.get $c) (local.get $whole)) (i32x4.sub (local.get $d) (local.get $whole)))))
      (br_if $bytes_left
        (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 16))) (local.get $end)))))

  ;; The greys of four pixels, in whole levels: luma of ITU-R 601-2, of which green's share is halved, since it would not go into 16 bits.
  (func $greys (param $bytes v128) (result v128)
    (i32x4.shr_u
      (i32x4.add
        (i32x4.add
          (i32x4.dot_i16x8_s (v128.const i16x8 19595 19235 19595 19235 19595 19235 19595 19235)
            (i8x16.swizzle (local.get $bytes) (v128.const i8x16 0 128 1 128 3 128 4 128 6 128 7 128 9 128 10 128)))
          (i32x4.dot_i16x8_s (v128.const i16x8 19235 7471 19235 7471 19235 7471 19235 7471)
            (i8x16.swizzle (local.get $bytes) (v128.const i8x16 1 128 2 128 4 128 5 128 7 128 8 128 10 128 11 128))))
        (v128.const i32x4 32768 32768 32768 32768))
      (i32.const 16)))

  ;; The sum of the greys of pixels. Up to 15 bytes behind the last are read.
  (func (export "sum") (param $at i32) (param $end i32) (result f64)
    (local $some v128) (local $sum v128)
    (loop $pixels
      ;; Of the last four pixels some may be none.
      (local.set $some
        (v128.and (call $greys (v128.load (local.get $at)))
          (i32x4.gt_s (i32x4.splat (i32.sub (local.get $end) (local.get $at))) (v128.const i32x4 0 3 6 9))))
      (local.set $sum
        (i64x2.add (local.get $sum)
          (i64x2.add (i64x2.extend_low_i32x4_u (local.get $some)) (i64x2.extend_high_i32x4_u (local.get $some)))))
      (br_if $pixels (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 12))) (local.get $end))))
    (f64.convert_i64_u (i64.add (i64x2.extract_lane 0 (local.get $sum)) (i64x2.extract_lane 1 (local.get $sum)))))

  ;; Each pixel from its grey towards itself and beyond, in place, as above. Four at a time, so that up to 9 bytes behind the last are
  ;; written too, and up to 13 read.
  (func (export "saturate") (param $at i32) (param $end i32) (param $factor f32)
    (local $bytes v128) (local $k v128) (local $greys v128) (local $whole v128)
    (local $a v128) (local $b v128) (local $c v128) (local $f v128) (local $g v128) (local $h v128)
    (local.set $k (f32x4.splat (local.get $factor)))
    (local.set $whole (v128.const f32x4 12582912 12582912 12582912 12582912))
    (loop $pixels
      (local.set $bytes (v128.load (local.get $at)))
      (local.set $greys (f32x4.convert_i32x4_s (call $greys (local.get $bytes))))
      ;; Each grey three times, beside the channels of its pixel.
      (local.set $f (i8x16.shuffle 0 1 2 3 0 1 2 3 0 1 2 3 4 5 6 7 (local.get $greys) (local.get $greys)))
      (local.set $g (i8x16.shuffle 4 5 6 7 4 5 6 7 8 9 10 11 8 9 10 11 (local.get $greys) (local.get $greys)))
      (local.set $h (i8x16.shuffle 8 9 10 11 12 13 14 15 12 13 14 15 12 13 14 15 (local.get $greys) (local.get $greys)))
      (local.set $a (i8x16.swizzle (local.get $bytes) (v128.const i8x16 0 128 128 128 1 128 128 128 2 128 128 128 3 128 128 128)))
      (local.set $b (i8x16.swizzle (local.get $bytes) (v128.const i8x16 4 128 128 128 5 128 128 128 6 128 128 128 7 128 128 128)))
      (local.set $c (i8x16.swizzle (local.get $bytes) (v128.const i8x16 8 128 128 128 9 128 128 128 10 128 128 128 11 128 128 128)))
      (local.set $a (f32x4.mul (local.get $k) (f32x4.sub (f32x4.convert_i32x4_s (local.get $a)) (local.get $f))))
      (local.set $b (f32x4.mul (local.get $k) (f32x4.sub (f32x4.convert_i32x4_s (local.get $b)) (local.get $g))))
      (local.set $c (f32x4.mul (local.get $k) (f32x4.sub (f32x4.convert_i32x4_s (local.get $c)) (local.get $h))))
      (local.set $a (f32x4.add (f32x4.floor (f32x4.add (local.get $f) (local.get $a))) (local.get $whole)))
      (local.set $b (f32x4.add (f32x4.floor (f32x4.add (local.get $g) (local.get $b))) (local.get $whole)))
      (local.set $c (f32x4.add (f32x4.floor (f32x4.add (local.get $h) (local.get $c))) (local.get $whole)))
      (local.set $bytes
        (i8x16.narrow_i16x8_u
          (i16x8.narrow_i32x4_s (i32x4.sub (local.get $a) (local.get $whole)) (i32x4.sub (local.get $b) (local.get $whole)))
          (i16x8.narrow_i32x4_s (i32x4.sub (local.get $c) (local.get $whole)) (local.get $c))))
      (v128.store64_lane 0 (local.get $at) (local.get $bytes))
      (v128.store32_lane offset=8 2 (local.get $at) (local.get $bytes))
      (br_if $pixels (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 12))) (local.get $end))))))
