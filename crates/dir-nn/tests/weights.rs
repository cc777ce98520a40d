//! Weights of other programs: prefixes, another head, what is missing, left over or of another size.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use burn::tensor::{Device, Tensor};
use dir_core::Regressor;
use dir_nn::resnet::{Depth, ResNetNames};
use dir_nn::weights::{Weights, WeightsError, to_safetensors};
use dir_nn::{ResNet, ResNetConfig};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

type Tensors = BTreeMap<String, (Vec<usize>, Vec<u8>)>;

fn network(seed: u64) -> ResNet {
    ResNetConfig::of_depth(Depth::D18).with_width(2).init(seed, &Device::default()).expect("valid")
}

/// What a saved network holds, to be changed.
fn tensors(folder: &Path) -> Tensors {
    let path = folder.join("whole.safetensors");
    std::fs::write(&path, to_safetensors::<_, ResNetNames>(&network(1)).expect("serialises")).expect("writes");
    let bytes = std::fs::read(&path).expect("reads");
    let file = SafeTensors::deserialize(&bytes).expect("SafeTensors");
    let floats = file.iter().filter(|(_, view)| view.dtype() == Dtype::F32);
    floats.map(|(name, view)| (name.to_owned(), (view.shape().to_vec(), view.data().to_vec()))).collect()
}

fn read(folder: &Path, tensors: &Tensors) -> Result<Weights, WeightsError> {
    let views = tensors.iter().map(|(name, (shape, data))| {
        (name.clone(), TensorView::new(Dtype::F32, shape.clone(), data).expect("as long as its shape"))
    });
    let path = folder.join("changed.safetensors");
    std::fs::write(&path, safetensors::serialize(views, None).expect("writes")).expect("writes");
    Weights::read(&path)
}

fn output(net: &ResNet) -> Vec<f32> {
    net.forward(Tensor::ones([1, 3, 33, 33], &Device::default())).into_data().iter().collect()
}

#[test]
fn a_network_comes_back_with_any_prefix() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let whole = tensors(folder.path());
    for prefix in ["", "module.", "state_dict.", "state_dict.module.", "model."] {
        let named: Tensors = whole.iter().map(|(name, tensor)| (format!("{prefix}{name}"), tensor.clone())).collect();
        let weights = read(folder.path(), &named).expect("reads");
        let (net, report) = weights.load::<_, ResNetNames>(network(2)).expect("fits");
        assert!(report.is_complete() && report.unused.is_empty(), "{prefix}: {report}");
        assert_eq!(output(&net), output(&network(1)), "{prefix}");
    }
}

#[test]
fn a_head_for_another_task_is_left_alone() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut changed = tensors(folder.path());
    changed.remove("linear.weight");
    changed.remove("linear.bias");
    changed.remove("bn1.weight");
    changed.insert("fc.weight".into(), (vec![10, 16], vec![0; 640])); // torchvision's name, ten classes
    changed.insert("fc.bias".into(), (vec![10], vec![0; 40]));
    changed.insert("extra.weight".into(), (vec![1], vec![0; 4]));
    let weights = read(folder.path(), &changed).expect("reads");
    let (net, report) = weights.load::<_, ResNetNames>(network(2)).expect("fits but for the head");
    assert_eq!(report.other_size, ["linear.weight", "linear.bias"]);
    assert_eq!(
        (report.missing.as_slice(), report.unused.as_slice()),
        (["backbone.bn1.weight".into()].as_slice(), ["extra.weight".into()].as_slice())
    );
    assert!(
        !report.is_complete()
            && report.to_string().contains("2 of another size, kept as drawn (linear.weight, linear.bias)")
    );
    let x = || Tensor::ones([1, 3, 33, 33], &Device::default());
    let features = |net: &ResNet| net.encode(x()).into_data();
    assert_eq!(features(&net), features(&network(1)), "the scale that is missing is 1 in both");
}

