//! Targets that read archives of pictures.

use dir_data::images::{Broken, CacheKind, PictureOptions, Pictures, Store, cache_folder, unpack_tar};

use crate::target::{Outcome, Scratch, Seeds, Target};

const TAR: &[&[u8]] = &[
    b"ustar\0",
    b"ustar  \0",
    b"00000000777\0",
    b"77777777777\0",
    b"\x80\0\0\0\0\0\0\x01\0\0\0\0",
    b"././@LongLink",
    b"../a",
    b"30 mtime=1\n",
    b"22 path=../../a\n",
    b"20 size=99999999\n",
    b"GNU.sparse.major=1\n",
    b"x",
    b"g",
    b"L",
    b"K",
    b"S",
    b"2",
];

pub(super) static TARGETS: [Target; 2] =
    [Target::binary("tar-store", store, tars, TAR, 1 << 15), Target::binary("tar-unpack", unpack, tars, TAR, 1 << 15)];

/// Opens a tar as a place of pictures and decodes those that it lists.
fn store(bytes: &[u8], scratch: &Scratch) -> Outcome {
    let path = scratch.write("pictures.tar", bytes)?;
    let names = Store::open(&path)?.names()?;
    let options = PictureOptions { side: 8, cache: CacheKind::Memory, broken: Broken::Skip };
    let (pictures, left_out) = Pictures::open(Store::open(&path)?, &names, options, &cache_folder(&path))?;
    Ok(pictures.len() + left_out.len())
}

/// Unpacks a tar; nothing may leave the folder.
fn unpack(bytes: &[u8], scratch: &Scratch) -> Outcome {
    let folder = scratch.empty("unpacked/inner")?;
    let unpacked = unpack_tar(bytes, &folder);
    let beside = std::fs::read_dir(scratch.folder().join("unpacked"))?.count();
    anyhow::ensure!(beside == 1, "a member left the folder");
    unpacked?;
    Ok(std::fs::read_dir(&folder)?.count())
}

fn tars() -> anyhow::Result<Seeds> {
    let picture = image_bytes()?;
    let archive = |mut builder: tar::Builder<Vec<u8>>, header: fn() -> tar::Header| -> anyhow::Result<Vec<u8>> {
        for name in ["a/1.png", "a/2.png", &format!("{}.png", "long".repeat(40))] {
            let mut header = header();
            header.set_size(picture.len() as u64);
            header.set_mode(0o644);
            builder.append_data(&mut header, name, picture.as_slice())?;
        }
        Ok(builder.into_inner()?)
    };
    let builder = || tar::Builder::new(Vec::new());
    Ok(vec![("gnu.tar".into(), archive(builder(), tar::Header::new_gnu)?)])
}

fn image_bytes() -> anyhow::Result<Vec<u8>> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image::RgbImage::from_fn(4, 4, |x, y| image::Rgb([40 * x as u8, 40 * y as u8, 9]))
        .write_to(&mut bytes, image::ImageFormat::Png)?;
    Ok(bytes.into_inner())
}
