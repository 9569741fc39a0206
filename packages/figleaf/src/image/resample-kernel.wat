;; The two passes of the antialiased resampler, and those of Pillow's in whole numbers, 128 bits at a time. `npx tsx tools/kernel.ts` puts it into resample-kernel.ts.
(module
  (memory (export "memory") 1)

  ;; One output row: the weighted sum of source rows, column by column, as 32-bit floats.
  ;; rows: address of the first source row; stride: bytes from row to row; pairs: how many pairs of rows;
  ;; weights: for each pair two 16-bit numbers, of which 16384 is 1; size: bytes of a row, of which 32 are done at a time, so
  ;; that up to 31 bytes behind the last row are read, and up to 31 floats behind the output row are written.
  (func (export "down")
    (param $rows i32) (param $stride i32) (param $pairs i32) (param $weights i32) (param $size i32) (param $out i32)
    (local $at i32) (local $weight i32) (local $pair i32) (local $end i32)
    (local $upper v128) (local $lower v128) (local $both v128) (local $w v128) (local $unit v128)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local $e v128) (local $f v128) (local $g v128) (local $h v128)
    (local.set $unit (f32x4.splat (f32.const 0.00006103515625)))
    (local.set $end (i32.add (local.get $rows) (local.get $size)))
    (loop $columns
      (local.set $at (local.get $rows))
      (local.set $weight (local.get $weights))
      (local.set $pair (local.get $pairs))
      (local.set $a (v128.const i32x4 0 0 0 0))
      (local.set $b (v128.const i32x4 0 0 0 0))
      (local.set $c (v128.const i32x4 0 0 0 0))
      (local.set $d (v128.const i32x4 0 0 0 0))
      (local.set $e (v128.const i32x4 0 0 0 0))
      (local.set $f (v128.const i32x4 0 0 0 0))
      (local.set $g (v128.const i32x4 0 0 0 0))
      (local.set $h (v128.const i32x4 0 0 0 0))
      (loop $pairs_left
        (local.set $w (v128.load32_splat (local.get $weight)))

        (local.set $upper (v128.load (local.get $at)))
        (local.set $lower (v128.load (i32.add (local.get $at) (local.get $stride))))
        ;; The two rows' bytes in turn, so that one dot product takes both.
        (local.set $both (i8x16.shuffle 0 16 1 17 2 18 3 19 4 20 5 21 6 22 7 23 (local.get $upper) (local.get $lower)))
        (local.set $a (i32x4.add (local.get $a)
          (i32x4.dot_i16x8_s (i16x8.extend_low_i8x16_u (local.get $both)) (local.get $w))))
        (local.set $b (i32x4.add (local.get $b)
          (i32x4.dot_i16x8_s (i16x8.extend_high_i8x16_u (local.get $both)) (local.get $w))))
        (local.set $both (i8x16.shuffle 8 24 9 25 10 26 11 27 12 28 13 29 14 30 15 31 (local.get $upper) (local.get $lower)))
        (local.set $c (i32x4.add (local.get $c)
          (i32x4.dot_i16x8_s (i16x8.extend_low_i8x16_u (local.get $both)) (local.get $w))))
        (local.set $d (i32x4.add (local.get $d)
          (i32x4.dot_i16x8_s (i16x8.extend_high_i8x16_u (local.get $both)) (local.get $w))))

        (local.set $upper (v128.load offset=16 (local.get $at)))
        (local.set $lower (v128.load offset=16 (i32.add (local.get $at) (local.get $stride))))
        (local.set $both (i8x16.shuffle 0 16 1 17 2 18 3 19 4 20 5 21 6 22 7 23 (local.get $upper) (local.get $lower)))
        (local.set $e (i32x4.add (local.get $e)
          (i32x4.dot_i16x8_s (i16x8.extend_low_i8x16_u (local.get $both)) (local.get $w))))
        (local.set $f (i32x4.add (local.get $f)
          (i32x4.dot_i16x8_s (i16x8.extend_high_i8x16_u (local.get $both)) (local.get $w))))
        (local.set $both (i8x16.shuffle 8 24 9 25 10 26 11 27 12 28 13 29 14 30 15 31 (local.get $upper) (local.get $lower)))
        (local.set $g (i32x4.add (local.get $g)
          (i32x4.dot_i16x8_s (i16x8.extend_low_i8x16_u (local.get $both)) (local.get $w))))
        (local.set $h (i32x4.add (local.get $h)
          (i32x4.dot_i16x8_s (i16x8.extend_high_i8x16_u (local.get $both)) (local.get $w))))

        (local.set $at (i32.add (local.get $at) (i32.shl (local.get $stride) (i32.const 1))))
        (local.set $weight (i32.add (local.get $weight) (i32.const 4)))
        (br_if $pairs_left (local.tee $pair (i32.sub (local.get $pair) (i32.const 1)))))

      (v128.store (local.get $out) (f32x4.mul (f32x4.convert_i32x4_s (local.get $a)) (local.get $unit)))
      (v128.store offset=16 (local.get $out) (f32x4.mul (f32x4.convert_i32x4_s (local.get $b)) (local.get $unit)))
      (v128.store offset=32 (local.get $out) (f32x4.mul (f32x4.convert_i32x4_s (local.get $c)) (local.get $unit)))
      (v128.store offset=48 (local.get $out) (f32x4.mul (f32x4.convert_i32x4_s (local.get $d)) (local.get $unit)))
      (v128.store offset=64 (local.get $out) (f32x4.mul (f32x4.convert_i32x4_s (local.get $e)) (local.get $unit)))
      (v128.store offset=80 (local.get $out) (f32x4.mul (f32x4.convert_i32x4_s (local.get $f)) (local.get $unit)))
      (v128.store offset=96 (local.get $out) (f32x4.mul (f32x4.convert_i32x4_s (local.get $g)) (local.get $unit)))
      (v128.store offset=112 (local.get $out) (f32x4.mul (f32x4.convert_i32x4_s (local.get $h)) (local.get $unit)))
      (local.set $out (i32.add (local.get $out) (i32.const 128)))
      (br_if $columns
        (i32.lt_u (local.tee $rows (i32.add (local.get $rows) (i32.const 32))) (local.get $end)))))

  ;; Narrows one row of floats, three a pixel. taps: for each output pixel the byte offset of its first pixel and how many
  ;; there are, a multiple of 4; weights: floats, one after another. One float behind the output is overwritten.
  (func (export "across") (param $row i32) (param $taps i32) (param $weights i32) (param $size i32) (param $out i32)
    (local $at i32) (local $tap i32)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (loop $pixels
      (local.set $at (i32.add (local.get $row) (i32.load (local.get $taps))))
      (local.set $tap (i32.load offset=4 (local.get $taps)))
      (local.set $a (v128.const i32x4 0 0 0 0))
      (local.set $b (v128.const i32x4 0 0 0 0))
      (local.set $c (v128.const i32x4 0 0 0 0))
      (local.set $d (v128.const i32x4 0 0 0 0))
      (loop $taps_left
        ;; Four sums, so that none waits for the one before.
        (local.set $a (f32x4.add (local.get $a)
          (f32x4.mul (v128.load (local.get $at)) (v128.load32_splat (local.get $weights)))))
        (local.set $b (f32x4.add (local.get $b)
          (f32x4.mul (v128.load offset=12 (local.get $at)) (v128.load32_splat offset=4 (local.get $weights)))))
        (local.set $c (f32x4.add (local.get $c)
          (f32x4.mul (v128.load offset=24 (local.get $at)) (v128.load32_splat offset=8 (local.get $weights)))))
        (local.set $d (f32x4.add (local.get $d)
          (f32x4.mul (v128.load offset=36 (local.get $at)) (v128.load32_splat offset=12 (local.get $weights)))))
        (local.set $at (i32.add (local.get $at) (i32.const 48)))
        (local.set $weights (i32.add (local.get $weights) (i32.const 16)))
        (br_if $taps_left (local.tee $tap (i32.sub (local.get $tap) (i32.const 4)))))
      (v128.store (local.get $out)
        (f32x4.add (f32x4.add (local.get $a) (local.get $b)) (f32x4.add (local.get $c) (local.get $d))))
      (local.set $out (i32.add (local.get $out) (i32.const 12)))
      (local.set $taps (i32.add (local.get $taps) (i32.const 8)))
      (br_if $pixels (local.tee $size (i32.sub (local.get $size) (i32.const 1))))))

  ;; Floats to bytes: the nearest whole numbers, halves up, kept within 0 to 255. at: address of the floats; out: that of the bytes, which may be
  ;; the same. 16 at a time, so that up to 15 floats behind the last are read, and up to 15 bytes written.
  (func (export "levels") (param $at i32) (param $count i32) (param $out i32)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128) (local $whole v128) (local $large v128)
    ;; A float of this size has no places behind the point, so that its bits less those of this are the whole number.
    (local.set $large (v128.const f32x4 12582912 12582912 12582912 12582912))
    (loop $floats_left
      (local.set $a (v128.load (local.get $at)))
      (local.set $whole (f32x4.floor (local.get $a)))
      (local.set $a
        (i32x4.sub
          (i32x4.sub (f32x4.add (local.get $whole) (local.get $large)) (local.get $large))
          (f32x4.ge (f32x4.sub (local.get $a) (local.get $whole)) (v128.const f32x4 0.5 0.5 0.5 0.5))))
      (local.set $b (v128.load offset=16 (local.get $at)))
      (local.set $whole (f32x4.floor (local.get $b)))
      (local.set $b
        (i32x4.sub
          (i32x4.sub (f32x4.add (local.get $whole) (local.get $large)) (local.get $large))
          (f32x4.ge (f32x4.sub (local.get $b) (local.get $whole)) (v128.const f32x4 0.5 0.5 0.5 0.5))))
      (local.set $c (v128.load offset=32 (local.get $at)))
      (local.set $whole (f32x4.floor (local.get $c)))
      (local.set $c
        (i32x4.sub
          (i32x4.sub (f32x4.add (local.get $whole) (local.get $large)) (local.get $large))
          (f32x4.ge (f32x4.sub (local.get $c) (local.get $whole)) (v128.const f32x4 0.5 0.5 0.5 0.5))))
      (local.set $d (v128.load offset=48 (local.get $at)))
      (local.set $whole (f32x4.floor (local.get $d)))
      (local.set $d
        (i32x4.sub
          (i32x4.sub (f32x4.add (local.get $whole) (local.get $large)) (local.get $large))
          (f32x4.ge (f32x4.sub (local.get $d) (local.get $whole)) (v128.const f32x4 0.5 0.5 0.5 0.5))))
      (v128.store (local.get $out)
        (i8x16.narrow_i16x8_u
          (i16x8.narrow_i32x4_s (local.get $a) (local.get $b))
          (i16x8.narrow_i32x4_s (local.get $c) (local.get $d))))
      (local.set $at (i32.add (local.get $at) (i32.const 64)))
      (local.set $out (i32.add (local.get $out) (i32.const 16)))
      (br_if $floats_left (i32.gt_s (local.tee $count (i32.sub (local.get $count) (i32.const 16))) (i32.const 0)))))

  ;; Narrows one row of bytes, three a pixel, and rounds to bytes. taps: for each output pixel the byte offset of its first pixel
  ;; and how many there are; weights: 32-bit numbers of which 1 << 22 is 1, one after another. A byte behind each pixel is read, and
  ;; one behind the output is overwritten.
  (func (export "acrossBytes") (param $row i32) (param $taps i32) (param $weights i32) (param $size i32) (param $out i32)
    (local $at i32) (local $tap i32) (local $sum v128)
    (loop $pixels
      (local.set $at (i32.add (local.get $row) (i32.load (local.get $taps))))
      (local.set $tap (i32.load offset=4 (local.get $taps)))
      (local.set $sum (i32x4.splat (i32.const 2097152)))
      (loop $taps_left
        (local.set $sum (i32x4.add (local.get $sum)
          (i32x4.mul
            (i32x4.extend_low_i16x8_u (i16x8.extend_low_i8x16_u (v128.load32_zero (local.get $at))))
            (v128.load32_splat (local.get $weights)))))
        (local.set $at (i32.add (local.get $at) (i32.const 3)))
        (local.set $weights (i32.add (local.get $weights) (i32.const 4)))
        (br_if $taps_left (local.tee $tap (i32.sub (local.get $tap) (i32.const 1)))))
      (local.set $sum (i32x4.shr_u (local.get $sum) (i32.const 22)))
      (local.set $sum (i16x8.narrow_i32x4_s (local.get $sum) (local.get $sum)))
      (v128.store32_lane 0 (local.get $out) (i8x16.narrow_i16x8_u (local.get $sum) (local.get $sum)))
      (local.set $out (i32.add (local.get $out) (i32.const 3)))
      (local.set $taps (i32.add (local.get $taps) (i32.const 8)))
      (br_if $pixels (local.tee $size (i32.sub (local.get $size) (i32.const 1))))))

  ;; One output row of whole levels as floats: the weighted sum of source rows, column by column. rows: address of the first source row;
  ;; stride: bytes from row to row; count: how many rows; weights: as above, one a row; size: bytes of a row, of which 16 are done
  ;; at a time, so that up to 15 bytes behind the last row are read, and up to 15 floats behind the output row are written.
  (func (export "downBytes")
    (param $rows i32) (param $stride i32) (param $count i32) (param $weights i32) (param $size i32) (param $out i32)
    (local $at i32) (local $weight i32) (local $row i32) (local $end i32)
    (local $bytes v128) (local $w v128) (local $low v128) (local $high v128)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local.set $end (i32.add (local.get $rows) (local.get $size)))
    (loop $columns
      (local.set $at (local.get $rows))
      (local.set $weight (local.get $weights))
      (local.set $row (local.get $count))
      (local.set $a (i32x4.splat (i32.const 2097152)))
      (local.set $b (local.get $a))
      (local.set $c (local.get $a))
      (local.set $d (local.get $a))
      (loop $rows_left
        (local.set $w (v128.load32_splat (local.get $weight)))
        (local.set $bytes (v128.load (local.get $at)))
        (local.set $low (i16x8.extend_low_i8x16_u (local.get $bytes)))
        (local.set $high (i16x8.extend_high_i8x16_u (local.get $bytes)))
        (local.set $a (i32x4.add (local.get $a) (i32x4.mul (i32x4.extend_low_i16x8_u (local.get $low)) (local.get $w))))
        (local.set $b (i32x4.add (local.get $b) (i32x4.mul (i32x4.extend_high_i16x8_u (local.get $low)) (local.get $w))))
        (local.set $c (i32x4.add (local.get $c) (i32x4.mul (i32x4.extend_low_i16x8_u (local.get $high)) (local.get $w))))
        (local.set $d (i32x4.add (local.get $d) (i32x4.mul (i32x4.extend_high_i16x8_u (local.get $high)) (local.get $w))))
        (local.set $at (i32.add (local.get $at) (local.get $stride)))
        (local.set $weight (i32.add (local.get $weight) (i32.const 4)))
        (br_if $rows_left (local.tee $row (i32.sub (local.get $row) (i32.const 1)))))
      (v128.store (local.get $out) (f32x4.convert_i32x4_u (i32x4.shr_u (local.get $a) (i32.const 22))))
      (v128.store offset=16 (local.get $out) (f32x4.convert_i32x4_u (i32x4.shr_u (local.get $b) (i32.const 22))))
      (v128.store offset=32 (local.get $out) (f32x4.convert_i32x4_u (i32x4.shr_u (local.get $c) (i32.const 22))))
      (v128.store offset=48 (local.get $out) (f32x4.convert_i32x4_u (i32x4.shr_u (local.get $d) (i32.const 22))))
      (local.set $out (i32.add (local.get $out) (i32.const 64)))
      (br_if $columns
        (i32.lt_u (local.tee $rows (i32.add (local.get $rows) (i32.const 16))) (local.get $end))))))
