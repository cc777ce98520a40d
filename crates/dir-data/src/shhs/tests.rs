//! Folders in the study's layout, made up.

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

const HEADER: &str = "nsrrid,genhth25,sickez25,hlthy25,worse25,exclnt25,GH_S1\n";
const EDFS: &str = "polysomnography/edfs/shhs1";

fn write(folder: &TempDir, path: &str, text: impl AsRef<[u8]>) {
    let path = folder.path().join(path);
    std::fs::create_dir_all(path.parent().expect("below the folder")).expect("makes folders");
    std::fs::write(path, text).expect("writes");
}

/// Recordings of visit 1 and a survey.
fn study(recordings: &[&str], survey: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    recordings.iter().for_each(|name| write(&folder, &format!("{EDFS}/{name}"), ""));
    write(&folder, "datasets/shhs1-dataset-0.20.0.csv", survey);
    folder
}

fn read_with(folder: &TempDir, options: ShhsOptions) -> Result<Shhs, String> {
    read(folder.path(), &options).map_err(|error| error.to_string())
}

fn read_plain(folder: &TempDir) -> Result<Shhs, String> {
    read_with(folder, ShhsOptions::default())
}

fn scores(study: &Shhs) -> Vec<(u64, f64)> {
    study.subjects.iter().map(|subject| (subject.id, subject.score)).collect()
}

fn in_edfs(names: &[&str]) -> Vec<PathBuf> {
    names.iter().map(|name| Path::new(EDFS).join(name)).collect()
}

#[test]
fn recordings_and_scores_are_joined_and_the_rest_is_named() {
    let rows = "200003,,,,,,61.5\n\
        200001,2,5,2,5,2,\n\
        200002,1,1,1,1,1,.\n\
        200004,.,.,1,1,.,.\n\
        200005,4.0, 3 ,2,3,3,50\n\
        200006,,,,,,\n\
        200009,1,1,1,1,1,50\n";
    let names = ["shhs1-200001.edf", "shhs1-200003.EDF", "shhs1-200004.edf", "shhs1-200005.edf", "shhs1-200007.edf"];
    let folder = study(&names, &(HEADER.to_owned() + rows));
    for other in ["notes.txt", "shhs2-200001.edf", "shhs1-200001-old.edf", "shhs1-200009.edf/inside.txt"] {
        write(&folder, &format!("{EDFS}/{other}"), "");
    }
    let found = read_plain(&folder).expect("reads");
    assert_eq!(scores(&found), [(200_001, 87.0), (200_003, 61.5), (200_005, 50.0)]);
    assert_eq!(found.subjects[1].recording, Path::new(EDFS).join("shhs1-200003.EDF"));
    assert_eq!(found.without_recording, [200_002, 200_006, 200_009]);
    assert_eq!(found.without_score, [200_004]);
    assert_eq!(found.without_row, in_edfs(&["shhs1-200007.edf"]));
    assert_eq!(found.other_files, in_edfs(&["shhs1-200001-old.edf", "shhs2-200001.edf"]));
    assert_eq!(found.computed, 1); // 200002 was worked out too, but has no recording
    assert_eq!(found.survey, folder.path().join("datasets/shhs1-dataset-0.20.0.csv"));
}

#[test]
fn recordings_are_looked_for_in_three_places() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write(&folder, "shhs1-dataset-0.1.0.csv", "nsrrid,gh_s1\n1,10\n2,20\n3,30\n");
    for (place, id) in [("shhs1", 3), ("edfs/shhs1", 2), (EDFS, 1)] {
        write(&folder, &format!("{place}/SHHS1-{id}.Edf"), "");
        let found = read_plain(&folder).expect("reads");
        assert_eq!(scores(&found), [(id, 10.0 * id as f64)]);
        assert_eq!(found.subjects[0].recording, Path::new(place).join(format!("SHHS1-{id}.Edf")));
    }
}

