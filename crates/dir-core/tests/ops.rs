//! Every operation on the compiled-in device against plain `f64` loops, over lopsided shapes, twice bit-equal.
//!
//! `DIR_REQUIRE_GPU=1`: a device that can't be opened fails the tests; otherwise they say so and pass.

#![allow(clippy::print_stderr)]

use std::sync::OnceLock;

use burn::tensor::{DType, Device, Int, Tensor, TensorData, s};
use dir_core::Error;
use dir_core::bins::{Bins, OutOfRange, Precision};
use dir_core::kernel::KernelConfig;
use dir_core::ops::{
    DeviceInfo, OpError, bin_counts, bin_index, bin_moments, bin_products, bin_rows, calibrate, combine_rows,
    row_weights, table_dtype,
};
use dir_core::random::Stream;
use dir_core::weight::{Reweight, WeightConfig};

/// The device under test, named once in the output.
fn device() -> Option<&'static Device> {
    static DEVICE: OnceLock<Option<Device>> = OnceLock::new();
    DEVICE
        .get_or_init(|| {
            let open = || {
                let device = Device::default();
                Tensor::<1>::ones([1], &device).into_data();
                device
            };
            match std::panic::catch_unwind(open) {
                Ok(device) => {
                    eprintln!("device: {:?}", DeviceInfo::of(&device));
                    Some(device)
                }
                Err(_) if std::env::var_os("DIR_REQUIRE_GPU").is_some() => panic!("no device can be opened"),
                Err(_) => {
                    eprintln!("skipped: no device can be opened");
                    None
                }
            }
        })
        .as_ref()
}

/// Features, their rows' bins, and their shape.
#[derive(Debug)]
struct Case {
    shape: [usize; 3],
    bins: usize,
    features: Vec<f64>,
    rows: Vec<i64>,
}

impl Case {
    fn new(shape: [usize; 3], bins: usize, of: impl Fn(usize, &mut Stream) -> i64) -> Self {
        let mut stream = Stream::new(&[shape[0] as u64, shape[1] as u64, bins as u64]);
        // Rounded to f32, so that every device starts from the same numbers; far from zero, where naive sums fail.
        let features = (0..shape.iter().product()).map(|_| f64::from((5.0 + stream.normal()) as f32)).collect();
        let rows = (0..shape[0] * shape[2]).map(|row| of(row, &mut stream)).collect();
        Self { shape, bins, features, rows }
    }

    fn at(&self, row: usize, column: usize) -> f64 {
        let [_, dim, inner] = self.shape;
        self.features[(row / inner * dim + column) * inner + row % inner]
    }

    fn members(&self, bin: usize) -> Vec<usize> {
        (0..self.rows.len()).filter(|&row| self.rows[row] == bin as i64).collect()
    }

    /// The features on the device; `strided`: laid out backwards there.
    fn tensor(&self, device: &Device, dtype: DType, strided: bool) -> Tensor<3> {
        let [outer, dim, inner] = self.shape;
        if !strided {
            return Tensor::from_data(TensorData::new(self.features.clone(), self.shape), (device, dtype));
        }
        let index = |k: usize| ((k % outer * dim) + k / outer % dim) * inner + k / (outer * dim);
        let backwards: Vec<f64> = (0..self.features.len()).map(|k| self.features[index(k)]).collect();
        Tensor::<3>::from_data(TensorData::new(backwards, [inner, dim, outer]), (device, dtype)).swap_dims(0, 2)
    }

    fn rows_tensor(&self, device: &Device, dtype: DType) -> Tensor<1, Int> {
        Tensor::from_data(TensorData::new(self.rows.clone(), [self.rows.len()]), (device, dtype))
    }
}

fn cases() -> Vec<Case> {
    let spread = |bins: usize| move |_: usize, stream: &mut Stream| stream.below(bins + 1) as i64 - 1;
    vec![
        Case::new([0, 3, 1], 4, spread(4)),
        Case::new([1, 1, 1], 1, |_, _| 0),
        Case::new([1, 2048, 1], 100, |_, _| 99),
        Case::new([7, 5, 1], 1, spread(1)),
        Case::new([300, 3, 1], 1000, spread(1000)),
        Case::new([5000, 2, 1], 7, |row, _| if row % 1000 == 999 { 3 } else { 5 }),
        Case::new([64, 2048, 1], 100, spread(100)),
        Case::new([3, 4, 35], 6, spread(6)),
        Case::new([2, 1, 1], 3, |row, _| [-7, 3][row]),
    ]
}

fn values(tensor: Tensor<2>) -> Vec<f64> {
    tensor.into_data().iter().collect()
}

