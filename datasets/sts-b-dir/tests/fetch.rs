//! `fetch` with a curl that does not reach the network.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

#[test]
fn what_is_not_the_known_file_is_deleted_and_named() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let [curl, calls, data] = ["curl", "calls", "data"].map(|name| folder.path().join(name));
    let script = "while [ \"$1\" != --output ]; do shift; done\nprintf wrong >> \"$2\"\n";
    fs::write(&curl, format!("#!/bin/sh\necho \"$@\" >> {}\n{script}", calls.display())).expect("writes");
    fs::set_permissions(&curl, fs::Permissions::from_mode(0o755)).expect("makes it a program");
    for attempt in 1..=2 {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sts-b-dir"));
        command.args(["fetch", "--download", "--data"]).arg(&data).env("PATH", folder.path());
        let output = command.output().expect("the program starts");
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!((output.status.code(), text.lines().count()), (Some(1), 1), "{text}");
        // SHA-256 of `wrong`, as sha256sum prints it.
        let sum = "8810ad581e59f2bc3928b261707a71308f7e139eb04820366dc4d5c18d980225";
        let words =
            ["train.tsv", sum, "41c4d978b6162abdcada7e49a982211954cca5459c228db478af333124b257a2", "is deleted"];
        assert!(words.iter().all(|word| text.contains(word)), "{text}");
        assert_eq!(fs::read_dir(&data).expect("a folder").count(), 0, "nothing is left to go on from");
        let lines = fs::read_to_string(&calls).expect("curl was called");
        assert_eq!(lines.lines().count(), attempt, "it ends at the first");
        assert!(lines.lines().all(|line| line.contains("--proto =https --proto-redir =https")), "{lines}");
    }
}