#[test]
fn the_highest_version_of_the_survey_is_read() {
    let folder = study(&["shhs1-1.edf"], "nsrrid,gh_s1\n1,20\n");
    let score = || scores(&read_plain(&folder).expect("reads"))[0].1;
    write(&folder, "datasets/shhs1-dataset-0.9.0.csv", "nsrrid,gh_s1\n1,9\n");
    write(&folder, "datasets/shhs1-dataset-0.20.0.beta5.csv", "nsrrid,gh_s1\n1,5\n");
    write(&folder, "datasets/shhs2-dataset-9.9.9.csv", "nsrrid,gh_s1\n1,99\n");
    write(&folder, "datasets/shhs-cvd-dataset-9.9.9.csv", "nsrrid,gh_s1\n1,99\n");
    write(&folder, "datasets/shhs1-dataset-9.9.9.csv/folder.txt", "");
    write(&folder, "shhs1-dataset-7.0.0.csv", "nsrrid,gh_s1\n1,70\n"); // not in `datasets`
    assert_eq!(score(), 20.0);
    write(&folder, "datasets/SHHS1-Dataset-0.100.0.CSV", "nsrrid,gh_s1\n1,100\n");
    assert_eq!(score(), 100.0);
    let survey = Some(folder.path().join("shhs1-dataset-7.0.0.csv"));
    let found = read_with(&folder, ShhsOptions { survey, ..ShhsOptions::default() }).expect("reads");
    assert_eq!(scores(&found), [(1, 70.0)]);
}

#[test]
fn a_survey_need_not_be_utf_8() {
    let folder = study(&["shhs1-1.edf"], "");
    write(&folder, "datasets/shhs1-dataset-0.20.0.csv", b"\xef\xbb\xbfNsrrId,h\xf4pital,Gh_S1\r\n1,Orl\xe9ans,70\r\n");
    assert_eq!(scores(&read_plain(&folder).expect("reads")), [(1, 70.0)]);
    write(&folder, "datasets/shhs1-dataset-0.20.0.csv", b"nsrrid,gh_s1\n1,7\xe9\n");
    let error = read_plain(&folder).expect_err("no number");
    assert!(error.contains("line 2, column gh_s1: found \"7\u{fffd}\", expected a number"), "{error}");
}

#[test]
fn visit_2_has_names_of_its_own() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write(&folder, "polysomnography/edfs/shhs2/shhs2-7.edf", "");
    write(&folder, "polysomnography/edfs/shhs2/shhs2-8.edf", "");
    write(
        &folder,
        "datasets/shhs2-dataset-0.20.0.csv",
        "nsrrid,gh_s2,ql201,ql211a,ql211b,ql211c,ql211d\n7,40,,,,,\n8,,2,5,2,5,2\n",
    );
    let found = read_with(&folder, ShhsOptions { visit: 2, ..ShhsOptions::default() }).expect("reads");
    assert_eq!((scores(&found), found.computed), (vec![(7, 40.0), (8, 87.0)], 1));
    let error = read_with(&folder, ShhsOptions { visit: 3, ..ShhsOptions::default() }).expect_err("no visit 3");
    assert!(error.starts_with("visit: found 3, expected 1 or 2"), "{error}");
}

#[test]
fn columns_can_be_named() {
    let survey =
        "NSRRID,a,b,c,d,e,pcs,genhth25,sickez25,hlthy25,worse25,exclnt25\n1,2,5,2,5,2,,1,1,1,1,1\n2,,,,,,33,,,,,\n";
    let folder = study(&["shhs1-1.edf", "shhs1-2.edf"], survey);
    let items = Some(["A", "b", "c", "d", "e"].map(String::from));
    let (named, plain) = (Some("PCS".to_owned()), ShhsOptions::default());
    // Another scale's gaps are not filled with General Health,
    let found = read_with(&folder, ShhsOptions { score: named.clone(), ..plain.clone() }).expect("reads");
    assert_eq!((scores(&found), found.without_score), (vec![(2, 33.0)], vec![1]));
    // unless the answers are named too.
    let found = read_with(&folder, ShhsOptions { score: named, items: items.clone(), ..plain.clone() }).expect("reads");
    assert_eq!(scores(&found), [(1, 87.0), (2, 33.0)]);
    let found = read_with(&folder, ShhsOptions { items, ..plain.clone() }).expect("reads without gh_s1");
    assert_eq!((scores(&found), found.without_score), (vec![(1, 87.0)], vec![2]));
    // By the visit's own names all answers are 1: 5 + 1 + 5 + 1 + 5 = 17.
    let found = read_with(&folder, plain.clone()).expect("reads without gh_s1");
    assert_eq!((scores(&found), found.computed), (vec![(1, 60.0)], 1));
    let error = read_with(&folder, ShhsOptions { score: Some("psc".into()), ..plain }).expect_err("no such column");
    assert!(error.contains("line 1: found no psc among 12 columns, expected the column of the score"), "{error}");
}

