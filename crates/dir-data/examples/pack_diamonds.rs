//! Packs a CSV the way the crate embeds it: `cargo run -p dir-data --example pack_diamonds -- IN.csv OUT.deflate`.

#![allow(clippy::print_stderr)]

use miniz_oxide::deflate::compress_to_vec;

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(input), Some(output)) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: pack_diamonds IN.csv OUT.deflate");
        std::process::exit(2);
    };
    std::fs::write(output, compress_to_vec(&std::fs::read(input)?, 10))
}
