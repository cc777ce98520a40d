//! The operations on every GPU: kernels in CubeCL, one folder for CUDA and wgpu.
//!
//! Each unit owns what it writes; there are no atomics, so the order of every sum is fixed.

// Launching a kernel is unsafe: only its author can know that units stay inside the tensors. Every launch says why they do.
#![allow(unsafe_code)]

mod calibrate;
mod combine;
mod counts;
mod index;
mod moments;
mod products;

use burn::backend::cubecl::dtype_to_storage_type;
use burn::backend::tensor::{FloatTensor, IntTensor};
use burn::tensor::{DType, Shape};
use burn_cubecl::CubeBackend;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::ops::numeric::empty_device_contiguous_dtype;
use burn_cubecl::tensor::CubeTensor;
use cubecl::prelude::*;
use cubecl::{CubeCount, CubeDim, calculate_cube_count_elemwise};

use super::extension::BinOps;

impl BinOps for CubeBackend {
    fn bin_index(targets: FloatTensor<Self>, edges: FloatTensor<Self>, strict: bool) -> IntTensor<Self> {
        index::launch(targets, edges, strict)
    }

    fn bin_counts(rows: IntTensor<Self>, bins: usize) -> IntTensor<Self> {
        counts::launch(rows, bins)
    }

    fn bin_moments(state: FloatTensor<Self>, features: FloatTensor<Self>, rows: IntTensor<Self>) -> FloatTensor<Self> {
        moments::launch(state, features, rows)
    }

    fn bin_products(
        state: FloatTensor<Self>,
        features: FloatTensor<Self>,
        order: IntTensor<Self>,
        offsets: IntTensor<Self>,
        centre: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        products::launch(state, features, [order, offsets], centre)
    }

    fn combine_rows(table: FloatTensor<Self>, index: IntTensor<Self>, weight: FloatTensor<Self>) -> FloatTensor<Self> {
        combine::launch(table, index, weight)
    }

    fn bin_calibrate(
        features: FloatTensor<Self>,
        rows: IntTensor<Self>,
        from: FloatTensor<Self>,
        scale: FloatTensor<Self>,
        to: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        calibrate::forward(features, rows, [from, scale, to])
    }

    fn bin_calibrate_backward(
        gradient: FloatTensor<Self>,
        rows: IntTensor<Self>,
        scale: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        calibrate::backward(gradient, rows, scale)
    }
}

/// Room for a result beside a tensor: contiguous, not yet written.
fn room(beside: &CubeTensor, shape: impl Into<Shape>, dtype: DType) -> CubeTensor {
    empty_device_contiguous_dtype(beside.client.clone(), beside.device.clone(), shape.into(), dtype)
}

/// One unit per element of the work.
fn grid(beside: &CubeTensor, units: usize) -> (CubeCount, CubeDim) {
    let dim = CubeDim::new(&beside.client, units);
    (calculate_cube_count_elemwise(&beside.client, units, dim), dim)
}

/// Addresses wide enough for the largest of the tensors.
fn address(tensors: &[&CubeTensor]) -> AddressType {
    tensors.iter().map(|tensor| tensor.required_address_type()).max().unwrap_or_default()
}

/// Whether a number is a row of a table.
#[cube]
fn is_row(number: i32, rows: usize) -> bool {
    number >= 0 && number < i32::cast_from(rows)
}

/// Where this unit's chunk of rows begins and ends.
#[cube]
fn chunk_of(unit: usize, chunk: u32, rows: usize) -> (usize, usize) {
    let chunk = usize::cast_from(chunk);
    let start = unit * chunk;
    let mut end = start + chunk;
    if end > rows {
        end = rows;
    }
    (start, end)
}

/// Block, column and position of a number in contiguous `[outer, dim, inner]`.
#[cube]
fn place_of(number: usize, dim: usize, inner: usize) -> (usize, usize, usize) {
    (number / (dim * inner), number / inner % dim, number % inner)
}