#[test]
fn mistakes_in_the_survey_are_named_with_their_line() {
    for (survey, expected) in [
        ("", "line 1: found no nsrrid among 0 columns, expected the subjects' numbers in a column nsrrid"),
        ("id,gh_s1\n1,2\n", "line 1: found no nsrrid among 2 columns"),
        (
            "nsrrid,b\n1,2\n",
            "found no gh_s1 among 2 columns, expected the score in gh_s1, or the answers in genhth25, sickez25",
        ),
        ("nsrrid,genhth25,sickez25,hlthy25,worse25\n1,2,2,2,2\n", "found no gh_s1 among 5 columns"),
        ("nsrrid,gh_s1,GH_S1\n1,2,3\n", "line 1: found a second column GH_S1, expected one"),
        ("nsrrid,gh_s1\n2,4\n1,101\n", "line 3, column gh_s1: found \"101\", expected a score of 0 to 100; correct it"),
        ("nsrrid,gh_s1\n1,-0.5\n", "line 2, column gh_s1: found \"-0.5\", expected a score of 0 to 100"),
        ("nsrrid,Gh_s1\n\n1,good\n", "line 3, column Gh_s1: found \"good\", expected a number"),
        ("nsrrid,gh_s1\n1,NaN\n", "line 2, column gh_s1: found \"NaN\", expected a number"),
        ("nsrrid,gh_s1\n1,inf\n", "line 2, column gh_s1: found \"inf\", expected a number"),
        ("nsrrid,gh_s1\n,5\n", "line 2, column nsrrid: found \"\", expected the number of a subject"),
        ("nsrrid,gh_s1\nx1,5\n", "line 2, column nsrrid: found \"x1\", expected the number of a subject"),
        (
            "nsrrid,gh_s1\r\n1,5\r\n2,6\r\n1,7\r\n",
            "line 4: found nsrrid 1 again, expected a row per subject, and line 2 has it",
        ),
        ("nsrrid,gh_s1\n1,\n2,6\n1,7\n", "line 4: found nsrrid 1 again"),
        ("nsrrid,gh_s1\r\n1,5\r\n2\r\n", "line 3: found 1 cells, expected 2 as in the header"),
        ("nsrrid,gh_s1\n1,5\n2,\"6\n3,7\n", "line 3, column gh_s1: found \"6\\n3,7\""),
        ("nsrrid,gh_s1,note\n1,5,\n2,6,\"x\n3,7,\n", "line 3: found a quote that never closes"),
    ] {
        let error = read_plain(&study(&["shhs1-1.edf"], survey)).expect_err(expected);
        assert!(error.contains(expected) && error.contains("shhs1-dataset-0.20.0.csv"), "{error}");
    }
    for (row, column, found) in
        [("1,7,1,1,1,1,", "genhth25", "7"), ("1,1,1,1,1,2.5,", "exclnt25", "2.5"), ("1,,,,0,,", "worse25", "0")]
    {
        let error = read_plain(&study(&["shhs1-1.edf"], &format!("{HEADER}{row}\n"))).expect_err(row);
        assert!(
            error.contains(&format!("line 2, column {column}: found \"{found}\", expected a whole number of 1 to 5")),
            "{error}"
        );
    }
}