fn float_types(device: &Device) -> Vec<DType> {
    [DType::F32, DType::F64].into_iter().filter(|&dtype| device.supports_dtype(dtype)).collect()
}

fn int_types(device: &Device) -> Vec<DType> {
    [DType::I32, DType::I64].into_iter().filter(|&dtype| device.supports_dtype(dtype)).collect()
}

/// Largest difference, as a share of the largest expected value.
fn deviation(found: &[f64], expected: &[f64]) -> f64 {
    assert_eq!(found.len(), expected.len());
    let scale = expected.iter().fold(1.0, |a: f64, b| a.max(b.abs()));
    found.iter().zip(expected).fold(0.0, |a: f64, (f, e)| if f.is_nan() { f64::INFINITY } else { a.max((f - e).abs()) })
        / scale
}

fn allowed(dtype: DType) -> f64 {
    if dtype == DType::F64 { 1e-12 } else { 2e-6 }
}

/// Two passes, plainly.
fn two_passes(case: &Case) -> Vec<f64> {
    let dim = case.shape[1];
    let of = |bin: usize| {
        let members = case.members(bin);
        let n = members.len() as f64;
        let mean: Vec<f64> =
            (0..dim).map(|d| members.iter().map(|&r| case.at(r, d)).sum::<f64>() / n.max(1.0)).collect();
        let m2: Vec<f64> = (0..dim).map(|d| members.iter().map(|&r| (case.at(r, d) - mean[d]).powi(2)).sum()).collect();
        [vec![n], mean, m2].concat()
    };
    (0..case.bins).flat_map(of).collect()
}

#[test]
fn moments_are_those_of_two_passes() {
    let Some(device) = device() else { return };
    for case in cases() {
        let [outer, dim, inner] = case.shape;
        let expected = two_passes(&case);
        for dtype in float_types(device) {
            for ints in int_types(device) {
                for strided in [false, true] {
                    let pass = || {
                        let state = Tensor::<2>::zeros([case.bins, 1 + 2 * dim], (device, dtype));
                        let (features, rows) = (case.tensor(device, dtype, strided), case.rows_tensor(device, ints));
                        if outer < 2 {
                            return values(bin_moments(state, features, rows).expect("fits"));
                        }
                        // In two parts, to go on from a state that is not empty.
                        let cut = outer / 3 + 1;
                        let part = |state, from: usize, to: usize| {
                            let features = features.clone().slice(s![from..to]);
                            bin_moments(state, features, rows.clone().slice(s![from * inner..to * inner]))
                                .expect("fits")
                        };
                        values(part(part(state, 0, cut), cut, outer))
                    };
                    let found = pass();
                    let off = deviation(&found, &expected);
                    assert!(off <= allowed(dtype), "{:?} {dtype:?} {ints:?} strided {strided}: {off:e}", case.shape);
                    assert_eq!(found, pass(), "two runs differ");
                }
            }
        }
    }
}

#[test]
fn products_are_those_of_plain_loops() {
    let Some(device) = device() else { return };
    for case in cases().into_iter().filter(|case| case.shape[1] <= 5) {
        let dim = case.shape[1];
        // A centre of its own for every bin, all of them exact in f32.
        let centre: Vec<f64> = (0..case.bins * dim).map(|k| 4.5 + (k % 7) as f64 / 4.0).collect();
        let pairs: Vec<(usize, usize)> = (0..dim).flat_map(|i| (0..=i).map(move |j| (i, j))).collect();
        let of = |bin: usize, (i, j): (usize, usize)| -> f64 {
            let members = case.members(bin);
            members
                .iter()
                .map(|&r| (case.at(r, i) - centre[bin * dim + i]) * (case.at(r, j) - centre[bin * dim + j]))
                .sum()
        };
        let expected: Vec<f64> =
            (0..case.bins).flat_map(|bin| pairs.iter().map(|&pair| 1.0 + of(bin, pair)).collect::<Vec<_>>()).collect();
        let rows: Vec<Option<usize>> = case.rows.iter().map(|&row| usize::try_from(row).ok()).collect();
        for dtype in float_types(device) {
            for strided in [false, true] {
                let run = || {
                    let state = Tensor::<2>::ones([case.bins, pairs.len()], (device, dtype));
                    let centre =
                        Tensor::<2>::from_data(TensorData::new(centre.clone(), [case.bins, dim]), (device, dtype));
                    values(bin_products(state, case.tensor(device, dtype, strided), &rows, centre).expect("fits"))
                };
                let off = deviation(&run(), &expected);
                assert!(off <= 5.0 * allowed(dtype), "{:?} {dtype:?} strided {strided}: {off:e}", case.shape);
                assert_eq!(run(), run(), "two runs differ");
            }
        }
    }
}

