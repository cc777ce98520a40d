//! Targets that read weights and checkpoints.

use std::path::Path;

use burn::tensor::Device;
use dir_nn::resnet::{BlockKind, ResNetConfig, ResNetNames};
use dir_nn::weights::{Weights, to_safetensors};
use dir_train::checkpoint::{self, Checkpoint};
use sha2::{Digest, Sha256};

use crate::target::{Outcome, Scratch, Seeds, Target};

const SAFE: &[&[u8]] = &[
    b"\"dtype\":\"F32\"",
    b"\"dtype\":\"F16\"",
    b"\"shape\":[",
    b"\"data_offsets\":[",
    b"\"__metadata__\":",
    b"model.",
    b"module.",
    b"state_dict.",
];
const PICKLE: &[&[u8]] = &[
    b"PK\x01\x02",
    b"PK\x03\x04",
    b"PK\x05\x06",
    b"PK\x06\x06",
    b"\x80\x02",
    b"ctorch._utils\n_rebuild_tensor_v2\n",
    b"ctorch\nFloatStorage\n",
    b"ctorch\nHalfStorage\n",
    b"ccollections\nOrderedDict\n",
    b"K\0",
    b"K\x01",
    b"J\xff\xff\xff\x7f",
    b"\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f",
    b"\x85",
    b"\x86",
    b"\x87",
    b"t",
    b"R",
    b"Q",
    b"u",
    b"s",
    b"h\0",
    b"j\xff\xff\xff\xff",
    b".",
];
const CHECKPOINT: &[&[u8]] = &[b"DIRCKPT2", b"\"name\":", b"\"length\":", b"model", b"progress"];

/// A checkpoint ends with the SHA-256 of what comes before.
const HASH: usize = 32;

pub(super) static TARGETS: [Target; 3] = [
    Target::binary("weights-safetensors", safe_tensors, safe, SAFE, 1 << 16),
    Target::binary("weights-pickle", pickle, pickles, PICKLE, 1 << 16),
    Target::binary("checkpoint", load, checkpoints, CHECKPOINT, 1 << 13),
];

const TINY: ResNetConfig = ResNetConfig { block: BlockKind::Basic, blocks: [1; 4], width: 1 };

/// Reads weights and puts them into a small network.
fn into_network(path: &Path) -> Outcome {
    let weights = Weights::read(path)?;
    let (_, report) = weights.load::<_, ResNetNames>(TINY.init(0, &Device::default())?)?;
    Ok(report.loaded.len() + report.to_string().len().min(1) + weights.names().count())
}

fn safe_tensors(bytes: &[u8], scratch: &Scratch) -> Outcome {
    into_network(&scratch.write("weights.safetensors", bytes)?)
}

/// Reads weights as `torch.save` writes them; few fit the network, so that reading is what counts.
fn pickle(bytes: &[u8], scratch: &Scratch) -> Outcome {
    let weights = Weights::read(&scratch.write("weights.pth", bytes)?)?;
    let names: Vec<&str> = weights.names().collect();
    Ok(names.iter().filter_map(|name| weights.get(name)).map(|data| data.num_elements()).sum())
}

/// Loads a checkpoint as it is, then with its hash made right, and reads values of its sections.
fn load(bytes: &[u8], scratch: &Scratch) -> Outcome {
    let folder = scratch.folder().join("checkpoints");
    let name = format!("checkpoints/{}", checkpoint::name(7));
    let path = scratch.write(&name, bytes)?;
    drop(checkpoint::newest(&folder)?);
    let body = &bytes[..bytes.len().saturating_sub(HASH)];
    scratch.write(&name, &[body, Sha256::digest(body).as_slice()].concat())?;
    let loaded = Checkpoint::load(&path)?;
    drop(loaded.value::<(u64, Vec<f64>, Option<String>)>("progress", &path));
    Ok(loaded.required("model", &path)?.len())
}

fn safe() -> anyhow::Result<Seeds> {
    let bytes = to_safetensors::<_, ResNetNames>(&TINY.init(3, &Device::default())?)?;
    Ok(vec![("resnet.safetensors".into(), bytes)])
}

/// Files that PyTorch wrote: the workspace reads them but cannot write them.
fn pickles() -> anyhow::Result<Seeds> {
    let fixtures = crate::corpus::package().join("../tests/fixtures");
    let read =
        |name: &str| -> anyhow::Result<(String, Vec<u8>)> { Ok((name.into(), std::fs::read(fixtures.join(name))?)) };
    Ok(vec![read("06c_small.model_state.th")?, read("06c_small.model_state_legacy.th")?])
}

fn checkpoints() -> anyhow::Result<Seeds> {
    let folder = crate::campaign::scratch()?;
    let path = folder.path().join("a.ckpt");
    let progress = (7_u64, vec![0.5, 1.5], Some("x".to_owned()));
    Checkpoint::default().with("model", vec![1, 2, 3]).with_value("progress", &progress)?.save(&path)?;
    Ok(vec![("whole.ckpt".into(), std::fs::read(&path)?)])
}