#[test]
fn what_is_not_there_is_named() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let error = read_plain(&folder).expect_err("empty");
    for words in [
        "edfs/shhs1: found no such folder",
        "https://sleepdata.org/datasets/shhs",
        "signed agreement",
        "shhs-dir synth",
    ] {
        assert!(error.replace('\\', "/").contains(words), "{error}");
    }
    write(&folder, "edfs/shhs1/night.edf", "");
    let error = read_plain(&folder).expect_err("other names");
    assert!(error.contains("found no recording of visit 1 (1 other files), expected shhs1-200001.edf"), "{error}");
    write(&folder, "edfs/shhs1/shhs1-1.edf", "");
    let error = read_plain(&folder).expect_err("no survey");
    assert!(error.contains("datasets: found no shhs1-dataset-*.csv"), "{error}");
    let survey = Some(folder.path().join("other.csv"));
    let error = read_with(&folder, ShhsOptions { survey, ..ShhsOptions::default() }).expect_err("not there");
    assert!(error.contains("other.csv: found '") && error.contains("expected the study's survey"), "{error}");
    write(&folder, "edfs/shhs1/shhs1-01.edf", "");
    let error = read_plain(&folder).expect_err("one subject twice");
    assert!(
        error.contains("shhs1-1.edf: found a second recording of subject 1 beside") && error.contains("-01.edf"),
        "{error}"
    );
}

#[test]
fn a_survey_of_other_people_is_named() {
    let error = read_plain(&study(&["shhs1-1.edf"], "nsrrid,gh_s1\n1,\n2,5\n3,5\n")).expect_err("nobody");
    assert!(
        error.contains("found nobody with both a recording and a score, 2 of 3 rows with a score and 1 recordings"),
        "{error}"
    );
    assert!(read_plain(&study(&["shhs1-1.edf"], "nsrrid,gh_s1\n")).expect_err("no rows").contains("0 of 0 rows"));
}

#[test]
fn options_keep_their_defaults_and_refuse_other_names() {
    let options: ShhsOptions = serde_json::from_str(r#"{"visit": 2}"#).expect("options");
    assert_eq!(options, ShhsOptions { visit: 2, ..ShhsOptions::default() });
    assert_eq!((ShhsOptions::default().visit, options.score_column().as_str()), (1, "gh_s2"));
    assert!(serde_json::from_str::<ShhsOptions>(r#"{"vist": 2}"#).is_err());
    let text = serde_json::to_string(&options).expect("writes");
    assert_eq!(serde_json::from_str::<ShhsOptions>(&text).expect("its own"), options);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn everybody_is_somewhere_once(
        people in proptest::collection::btree_map(0_u64..40, (any::<bool>(), any::<bool>(), any::<bool>()), 0..20),
    ) {
        // (has a recording, has a row, has a score)
        let of = |wanted: fn(&(bool, bool, bool)) -> bool| -> Vec<u64> {
            people.iter().filter(|(_, person)| wanted(person)).map(|(&id, _)| id).collect()
        };
        let names: Vec<String> = of(|p| p.0).iter().map(|id| format!("shhs1-{id}.edf")).collect();
        let row = |id: &u64| format!("{id},{}\n", if people[id].2 { "50" } else { "" });
        let rows: String = of(|p| p.1).iter().rev().map(row).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let found = read_plain(&study(&names, &format!("nsrrid,gh_s1\n{rows}")));
        let both = of(|p| p.0 && p.1 && p.2);
        prop_assert_eq!(found.is_ok(), !both.is_empty());
        if let Ok(found) = found {
            prop_assert_eq!(found.subjects.iter().map(|s| s.id).collect::<Vec<_>>(), both);
            prop_assert_eq!(found.without_recording, of(|p| !p.0 && p.1));
            prop_assert_eq!(found.without_score, of(|p| p.0 && p.1 && !p.2));
            let alone: Vec<String> = of(|p| p.0 && !p.1).iter().map(|id| format!("shhs1-{id}.edf")).collect();
            prop_assert_eq!(found.without_row, in_edfs(&alone.iter().map(String::as_str).collect::<Vec<_>>()));
        }
    }

    #[test]
    fn no_survey_makes_it_panic(text in proptest::collection::vec(any::<u8>(), 0..80), known in any::<bool>()) {
        let folder = study(&["shhs1-1.edf"], "");
        let mut bytes = if known { HEADER.as_bytes().to_vec() } else { Vec::new() };
        bytes.extend(text);
        write(&folder, "datasets/shhs1-dataset-0.20.0.csv", bytes);
        if let Ok(found) = read_plain(&folder) {
            prop_assert!(found.subjects.iter().all(|subject| subject.id == 1 && (0.0..=100.0).contains(&subject.score)));
        }
    }
}