#[test]
fn wide_triangles_are_unpacked_rightly() {
    let Some(device) = device() else { return };
    // One row of ones at each column's place shows which pair each unit took.
    let dim = 700;
    let x: Vec<f64> = (0..dim).map(|d| (d % 31) as f64).collect();
    let features = Tensor::<3>::from_data(TensorData::new(x.clone(), [1, dim, 1]), (device, DType::F32));
    let state = Tensor::<2>::zeros([1, dim * (dim + 1) / 2], (device, DType::F32));
    let found = bin_products(state, features, &[Some(0)], Tensor::zeros([1, dim], (device, DType::F32)));
    let expected: Vec<f64> = (0..dim).flat_map(|i| x[..=i].iter().map(|y| x[i] * y).collect::<Vec<_>>()).collect();
    assert_eq!(values(found.expect("fits")), expected);
}

#[test]
fn counts_are_exact() {
    let Some(device) = device() else { return };
    for case in cases() {
        let expected: Vec<i64> = (0..case.bins).map(|bin| case.members(bin).len() as i64).collect();
        for ints in int_types(device) {
            let counts = bin_counts(case.rows_tensor(device, ints), case.bins).expect("bins");
            assert_eq!(counts.dims(), [case.bins]);
            assert_eq!(counts.into_data().iter::<i64>().collect::<Vec<_>>(), expected, "{:?}", case.shape);
        }
    }
    assert_eq!(bin_counts(cases()[0].rows_tensor(device, DType::I32), 0).err(), Some(OpError::NoBins));
}

#[test]
fn bins_are_those_of_the_host() {
    let Some(device) = device() else { return };
    let mut stream = Stream::new(&[7]);
    for bins in [
        Bins::uniform(0.0, 0.1, 50),
        Bins::uniform(-0.3, 0.1, 60),
        Bins::uniform(-3.0, 2.0, 1),
        Bins::uniform(1.6e9, 1.0, 300),
        Bins::log(0.5, 80.0, 1000),
    ] {
        let plain = bins.expect("valid");
        let (low, high) = (plain.edges()[0], plain.edges()[plain.len()]);
        let mut targets: Vec<f64> = (0..500).map(|_| low + (high - low) * (stream.unit() * 1.4 - 0.2)).collect();
        targets.extend(plain.edges().iter().chain(plain.limits()).flat_map(|&y| [y, y.next_down(), y.next_up()]));
        for precision in [Precision::Auto, Precision::F64, Precision::F32, Precision::F32Scaled] {
            for policy in [OutOfRange::Clamp, OutOfRange::Overflow, OutOfRange::Error] {
                let bins = plain.clone().with_precision(precision).with_out_of_range(policy);
                for dtype in float_types(device) {
                    let round = |y: &f64| if dtype == DType::F64 { *y } else { f64::from(*y as f32) };
                    let targets: Vec<f64> = targets.iter().map(round).chain([f64::NAN]).collect();
                    let of = |&y: &f64| bins.bin_of(y).map_or(-1, |bin| bin as i64);
                    let expected: Vec<i64> = targets.iter().map(of).collect();
                    let on_device = TensorData::new(targets.clone(), [targets.len()]);
                    let found =
                        bin_rows(&bins, Tensor::from_data(on_device, (device, dtype))).expect("fits").into_data();
                    let found: Vec<i64> = found.iter().collect();
                    let wrong = (0..targets.len())
                        .find(|&k| found[k] != expected[k])
                        .map(|k| (targets[k], found[k], expected[k]));
                    assert_eq!(wrong, None, "{precision:?} {policy:?} {dtype:?} from {low}");
                }
            }
        }
    }
    let none = Tensor::<1>::zeros([0], (device, DType::F32));
    assert_eq!(bin_rows(&Bins::uniform(0.0, 1.0, 2).expect("valid"), none).expect("fits").dims(), [0]);
}

/// Whole-number arithmetic says which tenth each target begins; LDS on the device and FDS on the host must agree.
#[test]
fn tenths_in_single_precision_fall_into_their_bins() {
    let Some(device) = device() else { return };
    let bins = Bins::uniform(0.0, 0.1, 101).expect("valid");
    let tenths: Vec<f32> = (0..=100_i16).map(|k| f32::from(k) / 10.0).collect();
    let found = bin_rows(&bins, Tensor::from_data(TensorData::new(tenths.clone(), [101]), (device, DType::F32)));
    assert_eq!(found.expect("fits").into_data().iter::<i64>().collect::<Vec<_>>(), (0..=100).collect::<Vec<_>>());
    let host: Vec<f64> = tenths.into_iter().map(f64::from).collect();
    assert_eq!(bins.assign(&host), Ok((0..=100).collect()));
}