#[test]
fn other_networks_and_other_files_are_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut changed = tensors(folder.path());
    let wider = ResNetConfig::of_depth(Depth::D18).with_width(3).init(0, &Device::default()).expect("valid");
    let error = read(folder.path(), &changed).expect("reads").load::<_, ResNetNames>(wider).expect_err("another width");
    assert!(
        matches!(&error, WeightsError::Shape { .. }) && error.to_string().contains("choose the network"),
        "{error}"
    );
    changed = changed.into_iter().map(|(name, tensor)| (format!("other.{name}"), tensor)).collect();
    let error = read(folder.path(), &changed).expect("reads").load::<_, ResNetNames>(network(0)).expect_err("no name");
    assert!(matches!(error, WeightsError::Nothing { .. }), "{error}");
    let path = folder.path().join("cut.safetensors");
    let whole = std::fs::read(folder.path().join("whole.safetensors")).expect("reads");
    for length in [0, 5, 9, 100, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&path, &whole[..length]).expect("writes");
        assert!(matches!(Weights::read(&path), Err(WeightsError::File { .. })), "{length} bytes");
    }
}

/// `torch.save` of `{"w": tensor}`, a view of `count` elements with stride 0 on a storage of one float.
fn repeated(path: &Path, count: u32) {
    let text = |text: &str| [b"X".as_slice(), &(text.len() as u32).to_le_bytes(), text.as_bytes()].concat();
    let pickle = [
        b"\x80\x02}".as_slice(), // a dictionary
        &text("w"),
        b"ctorch._utils\n_rebuild_tensor_v2\n((",
        &text("storage"),
        b"ctorch\nFloatStorage\n",
        &text("0"),
        &text("cpu"),
        b"K\x01tQ", // one element; the storage by its persistent id
        b"K\x00J",  // offset 0, and a tuple of the size
        &count.to_le_bytes(),
        b"\x85K\x00\x85\x89ccollections\nOrderedDict\n)RtRs.", // stride 0, no gradient, no hooks
    ]
    .concat();
    let mut archive = ZipWriter::new(std::fs::File::create(path).expect("creates"));
    for (name, bytes) in [("data.pkl", pickle.as_slice()), ("version", b"3\n"), ("data/0", &1.5_f32.to_le_bytes())] {
        let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        archive.start_file(format!("archive/{name}"), stored).expect("starts");
        archive.write_all(bytes).expect("writes");
    }
    archive.finish().expect("finishes");
}

#[test]
fn tensors_beyond_the_limit_are_refused_before_they_are_read() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("repeated.pth");
    repeated(&path, 3);
    let values = Weights::read(&path).expect("three elements");
    let values = values.get("w").and_then(|data| data.try_to_vec::<f32>().ok());
    assert_eq!(values, Some(vec![1.5; 3]));
    repeated(&path, 200_000_000);
    let error = Weights::read(&path).expect_err("763 MiB in a file of 700 bytes").to_string();
    let found = "found tensors of 763 MiB in memory where 512 MiB is allowed (--max-memory raises it)";
    assert!(error.contains(found), "{error}");
    let whole = tensors(folder.path());
    assert!(read(folder.path(), &whole).is_ok());
    let small = Weights::read_within(&folder.path().join("changed.safetensors"), 1 << 10);
    assert!(small.expect_err("more than a KiB").to_string().contains("where 0 MiB is allowed"));
}

/// `torch.save` of `{"w": object}` whose class is `os.system`: a pickle that would run a command where pickles run.
#[test]
fn a_pickle_runs_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let target = folder.path().join("ran");
    let command = format!("touch {}", target.display());
    let mut pickle = b"\x80\x02cposix\nsystem\nX".to_vec();
    pickle.extend((command.len() as u32).to_le_bytes());
    pickle.extend(command.as_bytes());
    pickle.extend(b"\x85R."); // a tuple of one, called, end
    let path = folder.path().join("evil.pth");
    std::fs::write(&path, pickle).expect("writes");
    assert!(matches!(Weights::read(&path), Err(WeightsError::File { .. })));
    assert!(!target.exists());
}
