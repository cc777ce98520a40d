//! Image loader: batches of images, prefetched by worker threads.

use std::sync::Arc;

use super::{Augmentation, Drawn, Item, PictureError, Pictures};
use crate::loader::row_stream;
use crate::prefetch::Prefetch;

/// What augmentation depends on, apart from the row: seed, stage, epoch.
pub type Key = [u64; 3];

/// One batch: `[rows, 3, side, side]`.
type Numbers = Result<Vec<f32>, PictureError>;

/// Image loader: an iterator over batches in their order, prefetched by worker threads.
#[derive(Debug)]
pub struct Loader(Prefetch<Numbers>);

impl Loader {
    /// Starts up to `workers` threads on batches of images, synthetic ones among them; see [`Prefetch`] for how many wait.
    #[must_use]
    pub fn new(
        pictures: Arc<Pictures>,
        batches: Vec<Vec<Item>>,
        augment: Option<(Augmentation, Key)>,
        workers: usize,
    ) -> Self {
        let (total, largest) = (batches.len(), batches.iter().map(Vec::len).max().unwrap_or(0));
        let bytes = largest * 3 * pictures.side().pow(2) * size_of::<f32>();
        let make = move |batch: usize| numbers(&pictures, &batches[batch], augment.as_ref());
        Self(Prefetch::new(total, workers, bytes, make))
    }
}

impl Iterator for Loader {
    type Item = Numbers;

    fn next(&mut self) -> Option<Numbers> {
        self.0.next()
    }
}

fn numbers(pictures: &Pictures, items: &[Item], augment: Option<&(Augmentation, Key)>) -> Numbers {
    let side = pictures.side();
    let mut numbers = vec![0.0; items.len() * 3 * side * side];
    for (item, out) in items.iter().zip(numbers.chunks_exact_mut(3 * side * side)) {
        let drawn = augment.map_or(Drawn::NONE, |(augmentation, [seed, stage, epoch])| {
            augmentation.draw(side, &mut row_stream(*seed, *stage, *epoch, item.row))
        });
        pictures.write(item.picture, drawn, out)?;
        if let Some(blend) = &item.blend {
            let mut partner = vec![0.0; out.len()];
            pictures.write(blend.partner, drawn, &mut partner)?;
            blend.apply(out, &partner, side);
        }
    }
    Ok(numbers)
}

#[cfg(test)]
mod tests {
    use image::ImageFormat;

    use super::super::decode::tests::{encoded, slope};
    use super::super::{Blend, Broken, CacheKind, PictureOptions, Store};
    use super::*;

    fn pictures(count: u32, broken: Option<u32>) -> (tempfile::TempDir, Arc<Pictures>) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let names: Vec<String> = (0..count).map(|k| format!("{k}.png")).collect();
        for (k, name) in names.iter().enumerate() {
            let bytes = if broken == Some(k as u32) {
                include_bytes!("../../tests/regressions/zune-jpeg-panic.jpg").to_vec()
            } else {
                encoded(&slope(9 + k as u32, 9), ImageFormat::Png)
            };
            std::fs::write(folder.path().join(name), bytes).expect("writes");
        }
        let options = PictureOptions { side: 8, cache: CacheKind::None, broken: Broken::Error };
        let store = Store::open(folder.path()).expect("a folder");
        let (pictures, _) = Pictures::open(store, &names, options, folder.path()).expect("all are there");
        (folder, Arc::new(pictures))
    }

    fn items(batches: &[&[usize]]) -> Vec<Vec<Item>> {
        batches.iter().map(|batch| batch.iter().map(|&k| k.into()).collect()).collect()
    }

    #[test]
    fn a_made_picture_lies_between_two() {
        let (_folder, pictures) = pictures(3, None);
        let blend = Some(Blend { partner: 2, share: 0.25, noise: None });
        let batch = vec![0.into(), 2.into(), Item { picture: 0, row: 3, blend }];
        let numbers: Vec<f32> = Loader::new(pictures, vec![batch], None, 1).flat_map(|b| b.expect("whole")).collect();
        let [own, partner, made] = [0, 1, 2].map(|k| &numbers[k * 192..(k + 1) * 192]);
        assert_ne!(own, partner);
        let between = own.iter().zip(partner).map(|(x, other)| x + 0.25 * (other - x));
        assert!(made.iter().zip(between).all(|(found, expected)| (found - expected).abs() < 1e-6));
    }

    #[test]
    fn threads_change_nothing() {
        let (_folder, pictures) = pictures(13, None);
        let batches = items(&[&[3, 1, 4], &[1, 5], &[9, 2, 6, 12], &[0], &[7, 8, 10, 11]]);
        let augment = Some((Augmentation::default(), [1, 1, 0]));
        let of = |workers| -> Vec<Vec<f32>> {
            let loader = Loader::new(Arc::clone(&pictures), batches.clone(), augment, workers);
            loader.map(|batch| batch.expect("whole")).collect()
        };
        let one = of(1);
        assert_eq!(
            one.iter().map(Vec::len).collect::<Vec<_>>(),
            batches.iter().map(|b| b.len() * 192).collect::<Vec<_>>()
        );
        assert!((2..6).all(|workers| of(workers) == one));
        // Row 1 is the same in both of its batches.
        assert_eq!(one[0][192..384], one[1][..192]);
        let plain: Vec<_> = Loader::new(Arc::clone(&pictures), batches, None, 2).map(|b| b.expect("whole")).collect();
        assert_ne!(plain, one);
    }

    #[test]
    fn an_error_comes_in_its_place_and_dropping_ends_the_threads() {
        let (_folder, pictures) = pictures(6, Some(4));
        let batches = items(&[&[0], &[1], &[2], &[3], &[4], &[5]]);
        // The decoder panics on the broken image, in a worker thread.
        let wrong: Vec<Option<String>> = Loader::new(Arc::clone(&pictures), batches.clone(), None, 3)
            .map(|batch| batch.err().map(|error| error.to_string()))
            .collect();
        let named = wrong[4].as_deref().expect("broken");
        assert!(named.starts_with("4.png: found decoder panicked: "), "{named}");
        assert!(wrong.iter().enumerate().all(|(k, error)| error.is_some() == (k == 4)), "{wrong:?}");
        let mut loader = Loader::new(Arc::clone(&pictures), batches, None, 2);
        assert!(loader.next().is_some_and(|batch| batch.is_ok()));
        drop(loader);
        assert_eq!(Arc::strong_count(&pictures), 1, "no thread holds the pictures any more");
    }
}