#[test]
fn weights_are_those_of_the_host() {
    let Some(device) = device() else { return };
    let mut stream = Stream::new(&[11]);
    let targets: Vec<f64> = (0..3000).map(|_| f64::from((38.0 + 17.0 * stream.normal()) as f32)).collect();
    let on_device = |targets: &[f64]| {
        Tensor::<1>::from_data(TensorData::new(targets.to_vec(), [targets.len()]), (device, DType::F32))
    };
    let lds =
        WeightConfig { reweight: Reweight::SqrtInv, lds: Some(KernelConfig::default()), ..WeightConfig::default() };
    let dense = WeightConfig { reweight: Reweight::Dense, lds: None, ..lds };
    for config in [WeightConfig { cap: Some(4.0), ..lds }, WeightConfig { reweight: Reweight::Inverse, ..lds }, dense] {
        for policy in [OutOfRange::Clamp, OutOfRange::Overflow] {
            let bins =
                Bins::uniform(0.0, 1.0, 101).expect("valid").with_precision(Precision::F32).with_out_of_range(policy);
            let expected = config.sample_weights(&bins, &targets).expect("valid");
            let found = row_weights(&config, &bins, on_device(&targets)).expect("valid").into_data();
            assert!(deviation(&found.iter::<f64>().collect::<Vec<_>>(), &expected) < 1e-6);
        }
    }
    let bins = Bins::uniform(0.0, 1.0, 101).expect("valid").with_out_of_range(OutOfRange::Error);
    let error = row_weights(&WeightConfig::default(), &bins, on_device(&[1.0, -1.0, f64::NAN])).err();
    assert_eq!(error, Some(Error::Op(OpError::NoBin { rows: 2 })));
}

#[test]
fn weighted_sums_of_rows() {
    let Some(device) = device() else { return };
    let mut stream = Stream::new(&[3]);
    for (rows, dim, n, terms) in [(1, 1, 1, 1), (100, 2048, 100, 5), (1000, 3, 1000, 9), (4, 2, 3, 7)] {
        let table: Vec<f64> = (0..rows * dim).map(|_| stream.normal()).collect();
        let weight: Vec<f64> = (0..n * terms).map(|_| stream.unit()).collect();
        let index: Vec<i64> = (0..n * terms).map(|_| stream.below(rows + 1) as i64 - 1).collect();
        let expected: Vec<f64> = (0..n * dim)
            .map(|k| {
                let used = (0..terms).map(|t| k / dim * terms + t).filter(|&at| index[at] >= 0);
                used.map(|at| weight[at] * table[index[at] as usize * dim + k % dim]).sum()
            })
            .collect();
        for dtype in float_types(device) {
            let float = |values: &[f64], shape: [usize; 2]| {
                Tensor::<2>::from_data(TensorData::new(values.to_vec(), shape), (device, dtype))
            };
            let index = Tensor::<2, Int>::from_data(TensorData::new(index.clone(), [n, terms]), (device, DType::I32));
            let combine = || {
                let table = float(&table, [rows, dim]);
                values(combine_rows(table, index.clone(), float(&weight, [n, terms])).expect("fits"))
            };
            assert!(deviation(&combine(), &expected) <= allowed(dtype));
            assert_eq!(combine(), combine());
        }
    }
}

/// From, scale and to of every bin.
fn tables(case: &Case) -> [Vec<f64>; 3] {
    let mut stream = Stream::new(&[5]);
    [4.0, 0.5, 6.0].map(|middle| {
        (0..case.bins * case.shape[1]).map(|_| f64::from((middle + 0.4 * stream.unit()) as f32)).collect()
    })
}

fn table_tensors(case: &Case, device: &Device, dtype: DType) -> [Tensor<2>; 3] {
    let shape = [case.bins, case.shape[1]];
    tables(case).map(|table| Tensor::from_data(TensorData::new(table, shape), (device, table_dtype(dtype))))
}

#[test]
fn calibration_and_its_gradient() {
    let Some(device) = device() else { return };
    for case in cases() {
        let [_, dim, inner] = case.shape;
        let [from, scale, to] = tables(&case);
        let parameters = |k: usize| {
            let row = k / (dim * inner) * inner + k % inner;
            let bin = usize::try_from(case.rows[row]).ok().filter(|&bin| bin < case.bins)?;
            Some(bin * dim + k / inner % dim)
        };
        let places: Vec<Option<usize>> = (0..case.features.len()).map(parameters).collect();
        let moved = |(k, at): (usize, &Option<usize>)| {
            let x = case.features[k];
            at.map_or(x, |at| (x - from[at]) * scale[at] + to[at])
        };
        let expected: Vec<f64> = places.iter().enumerate().map(moved).collect();
        // The loss is Σ k-th result · (k mod 5), so that no two rows have the same gradient.
        let slope: Vec<f64> = (0..places.len()).map(|k| (k % 5) as f64).collect();
        let gradient: Vec<f64> =
            places.iter().zip(&slope).map(|(at, slope)| at.map_or(*slope, |at| slope * scale[at])).collect();
        for dtype in float_types(device) {
            for strided in [false, true] {
                let run = || {
                    let track = device.clone().autodiff();
                    let features = case.tensor(&track, dtype, strided).require_grad();
                    let rows = case.rows_tensor(device, DType::I32);
                    let out = calibrate(features.clone(), rows, table_tensors(&case, device, dtype)).expect("fits");
                    let slope = TensorData::new(slope.clone(), case.shape);
                    let total = (out.clone() * Tensor::<3>::from_data(slope, (&track, dtype))).sum();
                    let gradients = total.backward();
                    let gradient = features.grad(&gradients).map(|g| g.into_data().iter::<f64>().collect::<Vec<_>>());
                    (out.into_data().iter::<f64>().collect::<Vec<_>>(), gradient.unwrap_or_default())
                };
                let (out, found) = run();
                assert!(deviation(&out, &expected) <= allowed(dtype), "{:?} {dtype:?}", case.shape);
                if !case.features.is_empty() {
                    let off = deviation(&found, &gradient);
                    assert!(off <= allowed(dtype), "gradient: {:?} {dtype:?} strided {strided}: {off:e}", case.shape);
                }
                assert_eq!((out, found), run(), "two runs differ");
            }
        }
    }
}

#[test]
fn half_precision_is_stored_but_not_summed_in() {
    let Some(device) = device() else { return };
    let case = Case::new([400, 3, 1], 2, |row, _| (row % 2) as i64);
    for dtype in [DType::F16, DType::BF16].into_iter().filter(|&dtype| device.supports_dtype(dtype)) {
        // What the device really holds.
        let held = case.tensor(device, dtype, false);
        let case = Case {
            features: held.clone().into_data().iter().collect(),
            ..Case::new([400, 3, 1], 2, |row, _| (row % 2) as i64)
        };
        let state = Tensor::<2>::zeros([2, 7], (device, DType::F32));
        let found = values(bin_moments(state, held.clone(), case.rows_tensor(device, DType::I32)).expect("fits"));
        let off = deviation(&found, &two_passes(&case));
        assert!(off < 2e-6, "{dtype:?}: {off:e}");
        let out = calibrate(held, case.rows_tensor(device, DType::I32), table_tensors(&case, device, dtype));
        assert_eq!(out.expect("fits").dtype(), dtype);
    }
}

#[test]
fn mistakes_are_named() {
    let Some(device) = device() else { return };
    let features = Tensor::<3>::zeros([2, 3, 1], (device, DType::F32));
    let rows = |n: usize| Tensor::<1, Int>::zeros([n], device);
    let state = |width: usize| Tensor::<2>::zeros([4, width], (device, DType::F32));
    let found = bin_moments(state(6), features.clone(), rows(2)).err();
    assert_eq!(found, Some(OpError::Shape { name: "state", found: vec![4, 6], expected: vec![4, 7] }));
    let found = bin_moments(state(7), features.clone(), rows(3)).err();
    assert_eq!(found, Some(OpError::Shape { name: "rows", found: vec![3], expected: vec![2] }));
    let edges = Tensor::<1>::zeros([1], (device, DType::F32));
    assert_eq!(bin_index(edges.clone(), edges, false).err(), Some(OpError::NoBins));
    if DeviceInfo::of(device).largest_tensor.is_some_and(|bytes| bytes <= 1 << 31) {
        let index = Tensor::<2, Int>::zeros([1 << 20, 1], device);
        let weight = Tensor::<2>::zeros([1 << 20, 1], (device, DType::F32));
        let table = Tensor::<2>::zeros([1, 1 << 10], (device, DType::F32));
        let error = combine_rows(table, index, weight).err();
        assert!(matches!(error, Some(OpError::Buffer { name: "result", found: 4_294_967_296, .. })), "{error:?}");
    }
    let found = calibrate(features, rows(2), [state(3), state(3), state(2)]).err();
    assert_eq!(found, Some(OpError::Shape { name: "to", found: vec![4, 2], expected: vec![4, 3] }));
}
